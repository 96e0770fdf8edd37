"""What the machine itself brings to a show: room on the disk, sound, a screen, cameras. One finding each, no guessing.

Looks only, and writes one small file to time the disk. What cannot be seen from here is said to be unknown.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from live.urgency import SOON, be_urgent

GB = 1_000_000_000
GB_AN_HOUR = 10.0
"""A recording of 1080p30 with FLAC, generously, and what an audience of a hundred sends."""
FEW_HOURS, SHOW_HOURS = 1.0, 4.0
SLOW_SYNC_S = 0.1
SOUND_WITHIN_S = 10.0
ASK_SOUND = "import sounddevice; print(sounddevice.query_devices(kind='output')['name'])"

State = Literal["good", "note", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`bad`: the show would not work like that; `note`: it works, with less."""

    state: State
    what: str
    sentence: str


def look_at_disk(folder: Path) -> Finding:
    place = nearest_existing(folder)
    hours = shutil.disk_usage(place).free / GB / GB_AN_HOUR
    room = f"{hours * GB_AN_HOUR:.0f} GB free for {folder}, about {hours:.0f} hours of recording"
    if hours < FEW_HOURS:
        return Finding("bad", "disk", f"{room}; make room, or name a folder on another disk with --folder")
    try:
        sync_s = _sync_s(place)
    except OSError as error:
        return Finding("bad", "disk", f"expected a folder that can be written, got {place} ({error.strerror})")
    if sync_s > SLOW_SYNC_S:
        return Finding(
            "note", "disk", f"{room}; it takes {sync_s * 1000:.0f} ms to be sure of a write, phones wait as long"
        )
    return Finding("good" if hours >= SHOW_HOURS else "note", "disk", room)


def look_at_screen(environment: Mapping[str, str]) -> Finding:
    if sys.platform == "darwin" or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return Finding("good", "window", "there is a screen for the program's window")
    return Finding(
        "note", "window", "no screen here: start with --no-window and show /stage in a browser at the projector"
    )


def look_at_urgency() -> Finding:
    """In a thread of its own, which may stay urgent."""
    with ThreadPoolExecutor(1) as thread:
        is_given = thread.submit(be_urgent, SOON).result()
    if is_given:
        return Finding("good", "priority", "the stage goes before all else on this machine")
    if sys.platform != "linux":
        return Finding("unknown", "priority", "this system decides by itself what goes first; close other programs")
    return Finding(
        "note", "priority", "the stage may not go before all else on this machine: close other programs, or allow it "
        "real-time priority 2 (docs/operating.md)"
    )  # fmt: skip


def look_at_cameras() -> Finding:
    if sys.platform == "darwin":
        return Finding("unknown", "cameras", "cannot be seen from here on a Mac; phones bring their own")
    cameras = sorted(path.name for path in Path("/dev").glob("video*"))
    if not cameras:
        return Finding("note", "cameras", "none at this machine; phones and crew bring their own")
    return Finding("good", "cameras", f"{', '.join(cameras)} at this machine")


async def look_at_sound() -> Finding:
    """Ask in a child: opening a sound system can hang, and says things of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASK_SOUND, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(SOUND_WITHIN_S):
            said, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return Finding("note", "sound", f"the sound system does not answer within {SOUND_WITHIN_S:.0f} s")
    if child.returncode != 0:
        return Finding(
            "note", "sound", "no sound card: the program is silent here, but recorded and streamed with sound"
        )
    return Finding("good", "sound", f"plays on {said.decode(errors='replace').strip()}")


def nearest_existing(folder: Path) -> Path:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return place


def _sync_s(place: Path) -> float:
    path = place / f".doctor-{os.getpid()}"
    try:
        with path.open("wb") as file:
            began = time.monotonic()
            file.write(bytes(64 * 1024))
            file.flush()
            os.fsync(file.fileno())
            return time.monotonic() - began
    finally:
        path.unlink(missing_ok=True)
