"""What holds for every program: the engine never raises, is done after one run, and leaves alone what it does not fix.

Generated twice over: any Python that the grammar has (hypothesmith), its names exchanged for those of recorders, and
programs such as people write around recorders, in several encodings, line ends and indentations.
More of them with `RECORDER_STRESS=1`.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable

import hypothesmith
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import FileResult

pytestmark = pytest.mark.slow


TIMES = 40 if os.environ.get("RECORDER_STRESS") == "1" else 1
# Without the shrinking, which takes minutes here; the printed example says enough.
PHASES = [Phase.explicit, Phase.generate]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def fix(raw: bytes, unsafe: bool = True, **config: object) -> FileResult:
    return process_file(raw, "m.py", Config(config), Facts(), Options(mode="fix", unsafe=unsafe))


# -- any Python at all ---------------------------------------------------------------------------------------------------

NAMES = ("recorder", "shutil", "os", "open", "Path", "str", "path", "name", "LivePipelineRecorder", "ROOT")
ATTRIBUTES = ("run_dir", "run_folder", "joinpath", "copy2", "path", "join", "write_text", "recorder", "open", "glob")
STRINGS = ("07_output.mp3", "w", "{}/{}", "%s/07_x.%s", "/", "03_input.txt", ".png", "")


class Renamed(ast.NodeTransformer):
    """Gives every name, attribute and string of a program one that the finder knows."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(NAMES[sum(map(ord, node.id)) % len(NAMES)], node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = ATTRIBUTES[sum(map(ord, node.attr)) % len(ATTRIBUTES)]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(STRINGS[len(node.value) % len(STRINGS)]) if isinstance(node.value, str) else node


