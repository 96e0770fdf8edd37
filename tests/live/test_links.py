"""Where the links of a show lead whose hub speaks https: those printed at its start, and a revoked one's successor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from live.__main__ import print_doorplate
from live.app import House
from live.messages.acts import TurnKeys
from tests.live.guests import host_of
from tests.live.https_hall import Hall, browser, local_house, own_house, secure_url


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
async def own(hall: Hall, tmp_path: Path) -> AsyncIterator[House]:
    async with own_house(hall, tmp_path) as house:
        yield house


@pytest.fixture
async def local(hall: Hall, tmp_path: Path) -> AsyncIterator[House]:
    async with local_house(hall, tmp_path) as house:
        yield house


async def test_with_ones_own_domain_links_and_qr_name_it(hall: Hall, own: House) -> None:
    assert own.doorplate().audience.startswith(f"{secure_url(own)}/j/")
    assert own.doorplate().url == f"http://localhost:{own.settings.port}"


async def test_the_links_of_the_crew_are_https_and_open_where_the_authority_is_installed(
    hall: Hall, local: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without https no guest is seen before they are on air; beside each link stands the one for who trusts nobody."""
    plate = local.doorplate()
    async with browser(hall, local) as laptop:
        for link in (plate.host_elsewhere, plate.moderator):
            assert link.startswith(f"{secure_url(local, '192.168.1.5')}/")
            async with laptop.get(link.replace("192.168.1.5", "laptop.local")) as answer:
                assert (answer.status, answer.url.scheme) == (200, "https")
                assert '"secure": true' in await answer.text()
    print_doorplate(plate)
    said = capsys.readouterr().out
    for link in (plate.host_plain, plate.moderator_plain):
        assert link.startswith(local.settings.base_url())
        assert link in said
    assert f"https, install: {plate.trust}" in said
    assert "installs this machine's authority once" in said


async def test_a_link_that_takes_a_revoked_ones_place_leads_to_the_same_address(local: House) -> None:
    host = await host_of(local)
    ack = await host.act(TurnKeys(role="moderator"))
    assert ack.result == local.doorplate().moderator
    assert ack.result.startswith(f"{secure_url(local, '192.168.1.5')}/moderate?")
    await host.close()


async def test_with_ones_own_domain_the_crew_has_one_link_each(own: House, capsys: pytest.CaptureFixture[str]) -> None:
    plate = own.doorplate()
    assert plate.host_elsewhere.startswith(f"{secure_url(own)}/host?")
    assert plate.moderator.startswith(f"{secure_url(own)}/moderate?")
    print_doorplate(plate)
    said = capsys.readouterr().out
    assert "plain http" not in said
    assert "authority" not in said
