"""The command line of `recorder-fix`: its options, their checks and its help, which fits one screen."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from lint_plugin import __version__
from lint_plugin.config.schema import Wrong, nearest, read_code
from lint_plugin.reports import FORMATS

_EXAMPLES = """\
examples:
  recorder-fix --check src             list what goes around the recorder in src
  recorder-fix --diff                  show what would be changed below this folder
  recorder-fix                         change it, then list what is left for you
  recorder-fix --unsafe --select LPR2  take the fixes that need a review, too
  recorder-fix --explain LPR201        say what a code means
exit status: 0 nothing to report, 1 findings (with --diff: changes), 2 an error"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        # argparse makes one for every option; asking for the terminal's size would import shutil and all compressors.
        super().__init__(prog, max_help_position=28, width=80)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        wrong = message.removeprefix("unrecognized arguments: ").split()[0]
        if wrong != message.split()[0]:
            near = nearest(wrong, self._option_string_actions)
            message += f"; did you mean {near}?" if near else ""
        super().error(message)


def build_parser() -> argparse.ArgumentParser:
    """The parser; also what the shell completion scripts are made from."""
    parser = _Parser(
        prog="recorder-fix",
        usage="recorder-fix [options] [PATH ...]",
        description="Find code that goes around the run recorder, and put right what is provably safe.",
        epilog=_EXAMPLES,
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files, folders (default: .), or - for standard input")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--fix", action="store_true", help="write the safe fixes: what is done without a mode")
    mode.add_argument("--check", action="store_true", help="write nothing, report every finding")
    mode.add_argument("--diff", action="store_true", help="write nothing, show the fixes as a unified diff")
    mode.add_argument("--add-noqa", action="store_true", help="write '# noqa: LPR...' where something is found")
    add("--unsafe", action="store_true", help="take unsafe fixes too")
    add("--select", action="append", metavar="CODES", help="only these codes, prefixes or rules (LPR201,LPR3)")
    add("--ignore", action="append", metavar="CODES", help="all but these codes, prefixes or rules")
    add("--unused-noqa", action="store_true", help="report '# noqa: LPR...' comments without effect")
    add("--output-format", choices=FORMATS, default="text", metavar="FORMAT", help=f"{', '.join(FORMATS)}")
    add("--show-fixes", action="store_true", help="list what was fixed, file by file")
    add("--statistics", action="store_true", help="count the findings of each rule")
    add("--exit-zero", action="store_true", help="exit 0 although there are findings")
    add("--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN", help="auto, always or never")
    add("--report", metavar="FILE.html", help="write a page with the changes side by side, too")
    add("--baseline", metavar="FILE", help="do not report what FILE holds (it is still fixed)")
    add("--write-baseline", metavar="FILE", help="record all findings in FILE, fix nothing, exit 0")
    add("--config", metavar="FILE", help="use this pyproject.toml for every file")
    add("--exclude", action="append", metavar="PATTERN", help="leave out (gitignore syntax; repeatable)")
    add("--force-exclude", action="store_true", help="exclude applies to files named here, too")
    add("--no-gitignore", action="store_true", help="also look at what git ignores")
    add("--stdin-filename", metavar="NAME", help="the name that standard input has")
    add("--jobs", type=_positive, metavar="N", help="number of processes")
    add("--executor", type=_executor, metavar="URL", help="dask://HOST:PORT, a Dask cluster to work on")
    add("--quiet", action="store_true", help="print findings and errors only")
    add("--no-progress", action="store_true", help="no progress bar")
    add("--show-settings", nargs="?", const="", metavar="PATH", help="print what holds for a file or folder and exit")
    add("--explain", metavar="CODE", help="explain a code and exit")
    add("--list-rules", action="store_true", help="list all codes and exit")
    add("--version", action="version", version=f"recorder-fix {__version__}", help="print the version and exit")
    add("--help", "-h", action="help", help="print this and exit")
    return parser


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse and check a command line; `select`, `ignore` and `exclude` come out as tuples.

    Raises:
        SystemExit: With status 2 after a message for a wrong one, with 0 after `--help` and `--version`.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    arguments.select = _codes(parser, "--select", arguments.select)
    arguments.ignore = _codes(parser, "--ignore", arguments.ignore)
    arguments.exclude = tuple(arguments.exclude or ())
    if "-" in arguments.paths and len(arguments.paths) > 1:
        parser.error("- (standard input) cannot be combined with other paths")
    if arguments.add_noqa and arguments.paths == ["-"]:
        parser.error("--add-noqa writes to files, not to standard input")
    if arguments.stdin_filename is not None and arguments.paths != ["-"]:
        parser.error("--stdin-filename needs - as the path")
    if arguments.write_baseline is not None and (arguments.diff or arguments.baseline is not None):
        parser.error("--write-baseline cannot be combined with --diff or --baseline")
    if arguments.show_settings is not None:
        named = [path for path in (arguments.show_settings, *arguments.paths) if path] or ["."]
        if len(named) > 1 or arguments.output_format not in ("text", "json"):
            parser.error("--show-settings prints what holds for one path, as text or json")
        arguments.show_settings = named[0]
    if arguments.report is not None and arguments.report == arguments.write_baseline:
        parser.error("--report and --write-baseline name the same file")
    if "" in arguments.paths:
        parser.error("an empty path was given; name . for the current folder")
    return arguments


def _codes(parser: argparse.ArgumentParser, option: str, given: list[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip() for text in given or () for code in text.split(",") if code.strip())
    if given and not codes:
        parser.error(f"{option} needs at least one code")
    try:
        return tuple(read_code(code) for code in codes)
    except Wrong as wrong:
        parser.error(f"{option}: {wrong.message}")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _executor(text: str) -> str:
    scheme, _, address = text.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "dask" or not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"must be dask://HOST:PORT, not {text!r}")
    return text
