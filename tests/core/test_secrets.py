"""No credentials in states, registries, logs or diagnostics, with every kind of fault."""

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.pushwire.vendors import VENDORS
from custom_components.pushwire.wire.errors import WireError
from custom_components.pushwire.wire.stream import ConnectionState
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from tests.common import run_pending_updates, set_up, start_flow, start_reauth, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links", "all_enabled")

type Secrets = Callable[[Any], set[str]]

CASES: dict[str, tuple[Callable[[], Simulator], Secrets]] = {
    "deconz": (DeconzSimulator, lambda sim: {sim.api_key}),
    "element": (
        lambda: ElementSimulator(rate=5000),
        lambda sim: {sim.api_key, "SECRETDEVICEKEY", "SECRETNETWORKKEY", "SECRETAPPKEY", "SECRETCONTEXT", "Musterweg"},
    ),
    "resiot": (lambda: ResiotSimulator(rest=True), lambda sim: {sim.socket_url, sim.token, sim.rest_token}),
    "resiot, token in the query": (
        lambda: ResiotSimulator(token_in="query"),
        lambda sim: {sim.socket_url, sim.token},
    ),
    "livisi": (LivisiSimulator, lambda sim: {sim.password}),
}


@pytest.fixture(params=list(CASES))
async def case(request: pytest.FixtureRequest) -> AsyncGenerator[tuple[Simulator, set[str]]]:
    """Run a vendor's system, and return its secrets."""
    make, secrets = CASES[request.param]
    simulator = make()
    async with simulator:
        yield simulator, secrets(simulator)


def check(text: str, secrets: set[str], where: str) -> None:
    """Check that a text holds no secret."""
    assert not [secret for secret in secrets if secret in text], where


def abort_all(hass: HomeAssistant) -> None:
    """Abort all flows."""
    for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN):
        hass.config_entries.flow.async_abort(flow["flow_id"])


async def check_everywhere(hass: HomeAssistant, entry: ConfigEntry[Any], secrets: set[str]) -> None:
    """Check states, registries, titles and diagnostics."""
    for state in hass.states.async_all():
        check(str(state.as_dict()), secrets, state.entity_id)
    check(f"{entry.title} {entry.unique_id}", secrets, "entry")
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    for device in devices:
        check(str(device.dict_repr), secrets, "device")
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        check(str(entity.as_partial_dict), secrets, "entity")
    whole = await async_get_config_entry_diagnostics(hass, entry)
    assert whole["frames"]["frames"]
    assert whole["model"]
    check(orjson.dumps(whole, default=str).decode(), secrets, "diagnostics")
    for device in devices:
        part = await async_get_device_diagnostics(hass, entry, device)
        check(orjson.dumps(part, default=str).decode(), secrets, "device diagnostics")


async def fail_set_up(hass: HomeAssistant, sim: Simulator, secrets: set[str]) -> None:
    """Run the config flow with every fault of its first step."""
    flow_id = await start_flow(hass, sim.vendor)
    for status in (401, 403, 404, 429, 500, 503):
        sim.refuse(status)
        result = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
        check(str(result.get("errors")) + str(result.get("description_placeholders")), secrets, "form")
        sim.allow()
        if result.get("step_id") != sim.vendor:
            hass.config_entries.flow.async_abort(flow_id)
            flow_id = await start_flow(hass, sim.vendor)
    await sim.close()
    result = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    check(str(result.get("errors")), secrets, "form")
    probe = VENDORS[sim.vendor].probe
    data = {"scope": "mandate", "sources": ["readings"], **sim.user_input}
    with pytest.raises(WireError) as caught:
        await probe(hass, data, None)
    check(f"{caught.value} {caught.value!r} {caught.value.__cause__!r}", secrets, "wire error")
    await sim.listen()
    hass.config_entries.flow.async_abort(flow_id)


async def disconnect_and_reconnect(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
    """Disconnect in every way except refused credentials."""
    reconnects = sum(stream.statistics.reconnects for stream in entry.runtime_data.streams)
    sim.refuse(503, times=3)
    await sim.drop()
    await wait_reconnected(hass, entry, reconnects + 1)
    await sim.close()
    await wait_until(hass, lambda: entry.runtime_data.connection_state is not ConnectionState.LIVE)
    streams = entry.runtime_data.streams
    await wait_until(hass, lambda: all(stream.statistics.last_error == "cannot_connect" for stream in streams))
    await sim.listen()
    await wait_reconnected(hass, entry, reconnects + 2)


async def test_no_secret_is_ever_shown(
    hass: HomeAssistant, case: tuple[Simulator, set[str]], caplog: pytest.LogCaptureFixture
) -> None:
    sim, secrets = case
    caplog.set_level(logging.DEBUG)
    # The log of aiohttp's server is that of the simulator.
    reported: list[str] = []

    def gather() -> None:
        reported.extend(
            record.getMessage() + str(record.exc_info or "") + str(record.exc_text or "")
            for record in caplog.records
            if not record.name.startswith(("aiohttp.access", "aiohttp.server"))
        )
        caplog.clear()

    await fail_set_up(hass, sim, secrets)

    # Normal operation
    entry = await set_up(hass, sim)
    sim.garbage()
    for _ in range(30):
        sim.step()
    await run_pending_updates(hass)
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        for status in (401, 503):
            sim.refuse(status)
            with pytest.raises(HomeAssistantError) as caught:
                await hass.services.async_call(
                    DOMAIN,
                    "send_downlink",
                    {"device_id": device.id, "payload": "00", "port": 0 if sim.vendor == "resiot" else 1},
                    blocking=True,
                )
            sim.allow()
            check(f"{caught.value} {caught.value!r} {caught.value.translation_placeholders}", secrets, "error")
    abort_all(hass)
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen > 0)
    await check_everywhere(hass, entry, secrets)

    await disconnect_and_reconnect(hass, sim, entry)
    await check_everywhere(hass, entry, secrets)
    gather()

    # Revoked credentials
    sim.refuse(401)
    await sim.drop()
    with suppress(TimeoutError):
        await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)), 2)
    await run_pending_updates(hass)
    await check_everywhere(hass, entry, secrets)
    for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN):
        assert flow["context"]["source"] == SOURCE_REAUTH
        check(str(flow), secrets - {sim.user_input.get("url")}, "flow")
        hass.config_entries.flow.async_abort(flow["flow_id"])
    form = await start_reauth(hass, entry)
    check(str(form.get("data_schema")) + str(form.get("description_placeholders")), secrets, "reauth form")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    check(f"{entry.reason} {entry.error_reason_translation_placeholders}", secrets, "reason")
    sim.allow()
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    gather()

    assert any("pushwire" in line for line in reported)
    for line in reported:
        check(line, secrets, line[:60])
