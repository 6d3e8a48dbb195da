"""Simulated platform and its entry."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import ElementSimulator
from tests.common import run_pending_updates, set_up, wait_until


@pytest.fixture
async def sim() -> AsyncGenerator[ElementSimulator]:
    """Return a running platform with a high rate limit."""
    async with ElementSimulator(rate=5000) as simulator:
        yield simulator


async def wait_primed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until the newest values of all devices have been read."""
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: coordinator.devices.keys() <= coordinator._primed)
    await run_pending_updates(hass)


def newest_values(sim: ElementSimulator) -> dict[str, dict[str, Any]]:
    """Return the newest value of each key on the platform, by device."""
    newest: dict[str, dict[str, tuple[tuple[str, str], Any]]] = {}
    for reading in sim.world["readings"]:
        keys = newest.setdefault(reading["device_id"], {})
        at = (reading["measured_at"], reading["inserted_at"])
        for key, value in reading["data"].items():
            if key not in keys or at >= keys[key][0]:
                keys[key] = (at, value)
    return {
        device_id: {key: value for key, (_, value) in keys.items()}
        for device_id, keys in newest.items()
        if device_id in sim.world["devices"] and not sim.world["devices"][device_id]["deleted_at"]
    }


def assert_values_shown(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], *, all_devices: bool = True
) -> None:
    """Check that every state is the platform's newest value, and that all devices are registered."""
    registry = er.async_get(hass)
    checked = 0
    for device_id, values in newest_values(sim).items():
        for key, value in values.items():
            for platform in ("sensor", "binary_sensor"):
                entity_id = registry.async_get_entity_id(
                    platform,
                    DOMAIN,
                    entry.runtime_data.unique_id(device_id, f"{'value' if platform == 'sensor' else 'flag'}-{key}"),
                )
                state = hass.states.get(entity_id) if entity_id else None
                if state is None:
                    continue
                checked += 1
                if platform == "binary_sensor":
                    assert (state.state == "on") is (str(value).lower() in ("true", "1")), entity_id
                elif value is None:
                    assert state.state == "unknown", entity_id
                elif isinstance(value, int | float):
                    # Home Assistant converts speeds to km/h.
                    factor = 3.6 if state.attributes.get("unit_of_measurement") == "km/h" else 1
                    assert float(state.state) == pytest.approx(value * factor), entity_id
                else:
                    assert state.state == str(value), entity_id
    assert checked > 20
    if not all_devices:
        return
    names = {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
    expected = {device["name"] for device in sim.world["devices"].values() if not device["deleted_at"]}
    gateways = {f"Gateway {eui.upper()}" for eui in entry.runtime_data.heard.by_eui}
    assert names == {entry.title} | expected | gateways


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ElementSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of the mandate, which is unloaded before the simulator ends."""
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
