"""A real hub, or a server with nothing but streams, fresh for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from live.app import House
from tests.live.running import running_house
from tests.live.stream_hall import Hall, open_hall


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path / "show") as house:
        yield house


@pytest.fixture
async def net() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as hall:
        yield hall
