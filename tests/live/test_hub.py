"""Control over real sockets: everyone is told what changed, once, in order, and nobody is told too much."""

from __future__ import annotations

import asyncio
import json
import socket

import aiohttp
import pytest
import socketio
from structlog.testing import capture_logs

from live.access import Access
from live.app import House
from live.decisions.desk import Decision, Desk
from live.decisions.table import _DECISIONS
from live.messages import acts
from live.messages.base import Message
from live.messages.coding import to_json, to_plain
from live.messages.events import Consent
from live.messages.ids import new_id
from live.messages.phones import CuePhones, Words
from live.messages.scene import Panic
from live.messages.views import Levels
from tests.live.running import Socket, joined_device, url_of


def story(text: str) -> acts.SendText:
    return acts.SendText(contribution_id=new_id(), text=text, consent=Consent())


async def host_of(house: House) -> Socket:
    return await Socket(house, "/host", house.access.key("host")).connect()


async def test_words_sent_by_a_phone_are_in_the_hosts_queue(house: House) -> None:
    host = await host_of(house)
    token, person_id = await joined_device(house, "Ana")
    phone = await Socket(house, "/audience", token).connect()
    ack = await phone.act(story("We were all extras."))
    assert ack.ok
    await host.until(lambda: any(c.contributions for c in host.changes))
    (piece,) = host.changes[-1].contributions
    assert (piece.text, piece.person_id, piece.name, piece.verdict) == (
        "We were all extras.",
        person_id,
        "Ana",
        "waiting",
    )
    await phone.until(lambda: any(m.status == "waiting" for c in phone.changes for m in c.mine))
    await phone.close()
    await host.close()


async def test_an_act_repeated_is_done_once_and_answered_alike(house: House) -> None:
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    act, act_id = story("once"), new_id()
    first, second = await asyncio.gather(phone.act(act, act_id), phone.act(act, act_id))
    third = await phone.act(act, act_id)
    assert first == second == third
    assert len(house.show.state.contributions) == 1
    await phone.close()


async def test_half_an_emoji_is_a_question_mark_and_the_journal_goes_on(house: House) -> None:
    """A page may cut one in two, and what cannot be written would end the journal."""
    host = await host_of(house)
    said = await host.act(CuePhones(cue_id=new_id(), what=Words(text="hello \ud83d")))
    assert said.ok
    (cued,) = house.show.state.lighting.cues
    assert cued.what == Words(text="hello ?")
    assert (await host.act(acts.GiveCue(cue_id=new_id(), cue=Panic(on=True)))).ok
    await host.close()


