"""The plugins that come with the host."""
