"""Every item of every type of resource: a message changes an entity, or the table says why none shows it."""

from pathlib import Path
import tomllib
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from simulators import DeconzSimulator
from simulators.base import Data
from simulators.deconz.world import ieee, make_light, make_sensor
from tests.common import run_pending_updates, set_up, wait_until
from tests.deconz.common import wait_described

TABLE: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "items.toml").read_text())
CAPABILITIES: dict[str, Data] = {
    "ZHACarbonDioxide": {"unit": "ppm", "substance": "CO2"},
    "ZHAFormaldehyde": {"unit": "ppb", "substance": "Formaldehyde"},
    "ZHAParticulateMatter": {"unit": "ug/m^3", "substance": "PM2.5"},
}


def nested(path: list[str], value: Any) -> Any:
    """Return a value below names."""
    for name in reversed(path):
        value = {name: value}
    return value


def put(section: Data, path: list[str], value: Any) -> None:
    """Set a value below names."""
    for name in path[:-1]:
        section = section.setdefault(name, {})
    section[path[-1]] = value


def build(number: int, name: str, items: dict[str, Any]) -> tuple[str, Data]:
    """Return the collection and the resource of a type, with the value of each item before its message."""
    kind, _, resource_type = name.partition("/")
    title = f"Device {number}"
    if kind == "lights":
        resource = make_light(number, title, resource_type, {"reachable": True})
        resource["config"] = {}
    else:
        resource = make_sensor(number, title, resource_type, "0001", {}, config={"battery": ...})
        if resource_type in CAPABILITIES:
            resource["capabilities"] = {"measured_value": CAPABILITIES[resource_type]}
    for item, values in items.items():
        if isinstance(values, list):
            section, *path = item.split(".")
            put(resource if section == "attr" else resource[section], path, values[0])
    return kind, resource


def shown(hass: HomeAssistant, address: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the states of a device's entities."""
    return {
        entity.entity_id: (state.state, dict(state.attributes))
        for entity in er.async_get(hass).entities.values()
        if f"/{address}" in entity.unique_id and (state := hass.states.get(entity.entity_id)) is not None
    }


@pytest.mark.usefixtures("all_enabled")
async def test_every_item_changes_an_entity(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.world.update(groups={}, scenes={}, lights={}, sensors={}, ids={"lights": {}, "sensors": {}, "groups": {}})
    devices: list[tuple[str, str, int]] = []
    for number, (name, items) in enumerate(TABLE.items(), 200):
        kind, resource = build(number, name, items)
        sim.world[kind][str(number)] = resource
        devices.append((name, kind, number))
    entry = await set_up(hass, sim)
    await wait_described(hass, entry)
    await run_pending_updates(hass)
    frames = entry.runtime_data.frame_log
    silent: list[str] = []
    for name, kind, number in devices:
        for position, (item, values) in enumerate(TABLE[name].items(), 1):
            if isinstance(values, str):
                continue
            address = entry.runtime_data.hub_id if name.endswith("/Daylight") else ieee(number)
            before = shown(hass, address) or shown(hass, ieee(number))
            section, *path = item.split(".")
            body = nested(path, values[1])
            if section == "state":
                body["lastupdated"] = f"2026-11-20T18:00:{position:02}.000"
            seen = frames.seen
            message = {"t": "event", "e": "changed", "r": kind, "id": str(number), section: body}
            sim.push(message)
            await wait_until(hass, lambda: frames.seen > seen)  # noqa: B023
            await hass.async_block_till_done()
            if (shown(hass, address) or shown(hass, ieee(number))) == before:
                silent.append(f"{name} {item}")
            if path == ["reachable"]:
                sim.push({**message, section: {"reachable": True}})
    assert not silent, "\n".join(silent)
    await hass.config_entries.async_unload(entry.entry_id)
