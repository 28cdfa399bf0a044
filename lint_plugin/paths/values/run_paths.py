"""Paths below a run folder: which recorder's, which parts below it, and whether that is certain."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from lint_plugin.config.settings import Config
from lint_plugin.facts import NO, WEAK, Evidence, ReturnedPath
from lint_plugin.flow.callee import dotted_name, sole
from lint_plugin.flow.functions import Function, own_values
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.values.file_names import Hole, Literal, PieceReader, assigned_value
from lint_plugin.paths.values.functions import (
    arguments_of,
    called_function,
    imported_function,
    may_hold_folder,
    parameter_key,
)
from lint_plugin.paths.values.kept_paths import KeptPaths
from lint_plugin.paths.values.path_parts import UNSEEN, Part, components, split_at_slashes, steps_to
from lint_plugin.paths.values.path_value import PathValue, given_path
from lint_plugin.recorders.evidence import EvidenceFinder

_DEPTH = 16
JOIN_FUNCTIONS = frozenset({"os.path.join", "posixpath.join", "ntpath.join"})
_PATH_TYPES = frozenset({
    "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "anyio.Path", "trio.Path", "upath.UPath",
})  # fmt: skip
# What they return begins at the root.
_ABSOLUTE = frozenset({
    "os.path.abspath", "os.path.realpath", "os.getcwd", "tempfile.mkdtemp", "tempfile.mktemp", "tempfile.gettempdir",
    "pathlib.Path.home", "pathlib.Path.cwd",
})  # fmt: skip
_TO_STR = frozenset({"builtins.str", "os.fspath", "os.path.abspath", "os.path.normpath", "os.path.realpath", "os.fsdecode"})
_SAME_METHODS = frozenset({"resolve", "absolute", "expanduser"})
_OTHER_NAME = frozenset({"with_name", "with_stem", "with_suffix"})
_LISTINGS = frozenset({"iterdir", "glob", "rglob"})


class PathReader:
    """Evaluates the path expressions of one module, whose flow is `flow`.

    Attributes:
        kept: Where the module keeps such paths.
    """

    def __init__(self, flow: Flow, config: Config, evidence: EvidenceFinder, pieces: PieceReader) -> None:
        self.flow = flow
        self.project = evidence.project
        self.folder = os.path.dirname(evidence.path)
        self._evidence = evidence
        self._pieces = pieces
        self._folders = config.all_folder_attributes() | {config.output_folder_attribute}
        self._classes = config.recorder_classes
        self._renamed = config.renamed_attributes
        self._roots = frozenset(config.run_roots)
        self._folder_names = frozenset(config.folder_names)
        self._folder_is_path = config.folder_type == "path"
        self._memo: dict[ast.expr, PathValue | None] = {}
        self._open: set[ast.expr] = set()  # what is being read
        self._in_cycle = False
        self._pathless: set[Definition] = set()
        self.kept = KeptPaths(flow, evidence, self.of)

    @cached_property
    def possible(self) -> bool:
        """Whether the module names anything that a path below a run folder could begin with."""
        if self._roots:
            return True
        project = self._evidence.project
        if project.hands_folders_to(self._evidence.path) or project.returns_paths():
            return True
        return any(self._may_begin(node) for node in self.flow.nodes())

    def _may_begin(self, node: ast.AST) -> bool:
        match node:
            case ast.Attribute(attr=name):
                return name in self._folders
            case ast.arg(arg=name):
                return name in self._folder_names
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                return name in self._folders
        return False

    def of(self, expression: ast.expr) -> PathValue | None:
        """The path below a run folder that an expression is, or None."""
        if expression in self._memo:
            self._in_cycle = self._in_cycle or expression in self._open
            return self._memo[expression]
        for step in steps_to(self.flow, expression, self._memo):
            if step not in self._memo:
                self._memo[step] = None  # what a cycle of definitions sees
                self._open.add(step)
                self._memo[step] = self._read(step)
                self._open.remove(step)
        return self._memo[expression]

    def is_below(self, expression: ast.expr) -> bool:
        """Whether an expression is a run folder, or any path below one."""
        path = self.of(expression)
        return path is not None and path.below_run and not path.evidence.own

    def is_folder(self, expression: ast.expr) -> bool:
        """Whether an expression is a run folder or a folder in it, not a file."""
        path = self.of(expression)
        if path is None or not self.is_below(expression):
            return False
        last = path.parts[-1].node if path.parts else None
        return not path.parts or (isinstance(last, ast.Constant) and isinstance(last.value, str) and "." not in last.value)

    def function_of(self, function: ast.expr) -> Function | None:
        """The function or method of this module that a call of an expression runs."""
        return called_function(self.flow, self._evidence, function)

    def classes_elsewhere(self, held: ast.expr) -> list[str]:
        """The classes of other files that an expression is an instance of."""
        return self._evidence.classes_elsewhere(held)

    def is_own_method(self, function: ast.expr) -> bool:
        """Whether an expression is a method of a class that the project defines."""
        return isinstance(function, ast.Attribute) and self._evidence.of(function).level == NO

    def _read(self, node: ast.expr) -> PathValue | None:
        match node:
            case ast.Attribute():
                return self._attribute(node)
            case ast.Name():
                return self._name(node)
            case ast.BinOp(op=ast.Div()):
                left = self.of(node.left)
                return None if left is None else self._below(left, [Part(node.right)], is_path=True)
            case ast.BinOp(op=ast.Add() | ast.Mod()) | ast.JoinedStr():
                return self._text(node)
            case ast.Call():
                return self._call(node)
            case ast.NamedExpr():
                return self.of(node.value)
            case ast.Subscript(value=ast.Name() as holder, slice=ast.Constant(value=key)):
                return self.kept.item(holder, key)
            case ast.IfExp(body=first, orelse=second):
                return self._either(first, second)
            case ast.BoolOp(values=values):
                return self._either(*values)
        return None

    def _either(self, *values: ast.expr) -> PathValue | None:
        found = next((path for path in map(self.of, values) if path is not None), None)
        return None if found is None else replace(found, may=True)

    def _attribute(self, node: ast.Attribute) -> PathValue | None:
        if node.attr in self._folders:
            evidence = self._evidence.of(node.value)
            # On weak evidence another class's attribute of that name may be meant.
            other = evidence.level == WEAK and node.attr in self._renamed and self._evidence.other_class_has(node.attr)
            if evidence.is_recorder and not other:
                if evidence.own and not self._in_configured_class(node):
                    evidence = replace(evidence, own=False)  # what a subclass writes below `self.run_folder` is found
                is_path = self._folder_is_path and not self._evidence.is_text(evidence, node.attr)
                return PathValue(node.value, node, (), is_path, (), False, evidence)
        if node.attr in self._roots:
            return self._root()
        owner = self._evidence.owner(node.value)
        if owner is not None:
            stored = self.kept.attribute(owner, node)
            if stored is not None:
                return stored
        theirs = self.kept.elsewhere(node)
        if theirs is not None:
            return theirs
        if self._roots and (owner is None or owner in self.kept.field_owners(node.attr)):
            return self.kept.field(node.attr)
        return None

    def _in_configured_class(self, node: ast.Attribute) -> bool:
        owner = self._evidence.enclosing_class(node)
        return owner is not None and owner.name in self._classes

    def _root(self) -> PathValue:
        return PathValue(None, None, (), True, (), False, Evidence(WEAK), to_root=1)

    def _is_pathless(self, node: ast.Name) -> bool:
        """Whether nothing that a name may mean is a path."""
        # Of a variable that is bound a thousand times, each use may see a thousand definitions: what is known is not asked
        # again, unless a part of the answer is still being read.
        before, self._in_cycle = self._in_cycle, False
        asked = self.flow.reach(node) - self._pathless
        pathless = all(self.bound_to(definition) is None for definition in asked)
        if pathless and not self._in_cycle:
            self._pathless |= asked
        self._in_cycle = self._in_cycle or before
        return pathless

    def _name(self, node: ast.Name) -> PathValue | None:
        if node.id not in self._roots and self._is_pathless(node):
            return None
        bound = self.flow.bound(node)
        if node.id in self._roots and all(d.kind in ("assign", "import", "param") for d in bound):
            return self._root()
        values = [value for value in map(self.bound_to, bound) if value is not None]
        if not values:
            return None
        if len(self.flow.reach(node)) == 1:
            return replace(values[0], chain=(bound[0], *values[0].chain))
        first = next((value for value in values if value.parts), values[0])  # a file says more than the folder
        return replace(first, may=True, chain=(*bound, *first.chain))

    def bound_to(self, definition: Definition) -> PathValue | None:
        """The path below a run folder that a definition binds its name to, or None."""
        if definition.kind == "param":
            return self._parameter(definition)
        value = assigned_value(self.flow, definition)
        if value is not None:
            return self.of(value)
        if definition.kind in ("for", "comp") and definition.value is not None:
            return self._listed(definition.value)
        match definition.statement:
            case ast.AugAssign(target=ast.Name() as target, op=ast.Div(), value=step):
                base = self.of(target)  # what it holds before; in a loop that is what it makes itself
                return None if base is None or not base.is_path else self._below(base, [Part(step)], is_path=True)
        return None

    def _parameter(self, definition: Definition) -> PathValue | None:
        """A parameter that a call in the project gives a run folder, or that is called like one."""
        project = self._evidence.project
        if not may_hold_folder(definition.node):
            return None
        key = parameter_key(self.flow, self._evidence.path, definition)
        found = None if key is None else project.given_folder(key)
        if found is not None:
            return given_path(definition.name, found, self._folder_is_path)
        if definition.name in self._folder_names and project.knows_classes():
            said = f"by its name `{definition.name}` is a run folder"
            return PathValue(None, None, (), self._folder_is_path, (), True, Evidence(WEAK), given=said)
        return None

    def _listed(self, iterable: ast.expr) -> PathValue | None:
        """The loop variable of `for run in ROOT.iterdir()`, also through sorted(), reversed() and list()."""
        while isinstance(iterable, ast.Call) and last_name(iterable.func) in ("sorted", "reversed", "list", "tuple"):
            if not iterable.args:
                return None
            iterable = iterable.args[0]
        match iterable:
            case ast.Call(func=ast.Attribute(value=folder, attr=method)) if method in _LISTINGS:
                base = self.of(folder)
                if base is not None:
                    return self._below(base, [Part(iterable)], is_path=True)
        return None

    def _below(self, base: PathValue, given: Sequence[Part], is_path: bool) -> PathValue | None:
        """`base` with more components; the first ones below a run root name the run. None where they lead out of it."""
        parts = [component for part in given for component in components(part)]
        if any(self._leads_out(part) for part in parts):
            return None
        skipped = min(base.to_root, len(parts))
        return replace(base, parts=(*base.parts, *parts[skipped:]), is_path=is_path, to_root=base.to_root - skipped)

    def _leads_out(self, part: Part) -> bool:
        """Whether a component is `..`, or starts anew at the root: what stands before it then counts for nothing."""
        if part.node is None:
            first = part.pieces[0] if part.pieces else None
            return isinstance(first, Literal) and first.text == ".."
        return self._is_absolute(part.node, _DEPTH)

    def _is_absolute(self, node: ast.expr, depth: int) -> bool:
        """Whether a path starts at the root, or is `..`."""
        read = self._pieces.read(node)
        first = read[0][0] if read is not None and read[0] else None
        if isinstance(first, Literal):
            return first.text.startswith(("/", "\\\\")) or first.text == ".." or first.text.startswith("../")
        match node:
            case ast.Name() if depth:
                definition = sole(self.flow, node)
                value = None if definition is None or definition.kind not in ("assign", "walrus") else definition.value
                return value is not None and self._is_absolute(value, depth - 1)
            case ast.BinOp(op=ast.Div(), left=left):
                while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
                    left = left.left
                return self._is_absolute(left, max(depth - 1, 0))
            case ast.Call(func=ast.Attribute(attr="resolve" | "absolute")):
                return True
            case ast.Call():
                name = dotted_name(self.flow, node.func)
                if name in _ABSOLUTE:
                    return True
                return (
                    name in _PATH_TYPES | JOIN_FUNCTIONS | {"builtins.str"}
                    and bool(node.args)
                    and self._is_absolute(node.args[0], depth - 1)
                )
        return False

    def _call(self, node: ast.Call) -> PathValue | None:
        function = node.func
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        target = dotted_name(self.flow, function)
        if target is not None:
            first = self.of(node.args[0]) if node.args else None
            if first is not None:
                rest = [Part(argument) for argument in node.args[1:]]
                if target in JOIN_FUNCTIONS:
                    return self._below(first, rest, is_path=False)
                if target in _PATH_TYPES:
                    return self._below(first, rest, is_path=True)
                if target in _TO_STR and not rest:
                    return replace(first, is_path=False)
        if isinstance(function, ast.Attribute):
            base = self.of(function.value)
            if base is not None:
                return self._method(node, function.attr, base)
            if function.attr == "format":
                return self._text(node)
        return self._joined(node) or self._asked(node) or self._returned(node)

    def _joined(self, node: ast.Call) -> PathValue | None:
        """`"/".join([str(folder), name])`."""
        match node:
            case ast.Call(func=ast.Attribute(value=separator, attr="join"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]):
                slash = isinstance(separator, ast.Constant) and separator.value in ("/", "\\")
                base = self.of(parts[0]) if parts and (slash or last_name(separator) == "sep") else None
                return None if base is None else self._below(base, [Part(part) for part in parts[1:]], is_path=False)
        return None

    def _asked(self, node: ast.Call) -> PathValue | None:
        """`getattr(recorder, "run_folder")`."""
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[recorder, ast.Constant(value=str(name)), *_]) if (
                name in self._folders
            ):
                evidence = self._evidence.of(recorder)
                if evidence.is_recorder and not evidence.own:
                    return PathValue(recorder, None, (), self._folder_is_path, (), True, evidence)
        return None

    def _returned(self, node: ast.Call) -> PathValue | None:
        """A call of a function that returns a path below a run folder."""
        function = self.function_of(node.func)
        if function is None:
            return self._returned_elsewhere(node)
        values = own_values(function)
        path = next((found for value in values if value is not None and (found := self.of(value)) is not None), None)
        if path is None or path.evidence.own:
            return None
        given = dict(arguments_of(node, function, isinstance(node.func, ast.Attribute)))
        parts = tuple(
            Part(given[part.node.id]) if isinstance(part.node, ast.Name) and part.node.id in given else part
            for part in path.parts
        )
        return replace(path, parts=parts, may=True, chain=())

    def _returned_elsewhere(self, node: ast.Call) -> PathValue | None:
        """The same of a function of another module."""
        origin = imported_function(self.flow, node)
        if origin is None and isinstance(node.func, ast.Attribute):
            return self.kept.elsewhere(node.func)
        if origin is None:
            return None
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        handed = any(self.of(value) is not None for value in (*node.args, *given.values()))
        found = self.project.returned_by(self.folder, origin, handed)
        if found is None:
            return None
        deeper = (*(UNSEEN,) * (found.deeper - 1), Part(self._last_of(found, node))) if found.deeper else ()
        if not found.parameter:
            said = f"`{last_name(node.func)}()` returns a path below a run folder, at {found.place}"
            return PathValue(None, None, deeper, found.is_path, (), True, Evidence(WEAK), given=said)
        value = node.args[found.position] if 0 <= found.position < len(node.args) else given.get(found.parameter)
        base = None if value is None else self.of(value)
        return None if base is None else replace(base, parts=(*base.parts, *deeper), is_path=found.is_path, may=True, chain=())

    @staticmethod
    def _last_of(found: ReturnedPath, call: ast.Call) -> ast.expr:
        """The last component of a path that a call returns: the argument that names it, else the call itself."""
        name, position = found.name or ("", -1)
        if 0 <= position < len(call.args):
            return call.args[position]
        return next((keyword.value for keyword in call.keywords if name and keyword.arg == name), call)

    def _method(self, node: ast.Call, method: str, base: PathValue) -> PathValue | None:
        if method == "joinpath" and not node.keywords:
            return self._below(base, [Part(argument) for argument in node.args], is_path=True)
        if method in _SAME_METHODS and base.is_path:
            return base
        if method == "with_name" and base.is_path and len(node.args) == 1 and _is_plain_name(base.parts[-1:]):
            return self._below(replace(base, parts=base.parts[:-1]), [Part(node.args[0])], is_path=True)
        if method in _OTHER_NAME and base.is_path and base.parts:
            return replace(base, parts=(*base.parts[:-1], Part(node)))
        if method == "as_posix" and not node.args:
            return replace(base, is_path=False)
        return None

    def _text(self, node: ast.expr) -> PathValue | None:
        """A path written as text: `f"{folder}/{name}"`, `str(folder) + "/" + name`, `"%s/%s" % (folder, name)`."""
        read = self._pieces.read(node)
        if read is None:
            return None
        pieces, chain = read
        if not pieces or not isinstance(pieces[0], Hole) or not pieces[0].plain:
            return None
        base = self.of(pieces[0].node)
        if base is None:
            return None
        parts = split_at_slashes(pieces[1:])
        if parts is None:
            return None
        value = self._below(base, parts, is_path=False)
        return None if value is None else replace(value, chain=(*chain, *value.chain))


def _is_plain_name(parts: Sequence[Part]) -> bool:
    """Whether the last component is a constant: then nothing is lost with it, and it is one."""
    match parts:
        case [Part(node=ast.Constant(value=str(text)))]:
            return text not in ("", ".")
    return False
