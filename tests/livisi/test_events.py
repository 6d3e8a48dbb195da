"""Presses, motion, messages, discovery and changes of the configuration."""

import json
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.binary_sensor import MOTION_OFF_DELAY
from custom_components.pushwire.vendors.livisi.coordinator import LivisiCoordinator
from simulators import LivisiSimulator
from tests.common import set_up, wait_until

BOTH = pytest.mark.parametrize("version", ["v1", "v2"])


def watch(hass: HomeAssistant, entity_id: str) -> list[dict[str, Any]]:
    """Return a list that collects the attributes of each event that an entity fires."""
    fired: list[dict[str, Any]] = []

    @callback
    def changed(event: Event[Any]) -> None:
        state = event.data["new_state"]
        old = event.data["old_state"]
        if event.data["entity_id"] == entity_id and state is not None and (old is None or old.state != state.state):
            fired.append(dict(state.attributes))

    hass.bus.async_listen("state_changed", changed)
    return fired


@BOTH
async def test_a_burst_writes_every_value(hass: HomeAssistant, entry: ConfigEntry[LivisiCoordinator]) -> None:
    coordinator = entry.runtime_data
    window = next(item for item in coordinator.model.capabilities.values() if item.type == "WindowDoorSensor")
    entity_id = er.async_get(hass).async_get_entity_id(
        "binary_sensor", DOMAIN, coordinator.unique_id(window.id, "open")
    )
    assert entity_id is not None
    is_open = hass.states.is_state(entity_id, "on")
    fired = watch(hass, entity_id)
    for value in (not is_open, is_open, not is_open):
        event = {"type": "StateChanged", "source": window.link, "properties": {"isOpen": value}}
        coordinator.apply_frame(json.dumps(event))
    await hass.async_block_till_done()
    assert len(fired) == 3


@BOTH
async def test_a_press_fires_its_button_once(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, "event.fernbedienung_button_3")
    others = watch(hass, "event.fernbedienung_button_4")
    sim.press("remote.PushButtonSensor", 2)
    await wait_until(hass, lambda: len(fired) == 1)
    sim.press("remote.PushButtonSensor", 2, long=True)
    await wait_until(hass, lambda: len(fired) == 2)
    assert [(item["event_type"], item["button"]) for item in fired] == [
        ("press_end", "button_3"),
        ("long_press_end", "button_3"),
    ]
    assert not others


async def test_a_repeated_press_is_ignored(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    fired = watch(hass, "event.fernbedienung_button_1")
    source = f"/capability/{sim.resolve('remote.PushButtonSensor')}"
    for counter in (255, 255, 0, 0, 1):
        sim.push_event("ButtonPressed", source, {"index": 0, "type": "ShortPress", "keyPressCounter": counter})
    sim.push_event("ButtonPressed", source, {"keyPressCounter": 2})
    sim.press("remote.PushButtonSensor", 1)
    await wait_until(hass, lambda: not hass.states.is_state("event.fernbedienung_button_2", "unknown"))
    assert len(fired) == 3


async def test_a_new_button_is_counted(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    source = f"/capability/{sim.resolve('wall_sender.PushButtonSensor')}"
    sim.world["capabilities"][sim.resolve("wall_sender.PushButtonSensor")]["config"].pop("pushButtons")
    sim.push_event("ButtonPressed", source, {"index": 4, "type": "ShortPress", "keyPressCounter": 9})
    await wait_until(
        hass, lambda: entry.runtime_data.model.capabilities[source[12:]].state["lastPressedButtonIndex"] == 4
    )
    assert entry.runtime_data.model.button_count(entry.runtime_data.model.capabilities[source[12:]]) == 5


@BOTH
async def test_device_triggers(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve("remote")), entry.entry_id)
    assert device is not None
    automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    triggers = {(item["type"], item["subtype"]) for item in automations[device.id] if item["domain"] == DOMAIN}
    assert triggers == {
        (kind, f"button_{number}") for kind in ("press_end", "long_press_end") for number in range(1, 9)
    }
    trigger = {
        "platform": "device",
        "domain": DOMAIN,
        "device_id": device.id,
        "type": "long_press_end",
        "subtype": "button_8",
    }
    run: list[Any] = []
    hass.services.async_register("test", "run", run.append)
    assert await async_setup_component(
        hass, "automation", {"automation": {"triggers": [trigger], "actions": [{"action": "test.run"}]}}
    )
    await hass.async_block_till_done()
    sim.press("remote.PushButtonSensor", 7)
    sim.press("remote.PushButtonSensor", 7, long=True)
    await wait_until(hass, lambda: bool(run))
    await hass.async_block_till_done()
    assert len(run) == 1


@BOTH
async def test_motion(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    entity_id = "binary_sensor.flur_bewegung_flur_motion"
    fired = watch(hass, "event.flur_bewegung_flur_motion_detection")
    assert hass.states.is_state(entity_id, "off")
    sim.detect_motion("hall_motion.MotionDetectionSensor")
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "on"))
    later = dt_util.utcnow()
    sim.detect_motion("hall_motion.MotionDetectionSensor", luminance=80)
    await wait_until(hass, lambda: len(fired) == 2)
    assert [item["event_type"] for item in fired] == ["motion", "motion"]
    async_fire_time_changed(hass, later + dt_util.dt.timedelta(seconds=MOTION_OFF_DELAY + 1))
    await hass.async_block_till_done()
    assert hass.states.is_state(entity_id, "off")


