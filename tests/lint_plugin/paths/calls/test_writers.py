"""The tables of writers and readers, line by line, and writers in disguise."""

from __future__ import annotations

import ast

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.finder import analyse, find
from lint_plugin.paths.calls.use_table import READ_METHODS, READERS, REMOVERS
from lint_plugin.paths.calls.writer_table import COMMANDS, COPY, FUNCTIONS, LINK, MOVE, OPEN, OWN_METHODS, TARGET_METHODS, Sink
from lint_plugin.source.text import SourceText

HEAD = """\
import asyncio, atexit, functools, io, json, os, shutil, subprocess, threading
from pathlib import Path
from recorder import LivePipelineRecorder
copy = shutil.copy2
WRITING = "wb"
READING = "rb"
{imports}
def dump(data, path): Path(path).write_text(data)
def chain(path): dump("x", path)
def named(*, target): open(target, "w")
def reads(path): return open(path).read()
class Keeper:
    NAME = "07_x.mp3"
    OTHER = "08_y.mp3"
    def __init__(self): self.OTHER = "z"
    def keep(self, recorder: LivePipelineRecorder, src):
        shutil.copy2(src, recorder.run_folder / self.NAME)
    def put(self, src, path): shutil.copy2(src, path)
    def use(self, recorder: LivePipelineRecorder, src): self.put(src, recorder.run_folder / "07_x.mp3")
def f(recorder: LivePipelineRecorder, src, name, data, cond, pool, loop, tasks, mode="wb", flags=0):
    path = recorder.run_folder / "x.bin"
"""


def codes_of(line: str, imports: str = "", config: Config | None = None) -> list[str]:
    """The codes found in one line of a function."""
    text = HEAD.format(imports=imports) + f"    {line}\n"
    source = SourceText(text.encode())
    last = text.count("\n")
    sites = find(analyse(source, config or Config(), "a.py"))
    return [site.code for site in sites if source.position(site.start)[0] == last]


def _call(name: str, sink: Sink, target: str, by_name: bool, mode: str = "") -> str:
    arguments = [f"a{number}" for number in range(max(sink.target or 0, 0))]
    given = [f"{sink.target_keyword}={target}"] if by_name or sink.target is None else [*arguments, target]
    if mode:
        given.append(f"{sink.mode_keyword}={mode}")
    return f"{name}({', '.join(given)})"


def _imports(name: str) -> str:
    module = name.rpartition(".")[0]
    while "." in module and module.rpartition(".")[2][:1].isupper():
        module = module.rpartition(".")[0]
    return "" if name.startswith("builtins.") else f"import {module}"


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"shutil.copyfileobj"}))
def test_every_function_of_the_table(name: str, by_name: bool) -> None:
    sink = FUNCTIONS[name]
    mode = "" if sink.kind != OPEN else "os.O_WRONLY | os.O_CREAT" if name == "os.open" else repr(min(sink.modes & set("wc")))
    code = "LPR201" if sink.kind in (COPY, MOVE, LINK) else "LPR202"
    spelled = name.removeprefix("builtins.")
    assert codes_of(_call(spelled, sink, "path", by_name, mode), _imports(name)) == [code]
    assert codes_of(_call(spelled, sink, "name", by_name, mode), _imports(name)) == []


@pytest.mark.parametrize("name", sorted(name for name, sink in FUNCTIONS.items() if sink.kind == OPEN))
def test_the_default_mode(name: str) -> None:
    """What reads by default is no write; what a mode says counts."""
    sink = FUNCTIONS[name]
    call = _call(name.removeprefix("builtins."), sink, "path", False)
    writes = any(letter in sink.default_mode for letter in ("w", "a", "+", "c"))
    assert codes_of(call, _imports(name)) == (["LPR202"] if writes else [])
    reading = "os.O_RDONLY" if name == "os.open" else "'r'"
    assert codes_of(_call(name.removeprefix("builtins."), sink, "path", False, reading), _imports(name)) == []


def test_reading_by_default() -> None:
    for name in ("zipfile.ZipFile", "h5py.File", "tarfile.open", "aiofiles.open", "builtins.open", "netCDF4.Dataset"):
        assert FUNCTIONS[name].default_mode == "r"


