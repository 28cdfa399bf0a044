"""The card of one entity: what its file holds, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from recorder.content.media_types import kind_of_extension
from recorder.gallery.media import MIME, Media
from recorder.gallery.text import Preview, error_preview, escape, json_preview, text_preview, value_preview
from recorder.runs.entity import Entity
from recorder.runs.wording import length_text, size_text
from recorder.storage.index import ERROR_TYPE

_WIDE = 900  # characters of a text that wants more room


def card(entity: Entity, media: Media) -> str:
    """The HTML of one entity; a file that cannot be shown is said to be so."""
    classes = ["error"] if entity.type == ERROR_TYPE else []
    address, size = None, None
    try:
        path, status = entity.path, entity.stat()
        if status is None:
            raise FileNotFoundError(2, "is missing", entity.filename)
        address, size = media.address(path), status.st_size
        shown, wide = _content(entity, path, size, address, media)
        classes += ["wide"] if wide else []
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = error.strerror if isinstance(error, OSError) else None
        shown = f'<p class="none problem">The file {escape(reason or error)}.</p>'
    style = f' class="{" ".join(classes)}"' if classes else ""
    return f"<figure{style}>{shown}<figcaption>{''.join(_caption(entity, address, size))}</figcaption></figure>\n"


def _content(entity: Entity, path: Path, size: int, address: str | None, media: Media) -> tuple[str, bool]:
    """The HTML that shows the file, and whether it wants more room than a picture."""
    extension = path.suffix[1:].lower()
    kind = kind_of_extension(extension)
    if size == 0:
        return '<p class="none">empty</p>', False
    if kind == "image" and extension in MIME:
        picture = f'<img src="{media.picture(path, size)}" alt="{escape(entity.filename)}"{_room(entity)} loading="lazy">'
        opened = f'<a class="media" href="{address}">' if address else '<span class="media" role="button" tabindex="0">'
        return f"{opened}{picture}</{'a' if address else 'span'}>", False
    if kind in ("audio", "video") and extension in MIME:
        return f'<div class="player"><{kind} controls preload="none" src="{media.source(path, size)}"></{kind}></div>', False
    before, preview = "", None
    if entity.type == ERROR_TYPE and extension == "json":
        before, preview = error_preview(entity)
        if preview is None:
            return before, False
    elif extension == "json":
        preview = json_preview(entity)
    elif kind == "text":
        preview = text_preview(entity)
    else:
        return f'<p class="none">{escape(extension or "no extension")}: no preview</p>', False
    return f"{before}<pre>{preview.shown}</pre>{_more(preview, address)}", preview.length > _WIDE


def _room(entity: Entity) -> str:
    """The size of a picture, where it is known: the page leaves room before the picture is there."""
    width, height = entity.metadata.get("width"), entity.metadata.get("height")
    return f' width="{width}" height="{height}"' if isinstance(width, int) and isinstance(height, int) else ""


def _more(preview: Preview, address: str | None) -> str:
    if not preview.cut:
        return ""
    return f'<p class="more">… <a href="{address}">the whole file</a></p>' if address else '<p class="more">…</p>'


def _caption(entity: Entity, address: str | None, size: int | None) -> Iterator[str]:
    name = escape(entity.filename)
    yield f'<span class="name"><b>{entity.sequence} {escape(entity.type)}</b></span><br>'
    yield f'<a href="{address}">{name}</a>' if address else name
    facts = [] if size is None else [size_text(size)]
    metadata = entity.metadata
    width, height, duration = metadata.get("width"), metadata.get("height"), metadata.get("duration")
    if isinstance(width, int) and isinstance(height, int):
        facts.append(f"{width} × {height}")
    if isinstance(duration, (int, float)):
        facts.append(length_text(duration))
    facts = [escape(fact) for fact in facts]
    yield "<br>" + " · ".join(facts)
    if entity.timestamp:
        yield f"<br>{time_tag(entity.timestamp)}"
    if metadata:
        yield f"<details><summary>metadata</summary><pre>{value_preview(metadata).shown}</pre></details>"


def time_tag(timestamp: str) -> str:
    """A stored time as HTML: in the zone of this machine, until the page's script says it in the reader's."""
    try:
        moment = datetime.fromisoformat(timestamp).astimezone()
        shown = moment.strftime("%Y-%m-%d %H:%M:%S %Z")
    except (ValueError, OverflowError, OSError):
        return f"<span>{escape(timestamp)}</span>"
    return f'<time datetime="{moment.isoformat()}">{escape(shown)}</time>'
