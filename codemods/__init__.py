"""Rewrites what can be proved: LibCST codemods and the command recorder-fix."""
