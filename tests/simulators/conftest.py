"""Let these tests open sockets on the loopback."""

from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Undo what keeps other tests off the network."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a plain client."""
    async with aiohttp.ClientSession() as client:
        yield client
