"""No key, session key or address anywhere, and no exact position but in a device tracker, with debug logging."""

from collections.abc import Iterator
import logging
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, restore_state
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.storage import store_of
from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from simulators import ElementSimulator
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.element.conftest import wait_primed

# Loggers of the simulated platform and of the tests are not those of a user.
LOGGERS = ("custom_components.pushwire", "homeassistant", "aiohttp.client")
SECRETS = ("SECRETDEVICEKEY", "SECRETNETWORKKEY", "SECRETAPPKEY", "SECRETCONTEXT", "Musterweg")


def positions() -> Iterator[tuple[dict[str, Any], tuple[str, str]]]:
    """Yield data with a position under each name that parsers use, and the coordinates as they would be written."""
    numbers = iter(range(10, 99))

    def pair() -> tuple[float, float]:
        number = next(numbers)
        return 48.137_1 + number / 1e6 + 0.0000007, 11.576_1 + number / 1e6 + 0.0000007

    for names in (
        ("lat", "lon"),
        ("latitude", "longitude"),
        ("gps_lat", "gps_lon"),
        ("gpsLat", "gpsLng"),
        ("Breitengrad", "Laengengrad"),
        ("gps.latitude", "gps.longitude"),
    ):
        pos = pair()
        yield dict(zip(names, pos, strict=True)), (f"{pos[0]!r}", f"{pos[1]!r}")
    for name in ("gps_pos", "coordinates", "position", "location", "gps", "last_fix"):
        pos = pair()
        yield {name: f"{pos[0]!r},{pos[1]!r}"}, (f"{pos[0]!r}", f"{pos[1]!r}")
    for name in ("position", "coordinates", "gps"):
        pos = pair()
        yield {name: list(pos)}, (f"{pos[0]!r}", f"{pos[1]!r}")
        pos = pair()
        yield {name: {"lat": pos[0], "lng": pos[1]}}, (f"{pos[0]!r}", f"{pos[1]!r}")
    pos = pair()
    yield {"lat": pos[0]}, (f"{pos[0]!r}", f"{pos[1]!r}")


@pytest.mark.usefixtures("quick_links", "all_enabled")
async def test_nothing_private_leaves_a_device_tracker(
    hass: HomeAssistant,
    sim: ElementSimulator,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    coordinator = entry.runtime_data
    cases = list(positions())
    exact = [coordinate for _, pair in cases for coordinate in pair]
    for number, (data, _) in enumerate(cases):
        key = f"planted{number}"
        sim.add_device(key, f"Planted {number}")
        sim.uplink(key, {**data, "temperature": 21.5})
    await wait_until(hass, lambda: all(sim.resolve(f"planted{n}") in coordinator.devices for n in range(len(cases))))
    await wait_until(hass, lambda: coordinator.devices.keys() <= coordinator._primed)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve("climate")), entry.entry_id)
    assert device is not None
    action = {"device_id": device.id, "payload": "affe", "port": 1}
    await hass.services.async_call(DOMAIN, "send_downlink", action, blocking=True, return_response=True)
    # An error of the server, and a connection that is lost.
    sim.refuse(500)
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(DOMAIN, "send_downlink", action, blocking=True, return_response=True)
    await sim.drop()
    sim.allow()
    await wait_reconnected(hass, entry, 2)
    await run_pending_updates(hass)

    found = [await async_get_config_entry_diagnostics(hass, entry)]
    found += [
        await async_get_device_diagnostics(hass, entry, item)
        for item in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    ]
    shown = {state.entity_id: str(state.as_dict()) for state in hass.states.async_all()}
    trackers = {entity_id for entity_id in shown if entity_id.startswith("device_tracker.")}
    assert len(trackers) > 6
    await hass.config_entries.async_unload(entry.entry_id)
    await restore_state.async_get(hass).async_dump_states()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    stored = {name: orjson.dumps(data, default=str).decode() for name, data in hass_storage.items()}
    restored = hass_storage["core.restore_state"]["data"]
    others = [item for item in restored if not item["state"]["entity_id"].startswith("device_tracker.")]
    assert others
    stored["core.restore_state"] = orjson.dumps(others, default=str).decode()
    own = store_of(hass, entry.entry_id).key
    assert own in stored
    # The credentials themselves, and what a device tracker must keep.
    stored.pop("core.config_entries", None)
    logs = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records if record.name.startswith(LOGGERS)
    )
    assert logs
    texts = {
        "logs": logs,
        "diagnostics": orjson.dumps(found, default=str).decode(),
        **{f"stored {name}": text for name, text in stored.items()},
        **{f"state {name}": text for name, text in shown.items()},
    }
    for where, text in texts.items():
        assert not [secret for secret in (sim.api_key, *SECRETS, f"auth={sim.api_key}") if secret in text], where
        is_tracker = where in {f"state {name}" for name in trackers}
        if is_tracker or where == f"stored {own}":
            continue
        assert not [coordinate for coordinate in exact if coordinate[:9] in text], where
    kept = {
        key: reading
        for item in hass_storage[own]["data"]["devices"]
        for key, reading in item["readings"].items()
        if any(coordinate[:9] in str(reading) for coordinate in exact)
    }
    assert {reading["shown_as"]["platform"] for reading in kept.values()} == {"device_tracker"}
