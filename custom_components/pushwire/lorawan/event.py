"""Event platform for LoRaWAN devices."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.event import EventDeviceClass, EventEntityDescription
from propcache.api import cached_property

from ..core.event import ButtonEventEntity, PushEventEntity
from .api.downlink import DOWNLINK_EVENTS
from .api.model import LorawanDevice
from .api.presses import is_message_kind, press_key
from .coordinator import LorawanCoordinator
from .entity_names import EntityNames

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


def press_entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[PressEvent]:
    """Yield the presses that an end device has sent."""
    if (device := coordinator.devices.get(device_id)) is not None:
        for key in device.press_kinds:
            yield PressEvent(coordinator, device, key)


class PressEvent(ButtonEventEntity[LorawanCoordinator]):
    """Presses of a button, or calls and alarms that a device sends as messages."""

    requires_connection = False

    def __init__(self, coordinator: LorawanCoordinator, device: LorawanDevice, key: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device.device_id, device.device_id, press_key(key), properties=frozenset())
        self.device = device
        self.subtype = key
        self._attr_translation_key = "press"
        if not is_message_kind(key):
            self._attr_device_class = EventDeviceClass.BUTTON

    @property
    @override
    def event_types(self) -> list[str]:
        """Return the kinds that the device has sent."""
        return self.device.press_kinds.get(self.subtype, [])

    @cached_property
    @override
    def name(self) -> str:
        """Name of the button in the language of Home Assistant."""
        names = EntityNames(self.coordinator.hass, self.platform_data.platform_translations)
        return names.name_of_press(self.device, self.subtype)
