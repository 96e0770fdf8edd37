"""The host's console against a real hub: what was sent is judged, found, asked for, kept in albums and shared."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from live.messages.events import Consent
from tests.hostile_files import svg_named_jpg
from tests.media_files import phone_clip_mp4, photo_jpeg, sound_file
from tests.web.conftest import ON_A_DESK
from tests.web.console_hall import WITHIN_MS, Crowd, Witness, axe_findings, find, moderator_key, row
from tests.web.hall import Hub
from tests.web.profiles import Profiles


def test_a_console_that_was_just_loaded_connects_once(console: Page, crowd: Crowd) -> None:
    crowd.say("Zoé", "already there")
    lines: list[str] = []
    said: list[str] = []
    console.on("websocket", lambda line: lines.append(line.url))
    console.on("console", lambda message: said.append(message.text))
    console.reload()
    expect(row(console, "already there")).to_be_visible()
    assert len([line for line in lines if "/socket.io/" in line]) == 1, lines
    assert said == []


def test_a_click_approves(console: Page, crowd: Crowd, witness: Witness) -> None:
    piece = crowd.say("Amélie", "click to approve")

    row(console, "click to approve").get_by_role("button", name="Approve").click()

    expect(row(console, "click to approve")).to_have_count(0)
    witness.wait_for_verdict(piece, "approved")


def test_keys_judge_and_the_cursor_goes_on(console: Page, crowd: Crowd, witness: Witness) -> None:
    pieces = [crowd.say("Bruno", f"by key {number}") for number in range(4)]
    console.get_by_role("searchbox").fill("by key")
    expect(console.get_by_role("row")).to_have_count(4)
    console.keyboard.press("Escape")

    for key in ("a", "h", "r"):
        console.keyboard.press(key)

    for piece, verdict in zip(pieces, ("approved", "held", "rejected", "waiting"), strict=True):
        witness.wait_for_verdict(piece, verdict)
    expect(console.get_by_role("row")).to_have_count(1)
    expect(row(console, "by key 3")).to_have_attribute("aria-selected", "true")


def test_marked_pieces_are_judged_together(console: Page, crowd: Crowd, witness: Witness) -> None:
    pieces = [crowd.say("Carla", f"together {number}") for number in range(3)]
    console.get_by_role("searchbox").fill("together")
    expect(console.get_by_role("row")).to_have_count(3)
    console.keyboard.press("Escape")

    for key in ("Home", "Shift+ArrowDown", "Shift+ArrowDown", "a"):
        console.keyboard.press(key)

    for piece in pieces:
        witness.wait_for_verdict(piece, "approved")


def test_filters_and_orders_change_what_is_listed(
    console: Page, crowd: Crowd, witness: Witness, tmp_path: Path
) -> None:
    crowd.say("Dmitri", "sorted one")
    crowd.say("Elif", "sorted two")
    photo = crowd.send("Dmitri", "photo", photo_jpeg(tmp_path / "photo.jpg").read_bytes(), "image/jpeg")
    witness.wait_ready(photo)
    rows = console.get_by_role("row")
    console.get_by_role("button", name="More filters").click()

    console.get_by_role("combobox", name="Person").select_option(label="Dmitri (2)")
    expect(rows).to_have_count(2)
    console.get_by_role("button", name="Only photo").click()
    expect(rows).to_have_count(1)
    console.get_by_role("button", name="Clear filters").click()
    console.get_by_role("searchbox").fill("sorted")
    expect(rows).to_contain_text(["sorted one", "sorted two"])
    console.get_by_role("combobox", name="Order").select_option("newest")
    expect(rows).to_contain_text(["sorted two", "sorted one"])


def test_pieces_can_be_listed_by_kind_and_by_prompt(
    console: Page, crowd: Crowd, witness: Witness, tmp_path: Path
) -> None:
    """Whoever asks the hall can go on by keys at once."""
    photo = crowd.send("Gus", "photo", photo_jpeg(tmp_path / "photo.jpg").read_bytes(), "image/jpeg")
    witness.wait_ready(photo)
    crowd.say("Gus", "before any prompt")
    console.get_by_role("textbox", name="New prompt").fill("What do you hear?")
    console.keyboard.press("Enter")
    expect(console.locator("hl-prompt-editor .now")).to_contain_text("What do you hear?")
    crowd.say("Gus", "the answer")
    console.get_by_role("button", name="More filters").click()
    console.get_by_role("combobox", name="Person").select_option(label="Gus (3)")
    rows, order = console.get_by_role("row"), console.get_by_role("combobox", name="Order")
    order.select_option("kind")
    expect(rows).to_contain_text(["before any prompt", "the answer", "Gus"])
    order.select_option("prompt")
    expect(rows).to_contain_text(["Gus", "before any prompt", "the answer"])


def test_words_sent_by_enter_leave_the_keys_to_the_queue(console: Page, crowd: Crowd) -> None:
    crowd.say("Hana", "to be found")
    words = console.get_by_role("textbox", name="Words for the stage")
    for field, typed in ((console.get_by_role("textbox", name="New prompt"), "Say something"), (words, "Said")):
        field.fill(typed)
        console.keyboard.press("Enter")
        expect(field).to_have_value("")
        expect(field).not_to_be_focused()


PLAY_ON_FROM_THE_MIDDLE = """async video => {
  video.loop = true;
  video.currentTime = 1;
  await video.play();
  return video.src;
}"""

FULL_CLIP_COMES = """async preview => {
  const { piece } = preview;
  const video = preview.renderRoot.querySelector("video");
  const clip = { ...piece.renditions.clip, key: "full.mp4" };
  const playing = new Promise((done) => video.addEventListener("playing", () => done(video.currentTime)));
  preview.piece = { ...piece, renditions: { ...piece.renditions, clip } };
  await preview.updateComplete;
  if (!video.src.endsWith("full.mp4")) throw new Error("the full clip is not shown");
  return playing;
}"""
"""What a host's page is told when a long clip is whole: the same piece with another file. Returns where it plays on."""


