"""What evaluating an expression, or running a statement, does: may it be done twice, elsewhere, or not at all?"""

from __future__ import annotations

import ast

from codemods.proofs.own_value import tuple_parts
from codemods.proofs.value_types import MAPPINGS, type_of
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.flow.reaching import Flow

# Functions that only compute.
_OS_PATH = (
    "abspath basename dirname exists expanduser expandvars isdir isfile join normcase normpath realpath relpath split splitext"
)
_PATHLIB = "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath"
_COMPUTING = frozenset(
    [f"builtins.{name}" for name in "ascii bool callable format isinstance len repr str type".split()]
    + [f"{module}.{name}" for module in ("os.path", "posixpath", "ntpath") for name in _OS_PATH.split()]
    + [f"pathlib.{name}" for name in _PATHLIB.split()]
    + ["os.fspath", "mimetypes.guess_extension", "mimetypes.guess_type"]
)
# Those that raise for ordinary wrong input, which may be wanted: they check.
_CHECKING = frozenset({"builtins.int", "builtins.float", "builtins.round", "os.path.getsize"})
# Methods of str and Path whose names mean nothing else.
_COMPUTING_METHODS = frozenset(
    (
        "as_posix capitalize casefold endswith format isalpha isdigit joinpath lower lstrip partition removeprefix removesuffix "
        "rpartition rsplit rstrip split startswith strip title upper with_name with_stem with_suffix zfill"
    ).split()
)
# Methods that read, of whatever it is.
_READING_METHODS = _COMPUTING_METHODS | {"keys", "values", "items", "exists", "is_file", "is_dir", "isoformat"}
_PATH_METHODS = frozenset({"absolute", "expanduser", "resolve"})
# Which parts of a result are there whatever the text.
_PARTS = {
    "splitext": ("0", "1", "-1", "-2"),
    "split": ("0", "-1"),
    "rsplit": ("0", "-1"),
    "partition": ("0", "1", "2", "-1"),
    "rpartition": ("0", "1", "2", "-1"),
}
_LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
_LOGGERS = frozenset({"logger", "log", "logging", "_logger", "_log", "LOGGER", "LOG"})


def reads_only(flow: Flow, expression: ast.AST) -> bool:
    """Whether evaluating an expression a second time, or elsewhere, gives the same and does nothing else.

    Reading attributes and items counts as pure, and so do calls of functions that are known for it.
    """
    for node in walk(expression):
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.GeneratorExp)):
            return False
        if isinstance(node, ast.Call) and not _is_reading_call(flow, node):
            return False
    return True


def _is_reading_call(flow: Flow, call: ast.Call) -> bool:
    if dotted_name(flow, call.func) in _COMPUTING | _CHECKING:
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "get":
        return type_of(flow, call.func.value) in MAPPINGS  # a queue's takes something away
    # `text.replace(old, new)`; a path's `replace(target)` does something.
    is_replacement = call.func.attr == "replace" and len(call.args) in (2, 3) and not call.keywords
    return is_replacement or call.func.attr in _READING_METHODS


def is_pure(expression: ast.expr, flow: Flow, items: bool = False) -> bool:
    """Whether dropping `expression` cannot be noticed by a program whose attribute reads are plain.

    Names, constants, attribute reads, arithmetic, comparisons, displays, f-strings and calls of functions
    known to do nothing else. A subscript is not: it raises for a missing key, and that may be wanted there;
    but with `items`, where other code reads the same items.
    """
    return all(_is_pure_node(flow, node, items) for node in walk(expression))


def _is_pure_node(flow: Flow, node: ast.AST, items: bool) -> bool:
    match node:
        case ast.BinOp(op=operator):
            return isinstance(operator, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod))
        case ast.Subscript(value=value, slice=index):
            return items or _is_part(value, index)
        case ast.Slice():
            return all(
                bound is None or isinstance(bound, (ast.Constant, ast.UnaryOp)) for bound in (node.lower, node.upper, node.step)
            )
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if dotted_name(flow, node.func) not in _COMPUTING:
            known = method in _COMPUTING_METHODS or (method == "get" and type_of(flow, value) in MAPPINGS)
            return known or (method in _PATH_METHODS and _is_path(flow, value))
        case ast.Call(func=function):
            return dotted_name(flow, function) in _COMPUTING
    return isinstance(node, _PURE)


_PURE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.keyword),
    *(ast.JoinedStr, ast.FormattedValue, ast.Tuple, ast.List, ast.Set, ast.Dict),
)


def _is_part(value: ast.expr, index: ast.expr) -> bool:
    """`splitext(x)[1]`, `name.rsplit('.', 1)[-1]`, `name[1:]`: these are always there."""
    if isinstance(index, ast.Slice):
        return True
    return isinstance(value, ast.Call) and ast.unparse(index) in _PARTS.get(last_name(value.func), ())


def _is_path(flow: Flow, expression: ast.expr) -> bool:
    """Whether an expression is plainly a path: `a / b`, `Path(...)`, a path method of one."""
    match expression:
        case ast.BinOp(op=ast.Div()):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr=attribute)) if attribute in _COMPUTING_METHODS | _PATH_METHODS:
            return _is_path(flow, value)
        case ast.Call(func=function):
            return (dotted_name(flow, function) or "").startswith("pathlib.")
    return False


def is_logging(flow: Flow, call: ast.Call) -> bool:
    """Whether a call writes a log line or prints, and its arguments do nothing else."""
    function = call.func
    logs = isinstance(function, ast.Attribute) and function.attr in _LOG_METHODS and _is_logger(function.value)
    if not logs and dotted_name(flow, function) != "builtins.print":
        return False
    return all(reads_only(flow, argument) for argument in [*call.args, *(k.value for k in call.keywords)])


def _is_logger(node: ast.expr) -> bool:
    return last_name(node).lstrip("_") in _LOGGERS or last_name(node).lower().endswith("logger")


def has_effects(flow: Flow, statement: ast.stmt) -> bool:
    """Whether running a statement may change what an attribute, an item or a call yields elsewhere.

    Binding a local name is no such effect: the reaching definitions tell about names.
    """
    match statement:
        case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal():
            return False
        case ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given):
            defaults = [default for default in (*given.defaults, *given.kw_defaults) if default is not None]
            return bool(statement.decorator_list) or not all(reads_only(flow, default) for default in defaults)
        case ast.ClassDef():
            return bool(statement.decorator_list or statement.bases or statement.keywords)
        case ast.Return(value=None):
            return False
        case ast.Assign(targets=targets, value=value):
            binds_names = all(isinstance(target, ast.Name) for target in targets) or tuple_parts(statement)
            return not binds_names or not reads_only(flow, value)
        case ast.AnnAssign(target=ast.Name(), value=value):
            return value is not None and not reads_only(flow, value)
        case ast.Return(value=ast.expr() as value) | ast.Raise(exc=ast.expr() as value):
            return not reads_only(flow, value)
        case ast.Expr(value=ast.Call() as call):
            return not is_logging(flow, call) and not reads_only(flow, call)
        case ast.Expr(value=value):
            return not reads_only(flow, value)
        case ast.If(test=test):
            return not reads_only(flow, test)
        case ast.Try():
            return False
    return True
