"""Run paths, file names and writes."""
