"""The text of a file: positions, `# noqa`, the prefilter."""
