"""Behavior of the entries of every vendor: connection entities, diagnostics, reload, removal."""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_get_device_automations
import yaml

from custom_components import pushwire
from custom_components.pushwire import async_remove_config_entry_device
from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from tests.common import set_up, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")

VENDORS: dict[str, Callable[[], Simulator]] = {
    "livisi": LivisiSimulator,
    "deconz": DeconzSimulator,
    "element": ElementSimulator,
    "resiot": ResiotSimulator,
}


@pytest.fixture(params=VENDORS)
async def sim(request: pytest.FixtureRequest) -> AsyncGenerator[Simulator]:
    """Run the system of each vendor."""
    async with VENDORS[request.param]() as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: Simulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set the system up."""
    entry = await set_up(hass, sim)
    for _ in range(40):
        sim.step()
    await hass.async_block_till_done()
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


def link_entity(hass: HomeAssistant, entry: ConfigEntry[Any], platform: str, key: str) -> str:
    """Return the ID of an entity of the connection."""
    unique_id = entry.runtime_data.unique_id(entry.runtime_data.hub_id, f"link-{key}")
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert entity_id is not None
    return entity_id


async def test_the_connection_entity_reports_a_disconnect_at_once(
    hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]
) -> None:
    state = link_entity(hass, entry, "binary_sensor", "state")
    reconnects = link_entity(hass, entry, "sensor", "reconnects")
    assert hass.states.is_state(state, "on")
    assert hass.states.is_state(reconnects, "0")
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.is_state(state, "off"))
    sim.allow()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(state, "on"))
    assert int(hass.states.get(reconnects).state) >= 1


async def test_the_last_message_is_updated_once_a_minute(
    hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]
) -> None:
    entity_id = link_entity(hass, entry, "sensor", "last_message")
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    # Home Assistant reloads the entry half a minute later.
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    await wait_until(hass, lambda: hass.states.get(entity_id) is not None)
    seen = entry.runtime_data.frame_log.seen
    sim.step()
    sim.push("{}")
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen > seen)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=120))
    await hass.async_block_till_done()
    shown = dt_util.parse_datetime(hass.states.get(entity_id).state)
    assert shown is not None
    assert shown.timestamp() == pytest.approx(entry.runtime_data.streams[-1].statistics.last_frame, abs=30)


async def test_diagnostics_hold_no_secret(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
    sim.garbage()
    sim.push({"type": "new", "api_key": "x", "nested": [{"auth": "y"}]})
    await wait_until(hass, lambda: bool(entry.runtime_data.frame_log.unknown))
    reported = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(reported, default=str)
    for name in entry.runtime_data.secret_fields:
        if value := entry.data.get(name):
            assert value not in text
    assert reported["streams"][0]["state"] == "live"
    assert reported["frames"]["frames"]


async def test_a_downlink_offers_end_devices_only(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
    actions = yaml.safe_load((Path(pushwire.__file__).parent / "services.yaml").read_text())
    selected = actions["send_downlink"]["fields"]["device_id"]["selector"]["device"]["filter"][0]
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    offered = {device.name for device in devices if device.model_id == selected["model_id"]}
    ends = getattr(entry.runtime_data, "devices", {}) if sim.vendor in ("element", "resiot") else {}
    # A device of another network has no DevEUI.
    assert offered == {device.name for device in ends.values() if device.dev_eui is not None}


async def test_diagnostics_of_a_device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        reported = await async_get_device_diagnostics(hass, entry, device)
        whole = await async_get_config_entry_diagnostics(hass, entry)
        assert len(json.dumps(reported["model"], default=str)) < len(json.dumps(whole["model"], default=str))


async def test_reload_and_removal_leave_nothing(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
    for _ in range(2):
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await sim.wait(lambda: sim.open_sockets == 0)
    # Device trackers need zones, which stay.
    assert set(hass.states.async_entity_ids()) <= {"zone.home"}
    assert not dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)


async def test_the_hub_cannot_be_deleted(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    hub = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert hub is not None
    assert not await async_remove_config_entry_device(hass, entry, hub)


async def test_every_entity_has_a_name_of_its_own(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        assert entity.unique_id
        assert entity.has_entity_name
    names: dict[tuple[str, str | None], list[str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if entity.disabled_by is None:
            state = hass.states.get(entity.entity_id)
            assert state is not None, entity.entity_id
            names.setdefault((entity.domain, state.name), []).append(entity.entity_id)
    doubled = {name: ids for name, ids in names.items() if len(ids) > 1}
    assert not doubled


async def test_no_trigger_without_a_device_of_ours(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    registry = dr.async_get(hass)
    devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    for device in devices:
        triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, device.id)
        assert not [item for item in triggers if item["domain"] == DOMAIN]
