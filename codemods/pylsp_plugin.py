"""The plugin for python-lsp-server: the findings of `recorder-fix` in an editor, with quick fixes by the same engine.

The server finds it by its entry point (`pylsp`), once the extra `lsp` is installed beside it.
Protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from pylsp import hookimpl, lsp
from pylsp.config.config import Config as ServerConfig
from pylsp.workspace import Document, Workspace

from codemods.run.options import Options
from codemods.run.runner import Run
from lint_plugin.config.reading import Resolver
from lint_plugin.explain import explain
from lint_plugin.finding import LEFT, SAFE, UNSAFE, FileError, FileResult, Finding
from lint_plugin.rules import BY_CODE

PLUGIN = "recorder_toolkit"
EXPLAIN = "recorder_toolkit.explain"
_SOURCE = "recorder-fix"


@hookimpl
def pylsp_settings() -> dict[str, Any]:
    """What a user can set: `pylsp.plugins.recorder_toolkit.enabled`, and `.unsafe` to be offered unsafe fixes."""
    return {"plugins": {PLUGIN: {"enabled": True, "unsafe": True}}}


@hookimpl
def pylsp_lint(config: ServerConfig, workspace: Workspace, document: Document, is_saved: bool) -> list[dict[str, Any]]:
    """The findings of one document as diagnostics; a configuration that cannot be read is one at its first line."""
    text = _Text(document.source)
    result = text.checked(document.path)
    # What is wrong with the document's own text, other plugins say better.
    errors = [error for error in result.errors if error.path != document.path]
    return [text.error(error) for error in errors] + [text.diagnostic(finding) for finding in result.findings]


@hookimpl
def pylsp_code_actions(
    config: ServerConfig, workspace: Workspace, document: Document, range: dict[str, Any], context: dict[str, Any]
) -> list[dict[str, Any]]:
    """Quick fixes of the findings in a range: each by itself, all of the file, and what the rule is about."""
    text = _Text(document.source)
    found = text.checked(document.path).findings
    here = [finding for finding in found if text.meets(finding, range)]
    settings: dict[str, Any] = config.plugin_settings(PLUGIN)  # type: ignore[no-untyped-call]
    actions = list(_fixes(text, document, here, bool(settings.get("unsafe", True))))
    if any(finding.level == SAFE for finding in found):
        new = text.fixed(document.path, Options(mode="fix"))
        if new is not None:
            for kind in ("quickfix", "source.fixAll") if here else ("source.fixAll",):
                actions.append(_action("Fix all in this file", kind, document, text.edits(new)))
    for code in dict.fromkeys(finding.code for finding in here):
        command = {"title": f"Explain {code}", "command": EXPLAIN, "arguments": [code]}
        actions.append({"title": f"Explain {code}", "kind": "quickfix", "command": command})
    only = context.get("only")
    return [action for action in actions if not only or _is_asked_for(action["kind"], only)]


@hookimpl
def pylsp_commands(config: ServerConfig, workspace: Workspace) -> list[str]:
    """The command behind `Explain`."""
    return [EXPLAIN]


@hookimpl
def pylsp_execute_command(
    config: ServerConfig, workspace: Workspace, command: str, arguments: Sequence[str]
) -> dict[str, str] | None:
    """Show what a rule is about, and hand the text back."""
    if command != EXPLAIN:
        return None
    text = explain(arguments[0])
    workspace.show_message(text, lsp.MessageType.Info)
    return {"text": text}


class _Text:
    """One document as the engine sees it, and the way from its positions to those of the protocol."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.encoding = _encoding(source)
        self.lines = _lines(source)

    def checked(self, path: str) -> FileResult:
        """All findings, and what went wrong with the file or its configuration."""
        return self._run(path, Options(mode="check"))

    def fixed(self, path: str, options: Options) -> str | None:
        """The text after a fix, or None where it changes nothing."""
        new = self._run(path, options).new
        return None if new is None else new.decode(self.encoding)

    def _run(self, path: str, options: Options) -> FileResult:
        return Run((), options, resolver=Resolver(None)).source(self.source.encode(self.encoding), path)

    def diagnostic(self, finding: Finding) -> dict[str, Any]:
        severity = lsp.DiagnosticSeverity.Warning
        reason = "" if finding.level == SAFE or not finding.reason else f"\n{finding.level}: {finding.reason}"
        return {
            "source": _SOURCE,
            "range": self.range(finding),
            "message": f"{finding.message}{reason}",
            "severity": severity,
            "code": finding.code,
        }

    def error(self, error: FileError) -> dict[str, Any]:
        """What is wrong in another file, at the document's first line, where whoever edits this one sees it."""
        where = f"{error.path}:{error.line}" if error.line else error.path
        start = {"line": 0, "character": 0}
        severity = lsp.DiagnosticSeverity.Error
        message = f"{where}: {error.message}"
        return {"source": _SOURCE, "range": {"start": start, "end": start}, "message": message, "severity": severity}

    def range(self, finding: Finding) -> dict[str, Any]:
        return {
            "start": self._position(finding.line, finding.column),
            "end": self._position(finding.end_line, finding.end_column),
        }

    def _position(self, line: int, column: int) -> dict[str, int]:
        """Lines and characters count from 0 in the protocol, and characters are UTF-16 code units."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return {"line": line - 1, "character": len(text[: column - 1].encode("utf-16-le")) // 2}

    def meets(self, finding: Finding, range: Mapping[str, Any]) -> bool:
        """Whether a finding and a range of the protocol have a place in common; a cursor at an edge counts."""
        own = self.range(finding)
        return _order(own["start"]) <= _order(range["end"]) and _order(range["start"]) <= _order(own["end"])

    def edits(self, new: str) -> list[dict[str, Any]]:
        """The text edits, line by line, that make `new` of this text."""
        after = _lines(new)
        return [
            {
                "range": {"start": {"line": start, "character": 0}, "end": {"line": end, "character": 0}},
                "newText": "".join(after[new_start:new_end]),
            }
            for tag, start, end, new_start, new_end in SequenceMatcher(None, self.lines, after, autojunk=False).get_opcodes()
            if tag != "equal"
        ]


def _fixes(text: _Text, document: Document, findings: Sequence[Finding], unsafe: bool) -> Iterator[dict[str, Any]]:
    """A quick fix for each of the findings that has one; those that belong to one write have the same, once."""
    offered: set[str] = set()
    for finding in findings:
        if finding.level == LEFT or (finding.level == UNSAFE and not unsafe):
            continue
        new = text.fixed(document.path, Options(mode="fix", unsafe=finding.level == UNSAFE, only=(finding.code, finding.start)))
        if new is None or new in offered:
            continue
        offered.add(new)
        title = f"Fix: {BY_CODE[finding.code].fix}"
        if finding.code == "LPR001" and (name := _inserted_name(text.source, new)):
            title = f"Fix: use {name}"
        if finding.level == UNSAFE:
            title += f" (unsafe: {finding.reason})"
        action = _action(title, "quickfix", document, text.edits(new))
        yield action | {"isPreferred": finding.level == SAFE, "diagnostics": [text.diagnostic(finding)]}


def _inserted_name(old: str, new: str) -> str:
    """The attribute name that a rename has put in."""
    for tag, _, _, start, end in SequenceMatcher(None, _words(old), _words(new), autojunk=False).get_opcodes():
        if tag != "equal":
            return " ".join(_words(new)[start:end])
    return ""


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def _action(title: str, kind: str, document: Document, edits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "kind": kind, "edit": {"changes": {document.uri: edits}}}


def _is_asked_for(kind: str, only: Sequence[str]) -> bool:
    """A client that asks for `source` gets `source.fixAll` too."""
    return any(kind == asked or kind.startswith(f"{asked}.") for asked in only)


def _lines(text: str) -> list[str]:
    """The lines with their ends: those of the protocol, which str.splitlines() would split at a form feed too."""
    return [line.decode("utf-8", "surrogatepass") for line in text.encode("utf-8", "surrogatepass").splitlines(keepends=True)]


def _order(position: Mapping[str, int]) -> tuple[int, int]:
    return position["line"], position["character"]


def _encoding(source: str) -> str:
    """The encoding that the text says it has (PEP 263), so that the engine reads it as Python would."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source.encode("utf-8", "surrogatepass")).readline)
        source.encode(encoding)
    except (SyntaxError, LookupError, UnicodeEncodeError):
        return "utf-8"
    return encoding
