"""The made-up host puts on stage only what may be there, the unseen first, and where it can be seen."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from live.demo.host import INSET, WHOLE, WORDS, choose, is_new, lay_out
from live.messages.events import Consent, Verdict
from live.messages.ids import Kind
from live.messages.scene import Rect
from live.messages.views import ContributionView


def piece(
    number: int, kind: Kind, *, verdict: Verdict = "approved", ready: bool = True, stage: bool = True
) -> ContributionView:
    return ContributionView(
        contribution_id=f"piece-{number:04}", person_id="person-0001", name="Ren", kind=kind, at_us=0, verdict=verdict,
        state="ready" if ready else "preparing", consent=Consent(stage=stage), prompt_id=None, parents=(), text="",
        shared=False, on_stage=False, stage_times=(), renditions=None, reason="",
    )  # fmt: skip


def test_nothing_is_staged_that_is_not_ready_approved_and_allowed() -> None:
    views = [
        piece(1, "photo", verdict="waiting"),
        piece(2, "photo", ready=False),
        piece(3, "text", stage=False),
        piece(4, "video", verdict="held"),
    ]
    assert choose(views, Counter(), Random(1)) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_scene_never_shows_a_piece_twice(seed: int) -> None:
    kinds: list[Kind] = ["photo", "photo", "video", "video", "text", "sound"]
    chosen = choose([piece(i, kind) for i, kind in enumerate(kinds)], Counter(), Random(seed))
    assert 1 <= len({view.contribution_id for view in chosen}) == len(chosen)


@pytest.mark.parametrize("seed", range(20))
def test_what_was_not_seen_comes_first(seed: int) -> None:
    old, new = piece(1, "photo"), piece(2, "photo")
    chosen = choose([old, new], Counter({old.contribution_id: 3}), Random(seed))
    assert chosen == [new]


@pytest.mark.parametrize(
    ("kinds", "places"),
    [
        (["text"], [None]),
        (["photo", "text"], [WHOLE, WORDS]),
        (["photo", "sound", "text"], [WHOLE, None, WORDS]),
        (["video", "photo"], [WHOLE, INSET]),
        (["photo", "photo", "video"], [None, None, None]),
    ],
)
def test_one_picture_fills_the_hall_and_several_share_it(kinds: list[Kind], places: list[Rect | None]) -> None:
    assert lay_out(kinds) == places


def test_only_what_waits_is_judged() -> None:
    assert is_new(piece(1, "text", verdict="waiting"))
    assert not is_new(piece(2, "text"))
    assert not is_new(piece(3, "photo", verdict="waiting", ready=False))
