"""LPR002: a call of a recorder with an argument that it does not take, or without one that it needs."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lint_plugin.analysis import Analysis, Site
from lint_plugin.facts import STRONG, KnownClass, Signature
from lint_plugin.flow.callee import dotted_name
from lint_plugin.flow.nodes import last_name
from lint_plugin.rules.base import Example, Rule

_CODE = """\
class LivePipelineRecorder:
    def __init__(self, run_id: str, base_path: str = "runs") -> None:
        self.run_folder = base_path

    def save_entity(self, entity_type: str, content: object, metadata: dict | None = None) -> str:
        return entity_type


def keep(recorder: LivePipelineRecorder, data: bytes) -> str:
    return recorder.save_entity({call})
"""
_SHIPPED = """\
from recorder import get_recorder

recorder = get_recorder({call})
"""


class UnknownRecorderArgument(Rule):
    code = "LPR002"
    name = "unknown-recorder-argument"
    summary = "a call of a recorder with an argument that it does not take, or without one that it needs"
    why = """\
Such a call raises `TypeError`, and only when that line runs. The parameters are read from the source of the class or the
factory; where that is not found, where the callee takes `**kwargs` or is decorated, or where the call passes `*args` or
`**kwargs` on, nothing is said.

A project can ask for more: with `required-arguments = {get_recorder = ["base_path", "config_name"]}` every call of
`get_recorder` has to give both, also where they have defaults.
"""
    fix_safety = """\
Always **left**: which value is meant only a person knows. The message names the nearest parameter.
"""
    message = "`{function}()` {problem}"
    left = "which value is meant only a person knows: give the call what its definition asks for"
    bad = (
        Example(_CODE.format(call='"output", data=data'), ((10, 12, "LPR002"),)),
        Example(_CODE.format(call='"output"'), ((10, 12, "LPR002"),)),
        Example(
            _SHIPPED.format(call='"r1"'),
            ((3, 12, "LPR002"),),
            config={"required-arguments": {"get_recorder": ("base_path", "config_name")}},
            note='With `required-arguments = {get_recorder = ["base_path", "config_name"]}`:',
        ),
    )
    good = (
        Example(_CODE.format(call='"output", content=data')),
        Example(_CODE.format(call='"output", **{"data": data}'), note="What `**` brings is not known."),
        Example(
            _SHIPPED.format(call='"r1", base_path="runs", config_name="default"'),
            config={"required-arguments": {"get_recorder": ("base_path", "config_name")}},
        ),
    )

    @classmethod
    def sites(cls, analysis: Analysis) -> Iterator[Site]:
        for call in analysis.calls:
            if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
                continue
            callee = _callee(analysis, call)
            problem = "" if callee is None else _problem(call, callee, analysis.config.required_arguments)
            if callee is not None and problem:
                yield analysis.site(cls.code, call, cls.message.format(function=callee.name, problem=problem))


@dataclass(frozen=True, slots=True)
class _Callee:
    """What is called: its name, and how it may be called where its source says so."""

    name: str
    signature: Signature | None


def _callee(analysis: Analysis, call: ast.Call) -> _Callee | None:
    """The method, class or factory of recorders that a call calls; None for all else."""
    name = last_name(call.func)
    made = analysis.evidence.of(call)
    target = dotted_name(analysis.flow, call.func)
    origin = target or (name if isinstance(call.func, ast.Name) else "")
    if made.level == STRONG and origin and made.origin == origin:
        known = analysis.evidence.class_of(made)
        if known is None or known.open:
            return _Callee(name, None)
        return _Callee(name, known.factory if known.factory is not None else known.methods.get("__init__"))
    if not isinstance(call.func, ast.Attribute) or name.startswith("_"):
        return None  # that a private method is called at all is LPR003
    evidence = analysis.evidence.of(call.func.value)
    if not evidence.is_recorder or evidence.own:
        return None
    known = analysis.evidence.class_of(evidence) if evidence.level == STRONG else _only_class(analysis)
    if known is None:
        return _Callee(name, None) if evidence.level == STRONG else None
    return _Callee(name, None if known.open else known.methods.get(name))


def _only_class(analysis: Analysis) -> KnownClass | None:
    """The project's recorder class, where it has just one."""
    return None if analysis.facts is None else analysis.facts.only_class()


def _problem(call: ast.Call, callee: _Callee, required: dict[str, tuple[str, ...]]) -> str:
    """What is wrong with the arguments of a call, or ""."""
    signature = callee.signature
    by_name = {keyword.arg for keyword in call.keywords if keyword.arg}
    wanted = required.get(callee.name, ())
    if signature is None or signature.open:
        absent = [name for name in wanted if name not in by_name]
        # Which parameters the positional arguments are is known only from the signature.
        return _missing(absent) if len(absent) > len(call.args) else ""
    given = by_name | set(signature.positional[: len(call.args)])
    needed = [name for name in dict.fromkeys((*signature.required, *wanted)) if name not in given]
    unknown = [name for name in sorted(by_name) if name not in signature.names]
    if unknown:
        return f"takes no argument `{unknown[0]}`{_hint(unknown[0], needed, signature.names)}"
    twice = [name for name in signature.positional[: len(call.args)] if name in by_name]
    if twice:
        return f"is given `{twice[0]}` twice, by position and by name"
    if len(call.args) > len(signature.positional):
        return f"takes {len(signature.positional)} arguments by position, and is given {len(call.args)}"
    return _missing(needed)


def _hint(unknown: str, needed: Sequence[str], names: Sequence[str]) -> str:
    """The parameter that is most likely meant: the one that is missing, or the nearest one by its name."""
    if len(needed) == 1:
        return f"; did you mean `{needed[0]}`?"
    near = difflib.get_close_matches(unknown, names, 1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; it takes {', '.join(f'`{name}`' for name in names)}" if names else "; it takes none"


def _missing(names: Sequence[str]) -> str:
    return f"is called without {' and '.join(f'`{name}`' for name in names)}" if names else ""
