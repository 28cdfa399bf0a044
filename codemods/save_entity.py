"""The LibCST command that turns writes past the recorder into `save_entity()` calls (LPR201, LPR202).

python -m libcst.tool codemod -x --no-format codemods.save_entity.CopyToSaveEntity PATH
"""

from __future__ import annotations

from codemods.libcst_command import EngineCommand


class CopyToSaveEntity(EngineCommand):
    """Replace copies and simple writes to hand-numbered names by `recorder.save_entity()`."""

    DESCRIPTION = "Save files through recorder.save_entity() instead of copying or writing them into the run folder."
    CODES = ("LPR201", "LPR202")
