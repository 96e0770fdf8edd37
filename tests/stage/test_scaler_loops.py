"""The compiled loop does what its Python says, to the byte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from stage.scaler_loops import EACH, LANES, WHOLE, lane_for, loops, scale_to_thirds, taps_for


@pytest.mark.parametrize("each", EACH)
@pytest.mark.parametrize("triples", [2, 32, 34])
def test_machine_code_and_python_agree(each: int, triples: int) -> None:
    width, lane = each * triples, lane_for(each, triples)
    source = np.random.default_rng(each).integers(0, 256, (width + 2) * 6 * 3 // 2, dtype=np.uint8)
    rows = np.array([0, 0, 1, 2, 0, WHOLE, 100, 255, 0, 0, 1, WHOLE], np.int32)
    taps = taps_for(each, lane)
    made: list[npt.NDArray[np.uint8]] = []
    for is_compiled in (True, False):
        into = np.full((3 * triples + 4) * 6 * 3 // 2, 77, np.uint8)
        scratch = np.full(LANES * lane, 99, np.uint8)
        sizes = (width + 2, 6, 2, 2), (3 * triples + 4, 6, 2, 2)
        shape = 4, each, triples
        if is_compiled:
            loops().scale_to_thirds(
                source.ctypes.data, *sizes[0], into.ctypes.data, *sizes[1], rows.ctypes.data, *shape,
                taps.ctypes.data, scratch.ctypes.data, lane,
            )  # fmt: skip
        else:
            scale_to_thirds(source, *sizes[0], into, *sizes[1], rows, *shape, taps.ravel(), scratch, lane)  # type: ignore[arg-type]  # arrays do
        made.append(into)
    assert np.array_equal(made[0], made[1])
    assert np.count_nonzero(made[0] != 77) > triples
