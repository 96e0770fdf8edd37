"""The jitter buffer by its physics: how late, how even, how smooth; and the same bytes again from what it noted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from stage.air.chunk import SoundChunk
from stage.air.player import NOTHING, Player, Take, expected
from stage.air.playout import GONE_READS, MOST_DELAY, Playout
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, silence
from tests.signals import level_db, pulses, read_pulses, strongest_hz, tone
from tests.stage.air.scripted_sound import Listening, chunks, listen

YEAR_US = 365 * 24 * 3600 * 1_000_000
SMOOTH = 0.004
"""A 440 Hz tone of peak 0.25 bends by 0.0008 a frame; a click bends by its own height."""


def bend(sound: Block) -> float:
    """How sharply the sharpest corner of a sound turns."""
    return float(np.abs(np.diff(sound, n=2, axis=0)).max())


def latencies_ms(sent: Block, heard: Block) -> list[float]:
    """From each pulse at the phone to its return, where pulses are further apart than any delay."""
    came = np.array(read_pulses(heard))
    return [float(came[came >= pulse].min() - pulse) / 48.0 for pulse in read_pulses(sent) if (came >= pulse).any()]


@pytest.mark.parametrize("transit_ms", [0.5, 2.0, 4.5, 7.0, 9.5])
def test_10_ms_packets_are_heard_within_30_ms(transit_ms: float) -> None:
    """Whatever the phase between packets and blocks; `transit_ms` is part of the delay."""
    sound = pulses(10.0, 0.5173)
    playout = Playout()
    heard = listen(playout, chunks(sound, 10, lambda index: transit_ms), 1000)
    assert playout.starved_blocks == 0
    late = latencies_ms(sound, heard.sound)[4:]
    assert max(late) <= 30.0
    assert np.median(late) <= 20.0 + transit_ms + 7.0


def test_nothing_comes_before_its_sound_and_everything_after() -> None:
    sound = tone(440.0, 4.0)
    heard = listen(Playout(), chunks(sound), 500)
    assert not heard.sound[:BLOCK_FRAMES].any()
    assert strongest_hz(heard.sound[48_000:144_000]) == pytest.approx(440.0, abs=0.5)
    assert level_db(heard.sound[48_000:144_000], 440.0) == pytest.approx(level_db(sound, 440.0), abs=0.1)
    assert bend(heard.sound) < SMOOTH
    assert not heard.sound[-4800:].any()


def test_jitter_is_covered_as_it_comes_and_forgotten_when_it_goes() -> None:
    rng = np.random.default_rng(3)
    restless = rng.uniform(0.0, 40.0, 2000)
    sound = tone(440.0, 30.0)
    playout = Playout()
    heard = listen(playout, chunks(sound, 10, lambda index: restless[index] if index < 1000 else 2.0), 3000)
    assert np.percentile(heard.delays_ms[500:1000], 90) > 20.0
    assert np.median(heard.delays_ms[1600:]) < 12.0
    assert playout.starved_blocks < 40
    assert bend(heard.sound[:-9600]) < SMOOTH
    assert strongest_hz(heard.sound[48_000:480_000]) == pytest.approx(440.0, abs=0.5)


@pytest.mark.parametrize("ppm", [-500.0, 500.0])
def test_two_crystals_drift_apart_and_nobody_hears_it(ppm: float) -> None:
    sound = tone(440.0, 30.0)
    playout = Playout()
    heard = listen(playout, chunks(sound, ppm=ppm), 2900)
    assert playout.starved_blocks <= 2
    assert 1 <= playout.stretches <= 20
    assert max(heard.delays_ms[100:]) < 20.0
    assert bend(heard.sound) < SMOOTH
    assert strongest_hz(heard.sound[48_000 : 48_000 + (1 << 20)]) == pytest.approx(440.0, abs=0.1)


def test_a_short_gap_is_bridged_and_a_long_one_fades_to_silence() -> None:
    """Nothing comes for 300 ms, all of it is lost: 60 ms of more of the same, silence, and back, without a click."""
    sound = tone(440.0, 3.0)
    arriving = [chunk for chunk in chunks(sound) if not 100 <= chunk.index < 130]
    again = [
        SoundChunk(2, one.index, one.first_frame, one.captured_us, one.arrived_us, one.sound)
        for one in arriving
        if one.index >= 130
    ]
    heard = listen(Playout(), [one for one in arriving if one.index < 100] + again, 280)
    loud = np.abs(heard.sound).max(axis=1).reshape(-1, BLOCK_FRAMES).max(axis=1)
    silent = np.flatnonzero(loud[80:200] == 0.0) + 80
    assert loud[102:105].min() > 0.1
    assert 20 <= len(silent) <= 30
    assert bend(heard.sound) < SMOOTH
    assert loud[140:270].min() > 0.2


def test_sound_that_comes_late_is_played_late_and_then_caught_up_with() -> None:
    """The line stalls for 150 ms and gives all of it at once: nothing is left out, and in the end nothing is late."""
    sound = tone(440.0, 12.0)
    playout = Playout()
    heard = listen(playout, chunks(sound, 10, lambda index: 150.0 if index == 300 else 2.0), 1150)
    assert playout.skips == 0
    assert max(heard.delays_ms[310:330]) > 100.0
    assert np.median(heard.delays_ms[1000:]) < 12.0
    assert bend(heard.sound) < SMOOTH
    assert strongest_hz(heard.sound[48_000:]) == pytest.approx(440.0, abs=0.5)


def test_what_is_hopelessly_late_is_left_out() -> None:
    sound = tone(440.0, 6.0)
    playout = Playout()
    heard = listen(playout, chunks(sound, 10, lambda index: 700.0 if index == 200 else 2.0), 590)
    assert max(heard.delays_ms) * 48.0 <= MOST_DELAY + BLOCK_FRAMES
    assert np.median(heard.delays_ms[400:]) < 40.0
    assert bend(heard.sound) < SMOOTH


def test_a_clock_that_is_wrong_by_a_year_changes_nothing() -> None:
    sound = tone(440.0, 2.0)
    right, wrong = Playout(), Playout()
    one = listen(right, chunks(sound), 190)
    other = listen(wrong, chunks(sound, captured_from_us=-YEAR_US), 190)
    np.testing.assert_array_equal(one.sound, other.sound)
    assert right.playing_us is not None
    assert wrong.playing_us is not None
    assert right.playing_us - wrong.playing_us == YEAR_US


def test_it_tells_when_what_it_plays_was_taken() -> None:
    """The sound read last was taken `packet + transit + delay` ago, give or take the wait for the next block."""
    playout = Playout()
    listen(playout, chunks(tone(440.0, 3.0), captured_from_us=5_000_000), 290)
    assert playout.playing_us is not None
    behind_ms = (5_000_000 + 2_890_000 - playout.playing_us) / 1000.0
    assert 12.0 <= behind_ms <= 30.0


def test_a_new_decoder_takes_over_without_a_click() -> None:
    first = chunks(tone(440.0, 1.0))
    second = chunks(tone(620.0, 2.0), segment=2, start_ms=1005.0)
    heard = listen(Playout(), first + second, 290)
    assert bend(heard.sound[:-9600]) < 2 * SMOOTH
    assert strongest_hz(heard.sound[72_000:120_000]) == pytest.approx(620.0, abs=1.0)


def test_a_stream_that_cannot_be_kept_any_more_is_still_heard() -> None:
    """Its segment is then 0."""
    first = chunks(tone(440.0, 1.0), segment=3)
    second = chunks(tone(620.0, 2.0), segment=0, start_ms=1005.0)
    heard = listen(Playout(), first + second, 290)
    assert strongest_hz(heard.sound[72_000:120_000]) == pytest.approx(620.0, abs=1.0)


def test_a_machine_that_stood_still_goes_on_from_now() -> None:
    """Two seconds of blocks were never read: what is read next is not two seconds old."""
    playout = Playout()
    arriving = chunks(tone(440.0, 6.0))
    listen(playout, arriving[:200], 200)
    for chunk in arriving[200:400]:
        playout.put(chunk)
    for block in range(400, 420):
        playout.put(arriving[block])
        playout.read(block * BLOCK_FRAMES)
    assert playout.delay_us <= 260_000


def test_what_cannot_be_sound_is_refused() -> None:
    good = chunks(tone(440.0, 1.0))
    bad = np.full((480, 2), np.nan, np.float32)
    loud = np.full((480, 2), 1e20, np.float32)
    playout = Playout()
    for hostile in (bad, loud, silence(0), silence(10 * SAMPLE_RATE_HZ)):
        playout.put(SoundChunk(9, 0, 0, 0, 0, hostile))
    assert playout.refused == 4
    playout.put(good[1])
    playout.put(good[0])
    assert playout.refused == 5
    heard = listen(playout, good[2:], 90)
    assert np.isfinite(heard.sound).all()
    assert playout.last.segment == 1


def test_a_flood_is_held_in_bounds() -> None:
    """A phone that sends a minute at once: the newest is heard, no more than the bound is kept."""
    sound = tone(440.0, 60.0)
    playout = Playout()
    for chunk in chunks(sound):
        playout.put(chunk)
    playout.read(0)
    playout.read(BLOCK_FRAMES)
    assert playout.delay_us <= 30_000


def test_blocks_once_given_never_change() -> None:
    playout = Playout()
    arriving = chunks(tone(440.0, 3.0)) + chunks(tone(990.0, 3.0), segment=2, start_ms=3000.0)
    kept: list[tuple[Block, bytes]] = []
    for index, chunk in enumerate(arriving):
        playout.put(chunk)
        block, _ = playout.read(index * BLOCK_FRAMES)
        kept.append((block, block.tobytes()))
    assert all(block.tobytes() == was for block, was in kept)


# the same bytes again


def unexpected(takes: Sequence[Take]) -> dict[int, Take]:
    """What a side log would keep."""
    kept, last = {}, NOTHING
    for block, take in enumerate(takes):
        if take != expected(last):
            kept[block] = take
        last = take
    return kept


def replayed(noted: dict[int, Take], blocks: int, segments: dict[int, Block]) -> Block:
    player, last, given = Player(), NOTHING, []
    for block in range(blocks):
        last = noted.get(block, expected(last))
        given.append(player.play(last, lambda segment, first, frames: segments[segment][first : first + frames]))
    return np.concatenate(given)


def restless() -> tuple[Listening, dict[int, Block]]:
    """Ten seconds with jitter, drift, a stall, a loss, and another decoder."""
    rng = np.random.default_rng(8)
    delays = rng.exponential(6.0, 1000)
    delays[400] = 180.0
    first = tone(440.0, 6.0) + rng.normal(0.0, 0.02, (6 * SAMPLE_RATE_HZ, 2)).astype(np.float32)
    second = rng.normal(0.0, 0.1, (4 * SAMPLE_RATE_HZ, 2)).astype(np.float32)
    arriving = chunks(first, 10, lambda index: delays[index], ppm=200.0)
    arriving += chunks(second, 20, lambda index: delays[index], segment=2, start_ms=6500.0)
    return listen(Playout(), arriving, 1000, lambda block: float(delays[-block] / 4.0)), {1: first, 2: second}


def test_the_takes_and_the_kept_sound_give_the_same_bytes() -> None:
    heard, segments = restless()
    noted = unexpected(heard.takes)
    assert replayed(noted, len(heard.takes), segments).tobytes() == heard.sound.tobytes()
    assert {take.frames for take in noted.values()} > {0, BLOCK_FRAMES}
    assert 10 < len(noted) < 250


def test_an_even_stream_needs_hardly_a_line() -> None:
    heard = listen(Playout(), chunks(tone(440.0, 20.0)), 1990)
    assert len(unexpected(heard.takes)) <= 5


def test_putting_and_reading_may_meet() -> None:
    """One thread puts, another reads, as fast as they can: each block is whole and every frame a sound that was put."""
    sound = tone(440.0, 30.0)
    playout = Playout()
    arriving = chunks(sound)

    def put_all() -> None:
        for chunk in arriving:
            playout.put(chunk)

    putting = threading.Thread(target=put_all)
    putting.start()
    blocks = [playout.read(block * BLOCK_FRAMES)[0] for block in range(3000)]
    putting.join()
    assert all(block.shape == (BLOCK_FRAMES, 2) and np.abs(block).max() <= 0.5 for block in blocks)


def test_a_stream_that_ended_long_ago_is_silent() -> None:
    heard = listen(Playout(), chunks(tone(440.0, 1.0)), 100 + 2 * GONE_READS)
    assert not heard.sound[-BLOCK_FRAMES * GONE_READS :].any()
    assert heard.takes[-1].frames == 0


def test_who_stutters_is_heard_in_few_longer_pieces() -> None:
    """20 ms of sound come every 50 ms: as many pieces as packets at first, then one for several."""
    sound, playout = tone(440.0, 4.0), Playout()
    is_heard: list[bool] = []
    for block in range(1000):
        first = block // 5 * 2 * BLOCK_FRAMES
        if block % 5 == 0:
            playout.put(SoundChunk(1, block // 5, first, 0, 0, sound[first : first + 2 * BLOCK_FRAMES]))
        _, take = playout.read(block * BLOCK_FRAMES)
        is_heard.append(take.frames > 0)
    pieces = [int(np.count_nonzero(np.diff(np.array(is_heard[at : at + 250], int)) > 0)) for at in range(0, 1000, 250)]
    assert pieces[-1] <= 15
    assert np.count_nonzero(is_heard[500:]) >= 170, "and no less of it"
