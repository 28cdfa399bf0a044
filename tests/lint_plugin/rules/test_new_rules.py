"""LPR002, LPR003, LPR103, LPR203 line by line: a comment `# LPR203` at a line's end names what is found in it."""

from __future__ import annotations

import textwrap

import pytest

from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText


def sites_in(text: str, facts: Facts | None = None, config: Config | None = None) -> list[tuple[int, str, str]]:
    source = SourceText(text.encode())
    found = find(analyse(source, config or Config(), "a.py", facts if facts is not None else Facts()))
    return [(source.position(site.start)[0], site.code, site.message) for site in found]


def check(text: str, facts: Facts | None = None, config: Config | None = None) -> None:
    wanted = []
    for number, line in enumerate(text.splitlines(), 1):
        _, _, marker = line.partition("  # LPR")
        wanted += [(number, "LPR" + code.removeprefix("LPR")) for code in marker.split()]
    assert sorted((line, code) for line, code, _ in sites_in(text, facts, config)) == sorted(wanted)


REMOVALS_HEAD = """\
import asyncio, os, shutil, subprocess
from pathlib import Path
from recorder import LivePipelineRecorder
def f(recorder: LivePipelineRecorder, entity, name):
    path = recorder.run_folder / name
"""
REMOVALS = """
os.remove(path)  # LPR203
os.unlink(recorder.run_folder / entity["filename"])  # LPR203
os.rmdir(path)  # LPR203
os.removedirs(str(path))  # LPR203
path.unlink()  # LPR203
path.unlink(missing_ok=True)  # LPR203
path.rmdir()  # LPR203
shutil.rmtree(recorder.run_folder)  # LPR203
shutil.rmtree(path, ignore_errors=True)  # LPR203
shutil.rmtree(path=str(recorder.run_folder))  # LPR203
asyncio.to_thread(shutil.rmtree, recorder.run_folder)  # LPR203
asyncio.to_thread(path.unlink)  # LPR203
gone = os.remove; gone(path)  # LPR203
subprocess.run(["rm", "-rf", path])  # LPR203
[one.unlink() for one in recorder.run_folder.glob("*.tmp")]  # LPR203
os.remove(name)
Path(name).unlink()
shutil.rmtree(recorder.run_folder.parent)
os.remove(recorder.run_folder / "/tmp/x")
str(path).unlink()
entity.remove(path)
entity.rmtree()
path.write_bytes(b""); path.unlink()  # LPR202
open(path, "w"); os.remove(path)  # LPR202
subprocess.run(["ls", path])
"""


@pytest.mark.parametrize("line", REMOVALS.strip().splitlines())
def test_removals(line: str) -> None:
    check(REMOVALS_HEAD + "    " + line + "\n")


def test_a_removal_says_what_is_lost() -> None:
    below, whole = sites_in(REMOVALS_HEAD + "    os.remove(path)\n    shutil.rmtree(recorder.run_folder)\n")
    assert "its index may go on naming it" in below[2]
    assert "the run and its index are gone" in whole[2]


STATE = """
recorder.metadata["models_used"] = {}  # LPR003
recorder.metadata = {}  # LPR003
recorder.metadata["entities"][0]["x"] = 1  # LPR003
del recorder.metadata["x"]  # LPR003
recorder.metadata["n"] += 1  # LPR003
recorder.metadata.update(x=1)  # LPR003
recorder.metadata["entities"].append({})  # LPR003
recorder.metadata.setdefault("x", []).append(1)  # LPR003
recorder.metadata.get("entities").pop()  # LPR003
meta = recorder.metadata; meta["x"] = 1  # LPR003
items = recorder.metadata["entities"]; items.append({})  # LPR003
for one in recorder.metadata["entities"]: one["x"] = 1  # LPR003
recorder.sequence_number += 1  # LPR003
recorder.sequence_number = 0  # LPR003
setattr(recorder, "sequence_number", 3)  # LPR003
delattr(recorder, "_cache")  # LPR003
setattr(recorder, "note", 3)
recorder._save_metadata()  # LPR003
recorder._cache = {}  # LPR003
recorder._cache["x"] = 1  # LPR003
recorder._lock.acquire()  # LPR003
recorder._journal.file.flush()  # LPR003
recorder.metadata["x"]
recorder.metadata.get("x")
dict(recorder.metadata)["x"] = 1
recorder.metadata.copy().update(x=1)
print(recorder.sequence_number + 1)
copied = list(recorder.metadata["entities"]); copied.append({})
recorder.__class__
recorder._cache
recorder._cache["x"]
recorder._cache.get("x")
other.metadata["x"] = 1
other._save_metadata()
recorder.run_folder
"""


@pytest.mark.parametrize("line", STATE.strip().splitlines())
def test_state_on_strong_evidence(line: str) -> None:
    check("from recorder import LivePipelineRecorder\ndef f(recorder: LivePipelineRecorder, other):\n    " + line + "\n")


