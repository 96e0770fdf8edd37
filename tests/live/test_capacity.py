"""How many phones fit: by what each costs, by the hub's one thread, by the link, and modestly where nobody measured."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from live.capacity import (
    AIR_COUNTS_S,
    FILE_NAME,
    MOST_PHONES,
    Capacity,
    Costs,
    capacity_of,
    read_capacity,
    this_machine,
    unmeasured,
    usable_cores,
    with_air,
    write_capacity,
)

COSTS = Costs(
    program_us=700_000,
    phone_us=40_000,
    tile_us=5_000,
    microphone_us=8_000,
    phone_loop_us=8_000,
    tile_loop_us=1_000,
    microphone_loop_us=5_000,
)


def fits(costs: Costs = COSTS, *, cores: int = 2, link_mbit_s: float | None = None) -> Capacity:
    return capacity_of(costs, cores=cores, link_mbit_s=link_mbit_s, machine=this_machine(), measured_at_s=1.0)


def test_what_the_program_leaves_is_shared_out_with_a_quarter_kept_back() -> None:
    found = fits()
    assert (found.phones, found.tiles, found.microphones) == (20, 160, 100)
    assert found.limited_by == "machine"


def test_more_cores_carry_more_until_the_hubs_one_thread_is_full() -> None:
    assert fits(cores=3).phones > fits(cores=2).phones
    slow_loop = msgspec.structs.replace(COSTS, phone_loop_us=30_000)
    assert fits(slow_loop, cores=64).phones == 20


def test_nothing_is_promised_beyond_what_was_ever_tried() -> None:
    assert fits(cores=64).phones == MOST_PHONES


def test_where_the_program_alone_fills_the_machine_no_phone_goes_on_air() -> None:
    assert fits(msgspec.structs.replace(COSTS, program_us=1.6e6)).phones == 0


@pytest.mark.parametrize(("air_mbit_s", "phones", "limited_by"), [(10, 5, "network"), (200, 20, "machine")])
def test_thin_air_ends_it_first_and_the_last_try_counts(air_mbit_s: float, phones: int, limited_by: str) -> None:
    thinner = with_air(fits(link_mbit_s=1000), 2.0, cores=2, tried_at_s=2.0)
    found = with_air(thinner, air_mbit_s, cores=2, tried_at_s=3.0)
    assert thinner.phones == 1
    assert (found.phones, found.limited_by, found.link_mbit_s) == (phones, limited_by, 1000)


def test_a_machine_that_was_not_measured_is_held_to_its_air_too() -> None:
    found = with_air(unmeasured(), 4.0, cores=2, tried_at_s=1.0)
    assert (found.phones, found.microphones) == (2, 33)


def test_last_weeks_air_does_not_count(tmp_path: Path) -> None:
    thin = with_air(fits(), 2.0, cores=usable_cores(), tried_at_s=time.time())
    write_capacity(tmp_path, thin)
    assert read_capacity(tmp_path).phones == 1
    write_capacity(tmp_path, msgspec.structs.replace(thin, air_tried_at_s=time.time() - AIR_COUNTS_S - 1))
    assert (read_capacity(tmp_path).phones, read_capacity(tmp_path).air_mbit_s) == (
        fits(cores=usable_cores()).phones,
        None,
    )


@pytest.mark.parametrize(("link_mbit_s", "phones", "limited_by"), [(10, 5, "network"), (1000, 20, "machine")])
def test_a_thin_link_ends_it_first(link_mbit_s: float, phones: int, limited_by: str) -> None:
    found = fits(link_mbit_s=link_mbit_s)
    assert (found.phones, found.limited_by) == (phones, limited_by)


def test_what_was_measured_is_read_again_from_the_first_folder_that_has_it(tmp_path: Path) -> None:
    own = fits()
    write_capacity(tmp_path / "own", own)
    assert read_capacity(tmp_path / "show", tmp_path / "own") == own


def test_a_show_copied_from_another_machine_starts_from_the_default(tmp_path: Path) -> None:
    write_capacity(tmp_path, msgspec.structs.replace(fits(), machine="another laptop"))
    assert read_capacity(tmp_path) == unmeasured()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"phones": "many"}', b"\xff\x00"])
def test_a_broken_file_is_no_reason_not_to_open_the_show(tmp_path: Path, body: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(body)
    assert read_capacity(tmp_path) == unmeasured()


def test_an_unmeasured_machine_gets_few_but_some() -> None:
    assert 2 <= unmeasured().phones <= 16
    assert unmeasured().limited_by == "unmeasured"


def test_a_choir_is_counted_with_large_packets_where_it_can_be_reached() -> None:
    large = {"choir_microphone_us": 4_000, "choir_microphone_loop_us": 2_000}
    choir = fits(msgspec.structs.replace(COSTS, **large))
    assert (choir.microphones, choir.few_microphones) == (200, 100)
    assert fits().microphones == 100, "what was measured before large packets were"
    dear = fits(msgspec.structs.replace(COSTS, microphone_us=25_000, **large))
    assert (dear.microphones, dear.few_microphones) == (32, 32)
