"""Presses, details, gateways and radio of the devices of the simulated mandate."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.coordinator import trigger_signal
from custom_components.pushwire.wire.events import ButtonPress
from simulators import ElementSimulator
from tests.common import run_pending_updates, wait_reconnected, wait_until

BUTTON = "event.gebaude_rufknopf_button"


def device_of(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], key: str) -> dr.DeviceEntry:
    """Return a device of the simulator from the registry."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)
    assert device is not None
    return device


def watch(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], key: str) -> list[str]:
    """Return a list to which the kind of each press of a device is added.

    Two presses of the same millisecond are one state of an event entity, so its states are not counted.
    """
    fired: list[str] = []

    @callback
    def note(press: ButtonPress) -> None:
        fired.append(press.kind)

    async_dispatcher_connect(hass, trigger_signal(device_of(hass, sim, entry, key).id), note)
    return fired


async def applied(hass: HomeAssistant, sim: ElementSimulator) -> None:
    """Wait until everything that was sent has been applied."""
    sim.uplink("soil", {"soil_moisture": float(len(sim.world["packets"]) % 90)})
    value = str(float((len(sim.world["packets"]) - 1) % 90))
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_stadtbaum_12_soil_moisture", value))
    await hass.async_block_till_done()


async def test_each_press_fires_once(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    # The presses before the start were read, but fire nothing.
    assert hass.states.is_state(BUTTON, STATE_UNKNOWN)
    fired = watch(hass, sim, entry, "button")
    items = [sim.uplink("button", {"button": "long", "count": count}) for count in (1, 1, 2)]
    await applied(hass, sim)
    assert fired == ["long_press"] * 3
    state = hass.states.get(BUTTON)
    assert state is not None
    assert (state.attributes["button"], state.attributes["event_type"]) == ("button", "long_press")
    # The platform sends a reading twice, and parses a packet again.
    sim.announce(items[2][1])
    sim.reparse(items[2][1]["id"], {"button": "long", "count": 3})
    await applied(hass, sim)
    assert fired == ["long_press"] * 3
    assert hass.states.get("sensor.gebaude_rufknopf_button") is None
    await hass.config_entries.async_reload(entry.entry_id)
    await run_pending_updates(hass)
    assert fired == ["long_press"] * 3


@pytest.mark.usefixtures("quick_links")
async def test_a_press_during_an_interruption_fires_once(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, sim, entry, "button")
    with sim.lose_frames():
        old = datetime.now(UTC) - timedelta(minutes=3)
        sim.uplink("button", {"button": "double", "count": 1}, inserted_at=old)
        sim.uplink("button", {"button": "short", "count": 1})
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await applied(hass, sim)
    assert fired == ["short_press"]


async def test_the_first_press_of_a_device_fires(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink("climate", {"temperature": 21.5, "button_1": 1})
    entity_id = "event.gebaude_klima_buro_button_1"
    await wait_until(hass, lambda: hass.states.get(entity_id) is not None)
    await applied(hass, sim)
    assert hass.states.get(entity_id).attributes["event_type"] == "press"
    assert hass.states.get(entity_id).attributes["event_types"] == ["press"]
    # A further kind needs no restart.
    fired = watch(hass, sim, entry, "climate")
    sim.uplink("climate", {"temperature": 21.5, "button_1": "long"})
    await applied(hass, sim)
    assert fired == ["long_press"]
    assert hass.states.get(entity_id).attributes["event_types"] == ["press", "long_press"]


async def test_a_message_of_an_alarm(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    entity_id = "event.keller_wasserzahler_keller_message"
    assert hass.states.get(entity_id) is None
    sim.uplink("water", {"type": "alarm", "qualifier": "leak"})
    await wait_until(hass, lambda: hass.states.get(entity_id) is not None)
    await applied(hass, sim)
    assert hass.states.get(entity_id).attributes["event_type"] == "alarm"
    entities = er.async_entries_for_device(er.async_get(hass), device_of(hass, sim, entry, "water").id)
    names = [entity.name or entity.original_name for entity in entities]
    assert len(set(names)) == len(names)


async def test_device_triggers(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    for kind in ("short", "long", "double"):
        sim.uplink("button", {"button": kind, "count": 1})
    await applied(hass, sim)
    device = device_of(hass, sim, entry, "button")
    automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    triggers = {(item["type"], item["subtype"]) for item in automations[device.id] if item["domain"] == DOMAIN}
    assert triggers == {(kind, "button") for kind in ("short_press", "long_press", "double_press")}
    trigger = {"platform": "device", "domain": DOMAIN, "device_id": device.id}
    trigger |= {"type": "double_press", "subtype": "button"}
    run: list[Any] = []
    hass.services.async_register("test", "run", run.append)
    config = {"automation": {"triggers": [trigger], "actions": [{"action": "test.run"}]}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    sim.uplink("button", {"button": "short", "count": 1})
    sim.uplink("button", {"button": "double", "count": 1})
    await wait_until(hass, lambda: bool(run))
    await applied(hass, sim)
    assert len(run) == 1
    # The account has no buttons.
    hub = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert hub is not None
    automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [hub.id])
    assert not [item for item in automations[hub.id] if item["domain"] == DOMAIN]
