"""Entities of the simulated home."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from syrupy.assertion import SnapshotAssertion

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.deconz.api.model import Resource
from custom_components.pushwire.vendors.deconz.coordinator import DeconzCoordinator
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import wait_described
from tests.snapshots import entity_lines


async def test_snapshot(hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: SnapshotAssertion) -> None:
    await wait_described(hass, entry)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert entity_lines(hass, entities) == snapshot


async def test_a_burst_writes_every_value_in_order(hass: HomeAssistant, entry: ConfigEntry[DeconzCoordinator]) -> None:
    coordinator = entry.runtime_data
    of_type = {item.type: item for item in coordinator.model.of_kind("sensors")}
    door, air, remote = of_type["ZHAOpenClose"], of_type["ZHAHumidity"], of_type["ZHASwitch"]
    watched = {
        er.async_get(hass).async_get_entity_id(platform, DOMAIN, coordinator.unique_id(resource.key, key)): key
        for resource, platform, key in (
            (door, "binary_sensor", "open"),
            (air, "sensor", "humidity"),
            (remote, "event", "button_1"),
        )
    }
    shown: list[tuple[str, str]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        key, state = watched.get(event.data["entity_id"]), event.data["new_state"]
        if key is not None and state is not None:
            shown.append((key, state.attributes.get("event_type", state.state)))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    burst: list[tuple[Resource, dict[str, Any]]] = [
        (door, {"open": True}),
        (air, {"humidity": 5151}),
        (door, {"open": False}),
        (door, {"open": True}),
        (air, {"humidity": 5252}),
        (remote, {"buttonevent": 1002}),
        (air, {"humidity": 5353}),
    ]
    for number, (resource, state) in enumerate(burst):
        head = {"t": "event", "e": "changed", "r": "sensors", "id": resource.id, "uniqueid": resource.key}
        state["lastupdated"] = f"2026-12-01T10:00:00.{number:03}"
        coordinator.apply_frame(json.dumps({**head, "state": state}))
    await hass.async_block_till_done()
    assert shown == [
        ("open", "on"),
        ("humidity", "51.51"),
        ("open", "off"),
        ("open", "on"),
        ("humidity", "52.52"),
        ("button_1", "press_end"),
        ("humidity", "53.53"),
    ]


async def test_lastseen_writes_no_state(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    before = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    for key in ("ceiling", "plug"):
        sim.report_lastseen("lights", key)
    sim.report_lastseen("sensors", "temperature")
    sim.set_sensor_state("pressure", pressure=1001)
    await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_atmospheric_pressure", "1001"))
    after = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    assert {name for name in before if before[name] != after[name]} == {"sensor.klima_bad_atmospheric_pressure"}


async def test_an_unknown_resource_is_read_once(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        number = sim.add_sensor("late", "Später Fühler")
    seen = len(sim.requests)
    frame = {"t": "event", "e": "changed", "r": "sensors", "id": number, "state": {"temperature": 1}}
    sim.push(frame)
    sim.push(frame)
    await wait_until(hass, lambda: entry.runtime_data.model.find("sensors", number) is not None)
    await hass.async_block_till_done()
    read = [request.path for request in sim.requests[seen:] if not request.path.endswith(("introspect", "ddf"))]
    assert read == [f"/api/{sim.api_key}/sensors/{number}"]


async def test_a_device_that_cannot_be_reached_is_unavailable(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_reachable("lights", "ceiling", False)
    await wait_until(hass, lambda: hass.states.is_state("light.wohnzimmer_decke", "unavailable"))
    sim.set_reachable("lights", "ceiling", True)
    await wait_until(hass, lambda: not hass.states.is_state("light.wohnzimmer_decke", "unavailable"))


async def test_odd_resources_do_not_affect_the_others(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    odd = [
        {},
        {"type": None, "state": None, "config": [], "name": 5, "uniqueid": 7},
        {"type": "ZHATemperature", "state": {"temperature": "2150"}, "config": {"battery": "full"}},
        {"type": "ZHAAirQuality", "state": {"airquality": "purple"}, "uniqueid": "x"},
        {"type": "ZHASwitch", "state": {"buttonevent": "1002"}, "uniqueid": "y"},
        {
            "type": "Extended color light",
            "state": {"on": "yes", "bri": None, "xy": "0,0", "ct": "warm"},
            "uniqueid": "z",
        },
    ]
    for number, body in enumerate(odd):
        sim.world["sensors"][f"9{number}"] = body
        sim.world["lights"][f"9{number}"] = body
    entry = await set_up(hass, sim)
    assert hass.states.is_state("sensor.klima_bad_temperature", "22.15")
    assert hass.states.get("light.wohnzimmer_decke") is not None
    await hass.config_entries.async_unload(entry.entry_id)


SHARED: dict[str, Any] = {"ledindication": True, "usertest": False, "alert": "none", "battery": 55}


def parts_of_a_detector() -> list[dict[str, Any]]:
    """Return the gateway's resources of a device that senses motion, light and temperature."""
    return [
        make_sensor(77, "Melder", kind, cluster, state, config=dict(SHARED))
        for kind, cluster, state in (
            ("ZHAPresence", "0406", {"presence": False}),
            ("ZHALightLevel", "0400", {"lightlevel": 1}),
            ("ZHATemperature", "0402", {"temperature": 2000}),
        )
    ]


def shown_of(hass: HomeAssistant, entry: ConfigEntry[Any], name: str) -> set[str]:
    """Return the unique IDs of a device's entities, without the gateway's ID."""
    registry = er.async_get(hass)
    return {
        item.unique_id.removeprefix(f"{entry.runtime_data.system_id}/")
        for item in er.async_entries_for_config_entry(registry, entry.entry_id)
        if name in item.entity_id and hass.states.get(item.entity_id) is not None
    }


async def test_a_per_device_entity_keeps_its_resource(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    for part in parts_of_a_detector():
        sim.add("sensors", part)
    await wait_until(hass, lambda: hass.states.get("sensor.melder_temperature") is not None)
    await hass.async_block_till_done()
    paired = shown_of(hass, entry, "melder")
    assert sum(name.endswith("-battery") for name in paired) == 1
    # In the gateway's list, 10 is before 9.
    sim.world["sensors"] = dict(reversed(sim.world["sensors"].items()))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown_of(hass, entry, "melder") == paired


async def test_a_late_item_of_a_resource_does_not_duplicate_an_entity(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    first, second, _ = parts_of_a_detector()
    number = sim.add("sensors", first, partial=True)
    sim.add("sensors", second)
    await wait_until(hass, lambda: hass.states.get("sensor.melder_battery") is not None)
    await hass.async_block_till_done()
    before = shown_of(hass, entry, "melder")
    sim.set_sensor_config(number, battery=54, delay=10)
    await wait_until(hass, lambda: hass.states.get("number.melder_delay") is not None)
    await hass.async_block_till_done()
    new = {name.rpartition("-")[2] for name in shown_of(hass, entry, "melder") - before}
    assert not new & {"battery", "reachable", "ledindication", "usertest", "identify"}
