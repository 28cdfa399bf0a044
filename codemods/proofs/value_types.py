"""Which type a value has, proved: by a literal, a constructor, a builtin's documented result or a function in sight.

The name of a method proves nothing (`model.encode(text)` need not be bytes). An annotation proves the class or a subclass of
it: enough for bytes and for text that is written, not for text that is printed into a name, where the member of a `str` Enum
prints otherwise.
"""

from __future__ import annotations

import ast

from codemods.proofs.own_value import own_value
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.values.file_names import Hole

_DEPTH = 8
_BYTES_FUNCTIONS = frozenset(
    {"builtins.bytes", "base64.b64decode", "base64.urlsafe_b64decode", "base64.b64encode", "base64.urlsafe_b64encode"}
    | {"zlib.compress", "gzip.compress", "zlib.decompress", "gzip.decompress", "os.urandom", "os.fsencode"}
)
_TEXT_FUNCTIONS = frozenset(
    {"builtins.str", "builtins.repr", "builtins.ascii", "builtins.format", "builtins.chr", "builtins.hex", "builtins.input"}
    | {"json.dumps", "time.strftime", "html.escape", "textwrap.dedent"}
)
_INT_FUNCTIONS = frozenset({"builtins.int", "builtins.len"})
_DICT_FUNCTIONS = frozenset({"builtins.dict", "dataclasses.asdict"})
_PATH_FUNCTIONS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"})
# Of a text, these give a plain text again.
_TEXT_METHODS = frozenset(
    "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix replace rjust rstrip strip "
    "swapcase title translate upper zfill".split()
)
_PATH_TEXTS = frozenset({"name", "stem", "suffix"})
_PATH_METHODS = frozenset({"resolve", "absolute", "expanduser", "with_suffix", "with_name", "joinpath"})
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter", "ChainMap"})

Value = ast.expr | Definition


def values_of(flow: Flow, node: ast.expr) -> list[Value]:
    """What an expression may be: itself, or for a name the values of its assignments, and the definitions of other kinds."""
    if not isinstance(node, ast.Name):
        return [node]
    found: list[Value] = []
    for definition in flow.reach(node):
        value = own_value(definition) if definition.kind in ("assign", "walrus", "unpack") else None
        found.append(definition if value is None else value)
    return found or [node]  # unreachable code: nothing is known