@pytest.mark.parametrize("name", sorted(OWN_METHODS))
def test_every_method_of_a_path(name: str) -> None:
    sink = OWN_METHODS[name]
    given = {"open": "'w'", "link_to": "path", "mkdir": ""}.get(name, "data")
    code = "LPR201" if sink.kind == LINK else "LPR202"
    on = "Path(src)" if name == "link_to" else "path"
    assert codes_of(f"{on}.{name}({given})") == [code]
    assert codes_of(f"Path(src).{name}({given.replace('path', 'src')})") == []


@pytest.mark.parametrize("name", sorted(set(TARGET_METHODS) - {"write"}))
def test_every_method_that_takes_a_path(name: str) -> None:
    sink = TARGET_METHODS[name]
    code = "LPR201" if sink.kind in (COPY, MOVE) else "LPR202"
    assert codes_of(_call(f"data.{name}", sink, "path", False)) == [code]
    assert codes_of(_call(f"data.{name}", sink, "name", False)) == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command(command: str) -> None:
    kind, option = COMMANDS[command]
    words = [command, *([option] if option else ["a"]), "path"]
    spelled = ", ".join(word if word == "path" else repr(word) for word in words)
    code = "LPR201" if kind in (COPY, MOVE, LINK) else "LPR202"
    assert codes_of(f"subprocess.run([{spelled}], check=True)") == [code]
    assert codes_of(f"subprocess.Popen(args=('/usr/bin/{command}', {words[1]!r}, str(path)))") == [code]
    assert codes_of(f"asyncio.create_subprocess_exec({spelled})") == [code]
    assert codes_of(f"words = [{spelled}]; subprocess.check_call(words)") == [code]
    assert codes_of(f"subprocess.run([{spelled.replace('path', 'name')}])") == []


def test_advice_names_the_save_method() -> None:
    """Every line says what to do instead, in the project's own words."""
    for sink in (*FUNCTIONS.values(), *OWN_METHODS.values(), *TARGET_METHODS.values()):
        assert "`store()`" in sink.advice("store")
        assert "{" not in sink.advice("store")


ADVICE = {
    "data.tofile(path)": "tobytes()",
    "data.to_csv(path)": "call it without a path",
    "data.save(path)": "io.BytesIO",
    "data.save_pretrained(path)": "temporary folder",
    "import zipfile; zipfile.ZipFile(path, 'w')": "io.BytesIO",
    "import logging; logging.FileHandler(path)": "a log that grows is no entity",
    "import sqlite3; sqlite3.connect(path)": "serialize()",
    "import numpy as np; np.savetxt(path, data)": "io.StringIO",
    "import cv2; cv2.imwrite(str(path), data)": "cv2.imencode()",
    "shutil.make_archive(path, 'zip', src)": "temporary file",
    "shutil.unpack_archive(src, path)": "save each file",
}


@pytest.mark.parametrize("line", ADVICE)
def test_advice_fits(line: str) -> None:
    source = SourceText((HEAD.format(imports="") + f"    {line}\n").encode())
    sites = find(analyse(source, Config(), "a.py"))
    assert [ADVICE[line] in site.message for site in sites if site.node.lineno == HEAD.count("\n") + 1] == [True]


