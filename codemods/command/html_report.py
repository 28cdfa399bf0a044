"""The page of `--report`: a summary, each file's changes side by side, and what is left for a person.

One file without scripts and without anything to load, so that it can be mailed, archived and opened anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest

from lint_plugin.finding import FileError, FileResult, Finding
from lint_plugin.reports import Summary, plain_path, plural
from lint_plugin.reports.groups import also, grouped
from lint_plugin.reports.text import escaped
from lint_plugin.source.text import SourceText

_CONTEXT = 4


class HtmlReport:
    """Collects a run; after `finish` the page is in `content`.

    Attributes:
        content: The page, UTF-8.
    """

    def __init__(self) -> None:
        self.content = b""
        self._changes: list[str] = []
        self._contents: list[str] = []
        self._left: list[str] = []
        self._errors: list[str] = []
        self._fixed = 0

    def file(self, result: FileResult, findings: Sequence[Finding], shown: bytes) -> None:
        """Take in one file: its diff, and its findings that are not fixed."""
        fixed = [finding for finding in result.findings if finding.fixed]
        if result.new is not None and result.new != result.old:
            self._fixed += len(fixed)
            self._add_change(result.path, result.old, result.new, fixed)
        done = {(finding.code, finding.line, finding.column) for finding in fixed}
        # Where nothing is written, what would be fixed is reported like everything else.
        unwritten = shown == result.old
        left = [
            finding
            for finding in findings
            if not finding.fixed and not (unwritten and (finding.code, finding.line, finding.column) in done)
        ]
        source = SourceText(shown if left else b"")
        for group in grouped(left):
            self._left.append(_left_row(group, source.line_text(group[0].line)))

    def errors(self, errors: Sequence[FileError]) -> None:
        """Take in what went wrong."""
        for error in errors:
            place = f"{error.path}:{error.line}" if error.line else error.path
            self._errors.append(f"<li><code>{_text(place)}</code> {_text(error.message)}</li>")

    def finish(self, summary: Summary) -> None:
        """Make the page."""
        parts = [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>recorder-fix report</title><style>{_STYLE}</style></head><body>",
            self._header(summary),
            "<main>",
            self._section("errors", "Errors", f"<ul class=errors>{''.join(self._errors)}</ul>" if self._errors else ""),
            self._section("changes", "Changes", "".join(self._changes)),
            self._section("left", "Left for you", _left_table(self._left) if self._left else ""),
            "</main></body></html>\n",
        ]
        self.content = "".join(parts).encode("utf-8", "backslashreplace")

    def _header(self, summary: Summary) -> str:
        done = "fixed" if summary.mode == "fix" else "fixable as shown"
        tiles = [
            (str(summary.files), "files looked at" if summary.files != 1 else "file looked at", ""),
            (str(len(self._changes)), "files changed" if len(self._changes) != 1 else "file changed", ""),
            (str(self._fixed), f"{'finding' if self._fixed == 1 else 'findings'} {done}", "good"),
            (str(len(self._left)), "left for you", "warn" if self._left else "good"),
        ]
        if self._errors:
            tiles.append((str(len(self._errors)), "errors" if len(self._errors) != 1 else "error", "bad"))
        boxes = "".join(f'<div class="tile {kind}"><b>{number}</b><span>{label}</span></div>' for number, label, kind in tiles)
        note = "" if summary.mode == "fix" else "<p>Nothing was written: this is what <code>recorder-fix</code> would do.</p>"
        links = f"<nav><ol>{''.join(self._contents)}</ol></nav>" if len(self._contents) > 1 else ""
        return f"<header><h1>recorder-fix</h1>{note}<div class=tiles>{boxes}</div>{links}</header>"

    def _section(self, name: str, title: str, body: str) -> str:
        if not body:
            return "" if name == "errors" else f"<section id={name}><h2>{title}</h2><p class=none>None.</p></section>"
        return f"<section id={name}><h2>{title}</h2>{body}</section>"

    def _add_change(self, path: str, old: bytes, new: bytes, fixed: Sequence[Finding]) -> None:
        number = len(self._changes) + 1
        name = _text(plain_path(path))
        count = plural(len(fixed), "fix", "fixes")
        self._contents.append(f'<li><a href="#f{number}">{name}</a> <span>{count}</span></li>')
        rows = "".join(_rows(_lines(old), _lines(new), fixed))
        self._changes.append(
            f'<details open id="f{number}"><summary><code>{name}</code> <span>{count}</span></summary>'
            "<div class=scroll><table class=diff><colgroup><col class=n><col class=t><col class=n><col class=t></colgroup>"
            f"{rows}</table></div></details>"
        )


def _rows(old: list[str], new: list[str], fixed: Sequence[Finding]) -> Iterator[str]:
    """The table rows of one file's diff; each fixed fault is named above the line that it stood on."""
    notes: dict[int, list[list[Finding]]] = {}
    for group in grouped(fixed):
        notes.setdefault(group[0].line, []).append(group)
    for number, hunk in enumerate(SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT)):
        if number:
            yield "<tr class=gap><td colspan=4></td></tr>"
        for code in hunk:
            yield from _block(old, new, code, notes)


