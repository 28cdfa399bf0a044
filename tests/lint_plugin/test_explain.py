"""`--explain` and `--list-rules`: everything that a rule's class says, as text for a terminal."""

from __future__ import annotations

import pytest

from lint_plugin.explain import UnknownRule, explain, find, list_rules, plain
from lint_plugin.rules import BY_CODE, RULES, Example, Rule


class Made(Rule):
    code = "LPR201"
    name = "made"
    summary = "`made` for this test"
    why = """First **paragraph**
    of two lines.

    - a list
    - stays a list
    """
    fix_safety = ""
    message = ""
    bad = (
        Example("x = 1\n", ((1, 1, "LPR201"),), "unsafe", "y = 1\n", note="The `usual` case"),
        Example("z = 1\n", ((1, 1, "LPR201"),)),
    )
    good = (Example("a = 1\n"), Example("b = 1\n"))


def test_the_whole_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lint_plugin.explain.RULES", (Made,))
    assert explain("made") == (
        "LPR201 made\n\nFlags made for this test.\n\n"
        "Why\n---\nFirst paragraph of two lines.\n\n- a list\n- stays a list\n\n"
        "Bad: The usual case\n-------------------\n    x = 1\n\n  recorder-fix --unsafe makes of it:\n\n    y = 1\n\n"
        "Bad\n---\n    z = 1\n\n"
        "Good\n----\n    a = 1\n"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_explained_completely(rule: type[Rule]) -> None:
    text = " ".join(explain(rule.code).split())
    for markdown in (rule.summary, rule.why, rule.fix_safety):
        assert markdown.strip()
        assert " ".join(plain(markdown).split()) in text
    for example in rule.bad:
        assert " ".join(example.source.split()) in text
    assert max(map(len, explain(rule.code).splitlines())) <= 130


def test_the_list_has_a_line_for_each_rule() -> None:
    lines = list_rules().splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.code, rule.name] for rule in RULES]
    for line, rule in zip(lines, RULES, strict=True):
        assert line.endswith(plain(rule.summary))


@pytest.mark.parametrize("wanted", ["LPR201", "lpr201", " LPR201 ", "bypassed-storage-copy", "Bypassed-Storage-Copy"])
def test_a_rule_is_found_by_code_and_by_name(wanted: str) -> None:
    assert find(wanted).code == "LPR201"


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("LPR210", "did you mean LPR2"), ("bypased-storage-copy", "did you mean bypassed-storage-copy?"), ("E501", "the codes are")],
)
def test_an_unknown_rule_names_the_nearest_and_all(wanted: str, hint: str) -> None:
    with pytest.raises(UnknownRule) as caught:
        find(wanted)
    assert hint in str(caught.value)
    assert ", ".join(BY_CODE) in str(caught.value)
