"""Whether an expression is a recorder, and what its class has."""
