"""The documentation says what is true: every command and every piece of configuration in it is run.

Each page is gone through in one fresh git repository that holds the example, with the built wheel in place of the git
address that a reader fills in, and a local repository in place of remote hooks. Workflow steps that name an action are only parsed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from lint_plugin.config import reading as config_file
from lint_plugin.config.settings import DEFAULTS

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.parent.name != "rules")
ADDRESS = "https://git.example.org/recorder-toolkit.git"
# A command that looks for something may find it: exit 1 is an answer, 2 is an error.
MAY_FIND = re.compile(r"(recorder|recorder-fix|flake8)\b")


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        found.append(Block(match[1], match[2], text.count("\n", 0, match.start()) + 2))
    return found


def of_language(*languages: str) -> list[object]:
    return [
        pytest.param(page, block, id=f"{page}:{block.line}")
        for page in PAGES
        for block in blocks(page)
        if block.language in languages
    ]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a shell in which `pip install recorder-toolkit` finds the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    ignored = shutil.ignore_patterns(".git", ".venv*", "cache", "__pycache__", "site", ".*_cache")
    shutil.copytree(ROOT, source, ignore=ignored)
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", wheels, source], check=True, stderr=subprocess.DEVNULL)
    venv.create(folder / "venv", with_pip=True)
    environment = {
        **os.environ,
        "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(folder / "venv"),
        "PIP_FIND_LINKS": wheels.as_uri(),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    wheel = next(wheels.glob("*.whl"))
    run(f"pip install -q '{wheel}[download]'", folder, environment)
    return environment


@pytest.fixture
def project(tmp_path: Path, installed: dict[str, str]) -> Path:
    """A git repository with the example in it, as it is before anything is fixed, and a run of the guide's."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples" / "devserver", folder, ignore=shutil.ignore_patterns("__pycache__"))
    run("git init -q && git add . && git commit -q -m start", folder, installed)
    guide = next(block for block in blocks("recorder/guide.md") if block.language == "python")
    subprocess.run(["python", "-c", guide.text], cwd=folder, env=installed, check=True)
    (folder / "README.md").write_text("# Example\n")
    return folder


def run(command: str, folder: Path, environment: dict[str, str]) -> None:
    """Run one command; what looks for findings may find some."""
    wheel = next(Path(environment["PIP_FIND_LINKS"].removeprefix("file://")).glob("*.whl"), None)
    command = command.replace(f'"recorder-toolkit @ git+{ADDRESS}@COMMIT"', f"'{wheel}'")
    command = command.replace('"./recorder-toolkit[download]"', f"'{wheel}[download]'")
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    allowed = (0, 1) if MAY_FIND.match(command) else (0,)
    assert done.returncode in allowed, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in PAGES if any(b.language == "sh" for b in blocks(page))])
def test_every_command_runs(page: str, project: Path, installed: dict[str, str]) -> None:
    for block in blocks(page):
        if block.language == "sh":
            for command in block.text.strip().splitlines():
                run(command, project, installed)


def test_the_finding_that_is_shown_is_found(project: Path, installed: dict[str, str]) -> None:
    (shown,) = (block.text for block in blocks("index.md") if block.language == "text")
    done = subprocess.run(
        ["recorder-fix", "--check", "."], cwd=project, env=installed, capture_output=True, text=True, check=False
    )
    assert shown in done.stdout


@pytest.mark.parametrize(("page", "block"), of_language("toml"))
def test_every_toml_snippet_is_valid(page: str, block: Block, tmp_path: Path) -> None:
    tables = tomllib.loads(block.text)
    if "recorder" in tables.get("tool", {}):
        (tmp_path / "src").mkdir()  # `source-roots` names it
        (tmp_path / "pyproject.toml").write_text(block.text)
        config = config_file.load(str(tmp_path / "pyproject.toml"))
        assert config.given == set(tables["tool"]["recorder"])
    else:
        assert tables == {"tool": {"ruff": {"lint": {"external": ["LPR"]}}}}