def _block(
    old: list[str], new: list[str], code: tuple[str, int, int, int, int], notes: dict[int, list[list[Finding]]]
) -> Iterator[str]:
    tag, i1, i2, j1, j2 = code
    for i, j in zip_longest(range(i1, i2), range(j1, j2)):
        for group in notes.pop(i + 1, ()) if i is not None else ():
            finding = group[0]
            reason = f" <em>{_text(finding.level)}: {_prose(finding.reason)}</em>" if finding.reason else ""
            reason += f" <small>{_text(also(group))}</small>" if len(group) > 1 else ""
            yield (
                f"<tr class=note><td></td><td colspan=3><span class=code>{_text(finding.code)}</span> "
                f"{_prose(finding.message)}{reason}</td></tr>"
            )
        before = old[i].rstrip("\r\n") if i is not None else None
        after = new[j].rstrip("\r\n") if j is not None else None
        if tag == "equal":
            left = right = _line(before or "")
        else:
            left, right = _marked(before, after)
        kinds = ("", "")
        if tag != "equal":
            kinds = (" del" if before is not None else " off", " add" if after is not None else " off")
        yield (
            f'<tr><td class="n{kinds[0]}">{"" if i is None else i + 1}</td><td class="t{kinds[0]}">{left}</td>'
            f'<td class="n{kinds[1]}">{"" if j is None else j + 1}</td><td class="t{kinds[1]}">{right}</td></tr>'
        )


def _marked(before: str | None, after: str | None) -> tuple[str, str]:
    """Both sides of a changed line; where they are alike, only what differs is marked."""
    if before is None or after is None:
        return _line(before or ""), _line(after or "")
    room = min(len(before), len(after))
    head = next((index for index in range(room) if before[index] != after[index]), room)
    room -= head
    tail = next((index for index in range(room) if before[-1 - index] != after[-1 - index]), room)
    # Whole words are easier to read than the letters in which they differ.
    while head and _is_word(before[head - 1]):
        head -= 1
    while tail and _is_word(before[len(before) - tail]):
        tail -= 1
    if 2 * len((before[:head] + before[len(before) - tail :]).strip()) < len(before.strip()):
        return _line(before), _line(after)
    sides = []
    for line in (before, after):
        middle = line[head : len(line) - tail]
        mark = f"<mark>{_line(middle)}</mark>" if middle else ""
        sides.append(_line(line[:head]) + mark + _line(line[len(line) - tail :]))
    return sides[0], sides[1]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _left_table(rows: Sequence[str]) -> str:
    return f"<div class=scroll><table class=left>{''.join(rows)}</table></div>"


def _left_row(group: Sequence[Finding], line: str) -> str:
    finding = group[0]
    more = f"<p class=why>{_text(also(group))}</p>" if len(group) > 1 else ""
    reason = f"<p class=why><b>{_text(finding.level)}</b> {_prose(finding.reason)}</p>" if finding.reason else ""
    return (
        f"<tr><td><span class=code>{_text(finding.code)}</span></td><td><p><code class=place>"
        f"{_text(plain_path(finding.path))}:{finding.line}:{finding.column}</code> {_prose(finding.message)}</p>"
        f"<pre>{_line(line.strip())}</pre>{reason}{more}</td></tr>"
    )


