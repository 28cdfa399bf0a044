"""The flow grows with the size of the code, whatever its shape."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse
from lint_plugin.flow.reaching import Flow
from lint_plugin.source.text import SourceText, nested_too_deeply

pytestmark = pytest.mark.slow


def lines(*parts: str, inside: str = "def f(a, b, c):") -> str:
    return "\n".join([inside, *("    " + line for part in parts for line in part.splitlines())]) + "\n"


def many(template: str, n: int) -> str:
    return "\n".join(template.replace("@", str(i)) for i in range(n))


def nested(opening: str, body: str, closing: str, n: int, step: str = "    ") -> str:
    """`n` compound statements in one another, each with `closing` after its body."""
    out = []
    for i in range(n):
        out += [step * i + line.replace("@", str(i)) for line in opening.splitlines()]
    out += [step * n + line for line in body.splitlines()]
    for i in reversed(range(n)):
        out += [step * i + line.replace("@", str(i)) for line in closing.splitlines()]
    return "\n".join(out)


# name: the source of size n, and n; work at 2n has to be at most 2.2 times the work at n
SHAPES: dict[str, tuple[Callable[[int], str], int]] = {
    "a function of many statements and variables": (lambda n: lines(many("x@ = a\nprint(x@)", n)), 1250),
    "many branches, then every variable read": (
        lambda n: lines(many("if a:\n    x@ = b", n), many("print(x@)", n)),
        700,
    ),
    "an elif chain, one variable": (
        lambda n: lines("x = 0", "if a: pass", many("elif a == @:\n    x = @", n), "print(x)"),
        1000,
    ),
    "an elif chain, many variables, in a loop": (
        lambda n: lines(
            "for i in a:\n    if a: pass\n" + many("    elif a == @:\n        x@ = @; print(x@)", n),
            many("print(x@)", n),
        ),
        250,
    ),
    "an elif chain with walruses": (
        lambda n: lines("if a: pass", many("elif (m := a(@)):\n    x = m", n), "print(x, m)"),
        250,
    ),
    "a match of many cases": (
        lambda n: lines("match a:", many("    case [@, x] if b:\n        y@ = x; print(y@)", n)),
        250,
    ),
    "many tries": (lambda n: lines(many("try:\n    x@ = a\nexcept E:\n    x@ = b\nprint(x@)", n)), 500),
    "one try with many statements": (
        lambda n: lines(
            "try:",
            many("    x@ = a", n),
            "except E:",
            many("    print(x@)", n),
            "finally:",
            many("    print(x@)", n),
        ),
        250,
    ),
    "many handlers": (
        lambda n: lines("try:", many("    x@ = a", n), many("except E@ as e:\n    print(e); y@ = x@", n), "print(y0)"),
        250,
    ),
    "many breaks, many variables": (
        lambda n: lines("for i in a:", many("    x@ = i\n    if x@: break\n    if b: continue", n), many("print(x@)", n)),
        250,
    ),
    "many breaks through a finally": (
        lambda n: lines(
            "for i in a:\n    try:",
            many("        x@ = i\n        if x@: break", n),
            "    finally:\n        x0 = b",
            many("print(x@)", n),
        ),
        250,
    ),
    "many returns in withs": (lambda n: lines(many("with a as x@:\n    if x@: return x@", n)), 500),
    "many closures over many definitions": (lambda n: many("x = @\ndef f@():\n    x", n), 250),
    "many functions with the same names": (lambda n: many("def f@(x):\n    y = x\n    return y", n), 500),
    "many nonlocals": (
        lambda n: lines("x = 0", many("def g@():\n    nonlocal x\n    x = @", n), "x = 1"),
        250,
    ),
    "many comprehensions with walruses": (
        lambda n: lines(many("[(x@ := i) for i in a if i]; print(x@)", n)),
        250,
    ),
    "many imports of submodules": (lambda n: many("import a.b@", n) + "\na", 500),
    "many attributes deleted": (lambda n: lines(many("x@ = a\ndel x@", n)), 500),
    "loops in loops": (lambda n: lines(nested("for i@ in a:\n    x@ = x", "x = i0", "x = x@", n)), 8),
    "tries in tries": (
        lambda n: lines(nested("try:\n    x@ = b", "x = 1", "except E as e@:\n    print(x)\n    x = x@", n)),
        8,
    ),
    "finally in finally": (
        lambda n: lines(nested("try:\n    x@ = b\nfinally:", "x = 1", "    x = x@", n)),
        8,
    ),
    "loop, try and finally in one another": (
        lambda n: lines(
            nested(
                "while a:\n    try:\n        x@ = b\n    finally:\n        x = 2\n    if x: break",
                "x = 1",
                "    x = x@",
                n,
            )
        ),
        8,
    ),
    "withs in withs": (lambda n: lines(nested("with a as w@:\n    x@ = w@", "x = 1", "x = x@", n)), 8),
}


Calls = Callable[[Callable[[], object]], int]


def ask_all(source: str, *, uses: bool = False) -> Callable[[], None]:
    """Asks about every name of a file, and for the uses of every definition."""
    tree = ast.parse(source)

    def ask() -> None:
        flow = Flow(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                flow.reach(node)
        for definition in flow.all_definitions() if uses else ():
            flow.uses(definition)

    return ask


# Branches times variables: each branch has an environment of its own, which is copied and joined (in microseconds).
BRANCHES_TIMES_VARIABLES = {
    "many branches, then every variable read",
    "an elif chain, many variables, in a loop",
    "a match of many cases",
    "many tries",
    "many handlers",
    "many breaks, many variables",
    "many breaks through a finally",
    "many comprehensions with walruses",
}
# Here every use may read every definition, so that the answer itself is of the size n * n.
SQUARE = {"many closures over many definitions", "many nonlocals", "many imports of submodules"}


@pytest.mark.parametrize("uses", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_work_is_linear(shape: str, uses: bool, calls: Calls) -> None:
    make, n = SHAPES[shape]
    if uses:
        n = min(n, 250)
    small, large = calls(ask_all(make(n), uses=uses)), calls(ask_all(make(2 * n), uses=uses))
    if n <= 100:  # Twice as deep, and each level passes on the changes inside it. Exponential would be 256 times.
        limit = 5.0
    else:
        limit = 4.2 if shape in BRANCHES_TIMES_VARIABLES or shape in SQUARE else 2.2
    assert large < limit * small


ORDINARY = {
    "5,000 lines in one function": lines(
        "x0 = x1 = x2 = a",
        many("if x0:\n    x1 = b(x2)\nfor i in x1:\n    x2 = i; print(x2)\nx0 = x1", 1000),
    ),
    "2,000 arms": lines("if a: pass", many("elif a == @:\n    x = b(@)\n    print(x)", 2000), "print(x)"),
    "2,000 cases": lines("match a:", many("    case [@, x] if b:\n        y = x; print(y)", 2000)),
    "2,000 operands": lines("x = " + " + ".join(["a"] * 2000)),
    "2,000 conditional expressions": lines("x = " + "a if b else " * 2000 + "c"),
}


@pytest.mark.parametrize("shape", ORDINARY)
def test_ordinary_large_code_costs_some_calls_a_node(shape: str, calls: Calls) -> None:
    source = ORDINARY[shape]
    nodes = sum(1 for _ in ast.walk(ast.parse(source)))
    assert calls(ask_all(source)) < 40 * nodes


def deep(shape: str) -> str:
    size = 900
    return {
        "calls": "x = a" + ".b(1)" * size,
        "attributes": "x = a" + ".b" * size,
        "subscripts": "x = a" + "[0]" * size,
        "additions": "x = " + " + ".join(["a"] * size),
        "operators to the right": "x = " + "-" * 150 + "a",
        "brackets": "x = " + "[" * 90 + "a" + "]" * 90,
        "parentheses": "x = " + "(" * 190 + "a" + ")" * 190,
        "tuple targets": "(" * 80 + "x" + ",)" * 80 + " = a",
        "conditions": "x = " + "a if b else " * size + "c",
        "lambdas": "x = " + "lambda: " * 150 + "a",
        "walruses": "x = " + "(y := " * 90 + "a" + ")" * 90,
        "comprehensions": "x = " + "[i for i in " * 60 + "a" + "]" * 60,
        "statements": nested("if a:", "x = a", "", 95, " "),
        "functions": nested("def f():", "x = a", "", 95, " "),
        "loops": nested("while a:", "x = a", "x = x", 95, " "),
        "classes": nested("class C:", "x = a", "", 95, " "),
        "elifs": "if a: pass\n" + "elif a: x = a\n" * size,
        "string annotation": "x: '" + "[" * 3000 + "a'",
    }[shape]


@pytest.mark.parametrize(
    "shape",
    [
        "calls",
        "attributes",
        "subscripts",
        "additions",
        "operators to the right",
        "brackets",
        "parentheses",
        "tuple targets",
        "conditions",
        "lambdas",
        "walruses",
        "comprehensions",
        "statements",
        "functions",
        "loops",
        "classes",
        "elifs",
        "string annotation",
    ],
)
def test_depth(shape: str) -> None:
    tree = ast.parse(deep(shape))
    flow = Flow(tree)
    for name in ("a", "b", "c", "x", "y", "i"):
        for node in flow.names(name):
            flow.reach(node)
            flow.scope_of(node)
            flow.reach_at(flow.statement_of(node), name)
    for definition in flow.all_definitions():
        flow.uses(definition)
        flow.hidden_uses(definition)


def test_an_unoptimised_chain_is_beyond_the_parser_not_beyond_the_flow() -> None:
    tree = ast.Module([ast.Expr(ast.Name("a", ast.Load()))], [])
    statement = tree.body[0]
    assert isinstance(statement, ast.Expr)
    for _ in range(20_000):
        statement.value = ast.BinOp(statement.value, ast.Add(), ast.Name("a", ast.Load()))
    flow = Flow(tree)
    assert len([name for name in flow.names("a") if flow.reach(name)]) == 20_001


TOO_DEEP = {
    "powers": "x = " + " ** ".join(["a"] * 900),
    "conditions": "x = " + "b if a and (" * 190 + "a" + ") else c" * 190,
}


@pytest.mark.parametrize("shape", TOO_DEEP)
def test_what_is_nested_too_deeply_is_an_error_for_that_file(shape: str) -> None:
    source = "y = recorder.run_dir\n" * 2 + TOO_DEEP[shape]
    text = SourceText(source.encode())
    analysis = analyse(text, Config(), "a.py")
    with pytest.raises(RecursionError):
        analysis.flow.reach(analysis.flow.names("a")[0])
    error = nested_too_deeply(analysis.tree)
    assert (error.line, error.message) == (3, "is nested too deeply to be analysed")


def test_the_same_import_in_every_branch_costs_what_one_does(calls: Calls) -> None:
    def work(count: int) -> int:
        arms = "".join(f"    if x == {n}:\n        import os\n        os.getcwd()\n" for n in range(count))
        flow = Flow(ast.parse(f"def f(x):\n{arms}"))
        return calls(lambda: [flow.reach(name) for name in flow.names("os")])

    assert work(400) < 2.2 * work(200)
