"""Plans become text: the seed's block, overlapping plans, plans that do not hold, imports that are added, any
encoding."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst as cst
import pytest

from codemods.edits import (
    AddImport,
    Argument,
    Assign,
    Call,
    Candidate,
    Code,
    Edit,
    Evaluate,
    Expression,
    Field,
    FixPlan,
    Mapping,
    ReadFile,
    RemoveStatement,
    RenameAttribute,
    RenameName,
    ReplaceExpression,
    ReplaceStatement,
    Span,
    Template,
    Text,
)
from codemods.rewrite.apply import Applied, apply
from codemods.rewrite.printing import TreePrinter, print_slices
from lint_plugin.source.text import SourceError, SourceText

SEED = (Path(__file__).parents[2] / "data" / "seed_block.py").read_text()
HEAD = SEED[: SEED.index("            import shutil")]
TAIL = SEED[SEED.index("            except Exception") :]
SAVED = """\
            try:
                with open(filesystem_path, 'rb') as f:
                    file_data = f.read()
                saved_filename = recorder.save_entity(
                    entity_type=f'output_{media_type}',
                    content=file_data,
                    metadata={
@                        'seed': seed,
                        'filesystem_path': filesystem_path,
                    },
                )
                logger.info(f"Copied {media_type} from filesystem: {saved_filename}")
"""
CHAIN = SEED[SEED.index("            # Determine") : SEED.index("            output_filename =")]


def span(text: str, old: str, *, after: str = "") -> Span:
    """Where the first `old` behind the first `after` stands."""
    start = len(text[: text.index(old, text.index(after))].encode())
    return Span(start, start + len(old.encode()))


def call(function: str, *arguments: str) -> Call:
    return Call(Code(function), tuple(Argument(Code(argument)) for argument in arguments))


def renames(text: str, name: str = "run_folder") -> list[FixPlan]:
    """One plan for each `recorder.run_dir`."""
    found, start = [], text.find("recorder.run_dir")
    while start >= 0:
        at = len(text[:start].encode())
        found.append(FixPlan("LPR001", at, "safe", (RenameAttribute(Span(at, at + 16), name),), rank=1))
        start = text.find("recorder.run_dir", start + 1)
    return found


def seed_plan(text: str, detects: bool, function: str = "def store_output(") -> FixPlan:
    """What is decided about the seed's block in one function."""
    items: list[tuple[str, Expression]] = [] if detects else [("format", Code("ext"))]
    items += [("seed", Code("seed")), ("filesystem_path", Code("filesystem_path"))]
    arguments = (
        Argument(Template((Text("output_"), Field(Code("media_type")))), "entity_type"),
        Argument(Code("file_data"), "content"),
        Argument(Mapping(tuple(items)), "metadata"),
    )
    saved = Assign("saved_filename", Call(Code("recorder.save_entity"), arguments))
    where = text[text.index(function) :]
    at = len(text[: text.index(function)].encode())

    def place(old: str, after: str = "") -> Span:
        found = span(where, old, after=after)
        return Span(found.start + at, found.end + at)

    edits = (
        ReplaceStatement(
            place("shutil.copy2(filesystem_path, dest_path)"),
            (ReadFile(Code("filesystem_path"), "f", "file_data"), saved),
        ),
        RemoveStatement(place("saved_filename = output_filename")),
        RenameName(place("output_filename", after="Copied {media_type} from"), "saved_filename"),
    )
    statements = {
        "shutil": ["import shutil"],
        "os": ["import os"],
        "dest_path": ["dest_path ="],
        "output_filename": ["output_filename ="],
    }
    if detects:
        statements["ext"] = ["ext = 'mp3'", "ext = 'mp4'", "ext = 'bin'"]
    candidates = tuple(Candidate(name, place(start).start) for name, starts in statements.items() for start in starts)
    return FixPlan("LPR201", edits[0].span.start, "safe", edits, candidates)


def run(text: str, plans: list[FixPlan]) -> Applied:
    return apply(SourceText(text.encode()), plans)


# -- the seed ------------------------------------------------------------------------------------------------


