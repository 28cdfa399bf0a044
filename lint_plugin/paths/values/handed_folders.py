"""Run folders across functions: parameters that are given one, and the functions that return a path below one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.chains import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.evidence import EvidenceFinder

if TYPE_CHECKING:
    from lint_plugin.paths.values.path_value import PathValue

Function = ast.FunctionDef | ast.AsyncFunctionDef

CONSTRUCTOR = "__init__"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PATH_ANNOTATIONS = frozenset({"Path", "PurePath", "str", "PathLike", "StrPath", "Any", "object"})


def qualified_name(flow: Flow, function: Function) -> str:
    """A function's name with those of the classes and functions around it: `Worker.save`."""
    names = [function.name]
    above = flow.parent(function)
    while above is not None:
        if isinstance(above, (*_FUNCTIONS, ast.ClassDef)):
            names.insert(0, above.name)
        above = flow.parent(above)
    return ".".join(names)


def parameter_key(flow: Flow, path: str, definition: Definition) -> tuple[str, str, str] | None:
    """A parameter as the project's facts name it: file, qualified name of the function, name; None for other definitions."""
    if definition.kind != "param" or not isinstance(definition.statement, _FUNCTIONS):
        return None
    return path, qualified_name(flow, definition.statement), definition.name


def may_hold_folder(argument: ast.AST) -> bool:
    """Whether a parameter's annotation allows a path, or says nothing."""
    annotation = argument.annotation if isinstance(argument, ast.arg) else None
    if annotation is None:
        return True
    parts = [annotation.left, annotation.right] if isinstance(annotation, ast.BinOp) else [annotation]
    parts = [part.value if isinstance(part, ast.Subscript) else part for part in parts]
    return any(last_name(part) in _PATH_ANNOTATIONS or isinstance(part, ast.Constant) for part in parts)


def called_function(flow: Flow, evidence: EvidenceFinder, function: ast.expr) -> Function | None:
    """The function or method of this module that a call of an expression runs, where that is one."""
    made = evidence.made_by(function)
    if made is not None:
        return _inherited(evidence.own.lineage(made), CONSTRUCTOR)
    match function:
        case ast.Name() as name:
            reached = flow.bound(name)
            node = reached[0].node if len(reached) == 1 and reached[0].kind == "def" else None
            return node if isinstance(node, _FUNCTIONS) else None
        case ast.Attribute(value=held, attr=attr):
            owner = evidence.owner(held)
            return None if owner is None else _inherited(evidence.own.lineage(owner), attr)
    return None


def fields_of(lineage: Sequence[ast.ClassDef]) -> dict[str, str]:
    """The annotated fields that a class, given with its bases, is made with: name -> the class that has it, in order.

    Those of a class with a constructor of its own are none: that one has parameters.
    """
    if _inherited(lineage, CONSTRUCTOR) is not None:
        return {}
    return {
        one.target.id: base.name
        for base in reversed(lineage)
        for one in base.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }


def _inherited(lineage: Sequence[ast.ClassDef], name: str) -> Function | None:
    for base in lineage:
        found = method_of(base, name)
        if found is not None:
            return found
    return None


def method_of(owner: ast.ClassDef, name: str) -> Function | None:
    """The method of a name that a class defines."""
    for statement in owner.body:
        if isinstance(statement, _FUNCTIONS) and statement.name == name:
            return statement
    return None


def arguments_of(call: ast.Call, function: Function, is_method: bool) -> Iterator[tuple[str, ast.expr]]:
    """`(parameter, argument)` of a call as far as they are plain; `is_method` where `self` is given already."""
    is_method = is_method or function.name == CONSTRUCTOR
    static = any(last_name(decorator) == "staticmethod" for decorator in function.decorator_list)
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    for name, value in zip(names[1:] if is_method and not static else names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value


def imported_function(flow: Flow, call: ast.Call) -> str | None:
    """The dotted name of an imported function that a call runs."""
    target = dotted_name(flow, call.func)
    return None if target is None or target.startswith("builtins.") else target


def is_folder(path: PathValue) -> bool:
    """Whether a path is a run folder or a folder in it, not a file."""
    last = path.parts[-1].node if path.parts else None
    return not path.parts or (isinstance(last, ast.Constant) and isinstance(last.value, str) and "." not in last.value)


def is_below(path: PathValue) -> bool:
    """Whether a path is a run folder, or any path below one."""
    return path.below_run and not path.evidence.own
