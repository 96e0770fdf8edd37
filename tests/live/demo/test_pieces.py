"""What made-up people send is real media, the same for the same seed, and fit to be seen and heard."""

from __future__ import annotations

import io
from random import Random

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from live.demo import clips, drawings, melodies
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
