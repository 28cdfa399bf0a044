"""Fixes: what is to be done about one finding."""
