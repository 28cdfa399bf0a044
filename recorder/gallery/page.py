"""The gallery: one HTML page that shows runs, the newest first, with a card for each entity.

The page needs no server and no network. Its own script filters the runs and goes through pictures by keyboard; no other can
run: all that comes from a run is escaped, and a content security policy names the script by its hash.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from recorder.gallery.card import card, time_tag
from recorder.gallery.media import Media
from recorder.gallery.text import escape
from recorder.runs.files import read_file
from recorder.runs.inspection import Problem
from recorder.runs.run import COMPLETED, FAILED, RUNNING, Run, begun, newest_first
from recorder.runs.wording import length_text, size_text, state_words
from recorder.storage.atomic_files import NEW_FILE, hidden_beside
from recorder.storage.index import ERROR_TYPE
from recorder.storage.paths import RefusedPath

OPEN = 5
"""Up to so many runs are all shown open; of more, the newest alone."""
_STYLE = Path(__file__).with_name("gallery.css").read_text(encoding="utf-8")
_SCRIPT = Path(__file__).with_name("gallery.js").read_text(encoding="utf-8")

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; base-uri 'none'; form-action 'none'; script-src '{hash}';
 img-src data: file: 'self'; media-src data: file: 'self'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
"""
_BEGINNING = _HEAD.partition("{hash}")[0].encode()
"""What every page begins with, by which an old one is known that may be replaced."""
_FOOT = """</main>
<dialog aria-label="Media of a run" tabindex="-1" autofocus>
<div class="viewer"><button type="button" class="before" aria-label="Previous">‹</button><div class="viewed"></div>
<button type="button" class="after" aria-label="Next">›</button>
<p><span class="caption"></span><span><span class="place"></span>
<button type="button" class="close" aria-label="Close">×</button></span></p></div>
</dialog>
<script>{script}</script>
</body>
</html>
"""


def write_gallery(
    runs: Iterable[Run],
    output: Path,
    errors: Iterable[tuple[Path, OSError]] = (),
    on_file: Callable[[str], object] = lambda path: None,
) -> int:
    """Write the page for some runs; returns how many there are.

    Args:
        runs: The runs, in any order.
        output: The file to write; an .html page that this has written before is replaced, and nothing else.
        errors: Runs that could not be read, with the reason; they stand first. Looked at once the runs are read.
        on_file: Called with the path of each file before it is looked at, to show progress.

    Raises:
        FileExistsError: `output` is something else than such a page.
        OSError: The page cannot be written; an old page stays as it was.
    """
    temporary = hidden_beside(output)
    if os.path.lexists(output) and not _is_page(output):
        raise FileExistsError(errno.EEXIST, "exists and is no page of the gallery, which replaces nothing else", str(output))
    ordered = newest_first(runs)
    try:
        with open(os.open(temporary, NEW_FILE, 0o666), "wb") as file:
            for piece in _page(ordered, Media(output.resolve().parent), errors, on_file):
                file.write(piece.encode())
        os.replace(temporary, output)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return len(ordered)


def _is_page(path: Path) -> bool:
    """Whether it is a page that `write_gallery` has written, under its own name: a run may hold one as the text of an entity."""
    if path.suffix.lower() not in (".html", ".htm"):
        return False
    try:
        return read_file(path, len(_BEGINNING)) == _BEGINNING
    except RefusedPath:
        return False


def _page(
    runs: list[Run], media: Media, errors: Iterable[tuple[Path, OSError]], on_file: Callable[[str], object]
) -> Iterator[str]:
    title = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")
    yield _HEAD.format(hash=f"sha256-{digest}", title=title, style=_STYLE)
    yield f"<header><h1>{title}</h1>{_filter(runs)}</header>\n<main>\n"
    yield f'<p class="none nothing"{" hidden" if runs else ""}>{"No run fits." if runs else "There is no run yet."}</p>\n'
    for folder, error in errors:
        yield f'<p class="problem">{escape(folder)} cannot be read: {escape(error.strerror or error)}</p>\n'
    for number, run in enumerate(runs):
        yield from _run(run, media, on_file, is_open=number == 0 or len(runs) <= OPEN)
    yield _FOOT.format(script=_SCRIPT)


def _filter(runs: list[Run]) -> str:
    states = Counter(run.status for run in runs)
    tags = Counter(tag for run in runs for tag in run.tags)
    state_options = [f'<option value="{s}">{s} ({states[s]})</option>' for s in (RUNNING, COMPLETED, FAILED) if states[s]]
    tag_options = [f'<option value="{escape(tag)}">{escape(tag)} ({tags[tag]})</option>' for tag in sorted(tags)]
    by_tag = f'<option value="">any tag</option>{"".join(tag_options)}'
    return (
        '<form name="filter" hidden><input type="search" name="text" placeholder="Filter by text" aria-label="Text">'
        f'<select name="state" aria-label="State"><option value="">any state</option>{"".join(state_options)}</select>'
        f'<select name="tag" aria-label="Tag"{"" if tags else " hidden"}>{by_tag}</select></form>'
    )


def _run(run: Run, media: Media, on_file: Callable[[str], object], *, is_open: bool) -> Iterator[str]:
    """One run, piece by piece: errors first, then its entities in order."""
    yield (
        f'<details class="run {run.status}" data-tags="{escape(" ".join(run.tags))}"{" open" if is_open else ""}>\n'
        f"<summary>{''.join(_summary(run))}</summary>\n"
        '<div class="body">\n'
    )
    if run.error is not None and not run.entities(ERROR_TYPE):  # else it stands in the first card
        yield f'<p class="failure">{escape(run.error)}</p>\n'
    for problem in _problems(run, on_file):
        yield f'<p class="problem">{escape(problem.filename)} {escape(problem.message)}</p>\n'
    entities = sorted(run.entities(), key=lambda entity: entity.type != ERROR_TYPE)
    if entities:
        yield '<div class="cards">\n'
        for entity in entities:
            on_file(f"{run.folder}/{entity.filename}")
            yield card(entity, media)
        yield "</div>\n"
    else:
        yield '<p class="none">Nothing was saved.</p>\n'
    yield "</div>\n</details>\n"


def _summary(run: Run) -> Iterator[str]:
    config = run.info.get("config_name")
    about = "" if config is None else f' <span class="soft">{escape(config)}</span>'
    tags = "".join(f' <span class="tag">{escape(tag)}</span>' for tag in run.tags)
    yield f"<span><h2>{escape(run.run_id)}</h2>{about}{tags}</span>"
    step, *words = state_words(run.state)
    more = escape("".join(f"· {word} " for word in words))
    yield f'<span class="state"><b>{escape(step)}</b> <span class="soft">{more}</span></span>'
    yield time_tag(begun(run).isoformat())
    length = run.duration
    yield f'<span class="number">{"" if length is None else length_text(length)}</span>'
    yield f'<span class="number">{len(run)} entit{"y" if len(run) == 1 else "ies"}</span>'
    yield f'<span class="number">{size_text(run.size)}</span>'


def _problems(run: Run, on_file: Callable[[str], object]) -> list[Problem]:
    try:
        return run.problems(on_file)
    except OSError as error:
        return [Problem("unreadable", run.folder.name, f"cannot be read: {error.strerror or error}")]
