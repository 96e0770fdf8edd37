"""Files as phones send them, and files as nobody should, all made by code in a moment and small.

Each function takes the path to write (its ending is up to the caller) and returns it. Pictures show four coloured
quarters, `QUARTERS` as they must look on stage whatever way round the file stores them, and on clips a grey square in
the middle that brightens from start to end. Sounds are a 440 Hz sine at −12 dBFS in their first half and 880 Hz in the
second, and as little noise as the best of microphones has. What nobody should send is in `hostile_files`.
"""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
import numpy.typing as npt
import pillow_heif
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageCms

Size = tuple[int, int]
Colour = tuple[int, int, int]
Rotation = Literal[0, 90, 180, 270]

QUARTERS: tuple[Colour, Colour, Colour, Colour] = ((200, 40, 40), (40, 180, 60), (40, 60, 200), (220, 200, 40))
"""Top left, top right, bottom left, bottom right, as sRGB."""
FIRST_TONE_HZ, SECOND_TONE_HZ = 440, 880
TONE_PEAK = 0.25
NOISE = 0.0003
"""Without any, an AAC encoder searches four times as long for something to spend its bits on."""
SAMPLE_RATE_HZ = 48_000
_BT709, _BT601 = 1, 5
GPS_LATITUDE = (52.0, 31.0, 12.0)


# photos
def photo_jpeg(
    path: Path, size: Size = (640, 480), *, orientation: int = 1, gps: bool = True, display_p3: bool = False
) -> Path:
    """A camera's JPEG, with its place and maker in the EXIF. `size` is as stored; `orientation` as in EXIF, 1…8."""
    image = _stored_for(orientation, size)
    image.save(path, "JPEG", quality=92, exif=_exif(orientation, gps=gps), **_profile(display_p3))
    return path


def photo_png(path: Path, size: Size = (320, 240), *, transparent: bool = False) -> Path:
    image = quarters(size)
    if transparent:
        image.putalpha(Image.new("L", size, 0))
    image.save(path, "PNG", compress_level=1)
    return path


def photo_webp(path: Path, size: Size = (320, 240)) -> Path:
    quarters(size).save(path, "WEBP", quality=90)
    return path


def photo_heic(path: Path, size: Size = (320, 240), *, orientation: int = 1) -> Path:
    """An iPhone's HEIC, turned by `irot` as pillow-heif makes it of the EXIF orientation."""
    pillow_heif.register_heif_opener()
    _stored_for(orientation, size).save(path, "HEIF", quality=80, exif=_exif(orientation, gps=True))
    return path


def photo_avif(path: Path, size: Size = (320, 240)) -> Path:
    quarters(size).save(path, "AVIF", quality=80)
    return path


