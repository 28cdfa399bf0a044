"""What classes and functions are, as their source says: attributes, stores, signatures, what they return."""
