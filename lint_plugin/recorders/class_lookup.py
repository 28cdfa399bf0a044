"""Finds the file that defines an imported recorder class, and reads the class."""

from __future__ import annotations

import ast
import os
from collections import deque
from collections.abc import Sequence

from lint_plugin.config.settings import Config
from lint_plugin.facts import KnownClass
from lint_plugin.flow.callee import last_name
from lint_plugin.source.text import SourceError, SourceText

_REEXPORTS = 5  # imports that are followed from one module to the next
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # what holds statements, in the order of ast's fields


class ClassLookup:
    """Looks classes up below the source roots and next to the files that import them."""

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self._config = config
        self._roots = roots
        self._trees: dict[str, ast.Module | None] = {}
        self._found: dict[tuple[str, str], KnownClass | None] = {}
        self._classes: dict[ast.AST, KnownClass | None] = {}

    def find(self, origin: str, importer: str) -> KnownClass | None:
        """The class behind a dotted name, of a class or a factory, as the file `importer` imports it."""
        # The same for all files of a folder, which ask again for every attribute they read.
        key = origin, os.path.dirname(os.path.abspath(importer))
        if key not in self._found:
            found = self._definition(origin, importer, _REEXPORTS)
            self._found[key] = None if found is None else self._read(*found)
        return self._found[key]

    def defined(self, name: str, path: str, tree: ast.Module) -> KnownClass | None:
        """The class behind a name that the module at `path`, whose tree is at hand, defines or imports."""
        found = self._in_module(name, os.path.abspath(path), tree, _REEXPORTS)
        return None if found is None else self._read(*found)

    def _read(self, path: str, tree: ast.Module, node: ast.ClassDef | ast.FunctionDef) -> KnownClass | None:
        """The class, read once however many folders import it."""
        if node not in self._classes:
            self._classes[node] = _known(node, tree, path, self)
        return self._classes[node]

    def _definition(
        self, origin: str, importer: str, depth: int
    ) -> tuple[str, ast.Module, ast.ClassDef | ast.FunctionDef] | None:
        module, _, name = origin.rpartition(".")
        path = self._module_file(module, importer)
        tree = None if path is None else self._tree(path)
        return None if path is None or tree is None else self._in_module(name, path, tree, depth)

    def _in_module(
        self, name: str, path: str, tree: ast.Module, depth: int
    ) -> tuple[str, ast.Module, ast.ClassDef | ast.FunctionDef] | None:
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
                return path, tree, node
        inner = _imported(name, tree)
        return None if inner is None or not depth else self._definition(inner, path, depth - 1)

    def class_named(self, base: ast.expr, tree: ast.Module, path: str) -> ast.ClassDef | None:
        """The class that a base expression in another file names."""
        name = last_name(base)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
        inner = _imported(name, tree)
        found = None if inner is None else self._definition(inner, path, _REEXPORTS)
        return found[2] if found is not None and isinstance(found[2], ast.ClassDef) else None

    def _module_file(self, module: str, importer: str) -> str | None:
        bare = module.lstrip(".")
        level = len(module) - len(bare)
        relative = bare.replace(".", os.sep)
        here = os.path.dirname(os.path.abspath(importer))
        if level:
            base = here
            for _ in range(level - 1):
                base = os.path.dirname(base)
            return _existing(os.path.join(base, relative) if relative else base)
        # Next to the importer, in the folders around it up to a root, and below each root.
        folders = [here]
        while folders[-1] not in self._roots and os.path.dirname(folders[-1]) != folders[-1]:
            folders.append(os.path.dirname(folders[-1]))
        if folders[-1] not in self._roots:
            folders = [here]
        for folder in dict.fromkeys([*folders, *self._roots]):
            found = _existing(os.path.join(folder, relative))
            if found is not None:
                return found
        return None

    def _tree(self, path: str) -> ast.Module | None:
        if path not in self._trees:
            try:
                with open(path, "rb") as file:
                    self._trees[path] = SourceText(file.read()).parse()
            except (OSError, SourceError):
                self._trees[path] = None
        return self._trees[path]

    @property
    def config(self) -> Config:
        """The configuration that names the classes."""
        return self._config


def _imported(name: str, tree: ast.Module) -> str | None:
    """The dotted name that a module imports under `name`: the first such import, the outermost ones first."""
    todo = deque[ast.AST](tree.body)
    while todo:
        node = todo.popleft()
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return "." * node.level + (f"{node.module}." if node.module else "") + alias.name
        for block in _BLOCKS:
            todo.extend(getattr(node, block, ()))
    return None


def _existing(path: str) -> str | None:
    for candidate in (f"{path}.py", os.path.join(path, "__init__.py")):
        if os.path.isfile(candidate):
            return candidate
    return None


def _known(node: ast.ClassDef | ast.FunctionDef, tree: ast.Module, path: str, lookup: ClassLookup) -> KnownClass | None:
    """A class, or the one that a factory makes, as plain data."""

    def resolve(base: ast.expr) -> ast.ClassDef | None:
        return lookup.class_named(base, tree, path)

    made = node if isinstance(node, ast.ClassDef) else _made_by(node, tree, path, lookup)
    if made is None:
        return None
    from lint_plugin.recorders.recorder_class import read_factories, read_recorder_class  # few projects need it

    config = lookup.config
    read = read_recorder_class(made, resolve)
    added = read_factories(tree, config.recorder_classes, config.recorder_factories)
    attributes = read.attributes | added.attributes
    return KnownClass(made.name, attributes, read.open or added.open, dict(read.methods), path, dict(read.required))


def _made_by(factory: ast.FunctionDef, tree: ast.Module, path: str, lookup: ClassLookup) -> ast.ClassDef | None:
    """The configured class that a factory returns by its annotation or constructs."""
    for node in ast.walk(factory):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.strip()
        if name in lookup.config.recorder_classes:
            return lookup.class_named(ast.Name(name, ast.Load()), tree, path)
    return None


def read_local_class(node: ast.ClassDef, classes: dict[str, ast.ClassDef], path: str) -> KnownClass:
    """A class of the module that is being analysed itself."""
    from lint_plugin.recorders.recorder_class import read_recorder_class

    read = read_recorder_class(node, lambda base: classes.get(last_name(base)))
    return KnownClass(node.name, read.attributes, read.open, dict(read.methods), path, dict(read.required))
