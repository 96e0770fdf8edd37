"""Keeps hub and stage running: starts both, starts either again when it dies, stops both when asked.

The two are processes of their own, so that neither takes the other down. Each restart waits a little longer when the
last one did not live long; a process that lived is started again at once. The terminal is the supervisor's own, which
passes the stage's keys on: a stage that is killed cannot leave it in disorder.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog

from live.doorplate import Doorplate, read_doorplate
from live.errors import HouselightsError, Unavailable
from live.keyboard import HELP, Keyboard

log = structlog.get_logger()

LIVED_S = 10.0
PAUSE_FIRST_S, PAUSE_MOST_S = 0.1, 5.0
STOP_WITHIN_S = 8.0
HUB_WITHIN_S = 30.0
MOST_UNREAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running: its name in the log, its command line and what it needs in the environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Keeping:
    """One process, kept running until `stop`. Only where it `takes_keys` has it a standard input: for `press`."""

    def __init__(self, program: Callable[[], Program], *, takes_keys: bool = False) -> None:
        self._program = program
        self._takes_keys = takes_keys
        self._process: asyncio.subprocess.Process | None = None
        self._keys: int | None = None
        """Where keys are written to, while the process runs. Not asyncio's own pipe: its end may be held by others."""
        self._pressed: dict[str, None] = {}
        """Keys that found no process."""
        self._starting = asyncio.Lock()
        self._stopping = asyncio.Event()
        self.starts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        pause_s = PAUSE_FIRST_S
        while not self._stopping.is_set():
            program = self._program()
            started_s = time.monotonic()
            self.starts += 1
            status: int | str
            try:
                with self._key_line() as stdin:
                    status = await self._live(program, stdin)
            except OSError as error:  # the machine has no process, memory or file to spare just now
                status = str(error)
            if self._stopping.is_set():
                return
            lived = time.monotonic() - started_s > LIVED_S
            pause_s = PAUSE_FIRST_S if lived else min(pause_s * 2, PAUSE_MOST_S)
            log.error("process ended, starting it again", process=program.name, status=status, pause_s=pause_s)
            await self._pause(pause_s)

    async def _live(self, program: Program, stdin: int) -> int:
        """Run the process; return its status once it ended. Raises OSError where it cannot be started."""
        async with self._starting:  # asked to stop meanwhile: `stop` has to find it
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the parts in order.
            process = self._process = await asyncio.create_subprocess_exec(
                *_on_leash(program.command),
                env={**os.environ, **program.environment},
                stdin=stdin,
                start_new_session=True,
            )
        return await process.wait()

    def press(self, name: str) -> None:
        """Pass a key on, a line each; while the process is being started again, to the next one, once each."""
        try:
            if self._keys is None:
                raise BrokenPipeError
            os.write(self._keys, f"{name}\n".encode())
        except OSError:
            self._pressed.setdefault(name)

    @contextmanager
    def _key_line(self) -> Iterator[int]:
        """Give the process's standard input, and meanwhile know its other end."""
        if not self._takes_keys:
            yield asyncio.subprocess.DEVNULL
            return
        stdin, self._keys = os.pipe()
        os.set_blocking(self._keys, False)
        try:
            pressed, self._pressed = self._pressed, {}
            for name in pressed:
                self.press(name)
            yield stdin
        finally:
            os.close(self._keys)
            self._keys = None
            self._pressed |= dict.fromkeys(_unread(stdin))
            os.close(stdin)

    async def stop(self) -> None:
        """Ask it to end; after STOP_WITHIN_S make it."""
        self._stopping.set()
        async with self._starting:
            process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            log.warning("process does not end, killing it", pid=process.pid)
            process.kill()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


def _unread(stdin: int) -> list[str]:
    """The keys that a process was passed and did not live to take."""
    os.set_blocking(stdin, False)
    try:
        return os.read(stdin, MOST_UNREAD_BYTES).decode().split()
    except BlockingIOError:
        return []


def _on_leash(command: Sequence[str]) -> Sequence[str]:
    """A supervisor killed with 9 leaves nobody who would restart hub and stage, or stop them: they close then."""
    if sys.platform != "linux":
        return command
    leash = str(Path(__file__).with_name("leash.py"))
    return [sys.executable, "-I", "-S", leash, str(os.getpid()), *command]


