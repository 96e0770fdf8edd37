"""The host's console against a real hub: pieces, layers, strips and words on stage, PANIC and BLACKOUT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from live.messages.scene import ClipSource
from tests.media_files import phone_clip_mp4, sound_file
from tests.web.console_hall import Crowd, Witness, axe_findings, find, row, too_small
from tests.web.hall import Stage


def test_one_key_puts_a_piece_on_stage(console: Page, crowd: Crowd, witness: Witness, stage: Stage) -> None:
    piece = crowd.say("Karim", "onto the stage")
    find(console, "onto the stage")
    console.keyboard.press("2")

    console.keyboard.press("s")

    witness.wait_until(lambda seen: piece in seen.contributions and seen.contributions[piece].on_stage)
    assert witness.verdict(piece) == "approved"
    expect(row(console, "onto the stage")).to_contain_text("On stage")
    expect(console.get_by_role("list", name="Layers, front first")).to_contain_text("Karim")

    console.keyboard.press("x")
    witness.wait_for_verdict(piece, "held")
    witness.wait_until(lambda seen: not seen.contributions[piece].on_stage)


def test_layers_and_strips_are_the_hosts(
    console: Page, crowd: Crowd, witness: Witness, stage: Stage, tmp_path: Path
) -> None:
    sound = crowd.send("Lena", "sound", sound_file(tmp_path / "memo.m4a").read_bytes(), "audio/mp4")
    video = crowd.send("Mats", "video", phone_clip_mp4(tmp_path / "clip.mp4").read_bytes(), "video/mp4")
    words = crowd.say("Nia", "in front of it")
    for piece in (sound, video, words):
        witness.wait_ready(piece)
    find(console, "Mats")
    console.keyboard.press("2")
    console.keyboard.press("s")
    console.keyboard.press("1")
    find(console, "in front of it")
    console.keyboard.press("s")
    witness.wait_until(lambda seen: len(seen.scene.layers) == 2)
    layers = console.get_by_role("list", name="Layers, front first").get_by_role("listitem")
    expect(layers).to_contain_text(["Nia", "Mats"])

    orders = watch_orders(console)
    layers.nth(1).get_by_role("button", name="To the front: Mats").click()
    expect(layers).to_contain_text(["Mats", "Nia"])
    witness.wait_until(lambda seen: isinstance(seen.scene.layers[-1].source, ClipSource))
    assert len(orders()) == 1, "it went there at once, and never back"
    layers.nth(1).get_by_title("Drag to change the order").drag_to(layers.nth(0))
    # The console shows an order before the stage has it; what is dragged next begins with the stage's.
    witness.wait_until(lambda seen: isinstance(seen.scene.layers[0].source, ClipSource))
    expect(layers).to_contain_text(["Nia", "Mats"])
    layers.nth(0).get_by_title("Drag to change the order").drag_to(layers.nth(1))
    witness.wait_until(lambda seen: isinstance(seen.scene.layers[-1].source, ClipSource))
    expect(layers).to_contain_text(["Mats", "Nia"])
    layers.nth(0).get_by_role("slider", name="Opacity of Mats").press("Home")
    witness.wait_until(lambda seen: any(layer.opacity == 0.0 for layer in seen.scene.layers))
    layers.nth(0).get_by_role("combobox", name="Place of Mats").select_option("Left half")
    witness.wait_until(lambda seen: any(layer.place and layer.place.width == 0.5 for layer in seen.scene.layers))
    layers.nth(1).get_by_role("button", name="Shown: Nia").click()
    witness.wait_until(lambda seen: any(not layer.on for layer in seen.scene.layers))

    strip = console.get_by_role("list", name="Sounds on stage").get_by_role("listitem")
    strip.get_by_role("button", name="Mute").click()
    witness.wait_until(lambda seen: seen.scene.strips[0].mute)
    strip.get_by_role("slider", name="Gain of Mats").press("Home")
    witness.wait_until(lambda seen: seen.scene.strips[0].gain_db == -120.0)
    strip.get_by_role("button", name="Pan and equaliser").click()
    assert axe_findings(console) == []
    assert too_small(console) == []
    strip.get_by_role("slider", name="Pan", exact=True).press("Home")
    witness.wait_until(lambda seen: seen.scene.strips[0].pan == -1.0)
    strip.get_by_role("slider", name="Treble, 6 kHz").press("End")
    witness.wait_until(lambda seen: seen.scene.strips[0].equaliser.treble_db == 12.0)
    console.get_by_role("slider", name="Master gain").press("Home")
    witness.wait_until(lambda seen: seen.scene.master_gain_db == -120.0)
    console.keyboard.press("Escape")
    console.keyboard.press("c")
    witness.wait_until(lambda seen: not seen.scene.credits)
    console.keyboard.press("c")
    layers.nth(1).get_by_role("button", name="Off the stage: Nia").click()
    expect(layers).to_have_count(1)
    console.keyboard.press("Escape")
    console.keyboard.press("Delete")
    expect(layers).to_have_count(0)


def watch_orders(console: Page) -> Callable[[], list[str]]:
    """Begin to watch the layers; return what tells every order they were shown in since."""
    console.evaluate(
        """() => {
          const { renderRoot } = document.querySelector("hl-console").renderRoot.querySelector("hl-layers");
          const order = () => [...renderRoot.querySelectorAll("hl-layer-row")].map((row) => row.layer.layerId).join();
          window.orders = [order()];
          new MutationObserver(() => order() === window.orders.at(-1) || window.orders.push(order()))
            .observe(renderRoot.querySelector("ul"), { childList: true });
        }"""
    )
    return lambda: list(console.evaluate("() => window.orders.slice(1)"))


def test_words_of_the_host_go_on_stage(console: Page, witness: Witness, stage: Stage) -> None:
    console.keyboard.press("t")
    console.keyboard.type("Ten minutes' break")
    console.keyboard.press("Enter")

    expect(console.get_by_role("list", name="Layers, front first")).to_contain_text("Ten minutes' break")


def test_panic_and_blackout_are_one_key_even_while_typing(console: Page, witness: Witness, stage: Stage) -> None:
    console.keyboard.press("/")
    console.keyboard.type("9 8")
    console.keyboard.press("F9")
    witness.wait_until(lambda seen: seen.scene.panic.end == 1.0)
    expect(console.get_by_role("button", name="END PANIC")).to_have_attribute("aria-pressed", "true")
    console.keyboard.press("F8")
    witness.wait_until(lambda seen: seen.scene.blackout)
    console.keyboard.press("F8")
    console.keyboard.press("Escape")
    console.keyboard.press("9")

    witness.wait_until(lambda seen: seen.scene.panic.end == 0.0 and not seen.scene.blackout)
    expect(console.get_by_role("searchbox")).to_have_value("9 8")


def test_axe_finds_nothing_and_keys_are_listed(console: Page, crowd: Crowd, stage: Stage) -> None:
    crowd.say("Tariq", "to be looked at")
    find(console, "to be looked at")
    console.keyboard.press("s")
    console.get_by_role("button", name="More filters").click()
    expect(console.get_by_role("list", name="Layers, front first")).to_contain_text("Tariq")
    assert axe_findings(console) == []

    console.keyboard.press("?")
    expect(console.get_by_text("PANIC: fade to the slate, silence")).to_be_visible()
    assert axe_findings(console) == []
    console.keyboard.press("Escape")
    expect(console.get_by_role("dialog")).to_have_count(0)