def test_the_seed_where_the_recorder_detects_the_format() -> None:
    block, (rename,) = seed_plan(SEED, True), renames(SEED)
    applied = run(SEED, [rename, block])
    assert applied.source.u8.decode() == HEAD + SAVED.replace("@", "") + TAIL
    assert set(applied.done) == {rename, block} and not applied.refused


def test_the_seed_where_the_extension_is_passed_on() -> None:
    block, (rename,) = seed_plan(SEED, False), renames(SEED)
    applied = run(SEED, [rename, block])
    assert (
        applied.source.u8.decode() == HEAD + "\n" + CHAIN + SAVED.replace("@", "                        'format': ext,\n") + TAIL
    )
    assert set(applied.done) == {rename, block} and not applied.refused


def test_removed_ranges_count_in_the_original() -> None:
    applied = run(SEED, [seed_plan(SEED, True), *renames(SEED)])
    u8 = SEED.encode()
    removed = [u8[start:end].decode().split("\n")[0] for start, end in applied.removed]
    assert removed == [
        "import shutil",
        "import os",
        "if media_type == 'audio':",
        'output_filename = f"07_output_{media_type}.{ext}"',
        "dest_path = os.path.join(recorder.run_dir, output_filename)",
        "shutil.copy2(filesystem_path, dest_path)",
        "saved_filename = output_filename",
    ]


def test_the_tree_is_that_of_the_new_text() -> None:
    applied = run(SEED, [seed_plan(SEED, True), *renames(SEED)])
    assert ast.dump(applied.tree, include_attributes=True) == ast.dump(applied.source.parse(), include_attributes=True)


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[SourceText]:
    """Every text that is parsed."""
    parsed: list[SourceText] = []
    parse = SourceText.parse

    def counted(source: SourceText) -> ast.Module:
        parsed.append(source)
        return parse(source)

    monkeypatch.setattr(SourceText, "parse", counted)
    return parsed


def test_many_blocks_in_one_file_are_done_together(parses: list[SourceText]) -> None:
    """A file with 40 blocks is parsed as often as a file with one."""
    counts = []
    for times in (1, 40):
        text = "".join(SEED.replace("def store_output", f"def store{number}") for number in range(times))
        plans = renames(text) + [seed_plan(text, True, f"def store{number}(") for number in range(times)]
        parses.clear()
        applied = run(text, plans)
        counts.append(len(parses))
        assert not applied.refused and len(applied.done) == 2 * times
        one = HEAD + SAVED.replace("@", "") + TAIL
        assert applied.source.u8.decode() == "".join(one.replace("def store_output", f"def store{n}") for n in range(times))
    assert counts[0] == counts[1]


# -- overlaps ------------------------------------------------------------------------------------------------

TEXT = "a = f(recorder.run_dir)\nb = len(c)\nlen(d)\n"


def change(text: str, old: str, new: str) -> Edit:
    """`old` becomes `new`: a renamed attribute or name, an expression, or a statement."""
    where = span(text, old)
    if old == "recorder.run_dir":
        return RenameAttribute(where, new)
    if old.isidentifier():
        return RenameName(where, new)
    if text[: where.start].endswith("\n"):
        return ReplaceStatement(where, (Evaluate(Code(new)),))
    return ReplaceExpression(where, Code(new))


def changing(text: str, *wanted: tuple[int, str, str]) -> Applied:
    """Plans of (rank, old, new)."""
    return run(text, [FixPlan(f"P{n}", n, "safe", (change(text, old, new),), rank=r) for n, (r, old, new) in enumerate(wanted)])


@pytest.mark.parametrize(
    ("plans", "after", "done", "refused"),
    [
        ([(0, "len(c)", "8"), (0, "len(d)", "9")], "a = f(recorder.run_dir)\nb = 8\n9\n", "P0 P1", ""),
        ([(1, "recorder.run_dir", "x"), (0, "f(recorder.run_dir)", "1")], "a = 1\nb = len(c)\nlen(d)\n", "P0 P1", ""),
        (
            [(0, "recorder.run_dir", "x"), (1, "f(recorder.run_dir)", "1")],
            "a = f(recorder.x)\nb = len(c)\nlen(d)\n",
            "P0",
            "P1",
        ),
        ([(0, "len(d)", "1"), (0, "len(d)", "2")], "a = f(recorder.run_dir)\nb = len(c)\n1\n", "P0 P1", ""),
    ],
    ids=["apart", "swallowed", "winner-inside", "the-same-place"],
)
def test_overlaps(plans: list[tuple[int, str, str]], after: str, done: str, refused: str) -> None:
    applied = changing(TEXT, *plans)
    assert applied.source.u8.decode() == after
    assert " ".join(plan.code for plan in applied.done) == done
    assert [plan.code for plan, _ in applied.refused] == refused.split()
    assert all(why == "another rewrite changes the same code" for _, why in applied.refused)


