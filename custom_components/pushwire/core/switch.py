"""Base of switches that write one boolean."""

from abc import abstractmethod
from typing import Any, override

from homeassistant.components.switch import SwitchEntity


class BooleanSwitchEntity(SwitchEntity):
    """Switch whose two commands write the two values of a boolean."""

    @abstractmethod
    async def async_set_on(self, *, on: bool) -> None:
        """Write the boolean.

        Raises:
            HomeAssistantError: The command failed.

        """

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on."""
        await self.async_set_on(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_set_on(on=False)
