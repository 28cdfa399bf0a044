"""The functions of a module, to follow a path through them: which one a call runs, which argument each parameter gets."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.functions import FUNCTIONS, Function, method_of, positional, self_of
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.recorders.evidence import EvidenceFinder

CONSTRUCTOR = "__init__"
_PATH_ANNOTATIONS = frozenset({"Path", "PurePath", "str", "PathLike", "StrPath", "Any", "object"})


def qualified_name(flow: Flow, function: Function) -> str:
    """A function's name with those of the classes and functions around it: `Worker.save`."""
    names = [function.name]
    above = flow.parent(function)
    while above is not None:
        if isinstance(above, (*FUNCTIONS, ast.ClassDef)):
            names.insert(0, above.name)
        above = flow.parent(above)
    return ".".join(names)


def parameter_key(flow: Flow, path: str, definition: Definition) -> tuple[str, str, str] | None:
    """A parameter as the project's facts name it: file, qualified name of the function, name; None for other definitions."""
    if definition.kind != "param" or not isinstance(definition.statement, FUNCTIONS):
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
        return _inherited(evidence.stores.lineage(made), CONSTRUCTOR)
    match function:
        case ast.Name() as name:
            reached = flow.bound(name)
            node = reached[0].node if len(reached) == 1 and reached[0].kind == "def" else None
            return node if isinstance(node, FUNCTIONS) else None
        case ast.Attribute(value=held, attr=attr):
            owner = evidence.owner(held)
            return None if owner is None else _inherited(evidence.stores.lineage(owner), attr)
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


def arguments_of(call: ast.Call, function: Function, is_method: bool) -> Iterator[tuple[str, ast.expr]]:
    """`(parameter, argument)` of a call as far as they are plain; `is_method` where `self` is given already."""
    is_method = is_method or function.name == CONSTRUCTOR
    names = [argument.arg for argument in positional(function)]
    for name, value in zip(names[1:] if is_method and self_of(function) is not None else names, call.args, strict=False):
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
