"""Carries edits out on a file and verifies the result."""
