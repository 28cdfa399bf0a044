"""The command `recorder`: look at runs, check them, mend them, show them as a page.

recorder list [BASE]     recorder show RUN     recorder verify [RUN|BASE]     recorder repair RUN     recorder gallery BASE
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.care.inspection import BROKEN_PREFIX, NUMBER, SIZE, Run, inspect_run
from recorder.registry import is_run, run_folders
from recorder.storage.lines import number_of

OK = 0
FOUND = 1
FAILED = 2
INTERRUPTED = 130
_WIDEST = 100  # characters of a table's cell

_DESCRIPTION = "Look at the runs that a recorder has written, check them, mend them."
_EPILOG = """\
examples:
  recorder list exports/json            every run below a folder
  recorder show exports/json/RUN        one run: its entities and what is wrong
  recorder verify exports/json          check every run; exit 1 when something is wrong
  recorder repair exports/json/RUN      say what a repair would do; --apply does it
  recorder gallery exports/json         write gallery.html: all runs on one page

Exit status: 0 nothing wrong, 1 problems found (verify, show) or repairs to do, 2 an error.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recorder", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, text: str, path: str, default: str | None, as_json: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        where = "folder of a run, or of several" if default else "folder of a run"
        command.add_argument("path", metavar=path, type=Path, nargs="?" if default else None, default=default, help=where)
        if as_json:
            command.add_argument("--json", action="store_true", help="print JSON for programs")
        command.add_argument("--no-progress", action="store_true", help="show no progress")
        return command

    add("list", "list runs: id, config, stage, entities, size, last change", "BASE", ".")
    add("show", "show one run: entities, state, problems", "RUN", None)
    add("verify", "check runs: files, sizes, types, index, nothing unknown", "RUN|BASE", ".")
    repair = add("repair", "mend one run: adopt unknown files, correct extensions, rebuild the index", "RUN", None)
    repair.add_argument("--apply", action="store_true", help="do it (without this, only say what would be done)")
    gallery = add("gallery", "write one HTML page that shows the runs below a folder", "BASE", ".", as_json=False)
    gallery.add_argument("-o", "--output", type=Path, help="file to write (default: gallery.html in BASE)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    logging.basicConfig(level=logging.ERROR, format="recorder: %(message)s")
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"recorder {version('recorder-toolkit')}")
        return OK
    if arguments.command is None:
        parser.print_help()
        return FAILED
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal's encoding lacks is no reason to stop
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _COMMANDS[arguments.command](arguments)
        sys.stdout.flush()  # here, where a reader that is gone can be told from a failure
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return _fail(_described(error, arguments.path))


def _fail(message: str) -> int:
    print(f"recorder: {message}", file=sys.stderr)
    return FAILED


def _described(error: OSError, folder: Path) -> str:
    """The error with the path that it names, or the folder that was being worked on."""
    return f"{_name(error.filename or str(folder))}: {error.strerror or error}"


def _name(path: str | bytes | int) -> str:
    return _safe(os.fsdecode(path) if isinstance(path, bytes) else str(path))


def _folder(path: Path) -> Path:
    """The path, if it is a folder.

    Raises:
        OSError: It is none.
    """
    if not path.is_dir():
        raise NotADirectoryError(20, "is no folder" if path.exists() else "no such folder", str(path))
    return path


def _one_run(path: Path, damaged: bool = False) -> Path:
    """A folder that holds a run; `damaged` takes one that has lost its index, too.

    Raises:
        OSError: It holds none.
    """
    if is_run(_folder(path)) or (damaged and any(map(_remains, os.listdir(path)))):
        return path.resolve()
    below = next(run_folders(path), None)
    hint = f"; there are runs below it, such as {_name(str(below))}" if below else ""
    raise FileNotFoundError(2, f"holds no run (neither entities.jsonl nor metadata.json){hint}", str(path))


def _remains(name: str) -> bool:
    """Whether a file is what is left of a run without an index."""
    return number_of(name) > 0 or name.startswith(BROKEN_PREFIX)


