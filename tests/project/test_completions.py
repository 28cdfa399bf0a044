"""The completion scripts that a release carries: made by `.ci/completions`, tried in a real bash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.command.arguments import build_parser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completions")
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    subprocess.run([sys.executable, str(ROOT / ".ci" / "completions"), str(folder)], env=environment, check=True)
    return folder


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["--outp"], {"--output-format"}),
        (["--output-format", ""], {"text", "json", "github", "gitlab", "sarif"}),
        (["--explain", "LPR2"], {"LPR201", "LPR202", "LPR203"}),
        (["--select", "LPR0"], {"LPR001", "LPR002", "LPR003"}),
        (["--config", "py"], {"pyproject.toml"}),
        (["--check", "so"], {"source.py"}),
        (["--unk"], set()),
    ],
)
def test_bash_completes(tmp_path: Path, scripts: Path, words: list[str], offered: set[str]) -> None:
    for name in ("source.py", "pyproject.toml"):
        (tmp_path / name).touch()
    typed = " ".join(f"'{word}'" for word in ["recorder-fix", *words])
    program = (
        f"source '{scripts}/bash/recorder-fix'\nCOMP_WORDS=({typed})\nCOMP_CWORD={len(words)}\n"
        '_shtab_recorder_fix\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    ran = subprocess.run(["bash", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == offered


@pytest.mark.parametrize("name", ["bash/recorder-fix", "zsh/_recorder-fix", "tcsh/recorder-fix.csh"])
def test_every_option_is_in_every_script(scripts: Path, name: str) -> None:
    text = (scripts / name).read_text(encoding="utf-8")
    options = [option for action in build_parser()._actions for option in action.option_strings if option.startswith("--")]
    assert len(options) > 20
    for option in options:
        assert option.removeprefix("--") in text