def test_pieces_show_what_they_are(console: Page, crowd: Crowd, witness: Witness, tmp_path: Path) -> None:
    """Thumbnail, waveform, player, who, duration, consent."""
    sound = crowd.send("Farid", "sound", sound_file(tmp_path / "memo.m4a").read_bytes(), "audio/mp4")
    video = crowd.send("Gwen", "video", phone_clip_mp4(tmp_path / "clip.mp4").read_bytes(), "video/mp4")
    crowd.say("Hana", "not for the stage", consent=Consent(stage=False, anonymous=True))
    for piece in (sound, video):
        witness.wait_ready(piece)
    chosen = console.get_by_role("region", name="The chosen piece")

    console.get_by_role("searchbox").fill("Farid")
    expect(row(console, "Farid").locator("svg.wave path")).to_have_count(1)
    expect(row(console, "Farid")).to_contain_text("2.0 s")
    expect(row(console, "Farid")).to_contain_text("LUFS")
    console.keyboard.press("Escape")
    console.keyboard.press(" ")
    expect(chosen.get_by_role("button", name="Pause the preview")).to_be_visible()
    console.keyboard.press(" ")
    expect(chosen.get_by_role("button", name="Play the preview")).to_be_visible()

    thumbnail = find(console, "Gwen").locator("img")
    expect(thumbnail).to_have_js_property("complete", True)
    assert thumbnail.evaluate("image => image.naturalWidth") > 100
    expect(chosen.locator("video")).to_have_js_property("readyState", 4)
    draft = str(chosen.locator("video").evaluate(PLAY_ON_FROM_THE_MIDDLE))
    console.route("**/full.mp4", lambda route: route.continue_(url=draft))
    went_on = chosen.locator("hl-preview").evaluate(FULL_CLIP_COMES)
    assert went_on >= 1.0, "a draft's place is kept when the full clip comes"

    expect(find(console, "not for the stage")).to_contain_text("Not for stage")
    expect(row(console, "not for the stage")).to_contain_text("Anonymous")
    expect(chosen.get_by_role("button", name="Not allowed on stage")).to_be_disabled()


def test_the_prompt_reaches_the_phones(console: Page, crowd: Crowd) -> None:
    crowd.say("Ines", "here already")

    console.keyboard.press("p")
    console.keyboard.type("What did the sea say?")
    console.keyboard.press("Enter")

    crowd.wait_for_prompt("Ines", "What did the sea say?")
    expect(console.get_by_role("region", name="Prompt")).to_contain_text("What did the sea say?")
    expect(console.get_by_role("textbox", name="New prompt")).to_have_value("")


