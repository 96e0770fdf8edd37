"""Which font sets which grapheme: found among the system's fonts by what they really cover, Pillow's own as the last.

Fonts are ranked once by their file names (an upright bold sans before the rest); a grapheme goes to the first that has
all of its characters, emoji to the colour font. What no font has is said once in the log and set all the same (boxes).
"""

from __future__ import annotations

import io
import re
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import regex
import structlog
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont, features

log = structlog.get_logger()

LINUX_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
MACOS_FOLDERS = ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts")
SUFFIXES = {".ttf", ".otf", ".ttc"}

BITMAP_SIZES_PX = (109, 160, 136, 128)
"""Colour fonts of bitmaps have one size: Noto's 109, Apple's 160."""

FIRST = [r"^NotoSans-(SemiBold|Bold)$", r"^NotoSans-", r"^(HelveticaNeue|Helvetica|SFNS)$", r"^DejaVuSans-Bold$"]
THEN = [
    r"^NotoSans\w*-Bold$",
    r"^NotoSansCJK-Bold$",
    r"^PingFang",
    r"^Hiragino",
    r"Arial Unicode",
    r"^NotoSans\w*-Regular$",
]
UNWANTED = re.compile(r"Italic|Oblique|Mono|Serif|Slanted|Condensed|Light|Thin|Black|Display|LastResort|Braille", re.I)
EMOJI_FONT = re.compile(r"ColorEmoji|Apple Color Emoji|seguiemj", re.I)

EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Emoji}\u20E3|\p{Regional_Indicator}")
UNASSIGNED = regex.compile(r"[\p{Cn}\p{Co}]")
"""No font will have it: not worth reading all of them for."""
UNDRAWN = regex.compile(r"[\p{Cf}\p{Cc}\p{Zs}\uFE00-\uFE0F]")


@dataclass(frozen=True, slots=True)
class Face:
    """One font file; `path` None is the one that Pillow carries. `bitmap_px` is the only size of a colour font."""

    path: Path | None
    bitmap_px: int | None = None

    def at(self, size_px: int) -> ImageFont.FreeTypeFont:
        return _sized(self.path, size_px)


@lru_cache(maxsize=256)
def _sized(path: Path | None, size_px: int) -> ImageFont.FreeTypeFont:
    layout = ImageFont.Layout.RAQM if can_shape() else ImageFont.Layout.BASIC
    file = io.BytesIO(_pillows_own()) if path is None else str(path)
    return ImageFont.truetype(file, size_px, layout_engine=layout)


@cache
def can_shape() -> bool:
    """Does Pillow find FriBiDi here, which its wheel does not carry? Without it letters stand one by one, unjoined."""
    if features.check("raqm"):
        return True
    log.warning(
        "letters are not joined: Arabic and Indian scripts are hard to read",
        missing="FriBiDi",
        mend="apt install libfribidi0, or brew install fribidi; then start the stage again",
    )
    return False


def _pillows_own() -> bytes:
    font = ImageFont.load_default(12)
    if not isinstance(font, ImageFont.FreeTypeFont) or not isinstance(font.path, io.BytesIO):
        raise RuntimeError("expected Pillow with FreeType and a font of its own; install Pillow's wheel")
    return font.path.getvalue()


class Fonts:
    """The fonts of some folders. `lock` is held by whoever sets or draws: FreeType's faces are for one thread."""

    def __init__(self, files: Iterable[Path]) -> None:
        files = list(files)
        self.lock = threading.Lock()
        self._ranked = [Face(path) for path in ranked(files)]
        self._emoji = next((face for path in files if (face := _emoji_face(path))), None)
        self._missing: set[str] = set()
        self._chosen: dict[str, Face] = {}

    def face_for(self, grapheme: str) -> Face:
        face = self._chosen.get(grapheme)
        if face is None:
            if len(self._chosen) > 20_000:
                self._chosen.clear()
            face = self._chosen[grapheme] = self._choose(grapheme)
        return face

    def _choose(self, grapheme: str) -> Face:
        if self._emoji is not None and EMOJI.search(grapheme):
            return self._emoji
        wanted = {ord(c) for c in UNDRAWN.sub("", grapheme)}
        if UNASSIGNED.search(grapheme):
            return self._ranked[0] if self._ranked else Face(None)
        for face in self._ranked:
            if wanted <= _coverage(face.path):
                return face
        self._say_missing(grapheme)
        return self._ranked[0] if self._ranked else Face(None)

    def _say_missing(self, grapheme: str) -> None:
        if wanted := UNDRAWN.sub("", grapheme):
            script = regex.sub(r"\W", "", wanted)[:1] or wanted
            if script not in self._missing and len(self._missing) < 100:
                self._missing.add(script)
                log.warning("no font has this character: install more fonts (Debian: fonts-noto)", character=grapheme)


@cache
def system_fonts() -> Fonts:
    """The fonts of this machine, looked up once."""
    folders = MACOS_FOLDERS if sys.platform == "darwin" else LINUX_FOLDERS
    return Fonts(font_files(Path(folder).expanduser() for folder in folders))


def font_files(folders: Iterable[Path]) -> list[Path]:
    return sorted(p for folder in folders if folder.is_dir() for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def ranked(files: Sequence[Path]) -> list[Path]:
    """Upright sans faces, the best first; serifs and the like are left out unless nothing else is there."""
    patterns = [re.compile(p) for p in (*FIRST, *THEN)]

    def rank(path: Path) -> tuple[int, str]:
        return next((i for i, p in enumerate(patterns) if p.search(path.stem)), len(patterns)), path.name

    upright = [f for f in files if not UNWANTED.search(f.stem) and not EMOJI_FONT.search(f.stem)]
    bold = {f.stem.removesuffix("-Bold") for f in upright if f.stem.endswith("-Bold")}
    usable = [f for f in upright if f.stem.endswith("-Bold") or f.stem.split("-")[0] not in bold]
    return sorted(usable or [f for f in files if not EMOJI_FONT.search(f.stem)], key=rank)


@lru_cache(maxsize=1024)
def _coverage(path: Path | None) -> frozenset[int]:
    if path is None:
        return frozenset()
    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError, KeyError, ValueError) as error:
        log.warning("a font cannot be read and is passed over", font=path.name, error=str(error))
        return frozenset()


def _emoji_face(path: Path) -> Face | None:
    if not EMOJI_FONT.search(path.stem):
        return None
    for size_px in BITMAP_SIZES_PX:
        try:
            _sized(path, size_px)
        except OSError:
            continue
        return Face(path, size_px)
    return None
