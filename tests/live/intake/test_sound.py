"""Sounds of every kind come out as 48 kHz stereo, measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live.messages.events import Trim
from tests import hostile_files, media_files
from tests.live.intake.hall import Hall, heard, pitch_hz

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", media_files.SOUND_FORMATS)
async def test_every_kind_of_sound_is_heard(hall: Hall, tmp_path: Path, kind: str) -> None:
    renditions = await hall.prepared(media_files.sound_file(tmp_path / "sound", 1.0, kind=kind), "sound")
    samples = heard(hall.path(renditions.sound))
    assert len(samples) == pytest.approx(48_000, abs=3000)
    assert renditions.duration_us == len(samples) * 1_000_000 // 48_000
    assert pitch_hz(samples[10_000:20_000]) == pytest.approx(440, abs=6)
    assert pitch_hz(samples[30_000:40_000]) == pytest.approx(880, abs=6)
    assert 60 <= len(renditions.waveform) <= 200
    assert (renditions.still, renditions.clip) == (None, None)


def sine_wav(path: Path, audible_s: float) -> Path:
    """Two seconds of a 997 Hz sine at −20 dBFS in both channels, the rest of them silent."""
    t = np.arange(96_000) / 48_000
    sine = 0.1 * np.sin(2 * np.pi * 997 * t) * (t < audible_s)
    return media_files.write_wav(path, np.repeat(sine[:, None], 2, axis=1).astype(np.float32))


async def test_a_sine_at_minus_20_dbfs_measures_minus_20_lufs(hall: Hall, tmp_path: Path) -> None:
    """As EBU Tech 3341 has it."""
    renditions = await hall.prepared(sine_wav(tmp_path / "sound", 2.0), "sound")
    assert renditions.loudness_lufs == pytest.approx(-20.0, abs=0.1)


async def test_the_waveform_shows_where_it_sounds(hall: Hall, tmp_path: Path) -> None:
    renditions = await hall.prepared(sine_wav(tmp_path / "sound", 1.0), "sound")
    waveform = np.array(renditions.waveform)
    assert len(waveform) == 200
    assert set(waveform[:99]) <= {25, 26}
    assert set(waveform[101:]) == {0}


async def test_silence_has_no_loudness(hall: Hall, tmp_path: Path) -> None:
    path = media_files.write_wav(tmp_path / "sound", np.zeros((48_000, 2), np.float32))
    assert (await hall.prepared(path, "sound")).loudness_lufs is None


async def test_wav_keeps_every_sample(hall: Hall, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    samples = (rng.integers(-20_000, 20_000, (24_000, 2)) / 32767).astype(np.float32)
    path = media_files.write_wav(tmp_path / "sound", samples)
    out = heard(hall.path((await hall.prepared(path, "sound")).sound))
    np.testing.assert_allclose(out, samples, atol=2 / 32768)


async def test_a_trim_is_honoured(hall: Hall, tmp_path: Path) -> None:
    path = media_files.sound_file(tmp_path / "sound", 2.0, kind="wav")
    renditions = await hall.prepared(path, "sound", Trim(start_us=250_000, end_us=750_000))
    samples = heard(hall.path(renditions.sound))
    assert len(samples) == 24_000
    assert pitch_hz(samples) == pytest.approx(440, abs=3)


async def test_of_a_video_sent_as_a_sound_the_sound_is_taken(hall: Hall, tmp_path: Path) -> None:
    renditions = await hall.prepared(media_files.phone_clip_mp4(tmp_path / "sound", 1.0, (320, 180)), "sound")
    assert renditions.clip is None
    assert pitch_hz(heard(hall.path(renditions.sound))[:20_000]) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("kind", ["wav", "ogg", "webm", "mp3", "aac", "flac", "amr"])
async def test_a_cut_off_sound_is_heard_as_far_as_it_came(hall: Hall, tmp_path: Path, kind: str) -> None:
    path = hostile_files.truncated(media_files.sound_file(tmp_path / "sound", 2.0, kind=kind), 0.6)
    renditions = await hall.prepared(path, "sound")
    assert 700_000 < renditions.duration_us < 1_700_000


@pytest.mark.parametrize("kind", ["m4a", "3gp", "caf"])
async def test_a_sound_without_its_index_is_refused_or_short(hall: Hall, tmp_path: Path, kind: str) -> None:
    path = hostile_files.truncated(media_files.sound_file(tmp_path / "sound", 2.0, kind=kind), 0.6)
    assert "cut short" in await hall.refusal(path, "sound")
