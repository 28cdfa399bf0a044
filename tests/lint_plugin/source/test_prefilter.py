"""The prefilter: which identifiers a file must hold."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_plugin.config.settings import Config
from lint_plugin.source.prefilter import Prefilter, tokens

DEFAULT = {"run_folder", "run_dir", "LivePipelineRecorder", "get_recorder", "load_recorder"}

TOKENS: dict[str, tuple[Mapping[str, object], set[str]]] = {
    "by default": ({}, DEFAULT),
    "folder attributes": ({"folder-attributes": ("final",)}, DEFAULT - {"run_folder"} | {"final"}),
    "renamed attributes": ({"renamed-attributes": {"old": "new"}}, DEFAULT - {"run_dir"} | {"old"}),
    "run roots": ({"run-roots": ("RUNS_DIR",)}, DEFAULT | {"RUNS_DIR"}),
    "classes": ({"recorder-classes": ("Tape",)}, DEFAULT - {"LivePipelineRecorder"} | {"Tape"}),
    "factories": (
        {"recorder-factories": ("open_tape",)},
        DEFAULT - {"get_recorder", "load_recorder"} | {"open_tape"},
    ),
    "a factory with its module": (
        {"recorder-factories": ("tapes.open_tape",)},
        DEFAULT - {"get_recorder", "load_recorder"} | {"open_tape"},
    ),
    "names alone are no proof": ({"recorder-names": ("tape",)}, DEFAULT),
    "names, once the real attributes are known": ({"source-roots": (".",)}, DEFAULT | {"recorder"}),
    "the output folder says nothing": ({"output-folder-attribute": "final_folder"}, DEFAULT),
    "empty names": (
        {"folder-attributes": ("",), "renamed-attributes": {}},
        DEFAULT - {"run_folder", "run_dir"},
    ),
}


@pytest.mark.parametrize(("values", "expected"), TOKENS.values(), ids=TOKENS)
def test_tokens(values: Mapping[str, object], expected: set[str]) -> None:
    assert tokens(Config(values)) == expected


HIT = {
    "the attribute": (b"x = recorder.run_dir / name", True),
    "part of a longer name": (b"x = my_run_dirs, my_run_dir, run_dirs, run_dir2", False),
    "behind a part of a longer name": (b"x = my_run_dir + run_dirs + run_dir", True),
    "between letters that are not ASCII": ("\u00e9run_dir\u00e9".encode(), True),
    "behind a line feed in a string": (rb"x: '\nrun_dir'", True),
    "at the start": (b"run_folder", True),
    "a class": (b"class A(LivePipelineRecorder): pass", True),
    "a factory": (b"recorder = get_recorder()", True),
    "in a comment": (b"# run_dir", True),
    "with a carriage return and a null byte": (b"\0\rrun_dir", True),
    "the shared parts alone": (b"run_ recorder Recorder run_di run_folde _recorder", False),
    "other case": (b"RUN_DIR Run_Folder livepipelinerecorder", False),
    "split": (b"run_\ndir", False),
    "nothing": (b"", False),
}


@pytest.mark.parametrize(("text", "expected"), HIT.values(), ids=HIT)
def test_search(text: bytes, expected: bool) -> None:
    assert Prefilter(Config()).search(text) is expected


def test_a_configuration_without_any_name_finds_nothing() -> None:
    nothing = {
        "folder-attributes": (),
        "renamed-attributes": {},
        "recorder-classes": (),
        "recorder-factories": (),
    }
    prefilter = Prefilter(Config(nothing))
    assert prefilter.tokens == ()
    assert not prefilter.search(b"run_dir run_folder")


def test_a_token_in_another_one_is_enough() -> None:
    prefilter = Prefilter(Config({"source-roots": (".",)}))
    assert prefilter.tokens == (b"LivePipelineRecorder", b"recorder", b"run_dir", b"run_folder")


@pytest.mark.parametrize(
    ("settings", "more", "text"),
    [
        ({"source-roots": (".",)}, (), b"self._recorder.x"),
        ({"source-roots": (".",)}, (), b"my_get_recorder_of().x"),
        ({}, ("LPR",), b"# noqa: LPR201"),
    ],
)
def test_recorder_names_and_codes_count_as_parts_of_words(
    settings: Mapping[str, object], more: tuple[str, ...], text: bytes
) -> None:
    assert Prefilter(Config(settings), more).search(text)
    assert not Prefilter(Config()).search(text)


NAMES = st.lists(st.text("ab_", min_size=1, max_size=3), max_size=5)


@given(names=NAMES, text=st.text("ab_ \n", max_size=60))
def test_search_is_any_token_among_the_words_of_the_text(names: list[str], text: str) -> None:
    config = Config(
        {
            "folder-attributes": tuple(names[:2]),
            "run-roots": tuple(names[2:]),
            "renamed-attributes": {},
            "recorder-classes": (),
            "recorder-factories": (),
        }
    )
    raw = text.encode()
    assert Prefilter(config).search(raw) == any(name.encode() in raw.split() for name in names)


@given(
    names=st.lists(st.text(min_size=1, max_size=4).filter(lambda name: "." not in name), min_size=1, max_size=3),
    before=st.text(),
)
def test_any_identifier_in_utf_8(names: list[str], before: str) -> None:
    config = Config({"folder-attributes": tuple(names)})
    assert Prefilter(config).search(f"{before} {names[-1]}".encode())
