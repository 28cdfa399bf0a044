"""What each name may read, as a table of exact sets.

The cases go by the rules F1 to F10 of the flow, which are told in RULES.

In each case a comment `# x: 1 3 -` says that the uses of `x` on its line read the definitions of lines 1 and
3, or find it unbound (`-`); `# x: none` that the line cannot be reached. Every use that is marked has to have
exactly that set.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Callable

import pytest

from lint_plugin.flow.reaching import UNBOUND, Flow

RULES = {
    "F1": "A name that is bound anywhere in a module, function, lambda, class or comprehension is local in all of it, unless it is "
    "declared global or nonlocal; a walrus in a comprehension binds in the scope around. Which binding counts is Python's rule.",
    "F2": "At the start of a scope all its names are unbound, but for parameters. A class body has names of its own, which its "
    "methods do not see; where one is unbound, the module's is read.",
    "F3": "Statements run in order, a value before its targets. An augmented assignment reads and binds, an annotation without a "
    "value binds nothing, `del` reads and unbinds.",
    "F4": "After `if`, a conditional expression, `and`, `or`, a comparison and `match`, any outcome may hold; without an `else` or "
    "a case that matches anything, also what held before.",
    "F5": "A loop may be entered from in front, from the end of its body and from each `continue`. It is left in front of a round, "
    "through its `else`, or by `break`; `while True` by `break` alone.",
    "F6": "An exception may come from anywhere: a handler begins with what held before the `try`, or any definition made in it. "
    "`finally` runs for each way in, and each goes on in its own way. A context manager may swallow an exception.",
    "F7": "After `return`, `raise`, `break` and `continue` nothing is reached: uses there have empty sets.",
    "F8": "What runs later (functions, lambdas, generator expressions, late annotations) may see every definition of a name from "
    "around it, and may find it unbound if it was when the code was created. `global` and `nonlocal` bind at any time.",
    "F9": "`locals()` and its like make a scope dynamic; with a constant key they are a use of one name alone (DYNAMIC, SPELLED).",
    "F10": "Strings in annotations, `__all__`, doctests and forward references are uses of module-level names (HIDDEN).",
}
CASES = {
    "F1 annotation without a value binds nothing, but is local": """
        x = 1
        def f():
            x: int
            print(x)  # x: -
    """,
    "F1 annotation of a name in parentheses is nothing at all": """
        x = 1
        def f():
            (x): int
            print(x)  # x: 1
    """,
    "F1 nonlocal without a binding around it": """
        def f():
            nonlocal __class__
            __class__ = 3
            print(__class__)  # __class__: 3
        __class__ = 5
    """,
    "F1 a comprehension's target is its own": """
        x = 1
        [x for x in c if x]  # x: 2
        print(x)  # x: 1
    """,
    "F1 a walrus in a comprehension in a lambda": """
        f = lambda: [[(x := i) for i in c], x]  # x: 1 -
        print(x)  # x: -
    """,
    "F1 global in the function around": """
        def f():
            x = 2
            def g():
                global x
                def h():
                    print(x)  # x: 7 -
        x = 7
        f()
    """,
    "F1 decorators, defaults, bases and annotations belong to the scope around": """
        x = 1
        @x  # x: 1
        def f(
            x: x  # x: 1
            = x,  # x: 1
        ) -> x:  # x: 1
            print(x)  # x: 4
        class x(
            x,  # x: 1
            k=x,  # x: 1
        ):
            pass
        print(x)  # x: 8
    """,
    "F2 a class body reads around itself, its methods do not read it": """
        x = 1
        class C:
            print(x)  # x: 1
            x = 4
            print(x)  # x: 4
            def m(self):
                return x  # x: 1
        print(x)  # x: 1
    """,
    "F2 a class body falls back to the module, not to the function": """
        x = 1
        def f():
            x = 3
            class C:
                print(x)  # x: 1
                x = 6
    """,
    "F2 a deletion in a class body is of its own name": """
        x = 1
        class C:
            del x  # x: -
    """,
    "F3 straight line": """
        x = 1
        print(x)  # x: 1
        x = x  # x: 1
        print(x)  # x: 3
    """,
    "F3 augmented assignment reads and binds": """
        x = 1
        x += 2  # x: 1
        print(x)  # x: 2
    """,
    "F3 an annotated assignment reads its value before it binds": """
        x = 1
        x: int = x  # x: 1
        print(x)  # x: 2
    """,
    "F3 del": """
        x = 1
        del x  # x: 1
        print(x)  # x: -
    """,
    "F3 unpacking": """
        (x, [y, *z]), w = x = c
        print(x, y, z, w)  # x: 1; y: 1; z: 1; w: 1
    """,
    "F3 imports": """
        import a.b
        import c.d as e
        from f import g as h
        print(a, e, h, c, g)  # a: 1; e: 2; h: 3; c: -; g: -
    """,
    "F3 several submodules of one package": """
        import a.b
        import a.c
        print(a)  # a: 1 2
        import a.d as a
        print(a)  # a: 4
    """,
    "F3 a star import may bind anything": """
        x = 1
        from m import *
        print(x, y)  # x: 1 2; y: 2 -
        x = 4
        print(x)  # x: 4
    """,
    "F3 a list comprehension runs where it stands": """
        x = 1
        [x for i in x]  # x: 1
        x = 3
    """,
    "F3 order of evaluation": """
        x = 1
        f((x := 2), x)  # x: 2
        {x: (x := 3), x: 0}
        a[(x := 4)] = x  # x: 3
        print(x)  # x: 4
    """,
    "F3 a value is read before its targets are bound, from left to right": """
        x = y = x  # x: -
        x, z[x] = y  # x: 2; y: 1
    """,
    "F4 if without else joins the entry": """
        x = 1
        if c:
            x = 3
        print(x)  # x: 1 3
    """,
    "F4 if with else replaces": """
        x = 1
        if c:
            x = 3
        else:
            x = 5
        print(x)  # x: 3 5
    """,
    "F4 elif chain, one arm binds nothing": """
        if c:
            x = 2
        elif d:
            pass
        elif e:
            x = 6
        else:
            x = 8
        print(x)  # x: 2 6 8 -
    """,
    "F4 a test's walrus holds in later arms": """
        if (x := c):
            print(x)  # x: 1
        elif (x := d) and x:  # x: 3
            print(x)  # x: 3
        print(x)  # x: 1 3
    """,
    "F4 if expression": """
        y = (x := 1) if c else 2
        print(x)  # x: 1 -
    """,
    "F4 and, or": """
        a and (x := 1) and x  # x: 1
        print(x)  # x: 1 -
        (y := 1) or a
        print(y)  # y: 3
    """,
    "F4 chained comparison": """
        a < (x := 1) < (y := 2)
        print(x, y)  # x: 1; y: 1 -
    """,
    "F4 match without an irrefutable case": """
        x = 0
        match c:
            case 1:
                x = 4
            case 2:
                x = 6
        print(x)  # x: 1 4 6
    """,
    "F4 match with one": """
        match c:
            case [x, *rest]:
                print(x, rest)  # x: 2; rest: 2
            case {"k": x, **rest}:
                x = 5
            case x:
                pass
        print(x, rest)  # x: 2 5 6; rest: 2 4 -
    """,
    "F4 a guard that fails leaves its captures": """
        match c:
            case [x] if x:  # x: 2
                pass
            case _:
                print(x)  # x: 2 -
    """,
    "F4 alternatives in a pattern": """
        match c:
            case [
                (1, x)
                | (2, x)
            ]:
                print(x)  # x: 3 4
    """,
    "F4 assert": """
        assert c, (x := 1)
        print(x)  # x: -
    """,
    "F5 for: the target may stay unbound": """
        for x in c:
            print(x)  # x: 1
        print(x)  # x: 1 -
    """,
    "F5 for: what the body binds comes round": """
        x = 1
        for i in c:
            print(x)  # x: 1 4
            x = 4
        print(x)  # x: 1 4
    """,
    "F5 for else": """
        for i in c:
            if i:
                x = 3
                break
        else:
            x = 6
        print(x)  # x: 3 6
    """,
    "F5 continue": """
        x = 1
        for i in c:
            print(x)  # x: 1 5 8
            if i:
                x = 5
                continue
            x = 7
            x = 8
        print(x)  # x: 1 5 8
    """,
    "F5 while true leaves by break only": """
        x = 1
        while True:
            x = 3
            if c:
                x = 5
                break
            x = 7
        print(x)  # x: 5
    """,
    "F5 while true without break never ends": """
        while True:
            x = 2
        print(x)  # x: none
    """,
    "F5 while: the test is evaluated before leaving": """
        while (x := c):
            x = 2
        print(x)  # x: 1
    """,
    "F5 break in the else of an inner loop belongs to the outer": """
        for i in c:
            x = 2
            while d:
                pass
            else:
                break
            x = 7
        else:
            x = 9
        print(x)  # x: 2 9
    """,
    "F5 nested loops": """
        x = 1
        for i in c:
            for j in d:
                print(x)  # x: 1 5 6
                x = 5
            x = 6
        print(x)  # x: 1 6
    """,
    "F5 a walrus in a comprehension may or may not run": """
        x = 1
        [(x := i) for i in c]
        print(x)  # x: 1 2
    """,
    "F5 a while that is never true is left at once": """
        x = 1
        while 0:
            x = 3
        print(x)  # x: 1 3
    """,
    "F5 an inner loop of a comprehension may see its own target of the round before": """
        [
            0 for a in c for b in
            (b if a else d)  # b: 2 -
        ]
    """,
    "F5 async": """
        async def f():
            x = 2
            async for x in c:
                print(x)  # x: 3
            async with c as y:
                x = 6
            print(x, y)  # x: 2 3 6; y: 5
            [x async for x in c]  # x: 8
    """,
    "F5 what comes round an inner loop comes round the outer": """
        for i in c:
            print(x)  # x: 4 -
            for j in d:
                x = 4
                continue
                x = 6
    """,
    "F6 a handler is entered from anywhere in the body": """
        x = 1
        try:
            x = 3
            if c:
                x = 5
            else:
                del x
            x = 8
        except E:
            print(x)  # x: 1 3 5 8 -
        print(x)  # x: 1 3 5 8 -
    """,
    "F6 try else": """
        try:
            x = 2
        except E:
            x = 4
        else:
            print(x)  # x: 2
            x = 7
        print(x)  # x: 4 7
    """,
    "F6 a handler that raises": """
        try:
            x = 2
        except E:
            raise
        print(x)  # x: 2
    """,
    "F6 the else of a try is not covered by its handlers": """
        x = 1
        try:
            pass
        except E:
            print(x)  # x: 1
        else:
            x = 7
    """,
    "F6 finally is entered from everywhere, and left with the normal values only": """
        x = 1
        try:
            x = 3
            x = 4
        finally:
            print(x)  # x: 1 3 4
            y = 7
        print(x, y)  # x: 4; y: 7
    """,
    "F6 finally that may rebind": """
        x = 1
        try:
            x = 3
        finally:
            if c:
                x = 6
        print(x)  # x: 3 6
    """,
    "F6 break through finally": """
        for i in c:
            x = 2
            try:
                if d:
                    x = 5
                    break
            finally:
                y = 8
            x = 9
        else:
            x = 11
            y = 12
        print(x, y)  # x: 5 11; y: 8 12
    """,
    "F6 continue through finally, which rebinds": """
        x = 1
        for i in c:
            print(x)  # x: 1 9 10
            try:
                if d:
                    x = 6
                    continue
            finally:
                x = 9
            x = 10
    """,
    "F6 return in finally": """
        def f():
            try:
                x = 3
            finally:
                return
            print(x)  # x: none
    """,
    "F6 the handler's name is unbound after it": """
        e = 1
        try:
            pass
        except E as e:
            print(e)  # e: 4
        print(e)  # e: 1 -
    """,
    "F6 the handler's name is unbound by break too": """
        for i in c:
            try:
                pass
            except E as e:
                break
        print(e)  # e: -
    """,
    "F6 with: an unknown context manager may swallow": """
        x = 1
        with suppress(E):
            x = 3
            x = 4
        print(x)  # x: 1 3 4
    """,
    "F6 with: code after a return may be reached": """
        def f():
            with lock:
                return
            x = 4
            print(x)  # x: 4
    """,
    "F6 with open": """
        x = 1
        with open(p) as f:
            x = 3
        print(x, f)  # x: 3; f: 2
    """,
    "F6 with: the file's own open": """
        x = 1
        with open(p) as f:
            x = 3
        print(x)  # x: 1 3
        def open(p): ...
    """,
    "F6 with: the second manager is under the first": """
        with a as x, b as y:
            pass
        print(x, y)  # x: 1; y: 1 -
    """,
    "F6 with: what is unpacked is under the manager too": """
        x = 1
        with a as (x, y):
            pass
        print(x, y)  # x: 1 2; y: 2 -
    """,
    "F6 except star: several handlers may run": """
        try:
            pass
        except* E:
            x = 4
        except* F:
            print(x)  # x: 4 -
            y = 7
        print(x, y)  # x: 4 -; y: 7 -
    """,
    "F6 except star: a handler that raises does not keep the next from running": """
        try:
            pass
        except* E:
            x = 4
            raise F
        except* F:
            print(x)  # x: 4 -
    """,
    "F6 import in a try": """
        try:
            import x
        except ImportError:
            x = None
        print(x)  # x: 2 4
    """,
    "F6 a return in finally swallows the exception": """
        def f():
            while c:
                try:
                    x = 4
                    raise E
                finally:
                    break
            print(x)  # x: 4 -
    """,
    "F6 finally in finally in finally in finally: the ways in are taken together": """
        for i in c:
            x = 2
            try:
                x = 4
            finally:
                try:
                    a()
                finally:
                    try:
                        a()
                    finally:
                        try:
                            x = 13
                        finally:
                            print(x)  # x: 2 4 13
            print(x)  # x: 4 13
    """,
    "F7 code after a finally whose try never ends normally": """
        def f():
            try:
                return 3
            finally:
                x = 5
                print(x)  # x: 5
            print(x)  # x: none
    """,
    "F7 code after return": """
        def f():
            x = 2
            return x  # x: 2
            print(x)  # x: none
    """,
    "F7 nothing holds after a loop that never ends": """
        x = 1
        while True:
            try:
                continue
            finally:
                x = 6
        print(x)  # x: none
    """,
    "F8 a walrus in a generator expression runs at any time": """
        def f():
            g = ((x := i) for i in c)
            x = 3
            print(x)  # x: 2 3
    """,
    "F8 closures see every definition": """
        def f():
            x = 2
            def g():
                return x  # x: 2 5
            x = 5
    """,
    "F8 closures made before the binding may find it unbound": """
        def f():
            def g():
                return x  # x: 4 -
            x = 4
    """,
    "F8 closures may find a deleted name unbound": """
        x = 1
        def f():
            return x  # x: 1 -
        del x
    """,
    "F8 lambda": """
        x = 1
        f = lambda y=x: (  # x: 1
            x + y  # x: 1 5; y: 2
        )
        x = 5
    """,
    "F8 generator expression: only its first iterable is evaluated now": """
        x = 1
        g = (x for i in x)
        x = 3
        h = (
            i for i in
            x  # x: 3
        )
    """,
    "F8 module names in functions": """
        x = 1
        def f():
            print(x)  # x: 1 4
        x = 4
    """,
    "F8 global from another function": """
        x = 1
        def f():
            global x
            x = 4
        print(x)  # x: 1 4
        def g():
            print(x)  # x: 1 4
    """,
    "F8 global in the function itself": """
        def f():
            global x
            x = 3
            x = 4
            print(x)  # x: 3 4 -
    """,
    "F8 nonlocal": """
        def f():
            x = 2
            def g():
                nonlocal x
                x = 5
            x = 6
            print(x)  # x: 5 6
    """,
}
SINCE_312 = {
    "F1 type parameters": """
        class C[T]:
            def m[U](self, t: T, u: U): ...  # T: 1; U: 2
            x: T  # T: 1
        print(T)  # T: -
    """,
    "F1 type statement": """
        type A[T] = list[T] | B  # T: 1; B: 2 -
        B = 1
        print(A)  # A: 1
    """,
}


def expected(source: str) -> dict[tuple[int, str], set[str]]:
    found: dict[tuple[int, str], set[str]] = {}
    for number, line in enumerate(source.splitlines(), 1):
        comment = re.search(r"#(.*)", line)
        for part in comment[1].split(";") if comment else ():
            name, _, lines = part.partition(":")
            found[number, name.strip()] = set(lines.split()) - {"none"}
    return found


@pytest.mark.parametrize(
    "source",
    [*CASES.values(), *(SINCE_312.values() if sys.version_info >= (3, 12) else ())],
    ids=[*CASES, *(SINCE_312 if sys.version_info >= (3, 12) else ())],
)
def test_reach(source: str) -> None:
    source = textwrap.dedent(source).strip()
    tree = ast.parse(source)
    flow = Flow(tree)
    found: dict[tuple[int, str], list[set[str]]] = {}
    for name in [name for text in {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} for name in flow.names(text)]:
        lines = {"-" if d is UNBOUND else str(getattr(d.node, "lineno", 0)) for d in flow.reach(name)}
        found.setdefault((name.lineno, name.id), []).append(lines)
    for place, lines in expected(source).items():
        assert all(one == lines for one in found[place]), f"{place}: {found[place]}, not {lines}"


def test_every_rule_has_cases() -> None:
    assert {name.partition(" ")[0] for name in CASES} | {"F9", "F10"} == set(RULES)
    assert sum(len(expected(textwrap.dedent(source).strip())) for source in CASES.values()) > 90


def parse(source: str) -> tuple[ast.Module, Flow]:
    tree = ast.parse(textwrap.dedent(source))
    return tree, Flow(tree)


def name_at(flow: Flow, name: str, line: int) -> ast.Name:
    return next(node for node in flow.names(name) if node.lineno == line)


# ---------------------------------------------------------------- definitions

KINDS = [
    ("x = 1", "assign", "1"),
    ("x: int = 1", "assign", "1"),
    ("x = y = 1", "assign", "1"),
    ("x, y = 1, 2", "unpack", "(1, 2)"),
    ("[y, *x] = z", "unpack", "z"),
    ("x += 1", "aug", "1"),
    ("for x in z: pass", "for", "z"),
    ("for y, x in z: pass", "for", "z"),
    ("with z as x: pass", "with", "z"),
    ("with z as (x, y): pass", "with", "z"),
    ("try: pass\nexcept E as x: pass", "except", "E"),
    ("import x", "import", None),
    ("import x.y", "import", None),
    ("import y.z as x", "import", None),
    ("from m import y as x", "import", None),
    ("def x(): pass", "def", None),
    ("async def x(): pass", "def", None),
    ("class x: pass", "class", None),
    ("match z:\n    case [x]: pass", "match", "z"),
    ("match z:\n    case [*x]: pass", "match", "z"),
    ("match z:\n    case {**x}: pass", "match", "z"),
    ("match z:\n    case int() as x: pass", "match", "z"),
    ("(x := 1)", "walrus", "1"),
    ("del x", "del", None),
    ("def f(x): pass", "param", None),
    ("def f(*x): pass", "param", None),
    ("def f(*, x=1): pass", "param", None),
    ("def f(x, /): pass", "param", None),
    ("lambda **x: 0", "param", None),
    ("[0 for x in z]", "comp", "z"),
    ("{x: 0 for y, x in z}", "comp", "z"),
]


@pytest.mark.parametrize(("source", "kind", "value"), KINDS)
def test_kind_and_value(source: str, kind: str, value: str | None) -> None:
    _, flow = parse(source)
    (definition,) = (d for d in flow.all_definitions() if d.name == "x" and (kind == "del" or d.kind != "del"))
    assert definition.kind == kind
    assert (definition.value and ast.unparse(definition.value)) == value
    assert definition.statement is flow.tree.body[0]
    assert definition.alias is (definition.node if kind == "import" else None)


def test_an_import_statement_has_a_definition_for_each_alias() -> None:
    tree, flow = parse("import os, shutil as sh")
    statement = tree.body[0]
    assert isinstance(statement, ast.Import)
    assert [d.alias for d in flow.all_definitions()] == statement.names


# ---------------------------------------------------------------- uses


def test_uses_are_in_order_of_the_source_and_include_closures() -> None:
    _, flow = parse("""
        def f():
            return path, path
        path = 1
        print(path)
        path = 2
        print(path)
        path += 3
    """)
    first, second, third = flow.definitions(flow.module, "path")
    assert [name.lineno for name in flow.uses(first)] == [3, 3, 5]
    assert [name.lineno for name in flow.uses(second)] == [3, 3, 7, 8]
    assert [name.lineno for name in flow.uses(third)] == [3, 3]
    assert flow.is_closure_use(flow.uses(first)[0])
    assert not flow.is_closure_use(flow.uses(first)[2])


def test_a_deletion_is_a_use() -> None:
    _, flow = parse("x = 1\ndel x")
    definition = flow.definitions(flow.module, "x")[0]
    assert [type(name.ctx) for name in flow.uses(definition)] == [ast.Del]


def test_uses_through_a_class_body() -> None:
    _, flow = parse("x = 1\nclass C:\n    x = x\n")
    assert [name.lineno for name in flow.uses(flow.definitions(flow.module, "x")[0])] == [3]


def test_a_shadowed_name_is_no_use() -> None:
    _, flow = parse("x = 1\ndef f(x):\n    return x\nclass C:\n    x = 2\n    y = x\n")
    assert flow.uses(flow.definitions(flow.module, "x")[0]) == ()


# F10
HIDDEN = [
    ("from m import X\ndef f(a: 'X'): ...", [2]),
    ("from m import X\ndef f() -> 'list[X]': ...", [2]),
    ("from m import X\ndef f(*a: list['X']): ...", [2]),
    ("from m import X\na: 'X'", [2]),
    ("from m import X\nclass C:\n    a: 'X | None' = None", [3]),
    ("from m import X\ndef f():\n    a: 'X'", [3]),
    ("from m import X\nT = TypeVar('T', bound='X')", [2]),
    ("from m import X\na = cast('X', b)", [2]),
    ("from m import X\nA = Optional['X']", [2]),
    ("from m import X\n__all__ = ['X']", [2]),
    ("from m import X\n__all__ += ['X']", [2]),
    ("from m import X\n__all__: list[str] = ['X']", [2]),
    ("from m import X\n__all__.append('X')", [2]),
    ("from m import X\n__all__.extend(['X', 'Y'])", [2]),
    ("from m import X\ndef f():\n    '''\n    >>> X()\n    '''", [3]),
    ("from m import X\nclass C:\n    '''Text.\n    >>> for x in y:\n    ...     X()\n    '''", [3]),
    ("from m import X\na: Literal['X']", []),
    ("from m import X\na = 'X'", []),
    ("from m import X\ndef f():\n    '''X.'''", []),
    ("from m import X\ndef f():\n    X = 1\n    a: 'X'", []),
    ("from m import X\na: 'X +'", [2]),
    ("from m import X\nd['X']", []),
    ("import sys\nfrom m import X\ngetattr(sys.modules[__name__], 'X')", [3]),
    ("from m import X\ndef f():\n    with patch('app.X.run'): pass", [3]),
    ("from m import X\nsend('X')", []),
]


@pytest.mark.parametrize(("source", "lines"), HIDDEN)
def test_hidden_uses(source: str, lines: list[int]) -> None:
    _, flow = parse(source)
    (definition,) = flow.definitions(flow.module, "X")
    assert [node.lineno for node in flow.hidden_uses(definition)] == lines  # type: ignore[attr-defined]
    assert flow.uses(definition) == ()


def test_late_annotations_are_uses_from_later() -> None:
    _, flow = parse("from __future__ import annotations\ndef f(a: X) -> X: ...\nclass X: ...\n")
    (definition,) = flow.definitions(flow.module, "X")
    assert len(flow.uses(definition)) == 2
    assert flow.is_closure_use(flow.uses(definition)[0])


# ---------------------------------------------------------------- scopes and places

# F9
DYNAMIC = [
    ("def f():\n    locals()", {"f"}),
    ("def f():\n    '%(x)s' % locals()", {"f"}),
    ("def f():\n    '{x}'.format(**vars())", {"f"}),
    ("def f():\n    vars(a)", set()),
    ("def f():\n    dir()", {"f"}),
    ("def f():\n    dir(a)", set()),
    ("def f():\n    eval(a)", {"f", "module"}),
    ("def f():\n    exec(a)", {"f", "module"}),
    ("def f():\n    globals()", {"module"}),
    ("def f():\n    def g():\n        locals()", {"g"}),
    ("def f():\n    [locals() for i in a]", {"f", "ListComp"}),
    ("class C:\n    locals()", {"C"}),
    ("locals()", {"module"}),
    ("def f():\n    a.locals()", set()),
    ("def f():\n    sys._getframe().f_locals", {"f"}),
    ("def f():\n    'x' in locals()", set()),
    ("def f():\n    'x' not in locals()", set()),
    ("def f():\n    'x' in vars()", set()),
    ("def f():\n    'x' in dir()", set()),
    ("def f():\n    'x' in globals()", set()),
    ("def f():\n    locals()['x']", set()),
    ("def f():\n    globals()['x']", set()),
    ("def f():\n    locals().get('x')", set()),
    ("def f():\n    locals().get('x', 1)", set()),
    ("def f():\n    x in locals()", {"f"}),
    ("def f():\n    locals() in 'x'", {"f"}),
    ("def f():\n    'x' in locals() in y", {"f"}),
    ("def f():\n    'x' in list(locals())", {"f"}),
    ("def f():\n    locals()[x]", {"f"}),
    ("def f():\n    locals()['x'] = 1", {"f"}),
    ("def f():\n    del locals()['x']", {"f"}),
    ("def f():\n    globals()['x'] = 1", {"module"}),
    ("def f():\n    locals().get(x)", {"f"}),
    ("def f():\n    locals().get", {"f"}),
    ("def f():\n    locals().pop('x')", {"f"}),
    ("def f():\n    locals().get(*x)", {"f"}),
    ("def f():\n    locals.get('x')", {"f"}),
    ("def f():\n    dir()['x']", {"f"}),
    ("def f():\n    'x' in eval('locals()')", {"f", "module"}),
]


@pytest.mark.parametrize(("source", "names"), DYNAMIC)
def test_dynamic_scopes(source: str, names: set[str]) -> None:
    _, flow = parse(source)
    found = {s for s in flow.scopes() if s.dynamic}
    assert {getattr(s.node, "name", "module" if s.parent is None else type(s.node).__name__) for s in found} == names


SPELLED = [
    ("def f():\n    x = y = 1\n    'x' in locals()", {("x", 2)}),
    ("def f():\n    x = y = 1\n    return locals()['x']", {("x", 2)}),
    ("def f():\n    x = y = 1\n    return [locals().get('x') for i in y]", {("x", 2)}),
    ("x = y = 1\ndef f():\n    x = y = 2\n    'x' in globals()", {("x", 1)}),
    ("x = 1\ndef f():\n    global x\n    x = 2\n    'x' in locals()", {("x", 1), ("x", 4)}),
    ("def f():\n    x = 1\n    'y' in locals()", set()),
    ("def f():\n    x = 1\n    'x' in [locals()]", set()),
]


@pytest.mark.parametrize(("source", "names"), SPELLED)
def test_a_constant_name_in_locals_is_a_use_of_that_name(source: str, names: set[tuple[str, int]]) -> None:
    _, flow = parse(source)
    found = [d for d in flow.all_definitions() if flow.spelled_uses(d)]
    assert {(d.name, d.statement.lineno) for d in found} == names
    for definition in found:
        assert set(flow.spelled_uses(definition)) <= set(flow.hidden_uses(definition))
        assert definition.name in flow.spelled_names


def test_a_star_import_opens_the_module() -> None:
    _, flow = parse("from m import *")
    assert flow.module.open
    assert not parse("from m import a")[1].module.open


def test_scopes() -> None:
    tree, flow = parse("""
        import m
        def f(a, *b):
            global g
            g = c = [d for d in a if (e := d)]
            def inner():
                nonlocal c
                c = h
                return lambda i: i
            class C:
                j = 1
    """)
    function = tree.body[1]
    assert isinstance(function, ast.FunctionDef)
    scope = flow.scope_of(function.body[0])
    assert scope.kind == "function" and scope.parent is flow.module
    assert set(scope.variables) == {"a", "b", "c", "e", "inner", "C"}
    assert scope.globals == {"g"}
    assert set(flow.module.variables) == {"m", "f", "g"}
    by_kind = {s.kind: s for s in flow.scopes() if s is not scope and s.kind != "module"}
    assert set(by_kind) == {"function", "lambda", "class", "comprehension"}
    inner = by_kind["function"]
    assert inner.nonlocals == {"c"} and set(inner.variables) == set()
    assert flow.resolve(inner, "c") is scope
    assert flow.resolve(inner, "g") is flow.module
    assert flow.resolve(inner, "h") is None
    assert flow.resolve(by_kind["class"], "a") is scope
    assert flow.resolve(by_kind["lambda"], "j") is None
    assert [d.kind for d in flow.definitions(inner, "c")] == ["assign", "assign"]
    assert [d.statement.lineno for d in flow.definitions(inner, "c")] == [5, 8]


PLACES = [
    ("def f(a=(here)): pass", "module"),
    ("def f(a: (here)): pass", "module"),
    ("@(here)\ndef f(): pass", "module"),
    ("class C(here): pass", "module"),
    ("class C:\n    here", "class"),
    ("def f():\n    return g(here.b)", "function"),
    ("lambda a=here.b: 0", "module"),
    ("lambda a: here.b", "lambda"),
    ("[a for a in here.b]", "module"),
    ("[a for a in b for c in here.b]", "comprehension"),
    ("[here.b for a in b]", "comprehension"),
    ("[a for a in b if here.b]", "comprehension"),
    ("(here.b for a in b)", "comprehension"),
]


@pytest.mark.parametrize(("source", "kind"), PLACES)
def test_scope_of(source: str, kind: str) -> None:
    tree, flow = parse(source)
    here = next(n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "here")
    node: ast.AST = here
    while node is not None and not isinstance(node, ast.stmt):
        if kind != "module" and node in {s.node for s in flow.scopes()}:
            break
        if isinstance(node, (ast.Name, ast.Attribute, ast.Call)):
            assert flow.scope_of(node).kind == kind
        parent = flow.parent(node)
        assert parent is not None
        node = parent
    assert flow.statement_of(here) in tree.body or flow.statement_of(flow.statement_of(here)) is flow.statement_of(here)


def test_every_node_has_its_parent() -> None:
    tree, flow = parse("\n".join(textwrap.dedent(source) for source in CASES.values() if "return" not in source))
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)):
                assert flow.parent(child) is node, ast.dump(child)
    assert flow.parent(tree) is None
    seen: set[ast.AST | None] = {tree}
    for node in flow.nodes():
        assert not isinstance(node, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop))
        parent = flow.parent(node)
        assert parent in seen
        seen.add(node)


# ---------------------------------------------------------------- reach_at

REACH_AT = """
x = 0
if c:
    x = 4
    a1
