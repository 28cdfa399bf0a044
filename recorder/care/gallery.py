"""One HTML page that shows runs: images, audio and video players, text, JSON.

The page needs no server, no network and no script. Small media lie in the page itself; larger ones are linked beside it.
Nothing that an entity holds can run: all text is escaped, and a content security policy allows no script at all.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recorder.care.inspection import Run
from recorder.content.media_types import ACTIVE_EXTENSIONS, kind_of_extension

THUMBNAIL = 320
"""Width and height that a thumbnail fits into, in pixels."""
EMBED_LIMIT = 1 << 20
"""Media files up to so many bytes are put into the page; larger ones are linked."""
PAGE_LIMIT = 50 << 20
"""Bytes of media that are put into one page, thumbnails included; what comes after is linked."""
TEXT_LIMIT = 20_000
"""Characters of a text that are shown."""
_IMAGE_LIMIT = 50_000_000  # pixels; a bomb is not unpacked
_THUMBNAIL_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")  # and none that calls another program, as EPS does
_MIME = {
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "m4a": "audio/mp4", "aac": "audio/aac", "mp4": "video/mp4", "webm": "video/webm",
    "mov": "video/quicktime", "mkv": "video/x-matroska", "ogv": "video/ogg", "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml", "bmp": "image/bmp",
    "avif": "image/avif",
}  # fmt: skip

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; base-uri 'none'; form-action 'none';
 img-src data: file: 'self'; media-src data: file: 'self'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runs</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 60%, transparent); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1200px; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
section { border-top: 1px solid var(--line); padding: 1rem 0 1.5rem; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
.facts, figcaption, .none { color: var(--soft); font-size: .85rem; }
.facts { margin: .2rem 0 .8rem; }
.problem { color: #b3261e; font-size: .9rem; margin: .2rem 0; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { .problem { color: #ff8a80; } }
.entities { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }
figure { border: 1px solid var(--line); border-radius: 8px; margin: 0; overflow: hidden; padding: .7rem; }
figure.wide { grid-column: 1 / -1; }
img { background: #f3f3f6; }  /* transparent pictures are drawn for light paper */
img, video { border-radius: 4px; display: block;
  height: auto; max-height: 320px; max-width: 100%; object-fit: contain; }
audio, video { width: 100%; }
pre { font: 12.5px/1.5 ui-monospace, monospace; margin: 0; max-height: 24rem; overflow: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; }
summary { cursor: pointer; }
figcaption { margin-top: .5rem; overflow-wrap: anywhere; }
figcaption b { color: CanvasText; }
</style>
</head>
<body>
"""
_HEADING_WIDTH = 60
_FOOT = """</body>
</html>
"""


def write_gallery(runs: Iterable[Run], output: Path) -> int:
    """Write the page for some runs, one after the other; returns how many there were.

    Raises:
        OSError: The page cannot be written; an old page stays as it was.
    """
    page = _Page(output.resolve().parent)
    count = 0
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(_HEAD.encode())
            place = file.tell()
            file.write(b" " * _HEADING_WIDTH + b"\n")
            for run in runs:
                file.writelines(piece.encode() for piece in page.section(run))
                count += 1
            file.write(_FOOT.encode())
            file.seek(place)  # the count stands first and is known last
            file.write(f"<h1>{count} run{'' if count == 1 else 's'}</h1>".encode())
        os.replace(temporary, output)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return count


