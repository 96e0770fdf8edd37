"""A sound system without a sound card: PulseAudio with one null sink that takes what is played, in real time.

Browsers keep an AudioContext suspended where there is no device at all.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def null_sound_system() -> Iterator[dict[str, str]]:
    """Give the environment that leads programs to it."""
    with tempfile.TemporaryDirectory(prefix="houselights-sound-") as folder:
        socket = Path(folder) / "socket"
        modules = ["module-null-sink sink_name=hall", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"]
        command = [
            "pulseaudio",
            "--daemonize=no",
            "-n",
            "--exit-idle-time=-1",
            "--log-target=stderr",
            "--log-level=info",
        ]
        for module in modules:
            command += ["-L", module]
        environment = os.environ | {"HOME": folder, "XDG_RUNTIME_DIR": folder}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as pulse:
            assert pulse.stderr is not None
            said = []
            for line in pulse.stderr:
                said.append(line)
                if "Daemon startup complete" in line:
                    break
            else:
                raise AssertionError(f"PulseAudio did not start:\n{''.join(said)}")
            try:
                yield {"PULSE_SERVER": f"unix:{socket}"}
            finally:
                pulse.terminate()
                pulse.communicate()