def known_names(code: str) -> bytes | None:
    """The program with the finder's names; None where that is no program any more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = ast.unparse(ast.fix_missing_locations(Renamed().visit(ast.parse(code))))
            compile(text, "m.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return None
    return f"import os, shutil\nfrom pathlib import Path\nfrom recorder import LivePipelineRecorder\n{text}\n".encode()


@settings(max_examples=30 * TIMES, deadline=None, suppress_health_check=SLOW, phases=PHASES, derandomize=TIMES == 1)
@given(code=hypothesmith.from_grammar())
def test_any_program(code: str) -> None:
    for raw in (code.encode("utf-8", "surrogatepass"), known_names(code)):
        if raw is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = fix(raw, **{"run-roots": ("ROOT",), "recorder-names": ("recorder", "path", "name")})
                event(f"{len(result.findings)} findings")
                require_done(result, **{"run-roots": ("ROOT",), "recorder-names": ("recorder", "path", "name")})


def require_done(result: FileResult, **config: object) -> None:
    """The result parses, and a second run has nothing to do."""
    if result.new is not None:
        ast.parse(result.new)
        assert fix(result.new, **config).new is None


# -- programs around recorders -------------------------------------------------------------------------------------------

FOLDERS = st.sampled_from(["recorder.run_dir", "recorder.run_folder", "r.run_dir", "folder", "str(recorder.run_dir)"])
FILES = st.sampled_from(
    [
        '"07_output_audio.mp3"',
        'f"07_output_{kind}.{ext}"',
        '"%02d_x.png" % number',
        "name",
        '"plain.txt"',
        'f"{number:02d}_{kind}.txt"',
    ]
)
JOINED = st.sampled_from(
    ["{d} / {n}", "os.path.join({d}, {n})", 'f"{{{d}}}/07_x.mp3"', "{d}.joinpath({n})", "Path({d}) / {n}", 'str({d}) + "/" + {n}']
)
PATHS = st.builds(lambda join, folder, name: join.format(d=folder, n=name), JOINED, FOLDERS, FILES)
SIMPLE = st.one_of(
    st.builds("shutil.copy2(src, {})".format, PATHS),
    st.builds("shutil.move(src, {})".format, PATHS),
    st.builds("dest = {}\nshutil.copy2(src, dest)  # to the run".format, PATHS),
    st.builds("dest = {}\nif dest:\n    print(dest)".format, PATHS),
    st.builds("name = {}\nsaved = name\nshutil.copy(src, recorder.run_dir / name)\nprint(saved)".format, FILES),
    st.builds('with open({}, "wb") as f:\n    f.write(data)'.format, PATHS),
    st.builds(
        'with open({}, "w", encoding="utf-8") as f:  # write it\n    # a comment that stays\n    f.write("x")'.format, PATHS
    ),
    st.builds("({}).write_bytes(data)".format, PATHS),
    st.builds("text = ({}).read_text()".format, PATHS),
    st.sampled_from(
        [
            "folder = recorder.run_dir",
            "r = recorder",
            'if kind == "audio":\n    ext = "mp3"\nelif kind == "video":\n    ext = "mp4"\nelse:\n    ext = "bin"',
            'print("größer", recorder.run_dir)',
            "number += 1",
            "import shutil",
            'text = """\n\tlines\n  of text\n"""',
            "del src",
            "kind = other(kind); data = b''",
            "return recorder.run_dir",
            "print(locals())",
            "# only a comment: ü",
        ]
    ),
)


def indented(block: str) -> str:
    return "\n".join(f"    {line}" for line in block.split("\n"))


def nested(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(blocks, min_size=1, max_size=4).map(lambda parts: "\n".join([*parts, "pass"]))
    around = st.sampled_from(
        [
            "if kind:\n{}\nelse:\n    pass",
            "for item in items:\n{}",
            "try:\n{}\nexcept Exception as error:\n    print(error)",
            "try:\n{}\nexcept OSError:\n    raise",
            "try:\n    pass\nfinally:\n{}",
            "with lock:\n{}\n",
            "def inner():\n{}\ninner()",
            "while number:\n{}\n    break",
        ]
    )
    return st.builds(lambda shape, inside: shape.format(indented(inside)), around, body)


BODIES = st.lists(st.recursive(SIMPLE, nested, max_leaves=6), min_size=1, max_size=6).map("\n".join)
SIGNATURES = st.sampled_from(
    ["recorder: LivePipelineRecorder, src: str, kind: str", "recorder, src, kind", "recorder: 'LivePipelineRecorder', src, kind"]
)
FORMS = st.sampled_from(
    [("", "utf-8"), ("", "utf-8-sig"), ("# -*- coding: latin-1 -*-\n", "latin-1"), ("# coding: cp1252\n", "cp1252")]
)


def program(signature: str, body: str, cookie: str, head: str) -> str:
    imports = "import os\nimport shutil\nfrom pathlib import Path\n\nfrom recorder import LivePipelineRecorder\n"
    setup = 'folder = r = data = number = 0\nname = "07_name.mp3"\next = "mp3"\nitems = lock = ()'
    return f"{cookie}{head}{imports}\n\ndef keep({signature}):\n{indented(setup)}\n{indented(body)}\n\n\nLAST = (os, Path)  # ß\n"


@settings(max_examples=120 * TIMES, deadline=None, suppress_health_check=SLOW, phases=PHASES, derandomize=TIMES == 1)
@given(
    signature=SIGNATURES,
    body=BODIES,
    form=FORMS,
    newline=st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    indent=st.sampled_from(["    ", "    ", "\t", "  "]),
    detects=st.sampled_from(["true", "false", "auto"]),
    unsafe=st.booleans(),
)
def test_programs_around_recorders(
    untouched: Callable[[bytes, FileResult], None],
    signature: str,
    body: str,
    form: tuple[str, str],
    newline: str,
    indent: str,
    detects: str,
    unsafe: bool,
) -> None:
    cookie, encoding = form
    text = program(signature, body, cookie, '"""Größe."""\n')
    text = "\n".join(indent * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ") for line in text.split("\n"))
    raw = text.replace("\n", newline).encode(encoding)
    config = {"detects-format": detects}
    result = fix(raw, unsafe, **config)
    assert result.errors == ()
    for finding in result.findings:
        event(f"{finding.code} {finding.level} {finding.fixed}")
    if result.new is None:
        return
    ast.parse(result.new)
    assert fix(result.new, unsafe, **config).new is None, "a second run changes it again"
    untouched(raw, result)
    if '"""\n\tlines' not in text:
        written = result.new.decode(encoding)
        assert written.count("\r\n") * 2 + (written.replace("\r\n", "").count(newline) if newline != "\r\n" else 0) == (
            written.count("\r") + written.count("\n")
        )


SAME_NAME_TWICE = """\
import shutil
from recorder import LivePipelineRecorder
def keep(recorder: LivePipelineRecorder, src):
    ext = "mp3"
    def inner():
        shutil.copy2(src, recorder.run_folder / f"07_first.{ext}")
        ext = "bin"
    shutil.copy2(src, recorder.run_folder / f"08_second.{ext}")
    return inner
"""


def test_a_name_that_is_unbound_in_one_function_is_not_so_in_another() -> None:
    once = fix(SAME_NAME_TWICE.encode(), **{"detects-format": "false"})
    assert [f.fixed for f in once.findings] == [True] * 4
    require_done(once)
