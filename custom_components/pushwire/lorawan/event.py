"""What happens to LoRaWAN devices: joins, uplinks and downlinks."""

from dataclasses import dataclass
from typing import Final

from homeassistant.components.event import EventEntityDescription

from ..core.event import PushEventEntity
from .api.downlink import DOWNLINK_EVENTS
from .coordinator import LorawanCoordinator


@dataclass(frozen=True, kw_only=True)
class LorawanEventDescription(EventEntityDescription):
    """An event entity and the kinds of edges it fires for."""

    kinds: tuple[str, ...]


JOIN: Final = LorawanEventDescription(key="join", translation_key="join", kinds=("join",))
UPLINK: Final = LorawanEventDescription(
    key="uplink",
    translation_key="uplink",
    kinds=("uplink",),
    entity_registry_enabled_default=False,
)
DOWNLINK: Final = LorawanEventDescription(key="downlink", translation_key="downlink", kinds=DOWNLINK_EVENTS)


class LorawanEvent(PushEventEntity[LorawanCoordinator]):
    """An event of a device, of the kinds that its description names."""

    entity_description: LorawanEventDescription
    requires_connection = False

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device_id: str,
        description: LorawanEventDescription,
    ) -> None:
        """Follow the device's edges, and none of its properties."""
        super().__init__(coordinator, device_id, device_id, description.key, properties=frozenset())
        self.entity_description = description
        self._attr_event_types = list(description.kinds)
