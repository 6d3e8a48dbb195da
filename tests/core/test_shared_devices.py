"""Two systems that have the same device: the entities of each live and end on their own."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator, ElementSimulator, ResiotSimulator, Simulator
from tests.common import set_up, wait_until
from tests.element.conftest import wait_primed

pytestmark = pytest.mark.usefixtures("quick_links")

SECOND_BRIDGE = "00212EFFFF0FFFFF"
CLIMATE = "sensor.klima_bad_temperature"
CLIMATE_2 = "sensor.klima_bad_temperature_2"
DEV_EUI = "0732227a557d8601"


@pytest.fixture
async def gateways(hass: HomeAssistant) -> AsyncGenerator[list[tuple[DeconzSimulator, ConfigEntry[Any]]]]:
    """Yield two gateways with the same devices, and their entries."""
    async with AsyncExitStack() as stack:
        pairs = []
        for number in range(2):
            sim = await stack.enter_async_context(DeconzSimulator())
            if number:
                sim.bridge_id = SECOND_BRIDGE
            pairs.append((sim, await set_up(hass, sim)))
        yield pairs
        for entry in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_remove(entry.entry_id)


def entities_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the IDs of an entry's entities."""
    return {item.entity_id for item in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}


def devices_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the IDs of an entry's devices."""
    return {item.id for item in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}


async def test_two_gateways_have_entities_of_their_own(
    hass: HomeAssistant, gateways: list[tuple[DeconzSimulator, ConfigEntry[Any]]]
) -> None:
    (first_sim, first), (second_sim, second) = gateways
    assert len(entities_of(hass, first)) == len(entities_of(hass, second))
    assert not entities_of(hass, first) & entities_of(hass, second)
    assert not devices_of(hass, first) & devices_of(hass, second)
    for entry in (first, second):
        system_id = entry.runtime_data.system_id
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
            assert entity.unique_id.startswith((f"{system_id}/", f"{system_id}-"))
    first_sim.set_sensor_state("temperature", temperature=1000)
    second_sim.set_sensor_state("temperature", temperature=2000)
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE, "10.0"))
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE_2, "20.0"))


async def test_a_device_that_leaves_one_gateway_stays_on_the_other(
    hass: HomeAssistant, gateways: list[tuple[DeconzSimulator, ConfigEntry[Any]]]
) -> None:
    (first_sim, first), (_, second) = gateways
    others = entities_of(hass, second), devices_of(hass, second)
    first_sim.delete("sensors", "temperature")
    first_sim.delete("sensors", "humidity")
    first_sim.delete("sensors", "pressure")
    await wait_until(hass, lambda: hass.states.get(CLIMATE) is None)
    assert (entities_of(hass, second), devices_of(hass, second)) == others
    assert hass.states.get(CLIMATE_2) is not None
    first_sim.rename("lights", "desk", "Anderer Name")
    await wait_until(hass, lambda: hass.states.get("light.schreibtisch").name == "Anderer Name")
    assert hass.states.get("light.schreibtisch_2").name == "Schreibtisch"
    # A light that becomes a switch on one gateway stays a light on the other.
    hass.config_entries.async_update_entry(first, options={"as_switch": [first_sim.light("desk")["uniqueid"]]})
    await hass.config_entries.async_reload(first.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("light.schreibtisch") is None
    assert hass.states.get("light.schreibtisch_2") is not None


async def test_removing_one_gateway_leaves_the_other(
    hass: HomeAssistant, gateways: list[tuple[DeconzSimulator, ConfigEntry[Any]]]
) -> None:
    (_, first), (second_sim, second) = gateways
    others = entities_of(hass, second), devices_of(hass, second)
    await hass.config_entries.async_unload(first.entry_id)
    assert hass.states.is_state(CLIMATE, "unavailable")
    await hass.config_entries.async_remove(first.entry_id)
    await hass.async_block_till_done()
    assert (entities_of(hass, second), devices_of(hass, second)) == others
    second_sim.set_sensor_state("temperature", temperature=1500)
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE_2, "15.0"))
    # Members and scenes of a group are found by the gateway that has them.
    attributes = hass.states.get("light.wohnzimmer_2").attributes
    members = attributes.get("group_entities") or attributes["entity_id"]
    assert members
    assert all(member.endswith("_2") for member in members)
    await hass.async_block_till_done()


async def test_one_dev_eui_on_two_platforms_and_on_a_server(hass: HomeAssistant) -> None:
    async with AsyncExitStack() as stack:
        sims: list[Simulator] = [
            await stack.enter_async_context(sim)
            for sim in (ElementSimulator(rate=5000), ElementSimulator(rate=5000), ResiotSimulator())
        ]
        one, two, server = sims
        assert isinstance(one, ElementSimulator)
        assert isinstance(two, ElementSimulator)
        assert isinstance(server, ResiotSimulator)
        two.world["mandate"]["id"] = "11111111-2222-3333-4444-555555555555"
        for sim in (one, two):
            for interface in sim.device("climate")["interfaces"]:
                interface["opts"]["device_eui"] = DEV_EUI.upper()
        entries = [await set_up(hass, sim) for sim in sims]
        for entry in entries[:2]:
            await wait_primed(hass, entry)
        one.uplink("climate", {"temperature": 11.5})
        two.uplink("climate", {"temperature": 12.5})
        server.uplink_lpp("office", [(1, "temperature", 13.5)])
        climate = "sensor.gebaude_klima_buro_temperature"
        office = f"sensor.{DEV_EUI}_temperature_1"
        await wait_until(hass, lambda: hass.states.is_state(climate, "11.5"))
        await wait_until(hass, lambda: hass.states.is_state(f"{climate}_2", "12.5"))
        await wait_until(hass, lambda: hass.states.get(office) is not None and hass.states.is_state(office, "13.5"))
        everything = [entities_of(hass, entry) for entry in entries]
        assert sum(map(len, everything)) == len(set().union(*everything))
        one.delete("climate")
        await hass.config_entries.async_reload(entries[0].entry_id)
        await wait_until(hass, lambda: hass.states.get(climate) is None)
        assert entities_of(hass, entries[1]) == everything[1]
        assert entities_of(hass, entries[2]) == everything[2]
        await hass.config_entries.async_remove(entries[1].entry_id)
        await hass.async_block_till_done()
        assert hass.states.is_state(office, "13.5")
        assert all(entity.platform == DOMAIN for entity in er.async_get(hass).entities.values())
        for entry in (entries[0], entries[2]):
            await hass.config_entries.async_unload(entry.entry_id)
