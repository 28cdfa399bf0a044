"""What the server answers requests with."""
