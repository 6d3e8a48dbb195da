"""A gateway or account that replaces the one of an entry takes over its entities."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.vendors.deconz.api.client import DeconzClient
from custom_components.pushwire.wire.errors import NotReady
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator
from tests.common import set_up, start_reconfigure, wait_until
from tests.deconz.common import wait_described
from tests.element.conftest import wait_primed

pytestmark = pytest.mark.usefixtures("quick_links")

NEW_BRIDGE = "00212EFFFF0FFFFF"


def ids_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the unique ID of each entity of an entry."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {entity.entity_id: entity.unique_id for entity in entities}


async def choose(hass: HomeAssistant, menu: ConfigFlowResult, step_id: str) -> ConfigFlowResult:
    """Choose an option of the menu that asks about a replacement."""
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "take_over")
    return await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": step_id})


def address_of(sim: DeconzSimulator) -> dict[str, Any]:
    """Return the input of the reconfiguration."""
    return {"host": sim.host, "port": sim.port}


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_zigbee_gateway_is_replaced(hass: HomeAssistant, *, loaded: bool) -> None:
    async with DeconzSimulator() as old, DeconzSimulator() as new:
        new.bridge_id = NEW_BRIDGE
        new.keys.clear()
        for key in ("cellar", "moisture"):
            new.delete("lights" if key == "cellar" else "sensors", key)
        entry = await set_up(hass, old)
        await wait_described(hass, entry)
        registry = er.async_get(hass)
        registry.async_update_entity("light.schreibtisch", name="Mein Licht", area_id=None)
        before = ids_of(hass, entry)
        devices = {device.id for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
        if not loaded:
            await hass.config_entries.async_unload(entry.entry_id)
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], address_of(new))
        placeholders = menu["description_placeholders"]
        assert placeholders is not None
        assert "00212EFFFF012345" in placeholders["old"]
        assert NEW_BRIDGE in placeholders["new"]
        confirm = await choose(hass, menu, "take_over_confirm")
        assert confirm["type"] is FlowResultType.FORM
        locked = await hass.config_entries.flow.async_configure(confirm["flow_id"], {"api_key": ""})
        assert locked["errors"] == {"base": "link_not_unlocked"}
        assert ids_of(hass, entry) == before
        new.unlock()
        done = await hass.config_entries.flow.async_configure(confirm["flow_id"], {"api_key": ""})
        assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "taken_over")
        assert done["description_placeholders"] is not None
        left = done["description_placeholders"]["left"]
        assert "Keller" in left
        assert "Schreibtisch" not in left
        await hass.async_block_till_done()
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        assert entry.unique_id == f"deconz:{NEW_BRIDGE}"
        after = ids_of(hass, entry)
        assert after.keys() >= before.keys()
        assert after["light.schreibtisch"].startswith(f"{NEW_BRIDGE}/")
        assert registry.async_get("light.schreibtisch").name == "Mein Licht"
        # What the new gateway does not have stays as it was.
        assert after["binary_sensor.phoscon_gw_connection"].startswith(f"{NEW_BRIDGE}-")
        assert after["light.keller"] == before["light.keller"]
        assert devices <= {item.id for item in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
        new.set_sensor_state("temperature", temperature=1234)
        await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_temperature", "12.34"))
        # A restart and another reconfiguration remove nothing either.
        form = await start_reconfigure(hass, entry)
        again = await hass.config_entries.flow.async_configure(form["flow_id"], address_of(new))
        assert again["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert ids_of(hass, entry) == after
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_person_declines(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as old, DeconzSimulator() as new:
        new.bridge_id = NEW_BRIDGE
        entry = await set_up(hass, old)
        await wait_described(hass, entry)
        before, data = ids_of(hass, entry), dict(entry.data)
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], address_of(new))
        done = await choose(hass, menu, "take_over_decline")
        assert done["reason"] == "wrong_account"
        assert (ids_of(hass, entry), dict(entry.data)) == (before, data)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_gateway_with_an_entry_replaces_no_other(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as old, DeconzSimulator() as new:
        new.bridge_id = NEW_BRIDGE
        entry, other = await set_up(hass, old), await set_up(hass, new)
        form = await start_reconfigure(hass, entry)
        done = await hass.config_entries.flow.async_configure(form["flow_id"], address_of(new))
        assert done["reason"] == "already_configured"
        for item in (entry, other):
            await hass.config_entries.async_unload(item.entry_id)


@pytest.mark.parametrize("fails", ["credentials", "list", "no list", "identity"])
async def test_a_replacement_that_fails_changes_nothing(
    hass: HomeAssistant, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DeconzSimulator() as old, DeconzSimulator() as new:
        new.bridge_id = NEW_BRIDGE
        entry = await set_up(hass, old)
        await wait_described(hass, entry)
        before, data = ids_of(hass, entry), dict(entry.data)
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], address_of(new))
        confirm = await choose(hass, menu, "take_over_confirm")
        if fails == "list":
            monkeypatch.setattr(DeconzClient, "full_state", AsyncMock(side_effect=NotReady))
        elif fails == "no list":
            monkeypatch.setattr(DeconzClient, "full_state", AsyncMock(return_value=None))
        elif fails == "identity":
            new.bridge_id = "00212EFFFF000000"
        key = "wrong" if fails == "credentials" else new.api_key
        result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {"api_key": key})
        if "list" in fails:
            reason = "not_ready" if fails == "list" else "not_this_vendor"
            assert (result["type"], result["reason"]) == (FlowResultType.ABORT, reason)
        else:
            error = "invalid_auth" if fails == "credentials" else "not_this_vendor"
            assert result["errors"] == {"api_key" if fails == "credentials" else "base": error}
        assert (ids_of(hass, entry), dict(entry.data)) == (before, data)
        assert entry.state is ConfigEntryState.LOADED
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_mandate_is_replaced(hass: HomeAssistant, *, loaded: bool) -> None:
    async with ElementSimulator(rate=5000) as old, ElementSimulator(rate=5000) as new:
        new.world["mandate"]["id"] = "11111111-2222-3333-4444-555555555555"
        device = new.world["devices"].pop(new.resolve("climate"))
        new.world["ids"]["climate"] = device["id"] = "99999999-2222-3333-4444-555555555555"
        new.world["devices"][device["id"]] = device
        entry = await set_up(hass, old)
        await wait_primed(hass, entry)
        before = ids_of(hass, entry)
        if not loaded:
            await hass.config_entries.async_unload(entry.entry_id)
        form = await start_reconfigure(hass, entry)
        data = {"host": new.url, "api_key": new.api_key, **new.steps[0]["data"]}
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], data)
        done = await choose(hass, menu, "take_over_confirm")
        assert done["reason"] == "taken_over_completely"
        await hass.async_block_till_done()
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        await wait_primed(hass, entry)
        after = ids_of(hass, entry)
        climate = "sensor.gebaude_klima_buro_temperature"
        assert after[climate] == f"{new.world['mandate']['id']}/{device['id']}-value-temperature"
        assert after.keys() >= before.keys()
        new.uplink("climate", {"temperature": 12.5})
        await wait_until(hass, lambda: hass.states.is_state(climate, "12.5"))
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_hub_is_replaced(hass: HomeAssistant, *, loaded: bool) -> None:
    async with LivisiSimulator() as old, LivisiSimulator() as new:
        new.world["status"]["serialNumber"] = "914101000999"
        entry = await set_up(hass, old)
        before = ids_of(hass, entry)
        if not loaded:
            await hass.config_entries.async_unload(entry.entry_id)
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": new.user_input["host"]})
        done = await choose(hass, menu, "take_over_confirm")
        assert done["reason"] == "taken_over_completely"
        await hass.async_block_till_done()
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        after = ids_of(hass, entry)
        assert after.keys() == before.keys()
        assert {item.partition("/")[0] for item in after.values()} == {"914101000999"}
        await hass.config_entries.async_unload(entry.entry_id)