@pytest.mark.parametrize(
    ("head", "line", "found"),
    [
        ("from recorder import get_recorder\n", 'recorder.metadata["x"] = 1', True),
        ("from recorder import get_recorder\n", "recorder.sequence_number += 1", True),
        ("from recorder import get_recorder\n", "recorder._save_metadata()", False),  # strong evidence only
        ("import recorder as r\n", 'recorder.metadata["x"] = 1', False),
        ("", 'recorder.metadata["x"] = 1', False),  # another project's recorder
        ("class LivePipelineRecorder: pass\n", 'recorder.metadata["x"] = 1', False),  # the defining module
        (
            "from recorder import LivePipelineRecorder\nclass Mine(LivePipelineRecorder): pass\n",
            'recorder.metadata["x"] = 1',
            False,
        ),
    ],
)
def test_state_on_a_mere_name(head: str, line: str, found: bool) -> None:
    text = f"{head}def f(recorder):\n    {line}\n"
    assert [code for _, code, _ in sites_in(text)] == (["LPR003"] if found else [])


def test_state_inside_the_class_is_its_own() -> None:
    check(
        "class LivePipelineRecorder:\n"
        "    def __init__(self):\n        self.metadata = {}\n        self.sequence_number = 0\n"
        "    def save_entity(self):\n        self.sequence_number += 1\n        self._write()\n"
        "    def _write(self):\n        self.metadata['x'] = 1\n"
    )


CLASS = """\
from functools import wraps
def deco(f): return f
class Base: pass
class LivePipelineRecorder:
    def __init__(self, run_id, base_path=None, *, owner=None): self.run_folder = base_path
    def save_entity(self, entity_type, content, metadata=None): ...
    def only(self, value, /): ...
    def anything(self, *args, **kwargs): ...
    @deco
    def wrapped(self, x): ...
    @staticmethod
    def still(x): ...
    @classmethod
    def made(cls, x): ...
    @property
    def name(self): return lambda y: y
def get_recorder(run_id, base_path=None) -> LivePipelineRecorder: return LivePipelineRecorder(run_id)
def f(recorder: LivePipelineRecorder, x, args, kwargs):
"""
ARGUMENTS = """
recorder.save_entity("a", data=x)  # LPR002
recorder.save_entity(entity_type="a", data=x)  # LPR002
recorder.save_entity("a")  # LPR002
recorder.save_entity(content=x)  # LPR002
recorder.save_entity("a", x, meta={})  # LPR002
LivePipelineRecorder()  # LPR002
LivePipelineRecorder("r", user="x")  # LPR002
LivePipelineRecorder(base_path="x")  # LPR002
recorder.still(y=1)  # LPR002
recorder.made()  # LPR002
recorder.save_entity("a", x, content=x)  # LPR002
recorder.save_entity("a", x, {}, "more", 1)  # LPR002
LivePipelineRecorder("r", "b", "c", "d", "e", "f")  # LPR002
recorder.save_entity("a", x)
recorder.save_entity("a", content=x, metadata={})
recorder.save_entity(content=x, entity_type="a")
recorder.save_entity(*args)
recorder.save_entity("a", **kwargs)
recorder.only(x)
recorder.anything(1, z=2)
recorder.wrapped(nonsense=1)
recorder.still(x)
recorder.made(x=1)
recorder.name(z=1)
LivePipelineRecorder("r", owner=x)
x.save_entity("a", data=x)
"""


@pytest.mark.parametrize("line", ARGUMENTS.strip().splitlines())
def test_arguments(line: str) -> None:
    check(CLASS + "    " + line + "\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('recorder.save_entity("a", data=x)', "`save_entity()` takes no argument `data`; did you mean `content`?"),
        ('recorder.save_entity("a", x, metdata={})', "`save_entity()` takes no argument `metdata`; did you mean `metadata`?"),
        ('recorder.save_entity("a")', "`save_entity()` is called without `content`"),
        ("recorder.save_entity()", "`save_entity()` is called without `entity_type` and `content`"),
        ('LivePipelineRecorder("r", zzz=1)', "takes no argument `zzz`; it takes `run_id`, `base_path`, `owner`"),
    ],
)
def test_the_message_names_the_nearest(line: str, message: str) -> None:
    ((_, _, said),) = sites_in(CLASS + "    " + line + "\n")
    assert message in said


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("get_recorder('r')", True),
        ("get_recorder('r', base_path=x)", True),
        ("get_recorder('r', base_path=x, device_id=1)", False),
        ("get_recorder('r', x, device_id=1)", False),  # what the second argument is is not known
        ("get_recorder('r', **kwargs)", False),
        ("other('r')", False),
    ],
)
def test_required_arguments_without_a_signature(call: str, found: bool) -> None:
    config = Config({"required-arguments": {"get_recorder": ("base_path", "device_id")}})
    text = f"from recorder import get_recorder\nfrom m import other\ndef f(x, kwargs):\n    {call}\n"
    # `base_path=x` leaves one name that the one positional argument could be.
    expected = found and call != "get_recorder('r', base_path=x)"
    assert [code for _, code, _ in sites_in(text, config=config)] == (["LPR002"] if expected else [])