def _text(value: object) -> str:
    """Anything as escaped text that UTF-8 can hold."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))


@dataclass(slots=True)
class _Page:
    """What the page's parts have in common."""

    base: Path
    """The folder that the page will lie in."""
    embedded: int = 0
    """Bytes of media in it so far."""

    def section(self, run: Run) -> Iterator[str]:
        """One run, piece by piece."""
        facts = [str(run.info[key]) for key in ("config_name", "user_id", "timestamp") if run.info.get(key) is not None]
        facts.append(f"{run.state['step']} {run.state['progress']}")
        facts.append(f"{len(run.entities)} entit{'y' if len(run.entities) == 1 else 'ies'}")
        name = _text(run.info.get("run_id") or run.folder.name)
        yield f'<section>\n<h2>{name}</h2>\n<p class="facts">{_text(" · ".join(facts))}</p>\n'
        for problem in run.problems:
            yield f'<p class="problem">{_text(problem.filename)} {_text(problem.message)}</p>\n'
        if run.entities:
            yield '<div class="entities">\n'
            for entity, file, size in zip(run.entities, run.files, run.sizes, strict=True):
                yield self.figure(run.folder, entity, file, size or 0)
            yield "</div>\n"
        else:
            yield '<p class="none">Nothing was saved.</p>\n'
        yield "</section>\n"

    def figure(self, folder: Path, entity: dict[str, Any], file: str | None, size: int) -> str:
        """One entity."""
        wide = False
        if file is None or not _is_below(folder / file, folder):
            shown = '<p class="none">The file is missing.</p>'
        else:
            try:
                shown, wide = self.content(folder / file, file, size)
            except OSError as error:
                shown = f'<p class="none">The file cannot be read: {_text(error.strerror or error)}</p>'
        details = "".join(_metadata(entity.get("metadata")))
        caption = f"<b>{_text(entity['sequence'])} {_text(entity['type'])}</b><br>{_text(entity['filename'])}"
        time = str(entity.get("timestamp") or "")[:19].replace("T", " ")
        caption += f"<br>{_text(time)}{details}"
        return f"<figure{' class=wide' if wide else ''}>{shown}<figcaption>{caption}</figcaption></figure>\n"

    def content(self, path: Path, name: str, size: int) -> tuple[str, bool]:
        """The HTML that shows one file, and whether it wants the whole width."""
        extension = path.suffix[1:].lower()
        kind = kind_of_extension(extension)
        label = _text(name)
        if kind == "image" and extension in _MIME:
            source = self.thumbnail(path, extension) or self.source(path, extension, size)
            image = f'<img src="{source}" alt="{label}" loading="lazy">'
            return self.linked(path, extension, image), False
        if kind in ("audio", "video") and extension in _MIME:
            tag = f'<{kind} controls preload="metadata" src="{self.source(path, extension, size)}"></{kind}>'
            return tag, False
        if extension == "json":
            return f"<details><summary>{label}</summary><pre>{_text(_read_json(path))}</pre></details>", False
        if kind == "text":
            return f"<pre>{_text(_read_text(path))}</pre>", size > 2000
        return self.linked(path, extension, label), False

    def linked(self, path: Path, extension: str, shown: str) -> str:
        """A link to a file, unless it is one whose scripts would run once it is opened."""
        return shown if extension in ACTIVE_EXTENSIONS else f'<a href="{self.address(path)}">{shown}</a>'

    def address(self, path: Path) -> str:
        """The address of a file as seen from the page."""
        return html.escape(quote(os.fsencode(os.path.relpath(path.resolve(), self.base))))

    def source(self, path: Path, extension: str, size: int) -> str:
        """A small file's content as a data URL, the address of a larger one."""
        if size > EMBED_LIMIT or self.embedded + size > PAGE_LIMIT:
            return self.address(path)
        return self.data_url(_MIME[extension], path.read_bytes())

    def thumbnail(self, path: Path, extension: str) -> str | None:
        """A small picture as a data URL; None where there is none."""
        if extension == "svg" or self.embedded > PAGE_LIMIT:
            return None
        content = _shrunk(path)
        return None if content is None else self.data_url("image/webp", content)

    def data_url(self, mime: str, content: bytes) -> str:
        """Content as a data URL."""
        self.embedded += len(content)
        return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a file really lies in the run folder, and is no link to elsewhere."""
    return path.resolve().is_relative_to(folder.resolve()) and path.is_file()


def _metadata(metadata: object) -> Iterator[str]:
    if isinstance(metadata, dict) and metadata:
        text = _cut(json.dumps(metadata, indent=2, ensure_ascii=False))
        yield f"<details><summary>metadata</summary><pre>{_text(text)}</pre></details>"


def _shrunk(path: Path) -> bytes | None:
    """A small WebP of a picture; None where it cannot be made (no Pillow, animation, damage, far too large)."""
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images and damaged tags: they are no news to whoever looks
            with Image.open(path, formats=_THUMBNAIL_FORMATS) as image:
                if image.width * image.height > _IMAGE_LIMIT or getattr(image, "is_animated", False):
                    return None
                image.thumbnail((THUMBNAIL, THUMBNAIL))
                transparent = "A" in image.getbands() or "transparency" in image.info
                buffer = io.BytesIO()
                image.convert("RGBA" if transparent else "RGB").save(buffer, "WEBP", quality=75, method=2)
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, AttributeError, MemoryError,
            EOFError, struct.error, zlib.error, Image.DecompressionBombError):  # fmt: skip
        return None  # parsers raise what they like on hostile bytes
    return buffer.getvalue()


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "\n…"


def _read_text(path: Path) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return _cut(file.read(TEXT_LIMIT + 1))


def _read_json(path: Path) -> str:
    text = _read_text(path)
    if len(text) > TEXT_LIMIT:
        return text
    try:
        return _cut(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return text
