"""The calls that put a file somewhere below a run folder: which argument is the target, which the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lint_plugin.flow.nodes import last_name
from lint_plugin.flow.reaching import Flow
from lint_plugin.paths.calls.path_helpers import PathHelpers, imported_helpers
from lint_plugin.paths.calls.targets import Target, TargetFinder, opened_call
from lint_plugin.paths.calls.writer_table import BESIDE, FOLDER, INTO, OPEN, Sink
from lint_plugin.paths.values.file_names import Literal, Piece
from lint_plugin.paths.values.path_parts import UNSEEN
from lint_plugin.paths.values.path_value import PathValue
from lint_plugin.paths.values.run_paths import PathReader


@dataclass(frozen=True, slots=True)
class Write:
    """One call that writes below a run folder.

    Attributes:
        call: The call.
        function: Dotted name of the function, or `.method`; of a command its name.
        sink: How it writes.
        target: The target's expression.
        path: Where it leads.
        source: The source or content expression, None where the call has none.
        mode: The constant open mode, "" where the call has none.
        detour: Why the call is not plainly one of the function, as a sentence; "" where it is. Such a write is left.
        elsewhere: Where a function of another module writes, which line does, as a sentence.
    """

    call: ast.Call
    function: str
    sink: Sink
    target: ast.expr
    path: PathValue
    source: ast.expr | None
    mode: str = ""
    detour: str = ""
    elsewhere: str = ""


def writes(calls: list[ast.Call], flow: Flow, paths: PathReader, finder: TargetFinder) -> Iterator[Write]:
    """Every write below a run folder, in the order of the calls; one for each file written."""
    helpers = PathHelpers(calls, flow, finder, paths)
    found = [write for call in calls for write in _of_call(call, flow, paths, finder, helpers)]
    # A handle that is opened for copyfileobj is one write with it.
    inside = {write.target for write in found if write.function == "shutil.copyfileobj"}
    for write in found:
        if write.call in inside or (write.sink.kind == FOLDER and _is_used(write, found)):
            continue
        yield write


def _of_call(call: ast.Call, flow: Flow, paths: PathReader, finder: TargetFinder, helpers: PathHelpers) -> Iterator[Write]:
    """The first thing that a call writes below a run folder."""
    for target in (*_by_tables(call, finder, paths), *helpers.of(call), *imported_helpers(call, finder, paths)):
        write = _below_run(target, flow, paths)
        if write is not None:
            yield write
            return


def _by_tables(call: ast.Call, finder: TargetFinder, paths: PathReader) -> Iterator[Target]:
    """What a call writes by the tables; a method of a class in sight is what its `def` says, whatever it is called."""
    for target in finder.of(call):
        if not target.function.startswith(".") or not paths.is_own_method(target.called.function):
            yield target


def _below_run(found: Target, flow: Flow, paths: PathReader) -> Write | None:
    target, sink, function = found.target, found.sink, found.function
    path = paths.of(found.opened or target)
    if path is not None and found.opened is None and sink.target != -1 and not _belongs(found.called.call, target, flow):
        return None
    if path is None or not path.below_run or path.evidence.own:
        return None
    if not path.parts and not _writes_into(sink, path):
        return None  # the folder itself: what is written lies beside it, or nothing is
    if sink.target == -1 and not path.is_path:
        return None  # a method of str
    if function in (".rename", ".replace") and _is_text(found, paths):
        return None
    if function == ".write" and not (path.is_path and _is_element_tree(found, flow)):
        return None  # the path's text written to a file, or its file into a ZipFile
    return Write(found.called.call, function, sink, target, path, found.source, found.mode, found.detour, found.elsewhere)


def _belongs(call: ast.Call, target: ast.expr, flow: Flow) -> bool:
    """Whether a target stands in the call itself, and not in the `partial` that it was prepared with."""
    below: ast.AST = target
    above = flow.parent(target)
    while above is not None and not isinstance(above, ast.stmt):
        if above is call:
            return not (below is call.func and isinstance(below, ast.Call))
        below, above = above, flow.parent(above)
    # The words of a command may be a list with a name.
    return isinstance(flow.parent(target), (ast.List, ast.Tuple, ast.BinOp))


def _writes_into(sink: Sink, path: PathValue) -> bool:
    """Whether a function that is given the run folder itself writes a file into it."""
    if sink.folder == BESIDE or sink.kind in (OPEN, FOLDER):
        return False
    return sink.folder == INTO or path.recorder is not None


def _is_used(folder: Write, found: list[Write]) -> bool:
    """Whether some other write lies in a folder that is made: then that one says all."""
    parts = spelling(folder.path)
    # Of two components that are not seen nothing tells whether they are the same.
    least = len(parts) + (UNSEEN in folder.path.parts)
    others = (spelling(write.path) for write in found if write.sink.kind != FOLDER)
    return any(len(other) >= least and other[: len(parts)] == parts for other in others)


def spelling(path: PathValue) -> list[str]:
    """The components of a path as text that is the same for what is spelled the same."""
    return [ast.dump(part.node) if part.node is not None else _text(part.pieces or ()) for part in path.parts]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text if isinstance(piece, Literal) else ast.dump(piece.node) for piece in pieces)


def _is_text(found: Target, paths: PathReader) -> bool:
    """Whether the object of `x.rename(path)` is text and no Path."""
    source = found.source
    if isinstance(source, (ast.JoinedStr, ast.Constant)):
        return True
    path = None if source is None else paths.of(source)
    return path is not None and not path.is_path


def _is_element_tree(found: Target, flow: Flow) -> bool:
    """Whether `x.write(path)` is that of an ElementTree: by what `x` is made of, or by its name."""
    function = found.called.function
    assert isinstance(function, ast.Attribute)
    made = opened_call(flow, function.value)
    if made is not None:
        return last_name(made.func) in ("ElementTree", "parse", "getroottree", "iterparse")
    return "tree" in last_name(function.value).lower()
