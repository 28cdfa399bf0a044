"""`host run RUN_ID`: runs every plugin over a run."""

from __future__ import annotations

import argparse
import json
import logging
import sys

from host.core import PluginError, plugins
from host.loader import load_all
from host.session import Session, open_session


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="host")
    commands = made.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("run_id")
    run.add_argument("--options", default="{}")
    run.add_argument("--log", action="store_true")
    commands.add_parser("list")
    drop = commands.add_parser("drop")
    drop.add_argument("run_id")
    return made


def attach_log(session: Session) -> logging.Handler:
    handler = logging.FileHandler(session._live.run_folder / "host.log")  # expect: LPR202
    logging.getLogger("host").addHandler(handler)
    return handler


def run(arguments: argparse.Namespace) -> int:
    with open_session(arguments.run_id, **json.loads(arguments.options)) as session:
        if arguments.log:
            attach_log(session)
        session.events.on("done", lambda plugin, where: print(f"{plugin}: {where}"))
        session.run_all()
        print(session._live.run_dir)  # expect: LPR001
    return 0


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        load_all(required=("report",))
        if arguments.command == "list":
            print("\n".join(cls.name for cls in plugins))
            return 0
        if arguments.command == "drop":
            from plugins.retention import drop_run

            drop_run(arguments.run_id)
            return 0
        return run(arguments)
    except PluginError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
