"""What its author took back is deleted, stays deleted when its bytes come again, and a killed hub deletes it later."""

from __future__ import annotations

import base64
from pathlib import Path

import aiohttp
import pytest

from live.app import House
from live.errors import NotFound
from live.kept_streams import TOMBSTONE
from live.messages.acts import Withdraw
from live.messages.air import GuestInvited
from live.messages.coding import to_json
from live.messages.events import (
    Beside,
    Consent,
    ContributionPrepared,
    ContributionReceived,
    ContributionWithdrawn,
    Original,
    Rendition,
    Renditions,
)
from tests.live.running import Socket, joined_device, running_house, url_of

PIECE = "photo-ana-01"
ORIGINAL = f"originals/{PIECE}"
STILL, EARLIER = f"renditions/{PIECE}/still.jpg", f"renditions/{PIECE}/earlier.jpg"
PHOTO = b"\xff\xd8\xff" + bytes(2000)
MADE = Renditions(still=Rendition(key=STILL, media_type="image/jpeg", size_bytes=len(PHOTO)))


async def put(house: House, *keys: str) -> None:
    for key in keys:
        path = house.show.folder.scratch / "finished"
        path.write_bytes(PHOTO)
        await house.store.adopt(path, key)


async def assert_gone(house: House, *keys: str) -> None:
    for key in keys:
        with pytest.raises(NotFound):
            await house.store.size(key)


async def upload(house: House, token: str) -> None:
    """Send the photo as a phone does, in one request."""
    said = {"contribution": PIECE, "kind": "photo", "consent": to_json(Consent()).decode(), "filetype": "image/jpeg"}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    headers = {
        "Authorization": f"Bearer {token}",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(PHOTO)),
        "Upload-Metadata": metadata,
        "Content-Type": "application/offset+octet-stream",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url_of(house)}/files", data=PHOTO, headers=headers) as answer,
    ):
        assert answer.status == 201, await answer.text()
        assert answer.headers["Upload-Offset"] == str(len(PHOTO))


async def withdraw(house: House, token: str) -> None:
    socket = await Socket(house, "/audience", token).connect()
    ack = await socket.act(Withdraw(contribution_id=PIECE))
    await socket.close()
    assert ack.ok, ack.problem
    await house.shredder.close()


async def test_a_piece_that_is_taken_back_leaves_no_file(house: House) -> None:
    token, _ = await joined_device(house)
    await upload(house, token)
    await put(house, STILL, EARLIER, "renditions/photo-ana-012/still.jpg")
    await house.receiving.announce(ContributionPrepared(contribution_id=PIECE, renditions=MADE))
    assert await house.store.size(STILL) == len(PHOTO)
    await withdraw(house, token)
    await assert_gone(house, ORIGINAL, STILL, EARLIER)
    assert await house.store.size("renditions/photo-ana-012/still.jpg") == len(PHOTO), "somebody else's is gone"
    assert house.shredder.shredded == 1


async def test_a_piece_sent_again_after_it_was_taken_back_gets_its_tick_and_leaves_no_file(house: House) -> None:
    token, _ = await joined_device(house)
    await upload(house, token)
    assert await house.store.size(ORIGINAL) == len(PHOTO)
    await withdraw(house, token)
    await upload(house, token)
    await assert_gone(house, ORIGINAL)
    received = [e for e in house.show.journal.read() if isinstance(e.event, ContributionReceived)]
    assert len(received) == 1
    assert house.show.state.contributions[PIECE].withdrawn


async def test_what_intake_makes_of_a_piece_taken_back_meanwhile_is_shredded(house: House) -> None:
    token, _ = await joined_device(house)
    await upload(house, token)
    await withdraw(house, token)
    await put(house, STILL)
    await house.receiving.announce(ContributionPrepared(contribution_id=PIECE, renditions=MADE))
    await assert_gone(house, STILL)


async def test_a_hub_killed_between_the_word_and_the_deed_shreds_at_its_next_start(tmp_path: Path) -> None:
    original = Original(key=ORIGINAL, size_bytes=len(PHOTO), sha256="0" * 64, claimed_type="image/jpeg")
    async with running_house(tmp_path / "show") as house:
        token, person_id = await joined_device(house)
        received = ContributionReceived(
            contribution_id=PIECE, person_id=person_id, kind="photo", consent=Consent(), original=original
        )
        await house.show.record(received)
        await withdraw(house, token)
        await put(house, ORIGINAL, STILL)  # as if the deed had not been done
    async with running_house(tmp_path / "show") as house:
        await house.shredder.close()
        await assert_gone(house, ORIGINAL, STILL)
        assert ContributionWithdrawn(contribution_id=PIECE) in [entry.event for entry in house.show.journal.read()]


async def test_what_the_stage_kept_of_a_live_stream_goes_with_the_piece_recorded_beside_it(tmp_path: Path) -> None:
    """What is copied into the show's folder later, from a stage with a folder of its own, goes at the next start."""
    own, other = tmp_path / "show/streams/stream-ana", tmp_path / "show/streams/stream-bo-"
    async with running_house(tmp_path / "show") as house:
        token, person_id = await joined_device(house)
        for stream_id, who in ((own.name, person_id), (other.name, "person-bo-")):
            await house.show.record(
                GuestInvited(stream_id=stream_id, person_id=who, wants="both", gathering="solo", by="host")
            )
        received = ContributionReceived(
            contribution_id=PIECE,
            person_id=person_id,
            kind="video",
            consent=Consent(),
            beside=Beside(stream_id=own.name, started_us=0),
        )
        await house.show.record(received)
        for place in (own, other):
            place.mkdir(parents=True)
            (place / "001.mkv").write_bytes(PHOTO)
        await withdraw(house, token)
        assert house.shredder.streams_shredded == 1
        assert [file.name for file in own.iterdir()] == [TOMBSTONE]
        assert (other / "001.mkv").read_bytes() == PHOTO
    (own / "002.mkv").write_bytes(PHOTO)
    async with running_house(tmp_path / "show") as house:
        await house.shredder.close()
        assert [file.name for file in own.iterdir()] == [TOMBSTONE]
