"""Bytes, characters and positions of one file, whatever its encoding and line ends."""

from __future__ import annotations

import ast

import pytest

from lint_plugin.source.text import SourceError, SourceText

CODE = "x = 1\ndef f(recorder):\n\treturn 'äö€', recorder.run_dir  # ü\n"
FORMS = {
    "LF": CODE.encode(),
    "CRLF": CODE.replace("\n", "\r\n").encode(),
    "CR": CODE.replace("\n", "\r").encode(),
    "no final newline": CODE.rstrip("\n").encode(),
    "BOM": b"\xef\xbb\xbf" + CODE.encode(),
    "BOM and cookie": b"\xef\xbb\xbf# coding: utf-8\n" + CODE.encode(),
    "latin-1": b"# -*- coding: latin-1 -*-\n" + CODE.replace("€", "").encode("latin-1"),
    "cp1252": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + CODE.encode("cp1252"),
    "form feed": CODE.replace("def", "\fdef").encode(),
    "vertical tab, NEL and LS in strings": (CODE + "y = 'a\x0b\x85\u2028b', recorder.run_dir\n").encode(),
    "mixed line ends": b"a = 1\r\nb = 2\nc = 3\rd = 4\r\n" + CODE.encode(),
    "continuation": CODE.replace("return ", "return \\\n\t").encode(),
    "triple string": ("s = '''a\r\n\u2028 b'''\r\n" + CODE).encode(),
}


@pytest.mark.parametrize("raw", FORMS.values(), ids=FORMS)
def test_every_span_holds_its_node(raw: bytes) -> None:
    source = SourceText(raw)
    assert source.encode_back(source.u8) == raw
    found = [n for n in ast.walk(source.parse()) if isinstance(n, ast.Attribute)]
    assert found
    for node in found:
        assert source.slice(node) == "recorder.run_dir"
        line, column = source.position(source.span(node)[0])
        assert line == node.lineno
        assert source.line_text(line)[column - 1 :].startswith("recorder.run_dir")


@pytest.mark.parametrize(
    ("raw", "newline"),
    [(b"", "\n"), (b"a", "\n"), (b"a\r\nb\nc\r\n", "\r\n"), (b"a\rb\r", "\r"), (b"a\nb\r\n", "\n")],
)
def test_the_line_end_of_most_lines(raw: bytes, newline: str) -> None:
    assert SourceText(raw).newline == newline


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"x = 1\ny = '\xff'\n", 2, "not valid utf-8 (byte 0xff)"),
        (b"# no cookie\n# at all\n\n\ny = '\xe4'\n", 5, "not valid utf-8 (byte 0xe4)"),
        (b"# coding: klingon\n", 1, "klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "byte order mark"),
        (b"# coding: ascii\n\nx = '\xe4'\n", 3, "not valid ascii"),
        ("x = 1\n".encode("utf-16"), 1, "not valid utf-8"),
    ],
)
def test_what_cannot_be_decoded_names_its_line(raw: bytes, line: int, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        SourceText(raw)
    assert message in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"x = 1\ny = (\n", 2, "was never closed"),
        (b"x = 1\n\ny = '\0'\n", 3, "null byte"),
        (b"if 1:\nx = 1\n", 2, "indented"),
        (b"x = " + b"(" * 500 + b")" * 500 + b"\n", 1, "cannot be parsed"),
        (b"x = " + b"-" * 200_000 + b"1\n", 0, "nested too deeply"),
    ],
)
def test_what_cannot_be_parsed_names_its_line(raw: bytes, line: int, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        SourceText(raw).parse()
    assert message in caught.value.message
    assert caught.value.line == line


def test_a_character_that_the_encoding_has_not_is_refused() -> None:
    source = SourceText(b"# coding: latin-1\nx = '\xe4'\n")
    with pytest.raises(UnicodeEncodeError):
        source.encode_back(source.u8 + "€".encode())
