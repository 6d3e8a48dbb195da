"""Button platform of LoRaWAN accounts."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory

from ..core.entity import PushEntity
from .coordinator import LorawanCoordinator


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[CaptureButton]:
    """Yield the button of an account."""
    if device_id == coordinator.hub_id:
        yield CaptureButton(coordinator, device_id, device_id, "capture", properties=frozenset())


class CaptureButton(PushEntity[LorawanCoordinator], ButtonEntity):
    """Button that keeps all frames of the next minutes for the diagnostics."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "capture"

    @override
    def _update_attrs(self) -> None:
        """Update nothing: a button has no state of its own."""

    @override
    async def async_press(self) -> None:
        """Begin to keep frames."""
        self.coordinator.frame_log.capture()
