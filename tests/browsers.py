"""Where the browsers of this machine are, and how tests start them: quiet, with camera and microphone made by code."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FIREFOX = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")

WITHOUT = (
    # Playwright's own list, as far as Chromium knows it: of two such switches the last one counts.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *(
        "HttpsFirstBalancedModeAutoEnable",
        "LensOverlay",
        "MediaRouter",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
    ),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
    # The address line's two drop-downs are web pages that each window loads before anybody types.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
)
QUIET = (
    f"--disable-features={','.join(WITHOUT)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page in the back must go on at full speed: several share one machine here.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
)


SHARED_MEMORY = Path("/dev/shm")
ROOMY_BYTES = 4 << 30


def unwanted() -> list[str]:
    """Return which of Playwright's own arguments are left out.

    It has browsers share memory in files on the disk, for containers that have no room elsewhere.
    """
    is_roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > ROOMY_BYTES
    return ["--disable-dev-shm-usage"] if is_roomy else []


def find(names: tuple[str, ...]) -> str:
    """Return the first of these programs that is here; not a snap, which sees no folder of a test.

    Raises FileNotFoundError.
    """
    for name in names:
        if (found := shutil.which(name)) and not is_snap(Path(found)):
            return found
    raise FileNotFoundError(f"expected one of {', '.join(names)} on this machine, found none; make test installs them")


def is_snap(program: Path) -> bool:
    if program.resolve().name == "snap" or program.resolve().is_relative_to("/snap"):
        return True
    with program.open("rb") as file:  # Ubuntu's deb of that name is a script that calls the snap
        return file.read(2) == b"#!" and b"/snap/bin/" in file.read(4096)


def chromium_arguments(
    *, camera: Path | None = None, microphone: Path | None = None, insecure_name: str | None = None
) -> list[str]:
    """Return Chromium's arguments. `camera` is a Y4M, `microphone` a WAV; `insecure_name` a host that leads here."""
    arguments = list(QUIET)
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
    if camera is not None and microphone is not None:
        arguments += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
    if insecure_name is not None:
        arguments.append(f"--host-resolver-rules=MAP {insecure_name} 127.0.0.1")
    return arguments