elif d:
    a2
else:
    x = 9
    a3
for i in x:
    a4
    x = 13
try:
    x = 15
    a5
except E:
    a6
def f():
    a7
    y = 21
    a8
    return
    a9
class C:
    a10
    x = 26
    a11
"""
AT = [
    ("a1", "x", {4}),
    ("a2", "x", {2}),
    ("a3", "x", {9}),
    ("a4", "x", {4, 2, 9, 13}),
    ("a5", "x", {15}),
    ("a6", "x", {4, 2, 9, 13, 15}),
    ("a7", "x", {4, 2, 9, 13, 15}),
    ("a7", "y", {0}),
    ("a8", "y", {21}),
    ("a9", "y", set()),
    ("a10", "x", {4, 2, 9, 13, 15}),
    ("a11", "x", {27}),
    ("a1", "unknown", {0}),
]


@pytest.mark.parametrize(("marker", "name", "lines"), AT)
def test_reach_at(marker: str, name: str, lines: set[int]) -> None:
    _, flow = parse(REACH_AT)
    statement = flow.statement_of(flow.names(marker)[0])
    found = {0 if d is UNBOUND else d.statement.lineno for d in flow.reach_at(statement, name)}
    assert found == lines


def test_reach_at_an_elif() -> None:
    tree, flow = parse("x = 1\nif (x := 2):\n    pass\nelif x:\n    x = 5\n")
    outer = tree.body[1]
    assert isinstance(outer, ast.If)
    assert {d.statement.lineno for d in flow.reach_at(outer, "x")} == {1}
    assert {d.statement.lineno for d in flow.reach_at(outer.orelse[0], "x")} == {2}


def test_a_stored_name_reads_nothing() -> None:
    tree, flow = parse("x = 1\nx = 2")
    statement = tree.body[1]
    assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    assert flow.reach(statement.targets[0]) == frozenset()


def test_a_function_is_walked_only_when_it_is_asked_about(calls: Callable[[Callable[[], object]], int]) -> None:
    source = "def f():\n    x = 1\n    print(x)\n" + "def g():\n" + "    y = 1\n" * 1000
    _, flow = parse(source)
    assert calls(lambda: flow.reach(name_at(flow, "x", 3))) < 100
