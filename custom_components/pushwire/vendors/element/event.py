"""Event platform for ELEMENT."""

from collections.abc import Iterable
from typing import Any

from ...core.event import PushEventEntity
from ...lorawan.event import DOWNLINK, UPLINK, LorawanEvent, press_entities
from .api.client import PACKETS
from .const import CONF_SOURCES
from .coordinator import ElementCoordinator


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[PushEventEntity[Any]]:
    """Yield the presses of a device and, if packets are followed, its uplinks and downlinks."""
    yield from press_entities(coordinator, device_id)
    if device_id in coordinator.devices and PACKETS in coordinator.entry.data[CONF_SOURCES]:
        for description in (DOWNLINK, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
