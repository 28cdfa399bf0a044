"""Reading runs: where they lie, what is in them, what is wrong with them. Nothing here writes."""
