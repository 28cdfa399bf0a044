"""The LibCST command that renames attributes recorders do not have (LPR001).

python -m libcst.tool codemod -x --no-format codemods.rename_attribute.RenameRecorderAttribute PATH
"""

from __future__ import annotations

from codemods.libcst_command import EngineCommand


class RenameRecorderAttribute(EngineCommand):
    """Rename `recorder.run_dir` to `recorder.run_folder`, and whatever else is configured as renamed."""

    DESCRIPTION = "Rename attributes that recorders do not have (recorder.run_dir -> recorder.run_folder)."
    CODES = ("LPR001",)
