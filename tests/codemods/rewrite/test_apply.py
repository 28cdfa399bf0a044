"""Plans become text: the seed's block, overlapping plans, plans that do not hold, imports that are added, any
encoding."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from codemods.edits import Candidate, Edit, FixPlan
from codemods.rewrite.apply import Applied, apply
from lint_plugin.config.settings import Config
from lint_plugin.source.text import SourceError, SourceText

SEED = """\
import logging

logger = logging.getLogger(__name__)


def store(recorder, output_result, media_type, seed, output_value):
    if output_value == 'workflow_generated':
        filesystem_path = output_result.metadata.get('filesystem_path')
        if filesystem_path:
            # Direct filesystem copy (for audio/video)
            import shutil
            import os

            # Determine output filename based on media type
            if media_type == 'audio':
                ext = 'mp3'
            elif media_type == 'video':
                ext = 'mp4'
            else:
                ext = 'bin'

            output_filename = f"07_output_{media_type}.{ext}"
            dest_path = os.path.join(recorder.run_dir, output_filename)

            try:
                shutil.copy2(filesystem_path, dest_path)
                saved_filename = output_filename
                logger.info(f"Copied {media_type} from filesystem: {output_filename}")
            except Exception as e:
                logger.error(f"Failed to copy {media_type} file: {e}")
                saved_filename = None
        else:
            logger.warning("No filesystem_path in metadata for workflow_generated")
            saved_filename = None
    return saved_filename
"""

EMITTED = """\
with open(filesystem_path, 'rb') as f:
                    file_data = f.read()
                saved_filename = recorder.save_entity(
                    entity_type=f'output_{media_type}',
                    content=file_data,
                    metadata={@'seed': seed, 'filesystem_path': filesystem_path},
                )"""

HEAD = SEED[: SEED.index("            import shutil")]
TAIL = SEED[SEED.index("            except Exception") :]
SAVED = f"""\
            try:
                {EMITTED}
                logger.info(f"Copied {{media_type}} from filesystem: {{saved_filename}}")
"""
CHAIN = SEED[SEED.index("            # Determine") : SEED.index("            output_filename =")]


def edit(text: str, old: str, new: str = "", *, after: str = "", delete: bool = False) -> Edit:
    """The edit of the first `old` behind the first `after`."""
    start = len(text[: text.index(old, text.index(after))].encode())
    return Edit(start, start + len(old.encode()), new.encode(), delete)


def renames(text: str) -> list[FixPlan]:
    """One plan for each `run_dir`."""
    found, start = [], text.find("run_dir")
    while start >= 0:
        at = len(text[:start].encode())
        found.append(FixPlan("LPR001", at, "safe", (Edit(at, at + 7, b"run_folder"),), rank=1))
        start = text.find("run_dir", start + 1)
    return found


def seed_plan(text: str, detects: bool) -> FixPlan:
    """What the planner makes of the seed's block."""
    edits = (
        edit(
            text,
            "shutil.copy2(filesystem_path, dest_path)",
            EMITTED.replace("@", "" if detects else "'format': ext, "),
        ),
        edit(text, "saved_filename = output_filename", delete=True),
        edit(text, "output_filename", "saved_filename", after="logger.info(f"),
    )
    statements = {
        "shutil": ["import shutil"],
        "dest_path": ["dest_path ="],
        "output_filename": ["output_filename ="],
    }
    if detects:
        statements["ext"] = ["ext = 'mp3'", "ext = 'mp4'", "ext = 'bin'"]
    candidates = tuple(Candidate(name, edit(text, start).start) for name, starts in statements.items() for start in starts)
    return FixPlan("LPR201", edits[0].start, "safe", edits, candidates, frozenset({"f", "file_data"}))


def run(text: str, plans: list[FixPlan]) -> Applied:
    return apply(SourceText(text.encode()), plans, Config())


# -- the seed ------------------------------------------------------------------------------------------------


def test_the_seed_where_the_recorder_detects_the_format() -> None:
    block, (rename,) = seed_plan(SEED, True), renames(SEED)
    applied = run(SEED, [rename, block])
    assert applied.source.u8.decode() == HEAD + SAVED.replace("@", "") + TAIL
    assert set(applied.done) == {rename, block} and not applied.refused


