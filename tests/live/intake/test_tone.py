"""An iPhone's HLG comes out in the colours that it was meant in, and what is brighter than white keeps its shape."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from live.intake.tone import HLG, PQ, bt709_of
from tests.live.intake.hall import Hall

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZE = (640, 360)
PATCHES = ((0.42, 0.42, 0.42), (0.5, 0.3, 0.3), (0.3, 0.45, 0.3), (0.25, 0.3, 0.5))
"""Red, green and blue signals in HLG, BT.2020: the quarters of the clip."""
EXPECTED = ((119, 128, 128), (99, 123, 162), (111, 116, 95), (88, 152, 113))
"""The same as BT.709 codes, by swscale's own colour management (relative colorimetric, white at 203 nits)."""


def hlg_clip(path: Path) -> Path:
    """HEVC in 10 bits, tagged as a phone does."""
    options = {
        "preset": "ultrafast",
        "x265-params": "log-level=none:pools=1:frame-threads=1",
        "tag": "hvc1",
        "crf": "8",
    }
    with av.open(str(path), "w", format="mov") as container:
        video = container.add_stream("libx265", rate=30, options=options)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p10le"
        codec = video.codec_context
        codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range = 9, 9, HLG, 1
        for index in range(6):
            frame = _patches()
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def _patches() -> av.VideoFrame:
    frame = av.VideoFrame(*SIZE, "yuv420p10le")
    planes = [np.frombuffer(cast(bytes, p), np.uint16).reshape(p.height, -1)[:, : p.width] for p in frame.planes]
    for index, (r, g, b) in enumerate(PATCHES):
        y = 0.2627 * r + 0.6780 * g + 0.0593 * b
        for plane, code in zip(
            planes, (64 + 876 * y, 512 + 896 * (b - y) / 1.8814, 512 + 896 * (r - y) / 1.4746), strict=True
        ):
            height, width = plane.shape[0] // 2, plane.shape[1] // 2
            plane[index // 2 * height :, index % 2 * width :][:height, :width] = round(code)
    return frame


async def test_an_iphones_hlg_has_the_colours_it_was_meant_in(hall: Hall, tmp_path: Path) -> None:
    renditions = await hall.prepared(hlg_clip(tmp_path / "clip"), "video")
    with av.open(str(hall.path(renditions.clip))) as container:
        frame = next(container.decode(video=0))
    assert (int(frame.colorspace), int(frame.color_trc)) == (1, 1)
    planes = [np.frombuffer(cast(bytes, p), np.uint8).reshape(p.height, -1)[:, : p.width] for p in frame.planes]
    for index, expected in enumerate(EXPECTED):
        spots = [p[p.shape[0] * (1 + index // 2 * 2) // 4, p.shape[1] * (1 + index % 2 * 2) // 4] for p in planes]
        np.testing.assert_allclose(np.asarray(spots, int), expected, atol=4)


@pytest.mark.parametrize("transfer", [HLG, PQ])
async def test_greys_stay_grey_rise_and_keep_what_is_brighter_than_white(transfer: int) -> None:
    signal = np.linspace(0, 1 if transfer == HLG else 0.75, 200)
    luma, cb, cr = bt709_of(signal, signal * 0, signal * 0, transfer)
    np.testing.assert_allclose([cb, cr], 0, atol=1e-3)
    assert luma[0] == pytest.approx(0, abs=0.01)
    assert luma[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(luma) > 0).all(), "a bright sky keeps its clouds"
