"""Recognise a file format from its first bytes, where one magic number alone does not prove it.

Each function takes the head of a file and returns the extension or None. The checks go as far as certainty
needs: an MP3 is two frames in a row, a BMP has a known header size, text is never mistaken for a binary
format.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_XML_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>]|\[.*?\])*>)+", re.DOTALL | re.IGNORECASE)
_SVG_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?svg(?=[\s/>])")
_PDF = re.compile(rb"%PDF-\d\.\d\s*[\r\n]")
_TRACKS = re.compile(rb"(?<!\x53\xab\x84)\x16\x54\xae\x6b")  # the element, not the index entry that points to it
_PLY = re.compile(rb"ply\r?\nformat (?:ascii|binary_(?:little|big)_endian) 1\.0\r?\n")


def is_text(head: bytes) -> bool:
    """True for UTF-8 text; a character cut off at the end of the head is no objection."""
    if head.translate(None, _CONTROL) != head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(head) - 3
    return True


def text_format(head: bytes) -> str | None:
    """The formats that are text and yet certain: SVG, PDF, PLY."""
    if _PDF.match(head):
        return "pdf"
    if _PLY.match(head):
        return "ply"
    return _svg(head)


def _svg(head: bytes) -> str | None:
    head = head.removeprefix(b"\xef\xbb\xbf")
    prolog = _XML_PROLOG.match(head)
    return "svg" if _SVG_ROOT.match(head, prolog.end() if prolog else 0) else None


def _png(head: bytes) -> str | None:
    return "png" if head[:8] == b"\x89PNG\r\n\x1a\n" else None


def _jpeg(head: bytes) -> str | None:
    return "jpg" if head[2:3] == b"\xff" else None


def _gif(head: bytes) -> str | None:
    return "gif" if head[:6] in (b"GIF87a", b"GIF89a") else None


def _bmp(head: bytes) -> str | None:
    known_header = int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124)
    return "bmp" if len(head) >= 26 and known_header and head[6:10] == b"\0\0\0\0" else None


def _tiff(head: bytes) -> str | None:
    if head[8:10] == b"CR":
        return "cr2"
    return "tif" if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") else None


def _ico(head: bytes) -> str | None:
    count = int.from_bytes(head[4:6], "little")
    return "ico" if 0 < count <= 256 and head[9:10] == b"\0" and head[10:12] in (b"\0\0", b"\1\0") else None


def _riff(head: bytes) -> str | None:
    return {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12])


def is_animated_webp(head: bytes) -> bool:
    """Whether the head of a WebP says that the picture moves."""
    return head[12:16] == b"VP8X" and bool(head[20:21]) and bool(head[20] & 2)


def _iff(head: bytes) -> str | None:
    return "aiff" if head[8:12] in (b"AIFF", b"AIFC") else None


def _flac(head: bytes) -> str | None:
    return "flac" if head[4:5] in (b"\0", b"\x80") else None


def _glb(head: bytes) -> str | None:
    return "glb" if head[4:8] in (b"\1\0\0\0", b"\2\0\0\0") else None


def _midi(head: bytes) -> str | None:
    return "mid" if head[4:8] == b"\0\0\0\6" else None


def _ogg(head: bytes) -> str | None:
    """The codec is named in the first packet of each stream; those pages stand before all others."""
    codecs = [bytes(packet) for packet in _first_packets(head)]
    for extension, starts in (
        ("ogv", (b"\x80theora", b"OVP80", b"BBCD\0", b"fishead\0")),
        ("opus", (b"OpusHead",)),
        ("oga", (b"\x7fFLAC",)),
        ("ogg", (b"\1vorbis", b"Speex   ")),
    ):
        if any(packet.startswith(starts) for packet in codecs):
            return extension
    return "ogg" if head[4:5] == b"\0" else None


def _first_packets(head: bytes) -> list[bytes]:
    packets, at = [], 0
    while head[at : at + 4] == b"OggS" and len(head) > at + 27 and head[at + 5] & 2:
        segments = head[at + 26]
        body = at + 27 + segments
        packets.append(head[body : body + 16])
        at = body + sum(head[at + 27 : body])
    return packets


def _ebml(head: bytes) -> str | None:
    """Matroska and WebM.

    A file whose tracks are all in sight and none of them video has the extension of its audio twin.
    """
    audio_only = _has_only_audio_tracks(head)
    if b"\x42\x82\x84webm" in head[:64]:
        return "weba" if audio_only else "webm"
    return ("mka" if audio_only else "mkv") if b"\x42\x82\x88matroska" in head[:64] else None


def _has_only_audio_tracks(head: bytes) -> bool:
    found = _TRACKS.search(head)
    if found is None or found.end() >= len(head) or not head[found.end()]:
        return False
    start = found.end()
    width = 9 - head[start].bit_length()
    size = int.from_bytes(head[start : start + width], "big") & ((1 << 7 * width) - 1)
    tracks = head[start + width : start + width + size]
    kinds = set(re.findall(rb"\x86[\x81-\xa0]([AVS])_", tracks))
    return len(tracks) == size and kinds == {b"A"}


_BRANDS = {
    b"M4A ": "m4a",
    b"M4B ": "m4a",
    b"M4P ": "m4a",
    b"F4A ": "m4a",
    b"M4V ": "m4v",
    b"M4VH": "m4v",
    b"M4VP": "m4v",
    b"qt  ": "mov",
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"hevc": "heic",
    b"hevx": "heic",
    b"mif1": "heif",
    b"msf1": "heif",
    b"jp2 ": "jp2",
    b"jpx ": "jpx",
    b"crx ": "cr3",
    b"F4V ": "mp4",
    b"MSNV": "mp4",
    b"NDSC": "mp4",
    b"avc1": "mp4",
    b"dash": "mp4",
    b"piff": "mp4",
    b"isml": "mp4",
    b"mmp4": "mp4",
    b"mp41": "mp4",
    b"mp42": "mp4",
    b"mp71": "mp4",
    b"cmfc": "mp4",
    b"cmf2": "mp4",
    b"iphE": "mp4",
}


def _brand(brand: bytes) -> str | None:
    if brand in _BRANDS:
        return _BRANDS[brand]
    if brand[:3] == b"iso" or brand[:3] == b"hvc":
        return "mp4"
    return {b"3gp": "3gp", b"3g2": "3g2", b"3ge": "3gp", b"3gg": "3gp"}.get(brand[:3])


def iso_media(head: bytes) -> str | None:
    """ISO base media (`ftyp` at byte 4): the major brand decides, then the first known compatible one."""
    size = int.from_bytes(head[:4], "big")
    if not 16 <= size <= 4096:
        return None
    compatible = [head[at : at + 4] for at in range(16, min(size, len(head) - 3), 4)]
    extension = _brand(head[8:12])
    if extension == "heif":
        return "avif" if b"avif" in compatible else "heic" if b"heic" in compatible else "heif"
    if extension is None:
        extension = next((found for found in map(_brand, compatible) if found), None)
    return "m4a" if extension == "mp4" and _has_only_sound(head) else extension


def _has_only_sound(head: bytes) -> bool:
    """Track handlers are visible only where the index stands in front or the whole file is at hand."""
    handlers = set(re.findall(rb"hdlr.{4}(?:\0{4}|mhlr)(soun|vide|pict|text|sbtl|subt)", head, re.DOTALL))
    return b"moov" in head and handlers == {b"soun"} and _moov_is_whole(head)


def _moov_is_whole(head: bytes) -> bool:
    start = head.find(b"moov") - 4
    return start + int.from_bytes(head[start : start + 4], "big") <= len(head)


def _id3(head: bytes) -> str | None:
    """An ID3v2 tag: version 2-4, and a size whose bytes keep their top bit clear. What follows it decides."""
    if len(head) < 10 or head[3] not in (2, 3, 4) or head[4] == 0xFF or max(head[6:10]) > 0x7F:
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    behind = head[10 + size :]
    if behind[:4] == b"fLaC":
        return "flac"
    return "aac" if mpeg_audio(behind) == "aac" else "mp3"


_BITRATES = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def mpeg_audio(head: bytes) -> str | None:
    """MP3 (layer III of MPEG-1, 2 and 2.5) and AAC in ADTS.

    Proof is a valid frame, and another one where it ends if the head goes so far.
    """
    for extension, frame_length in (("mp3", _mp3_frame), ("aac", _adts_frame)):
        length = frame_length(head)
        if length and (len(head) < length + 8 or frame_length(head[length : length + 8])):
            return extension
    return None


def _mp3_frame(data: bytes) -> int:
    """Length in bytes of the frame that starts here, 0 when none does."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return 0
    kilobits = _BITRATES[3 if version == 3 else 2][bitrate]
    return (144 if version == 3 else 72) * kilobits * 1000 // _SAMPLE_RATES[version][rate] + (data[2] >> 1 & 1)


