"""Reaching definitions: which assignments a name may read."""
