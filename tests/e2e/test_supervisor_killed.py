"""kill -9 of the supervisor: hub and stage close by themselves, as when asked, and the show can be opened again."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from live.messages.events import RunEnded
from tests.e2e.recording import last_number
from tests.e2e.show import Console, open_show
from tests.web.air_watcher import Watcher

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells a process that its parent is gone"),
]


def test_hub_and_stage_close_with_a_killed_supervisor_and_the_show_opens_again(tmp_path: Path) -> None:
    with open_show(tmp_path / "show") as show:
        console = Console(show)
        first = console.wait_stage(lambda stage: stage.run_id is not None)
        console.close()
        watcher = Watcher(show.url, "program", show.stage_key)
        watcher.until_decoded(pictures=60)
        watcher.close()

        show.kill_supervisor()

        show.start()
        again = Console(show)
        again.wait_stage(lambda stage: stage.run_id not in (None, first.run_id))
        again.close()
        ended = {one.event.run_id: one.event.last_picture for one in show.entries() if isinstance(one.event, RunEnded)}
        assert list(ended) == [first.run_id], "the stage did not close, it was cut off"
        recorded = last_number(show.folder / "recordings" / f"{first.run_id}.mkv")
        assert ended[str(first.run_id)] - recorded <= 1
