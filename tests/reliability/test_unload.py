"""What arrives or ends while an entry is being unloaded."""

import asyncio
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.pushwire.wire.stream import Stream, StreamPolicy, open_websocket
from simulators import ResiotSimulator
from tests.common import set_up, wait_until


async def test_no_entity_is_added_while_unloading(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An entity of an unloaded platform would stay, and block the same entity after the reload."""
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        unload = hass.config_entries.async_unload_platforms

        async def unload_and_receive(entry: ConfigEntry[Any], platforms: list[str]) -> bool:
            unloaded = await unload(entry, platforms)
            log = entry.runtime_data.frame_log
            seen = log.seen
            sim.uplink_lpp("office", [(1, "temperature", 21.5)])
            await wait_until(hass, lambda: log.seen > seen)
            return unloaded

        monkeypatch.setattr(hass.config_entries, "async_unload_platforms", unload_and_receive)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert "does not generate unique IDs" not in caplog.text
        sim.uplink_lpp("office", [(1, "temperature", 22.5)])
        sensor = "sensor.0732227a557d8601_temperature_1"
        await wait_until(hass, lambda: hass.states.is_state(sensor, "22.5"))
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_socket_that_is_being_closed_does_not_outlive_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    timeout = aiohttp.ClientWSTimeout
    monkeypatch.setattr(aiohttp, "ClientWSTimeout", lambda **_options: timeout(ws_close=0.02))
    ending = asyncio.Event()
    may_end = asyncio.Event()

    async def take_snapshot() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await may_end.wait()

    async with ResiotSimulator() as sim, aiohttp.ClientSession() as session:
        stream = Stream(
            "test",
            open_socket=lambda: open_websocket(session, sim.socket_url),
            take_snapshot=take_snapshot,
            apply_snapshot=lambda _apply, _waiting: None,
            handle_frame=lambda _frame: None,
            handle_early_frame=lambda _frame: None,
            changed=lambda _stream, _state, _error: None,
            count_failure=lambda _error: None,
            count_snapshot_failure=lambda _error: None,
            policy=StreamPolicy(ping_interval=0.02, idle_timeout=0.04, idle_timeout_no_pong=0.04),
        )

        def spawn(coroutine: Any, name: str) -> asyncio.Task[None]:
            return asyncio.create_task(coroutine, name=name)

        start = asyncio.create_task(stream.start(spawn))
        await sim.wait_socket()
        sim.silence()
        # The peer counts as dead, and the stream is stopped while it tidies up.
        async with asyncio.timeout(5):
            await ending.wait()
            stop = asyncio.create_task(stream.stop())
            await asyncio.sleep(0)
            may_end.set()
            await stop
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        await sim.wait(lambda: not sim.open_sockets)