LEAVE_THE_NOTE_AND_MOVE = """entry => {
  entry.renderRoot.querySelector("input").blur();
  entry.renderRoot.querySelector("button[title=Earlier]").click();
}"""
"""In one go: the page has not heard of the note when it asks for the move."""


def test_albums_and_their_notes_survive_a_reload(console: Page, crowd: Crowd, witness: Witness) -> None:
    for number in range(2):
        crowd.say("Jonas", f"for the album {number}")
    albums = console.get_by_role("region", name="Albums")
    albums.get_by_role("textbox", name="Title of the new album").fill("Night sea")
    albums.get_by_role("button", name="Make").click()
    albums.get_by_role("textbox", name="Note on the album Night sea").fill("opens the film")
    albums.get_by_role("textbox", name="Note on the album Night sea").blur()
    console.get_by_role("searchbox").fill("for the album")
    console.keyboard.press("Escape")
    console.keyboard.press("l")
    expect(albums.get_by_role("listitem")).to_have_count(1)
    console.keyboard.press("j")
    console.keyboard.press("l")
    expect(albums.get_by_role("listitem")).to_have_count(2)
    witness.wait_until(lambda seen: [len(album.entries) for album in seen.albums.values()] == [2])
    notes = albums.get_by_role("textbox", name="Note on the piece of Jonas")
    notes.nth(0).fill("very")
    albums.get_by_role("button", name="Later: Jonas").first.evaluate("later => later.click()")
    expect(notes.nth(1)).to_have_value("very")
    expect(notes.nth(0)).to_have_value("")
    expect(notes.nth(1)).to_be_focused()
    console.keyboard.type(" quiet")
    albums.locator("hl-album-entry").nth(1).evaluate(LEAVE_THE_NOTE_AND_MOVE)

    witness.wait_until(
        lambda seen: [entry.note for album in seen.albums.values() for entry in album.entries] == ["very quiet", ""]
    )
    expect(notes.nth(0)).to_have_value("very quiet")
    expect(notes.nth(1)).to_have_value("")
    console.reload()

    expect(albums.get_by_role("textbox", name="Note on the album Night sea")).to_have_value("opens the film")
    expect(notes.nth(0)).to_have_value("very quiet")


def test_a_click_bans_at_once_and_undo_puts_the_pieces_back(console: Page, crowd: Crowd, witness: Witness) -> None:
    pieces = [crowd.say("Olga", "spam spam spam"), crowd.say("Olga", "and a good one")]
    person = piece_person(witness, pieces[0])
    find(console, "and a good one")
    console.keyboard.press("a")
    witness.wait_for_verdict(pieces[1], "approved")
    console.get_by_role("region", name="The chosen piece").get_by_role("button", name="Ban").click()
    witness.wait_until(lambda seen: seen.people[person].banned)
    for piece in pieces:
        witness.wait_for_verdict(piece, "rejected")
    assert axe_findings(console) == []

    console.get_by_role("log").get_by_role("button", name="Undo").click()

    witness.wait_until(lambda seen: not seen.people[person].banned)
    for piece, verdict in zip(pieces, ("waiting", "approved"), strict=True):
        witness.wait_for_verdict(piece, verdict)


def test_a_double_click_bans_nobody_else(console: Page, crowd: Crowd, witness: Witness) -> None:
    """The cursor has gone on to the next piece by then, under the same button."""
    first, second = (crowd.say(name, "twice over") for name in ("Otto", "Pia"))
    console.get_by_role("searchbox").fill("twice over")
    expect(console.get_by_role("row")).to_have_count(2)
    chosen = console.get_by_role("region", name="The chosen piece")
    expect(chosen).to_contain_text("Otto")
    place = chosen.get_by_role("button", name="Ban").bounding_box()
    assert place is not None
    console.mouse.move(place["x"] + 20, place["y"] + 20)
    for count, then in ((1, "Pia"), (2, "Pia")):
        console.mouse.down(click_count=count)
        console.mouse.up(click_count=count)
        expect(chosen).to_contain_text(then)
    console.keyboard.press("a")
    witness.wait_for_verdict(second, "approved")
    people = [witness.people[piece_person(witness, piece)].banned for piece in (first, second)]
    assert people == [True, False]


