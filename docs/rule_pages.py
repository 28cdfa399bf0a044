"""Writes the rules' pages from the rules' classes: `python docs/rule_pages.py`, with `--check` to only compare."""

from __future__ import annotations

import sys
from pathlib import Path

from lint_plugin.finding import UNSAFE
from lint_plugin.rules import RULES, Example, Rule

FOLDER = Path(__file__).parent / "rules"
_GENERATED = "<!-- Written by docs/rule_pages.py from the rule's class; change it there. -->\n"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    found = {f"{rule.name}.md": page(rule) for rule in RULES}
    rows = [f"| [{rule.code}]({rule.name}.md) | `{rule.name}` | {rule.summary} |" for rule in RULES]
    found["index.md"] = "\n".join(
        [
            _GENERATED,
            "# Rules\n",
            "The same findings come from `flake8` and from `recorder-fix --check`; `recorder-fix` rewrites what can be proved.\n",
            "| code | name | flags |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )
    return found


def page(rule: type[Rule]) -> str:
    """One rule's page."""
    parts = [_GENERATED, f"# {rule.code} {rule.name}\n", f"Flags {rule.summary}.\n", "## Why\n", rule.why.strip() + "\n"]
    parts.append("## Bad\n")
    parts += [_example(example) for example in rule.bad]
    parts.append("## Good\n")
    parts += [_example(example) for example in rule.good]
    parts += ["## Fix safety\n", rule.fix_safety.strip() + "\n"]
    return "\n".join(parts)


def _example(example: Example) -> str:
    lines = [f"{example.note}\n"] if example.note else []
    lines += ["```python", example.source.rstrip("\n"), "```\n"]
    if example.findings:
        shown = ", ".join(f"`{code}` at {line}:{column}" for line, column, code in example.findings)
        lines.append(f"Found: {shown}.\n")
    if example.fixed:
        option = " --unsafe" if example.level == UNSAFE else ""
        lines += [f"After `recorder-fix{option}`:\n", "```python", example.fixed.rstrip("\n"), "```\n"]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; 1 when they differ."""
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    if "--check" in arguments:
        for name in sorted(wanted.keys() | present.keys()):
            if wanted.get(name) != present.get(name):
                print(f"docs/rules/{name} is not what the rules say: run python docs/rule_pages.py", file=sys.stderr)
                return 1
        return 0
    FOLDER.mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
