"""What a file is, by its first bytes alone: never by its name, and never by asking a library to guess.

A library is then made to read it as just that, so that no playlist, drawing or disc image finds its way to code that
was not meant for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from live.errors import BadMedia

HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Format:
    """`reader` is the name by which Pillow (pictures) or FFmpeg (media) knows it."""

    family: Literal["picture", "media"]
    reader: str
    name: str


JPEG = Format("picture", "JPEG", "a JPEG photo")
PNG = Format("picture", "PNG", "a PNG picture")
WEBP = Format("picture", "WEBP", "a WebP picture")
GIF = Format("picture", "GIF", "a GIF")
HEIC = Format("picture", "HEIF", "an HEIC photo")
AVIF = Format("picture", "AVIF", "an AVIF photo")
MP4 = Format("media", "mov", "an MP4 or QuickTime file")
MATROSKA = Format("media", "matroska", "a WebM or Matroska file")
WAV = Format("media", "wav", "a WAV file")
OGG = Format("media", "ogg", "an Ogg file")
MP3 = Format("media", "mp3", "an MP3 file")
AAC = Format("media", "aac", "an AAC file")
FLAC = Format("media", "flac", "a FLAC file")
CAF = Format("media", "caf", "a CAF file")
AMR = Format("media", "amr", "an AMR file")
AIFF = Format("media", "aiff", "an AIFF file")

_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\x1a\x45\xdf\xa3", MATROSKA),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"caff", CAF),
    (b"#!AMR", AMR),
)
_CONTAINERS: dict[tuple[bytes, bytes], Format] = {
    (b"RIFF", b"WEBP"): WEBP,
    (b"RIFF", b"WAVE"): WAV,
    (b"RF64", b"WAVE"): WAV,
    (b"FORM", b"AIFF"): AIFF,
    (b"FORM", b"AIFC"): AIFF,
}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp"}
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an SVG drawing or another XML file"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"#extm3u", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"%pdf", "a PDF"),
    (b"pk\x03\x04", "a ZIP archive or an Office file"),
    (b"bm", "a BMP picture"),
    (b"ii*\x00", "a TIFF or raw photo"),
    (b"mm\x00*", "a TIFF or raw photo"),
)


def sniff(head: bytes) -> Format:
    """Return the format that a file beginning with these bytes has. Raises BadMedia with a sentence for its sender."""
    found = _by_start(head) or _by_container(head) or _by_box(head) or _by_sync(head)
    if found is None:
        raise BadMedia(
            f"expected a photo (JPEG, PNG, HEIC, WebP, GIF), a video (MP4, MOV, WebM) or a sound (M4A, WAV, MP3, Ogg), "
            f"got {_stranger(head)}; export it as one of these and send it again"
        )
    return found


def _by_start(head: bytes) -> Format | None:
    return next((form for start, form in _STARTS if head.startswith(start)), None)


def _by_container(head: bytes) -> Format | None:
    return _CONTAINERS.get((head[:4], head[8:12]))


def _by_box(head: bytes) -> Format | None:
    if head[4:8] not in _MP4_BOXES:
        return None
    brands = {head[8:12]} if head[4:8] == b"ftyp" else set()
    if brands & _AVIF_BRANDS or (brands & {b"mif1", b"msf1"} and b"avif" in head[16:HEAD_BYTES]):
        return AVIF
    return HEIC if brands & _HEIC_BRANDS else MP4


def _by_sync(head: bytes) -> Format | None:
    """Bare MPEG audio begins with eleven ones; the layer bits are 0 in AAC's."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    return AAC if head[1] & 0xF6 == 0xF0 else MP3


def _stranger(head: bytes) -> str:
    if not head:
        return "an empty file"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    known = (name for start, name in _STRANGERS if text.startswith(start))
    return next(known, f"one of no kind we know (its first bytes are {head[:8].hex(' ')})")
