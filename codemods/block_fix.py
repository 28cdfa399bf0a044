"""The block fix (LPR201, LPR202): a write below the run folder becomes a `save_entity()` call.

Every fact that the rewrite needs is proved here or the code is left, each with a reason for the reader.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from codemods import entity
from codemods.block_shape import BYTES, FILE, JSON, TEXT, Shape, is_str, shape_of, source_needs_name
from codemods.block_uses import Uses, uses_of
from codemods.decision import Decision, Leave
from codemods.effects import reads_only
from codemods.emit import Emitted, Layout, emit
from codemods.places import ancestors, function_of
from codemods.plan import Candidate, Edit, FixPlan
from codemods.risks import risks_of
from codemods.same_value import require_same_value
from lint_plugin.analysis import Analysis
from lint_plugin.finding import SAFE, UNSAFE
from lint_plugin.paths import PathValue
from lint_plugin.pieces import FileName, Hole
from lint_plugin.sinks import Write

RANK = 0
_HANDLES = ("f", "fh", "file_handle", "opened_file")
_DATA = ("file_data", "entity_data", "file_content", "entity_content")
_RESULTS = ("saved_name", "entity_filename", "saved_entity")
_SOURCES = ("source_path", "source_file", "entity_source")


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What the fixes of one function share: every name that occurs in it, and the first line that changes the recorder's
    counter or index by hand (0 where none does)."""

    names: frozenset[str]
    sequence_line: int


def decide(analysis: Analysis, write: Write, code: str, functions: dict[ast.AST, FunctionFacts]) -> Decision:
    """The decision about one write; `functions` is kept between the writes of a module."""
    try:
        return BlockFix(analysis, write, code, functions).decide()
    except Leave as leave:
        return leave.decision()


@dataclass(frozen=True, slots=True)
class Target:
    """The write's path and name, all proved."""

    path: PathValue
    recorder: ast.expr
    name: FileName


