"""Whether evaluating an expression, or running a statement, can change anything that another expression reads."""

from __future__ import annotations

import ast

from codemods.proofs.own_value import tuple_parts
from codemods.proofs.value_types import is_mapping
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.flow.reaching import Flow

_READING_FUNCTIONS = frozenset({
    "builtins.str", "builtins.int", "builtins.len", "builtins.repr", "builtins.bool", "builtins.float",
    "builtins.isinstance", "builtins.round", "builtins.type",
    "os.fspath", "os.path.join", "os.path.basename", "os.path.dirname", "os.path.splitext", "os.path.split",
    "os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.getsize", "os.path.abspath", "os.path.normpath",
    "posixpath.join", "pathlib.Path", "pathlib.PurePath",
})  # fmt: skip
_READING_METHODS = frozenset({
    "keys", "values", "items", "lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "partition",
    "rpartition", "title", "capitalize", "startswith", "endswith", "format", "removeprefix", "removesuffix", "zfill",
    "exists", "is_file", "is_dir", "as_posix", "joinpath", "with_suffix", "with_name", "isoformat",
})  # fmt: skip
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
    target = dotted_name(flow, call.func)
    if target is not None and target in _READING_FUNCTIONS:
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in _READING_METHODS:
        return True
    if call.func.attr == "get":
        return is_mapping(flow, call.func.value)  # a queue's takes something away
    # `text.replace(old, new)`; a path's `replace(target)` does something.
    return call.func.attr == "replace" and len(call.args) in (2, 3) and not call.keywords


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
