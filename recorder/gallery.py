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
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from recorder.inspection import Run, inspect_run
from recorder.media_types import kind_of_extension

THUMBNAIL = 320
"""Width and height that a thumbnail fits into, in pixels."""
EMBED_LIMIT = 1 << 20
"""Media files up to so many bytes are put into the page; larger ones are linked."""
TEXT_LIMIT = 20_000
"""Characters of a text that are shown."""
_IMAGE_LIMIT = 60_000_000  # pixels; a bomb is not unpacked
_MIME = {
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "m4a": "audio/mp4", "aac": "audio/aac", "mp4": "video/mp4", "webm": "video/webm",
    "mov": "video/quicktime", "mkv": "video/x-matroska", "ogv": "video/ogg", "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml", "bmp": "image/bmp",
    "avif": "image/avif",
}  # fmt: skip

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data: file: 'self'; media-src data: file: 'self'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
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
img, video { background: color-mix(in srgb, currentColor 6%, transparent); border-radius: 4px; display: block;
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
<h1>$title</h1>
$runs
</body>
</html>
""")


def write_gallery(folders: Iterable[Path], output: Path) -> None:
    """Write the page for some runs.

    Raises:
        OSError: A run cannot be read, or the page cannot be written; an old page stays as it was.
    """
    sections = [_section(inspect_run(folder), output.resolve().parent) for folder in folders]
    title = f"{len(sections)} run{'' if len(sections) == 1 else 's'}"
    body = "\n".join(sections) or '<p class="none">There is no run here.</p>'
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(_PAGE.substitute(title=title, runs=body), encoding="utf-8")
        os.replace(temporary, output)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _text(value: object) -> str:
    """Anything as escaped text that UTF-8 can hold."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"))


def _section(run: Run, base: Path) -> str:
    facts = [str(run.info[key]) for key in ("config_name", "user_id", "timestamp") if run.info.get(key) is not None]
    facts.append(f"{run.state['step']} {run.state['progress']}")
    facts.append(f"{len(run.entities)} entit{'y' if len(run.entities) == 1 else 'ies'}")
    problems = "".join(f'<p class="problem">{_text(p.filename)} {_text(p.message)}</p>' for p in run.problems)
    figures = "\n".join(
        _figure(run.folder, entity, size, base) for entity, size in zip(run.entities, run.sizes, strict=True)
    )
    content = f'<div class="entities">\n{figures}\n</div>' if figures else '<p class="none">Nothing was saved.</p>'
    name = _text(run.info.get("run_id") or run.folder.name)
    return f'<section>\n<h2>{name}</h2>\n<p class="facts">{_text(" · ".join(facts))}</p>\n{problems}{content}\n</section>'


def _figure(folder: Path, entity: dict[str, Any], size: int | None, base: Path) -> str:
    path = folder / entity["filename"]
    if size is None or not _is_below(path, folder):
        shown, wide = '<p class="none">The file is missing.</p>', False
    else:
        shown, wide = _content(path, entity["filename"], size, base)
    details = "".join(_metadata(entity.get("metadata")))
    caption = f"<b>{_text(entity['sequence'])} {_text(entity['type'])}</b><br>{_text(entity['filename'])}"
    time = str(entity.get("timestamp") or "")[:19].replace("T", " ")
    caption += f"<br>{_text(time)}{details}"
    return f'<figure{" class=wide" if wide else ""}>{shown}<figcaption>{caption}</figcaption></figure>'


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a file really lies in the run folder, whatever a hostile index says."""
    return path.resolve().is_relative_to(folder.resolve()) and path.is_file()


def _metadata(metadata: object) -> Iterator[str]:
    if isinstance(metadata, dict) and metadata:
        text = json.dumps(metadata, indent=2, ensure_ascii=False)
        yield f"<details><summary>metadata</summary><pre>{_text(text)}</pre></details>"


def _content(path: Path, name: str, size: int, base: Path) -> tuple[str, bool]:
    """The HTML that shows one file, and whether it wants the whole width."""
    extension = path.suffix[1:].lower()
    kind = kind_of_extension(extension)
    label = _text(name)
    if kind == "image" and extension in _MIME:
        source = _thumbnail(path, extension) or _source(path, extension, size, base)
        image = f'<img src="{source}" alt="{label}" loading="lazy">'
        return f'<a href="{_link(path, base)}">{image}</a>', False
    if kind in ("audio", "video") and extension in _MIME:
        tag = f'<{kind} controls preload="metadata" src="{_source(path, extension, size, base)}"></{kind}>'
        return tag, False
    if extension == "json":
        return f"<details><summary>{label}</summary><pre>{_text(_read_json(path))}</pre></details>", False
    if kind == "text" or extension in ("txt", "md", "csv", "log"):
        return f"<pre>{_text(_read_text(path))}</pre>", size > 2000
    return f'<a href="{_link(path, base)}">{label}</a>', False


def _link(path: Path, base: Path) -> str:
    """The address of a file as seen from the page."""
    return html.escape(quote(os.path.relpath(path.resolve(), base)))


def _source(path: Path, extension: str, size: int, base: Path) -> str:
    """A small file's content as a data URL, the address of a larger one."""
    if size > EMBED_LIMIT:
        return _link(path, base)
    return f"data:{_MIME[extension]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _thumbnail(path: Path, extension: str) -> str | None:
    """A small picture as a data URL; None where it cannot be made (no Pillow, animation, SVG, damage)."""
    if extension in ("svg", "gif"):
        return None
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(path) as image:
            if image.width * image.height > _IMAGE_LIMIT or getattr(image, "is_animated", False):
                return None
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            buffer = io.BytesIO()
            image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB").save(
                buffer, "WEBP", quality=80
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _read_text(path: Path) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read(TEXT_LIMIT + 1)
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "\n…"


def _read_json(path: Path) -> str:
    text = _read_text(path)
    if len(text) > TEXT_LIMIT:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
