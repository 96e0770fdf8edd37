"""The wings: parts are prepared once, kept while wanted, let go afterwards, and trouble stays with its part."""

from __future__ import annotations

import pytest

from live.errors import Unavailable
from stage.parts import PicturePart, SoundPart
from stage.wings import GRACE_PICTURES, RETRY_PICTURES, Wings
from tests.stage.players import Company, Counter, sound, text

ONE, TWO = PicturePart("layer-aa", text("one")), PicturePart("layer-bb", text("two"))


def test_a_part_is_there_once_it_is_prepared() -> None:
    company = Company()
    wings = Wings(company.open)
    company.counters["layer-aa"] = counter = Counter()
    counter.may_prepare.clear()
    wings.call([ONE], 0)
    assert (wings.is_ready(ONE), wings.picture(ONE)) == (False, None)
    counter.may_prepare.set()
    wings.wait(20.0)
    assert wings.is_ready(ONE)
    assert wings.picture(ONE) is counter
    wings.close()
    assert counter.closed


def test_what_nobody_wants_any_more_is_let_go_after_a_while() -> None:
    company = Company()
    wings = Wings(company.open)
    wings.call([ONE, TWO], 0)
    wings.wait(20.0)
    wings.call([TWO], GRACE_PICTURES)
    wings.keep(GRACE_PICTURES)
    assert wings.picture(ONE) is not None
    wings.keep(GRACE_PICTURES + 1)
    assert (wings.picture(ONE), company.counters["layer-aa"].closed) == (None, True)
    assert wings.picture(TWO) is not None
    wings.close()


def test_a_part_that_cannot_be_had_is_named_and_tried_again() -> None:
    company = Company()
    company.missing.add("layer-aa")
    wings = Wings(company.open)
    wings.call([ONE], 0)
    wings.wait(20.0)
    assert wings.is_ready(ONE)
    assert wings.picture(ONE) is None
    assert wings.troubles() == ("layer 'layer-aa' (TextSource): no file for layer-aa",)
    company.missing.clear()
    wings.call([ONE], RETRY_PICTURES)
    assert wings.picture(ONE) is None
    wings.call([ONE], RETRY_PICTURES + 1)
    wings.wait(20.0)
    assert wings.picture(ONE) is not None
    assert wings.troubles() == ()
    wings.close()


def test_offline_it_waits_and_says_what_is_missing() -> None:
    company = Company()
    company.missing.add("layer-bb")
    wings = Wings(company.open, exact=True)
    assert wings.picture(ONE) is company.counters["layer-aa"]
    assert wings.sound(SoundPart("layer-cc", sound("layer-cc"))) is company.ramps["layer-cc"]
    with pytest.raises(Unavailable, match="layer 'layer-bb'"):
        wings.picture(TWO)
    wings.close()