NUMBERED = 'recorder.run_folder / "07_x.mp3"'
DISGUISED = {
    "a thread": f"asyncio.to_thread(shutil.copy2, src, {NUMBERED})  # LPR201",
    "a thread, awaited by name": f"asyncio.to_thread(shutil.copy2, src, dst={NUMBERED})  # LPR201",
    "a thread and an alias": f"asyncio.to_thread(copy, src, {NUMBERED})  # LPR201",
    "a method of the path": f"asyncio.to_thread(({NUMBERED}).write_bytes, data)  # LPR202",
    "an executor": f"loop.run_in_executor(None, shutil.copy2, src, {NUMBERED})  # LPR201",
    "an executor, a partial": f"loop.run_in_executor(None, functools.partial(shutil.copy2, src, {NUMBERED}))  # LPR201",
    "a pool": f"pool.submit(shutil.copyfile, src, {NUMBERED})  # LPR201",
    "a background task": f"tasks.add_task(shutil.move, src, {NUMBERED})  # LPR201",
    "at exit": f"atexit.register(shutil.copy, src, {NUMBERED})  # LPR201",
    "a Thread": f"threading.Thread(target=shutil.copy2, args=(src, {NUMBERED})).start()  # LPR201",
    "a partial that is called": f"functools.partial(shutil.copy2, src, {NUMBERED})()  # LPR201",
    "a partial with a name": f"put = functools.partial(shutil.copy2, src); put({NUMBERED})  # LPR201",
    "an alias of the module": f"copy(src, {NUMBERED})  # LPR201",
    "an alias of an alias": f"a = shutil.copy2; b = a; b(src, {NUMBERED})  # LPR201",
    "a mode by default": f"open({NUMBERED}, mode)  # LPR202",
    "a mode in a variable": f"m = 'w'; open({NUMBERED}, m)  # LPR202",
    "a mode in a constant": f"open({NUMBERED}, WRITING)  # LPR202",
    "one mode or another": f"open({NUMBERED}, 'wb' if cond else 'w')  # LPR202",
    "a mode that may not be bound": f"if cond: m = 'w'\n    open({NUMBERED}, m)  # LPR202",
    "a mode by name": f"({NUMBERED}).open(mode=mode)  # LPR202",
    "a raw file": f"io.FileIO({NUMBERED}, 'w')  # LPR202",
    "a descriptor": f"os.open({NUMBERED}, os.O_WRONLY | os.O_CREAT)  # LPR202",
    "a command": f"subprocess.run(['ffmpeg', '-i', src, str({NUMBERED})])  # LPR202",
    "a command with a sum of words": f"subprocess.run(['cp'] + [src, {NUMBERED}])  # LPR201",
    "a helper": f"dump(data, {NUMBERED})  # LPR202",
    "a helper, by name": f"dump(data, path={NUMBERED})  # LPR202",
    "a helper of a helper": f"chain({NUMBERED})  # LPR202",
    "a helper with keywords only": f"named(target={NUMBERED})  # LPR202",
    "a helper in a thread": f"asyncio.to_thread(dump, data, {NUMBERED})  # LPR202",
}


@pytest.mark.parametrize("case", DISGUISED.values(), ids=DISGUISED)
def test_writers_in_disguise(case: str) -> None:
    line, _, code = case.partition("  # ")
    assert sorted(codes_of(line)) == ["LPR101", code]


UNSEEN = {
    "a function that is not known": f"render({NUMBERED})",
    "returned": f"return {NUMBERED}",
    "kept in a field": f"recorder.kept = {NUMBERED}",
    "handed to a method": f"data.process({NUMBERED})",
    "a mode that is not known": f"open({NUMBERED}, cond)",
    "one mode that reads": f"open({NUMBERED}, 'rb' if cond else 'wb')",
    "flags that are not known": f"os.open({NUMBERED}, flags)",
    "only told": f"print({NUMBERED})",
    "not used": NUMBERED,
    "a computed number": 'render(recorder.run_folder / f"{flags:02d}_x.png")',
}


@pytest.mark.parametrize("line", UNSEEN.values(), ids=UNSEEN)
def test_an_unseen_use_of_a_number_says_so(line: str) -> None:
    text = HEAD.format(imports="") + f"    {line}\n"
    source = SourceText(text.encode())
    found = [site for site in find(analyse(source, Config(), "a.py")) if site.node.lineno == text.count("\n")]
    assert [site.code for site in found] == ["LPR101"]
    assert "what is done with the file is not seen here" in found[0].message
    assert codes_of(line.replace("07_x.mp3", "x.mp3").replace("{flags:02d}_", "{flags}_")) == []


