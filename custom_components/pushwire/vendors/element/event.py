"""Event platform for ELEMENT."""

from collections.abc import Iterable
from typing import Any

from ...core.event import PushEventEntity
from ...lorawan.event import DOWNLINK, UPLINK, LorawanEvent, press_entities
from .coordinator import ElementCoordinator


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[PushEventEntity[Any]]:
    """Yield the presses of a device and, if packets are followed, its uplinks and downlinks."""
    yield from press_entities(coordinator, device_id)
    if device_id in coordinator.devices and coordinator.follows_packets(device_id):
        for description in (DOWNLINK, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
