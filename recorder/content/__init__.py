"""What is saved: payloads and media types."""