def _adts_frame(data: bytes) -> int:
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0 or data[2] >> 2 & 15 > 12:
        return 0
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return length if length > 7 else 0


def _mpeg_program(head: bytes) -> str | None:
    return "mpg" if head[3:4] in (b"\xba", b"\xb3") else None


def transport_stream(head: bytes) -> str | None:
    """MPEG-TS has nothing but a sync byte every 188 bytes (192 in M2TS): three in a row at least."""
    if b"G" not in head[:5]:
        return None
    for first, step in ((0, 188), (4, 192)):
        marks = head[first::step]
        if len(marks) >= 3 and marks.count(0x47) == len(marks):
            return "ts"
    return None


def _zip(head: bytes) -> str | None:
    """Formats that are a zip file and say so in the name of their first entry; None leaves it to others."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if name.endswith(b".npy"):
        return "npz"
    if name.endswith((b".usdc", b".usda", b".usd")):
        return "usdz"
    return "3mf" if name.startswith(b"3D/") else None


def _asf(head: bytes) -> str | None:
    """Windows Media: the stream's type is a GUID in the header."""
    audio, video = b"\x40\x9e\x69\xf8\x4d\x5b\xcf\x11", b"\xc0\xef\x19\xbc\x4d\x5b\xcf\x11"
    return "wma" if audio in head and video not in head else "wmv"


