"""Whether something stands in for a recorder in a test: a double, a patch, a cast of something else."""

from __future__ import annotations

import ast

from codemods.edits import Leave
from codemods.proofs.own_value import own_value
from lint_plugin.analysis import Analysis
from lint_plugin.facts import NO
from lint_plugin.flow.nodes import last_name

# Calls that make an object with whatever attributes they are given as keywords.
DOUBLES = frozenset(
    "SimpleNamespace Namespace Mock MagicMock AsyncMock NonCallableMock NonCallableMagicMock PropertyMock create_autospec "
    "namedtuple make_dataclass".split()
)
# Calls that ask for, set or replace an attribute which they are given as text.
ATTRIBUTE_CALLS = frozenset("hasattr getattr setattr delattr object patch multiple".split())
_NAMES_OF_DOUBLES = ("fake", "stub", "mock", "dummy", "double")


def require_no_stand_in(analysis: Analysis, node: ast.expr) -> None:
    """Make sure that the value of a recorder's expression is not made as something else.

    Raises:
        Leave: It is: `cast(LivePipelineRecorder, SimpleNamespace(...))`, `recorder: LivePipelineRecorder = FakeRecorder()`.
    """
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    values = (
        [own_value(d) for d in analysis.flow.bound(root) if d.kind not in ("for", "comp")]
        if isinstance(root, ast.Name)
        else [root]
    )
    for value in values:
        if value is None:
            continue
        made = _without_cast(value)
        if not isinstance(made, ast.Call):
            continue
        # What holds the recorder is none itself; a double of it may hold anything.
        other = analysis.evidence.of(made).level == NO if root is node else is_named_as_double(last_name(made.func))
        if last_name(made.func) in DOUBLES or other:
            raise Leave(
                f"line {made.lineno} makes it as `{ast.unparse(made.func)}(...)`, a stand-in that may have other attributes"
            )


def _without_cast(value: ast.expr) -> ast.expr:
    while isinstance(value, ast.Call) and last_name(value.func) == "cast" and len(value.args) == 2:
        value = value.args[1]
    return value


def attributes_given(call: ast.Call) -> list[str]:
    """The attributes that a call asks for, sets or replaces by their names as text, or gives to a double."""
    called = last_name(call.func)
    found = []
    if called in ATTRIBUTE_CALLS:
        texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        found += [text.rpartition(".")[2] for text in texts]
    if called in DOUBLES or called == "multiple":
        found += [keyword.arg for keyword in call.keywords if keyword.arg is not None]
    if called in ("namedtuple", "make_dataclass", "type") and len(call.args) > 1:
        texts = [n.value for a in call.args[1:] for n in ast.walk(a) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        found += [word for text in texts for word in text.replace(",", " ").split()]
    return found


def is_named_as_double(name: str) -> bool:
    """Whether a class calls itself a stand-in (`FakeRecorder`, `_StubRun`)."""
    return any(word in name.lower() for word in _NAMES_OF_DOUBLES)
