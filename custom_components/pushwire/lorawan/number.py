"""Number platform of LoRaWAN accounts."""

from collections.abc import Iterable
from typing import cast, override

from homeassistant.components.number import NumberEntity

from ..wire.values import as_float
from .api.controls import ControlKind, NumberRange
from .coordinator import LorawanCoordinator
from .downlink_controls import ControlEntity, controls_of_kind


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[ControlNumber]:
    """Yield the numbers of a device."""
    for key, control in controls_of_kind(coordinator, device_id, ControlKind.NUMBER):
        yield ControlNumber(coordinator, device_id, key, control)


class ControlNumber(ControlEntity, NumberEntity):
    """Number that is sent in a field of a downlink."""

    @override
    def _update_attrs(self) -> None:
        """Update range and value; a value outside a range that was changed is not shown."""
        limits = cast("NumberRange", self.control.range)
        self._attr_native_min_value = limits.min
        self._attr_native_max_value = limits.max
        self._attr_native_step = limits.step
        self._attr_native_unit_of_measurement = limits.unit
        value = as_float(self.accepted)
        self._attr_native_value = value if value is not None and limits.min <= value <= limits.max else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Send a number."""
        await self.async_send(value)
