"""The program player against a real hub: right colours by every way, late joining, reconnecting, sound on request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import ON_A_DESK
from tests.web.console_hall import WITHIN_MS, axe_findings
from tests.web.hall import Hub
from tests.web.profiles import Profiles
from tests.web.program_publisher import TONE_HZ, ProgramPublisher, Rgb

TEAL: Rgb = (20, 160, 150)
ORANGE: Rgb = (230, 120, 30)
TOLERANCE = 10

MIDDLE = """(player, want) => {
  const picture = player.shadowRoot.querySelector("canvas, img");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""

UPRIGHT = f"""([player, top]) => {{
  const from = player.shadowRoot.querySelector("canvas");
  const pixel = from?.getContext("2d").getImageData(from.width / 2, from.height / 4, 1, 1).data;
  const isTall = from?.width === 180 && from.height === 320;
  return isTall && top.every((want, at) => Math.abs(pixel[at] - want) <= {TOLERANCE});
}}"""

LISTEN = """() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      if (!window.ear) {
        window.ear = new AnalyserNode(to.context, { fftSize: 4096 });
        connect.call(window.ear, to);
      }
      return connect.call(this, window.ear);
    }
    return connect.call(this, to, ...rest);
  };
}"""

LOUDEST_HZ = """() => {
  if (!window.ear) return 0;
  const bins = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(bins);
  const loudest = bins.indexOf(Math.max(...bins));
  return bins[loudest] > -60 ? (loudest * window.ear.context.sampleRate) / window.ear.fftSize : 0;
}"""


@pytest.fixture
def program(hub: Hub) -> Iterator[ProgramPublisher]:
    program = ProgramPublisher(hub, TEAL)
    yield program
    program.close()


@pytest.fixture
def mirror(hub: Hub, profiles: Profiles) -> Page:
    return open_mirror(profiles, hub)


def open_mirror(profiles: Profiles, hub: Hub) -> Page:
    page = profiles.page((640, 400), within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/stage?key={hub.host_key}")
    return page


def player(page: Page) -> Locator:
    return page.locator("hl-program-player")


def wait_for_colour(page: Page, colour: Rgb) -> None:
    script = f"([player, want]) => ({MIDDLE})(player).every((value, at) => Math.abs(value - want[at]) <= {TOLERANCE})"
    page.wait_for_function(script, arg=[player(page).element_handle(), list(colour)], timeout=WITHIN_MS)


@pytest.mark.parametrize("way", ["webcodecs", "jpeg", "mjpeg"])
def test_each_way_shows_the_programs_colours(mirror: Page, program: ProgramPublisher, hub: Hub, way: str) -> None:
    mirror.goto(f"{hub.url}/stage?player={way}")
    expect(player(mirror)).to_have_attribute("kind", way)
    wait_for_colour(mirror, TEAL)

    program.colour = ORANGE

    wait_for_colour(mirror, ORANGE)


def test_colours_are_those_that_the_stream_says_it_has(mirror: Page, hub: Hub) -> None:
    """As a phone's are: to take them for the program's would make an orange some thirty steps redder."""
    publisher = ProgramPublisher(hub, ORANGE, matrix="smpte170m")
    wait_for_colour(mirror, ORANGE)
    publisher.close()


@pytest.mark.parametrize(("rotation", "top"), [(90, TEAL), (270, ORANGE)])
def test_a_picture_that_lies_on_its_side_is_put_upright(
    mirror: Page, hub: Hub, rotation: Literal[90, 270], top: Rgb
) -> None:
    publisher = ProgramPublisher(hub, TEAL, right=ORANGE, rotation=rotation)
    mirror.wait_for_function(UPRIGHT, arg=[player(mirror).element_handle(), list(top)], timeout=WITHIN_MS)
    publisher.close()


def test_the_host_sees_the_program(hub: Hub, profiles: Profiles, program: ProgramPublisher) -> None:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/host?key={hub.host_key}")
    wait_for_colour(page, TEAL)
    expect(page.get_by_text("No program yet")).to_have_count(0)


def test_without_a_program_a_slate_and_then_by_itself_the_program(mirror: Page, hub: Hub) -> None:
    slate = mirror.get_by_text("The show goes on in a moment")
    expect(slate).to_be_visible()
    assert axe_findings(mirror) == []
    first = ProgramPublisher(hub, TEAL)
    wait_for_colour(mirror, TEAL)
    expect(slate).to_have_count(0)
    first.close()
    expect(slate).to_be_visible()

    second = ProgramPublisher(hub, ORANGE)

    wait_for_colour(mirror, ORANGE)
    assert axe_findings(mirror) == []
    second.close()


def test_it_comes_back_after_the_hub(tmp_path: Path, profiles: Profiles) -> None:
    hub = Hub(tmp_path / "show")
    page = open_mirror(profiles, hub)
    program = ProgramPublisher(hub, TEAL)
    wait_for_colour(page, TEAL)
    hub.kill()
    expect(page.get_by_text("The show goes on in a moment")).to_be_visible()
    program.close()

    hub.start()
    program = ProgramPublisher(hub, ORANGE)

    wait_for_colour(page, ORANGE)
    program.close()
    hub.stop()


def test_sound_is_off_until_it_is_asked_for(mirror: Page, program: ProgramPublisher) -> None:
    mirror.add_init_script(f"({LISTEN})()")
    mirror.reload()
    wait_for_colour(mirror, TEAL)
    assert mirror.evaluate(LOUDEST_HZ) == 0

    mirror.get_by_role("button", name="Turn sound on").click()

    mirror.wait_for_function(f"() => Math.abs(({LOUDEST_HZ})() - {TONE_HZ}) < 25", timeout=WITHIN_MS)
    drawn = player(mirror).evaluate("player => player.drawn")
    mirror.wait_for_function(
        "([player, drawn]) => player.drawn > drawn + 10",
        arg=[player(mirror).element_handle(), drawn],
        timeout=WITHIN_MS,
    )
    mirror.get_by_role("button", name="Sound is on").click()
    expect(mirror.get_by_role("button", name="Turn sound on")).to_be_visible()


def test_buttons_and_cursor_hide_when_the_pointer_rests(mirror: Page, program: ProgramPublisher) -> None:
    wait_for_colour(mirror, TEAL)
    page = mirror.locator("hl-mirror")
    mirror.mouse.move(100, 100)
    expect(page).not_to_have_attribute("resting", "")

    expect(page).to_have_attribute("resting", "")

    expect(page).to_have_css("cursor", "none")
