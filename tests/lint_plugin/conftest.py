"""Small projects in one text: `# file: NAME` begins a file, a comment `# LPR201` at a line's end names what is found there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.project.gathering import gather
from lint_plugin.project.listing import list_files
from lint_plugin.project.project_files import project_files
from lint_plugin.source.text import SourceText

_MARK = re.compile(r"  # ((?:LPR\d{3} ?)+)$")


@dataclass(frozen=True)
class Project:
    """A project in a folder."""

    folder: Path

    def write(self, text: str) -> None:
        """Write its files."""
        parts = re.split(r"^# file: (\S+)\n", text, flags=re.MULTILINE)
        for name, content in zip(parts[1::2], parts[2::2], strict=True):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content)

    def marked(self) -> list[tuple[str, int, str]]:
        """What the marks say: (file, line, code)."""
        marks = []
        for path in sorted(self.folder.rglob("*.py")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if match := _MARK.search(line):
                    name = path.relative_to(self.folder).as_posix()
                    marks += [(name, number, code) for code in match[1].split()]
        return sorted(marks)

    def facts(self, config: Config, paths: Sequence[str] | None = None) -> Facts:
        """The facts of the whole project, gathered in the given order of files."""
        return gather(config, paths, (str(self.folder),))

    def sites(self, config: Config | None = None) -> list[tuple[str, int, str, str]]:
        """What is found in files that hold a token: (file, line, code, message)."""
        config = Config() if config is None else config
        facts = self.facts(config)
        found = []
        for path in project_files(config, list_files((str(self.folder),))):
            source = SourceText(Path(path).read_bytes())
            for site in find(analyse(source, config, path, facts)):
                name = Path(path).relative_to(self.folder).as_posix()
                found.append((name, source.position(site.start)[0], site.code, site.message))
        return found

    def found(self, config: Config | None = None) -> list[tuple[str, int, str]]:
        """The same without messages, sorted."""
        return sorted((name, line, code) for name, line, code, _ in self.sites(config))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())
