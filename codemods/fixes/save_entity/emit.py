"""The statements that replace a write, as described code."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from codemods.edits import Argument, Assign, Call, Code, Evaluate, Expression, Mapping, ReadFile, Statement


@dataclass(frozen=True, slots=True)
class Emitted:
    """What goes in place of a write.

    Attributes:
        recorder: The recorder's expression.
        method: The method to call.
        parameters: The names of its three parameters, in order.
        entity_type: The entity type.
        content: The content; None where `source` is read.
        source: The path of the file to read, or None.
        source_first: Name that `source` is bound to first, or "".
        handle, data: Names for the open file and its bytes.
        metadata: Key -> value.
        target: Variable that takes the file's name, or "".
        after: Statements that follow.
        content_is_path: The content is a path that the recorder reads itself.
        positional: Call the method with positional arguments `(source, entity_type, metadata)` (a helper method).
    """

    recorder: Code
    method: str
    parameters: tuple[str, str, str]
    entity_type: Expression
    content: Expression | None = None
    source: Expression | None = None
    source_first: str = ""
    handle: str = "f"
    data: str = "file_data"
    metadata: MappingOf[str, Expression] = field(default_factory=dict)
    target: str = ""
    after: tuple[Statement, ...] = ()
    content_is_path: bool = False
    positional: bool = False


def emit(emitted: Emitted) -> tuple[Statement, ...]:
    """The statements."""
    statements: list[Statement] = []
    source, content = emitted.source, emitted.content
    if emitted.source_first:
        assert source is not None
        statements.append(Assign(emitted.source_first, source))
        source = Code(emitted.source_first)
    if source is not None and not emitted.positional and not emitted.content_is_path:
        statements.append(ReadFile(source, emitted.handle, emitted.data))
        content = Code(emitted.data)
    given = source if emitted.positional else content
    assert given is not None
    call = _call(emitted, given)
    statements.append(Assign(emitted.target, call) if emitted.target else Evaluate(call))
    return (*statements, *emitted.after)


def _call(emitted: Emitted, content: Expression) -> Call:
    """The call of the save method."""
    names = ("", "", "") if emitted.positional else emitted.parameters
    values = (content, emitted.entity_type) if emitted.positional else (emitted.entity_type, content)
    arguments = [Argument(value, name) for value, name in zip(values, names)]
    if emitted.metadata:
        arguments.append(Argument(Mapping(tuple(emitted.metadata.items())), names[2]))
    return Call(Code(f"{emitted.recorder.text}.{emitted.method}"), tuple(arguments))
