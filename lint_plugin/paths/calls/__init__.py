"""What calls do with a path: write, read, remove it, or hand it on."""