def test_the_seed_where_the_extension_is_passed_on() -> None:
    block, (rename,) = seed_plan(SEED, False), renames(SEED)
    applied = run(SEED, [rename, block])
    assert applied.source.u8.decode() == HEAD + "\n" + CHAIN + SAVED.replace("@", "'format': ext, ") + TAIL
    assert set(applied.done) == {rename, block} and not applied.refused


def test_removed_ranges_count_in_the_original() -> None:
    applied = run(SEED, [seed_plan(SEED, True), *renames(SEED)])
    u8 = SEED.encode()
    removed = [u8[start:end].decode() for start, end in applied.removed]
    imports_to_path = SEED[SEED.index("            import shutil") : SEED.index("            try:")]
    assert removed[0] == imports_to_path
    assert removed[1].startswith("shutil.copy2(") and "saved_filename = output_filename" in "".join(removed[1:])
    assert removed[-1] == "output_filename"


def test_the_tree_is_that_of_the_new_text() -> None:
    applied = run(SEED, [seed_plan(SEED, True), *renames(SEED)])
    assert ast.dump(applied.tree, include_attributes=True) == ast.dump(applied.source.parse(), include_attributes=True)


def moved(plan: FixPlan, by: int) -> FixPlan:
    """The same plan `by` bytes further on."""
    edits = tuple(replace(e, start=e.start + by, end=e.end + by) for e in plan.edits)
    candidates = tuple(replace(c, start=c.start + by) for c in plan.candidates)
    return replace(plan, start=plan.start + by, edits=edits, candidates=candidates)


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
        copies = [SEED.replace("def store", f"def store{number}") for number in range(times)]
        text = "".join(copies)
        starts = [sum(map(len, copies[:number])) + len(str(number)) for number in range(times)]
        plans = renames(text) + [moved(seed_plan(SEED, True), start) for start in starts]
        parses.clear()
        applied = run(text, plans)
        counts.append(len(parses))
        assert not applied.refused and len(applied.done) == 2 * times
        one = HEAD + SAVED.replace("@", "") + TAIL
        assert applied.source.u8.decode() == "".join(one.replace("def store", f"def store{n}") for n in range(times))
    assert counts[0] == counts[1]


# -- overlaps ------------------------------------------------------------------------------------------------

TEXT = "a = f(recorder.run_dir)\nb = 2\nc = 3\n"


def overlapping(*wanted: tuple[int, str, str]) -> Applied:
    """Plans of (rank, old, new)."""
    return run(
        TEXT,
        [FixPlan(f"P{n}", n, "safe", (edit(TEXT, old, new),), rank=rank) for n, (rank, old, new) in enumerate(wanted)],
    )


@pytest.mark.parametrize(
    ("plans", "after", "done", "refused"),
    [
        ([(0, "2", "8"), (0, "3", "9")], "a = f(recorder.run_dir)\nb = 8\nc = 9\n", "P0 P1", ""),
        (
            [(1, "run_dir", "run_folder"), (0, "recorder.run_dir", "1")],
            "a = f(1)\nb = 2\nc = 3\n",
            "P0 P1",
            "",
        ),
        (
            [(0, "run_dir", "run_folder"), (1, "recorder.run_dir", "1")],
            "a = f(recorder.run_folder)\nb = 2\nc = 3\n",
            "P0",
            "P1",
        ),
        (
            [(1, "recorder.run_dir", "1"), (0, "f(recorder", "len(recorder")],
            "a = len(recorder.run_dir)\nb = 2\nc = 3\n",
            "P1",
            "P0",
        ),
        ([(0, "run_dir", "x"), (0, "run_dir", "y")], "a = f(recorder.x)\nb = 2\nc = 3\n", "P0 P1", ""),
    ],
    ids=["apart", "swallowed", "winner-inside", "partly", "the-same"],
)
def test_overlaps(plans: list[tuple[int, str, str]], after: str, done: str, refused: str) -> None:
    applied = overlapping(*plans)
    assert applied.source.u8.decode() == after
    assert " ".join(plan.code for plan in applied.done) == done
    assert [plan.code for plan, _ in applied.refused] == refused.split()
    assert all(why == "another rewrite changes the same code" for _, why in applied.refused)


def test_a_plan_that_is_swallowed_in_part_is_refused() -> None:
    winner = FixPlan("P0", 0, "safe", (edit(TEXT, "recorder.run_dir", "1"),))
    other = FixPlan("P1", 0, "safe", (edit(TEXT, "run_dir", "run_folder"), edit(TEXT, "2", "4")), rank=1)
    applied = run(TEXT, [winner, other])
    assert applied.source.u8.decode() == "a = f(1)\nb = 2\nc = 3\n"
    assert applied.refused == ((other, "another rewrite changes the same code"),)


