"""How layers and strips come and go: ramps over pictures, and the picture from which a piece is gone for good.

Pure, on the words of `live.messages.scene`; used by `live.scene` only, which gives them their meaning.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from live.messages.scene import Layer, Ramp, Strip

SILENT_DB = -120.0

Piece = TypeVar("Piece", Layer, Strip)


def value(ramp: Ramp, picture: int) -> float:
    if picture >= ramp.end_picture:
        return ramp.end
    if picture <= ramp.start_picture:
        return ramp.start
    done = (picture - ramp.start_picture) / (ramp.end_picture - ramp.start_picture)
    return ramp.start + (ramp.end - ramp.start) * done


def over(start: float, end: float, picture: int, pictures: int) -> Ramp:
    """A ramp that begins at `picture` and takes `pictures` (0: at once)."""
    return Ramp(start=start, end=end, start_picture=picture, end_picture=picture + pictures)


def linear(gain_db: float) -> float:
    """Decibels to a factor; the fader's bottom is silence."""
    return 0.0 if gain_db <= SILENT_DB else float(10.0 ** (gain_db / 20.0))


def has_left(piece: Layer | Strip, picture: int) -> bool:
    return piece.leaves_picture is not None and picture >= piece.leaves_picture


def is_leaving(piece: Layer | Strip) -> bool:
    """It was sent away and fades (or it waits to): it never comes back."""
    return piece.leaves_picture is not None and piece.fade.end == 0.0


def staying(pieces: tuple[Piece, ...], picture: int) -> tuple[Piece, ...]:
    return tuple(one for one in pieces if not has_left(one, picture))


def sent_away(piece: Piece, picture: int, wait: int, fade: int) -> Piece:
    """Let it fade from where it is, `wait` pictures from now, and be gone after `fade`; or sooner where it would be."""
    gone = picture + fade
    if is_leaving(piece) and piece.leaves_picture is not None and piece.leaves_picture <= gone:
        return piece
    ramp = Ramp(start=value(piece.fade, picture), end=0.0, start_picture=picture + wait, end_picture=gone)
    if piece.leaves_picture is not None:
        gone = min(piece.leaves_picture, gone)
    return replace(piece, fade=ramp, leaves_picture=gone)
