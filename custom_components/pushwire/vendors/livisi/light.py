"""Light platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity

from ...wire.values import number
from .api.model import DIMMER, Resource
from .entity import LivisiEntity, OnStateEntity
from .switch import is_light

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MAX_LEVEL: Final = 100
MAX_BRIGHTNESS: Final = 255


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the dimmers of a device, and the switches that are categorized as lights."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == DIMMER:
            yield LivisiDimmer(coordinator, capability)
        elif is_light(coordinator, capability):
            yield LivisiLight(coordinator, capability)


class LivisiLight(OnStateEntity, LightEntity):
    """Light without brightness."""

    _attr_name = None
    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}


class LivisiDimmer(LivisiEntity, LightEntity):
    """Light with a level from 0 to 100."""

    _attr_name = None
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", "dimLevel")
        self._last_level = MAX_LEVEL

    @override
    def _update_attrs(self) -> None:
        """Update state and brightness, and the level for the next time the light is turned on."""
        level = number(self.value("dimLevel"))
        self._attr_is_on = None if level is None else level > 0
        self._attr_brightness = None if level is None else _brightness(level)
        if level:
            self._last_level = round(level)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on with a brightness, or with the last one."""
        brightness = kwargs.get(ATTR_BRIGHTNESS)
        level = self._last_level if brightness is None else max(1, round(brightness / MAX_BRIGHTNESS * MAX_LEVEL))
        await self.async_execute("SetState", dimLevel=level)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_execute("SetState", dimLevel=0)


def _brightness(level: float) -> int:
    """Return Home Assistant's brightness, which is 0 only for level 0."""
    if level <= 0:
        return 0
    return min(max(1, round(level / MAX_LEVEL * MAX_BRIGHTNESS)), MAX_BRIGHTNESS)
