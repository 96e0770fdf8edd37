"""Words between stage and receiver come whole however they were cut up on the way; what is none of them is said."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.air.orders import Broken
from stage.air.reports import (
    Late,
    LetGo,
    Report,
    ReportKind,
    ReportReader,
    Standing,
    StreamStanding,
    Want,
    WishReader,
    write_report,
    write_wish,
)

STANDING = msgspec.json.encode(
    Standing(
        streams=(StreamStanding(number=7, trouble="sends no media", skipped=3, bad=8),),
        children=(4711,),
        children_replaced=1,
        left_out=0,
    )
)
REPORTS = (
    Report(ReportKind.OPENED, 7, slot=10, size=345_664),
    Report(ReportKind.PICTURE, 7, 3, 640, 360, segment=2, kept_index=99, captured_us=-5),
    Report(ReportKind.STANDING, 0, size=len(STANDING), body=STANDING),
    Report(ReportKind.SOUND, 65_535, size=5760, concealed=480, segment=3_000_000_000, first_frame=1 << 40, position=9),
    Report(ReportKind.GONE, 7),
)
WISHES = (Want(number=7, stream_id="guest-0001"), Late(number=7, text="Ton, verspätet"), LetGo(number=7))


@given(cuts=st.lists(st.integers(1, 200), max_size=10))
def test_reports_come_whole(cuts: list[int]) -> None:
    data, reader, found = b"".join(map(write_report, REPORTS)), ReportReader(), list[Report]()
    for cut in (*cuts, len(data)):
        found += reader.feed(data[:cut])
        data = data[cut:]
    assert tuple(found) == REPORTS


@given(cuts=st.lists(st.integers(1, 50), max_size=10))
def test_wishes_come_whole(cuts: list[int]) -> None:
    data, reader, found = b"".join(write_wish(wish) for wish in WISHES), WishReader(), []
    for cut in (*cuts, len(data)):
        found += reader.feed(data[:cut])
        data = data[cut:]
    assert tuple(found) == WISHES


def test_what_is_no_report_is_said() -> None:
    for wrong in (Report(9, 0), Report(ReportKind.STANDING, 0, size=1 << 30)):
        with pytest.raises(Broken, match="expected a"):
            list(ReportReader().feed(write_report(wrong)))


def test_what_is_no_wish_is_said() -> None:
    for wrong in (b'{"type": "sing"}\n', b"x" * (1 << 17)):
        with pytest.raises(Broken):
            WishReader().feed(wrong)
