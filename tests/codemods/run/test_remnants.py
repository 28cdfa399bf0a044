"""Which rewritten texts are looked at again: all that can hold a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.run.remnants import may_be_flagged
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts, KnownClass
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText

NAMED = "from recorder import LivePipelineRecorder\n\n\ndef f(recorder: LivePipelineRecorder):\n    return recorder.{attribute}\n"
PLAIN = "def f(recorder):\n    return recorder.{attribute}\n"
OWN = "class LivePipelineRecorder:\n    def f(self):\n        pass\n\n\n" + PLAIN
DERIVED = "class Own(LivePipelineRecorder):\n    pass\n\n\n" + PLAIN
CLASS = KnownClass("LivePipelineRecorder", frozenset({"run_folder", "save_entity"}), False, {})
KNOWN = Facts({"recorder.LivePipelineRecorder": CLASS})


def may(text: str, facts: Facts | None = None, **values: object) -> bool:
    config = Config({key.replace("_", "-"): value for key, value in values.items()})
    source = SourceText(text.encode())
    return may_be_flagged(analyse(source, config, "a.py", facts or Facts()), source)


@pytest.mark.parametrize(
    ("text", "facts", "values", "expected"),
    [
        (PLAIN.format(attribute="run_folder"), Facts(), {}, True),
        (PLAIN.format(attribute="run_dir"), Facts(), {}, True),
        (PLAIN.format(attribute="ｒｕｎ_dir"), Facts(), {}, True),
        (PLAIN.format(attribute="é"), Facts(), {}, False),
        (PLAIN.format(attribute="folder"), Facts(), {}, False),
        (PLAIN.format(attribute="folder"), Facts(), {"folder_attributes": ("folder",)}, True),
        (PLAIN.format(attribute="folder"), Facts(), {"output_folder_attribute": "folder"}, True),
        (PLAIN.format(attribute="folder"), Facts(), {"renamed_attributes": {"folder": "other"}}, True),
        (PLAIN.format(attribute="folder"), Facts(), {"run_roots": ("folder",)}, True),
        (PLAIN.format(attribute="folder"), KNOWN, {}, False),
        (NAMED.format(attribute="folder"), Facts(), {}, False),
        (NAMED.format(attribute="folder"), KNOWN, {}, True),
        (NAMED.format(attribute="folder"), Facts(), {"renamed_attributes": {"x": "LivePipelineRecorder"}}, True),
        (OWN.format(attribute="folder"), Facts(), {}, True),
        (DERIVED.format(attribute="folder"), Facts(), {}, True),
    ],
)
def test_what_may_be_flagged(text: str, facts: Facts, values: dict[str, object], expected: bool) -> None:
    assert may(text, facts, **values) is expected


@pytest.mark.parametrize("template", [NAMED, PLAIN, OWN, DERIVED])
@pytest.mark.parametrize("attribute", ["run_folder / 'a'", "run_dir", "folder", "save_entity('a', b'')"])
@pytest.mark.parametrize("facts", [Facts(), KNOWN])
def test_what_is_flagged_may_be(template: str, attribute: str, facts: Facts, tmp_path: Path) -> None:
    source = SourceText(template.format(attribute=attribute).encode())
    analysis = analyse(source, Config(), str(tmp_path / "a.py"), facts)
    assert may_be_flagged(analysis, source) or not find(analysis)
