"""Which attributes a class sets once and for all: the value at the end of `use` is that of `__init__`, or may be another."""

from __future__ import annotations

import ast

import pytest

from lint_plugin.flow.reaching import Flow
from lint_plugin.flow.set_once import value_set_once

INIT = "class A:\n    def __init__(self, x):\n        self.x = x\n"
USE = "    def use(self):\n        return self.x\n"
SET_ONCE = {
    "in __init__": INIT + USE,
    "annotated": INIT.replace("self.x = x", "self.x: int = x") + USE,
    "another attribute by its name": INIT + USE + "def f(a): setattr(a, 'y', 1)\n",
    "the attribute is asked for by its name": INIT + USE + "def f(a): getattr(a, 'x')\n",
    "a class of the same attribute that only reads": INIT + USE + "class B:\n    def f(self): return self.x\n",
}
NOT = {
    "setattr": INIT + USE + "def f(a): setattr(a, 'x', 1)\n",
    "delattr": INIT + USE + "def f(a): delattr(a, 'x')\n",
    "object.__setattr__": INIT + USE + "def f(a): object.__setattr__(a, 'x', 1)\n",
    "deleted": INIT + USE + "def f(a): del a.x\n",
    "in another method": INIT + "    def other(self): self.x = 1\n" + USE,
    "from outside": INIT + USE + "def f(a): a.x = 1\n",
    "added to": INIT + "    def other(self): self.x += 1\n" + USE,
    "by a loop": INIT + "    def other(self):\n        for self.x in (1, 2): pass\n" + USE,
    "twice": INIT + "        self.x = 1\n" + USE,
    "on one branch": INIT.replace("self.x = x", "if x: self.x = x") + USE,
    "with another target": INIT.replace("self.x = x", "y = self.x = x") + USE,
    "as part of a tuple": INIT.replace("self.x = x", "self.x, y = x") + USE,
    "in another class": INIT + "class B:\n" + USE,
    "not in __init__": INIT.replace("__init__", "start") + USE,
    "of another object": INIT.replace("self.x = x", "x.x = x") + USE,
    "self is another one": INIT + USE.replace("return", "self = A(1)\n        return"),
    "self is none": INIT + "    @staticmethod\n" + USE,
    "in a function inside": INIT + "    def outer(self):\n    " + USE.replace("\n    ", "\n        "),
}


def value(source: str) -> ast.expr | None:
    tree = ast.parse(source)
    use = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "use")
    returned = next(node for node in ast.walk(use) if isinstance(node, ast.Return))
    assert returned.value is not None
    return value_set_once(Flow(tree), returned.value)


@pytest.mark.parametrize("source", SET_ONCE.values(), ids=SET_ONCE)
def test_set_once(source: str) -> None:
    found = value(source)
    assert found is not None and ast.unparse(found) == "x"


@pytest.mark.parametrize("source", NOT.values(), ids=NOT)
def test_may_be_another(source: str) -> None:
    assert value(source) is None
