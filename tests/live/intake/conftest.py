"""One hall for all tests of this folder, starting its zygote takes half a second; each gets it as if it were new."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.live.intake.hall import Hall, open_hall


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing_hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with open_hall(tmp_path_factory.mktemp("show"), workers=1) as hall:
        yield hall


@pytest.fixture
def hall(standing_hall: Hall) -> Hall:
    """With one worker."""
    standing_hall.begin_anew()
    return standing_hall
