"""The hooks, driven by the real pre-commit in real git repositories: as other repositories use them, and as this one does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[2]
HEAD = "from recorder import LivePipelineRecorder\n\n\ndef show(recorder: LivePipelineRecorder) -> None:\n"
SAFE = HEAD + "    print(recorder.run_dir)\n"
FIXED = HEAD + "    print(recorder.run_folder)\n"
LEFT = HEAD + '    print((recorder.run_folder / "03_input.txt").read_text())\n'
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]


def call(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "PRE_COMMIT"))}
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join((scripts, environment["PATH"]))
    return subprocess.run(
        command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def git(folder: Path, *arguments: str, **variables: str) -> str:
    ran = call(folder, *GIT, *arguments, **variables)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.strip()


@pytest.fixture(scope="session")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout, uncommitted changes included, as the repository that other repositories name."""
    folder = tmp_path_factory.mktemp("toolkit")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":!tests", ":!docs")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "all")
    return folder


@pytest.fixture(scope="session")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all tests: the toolkit is installed once."""
    return str(tmp_path_factory.mktemp("pre-commit"))


class Repository:
    """A git repository whose commits go through pre-commit."""

    def __init__(self, folder: Path, home: str) -> None:
        self.folder = folder
        self.home = home
        git(folder, "init", "-q")

    def configure(self, text: str) -> None:
        (self.folder / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
        ran = call(self.folder, "pre-commit", "install", PRE_COMMIT_HOME=self.home)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def write(self, **sources: str) -> None:
        for name, source in sources.items():
            (self.folder / f"{name}.py").write_text(source, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / f"{name}.py").read_text(encoding="utf-8")

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Stage everything and commit it."""
        git(self.folder, "add", "--all")
        return call(self.folder, *GIT, "commit", "-m", "change", PRE_COMMIT_HOME=self.home)


@pytest.fixture
def repository(tmp_path: Path, pre_commit_home: str) -> Repository:
    return Repository(tmp_path, pre_commit_home)


def hooks(toolkit: Path, *lines: str) -> str:
    head = git(toolkit, "rev-parse", "HEAD")
    listed = "".join(f"      - {line}\n" for line in lines)
    return f"repos:\n  - repo: file://{toolkit}\n    rev: {head}\n    hooks:\n{listed}"


def test_a_bad_commit_is_refused_with_the_finding_shown(repository: Repository, toolkit: Path) -> None:
    repository.configure(hooks(toolkit, "id: recorder-check"))
    repository.write(**{"two words": SAFE, "a": LEFT, "clean": "x = 1\n"})
    ran = repository.commit()
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "two words.py:5:11: LPR001" in ran.stderr
    assert "a.py:5:34: LPR102" in ran.stderr
    assert repository.read("two words") == SAFE
    repository.write(**{"two words": FIXED, "a": "x = 1\n"})
    ran = repository.commit()
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_fix_hook_changes_the_files_and_the_next_commit_passes(repository: Repository, toolkit: Path) -> None:
    repository.configure(hooks(toolkit, "id: recorder-fix"))
    repository.write(**{"two words": SAFE, "b": SAFE, "clean": "x = 1\n"})
    ran = repository.commit()
    assert ran.returncode == 1
    assert "files were modified by this hook" in ran.stderr
    assert (repository.read("two words"), repository.read("b")) == (FIXED, FIXED)
    assert repository.commit().returncode == 0


def test_excluded_files_stay_excluded(repository: Repository, toolkit: Path) -> None:
    """By pre-commit, and by the project's own table although pre-commit names the file."""
    repository.configure(hooks(toolkit, "{id: recorder-fix, exclude: ^one}"))
    (repository.folder / "pyproject.toml").write_text("[tool.recorder]\nexclude = ['two.py']\n")
    repository.write(one=SAFE, two=SAFE, three=SAFE)
    assert repository.commit().returncode == 1
    assert [repository.read(name) for name in ("one", "two", "three")] == [SAFE, SAFE, FIXED]
    assert repository.commit().returncode == 0


def test_other_files_do_not_start_the_hook(repository: Repository, toolkit: Path) -> None:
    repository.configure(hooks(toolkit, "id: recorder-check"))
    (repository.folder / "notes.txt").write_text("recorder.run_dir\n")
    ran = repository.commit()
    assert ran.returncode == 0
    assert "(no files to check)Skipped" in ran.stderr


