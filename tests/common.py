"""Steps of the tests of all vendors."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
import time
from types import MappingProxyType
from typing import Any

from aiohttp import web
from freezegun.api import real_monotonic
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.coordinator import PushCoordinator
from custom_components.pushwire.wire.stream import ConnectionState
from simulators import DeconzSimulator, Simulator


async def start_flow(hass: HomeAssistant, vendor: str) -> str:
    """Start the config flow of a vendor from the menu; return the flow's ID."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert menu["type"] is FlowResultType.MENU
    form = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": vendor})
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == vendor
    return str(form["flow_id"])


async def set_up(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry[Any]:
    """Set up a simulator's system with its config flow; return the loaded entry."""
    flow_id = await start_flow(hass, simulator.vendor)
    result = await hass.config_entries.flow.async_configure(flow_id, simulator.user_input)
    for step in simulator.steps:
        assert result.get("step_id") == step["step_id"], result
        result = await hass.config_entries.flow.async_configure(flow_id, step["data"])
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    if isinstance(simulator, DeconzSimulator):
        await _wait_for_introspection(hass, simulator)
    return entry


async def _wait_for_introspection(hass: HomeAssistant, simulator: DeconzSimulator) -> None:
    """Wait until a gateway has described all remotes, whose buttons then have entities."""
    remotes = {
        f"{sensor['uniqueid']}/state/buttonevent/introspect"
        for sensor in simulator.world["sensors"].values()
        if isinstance(state := sensor.get("state"), dict) and "buttonevent" in state and len(sensor["uniqueid"]) > 1
    }

    def described() -> set[str]:
        return {request.path.partition("/devices/")[2] for request in simulator.requests if request.status}

    await wait_until(hass, lambda: remotes <= described())
    await hass.async_block_till_done()


def states_of(hass: HomeAssistant) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return all states, without the statistics of the connection and of gateways, which are updated once a minute."""
    changing = ("reconnects", "last_message", "requests_left", "_gaps", "_best_rssi", "_last_packet")
    return {
        state.entity_id: (state.state, dict(state.attributes))
        for state in hass.states.async_all()
        if not any(word in state.entity_id for word in changing)
    }


async def wait_until(hass: HomeAssistant, condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until a condition is true, checked after each state change."""
    changed = asyncio.Event()
    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, callback(lambda _event: changed.set()))
    # With a frozen clock, no timer of the event loop ends.
    end = real_monotonic() + seconds
    try:
        while not condition():
            if real_monotonic() > end:
                raise TimeoutError
            changed.clear()
            waiting = asyncio.ensure_future(changed.wait())
            # Some conditions do not depend on a state.
            pause = hass.loop.run_in_executor(None, time.sleep, 0.02)
            await asyncio.wait((waiting, pause), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    finally:
        stop()


@asynccontextmanager
async def held_response(sim: Simulator, path: str) -> AsyncGenerator[Callable[[], bool]]:
    """Hold the answers to requests for a path; yield a function that returns whether one is held."""
    held = asyncio.Event()
    handle = sim.handle
    requests: list[web.Request] = []

    async def hold(request: web.Request, body: bytes) -> web.StreamResponse:
        # The answer lacks whatever changes while it is held.
        response = await handle(request, body)
        if request.path == path:
            requests.append(request)
            await held.wait()
        return response

    sim.handle = hold  # type: ignore[method-assign]
    try:
        yield lambda: bool(requests)
        assert requests
    finally:
        held.set()
        sim.handle = handle  # type: ignore[method-assign]


async def wait_for_state(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait until an entity has a state."""
    await wait_until(hass, lambda: hass.states.is_state(entity_id, state))


def add_codec(
    hass: HomeAssistant, entry: ConfigEntry[Any], kind: str, code: str, device: str, *, controls: str = ""
) -> str:
    """Add a codec of a device as the form does, and return the ID of its subentry."""
    data = {"kind": kind, "code": code, "devices": [device], **({"controls": controls} if controls else {})}
    codec = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type="codec",
        title="Own",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, codec)
    return codec.subentry_id


async def run_pending_updates(hass: HomeAssistant) -> None:
    """Let debounced updates run, such as those of groups."""
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await hass.async_block_till_done()


async def assert_unchanged_after_reload(
    hass: HomeAssistant, entry: ConfigEntry[Any], *, is_read: Callable[[], bool] = lambda: True
) -> None:
    """Check that a reload, which reads the vendor's system again, changes no state.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        is_read: Returns whether what is read in the background has been read.

    """
    await wait_until(hass, is_read)
    await run_pending_updates(hass)
    before = states_of(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, is_read)
    await run_pending_updates(hass)
    assert states_of(hass) == before


async def wait_reconnected(hass: HomeAssistant, entry: ConfigEntry[Any], reconnects: int = 1) -> None:
    """Wait until an entry is connected again."""
    coordinator = entry.runtime_data
    await wait_until(
        hass,
        lambda: (
            coordinator.connection_state is ConnectionState.LIVE
            and sum(stream.statistics.reconnects for stream in coordinator.streams) >= reconnects
        ),
    )
    await hass.async_block_till_done()


async def start_reauth(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Start a reauthentication."""
    context = ConfigFlowContext(source=SOURCE_REAUTH, entry_id=entry.entry_id)
    return await hass.config_entries.flow.async_init(DOMAIN, context=context, data=dict(entry.data))


async def start_reconfigure(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Start a reconfiguration."""
    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
    return await hass.config_entries.flow.async_init(DOMAIN, context=context)


def stored_data(coordinator: PushCoordinator) -> dict[str, Any]:
    """Return what a coordinator stores."""
    lists = {key: [item.to_stored() for item in items] for key, items in coordinator.lists_to_store().items()}
    return {**(coordinator.data_to_store() or {}), **lists}
