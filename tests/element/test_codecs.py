"""Codecs for packets that no parser on the platform understands."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from simulators import ElementSimulator
from tests.common import add_codec, wait_until

CODE = """
fields:
  - {name: pressure, at: 0, type: u16, unit: hPa}
"""


def undecoded(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the issues about payloads that nothing decodes."""
    return [issue for (_, key), issue in ir.async_get(hass).issues.items() if key.startswith("undecoded")]


async def hear(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    """Receive a packet without a reading, and wait until it is known."""
    device_id = sim.resolve("new")
    payload = sim.uplink("new", [])[0]["payload"].lower()
    devices = entry.runtime_data.devices
    await wait_until(hass, lambda: device_id in devices and devices[device_id].payload == payload)


@pytest.mark.usefixtures("all_enabled")
async def test_packets_are_decoded(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    device_id = sim.resolve("climate")
    add_codec(hass, entry, "layout", CODE, device_id)
    coordinator = entry.runtime_data
    device = coordinator.devices[device_id]
    await wait_until(hass, lambda: coordinator.codecs.find(device) is not None)
    packet = sim.uplink("climate", {"temperature": 20.5})[0]
    sim.announce({**packet, "id": "7c3c1f0e-9f5e-5d7e-8f56-0f1d3b1f8a11", "payload": "03f1"})
    await wait_until(
        hass,
        lambda: (
            (shown := coordinator.value_entity_id(device_id, "pressure")) is not None
            and hass.states.is_state(shown, "1009")
        ),
    )
    # Values of the platform's parser stay.
    assert device.values["temperature"].value == 20.5


async def test_packets_that_nothing_decodes(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.add_device("new", "Neuer Zähler")
    for _ in range(2):
        await hear(hass, sim, entry)
        assert not undecoded(hass)
    await hear(hass, sim, entry)
    (issue,) = undecoded(hass)
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["device"] == "Neuer Zähler"
    sim.uplink("new", {"temperature": 20.5})
    await wait_until(hass, lambda: not undecoded(hass))


async def test_packets_alone_need_no_codec(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "sources": ["packets"]})
    await hass.config_entries.async_reload(entry.entry_id)
    sim.add_device("new", "Neuer Zähler")
    for _ in range(4):
        await hear(hass, sim, entry)
    assert not undecoded(hass)


async def test_controls_of_a_codec(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    """A device of another network cannot receive a downlink."""
    controls = '[{name: Restart, kind: button, port: 5, payload: "0aff"}]'
    for key in ("climate", "gas"):
        add_codec(hass, entry, "layout", CODE, sim.resolve(key), controls=controls)
    await wait_until(hass, lambda: hass.states.get("button.gebaude_klima_buro_restart") is not None)
    coordinator = entry.runtime_data
    gas = coordinator.devices[sim.resolve("gas")]
    await wait_until(hass, lambda: coordinator.codecs.find(gas) is not None)
    await hass.async_block_till_done()
    buttons = [state.entity_id for state in hass.states.async_all("button") if state.entity_id.endswith("_restart")]
    assert buttons == ["button.gebaude_klima_buro_restart"]
    await hass.services.async_call("button", "press", {"entity_id": "button.gebaude_klima_buro_restart"}, blocking=True)
    (action,) = sim.world["actions"].values()
    assert action["opts"]["payload"].lower() == "0aff"
    assert action["opts"]["port"] == 5
