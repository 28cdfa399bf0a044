"""What an expression is as a path: which run folder it lies below, and what its file name is made of."""
