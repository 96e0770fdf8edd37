"""Renditions as intake makes them, tiny and by code: a photo, two clips, a sound, in a show folder's `media/`."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile
from PIL import Image

from live.messages.scene import ClipSource, Credit, SoundSource, StillSource, TextSource

CLIP_WIDTH, CLIP_HEIGHT = 320, 180
CLIP_PICTURES = 45
CLIP_US = CLIP_PICTURES * 1_000_000 // 30

PHOTO = StillSource(contribution_id="photo-01", key="renditions/photo-01/still.jpg", width_px=400, height_px=300)
LOOP = ClipSource(
    contribution_id="clip-001",
    key="renditions/clip-001/clip.mp4",
    sound_key="renditions/clip-001/sound.flac",
    width_px=CLIP_WIDTH,
    height_px=CLIP_HEIGHT,
    duration_us=CLIP_US,
)
ONCE = ClipSource(
    contribution_id="clip-002",
    key="renditions/clip-002/clip.mp4",
    sound_key=None,
    width_px=CLIP_WIDTH,
    height_px=CLIP_HEIGHT,
    duration_us=CLIP_US,
    loop=False,
)
SONG = SoundSource(contribution_id="sound-01", key="renditions/sound-01/sound.flac", duration_us=1_200_000, loop=True)
STORY = TextSource(text="Hush — the lights go up.\nשלום · 你好 · 🎭", contribution_id="text-001")

ADA = Credit(person_id="person-ada", name="Ada Lovelace")
BO = Credit(person_id="person-bo", name="Bo")


def make_pieces(media: Path) -> None:
    """Write the renditions of all pieces under `media`."""
    for source in (PHOTO, LOOP, ONCE, SONG):
        (media / source.key).parent.mkdir(parents=True, exist_ok=True)
    photo = np.random.default_rng(7).integers(0, 255, (30, 40, 3), np.uint8)
    Image.fromarray(photo).resize((400, 300), Image.Resampling.BICUBIC).save(media / PHOTO.key, quality=90)
    write_clip(media / LOOP.key, seed=1)
    write_clip(media / ONCE.key, seed=2)
    assert LOOP.sound_key is not None
    write_tone(media / LOOP.sound_key, 330.0, CLIP_US / 1e6)
    write_tone(media / SONG.key, 554.4, 1.2)


def write_clip(path: Path, seed: int) -> None:
    """Moving noise over a gradient: every picture differs from every other."""
    noise = np.random.default_rng(seed).integers(0, 60, (CLIP_HEIGHT * 3 // 2, CLIP_WIDTH), np.uint8)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = CLIP_WIDTH, CLIP_HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "15", "bf": "0", "crf": "30"}
        for number in range(CLIP_PICTURES):
            data = np.roll(noise, 7 * number, axis=1) + np.uint8(60 + 2 * number)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(data, format="yuv420p")))
        container.mux(stream.encode(None))


def write_tone(path: Path, hz: float, seconds: float) -> None:
    t = np.arange(round(48_000 * seconds)) / 48_000
    left, right = 0.3 * np.sin(2 * np.pi * hz * t), 0.2 * np.sin(2 * np.pi * 1.5 * hz * t)
    soundfile.write(path, np.stack([left, right], axis=1), 48_000, subtype="PCM_16")
