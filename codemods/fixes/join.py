"""The path fix (LPR301): `os.path.join(recorder.run_folder, name)` becomes `recorder.run_folder / name`."""

from __future__ import annotations

import ast

from codemods.edits import Candidate, Decision, Division, FixPlan, Leave, ReplaceExpression, Span
from codemods.fixes.source_text import code_of, require_not_printed
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.statement_order import errors_handled_around
from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import WEAK
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.reaching import Flow

RANK = 1

# What takes a Path for each of its path arguments and does the same with it; tried on Python 3.11, 3.12 and 3.13, but for
# aiofiles. Only `shutil` tells: its results and the errors of `rmtree` and of a copy onto itself hold what was given.
_TAKES_PATH = frozenset(
    ["builtins.open", "pathlib.Path", "pathlib.PurePath"]
    + [f"{module}.open" for module in ("io", "codecs", "gzip", "bz2", "lzma", "tarfile", "aiofiles")]
    + ["zipfile.ZipFile", "zipfile.is_zipfile", "tarfile.is_tarfile"]
    + [
        f"os.{name}"
        for name in (
            "access chmod fspath link listdir lstat makedirs mkdir open readlink remove removedirs rename renames replace rmdir "
            "scandir stat symlink truncate unlink utime walk"
        ).split()
    ]
    + [
        f"os.path.{name}"
        for name in (
            "abspath basename dirname exists getatime getctime getmtime getsize isabs isdir isfile islink lexists normpath "
            "realpath relpath samefile split splitext"
        ).split()
    ]
    + [f"shutil.{name}" for name in "copy copy2 copyfile copymode copystat copytree disk_usage move rmtree".split()]
)
# A Path has no slash at its end, which makes another last part.
_TAKES_APART = frozenset(f"os.path.{name}" for name in ("basename", "dirname", "split", "splitext"))
# These hand the path itself on, to what may want a str.
_POSITIONAL = {"shutil.rmtree": 1, "shutil.copytree": 2, "shutil.move": 2, "os.walk": 2}
_HANDS_ON = frozenset({"onerror", "onexc", "ignore", "copy_function"})


def decide(facts: ModuleFacts, site: Site) -> Decision:
    """The decision about one `os.path.join`."""
    analysis, call = facts.analysis, site.node
    assert isinstance(call, ast.Call)
    try:
        _require_plain(analysis, call)
        require_not_printed(analysis.flow, call)
        doubt = _doubt(facts, call, 0)
        edit = _edit(analysis, call)
    except Leave as leave:
        return leave.decision()
    reasons = [doubt] if doubt else []
    folder = analysis.paths.of(call.args[0])
    if folder is not None and folder.evidence.level == WEAK:
        reasons.append("only its name says that the object is a recorder")
    candidates = tuple(
        Candidate(definition.name, analysis.source.span(definition.statement)[0])
        for name in ast.walk(call.func)
        if isinstance(name, ast.Name)
        for definition in analysis.flow.reach(name)
        if definition.kind == "import"
    )
    plan = FixPlan(site.code, site.start, UNSAFE if reasons else SAFE, (edit,), candidates, rank=RANK)
    return Decision(plan.level, "; ".join(reasons), plan)


def _require_plain(analysis: Analysis, call: ast.Call) -> None:
    if call.keywords or any(isinstance(argument, ast.Starred) for argument in call.args):
        raise Leave(f"line {call.lineno} gives its arguments by `*` or by name: give them plainly")
    if len(call.args) < 2:
        raise Leave(f"line {call.lineno} joins nothing: take the folder itself")
    for argument in call.args[1:]:
        if isinstance(argument, ast.Constant) and argument.value in ("", b""):
            raise Leave(f"the empty part at line {argument.lineno} gives a slash at the end, which a Path has not")
    last = call.args[-1].values[-1] if isinstance(call.args[-1], ast.JoinedStr) else call.args[-1]
    if isinstance(last, ast.Constant) and str(last.value).endswith(("/", "\\")):
        raise Leave(f"the slash at the end of `{ast.unparse(call.args[-1])}` at line {last.lineno} would be lost")
    folder = analysis.paths.of(call.args[0])
    if folder is None or folder.may:
        raise Leave(
            f"`{ast.unparse(call.args[0])}` at line {call.lineno} is the recorder's Path on some branches only: set it on all"
        )