class BlockFix:
    """The fix of one write."""

    def __init__(
        self, analysis: Analysis, write: Write, code: str, functions: dict[ast.AST, FunctionFacts]
    ) -> None:
        self.analysis = analysis
        self.flow = analysis.flow
        self.config = analysis.config
        self.source = analysis.source
        self.write = write
        self.code = code
        self.functions = functions

    def decide(self) -> Decision:
        """Decide.

        Raises:
            Leave: A fact is not proved.
        """
        target = self._target()
        shape = shape_of(self.analysis, self.write)
        self._require_plain_scope(shape)
        uses = uses_of(self.analysis, shape.statement, target.path, target.name, self.write.function == "shutil.copy2")
        self._require_same_values(shape, target)
        self._require_known_method(target)
        metadata = self._metadata(shape, target)
        risks = list(risks_of(self.analysis, self.write, shape, target.path, target.name, uses, metadata.pop("", "")))
        plan = self._plan(shape, target, uses, metadata, UNSAFE if risks else SAFE)
        return Decision(plan.level, "; ".join(risks), plan)

    # -- what has to hold --------------------------------------------------------------------------------------------------

    def _target(self) -> Target:
        path = self.write.path
        if path.recorder is None:
            raise Leave("there is no recorder in sight: only the folder of all runs is known")
        if path.may:
            raise Leave("the path is this one on some branches only")
        for holder in [self.write.target, *(d.value for d in path.chain if d.value is not None)]:
            if any(isinstance(node, ast.NamedExpr) for node in ast.walk(holder)):
                raise Leave("a name is bound inside the path's expression")
        if not path.parts:
            raise Leave("the target is the run folder itself, so the name is the source's own")
        if len(path.parts) > 1:
            raise Leave("the file lies in a sub-folder of the run")
        if not _is_plain(path.recorder):
            raise Leave(f"the recorder is an expression (`{ast.unparse(path.recorder)}`), which must not be evaluated twice")
        name = self.analysis.file_name(path)
        if name is None or not name.number:
            raise Leave("the name has no number in front: others may read the file under this fixed name")
        if not name.extension:
            raise Leave("the name's extension is not known")
        entity.check_entity_type(name)
        for hole in [*name.number_holes, *(p for p in (*name.body, *name.extension) if isinstance(p, Hole))]:
            if not reads_only(self.flow, hole.node):
                raise Leave(f"`{ast.unparse(hole.node)}` in the name may do something, and would be evaluated elsewhere")
        return Target(path, path.recorder, name)

    def _require_plain_scope(self, shape: Shape) -> None:
        scope = self.flow.scope_of(shape.statement)
        if scope.dynamic:
            raise Leave("the function uses `locals()`, `eval` or the like, so any of its names may be read unseen")
        function = function_of(self.flow, shape.statement)
        if isinstance(function, ast.Lambda):
            raise Leave("it stands in a lambda")
        line = self._function().sequence_line
        if line:
            raise Leave(f"line {line} counts or indexes the file by hand, which `save_entity()` does as well")

    def _function(self) -> FunctionFacts:
        """What is asked of the function around the write, found once for all its writes."""
        function = function_of(self.flow, self.write.call)
        known = self.functions.get(function)
        if known is None:
            nodes = list(ast.walk(function))
            touched = (n.lineno for n in nodes if isinstance(n, ast.Attribute) and self._touches_sequence(n))
            known = self.functions[function] = FunctionFacts(frozenset(_names_in(nodes)), min(touched, default=0))
        return known

    def _touches_sequence(self, node: ast.Attribute) -> bool:
        """A store to `recorder.sequence_number`, or any change to `recorder.metadata`."""
        if node.attr not in ("sequence_number", "metadata") or not self.analysis.evidence.of(node.value).is_recorder:
            return False
        above: ast.AST = node
        parent = self.flow.parent(node)
        if not isinstance(node.ctx, ast.Load):
            return True
        while isinstance(parent, (ast.Subscript, ast.Attribute, ast.Call)):
            if isinstance(parent, ast.Attribute) and parent.attr in _MUTATORS:
                return True
            if isinstance(parent, ast.Call) and parent.func is not above:
                return False
            if isinstance(parent, (ast.Subscript, ast.Attribute)) and not isinstance(parent.ctx, ast.Load):
                return True
            above, parent = parent, self.flow.parent(parent)
        return False

    def _require_same_values(self, shape: Shape, target: Target) -> None:
        require_same_value(self.flow, target.recorder, shape.statement)
        for piece in (*target.name.body, *target.name.extension):
            if isinstance(piece, Hole):
                require_same_value(self.flow, piece.node, shape.statement)

    def _require_known_method(self, target: Target) -> None:
        known = self.analysis.known_class(target.path.evidence)
        if known is None:
            return
        method = self.config.helper_method or self.config.save_method
        parameters = known.methods.get(method)
        if parameters is None:
            if not known.open:
                raise Leave(f"`{known.name}` has no method `{method}`")
        elif not self.config.helper_method and not set(self.config.save_parameters) <= set(parameters):
            raise Leave(f"`{known.name}.{method}` takes other parameters ({', '.join(parameters)}): set `save-parameters`")

    # -- what is emitted -----------------------------------------------------------------------------------------------------

    def _detects(self, target: Target) -> bool:
        setting = self.config.detects_format
        if setting != "auto":
            return setting == "true"
        facts = self.analysis.facts
        return target.path.evidence.shipped and facts is not None and not facts.own_recorder

    def _metadata(self, shape: Shape, target: Target) -> dict[str, str]:
        """The metadata's source text; under the key "" a reason why the format makes the fix unsafe."""
        found: dict[str, str] = {}
        self._add_format(found, shape, target)
        for key, value in self.config.metadata.items():
            text = self._template_value(value, shape.statement)
            if text is not None and key not in found:
                found[key] = text
        if shape.kind == FILE and "filesystem_path" not in found:
            found["filesystem_path"] = ""  # filled in when the source's name is known
        return found

    def _add_format(self, found: dict[str, str], shape: Shape, target: Target) -> None:
        name = target.name
        text = entity.constant_text(name.extension)
        if shape.kind in (TEXT, JSON):
            wanted = "txt" if shape.kind == TEXT else "json"
            if text != wanted:
                raise Leave(f"text is stored as .{wanted}, whatever its name said")
            return
        detects = self._detects(target)
        values = [text] if text is not None else self._constants(name)
        if values is not None and any(value in entity.REFUSED for value in values):
            raise Leave(f"the recorder takes no {values[0]} files: a browser would run them")
        if detects and (values is None or all(v in entity.DETECTED or v == "bin" for v in values)):
            return
        if not self.config.format_key:
            raise Leave("the recorder does not find the extension itself, and takes none (`format-key` is empty)")
        if values is not None:
            for value in values:
                if not entity.is_format(value):
                    raise Leave(f"`{value}` is no extension that a recorder takes")
        elif name.dotted_extension:
            found[""] = "the extension may be empty, which no recorder takes as a format"
        found[self.config.format_key] = entity.format_source(self.source, name)

    def _constants(self, name: FileName) -> list[str] | None:
        """The extensions that a variable may hold, without dots, where all are constants."""
        only = name.extension[0]
        if len(name.extension) != 1 or not isinstance(only, Hole) or not isinstance(only.node, ast.Name):
            return None
        texts = []
        for definition in self.flow.reach(only.node):
            value = definition.value
            if definition.kind == "unbound":
                continue
            if definition.kind != "assign" or not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                return None
            texts.append(value.value.lstrip(".") if name.dotted_extension else value.value)
        return sorted(texts) or None

    def _template_value(self, value: str, statement: ast.stmt) -> str | None:
        """A template's literal, or its variable when that is bound here for certain."""
        if not value.isidentifier():
            return value
        scope = self.flow.resolve(self.flow.scope_of(statement), value)
        if scope is None or scope.node is not function_of(self.flow, statement):
            return None
        reached = self.flow.reach_at(statement, value)
        bound = reached and all(d.kind not in ("unbound", "import", "def", "class", "del") for d in reached)
        return value if bound else None

    def _plan(self, shape: Shape, target: Target, uses: Uses, metadata: dict[str, str], level: str) -> FixPlan:
        statement = shape.statement
        start, end = self.source.span(statement)
        content = _written(self.source.slice(shape.content), shape.content)
        emitted = Emitted(
            recorder=self.source.slice(target.recorder),
            method=self.config.save_method,
            parameters=self.config.save_parameters,
            entity_type=entity.entity_type_source(self.source, target.name),
            target=uses.target,
            comments=tuple(self._comments(start, end)),
        )
        introduced: set[str] = set()
        if shape.kind == FILE:
            emitted = self._reading(emitted, shape, content, metadata, introduced)
        else:
            text = f"bytes({content})" if shape.kind == BYTES and not shape.proven else content
            emitted = replace(emitted, content=text, metadata=metadata)
        if self.config.helper_method:
            if shape.kind != FILE:
                raise Leave(f"`{self.config.helper_method}` takes files only")
            emitted = replace(emitted, method=self.config.helper_method, positional=True)
            introduced.clear()
        needs_import = "os" if shape.removes_source else ""
        after = [f"os.remove({emitted.source_first or content})"] if shape.removes_source else []
        if uses.path_name:
            if not emitted.target:
                emitted = replace(emitted, target=self._fresh(_RESULTS, introduced))
            line, module = self._recomputed(emitted, uses)
            after.append(line)
            needs_import = needs_import or module
        if needs_import and self._rebinds_os(statement):
            raise Leave("`os` means something else here")
        text = emit(replace(emitted, after=tuple(after)), self._layout(statement))
        edits = [Edit(start, end, text.encode("utf-8"))]
        edits += [self._renamed(use, uses.target) for use in uses.renamed]
        gone: list[ast.AST] = [statement]
        if uses.dropped_alias is not None:
            edits.append(Edit(*self.source.span(uses.dropped_alias), delete_statement=True))
            gone.append(uses.dropped_alias)
        return FixPlan(
            code=self.code,
            start=self.source.span(self.write.call)[0],
            level=level,
            edits=tuple(sorted(edits, key=lambda edit: edit.start)),
            candidates=tuple(self._candidates([*gone, *uses.renamed])),
            introduced=frozenset(introduced),
            needs_import=needs_import,
            rank=RANK,
        )

    def _reading(
        self, emitted: Emitted, shape: Shape, content: str, metadata: dict[str, str], introduced: set[str]
    ) -> Emitted:
        """The part that reads the source file; a source that calls something is bound to a name first."""
        first = ""
        if source_needs_name(self.flow, shape.content):
            first = self._fresh(_SOURCES, introduced)
        path = first or content
        if metadata.get("filesystem_path") == "":
            metadata["filesystem_path"] = path if not first and is_str(self.flow, shape.content) else f"str({path})"
        return replace(
            emitted,
            source=content,
            source_first=first,
            handle=self._fresh(_HANDLES, introduced),
            data=self._fresh(_DATA, introduced),
            metadata=metadata,
        )

    def _recomputed(self, emitted: Emitted, uses: Uses) -> tuple[str, str]:
        folder = f"{emitted.recorder}.{self.config.output_folder_attribute}"
        if self.config.folder_type == "str":
            return f"{uses.path_name} = os.path.join({folder}, {emitted.target})", "os"
        path = f"{folder} / {emitted.target}"
        return f"{uses.path_name} = {path if uses.path_is_path else f'str({path})'}", ""

    def _rebinds_os(self, statement: ast.stmt) -> bool:
        reached = self.flow.reach_at(statement, "os")
        scope = self.flow.resolve(self.flow.scope_of(statement), "os")
        if scope is None:
            return False
        plain = all(d.alias is not None and d.alias.name.partition(".")[0] == "os" for d in reached)
        return not plain or not reached

    def _renamed(self, use: ast.Name, target: str) -> Edit:
        start, end = self.source.span(use)
        if self.source.u8[start:end] != use.id.encode("utf-8"):
            raise Leave(f"the place of `{use.id}` at line {use.lineno} cannot be told for certain")
        return Edit(start, end, target.encode("utf-8"))

    def _candidates(self, gone: Sequence[ast.AST]) -> Iterator[Candidate]:
        """The definitions that what is removed has read."""
        seen = set()
        for node in gone:
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load):
                    for definition in self.flow.reach(name):
                        if definition.kind in ("assign", "import") and definition not in seen:
                            seen.add(definition)
                            yield Candidate(definition.name, self.source.span(definition.statement)[0])

    def _fresh(self, candidates: tuple[str, ...], introduced: set[str]) -> str:
        """The first of some names that occurs nowhere in the function."""
        reserved = self._function().names
        for name in candidates:
            if name not in reserved:
                introduced.add(name)
                return name
        raise Leave(f"every name for what is read ({', '.join(candidates)}) is taken")

    def _layout(self, statement: ast.stmt) -> Layout:
        source = self.source
        first, _ = source.line_bounds(statement.lineno)
        indent = source.u8[first : source.span(statement)[0]].decode("utf-8").replace("\f", "")
        step = "\t" if "\t" in indent else "    "
        for above in ancestors(self.flow, statement):
            if isinstance(above, ast.stmt) and above is not statement:
                start = source.line_bounds(above.lineno)[0]
                outer = source.u8[start : source.span(above)[0]].decode("utf-8").replace("\f", "")
                if not outer.strip() and indent.startswith(outer) and len(indent) > len(outer):
                    step = indent[len(outer) :]
                    break
        return Layout(indent, step, source.newline)

    def _comments(self, start: int, end: int) -> Iterator[str]:
        """Comments inside the replaced statement."""
        text = self.source.u8[start:end]
        if b"#" not in text:
            return
        try:
            for token in tokenize.tokenize(BytesIO(b"(" + text + b"\n)").readline):
                if token.type == tokenize.COMMENT:
                    yield token.string
        except (tokenize.TokenError, SyntaxError) as error:
            raise Leave("its comments cannot be told from its code") from error


_MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear", "remove", "popitem"})


def _is_plain(node: ast.expr) -> bool:
    """A name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _written(code: str, node: ast.expr) -> str:
    """An expression as an argument: in parentheses when it runs over several lines or is a generator."""
    if isinstance(node, (ast.GeneratorExp, ast.NamedExpr, ast.Yield)) or ("\n" in code or "\r" in code):
        return f"({code})"
    return code


def _names_in(nodes: list[ast.AST]) -> set[str]:
    """Every name that occurs in some nodes, bound or read."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
    return found