def test_one_attribute_of_another_is_no_overlap() -> None:
    text = "recorder.run_dir.old\n"
    outer = FixPlan("P", 0, "safe", (RenameAttribute(Span(0, 20), "new"),))
    applied = run(text, [outer, *renames(text)])
    assert applied.source.u8 == b"recorder.run_folder.new\n" and len(applied.done) == 2


def test_a_plan_that_is_swallowed_in_part_is_refused() -> None:
    winner = FixPlan("P0", 0, "safe", (change(TEXT, "f(recorder.run_dir)", "1"),))
    other = FixPlan("P1", 0, "safe", (change(TEXT, "recorder.run_dir", "run_folder"), change(TEXT, "len(d)", "4")), rank=1)
    applied = run(TEXT, [winner, other])
    assert applied.source.u8.decode() == "a = 1\nb = len(c)\nlen(d)\n"
    assert applied.refused == ((other, "another rewrite changes the same code"),)


def test_what_a_refused_plan_would_have_swallowed_is_done() -> None:
    plans = (1, "recorder.run_dir", "run_folder"), (0, "f(recorder.run_dir)", "undefined_name"), (0, "len(d)", "4")
    applied = changing(TEXT, *plans)
    assert applied.source.u8.decode() == "a = f(recorder.run_folder)\nb = len(c)\n4\n"
    assert [plan.code for plan in applied.done] == ["P0", "P2"]
    assert [(plan.code, why) for plan, why in applied.refused] == [
        ("P1", "`undefined_name` would be undefined in the rewritten code")
    ]


# -- plans that do not hold ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [{0}, {7}, {99}, {3, 50, 51}], ids=str)
def test_bad_plans_are_found_among_many(bad: set[int]) -> None:
    text = "".join(f"v{number} = len(a)\n" for number in range(100))
    plans = []
    for number, line in enumerate(text.splitlines(keepends=True)):
        start = sum(map(len, text.splitlines(keepends=True)[:number])) + line.index("len")
        new = Code("undefined_name" if number in bad else "1")
        plans.append(FixPlan("P", start, "safe", (ReplaceExpression(Span(start, start + 6), new),)))
    applied = run(text, plans)
    assert {plans.index(plan) for plan, _ in applied.refused} == bad
    assert all(why == "`undefined_name` would be undefined in the rewritten code" for _, why in applied.refused)
    expected = [line if number in bad else line.replace("len(a)", "1") for number, line in enumerate(text.splitlines())]
    assert applied.source.u8.decode().splitlines() == expected


def test_what_libcst_cannot_parse_is_left_and_nothing_else(parses: list[SourceText]) -> None:
    # LibCST takes `else(` for a call and raises a TypeError.
    bad = "v = f(recorder.run_dir if a else(lambda: 1))\n"
    text = "".join(bad if number % 2 else "w = recorder.run_dir\n" for number in range(200))
    applied = run(text, renames(text))
    assert len(applied.done) == len(applied.refused) == 100
    assert {why for _, why in applied.refused} == {"LibCST cannot parse this code"}
    assert applied.source.u8.decode() == text.replace("w = recorder.run_dir", "w = recorder.run_folder")
    assert len(parses) < 5


