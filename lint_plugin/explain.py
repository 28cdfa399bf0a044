"""What a rule is about, as text for a terminal; everything comes from the rule's class."""

from __future__ import annotations

import inspect
import textwrap

from lint_plugin.config.schema import no_such_rule
from lint_plugin.rules import RULES, Example, Rule


class UnknownRule(Exception):
    """No rule has this code or name; the message lists those that there are."""


def find(code_or_name: str) -> type[Rule]:
    """The rule with a code (`LPR201`) or name (`bypassed-storage-copy`), in any case of letters.

    Raises:
        UnknownRule: There is none.
    """
    wanted = code_or_name.strip().lower()
    for rule in RULES:
        if wanted in (rule.code.lower(), rule.name):
            return rule
    raise UnknownRule(no_such_rule(code_or_name.strip()))


def list_rules() -> str:
    """One line per rule."""
    width = max(len(rule.name) for rule in RULES)
    return "".join(f"{rule.code}  {rule.name:<{width}}  {plain(rule.summary)}\n" for rule in RULES)


def explain(code_or_name: str) -> str:
    """The whole text about one rule.

    Raises:
        UnknownRule: There is no such rule.
    """
    rule = find(code_or_name)
    parts = [
        f"{rule.code} {rule.name}\n\nFlags {plain(rule.summary)}.",
        _section("Why", rule.why),
        *(_example("Bad", example) for example in rule.bad),
        *(_example("Good", example) for example in rule.good[:1]),
        _section("What recorder-fix does", rule.fix_safety),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(markdown: str) -> str:
    """Markdown without the marks that only a browser needs."""
    return markdown.replace("``", "`").replace("`", "").replace("**", "")


def _section(title: str, markdown: str) -> str:
    text = inspect.cleandoc(markdown).strip()
    if not text:
        return ""
    blocks = [_filled(block) for block in text.split("\n\n")]
    return f"{title}\n{'-' * len(title)}\n" + "\n\n".join(blocks)


def _filled(block: str) -> str:
    if block.lstrip().startswith(("- ", "* ", "|", "    ", "```", "1. ")):
        return plain(block)
    return textwrap.fill(plain(" ".join(block.split())), 88)


def _example(title: str, example: Example) -> str:
    heading = f"{title}: {plain(example.note)}" if example.note else title
    text = f"{heading}\n{'-' * len(heading)}\n{textwrap.indent(example.source.strip(chr(10)), '    ')}"
    if example.fixed:
        option = " --unsafe" if example.level == "unsafe" else ""
        text += f"\n\n  recorder-fix{option} makes of it:\n\n{textwrap.indent(example.fixed.strip(chr(10)), '    ')}"
    return text
