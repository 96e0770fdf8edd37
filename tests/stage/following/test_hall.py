"""What the hub tells becomes levels for every picture, the same live and from what was noted."""

from __future__ import annotations

from live.messages.phones import Reactions, Tempo
from live.messages.scene import Control, Following, Put, Scene, SetLayer, SetStrip, SolidSource, SoundFollowing
from live.scene import apply
from stage.following.hall import Hall, follows_the_hall
from stage.program import ProgramFormat
from stage.reaction_feed import ReactionFeed
from stage.side_log import Felt, Line
from tests.live.scene_pieces import SOUND

PROGRAM = ProgramFormat(64, 36, 30)
STAGE = apply(
    Scene(pictures_per_second=30), Put(layer_id="layer-aa", source=SolidSource(color="#ffffff"), fade_ms=0), 0
)
FOLLOWING = apply(STAGE, SetLayer(layer_id="layer-aa", follows=Following(control="applause")), 0)
CONTROLS: tuple[Control, ...] = ("applause", "hearts", "hands", "lighters", "beat")


class Kept:
    """A side log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def note(self, line: Line) -> None:
        self.lines.append(line)


def at(picture: int, **given: object) -> Reactions:
    return Reactions(**({"at_us": PROGRAM.picture_time_us(picture), "here": 20} | given))  # type: ignore[arg-type]


def heard(*told: Reactions, picture: int = 10) -> Hall:
    feed = ReactionFeed()
    for one in told:
        feed.take(one)
    hall = Hall(PROGRAM, feed=feed)
    hall.hear(FOLLOWING, picture)
    return hall


def test_each_control_follows_its_own() -> None:
    given: dict[Control, Reactions] = {
        "applause": at(10, applause=0.9),
        "hearts": at(10, heart_level=0.8),
        "hands": at(10, hand_level=0.8),
        "lighters": at(10, lighter_level=0.8),
        "beat": at(10, tempo=Tempo(bpm=120.0, confidence=0.8, beat_us=PROGRAM.picture_time_us(20))),
    }
    for told, reactions in given.items():
        hall = heard(reactions)
        assert hall.level(told, 20) > 0.4, told
        assert [hall.level(other, 20) for other in CONTROLS if other != told] == [0.0] * 4


def test_of_what_came_at_once_the_most_counts() -> None:
    """A line that stood for a moment brings two tellings together: the hearts of the first are not lost."""
    both, once = heard(at(9, heart_level=0.8), at(10)), heard(at(10, heart_level=0.8))
    assert both.level("hearts", 20) == once.level("hearts", 20) > 0.4


def test_a_tempo_that_is_not_sure_beats_nothing() -> None:
    hall = heard(at(10, tempo=Tempo(bpm=120.0, confidence=0.1, beat_us=PROGRAM.picture_time_us(20))))
    assert hall.level("beat", 20) == 0.0


def test_what_came_before_anything_followed_and_is_old_is_not_felt() -> None:
    assert heard(at(10, applause=1.0), picture=100).level("applause", 110) == 0.0


def test_nothing_is_noted_while_nothing_follows() -> None:
    feed, notes = ReactionFeed(), Kept()
    hall = Hall(PROGRAM, feed=feed, notes=notes)
    for scene, expected in ((STAGE, 0), (FOLLOWING, 1), (STAGE, 1)):
        feed.take(at(10, applause=1.0))
        hall.hear(scene, 10)
        assert len(notes.lines) == expected


def test_a_painter_that_is_late_has_the_level_of_its_picture() -> None:
    feed = ReactionFeed()
    hall = Hall(PROGRAM, feed=feed)
    feed.take(at(10, applause=0.5))
    hall.hear(FOLLOWING, 10)
    before = hall.level("applause", 13)
    feed.take(at(13, applause=1.0))
    hall.hear(FOLLOWING, 14)
    assert hall.level("applause", 13) == before
    assert hall.level("applause", 9) == 0.0


def test_live_and_from_what_was_noted_the_levels_are_the_same() -> None:
    feed, notes = ReactionFeed(), Kept()
    live = Hall(PROGRAM, feed=feed, notes=notes)
    shown = {}
    for picture in range(120):
        if picture % 3 == 0:
            tempo = Tempo(bpm=110.0, confidence=0.9, beat_us=picture * 33_000 // 545_454 * 545_454)
            for _ in range(1 + picture % 2):
                feed.take(at(picture, applause=picture % 7 / 7, heart_level=picture % 5 / 5, tempo=tempo))
        if picture % 11:  # the beat missed one in eleven
            live.hear(FOLLOWING, picture)
            shown[picture] = [live.level(control, picture) for control in CONTROLS]
    offline = Hall(PROGRAM, [line for line in notes.lines if isinstance(line, Felt)])
    assert {picture: [offline.level(control, picture) for control in CONTROLS] for picture in shown} == shown
    assert len(set(map(tuple, shown.values()))) > 90


def test_a_level_comes_to_rest() -> None:
    """Else a layer that follows would be drawn anew for ever."""
    hall = heard(at(10, applause=1.0), at(10, applause=0.0))
    assert {hall.level("applause", picture) for picture in range(200, 260)} == {0.0}


def test_a_scene_follows_by_a_layer_or_a_strip_until_it_is_steady() -> None:
    assert not follows_the_hall(STAGE)
    assert follows_the_hall(FOLLOWING)
    assert not follows_the_hall(apply(FOLLOWING, SetLayer(layer_id="layer-aa", steady=True), 1))
    sounding = apply(STAGE, Put(layer_id="strip-aa", source=SOUND), 0)
    how = SoundFollowing(control="applause")
    sounding = apply(sounding, SetStrip(strip_id="strip-aa", follows=how), 0)
    assert follows_the_hall(sounding)
    assert follows_the_hall(apply(sounding, SetStrip(strip_id="strip-aa", mute=True), 1)), "what is not named stays"
    assert not follows_the_hall(apply(sounding, SetStrip(strip_id="strip-aa", steady=True), 1))
