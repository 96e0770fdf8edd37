"""The loops of bus and resonators give the same bytes on every CPU, and read blocks wherever they lie."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

import numpy as np
import pytest

from live.messages.scene import Equaliser
from stage import bus, resonators
from stage.addresses import address
from stage.bus import ITEMS, Bus
from stage.bus_loops import LOOPS, Loops, loops
from stage.machine_code import CPU, arguments, load, this_cpu
from stage.mixer import Mixer, StripSetting
from stage.picture import BLOCK_FRAMES, Block
from stage.resonator_loops import RING

BLOCKS = 6
EQUALISERS = (
    Equaliser(low_cut_hz=20.0, bass_db=6.0, mid_db=-12.0, treble_db=3.0),
    Equaliser(low_cut_hz=80.0, bass_db=-3.0, mid_db=4.0, treble_db=-18.0),
    Equaliser(mid_db=5.0),
    Equaliser(),
)


def noise(seed: int) -> Block:
    return np.random.default_rng(seed).uniform(-0.1, 0.1, (BLOCK_FRAMES, 2)).astype(np.float32)


def mixed_by(cpu: CPU, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Eleven strips, with other gains from the middle on."""
    made, (ring,) = Loops(*load(LOOPS, [], [folder], cpu)), load([RING], [], [folder], cpu)
    monkeypatch.setattr(bus, "loops", lambda: made)
    monkeypatch.setattr(resonators, "loop", lambda: ring)
    mixer, out = Mixer(), b""
    for number in range(BLOCKS):
        gain = 0.3 if number < BLOCKS // 2 else 0.7
        settings = [StripSetting(f"{n}", gain, n / 5.0 - 1.0, EQUALISERS[n % len(EQUALISERS)]) for n in range(11)]
        out += mixer.mix(settings, [noise(100 * number + n) for n in range(11)], 0.9).tobytes()
        out += mixer.peaks().heights.tobytes()
    return out


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names CPUs of one family")
@pytest.mark.parametrize("lesser", ["x86-64", "haswell", "skylake-avx512"])
def test_every_cpu_gives_the_same_bytes(lesser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without fused operations, one with short vectors, one with long ones where this has them."""
    if lesser == "skylake-avx512" and "+avx512f" not in this_cpu().features:
        pytest.skip("this CPU has no such vectors")
    ours = mixed_by(this_cpu(), tmp_path / "ours", monkeypatch)
    assert mixed_by(CPU(lesser, ""), tmp_path / "lesser", monkeypatch) == ours


def test_blocks_are_found_without_asking_each() -> None:
    """Where NumPy keeps that is written down in the loops: a NumPy that keeps it elsewhere is noticed here."""
    wall = np.zeros((3, 4 * BLOCK_FRAMES, 2), np.float32)
    wall.flags.writeable = False
    sent = np.frombuffer(bytes(8 * BLOCK_FRAMES), np.float32).reshape(BLOCK_FRAMES, 2)
    blocks = (sent, noise(1), wall[1, 7 : 7 + BLOCK_FRAMES])
    positions = np.array([1, 2, 0], np.int32)
    places, missing = np.zeros(3, np.int64), np.full(1, -1, np.int64)
    types = id(np.ndarray), id(np.dtype(np.float32))
    finding = arguments(id(blocks) + ITEMS, positions.ctypes.data, 3, *types, places.ctypes.data, missing.ctypes.data)
    loops().find(ctypes.addressof(finding))
    assert (places.tolist(), missing.tolist()) == ([address(blocks[position]) for position in positions], [0])


class Kind(np.ndarray):
    """An array by another name."""


@pytest.mark.parametrize(
    "laid",
    [
        np.asfortranarray,
        lambda block: np.repeat(block, 2, axis=0)[::2],
        lambda block: np.ascontiguousarray(block[::-1])[::-1],
        lambda block: block.view(Kind),
        lambda block: block.astype(np.dtype(np.float32, metadata={"of": "ours"})),
    ],
    ids=["sides apart", "every other frame", "backwards", "another class", "another type by the same name"],
)
def test_a_block_that_lies_otherwise_is_mixed_as_well(laid: object) -> None:
    assert callable(laid)
    plain, other = noise(1), noise(2)
    weights = np.array([[[0.5, 0.25], [0.75, 1.0]]], np.float32)
    one, two = Bus(["a", "b"], weights), Bus(["a", "b"], weights)
    one.gather([plain, other])
    two.gather([laid(plain), other])
    assert one.mix().any()
    np.testing.assert_array_equal(two.mix(), one.mix())


@pytest.mark.parametrize(
    "wrong",
    [
        np.ones((BLOCK_FRAMES, 2)),
        np.ones((BLOCK_FRAMES, 2), np.int32),
        np.ones((2, BLOCK_FRAMES), np.float32),
        np.ones(2 * BLOCK_FRAMES, np.float32),
        np.ones((BLOCK_FRAMES, 2), ">f4"),
    ],
    ids=lambda wrong: f"{wrong.shape} {wrong.dtype}",
)
def test_what_is_no_block_is_refused(wrong: Block) -> None:
    strip = Bus(["a"], np.ones((1, 1, 2), np.float32))
    with pytest.raises(ValueError, match=r"expected \(480, 2\) float32"):
        strip.gather([wrong])
    assert not strip.mix().any()


def test_what_is_not_there_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 1 blocks, got 2"):
        Bus(["a"], np.ones((1, 1, 2), np.float32)).gather([noise(1), noise(2)])


def test_a_source_may_use_its_memory_again_after_the_mix() -> None:
    """A strip that goes without being faded out is led from its last frame, not from what lies there now."""
    mixer, block = Mixer(), np.full((BLOCK_FRAMES, 2), 0.5, np.float32)
    for _ in range(2):
        mixer.mix([StripSetting("a", 1.0)], [block], 1.0)
    block[:] = -0.9
    out = mixer.mix([], [], 1.0)
    assert out[0] == pytest.approx(0.5, abs=0.01)
    assert out[-1] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("strips", [1, 3, 4, 5])
def test_peaks_are_of_the_block_mixed_last_whoever_has_gone_meanwhile(strips: int) -> None:
    mixer, names = Mixer(), [f"{n}" for n in range(strips)]
    blocks = [noise(n) for n in range(strips)]
    for number, block in enumerate(blocks):
        block[10 * number, number % 2] = -0.2 - 0.1 * number
    settings = [StripSetting(name, 0.5) for name in names]
    for _ in range(2):
        mixer.mix([*settings, StripSetting("goes", 1.0)], [*blocks, noise(99)], 1.0)
    mixer.mix(settings, [block * np.float32(2.0) for block in blocks], 1.0)
    peaks = mixer.peaks()
    assert dict(zip(peaks.strip_ids, peaks.heights.tolist(), strict=True)) == pytest.approx(
        {name: 0.2 + 0.1 * number for number, name in enumerate(names)}
    )
