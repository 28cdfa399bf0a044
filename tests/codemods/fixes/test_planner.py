"""The decisions about many findings in one function."""

from __future__ import annotations

import re
import sys

from codemods.fixes.planner import decide
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finder import analyse, find
from lint_plugin.source.text import SourceText


def calls_to_decide(blocks: int) -> int:
    """How many calls the decisions about so many blocks in one function take."""
    body = "".join(
        f'    if src:\n        name = f"07_o{i}_{{kind}}.mp3"\n        dest = os.path.join(recorder.run_dir, name)\n'
        "        try:\n            shutil.copy2(src, dest)\n            saved = name\n"
        "        except Exception:\n            saved = None\n"
        "    print(saved)\n"
        for i in range(blocks)
    )
    text = "import os, shutil\nfrom pipeline_recorder import LivePipelineRecorder\n\n\n"
    text += f"def program(recorder: LivePipelineRecorder, src: str, kind: str):\n{body}"
    analysis = analyse(SourceText(text.encode()), Config(), "m.py", Facts())
    sites = find(analysis)
    count = 0
    re.purge()  # what an earlier run has compiled

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_call)
    try:
        decisions = decide(analysis, sites)
    finally:
        sys.setprofile(None)
    assert {decision.level for decision in decisions} == {"safe"} and len(decisions) == 4 * blocks
    return count


def test_the_work_grows_with_the_number_of_findings_only() -> None:
    calls_to_decide(1)  # imports what is imported when first needed
    assert calls_to_decide(200) < 5 * calls_to_decide(50)
