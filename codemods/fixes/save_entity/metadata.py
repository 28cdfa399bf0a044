"""The metadata of an emitted `save_entity()` call: the format, what the configuration names, the source's path."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from codemods.edits import Code, Expression, Leave, Text
from codemods.fixes.save_entity import entity_type as entity
from codemods.fixes.save_entity.shape import BYTES, JSON, TEXT, Shape
from codemods.fixes.save_entity.target import Target
from codemods.proofs.statement_order import function_of
from codemods.proofs.value_types import constant_texts
from lint_plugin.analysis import Analysis
from lint_plugin.flow.nodes import walk
from lint_plugin.paths.values.file_names import FileName, Hole

# What a recorder stores text and data as; only the shipped one takes another extension for them, as their format.
_OF_CONTENT = {TEXT: "txt", JSON: "json"}
_UNSURE_KINDS = frozenset({"unbound", "import", "def", "class", "del"})


def metadata_of(analysis: Analysis, shape: Shape, target: Target) -> tuple[dict[str, Expression], str]:
    """What goes into the metadata of one write, but for the source's path, and why the format makes the fix unsafe, or "".

    Raises:
        Leave: The extension would be lost, or the recorder takes no such file.
    """
    passed, risk = _format(analysis, shape, target)
    found: dict[str, Expression] = {} if passed is None else {analysis.config.format_key: passed}
    taken = {definition.name for definition in (*target.path.chain, *target.name.chain)}
    for key, value in analysis.config.metadata.items():
        # The hand-made name and path are gone, or hold the recorder's name only after the call.
        text = None if value in taken else _template_value(analysis, value, shape.statement)
        if text is not None and key not in found:
            found[key] = _described(text)
    return found, risk


def _described(text: str) -> Expression:
    """Configured source text; a string in it takes the quotes of the file."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return Code(text)
    return Text(value) if isinstance(value, str) else Code(text)


def _format(analysis: Analysis, shape: Shape, target: Target) -> tuple[Expression | None, str]:
    """The extension where it is passed on, and why that makes the fix unsafe, or ""."""
    name = target.name
    text = entity.constant_text(name.extension)
    detects, own = _detects(analysis, target), _OF_CONTENT.get(shape.kind)
    if own is not None and (text == own or not detects):
        if text != own:
            what = "text" if shape.kind == TEXT else "JSON data"
            raise Leave(f"the recorder stores {what} as .{own}, whatever the name says: save its bytes to keep the extension")
        return None, ""
    values = [text] if text is not None else _constants(analysis, name)
    refused = next((value for value in values or () if value in entity.REFUSED), None)
    if refused is not None:
        raise Leave(f"the recorder takes no {refused} files, which a browser would run: save it as text, or keep it elsewhere")
    if detects and own is None and values is not None and not _is_placeholder(shape):
        if all(entity.finds_extension(analysis.flow, name, value, test) for value, test in _tested(analysis, name, values)):
            return None, ""
    if not analysis.config.format_key:
        raise Leave("the recorder does not find the extension itself, and takes none: `format-key` is empty in the configuration")
    for value in values or ():
        if not entity.is_format(value):
            raise Leave(f"`{value}` is no extension that a recorder takes: only small letters and digits, ten at most")
    computed = "the extension is computed: it may be empty, or another one that the recorder refuses"
    return entity.format_of(analysis.source, name), computed if values is None else ""


def _is_placeholder(shape: Shape) -> bool:
    """Whether the content is written out in the code, and so hardly what its extension says."""
    return shape.kind == BYTES and any(isinstance(n, ast.Constant) and isinstance(n.value, bytes) for n in walk(shape.content))


def _tested(analysis: Analysis, name: FileName, values: Sequence[str]) -> Iterator[tuple[str, ast.expr | None]]:
    """Each extension with the condition of the if-chain that picks it; without one for a constant."""
    only = name.extension[0]
    if not isinstance(only, Hole) or not isinstance(only.node, ast.Name):
        yield from ((value, None) for value in values)
        return
    for definition in analysis.flow.reach(only.node):
        if definition.kind == "assign" and isinstance(definition.value, ast.Constant):
            above = analysis.flow.parent(definition.statement)
            text = str(definition.value.value)
            in_body = isinstance(above, ast.If) and definition.statement in above.body
            # The last arm has none, but stands for all that the others do not name.
            test = above.test if isinstance(above, ast.If) and in_body else ast.Constant(True) if len(values) > 1 else None
            yield text.lstrip(".") if name.dotted_extension else text, test


def _detects(analysis: Analysis, target: Target) -> bool:
    setting = analysis.config.detects_format
    if setting != "auto":
        return setting == "true"
    facts = analysis.facts
    return target.path.evidence.shipped and facts is not None and not facts.own_recorder


def _constants(analysis: Analysis, name: FileName) -> list[str] | None:
    """The extensions that a variable may hold, without dots, where all are constants."""
    only = name.extension[0]
    if len(name.extension) != 1 or not isinstance(only, Hole):
        return None
    texts = constant_texts(analysis.flow, only)
    return [text.lstrip(".") for text in texts] if texts is not None and name.dotted_extension else texts


def _template_value(analysis: Analysis, value: str, statement: ast.stmt) -> str | None:
    """A template's literal, or its variable when that is bound here for certain."""
    if not value.isidentifier():
        return value
    flow = analysis.flow
    scope = flow.resolve(flow.scope_of(statement), value)
    if scope is None or scope.node is not function_of(flow, statement):
        return None
    reached: Iterable[str] = [definition.kind for definition in flow.reach_at(statement, value)]
    return value if reached and not _UNSURE_KINDS & set(reached) else None
