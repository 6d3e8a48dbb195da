"""Rate limit of a key, which all clients of the key share."""

import asyncio
from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.pushwire.lorawan.api.downlink import Downlink
from custom_components.pushwire.vendors.element.api.client import ElementClient
from custom_components.pushwire.vendors.element.api.rate import MAX_WAIT, RESERVE, RateGovernor
from custom_components.pushwire.wire.errors import NotReady
from simulators import ElementSimulator
from simulators.element.access import Key


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Return a session."""
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(session: aiohttp.ClientSession, sim: ElementSimulator, api_key: str = "") -> ElementClient:
    """Return a client of the platform."""
    return ElementClient(session, str(sim.user_input["host"]), api_key or sim.api_key)


async def use_up(client: ElementClient, remaining: int) -> None:
    """Send requests until a number of them are left."""
    await client.mandate()
    while (client.governor.remaining or 0) > remaining:
        await client.mandate()


async def test_clients_of_a_key_share_its_limit(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(rate=6, rate_window=0.2) as sim:
        clients = [client_of(session, sim) for _ in range(9)]
        await asyncio.gather(*(client.mandate() for client in clients))
        assert len(sim.requests) == 9
        assert sim.rate_limited == 0


async def test_another_key_has_a_limit_of_its_own(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(rate=RESERVE + 1, rate_window=3600) as sim:
        sim.keys["another"] = Key()
        await use_up(client_of(session, sim), RESERVE)
        await client_of(session, sim, "another").mandate()


async def test_a_command_does_not_wait_for_the_next_window(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(rate=RESERVE + 1, rate_window=3600) as sim:
        client = client_of(session, sim)
        await use_up(client, RESERVE)
        reading = asyncio.create_task(client.mandate())
        answer = await client.send_down_frame(sim.resolve("climate"), Downlink(payload=b"\x01", port=2))
        assert answer["id"]
        assert not reading.done()
        reading.cancel()


async def test_a_refused_request_is_sent_again_in_the_next_window(session: aiohttp.ClientSession) -> None:
    """Another program may have used the key."""
    async with ElementSimulator(rate=2, rate_window=0.2) as sim:
        for _ in range(2):
            async with session.get(f"{sim.url}/api/v1/mandates", params={"auth": sim.api_key}):
                pass
        assert (await client_of(session, sim).mandate())["id"]
        assert sim.rate_limited == 1


async def test_a_limit_that_stays_is_an_error(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(rate=0, rate_window=0.01) as sim:
        with pytest.raises(NotReady):
            await client_of(session, sim).mandate()
        assert sim.rate_limited == 3


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "1"}])
async def test_a_response_without_the_limit_changes_nothing(headers: dict[str, str]) -> None:
    governor = RateGovernor()
    assert not governor.note(headers)
    assert governor.remaining is None


async def test_the_wait_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    governor = RateGovernor()
    governor.note({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1e12"})
    async with governor.turn():
        assert waited
    assert all(seconds <= MAX_WAIT for seconds in waited)
