"""The engine as a LibCST codemod: its edits are carried out on the tree that LibCST has parsed."""

from __future__ import annotations

import argparse
import os
from functools import partial

import libcst as cst
from libcst.codemod import CodemodCommand

from codemods.rewrite.printing import TreePrinter
from codemods.run.batch import Batch
from codemods.run.file_work import process_file
from codemods.run.options import Options
from codemods.run.project import Scanned
from lint_plugin.config.reading import ConfigError, Resolver
from lint_plugin.source.prefilter import Prefilter


class UnusableError(Exception):
    """A file cannot be analysed, or its configuration not be read; the text says why. `libcst.tool` then ends with 1."""


class EngineCommand(CodemodCommand):
    """A command that carries out the fixes of some codes.

    `python -m libcst.tool codemod` finds its arguments by `add_args`. What is left for a person is given as warnings.
    """

    CODES: tuple[str, ...] = ()

    def __init__(self, context: cst.codemod.CodemodContext, unsafe: bool = False, recorder_config: str | None = None) -> None:
        super().__init__(context)
        self._unsafe = unsafe
        self._resolver = Resolver(recorder_config)

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Add the options of recorder-fix that matter here."""
        arg_parser.add_argument("--unsafe", action="store_true", help="take unsafe fixes too")
        arg_parser.add_argument("--recorder-config", metavar="FILE", help="pyproject.toml with the [tool.recorder] table to use")

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Rewrite one module.

        Raises:
            UnusableError: It cannot be analysed.
        """
        path = os.path.abspath(self.context.filename or "stdin.py")
        raw = tree.bytes
        try:
            config = self._resolver.for_file(path)
        except ConfigError as error:
            raise UnusableError(f"{error.place}: {error}") from None
        if not Prefilter(config).search(raw):
            return tree
        options = Options(mode="fix", unsafe=self._unsafe, select=self.CODES)
        printer = TreePrinter(tree)
        batch = Batch({}, options, Scanned([path]), process=partial(process_file, printer=printer))
        result = batch.source(path, raw, config)
        for problem in result.errors:
            raise UnusableError(f"{problem.path}:{problem.line}: {problem.message}")
        for finding in result.findings:
            if not finding.fixed:
                self.warn(f"{finding.line}:{finding.column}: {finding.code} {finding.message} ({finding.reason})")
        return tree if result.new is None else printer.trees[result.new]
