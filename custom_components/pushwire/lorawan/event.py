"""Event platform for LoRaWAN devices."""

from typing import Final

from homeassistant.components.event import EventEntityDescription

from ..core.event import PushEventEntity
from .api.downlink import DOWNLINK_EVENTS
from .coordinator import LorawanCoordinator

DOWNLINK: Final = EventEntityDescription(
    key="downlink",
    translation_key="downlink",
    event_types=list(DOWNLINK_EVENTS),
)
JOIN: Final = EventEntityDescription(
    key="join",
    translation_key="join",
    event_types=["join"],
)
UPLINK: Final = EventEntityDescription(
    key="uplink",
    translation_key="uplink",
    event_types=["uplink"],
    entity_registry_enabled_default=False,
)


class LorawanEvent(PushEventEntity[LorawanCoordinator]):
    """Event entity of an end device or of the account."""

    requires_connection = False

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device_id: str,
        description: EventEntityDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device_id, device_id, description.key, properties=frozenset())
        self.entity_description = description
