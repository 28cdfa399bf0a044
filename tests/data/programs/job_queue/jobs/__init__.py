"""Jobs and their queue."""