class _Tree:
    """The runs to work on, and the errors met on the way: the other runs are done all the same."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.failed = False
        self._shown = not arguments.no_progress and sys.stderr.isatty()
        path = _folder(arguments.path)
        found = (
            [path.resolve()]
            if is_run(path)
            else self._bar(run_folders(path, onerror=lambda error: self.report(error, path)), "looking for runs")
        )
        self.folders = list(found)

    def report(self, error: OSError, folder: Path) -> None:
        """Say what could not be read."""
        self.failed = True
        _fail(_described(error, folder))

    def status(self, status: int) -> int:
        """The exit status: an error is more than what was found."""
        return FAILED if self.failed else status

    def inspected(self, verify: bool = True) -> Iterator[Run]:
        """The runs one by one, with a bar on a terminal once it takes longer than a second."""
        for folder in self._bar(self.folders, "reading"):
            try:
                run = inspect_run(folder, verify)
            except OSError as error:
                self.report(error, folder)
            else:
                yield run

    def _bar(self, folders: Iterable[Path], what: str) -> Iterable[Path]:
        if not self._shown:
            return folders
        from tqdm import tqdm

        return tqdm(folders, desc=what, unit="run", leave=False, delay=1, file=sys.stderr)


def _list(arguments: argparse.Namespace) -> int:
    tree = _Tree(arguments)
    runs = list(tree.inspected(verify=False))
    if arguments.json:
        _print_json([_summary(run) for run in runs])
    elif not runs:
        print(f"No run below {_name(str(arguments.path))}.")
    else:
        header: tuple[str, ...] = ("RUN", "CONFIG", "STATE", "ENTITIES", "SIZE", "LAST CHANGE (UTC)")
        rows = [_row(run) for run in runs]
        folders = [os.path.relpath(run.folder, arguments.path) for run in runs]
        if folders != [row[0] for row in rows]:  # how to name them to the other commands
            header, rows = (*header, "FOLDER"), [(*row, folder) for row, folder in zip(rows, folders, strict=True)]
        _table(header, rows, right=(3, 4))
    return tree.status(OK)


def _row(run: Run) -> tuple[str, ...]:
    return (
        str(run.info.get("run_id") or run.folder.name),
        str(run.info.get("config_name") or "-"),
        f"{run.state['stage']} {run.state['step']} {run.state['progress']}",
        str(len(run.entities)),
        _size(sum(size or 0 for size in run.sizes)),
        _time(run.changed),
    )


def _show(arguments: argparse.Namespace) -> int:
    run = inspect_run(_one_run(arguments.path))
    if arguments.json:
        _print_json(_detailed(run))
        return FOUND if run.problems else OK
    for key in ("run_id", "config_name", "execution_mode", "safety_level", "user_id", "timestamp"):
        if run.info.get(key) is not None:
            print(_safe(f"{key + ':':16}{run.info[key]}"))
    print(_safe(f"{'state:':16}{run.state['stage']} {run.state['step']} ({run.state['progress']})"))
    print(_safe(f"{'folder:':16}{run.folder}\n"))
    rows = [
        (
            str(entity["sequence"]),
            str(entity["type"]),
            str(entity["filename"]),
            "missing" if size is None else _size(size),
            str(entity["timestamp"] or "-")[:19].replace("T", " "),
        )
        for entity, size in zip(run.entities, run.sizes, strict=True)
    ]
    _table(("NO", "TYPE", "FILE", "SIZE", "SAVED (UTC)"), rows, right=(0, 3))
    for name in run.unnumbered:
        print(_safe(f"\nnot part of the run: {name}"), end="")
    if run.unnumbered:
        print()
    if run.problems:
        print(f"\n{_count(len(run.problems), 'problem')}:")
        for problem in run.problems:
            print(_safe(f"  {problem.filename} {problem.message}"))
    return FOUND if run.problems else OK


def _verify(arguments: argparse.Namespace) -> int:
    tree = _Tree(arguments)
    checked, entities, wrong, problems = 0, 0, 0, 0
    details = []
    for run in tree.inspected():
        checked += 1
        entities += len(run.entities)
        wrong += bool(run.problems)
        problems += len(run.problems)
        if arguments.json:
            details.append(_detailed(run))
            continue
        for problem in run.problems:
            print(_safe(f"{run.folder}: {problem.filename} {problem.message}"))
    if arguments.json:
        _print_json(details)
    elif problems:
        count = _count(problems, "problem")
        print(f"{count} in {wrong} of {_count(checked, 'run')}; `recorder repair RUN` mends what can be.")
    elif checked:
        print(f"{_count(checked, 'run')}, {_count(entities, 'entity', 'entities')}: nothing wrong.")
    elif not tree.failed:
        print(f"No run below {_name(str(arguments.path))}.")
    return tree.status(FOUND if problems else OK)


def _repair(arguments: argparse.Namespace) -> int:
    from recorder.care.repair import described, plan_repair, repair

    folder = _one_run(arguments.path, damaged=True)
    backup = None
    if arguments.apply:
        actions = plan_repair(folder)
        if actions:
            actions, backup = repair(folder)
    else:
        actions = plan_repair(folder)
    planned = set() if arguments.apply else {action.filename for action in actions}
    left = [p for p in inspect_run(folder).problems if p.filename not in planned or p.kind in (SIZE, NUMBER)]
    if arguments.json:
        _print_json(
            {
                "run": str(folder),
                "applied": arguments.apply,
                "actions": [
                    {"kind": a.kind, "filename": a.filename, "new_name": a.new_name, "reason": a.reason} for a in actions
                ],
                "backup": None if backup is None else str(backup),
                "left": [_problem(problem) for problem in left],
            }
        )
    else:
        for line in described(actions):
            print(_safe(line))
        if backup is not None:
            print(_safe(f"Done; the old index is kept in {backup}."))
        elif actions:
            print("Nothing is changed yet: --apply does it.")
        else:
            print("Nothing to repair.")
        for problem in left:
            print(_safe(f"left: {problem.filename} {problem.message}"))
    return FOUND if left or (actions and not arguments.apply) else OK


def _gallery(arguments: argparse.Namespace) -> int:
    from recorder.care.gallery import write_gallery

    tree = _Tree(arguments)
    output = arguments.output or arguments.path / "gallery.html"
    count = write_gallery(tree.inspected(), output)
    print(_safe(f"{_count(count, 'run')} in {output}"))
    return tree.status(OK)


_COMMANDS = {"list": _list, "show": _show, "verify": _verify, "repair": _repair, "gallery": _gallery}


# -- output ------------------------------------------------------------------------------------------------------------------


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.info.get("run_id") or run.folder.name,
        "config_name": run.info.get("config_name"),
        "folder": str(run.folder),
        "current_state": run.state,
        "entities": len(run.entities),
        "size": sum(size or 0 for size in run.sizes),
        "last_change": datetime.fromtimestamp(run.changed, UTC).isoformat(),
    }


def _detailed(run: Run) -> dict[str, Any]:
    entities = [{**entity, "size": size} for entity, size in zip(run.entities, run.sizes, strict=True)]
    return {
        **_summary(run),
        "entities": entities,
        "unnumbered": run.unnumbered,
        "problems": [_problem(problem) for problem in run.problems],
    }


def _problem(problem: Any) -> dict[str, str]:
    return {"kind": problem.kind, "filename": problem.filename, "message": problem.message}


def _print_json(value: object) -> int:
    print(json.dumps(value, indent=2))
    return OK


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _size(size: int) -> str:
    value, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _safe(text: str) -> str:
    """A text that cannot move the terminal's cursor or change its colours."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    cleaned = [tuple(map(_cell, row)) for row in (header, *rows)]
    widths = [max(map(_columns, column)) for column in zip(*cleaned, strict=True)]
    for row in cleaned:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - _columns(cell))
            cells.append(padding + cell if number in right else cell + padding)
        print("  ".join(cells).rstrip())


def _cell(text: str) -> str:
    cleaned = _safe(text).replace("\n", "\\n")
    return cleaned if len(cleaned) <= _WIDEST else cleaned[: _WIDEST - 1] + "…"


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two."""
    return sum((1 + (unicodedata.east_asian_width(c) in "WF")) * (not unicodedata.combining(c)) for c in text)


if __name__ == "__main__":
    sys.exit(main())