def animated_gif(path: Path, size: Size = (160, 120), *, pictures: int = 10, each_ms: int = 100) -> Path:
    first, *rest = [_with_square(quarters(size), 40 + 180 * i // pictures) for i in range(pictures)]
    first.save(path, "GIF", save_all=True, append_images=rest, duration=each_ms, loop=0)
    return path


def animated_webp(path: Path, size: Size = (160, 120), *, pictures: int = 10, each_ms: int = 100) -> Path:
    first, *rest = [_with_square(quarters(size), 40 + 180 * i // pictures) for i in range(pictures)]
    first.save(path, "WEBP", save_all=True, append_images=rest, duration=each_ms, loop=0, quality=80)
    return path


# video
def phone_clip_mp4(
    path: Path, seconds: float = 2.0, size: Size = (640, 360), *, rotation: Rotation = 0, sound: bool = True,
    pictures_per_second: int = 30, bit_rate: int | None = None,
) -> Path:  # fmt: skip
    """H.264 and AAC, as Android's camera. `size` as stored; `rotation` is how far clockwise a player must turn it."""
    with av.open(str(path), "w", format="mp4") as container:
        options = {"preset": "ultrafast", "bf": "0"}
        video = _video(container, "libx264", size, pictures_per_second, options, rotation)
        if bit_rate is not None:
            video.bit_rate = bit_rate
        audio = add_audio(container, "aac") if sound else None
        _write(container, video, audio, seconds, size, pictures_per_second, rotation)
    return path


def phone_clip_mov(
    path: Path, seconds: float = 1.0, size: Size = (320, 180), *, rotation: Rotation = 90, ten_bits: bool = False
) -> Path:
    """HEVC and AAC in QuickTime, held upright, as an iPhone's camera."""
    with av.open(str(path), "w", format="mov") as container:
        options = {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1", "tag": "hvc1"}
        video = _video(container, "libx265", size, 30, options, rotation)
        audio = add_audio(container, "aac")
        if ten_bits:
            video.pix_fmt = "yuv420p10le"
        container.metadata["location"] = "+52.5200+013.4050/"
        _write(container, video, audio, seconds, size, 30, rotation)
    return path


def recorded_webm(path: Path, seconds: float = 2.0, size: Size = (320, 180), *, sound: bool = True) -> Path:
    """VP8 and Opus without any duration, as MediaRecorder in Chromium and Firefox."""
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as container:
        video = _video(container, "libvpx", size, 30, {"deadline": "realtime", "cpu-used": "8"}, 0)
        _write(container, video, add_audio(container, "libopus") if sound else None, seconds, size, 30, 0)
    return path


def recorded_mp4_broken(path: Path, seconds: float = 2.0, size: Size = (320, 180), *, sound_codec: str = "aac") -> Path:
    """Fragments as WebKitGTK's MediaRecorder writes them: a second `ftyp`, and the last `moof` doubled."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}) as c:
        video = _video(c, "libx264", size, 30, {"preset": "ultrafast", "g": "15"}, 0)
        _write(c, video, add_audio(c, sound_codec), seconds, size, 30, 0)
    boxes = list(_boxes(path.read_bytes()))
    last = max(index for index, box in enumerate(boxes) if box[4:8] == b"moof")
    boxes.insert(last, boxes[last])
    boxes.insert(1, boxes[0])
    path.write_bytes(b"".join(box for box in boxes if box[4:8] != b"mfra"))
    return path


def uneven_clip_mp4(path: Path, times_ms: tuple[int, ...], size: Size = (320, 180)) -> Path:
    """Pictures at just these times (a phone in the dark slows down), each brighter than the last, and no sound."""
    with av.open(str(path), "w", format="mp4") as container:
        video = _video(container, "libx264", size, 30, {"preset": "ultrafast", "bf": "0"}, 0)
        video.codec_context.time_base = Fraction(1, 1000)
        for index, at_ms in enumerate(times_ms):
            frame = _frame(size, 0, index / max(1, len(times_ms) - 1), "yuv420p")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def phone_clip_3gp(path: Path, seconds: float = 1.0) -> Path:
    """H.263 at 176×144 and 8 kHz AMR, as an old phone."""
    size = (176, 144)
    with av.open(str(path), "w", format="3gp") as container:
        video = _video(container, "h263", size, 15, {}, 0)
        audio = add_audio(container, "libopencore_amrnb", rate_hz=8000, layout="mono")
        audio.bit_rate = 12_200
        _write(container, video, audio, seconds, size, 15, 0)
    return path


# sound
SOUND_FORMATS: dict[str, tuple[str, str, int]] = {
    "m4a": ("ipod", "aac", 44_100),
    "wav": ("wav", "pcm_s16le", 44_100),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "3gp": ("3gp", "libopencore_amrnb", 8_000),
    "amr": ("amr", "libopencore_amrnb", 8_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "aac": ("adts", "aac", 48_000),
    "flac": ("flac", "flac", 48_000),
    "caf": ("caf", "alac", 48_000),
}
"""What a sound may be called, and its container, codec and sample rate."""


def sound_file(path: Path, seconds: float = 2.0, *, kind: str = "m4a") -> Path:
    """A voice memo of any of `SOUND_FORMATS`; stereo where the codec has it."""
    container_format, codec, rate_hz = SOUND_FORMATS[kind]
    layout = "mono" if rate_hz == 8_000 else "stereo"
    with av.open(str(path), "w", format=container_format) as container:
        audio = add_audio(container, codec, rate_hz=rate_hz, layout=layout)
        for piece in sound_frames(audio, seconds):
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))
    return path


# what they are made of
def quarters(size: Size) -> Image.Image:
    width, height = size
    image = Image.new("RGB", size)
    for index, colour in enumerate(QUARTERS):
        left, top = (index % 2) * width // 2, (index // 2) * height // 2
        image.paste(colour, (left, top, left + (width + 1) // 2, top + (height + 1) // 2))
    return image


def tone(seconds: float, rate_hz: int = SAMPLE_RATE_HZ) -> npt.NDArray[np.float32]:
    """The sound of every file here: (frames,) float32."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    hz = np.where(t < seconds / 2, FIRST_TONE_HZ, SECOND_TONE_HZ)
    noise = np.random.default_rng(5).normal(0.0, NOISE, len(t))
    return (TONE_PEAK * np.sin(2 * np.pi * hz * t) + noise).astype(np.float32)


def write_wav(path: Path, samples: npt.NDArray[np.float32], rate_hz: int = SAMPLE_RATE_HZ) -> Path:
    """(frames, channels) float32 as 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _with_square(image: Image.Image, grey: int) -> Image.Image:
    width, height = image.size
    image.paste((grey, grey, grey), (width * 3 // 8, height * 3 // 8, width * 5 // 8, height * 5 // 8))
    return image


_TO_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip
"""EXIF orientation → what turns the shown picture into the stored one."""


def _stored_for(orientation: int, size: Size) -> Image.Image:
    if orientation == 1:
        return quarters(size)
    shown = quarters((size[1], size[0]) if orientation >= 5 else size)
    return shown.transpose(_TO_STORED[orientation])


def _exif(orientation: int, *, gps: bool) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Phone Maker"
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: GPS_LATITUDE, 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif.tobytes()


def _profile(display_p3: bool) -> dict[str, bytes]:
    return {"icc_profile": display_p3_profile()} if display_p3 else {}


def display_p3_profile() -> bytes:
    """An ICC profile of Display P3: sRGB's own, its name and its three colourants replaced."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    colourants = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for row in range(struct.unpack_from(">I", profile, 128)[0]):
        name, at, _ = struct.unpack_from(">4sII", profile, 132 + 12 * row)
        if name in colourants:
            struct.pack_into(">3i", profile, at + 8, *(round(x * 65536) for x in colourants[name]))
    return bytes(profile).replace("sRGB built-in".encode("utf-16-be"), "Display P3   ".encode("utf-16-be"))


def _boxes(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at : at + length]
        at += length


def _video(
    container: OutputContainer, codec: str, size: Size, rate: int, options: dict[str, str], rotation: Rotation
) -> VideoStream:
    video = cast(VideoStream, container.add_stream(codec, rate=rate, options=options))
    video.width, video.height = size
    video.pix_fmt = "yuv420p"
    video.codec_context.thread_count = 1  # libvpx's threads wait for each other by spinning: twenty times the work
    matrix = _BT601 if codec in ("libvpx", "h263") else _BT709  # the only one that these two know
    video.codec_context.colorspace = video.codec_context.color_primaries = video.codec_context.color_trc = matrix
    video.codec_context.color_range = 1
    if rotation:
        video.set_display_rotation(-rotation)
    return video


def add_audio(
    container: OutputContainer, codec: str, *, rate_hz: int = SAMPLE_RATE_HZ, layout: str = "stereo"
) -> AudioStream:
    options = {"aac_coder": "fast"} if codec == "aac" else {}
    audio = cast(AudioStream, container.add_stream(codec, rate=rate_hz, options=options))
    audio.codec_context.layout = layout
    return audio


def _write(
    container: OutputContainer, video: VideoStream, audio: AudioStream | None, seconds: float, size: Size, rate: int,
    rotation: Rotation,
) -> None:  # fmt: skip
    pictures = round(seconds * rate)
    bt601 = video.codec_context.colorspace == _BT601
    sound = sound_frames(audio, seconds) if audio is not None else iter(())
    for index in range(pictures):
        frame = _frame(size, rotation, index / max(1, pictures - 1), video.pix_fmt or "yuv420p", bt601=bt601)
        frame.pts, frame.time_base = index, Fraction(1, rate)
        container.mux(video.encode(frame))
        while audio is not None and (piece := next(sound, None)) is not None:
            container.mux(audio.encode(piece))
            if (piece.time or 0.0) > (index + 1) / rate:
                break
    for stream in (video, audio):
        if stream is not None:
            container.mux(stream.encode(None))


@cache
def _still_planes(size: Size, rotation: Rotation, bt601: bool) -> npt.NDArray[np.uint8]:
    """The quarters as stored for `rotation`, in I420."""
    shown = (size[1], size[0]) if rotation in (90, 270) else size
    return _i420(np.asarray(quarters(shown).rotate(rotation, expand=True)), 0.299 if bt601 else 0.2126)


def _frame(size: Size, rotation: Rotation, share: float, pix_fmt: str, *, bt601: bool = False) -> av.VideoFrame:
    """The quarters with the square as bright as `share` of the clip says."""
    planes = _still_planes(size, rotation, bt601).copy()
    width, height = size
    grey = (40 + round(180 * share)) * 219 // 255 + 16
    planes[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8] = grey
    for plane in planes.reshape(-1)[width * height :].reshape(2, height // 2, width // 2):
        plane[height * 3 // 16 : height * 5 // 16, width * 3 // 16 : width * 5 // 16] = 128
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    frame.colorspace, frame.color_range = (5 if bt601 else 1), 1
    return frame if pix_fmt == "yuv420p" else frame.reformat(format=pix_fmt)


def _i420(rgb: npt.NDArray[np.uint8], red_weight: float) -> npt.NDArray[np.uint8]:
    """Limited range, chroma by plain averaging; the weight of red tells BT.601 from BT.709."""
    blue_weight = 0.114 if red_weight == 0.299 else 0.0722
    r, g, b = (rgb[..., index].astype(np.float32) for index in range(3))
    y = red_weight * r + (1 - red_weight - blue_weight) * g + blue_weight * b
    planes = [16 + y * 219 / 255]
    for colour, span in ((b, 2 * (1 - blue_weight)), (r, 2 * (1 - red_weight))):
        full = 128 + (colour - y) / span * 224 / 255
        planes.append((full[::2, ::2] + full[1::2, ::2] + full[::2, 1::2] + full[1::2, 1::2]) / 4)
    packed = np.concatenate([plane.ravel() for plane in planes])
    return np.round(packed).astype(np.uint8).reshape(rgb.shape[0] * 3 // 2, rgb.shape[1])


def sound_frames(audio: AudioStream, seconds: float) -> Iterator[av.AudioFrame]:
    context = audio.codec_context
    rate_hz, channels = context.sample_rate, context.channels
    samples = np.tile((tone(seconds, rate_hz) * 32767).astype(np.int16)[:, None], (1, channels))
    resampler = av.AudioResampler(format=context.format, layout=context.layout, rate=rate_hz)
    step = 1024
    for first in range(0, len(samples), step):
        piece = av.AudioFrame.from_ndarray(
            samples[first : first + step].reshape(1, -1), format="s16", layout="mono" if channels == 1 else "stereo"
        )
        piece.sample_rate, piece.pts, piece.time_base = rate_hz, first, Fraction(1, rate_hz)
        yield from resampler.resample(piece)


def jpeg_bytes(size: Size = (640, 480)) -> bytes:
    """A small photo without any metadata, as bytes."""
    out = io.BytesIO()
    quarters(size).save(out, "JPEG", quality=90)
    return out.getvalue()
