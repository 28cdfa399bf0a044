"""The commands that are measured: this project and what else is there, in an environment of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import names, python_files
from benchmarks.measure import Command

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ("libcst", "fixit", "pyupgrade", "django-upgrade", "ruff", "flake8")
RENAME = "benchmarks.rename_codemod.RenameRunDir"


@dataclass(frozen=True, slots=True)
class Tools:
    """An environment with every tool installed as a user would have it: compiled, not editable."""

    folder: Path

    def program(self, name: str) -> str:
        """The path of an installed program."""
        return str(self.folder / "bin" / name)

    def recorder_fix(self, *arguments: str) -> list[str]:
        return [self.program("recorder-fix"), "--no-progress", *arguments]

    def libcst_rename(self, *paths: str) -> Command:
        """The rename of `run_dir` as LibCST's own command does it, with two processes."""
        arguments = [
            "-m",
            "libcst.tool",
            "codemod",
            "-x",
            "--no-format",
            "--hide-progress",
            "--jobs=2",  # in one word: a lone 2 is taken for the command's name
            RENAME,
        ]
        environment = {"PYTHONPATH": str(ROOT)}
        return Command([self.program("python"), *arguments, *paths], expected=(0,), environment=environment)

    def releases(self) -> dict[str, str]:
        """Installed releases of what is compared."""
        listed = subprocess.run(
            [self.program("python"), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        found = dict(line.split("==") for line in listed if "==" in line)
        return {name: found[name] for name in OTHERS if name in found}


def install(cache: Path) -> Tools:
    """Make the environment, and put the project as it now is into it."""
    tools = Tools(cache / "venv")
    pip = [tools.program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not Path(tools.program("python")).exists():
        venv.create(tools.folder, with_pip=True, symlinks=True)
    if not Path(tools.program("fixit")).exists():
        subprocess.run([*pip, str(ROOT), *OTHERS], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(ROOT)], check=True)
    return tools


@dataclass(frozen=True, slots=True)
class Contender:
    """One tool of the comparison over growing folders.

    Attributes:
        label: Its name in the plot.
        command: The command for a folder of files.
        rewrites: Whether it changes files, which then are put back before each run.
    """

    label: str
    command: Callable[[Path], Command]
    rewrites: bool = False


def contenders(tools: Tools) -> list[Contender]:
    """All tools, each with the nearest job it has; only the first four and LibCST do the same one."""
    ended = (0, 1, 2)  # some files of the corpus are for a later Python, which is an error for these files

    def on_folder(*arguments: str) -> Callable[[Path], Command]:
        return lambda folder: Command([*arguments, "."], folder, expected=ended)

    def on_files(*arguments: str) -> Callable[[Path], Command]:
        return lambda folder: Command([*arguments, *names(python_files(folder), folder)], folder, expected=ended)

    def libcst(folder: Path) -> Command:
        command = tools.libcst_rename(".")
        return Command(command.arguments, folder, expected=(0,), environment=command.environment)

    found = [
        Contender("grep -rlF", on_folder("grep", "-rlF", "--include=*.py", "run_dir")),
        Contender("recorder-fix --check", on_folder(*tools.recorder_fix("--check"))),
        Contender("recorder-fix", on_folder(*tools.recorder_fix()), rewrites=True),
        Contender("ruff check", on_folder(tools.program("ruff"), "check", "--no-cache", "--quiet", "--isolated")),
        Contender(
            "django-upgrade",
            on_files(tools.program("django-upgrade"), "--target-version", "5.0"),
            rewrites=True,
        ),
        Contender("pyupgrade", on_files(tools.program("pyupgrade"), "--py311-plus"), rewrites=True),
        Contender("fixit lint", on_folder(tools.program("fixit"), "--quiet", "lint")),
        Contender("libcst.tool codemod -j 2", libcst, rewrites=True),
    ]
    if shutil.which("rg"):
        found.insert(1, Contender("ripgrep", on_folder("rg", "-lF", "--glob=*.py", "run_dir")))
    return found


def python() -> str:
    """The interpreter that runs the benchmarks, for what is said about the machine."""
    return ".".join(map(str, sys.version_info[:3]))
