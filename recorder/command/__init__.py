"""The command `recorder`: one command, one file. Each has HELP, `add_arguments` and `run`."""
