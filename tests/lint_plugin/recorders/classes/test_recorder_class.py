"""What is read from the source of a recorder class."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

import pytest

from lint_plugin.facts import KnownClass
from lint_plugin.recorders.classes.recorder_class import read_class, read_factories


def read(source: str, name: str = "R") -> KnownClass:
    """Read the class of that name; bases are the other classes of the source, by their names."""
    tree = ast.parse(textwrap.dedent(source))
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return read_class(classes[name], resolver(classes))


def resolver(classes: dict[str, ast.ClassDef]) -> Callable[[ast.expr, ast.ClassDef], ast.ClassDef | None]:
    return lambda base, owner: classes.get(base.id) if isinstance(base, ast.Name) else None


def in_init(body: str) -> str:
    return "class R:\n    def __init__(self, a):\n" + textwrap.indent(textwrap.dedent(body).strip(), " " * 8)


# what it is, source, attributes besides those of `object`
ATTRIBUTES = [
    ("method", "class R:\n    def save(self): ...", {"save"}),
    ("async method", "class R:\n    async def save(self): ...", {"save"}),
    ("property", "class R:\n    @property\n    def folder(self): ...", {"folder"}),
    ("property by call", "class R:\n    folder = property(f)", {"folder"}),
    ("class attribute", "class R:\n    a = b = 1\n    c, (d, *e) = f", {"a", "b", "c", "d", "e"}),
    ("annotated class attribute", "class R:\n    a: int\n    b: int = 1", {"a", "b"}),
    ("nested class", "class R:\n    class Meta:\n        a = 1\n        def m(self): self.b = 1", {"Meta"}),
    ("import in the body", "class R:\n    import os.path\n    from m import a as b", {"os", "b"}),
    (
        "compound statements in the body",
        """
        class R:
            if x:
                a = 1
            else:
                def b(self): ...
            try:
                c = 1
            except E as d:
                e = 1
            for f in g:
                h = [i for i in j]
            with k as l:
                m = lambda n: n
            match o:
                case [p, *q]:
                    r = 1
                case {"s": t, **u}:
                    pass
            (v := 1)
    """,
        set("abcdefhlmpqrtuv"),
    ),
    ("dict slots", "class R:\n    __slots__ = {'a': 'text'}", {"__slots__", "a"}),
    ("slots", "class R:\n    __slots__ = ('a', 'b')", {"__slots__", "a", "b"}),
    ("one slot", "class R:\n    __slots__ = 'a'", {"__slots__", "a"}),
    ("store", in_init("self.a = 1"), {"a"}),
    ("several targets", in_init("self.a = self.b = 1"), {"a", "b"}),
    ("tuple target", in_init("(self.a, [self.b, *self.c]) = a"), {"a", "b", "c"}),
    ("annotated store", in_init("self.a: int = 1\nself.b: int"), {"a", "b"}),
    ("augmented store", in_init("self.a += 1"), {"a"}),
    ("for and with targets", in_init("for self.a in a: pass\nwith a as self.b: pass"), {"a", "b"}),
    ("in a branch", in_init("if a:\n    try: pass\n    finally:\n        self.a = 1"), {"a"}),
    ("nested function", in_init("def later():\n    self.a = 1"), {"a"}),
    ("nested function with its own self", in_init("def later(self):\n    self.a = 1"), set()),
    ("class in a method", in_init("class C:\n    def m(self):\n        self.a = 1"), set()),
    ("another name for self", in_init("this = self\nthis.a = 1"), {"a"}),
    ("attribute of another object", in_init("a.b = 1\nself.c.d = 1"), set()),
    ("loads and deletes are no stores", in_init("self.a\ndel self.b\nself.c()\nself.d[0] = 1"), set()),
    (
        "another parameter name",
        "class R:\n    def m(me, self):\n        me.a = 1\n        self.b = 1",
        {"m", "a"},
    ),
    ("positional-only self", "class R:\n    def m(self, /):\n        self.a = 1", {"m", "a"}),
    ("static method", "class R:\n    @staticmethod\n    def m(self):\n        self.a = 1", {"m"}),
    ("class method", "class R:\n    @classmethod\n    def m(cls):\n        cls.a = 1", {"m", "a"}),
    (
        "class method that makes one",
        "class R:\n    @classmethod\n    def m(cls):\n        r = cls()\n        r.a = 1",
        {"m", "a"},
    ),
    (
        "static method that makes one",
        "class R:\n    @staticmethod\n    def m():\n        r = R()\n        r.a = 1",
        {"m", "a"},
    ),
    (
        "__new__",
        "class R:\n    def __new__(cls):\n        r = super().__new__(cls)\n        r.a = 1",
        {"a"},
    ),
    ("the class by name", in_init("R.a = 1\ntype(self).b = 1\nself.__class__.c = 1"), {"b", "c"}),
    (
        "setattr with a literal",
        in_init("setattr(self, 'a', 1)\nobject.__setattr__(self, 'b', 1)"),
        {"a", "b"},
    ),
    ("setattr of super", in_init("super().__setattr__('a', 1)\nself.__setattr__('b', 1)"), {"a", "b"}),
    ("setattr on another object", in_init("setattr(a, name, 1)\nsetattr(a, 'b', 1)"), set()),
    (
        "__setattr__ that passes on",
        "class R:\n    def __setattr__(self, n, v): super().__setattr__(n, v)",
        set(),
    ),
    (
        "generic",
        "class R(Generic[T], Protocol): ...",
        {"__class_getitem__", "__orig_bases__", "__orig_class__", "__parameters__", "_is_protocol"},
    ),
    ("abstract", "class R(ABC, metaclass=ABCMeta): ...", {"_abc_impl"}),
    ("decorators", "@final\n@functools.total_ordering\nclass R: ...", set()),
]


@pytest.mark.parametrize(("source", "attributes"), [c[1:] for c in ATTRIBUTES], ids=[c[0] for c in ATTRIBUTES])
def test_attributes(source: str, attributes: set[str]) -> None:
    found = read(source)
    assert found.attributes == attributes | set(dir(object))
    assert not found.open


def test_a_store_on_the_class_by_name_in_a_method() -> None:
    assert "a" in read_factories(ast.parse(in_init("R.a = 1")), ["R"])[0]


OPEN = [
    ("__getattr__", "class R:\n    def __getattr__(self, name): ..."),
    ("__getattribute__", "class R:\n    def __getattribute__(self, name): ..."),
    ("__getattr__ by assignment", "class R:\n    __getattr__ = f"),
    ("__getattr__ of a base", "class B:\n    def __getattr__(self, name): ...\nclass R(B): ..."),
    ("unresolved base", "class R(Unknown): ..."),
    ("unresolved base of a base", "class B(Unknown): ...\nclass R(B): ..."),
    ("unresolved dotted base", "class R(m.dict): ..."),
    ("computed base", "class R(*bases): ..."),
    ("metaclass", "class R(metaclass=Meta): ..."),
    ("metaclass of a base", "class B(metaclass=Meta): ...\nclass R(B): ..."),
    ("class keyword", "class R(flag=True): ..."),
    ("unknown decorator", "@register\nclass R: ..."),
    ("unknown decorator with arguments", "@register(1)\nclass R: ..."),
    ("decorator of a base", "@register\nclass B: ...\nclass R(B): ..."),
    ("computed slots", "class R:\n    __slots__ = names"),
    ("slots with a computed one", "class R:\n    __slots__ = ('a', name)"),
    ("setattr with a computed name", in_init("for k in a: setattr(self, k, 1)")),
    ("setattr with an f-string", in_init("setattr(self, f'{a}', 1)")),
    ("setattr in a nested function", in_init("def g(): setattr(self, a, 1)")),
    ("object.__setattr__ with a computed name", in_init("object.__setattr__(self, a, 1)")),
    ("__dict__ replaced", in_init("self.__dict__ = a")),
    ("__dict__ item", in_init("self.__dict__[a] = 1")),
    ("__dict__ update", in_init("self.__dict__.update(a)")),
    ("__dict__ merge", in_init("self.__dict__ |= a")),
    ("vars", in_init("vars(self).update(a)")),
    ("setattr through another name", in_init("this = self\nsetattr(this, a, 1)")),
]


@pytest.mark.parametrize("source", [c[1] for c in OPEN], ids=[c[0] for c in OPEN])
def test_open(source: str) -> None:
    assert read(source).open


def test_bases_are_read_nearest_last() -> None:
    found = read("""
        class A:
            def save(self, old): ...
            def load(self, name): ...
            def __init__(self): self.a = 1
        class B(A):
            b = 1
            def save(self, new): ...
        class R(B, A):
            c = 1
    """)
    assert {"a", "b", "c", "save", "load"} <= found.attributes
    assert found.methods["save"].names == ("new",)
    assert found.methods["load"].names == ("name",)
    assert not found.open


@pytest.mark.parametrize("bases", ["B, C", "B, A", "B"])
def test_the_first_base_comes_before_the_others(bases: str) -> None:
    found = read(f"""
        class A:
            def save(self, a): ...
        class B(A):
            def save(self, b): ...
        class C(A):
            def save(self, c): ...
        class R({bases}): ...
    """)
    assert found.methods["save"].names == ("b",)


def test_bases_in_a_circle_end() -> None:
    found = read("class A(R):\n    a = 1\nclass R(A):\n    b = 1")
    assert {"a", "b"} <= found.attributes


def test_a_generic_base_is_resolved_without_its_arguments() -> None:
    found = read("class A:\n    a = 1\nclass R(A[int]):\n    b = 1")
    assert {"a", "b"} <= found.attributes
    assert not found.open


@pytest.mark.parametrize(
    ("source", "attributes"),
    [
        ("@dataclass\nclass R:\n    a: int\n    b: int = 1", {"a", "b", "__dataclass_fields__"}),
        ("@dataclasses.dataclass(slots=True)\nclass R:\n    a: int = field()", {"a", "__dataclass_fields__"}),
        ("class R(NamedTuple):\n    a: int", {"a", "_replace", "_asdict", "index", "count"}),
        ("class R(Enum):\n    A = 1", {"A", "name", "value"}),
        ("class R(str, enum.Enum):\n    A = 1", {"A", "name", "value", "upper"}),
        ("class R(dict): ...", {"items", "update"}),
        ("class R(Exception): ...", {"args", "with_traceback"}),
    ],
)
def test_known_bases_and_decorators(source: str, attributes: set[str]) -> None:
    found = read(source)
    assert attributes <= found.attributes
    assert not found.open


SIGNATURES = [
    ("def m(self): ...", (), ()),
    ("def m(self, a, b=1): ...", ("a", "b"), ("a",)),
    ("def m(self, a, *, b, c=1): ...", ("a", "b", "c"), ("a", "b")),
    ("def m(self, /, a): ...", ("a",), ("a",)),
    ("def m(self, a, /, b): ...", ("b",), ("a", "b")),
    ("def m(self, a=1, /, b=2): ...", ("b",), ()),
    ("def m(self, *args, **kwargs): ...", (), ()),
    ("async def m(self, a): ...", ("a",), ("a",)),
    ("@staticmethod\n    def m(a, b): ...", ("a", "b"), ("a", "b")),
    ("@classmethod\n    def m(cls, a): ...", ("a",), ("a",)),
    ("@retry(3)\n    def m(self, a): ...", ("a",), ("a",)),
    ("def m(self, a): ...\n    def m(self, b): ...", ("b",), ("b",)),
    ("def n(self, a): ...\n    m = n", ("a",), ("a",)),
    ("if x:\n        def m(self, a): ...", ("a",), ("a",)),
]


@pytest.mark.parametrize(("source", "parameters", "required"), SIGNATURES)
def test_signatures(source: str, parameters: tuple[str, ...], required: tuple[str, ...]) -> None:
    found = read(f"class R:\n    {source}")
    assert found.methods["m"].names == parameters
    assert found.methods["m"].required == required


@pytest.mark.parametrize("decorator", ["property", "functools.cached_property", "m.setter"])
def test_properties_are_no_methods(decorator: str) -> None:
    found = read(f"class R:\n    @{decorator}\n    def m(self): ...")
    assert "m" not in found.methods
    assert "m" in found.attributes


FACTORIES = [
    ("def get():\n    r = R()\n    r.extra = 1\n    return r", {"extra"}),
    ("def get():\n    r = m.R(1)\n    r.extra: int = 1\n    return r", {"extra"}),
    ("def get():\n    with R() as r:\n        r.extra = 1", {"extra"}),
    ("def get():\n    if (r := R()):\n        r.a, r.b = 1, 2", {"a", "b"}),
    ("def get():\n    r: R = R()\n    setattr(r, 'extra', 1)", {"extra"}),
    ("def get():\n    global _current\n    _current = R()\n    _current.extra = 1", {"extra"}),
    ("def get():\n    r = Other()\n    r.extra = 1", set()),
    ("def get(r):\n    r.extra = 1", set()),
    ("async def get():\n    r = R()\n    r.extra = 1", {"extra"}),
]


@pytest.mark.parametrize(("source", "attributes"), FACTORIES)
def test_factories(source: str, attributes: set[str]) -> None:
    assert read_factories(ast.parse(source), ["R"])[0] == attributes


def test_what_a_module_adds() -> None:
    tree = ast.parse(
        textwrap.dedent("""
        current = R()
        current.a = 1
        R.b = 1
        r = get_recorder()
        def get_recorder():
            r = R()
            r.c = 1
            return r
        def prepare():
            r = get_recorder()
            r.d = 1
        def unrelated(r):
            r.e = 1
        class C:
            def m(self):
                self.r = R()
                r = R()
                r.f = 1
    """)
    )
    assert read_factories(tree, ["R"], ["get_recorder"]) == ({"a", "b", "c", "d", "f"}, False)
    assert read_factories(tree, ["R"]) == ({"a", "b", "c", "f"}, False)


def test_a_factory_that_sets_computed_names() -> None:
    tree = ast.parse("def get(**more):\n    r = R()\n    for k in more: setattr(r, k, 1)\n    return r")
    assert read_factories(tree, ["R"])[1]


def test_depth_is_no_matter() -> None:
    deep = "self.a = b" + ".c()" * 900
    assert "a" in read(in_init(deep)).attributes


def test_real_classes_have_what_is_read() -> None:
    """Against the truth: of classes of the standard library, `dir` has nothing that is not found."""
    import argparse
    import inspect
    import string
    import textwrap as wrapped

    for cls in (argparse.ArgumentParser, string.Formatter, wrapped.TextWrapper):
        tree = ast.parse(inspect.getsource(inspect.getmodule(cls)))  # type: ignore[arg-type]
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        found = read_class(classes[cls.__name__], resolver(classes))
        instance = cls()
        given = {
            "__dict__",
            "__module__",
            "__weakref__",
            "__annotations__",
            "__firstlineno__",
            "__static_attributes__",
        }
        assert set(dir(instance)) - given <= found.attributes