@pytest.mark.parametrize(
    ("text", "wanted", "reason"),
    [
        ("a = b; b = 2\n", RemoveStatement(Span(7, 12)), "the statement on line 1 shares its line with another one"),
        ("a = b\nb = 2\n", RemoveStatement(Span(6, 9)), "line 2 would become other code than was asked for"),
        ("a = b\n", RenameAttribute(Span(4, 5), "c"), "LibCST reads this code differently"),
    ],
)
@pytest.mark.parametrize("on_tree", [False, True], ids=["slices", "tree"])
def test_plans_that_do_not_fit(text: str, wanted: Edit, reason: str, on_tree: bool) -> None:
    text += "len(a)\n"
    plan = FixPlan("P", 0, "safe", (wanted,))
    good = FixPlan("Q", 0, "safe", (change(text, "len(a)", "7"),))
    printer = TreePrinter(cst.parse_module(text)) if on_tree else print_slices
    applied = apply(SourceText(text.encode()), [plan, good], printer=printer)
    assert applied.refused == ((plan, reason),) and applied.done == (good,)
    assert applied.source.u8.decode() == text.replace("len(a)", "7")


def test_deep_nesting_is_refused_not_raised() -> None:
    text = "a = recorder.run_dir" + ".f()" * 900 + "\n"
    applied = run(text, renames(text))
    assert [why for _, why in applied.refused] == ["LibCST cannot parse this code"]
    assert applied.source.u8.decode() == text


def test_nothing_to_do() -> None:
    applied = run(TEXT, [])
    assert (applied.source.u8.decode(), applied.done, applied.refused, applied.removed) == (TEXT, (), (), ())


def test_a_file_that_cannot_be_parsed() -> None:
    with pytest.raises(SourceError, match="cannot be parsed"):
        run("a = (\n", [])


# -- imports that are added ----------------------------------------------------------------------------------

CODE = "def f(src):\n    move(src)\n"
DONE = "def f(src):\n    os.remove(src)\n"

ADDED = {
    "no imports": (CODE, "import os\n\n\n" + DONE),
    "no imports, no definition": ("move(src)\n", "import os\n\nos.remove(src)\n"),
    "sorted in": ("import abc\nimport re\n\n\n" + CODE, "import abc\nimport os\nimport re\n\n\n" + DONE),
    "last": (
        "import abc\nfrom re import X\n\n\n" + CODE,
        "import abc\nimport os\nfrom re import X\n\n\n" + DONE,
    ),
    "before from-imports": ("from re import X\n\n\n" + CODE, "import os\nfrom re import X\n\n\n" + DONE),
    "behind a docstring": ('"""Doc."""\n\n\n' + CODE, '"""Doc."""\n\nimport os\n\n\n' + DONE),
    "behind a docstring, before imports": (
        '"""Doc."""\n\nimport re\n' + CODE,
        '"""Doc."""\n\nimport os\nimport re\n' + DONE,
    ),
    "behind __future__": (
        "from __future__ import annotations\n\n\n" + CODE,
        "from __future__ import annotations\n\nimport os\n\n\n" + DONE,
    ),
    "behind the file's comments": (
        "#!/bin/python\n# -*- coding: utf-8 -*-\n\n\n" + CODE,
        "#!/bin/python\n# -*- coding: utf-8 -*-\nimport os\n\n\n" + DONE,
    ),
    "a second group": (
        "import abc\n\nimport zope\n\n" + CODE,
        "import abc\nimport os\n\nimport zope\n\n" + DONE,
    ),
    "above a class with decorators": ("@a\nclass A:\n    pass\n" + CODE, "import os\n\n\n@a\nclass A:\n    pass\n" + DONE),
    "crlf": (
        "import re\r\n" + CODE.replace("\n", "\r\n"),
        "import os\r\nimport re\r\n" + DONE.replace("\n", "\r\n"),
    ),
    "import on the last line": (
        "def f(src):\n    move(src)\nimport abc",
        "import os\n\n\ndef f(src):\n    os.remove(src)\nimport abc",
    ),
    "beside a statement that is rewritten": ("import abc\nmove(src)\n", "import abc\nimport os\nos.remove(src)\n"),
}


def needing_os(text: str, old: str = "move(src)") -> FixPlan:
    where = span(text, old)
    edits = (ReplaceStatement(where, (Evaluate(call("os.remove", "src")),)), AddImport("os"))
    return FixPlan("LPR201", where.start, "unsafe", edits)


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=[key.replace(" ", "-") for key in ADDED])
def test_a_missing_import_is_added(before: str, after: str) -> None:
    applied = run(before, [needing_os(before)])
    assert applied.source.u8.decode() == after and not applied.refused


