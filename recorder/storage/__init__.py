"""The files of a run: journal, index, snapshot, lock."""
