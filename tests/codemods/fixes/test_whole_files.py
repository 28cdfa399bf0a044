"""Rewrites that only a whole file shows: the seed's block, imports, line ends, encodings, what cannot be parsed."""

from __future__ import annotations

import subprocess
import sysconfig
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_plugin.finding import FileResult

SEED = (Path(__file__).parents[2] / "data" / "seed_block.py").read_text()
SEED_COPY = SEED[SEED.index("            import shutil\n") : SEED.index("            except Exception as e:")]
CHAIN = SEED[SEED.index("            # Determine output") : SEED.index("            output_filename =")]
SEED_FIXED = """\
            try:
                with open(filesystem_path, 'rb') as f:
                    file_data = f.read()
                saved_filename = recorder.save_entity(
                    entity_type=f'output_{{media_type}}',
                    content=file_data,
                    metadata={metadata},
                )
                logger.info(f"Copied {{media_type}} from filesystem: {{saved_filename}}")
"""


def test_the_seeds_block_keeps_its_chain_where_the_format_is_not_detected(
    engine: Callable[..., FileResult], sound: Callable[..., None]
) -> None:
    before = SEED.replace("from recorder", "from my_app.services.pipeline_recorder")
    result = engine(before.encode(), metadata={"seed": "seed"})
    assert result.new is not None
    step = " " * 20
    items = ("'format': ext", "'seed': seed", "'filesystem_path': str(filesystem_path)")
    metadata = "{\n" + "".join(f"{step}    {item},\n" for item in items) + f"{step}}}"
    assert result.new.decode() == before.replace(SEED_COPY, f"\n{CHAIN}{SEED_FIXED.format(metadata=metadata)}")
    assert [f.code for f in result.findings] == ["LPR101", "LPR301", "LPR001", "LPR201"]
    assert all(f.fixed for f in result.findings)
    chain = next(f for f in engine(before.encode(), mode="check").findings if f.code == "LPR401")
    assert (chain.level, chain.reason.partition(":")[0]) == ("left", "the recorder does not find the extension itself")
    sound(before.encode(), result.new, False, {"metadata": {"seed": "seed"}})


@pytest.mark.parametrize(
    ("module", "config"), [("my_app.services.pipeline_recorder", {"detects-format": "true"}), ("recorder", {})]
)
def test_the_seeds_block_loses_its_chain_where_the_format_is_detected(
    module: str, config: dict[str, object], engine: Callable[..., FileResult], sound: Callable[..., None]
) -> None:
    before = SEED.replace("from recorder", f"from {module}")
    result = engine(before.encode(), **config)
    assert result.new is not None
    assert result.new.decode() == before.replace(
        SEED_COPY, SEED_FIXED.format(metadata="{'filesystem_path': str(filesystem_path)}")
    )
    assert all(finding.fixed for finding in result.findings)
    sound(before.encode(), result.new, False, config)


COPY = 'shutil.copy2(src, recorder.run_folder / "07_x.mp3")'
ANNOTATED = "def program(recorder: LivePipelineRecorder, src: str):\n"
IMPORT = "from pipeline_recorder import LivePipelineRecorder\n"
BLOCK = """\
with open(src, "rb") as f:
    file_data = f.read()
recorder.save_entity(
    entity_type="x",
    content=file_data,
    metadata={"format": "mp3", "filesystem_path": src},
)
"""


def indented(text: str, step: str = "    ") -> str:
    return textwrap.indent(text.replace("    ", step), step)


def program(copy: str, imports: str = "import shutil\n", step: str = "    ") -> str:
    return f"{imports}{IMPORT}\n\n{ANNOTATED}{step}{copy}\n"


