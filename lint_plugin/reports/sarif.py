"""SARIF 2.1.0, the interchange format for static analysis (OASIS standard): rules with help, results with their fixes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from urllib.parse import quote

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.project.git import work_tree_top
from lint_plugin.reports import Summary, plain_path, severity
from lint_plugin.reports.fingerprint import Fingerprint
from lint_plugin.reports.replacements import Replacement, of_findings
from lint_plugin.rules import RULES, Rule
from lint_plugin.source.text import SourceText

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_DISTRIBUTION = "recorder-toolkit"
# Where the documentation is published, without a slash at the end; empty as long as it is nowhere.
DOCUMENTATION = ""
_BASE = "SRCROOT"
_FIX_TEXT = {True: "Apply the fix of recorder-fix", False: "Apply all fixes of recorder-fix to this file"}
Json = dict[str, object]


class SarifReport:
    """Collects one run and writes one log.

    Args:
        write: Takes the log's text.
        tool: Name of the program that found the findings.
    """

    def __init__(self, write: Callable[[str], object], tool: str = "recorder-fix") -> None:
        self._write = write
        self._tool = tool
        self._root = work_tree_top(".") or os.path.realpath(".")
        self._results: list[Json] = []
        self._notifications: list[Json] = []
        self._fingerprint = Fingerprint()
        self._rules: dict[str, Json] = {rule.code: _rule(rule) for rule in RULES}
        self._index = {code: number for number, code in enumerate(self._rules)}

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Take in one file's findings that are not fixed, with what would fix them."""
        remaining = [finding for finding in findings if not finding.fixed]
        if not remaining:
            return
        source = SourceText(shown)
        # Where this run writes, what is fixed is no result any more; where it does not, the fixes go with the results.
        fixes = of_findings(result) if shown == result.old else {}
        for finding in remaining:
            entry = self.add(finding, source.line_text(finding.line))
            replacements = fixes.get((finding.code, finding.start))
            if replacements:
                entry["fixes"] = [_fix(self._location(finding.path), replacements)]

    def add(self, finding: Finding, line: str) -> Json:
        """Take in one finding; `line` is its source line. Returns the result for more to be added."""
        # Other plugins' codes, and comments without effect, come without a rule's text.
        if finding.code not in self._rules:
            self._rules[finding.code] = {"id": finding.code, "name": finding.name or finding.code}
            self._index[finding.code] = len(self._index)
        path = plain_path(finding.path)
        region: Json = {"startLine": finding.line, "startColumn": finding.column}
        if finding.end_line:
            region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
        if line:
            region["snippet"] = {"text": line}
        message = f"{finding.message} ({finding.level}: {finding.reason})" if finding.reason else finding.message
        entry: Json = {
            "ruleId": finding.code,
            "ruleIndex": self._index[finding.code],
            "level": severity(finding.code),
            "message": {"text": message},
            "locations": [{"physicalLocation": {"artifactLocation": self._location(finding.path), "region": region}}],
            "partialFingerprints": {"recorderFix/v1": self._fingerprint.of(path, finding.code, line.strip())},
        }
        if finding.level:
            entry["properties"] = {"fixLevel": finding.level}
        self._results.append(entry)
        return entry

    def _location(self, path: str) -> Json:
        """A file from the top of the repository, as services that show results beside the code want it."""
        if path == "-":
            return {"uri": path}
        whole = os.path.join(os.path.realpath(os.path.dirname(path) or "."), os.path.basename(path))
        if whole.startswith(os.path.join(self._root, "")):
            return {"uri": _uri(os.path.relpath(whole, self._root)), "uriBaseId": _BASE}
        return {"uri": f"file://{_uri(whole)}"}

    def errors(self, errors: Sequence[FileError]) -> None:
        """Take in what went wrong."""
        for error in errors:
            place: Json = {"artifactLocation": self._location(error.path)}
            if error.line:
                place["region"] = {"startLine": error.line}
            self._notifications.append(
                {"level": "error", "message": {"text": error.message}, "locations": [{"physicalLocation": place}]}
            )

    def finish(self, summary: Summary, diff: bytes | None = None) -> None:
        """Write the log."""
        invocation: Json = {"executionSuccessful": not self._notifications}
        if self._notifications:
            invocation["toolExecutionNotifications"] = self._notifications
        run: Json = {
            "tool": {"driver": self._driver()},
            "invocations": [invocation],
            "originalUriBaseIds": {_BASE: {"uri": f"file://{_uri(os.path.join(self._root, ''))}"}},
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": self._results,
        }
        self._write(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n")

    def _driver(self) -> Json:
        driver: Json = {"name": self._tool, "rules": list(self._rules.values())}
        try:
            about = metadata(_DISTRIBUTION)
        except PackageNotFoundError:  # a checkout that is on the path without being installed
            return driver
        return driver | {"version": about["Version"]}


def _rule(rule: type[Rule]) -> Json:
    help_text = f"{rule.why.strip()}\n\n{rule.fix_safety.strip()}".strip() or rule.summary
    described: Json = {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": rule.why.strip() or _sentence(rule.summary)},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": severity(rule.code)},
        "properties": {"tags": ["recorder"]},
    }
    return described | ({"helpUri": f"{DOCUMENTATION}/rules/{rule.name}/"} if DOCUMENTATION else {})


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."


def _fix(location: Json, replacements: Sequence[Replacement]) -> Json:
    return {
        "description": {"text": _FIX_TEXT[len(replacements) == 1]},
        "artifactChanges": [
            {
                "artifactLocation": location,
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": part.line,
                            "startColumn": part.column,
                            "endLine": part.end_line,
                            "endColumn": part.end_column,
                        },
                        "insertedContent": {"text": part.text},
                    }
                    for part in replacements
                ],
            }
        ],
    }


def _uri(path: str) -> str:
    return quote(os.fsencode(path.replace(os.sep, "/")))
