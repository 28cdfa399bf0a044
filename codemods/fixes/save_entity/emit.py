"""The text that replaces a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file writes its blocks.

    Attributes:
        indent: White space in front of the statement that is replaced.
        step: White space of one more level.
        newline: The file's line end.
    """

    indent: str
    step: str
    newline: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """What goes in place of a write; every field is source text.

    Attributes:
        recorder: The recorder's expression.
        method: The method to call.
        parameters: The names of its three parameters, in order.
        entity_type: The entity type.
        content: The content, or "" where `source` is read.
        source: The path of the file to read, or "".
        source_first: Name that `source` is bound to first, or "".
        handle, data: Names for the open file and its bytes.
        metadata: Key -> value.
        target: Variable that takes the file's name, or "".
        after: Statements that follow.
        comments: Comments of the replaced text, kept above it.
        positional: Call the method with positional arguments `(source, entity_type, metadata)` (a helper method).
    """

    recorder: str
    method: str
    parameters: tuple[str, str, str]
    entity_type: str
    content: str = ""
    source: str = ""
    source_first: str = ""
    handle: str = "f"
    data: str = "file_data"
    metadata: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    after: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    positional: bool = False


def emit(emitted: Emitted, layout: Layout) -> str:
    """The replacement as source text, first line without its indentation, no line end behind the last one."""
    lines = list(emitted.comments)
    source = emitted.source
    if emitted.source_first:
        lines.append(f"{emitted.source_first} = {source}")
        source = emitted.source_first
    content = emitted.content
    if source and not emitted.positional:
        lines.append(f"with open({source}, 'rb') as {emitted.handle}:")
        lines.append(f"{layout.step}{emitted.data} = {emitted.handle}.read()")
        content = emitted.data
    lines.extend(_call(emitted, content, source, layout))
    lines.extend(emitted.after)
    return (layout.newline + layout.indent).join(lines)


def _call(emitted: Emitted, content: str, source: str, layout: Layout) -> list[str]:
    """The call of the save method: on one line where that fits, else an argument a line."""
    start = f"{emitted.target} = " if emitted.target else ""
    start += f"{emitted.recorder}.{emitted.method}("
    pairs = [f"{key!r}: {value}" for key, value in emitted.metadata.items()]
    metadata = f"{{{', '.join(pairs)}}}" if pairs else ""
    if emitted.positional:
        arguments = [source, emitted.entity_type]
        prefix = ""
    else:
        names = emitted.parameters
        arguments = [f"{names[0]}={emitted.entity_type}", f"{names[1]}={content}"]
        prefix = f"{names[2]}="
    if metadata:
        arguments.append(prefix + metadata)
    whole = start + ", ".join(arguments) + ")"
    if len(layout.indent.expandtabs(8)) + len(whole) <= _WIDTH and "\n" not in whole and "\r" not in whole:
        return [whole]
    step = layout.step
    lines = [start, *(f"{step}{argument}," for argument in arguments[:-1])]
    if metadata and len(layout.indent.expandtabs(8)) + 2 * len(step.expandtabs(8)) + len(arguments[-1]) > _WIDTH:
        lines.append(f"{step}{prefix}{{")
        lines.extend(f"{step}{step}{pair}," for pair in pairs[:-1])
        lines.extend([f"{step}{step}{pairs[-1]}", f"{step}}}"])
    else:
        lines.append(f"{step}{arguments[-1]}")
    return [*lines, ")"]
