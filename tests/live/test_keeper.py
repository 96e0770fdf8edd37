"""A piece that plays once is off the stage when it has ended, and the journal says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from live.access import Caller
from live.decisions.table import decide
from live.journal import Answer
from live.messages import acts
from live.messages.events import (
    Consent,
    ContributionPrepared,
    ContributionReceived,
    Entry,
    Event,
    Rendition,
    Renditions,
)
from live.messages.scene import Remove
from live.show import Show
from tests.live.running import running_house

SOUND = Renditions(
    sound=Rendition(key="renditions/sound-ana/sound.flac", media_type="audio/flac", size_bytes=9), duration_us=100_000
)


@pytest.mark.parametrize("fails", [0, 1])
async def test_a_sound_that_has_ended_is_taken_off_by_a_cue(
    tmp_path: Path, fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that fails at first: whatever went wrong, the next one that ends is taken off too."""
    record, failures = Show.record, iter([OSError(28, "No space left on device")] * fails)

    async def record_or_fail(show: Show, *events: Event, answer: Answer | None = None) -> int:
        if any(isinstance(getattr(event, "cue", None), Remove) for event in events):
            for failure in failures:
                raise failure
        return await record(show, *events, answer=answer)

    monkeypatch.setattr(Show, "record", record_or_fail)
    async with running_house(tmp_path / "show") as house:
        show = house.show
        removed = asyncio.Event()

        def heard(entries: list[Entry]) -> None:
            if any(isinstance(getattr(entry.event, "cue", None), Remove) for entry in entries):
                removed.set()

        show.listen(heard)  # type: ignore[arg-type]
        await show.record(
            ContributionReceived(contribution_id="sound-ana", person_id="person-ana", kind="sound", consent=Consent()),
            ContributionPrepared(contribution_id="sound-ana", renditions=SOUND),
        )
        host, stage = house.hub.desk(Caller("host")), house.hub.desk(Caller("stage"))
        await show.record(*decide(host, acts.Judge(contribution_ids=("sound-ana",), verdict="approved"))[0])
        put, _ = decide(host, acts.PutOnStage(contribution_id="sound-ana", layer_id="layer-0001"))
        await show.record(*put)
        picture = show.clock.now_us() * 30 // 1_000_000
        take = acts.TakeCue(cue_id=put[0].cue_id, run_id="run-00001", picture=picture)  # type: ignore[union-attr]
        await show.record(*decide(stage, take)[0])
        async with asyncio.timeout(10):
            await removed.wait()
        (cue,) = show.state.pending.values()
        assert isinstance(cue, Remove)
        assert cue.layer_ids == ("layer-0001",)
        assert next(failures, None) is None
