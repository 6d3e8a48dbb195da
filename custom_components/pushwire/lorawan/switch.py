"""Switch platform of LoRaWAN accounts."""

from collections.abc import Iterable
from typing import Final, override

from ..core.switch import BooleanSwitchEntity
from .api.controls import TURN_OFF, TURN_ON, ControlKind
from .coordinator import LorawanCoordinator
from .downlink_controls import ControlEntity, controls_of_kind

_STATES: Final = {TURN_ON: True, TURN_OFF: False}


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[ControlSwitch]:
    """Yield the switches of a device."""
    for key, control in controls_of_kind(coordinator, device_id, ControlKind.SWITCH):
        yield ControlSwitch(coordinator, device_id, key, control)


class ControlSwitch(ControlEntity, BooleanSwitchEntity):
    """Switch whose two states are downlinks."""

    @override
    def _update_attrs(self) -> None:
        """Update the state, which is unknown before the first command."""
        self._attr_is_on = _STATES.get(self.accepted)

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Send the downlink of a state."""
        await self.async_send(TURN_ON if on else TURN_OFF)
