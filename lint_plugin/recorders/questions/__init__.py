"""What each kind of expression says of being a recorder: names, calls, containers, annotations."""