def test_an_import_is_added_once() -> None:
    text = CODE + CODE.replace("f(", "g(").replace("move(src)", "move( src)")
    applied = run(text, [needing_os(text), needing_os(text, "move( src)")])
    assert applied.source.u8.decode().count("import os\n") == 1 and len(applied.done) == 2


def test_an_import_that_the_new_code_needs_is_not_cleaned_up() -> None:
    text = "def f(src):\n    import os\n    move(os, src)\n"
    where = span(text, "move(os, src)")
    edit = ReplaceStatement(where, (Evaluate(call("os.remove", "src")),))
    plan = FixPlan("LPR201", where.start, "unsafe", (edit,), (Candidate("os", text.index("import")),))
    assert run(text, [plan]).source.u8.decode() == "def f(src):\n    import os\n    os.remove(src)\n"


# -- encodings and line ends ---------------------------------------------------------------------------------


def encoded(text: str, kind: str) -> bytes:
    return {
        "latin-1": lambda: ("# coding: latin-1\n# äöü\n" + text).encode("latin-1"),
        "cp1252": lambda: ("# coding: cp1252\n# €\n" + text).encode("cp1252"),
        "bom": lambda: b"\xef\xbb\xbf" + text.encode(),
        "bom and cookie": lambda: b"\xef\xbb\xbf# coding: utf-8-sig\n# \xc3\xa4\n" + text.encode(),
        "crlf": lambda: text.replace("\n", "\r\n").encode(),
        "cr": lambda: text.replace("\n", "\r").encode(),
        "tabs": lambda: text.replace("    ", "\t").encode(),
        "form feed": lambda: text.replace("\ndef", "\n\f\ndef").encode(),
        "no final newline": lambda: text.rstrip("\n").encode(),
        "odd separators": lambda: ("# \x0b\x0c\x1c\x1d\x1e\x85\u2028\n'\u2029'\n" + text).encode(),
        "non-ascii": lambda: ("x = 'ä€😀'  # ä€😀\n" + text).encode(),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    [
        "latin-1",
        "cp1252",
        "bom",
        "bom and cookie",
        "crlf",
        "cr",
        "tabs",
        "form feed",
        "no final newline",
        "odd separators",
        "non-ascii",
    ],
)
def test_only_what_is_meant_changes_in_any_encoding(kind: str) -> None:
    raw = encoded(SEED, kind)
    source = SourceText(raw)
    text = source.u8.decode()
    applied = apply(source, [seed_plan(text, True), *renames(text)])
    assert not applied.refused
    expected = encoded(HEAD + SAVED.replace("@", "") + TAIL, kind)
    assert applied.source.raw == expected
    assert applied.source.encode_back(applied.source.u8) == expected


def test_text_that_the_encoding_cannot_hold_is_refused() -> None:
    text = "# coding: latin-1\nprint(1)\nprint(2)\n"

    def plan(old: str, name: str) -> FixPlan:
        return FixPlan("P", 0, "safe", (ReplaceStatement(span(text, old), (Assign(name, Code("1")),)),))

    applied = apply(SourceText(text.encode("latin-1")), [plan("print(1)", "ж"), plan("print(2)", "ä")])
    assert applied.source.raw == "# coding: latin-1\nprint(1)\nä = 1\n".encode("latin-1")
    assert [why for _, why in applied.refused] == ["the file's encoding latin-1 has no 'ж'"]


def test_text_that_the_encoding_does_not_have_is_escaped() -> None:
    text = "# coding: latin-1\nprint(1)\n"
    shown = Call(Code("print"), (Argument(Text("ж")), Argument(Template((Text("ж"), Field(Code("a")))))))
    printed = print_slices(
        SourceText(text.encode()), ast.parse(text), [ReplaceStatement(span(text, "print(1)"), (Evaluate(shown),))]
    )
    assert printed.source.raw == b'# coding: latin-1\nprint("\\u0436", f"\\u0436{a}")\n'
