"""Event platform for ELEMENT."""

from collections.abc import Iterable

from ...lorawan.event import DOWNLINK, UPLINK, LorawanEvent
from .coordinator import ElementCoordinator


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[LorawanEvent]:
    """Yield the events of a device if packets are followed."""
    if device_id in coordinator.devices and coordinator.follows_packets(device_id):
        for description in (DOWNLINK, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