@dataclass(frozen=True, slots=True)
class Plan:
    folder: Path
    hub_options: Sequence[str]
    stage_options: Sequence[str]
    with_stage: bool = True


Company = Callable[[Doorplate], Coroutine[None, None, None]]


async def keep_show(
    plan: Plan,
    opened: Callable[[Doorplate], None],
    company: Company | None = None,
    closing: Callable[[], None] = lambda: None,
) -> None:
    """Run hub and stage until SIGTERM or SIGINT. `opened` is called once, when the hub answers, `closing` when it is
    asked to end, which takes some seconds.

    `company(plate)` runs beside them from then on (the demo's made-up evening); its end or failure ends nothing else.
    """
    doors = plan.folder / "doors.json"
    former_ns = _written_ns(doors)  # not removed: it may be that of a hub that runs and holds this show
    command = [sys.executable, "-m", "live", "hub", "--folder", str(plan.folder), "--quiet", *plan.hub_options]
    hub = Keeping(lambda: Program("hub", command, {}))
    running = [asyncio.create_task(hub.run())]
    kept = [hub]
    beside: asyncio.Task[None] | None = None
    keyboard: Keyboard | None = None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        plate = await _await_hub(doors, former_ns, hub, stop)
        if plate is not None:
            opened(plate)
            if plan.with_stage:
                stage = Keeping(lambda: _stage(plan, read_doorplate(doors) or plate), takes_keys=True)
                kept.append(stage)
                keyboard = _keyboard(stage)
                running.append(asyncio.create_task(stage.run()))
            if company is not None:
                beside = asyncio.create_task(_beside(company(plate)))
            await stop.wait()
            closing()
    finally:
        if keyboard is not None:
            keyboard.close()
        if beside is not None:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
        # The stage first: it still tells the hub how its run ended.
        for keeping in reversed(kept):
            await keeping.stop()
        await asyncio.gather(*running)


def _keyboard(stage: Keeping) -> Keyboard:
    loop = asyncio.get_running_loop()

    def press(name: str) -> None:
        loop.call_soon_threadsafe(stage.press, name)

    keyboard = Keyboard(press)
    if keyboard.start():
        print(HELP, flush=True)
    return keyboard


async def _beside(company: Coroutine[None, None, None]) -> None:
    try:
        await company
    except (HouselightsError, OSError) as error:
        log.error("the made-up evening ended", reason=str(error))


def _stage(plan: Plan, plate: Doorplate) -> Program:
    command = [
        *(sys.executable, "-m", "stage", "run", "--hub", plate.url, "--line", plate.line),
        *("--folder", str(plan.folder), "--keys", *plan.stage_options),
    ]
    return Program("stage", command, {"HOUSELIGHTS_KEY": plate.stage_key})


async def _await_hub(doors: Path, former_ns: int, hub: Keeping, stop: asyncio.Event) -> Doorplate | None:
    """Return how the hub is reached once it answers; None when asked to stop before. Raises Unavailable."""
    deadline = time.monotonic() + HUB_WITHIN_S
    async with aiohttp.ClientSession() as session:
        while not stop.is_set():
            # In a container a former hub may well have had the same process id.
            plate = read_doorplate(doors) if _written_ns(doors) != former_ns else None
            if plate is not None and plate.pid == hub.pid and await _answers(session, plate.url):
                return plate
            if hub.starts > 2 or time.monotonic() > deadline:
                raise Unavailable("expected the hub to start, got none that stays; its last words are above")
            await asyncio.sleep(0.05)
    return None


def _written_ns(doors: Path) -> int:
    try:
        return doors.stat().st_mtime_ns
    except OSError:
        return 0


async def answering_hub(doors: Path) -> Doorplate | None:
    """Return how the hub is reached that runs here, by what it wrote into `doors`; None where none answers."""
    plate = read_doorplate(doors)
    async with aiohttp.ClientSession() as session:
        return plate if plate is not None and await _answers(session, plate.url) else None


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/healthz", timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
