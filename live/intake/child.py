"""One disposable child's whole life: read the job, put up the walls, do it, say how it went.

The zygote imports this module and with it everything that a job may need, because behind the walls no file can be read,
not even a module's.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
from collections.abc import Callable
from contextlib import suppress

import av
import msgspec
from PIL import Image

from live.errors import BadMedia
from live.intake.job import MAX_LINE_BYTES, Broke, Job, Refused, Report, Step
from live.intake.making import make
from live.intake.probe import look_around
from live.intake.work import Work
from live.sandbox.walls import confine

TOO_HUNGRY = "this file needs more memory than we give to one piece; send a smaller or shorter one"


def preload() -> None:
    """Import, in the zygote, what the libraries would otherwise read from disk at first use."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith(("__main__", ".datasets")):
            importlib.import_module(module.name)
    Image.init()
    av.logging.set_level(None)


def do_job(channel: int, original_fd: int, folder_fd: int) -> None:
    """Called in the fresh child, and never again."""
    job = msgspec.json.decode(_read_line(channel), type=Job)
    if job.niceness:
        _give_way(job.niceness)
    walls = confine(folder_fd, job.limits)
    os.close(folder_fd)
    if job.kind == "probe":
        _say(channel, look_around(walls))
    else:
        _say(channel, _outcome(Work(job.kind, original_fd, job.trim, _reporter(channel), job.may_draft)))


def _give_way(niceness: int) -> None:
    """Run only on what others leave: also on a desktop's Linux, which counts niceness by session, and this is one."""
    os.nice(niceness)
    with suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as group:
        group.write(str(niceness))


def _outcome(work: Work) -> Report:
    try:
        return make(work)
    except BadMedia as refusal:
        return Refused(reason=str(refusal)[:1000])
    except MemoryError:
        return Refused(reason=TOO_HUNGRY)
    except OSError as fault:
        if fault.errno == errno.ENOMEM:
            return Refused(reason=TOO_HUNGRY)
        return Broke(fault=repr(fault)[:1000])
    except Exception as fault:  # a stranger's file may raise anything in any library: the hub logs it by name
        return Broke(fault=repr(fault)[:1000])


def _reporter(channel: int) -> Callable[[float], None]:
    last = -1.0

    def progress(fraction: float) -> None:
        nonlocal last
        if fraction - last >= 0.02:
            last = fraction
            _say(channel, Step(fraction=min(1.0, max(0.0, fraction))))

    return progress


def _say(channel: int, report: Report) -> None:
    line = msgspec.json.encode(report) + b"\n"
    while line:
        line = line[os.write(channel, line) :]


def _read_line(channel: int) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
        part = os.read(channel, 4096)
        if not part:
            raise EOFError("the hub went away before it said what to do")
        line += part
    return line
