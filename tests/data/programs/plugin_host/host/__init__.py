"""A host that runs plugins over one recorded run."""
