"""What a fix may rely on."""