def is_bytes(flow: Flow, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is proved to be `bytes` (and no bytearray)."""
    if _annotated_name(flow, node, {"bytes"}):
        return True
    return all(_makes_bytes(flow, value, depth) for value in values_of(flow, node))


def _makes_bytes(flow: Flow, value: Value, depth: int) -> bool:
    if depth > _DEPTH:
        return False
    match value:
        case Definition():
            return _annotated(value, {"bytes"})
        case ast.Constant(value=bytes()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_bytes(flow, left, depth + 1) and is_bytes(flow, right, depth + 1)
        case ast.Subscript(value=inner, slice=ast.Slice()):
            return is_bytes(flow, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr="encode")):
            return is_text(flow, receiver, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr="read_bytes")):
            return is_path(flow, receiver, depth + 1)
        case ast.Call(func=ast.Attribute(value=ast.Name() as handle, attr="getvalue")):
            return _all_made_by(flow, handle, "io.BytesIO")
        case ast.Call(func=ast.Attribute(value=ast.Name() as handle, attr="read"), keywords=[]):
            return all(_opened_binary(flow, d) for d in flow.reach(handle)) and bool(flow.reach(handle))
        case ast.Call(func=function):
            return dotted_name(flow, function) in _BYTES_FUNCTIONS or _returns(flow, function, {"bytes"})
    return False


def is_text(flow: Flow, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is proved to be a `str`, which may be of a subclass (a `str` Enum)."""
    if _annotated_name(flow, node, {"str"}):
        return True
    return all(_makes_text(flow, value, depth, {"str"}) for value in values_of(flow, node))


def is_plain_text(flow: Flow, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is proved to be a `str` that prints as itself everywhere: no annotation is enough."""
    return all(_makes_text(flow, value, depth, set()) for value in values_of(flow, node))


def _makes_text(flow: Flow, value: Value, depth: int, annotations: set[str]) -> bool:
    if depth > _DEPTH:
        return False
    match value:
        case Definition(kind="for" | "comp", value=ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items)):
            plain_target = getattr(value.statement, "target", value.node) is value.node or value.kind == "comp"
            return plain_target and all(isinstance(i, ast.Constant) and isinstance(i.value, str) for i in items)
        case Definition():
            return _annotated(value, annotations)
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.IfExp(body=first, orelse=second):
            return all(_makes_text(flow, v, depth + 1, annotations) for part in (first, second) for v in values_of(flow, part))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_text(flow, left, depth + 1) and is_text(flow, right, depth + 1)
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return True
        case ast.Subscript(value=ast.Call(func=function), slice=ast.Constant(value=int())):
            return dotted_name(flow, function) == "os.path.splitext"
        case ast.Attribute(value=receiver, attr=attribute) if attribute in _PATH_TEXTS:
            return is_path(flow, receiver, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in _TEXT_METHODS:
            return is_text(flow, receiver, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr="read_text")):
            return is_path(flow, receiver, depth + 1)
        case ast.Call(func=ast.Attribute(value=receiver, attr="decode")):
            return is_bytes(flow, receiver, depth + 1)
        case ast.Call(func=function):
            return dotted_name(flow, function) in _TEXT_FUNCTIONS or _returns(flow, function, annotations)
    return False


def is_path(flow: Flow, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is proved to be a `pathlib` path."""
    if depth > _DEPTH:
        return False
    if _annotated_name(flow, node, {"Path", "PurePath"}):
        return True
    return all(_makes_path(flow, value, depth) for value in values_of(flow, node))


def _makes_path(flow: Flow, value: Value, depth: int) -> bool:
    match value:
        case Definition():
            return _annotated(value, {"Path", "PurePath"})
        case ast.BinOp(left=left, op=ast.Div()):
            return is_path(flow, left, depth + 1)
        case ast.Attribute(value=inner, attr="parent"):
            return is_path(flow, inner, depth + 1)
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _PATH_METHODS:
            return is_path(flow, inner, depth + 1)
        case ast.Call(func=function):
            return dotted_name(flow, function) in _PATH_FUNCTIONS or _returns(flow, function, {"Path"})
    return False


def is_dict(flow: Flow, node: ast.expr) -> bool:
    """Whether an expression is proved to be a dict."""
    return all(
        _annotated(value, {"dict", "Dict"})
        if isinstance(value, Definition)
        else isinstance(value, (ast.Dict, ast.DictComp))
        or (isinstance(value, ast.Call) and dotted_name(flow, value.func) in _DICT_FUNCTIONS)
        for value in values_of(flow, node)
    )


def is_mapping(flow: Flow, node: ast.expr) -> bool:
    """Whether an expression is proved to be a mapping, whose `get` only looks up (a queue's takes something away)."""
    if dotted_name(flow, node) == "os.environ" or _annotated_name(flow, node, _MAPPINGS):
        return True
    return all(_makes_mapping(flow, value) for value in values_of(flow, node))


def _makes_mapping(flow: Flow, value: Value) -> bool:
    match value:
        case Definition(node=ast.arg() as parameter, statement=ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given)):
            return given.kwarg is parameter or _annotated(value, _MAPPINGS)
        case Definition():
            return _annotated(value, _MAPPINGS)
        case ast.Dict() | ast.DictComp():
            return True
        case ast.Call(func=function):
            return dotted_name(flow, function) in _DICT_FUNCTIONS or _returns(flow, function, _MAPPINGS)
    return False


def is_int(flow: Flow, node: ast.expr, asked: frozenset[ast.AST] = frozenset()) -> bool:
    """Whether an expression is proved to be an `int`; `asked` are the sums that this is asked for (`n = n + 1` in a loop)."""
    return all(_makes_int(flow, value, asked) for value in values_of(flow, node))


def _makes_int(flow: Flow, value: Value, asked: frozenset[ast.AST]) -> bool:
    match value:
        case Definition(kind="for", statement=ast.For(target=ast.Tuple(elts=[first, *_]), iter=ast.Call(func=function))):
            return first is value.node and dotted_name(flow, function) == "builtins.enumerate"
        case Definition(kind="for", node=node, statement=ast.For(target=target, iter=ast.Call(func=function))):
            return node is target and dotted_name(flow, function) == "builtins.range"
        case Definition():
            return _annotated(value, {"int"})
        case ast.Constant(value=int()):
            return True
        case ast.Call(func=function):
            return dotted_name(flow, function) in _INT_FUNCTIONS
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            inner = asked | {value}
            return value in asked or (is_int(flow, left, inner) and is_int(flow, right, inner))
    return False


def constant_texts(flow: Flow, hole: Hole) -> list[str] | None:
    """The texts that an expression may have where all of them are constants, sorted; else None."""
    if not hole.plain:
        return None
    match hole.node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=ast.Constant(value=str(first)), orelse=ast.Constant(value=str(second))):
            return sorted({first, second})
        case ast.Name():
            return _assigned_texts(flow, hole.node)
    return None


