"""Videos come out upright at a constant 30/s with their sound beside them, whatever the phone made of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from live.messages.events import Renditions, Trim
from tests import hostile_files, media_files
from tests.live.intake.hall import Hall, assert_upright, clip_pictures, heard, opened, pitch_hz, square_of
from tests.media_files import Rotation

pytestmark = pytest.mark.asyncio(loop_scope="session")


def assert_whole(hall: Hall, renditions: Renditions, seconds: float) -> None:
    """Upright, as long as it was, brightening from start to end, with both tones in their places."""
    pictures = clip_pictures(hall.path(renditions.clip))
    assert len(pictures) == pytest.approx(seconds * 30, abs=2)
    assert renditions.duration_us == len(pictures) * 1_000_000 // 30
    assert pictures[0].shape == (renditions.height_px, renditions.width_px, 3)
    for picture in (pictures[0], pictures[-1]):
        assert_upright(picture, within=16)
    assert square_of(pictures[-1]) - square_of(pictures[0]) > 150
    samples = heard(hall.path(renditions.sound))
    assert len(samples) == pytest.approx(seconds * 48_000, abs=3000)
    fifth = len(samples) // 5
    assert pitch_hz(samples[fifth : 2 * fifth]) == pytest.approx(440, abs=6)
    assert pitch_hz(samples[3 * fifth : 4 * fifth]) == pytest.approx(880, abs=6)
    assert max(opened(hall.path(renditions.thumbnail)).size) <= 480


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
async def test_a_clip_comes_out_upright(hall: Hall, tmp_path: Path, rotation: Rotation) -> None:
    path = media_files.phone_clip_mp4(tmp_path / "clip", 1.0, rotation=rotation)
    renditions = await hall.prepared(path, "video")
    expected = (360, 640) if rotation in (90, 270) else (640, 360)
    assert (renditions.width_px, renditions.height_px) == expected
    assert_whole(hall, renditions, 1.0)


async def test_a_phone_held_upright_gets_as_many_pixels_as_one_held_across(hall: Hall, tmp_path: Path) -> None:
    path = media_files.phone_clip_mp4(tmp_path / "clip", 0.2, (1920, 1080), rotation=90)
    renditions = await hall.prepared(path, "video")
    assert (renditions.width_px, renditions.height_px) == (720, 1280)


@pytest.mark.parametrize("ten_bits", [False, True])
async def test_an_iphones_hevc(hall: Hall, tmp_path: Path, ten_bits: bool) -> None:
    path = media_files.phone_clip_mov(tmp_path / "clip", ten_bits=ten_bits)
    assert b"+52.52" in path.read_bytes()
    renditions = await hall.prepared(path, "video")
    assert_whole(hall, renditions, 1.0)
    assert b"+52.52" not in hall.path(renditions.clip).read_bytes()


async def test_webm_without_a_duration(hall: Hall, tmp_path: Path) -> None:
    assert_whole(hall, await hall.prepared(media_files.recorded_webm(tmp_path / "clip", 1.0), "video"), 1.0)


async def test_fragments_with_the_last_head_doubled_play_to_the_end(hall: Hall, tmp_path: Path) -> None:
    path = media_files.recorded_mp4_broken(tmp_path / "clip", 2.0)
    assert path.read_bytes().count(b"ftyp") == 2
    assert_whole(hall, await hall.prepared(path, "video"), 2.0)


async def test_an_old_phones_3gp(hall: Hall, tmp_path: Path) -> None:
    """176×144 with pixels that are wider than high."""
    renditions = await hall.prepared(media_files.phone_clip_3gp(tmp_path / "clip"), "video")
    assert (renditions.width_px, renditions.height_px) == (192, 144)
    assert_whole(hall, renditions, 1.0)


async def test_the_clip_is_what_the_stage_asks_for(hall: Hall, tmp_path: Path) -> None:
    path = media_files.phone_clip_mp4(tmp_path / "clip", 1.0, (1920, 1080))
    renditions = await hall.prepared(path, "video")
    clip = hall.path(renditions.clip)
    with av.open(str(clip)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codec = video.codec_context
        assert (codec.name, codec.width, codec.height, codec.pix_fmt) == ("h264", 1280, 720, "yuv420p")
        assert (codec.colorspace, codec.color_range) == (1, 1)
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 48_000)
        packets = [packet for packet in container.demux(video) if packet.pts is not None]
    assert [i for i, packet in enumerate(packets) if packet.is_keyframe] == [0, 15]
    assert all(packet.pts == packet.dts for packet in packets), "B-pictures are slow to seek"
    written = clip.read_bytes()
    assert written.index(b"moov") < written.index(b"mdat")


async def test_uneven_pictures_stand_where_they_were_taken(hall: Hall, tmp_path: Path) -> None:
    times_ms = (0, 33, 66, 300, 333, 1000)
    path = media_files.uneven_clip_mp4(tmp_path / "clip", times_ms)
    renditions = await hall.prepared(path, "video")
    brightness = [square_of(picture) for picture in clip_pictures(hall.path(renditions.clip))]
    changes = [slot for slot, (a, b) in enumerate(pairwise(brightness), start=1) if b - a > 10]
    assert changes == [round(at_ms * 30 / 1000) for at_ms in times_ms[1:]]
    assert renditions.sound is None


async def test_a_trim_is_honoured_in_pictures_and_sound(hall: Hall, tmp_path: Path) -> None:
    """Half a second around the middle, where 440 Hz turns into 880."""
    path = media_files.phone_clip_mp4(tmp_path / "clip", 2.0, (320, 180))
    renditions = await hall.prepared(path, "video", Trim(start_us=500_000, end_us=1_500_000))
    pictures = clip_pictures(hall.path(renditions.clip))
    assert len(pictures) == 30
    np.testing.assert_allclose(
        [square_of(pictures[0]), square_of(pictures[-1])], [40 + 180 * 0.25, 40 + 180 * 0.75], atol=6
    )
    samples = heard(hall.path(renditions.sound))
    assert len(samples) == 48_000
    assert pitch_hz(samples[4_000:20_000]) == pytest.approx(440, abs=4)
    assert pitch_hz(samples[28_000:44_000]) == pytest.approx(880, abs=4)


async def test_clip_and_sound_begin_together(hall: Hall, tmp_path: Path) -> None:
    """What the mixer plays and what the clip shows are one: the tones change at the same frame in both."""
    renditions = await hall.prepared(media_files.phone_clip_mp4(tmp_path / "clip", 1.0, (320, 180)), "video")
    flac = heard(hall.path(renditions.sound))
    with av.open(str(hall.path(renditions.clip))) as container:
        resampler = av.AudioResampler("s16", "stereo", 48_000)
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    aac = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames]) / 32768
    length = min(len(aac), len(flac))
    assert np.sqrt(np.mean((aac[:length] - flac[:length]) ** 2)) < 0.01


async def test_a_cut_off_webm_is_shown_as_far_as_it_came(hall: Hall, tmp_path: Path) -> None:
    path = hostile_files.truncated(media_files.recorded_webm(tmp_path / "clip", 1.0), 0.6)
    renditions = await hall.prepared(path, "video")
    assert 300_000 < renditions.duration_us < 900_000


FRAGMENT_US = 500_000


@pytest.mark.parametrize("keep", [0.5, 0.9])
async def test_an_mp4_in_fragments_that_was_cut_off_is_shown_as_far_as_it_came(
    hall: Hall, tmp_path: Path, keep: float
) -> None:
    """What a page that was killed had recorded by then, by a recorder that makes MP4: to the end of a fragment."""
    path = hostile_files.truncated(media_files.recorded_mp4_broken(tmp_path / "clip", 3.0), keep)
    renditions = await hall.prepared(path, "video")
    assert 3_000_000 * (keep - 0.2) < renditions.duration_us < 3_000_000 * keep + FRAGMENT_US
    assert renditions.sound is not None


async def test_an_mp4_without_its_index_is_refused(hall: Hall, tmp_path: Path) -> None:
    path = hostile_files.truncated(media_files.phone_clip_mp4(tmp_path / "clip", 1.0, (320, 180)), 0.6)
    assert "cut short" in await hall.refusal(path, "video")


async def test_a_video_without_pictures_says_what_to_do(hall: Hall, tmp_path: Path) -> None:
    reason = await hall.refusal(hostile_files.video_without_pictures(tmp_path / "clip"), "video")
    assert reason == "expected a video, got a file without pictures; it has sound: send it as a sound"


@pytest.mark.parametrize("make", [media_files.animated_gif, media_files.animated_webp])
async def test_an_animated_picture_becomes_a_clip(hall: Hall, tmp_path: Path, make: object) -> None:
    assert callable(make)
    renditions = await hall.prepared(make(tmp_path / "picture"), "photo")
    pictures = clip_pictures(hall.path(renditions.clip))
    assert len(pictures) == 30
    assert_upright(pictures[0], within=16)
    assert square_of(pictures[-1]) - square_of(pictures[0]) > 120
    assert renditions.still is None


async def test_progress_is_told_from_start_to_end(hall: Hall, tmp_path: Path) -> None:
    path = media_files.phone_clip_mp4(tmp_path / "clip", 1.0, (320, 180))
    received = await hall.received(path, "video")
    hall.intake.submit(received)
    await hall.outcome_of(received.contribution_id)
    told = [step.fraction for step in hall.progress if step.contribution_id == received.contribution_id]
    assert told[0] == 0.0
    assert told[-1] > 0.8
    assert told == sorted(told)