def _line(text: str) -> str:
    return "\t".join(escape(escaped(part)) for part in text.split("\t"))


def _text(text: str) -> str:
    return escape(escaped(text))


def _prose(text: str) -> str:
    """A message; what stands between backticks is code."""
    parts = _text(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _lines(content: bytes) -> list[str]:
    source = SourceText(content)
    starts = [*source.line_starts, len(source.u8)]
    return [source.u8[start:end].decode("utf-8") for start, end in zip(starts, starts[1:]) if start < end]


# Follows the browser's dark or light setting.
_STYLE = """
:root{--bg:#f6f7f9;--card:#fff;--ink:#1c2128;--soft:#5b6673;--line:#dde1e7;--add:#e4f6e8;--addn:#cdeed5;--addm:#a5e0b4;
--del:#fdeceb;--deln:#fad9d7;--delm:#f5b5b1;--off:#f0f2f5;--note:#eef3fd;--accent:#2f5fd0;--good:#1f8a45;--warn:#a86200;
--bad:#c6322b}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2028;--ink:#dfe5ec;--soft:#96a2b0;--line:#2c3541;
--add:#14301e;--addn:#194026;--addm:#256b3d;--del:#3a1c1e;--deln:#4c2225;--delm:#843036;--off:#161b22;--note:#1b2740;
--accent:#7ea6ff;--good:#4fc97a;--warn:#e3a548;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main{max-width:1500px;margin:0 auto;padding:0 24px}
header{padding-top:28px}
h1{margin:0;font-size:24px;letter-spacing:-.01em}
h2{margin:36px 0 12px;font-size:18px}
header p{margin:4px 0 0;color:var(--soft)}
code,pre,.diff{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 18px;min-width:130px}
.tile b{display:block;font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span,nav span,summary span{color:var(--soft);font-size:13px}
.good b{color:var(--good)}.warn b{color:var(--warn)}.bad b{color:var(--bad)}
nav ol{margin:0;padding:12px 16px 12px 38px;background:var(--card);border:1px solid var(--line);border-radius:10px;
columns:3 300px;column-gap:36px}nav li{break-inside:avoid}
nav a{color:var(--accent);text-decoration:none;overflow-wrap:anywhere}
nav a:hover{text-decoration:underline}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:16px;overflow:hidden}
summary{cursor:pointer;padding:10px 14px;overflow-wrap:anywhere}
details[open] summary{border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
.diff{table-layout:fixed;min-width:760px;line-height:1.45}
.diff col.n{width:52px}
.diff td{vertical-align:top;padding:0 10px}
.diff .n{color:var(--soft);text-align:right;user-select:none;padding:0 8px}
.diff .t{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.diff .t:nth-child(2){border-right:1px solid var(--line)}
.n.del{background:var(--deln)}.t.del{background:var(--del)}
.n.add{background:var(--addn)}.t.add{background:var(--add)}
.n.off,.t.off{background:var(--off)}
mark{color:inherit;border-radius:3px}.del mark{background:var(--delm)}.add mark{background:var(--addm)}
.gap td{height:10px;background:var(--bg);border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.note td{background:var(--note);font:13px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;padding:4px 10px}
.note em{color:var(--warn);font-style:normal}
.code{display:inline-block;background:var(--accent);color:var(--card);border-radius:5px;padding:0 7px;font-weight:600;
font-size:12px;line-height:20px}
.left{background:var(--card);border:1px solid var(--line);border-radius:10px;border-spacing:0;border-collapse:separate}
.left td{padding:10px 14px;vertical-align:top;border-top:1px solid var(--line)}
.left tr:first-child td{border-top:0}
.left td:first-child{width:1%;white-space:nowrap}
.left p{margin:0}.left pre{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.place{color:var(--accent)}
.why{color:var(--soft)}.why b{color:var(--warn);font-weight:600}
.errors{background:var(--card);border:1px solid var(--bad);border-radius:10px;padding:12px 12px 12px 32px;margin:0}
.none{color:var(--soft)}
main{padding-bottom:48px}
@media print{details{break-inside:avoid-page}.scroll{overflow:visible}}
"""