def test_arguments_reach_the_command(repository: Repository, toolkit: Path) -> None:
    repository.configure(hooks(toolkit, "{id: recorder-check, args: [--ignore, LPR001]}"))
    repository.write(a=SAFE)
    assert repository.commit().returncode == 0


def test_an_error_refuses_the_commit(repository: Repository, toolkit: Path) -> None:
    repository.configure(hooks(toolkit, "id: recorder-fix"))
    (repository.folder / "pyproject.toml").write_text("[tool.recorder]\nselct = []\n")
    repository.write(a=SAFE)
    ran = repository.commit()
    assert ran.returncode == 1
    assert "exit code: 2" in ran.stderr
    assert "pyproject.toml:2: error: unknown key 'selct'" in ran.stderr
    assert repository.read("a") == SAFE


def test_flake8_finds_the_plugin_among_its_additional_dependencies(
    repository: Repository, toolkit: Path, flake8_hooks: Path
) -> None:
    """flake8's own hook with `additional_dependencies`, this checkout in the published package's place."""
    head = git(flake8_hooks, "rev-parse", "HEAD")
    repository.configure(
        f"repos:\n  - repo: file://{flake8_hooks}\n    rev: {head}\n    hooks:\n"
        "      - id: flake8\n        args: [--select, LPR]\n"
        f"        additional_dependencies: ['recorder-toolkit @ file://{toolkit}']\n"
    )
    repository.write(a=SAFE)
    ran = repository.commit()
    assert ran.returncode == 1
    assert "a.py:5:11: LPR001" in ran.stdout + ran.stderr
    repository.write(a=FIXED)
    assert repository.commit().returncode == 0


@pytest.fixture
def flake8_hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository like flake8's own: a package that brings flake8, and the hook that flake8 declares."""
    folder = tmp_path_factory.mktemp("flake8")
    setup = "from setuptools import setup\nsetup(name='hooks', version='1', install_requires=['flake8'])\n"
    (folder / "setup.py").write_text(setup)
    (folder / ".pre-commit-hooks.yaml").write_text(
        "- id: flake8\n  name: flake8\n  entry: flake8\n  language: python\n  types: [python]\n  require_serial: true\n"
    )
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "all")
    return folder


# -- this repository's own hooks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "name"),
    [("validate-manifest", ".pre-commit-hooks.yaml"), ("validate-config", ".pre-commit-config.yaml")],
)
def test_the_files_are_valid(command: str, name: str) -> None:
    ran = call(ROOT, "pre-commit", command, name)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


def own_hooks() -> Iterator[dict[str, object]]:
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    for repository in configuration["repos"]:
        assert repository["repo"] == "local"
        yield from repository["hooks"]


def test_the_repository_uses_local_hooks_that_are_installed_with_it() -> None:
    commands = {str(hook["entry"]).split()[0] for hook in own_hooks()}
    assert commands == {"recorder-fix", "flake8", "mypy"}
    for hook in own_hooks():
        assert hook["language"] == "system"
        assert shutil.which(str(hook["entry"]).split()[0], path=str(Path(sys.executable).parent)) is not None


def test_the_own_hooks_refuse_bad_code_and_leave_the_example_alone(tmp_path: Path, pre_commit_home: str) -> None:
    """mypy is left out here: it would check the whole repository, as another test does."""
    for name in (".pre-commit-config.yaml", ".flake8", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "-q")
    (tmp_path / "examples" / "devserver").mkdir(parents=True)
    (tmp_path / "examples" / "devserver" / "a.py").write_text(SAFE)
    (tmp_path / "b.py").write_text(FIXED)
    git(tmp_path, "add", "--all")
    variables = {"PRE_COMMIT_HOME": pre_commit_home, "SKIP": "mypy"}
    ran = call(tmp_path, "pre-commit", "run", "--all-files", **variables)
    assert ran.returncode == 0, ran.stdout
    (tmp_path / "b.py").write_text(SAFE)
    ran = call(tmp_path, "pre-commit", "run", "--all-files", **variables)
    assert ran.returncode == 1
    assert ran.stdout.count("b.py:5:11: LPR001") == 2  # from recorder-check and from flake8
    assert "examples" not in ran.stdout
