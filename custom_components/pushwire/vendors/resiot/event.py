"""Joins, uplinks and downlinks of ResIOT's devices, and what scenes push."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.components.event import EventEntityDescription

from ...entity import PushEventEntity
from .model import DOWNLINK_FAILED, DOWNLINK_KINDS

if TYPE_CHECKING:
    from .coordinator import ResiotCoordinator


@dataclass(frozen=True, kw_only=True)
class ResiotEventDescription(EventEntityDescription):
    """An event entity and the kinds of edges it fires for."""

    kinds: tuple[str, ...]


DEVICE_EVENTS: tuple[ResiotEventDescription, ...] = (
    ResiotEventDescription(key="join", translation_key="join", kinds=("join",)),
    ResiotEventDescription(
        key="uplink",
        translation_key="uplink",
        kinds=("uplink",),
        entity_registry_enabled_default=False,
    ),
    ResiotEventDescription(
        key="downlink",
        translation_key="downlink",
        kinds=tuple(dict.fromkeys((*DOWNLINK_KINDS.values(), DOWNLINK_FAILED))),
    ),
)
HUB_EVENTS: tuple[ResiotEventDescription, ...] = (
    ResiotEventDescription(
        key="push",
        translation_key="push",
        kinds=("push",),
        entity_registry_enabled_default=False,
    ),
)


def events(coordinator: ResiotCoordinator, device_id: str) -> Iterable[ResiotEvent]:
    """Build the events of a device or of the account."""
    if device_id in coordinator.devices:
        descriptions = DEVICE_EVENTS
    elif device_id == coordinator.hub_id:
        descriptions = HUB_EVENTS
    else:
        return
    for description in descriptions:
        yield ResiotEvent(coordinator, device_id, description)


class ResiotEvent(PushEventEntity["ResiotCoordinator"]):
    """An edge of a device, of the kinds that its description names."""

    entity_description: ResiotEventDescription

    def __init__(
        self,
        coordinator: ResiotCoordinator,
        device_id: str,
        description: ResiotEventDescription,
    ) -> None:
        """Follow the device."""
        super().__init__(coordinator, device_id, device_id, description.key)
        self.entity_description = description
        self._attr_event_types = list(description.kinds)