def test_what_a_refused_plan_would_have_swallowed_is_done() -> None:
    applied = overlapping((1, "run_dir", "run_folder"), (0, "recorder.run_dir", "undefined_name"), (0, "2", "4"))
    assert applied.source.u8.decode() == "a = f(recorder.run_folder)\nb = 4\nc = 3\n"
    assert [plan.code for plan in applied.done] == ["P0", "P2"]
    assert [(plan.code, why) for plan, why in applied.refused] == [
        ("P1", "`undefined_name` would be undefined in the rewritten code")
    ]


# -- plans that do not hold ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [{0}, {7}, {99}, {3, 50, 51}], ids=str)
def test_bad_plans_are_found_among_many(bad: set[int]) -> None:
    text = "".join(f"v{number} = recorder.run_dir\n" for number in range(100))
    plans = renames(text)
    for number in bad:
        wrong = replace(plans[number].edits[0], text=b"run folder")
        plans[number] = replace(plans[number], edits=(wrong,))
    applied = run(text, plans)
    assert {plans.index(plan) for plan, _ in applied.refused} == bad
    assert all(why == "the rewritten file would not be valid Python" for _, why in applied.refused)
    expected = [line if number in bad else line.replace("run_dir", "run_folder") for number, line in enumerate(text.splitlines())]
    assert applied.source.u8.decode().splitlines() == expected


def test_the_search_for_bad_plans_ends(parses: list[SourceText]) -> None:
    text = "".join(f"v{number} = recorder.run_dir\n" for number in range(500))
    plans = [replace(plan, edits=(replace(plan.edits[0], text=b"("),)) for plan in renames(text)]
    applied = run(text, plans)
    assert len(applied.refused) == 500 and applied.source.u8.decode() == text and not applied.removed
    assert len(parses) < 100


@pytest.mark.parametrize(
    ("text", "wanted", "reason"),
    [
        ("a = 1\n", [(4, 9, "2", False)], "its edits do not fit the file"),
        ("a = 1\n", [(4, 5, "2", False), (3, 4, "2", False)], "its edits do not fit the file"),
        ("a = 1\nb = 2\n", [(6, 9, "", True)], "the statement to remove was not found"),
        ("a = 1\nb = 2\n", [(7, 11, "", True)], "the statement to remove was not found"),
        ("a = 1; b = 2\n", [(7, 12, "", True)], "the statement on line 1 shares its line with another one"),
    ],
)
def test_plans_that_do_not_fit(text: str, wanted: list[tuple[int, int, str, bool]], reason: str) -> None:
    plan = FixPlan("P", 0, "safe", tuple(Edit(start, end, new.encode(), delete) for start, end, new, delete in wanted))
    good = FixPlan("Q", 0, "safe", (Edit(4, 5, b"7"),))
    applied = run(text, [plan, good])
    assert applied.refused == ((plan, reason),) and applied.done == (good,)
    assert applied.source.u8.decode() == text.replace("1", "7")


def test_deep_nesting_is_refused_not_raised() -> None:
    text = "a = recorder.run_dir" + ".f()" * 900 + "\n"
    applied = run(text, renames(text))
    assert [why for _, why in applied.refused] == ["the code is nested too deeply to be verified"]
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
    "no imports": (CODE, "import os\n\n" + DONE),
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
        "#!/bin/python\n# -*- coding: utf-8 -*-\n\n" + CODE,
        "#!/bin/python\n# -*- coding: utf-8 -*-\nimport os\n\n" + DONE,
    ),
    "a second group": (
        "import abc\n\nimport zope\n\n" + CODE,
        "import abc\nimport os\n\nimport zope\n\n" + DONE,
    ),
    "bound": ("import os\n" + CODE, "import os\n" + DONE),
    "bound with a submodule": ("import os.path\n" + CODE, "import os.path\n" + DONE),
    "bound in the function": (
        CODE.replace("    move", "    import os\n    move"),
        DONE.replace("    os.", "    import os\n    os."),
    ),
    "bound in another function": (
        "def g():\n    import os\n" + CODE,
        "import os\n\ndef g():\n    import os\n" + DONE,
    ),
    "crlf": (
        "import re\r\n" + CODE.replace("\n", "\r\n"),
        "import os\r\nimport re\r\n" + DONE.replace("\n", "\r\n"),
    ),
    "import on the last line": (
        "def f(src):\n    move(src)\nimport abc",
        "def f(src):\n    os.remove(src)\nimport abc",
    ),
}

