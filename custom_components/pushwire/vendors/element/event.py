"""Uplinks and downlinks of ELEMENT's devices."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...lorawan.event import DOWNLINK, UPLINK, LorawanEvent
from .api.client import PACKETS
from .const import CONF_SOURCES

if TYPE_CHECKING:
    from .coordinator import ElementCoordinator


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[LorawanEvent]:
    """Build the events of a device, where packets are followed."""
    if device_id in coordinator.devices and PACKETS in coordinator.entry.data[CONF_SOURCES]:
        for description in (UPLINK, DOWNLINK):
            yield LorawanEvent(coordinator, device_id, description)
