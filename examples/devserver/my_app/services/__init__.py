"""What the routes build on: text stages and the generators of media."""
