"""Who still reads a name, while statements are marked one after the other as going.

A mark is never taken back, so every list of readers only shrinks: what is gone is dropped from it when met,
and each reader is looked at once, however many definitions of the name are asked about.
"""

from __future__ import annotations

import ast
import bisect
import re
import sys
from collections.abc import Iterable

from codemods.rewrite.statements import Place, Statements
from lint_plugin.flow.reaching import Definition, Flow, Scope

_TYPE_COMMENT = re.compile(rb"#\s*type:")


class Liveness:
    """The readers and bindings of one text's names.

    Attributes:
        doomed: The statements that go, by `id`.
    """

    def __init__(self, statements: Statements, flow: Flow) -> None:
        self._statements = statements
        self._flow = flow
        self.doomed: dict[int, Place] = {}
        self._spans: list[tuple[int, int]] = []  # of the outermost ones among them, in order
        self._gone_parts: set[ast.AST] = set()
        self._definitions: dict[tuple[Scope, str], dict[ast.stmt, list[Definition]]] = {}
        self._bindings: dict[tuple[Scope, str], list[Definition]] = {}
        self._mentions: dict[tuple[Scope, str], list[int]] = {}
        self._reads: dict[tuple[Scope, str], list[ast.Name]] = {}
        self._met: set[str] = set()  # names whose reads are in it
        self._declared = frozenset(
            name for scope in flow.scopes() for names in (scope.globals, scope.nonlocals) for name in names
        )

    # -- marking ---------------------------------------------------------------------------------------------

    def doom(self, place: Place) -> None:
        """Mark a statement that stays so far, and all inside it, as going."""
        self.doomed[id(place.statement)] = place
        start, end = self._statements.span(place.statement)
        first = bisect.bisect_left(self._spans, (start, end))
        last = bisect.bisect_left(self._spans, (end, end))
        self._spans[first:last] = [(start, end)]

    def doom_parts(self, nodes: Iterable[ast.AST]) -> None:
        """Mark parts of a statement that stays as going: one name of an import, or of a tuple assignment with its value."""
        self._gone_parts.update(nodes)

    def is_gone(self, node: ast.AST) -> bool:
        """Whether a node goes, or stands in a statement that goes."""
        return node in self._gone_parts or self._is_doomed_at(self._statements.start(self._flow.statement_of(node)))

    # -- asking ----------------------------------------------------------------------------------------------

    def definition(self, statement: ast.stmt, name: str) -> Definition | None:
        """The one definition by which `statement` binds `name` in its own scope."""
        scope = self._flow.scope_of(statement)
        if self._flow.resolve(scope, name) is not scope:
            return None
        index = self._definitions.get((scope, name))
        if index is None:
            index = self._definitions[scope, name] = {}
            for definition in self._flow.definitions(scope, name):
                index.setdefault(definition.statement, []).append(definition)
        found = index.get(statement, [])
        return found[0] if len(found) == 1 else None

    def is_watched(self, definition: Definition) -> bool:
        """Whether a variable may be read or bound unseen: by `locals()`, by `eval`, through `nonlocal`."""
        if definition.scope.dynamic or definition.name in self._declared:
            return True
        return any(not self.is_gone(use) for use in self._flow.spelled_uses(definition))

    def is_unread(self, definition: Definition) -> bool:
        """Whether nothing that stays may read what `definition` binds."""
        return all(self.is_gone(use) for use in self._flow.uses(definition))

    def name_is_read(self, definition: Definition) -> bool:
        """Whether anything that stays reads or deletes the variable, whichever binding it meets."""
        key = (definition.scope, definition.name)
        if definition.name not in self._met:
            # Once for all functions that have a variable of that name.
            self._met.add(definition.name)
            for name in self._flow.names(definition.name):
                scope = self._flow.resolve(self._flow.scope_of(name), name.id)
                if scope is not None:
                    self._reads.setdefault((scope, name.id), []).append(name)
        reads = self._reads.get(key, [])
        while reads and self.is_gone(reads[-1]):
            reads.pop()
        return bool(reads)

    def is_bound_elsewhere(self, definition: Definition) -> bool:
        """Whether another binding of the variable stays."""
        key = (definition.scope, definition.name)
        if key not in self._bindings:
            self._bindings[key] = list(self._flow.definitions(*key))
        bindings = self._bindings[key]
        met = False
        while bindings and (bindings[-1] is definition or self._is_unbound(bindings[-1])):
            met = bindings.pop() is definition or met
        stays = bool(bindings)
        if met:
            bindings.append(definition)
        return stays

    def _is_unbound(self, definition: Definition) -> bool:
        return definition.node in self._gone_parts or self.is_gone(definition.statement)

    def is_named_in_text(self, definition: Definition) -> bool:
        """Whether an import is named by a type comment or a string that stays (annotation, `__all__`)."""
        key = (definition.scope, definition.name)
        if key not in self._mentions:
            self._mentions[key] = self._find_mentions(definition)
        mentions = self._mentions[key]
        while mentions and self._is_doomed_at(mentions[-1]):
            mentions.pop()
        if not mentions:
            return False  # nothing that stays spells the name: no need to look at every string
        if any(map(self._in_type_comment, mentions)):
            return True
        return any(not self.is_gone(use) for use in self._flow.hidden_uses(definition))

    def _find_mentions(self, definition: Definition) -> list[int]:
        """Where the text of a name's scope, strings and all, spells it; not in the imports that bind it."""
        source = self._statements.source
        start, end = 0, len(source.u8)
        if isinstance(definition.scope.node, ast.stmt):
            start, end = self._statements.span(definition.scope.node)
        bound = self._flow.definitions(definition.scope, definition.name)
        imports = sorted(self._statements.span(other.statement) for other in bound if other.alias)
        word = re.compile(rb"\b%s\b" % re.escape(definition.name.encode()))
        found: list[int] = []
        for match in word.finditer(source.u8, start, end):
            index = bisect.bisect_right(imports, (match.start(), end)) - 1
            if index < 0 or match.start() >= imports[index][1]:
                found.append(match.start())
        return found

    def _in_type_comment(self, offset: int) -> bool:
        source = self._statements.source
        line_start = source.line_bounds(source.position(offset)[0])[0]
        return _TYPE_COMMENT.search(source.u8, line_start, offset) is not None

    def is_inside_doomed(self, place: Place | None) -> bool:
        """Whether a statement, or one around it, goes."""
        return place is not None and self._is_doomed_at(self._statements.start(place.statement))

    def _is_doomed_at(self, offset: int) -> bool:
        """Whether what stands at an offset goes: asked often, and an if-chain is as deep as it has arms."""
        index = bisect.bisect_right(self._spans, (offset, sys.maxsize)) - 1
        return index >= 0 and offset < self._spans[index][1]
