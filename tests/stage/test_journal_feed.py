"""The feed: what was taken becomes the scene, each new cue is given once, and nothing that the stage did is lost."""

from __future__ import annotations

from live.messages.acts import StartRun, TakeCue
from live.messages.air import StreamWithdrawn
from live.messages.events import Cued, Entry, Event, RunStarted, ShowOpened, Taken
from live.messages.scene import Cue, Panic, Put, Scene, TextSource
from live.messages.views import Entries, Welcome
from live.scene import apply
from stage.cue_sheet import Remembered
from stage.journal_feed import JournalFeed

OPENED = ShowOpened(
    show_id="show-0001", title="Tonight", opened_at_s=1000.0, pictures_per_second=30, width_px=1920, height_px=1080
)
EMPTY = Scene(pictures_per_second=30)
RUN = StartRun(run_id="run-00001", first_picture=0, pictures_per_second=30, width_px=1920, height_px=1080)


def put(number: int) -> Put:
    return Put(layer_id=f"layer-{number:03}", source=TextSource(text=str(number)), fade_ms=0)


def cued(number: int) -> Cued:
    return Cued(cue_id=f"cue-{number:05}", cue=put(number), by="host")


def taken(number: int, picture: int) -> Taken:
    return Taken(cue_id=f"cue-{number:05}", run_id="run-00001", picture=picture)


class Hub:
    """The hub's side of the line: sends what is in its journal, in order."""

    def __init__(self, *events: Event) -> None:
        self.journal: list[Entry] = []
        self.write(*events)

    def write(self, *events: Event) -> None:
        for event in events:
            self.journal.append(Entry(offset=len(self.journal) + 1, at_us=0, event=event))

    def greet(self, feed: JournalFeed) -> None:
        feed.welcome(
            Welcome(
                show_id="show-0001", title="Tonight", epoch="epoch-01", offset=len(self.journal), now_us=0,
                opened_at_s=1000.0, role="stage", person_id=None, join_url="", code="",
            )
        )  # fmt: skip

    def send(self, feed: JournalFeed, since: int = 0) -> None:
        entries = tuple(self.journal[since:])
        feed.entries(Entries(since=since, offset=len(self.journal), entries=entries))


class Given:
    def __init__(self) -> None:
        self.cues: list[tuple[str, Cue]] = []

    def __call__(self, cue_id: str, cue: Cue) -> None:
        self.cues.append((cue_id, cue))

    @property
    def ids(self) -> list[str]:
        return [cue_id for cue_id, _ in self.cues]


def test_a_restarted_stage_folds_what_was_taken_and_is_given_the_rest() -> None:
    hub, feed, given = Hub(OPENED, cued(1), cued(2), taken(1, 40), cued(3)), JournalFeed(), Given()
    hub.greet(feed)
    hub.send(feed)
    assert feed.caught_up.is_set()
    opening = feed.begin(given)
    assert opening.scene == apply(EMPTY, put(1), 40)
    assert given.ids == ["cue-00002", "cue-00003"]


def test_each_new_cue_is_given_once() -> None:
    hub, feed, given = Hub(OPENED), JournalFeed(), Given()
    hub.greet(feed)
    hub.send(feed)
    feed.begin(given)
    hub.write(cued(1), taken(1, 5), cued(2))
    hub.send(feed, since=1)
    assert given.ids == ["cue-00001", "cue-00002"]


def test_it_is_not_caught_up_before_the_journal_is_heard_to_its_end() -> None:
    hub, feed = Hub(OPENED, cued(1), cued(2)), JournalFeed()
    hub.greet(feed)
    feed.entries(Entries(since=0, offset=2, entries=tuple(hub.journal[:2])))
    assert not feed.caught_up.is_set()
    hub.send(feed, since=2)
    assert feed.caught_up.is_set()


def test_the_stages_own_cue_is_not_news_when_the_journal_has_it() -> None:
    hub, feed, given = Hub(OPENED), JournalFeed(), Given()
    hub.greet(feed)
    hub.send(feed)
    feed.begin(given)
    feed.own("cue-panic")
    hub.write(Cued(cue_id="cue-panic", cue=Panic(on=True), by="stage"))
    hub.send(feed, since=1)
    assert given.ids == []


def remembered(*acts: StartRun | TakeCue, scene: Scene = EMPTY, show_id: str = "show-0001") -> Remembered:
    return Remembered(show_id=show_id, opened_at_s=1000.0, scene=scene, acts=acts)


def test_what_the_hub_never_heard_is_folded_and_told_again() -> None:
    own = TakeCue(cue_id="cue-panic", run_id="run-00001", picture=90, cue=Panic(on=True, fade_ms=0))
    known = TakeCue(cue_id="cue-00001", run_id="run-00001", picture=40, cue=put(1))
    hub, feed, given = Hub(OPENED, cued(1), taken(1, 40)), JournalFeed(remembered(RUN, known, own)), Given()
    hub.greet(feed)
    hub.send(feed)
    opening = feed.begin(given)
    assert opening.untold == (RUN, own)
    assert opening.scene == apply(apply(EMPTY, put(1), 40), Panic(on=True, fade_ms=0), 90)
    assert given.ids == []


def test_a_memory_of_another_show_is_no_memory() -> None:
    feed = JournalFeed(remembered(RUN, show_id="show-0002"))
    hub = Hub(OPENED)
    hub.greet(feed)
    hub.send(feed)
    assert feed.begin(Given()).untold == ()


def test_after_a_start_alone_the_hub_gives_what_was_missed_and_hears_what_it_lacks() -> None:
    told = TakeCue(cue_id="cue-00001", run_id="run-00001", picture=40, cue=put(1))
    untold = TakeCue(cue_id="cue-00002", run_id="run-00001", picture=50, cue=put(2))
    feed, given = JournalFeed(remembered(RUN, told, untold)), Given()
    feed.begin_alone(given)
    started = RunStarted(run_id="run-00001", first_picture=0, pictures_per_second=30, width_px=1920, height_px=1080)
    hub = Hub(OPENED, started, cued(1), taken(1, 40), cued(2), cued(3))
    hub.greet(feed)
    hub.send(feed)
    assert feed.give_missed() == (untold,)
    assert given.ids == ["cue-00003"]
    hub.write(cued(4))
    hub.send(feed, since=6)
    assert given.ids == ["cue-00003", "cue-00004"]


def test_what_was_taken_back_is_told_with_the_journal_at_every_start() -> None:
    withdrawn: list[tuple[str, ...]] = []
    feed = JournalFeed(on_withdrawn=withdrawn.append)
    first, second = StreamWithdrawn(stream_id="stream-01"), StreamWithdrawn(stream_id="stream-02")
    hub = Hub(OPENED, first, cued(1))
    hub.greet(feed)
    hub.send(feed)
    hub.write(second)
    hub.send(feed, since=3)
    assert withdrawn == [("stream-01",), ("stream-02",)]