@pytest.mark.parametrize(("page", "block"), of_language("ini"))
def test_every_flake8_snippet_works(page: str, block: Block, project: Path, installed: dict[str, str]) -> None:
    (project / ".flake8").write_text(block.text)
    done = subprocess.run(
        ["flake8", "--select", "LPR", "."], cwd=project, env=installed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr == ""
    assert "LPR201" in done.stdout


@pytest.mark.parametrize(("page", "block"), of_language("yaml"))
def test_every_workflow_step_runs(page: str, block: Block, project: Path, installed: dict[str, str]) -> None:
    document = yaml.safe_load(block.text)
    for job in document.get("jobs", {}).values():
        assert job["runs-on"] and job["steps"]
        for step in job["steps"]:
            assert len({"uses", "run"} & step.keys()) == 1
            if "run" in step:
                run(step["run"], project, installed)
    for name, job in document.items():
        if isinstance(job, dict) and "script" in job:
            assert name == "recorder"
            for command in job["script"]:
                run(command, project, installed)
            for report in job["artifacts"]["reports"].values():
                assert (project / report).read_text().startswith("[")
    assert {"jobs", "repos", "recorder"} & document.keys()


@pytest.mark.parametrize(("page", "block"), [p for p in of_language("yaml") if "repos:" in p.values[1].text])
def test_every_hook_snippet_works(page: str, block: Block, project: Path, installed: dict[str, str], tmp_path: Path) -> None:
    local = tmp_path / "remote"
    wheel = next(Path(installed["PIP_FIND_LINKS"].removeprefix("file://")).glob("*.whl"))
    local.mkdir()
    if "PyCQA/flake8" in block.text:
        hook = "- {id: flake8, name: flake8, entry: flake8 --select LPR, language: python, types: [python]}\n"
        (local / ".pre-commit-hooks.yaml").write_text(hook)
        (local / "setup.py").write_text("from setuptools import setup\nsetup(name='flake8-hook', version='1')\n")
    else:
        shutil.copy(ROOT / ".pre-commit-hooks.yaml", local)
        (local / "setup.py").write_text(
            "from setuptools import setup\n"
            f"setup(name='hook', version='1', install_requires=['recorder-toolkit @ {wheel.as_uri()}'])\n"
        )
    run("git init -q && git add . && git commit -q -m start && git tag v0.1.0 && git tag 7.1.1", local, installed)
    text = re.sub(r"repo: https://\S+", f"repo: {local}", block.text).replace("rev: COMMIT", "rev: v0.1.0")
    text = text.replace(f'"recorder-toolkit @ git+{ADDRESS}@COMMIT"', f"'{wheel}'")
    (project / ".pre-commit-config.yaml").write_text(text)
    run("git add -A", project, installed)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=project, env={**installed, "PRE_COMMIT_HOME": str(tmp_path / "cache")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "LPR" in done.stdout or "files were modified by this hook" in done.stdout


def test_every_configuration_key_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| `(.*?)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    assert rows.keys() == DEFAULTS.keys()
    for key, default in DEFAULTS.items():
        text = rows[key]
        shown = tomllib.loads(f"value = {text}")["value"]
        assert (tuple(shown) if isinstance(shown, list) else shown) == default, key


@pytest.mark.parametrize("page", PAGES)
def test_every_page_begins_with_what_the_reader_can_do(page: str) -> None:
    title, empty, first = (DOCS / page).read_text(encoding="utf-8").splitlines()[:3]
    assert title.startswith("# ") and not empty
    assert first.startswith("After this page ")


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text()
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert pages == set(re.findall(r"[\w/-]+\.md", text))


@pytest.mark.parametrize("fixed", [False, True], ids=["with findings", "without"])
def test_the_action_checks(fixed: bool, project: Path, installed: dict[str, str], tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    if fixed:
        run("recorder-fix .", project, installed)
    given = {name: str(value["default"]) for name, value in action["inputs"].items()} | {"paths": "my_app run.py"}
    given["action_path"] = str(Path(installed["PIP_FIND_LINKS"].removeprefix("file://")).with_name("source"))
    codes = []
    for step in action["runs"]["steps"]:
        named = {key: given[str(value).rpartition(".")[2].rstrip(" }")] for key, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=project, env={**installed, **named, "RUNNER_TEMP": str(tmp_path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        codes.append((done.returncode, "::error" in done.stdout or "::warning" in done.stdout))
    assert codes == [(0, False), (0, False) if fixed else (1, True)]
