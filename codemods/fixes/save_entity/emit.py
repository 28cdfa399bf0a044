"""The plan of a block fix: the statements that replace a write, as described code, and the edits that go with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from codemods import edits
from codemods.edits import Argument, Assign, Call, Candidate, Code, Evaluate, Expression, FixPlan, Leave, Span, Statement
from codemods.fixes.save_entity import entity_type as entity
from codemods.fixes.save_entity.old_name import reads_again
from codemods.fixes.save_entity.shape import BYTES, FILE, Shape, source_needs_name
from codemods.fixes.save_entity.target import Target
from codemods.fixes.save_entity.uses import Uses
from codemods.fixes.source_text import code_of, is_multi_line
from codemods.proofs import value_types
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.statement_order import function_of
from codemods.proofs.value_types import PLAIN_TEXT, TEXTS, type_of
from lint_plugin.finding import SAFE
from lint_plugin.flow.callee import imported_name
from lint_plugin.flow.nodes import walk
from lint_plugin.paths.values.file_names import Hole

_HANDLES = ("f", "fh", "file_handle", "opened_file")
_DATA = ("file_data", "entity_data", "file_content", "entity_content")
_RESULTS = ("saved_name", "entity_filename", "saved_entity")
_SOURCES = ("source_path", "source_file", "entity_source")


class Emission:
    """What comes in the place of one write, all of whose facts are proved."""

    def __init__(self, facts: ModuleFacts, shape: Shape, target: Target, uses: Uses, metadata: Mapping[str, Expression]) -> None:
        self.facts = facts
        self.analysis = facts.analysis
        self.config = facts.analysis.config
        self.source = facts.analysis.source
        self.flow = facts.flow
        self.shape = shape
        self.statement = shape.statement
        self.target = target
        self.uses = uses
        self.metadata = dict(metadata)
        self.content = code_of(self.source, shape.content)
        self.recorder = code_of(self.source, target.recorder).text
        self.modules: set[str] = set()  # that the new code needs

    def plan(self, code: str, start: int) -> FixPlan:
        """The plan of the rule `code` for the write that starts at the offset `start`.

        Raises:
            Leave: A name that the new code needs is taken.
        """
        statements = self._statements()
        comments = (f"# {self.config.comment}",) if self.config.comment else ()
        made: list[edits.Edit] = [edits.ReplaceStatement(Span(*self.source.span(self.statement)), statements, comments)]
        made += [self._renamed(use) for use in self.uses.renamed]
        gone: list[ast.AST] = [self.statement]
        if self.uses.dropped_alias is not None:
            made.append(edits.RemoveStatement(Span(*self.source.span(self.uses.dropped_alias))))
            gone.append(self.uses.dropped_alias)
        made += [edits.AddImport(module) for module in sorted(self.modules) if not self._is_imported(module)]
        candidates = tuple(self._candidates([*gone, *self.uses.renamed]))
        return FixPlan(code, start, SAFE, tuple(made), candidates, passes_format=self.config.format_key in self.metadata)

    # -- the statements ------------------------------------------------------------------------------------------------------

    def _statements(self) -> tuple[Statement, ...]:
        before: list[Statement] = []
        method, names = self.config.save_method, self.config.save_parameters
        values = [self._entity_type()]
        if self.shape.kind == FILE:
            path = self._path(before)
            values.append(self._of_file(path, before))
        else:
            path = self.content
            values.append(self._given())
        if self.config.helper_method:
            method, names = self.config.helper_method, ("", "", "")
            values.reverse()
        if self.metadata:
            values.append(edits.Mapping(tuple(self.metadata.items())))
        call = Call(Code(f"{self.recorder}.{method}"), tuple(map(Argument, values, names)))
        result = self.uses.target or (self._fresh(_RESULTS) if self.uses.path_name else "")
        after: list[Statement] = []
        if self.shape.removes_source:
            self.modules.add("os")
            after.append(Evaluate(Call(Code("os.remove"), (Argument(path),))))
        if self.uses.path_name:
            after.append(Assign(self.uses.path_name, self._recomputed(Code(result))))
        return (*before, Assign(result, call) if result else Evaluate(call), *after)

    def _entity_type(self) -> Expression:
        """The name between number and extension; a variable that is text already stands for itself."""
        match self.target.name.body:
            case (Hole(plain=True, node=ast.Name() as name),) if type_of(self.flow, name) == PLAIN_TEXT:
                return code_of(self.source, name)
        return entity.text_of(self.source, self.target.name.body)

    def _given(self) -> Expression:
        """Content that the code has in hand."""
        if self.shape.kind != BYTES or self.shape.proven:
            return self.content
        self._require_builtin("bytes")
        return Call(Code("bytes"), (Argument(self.content),))

    def _path(self, before: list[Statement]) -> Code:
        """The path of the file that is copied, noted in the metadata; what calls something is bound to a name first."""
        path = self.content
        if source_needs_name(self.flow, self.shape.content) or is_multi_line(path):
            path = Code(self._fresh(_SOURCES))
            before.append(Assign(path.text, self.content))
        key = self.config.source_key
        if key and key not in self.metadata:
            is_plain = path is self.content and type_of(self.flow, self.shape.content) in TEXTS
            self.metadata[key] = path if is_plain else self._as_text(path)
        return path

    def _of_file(self, path: Code, before: list[Statement]) -> Expression:
        """What the method is given of a file: its path for a helper, a `Path`, or the bytes that are read first."""
        if self.config.helper_method:
            return path
        if self.config.content == "path":
            if type_of(self.flow, self.shape.content) == value_types.BYTES:
                raise Leave(f"`{ast.unparse(self.shape.content)}` is bytes, and a `Path` is made of text: decode it")
            reached = self.flow.reach_at(self.statement, "Path")
            if reached and all(d.kind == "import" and imported_name(d) == "pathlib.Path" for d in reached):
                return Call(Code("Path"), (Argument(path),))
            self.modules.add("pathlib")
            return Call(Code("pathlib.Path"), (Argument(path),))
        self._require_builtin("open")
        data = self._fresh(_DATA)
        before.append(edits.ReadFile(path, self._fresh(_HANDLES), data))
        return Code(data)

    def _as_text(self, value: Expression) -> Call:
        self._require_builtin("str")
        return Call(Code("str"), (Argument(value),))

    def _recomputed(self, result: Code) -> Expression:
        """The path of the saved file."""
        folder = Code(f"{self.recorder}.{self.config.output_folder_attribute}")
        if self.config.folder_type == "str" or self.analysis.has_text_folder(self.target.path):
            self.modules.add("os")
            return Call(Code("os.path.join"), (Argument(folder), Argument(result)))
        path = edits.Division((folder, result))
        return path if self.uses.path_is_path else self._as_text(path)

    # -- names that the new code needs ---------------------------------------------------------------------------------------

    def _fresh(self, candidates: tuple[str, ...]) -> str:
        """The first of some names that occurs nowhere in the function."""
        reserved = self.facts.function(function_of(self.flow, self.statement)).names
        for name in candidates:
            if name not in reserved:
                return name
        raise Leave(f"every name that the rewrite would use ({', '.join(candidates)}) is taken: rename one of these variables")

    def _require_builtin(self, name: str) -> None:
        """Make sure that a name in the new code means the builtin."""
        if self.flow.resolve(self.flow.scope_of(self.statement), name) is not None:
            raise self._taken(name)
        if any(definition.kind != "unbound" for definition in self.flow.reach_at(self.statement, name)):
            raise Leave(f"the import of everything at line {self.facts.star_import_line} may change what `{name}` means")

    def _is_imported(self, module: str) -> bool:
        """Whether the statement sees a module under its own name.

        Raises:
            Leave: The name is bound to something else there, or not on every path.
        """
        if self.flow.resolve(self.flow.scope_of(self.statement), module) is None:
            return False
        reached = self.flow.reach_at(self.statement, module)
        if any(d.kind == "unbound" for d in reached):
            raise Leave(f"`{module}` is not always imported here: import it at the top")
        if not reached or any(d.alias is None or d.alias.name.partition(".")[0] != module for d in reached):
            raise self._taken(module)
        if any(d.kind != "import" or imported_name(d) != module for d in reached):
            raise Leave(f"`{module}` is not always the module of that name here: import it at the top")
        return True

    def _taken(self, name: str) -> Leave:
        """The refusal where a name that the new code needs is bound to something else."""
        scope = self.flow.resolve(self.flow.scope_of(self.statement), name)
        definitions = () if scope is None else self.flow.definitions(scope, name)
        where = f", bound at line {definitions[0].statement.lineno}," if definitions else ""
        return Leave(f"`{name}`{where} means something else here, and the rewrite needs it: give that another name")

    def _renamed(self, use: ast.Name) -> edits.RenameName:
        span = Span(*self.source.span(use))
        if self.source.u8[span.start : span.end] != use.id.encode("utf-8"):
            raise Leave(f"the place of `{use.id}` at line {use.lineno} cannot be told for certain: give the value a name first")
        return edits.RenameName(span, self.uses.target)

    # -- what may be dead afterwards -----------------------------------------------------------------------------------------

    def _candidates(self, gone: Sequence[ast.AST]) -> Iterator[Candidate]:
        """The definitions that what is removed has read."""
        path, name = self.target.path, self.target.name
        seen = set()
        for inner in (inner for node in gone for inner in walk(node)):
            for definition in self.flow.reach(inner) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) else ():
                steps = definition.kind == "aug" and definition in path.chain
                if (definition.kind in ("assign", "unpack", "import") or steps) and definition not in seen:
                    seen.add(definition)
                    yield Candidate(definition.name, self.source.span(definition.statement)[0])
        for definition in name.chain:
            if reads_again(self.flow, definition, self.target, self.statement):
                yield Candidate(definition.name, self.source.span(definition.statement)[0], again=True)
        for definition in (*path.chain, *name.chain):
            if definition.name not in (self.uses.target, self.uses.path_name):
                # `dest = None` ahead of it is of no use on its own.
                for other in self.facts.constants(definition):
                    yield Candidate(other.name, self.source.span(other.statement)[0])
