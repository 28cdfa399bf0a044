"""Which format some bytes are, which kind of media a format is, and what no stored file may be called.

`filetype` knows the magic numbers of many formats; the ones that it misses or is too sure of are in
`signatures`.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from recorder.content.signatures import SIGNATURES, is_text, iso_media, text_format, transport_stream

logger = logging.getLogger(__name__)

HEAD_SIZE = 8192
"""How many bytes of a file's head `detect_extension` looks at."""

MEDIA_KINDS: Mapping[str, str] = {
    "image": "image",
    "audio": "audio",
    "music": "audio",
    "video": "video",
    "3d": "3d",
}
"""Media types that stand for one kind of file, with that kind. Every other media type takes every file."""

_KINDS = {
    "image": "apng avif bmp cr2 cr3 dds exr gif hdr heic heif ico j2k jp2 jpeg jpg jpx jxl jxr png psd qoi "
    "svg tga tif tiff webp xcf",
    "audio": "aac ac3 aif aiff amr caf flac m4a m4b mid midi mka mp2 mp3 oga ogg opus spx wav weba wma",
    "video": "3g2 3gp avi f4v flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv",
    "3d": "3mf blend dae fbx glb gltf ksplat obj ply splat spz stl usd usda usdc usdz",
    "text": "csv json jsonl log md rst rtf srt toml tsv txt vtt yaml yml",
    "document": "doc docx epub odp ods odt pdf ppt pptx xls xlsx",
    "archive": "7z bz2 gz lz4 rar tar tgz xz zip zst",
    "data": "bin ckpt dcm latent npy npz onnx parquet pkl pt pth safetensors sqlite",
    "font": "otf ttf woff woff2",
}
_KIND_OF = {extension: kind for kind, extensions in _KINDS.items() for extension in extensions.split()}

ACTIVE_EXTENSIONS = frozenset(
    "apk app asp aspx bash bat cgi cjs cmd com cpl deb desktop dll dmg elf exe hta htm html jar js jse jsp "
    "jspx lnk mht mhtml mjs msi msp phar php php3 php4 php5 phtml pif pkg ps1 psm1 reg rpm scf scr sh shtml "
    "so svg svgz swf url vb vbe vbs wasm wsf wsh xht xhtm xhtml xml xsl xslt".split()
)
"""Extensions that a browser or a shell would run. `svg` is stored only where the bytes themselves are SVG."""

_FORMAT = re.compile(r"[a-z0-9+-]+(?:\.[a-z0-9+-]+)*")
LONGEST_FORMAT = 20
"""Characters of an extension: "safetensors", "tar.gz"."""

_SYNONYMS = {
    "jpeg": "jpg",
    "tiff": "tif",
    "midi": "mid",
    "mpeg": "mpg",
    "apng": "png",
    "aif": "aiff",
    "m2ts": "ts",
    "mts": "ts",
    "jpx": "jp2",
    "f4v": "mp4",
    "m4b": "m4a",
    "spx": "ogg",
}

# Formats that lie inside another one, whose magic number is all that the bytes show.
_INSIDE = {
    "zip": frozenset("3mf cbz ckpt docx epub kra npz odp ods odt ora pptx pt pth usdz xlsx".split()),
    "gz": frozenset({"spz", "tgz"}),
    "tif": frozenset({"arw", "dng", "nef"}),
    "mp4": frozenset({"m4a", "m4v"}),
    "mkv": frozenset({"mka"}),
    "webm": frozenset({"weba"}),
    "usdc": frozenset({"usd"}),
}

# Formats without a signature: what the sender declares is all there is. A wrong .png is found out, a wrong
# .obj cannot be.
_WITHOUT_SIGNATURE = frozenset("ac3 caf dae dds exr gltf hdr j2k ksplat mp2 obj qoi splat spz stl tga usda".split())

_BY_FIRST_BYTE = {first: [entry for entry in SIGNATURES if entry[0][0] == first] for first in {e[0][0] for e in SIGNATURES}}

_TAKEN_FROM_FILETYPE = frozenset(
    "7z amr bz2 dcm doc docx epub flv gz jxr lz4 odp ods odt otf ppt pptx psd rar sqlite tar ttf woff woff2 "
    "xcf xls xlsx xz zip zst".split()
)
_THEIR_FIRST_BYTES = b"7#BPF\x1fI\x048RSwgO(\xd0\xfd\x00"


def detect_extension(content: bytes) -> str | None:
    """The extension, without a dot, of the format that `content` certainly has, or None.

    `content` is a whole file or its head (8 KB are enough, more is not looked at). Detection is not
    validation: a truncated file keeps its type. Text is never taken for a binary format; in it only SVG, PDF
    and PLY are recognised.
    """
    head = bytes(content[:HEAD_SIZE])
    if not head:
        return None
    if is_text(head):
        return text_format(head)
    if head[4:8] == b"ftyp" and (extension := iso_media(head)):
        return extension
    for magic, check in _BY_FIRST_BYTE.get(head[0], ()):
        if head.startswith(magic) and (extension := check(head)):
            return extension
    # Bytes that are no UTF-8 can still be an SVG in another encoding.
    return transport_stream(head) or (text_format(head) if head[0] in b"<\xef \t\r\n" else _ask_filetype(head))


