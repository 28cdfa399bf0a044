"""The reference recorder: one folder a run, numbered files, one index."""
