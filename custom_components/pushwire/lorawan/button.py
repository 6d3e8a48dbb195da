"""Button platform of LoRaWAN accounts."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory

from ..core.entity import PushEntity
from .api.controls import PRESS, ControlKind
from .coordinator import LorawanCoordinator
from .downlink_controls import ControlEntity, controls_of_kind


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[CaptureButton | ControlButton]:
    """Yield the button of an account, or those of a device."""
    if device_id == coordinator.hub_id:
        yield CaptureButton(coordinator, device_id, device_id, "capture", properties=frozenset())
    for key, control in controls_of_kind(coordinator, device_id, ControlKind.BUTTON):
        yield ControlButton(coordinator, device_id, key, control)


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


class ControlButton(ControlEntity, ButtonEntity):
    """Button that sends a downlink."""

    # A button has no value that could be assumed.
    _attr_assumed_state = False

    @override
    async def async_press(self) -> None:
        """Send the downlink."""
        await self.async_send(PRESS)
