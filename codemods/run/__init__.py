"""Which files a run is about, and the work on each of them."""
