"""Finds the file that defines an imported recorder class, and reads the class."""

from __future__ import annotations

import ast
import os
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import lint_plugin
from lint_plugin.config.settings import Config
from lint_plugin.facts import KnownClass, Signature
from lint_plugin.flow.functions import Function
from lint_plugin.flow.nodes import last_name
from lint_plugin.recorders.classes.recorder_class import read_class, read_factories
from lint_plugin.recorders.classes.signatures import function_signature
from lint_plugin.source.text import SourceError, SourceText

# The package of this distribution, which lies beside `lint_plugin` however that was installed: its class is known too.
_SHIPPED = "recorder"
_DISTRIBUTION = os.path.dirname(os.path.abspath(lint_plugin.__path__[0]))
_REEXPORTS = 5  # imports that are followed from one module to the next
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # what holds statements, in the order of ast's fields


@dataclass(frozen=True, slots=True)
class Place:
    """Where a class or function stands: its `def` or `class`, and the module around it."""

    path: str
    tree: ast.Module
    node: ast.ClassDef | Function


class ClassLookup:
    """Looks classes up below the source roots and next to the files that import them.

    Attributes:
        config: The configuration that names the classes.
    """

    def __init__(self, config: Config, roots: Sequence[str]) -> None:
        self.config = config
        self._roots = roots
        self._src = [folder for folder in (os.path.join(root, "src") for root in roots) if os.path.isdir(folder)]
        self._trees: dict[str, ast.Module | None] = {}
        self._found: dict[tuple[str, str], KnownClass | None] = {}
        self._classes: dict[ast.AST, KnownClass | None] = {}

    def find(self, origin: str, importer: str) -> KnownClass | None:
        """The class behind a dotted name, of a class or a factory, as the file `importer` imports it."""
        # The same for all files of a folder, which ask again for every attribute they read.
        key = origin, os.path.dirname(os.path.abspath(importer))
        if key not in self._found:
            place = self.definition(origin, importer)
            self._found[key] = None if place is None else self._read(place)
        return self._found[key]

    def defined(self, name: str, path: str, tree: ast.Module) -> KnownClass | None:
        """The class behind a name that the module at `path`, whose tree is at hand, defines or imports."""
        place = self._in_module(name, os.path.abspath(path), tree, _REEXPORTS)
        return None if place is None else self._read(place)

    def definition(self, origin: str, importer: str, depth: int = _REEXPORTS) -> Place | None:
        """Where the class or function behind a dotted name stands, as the file `importer` imports it."""
        module, _, name = origin.rpartition(".")
        if not module.strip("."):
            module += "." if origin.startswith(".") else ""  # `from .. import name`
        path = self.module_file(module, importer) if module else None
        tree = None if path is None else self.tree(path)
        return None if path is None or tree is None else self._in_module(name, path, tree, depth)

    def _in_module(self, name: str, path: str, tree: ast.Module, depth: int) -> Place | None:
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return Place(path, tree, node)
        inner = self.passed_on(name, path, tree)
        return None if inner is None or not depth else self.definition(inner, path, depth - 1)

    def passed_on(self, name: str, path: str, tree: ast.Module) -> str | None:
        """The dotted name that a module imports under `name`, by itself or with all that another module has."""
        return imported(name, tree) or (None if name.startswith("_") else self._starred(name, path, tree))

    def _starred(self, name: str, path: str, tree: ast.Module) -> str | None:
        """The same through `from module import *`, where just one module can bring the name."""
        starred = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
        modules = ["." * node.level + (node.module or "") for node in starred]
        files = {module: self.module_file(module, path) for module in modules}
        word = re.compile(rb"\b%s\b|import \*" % re.escape(name.encode()))
        bringing = [module for module, file in files.items() if file is None or word.search(bytes_of(file))]
        return f"{bringing[0].rstrip('.')}.{name}" if len(bringing) == 1 and bringing[0].strip(".") else None

    def _class_at(self, name: str, place: Place) -> Place | None:
        """The class that a name means in the module of a place."""
        found = self._in_module(name, place.path, place.tree, _REEXPORTS)
        return found if found is not None and isinstance(found.node, ast.ClassDef) else None

    def _read(self, place: Place) -> KnownClass | None:
        """A class, or the one that a factory makes, as plain data; read once however many folders import it."""
        if place.node not in self._classes:
            made = place if isinstance(place.node, ast.ClassDef) else self._made_by(place)
            self._classes[place.node] = None if made is None else self._read_class(made, place)
        return self._classes[place.node]

    def _read_class(self, made: Place, asked: Place) -> KnownClass:
        homes: dict[ast.ClassDef, Place] = {}

        def resolve(base: ast.expr, owner: ast.ClassDef) -> ast.ClassDef | None:
            found = self._class_at(last_name(base), homes.get(owner, made))
            if found is None or not isinstance(found.node, ast.ClassDef):
                return None
            homes[found.node] = found
            return found.node

        assert isinstance(made.node, ast.ClassDef)
        read = read_class(made.node, resolve, made.path)
        attributes, others = set(read.attributes), read.open
        for tree in {made.path: made.tree, asked.path: asked.tree}.values():
            added, more = read_factories(tree, self.config.recorder_classes, self.config.recorder_factories)
            attributes |= added
            others = others or more
        factory = None if isinstance(asked.node, ast.ClassDef) else self._factory_signature(asked.node, asked)
        return replace(read, attributes=frozenset(attributes), open=others, factory=factory)

    def _factory_signature(self, node: Function, place: Place) -> Signature:
        """How a factory is called; `**options: Unpack[Options]` takes what the TypedDict `Options` names."""
        signature = function_signature(node)
        match node.args.kwarg:
            case ast.arg(annotation=ast.Subscript(value=unpack, slice=options)) if last_name(unpack) == "Unpack":
                found = self._class_at(last_name(options), place)
                if found is not None and isinstance(found.node, ast.ClassDef) and node.args.vararg is None:
                    fields = [
                        s.target.id for s in found.node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
                    ]
                    names = (*signature.names, *fields)
                    return replace(signature, names=names, open=bool(node.decorator_list))
        return signature

    def _made_by(self, factory: Place) -> Place | None:
        """The configured class that a factory returns by its annotation or constructs."""
        for node in ast.walk(factory.node):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name = node.value.strip()
            if name in self.config.recorder_classes:
                return self._class_at(name, factory)
        return None

    def module_file(self, module: str, importer: str) -> str | None:
        """The file of a module, as the file `importer` imports it; None when it is not of the project."""
        bare = module.lstrip(".")
        level = len(module) - len(bare)
        relative = bare.replace(".", os.sep)
        here = os.path.dirname(os.path.abspath(importer))
        if level:
            base = here
            for _ in range(level - 1):
                base = os.path.dirname(base)
            return _existing(os.path.join(base, relative) if relative else base)
        # Next to the importer, in the folders around it up to a root, below each root and its src/; the shipped package last.
        folders = [here]
        while folders[-1] not in self._roots and os.path.dirname(folders[-1]) != folders[-1]:
            folders.append(os.path.dirname(folders[-1]))
        if folders[-1] not in self._roots:
            folders = [here]
        shipped = [_DISTRIBUTION] if bare.partition(".")[0] == _SHIPPED else []
        for folder in dict.fromkeys([*folders, *self._roots, *self._src, *shipped]):
            found = _existing(os.path.join(folder, relative))
            if found is not None:
                return found
        return None

    def tree(self, path: str) -> ast.Module | None:
        """The module at a path; None when it cannot be read."""
        if path not in self._trees:
            try:
                with open(path, "rb") as file:
                    self._trees[path] = SourceText(file.read()).parse()
            except (OSError, SourceError):
                self._trees[path] = None
        return self._trees[path]


def imported(name: str, tree: ast.Module) -> str | None:
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


def bytes_of(path: str) -> bytes:
    """What a file holds; nothing where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _existing(path: str) -> str | None:
    for candidate in (f"{path}.py", os.path.join(path, "__init__.py")):
        if os.path.isfile(candidate):
            return candidate
    return None