async def test_an_act_that_meets_a_fault_of_ours_is_answered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its page would ask again and again."""

    def fail(_desk: Desk, _act: Message) -> Decision:
        raise ZeroDivisionError

    named: type[Message] = acts.SetName
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    with monkeypatch.context() as faulty:
        faulty.setitem(_DECISIONS, named, fail)
        refused = await phone.act(acts.SetName(name="Ana"))
    assert refused.problem is not None
    assert refused.problem.code == "error"
    assert (await phone.act(acts.SetName(name="Ana"))).ok
    await phone.close()


async def test_one_phone_never_hears_of_anothers_piece(house: House) -> None:
    (ana, _), (bo, _) = await joined_device(house, "Ana"), await joined_device(house, "Bo")
    one, two = await Socket(house, "/audience", ana).connect(), await Socket(house, "/audience", bo).connect()
    await one.act(story("a secret"))
    await two.act(acts.SetName(name="Bo B"))
    await two.until(lambda: any(c.me and c.me.name == "Bo B" for c in two.changes))
    assert not any(c.mine or c.shared or c.contributions or c.people for c in two.changes)
    await one.close()
    await two.close()


async def test_a_client_that_was_away_gets_what_it_missed_and_nothing_again(house: House) -> None:
    host = await host_of(house)
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    await phone.act(story("before"))
    await host.until(lambda: any(c.contributions for c in host.changes))
    assert host.welcome is not None
    epoch, offset = host.welcome.epoch, host.changes[-1].offset
    await host.close()
    await phone.act(story("while away"))
    again = await Socket(house, "/host", house.access.key("host")).connect(epoch, offset)
    texts = [piece.text for change in again.changes for piece in change.contributions]
    assert texts == ["while away"]
    assert again.changes[0].since == offset
    await again.close()
    await phone.close()


async def test_a_client_of_another_epoch_gets_everything_afresh(house: House) -> None:
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    await phone.act(story("all of it"))
    host = await Socket(house, "/host", house.access.key("host")).connect("another-epoch", 1)
    assert host.changes[0].since == 0
    assert [piece.text for piece in host.changes[0].contributions] == ["all of it"]
    await phone.close()
    await host.close()


async def test_the_stage_gets_the_cues_and_its_taking_them_reaches_the_host(house: House) -> None:
    stage = await Socket(house, "/stage", house.access.key("stage")).connect()
    host = await host_of(house)
    await host.act(acts.GiveCue(cue_id="cue-00001", cue=Panic(on=True)))
    await stage.until(lambda: any(e.event.__class__.__name__ == "Cued" for m in stage.entries for e in m.entries))
    ack = await stage.act(acts.TakeCue(cue_id="cue-00001", run_id="run-00001", picture=42))
    assert ack.ok
    await host.until(lambda: any(c.stage and c.stage.scene.panic.end == 1.0 for c in host.changes))
    offsets = [entry.offset for message in stage.entries for entry in message.entries]
    assert offsets == sorted(set(offsets))
    await stage.close()
    await host.close()


async def test_levels_reach_the_host_and_garbage_does_not(house: House) -> None:
    stage = await Socket(house, "/stage", house.access.key("stage")).connect()
    host = await host_of(house)
    levels = Levels(
        picture=1, master_peak_db=(-6.0, -6.0), master_rms_db=(-12.0, -12.0), strips={}, late_pictures=0, pictures=1,
        outputs={}, counts={"live_bad_total": 7},
    )  # fmt: skip
    await stage.client.emit("levels", {"nonsense": 1}, namespace="/stage")
    await stage.client.emit("levels", to_plain(levels), namespace="/stage")
    await host.until(lambda: any(name == "levels" for name, _ in host.cosmetics))
    assert "houselights_stage_live_bad_total 7.0" in house.metrics.text().decode()
    assert f"houselights_stage_late_pictures_total {levels.late_pictures}.0" in house.metrics.text().decode()
    assert [data for name, data in host.cosmetics if name == "levels"] == [json.loads(to_json(levels))]
    await stage.close()
    await host.close()


async def refusal(house: House, namespace: str, token: str) -> str:
    """Connect where it must fail; return the code the hub gave."""
    client = socketio.AsyncClient(reconnection=False)
    problems: list[dict[str, dict[str, str]]] = []
    client.on("connect_error", problems.append, namespace=namespace)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            url_of(house),
            auth={"token": token},
            namespaces=[namespace],
            transports=["websocket"],
        )
    await client.disconnect()
    return problems[0]["data"]["code"]


async def test_a_forged_token_another_shows_key_and_the_wrong_role_are_refused(house: House) -> None:
    other = Access("another-show", b"x" * 32, lambda _: 0)
    token, _ = await joined_device(house)
    assert await refusal(house, "/host", "nonsense") == "bad_token"
    assert await refusal(house, "/host", other.key("host")) == "bad_token"
    assert await refusal(house, "/host", token) == "not_allowed"
    assert await refusal(house, "/stage", house.access.key("moderator")) == "not_allowed"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Cookie": "houselights_host=x"}],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_page_of_another_site_is_refused_at_the_handshake(house: House, headers: dict[str, str]) -> None:
    """Before anything is said: it never learns whether its key would have been right."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{url_of(house)}/socket.io/?EIO=4&transport=websocket", headers=headers)
    assert refused.value.status == 403


async def test_a_moderator_judges_and_does_not_touch_the_stage(house: House) -> None:
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    moderator = await Socket(house, "/host", house.access.key("moderator")).connect()
    act = story("judge me")
    await phone.act(act)
    assert (await moderator.act(acts.Judge(contribution_ids=(act.contribution_id,), verdict="approved"))).ok
    refused = await moderator.act(acts.PutOnStage(contribution_id=act.contribution_id, layer_id="layer-0001"))
    assert not refused.ok
    assert refused.problem is not None
    assert refused.problem.code == "unknown_message"
    await phone.close()
    await moderator.close()


@pytest.mark.parametrize(
    "nonsense",
    [None, 7, "text", [], {}, {"actId": "x"}, {"actId": "abcdefgh", "act": {"type": "explode"}},
     {"actId": "abcdefgh", "act": {"type": "set_name", "name": 5}}, {"actId": "a/../b", "act": {"type": "set_name"}},
     {"actId": "abcdefgh", "act": {"type": "set_name", "name": "x", "extra": 1}}],
)  # fmt: skip
async def test_an_unknown_message_is_refused_with_a_sentence_and_the_line_stays(house: House, nonsense: object) -> None:
    token, _ = await joined_device(house)
    phone = await Socket(house, "/audience", token).connect()
    ack = await phone.ask(nonsense)
    assert ack.problem is not None
    assert ack.problem.code == "unknown_message"
    assert ack.problem.message.startswith("expected ")
    assert (await phone.act(story("still here"))).ok
    await phone.close()


