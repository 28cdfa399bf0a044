"""Which type a value has, proved: by a literal, a constructor, a builtin's documented result or a function in sight.

The name of a method proves nothing (`model.encode(text)` need not be bytes). An annotation proves the class or a subclass of
it: enough for bytes and for text that is written, not for text that is printed into a name, where the member of a `str` Enum
prints otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.proofs.own_value import own_value
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.values.file_names import Hole

BYTES = "bytes"
PLAIN_TEXT = "plain str"  # prints as itself everywhere
PATH = "path"
DICT = "dict"
INT = "int"
_TEXT = "str"  # or a subclass
_MAPPING = "mapping"
_STREAM = "binary stream"
TEXTS = frozenset({PLAIN_TEXT, _TEXT})
MAPPINGS = frozenset({DICT, _MAPPING})

_PENDING = "pending"  # what is being asked for: `n + 1` in `n = n + 1`
_DEPTH = 8
_LITERALS: dict[type, str] = {bytes: BYTES, str: PLAIN_TEXT, int: INT, bool: INT}
_ANNOTATIONS = {
    **{"bytes": BYTES, "str": _TEXT, "int": INT, "Path": PATH, "PurePath": PATH, "dict": DICT, "Dict": DICT},
    **dict.fromkeys("Mapping MutableMapping defaultdict OrderedDict Counter ChainMap".split(), _MAPPING),
}
_FUNCTIONS = {
    **dict.fromkeys(["builtins.bytes", "os.urandom", "os.fsencode"], BYTES),
    **dict.fromkeys([f"base64.{name}" for name in "b64decode urlsafe_b64decode b64encode urlsafe_b64encode".split()], BYTES),
    **dict.fromkeys([f"{module}.{name}" for module in ("zlib", "gzip") for name in ("compress", "decompress")], BYTES),
    **dict.fromkeys([f"builtins.{name}" for name in "str repr ascii format chr hex input".split()], PLAIN_TEXT),
    **dict.fromkeys(["json.dumps", "time.strftime", "html.escape", "textwrap.dedent"], PLAIN_TEXT),
    **dict.fromkeys(["builtins.int", "builtins.len"], INT),
    **dict.fromkeys(["builtins.dict", "dataclasses.asdict"], DICT),
    **dict.fromkeys([f"pathlib.{name}" for name in "Path PurePath PosixPath PurePosixPath".split()], PATH),
    "io.BytesIO": _STREAM,
}
_TEXT_METHODS = (
    "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix replace rjust rstrip strip "
    "swapcase title translate upper zfill"
).split()
_METHODS = {
    **{(kind, method): PLAIN_TEXT for kind in TEXTS for method in _TEXT_METHODS},
    **{(kind, "encode"): BYTES for kind in TEXTS},
    **{(PATH, method): PATH for method in "resolve absolute expanduser with_suffix with_name joinpath".split()},
    **{(PATH, "read_bytes"): BYTES, (PATH, "read_text"): PLAIN_TEXT, (BYTES, "decode"): PLAIN_TEXT},
    **{(_STREAM, "read"): BYTES, (_STREAM, "getvalue"): BYTES},
}
_ATTRIBUTES = {(PATH, "parent"): PATH, **{(PATH, part): PLAIN_TEXT for part in ("name", "stem", "suffix")}}


def type_of(flow: Flow, node: ast.expr, asked: frozenset[ast.AST] = frozenset()) -> str:
    """The type that an expression is proved to have, "" where none is; `asked` are the expressions that this is asked for."""
    if isinstance(node, ast.Name):
        return _common(_type_of_definition(flow, definition, asked) for definition in flow.reach(node))
    if node in asked:
        return _PENDING
    if len(asked) > _DEPTH:
        return ""
    inner = asked | {node}
    match node:
        case ast.Constant(value=value):
            return _LITERALS.get(type(value), "")
        case ast.JoinedStr() | ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return PLAIN_TEXT
        case ast.Dict() | ast.DictComp():
            return DICT
        case ast.IfExp(body=first, orelse=second):
            return _common(type_of(flow, part, inner) for part in (first, second))
        case ast.BinOp(left=left, op=ast.Div()):
            return PATH if type_of(flow, left, inner) == PATH else ""
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as operator, right=right):
            both = _common(type_of(flow, part, inner) for part in (left, right))
            adds = isinstance(operator, ast.Add) and both in (*TEXTS, BYTES)
            return PLAIN_TEXT if adds and both in TEXTS else both if adds or both == INT else ""
        case ast.Subscript(value=ast.Call(func=function), slice=ast.Constant(value=int())):
            return PLAIN_TEXT if dotted_name(flow, function) == "os.path.splitext" else ""
        case ast.Subscript(value=whole, slice=ast.Slice()):
            return BYTES if type_of(flow, whole, inner) == BYTES else ""
        case ast.Attribute(value=receiver, attr=attribute):
            if dotted_name(flow, node) == "os.environ":
                return _MAPPING
            return _ATTRIBUTES.get((type_of(flow, receiver, inner), attribute), "")
        case ast.Call():
            return _type_of_call(flow, node, inner)
    return ""


def _common(types: Iterable[str]) -> str:
    """The type that all of some values have."""
    found = {*types} - {_PENDING}
    for several, one in ((TEXTS, _TEXT), (MAPPINGS, _MAPPING)):
        if found == several:
            return one
    return found.pop() if len(found) == 1 else ""


def _type_of_call(flow: Flow, call: ast.Call, asked: frozenset[ast.AST]) -> str:
    function = dotted_name(flow, call.func)
    if function in _FUNCTIONS:
        return _FUNCTIONS[function]
    is_open = function in ("builtins.open", "io.open")
    receiver = call.func.value if isinstance(call.func, ast.Attribute) and not is_open else None
    kind = "" if receiver is None else type_of(flow, receiver, asked)
    if is_open or (kind == PATH and last_name(call.func) == "open"):
        mode = call.args[1:2] if is_open else call.args[:1]
        return _STREAM if mode and isinstance(mode[0], ast.Constant) and "b" in str(mode[0].value) else ""
    if receiver is not None:
        return _METHODS.get((kind, last_name(call.func)), "")
    return _common(map(_declared_result, flow.reach(call.func))) if isinstance(call.func, ast.Name) else ""


def _declared_result(definition: Definition) -> str:
    """What a function of this module is declared to return."""
    statement = definition.statement
    plain = isinstance(statement, ast.FunctionDef) and definition.kind == "def" and not statement.decorator_list
    return _named_type(statement.returns) if plain and isinstance(statement, ast.FunctionDef) else ""


def _type_of_definition(flow: Flow, definition: Definition, asked: frozenset[ast.AST]) -> str:
    """By the value where that proves one, else by the annotation."""
    value = own_value(definition)
    match definition.kind, definition.statement:
        case "assign" | "walrus" | "unpack", _ if value is not None:
            found = type_of(flow, value, asked)
            return found or _declared(definition)
        case "with", ast.With() if value is not None:
            return _STREAM if type_of(flow, value, asked) == _STREAM else ""
        case "for", ast.For(target=ast.Tuple(elts=[first, *_]), iter=ast.Call(func=function)):
            return INT if first is definition.node and dotted_name(flow, function) == "builtins.enumerate" else ""
        case "for", ast.For(target=target, iter=ast.Call(func=function)):
            return INT if target is definition.node and dotted_name(flow, function) == "builtins.range" else ""
        case "for" | "comp", statement if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
            whole = definition.kind == "comp" or getattr(statement, "target", None) is definition.node
            texts = all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in value.elts)
            return PLAIN_TEXT if whole and texts else ""
    return _declared(definition)


def _declared(definition: Definition) -> str:
    """The type that a parameter, or a variable with its value, is annotated with."""
    node, statement = definition.node, definition.statement
    if isinstance(node, ast.arg) and isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if node in (statement.args.vararg, statement.args.kwarg):
            return DICT if node is statement.args.kwarg else ""
        return _named_type(node.annotation)
    if isinstance(statement, ast.AnnAssign) and statement.target is node:
        return _named_type(statement.annotation)
    return ""


def _named_type(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value.strip(), mode="eval").body
        except SyntaxError:
            return ""
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    return _ANNOTATIONS.get(last_name(annotation), "") if isinstance(annotation, (ast.Name, ast.Attribute)) else ""


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
