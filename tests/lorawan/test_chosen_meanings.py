"""Export and import of the meanings that a person sets."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator, ElementSimulator, ResiotSimulator
from tests.common import set_up
from tests.element.test_meaning import receive

LEVEL = {
    "key": "level",
    "model": "parser-1",
    "platform": "sensor",
    "device_class": "distance",
    "unit": "cm",
    "state_class": "measurement",
    "name": "Füllstand",
    "precision": 1,
}
DOOR = {"key": "contact", "device": "x", "platform": "binary_sensor", "device_class": "door"}


@pytest.fixture
async def entry(hass: HomeAssistant) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of a server."""
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        yield entry
        await hass.config_entries.async_unload(entry.entry_id)


async def import_values(hass: HomeAssistant, entry: ConfigEntry[Any], meanings: object) -> Any:
    """Import meanings, and return the response after the entry has been reloaded."""
    data = {"config_entry_id": entry.entry_id, "meanings": meanings}
    response = await hass.services.async_call(DOMAIN, "import_meanings", data, blocking=True, return_response=True)
    await hass.async_block_till_done()
    return response


async def export_values(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Any:
    """Return the exported meanings."""
    response = await hass.services.async_call(
        DOMAIN, "export_meanings", {"config_entry_id": entry.entry_id}, blocking=True, return_response=True
    )
    assert response is not None
    return response["meanings"]


async def test_meanings_are_exported_and_imported(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    assert await export_values(hass, entry) == []
    before = entry.runtime_data
    assert await import_values(hass, entry, [LEVEL, DOOR]) == {"imported": 2}
    assert await export_values(hass, entry) == [LEVEL, DOOR]
    assert entry.runtime_data is not before
    # What is imported again changes nothing.
    before = entry.runtime_data
    assert await import_values(hass, entry, await export_values(hass, entry)) == {"imported": 2}
    assert entry.runtime_data is before


async def test_an_imported_meaning_replaces_that_of_the_same_key(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    await import_values(hass, entry, [LEVEL, DOOR])
    await import_values(hass, entry, {**LEVEL, "unit": "mm"})
    assert await export_values(hass, entry) == [DOOR, {**LEVEL, "unit": "mm"}]


async def test_an_imported_meaning_is_shown(hass: HomeAssistant) -> None:
    async with ElementSimulator() as sim:
        entry = await set_up(hass, sim)
        await receive(hass, sim, entry, {"level": 125})
        own = {name: value for name, value in LEVEL.items() if name != "model"}
        await import_values(hass, entry, {**own, "device": sim.resolve("probe")})
        state = (await receive(hass, sim, entry, {"level": 130}))["level"]
        assert (state.name, state.state) == ("Fühler Füllstand", "130")
        assert (state.attributes["unit_of_measurement"], state.attributes["device_class"]) == ("cm", "distance")
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "text",
        7,
        [[LEVEL]],
        [{}],
        [{**LEVEL, "key": ""}],
        [{**LEVEL, "key": 7}],
        [{**LEVEL, "device": "x"}],
        [{name: value for name, value in LEVEL.items() if name != "model"}],
        [{**LEVEL, "platform": "light"}],
        [{**LEVEL, "device_class": "door"}],
        [{**LEVEL, "device_class": "enum"}],
        [{**LEVEL, "unit": "kWh"}],
        [{**LEVEL, "device_class": "temperature", "unit": "°C", "state_class": "total"}],
        [{**LEVEL, "state_class": "now"}],
        [{**LEVEL, "precision": 7}],
        [{**LEVEL, "precision": 1.5}],
        [{**LEVEL, "other": 1}],
        [{**DOOR, "device_class": "distance"}],
        [{**DOOR, "unit": "cm"}],
        [DOOR, {**LEVEL, "unit": "kWh"}],
    ],
)
async def test_a_bad_import_changes_nothing(hass: HomeAssistant, entry: ConfigEntry[Any], bad: object) -> None:
    before = entry.runtime_data
    with pytest.raises(ServiceValidationError) as raised:
        await import_values(hass, entry, bad)
    assert raised.value.translation_key == "meanings_bad"
    assert await export_values(hass, entry) == []
    assert entry.runtime_data is before


async def refused_export(hass: HomeAssistant, entry_id: str) -> str | None:
    """Return the key of the error of an export."""
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(
            DOMAIN, "export_meanings", {"config_entry_id": entry_id}, blocking=True, return_response=True
        )
    return raised.value.translation_key


async def test_other_entries_have_no_meanings(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    async with DeconzSimulator() as sim:
        other = await set_up(hass, sim)
        assert await refused_export(hass, other.entry_id) == "meanings_not_lorawan"
        await hass.config_entries.async_unload(other.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    assert await refused_export(hass, entry.entry_id) == "entry_not_loaded"
    assert await refused_export(hass, "unknown") == "meanings_not_lorawan"
    await hass.config_entries.async_setup(entry.entry_id)