def _ask_filetype(head: bytes) -> str | None:
    # A miss costs filetype 25 us, much beside a small save: it is asked only where one of the formats taken
    # can start.
    if head[0] not in _THEIR_FIRST_BYTES and head[257:262] != b"ustar" and head[128:132] != b"DICM":
        return None
    # Imported here for its 15 ms; it ships no types.
    import filetype  # type: ignore[import-untyped]

    extension: str | None = filetype.guess_extension(head)
    return extension if extension in _TAKEN_FROM_FILETYPE else None


def kind_of_extension(extension: str) -> str | None:
    """image, audio, video, 3d, text, document, archive, data or font; None for an unknown extension."""
    return _KIND_OF.get(extension.lower().lstrip("."))


def fits(entity_type: str, extension: str) -> bool:
    """Whether a file with this extension may be stored as `entity_type`.

    Only `output_image`, `output_audio`, `output_music`, `output_video` and `output_3d` ask for a kind; GIF and
    WebP are both images and videos.
    """
    prefix, _, media_type = entity_type.partition("_")
    wanted = MEDIA_KINDS.get(media_type) if prefix == "output" else None
    moving_picture = wanted == "video" and extension in ("gif", "webp")
    return wanted is None or kind_of_extension(extension) == wanted or moving_picture


def same_format(detected: str, declared: str) -> bool:
    """Whether the declared extension names the detected format too: a synonym, or a format inside it."""
    declared = declared.lower().rpartition(".")[2]  # tar.gz is gz
    return _SYNONYMS.get(declared, declared) == detected or declared in _INSIDE.get(detected, ())


def has_signature(extension: str) -> bool:
    """Whether bytes of that media format are always recognised, so that silence disproves the extension."""
    return extension not in _WITHOUT_SIGNATURE and kind_of_extension(extension) in MEDIA_KINDS.values()


def is_format(value: str) -> bool:
    """Whether a value in lower case may be an extension: letters, digits, + and -, inner dots, 20 characters."""
    return len(value) <= LONGEST_FORMAT and _FORMAT.fullmatch(value) is not None


def check_format(value: object, detected: str | None = None, where: str = 'metadata["format"]') -> str:
    """The value, in lower case, if it may be an extension and names no active type.

    `detected` is what `detect_extension` said of the bytes; `svg` passes only where that is svg. `where` it stands.

    Raises:
        ValueError: it names the value and the reason.
    """
    extension = value.lower() if isinstance(value, str) else ""
    if not is_format(extension):
        raise ValueError(f"{where} must be 1 to {LONGEST_FORMAT} characters of a-z, 0-9, +, - and inner dots, not {value!r}")
    if extension != detected and not ACTIVE_EXTENSIONS.isdisjoint(extension.split(".")):
        raise ValueError(f"{where} {value!r} is refused: a browser or a shell would run such a file")
    return extension


# Not Exception: a signal handler's time limit is none of theirs.
_PARSER_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, Warning, struct.error, zlib.error,
)  # fmt: skip


def media_metadata(source: Path | str | bytes) -> dict[str, Any]:
    """Width and height of an image in pixels, duration of a sound or video in seconds, where they are told.

    `source` is a path or the whole content. Needs the extra `media` (pillow, tinytag); without it, and for
    anything damaged or unreadable, the answer is an empty dict. Nothing is decoded.
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as stream:
            extension = detect_extension(stream.read(HEAD_SIZE))
            stream.seek(0)
            kind = kind_of_extension(extension) if extension else None
            if extension and kind == "image":
                return _image_size(stream, extension)
            if extension and kind in ("audio", "video"):
                return _duration(stream, extension)
    except ImportError:
        pass
    except _PARSER_ERRORS as error:  # parsers raise what they like on hostile bytes; the file is stored regardless
        logger.debug("no media metadata: %s: %s", type(error).__name__, error)
    return {}


def _image_size(stream: BinaryIO, extension: str) -> dict[str, Any]:
    from PIL import Image

    Image.preinit()
    if f".{extension}" not in Image.EXTENSION:
        Image.init()
    name = Image.EXTENSION.get(f".{extension}")
    if name not in Image.OPEN:
        return {}
    # The plugin of the detected format alone, and not Image.open: that warns of big images, which are never
    # decoded here.
    try:
        with Image.OPEN[name][0](stream, "") as image:
            return {"width": image.width, "height": image.height}
    except Image.DecompressionBombError:
        return {}


def _duration(stream: BinaryIO, extension: str) -> dict[str, Any]:
    from tinytag import TinyTag, TinyTagException

    name = {"oga": "ogg", "ogv": "ogg", "m4v": "m4a", "mov": "m4a", "mp4": "m4a"}.get(extension, extension)
    if not TinyTag.is_supported(f"x.{name}"):
        return {}
    try:
        duration = TinyTag.get(filename=f"x.{name}", file_obj=stream, tags=False).duration
    except TinyTagException:
        return {}
    return {"duration": round(duration, 3)} if duration else {}