FIXED = f"{IMPORT}\n\n{ANNOTATED}{indented(BLOCK)}"
FILES = [
    ("unused module import goes", program(COPY), FIXED),
    ("import used elsewhere stays", program(COPY) + "\n\nx = shutil.which\n", f"import shutil\n{FIXED}\n\nx = shutil.which\n"),
    ("from-import", program('cp(src, recorder.run_folder / "07_x.mp3")', "from shutil import copy2 as cp\n"), FIXED),
    (
        "guarded import stays",
        program(COPY, "try:\n    import shutil\nexcept ImportError:\n    shutil = None\n"),
        "try:\n    import shutil\nexcept ImportError:\n    shutil = None\n" + FIXED,
    ),
    (
        "tabs, several lines, a triple-quoted string above",
        program(
            'text = """\n  a\n\t\tb"""\n\tshutil.copy2(\n\t\tsrc,\n'
            '\t\trecorder.run_folder\n\t\t/ "07_x.mp3",\n\t)\n\treturn text',
            step="\t",
        ),
        f'{IMPORT}\n\n{ANNOTATED}\ttext = """\n  a\n\t\tb"""\n{indented(BLOCK, chr(9))}\treturn text\n',
    ),
    ("CRLF", program(COPY).replace("\n", "\r\n"), FIXED.replace("\n", "\r\n")),
    ("module constant", 'N = "07_x.mp3"\n' + program(COPY.replace('"07_x.mp3"', "N")), 'N = "07_x.mp3"\n' + FIXED),
    ("byte order mark", "\ufeff" + program(COPY), "\ufeff" + FIXED),
    ("form feeds", program(COPY, "\f\nimport shutil\n").replace("def", "\fdef"), ("\f\n" + FIXED).replace("def", "\fdef")),
    ("lone CR", program(COPY).replace("\n", "\r"), FIXED.replace("\n", "\r")),
    (
        "what LibCST does not keep",
        program(COPY) + "\n\ntry:\n    pass\nexcept OSError :\n    pass\nx = 1 \\\n\n",
        FIXED + "\n\ntry:\n    pass\nexcept OSError :\n    pass\nx = 1 \\\n\n",
    ),
    ("no final newline", program(COPY).rstrip("\n"), FIXED.rstrip("\n")),
    (
        "attribute on its own line",
        program("return (recorder  # c\n      .run_dir)", ""),
        program("return (recorder  # c\n      .run_folder)", ""),
    ),
    (
        "two reads of the attribute",
        program('if recorder.run_dir.exists():\n        return recorder.run_dir / "metadata.json"', ""),
        program('if recorder.run_folder.exists():\n        return recorder.run_folder / "metadata.json"', ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_whole_files(before: str, after: str, engine: Callable[..., FileResult], sound: Callable[..., None]) -> None:
    result = engine(before.encode())
    assert result.new is not None
    assert result.new.decode() == after
    assert all(finding.level == "safe" for finding in result.findings)
    sound(before.encode(), result.new, False, {})


def test_latin_1_stays_latin_1(engine: Callable[..., FileResult]) -> None:
    before = f"# -*- coding: latin-1 -*-\nimport shutil\n{IMPORT}\n\n{ANNOTATED}"
    before += f"    # über\n    {COPY}  # größer\n    return 'ä'\n"
    after = before.replace("import shutil\n", "").replace("    " + COPY, indented(BLOCK).rstrip("\n"))
    assert engine(before.encode("latin-1")).new == after.encode("latin-1")


def test_text_that_the_encoding_does_not_have_is_escaped(engine: Callable[..., FileResult]) -> None:
    before = f"# -*- coding: latin-1 -*-\n{program(COPY.replace('07_x', '07_' + chr(92) + 'u0444x'))}"
    after = ("# -*- coding: latin-1 -*-\n" + FIXED).replace('"x"', '"\\u0444x"')
    assert engine(before.encode("latin-1")).new == after.encode("latin-1")


def left(result: FileResult) -> list[tuple[str, int, str, str]]:
    return [(f.code, f.line, f.level, f.reason) for f in result.findings if not f.fixed]


def test_a_place_that_is_not_certain_is_left(engine: Callable[..., FileResult]) -> None:
    # Python 3.11 places what stands inside nested f-strings over several lines wrongly; later versions do not.
    text = program("return f'''{\n        f\"\"\"\n{recorder.run_dir!r:>{len(src)}}\"\"\"}'''", "")
    result = engine(text.encode())
    assert [f.code for f in result.findings] == ["LPR001"]
    assert (result.new or text.encode()).replace(b"run_folder", b"run_dir") == text.encode()


def test_other_spellings_of_the_attribute_are_left(engine: Callable[..., FileResult]) -> None:
    text = program("return recorder.\uff52un_dir, recorder.run_dir", "")
    result = engine(text.encode())
    assert left(result) == [
        ("LPR001", 5, "left", "the place of `run_dir` at line 5 cannot be told for certain: rename it by hand")
    ]
    assert result.new == text.replace("recorder.run_dir", "recorder.run_folder").encode()


def test_the_recorders_own_body(engine: Callable[..., FileResult]) -> None:
    text = "import shutil\n\n\nclass LivePipelineRecorder:\n    run_folder = None\n\n"
    text += f"    def keep(self, src):\n        {COPY.replace('recorder', 'self')}\n"
    assert engine(text.encode()).findings == ()


def test_a_factory_that_is_an_attribute_is_weak(engine: Callable[..., FileResult]) -> None:
    text = "import shutil\n\nfrom qlib.workflow import R\n\n\ndef keep(src):\n    rec = R.get_recorder()\n"
    text += f"    {COPY.replace('recorder.', 'rec.')}\n"
    reason = "only its name says that the object is a recorder"
    assert {(f.level, f.reason) for f in engine(text.encode()).findings} == {("unsafe", reason)}


BROKEN = [
    (b"x = recorder.run_dir\nif\n", 2, "invalid syntax"),
    (b"x = recorder.run_dir\0\n", 1, "null byte"),
    ("x = recorder.run_dir\n".encode("utf-16"), 1, "not valid utf-8"),
    (b"x = recorder.run_dir\ny = " + b"(" * 2000 + b")" * 2000, 2, "too many nested parentheses"),
    (b"x = recorder.run_dir" + b".a" * 60_000 + b"\n", 0, "nested too deeply"),
    (b"x = recorder.run_dir\ny = " + b"a ** " * 900 + b"recorder.run_dir\n", 2, "nested too deeply to be analysed"),
    (b"# coding: no-such\nx = recorder.run_dir\n", 1, "unknown encoding"),
]


@pytest.mark.parametrize(("raw", "line", "message"), BROKEN)
def test_what_cannot_be_parsed_is_reported(raw: bytes, line: int, message: str, engine: Callable[..., FileResult]) -> None:
    result = engine(raw)
    assert result.new is None and result.findings == ()
    assert [error.line for error in result.errors] == [line]
    assert message in result.errors[0].message


COMMAND = [
    ("safe", program(COPY), (), 0, FIXED, ""),
    ("unsafe", program(COPY.replace("copy2", "move")), ("--unsafe",), 0, None, ""),
    ("left", program("return " + COPY), (), 1, None, "uses what the copy returns"),
    ("error", "x = recorder.run_dir\nif\n", (), 2, None, "invalid syntax"),
]


@pytest.mark.parametrize(("text", "options", "code", "after", "said"), [c[1:] for c in COMMAND], ids=[c[0] for c in COMMAND])
def test_the_installed_command(
    text: str, options: tuple[str, ...], code: int, after: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.py"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\ndetects-format = false\n", encoding="utf-8")
    command = [Path(sysconfig.get_path("scripts")) / "recorder-fix", *options, str(path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert said in ran.stdout + ran.stderr
    if after is not None:
        assert path.read_text(encoding="utf-8") == after
    assert (path.read_text(encoding="utf-8") == text) == (code > 0)
