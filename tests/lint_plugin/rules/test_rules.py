"""Every rule's own examples hold to the letter: the exact set of findings, the level, the rewritten code."""

from __future__ import annotations

import ast

import pytest

from codemods.run.file_work import process_file
from codemods.run.options import Options
from lint_plugin.config.settings import Config
from lint_plugin.facts import Facts
from lint_plugin.finding import UNSAFE
from lint_plugin.rules import BY_CODE, RULES, Example, Rule

BAD = [pytest.param(rule, example, id=f"{rule.code}-{number}") for rule in RULES for number, example in enumerate(rule.bad)]
GOOD = [pytest.param(rule, example, id=f"{rule.code}-{number}") for rule in RULES for number, example in enumerate(rule.good)]


def found(source: str, example: Example, mode: str = "check", unsafe: bool = False):
    config = Config(example.config)
    return process_file(source.encode(), "example.py", config, Facts(), Options(mode, unsafe=unsafe))


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_good_examples_have_no_finding(rule: type[Rule], example: Example) -> None:
    result = found(example.source, example)
    assert result.errors == ()
    assert [(f.line, f.column, f.code) for f in result.findings] == []


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_bad_examples_have_exactly_their_findings(rule: type[Rule], example: Example) -> None:
    result = found(example.source, example)
    assert tuple((f.line, f.column, f.code) for f in result.findings) == example.findings
    levels = {f.level for f in result.findings if f.code == rule.code}
    assert levels == {example.level}
    for finding in result.findings:
        assert (finding.level == "safe") == (finding.reason == ""), finding


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_bad_examples_are_rewritten_as_they_say(rule: type[Rule], example: Example) -> None:
    unsafe = example.level == UNSAFE
    result = found(example.source, example, "fix", unsafe)
    expected = example.fixed or example.source
    assert (result.new or result.old).decode() == expected
    ast.parse(expected)
    again = found(expected, example, "fix", unsafe)
    assert again.new is None
    if example.fixed:
        assert not any(f.code == rule.code for f in again.findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_says_all_there_is_to_say(rule: type[Rule]) -> None:
    assert rule is BY_CODE[rule.code]
    assert rule.bad and rule.good
    assert rule.name and rule.why.strip() and rule.fix_safety.strip() and rule.message
    assert rule.summary and not rule.summary.endswith(".")
    assert bool(rule.fix) != bool(rule.left)
    assert bool(rule.fix) == any(example.fixed for example in rule.bad)
    assert rule.__module__.rpartition(".")[2] == rule.name.replace("-", "_")


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
