"""The rename of an attribute as one would write it with LibCST: the reference for S3."""

from __future__ import annotations

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand


class RenameRunDir(VisitorBasedCodemodCommand):
    """Rename every attribute `run_dir` to `run_folder`."""

    DESCRIPTION = "Rename every attribute run_dir to run_folder."

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        if original_node.attr.value == "run_dir":
            return updated_node.with_changes(attr=cst.Name("run_folder"))
        return updated_node
