"""The statement that a write is, and the content that it writes, where a `save_entity()` call can stand for it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.edits import Leave
from codemods.proofs import value_types
from codemods.proofs.effects import reads_only
from codemods.proofs.value_types import type_of
from lint_plugin.analysis import Analysis
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import walk
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.writer_table import BUFFER, COPY, FOLDER, LINK, MOVE, OPEN, SAVE, TEXT_BUFFER, TOBYTES
from lint_plugin.paths.calls.writes import Write

FILE = "file"  # the content is a file that is copied or moved
BYTES = "bytes"
TEXT = "text"
JSON = "json"

_COPIES = frozenset({"shutil.copy", "shutil.copy2", "shutil.copyfile"})
_MOVES = frozenset({"shutil.move", "os.rename", "os.replace", ".rename", ".replace"})
_UTF8 = frozenset({"utf-8", "utf8", "utf_8", "u8"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A write that can become a `save_entity()` call.

    Attributes:
        statement: The statement that goes.
        kind: What the content is: `file`, `bytes`, `text` or `json`.
        content: Its expression; the source file's for `file`.
        removes_source: The source is gone afterwards (a move).
        proven: The content has just the type that the kind says.
        risk: Why the stored bytes may be others, or "".
    """

    statement: ast.stmt
    kind: str
    content: ast.expr
    removes_source: bool = False
    proven: bool = True
    risk: str = ""


def shape_of(analysis: Analysis, write: Write) -> Shape:
    """How a write can be replaced.

    Raises:
        Leave: It cannot.
    """
    if write.detour:
        raise Leave(f"{write.detour}; only a plain call is rewritten")
    if write.sink.kind in (COPY, MOVE):
        return _transfer(analysis, write)
    if write.sink.kind == LINK:
        raise Leave("a link has no entity equivalent: the recorder stores the bytes; save the file that it points to")
    if write.sink.kind == OPEN:
        return _opened(analysis, write)
    if write.function in (".write_bytes", ".write_text"):
        return _path_method(analysis, write)
    raise wants_path(analysis, write)


def wants_path(analysis: Analysis, write: Write) -> Leave:
    """The refusal of a function that only takes a path, with what to do instead."""
    function, advice = ast.unparse(write.call.func), write.sink.advice(analysis.config.save_method)
    if write.sink.kind == FOLDER:
        return Leave(f"a folder is no entity: {advice}")
    if write.sink.instead == SAVE:
        return Leave(f"what goes through `{function}` cannot be told from the call: {advice}")
    return Leave(f"`{function}` writes to the path itself: {advice}")


def _unclear(call: ast.Call) -> Leave:
    return Leave(
        f"the arguments of `{ast.unparse(call.func)}` at line {call.lineno} cannot be told apart: give source and target plainly"
    )


def _options(call: ast.Call, options: Mapping[str | None, ast.expr]) -> str:
    named = next(((name, value) for name, value in options.items() if name), None)
    if named is None:
        return f"line {call.lineno} gives options that an entity has not: leave them out"
    return f"line {named[1].lineno} gives `{named[0]}`, which an entity has not: leave it out"


def _statement(analysis: Analysis, call: ast.Call, what: str) -> ast.stmt:
    """The statement that a call is, alone on its lines."""
    statement = analysis.flow.parent(call)
    if isinstance(statement, ast.Await):
        raise Leave(f"line {call.lineno} awaits the {what}: only a plain call is rewritten")
    if not isinstance(statement, ast.Expr):
        raise Leave(f"line {call.lineno} uses what the {what} returns: call it on a line of its own")
    require_own_lines(analysis, statement)
    return statement


def require_own_lines(analysis: Analysis, statement: ast.stmt) -> None:
    """Make sure that a statement shares no line with another.

    Raises:
        Leave: It does.
    """
    source = analysis.source
    start, end = source.span(statement)
    before = source.u8[source.line_bounds(statement.lineno)[0] : start]
    after = source.u8[end : source.line_bounds(statement.end_lineno or statement.lineno)[1]].strip()
    above = source.line_text(statement.lineno - 1) if statement.lineno > 1 else ""
    if before.strip(b" \t\f") or (after and not after.startswith(b"#")) or above.rstrip("\r\n").endswith("\\"):
        raise Leave(f"line {statement.lineno} holds other code as well: give it a line of its own")


