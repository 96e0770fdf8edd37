"""HDR video (HLG as iPhones record it, PQ) → BT.709 as the stage shows it: by two tables, one for luma, one for chroma.

What is made for light beyond white is brought under it: up to half of white every colour stays as it is meant, above
that light is bent softly, so that a bright sky keeps its clouds. The tables are made from the formulas of BT.2100 and
BT.2087 once for a clip; a picture then costs 4 ms at 1280×720, where libavfilter's `lut3d` takes 30.
"""

from __future__ import annotations

from functools import cache

import av
import cv2
import numpy as np
import numpy.typing as npt

from live.intake.planes import plane_of

Signal = npt.NDArray[np.float64]

HLG, PQ = 18, 16
"""AVCOL_TRC_*: how a picture says that it is one of these."""
_WHITE_NITS = 203.0
"""Where BT.2408 puts white in either."""
_PEAK_NITS = 1000.0
_KNEE = 0.5
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593])
_BT709_LUMA = np.array([0.2126, 0.7152, 0.0722])
_BT2020_TO_BT709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]]
)
_LUMA_TABLE_BITS = 6
"""Of each chroma sample; luma's own eight are all used."""
_CHROMA_TABLE_BITS = 7
_CHROMA_TABLE_LUMA_BITS = 5


class Tone:
    """Give it pictures in yuv420p, 8 bits, BT.2020, limited range, with the transfer that it was made for."""

    def __init__(self, transfer: int) -> None:
        self._luma, self._chroma = _tables(transfer)

    def to_bt709(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return a new picture; `frame` is not changed."""
        y, u, v = (plane_of(frame, index) for index in range(3))
        width, height = frame.width, frame.height
        out = av.VideoFrame(width, height, "yuv420p")
        planes = [plane_of(out, index) for index in range(3)]
        coarse = _bits(u, _LUMA_TABLE_BITS) << (_LUMA_TABLE_BITS + 8) | _bits(v, _LUMA_TABLE_BITS) << 8
        at = cv2.resize(coarse, (coarse.shape[1] * 2, coarse.shape[0] * 2), interpolation=cv2.INTER_NEAREST)
        planes[0][:] = self._luma[at[:height, :width] + y]
        small = cv2.resize(y, (u.shape[1], u.shape[0]), interpolation=cv2.INTER_AREA)
        at = _bits(u, _CHROMA_TABLE_BITS) << (_CHROMA_TABLE_BITS + _CHROMA_TABLE_LUMA_BITS)
        at |= _bits(v, _CHROMA_TABLE_BITS) << _CHROMA_TABLE_LUMA_BITS
        chroma = self._chroma[at | _bits(np.asarray(small, np.uint8), _CHROMA_TABLE_LUMA_BITS)]
        planes[1][:], planes[2][:] = chroma & 0xFF, chroma >> 8
        out.pts, out.time_base = frame.pts, frame.time_base
        return out


def bt709_of(y: Signal, cb: Signal, cr: Signal, transfer: int) -> tuple[Signal, Signal, Signal]:
    """Signals of an HDR picture (luma 0…1, chroma ±0.5) → those of what is shown."""
    r, b = y + 1.4746 * cr, y + 1.8814 * cb
    g = (y - 0.2627 * r - 0.0593 * b) / 0.6780
    coded = np.clip(np.stack([r, g, b], axis=-1), 0, 1)
    light = _light_of_hlg(coded) if transfer == HLG else _light_of_pq(coded)
    shown = np.clip(_bent(np.clip(light @ _BT2020_TO_BT709.T, 0, None)), 0, 1) ** (1 / 2.4)
    luma = shown @ _BT709_LUMA
    return luma, (shown[..., 2] - luma) / 1.8556, (shown[..., 0] - luma) / 1.5748


def _light_of_hlg(coded: Signal) -> Signal:
    """What a display of 1000 nits makes of it, white at 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    luminance = np.maximum(scene @ _BT2020_LUMA, 1e-6)[..., None]
    return np.asarray(scene * luminance**0.2 * (_PEAK_NITS / _WHITE_NITS))


def _light_of_pq(coded: Signal) -> Signal:
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = coded ** (1 / m2)
    nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return np.asarray(nits / _WHITE_NITS)


def _bent(light: Signal) -> Signal:
    """Straight up to the knee, then ever flatter until the peak comes out as 1."""
    over = np.maximum(light - _KNEE, 0) / (1 - _KNEE)
    most = (_PEAK_NITS / _WHITE_NITS - _KNEE) / (1 - _KNEE)
    return np.asarray(np.minimum(light, _KNEE) + (1 - _KNEE) * over * (1 + over / most**2) / (1 + over))


@cache
def _tables(transfer: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """Luma by (u, v, y), and u | v << 8 by (u, v, y), each axis with the bits named above."""
    luma, u, v = _lattice(transfer)
    fine, coarse = _axis(_LUMA_TABLE_BITS), _axis(_CHROMA_TABLE_BITS)
    us, vs = (_between(codes, coarse, _axis(_CHROMA_TABLE_LUMA_BITS)).astype(np.uint16) for codes in (u, v))
    return _between(luma, fine, _axis(8)).ravel(), np.asarray(us | (vs << 8), np.uint16).ravel()


def _lattice(transfer: int) -> tuple[Signal, Signal, Signal]:
    """Codes of the result at every eighth code of u, v and y."""
    u, v, y = np.meshgrid(_LATTICE, _LATTICE, _LATTICE, indexing="ij")
    luma, cb, cr = bt709_of((y - 16) / 219, (u - 128) / 224, (v - 128) / 224, transfer)
    return luma * 219 + 16, cb * 224 + 128, cr * 224 + 128


_LATTICE = np.arange(0.0, 257.0, 8.0)


def _between(codes: Signal, chroma: Signal, luma: Signal) -> npt.NDArray[np.uint8]:
    """What lies between the points of the lattice, straight lines from each to the next."""
    by_chroma, by_luma = _weights(chroma), _weights(luma)
    codes = np.tensordot(by_chroma, codes, (1, 0))
    codes = np.tensordot(codes, by_chroma, (1, 1))  # (u, y, v)
    codes = np.tensordot(codes, by_luma, (1, 1))
    return np.clip(np.round(codes), 0, 255).astype(np.uint8)


def _weights(points: Signal) -> Signal:
    """(points, lattice): how much of each lattice point there is in each of these."""
    return np.asarray(np.maximum(0.0, 1 - np.abs(points[:, None] - _LATTICE[None, :]) / 8))


def _axis(bits: int) -> Signal:
    return np.arange(0.0, 256.0, 1 << (8 - bits))


def _bits(plane: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.int32]:
    """The nearest point of `_axis`: so grey, which is 128, stays grey."""
    step = 1 << (8 - bits)
    return (np.minimum(plane, 255 - step // 2).astype(np.int32) + step // 2) >> (8 - bits)