def _assigned_texts(flow: Flow, name: ast.Name) -> list[str] | None:
    texts: set[str] = set()
    for definition in flow.reach(name):
        match definition.kind, own_value(definition):
            case "unbound", _:
                continue
            case "assign" | "unpack", ast.Constant(value=str(text)):
                texts.add(text)
            case "assign" | "unpack", ast.IfExp(body=ast.Constant(value=str(text)), orelse=ast.Constant(value=str(other))):
                texts |= {text, other}
            case "for", ast.Tuple(elts=items) | ast.List(elts=items) if getattr(definition.statement, "target", None) is (
                definition.node
            ):
                values = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
                if len(values) != len(items):
                    return None
                texts.update(values)
            case _:
                return None
    return sorted(texts) or None


# -- annotations, handles, functions in sight ------------------------------------------------------------------------------


def _annotated(definition: Definition, names: set[str] | frozenset[str]) -> bool:
    node, statement = definition.node, definition.statement
    annotation = node.annotation if isinstance(node, ast.arg) else None
    if annotation is None and isinstance(statement, ast.AnnAssign) and statement.target is node:
        annotation = statement.annotation
    plain = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and node in (
        statement.args.vararg,
        statement.args.kwarg,
    )
    return not plain and _names_type(annotation, names)


def _annotated_name(flow: Flow, node: ast.expr, names: set[str] | frozenset[str]) -> bool:
    """A name whose every assignment is declared with a type (`data: bytes = fetch()`)."""
    if not isinstance(node, ast.Name):
        return False
    reached = flow.reach(node)
    return bool(reached) and all(_annotated(definition, names) for definition in reached)


def _names_type(annotation: ast.expr | None, names: set[str] | frozenset[str]) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value.strip(), mode="eval").body
        except SyntaxError:
            return False
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Attribute):
        return annotation.attr in names
    return isinstance(annotation, ast.Name) and annotation.id in names


def _returns(flow: Flow, function: ast.expr, names: set[str] | frozenset[str]) -> bool:
    """Whether a call is one of a function of this module that is declared to return one of some types."""
    if not isinstance(function, ast.Name):
        return False
    reached = flow.reach(function)
    return bool(reached) and all(
        isinstance(d.statement, ast.FunctionDef)
        and d.kind == "def"
        and not d.statement.decorator_list
        and _names_type(d.statement.returns, names)
        for d in reached
    )


def _all_made_by(flow: Flow, handle: ast.Name, function: str) -> bool:
    made = [isinstance(v, ast.Call) and dotted_name(flow, v.func) == function for v in values_of(flow, handle)]
    return all(made)


def _opened_binary(flow: Flow, definition: Definition) -> bool:
    match definition.value:
        case ast.Call(func=function, args=[_, ast.Constant(value=str(mode)), *_]):
            return dotted_name(flow, function) in ("builtins.open", "io.open") and "b" in mode
        case ast.Call(func=ast.Attribute(value=receiver, attr="open"), args=[ast.Constant(value=str(mode)), *_]):
            return "b" in mode and is_path(flow, receiver)
    return False
