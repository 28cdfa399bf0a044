"""Downloads into a run folder."""
