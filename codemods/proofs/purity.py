"""Which expressions can be dropped unread: evaluating them does nothing but make a value."""

from __future__ import annotations

import ast

from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow

# Functions that only compute. Those that raise for ordinary wrong input (`int`) are missing: they check.
_OS_PATH = (
    "abspath basename dirname exists expanduser expandvars isdir isfile join normcase normpath realpath relpath split splitext"
)
_PATHLIB = "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath"
_FUNCTIONS = frozenset(
    [f"builtins.{name}" for name in ("ascii", "bool", "callable", "format", "isinstance", "len", "repr", "str", "type")]
    + [f"{module}.{name}" for module in ("os.path", "posixpath", "ntpath") for name in _OS_PATH.split()]
    + [f"pathlib.{name}" for name in _PATHLIB.split()]
    + ["os.fspath", "mimetypes.guess_extension", "mimetypes.guess_type"]
)
# Methods of str and Path whose names mean nothing else.
_METHODS = frozenset(
    (
        "as_posix capitalize casefold endswith format isalpha isdigit joinpath lower lstrip partition removeprefix removesuffix "
        "rpartition rsplit rstrip split startswith strip title upper with_name with_stem with_suffix zfill"
    ).split()
)
# Which parts of a result are there whatever the text.
_PARTS = {
    "splitext": ("0", "1", "-1", "-2"),
    "split": ("0", "-1"),
    "rsplit": ("0", "-1"),
    "partition": ("0", "1", "2", "-1"),
    "rpartition": ("0", "1", "2", "-1"),
}
_PATH_METHODS = frozenset({"absolute", "expanduser", "resolve"})
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod)


def is_pure(expression: ast.expr, flow: Flow, items: bool = False) -> bool:
    """Whether dropping `expression` cannot be noticed by a program whose attribute reads are plain.

    Names, constants, attribute reads, arithmetic, comparisons, displays, f-strings and calls of functions
    known to do nothing else. A subscript is not: it raises for a missing key, and that may be wanted there;
    but with `items`, where other code reads the same items.
    """
    match expression:
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=value) | ast.UnaryOp(operand=value):
            return is_pure(value, flow, items)
        case ast.BinOp(left=left, op=operator, right=right):
            return isinstance(operator, _OPERATORS) and is_pure(left, flow, items) and is_pure(right, flow, items)
        case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            return all(is_pure(value, flow, items) for value in values)
        case ast.Tuple(elts=values) | ast.List(elts=values) | ast.Set(elts=values):
            return all(is_pure(value, flow, items) for value in values)
        case ast.FormattedValue(value=value, format_spec=spec):
            return is_pure(value, flow, items) and (spec is None or is_pure(spec, flow, items))
        case ast.Compare(left=left, comparators=others):
            return all(is_pure(value, flow, items) for value in (left, *others))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return all(is_pure(value, flow, items) for value in (test, body, orelse))
        case ast.Dict(keys=keys, values=values):
            return all(key is None or is_pure(key, flow, items) for key in keys) and all(is_pure(v, flow, items) for v in values)
        case ast.Subscript(value=value, slice=index):
            return (_is_part(value, index) or (items and is_pure(index, flow, items))) and is_pure(value, flow, items)
        case ast.Call():
            return _is_pure_call(expression, flow)
    return False


def _is_part(value: ast.expr, index: ast.expr) -> bool:
    """`splitext(x)[1]`, `name.rsplit('.', 1)[-1]`, `name[1:]`: these are always there."""
    if isinstance(index, ast.Slice):
        bounds = (index.lower, index.upper, index.step)
        return all(bound is None or isinstance(bound, (ast.Constant, ast.UnaryOp)) for bound in bounds)
    return isinstance(value, ast.Call) and ast.unparse(index) in _PARTS.get(last_name(value.func), ())


def _is_pure_call(call: ast.Call, flow: Flow) -> bool:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not all(is_pure(argument, flow) for argument in arguments):
        return False
    if dotted_name(flow, call.func) in _FUNCTIONS:
        return True
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr == "get":
        return _is_plain_dict(function.value, flow)
    if function.attr in _PATH_METHODS:
        return _is_path(function.value, flow) and is_pure(function.value, flow)
    return function.attr in _METHODS and is_pure(function.value, flow)


def _is_plain_dict(expression: ast.expr, flow: Flow) -> bool:
    """Whether an expression is a dict that is written out, directly or behind one name."""
    if isinstance(expression, ast.Name):
        reached = flow.reach(expression)
        return bool(reached) and all(
            definition.kind == "assign" and isinstance(definition.value, ast.Dict) for definition in reached
        )
    return isinstance(expression, ast.Dict) and is_pure(expression, flow)


def _is_path(expression: ast.expr, flow: Flow) -> bool:
    """Whether an expression is plainly a path: `a / b`, `Path(...)`, a path method of one."""
    match expression:
        case ast.BinOp(op=ast.Div()):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr=attribute)) if attribute in _METHODS | _PATH_METHODS:
            return _is_path(value, flow)
        case ast.Call(func=function):
            return (dotted_name(flow, function) or "").startswith("pathlib.")
    return False
