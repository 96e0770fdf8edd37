"""Files that nobody should send, made by code: bombs, lies, halves, and one format dressed as another.

Beside `media_files`: each function takes the path to write and returns it.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import av

from tests import media_files
from tests.media_files import Size


def zero_bytes(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def truncated(path: Path, keep: float = 0.5) -> Path:
    """Cut the file at `path`, keeping this share of its bytes."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    return path


def png_bomb(path: Path, size: Size = (40_000, 40_000), *, colour: bool = False) -> Path:
    """A true PNG of this size in some 200 kB, black all over: one bit a pixel, or three bytes."""
    width, height = size
    bits, kind = (24, 2) if colour else (1, 0)
    rows = bytes(1 + (width * bits + 7) // 8) * 100
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)  # it stands alone: packed once, written often
    check = 1
    for _ in range(height // 100):
        check = zlib.adler32(rows, check)
    pixels = b"\x78\xda" + piece * (height // 100) + packer.flush() + struct.pack(">I", check)
    header = struct.pack(">IIBBBBB", width, height, 8 if colour else 1, kind, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks))
    return path


def svg_named_jpg(path: Path) -> Path:
    path.write_text(
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="file:///etc/passwd"/><script>alert(1)</script></svg>'
    )
    return path


def hls_named_jpg(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    return path


def concat_named_mp4(path: Path) -> Path:
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    return path


def html_after_jpeg(path: Path) -> Path:
    """A good photo that is a web page too."""
    media_files.photo_jpeg(path)
    path.write_bytes(path.read_bytes() + b"<html><script>alert(document.cookie)</script></html>")
    return path


def hours_of_sound(path: Path, hours: float = 10.0) -> Path:
    """A true WAV of silence, 8 bits at 8 kHz; the bytes are a hole in the file."""
    data_bytes = int(hours * 3600 * 8000)
    head = (
        b"RIFF" + struct.pack("<I", 36 + data_bytes) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    )
    with path.open("wb") as file:
        file.write(head + b"data" + struct.pack("<I", data_bytes))
        file.truncate(44 + data_bytes)
    return path


def hours_of_sound_webm(path: Path, hours: float = 10.0) -> Path:
    """WebM without a duration whose few packets lie hours apart."""
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as container:
        audio = media_files.add_audio(container, "libopus")
        for piece in media_files.sound_frames(audio, hours * 0.1 + 0.2):
            for packet in audio.encode(piece):
                if packet.pts is not None:
                    packet.pts = packet.dts = packet.pts * 36_000
                container.mux(packet)
    return path


def video_without_pictures(path: Path) -> Path:
    """An MP4 that says video and holds only sound."""
    return media_files.sound_file(path, kind="m4a")


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
