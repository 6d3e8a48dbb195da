"""Select platform of LoRaWAN accounts."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.select import SelectEntity

from .api.controls import ControlKind
from .coordinator import LorawanCoordinator
from .downlink_controls import ControlEntity, controls_of_kind


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[ControlSelect]:
    """Yield the selects of a device."""
    for key, control in controls_of_kind(coordinator, device_id, ControlKind.SELECT):
        yield ControlSelect(coordinator, device_id, key, control)


class ControlSelect(ControlEntity, SelectEntity):
    """Select whose options are downlinks."""

    @override
    def _update_attrs(self) -> None:
        """Update options and value; an option that was removed is not shown."""
        self._attr_options = list(self.control.contents)
        self._attr_current_option = self.accepted if self.accepted in self._attr_options else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Send the downlink of an option."""
        await self.async_send(option)
