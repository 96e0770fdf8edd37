"""The stage's key is revoked in the middle of the show: its own stage goes on with the new key, and nobody sees it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from live.messages.acts import GiveCue, TurnKeys
from live.messages.events import RunStarted
from live.messages.ids import new_id
from live.messages.scene import Put, SolidSource
from tests.e2e.show import Console, open_show
from tests.web.air_watcher import Watcher

pytestmark = pytest.mark.timeout(180)


def see_the_program(url: str, key: str) -> None:
    watcher = Watcher(url, "program", key)
    watcher.until_decoded(pictures=3, sounds=3)
    watcher.close()


def test_the_shows_own_stage_goes_on_when_its_key_is_revoked(tmp_path: Path) -> None:
    with open_show(tmp_path / "show") as show:
        console = Console(show)
        before = console.wait_stage(lambda stage: stage.run_id is not None)
        stage, old_key = show.child("stage").pid, show.stage_key
        see_the_program(show.url, old_key)

        console.ask(TurnKeys(role="stage"))
        began_s = time.monotonic()
        console.ask(GiveCue(cue_id=new_id(), cue=Put(layer_id="layer-red", source=SolidSource(color="#c02020"))))

        after = console.wait_stage(lambda stage: "layer-red" in [layer.layer_id for layer in stage.scene.layers])
        console.wait_stage(lambda stage: stage.pending == 0)
        print(f"the stage took a cue {time.monotonic() - began_s:.2f} s after its key was revoked")
        assert show.stage_key != old_key
        see_the_program(show.url, show.stage_key)
        print(f"its program was watched {time.monotonic() - began_s:.2f} s after")
        console.close()
        assert after.run_id == before.run_id
        assert show.child("stage").pid == stage
        assert len([one for one in show.entries() if isinstance(one.event, RunStarted)]) == 1, "the program was dark"