async def test_a_megabyte_of_text_ends_the_connection_and_harms_nobody(house: House) -> None:
    (ana, _), (bo, _) = await joined_device(house), await joined_device(house)
    loud, calm = await Socket(house, "/audience", ana).connect(), await Socket(house, "/audience", bo).connect()
    await loud.client.emit(
        "act", {"actId": new_id(), "act": {"type": "set_name", "name": "x" * 2**20}}, namespace="/audience"
    )
    await loud.client.wait()
    assert (await calm.act(story("calm"))).ok
    assert len(house.show.state.contributions) == 1
    await calm.close()


async def test_a_megabyte_of_text_is_told_why_the_connection_ends(house: House) -> None:
    """In the close frame: the message is never read, so no act is there to be answered."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url_of(house)}/socket.io/?EIO=4&transport=websocket") as line,
    ):
        await line.receive_str()
        await line.send_str("4" + "x" * 2**20)
        closed = await line.receive()
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.MESSAGE_TOO_BIG)
    assert closed.extra == "expected a message of at most 256 KiB, got a larger one; send less at once"


async def test_a_device_that_floods_is_slowed_alone(house: House) -> None:
    (ana, _), (bo, _) = await joined_device(house), await joined_device(house)
    noisy, calm = await Socket(house, "/audience", ana).connect(), await Socket(house, "/audience", bo).connect()
    acks = await asyncio.gather(*(noisy.act(acts.SetName(name=f"n{n}")) for n in range(80)))
    refused = [ack.problem for ack in acks if ack.problem is not None]
    assert {problem.code for problem in refused} == {"too_much"}
    assert all(problem.retry_after_s for problem in refused)
    assert (await calm.act(story("unhurt"))).ok
    await noisy.close()
    await calm.close()


async def test_whoever_holds_a_revoked_link_is_let_go_at_once_and_not_let_in_again(house: House) -> None:
    host = await host_of(house)
    old = house.access.key("moderator")
    moderator = await Socket(house, "/host", old).connect()
    ack = await host.act(acts.TurnKeys(role="moderator"))
    await moderator.client.wait()
    assert await refusal(house, "/host", old) == "bad_token"
    assert ack.result.endswith(house.access.key("moderator"))
    await (await Socket(house, "/host", house.access.key("moderator")).connect()).close()
    await host.close()


HANDSHAKE = """GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r
Host: 127.0.0.1:{port}\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
Sec-WebSocket-Version: 13\r
\r
"""


def never_reading_host(house: House) -> socket.socket:
    """Open a WebSocket by hand with a tiny receive buffer, join as host, and never read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.connect(("127.0.0.1", house.settings.port))
    raw.sendall(HANDSHAKE.format(port=house.settings.port).encode())
    connect = b"40/host," + to_json({"token": house.access.key("host")})
    raw.sendall(bytes([0x81, 0x80 | 126]) + len(connect).to_bytes(2, "big") + bytes(4) + connect)
    return raw


async def test_a_client_that_never_reads_is_let_go_by_name_and_the_others_go_on(house: House) -> None:
    host = await host_of(house)
    raw = never_reading_host(house)
    await host.until(lambda: any(name == "presence" and data["hosts"] == 2 for name, data in host.cosmetics))
    (sid,) = [sid for sid in house.hub.clients if sid != host.client.get_sid("/host")]
    with capture_logs() as logs:
        async with asyncio.timeout(30):
            while sid in house.hub.clients:
                await house.hub.server.emit("presence", "x" * 60_000, to=sid, namespace="/host")
    assert [line["who"] for line in logs if line["event"] == "client let go"] == ["host"]
    await host.until(lambda: host.cosmetics[-1][1]["hosts"] == 1)
    await host.close()
    raw.close()


async def test_a_host_who_is_behind_is_told_the_newest_presence_all_the_same(house: House) -> None:
    """Dropped, it left a console that said the stage was away for the rest of the evening."""
    stage = await Socket(house, "/stage", house.access.key("stage")).connect()
    (stage_sid,) = house.hub.clients
    watching = await host_of(house)
    raw = never_reading_host(house)
    raw.setblocking(False)
    await watching.until(lambda: any(name == "presence" and data["hosts"] == 2 for name, data in watching.cosmetics))
    (sid,) = house.hub.clients.keys() - {stage_sid, watching.client.get_sid("/host")}
    async with asyncio.timeout(10):
        while house.hub.server.waiting(sid, "/host") < 50:
            await house.hub.server.emit("levels", "x" * 60_000, to=sid, namespace="/host")
    await house.hub.server.disconnect(stage_sid, namespace="/stage")
    await watching.until(lambda: not watching.cosmetics[-1][1]["stage"])

    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)  # it reads at last, and not by the thimble
    told = b""
    async with asyncio.timeout(10):
        while b'"stage":false' not in told:
            told = told[-100:] + await asyncio.get_running_loop().sock_recv(raw, 1_000_000)
    await stage.close()
    await watching.close()
    raw.close()
