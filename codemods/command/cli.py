"""The command `recorder-fix`.

What works on files that hold a token is loaded when there is such a file: most runs, in a hook say, find none.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codemods.command.arguments import parse
from codemods.command.session import FAILED, OK, Session, inside, run_mode
from codemods.command.terminal import StreamError, error_line, open_missing_outputs, read_input, write_bytes, writer
from codemods.command.write import may_replace
from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import ConfigError, Resolver

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from codemods.command.progress import Progress

# How the files end and begin that --write-baseline and --report write; a baseline may hold the marks of a merge further up.
_BASELINE = re.compile(rb'\{"baseline-of": "recorder-fix"[^{}]*\}\s*\]\s*\Z')
_PAGE = re.compile(rb"\A<!doctype html>[^\n]{,600}<title>recorder-fix report</title>")
_INTERRUPTED = 130  # what shells report for a command that Ctrl-C has ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run `recorder-fix`.

    Args:
        argv: The arguments without the program's name; those of the process by default.

    Returns:
        0: nothing to report; 1: findings, or a diff; 2: something went wrong.
    """
    open_missing_outputs()
    try:
        arguments = parse(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        writer(sys.stderr)("recorder-fix: interrupted; each file is either as it was or completely fixed\n")
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of the output, `head` say, has gone; nobody is left to tell
        _discard_output()
        return FAILED
    except StreamError as error:
        _discard_output()
        writer(sys.stderr)(f"recorder-fix: error: {error}\n")
        return FAILED
    except Exception:  # Python itself would end with 1, which means findings
        import traceback

        traceback.print_exc()
        writer(sys.stderr)("recorder-fix: internal error, please report it; files that were not written are as they were\n")
        return FAILED


def _discard_output() -> None:
    """Keep Python from trying once more, and failing, when it flushes standard output at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: argparse.Namespace) -> int:
    if arguments.explain is not None or arguments.list_rules:
        return _explain(arguments)
    try:
        resolver = Resolver(arguments.config)
    except ConfigError as error:
        return _refuse(arguments, error.path, error.line, error.message)
    if arguments.show_settings is not None:
        return _show_settings(arguments, resolver)
    for path, ours, kind in ((arguments.write_baseline, _BASELINE, "baseline"), (arguments.report, _PAGE, "report")):
        if path is not None and not may_replace(path, ours):
            message = f"is there already and is no {kind} of recorder-fix: it was not replaced, and nothing else was done"
            return _refuse(arguments, path, 0, message)
    arguments.paths = arguments.paths or ["."]
    # A page or a SARIF file shows the fixes also where this run takes none.
    wants_fixes = arguments.output_format == "sarif" or arguments.report is not None
    check = run_mode(arguments) == "check" and not wants_fixes
    options = Options(
        mode="check" if check else "fix",
        unsafe=arguments.unsafe,
        select=arguments.select,
        ignore=arguments.ignore,
        unused_noqa=arguments.unused_noqa,
    )
    session = Session(arguments, resolver)
    if arguments.paths == ["-"]:
        return _run_on_stdin(arguments, options, resolver, session)
    if arguments.executor is not None:
        return _run_on_cluster(arguments, options, resolver, session)
    return _run_on_paths(arguments, options, resolver, session)


def _refuse(arguments: argparse.Namespace, path: str, line: int, message: str) -> int:
    """Say why nothing is done; standard input is given back as it is where its fixed source would have been."""
    writer(sys.stderr)(error_line(path, line, message))
    if arguments.paths == ["-"] and run_mode(arguments) == "fix":
        write_bytes(sys.stdout, read_input())
    return FAILED


def _run_on_cluster(arguments: argparse.Namespace, options: Options, resolver: Resolver, session: Session) -> int:
    from codemods.run.dask_executor import ClusterError, cluster

    try:
        with cluster(arguments.executor) as executor:
            return _run_on_paths(arguments, options, resolver, session, executor)
    except ClusterError as error:
        writer(sys.stderr)(error_line(arguments.executor, 0, str(error)))
        return FAILED


def _run_on_paths(
    arguments: argparse.Namespace,
    options: Options,
    resolver: Resolver,
    session: Session,
    executor: Executor | None = None,
) -> int:
    progress = _progress(arguments)
    results = Run(
        arguments.paths,
        options,
        resolver=resolver,
        exclude=arguments.exclude,
        force_exclude=arguments.force_exclude,
        gitignore=not arguments.no_gitignore,
        jobs=arguments.jobs,
        executor=executor,
        progress=progress,
    )
    try:
        for result in results:
            if progress is not None:
                progress.clear()
            session.take(result)
    finally:
        if progress is not None:
            progress.close()
    return session.finish(results.files_seen, results.recorders, results.folders)


def _run_on_stdin(arguments: argparse.Namespace, options: Options, resolver: Resolver, session: Session) -> int:
    raw = read_input()
    result = Run((), options, resolver=resolver).source(raw, arguments.stdin_filename or "-")
    session.take(result)
    return session.finish(1, result.recorders, result.folders)


def _explain(arguments: argparse.Namespace) -> int:
    from lint_plugin.explain import UnknownRule, explain, list_rules

    try:
        text = list_rules() if arguments.explain is None else explain(arguments.explain)
    except UnknownRule as error:
        writer(sys.stderr)(f"recorder-fix: error: {error}\n")
        return FAILED
    writer(sys.stdout)(text)
    return OK


def _show_settings(arguments: argparse.Namespace, resolver: Resolver) -> int:
    from codemods.command.settings_text import settings_json, settings_text

    path = arguments.show_settings
    if not os.path.exists(path):
        writer(sys.stderr)(error_line(path, 0, "No such file or directory"))
        return FAILED
    try:
        config = resolver.for_file(inside(path))
    except ConfigError as error:
        writer(sys.stderr)(error_line(error.path, error.line, error.message))
        return FAILED
    as_text = settings_json if arguments.output_format == "json" else settings_text
    writer(sys.stdout)(as_text(path, config, arguments.select, arguments.ignore))
    return OK


def _progress(arguments: argparse.Namespace) -> Progress | None:
    if arguments.no_progress or arguments.quiet or not sys.stderr.isatty():
        return None
    from codemods.command.progress import Progress

    return Progress()


if __name__ == "__main__":
    sys.exit(main())
