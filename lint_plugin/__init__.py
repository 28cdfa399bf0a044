"""Finds what goes around the run recorder: the engine behind flake8 and recorder-fix."""

__version__ = "0.1.0"