async def test_motion_leaves_no_timer(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.detect_motion("hall_motion.MotionDetectionSensor")
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.flur_bewegung_flur_motion", "on"))
    # The cleanup of the test fails if a timer remains after the unload.


@BOTH
async def test_life_of_a_message(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    fired = watch(hass, "event.smarthome_message")
    ident = sim.create_message("SmokeDetected", "smoke", properties={"requesterInfo": "someone"})
    await wait_until(hass, lambda: len(fired) == 1)
    assert hass.states.is_state("sensor.smarthome_unread_messages", "1")
    sim.read_message(ident)
    await wait_until(hass, lambda: len(fired) == 2)
    assert hass.states.is_state("sensor.smarthome_unread_messages", "0")
    sim.read_message(ident, read=False)
    await wait_until(hass, lambda: len(fired) == 3)
    assert hass.states.is_state("sensor.smarthome_unread_messages", "1")
    sim.delete_message(ident)
    await wait_until(hass, lambda: len(fired) == 4)
    assert hass.states.is_state("sensor.smarthome_unread_messages", "0")
    assert [item["event_type"] for item in fired] == ["created", "updated", "updated", "deleted"]
    assert all(
        (item["type"], item["class"], item["device_name"], item["location"])
        == ("SmokeDetected", "alert", "Rauchmelder", "Flur")
        for item in fired
    )
    assert "someone" not in str(fired)


async def test_a_repeated_message_fires_one_event(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, "event.smarthome_message")
    ident = sim.create_message("MemoryShortage")
    sim.push_event("MessageCreated", sim.hub_link, {}, data=sim.world["messages"][ident])
    sim.delete_message(ident)
    await wait_until(hass, lambda: len(fired) == 2)
    assert [item["event_type"] for item in fired] == ["created", "deleted"]


@pytest.mark.usefixtures("quick_hub")
async def test_odd_messages(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    unknown = entry.runtime_data.frame_log.unknown
    sim.push_event("MessageCreated", sim.hub_link, data=[])
    sim.push_event("MessageDeleted", None)
    sim.push_event("MessageUpdated", sim.hub_link, data={"id": "unknown", "read": True})
    sim.push_event("DeviceFound", sim.hub_link, data="x")
    sim.push_event("MotionDetected", "/capability/unknown", {})
    sim.push_event("ButtonPressed", "/capability/unknown", {"index": 0, "type": "ShortPress"})
    sim.push_event("StateChanged", "/product/unknown", {"x": 1})
    sim.push_event("NeverSeen", sim.hub_link, {})
    await wait_until(hass, lambda: bool(unknown["event NeverSeen"]))
    # Events of unknown resources wait for the topology.
    await wait_until(hass, lambda: bool(unknown["ButtonPressed of an unknown resource"]))
    assert unknown == {
        "message without an ID": 2,
        "update of an unknown message": 1,
        "device found without data": 1,
        "MotionDetected of an unknown resource": 1,
        "ButtonPressed of an unknown resource": 1,
        "StateChanged without a source": 1,
        "event NeverSeen": 1,
    }


@BOTH
async def test_discovery(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    fired = watch(hass, "event.smarthome_found_devices")
    sim.set_discovery()
    await wait_until(hass, lambda: len(fired) == 1)
    assert hass.states.is_state("switch.smarthome_device_discovery", "on")
    sim.push_event("DeviceDiscoveryStatusChanged", sim.hub_link, {"active": False, "product": "core.RWE"})
    await wait_until(hass, lambda: hass.states.is_state("switch.smarthome_device_discovery", "off"))
    sim.push_event(
        "DeviceDiscoveryFailure", sim.hub_link, {"failureCode": 3, "deviceType": "PSS", "manufacturer": "RWE"}
    )
    await wait_until(hass, lambda: len(fired) == 2)
    assert (fired[1]["event_type"], fired[1]["reason"]) == ("discovery_failed", 3)


@pytest.mark.usefixtures("quick_hub")
@BOTH
async def test_a_device_that_is_added_and_removed(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    ident = sim.add_switch("fresh", "Frische Dose")
    await wait_until(hass, lambda: hass.states.get("switch.kuche_frische_dose") is not None)
    sim.set_state("fresh.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_frische_dose", "on"))
    sim.remove_device("fresh")
    await wait_until(hass, lambda: hass.states.get("switch.kuche_frische_dose") is None)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, ident), entry.entry_id) is None
    assert sim.connections == 2, "one of the config flow, one of the entry"


@pytest.mark.usefixtures("quick_hub")
@BOTH
async def test_a_capability_that_is_removed(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    capability = sim.resolve("spots.PushButtonSensor")
    device = sim.world["devices"][sim.resolve("spots")]
    device["capabilities"].remove(f"/capability/{capability}")
    del sim.world["capabilities"][capability]
    sim.rename_device("spots", "Spots")
    await wait_until(hass, lambda: hass.states.get("event.bad_spots_button_1") is None)
    assert hass.states.get("light.bad_spots") is not None


@pytest.mark.usefixtures("quick_hub")
@BOTH
async def test_names_and_rooms_are_updated(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    registry = dr.async_get(hass)
    identifier = (DOMAIN, sim.resolve("coffee"))
    sim.rename_device("coffee", "Espresso", room="hall")
    await wait_until(
        hass, lambda: registry.async_get_device_by_identifier(identifier, entry.entry_id).name == "Espresso"
    )
    await wait_until(
        hass, lambda: entry.runtime_data.device_description(sim.resolve("coffee")).suggested_area == "Flur"
    )
    sim.rename_room("hall", "Diele")
    await wait_until(
        hass, lambda: entry.runtime_data.device_description(sim.resolve("coffee")).suggested_area == "Diele"
    )


def coffee_machine(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> dr.DeviceEntry:
    """Return the device of the coffee machine."""
    identifier = (DOMAIN, sim.resolve("coffee"))
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert isinstance(device, dr.DeviceEntry)
    return device


def move_to_new_area(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], name: str) -> None:
    """Move the coffee machine to a new area, as a person does."""
    area = ar.async_get(hass).async_create(name)
    dr.async_get(hass).async_update_device(coffee_machine(hass, sim, entry).id, area_id=area.id)


def area_of(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> str | None:
    """Return the name of the area of the coffee machine."""
    area = ar.async_get(hass).async_get_area(coffee_machine(hass, sim, entry).area_id or "")
    return None if area is None else area.name


@pytest.mark.usefixtures("quick_hub")
@BOTH
@pytest.mark.parametrize("moved_by_hand", [False, True])
async def test_a_device_follows_to_another_room(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], *, moved_by_hand: bool
) -> None:
    if moved_by_hand:
        move_to_new_area(hass, sim, entry, "Keller")
    sim.rename_device("coffee", "Espresso", room="hall")
    await wait_until(
        hass, lambda: entry.runtime_data.device_description(sim.resolve("coffee")).suggested_area == "Flur"
    )
    await hass.async_block_till_done()
    assert area_of(hass, sim, entry) == ("Keller" if moved_by_hand else "Flur")


@BOTH
@pytest.mark.parametrize("moved_by_hand", [False, True])
async def test_a_device_follows_to_another_room_while_home_assistant_is_stopped(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], *, moved_by_hand: bool
) -> None:
    if moved_by_hand:
        move_to_new_area(hass, sim, entry, "Keller")
    await hass.config_entries.async_unload(entry.entry_id)
    sim.rename_device("coffee", "Espresso", room="hall")
    await hass.config_entries.async_setup(entry.entry_id)
    assert area_of(hass, sim, entry) == ("Keller" if moved_by_hand else "Flur")


@pytest.mark.usefixtures("quick_hub")
async def test_an_unknown_id_reloads_the_topology_once(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        sim.add_switch("late", "Späte Dose")
    seen = len(sim.requests)
    sim.sequence -= 1
    sim.set_state("late.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_spate_dose", "on"))
    for _ in range(3):
        sim.push_event("StateChanged", "/capability/unlisted", {"onState": True})
    await sim.wait(lambda: len([r for r in sim.requests[seen:] if r.path == "/capability"]) == 2)
    sim.push_event("StateChanged", "/capability/unlisted", {"onState": False})
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    assert not entry.runtime_data._reload_scheduled


async def test_several_events_in_a_frame(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    plug = {"type": "StateChanged", "source": f"/capability/{sim.resolve('coffee.SwitchActuator')}"}
    spots = {"type": "device/SHC.RWE/1.0/event/StateChanged"}
    spots["source"] = f"/capability/{sim.resolve('spots.SwitchActuator')}"
    sim.push([{**plug, "properties": {"onState": True}}, {**spots, "properties": {"onState": {"value": True}}}])
    await wait_until(hass, lambda: hass.states.is_state("light.bad_spots", "on"))
    assert hass.states.is_state("switch.kuche_kaffeemaschine", "on")


async def test_a_message_of_the_first_snapshot_fires_no_event(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    with sim.lose_frames():
        sim.create_message("DeviceLowBattery", "remote")
    entry = await set_up(hass, sim)
    assert hass.states.is_state("event.smarthome_message", "unknown")
    assert hass.states.is_state("binary_sensor.fernbedienung_battery", "on")
    assert hass.states.is_state("sensor.smarthome_unread_messages", "1")
    await hass.config_entries.async_unload(entry.entry_id)