def test_required_arguments_of_a_method() -> None:
    config = Config({"required-arguments": {"save_entity": ("metadata",)}})
    text = (
        CLASS
        + "    recorder.save_entity('a', x)\n    recorder.save_entity('a', x, {})\n    recorder.save_entity('a', x, metadata={})\n"
    )
    found = sites_in(text, config=config)
    assert [(line - CLASS.count("\n"), code) for line, code, _ in found] == [(1, "LPR002")]
    assert found[0][2] == "`save_entity()` is called without `metadata`"


NEVER_HEAD = "from recorder import LivePipelineRecorder\ndef f(recorder: LivePipelineRecorder, x, weak):\n"
SAVE = 'recorder.save_entity("output_image", x)\n'
NEVER = [
    (SAVE, 'recorder.get_entity_path("output_imgae")', True),
    (SAVE, 'recorder.get_entity_path(entity_type="input")', True),
    (SAVE, 'recorder.get_entity_path("input", which=1)', True),
    ('recorder.save_entity(entity_type="a", content=x)\n', 'recorder.get_entity_path("b")', True),
    ('weak.save_entity("a", x)\n', 'recorder.get_entity_path("b")', True),
    ('recorder.save_from_filesystem(x, "a")\n', 'recorder.get_entity_path("b")', True),
    ('recorder.save_error(1, "e", "m")\n', 'recorder.get_entity_path("b")', True),
    (SAVE, 'recorder.get_entity_path("output_image")', False),
    (SAVE, "recorder.get_entity_path(x)", False),
    (SAVE, 'weak.get_entity_path("b")', False),
    ("", 'recorder.get_entity_path("b")', False),
    ("recorder.save_entity(x, x)\n", 'recorder.get_entity_path("b")', False),
    ('recorder.save_entity(f"output_{x}", x)\n', 'recorder.get_entity_path("b")', False),
    (SAVE + "    map(recorder.save_entity, x)\n", 'recorder.get_entity_path("b")', False),
    (SAVE + "    recorder.save_entity(*x)\n", 'recorder.get_entity_path("b")', False),
    ('recorder.save_from_filesystem(x, "a")\n', 'recorder.get_entity_path("a")', False),
    ('recorder.save_error(1, "e", "m")\n', 'recorder.get_entity_path("error")', False),
    ('recorder.save_prompt_id("p")\n', 'recorder.get_entity_path("prompt_id")', False),
    ('recorder.download_and_save_from_url(x, "image", x)\n', 'recorder.get_entity_path("output_image")', False),
    (
        SAVE.replace("output_image", "a") + '    recorder.download_and_save_from_url_sync(x, "image", x)\n',
        'recorder.get_entity_path("output_image")',
        False,
    ),
    (
        SAVE.replace("output_image", "a") + '    recorder.download_and_save_from_swarmui_sync(x, "image", x)\n',
        'recorder.get_entity_path("output_image")',
        False,
    ),
    (
        SAVE.replace("output_image", "a") + '    recorder.download_and_save_from_comfyui_sync(x, "image", x)\n',
        'recorder.get_entity_path("output_image")',
        False,
    ),
    ('recorder.save_entity("prompt", x)\nrecorder.mark_failed("x")\n', 'recorder.get_entity_path("error")', False),
    ('with recorder: recorder.save_entity("prompt", x)\n', 'recorder.get_entity_path("error")', False),
    ("recorder.download_and_save_from_url(x, x, x)\n", 'recorder.get_entity_path("output_audio")', False),
    ('recorder.download_and_save_from_url(x, "image", x)\n', 'recorder.get_entity_path("output_audio")', True),
]


@pytest.mark.parametrize(("saves", "lookup", "found"), NEVER)
def test_never_saved(saves: str, lookup: str, found: bool) -> None:
    text = NEVER_HEAD + textwrap.indent(saves, "    ").replace("        ", "    ") + f"    {lookup}\n"
    assert [code for _, code, _ in sites_in(text)] == (["LPR103"] if found else [])


@pytest.mark.parametrize(
    ("saved", "found"),
    [
        (frozenset({"input"}), True),
        (frozenset({"output_audio"}), False),
        (frozenset({"output_*"}), False),
        (frozenset(), False),  # no save in sight
        (None, False),  # one is computed
    ],
)
def test_what_other_files_save_counts(saved: frozenset[str] | None, found: bool) -> None:
    text = NEVER_HEAD + '    recorder.get_entity_path("output_audio")\n'
    assert [code for _, code, _ in sites_in(text, Facts(saved=saved))] == (["LPR103"] if found else [])


def test_the_nearest_type_is_named() -> None:
    ((_, _, said),) = sites_in(NEVER_HEAD + f'    {SAVE}    recorder.get_entity_path("output_imgae")\n')
    assert said == "nothing in the project saves an entity of type `output_imgae`; did you mean `output_image`?"