def _constant(extension: str) -> Callable[[bytes], str]:
    return lambda head: extension


SIGNATURES: tuple[tuple[bytes, Callable[[bytes], str | None]], ...] = (
    (b"\x89PNG", _png),
    (b"\xff\xd8", _jpeg),
    (b"GIF8", _gif),
    (b"RIFF", _riff),
    (b"RF64", _riff),
    (b"BW64", _riff),
    (b"OggS", _ogg),
    (b"fLaC", _flac),
    (b"ID3", _id3),
    (b"\xff", mpeg_audio),
    (b"\x1aE\xdf\xa3", _ebml),
    (b"glTF", _glb),
    (b"BM", _bmp),
    (b"II", _tiff),
    (b"MM", _tiff),
    (b"\0\0\1\0", _ico),
    (b"\0\0\1", _mpeg_program),
    (b"FORM", _iff),
    (b"MThd", _midi),
    (b"PK\3\4", _zip),
    (b"PXR-USDC", _constant("usdc")),
    (b"Kaydara FBX Binary  \0", _constant("fbx")),
    (b"BLENDER", _constant("blend")),
    (b"\x93NUMPY", _constant("npy")),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _constant("jp2")),
    (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", _asf),
    (b"\xff\x0a", _constant("jxl")),
    (b"\0\0\0\x0cJXL \r\n\x87\n", _constant("jxl")),
    (b"%PDF-", text_format),
    (b"ply\n", text_format),
    (b"ply\r\n", text_format),
)
