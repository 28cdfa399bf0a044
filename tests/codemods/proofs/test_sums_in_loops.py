"""A number that is added to itself in a loop is a number, and no endless question."""

from __future__ import annotations

import ast

import pytest

from codemods.proofs.value_types import INT, type_of
from lint_plugin.flow.reaching import Flow

LOOP = "def f(g):\n    n = {first}\n    while g():\n        n = n + {more}\n    g(n)\n"


@pytest.mark.parametrize(
    ("first", "more", "expected"),
    [("0", "1", True), ("0", "n", True), ("g()", "1", False), ("0", "g()", False), ("'a'", "n", False)],
)
def test_a_sum_of_itself(first: str, more: str, expected: bool) -> None:
    tree = ast.parse(LOOP.format(first=first, more=more))
    (name,) = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "n" and node.lineno == 5]
    assert (type_of(Flow(tree), name) == INT) is expected
