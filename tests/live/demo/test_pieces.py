"""What made-up people send is real media, the same for the same seed, and fit to be seen and heard."""

from __future__ import annotations

import io
from random import Random

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from live.demo import clips, drawings, melodies, portrait
from live.demo.palette import PALETTES, choose


@pytest.mark.parametrize("motif", drawings.MOTIFS, ids=lambda motif: motif.__name__)
def test_a_drawing_fills_the_picture_with_more_than_one_colour(motif: drawings.Motif) -> None:
    image = motif(Random(3), PALETTES[0])
    assert image.size == (drawings.WIDTH, drawings.HEIGHT)
    assert np.asarray(image).std() > 12


def test_a_drawing_is_a_jpeg_and_the_same_again() -> None:
    assert Image.open(io.BytesIO(drawings.draw(8))).format == "JPEG"
    assert drawings.draw(8) == drawings.draw(8)
    assert drawings.draw(8) != drawings.draw(9)


@pytest.mark.parametrize("voice", melodies.VOICES, ids=lambda voice: voice.__name__)
def test_a_voice_sounds_for_its_beats(voice: melodies.Voice) -> None:
    track = voice(Random(3))
    assert len(track) == round(melodies.BEATS * melodies.BEAT_S * melodies.RATE_HZ)
    assert np.abs(track).max() > 0.1
    assert np.isfinite(track).all()


def test_a_melody_is_stereo_and_leaves_headroom() -> None:
    sound, rate_hz = soundfile.read(io.BytesIO(melodies.play(4)), dtype="float32")
    assert rate_hz == 48_000
    assert sound.shape[1] == 2
    assert np.abs(sound).max() == pytest.approx(melodies.PEAK, abs=0.01)


@pytest.mark.parametrize("motif", clips.MOTIFS, ids=lambda motif: motif.__name__)
def test_a_clip_ends_where_it_began(motif: clips.Motif) -> None:
    """From the last picture to the first is a step like any other."""
    random = Random(5)
    pictures = [picture.astype(np.int16) for picture in motif(random, choose(random))]
    assert len(pictures) == clips.PICTURES
    steps = [float(np.abs(b - a).mean()) for a, b in zip(pictures[-4:], [*pictures[-3:], pictures[0]], strict=True)]
    assert 0 < steps[-1] < 2 * max(steps[:-1])


def test_a_film_has_pictures_and_sound() -> None:
    with av.open(io.BytesIO(clips.film(2)), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (640, 360)
        assert len(list(container.decode(video))) == clips.PICTURES
        assert audio.codec_context.name == "aac"


def test_a_portrait_is_what_a_phone_sends_and_its_mouth_goes_with_its_voice() -> None:
    made = portrait.portrait(6)
    assert made == portrait.portrait(6)
    keys = [number for number, (is_key, _) in enumerate(made.pictures) if is_key]
    assert keys == [0, 20, 40]
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for _, payload in made.pictures for frame in decoder.decode(av.Packet(payload))]
    frames += decoder.decode(None)
    assert {(frame.width, frame.height) for frame in frames} == {(portrait.WIDTH, portrait.HEIGHT)}
    assert len(frames) == len(made.pictures) == portrait.LOOP_S * portrait.PICTURES_PER_SECOND
    sung = portrait.sing(Random(6))
    loudness = np.sqrt(np.mean(sung.reshape(len(frames), -1) ** 2, axis=1))
    assert np.abs(sung).max() == pytest.approx(portrait.PEAK)
    assert loudness.min() < 0.1 * loudness.max()
    assert len(made.sounds) == portrait.LOOP_S * 1000 // portrait.PACKET_MS
