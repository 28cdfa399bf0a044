"""Made the samples beside this file, once, with ffmpeg 5.1 and Pillow; the tests read only what is committed.

python make_samples.py
"""

import io
import json
import struct
import subprocess
import zipfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.3:sample_rate=44100"]
PICTURE = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=0.6"]
STILL = ["-frames:v", "1"]
H264 = ["-c:v", "libx264", "-preset", "veryslow", "-pix_fmt", "yuv420p", "-x264-params", "no-info=1"]
BITEXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]

FFMPEG = {
    "mpeg1-id3.mp3": [*TONE, "-b:a", "48k", "-id3v2_version", "3", "-metadata", "title=tone"],
    "mpeg1.mp3": [*TONE, "-b:a", "48k", "-id3v2_version", "0", "-write_xing", "0"],
    "mpeg2.mp3": [*TONE, "-ar", "22050", "-b:a", "24k", "-id3v2_version", "0", "-write_xing", "0"],
    "mpeg25.mp3": [*TONE, "-ar", "11025", "-b:a", "16k", "-id3v2_version", "0", "-write_xing", "0"],
    "tone.wav": [*TONE, "-ar", "8000"],
    "rf64.wav": [*TONE, "-ar", "8000", "-rf64", "always"],
    "tone.flac": [*TONE, "-ar", "8000"],
    "vorbis.ogg": [*TONE, "-c:a", "libvorbis", "-q:a", "0"],
    "tone.opus": [*TONE, "-c:a", "libopus", "-b:a", "16k"],
    "flac.oga": [*TONE, "-ar", "8000", "-c:a", "flac", "-f", "ogg"],
    "theora.ogv": [*PICTURE, "-c:v", "libtheora"],
    "tone.m4a": [*TONE, "-c:a", "aac", "-b:a", "24k"],
    "sound-only-isom.m4a": [*TONE, "-c:a", "aac", "-b:a", "24k", "-movflags", "+faststart", "-f", "mp4"],
    "tone.aac": [*TONE, "-c:a", "aac", "-b:a", "24k"],
    "tone.aiff": [*TONE, "-ar", "8000"],
    "tone.wma": [*TONE, "-b:a", "32k"],
    "tone.mka": [*TONE, "-c:a", "libvorbis", "-q:a", "0"],
    "tone.weba": [*TONE, "-c:a", "libopus", "-b:a", "16k", "-f", "webm"],
    "isom.mp4": [*PICTURE, *H264],
    "mp42.mp4": [*PICTURE, *H264, "-brand", "mp42", "-movflags", "+faststart"],
    "fragmented.mp4": [
        *PICTURE,
        *H264,
        "-movflags",
        "+frag_keyframe+empty_moov+default_base_moof",
        "-brand",
        "iso5",
    ],
    "piff.mp4": [*PICTURE, *H264, "-f", "ismv"],
    "with-sound.mp4": [*PICTURE, *TONE, *H264, "-c:a", "aac", "-b:a", "24k", "-movflags", "+faststart"],
    "clip.m4v": [*PICTURE, *H264, "-f", "ipod"],
    "clip.mov": [*PICTURE, *H264],
    "clip.webm": [*PICTURE, "-c:v", "libvpx-vp9"],
    "clip.mkv": [*PICTURE, *H264],
    "with-sound.webm": [*PICTURE, *TONE, "-c:v", "libvpx-vp9", "-c:a", "libopus", "-b:a", "16k"],
    "sound-first.mkv": [*TONE, *PICTURE, "-map", "0", "-map", "1", *H264, "-c:a", "libopus", "-b:a", "16k"],
    "clip.avi": [*PICTURE, "-c:v", "mpeg4"],
    "clip.flv": [*PICTURE, *H264],
    "clip.wmv": [*PICTURE, "-c:v", "wmv2"],
    "clip.ts": [*PICTURE, *H264],
    "clip.mpg": [*PICTURE, "-r", "25", "-c:v", "mpeg2video"],
    "clip.gif": [*PICTURE],
    "picture.avif": [*PICTURE, *STILL, "-c:v", "libaom-av1", "-still-picture", "1", "-pix_fmt", "yuv420p"],
}

PILLOW = {
    "picture.png": {},
    "animated.png": {"save_all": True, "append_images": 2},
    "picture.jpg": {"quality": 40},
    "lossy.webp": {"quality": 40},
    "lossless.webp": {"lossless": True},
    "animated.webp": {"save_all": True, "append_images": 2},
    "picture.bmp": {},
    "picture.tif": {"compression": "tiff_lzw"},
    "picture.ico": {},
    "picture.jp2": {},
}

SVG = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a circle -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><circle cx="32" cy="24" r="20"/></svg>
"""

TEXTS = {
    "bm25.txt": "BM25 is a ranking function used by search engines.\n",
    "id3.txt": "ID3 tags hold the title and the artist of a song.\n",
    "mz.txt": "MZ are the initials of Mark Zbikowski.\n",
    "gif89a.txt": "GIF89a is the version of GIF that has animation.\n",
    "pk.txt": "PK\n",
    "pdf.txt": "%PDF-1.4 is how such a file begins.\n",
    "riff.txt": "RIFF....WAVE is how a wave file begins.\n",
    "svg.txt": "An <svg xmlns='http://www.w3.org/2000/svg'> element starts a drawing.\n",
    "page.html.txt": "<!DOCTYPE html><html><body><svg></svg>Please log in.</body></html>\n",
    "utf16.txt": "\ufeffFF FE is no MP3 frame".encode("utf-16-le"),
    "bm25-latin1.txt": "BM25 für Anfänger, eine Einführung in die Suche\n".encode("latin-1"),
    "mz-latin1.txt": "MZ für Anfänger\n".encode("latin-1"),
}


def frames() -> list[Image.Image]:
    pictures = []
    for shift in range(3):
        picture = Image.new("RGB", (64, 48), (20, 40 + 60 * shift, 90))
        picture.paste((200, 120, 10), (8 + 4 * shift, 8, 40, 30))
        pictures.append(picture)
    return pictures


def glb() -> bytes:
    scene = json.dumps({"asset": {"version": "2.0"}, "scenes": [{}], "scene": 0}).encode()
    scene += b" " * (-len(scene) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(scene), len(scene), 0x4E4F534A) + scene


def archive(names: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, text in names.items():
            file.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def main() -> None:
    for name, arguments in FFMPEG.items():
        subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, *BITEXACT, str(HERE / name)], check=True)
    first, *rest = frames()
    for name, options in PILLOW.items():
        if "append_images" in options:
            options = {**options, "append_images": rest}
        first.save(HERE / name, **options)
    first.save(HERE / "document.pdf")
    (HERE / "drawing.svg").write_text(SVG)
    (HERE / "scene.glb").write_bytes(glb())
    (HERE / "files.zip").write_bytes(archive({"hello.txt": "hello\n"}))
    (HERE / "arrays.npz").write_bytes(archive({"a.npy": "\x93NUMPY"}))
    (HERE / "scene.usdz").write_bytes(archive({"scene.usda": "#usda 1.0\n"}))
    (HERE / "report.docx").write_bytes(
        archive({"[Content_Types].xml": "<Types/>", "_rels/.rels": "", "word/document.xml": ""})
    )
    (HERE / "object.json").write_text('{"prompt": "a house"}\n')
    (HERE / "points.ply").write_text(
        "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n0\n"
    )
    (HERE / "cube.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    for name, text in TEXTS.items():
        (HERE / name).write_bytes(text if isinstance(text, bytes) else text.encode())


if __name__ == "__main__":
    main()
