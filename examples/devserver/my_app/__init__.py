"""A small server for generated media, as far as it is needed to store what it makes."""