def test_the_key_that_bans_is_shifted_and_undone_by_a_key(console: Page, crowd: Crowd, witness: Witness) -> None:
    person = piece_person(witness, crowd.say("Quirin", "hand on the keyboard"))
    find(console, "hand on the keyboard")
    console.keyboard.press("b")
    console.keyboard.press("Shift+B")
    witness.wait_until(lambda seen: seen.people[person].banned)
    expect(console.get_by_role("log")).to_contain_text("Quirin is banned")
    console.keyboard.press("u")
    witness.wait_until(lambda seen: not seen.people[person].banned)


def test_what_cannot_be_used_waits_for_nobody(console: Page, crowd: Crowd, witness: Witness, tmp_path: Path) -> None:
    """The reason is the one its author reads."""
    piece = crowd.send("Ruth", "photo", svg_named_jpg(tmp_path / "a.jpg").read_bytes(), "image/jpeg")
    witness.wait_until(lambda seen: piece in seen.contributions and seen.contributions[piece].state == "failed")
    reason = witness.contributions[piece].reason
    ruth = console.get_by_role("row").filter(has_text="Ruth")
    tab = console.get_by_role("button", name="Can’t be used")
    expect(tab).to_have_text("1Can’t be used")
    expect(ruth).to_have_count(0)

    tab.click()

    expect(ruth).to_contain_text(reason)
    console.keyboard.press("a")
    expect(console.get_by_role("log")).to_contain_text(reason[1:])
    assert witness.verdict(piece) == "waiting"
    assert axe_findings(console) == []
    ruth.get_by_role("button", name="Reject").click()
    expect(ruth).to_have_count(0)
    witness.wait_for_verdict(piece, "rejected")


def piece_person(witness: Witness, piece: str) -> str:
    witness.wait_ready(piece)
    return witness.contributions[piece].person_id


def test_a_refusal_says_what_to_do(console: Page, crowd: Crowd) -> None:
    crowd.say("Pavel", "not approved yet")
    find(console, "not approved yet")

    console.keyboard.press("m")

    expect(console.get_by_role("log")).to_contain_text("approve it first")


def test_a_remix_leads_to_its_parent(console: Page, crowd: Crowd) -> None:
    parent = crowd.say("Quinn", "the first melody")
    chosen = console.get_by_role("region", name="The chosen piece")
    find(console, "the first melody")
    console.keyboard.press("a")
    console.keyboard.press("m")
    expect(row(console, "the first melody")).to_contain_text("Shared")
    crowd.say("Rosa", "an answer to it", parents=(parent,))

    find(console, "an answer to it")
    chosen.get_by_role("button", name="Quinn").click()

    expect(chosen).to_contain_text("the first melody")
    expect(chosen.get_by_role("button", name="Rosa")).to_be_visible()


def test_a_moderator_has_the_queue_and_nothing_of_the_stage(
    hub: Hub, profiles: Profiles, crowd: Crowd, witness: Witness
) -> None:
    piece = crowd.say("Sami", "for the moderator")
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/moderate?key={moderator_key(hub)}")
    find(page, "for the moderator")

    page.keyboard.press("s")
    page.keyboard.press("F9")
    page.keyboard.press("a")

    witness.wait_for_verdict(piece, "approved")
    for name in ("PANIC", "BLACKOUT", "Put on stage", "Share", "Ask the hall", "Crossfade"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert not witness.contributions[piece].on_stage
    assert axe_findings(page) == []


def test_links_that_got_out_are_revoked(console: Page, hub: Hub, profiles: Profiles) -> None:
    """On the moderators' links, which no other test here needs afterwards."""
    old = moderator_key(hub)
    console.get_by_role("button", name="Join code").click()
    console.get_by_role("combobox", name="Which links").select_option("moderator")
    console.get_by_role("button", name="Revoke…").click()
    console.get_by_role("button", name="Yes, revoke them").click()

    expect(console.get_by_role("status").filter(has_text="/moderate?key=")).to_be_visible()

    assert axe_findings(console) == []
    answer = profiles.page(ON_A_DESK, within_ms=WITHIN_MS).goto(f"{hub.url}/moderate?key={old}")
    assert answer is not None
    assert answer.status == 401
