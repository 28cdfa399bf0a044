"""The table `[tool.recorder]`."""
