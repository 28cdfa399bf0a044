"""What containers hold: the questions that are asked of lists, mappings, their items and their methods."""

from __future__ import annotations

import ast

from lint_plugin.facts import NO, UNKNOWN, Evidence
from lint_plugin.flow.nodes import last_name
from lint_plugin.recorders.questions.calls import gives
from lint_plugin.recorders.questions.finder import Finder

_NO, _UNKNOWN = Evidence(NO), Evidence(UNKNOWN)

# Functions that give a collection of the items of another.
_COLLECTED = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "deque", "as_completed"})
_ITEM_METHODS = frozenset({"get", "pop", "setdefault", "popleft", "get_nowait", "result", "__getitem__"})
# Containers, queues and holders that are made empty.
_KEYED = frozenset(
    {"dict", "OrderedDict", "WeakValueDictionary", "TTLCache", "LRUCache", "Queue", "LifoQueue", "SimpleQueue", "ContextVar"}
)
_FILLED = _KEYED | {"list", "set", "deque", "WeakSet"}
_TAKE_OTHERS = frozenset({"Queue", "LifoQueue", "ContextVar", "TTLCache", "LRUCache"})  # a size, a name


def is_from_container(finder: Finder, call: ast.Call) -> Evidence | None:
    """`recorders.values()`, `recorders.get(key)`, `list(recorders)`, `next(iter(recorders))`, `max(recorders, key=...)`."""
    if isinstance(call.func, ast.Attribute):
        held = finder.of(call.func.value)
        if held.items is not None:
            if call.func.attr == "values":
                return Evidence(NO, items=held.items)
            if call.func.attr in _ITEM_METHODS:
                return held.items
            return held if call.func.attr in ("copy", "__iter__", "__aiter__") else None
    last = last_name(call.func)
    if last == "map" and call.args:
        made = gives(finder, call.args[0])
        return None if made is None or not made.says_something else Evidence(NO, items=made)
    if last == "gather":
        parts = tuple(finder.of(argument).held for argument in call.args if not isinstance(argument, ast.Starred))
        known = len(parts) == len(call.args) and any(part.says_something for part in parts)
        return Evidence(NO, items=Evidence(NO, parts=parts), mapping=True) if known else None
    picks = last == "next" or (last in ("max", "min") and len(call.args) == 1)
    if last in _COLLECTED or picks:
        given = finder.of(call.args[0]) if call.args else _UNKNOWN
        if given.items is not None and not given.mapping:
            return given.items if picks else Evidence(NO, items=given.items)
    return None


def is_item(finder: Finder, node: ast.Subscript) -> Evidence | None:
    """An item of a list, tuple or mapping, of an object with `__getitem__`, of a `TypedDict`."""
    held = finder.of(node.value)
    if isinstance(node.slice, ast.Slice):
        return held
    if isinstance(node.slice, ast.Constant):
        if isinstance(node.slice.value, int) and held.parts:
            return held.part(node.slice.value)
        if isinstance(node.slice.value, str) and held.items is None and held.instance:
            return finder.member(held, node.slice.value) or finder.method_result(held, "__getitem__")
    return held.items or finder.method_result(held, "__getitem__")


def is_subscripted_type(finder: Finder, node: ast.Subscript) -> Evidence | None:
    """`Box[int](...)` makes what `Box(...)` makes."""
    held = finder.of(node.value)
    return held if held.meaning is not None else None


def is_filled_later(finder: Finder, node: ast.List | ast.Dict | ast.Call) -> Evidence | None:
    """`runs = {}`, `self.runs = list()`, `queue.Queue()` that get their items later."""
    made = last_name(node.func) if isinstance(node, ast.Call) else ""
    match node:
        case ast.Call(args=args, keywords=keywords):
            empty = made in _TAKE_OTHERS or (made in _FILLED and not args and not keywords)
        case ast.List(elts=parts) | ast.Dict(values=parts):
            empty = not parts
    if not empty:
        return None
    found = [finder.of(value) for value in finder.filled.values_of(node)]
    items = finder.combined(found, named=False)
    mapping = isinstance(node, ast.Dict) or made in _KEYED
    return Evidence(NO, items=items, mapping=mapping) if items.says_something else None


def is_filled_by_its_factory(finder: Finder, call: ast.Call) -> Evidence | None:
    """`defaultdict(get_recorder)`."""
    if last_name(call.func) != "defaultdict" or not call.args:
        return None
    made = gives(finder, call.args[0])
    return Evidence(NO, items=made, mapping=True) if made is not None and made.says_something else None


def is_collection(finder: Finder, node: ast.List | ast.Set | ast.Tuple) -> Evidence:
    parts = tuple(finder.of(value) for value in node.elts)
    if not any(part.says_something for part in parts):
        return _NO
    items = finder.combined(parts, named=False)
    held = parts if isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts) else ()
    return Evidence(NO, items=items if items.says_something else None, parts=held)


def is_mapping(finder: Finder, node: ast.Dict) -> Evidence:
    values = [finder.of(value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    items = finder.combined(values, named=False)
    return Evidence(NO, items=items, mapping=True) if items.says_something else _NO


def is_comprehension(finder: Finder, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Evidence:
    items = finder.of(node.elt)
    return Evidence(NO, items=items) if items.says_something else _NO


def is_dict_comprehension(finder: Finder, node: ast.DictComp) -> Evidence:
    items = finder.of(node.value)
    return Evidence(NO, items=items, mapping=True) if items.says_something else _NO
