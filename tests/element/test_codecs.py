"""Codecs for packets that no parser on the platform understands."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest

from simulators import ElementSimulator
from tests.common import wait_until

CODE = """
fields:
  - {name: pressure, at: 0, type: u16, unit: hPa}
"""


@pytest.mark.usefixtures("all_enabled")
async def test_packets_are_decoded(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    device_id = sim.resolve("climate")
    codec = ConfigSubentry(
        data=MappingProxyType({"kind": "layout", "code": CODE, "devices": [device_id]}),
        subentry_type="codec",
        title="Own",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, codec)
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
