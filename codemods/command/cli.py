"""The command `recorder-fix`.

A run over clean files is over in milliseconds, most of them Python's own start. So nothing is imported here or on that
way but argparse, os and sys; everything else comes when there is something to do.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from codemods.command.arguments import parse
from codemods.command.session import FAILED, OK, Session, run_mode
from codemods.command.terminal import OutputLost, error_line, write_bytes, writer
from codemods.run.options import Options
from lint_plugin.config.reading import ConfigError, Resolver

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from codemods.command.progress import Progress

_INTERRUPTED = 130  # what shells report for a command that Ctrl-C has ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run `recorder-fix`.

    Args:
        argv: The arguments without the program's name; those of the process by default.

    Returns:
        0: nothing to report; 1: findings, or a diff; 2: something went wrong.
    """
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
    except OutputLost as error:
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
        writer(sys.stderr)(error_line(error.path, error.line, error.message))
        if arguments.paths == ["-"] and run_mode(arguments) == "fix":
            write_bytes(sys.stdout, sys.stdin.buffer.read())
        return FAILED
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
    from codemods.run.runner import run

    progress = _progress(arguments)
    results = run(
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
    return session.finish(results.files_seen)


def _run_on_stdin(arguments: argparse.Namespace, options: Options, resolver: Resolver, session: Session) -> int:
    from codemods.run.runner import run_source

    raw = sys.stdin.buffer.read()
    session.take(run_source(raw, arguments.stdin_filename or "-", options, resolver=resolver))
    return session.finish(1)


def _explain(arguments: argparse.Namespace) -> int:
    from lint_plugin.explain import UnknownRule, explain, list_rules

    try:
        text = list_rules() if arguments.explain is None else explain(arguments.explain)
    except UnknownRule as error:
        writer(sys.stderr)(f"recorder-fix: error: {error}\n")
        return FAILED
    writer(sys.stdout)(text)
    return OK


def _progress(arguments: argparse.Namespace) -> Progress | None:
    if arguments.no_progress or arguments.quiet or not sys.stderr.isatty():
        return None
    from codemods.command.progress import Progress

    return Progress()


if __name__ == "__main__":
    sys.exit(main())
