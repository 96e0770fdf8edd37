"""`houselights doctor` as it is typed: its words, its exit status, and the figure that it leaves for the hub."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from live.capacity import Costs, capacity_of, read_capacity, this_machine, unmeasured, with_air
from live.doctor import carries_words, link_mbit_s, look_at_network, look_at_wifi
from live.interfaces import Interface
from live.premises import look_at_disk, look_at_screen, look_at_urgency
from live.settings import free_port, lan_address
from tests.live.test_capacity import COSTS
from tests.web.hall import ROOT


async def doctor(*options: str, home: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "live", "doctor", "--host", "127.0.0.1", *options]
    environment = {**os.environ, "HOUSELIGHTS_HOME": str(home), "HOUSELIGHTS_HTTPS_PORT": "0"}
    child = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, said.decode()


async def test_it_says_what_stands_in_the_way_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(b"")
    options = ["--certificate", str(tmp_path / "none.pem"), "--certificate-key", str(tmp_path / "key.pem")]
    port = str(free_port("127.0.0.1", 0))
    status, said = await doctor(
        "--folder", str(tmp_path / "show"), "--port", port, "--no-measure", *options, "--name", "show.example.org",
        home=tmp_path / "home",
    )  # fmt: skip
    assert status == 1
    assert "✗ own domain" in said
    assert "none.pem" in said
    assert "? access point" in said
    assert "disk" in said


async def test_half_of_the_certificates_options_are_asked_for_whole(tmp_path: Path) -> None:
    status, said = await doctor("--certificate", "chain.pem", "--no-measure", home=tmp_path / "home")
    assert status == 1
    assert "--certificate, --certificate-key and --name together" in " ".join(said.split())
    assert "Traceback" not in said


async def test_what_a_live_phone_costs_is_really_measured_and_kept_for_the_hub(tmp_path: Path) -> None:
    show, home = tmp_path / "show", tmp_path / "home"
    show.mkdir()
    port = str(free_port("127.0.0.1", 0))
    _, said = await doctor("--folder", str(show), "--port", port, "--no-https", home=home)
    assert "at once with camera and microphone" in said
    kept = read_capacity(show)
    assert kept == read_capacity(home) != unmeasured()
    assert kept.machine == this_machine()
    costs = kept.costs
    assert costs is not None
    assert 0 < costs.tile_us < costs.phone_us
    assert costs.choir_microphone_us is not None
    assert 0 < costs.choir_microphone_us < costs.microphone_us < costs.phone_us
    assert 0 < costs.tile_loop_us < costs.phone_loop_us < costs.phone_us
    # A second of 1080p30 is encoded in less than 10 s, and in more than 10 ms, on anything that runs a show.
    assert 10_000 < costs.program_us < 10_000_000


def capacity_words(costs: Costs, link: float | None) -> str:
    return carries_words(capacity_of(costs, cores=2, link_mbit_s=link, machine=this_machine(), measured_at_s=1.0))


def test_the_words_name_what_ends_it_and_what_the_network_must_carry() -> None:
    assert "20 at once" in capacity_words(COSTS, None)
    assert "20 Mbit/s (the Wi-Fi was not tried)" in capacity_words(COSTS, None)
    assert "what ends it: the network" in capacity_words(COSTS, 10.0)
    assert "(the wire carries 10, the Wi-Fi was not tried)" in capacity_words(COSTS, 10.0)


def test_what_a_phone_found_of_the_wifi_is_said_and_how_to_try_again() -> None:
    plain = capacity_of(COSTS, cores=2, link_mbit_s=None, machine=this_machine(), measured_at_s=1.0)
    tried = with_air(plain, 24.0, cores=2, tried_at_s=1.0)
    assert "the Wi-Fi took 24 from a phone: enough for 12" in carries_words(tried)
    assert look_at_wifi(plain, None).state == "unknown"
    assert "start the show" in look_at_wifi(plain, None).sentence
    assert look_at_wifi(tried, None).state == "good"
    assert "24 Mbit/s" in look_at_wifi(tried, None).sentence


def test_the_speed_counts_of_the_interface_that_links_name() -> None:
    named = Interface("eth0", lan_address(), False, 1000)
    other = Interface("eth1", "10.255.255.254", False, 10)
    assert link_mbit_s((other, named)) == 1000.0
    assert link_mbit_s((other,)) is None
    assert link_mbit_s((Interface("wlan0", lan_address(), True, None),)) is None


def test_no_network_is_bad() -> None:
    assert look_at_network(()).state == "bad"
    assert "Wi-Fi" in look_at_network((Interface("wlan0", "10.0.0.2", True, None),)).sentence


def test_the_disk_is_looked_at_where_the_show_will_be_and_left_as_it_was(tmp_path: Path) -> None:
    finding = look_at_disk(tmp_path / "not" / "yet" / "made")
    assert "GB free" in finding.sentence
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_a_screen_is_told_how_to_show_the_program() -> None:
    assert look_at_screen({"WAYLAND_DISPLAY": "wayland-0"}).state == "good"
    if sys.platform != "darwin":
        assert "/stage" in look_at_screen({}).sentence


def test_it_says_whether_the_stage_goes_first() -> None:
    """And stays where it is itself."""
    before = os.sched_getscheduler(0) if sys.platform == "linux" else 0
    finding = look_at_urgency()
    assert finding.state == "good" or "close other programs" in finding.sentence
    assert sys.platform != "linux" or os.sched_getscheduler(0) == before
