"""Event platform for ELEMENT."""

from collections.abc import Iterable

from ...lorawan.event import DOWNLINK, UPLINK, LorawanEvent
from .api.client import PACKETS
from .const import CONF_SOURCES
from .coordinator import ElementCoordinator


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[LorawanEvent]:
    """Yield the events of a device if packets are followed."""
    if device_id in coordinator.devices and PACKETS in coordinator.entry.data[CONF_SOURCES]:
        for description in (DOWNLINK, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
