"""The command `recorder-fix`."""
