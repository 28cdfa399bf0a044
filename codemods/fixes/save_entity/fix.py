"""The block fix (LPR201, LPR202): a write below the run folder becomes a `save_entity()` call.

Every fact that the rewrite needs is proved here or the code is left, each with a reason for the reader.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemods.edits import (
    AddImport,
    Argument,
    Assign,
    Call,
    Candidate,
    Code,
    Decision,
    Division,
    Edit,
    Evaluate,
    Expression,
    FixPlan,
    Leave,
    RemoveStatement,
    RenameName,
    ReplaceStatement,
    Span,
    Statement,
)
from codemods.fixes.save_entity import entity_type as entity
from codemods.fixes.save_entity.emit import Emitted, emit
from codemods.fixes.save_entity.metadata import Metadata, metadata_of
from codemods.fixes.save_entity.old_name import reads_again, require_goes
from codemods.fixes.save_entity.risks import risks_of
from codemods.fixes.save_entity.save_method import require_gives_name, require_takes_content
from codemods.fixes.save_entity.shape import BYTES, FILE, Shape, shape_of, source_needs_name, wants_path
from codemods.fixes.save_entity.target import Target, target_of
from codemods.fixes.save_entity.uses import Uses, uses_of
from codemods.fixes.source_text import code_of, is_multi_line
from codemods.proofs.effects import reads_only
from codemods.proofs.module_facts import ModuleFacts
from codemods.proofs.same_value import is_steady, require_same_value
from codemods.proofs.statement_order import ancestors, function_of, place_of
from codemods.proofs.value_types import is_bytes, is_plain_text, is_text
from lint_plugin.analysis import Analysis
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.flow.callee import imported_name
from lint_plugin.flow.nodes import last_name, walk
from lint_plugin.flow.reaching import Scope
from lint_plugin.paths.calls.writes import FOLDER, Write
from lint_plugin.paths.values.file_names import Hole

RANK = 0
_HANDLES = ("f", "fh", "file_handle", "opened_file")
_DATA = ("file_data", "entity_data", "file_content", "entity_content")
_RESULTS = ("saved_name", "entity_filename", "saved_entity")
_SOURCES = ("source_path", "source_file", "entity_source")


def decide(analysis: Analysis, facts: ModuleFacts, write: Write, code: str) -> Decision:
    """The decision about one write."""
    try:
        return BlockFix(analysis, facts, write, code).decide()
    except Leave as leave:
        return leave.decision()


class BlockFix:
    """The fix of one write."""

    def __init__(self, analysis: Analysis, facts: ModuleFacts, write: Write, code: str) -> None:
        self.analysis = analysis
        self.flow = analysis.flow
        self.config = analysis.config
        self.source = analysis.source
        self.facts = facts
        self.write = write
        self.code = code

    def decide(self) -> Decision:
        """Decide.

        Raises:
            Leave: A fact is not proved.
            NotSearched: The rewrite can be made, and the project's other files are to be searched for the name first.
        """
        if self.write.sink.kind == FOLDER:
            raise wants_path(self.analysis, self.write)
        target = target_of(self.analysis, self.facts, self.write)
        shape = shape_of(self.analysis, self.write)
        self._require_plain_scope(shape)
        uses = uses_of(self.analysis, self.facts, self.write, shape, target.path, target.name)
        require_goes(self.analysis, shape, target, uses)
        self._require_same_values(shape, target)
        self._require_known_method(target, uses)
        require_takes_content(self.analysis, shape, target)
        self._require_helper_fits(shape, uses)
        metadata = metadata_of(self.analysis, shape, target)
        plan = self._plan(shape, target, uses, metadata)
        risks = list(risks_of(self.analysis, self.facts, self.write, shape, target, uses, metadata.risk))
        level = UNSAFE if risks else SAFE
        return Decision(level, "; ".join(risks), replace(plan, level=level))

    # -- what has to hold --------------------------------------------------------------------------------------------------

    def _require_plain_scope(self, shape: Shape) -> None:
        scope = self.flow.scope_of(shape.statement)
        if scope.dynamic:
            raise Leave(f"line {self.facts.unseen_line(scope)} may read any name of the function unseen (`locals()`, `eval`)")
        if scope.kind == "class":
            raise Leave("it stands in a class body, where every name becomes an attribute: move it into a function")
        if any(isinstance(node, ast.NamedExpr) for node in walk(shape.statement)):
            raise Leave(f"line {shape.statement.lineno} binds a name inside the expression: assign it on a line of its own")
        function = function_of(self.flow, shape.statement)
        for above in ancestors(self.flow, shape.statement):
            self._require_outside_save(above)
        called = last_name(self.write.call.func)
        if called in self.facts.patched:
            raise Leave(f"line {self.facts.patched[called]} patches `{called}`, which the rewrite would no longer call")
        line = self.facts.function(function).sequence_line
        if line:
            raise Leave(f"line {line} counts or indexes the file by hand, which `{self.config.save_method}()` does as well")

    def _require_outside_save(self, above: ast.AST) -> None:
        """Make sure that a function around the write is none that runs while the recorder saves."""
        if not isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        method, place = self.config.save_method, self.facts.within_save.get(above.name)
        if place is None:
            return
        if above.name == method:
            raise Leave(f"it stands in `{method}()` itself, which the rewrite would call again, without end")
        raise Leave(f"`{above.name}()` runs while `{method}()` saves ({place}), and would call it again, without end")

    def _require_same_values(self, shape: Shape, target: Target) -> None:
        require_same_value(self.facts, self.flow, target.recorder, shape.statement)
        for hole in target.holes():
            require_same_value(self.facts, self.flow, hole.node, shape.statement)
        if reads_only(self.flow, shape.content):
            return
        # What is called for the content runs before the format is read, and before all that stood in earlier statements.
        late = [target.recorder, *(hole.node for hole in target.holes())] if shape.kind == FILE else []
        late = [n for n in late if self.flow.statement_of(n) is not shape.statement or place_of(n) < place_of(shape.content)]
        late += [hole.node for hole in target.name.extension if isinstance(hole, Hole)]
        for node in late:
            if not is_steady(self.facts, self.flow, node, shape.statement):
                called = ast.unparse(shape.content)
                raise Leave(
                    f"`{called}` at line {shape.content.lineno} may change `{ast.unparse(node)}`, which would be read after it"
                )

    def _require_known_method(self, target: Target, uses: Uses) -> None:
        known = self.analysis.known_class(target.path.evidence)
        if known is None:
            return
        method = self.config.helper_method or self.config.save_method
        signature = known.methods.get(method)
        if signature is None:
            if not known.open:
                raise Leave(f"`{known.name}` has no method `{method}`: set `save-method` in the configuration")
            return
        if not self.config.helper_method and not set(self.config.save_parameters) <= set(signature.names):
            raise Leave(f"`{known.name}.{method}` takes other parameters ({', '.join(signature.names)}): set `save-parameters`")
        missing = sorted(set(signature.required) - set(self.config.save_parameters))
        if missing and not self.config.helper_method:
            raise Leave(f"`{known.name}.{method}` cannot be called without `{missing[0]}`: give the parameter a default")
        require_gives_name(f"{known.name}.{method}", signature, uses)

    def _require_helper_fits(self, shape: Shape, uses: Uses) -> None:
        """A helper method takes a file, and gives None for an error: nothing may count on its success."""
        helper = self.config.helper_method
        if not helper:
            return
        if shape.kind != FILE:
            raise Leave(f"`{helper}` takes files only")
        if shape.removes_source:
            raise Leave(f"`{helper}` hides errors, and the source must not be removed after one")
        if uses.path_name:
            raise Leave(f"`{helper}` hides errors, and `{uses.path_name}` is used at line {uses.path_line}")

    def _require_builtin(self, name: str, statement: ast.stmt) -> None:
        """Make sure that a name in the emitted text means the builtin."""
        scope = self.flow.resolve(self.flow.scope_of(statement), name)
        if scope is not None:
            raise self._taken(name, scope)
        if any(definition.kind != "unbound" for definition in self.flow.reach_at(statement, name)):
            raise Leave(f"the import of everything at line {self.facts.star_import_line} may change what `{name}` means")

    def _taken(self, name: str, scope: Scope | None) -> Leave:
        """The refusal where a name that the emitted text needs is bound to something else."""
        definitions = () if scope is None else self.flow.definitions(scope, name)
        where = f", bound at line {definitions[0].statement.lineno}," if definitions else ""
        return Leave(f"`{name}`{where} means something else here, and the rewrite needs it: give that another name")

    # -- what is emitted -----------------------------------------------------------------------------------------------------

    def _plan(self, shape: Shape, target: Target, uses: Uses, metadata: Metadata) -> FixPlan:
        statement = shape.statement
        content = code_of(self.source, shape.content)
        emitted = Emitted(
            recorder=code_of(self.source, target.recorder),
            method=self.config.save_method,
            parameters=self.config.save_parameters,
            entity_type=self._entity_type(target),
            target=uses.target,
        )
        if shape.kind == FILE:
            emitted = self._reading(emitted, shape, content, metadata.items)
        else:
            converts = shape.kind == BYTES and not shape.proven
            if converts:
                self._require_builtin("bytes", statement)
            emitted = replace(
                emitted,
                content=Call(Code("bytes"), (Argument(content),)) if converts else content,
                metadata={key: value for key, value in metadata.items.items() if value is not None},
            )
        modules = {"os"} if shape.removes_source else set()
        if emitted.content_is_path and self._path_name(statement) == "pathlib.Path":
            modules.add("pathlib")
        after: list[Statement] = []
        if shape.removes_source:
            source = Code(emitted.source_first) if emitted.source_first else content
            after.append(Evaluate(Call(Code("os.remove"), (Argument(source),))))
        if uses.path_name:
            if not emitted.target:
                emitted = replace(emitted, target=self._fresh(_RESULTS))
            text_folder = self.config.folder_type == "str" or self.analysis.has_text_folder(target.path)
            after.append(Assign(uses.path_name, self._recomputed(emitted, uses, statement, text_folder)))
            modules |= {"os"} if text_folder else set()
        statements = emit(replace(emitted, after=tuple(after)))
        comments = (f"# {self.config.comment}",) if self.config.comment else ()
        edits: list[Edit] = [ReplaceStatement(Span(*self.source.span(statement)), statements, comments)]
        edits += [self._renamed(use, uses.target) for use in uses.renamed]
        gone: list[ast.AST] = [statement]
        if uses.dropped_alias is not None:
            edits.append(RemoveStatement(Span(*self.source.span(uses.dropped_alias))))
            gone.append(uses.dropped_alias)
        edits += [AddImport(module) for module in sorted(modules) if not self._is_imported(module, statement)]
        return FixPlan(
            code=self.code,
            start=self.source.span(self.write.call)[0],
            level=SAFE,
            edits=tuple(edits),
            candidates=tuple(self._candidates([*gone, *uses.renamed], target, uses)),
            rank=RANK,
            passes_format=self.config.format_key in metadata.items,
        )

    def _entity_type(self, target: Target) -> Expression:
        """The name between number and extension; a variable that is text already stands for itself."""
        match target.name.body:
            case (Hole(plain=True, node=ast.Name() as name),) if is_plain_text(self.flow, name):
                return code_of(self.source, name)
        return entity.text_of(self.source, target.name.body)

    def _reading(self, emitted: Emitted, shape: Shape, content: Code, metadata: dict[str, Expression | None]) -> Emitted:
        """The part that reads the source file; a source that calls something is bound to a name first."""
        helper = self.config.helper_method
        as_path = self.config.content == "path" and not helper
        if not helper and not as_path:
            self._require_builtin("open", shape.statement)
        first = ""
        if source_needs_name(self.flow, shape.content) or is_multi_line(content):
            first = self._fresh(_SOURCES)
        path = Code(first) if first else content
        found: dict[str, Expression] = {}
        for key, value in metadata.items():
            if value is None:
                plain = not first and is_text(self.flow, shape.content)
                value = path if plain else self._as_text(path, shape.statement)
            found[key] = value
        emitted = replace(emitted, source=content, source_first=first, metadata=found)
        if helper:
            return replace(emitted, method=helper, positional=True)
        if as_path:
            if is_bytes(self.flow, shape.content):
                raise Leave(f"`{ast.unparse(shape.content)}` is bytes, and a `Path` is made of text: decode it")
            given = Call(Code(self._path_name(shape.statement)), (Argument(path),))
            return replace(emitted, content=given, content_is_path=True)
        return replace(emitted, handle=self._fresh(_HANDLES), data=self._fresh(_DATA))

    def _path_name(self, statement: ast.stmt) -> str:
        """How a statement can call `pathlib.Path`."""
        reached = self.flow.reach_at(statement, "Path")
        bound = bool(reached) and all(d.kind == "import" and imported_name(d) == "pathlib.Path" for d in reached)
        return "Path" if bound else "pathlib.Path"

    def _as_text(self, value: Expression, statement: ast.stmt) -> Call:
        self._require_builtin("str", statement)
        return Call(Code("str"), (Argument(value),))

    def _recomputed(self, emitted: Emitted, uses: Uses, statement: ast.stmt, text_folder: bool) -> Expression:
        """The path of the saved file."""
        folder = Code(f"{emitted.recorder.text}.{self.config.output_folder_attribute}")
        if text_folder:
            return Call(Code("os.path.join"), (Argument(folder), Argument(Code(emitted.target))))
        path = Division((folder, Code(emitted.target)))
        return path if uses.path_is_path else self._as_text(path, statement)

    def _is_imported(self, module: str, statement: ast.stmt) -> bool:
        """Whether a statement sees a module under its own name.

        Raises:
            Leave: The name is bound to something else there, or not on every path.
        """
        reached = self.flow.reach_at(statement, module)
        if self.flow.resolve(self.flow.scope_of(statement), module) is None:
            return False
        if any(d.kind == "unbound" for d in reached):
            raise Leave(f"`{module}` is not always imported here: import it at the top")
        if not reached or any(d.alias is None or d.alias.name.partition(".")[0] != module for d in reached):
            raise self._taken(module, self.flow.resolve(self.flow.scope_of(statement), module))
        if any(d.kind != "import" or imported_name(d) != module for d in reached):
            raise Leave(f"`{module}` is not always the module of that name here: import it at the top")
        return True

    def _renamed(self, use: ast.Name, target: str) -> RenameName:
        span = Span(*self.source.span(use))
        if self.source.u8[span.start : span.end] != use.id.encode("utf-8"):
            raise Leave(f"the place of `{use.id}` at line {use.lineno} cannot be told for certain: give the value a name first")
        return RenameName(span, target)

    def _candidates(self, gone: Sequence[ast.AST], target: Target, uses: Uses) -> Iterator[Candidate]:
        """The definitions that what is removed has read."""
        seen = set()
        for node in gone:
            for name in walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load):
                    for definition in self.flow.reach(name):
                        steps = definition.kind == "aug" and definition in target.path.chain
                        if (definition.kind in ("assign", "unpack", "import") or steps) and definition not in seen:
                            seen.add(definition)
                            yield Candidate(definition.name, self.source.span(definition.statement)[0])
        for definition in target.name.chain:
            if reads_again(self.flow, definition, target, gone[0]):
                yield Candidate(definition.name, self.source.span(definition.statement)[0], again=True)
        for definition in (*target.path.chain, *target.name.chain):
            if definition.name not in (uses.target, uses.path_name):
                # `dest = None` ahead of it is of no use on its own.
                for other in self.facts.constants(definition):
                    yield Candidate(other.name, self.source.span(other.statement)[0])

    def _fresh(self, candidates: tuple[str, ...]) -> str:
        """The first of some names that occurs nowhere in the function."""
        reserved = self.facts.function(function_of(self.flow, self.write.call)).names
        for name in candidates:
            if name not in reserved:
                return name
        raise Leave(f"every name that the rewrite would use ({', '.join(candidates)}) is taken: rename one of these variables")
