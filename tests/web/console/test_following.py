"""The host lets a layer and a sound on stage follow the hall, from their rows in the console."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from live.messages.scene import Following, SoundFollowing
from tests.media_files import phone_clip_mp4
from tests.web.conftest import OpenPhone, come_in
from tests.web.console_hall import Crowd, Witness, axe_findings, find, too_small
from tests.web.hall import Stage


def test_a_layer_follows_the_applause_and_then_nothing(
    console: Page, open_phone: OpenPhone, witness: Witness, stage: Stage
) -> None:
    console.keyboard.press("t")
    console.keyboard.type("Louder")
    console.keyboard.press("Enter")
    row = console.get_by_role("list", name="Layers, front first").get_by_role("listitem")
    row.get_by_role("button", name="Follow the hall").click()
    row.get_by_role("combobox", name="“Louder” follows").select_option("Applause")
    witness.wait_until(lambda seen: seen.scene.layers[0].follows == Following(control="applause", depth=0.5))
    expect(row.get_by_role("button", name="Follows the hall: applause, “Louder”")).to_have_attribute(
        "aria-pressed", "true"
    )
    row.get_by_role("combobox", name="What “Louder” does").select_option("Grows")
    row.get_by_role("slider", name="How far “Louder” follows").press("End")
    whole = Following(control="applause", effect="swell", depth=1.0)
    witness.wait_until(lambda seen: seen.scene.layers[0].follows == whole)
    row.get_by_role("combobox", name="“Louder” follows").select_option("Tapped beat")
    witness.wait_until(
        lambda seen: seen.scene.layers[0].follows == Following(control="beat", effect="swell", depth=1.0)
    )
    row.get_by_role("combobox", name="“Louder” follows").select_option("Lighters")
    level = row.get_by_role("meter", name="The hall, for “Louder”")
    expect(level).to_have_attribute("aria-valuenow", "0")
    phone = open_phone()
    come_in(phone, "Ana")
    phone.get_by_role("button", name="Lighter").click()
    expect(level).to_have_attribute("aria-valuenow", "100")
    assert axe_findings(console) == []
    assert too_small(console) == []
    shoot(console, "layer")
    row.get_by_role("combobox", name="“Louder” follows").select_option("Follows nothing")
    witness.wait_until(lambda seen: seen.scene.layers[0].follows is None)
    expect(row.get_by_role("slider", name="How far “Louder” follows")).to_have_count(0)


def test_a_sound_follows_the_hearts(
    console: Page, crowd: Crowd, witness: Witness, stage: Stage, tmp_path: Path
) -> None:
    video = crowd.send("Mats", "video", phone_clip_mp4(tmp_path / "clip.mp4").read_bytes(), "video/mp4")
    witness.wait_ready(video)
    find(console, "Mats")
    console.keyboard.press("2")
    console.keyboard.press("s")
    strip = console.get_by_role("list", name="Sounds on stage").get_by_role("listitem")
    strip.get_by_role("button", name="Follow the hall").click()
    strip.get_by_role("combobox", name="follows").select_option("Hearts")
    witness.wait_until(lambda seen: seen.scene.strips[0].follows == SoundFollowing(control="hearts", depth=0.5))
    expect(strip.get_by_role("combobox")).to_have_count(1)
    assert axe_findings(console) == []
    assert too_small(console) == []
    shoot(console, "strip")
    strip.get_by_role("slider", name="How far").press("Home")
    witness.wait_until(lambda seen: seen.scene.strips[0].follows == SoundFollowing(control="hearts", depth=0.0))
    strip.get_by_role("combobox", name="follows").select_option("Follows nothing")
    witness.wait_until(lambda seen: seen.scene.strips[0].follows is None)


def shoot(console: Page, name: str) -> None:
    if folder := os.environ.get("HOUSELIGHTS_SHOTS"):
        console.screenshot(path=Path(folder) / f"follow-{name}.png")
