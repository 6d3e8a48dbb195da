"""Lights of a LIVISI hub: dimmers, and switches that a person called lights."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity

from .api.model import DIMMER, Resource
from .entity import LivisiEntity, flag, number
from .switch import is_light

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

FULL = 100
BRIGHTEST = 255


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Build a light for each dimmer of a device, and for each switch that is one."""
    for actuator in coordinator.model.capabilities_of(device_id):
        if actuator.type == DIMMER:
            yield LivisiDimmer(coordinator, actuator)
        elif is_light(coordinator, actuator):
            yield LivisiLight(coordinator, actuator)


class LivisiLight(LivisiEntity, LightEntity):
    """A light that is on or off."""

    _attr_name = None
    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow whether it is on."""
        super().__init__(coordinator, source, "", "onState")

    @override
    def _update_attrs(self) -> None:
        """Read whether it is on."""
        self._attr_is_on = flag(self.value("onState"))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self.async_act("SetState", onState=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_act("SetState", onState=False)


class LivisiDimmer(LivisiEntity, LightEntity):
    """A light with a level from 0 to 100."""

    _attr_name = None
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow the level."""
        super().__init__(coordinator, source, "", "dimLevel")
        self._last_level = FULL

    @override
    def _update_attrs(self) -> None:
        """Read the level, and remember it for the next time it is switched on."""
        level = number(self.value("dimLevel"))
        self._attr_is_on = None if level is None else level > 0
        self._attr_brightness = None if level is None else _brightness(level)
        if level:
            self._last_level = round(level)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Dim to a brightness, or to the last one."""
        brightness = kwargs.get(ATTR_BRIGHTNESS)
        level = self._last_level if brightness is None else max(1, round(brightness / BRIGHTEST * FULL))
        await self.async_act("SetState", dimLevel=level)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_act("SetState", dimLevel=0)


def _brightness(level: float) -> int:
    """Return Home Assistant's brightness; the least light there is stays light."""
    if level <= 0:
        return 0
    return min(max(1, round(level / FULL * BRIGHTEST)), BRIGHTEST)