READS = {
    **{f"a reader: {name}": f"{name}({NUMBERED})  # {_imports(name)}" for name in sorted(READERS)},
    **{f"a method: {name}": f"({NUMBERED}).{name}()" for name in sorted(READ_METHODS - {"copy", "copy_into"})},
    "opened": f"open({NUMBERED})",
    "opened to read": f"open({NUMBERED}, 'rb')",
    "opened in a constant mode": f"open({NUMBERED}, READING)",
    "through a name": f"p = {NUMBERED}; q = str(p); open(q)",
    "copied out": f"shutil.copy2({NUMBERED}, src)",
    "moved out": f"shutil.move({NUMBERED}, src)",
    "compared": f"src == {NUMBERED}",
    "a descriptor to read": f"os.open({NUMBERED}, os.O_RDONLY)",
    "an input of a command": f"subprocess.run(['ffmpeg', '-i', {NUMBERED}, 'out.mp4'])",
    "by its prefix": f"data.read_parquet({NUMBERED})",
    "with another suffix": f"({NUMBERED}).with_suffix('.txt').read_text()",
    "in a conditional": f"open({NUMBERED} if cond else src)",
}


@pytest.mark.parametrize("case", READS.values(), ids=READS)
def test_reads_are_lookups(case: str) -> None:
    line, _, imports = case.partition("  # ")
    assert codes_of(line, imports) == ["LPR102"]


LITERALS = {
    'shutil.copy2(src, str(recorder.run_folder) + "/" + "07_x.mp3")': '"07_x.mp3"',
    'n = "07_x.mp3"; shutil.copy2(src, str(recorder.run_folder) + "/" + n)': '"07_x.mp3"',
    'shutil.copy2(src, f"{recorder.run_folder}/07_x.mp3")': 'f"{recorder.run_folder}/07_x.mp3"',
    'shutil.copy2(src, recorder.run_folder / (n := "07_x.mp3"))': '"07_x.mp3"',
    'shutil.copy2(src, p := recorder.run_folder / "07_x.mp3")': '"07_x.mp3"',
    'shutil.copy2(src, os.path.join(recorder.run_folder, "final", "07_x.mp3"))': '"07_x.mp3"',
    'shutil.copy2(src, "%s/%s" % (recorder.run_folder, "07_x.mp3"))': '"07_x.mp3"',
}


@pytest.mark.parametrize("line", LITERALS)
def test_the_name_is_flagged_at_its_literal(line: str) -> None:
    source = SourceText((HEAD.format(imports="") + f"    {line}\n").encode())
    found = find(analyse(source, Config(), "a.py"))
    flagged = [source.slice(site.node) for site in found if site.code == "LPR101" and site.node.lineno == HEAD.count("\n") + 1]
    assert flagged == [LITERALS[line]]


def test_a_class_constant_is_flagged_where_it_is_written() -> None:
    source = SourceText((HEAD.format(imports="") + "    pass\n").encode())
    found = [(source.slice(site.node), site.code) for site in find(analyse(source, Config(), "a.py"))]
    assert ('"07_x.mp3"', "LPR101") in found
    assert not any(text == '"08_y.mp3"' for text, _ in found), "it has two values"


SILENT = [
    'open(recorder.run_folder / "/tmp/x", "w")',
    'p = "/tmp/x"; open(recorder.run_folder / p, "w")',
    'open(recorder.run_folder / f"/tmp/{name}", "w")',
    'open(recorder.run_folder / Path("/tmp") / name, "w")',
    'open(recorder.run_folder / os.path.abspath(name), "w")',
    'open(recorder.run_folder / Path(name).resolve(), "w")',
    'open(recorder.run_folder.joinpath("..", name), "w")',
    'up = ".."; open(recorder.run_folder / up / name, "w")',
    'str(path).rename("y")',
    'str(path).rename(recorder.run_folder / "y")',
    'f"{name}".rename(path)',
    'str(path).write_text("x")',
    "data.replace(path, 1)",
    "reads(path)",
    "open(path, cond)",
    "asyncio.to_thread(reads, path)",
    "pool.submit(print, path)",
    "subprocess.run(['ls', path])",
    "subprocess.run(['cp', path, 'out'])",
    "os.makedirs(recorder.run_folder, exist_ok=True)",
    "recorder.run_folder.mkdir()",
]


@pytest.mark.parametrize("line", SILENT)
def test_no_write(line: str) -> None:
    assert codes_of(line) == []


