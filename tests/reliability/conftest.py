"""Fixtures of the fault matrix."""

from collections.abc import AsyncGenerator
from dataclasses import replace
import importlib
from typing import Any

import aiohttp
from aiohttp import web
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.pushwire.wire import stream as stream_module
from tests.common import set_up

from .clock import PING_INTERVAL, Clock
from .systems import SYSTEMS, System


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Shorten pings and timeouts, and let pauses before a reconnect take no time."""
    clock = Clock()
    for vendor in SYSTEMS:
        module = importlib.import_module(f"custom_components.pushwire.vendors.{vendor}.coordinator")
        policy = replace(
            module.POLICY,
            ping_interval=PING_INTERVAL,
            idle_timeout=3 * PING_INTERVAL,
            idle_timeout_no_pong=3 * PING_INTERVAL,
        )
        monkeypatch.setattr(module, "POLICY", policy)
    monkeypatch.setattr(stream_module, "asyncio", clock)
    connection = stream_module.Stream._connection

    async def count_attempt(stream: stream_module.Stream) -> None:
        clock.attempts[stream.name] += 1
        await connection(stream)

    monkeypatch.setattr(stream_module.Stream, "_connection", count_attempt)
    # The shortest pause, so that the report holds the highest number of attempts.
    monkeypatch.setattr("custom_components.pushwire.wire.stream.random.uniform", lambda low, _high: low)
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.coordinator.TOPOLOGY_DELAY", PING_INTERVAL)
    # A silent peer does not acknowledge the end of a socket either.
    timeout = aiohttp.ClientWSTimeout
    monkeypatch.setattr(aiohttp, "ClientWSTimeout", lambda **_options: timeout(ws_close=PING_INTERVAL))
    return clock


@pytest.fixture
async def system(vendor: str) -> AsyncGenerator[System]:
    """Run the system of a vendor."""
    system = SYSTEMS[vendor]()
    async with system.sim:
        yield system


@pytest.fixture
async def entry(hass: HomeAssistant, clock: Clock, system: System) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set the system up, and unload the entry before the system stops."""
    entry = await set_up(hass, system.sim)
    system.change(20.0)
    await system.settle(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


class OtherHost:
    """Another host, and the requests that it got."""

    def __init__(self) -> None:
        """Initialize without requests."""
        self.url = ""
        self.requests: list[str] = []

    def requests_with(self, secrets: frozenset[str]) -> list[str]:
        """Return the requests with a secret, and all but handshakes, whose redirects aiohttp always follows."""
        return [text for text in self.requests if any(secret in text for secret in secrets) or "websocket" not in text]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record everything of a request."""
        self.requests.append(f"{request.rel_url} {dict(request.headers)} {await request.text()}")
        return web.json_response({"hello": "other host"})


@pytest.fixture
async def other_host() -> AsyncGenerator[OtherHost]:
    """Run another host."""
    host = OtherHost()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()
