"""Children are locked up, and end when they should."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from live.errors import Unavailable
from live.intake import probe
from live.intake.job import Job, Made, Refused, Walls
from live.intake.nursery import ChildLost, Nursery, Patience, next_line
from live.pulse import Watch
from live.sandbox.landlock import landlock_version
from live.sandbox.limits import Limits
from tests import hostile_files, media_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOMY = Limits(memory_bytes=3 << 30, cpu_s=60)
CALM = Patience(silence_s=20, total_s=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nursery() -> AsyncIterator[Nursery]:
    """Of a hub that has a secret, and a port that it listens on."""
    with pytest.MonkeyPatch.context() as hub, socket.create_server(("127.0.0.1", 0)):
        hub.setenv("HOUSELIGHTS_KEY", "secret")
        async with Nursery() as nursery:
            yield nursery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "job").mkdir()
    return tmp_path / "job"


def children() -> list[psutil.Process]:
    """The jobs at work now: what the zygote forked."""
    return [job for zygote in psutil.Process().children() for job in zygote.children()]


async def has_namespaces() -> bool:
    """Not where a system keeps them from normal users, as Ubuntu 24.04 does; the other walls let nothing out there."""
    new_user_net_and_ipc = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({0x5800_0000}) != 0)"
    return await (await asyncio.create_subprocess_exec(sys.executable, "-c", new_user_net_and_ipc)).wait() == 0


def ignore(fraction: float) -> None:
    del fraction


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the walls")
async def test_a_child_can_neither_read_nor_write_nor_call_out(nursery: Nursery, folder: Path) -> None:
    """It tries: /etc/passwd, /, /tmp, TCP, UDP, another program, a signal to its parent."""
    walls = await nursery.run(Job(kind="probe", limits=ROOMY), Path(os.devnull), folder, CALM, ignore)
    assert isinstance(walls, Walls)
    assert walls.leaks == ()
    assert walls.no_new_privs
    assert walls.seccomp
    assert walls.landlock == landlock_version() > 0
    is_own = await has_namespaces()
    assert walls.network == ("own namespace" if is_own else "shared")
    assert walls.user != "the hub's" or not is_own
    counted = set() if walls.user == "the hub's" else {"NPROC"}
    assert set(walls.limits) == {"AS", "CPU", "FSIZE", "NOFILE", "CORE"} | counted


@pytest.mark.parametrize(("name", "attempt"), probe.ATTEMPTS, ids=[name for name, _ in probe.ATTEMPTS])
async def test_each_attempt_of_the_probe_succeeds_where_no_wall_is(name: str, attempt: object) -> None:
    """Or the test above would prove nothing."""
    assert callable(attempt)
    attempt()


@pytest.mark.skipif(sys.platform != "linux", reason="macOS bounds no process in its memory")
async def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_goes_on(
    nursery: Nursery, tmp_path: Path, folder: Path
) -> None:
    huge = hostile_files.png_bomb(tmp_path / "huge", (7000, 7000), colour=True)
    tight = Limits(memory_bytes=600 << 20, cpu_s=60)
    answer = await nursery.run(Job(kind="photo", limits=tight), huge, folder, CALM, ignore)
    assert isinstance(answer, Refused)
    assert "memory" in answer.reason
    small = media_files.photo_png(tmp_path / "small")
    assert isinstance(await nursery.run(Job(kind="photo", limits=tight), small, folder, CALM, ignore), Made)


async def test_a_child_that_eats_time_is_ended_by_the_kernel(nursery: Nursery, tmp_path: Path, folder: Path) -> None:
    sound = hostile_files.hours_of_sound(tmp_path / "sound", 9.9 / 60)
    limits = Limits(memory_bytes=3 << 30, cpu_s=1)
    with pytest.raises(ChildLost, match=r"SIGXCPU|SIGKILL") as caught:
        await nursery.run(Job(kind="sound", limits=limits), sound, folder, CALM, ignore)
    assert not caught.value.hung


async def test_a_child_that_writes_too_much_is_stopped(nursery: Nursery, tmp_path: Path, folder: Path) -> None:
    clip = media_files.phone_clip_mp4(tmp_path / "clip", 1.0)
    limits = Limits(memory_bytes=3 << 30, cpu_s=60, file_bytes=10_000)
    answer = await nursery.run(Job(kind="video", limits=limits), clip, folder, CALM, ignore)
    assert not isinstance(answer, Made)
    assert all(path.stat().st_size <= 10_000 for path in folder.iterdir())


async def test_a_child_that_hangs_is_killed(nursery: Nursery, tmp_path: Path, folder: Path) -> None:
    clip = media_files.phone_clip_mp4(tmp_path / "clip", 1.0)
    hanging: list[psutil.Process] = []

    def hang(fraction: float) -> None:
        if not hanging:
            hanging.extend(children())
            for child in hanging:
                child.suspend()

    with pytest.raises(ChildLost, match=r"silent for 0\.3 s") as caught:
        await nursery.run(Job(kind="video", limits=ROOMY), clip, folder, Patience(0.3, 60), hang)
    assert caught.value.hung
    assert hanging
    assert not any(child.is_running() for child in hanging)


async def test_a_child_that_chatters_for_ever_is_killed(nursery: Nursery, tmp_path: Path, folder: Path) -> None:
    sound = hostile_files.hours_of_sound(tmp_path / "sound", 9.9 / 60)
    with pytest.raises(ChildLost, match=r"longer at it than 0\.2 s"):
        await nursery.run(Job(kind="sound", limits=ROOMY), sound, folder, Patience(20, 0.2), ignore)
    assert children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_a_zygote_that_dies_takes_its_children_along_and_is_replaced(
    nursery: Nursery, tmp_path: Path, folder: Path
) -> None:
    clip = media_files.phone_clip_mp4(tmp_path / "clip", 1.0)
    orphans: list[psutil.Process] = []
    started = nursery.zygotes_started

    def kill_zygote(fraction: float) -> None:
        if not orphans:
            orphans.extend(job for job in children() if job.ppid() == nursery.zygote_pid)
            assert nursery.zygote_pid is not None
            os.kill(nursery.zygote_pid, 9)

    with pytest.raises(Unavailable, match="do the job again"):
        await nursery.run(Job(kind="video", limits=ROOMY), clip, folder, CALM, kill_zygote)
    assert orphans
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert [orphan.status() for orphan in alive if orphan.status() != psutil.STATUS_ZOMBIE] == []
    (again := tmp_path / "again").mkdir()
    assert isinstance(await nursery.run(Job(kind="video", limits=ROOMY), clip, again, CALM, ignore), Made)
    assert nursery.zygotes_started == started + 1


async def test_a_zygote_that_hangs_is_ended_and_replaced(nursery: Nursery, tmp_path: Path, folder: Path) -> None:
    """Nobody waits behind it for ever."""
    clip = media_files.phone_clip_mp4(tmp_path / "clip", 1.0)
    await nursery.start()
    started, hung = nursery.zygotes_started, nursery.zygote_pid
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    with pytest.MonkeyPatch.context() as haste:
        haste.setattr("live.intake.nursery._FORK_WITHIN_S", 0.5)
        with pytest.raises(Unavailable, match="do the job again"):
            await nursery.run(Job(kind="video", limits=ROOMY), clip, folder, CALM, ignore)
    (again := tmp_path / "again").mkdir()
    assert isinstance(await nursery.run(Job(kind="video", limits=ROOMY), clip, again, CALM, ignore), Made)
    assert nursery.zygotes_started == started + 1
    assert not psutil.pid_exists(hung)


async def test_who_gives_up_while_it_starts_leaves_no_process_and_closing_ends_it() -> None:
    nursery = Nursery()
    before = set(psutil.Process().children())
    for when, after_s in (("half born", 1e-6), ("not ready yet", 0.1)):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(nursery.start(), after_s)
        assert set(psutil.Process().children()) <= before, when
    await nursery.start()
    assert nursery.zygote_pid is not None, "and may start it later"
    zygote = psutil.Process(nursery.zygote_pid)
    await nursery.close()
    assert not zygote.is_running()


@pytest.mark.parametrize("turns", range(6))
async def test_a_task_that_is_cancelled_while_its_child_speaks_ends(turns: int) -> None:
    """Or a hub told to stop would wait for it for ever: whichever comes first, the line or the end."""
    reader = asyncio.StreamReader()
    hearing = asyncio.create_task(next_line(reader, Watch(lambda: None, time.monotonic()), silence_s=20))
    await asyncio.sleep(0)
    reader.feed_data(b"a step\n")
    for _ in range(turns):
        await asyncio.sleep(0)
    was_heard = not hearing.cancel()
    await asyncio.wait([hearing])
    assert hearing.cancelled() != was_heard


async def test_a_zygote_whose_hub_is_gone_before_it_is_ready_ends_quietly(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ours, theirs = socket.socketpair()
    unread, mouth = os.pipe()
    os.close(unread)
    with ours, theirs:
        zygote = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "live.intake.zygote"),
            stdin=theirs.fileno(),
            stdout=mouth,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
    os.close(mouth)
    assert await zygote.wait() == 0
    assert "Traceback" not in capfd.readouterr().err


async def test_the_hubs_secrets_are_not_in_a_childs_environment(nursery: Nursery) -> None:
    assert os.environ["HOUSELIGHTS_KEY"]
    environment = psutil.Process(nursery.zygote_pid).environ()
    assert "HOUSELIGHTS_KEY" not in environment
    assert "HOME" not in environment


async def test_descriptors_of_the_hub_do_not_reach_the_zygote(nursery: Nursery) -> None:
    """Its input, its output, its errors, what it wakes itself with, and nothing of the hub's sockets."""
    assert any(line.status == psutil.CONN_LISTEN for line in psutil.Process().net_connections())
    assert psutil.Process(nursery.zygote_pid).net_connections() == []


async def test_a_child_that_is_in_no_hurry_lets_everybody_past(nursery: Nursery, folder: Path, tmp_path: Path) -> None:
    clip = media_files.phone_clip_mp4(tmp_path / "clip", 0.2, (64, 48))
    niceness: list[int] = []

    def look(fraction: float) -> None:
        del fraction
        niceness.extend(int(child.nice()) for child in children())

    made = await nursery.run(Job(kind="video", limits=ROOMY, niceness=15), clip, folder, CALM, look)
    assert isinstance(made, Made)
    assert set(niceness) == {min(os.nice(0) + 15, 19)}
