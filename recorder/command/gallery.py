"""`recorder gallery`: one HTML page that shows the runs below a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from recorder.command.output import OK, count, escaped, print_json
from recorder.command.tree import Tree, progress
from recorder.gallery.page import write_gallery

HELP = "write one HTML page that shows the runs below a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: gallery.html in BASE)")


def run(arguments: argparse.Namespace) -> int:
    """Write the page; returns the exit status."""
    tree = Tree(arguments)
    output = arguments.output or arguments.path / "gallery.html"
    with progress(arguments, "looking at files", "files") as shown:
        runs = write_gallery(tree.runs(shown), output, tree.errors, shown.tick)
    if arguments.json:
        print_json({"output": str(output), "runs": runs, "errors": tree.error_values()})
    else:
        tree.report()
        print(f"{count(runs, 'run')} in {escaped(output)}")
    return tree.status(OK)
