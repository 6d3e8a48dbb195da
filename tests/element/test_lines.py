"""Long ranges of readings, which the platform sends as lines."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.pushwire.vendors.element.api.client import ElementClient
from custom_components.pushwire.wire.errors import WireError
from simulators import ElementSimulator

TEN = datetime(2026, 10, 1, 10, tzinfo=UTC)
NUMBER = 250


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncGenerator[ElementSimulator]:
    """Return a platform with more readings than two pages hold."""
    async with ElementSimulator(rate=5000) as sim:
        sim.world["readings"].clear()
        for number in range(NUMBER):
            at = TEN + timedelta(minutes=number)
            sim.uplink("climate", {"temperature": number}, measured_at=at, inserted_at=at)
        sim.requests.clear()
        yield sim


async def read(sim: ElementSimulator) -> list[dict[str, Any]]:
    """Return the readings of the device, as the client reads them."""
    async with aiohttp.ClientSession() as session:
        client = ElementClient(session, str(sim.user_input["host"]), sim.api_key)
        end = TEN + timedelta(days=1)
        return await client.readings(sim.resolve("climate"), (TEN - timedelta(minutes=1)).isoformat(), end.isoformat())


def numbers(readings: list[dict[str, Any]]) -> list[int]:
    """Return the values of readings."""
    return [reading["data"]["temperature"] for reading in readings]


async def test_a_range_is_one_request(sim: ElementSimulator) -> None:
    assert sorted(numbers(await read(sim))) == list(range(NUMBER))
    assert [request.path.rsplit("/", 1)[-1] for request in sim.requests] == ["stream"]


async def cut(_: web.Request) -> web.Response:
    """Answer with a line that ends in the middle."""
    return web.Response(text='{"id": "1", "data": {}}\n{"id": ')


async def html(_: web.Request) -> web.Response:
    """Answer with a page of a proxy."""
    return web.Response(text="<html>")


async def text(_: web.Request) -> web.Response:
    """Answer with JSON that is no object."""
    return web.Response(text='"busy"')


async def unknown(_: web.Request) -> web.Response:
    """Answer as a platform without lines."""
    return web.Response(status=404)


async def busy(_: web.Request) -> web.Response:
    """Answer as a platform with too much to do."""
    return web.Response(status=503)


@pytest.mark.parametrize(
    "fault", [cut, html, text, unknown, busy, None], ids=lambda fault: getattr(fault, "__name__", "error")
)
async def test_lines_that_are_not_complete_are_read_as_pages(sim: ElementSimulator, fault: Any) -> None:
    if fault is None:
        # The last line is an error, after the status of a success.
        sim.stream_error = True
    else:
        sim.fail(fault, lambda request: request.path.endswith("/stream"))
    assert numbers(await read(sim)) == list(range(NUMBER))


async def test_a_range_that_cannot_be_read_at_all(sim: ElementSimulator) -> None:
    sim.refuse(503)
    with pytest.raises(WireError):
        await read(sim)
