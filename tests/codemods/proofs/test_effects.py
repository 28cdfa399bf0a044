"""What may change a value between two places: each kind of statement, and those that cannot."""

from __future__ import annotations

import ast

import pytest

from codemods.proofs.effects import has_effects
from lint_plugin.flow.reaching import Flow

HEAD = "import logging\nfrom x import f, a, b, logger\n"
EFFECTS = [
    "a.x = 1",
    "a[0] = 1",
    "a.x, b = 1, 2",
    "a.x: int = 1",
    "a.x += 1",
    "b += 1",
    "del a.x",
    "del a[0]",
    "f()",
    "b = f()",
    "b: int = f()",
    "b = a.pop()",
    "b = (c := a)",
    "logger.info(f())",
    "for b in a: pass",
    "for a.x in (1, 2): pass",
    "while a: pass",
    "with a: pass",
    "with a as b: pass",
    "assert f()",
    "if f(): pass",
    "match a:\n    case b: pass",
    "raise f()",
    "def g(x=f()): pass",
    "@f\ndef g(): pass",
    "class C(a): pass",
    "@f\nclass C: pass",
]
NONE = [
    "pass",
    "import os",
    "b = a.x",
    "b = c = a[0]",
    "b, c = a.x, 1",
    "b: int",
    "b: int = a.x",
    "a.x",
    "logger.info('%s', a.x)",
    "print(a.x)",
    "b = str(a)",
    "b = a.name.lower()",
    "if a: pass",
    "try: pass\nfinally: pass",
    "def g(x=1): f()",
    "class C: pass",
]


def effects(statement: str) -> bool:
    tree = ast.parse(HEAD + statement)
    return has_effects(Flow(tree), tree.body[-1])


@pytest.mark.parametrize("statement", EFFECTS)
def test_may_change_something(statement: str) -> None:
    assert effects(statement)


@pytest.mark.parametrize("statement", NONE)
def test_changes_nothing(statement: str) -> None:
    assert not effects(statement)