def _transfer(analysis: Analysis, write: Write) -> Shape:
    call, name = write.call, write.function
    if name not in _COPIES | _MOVES:
        verb = ast.unparse(call.func)
        if name == "shutil.copyfileobj":
            raise Leave(f"`{verb}` copies from a stream: read it and give its bytes to `{analysis.config.save_method}()`")
        raise Leave(f"`{verb}` has no entity equivalent; save each file with `{analysis.config.save_method}()`")
    what = "copy" if write.sink.kind == COPY else "move"
    extra = [k.arg or "**" for k in call.keywords if k.arg not in (write.sink.target_keyword, write.sink.source_keyword)]
    if extra or len(call.args) + len(call.keywords) != (1 if write.sink.source == -1 else 2):
        if extra and extra[0] != "**":
            raise Leave(f"line {call.lineno} gives the {what} `{extra[0]}`, which an entity has not: leave it out")
        raise _unclear(call)
    if write.source is None:
        raise _unclear(call)
    source_path = analysis.paths.of(write.source)
    if source_path is not None and write.sink.kind == MOVE:
        raise Leave(f"line {call.lineno} renames a file of the run folder: save its content at once instead")
    return Shape(_statement(analysis, call, what), FILE, write.source, removes_source=write.sink.kind == MOVE)


def _path_method(analysis: Analysis, write: Write) -> Shape:
    call = write.call
    statement = _statement(analysis, call, "write")
    if write.source is None:
        raise _unclear(call)
    if write.function == ".write_bytes":
        if len(call.args) + len(call.keywords) != 1:
            raise _unclear(call)
        return Shape(statement, BYTES, write.source, proven=type_of(analysis.flow, write.source) == value_types.BYTES)
    options = {k.arg: k.value for k in call.keywords if k.arg != "data"}
    positional = call.args[1:]
    if positional:
        options["encoding"] = positional[0]
    named = _require_utf8(call, options, len(positional) > 1)
    proven = type_of(analysis.flow, write.source) in value_types.TEXTS
    return Shape(statement, TEXT, write.source, proven=proven, risk=_encoding_risk(named, write.source))


def _require_utf8(call: ast.Call, options: dict[str | None, ast.expr], more: bool = False) -> bool:
    """Make sure that text is written as UTF-8, or in the encoding of the system; whether it is the former."""
    encoding = options.pop("encoding", None)
    value = encoding.value if isinstance(encoding, ast.Constant) else encoding
    named = isinstance(value, str) and value.lower() in _UTF8
    if not named and value is not None and encoding is not None:
        raise Leave(f"line {encoding.lineno} asks for another encoding than UTF-8, in which the recorder writes text: save bytes")
    if options or more:
        raise Leave(_options(call, options))
    return named


def _encoding_risk(named: bool, content: ast.expr) -> str:
    if named or (isinstance(content, ast.Constant) and str(content.value).isascii()):
        return ""
    return "no encoding is given, so the system's is used; the recorder writes text as UTF-8"


def _opened(analysis: Analysis, write: Write) -> Shape:
    if write.function not in ("builtins.open", "io.open", ".open"):
        raise wants_path(analysis, write)
    mode = "".join(sorted(write.mode.replace("t", "")))
    if "a" in mode:
        raise Leave(f"line {write.call.lineno} appends: an entity is saved whole, once, with all that belongs to it")
    if mode not in ("w", "bw"):
        raise Leave(
            f"mode {write.mode!r} at line {write.call.lineno} does more than write a new file: 'w' and 'wb' are rewritten"
        )
    options = {k.arg: k.value for k in write.call.keywords if k.arg not in ("file", "mode")}
    if len(write.call.args) > (1 if write.function == ".open" else 2):
        raise _unclear(write.call)
    statement, call, handle = _single_write(analysis, write)
    if mode == "bw":
        if options:
            raise Leave(_options(call, options))
        content = _written_content(analysis, call, handle, BUFFER)
        return Shape(statement, BYTES, content, proven=type_of(analysis.flow, content) == value_types.BYTES)
    named = _require_utf8(write.call, options)
    if dotted_name(analysis.flow, call.func) == "json.dump":
        return Shape(statement, JSON, _dumped(analysis, call, handle), proven=True)
    content = _written_content(analysis, call, handle, TEXT_BUFFER)
    proven = type_of(analysis.flow, content) in value_types.TEXTS
    return Shape(statement, TEXT, content, proven=proven, risk=_encoding_risk(named, content))


