"""Names of written files that other files of a project spell: found in code, templates and data, by git and by a walk."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

import pytest

from codemods.run import project
from codemods.run.mentions import mention_patterns, mentions_in
from codemods.run.options import Options
from codemods.run.processes import WORTH_A_POOL
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from lint_plugin.facts import HOLE, NumberedWrite
from lint_plugin.finding import FileResult

MODULE = """\
import shutil

from recorder import LivePipelineRecorder


def keep(recorder: LivePipelineRecorder, source: str, kind: str) -> None:
    shutil.copy2(source, recorder.run_folder / {name})
"""
CONSTANT = '"07_output_audio.mp3"'
KIND = 'f"07_output_{kind}.mp3"'
OTHERS = [
    # name, other file, its text, the reason's end where there is one
    ("code", CONSTANT, "load.py", 'def load(folder):\n    return folder / "07_output_audio.mp3"\n', "load.py:2"),
    ("code, by %", CONSTANT, "load.py", 'def load(kind):\n    return "07_output_%s.mp3" % kind\n', "load.py:2"),
    ("an f-string for a constant", KIND, "sub/load.py", 'NAME = "07_output_audio.mp3"\n', "sub/load.py:1"),
    ("script", CONSTANT, "player.js", "const url = `/exports/${run}/07_output_audio.mp3`;\n", "player.js:1"),
    ("template with a name", KIND, "page.html", '<audio\n src="/run/07_output_speech.mp3">\n', "page.html:2"),
    ("data", CONSTANT, "data/index.json", '{"file": "07_output_audio.mp3"}\n', "data/index.json:1"),
    ("prose", CONSTANT, "README.md", "The sound is in 07_output_audio.mp3.\n", ""),
    ("comment", CONSTANT, "load.py", "# 07_output_audio.mp3 is the sound\n", ""),
    ("docstring", CONSTANT, "load.py", '"""Reads 07_output_audio.mp3."""\n', ""),
    ("comment of a script", CONSTANT, "player.js", "// 07_output_audio.mp3\n", ""),
    ("computed number", CONSTANT, "load.py", 'def f(n):\n    return f"{n:02d}_output_audio.mp3"\n', "load.py:2"),
    ("number by %", CONSTANT, "load.py", 'N = "%02d_output_audio.mp3" % 7\n', "load.py:1"),
    ("number by +", CONSTANT, "load.py", 'N = str(7) + "_output_audio.mp3"\n', "load.py:1"),
    ("number by format", CONSTANT, "load.py", 'N = "{}_output_audio.mp3".format(7)\n', "load.py:1"),
    ("number and kind computed", CONSTANT, "load.py", 'def f(n, k):\n    return f"{n:02d}_{k}.mp3"\n', "load.py:2"),
    ("kind computed", CONSTANT, "load.py", 'def f(k):\n    return f"07_{k}.mp3"\n', "load.py:2"),
    ("another number and kind", CONSTANT, "load.py", 'def f(k):\n    return f"08_{k}.mp3"\n', ""),
    ("number in a script", CONSTANT, "player.js", "const url = `${n}_output_audio.mp3`;\n", "player.js:1"),
    ("number added in a script", CONSTANT, "player.js", "const url = pad(n) + '_output_audio.mp3';\n", "player.js:1"),
    ("number and extension in a script", CONSTANT, "player.js", "const url = `${n}_output_audio.${ext}`;\n", "player.js:1"),
    ("number in a template", CONSTANT, "page.mustache", "<a href='{{n}}_output_audio.mp3'>\n", "page.mustache:1"),
    ("number in a shell script", CONSTANT, "play", 'play "$(printf %02d_output_audio.mp3 7)"\n', "play:1"),
    ("any number in a script", CONSTANT, "player.js", "f.endsWith('_output_audio.mp3');\n", ""),
    ("another computed name", CONSTANT, "player.js", "const url = `${n}_output_image.png`;\n", ""),
    *(
        (path, CONSTANT, path, "X=07_output_audio.mp3\n", f"{path}:1")
        for path in "a.pyx a.env .env a.conf a.properties a.graphql a.proto a.tsv a.R Makefile script".split()
    ),
    ("stub", CONSTANT, "load.pyi", 'X: Literal["07_output_audio.mp3"]\n', "load.pyi:1"),
    ("prose without a suffix", CONSTANT, "README", "The sound is in 07_output_audio.mp3.\n", ""),
    ("no text", CONSTANT, "blob", "\0 07_output_audio.mp3\n", ""),
    ("another name", CONSTANT, "load.py", 'NAME = "07_output_audio.mp3.txt", "17_output_audio.mp3"\n', ""),
]
BEGUN = [
    # the same for the beginning of the name with its number
    ("a template", KIND, "page.html", '<audio\n src="/run/07_output_{{ kind }}.mp3">\n', "page.html:2"),
    ("a template with the extension", CONSTANT, "player.js", "fetch(`/run/07_output_audio.${ext}`);\n", "player.js:1"),
    ("put together in a script", CONSTANT, "player.ts", 'const url = base + "/07_output_" + kind + ".mp3";\n', "player.ts:1"),
    ("searched by a script", CONSTANT, "player.js", "files.find(f => f.startsWith('07_'));\n", "player.js:1"),
    ("glob", CONSTANT, "load.py", 'def load(folder):\n    return folder.glob("07_*")\n', "load.py:2"),
    ("glob below a folder", CONSTANT, "load.py", 'def load(folder):\n    return f"{folder}/07_out*"\n', "load.py:2"),
    ("glob of a computed number", CONSTANT, "load.py", 'def load(n):\n    return f"{n:02d}_*"\n', "load.py:2"),
    ("glob of a number by format", CONSTANT, "load.py", 'def load(n):\n    return "{:02d}_*".format(n)\n', "load.py:2"),
    ("beginning of a computed number", CONSTANT, "load.py", 'def f(p, n):\n    return p.startswith("%02d_" % n)\n', "load.py:2"),
    ("computed beginning", CONSTANT, "load.py", 'def f(n):\n    return f"{n:02d}_output"\n', "load.py:2"),
    ("regular expression", CONSTANT, "load.py", 'P = r"^07_output_(\\w+)\\.mp3$"\n', "load.py:1"),
    ("stem", CONSTANT, "load.py", 'def is_it(p):\n    return p.stem == "07_output_audio"\n', "load.py:2"),
    ("a number alone", CONSTANT, "load.py", 'def f(name):\n    return name.startswith("07")\n', "load.py:2"),
    ("another number", CONSTANT, "load.py", 'N = "08_", "17_output", "107_"\n', ""),
    ("another beginning", CONSTANT, "player.js", "run('07_input' + ext, '07_output_image.png');\n", ""),
]


def reasons(folder: Path) -> dict[str, str]:
    """What is said about the copy in `m.py` by a run over the whole folder: level and reason."""
    with chdir(folder):
        run = Run(["."], Options(mode="check"), resolver=Resolver(), jobs=1)
        found = [f for result in run for f in result.findings if f.code == "LPR201" and f.path.endswith("m.py")]
    return {finding.level: finding.reason for finding in found}


@pytest.mark.parametrize("git", [False, True], ids=["walk", "git"])
@pytest.mark.parametrize(("name", "path", "text", "place"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_other_files(name: str, path: str, text: str, place: str, git: bool, tmp_path: Path) -> None:
    require_reason(
        f"the name is spelled again at {place}, and the recorder gives another one", name, path, text, place, git, tmp_path
    )


@pytest.mark.parametrize("git", [False, True], ids=["walk", "git"])
@pytest.mark.parametrize(("name", "path", "text", "place"), [row[1:] for row in BEGUN], ids=[row[0] for row in BEGUN])
def test_beginnings_in_other_files(name: str, path: str, text: str, place: str, git: bool, tmp_path: Path) -> None:
    said = f"the beginning of the name with its number is spelled again at {place}"
    require_reason(said, name, path, text, place, git, tmp_path)


def require_reason(said: str, name: str, path: str, text: str, place: str, git: bool, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE.format(name=name))
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    if git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert reasons(tmp_path) == ({"unsafe": said} if place else {"safe": ""})


WAYS = {
    "the whole project": lambda folder: Run([str(folder)], Options(mode="check"), resolver=Resolver(), jobs=1),
    "in two processes": lambda folder: Run([str(folder)], Options(mode="check"), resolver=Resolver(), jobs=2),
    "one file": lambda folder: Run([str(folder / "m.py")], Options(mode="check"), resolver=Resolver(), jobs=1),
    "the file beside its folder": lambda folder: Run(
        [str(folder / "m.py"), str(folder / "load.py"), str(folder)], Options(mode="check"), resolver=Resolver(), jobs=1
    ),
    "a part of the project": lambda folder: Run([str(folder / "sub")], Options(mode="check"), resolver=Resolver(), jobs=1),
    "without what is excluded": lambda folder: Run(
        [str(folder)], Options(mode="check"), resolver=Resolver(), jobs=1, exclude=["page.html", "sub/"]
    ),
    "standard input": lambda folder: [
        Run((), Options(mode="check"), resolver=Resolver()).source((folder / "m.py").read_bytes(), str(folder / "m.py"))
    ],
    "a fix that is not taken": lambda folder: Run([str(folder)], Options(mode="fix"), resolver=Resolver(), jobs=1),
}


@pytest.mark.parametrize("git", [False, True], ids=["walk", "git"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_answer_is_the_same_however_the_file_is_reached(
    way: Callable[[Path], Iterable[FileResult]], git: bool, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    (tmp_path / "page.html").write_text("<audio\n src='07_output_audio.mp3'>\n")
    (tmp_path / "load.py").write_text('NAME = "07_output_audio.mp3"\n')
    (tmp_path / "sub").mkdir()
    for name in ("m.py", "sub/m.py", *(f"sub/{number}.py" for number in range(WORTH_A_POOL))):
        (tmp_path / name).write_text(MODULE.format(name=CONSTANT))
    if git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    results = list(way(tmp_path))
    assert [result.errors for result in results if result.errors] == []
    found = [f for result in results for f in result.findings if f.code == "LPR201"]
    assert found and {finding.level for finding in found} == {"unsafe"}
    assert all("load.py:1" in finding.reason and "page.html:2" in finding.reason for finding in found)


@pytest.mark.parametrize("way", ["one process", "two processes", "an executor"])
def test_a_run_searches_once(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2 * WORTH_A_POOL):
        (tmp_path / f"{number}.py").write_text(MODULE.format(name=f'"{number + 10}_output.mp3"'))
    searches: list[str] = []
    for name in ("mention_patterns", "by_file"):

        def noted(*arguments: object, name: str = name, original: Callable[..., object] = getattr(project, name)) -> object:
            searches.append(name)
            return original(*arguments)

        monkeypatch.setattr(project, name, noted)
    with ThreadPoolExecutor(2) as threads:
        executor = threads if way == "an executor" else None
        jobs = 2 if way == "two processes" else 1
        run = Run([str(tmp_path)], Options(), resolver=Resolver(), jobs=jobs, executor=executor)
        assert [result.new is not None for result in run] == [True] * 2 * WORTH_A_POOL
    assert searches == ["mention_patterns", "by_file"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("known.json", '[\n{"path": "m.py", "text": "07_output_audio.mp3"},\n{"baseline-of": "recorder-fix", "version": 1}\n]\n'),
        ("report.html", "<title>recorder-fix report</title>\n07_output_audio.mp3\n"),
        ("exports/run_1/metadata.json", '{"filename": "07_output_audio.mp3"}'),
    ],
    ids=["a baseline", "a page", "a recorded run"],
)
def test_what_the_tools_wrote_does_not_count(path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE.format(name=CONSTANT))
    written = tmp_path / path
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(text)
    if written.name == "metadata.json":
        (written.parent / "entities.jsonl").write_text("")
    assert reasons(tmp_path) == {"safe": ""}


@pytest.mark.parametrize(
    ("folder", "named", "place"),
    [
        (".", ".", "sub/load.py:1"),
        (".", "sub/m.py", "sub/load.py:1"),
        ("sub", ".", "load.py:1"),
        ("sub", "m.py", "load.py:1"),
        ("other", "../sub/m.py", "../sub/load.py:1"),
    ],
)
def test_places_are_named_from_the_current_folder(folder: str, named: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "sub/m.py").write_text(MODULE.format(name=CONSTANT))
    (tmp_path / "sub/load.py").write_text(f"NAME = {CONSTANT}\n")
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    with chdir(tmp_path / folder):
        run = Run([named], Options(mode="check"), resolver=Resolver(), jobs=1)
        (reason,) = [f.reason for result in run for f in result.findings if f.code == "LPR201"]
    assert reason.startswith(f"the name is spelled again at {place}, ")


def test_the_reader_in_the_file_itself_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.py").write_text(MODULE.format(name=CONSTANT) + f"    print((recorder.run_folder / {CONSTANT}).read_bytes())\n")
    (tmp_path / "pyproject.toml").write_text("[tool.recorder]\n")
    monkeypatch.chdir(tmp_path)
    run = Run(["m.py"], Options(mode="check"), resolver=Resolver(), jobs=1)
    assert [f.reason for result in run for f in result.findings if f.code == "LPR201"] == [
        "the file is looked up under its old name at line 8"
    ]


def test_what_git_ignores_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE.format(name=CONSTANT))
    (tmp_path / "old.js").write_text("'07_output_audio.mp3'")
    (tmp_path / ".gitignore").write_text("old.js\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert reasons(tmp_path) == {"safe": ""}


GIVEN = "def store({parameters}, source: str) -> None:\n    {get}shutil.copy2(source, recorder.run_folder / {name})\n"


@pytest.mark.parametrize(
    ("parameters", "get", "level"),
    [("recorder: LivePipelineRecorder", "", "unsafe"), ("run_id: str", "recorder = get_recorder(run_id)\n    ", "safe")],
    ids=["the recorder is handed in", "each route gets its own"],
)
def test_writes_of_the_same_name_in_other_files(parameters: str, get: str, level: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE.format(name=CONSTANT))
    imports = "import shutil\n\nfrom recorder import LivePipelineRecorder, get_recorder\n\n\n"
    (tmp_path / "other.py").write_text(imports + GIVEN.format(parameters=parameters, get=get, name=CONSTANT))
    found = reasons(tmp_path)
    assert list(found) == [level]
    assert ("other.py:7 writes a file of the same name as well" in found[level]) == (level == "unsafe")


def test_numbers_read_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE.replace("kind: str", "i: int").format(name='f"{i:03d}_frame.png"'))
    (tmp_path / "load.py").write_text('def load(folder, i):\n    return folder / f"{i:03d}_frame.png"\n')
    assert reasons(tmp_path) == {"left": "load.py:2 makes the name again from the number, which the recorder gives itself"}


def test_large_files_are_data(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('"07_output_audio.mp3"'.ljust(1_000_000))
    assert mentions_in(["07_output"], [str(data)]) != set()
    data.write_text('"07_output_audio.mp3"'.ljust(1_000_001))
    assert mentions_in(["07_output"], [str(data)]) == set()


def test_a_long_line_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    script = tmp_path / "bundle.js"
    script.write_text("'07_output_a.mp3',".ljust(5000) + "'07_output_b.mp3'," + " " * 5000 + "'07_output_c.mp3'")
    texts = [mention.text for mention in mentions_in(["07_output"], [str(script)])]
    assert [name for name in "abc" if any(f"07_output_{name}.mp3" in text for text in texts)] == ["a", "b", "c"]
    assert max(map(len, texts)) <= 4000


# In a file with this line a name is spelled, or may be.
SPELLED = [
    ("07_output_audio.mp3", ["x 07_output_audio.mp3", 'f"07_{kind}.mp3"', "'07_'", "`/run/07_${kind}`", "^07_"]),
    ("07_output_audio.mp3", ['f"{n}_output"', "'%d_output'", "'%2s_output'", "str(n) + '_output'", "(n)_output", "$(n)_output"]),
    (
        "07_output_audio.mp3",
        ['f"{n:02d}_{k}"', 'f"{n:{w}d}_"', 'f"{n:>3}_*"', 'f"{n:04}_x"', "'%02d_*'", "'%d_%s'", "str(n).zfill(2)", 'f"{n:02d}*"'],
    ),
    (f"07_output_{HOLE}.{HOLE}", ["07_output_x.png", "{{ n }}_output"]),
    ("07-output.mp3", ["'07-'", 'f"{n:02d}-*"', "{n}-output"]),
    (f"{HOLE}_frame.png", ["_frame.png"]),
    (f"{HOLE}_x.py", ["a_x.py"]),
]
NOT_SPELLED = [
    (
        "07_output_audio.mp3",
        ["08_output", "_output_audio.mp3", "'08_'", "x07_", "{entry_id}_light", "conv2d_x", "field_output", "07-output"],
    ),
    ("07-output.mp3", ["'07_'"]),
    (f"{HOLE}_frame.png", ["_frame.jpg", "'07_'", 'f"{n:02d}_"']),
    (f"{HOLE}_{HOLE}.{HOLE}", ["07_output.mp3"]),
    (f"{HOLE}_.c", ["1_.c"]),
]


@pytest.mark.parametrize(
    ("name", "line", "wanted"),
    [
        *((name, line, True) for name, lines in SPELLED for line in lines),
        *((name, line, False) for name, lines in NOT_SPELLED for line in lines),
    ],
)
def test_what_a_file_must_hold_to_spell_a_name(name: str, line: str, wanted: bool) -> None:
    patterns = mention_patterns([NumberedWrite(name, "m.py", 1, True)])
    assert any(re.search(pattern, line) for pattern in patterns) == wanted
