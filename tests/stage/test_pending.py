"""Cues that wait: in the journal's order, patient with media, and never in the way of what is urgent."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from live.messages.scene import Blackout, Clear, Cue, Panic, Put, Remove, Scene, SetStrip, SolidSource, TextSource
from stage.pending import PATIENCE_S, CueInbox, PendingCue, PendingCues

RATE = 30
EMPTY = Scene(pictures_per_second=RATE)


class Sources:
    """Which layers' sources are prepared."""

    def __init__(self, *ready: str) -> None:
        self.ready = set(ready)

    def are_ready(self, before: Scene, after: Scene) -> bool:
        there = {layer.layer_id for layer in before.layers}
        return all(layer.layer_id in self.ready | there for layer in after.layers)


def put(layer_id: str) -> Put:
    return Put(layer_id=layer_id, source=TextSource(text=layer_id), fade_ms=0)


def pending(sources: Sources, *cues: Cue, seen_at: int = 0) -> PendingCues:
    waiting = PendingCues(RATE, sources.are_ready)
    for number, cue in enumerate(cues):
        waiting.add(PendingCue(f"cue-{number:05}", cue, seen_at))
    return waiting


def taken_of(waiting: PendingCues, picture: int, scene: Scene = EMPTY) -> list[Cue]:
    return [one.cue for one in waiting.take(scene, picture)[1]]


def test_what_is_prepared_is_taken_at_once_and_in_order() -> None:
    cues = put("layer-aa"), put("layer-bb"), Remove(layer_ids=("layer-aa",), fade_ms=0)
    waiting = pending(Sources("layer-aa", "layer-bb"), *cues)
    scene, taken = waiting.take(EMPTY, 10)
    assert [one.cue for one in taken] == list(cues)
    assert [layer.layer_id for layer in scene.layers] == ["layer-bb"]
    assert len(waiting) == 0


def test_a_cue_waits_for_its_source_and_those_behind_wait_with_it() -> None:
    sources = Sources("layer-bb")
    waiting = pending(sources, put("layer-aa"), put("layer-bb"))
    assert taken_of(waiting, 1) == []
    sources.ready.add("layer-aa")
    assert taken_of(waiting, 2) == [put("layer-aa"), put("layer-bb")]


def test_patience_ends() -> None:
    waiting = pending(Sources(), put("layer-aa"), seen_at=10)
    patience = round(PATIENCE_S * RATE)
    assert taken_of(waiting, 10 + patience - 1) == []
    assert taken_of(waiting, 10 + patience) == [put("layer-aa")]


def test_panic_and_blackout_overtake() -> None:
    waiting = pending(Sources(), put("layer-aa"), Panic(on=True), Blackout(on=True))
    assert taken_of(waiting, 1) == [Panic(on=True), Blackout(on=True)]
    assert [one.cue for one in waiting] == [put("layer-aa")]


def test_a_removal_of_what_waits_takes_it_along_so_that_it_never_appears_later() -> None:
    cues = put("layer-aa"), put("layer-bb"), put("layer-cc"), Remove(layer_ids=("layer-bb",), fade_ms=0)
    waiting = pending(Sources(), *cues)
    scene, taken = waiting.take(EMPTY, 1)
    assert [one.cue for one in taken] == [cues[0], cues[1], cues[3]]
    assert [layer.layer_id for layer in scene.layers] == ["layer-aa"]
    assert [one.cue for one in waiting] == [put("layer-cc")]


def test_clear_takes_everything_before_it_along() -> None:
    cues = put("layer-aa"), put("layer-bb"), Clear(fade_ms=0), put("layer-cc")
    waiting = pending(Sources(), *cues)
    scene, taken = waiting.take(EMPTY, 1)
    assert ([one.cue for one in taken], scene.layers) == (list(cues[:3]), ())


def test_a_mute_of_what_waits_is_not_lost() -> None:
    cues = put("layer-aa"), SetStrip(strip_id="layer-aa", mute=True)
    assert taken_of(pending(Sources(), *cues), 1) == list(cues)


cues = st.one_of(
    st.sampled_from(["layer-aa", "layer-bb", "layer-cc"]).map(put),
    st.sampled_from(["layer-aa", "layer-bb", "layer-cc"]).map(lambda one: Remove(layer_ids=(one,), fade_ms=0)),
    st.booleans().map(lambda on: Panic(on=on)),
    st.just(Clear(fade_ms=0)),
)


@given(st.lists(st.tuples(cues, st.integers(0, 40)), max_size=12), st.sets(st.sampled_from(["layer-aa", "layer-bb"])))
def test_every_cue_is_taken_once_and_what_concerns_a_layer_in_order(
    given_cues: list[tuple[Cue, int]], ready: set[str]
) -> None:
    waiting = PendingCues(RATE, Sources(*ready).are_ready)
    at = list(itertools.accumulate(gap for _, gap in given_cues))
    scene, taken = EMPTY, []
    for picture in range((at[-1] if at else 0) + round(PATIENCE_S * RATE) + 1):
        for number, (cue, _) in enumerate(given_cues):
            if at[number] == picture:
                waiting.add(PendingCue(f"cue-{number:05}", cue, picture))
        scene, now = waiting.take(scene, picture)
        taken += now
    assert sorted(one.cue_id for one in taken) == [f"cue-{number:05}" for number in range(len(given_cues))]
    for layer_id in ("layer-aa", "layer-bb", "layer-cc"):
        order = [one.cue_id for one in taken if layer_id in str(one.cue) or isinstance(one.cue, Clear)]
        assert order == sorted(order)


def test_the_inbox_has_a_bound_and_a_count() -> None:
    inbox = CueInbox()
    for number in range(CueInbox.CAPACITY + 3):
        inbox.give(f"cue-{number:05}", put("layer-aa"))
    assert (len(inbox), inbox.dropped) == (CueInbox.CAPACITY, 3)
    assert next(inbox.take_up(7)) == PendingCue("cue-00000", put("layer-aa"), 7)


def test_a_solid_needs_no_patience() -> None:
    cue = Put(layer_id="layer-aa", source=SolidSource(color="#102030"))
    assert taken_of(pending(Sources("layer-aa"), cue), 0) == [cue]
