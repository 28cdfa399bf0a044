"""LPR401: an if-chain that picks the extension the recorder picks itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_plugin.analysis import Analysis, Site
from lint_plugin.finding import SAFE
from lint_plugin.flow.reaching import Definition, Flow
from lint_plugin.paths.values.file_names import Hole
from lint_plugin.rules.base import Example, Rule

_BEFORE = """\
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str, media_type: str) -> None:
    if media_type == 'audio':
        ext = 'mp3'
    else:
        ext = 'mp4'
    shutil.copy2(source, recorder.run_folder / f'07_output_{media_type}.{ext}')
"""
_AFTER = """\
from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str, media_type: str) -> None:
    with open(source, 'rb') as f:
        file_data = f.read()
    recorder.save_entity(
        entity_type=f'output_{media_type}',
        content=file_data,
        metadata={'filesystem_path': source},
    )
"""


class DuplicatedExtensionLogic(Rule):
    code = "LPR401"
    name = "duplicated-extension-logic"
    summary = "an if-chain that picks the extension of a file for the run folder"
    why = """\
The recorder finds the extension from the bytes, exactly. A chain like `'mp3' if audio, 'mp4' if video, else 'bin'` says the
same once more, and wrongly for every format that its author did not think of.
"""
    fix_safety = """\
Nothing is done about the chain alone. It goes together with the write that it belongs to when the recorder detects the format
(`detects-format`) and nothing else reads the variable; otherwise it stays and its value is passed on as `metadata["format"]`.
"""
    message = "the extension is picked by hand; `{save}()` finds it from the content"
    fix = "save it with the recorder"
    told = "the extension is picked by hand, for a recorder that is told it"
    bad = (Example(_BEFORE, ((7, 5, "LPR401"), (11, 5, "LPR201"), (11, 48, "LPR101")), SAFE, _AFTER),)
    good = (
        Example(
            "def suffix(media_type: str) -> str:\n"
            "    if media_type == 'audio':\n        ext = 'mp3'\n    else:\n        ext = 'mp4'\n    return ext\n",
            note="It names no file of a run.",
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        seen = set()
        message = cls.told if analysis.config.detects_format == "false" else cls.message
        for write in analysis.writes:
            name = analysis.file_name(write.path)
            if name is None:
                continue
            for piece in name.extension:
                if isinstance(piece, Hole) and isinstance(piece.node, ast.Name):
                    chain = extension_chain(analysis.flow, piece.node)
                    if chain is not None and chain not in seen:
                        seen.add(chain)
                        yield analysis.site(cls.code, chain, message.format(save=analysis.config.save_method), write)


def extension_chain(flow: Flow, name: ast.Name) -> ast.If | None:
    """The if-chain over one name that assigns constants to `name`, where all its values come from one such chain."""
    tops: set[ast.If] = set()
    known: dict[ast.If, ast.If] = {}
    for definition in flow.reach(name):
        if definition.kind == "unbound":
            continue
        if not _is_constant(definition):
            return None
        top = _top_if(flow, definition, known)
        if top is not None:
            tops.add(top)
    if len(tops) != 1:
        return None
    chain = tops.pop()
    tested = {node.id for test in _tests(chain) for node in ast.walk(test) if isinstance(node, ast.Name)}
    return chain if len(tested) == 1 else None


def _is_constant(definition: Definition) -> bool:
    value = definition.value
    return definition.kind == "assign" and isinstance(value, ast.Constant) and isinstance(value.value, str)


def _top_if(flow: Flow, definition: Definition, known: dict[ast.If, ast.If]) -> ast.If | None:
    """The first arm of the chain that a definition stands in; `known` has those of the arms that were passed."""
    parent = None if definition.statement is None else flow.parent(definition.statement)
    if not isinstance(parent, ast.If):
        return None
    passed = [parent]
    while passed[-1] not in known:
        above = flow.parent(passed[-1])
        if not isinstance(above, ast.If) or above.orelse != [passed[-1]]:
            break
        passed.append(above)
    top = known.get(passed[-1], passed[-1])
    known.update(dict.fromkeys(passed, top))
    return top


def _tests(chain: ast.If) -> Iterator[ast.expr]:
    node = chain
    while True:
        yield node.test
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            return
        node = node.orelse[0]