def test_a_folder_is_flagged_only_where_nothing_is_written_in_it() -> None:
    assert codes_of('(recorder.run_folder / "frames").mkdir(); render(src)') == ["LPR202"]
    line = 'd = recorder.run_folder / "frames"; d.mkdir(); (d / name).write_bytes(data)'
    assert codes_of(line) == ["LPR202"]
    source = SourceText((HEAD.format(imports="") + f"    {line}\n").encode())
    last = find(analyse(source, Config(), "a.py"))[-1]
    assert "write_bytes" in source.slice(last.node)


WRITERS = [
    ({"my_app.io.store": 1}, "from my_app.io import store", "store(data, path)", True),
    ({"my_app.io.store": 1}, "from .io import store", "store(data, path)", True),
    ({"my_app.io.store": 1}, "from my_app import io as tools", "tools.store(data, path)", True),
    ({"my_app.io.store": 1}, "import my_app.io", "my_app.io.store(data, target=path)", True),
    ({"my_app.io.store": "target"}, "from my_app.io import store", "store(data, target=path)", True),
    ({"my_app.io.store": "target"}, "from my_app.io import store", "store(data, path)", True),
    ({"store": 0}, "", "store(path)", True),
    ({"my_app.io.Store.put": 0}, "", "data.put(path)", True),
    ({"my_app.io.store": 1}, "from other import store", "store(data, path)", False),
    ({"my_app.io.store": 1}, "from my_app.io import store", "store(path, data)", False),
    ({"my_app.io.store": 1}, "", "data.store(data, path)", False),
]


@pytest.mark.parametrize(("writers", "imports", "line", "found"), WRITERS)
def test_writers_of_the_project(writers: dict[str, int | str], imports: str, line: str, found: bool) -> None:
    assert codes_of(line, imports, Config({"writers": writers})) == (["LPR202"] if found else [])
    assert codes_of(line, imports) == []


def test_the_tables_are_disjoint() -> None:
    assert not READERS & set(FUNCTIONS)
    assert not set(REMOVERS) & set(FUNCTIONS)
    for name in (*READERS, *FUNCTIONS, *REMOVERS):
        ast.parse(name, mode="eval")


SAVED = [
    'p = recorder.run_folder / "07_x.png"; data.save(p)\n    recorder.save_entity("output", p)',
    'p = recorder.run_folder / "07_x.png"; data.save(p)\n    recorder.save_entity("output", p.read_bytes())',
    'p = recorder.run_folder / name; data.save(p)\n    recorder.save_entity("output", content=Path(p))',
    'p = recorder.run_folder / name; data.save(p)\n    recorder.save_from_filesystem(str(p), "output")',
    'p = recorder.run_folder / name; data.save(p)\n    with open(p, "rb") as h:\n        recorder.save_entity("a", h.read())',
    'p = recorder.run_folder / name; data.save(p)\n    d = p.read_bytes()\n    recorder.save_entity("a", d)',
    'data.save(recorder.run_folder / name)\n    recorder.save_entity("a", recorder.run_folder / name)',
    'p = recorder.run_folder / name; data.save(p)\n    recorder.save_entity("a", p)\n    p.unlink()',
]
NOT_SAVED = [
    ('p = recorder.run_folder / name\n    recorder.save_entity("a", p)\n    data.save(p)', ["LPR202"]),
    ('p = recorder.run_folder / name; data.save(p)\n    recorder.set_state("a", p)', ["LPR202"]),
    ('p = recorder.run_folder / name; data.save(p)\n    data.save_entity("a", p)', ["LPR202"]),
    ('p = recorder.run_folder / name; data.save(p)\n    recorder.save_entity("a", name)', ["LPR202"]),
    ('p = recorder.run_folder / "a"; data.save(p)\n    recorder.save_entity("a", recorder.run_folder / "b")', ["LPR202"]),
]


@pytest.mark.parametrize(("lines", "codes"), [*((lines, []) for lines in SAVED), *NOT_SAVED])
def test_what_is_then_given_to_the_save_method_is_no_finding(lines: str, codes: list[str]) -> None:
    text = HEAD.format(imports="") + f"    {lines}\n"
    source = SourceText(text.encode())
    sites = find(analyse(source, Config(), "a.py"))
    assert [site.code for site in sites if source.position(site.start)[0] > HEAD.count("\n")] == codes
