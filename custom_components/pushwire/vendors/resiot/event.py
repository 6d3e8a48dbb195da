"""Event platform for ResIOT."""

from collections.abc import Iterable
from typing import Final

from homeassistant.components.event import EventEntityDescription

from ...lorawan.event import DOWNLINK, JOIN, UPLINK, LorawanEvent
from .coordinator import ResiotCoordinator

PUSH: Final = EventEntityDescription(
    key="push",
    translation_key="push",
    event_types=["push"],
    entity_registry_enabled_default=False,
)


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[LorawanEvent]:
    """Yield the events of an end device or of the account."""
    if device_id in coordinator.devices:
        for description in (DOWNLINK, JOIN, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
    elif device_id == coordinator.hub_id:
        yield LorawanEvent(coordinator, device_id, PUSH)
