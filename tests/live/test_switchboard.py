"""What the stage says of a stream comes to its publisher, from nobody else, and again where they come again."""

from __future__ import annotations

from typing import Any

from live.messages.air import Trouble
from live.messages.coding import to_json
from live.stream_health import NOTHING_COMES
from tests.live.stream_hall import Hall, WebSocket, packet, told

GUEST = "guest-0001"
GARBAGE = Trouble(text="sends no media: it is tried again by itself", is_shown=False)


async def watching(hall: Hall, who: str) -> WebSocket:
    return await hall.client.ws_connect(f"/live/{GUEST}/watch?tracks=0,1", headers={"X-Who": who})


async def say(watcher: WebSocket, trouble: Trouble) -> None:
    await watcher.send_str(to_json(trouble).decode())


def troubles(hall: Hall) -> list[str]:
    """What the host is told half a second later."""
    hall.clock.advance_us(500_000)
    return [health.trouble for health in hall.streams.health().streams]


async def trouble_told(publisher: WebSocket) -> dict[str, Any]:
    while (said := await told(publisher)).get("type") != "trouble":
        pass
    return said


async def test_the_phone_is_told_that_nothing_of_it_is_shown_and_when_it_is_again(hall: Hall) -> None:
    publisher, stage = await hall.guest(GUEST), await watching(hall, "stage")
    await say(stage, GARBAGE)
    assert (await trouble_told(publisher))["text"] == GARBAGE.text
    again = await hall.guest(GUEST)
    assert (await trouble_told(again))["text"] == GARBAGE.text, "who comes again has not been told"
    await say(stage, Trouble(text="its sound is late"))
    assert (await trouble_told(again))["text"] == "", "what is shown all the same is the host's matter"
    troubles(hall)  # a stream's first look tells nothing
    assert troubles(hall) == ["its sound is late"]
    await say(stage, Trouble(text=""))
    await hall.until(lambda: troubles(hall) == [""])


async def test_only_the_stage_is_believed(hall: Hall) -> None:
    publisher, stranger = await hall.guest(GUEST), await watching(hall, "host")
    await say(stranger, GARBAGE)
    while "code" not in (said := await told(stranger)):
        pass
    assert said["code"] == "not_allowed"
    await say(await watching(hall, "stage"), Trouble(text="it is the stage", is_shown=False))
    assert (await trouble_told(publisher))["text"] == "it is the stage"


async def test_a_stage_that_says_it_without_end_is_let_go(hall: Hall) -> None:
    await hall.guest(GUEST)
    stage = await watching(hall, "stage")
    for number in range(100):
        await say(stage, Trouble(text=str(number)))
    while "code" not in (said := await told(stage)):
        pass
    assert said["code"] == "too_much"


async def test_a_phone_that_holds_the_line_and_sends_nothing_is_known(hall: Hall) -> None:
    publisher = await hall.guest(GUEST)
    await hall.until(lambda: hall.streams.is_published(GUEST))
    assert hall.streams.nothing_since_us("guest-none") is None
    began_us = hall.clock.now_us()
    stage = await watching(hall, "stage")
    assert (await told(stage))["streamId"] == GUEST
    hall.clock.advance_us(4_000_000)
    assert hall.streams.nothing_since_us(GUEST) == began_us
    troubles(hall)
    assert troubles(hall) == [NOTHING_COMES]
    await publisher.send_bytes(packet(b"x", key=True))
    await hall.until(lambda: hall.streams.nothing_since_us(GUEST) != began_us)
    await stage.close()
