"""What a rewrite leaves dead: assignments and imports that nothing reads any more go, to a fixed point.

Only candidates are looked at, never whatever else may be unused, and all is decided on the text after the
rewrite.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from codemods.edits import Candidate, Removal, RemoveImportAliases, RemoveStatement, RemoveTupleParts, Span
from codemods.proofs.effects import is_pure
from codemods.proofs.own_value import can_lose_parts, own_value, tuple_parts
from codemods.rewrite.liveness import Liveness
from codemods.rewrite.statements import Place, Statements, blocks, stands_alone
from lint_plugin.flow.nodes import last_name, name_bound_by, walk
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.source.text import SourceText

_NOQA = re.compile(rb"#[^\r\n]*\bnoqa\b", re.IGNORECASE)

# One name of an import on a line of its own.
_ALONE = re.compile(r"[ \t\f]*[\w.]+(\s+as\s+\w+)?[ \t\f]*,?[ \t\f]*(#.*)?\Z")

Key = tuple[int, str]  # offset of the statement, bound name


class Cleanup:
    """The dead definitions of one text.

    `read` are the names that were read in the text that the rewrite took away: only what stood there can have died.
    `imported` gives the names that other files import from this one; it is asked when an import would go.
    """

    def __init__(
        self,
        source: SourceText,
        tree: ast.Module,
        flow: Flow,
        path: str,
        read: Iterable[str],
        imported: Callable[[], Collection[str]],
    ) -> None:
        self._source = source
        self._statements = Statements(source, tree)
        self._flow = flow
        self._live = Liveness(self._statements, flow)
        self._exports = os.path.basename(path) == "__init__.py"
        self._imported = imported
        self._read = set(read)
        self._given: set[Key] = set()
        self._again: set[Key] = set()
        self._pending: dict[Key, None] = {}
        self._fallbacks: dict[int, bool] = {}  # id(statement) -> whether it stands in one
        self._aliases: dict[int, tuple[Place, set[str]]] = {}  # id(import) -> its names that go
        self._parts: dict[int, tuple[Place, set[str]]] = {}  # id(tuple assignment) -> its names that go

    def edits(self, candidates: Sequence[Candidate]) -> list[Removal]:
        """The edits that remove every candidate that is dead, and what dies with it."""
        # In order of the text, for the same work in each run: definitions come from sets.
        self._given = {(candidate.start, candidate.name) for candidate in candidates}
        self._again = {(candidate.start, candidate.name) for candidate in candidates if candidate.again}
        for candidate in sorted(candidates, key=lambda candidate: (candidate.start, candidate.name)):
            self._pending[candidate.start, candidate.name] = None
        progress = True
        while progress and self._pending:
            progress = False
            for key in list(self._pending):
                if key[1] in self._read and self._try(key):
                    del self._pending[key]
                    progress = True
            progress = self._drop_chains() or progress
        doomed = self._live.doomed
        gone = [place for place in doomed.values() if not self._live.is_inside_doomed(place.up)]
        edits: list[Removal] = [RemoveStatement(Span(*self._statements.span(place.statement))) for place in gone]
        for place, names in self._aliases.values():
            if id(place.statement) not in doomed:
                edits.append(RemoveImportAliases(Span(*self._statements.span(place.statement)), frozenset(names)))
        for place, names in self._parts.values():
            if id(place.statement) not in doomed:
                edits.append(RemoveTupleParts(Span(*self._statements.span(place.statement)), frozenset(names)))
        return edits

    # -- one candidate ---------------------------------------------------------------------------------------

    def _try(self, key: Key) -> bool:
        """Remove one candidate if it is dead; whether it is settled."""
        place = self._statements.at(key[0])
        if place is None or self._live.is_inside_doomed(place):
            return True
        definition = self._live.definition(place.statement, key[1])
        if definition is None or self._live.is_watched(definition):
            return True
        if definition.kind == "import":
            return self._try_import(place, definition)
        return self._try_assignment(place, definition)

    def _try_assignment(self, place: Place, definition: Definition) -> bool:
        value = own_value(definition) if self._may_lose(place, definition) else None
        again = (self._statements.start(place.statement), definition.name) in self._again
        if definition.scope.kind != "function" or value is None or not is_pure(value, self._flow, again):
            return True
        if not stands_alone(self._source, place.statement) or self._is_in_fallback(place):
            return True
        if not self._live.is_unread(definition):
            return False
        # The last binding makes the name local: while it is read somewhere, it stays.
        if not self._live.is_bound_elsewhere(definition) and self._live.name_is_read(definition):
            return False
        if definition.kind == "unpack":
            assert isinstance(definition.node, ast.Name)
            return self._lose_part(place, definition.node, value)
        self._doom(place)
        return True

    def _may_lose(self, place: Place, definition: Definition) -> bool:
        """Whether a statement is an assignment of a form that can go, or lose a part."""
        match place.statement:
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(simple=1):
                return True
            case ast.AugAssign():  # it may change what others hold, but for the path that the write was given
                return (self._statements.start(place.statement), definition.name) in self._given
            case ast.Assign() as statement:
                return can_lose_parts(self._source, statement)
        return False

    def _lose_part(self, place: Place, name: ast.Name, value: ast.expr) -> bool:
        """Take a name and its value out of a tuple assignment; the statement goes with the last one."""
        known = self._parts.setdefault(id(place.statement), (place, set()))[1]
        known.add(name.id)
        if len(known) == len(tuple_parts(place.statement)):
            self._doom(place)
            return True
        nodes = [name, *walk(value)]
        self._live.doom_parts(nodes)
        self._join(nodes)
        return True

    def _is_in_fallback(self, place: Place) -> bool:
        """Whether a statement, or one around it, stands for an import that fails."""
        inside: list[Place] = []
        found = False
        for outer in place.chain():
            known = self._fallbacks.get(id(outer.statement))
            if known is not None:
                found = known
                break
            inside.append(outer)
        for outer in reversed(inside):
            found = self._fallbacks[id(outer.statement)] = found or _is_fallback(outer)
        return found

    def _try_import(self, place: Place, definition: Definition) -> bool:
        statement = place.statement
        assert isinstance(statement, (ast.Import, ast.ImportFrom))
        if not self._may_lose_import(place, definition):
            return True
        if self._live.name_is_read(definition) or self._live.is_named_in_text(definition):
            return False
        if definition.scope.kind == "module" and not {definition.name, "*"}.isdisjoint(self._imported()):
            return True
        names = {name_bound_by(alias) for alias in statement.names}
        known = self._aliases.setdefault(id(statement), (place, set()))[1]
        if known | {definition.name} == names:
            if not stands_alone(self._source, statement):
                return True
            self._live.doom(place)
        elif not _can_lose(self._source, statement, known | {definition.name}):
            return True
        known.add(definition.name)
        if definition.alias is not None:
            self._live.doom_parts([definition.alias])
        return True

    def _may_lose_import(self, place: Place, definition: Definition) -> bool:
        statement = place.statement
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            return False
        start, end = self._source.span(statement)
        line_end = self._source.line_bounds(self._source.position(max(end - 1, 0))[0])[1]
        if _NOQA.search(self._source.u8, start, line_end):
            return False
        if any(_guards_import(outer.statement) for outer in place.chain() if outer is not place):
            return False
        if definition.scope.kind == "function":
            return True
        if _is_reexport(definition):
            return False
        return definition.scope.kind == "module" and place.up is None and not self._exports

    def _doom(self, place: Place) -> None:
        self._live.doom(place)
        self._join(walk(place.statement))

    def _join(self, nodes: Iterable[ast.AST]) -> None:
        """What removed text read may now be unread."""
        for node in nodes:
            reached = self._flow.reach(node) if isinstance(node, ast.Name) else ()
            if not isinstance(node, ast.Name) or not reached:
                continue  # no name, or one that is only bound
            self._read.add(node.id)
            for definition in reached:
                if definition.kind in ("assign", "unpack", "import") and definition.statement is not None:
                    self._pending.setdefault((self._statements.start(definition.statement), node.id), None)

    # -- if-chains -------------------------------------------------------------------------------------------

    def _drop_chains(self) -> bool:
        """Doom the `if` and `match` statements that have nothing left in any branch."""
        progress = False
        seen: set[int] = set()
        for place in list(self._live.doomed.values()):
            for outer in place.chain():
                if outer is place:
                    continue
                if id(outer.statement) in seen:
                    break  # from here on all was looked at, and an empty chain counts before it is doomed
                seen.add(id(outer.statement))
                if not isinstance(outer.statement, (ast.If, ast.Match)) or self._statements.is_elif(outer.statement):
                    continue
                if self._live.is_inside_doomed(outer) or not self._chain_is_empty(outer.statement):
                    break
                if not stands_alone(self._source, outer.statement):
                    break
                self._doom(outer)
                progress = True
        return progress

    def _chain_is_empty(self, statement: ast.If | ast.Match) -> bool:
        pending = [statement]
        while pending:
            chain = pending.pop()
            tests = [chain.test] if isinstance(chain, ast.If) else _match_tests(chain)
            if tests is None or not all(is_pure(test, self._flow) for test in tests):
                return False
            for inner in (inner for _, _, block in blocks(chain) for inner in block):
                if isinstance(inner, (ast.If, ast.Match)) and id(inner) not in self._live.doomed:
                    pending.append(inner)
                elif id(inner) not in self._live.doomed and not isinstance(inner, ast.Pass):
                    return False
        return True


def _can_lose(source: SourceText, statement: ast.Import | ast.ImportFrom, names: set[str]) -> bool:
    """Whether no comment about a name that stays goes with some names of an import: each of these has its line to itself."""
    start, end = source.span(statement)
    if b"#" not in source.u8[start:end]:
        return True
    return all(_ALONE.match(source.line_text(alias.lineno)) for alias in statement.names if name_bound_by(alias) in names)


def _is_reexport(definition: Definition) -> bool:
    """Whether an import says `import x as x`: its name is there for other modules."""
    alias = definition.alias
    return alias is not None and alias.asname is not None and alias.asname == alias.name.rpartition(".")[2]


def _match_tests(statement: ast.Match) -> list[ast.expr] | None:
    """What a `match` evaluates; None where its patterns do more than compare."""
    tests = [statement.subject, *(case.guard for case in statement.cases if case.guard is not None)]
    patterns = [case.pattern for case in statement.cases]
    while patterns:
        match patterns.pop():
            case ast.MatchValue(value=value):
                tests.append(value)
            case ast.MatchOr(patterns=alternatives):
                patterns += alternatives
            case ast.MatchSingleton() | ast.MatchAs(pattern=None, name=None):
                pass
            case _:
                return None
    return tests


def _guards_import(statement: ast.stmt) -> bool:
    """Whether an import inside `statement` may be there for its failure or for type checkers only."""
    if isinstance(statement, ast.If):
        return any(last_name(node) == "TYPE_CHECKING" for node in walk(statement.test))
    if not isinstance(statement, (ast.Try, ast.TryStar)):
        return False
    if all(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in statement.body):
        return True
    return any(name in ("ImportError", "ModuleNotFoundError") for name in _caught(statement))


def _is_fallback(place: Place) -> bool:
    """Whether a statement stands for an import that fails: `except ImportError: os = None`."""
    if place.up is None or not isinstance(place.owner, ast.ExceptHandler):
        return False
    return _guards_import(place.up.statement)


def _caught(statement: ast.Try | ast.TryStar) -> Iterator[str]:
    for handler in statement.handlers:
        if handler.type is not None:
            yield from (last_name(node) for node in walk(handler.type))
