"""`# noqa`: the table below is what flake8 does, checked against the real flake8, and what is added to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lint_plugin.source.noqa import NoqaMap, noqa_codes
from lint_plugin.source.text import SourceText

# (name, source, lines on which F401 is silenced); every `import` line is an F401 for flake8.
AS_FLAKE8 = [
    ("none", "import a\n", set()),
    ("bare", "import a  # noqa\nimport b\n", {1}),
    ("code", "import a  # noqa: F401\n", {1}),
    ("other_code", "import a  # noqa: E501\n", set()),
    ("prefix", "import a  # noqa: F4\n", {1}),
    ("list", "import a  # noqa: E501,F401\n", {1}),
    ("list_spaces", "import a  # noqa: E501 F401\n", {1}),
    ("capitals", "import a  # NOQA:F401\n", {1}),
    ("reason", "import a  # noqa: F401 because it registers itself\n", {1}),
    ("bare_reason", "import a  # noqa because it registers itself\n", {1}),
    ("no_space", "import a  #noqa\n", set()),
    ("line_above", "# noqa\nimport a\n", set()),
    ("backslash", "import a, \\\n    b  # noqa\n", {1, 2}),
    ("after_string", "import a; x = '''\n'''  # noqa: F401\n", {1}),
    ("inside_string", "import a; x = '''\n# noqa\n'''\n", {1}),
    ("file", "import a\n# flake8: noqa\nimport b\n", {1, 2, 3}),
    ("file_code", "# flake8: noqa: F401\nimport a\n", {2}),
    ("file_after_code", "x = 1  # flake8: noqa\nimport a\n", set()),
    ("crlf", "import a  # noqa\r\nimport b\r\n", {1}),
    ("form_feed", "\x0cimport a  # noqa\nimport b\n", {1}),
    ("bom", "\ufeffimport a  # noqa\nimport b\n", {1}),
    ("no_newline", "import b\nimport a  # noqa", {2}),
    ("nested", "def f():\n    import a  # noqa\n    import b\n", {2}),
]


def silenced_lines(source: str, code: str = "F401") -> set[int]:
    text = SourceText(source.encode())
    noqa = NoqaMap(text)
    return {number for number in range(1, source.count("\n") + 2) if noqa.silences(number, code)}


def import_lines(source: str) -> set[int]:
    return {number for number, line in enumerate(source.split("\n"), 1) if "import" in line}


@pytest.mark.parametrize(("source", "lines"), [row[1:] for row in AS_FLAKE8], ids=[row[0] for row in AS_FLAKE8])
def test_as_flake8(source: str, lines: set[int]) -> None:
    assert silenced_lines(source) & import_lines(source) == lines & import_lines(source)


def test_the_table_is_what_the_real_flake8_does(tmp_path: Path) -> None:
    for name, source, _ in AS_FLAKE8:
        (tmp_path / f"{name}.py").write_bytes(source.encode())
    command = [sys.executable, "-m", "flake8", "--isolated", "--select", "F401", "--format", "%(path)s %(row)d", "."]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    reported = {(Path(path).stem, int(row)) for path, row in (line.rsplit(" ", 1) for line in ran.stdout.splitlines())}
    expected = set()
    for name, source, lines in AS_FLAKE8:
        expected |= {(name, number) for number in import_lines(source) - lines}
    assert reported == expected


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("copy(\n    a,\n    b,  # noqa: LPR201\n)\nx = 1\n", {1, 2, 3, 4}),
        ("copy(  # noqa: LPR201\n    a,\n)\n", {1, 2, 3}),
        ("copy(\n    # noqa: LPR201\n    a,\n)\n", {1, 2, 3, 4}),
        ("copy(\n    a,\n)  # noqa\n", {1, 2, 3}),
        ("if (a and\n        b):  # noqa: LPR201\n    copy()\n", {1, 2}),
        ("copy(\n    a,  # noqa: E501\n    b,  # noqa: LPR201\n)\n", {1, 2, 3, 4}),
        ("copy('''# noqa: E501\n''')  # noqa: LPR201\n", {1, 2}),
        ("copy(\n    a,\n)\n# noqa: LPR201\n", {4}),
        ("\n# noqa: LPR201\n\ncopy(a)\n", {2}),
        ("copy(\ra,  # noqa\r)\rx = 1\r", {1, 2, 3}),
    ],
)
def test_any_line_of_a_statement_counts(source: str, lines: set[int]) -> None:
    text = SourceText(source.encode())
    noqa = NoqaMap(text)
    assert {number for number in range(1, len(text.line_starts) + 1) if noqa.silences(number, "LPR201")} == lines


@pytest.mark.parametrize(
    ("line", "expected"), [(1, (1, 1)), (2, (2, 5)), (4, (2, 5)), (6, (6, 6)), (7, (7, 7)), (8, (8, 8)), (99, (99, 99))]
)
def test_logical_range(line: int, expected: tuple[int, int]) -> None:
    source = SourceText(b"# noqa\ncopy(\n    a,\n\n)\n\nif x:\n    y\n")
    assert NoqaMap(source).logical_range(line) == expected


def test_the_file_wide_comment_names_no_line() -> None:
    noqa = NoqaMap(SourceText(b"import a\n# flake8: noqa\n"))
    assert noqa.file_disabled("LPR201")
    assert not NoqaMap(SourceText(b"import a  # noqa\n")).file_disabled("LPR201")


def test_comments_with_codes_are_listed_and_strings_are_not() -> None:
    source = SourceText(
        b"a = '# noqa: LPR001'\nb = 1  # noqa: LPR201, E501 why\nc = 2  # noqa\nd = (\n    3,  # noqa:LPR2\n)\n"
        b"# flake8: noqa: X1\n"
    )
    assert NoqaMap(source).lines_with_codes() == [(2, ("LPR201", "E501")), (5, ("LPR2",))]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [("# noqa", ()), ("# noqa: LPR201", ("LPR201",)), ("# noqa:LPR201,LPR1 text", ("LPR201", "LPR1")), ("# hello", ())],
)
def test_codes_of_a_comment(comment: str, codes: tuple[str, ...]) -> None:
    assert noqa_codes(comment) == codes


def test_a_file_without_the_word_is_not_tokenised() -> None:
    broken = NoqaMap(SourceText(b"def (:\n'''"))
    assert not broken.silences(1, "LPR201")
    assert broken.lines_with_codes() == []


def test_a_file_that_cannot_be_tokenised_silences_nothing() -> None:
    assert not NoqaMap(SourceText(b"x = (  # noqa\n")).silences(1, "LPR201")