def _single_write(analysis: Analysis, write: Write) -> tuple[ast.stmt, ast.Call, str]:
    """The statement, its one call on the handle, and the handle's name ("" where it has none)."""
    flow = analysis.flow
    parent = flow.parent(write.call)
    if isinstance(parent, ast.Attribute) and parent.attr == "write":
        call = flow.parent(parent)
        if isinstance(call, ast.Call) and call.func is parent:
            return _statement(analysis, call, "write"), call, ""
    with_statement = flow.parent(parent) if isinstance(parent, ast.withitem) else None
    if not isinstance(with_statement, ast.With):
        raise Leave(f"line {write.call.lineno} keeps the handle: only `with open(...)` around one write can be rewritten")
    if len(with_statement.items) != 1:
        raise Leave(f"the `with` at line {with_statement.lineno} opens several things: open the file in one of its own")
    target = with_statement.items[0].optional_vars
    if not isinstance(target, ast.Name):
        raise Leave(f"the `with` at line {with_statement.lineno} gives the handle no name of its own: write `as file`")
    body = with_statement.body
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        raise Leave(f"line {body[0].lineno} does not write all with one call: collect it first, then write it once")
    require_own_lines(analysis, with_statement)
    _require_unused_after(flow, target, with_statement)
    return with_statement, body[0].value, target.id


def _require_unused_after(flow: Flow, target: ast.Name, statement: ast.With) -> None:
    definitions = [d for d in flow.definitions(flow.scope_of(target), target.id) if d.node is target]
    for definition in definitions:
        for spelled in flow.spelled_uses(definition):
            raise Leave(f"the handle `{target.id}` is looked up by its name at line {spelled.lineno} (`locals()`)")
        inside = set(walk(statement))
        for use in flow.uses(definition):
            if use not in inside:
                raise Leave(f"the handle `{target.id}` is used again at line {use.lineno}")


def _written_content(analysis: Analysis, call: ast.Call, handle: str, buffer: str) -> ast.expr:
    match call:
        case ast.Call(func=ast.Attribute(value=receiver, attr="write"), args=[content], keywords=[]):
            named = isinstance(receiver, ast.Name) and receiver.id == handle
            if (named or not handle) and not isinstance(content, ast.Starred):
                if handle and any(isinstance(n, ast.Name) and n.id == handle for n in walk(content)):
                    raise Leave(f"line {content.lineno} uses the handle `{handle}` in what is written")
                return content
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if handle and any(isinstance(value, ast.Name) and value.id == handle for value in given):
        # An array's method wants a real file.
        instead = TOBYTES if isinstance(call.func, ast.Attribute) and call.func.attr == "tofile" else buffer
        advice = instead.format(save=analysis.config.save_method)
        raise Leave(f"line {call.lineno} gives the handle `{handle}` to `{ast.unparse(call.func)}`: {advice}")
    raise Leave(f"line {call.lineno} is no plain `file.write(content)`: give all that is written as one argument")


def _dumped(analysis: Analysis, call: ast.Call, handle: str) -> ast.expr:
    given = analysis.targets.called(call)
    value, target = given.argument(0, "obj"), given.argument(1, "fp")
    allowed = {"obj", "fp", "indent", "ensure_ascii"}
    plain = len(call.args) <= 2 and not any(isinstance(one, ast.Starred) for one in call.args)
    if not isinstance(target, ast.Name) or target.id != handle or value is None or not plain:
        raise Leave(f"line {call.lineno} is no plain `json.dump(content, file)`: give it these two arguments in this order")
    extra = [keyword.arg for keyword in call.keywords if keyword.arg not in allowed]
    if extra:
        raise Leave(f"line {call.lineno} gives `json.dump` `{extra[0]}`, which an entity has not: leave it out")
    if type_of(analysis.flow, value) != value_types.DICT:
        raise Leave(
            f"`{ast.unparse(value)}` at line {call.lineno} is not proved to be a dict: annotate it, or make it where it is saved"
        )
    return value


def source_needs_name(flow: Flow, content: ast.expr) -> bool:
    """Whether a source expression has to be bound to a name first, because it is read twice and calls something."""
    return not reads_only(flow, content) or any(isinstance(node, ast.Call) for node in walk(content))
