"""The fix that turns a write past the recorder into a `save_entity()` call (LPR201, LPR202)."""
