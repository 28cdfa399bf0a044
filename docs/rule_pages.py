"""Writes what is said of the rules outside of their classes: `python docs/rule_pages.py`, with `--check` to only compare.

That is their pages, README's table and the rules' part of the site's navigation.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from lint_plugin.finding import UNSAFE
from lint_plugin.rules import RULES, Example, Rule

TOP = Path(__file__).parents[1]
FOLDER = TOP / "docs" / "rules"
_GENERATED = "<!-- Written by docs/rule_pages.py from the rule's class; change it there. -->\n"


def written() -> dict[Path, str]:
    """The text of every file that is written."""
    readme = [f"| [{rule.code}](docs/rules/{rule.name}.md) | {rule.name} | {rule.summary} |\n" for rule in RULES]
    navigation = [f"      - {rule.code} {rule.name}: rules/{rule.name}.md\n" for rule in RULES]
    return {
        TOP / "README.md": _with_rows(TOP / "README.md", r"\| \[LPR\d", readme),
        TOP / "mkdocs.yml": _with_rows(TOP / "mkdocs.yml", r" *- LPR\d", navigation),
        FOLDER / "index.md": index(),
        **{FOLDER / f"{rule.name}.md": page(rule) for rule in RULES},
    }


def _with_rows(path: Path, row: str, rows: Sequence[str]) -> str:
    """A file's text with other rows in the place of those that begin like `row`."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if re.match(row, line)]
    lines[at[0] : at[-1] + 1] = rows
    return "".join(lines)


def index() -> str:
    """The page that lists the rules."""
    lines = [
        _GENERATED,
        "# Rules\n",
        "The same findings come from `flake8` and from `recorder-fix --check`; `recorder-fix` rewrites what can be proved.\n",
        "| code | name | flags |",
        "| --- | --- | --- |",
    ]
    lines += [f"| [{rule.code}]({rule.name}.md) | `{rule.name}` | {rule.summary} |" for rule in RULES]
    return "\n".join([*lines, ""])


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
    """Write the files, or compare them; 1 when they differ."""
    wanted = written()
    gone = {path for path in FOLDER.glob("*.md") if path not in wanted}
    differ = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in (*differ, *gone):
            print(f"{path.relative_to(TOP)} is not what the rules say: run python docs/rule_pages.py", file=sys.stderr)
        return 1 if differ or gone else 0
    FOLDER.mkdir(exist_ok=True)
    for path in gone:
        path.unlink()
    for path in differ:
        path.write_text(wanted[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