def _doubt(facts: ModuleFacts, node: ast.expr, depth: int) -> str:
    """Why a Path may not do where the joined `str` is used; "" where every use accepts a Path.

    Raises:
        Leave: One certainly needs a `str`.
    """
    flow = facts.flow
    parent = flow.parent(node)
    match parent:
        case ast.Call() if node in parent.args or any(k.value is node for k in parent.keywords):
            return _argument_doubt(flow, parent, node)
        case ast.keyword():
            call = flow.parent(parent)
            assert isinstance(call, ast.Call)
            return _argument_doubt(flow, call, node)
        case ast.Attribute() | ast.Subscript() if parent.value is node:
            raise Leave(f"line {node.lineno} uses it as a string, which a Path is not")
        case ast.BinOp(op=ast.Div(), left=left) if left is node:
            return f"line {node.lineno} divides a str, which fails today"
        case ast.BinOp(op=ast.Div()):
            return f"line {node.lineno} joins it to `{ast.unparse(parent.left)}`, which may expect a str"
        case ast.BinOp() | ast.AugAssign():
            raise Leave(f"line {node.lineno} uses it as a string, which a Path is not")
        case ast.AnnAssign(target=ast.Name(id=name)):
            return f"`{name}` is declared as `{ast.unparse(parent.annotation)}` at line {parent.lineno}"
        case ast.Assign(targets=[ast.Name() as target]):
            return _name_doubt(facts, target, depth)
        case ast.Expr():
            return ""
        case ast.FormattedValue():
            return f"line {node.lineno} prints it; a Path prints the same but for odd names"
    return f"line {node.lineno} passes it on, where a str may be expected"


def _argument_doubt(flow: Flow, call: ast.Call, node: ast.expr) -> str:
    function = dotted_name(flow, call.func)
    if function in _TAKES_APART and (last := _may_end_in_slash(flow, node)):
        return (
            f"`{last}` may be empty or end in a slash, which a Path has not: `{ast.unparse(call.func)}` would give another part"
        )
    if function in _TAKES_PATH:
        handing = next((keyword.arg for keyword in call.keywords if keyword.arg in _HANDS_ON), None)
        if handing is not None or len(call.args) > _POSITIONAL.get(function or "", 9):
            return f"line {node.lineno} gives it to `{handing or 'a function'}` as well, which may expect a str"
        if function is not None and function.startswith("shutil.") and not isinstance(flow.parent(call), ast.Expr):
            return f"line {node.lineno} uses what `{ast.unparse(call.func)}` returns, which would be a Path"
        for handler, _ in errors_handled_around(flow, call) if function is not None and function.startswith("shutil.") else ():
            if isinstance(handler, ast.ExceptHandler) and handler.name:
                told = f"the error of `{ast.unparse(call.func)}`, which would hold a Path"
                return f"the handler at line {handler.lineno} reads {told}"
        return ""
    if function in ("os.path.join", "builtins.isinstance", "builtins.len"):
        raise Leave(f"line {node.lineno} uses it as a string, which a Path is not")
    return f"line {node.lineno} passes it to `{ast.unparse(call.func)}`, which may expect a str"


def _may_end_in_slash(flow: Flow, node: ast.expr) -> str:
    """The last part of a join, as code, where it may be empty or end in a slash; else ""."""
    joins = [node] if isinstance(node, ast.Call) else [d.value for d in flow.reach(node)] if isinstance(node, ast.Name) else []
    for join in joins:
        last = join.args[-1] if isinstance(join, ast.Call) and join.args else None
        end = last.values[-1] if isinstance(last, ast.JoinedStr) and last.values else last
        while isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add):
            end = end.right
        named = isinstance(end, ast.Call) and dotted_name(flow, end.func) == "os.path.basename"
        if last is not None and not isinstance(end, ast.Constant) and not named:
            return ast.unparse(last)
    return ""


def _name_doubt(facts: ModuleFacts, target: ast.Name, depth: int) -> str:
    flow = facts.flow
    scope = flow.scope_of(target)
    if depth or scope.kind != "function" or scope.dynamic:
        return f"`{target.id}` from line {target.lineno} may be used elsewhere, where a str may be expected"
    definition = facts.bound_by(target)
    if definition is None or definition.scope is not scope or flow.spelled_uses(definition):
        return f"`{target.id}` from line {target.lineno} may be used elsewhere, where a str may be expected"
    doubt = ""
    for use in flow.uses(definition):
        if not isinstance(use.ctx, ast.Load):
            raise Leave(f"line {use.lineno} uses `{target.id}` as a string, which a Path is not")
        doubt = doubt or _doubt(facts, use, depth + 1)
    return doubt


def _edit(analysis: Analysis, call: ast.Call) -> ReplaceExpression:
    """The call as a division of its arguments, which are taken over as they are written."""
    source = analysis.source
    span = Span(*source.span(call))
    arguments = [source.span(argument) for argument in call.args]
    gaps = zip([span.start, *(end for _, end in arguments)], [*(start for start, _ in arguments), span.end])
    if any(b"#" in source.u8[start:end] for start, end in gaps):
        raise Leave(f"a comment stands between its arguments at line {call.lineno}: put it above")
    operands = tuple(code_of(source, argument) for argument in call.args)
    return ReplaceExpression(span, Division(operands, not _stands_alone(analysis, call)))


def _stands_alone(analysis: Analysis, call: ast.Call) -> bool:
    """Whether a division may stand where the call stood without parentheses around it."""
    parent = analysis.flow.parent(call)
    return isinstance(
        parent,
        (ast.Call, ast.Assign, ast.AnnAssign, ast.Return, ast.keyword, ast.Expr, ast.NamedExpr, ast.withitem, ast.FormattedValue),
    )  # fmt: skip
