"""Event platform for ResIOT."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components.event import EventEntityDescription

from ...core.event import PushEventEntity
from ...lorawan.event import DOWNLINK, JOIN, UPLINK, LorawanEvent, press_entities
from .coordinator import ResiotCoordinator

PUSH: Final = EventEntityDescription(
    key="push",
    translation_key="push",
    event_types=["push"],
    entity_registry_enabled_default=False,
)


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[PushEventEntity[Any]]:
    """Yield the events of an end device or of the account."""
    yield from press_entities(coordinator, device_id)
    if device_id in coordinator.devices:
        for description in (DOWNLINK, JOIN, UPLINK):
            yield LorawanEvent(coordinator, device_id, description)
    elif device_id == coordinator.hub_id:
        yield LorawanEvent(coordinator, device_id, PUSH)
