"""What may happen to one guest while eight are on air: the program never stops, the eight go on, the one is told.

Phones by script over real sockets, one show with the processes it has. Read from the recording: its numbers, and the
strips in the tiles of those whom nothing happens to.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import aiohttp
import pytest

from live.messages.air import GuestLeft
from live.messages.coding import to_json
from live.messages.events import RunStarted
from live.stream_ends import CLOSE_ENDED, CLOSE_REPLACED
from tests.e2e.mosaic import NAMES, RATE, Mosaic, counted, never_reading
from tests.e2e.recording import sound
from tests.e2e.show import Show, open_show, sized
from tests.footage import bomb
from tests.scripted_phones import Misfortune
from tests.signals import SAMPLE_RATE_HZ, read_pulses

pytestmark = pytest.mark.timeout(120)

YEAR_US = 365 * 24 * 3600 * 1_000_000
REFUSED = int(aiohttp.WSCloseCode.POLICY_VIOLATION)
MOST_READS = 1000
"""Of what the kernel kept for who never read."""

BAD = "houselights_stage_live_bad_total"
CHILDREN_REPLACED = "houselights_stage_live_children_replaced_total"
LET_GO = "houselights_streams_let_go_total"


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosaic]:
    bomb()  # made before anybody is on air: it keeps this machine busy for a while
    with open_show(tmp_path_factory.mktemp("misfortune") / "show", *sized(960, 540)) as show:
        gathered = Mosaic(show)
        yield gathered
        gathered.close()


@pytest.fixture(name="others_go_on")
def check_others_go_on(mosaic: Mosaic) -> Iterator[None]:
    """Whatever happens in a test, the eight notice nothing."""
    first = mosaic.now
    yield
    mosaic.until(lambda: mosaic.now >= first + RATE)  # a quick test leaves little to look at
    mosaic.assert_nobody_else_noticed(first)


others_go_on = pytest.mark.usefixtures("others_go_on")


@others_go_on
def test_a_phone_that_is_cut_off_comes_back_to_its_tile(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Cut", Misfortune(cut_at=15))
    mosaic.until(lambda: mosaic.script(stream_id).sent.close_code is not None)
    mosaic.seen_moving(stream_id)
    assert mosaic.guests.wait("Cut", lambda air: air.state == "on_air").stream_id == stream_id
    mosaic.drop(stream_id)


@others_go_on
def test_a_frozen_phone_leaves_the_picture_and_is_told_when_it_is_dropped(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Frozen", Misfortune(freeze_at=15))
    mosaic.seen_gone(stream_id)
    mosaic.drop(stream_id)
    assert mosaic.guests.wait("Frozen", lambda air: air.ended is not None).ended == "dropped"
    mosaic.until(lambda: mosaic.script(stream_id).sent.close_code == CLOSE_ENDED)


@others_go_on
def test_pictures_of_garbage_are_not_shown_and_their_phone_is_told(mosaic: Mosaic) -> None:
    before = counted(mosaic.show, BAD)
    stream_id = mosaic.come_on("Garbage", Misfortune(garbage_from=15))
    sent = mosaic.script(stream_id).sent
    mosaic.until(lambda: any("sends no media" in trouble for trouble in sent.troubles))
    mosaic.seen_gone(stream_id)
    assert sent.keys_asked >= 1
    mosaic.until(lambda: counted(mosaic.show, BAD) > before)
    mosaic.drop(stream_id)


@others_go_on
def test_words_of_garbage_are_refused_with_a_reason(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Noise")
    url = f"{mosaic.show.url}/live/{stream_id}/publish"
    headers = {"Authorization": f"Bearer {mosaic.guests.token('Noise')}"}
    hello = to_json(mosaic.script(stream_id).hello()).decode()

    async def send_noise(session: aiohttp.ClientSession) -> tuple[list[str], int | None]:
        async with session.ws_connect(url, headers=headers) as web_socket:
            await web_socket.send_str(hello)
            await web_socket.send_bytes(bytes(7))
            said = [message.json() async for message in web_socket if message.type is aiohttp.WSMsgType.TEXT]
            return [word["code"] for word in said if "code" in word], web_socket.close_code

    assert mosaic.guests.run(send_noise) == (["bad_input"], REFUSED)
    mosaic.drop(stream_id)


@others_go_on
def test_a_bomb_does_not_go_off(mosaic: Mosaic) -> None:
    """One picture of 8K where 180p was announced: it is passed over, and the next key picture goes on."""
    bad, replaced = counted(mosaic.show, BAD), counted(mosaic.show, CHILDREN_REPLACED)
    stream_id = mosaic.come_on("Bomb", Misfortune(bomb_at=15))
    mosaic.until(lambda: counted(mosaic.show, BAD) > bad)
    mosaic.seen_moving(stream_id)
    sent = mosaic.script(stream_id).sent
    assert sent.keys_asked >= 1
    assert not any(sent.troubles), "one picture is no reason to show nothing of them"
    assert counted(mosaic.show, CHILDREN_REPLACED) == replaced, "a decoding child broke at it"
    mosaic.drop(stream_id)


@others_go_on
def test_ten_thousand_messages_at_once_end_the_socket_with_a_reason(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Flood", Misfortune(flood_at=15))
    mosaic.until(lambda: mosaic.script(stream_id).sent.close_code == REFUSED)
    assert mosaic.script(stream_id).sent.problems == ["too_much"]
    mosaic.drop(stream_id)


@others_go_on
@pytest.mark.parametrize("off_us", [YEAR_US, -YEAR_US])
def test_a_clock_wrong_by_a_year_does_no_harm(mosaic: Mosaic, off_us: int) -> None:
    name = f"Clock {off_us // YEAR_US}"
    stream_id = mosaic.come_on(name, Misfortune(clock_off_us=off_us))
    mosaic.seen_moving(stream_id)
    first = mosaic.now
    mosaic.let_pass(2 * RATE)
    mosaic.until(lambda: mosaic.now > first + 2 * RATE)
    heard = sound(mosaic.recording, first=first)
    assert len(read_pulses(heard[: 2 * SAMPLE_RATE_HZ], threshold=0.02)) >= 2
    mosaic.drop(stream_id)


@others_go_on
def test_of_two_phones_with_one_token_the_newer_is_live_and_the_older_is_told(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Twin")
    older = mosaic.script(stream_id)
    mosaic.seen_moving(stream_id)
    mosaic.guests.publish("Twin", stream_id)
    mosaic.until(lambda: older.sent.close_code == CLOSE_REPLACED)
    sent_by_older = older.sent.packets
    mosaic.seen_moving(stream_id)
    assert older.sent.packets == sent_by_older, "who was replaced stays away"
    assert mosaic.script(stream_id).sent.close_code is None
    assert mosaic.guests.wait("Twin", lambda air: air.state == "on_air").stream_id == stream_id
    mosaic.drop(stream_id)


@others_go_on
def test_subscribers_that_never_read_are_let_go(mosaic: Mosaic) -> None:
    before = counted(mosaic.show, LET_GO)
    with (
        never_reading(mosaic.show, "program") as one,
        never_reading(mosaic.show, "program") as another,
        # The small stream of a guest fits into the kernel's buffers for longer than a test may wait.
        never_reading(mosaic.show, mosaic.good[0]),
    ):
        mosaic.until(lambda: len(names_let_go(mosaic.show, "program")) == 2)
        mosaic.until(lambda: counted(mosaic.show, LET_GO) >= before + 2)
        assert is_over(one)
        assert is_over(another)
    assert len(names_let_go(mosaic.show, "program")) == 2, "who reads was let go beside them"


def names_let_go(show: Show, stream_id: str) -> set[str]:
    """The subscribers of a stream that the log says were let go."""
    said = [json.loads(line) for line in show.log().splitlines() if "subscriber let go" in line]
    return {line["subscriber"] for line in said if line["stream"] == stream_id}


def is_over(silent: socket.socket) -> bool:
    """Whether the other end gave up the connection: it ends after what lay on the way when it did."""
    silent.settimeout(10.0)
    try:
        return any(not silent.recv(1 << 16) for _ in range(MOST_READS))
    except ConnectionResetError:
        return True


def test_a_hub_killed_and_restarted_finds_all_eight_on_air(mosaic: Mosaic) -> None:
    first = mosaic.now

    mosaic.show.kill_child("hub")

    mosaic.seen_moving(*mosaic.good)
    assert all(mosaic.guests.wait(name, lambda air: air.state == "on_air") for name in NAMES)
    assert not {event.stream_id for event in mosaic.show.journaled(GuestLeft)} & set(mosaic.good)
    assert len(mosaic.show.journaled(RunStarted)) == 1, "the stage was started again, though only the hub was killed"
    mosaic.assert_never_stopped(first)