TAKEN = {
    "something else": "os = 1\n" + CODE,
    "another module": "import posix as os\n" + CODE,
    "a parameter": CODE.replace("src)", "src, os)", 1),
    "on one path only": CODE.replace("    move", "    if src:\n        import os\n    move"),
    "later": CODE + "    import os\n",
}


def needing_os(text: str) -> FixPlan:
    change = edit(text, "move(src)", "os.remove(src)")
    return FixPlan("LPR201", change.start, "unsafe", (change,), needs_import="os")


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=[key.replace(" ", "-") for key in ADDED])
def test_a_missing_import_is_added(before: str, after: str) -> None:
    applied = run(before, [needing_os(before)])
    if before.endswith("import abc"):
        after = "import os\n\n" + after
    assert applied.source.u8.decode() == after and not applied.refused


@pytest.mark.parametrize("text", TAKEN.values(), ids=[key.replace(" ", "-") for key in TAKEN])
def test_a_name_that_means_something_else_is_refused(text: str) -> None:
    applied = run(text, [needing_os(text)])
    assert [why for _, why in applied.refused] == ["`os` is not always the module of that name here"]


def test_an_import_is_added_once() -> None:
    text = CODE + CODE.replace("f(", "g(").replace("move(src)", "move( src)")
    second = edit(text, "move( src)", "os.remove(src)")
    plans = [needing_os(text), FixPlan("LPR201", second.start, "unsafe", (second,), needs_import="os")]
    applied = run(text, plans)
    assert applied.source.u8.decode().count("import os\n") == 1 and len(applied.done) == 2


def test_an_import_is_added_for_those_that_have_none() -> None:
    bound = CODE.replace("    move(src)", "    import os\n    move( src)").replace("f(", "g(")
    text = CODE + bound
    second = edit(text, "move( src)", "os.remove(src)")
    plans = [needing_os(text), FixPlan("LPR201", second.start, "unsafe", (second,), needs_import="os")]
    applied = run(text, plans)
    assert applied.source.u8.decode() == "import os\n\n" + DONE + bound.replace("move( src)", "os.remove(src)")


def test_an_import_that_the_emitted_text_needs_is_not_cleaned_up() -> None:
    text = "def f(src):\n    import os\n    move(os, src)\n"
    change = edit(text, "move(os, src)", "os.remove(src)")
    plan = FixPlan(
        "LPR201",
        change.start,
        "unsafe",
        (change,),
        (Candidate("os", text.index("import")),),
        needs_import="os",
    )
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
        "form feed": lambda: (
            text.replace("\ndef", "\n\f\ndef").replace("            import os", "\f            import os").encode()
        ),
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
    newline = {"crlf": "\r\n", "cr": "\r"}.get(kind, "\n")
    plan = seed_plan(text, True)
    ends = newline.encode()
    plan = replace(plan, edits=tuple(replace(e, text=e.text.replace(b"@", b"").replace(b"\n", ends)) for e in plan.edits))
    if kind == "tabs":
        plan = replace(plan, edits=tuple(replace(e, text=e.text.replace(b"    ", b"\t")) for e in plan.edits))
    applied = apply(source, [plan, *renames(text)], Config())
    assert not applied.refused
    expected = encoded(HEAD + SAVED.replace("@", "") + TAIL, kind)
    assert applied.source.raw == expected
    assert applied.source.encode_back(applied.source.u8) == expected


def test_text_that_the_encoding_cannot_hold_is_refused() -> None:
    text = "# coding: latin-1\nprint(1)\nprint(2)\n"
    plans = [
        FixPlan("P", 0, "safe", (edit(text, "print(1)", "print('€')"),)),
        FixPlan("Q", 1, "safe", (edit(text, "print(2)", "print('ä')"),)),
    ]
    applied = apply(SourceText(text.encode("latin-1")), plans, Config())
    assert applied.source.raw == "# coding: latin-1\nprint(1)\nprint('ä')\n".encode("latin-1")
    assert [why for _, why in applied.refused] == ["the file's encoding latin-1 has no '€'"]
