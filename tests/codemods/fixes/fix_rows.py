"""The form of the tables of rewrites: a program with one place in question, and what the fixer is to make of it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

HEADER = """\
import os
import shutil
from pathlib import Path

from pipeline_recorder import LivePipelineRecorder


"""
FOOTER = "\n\nKEPT = (os, shutil, Path)\n"
SAVE = re.compile(r"^( *)(\w+ = )?SAVE (\S+) (.+) FROM (.+) AS (.+), (.+)$", re.MULTILINE)
SAVED = """\
\\1with open(\\5, 'rb') as f:
\\1    file_data = f.read()
\\1\\2\\3.save_entity(
\\1    entity_type=\\4,
\\1    content=file_data,
\\1    metadata={'format': \\6, 'filesystem_path': \\7}
\\1)"""


@dataclass(frozen=True)
class Row:
    """A function's body, the level of what is found in it, and the body after the rewrite.

    `level` is `none` where nothing is to be found, `after` empty where the body stays. In `after`,
    `SAVE recorder 'x' FROM src AS 'mp3', path` stands for the emitted lines: whose entity of which type, from which file, its
    format and its `filesystem_path`.
    """

    name: str
    before: str
    level: str
    code: str = ""
    reason: str = ""
    after: str = ""
    signature: str = "def program(recorder: LivePipelineRecorder, src: str, kind: str):"
    config: Mapping[str, object] = field(default_factory=dict)

    @property
    def program(self) -> str:
        """The whole file; the body's first line is line 9."""
        return self._file(self.before)

    @property
    def rewritten(self) -> str:
        """The whole file as the fixer is to leave it, but for matters of style."""
        return self._file(SAVE.sub(SAVED, self.after) or self.before)

    def _file(self, body: str) -> str:
        return f"{HEADER}{self.signature}\n{textwrap.indent(body, '    ')}\n{FOOTER}"
