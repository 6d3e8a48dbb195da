"""A simulated platform, and an entry for it."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import ElementSimulator
from tests.common import set_up, settle, until


@pytest.fixture
async def sim() -> AsyncGenerator[ElementSimulator]:
    """Run a platform whose rate limit no test but its own meets."""
    async with ElementSimulator(rate=5000) as simulator:
        yield simulator


async def primed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until the newest values of all devices have been read."""
    coordinator = entry.runtime_data
    await until(hass, lambda: coordinator.devices.keys() <= coordinator._primed)
    await settle(hass)


def truth(sim: ElementSimulator) -> dict[str, dict[str, Any]]:
    """Return by device the newest value of each key that the platform has ever taken in."""
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


def shows(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], *, whole: bool = True) -> None:
    """Check that every value that is shown is the platform's newest, and that the whole mandate is."""
    registry = er.async_get(hass)
    checked = 0
    for device_id, values in truth(sim).items():
        for key, value in values.items():
            for platform in ("sensor", "binary_sensor"):
                entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{device_id}-value-{key}")
                state = hass.states.get(entity_id) if entity_id else None
                if state is None:
                    continue
                checked += 1
                if platform == "binary_sensor":
                    assert (state.state == "on") is (str(value).lower() in ("true", "1")), entity_id
                elif value is None:
                    assert state.state == "unknown", entity_id
                elif isinstance(value, int | float):
                    # Home Assistant shows speeds in km/h.
                    factor = 3.6 if state.attributes.get("unit_of_measurement") == "km/h" else 1
                    assert float(state.state) == pytest.approx(value * factor), entity_id
                else:
                    assert state.state == str(value), entity_id
    assert checked > 20
    if not whole:
        return
    names = {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
    there = {device["name"] for device in sim.world["devices"].values() if not device["deleted_at"]}
    assert names == {entry.title} | there


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ElementSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Follow the whole mandate, and take it down before the simulator goes."""
    entry = await set_up(hass, sim)
    await primed(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
