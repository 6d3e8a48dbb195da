"""Light platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from ...core.features import TimedSwitch
from ...wire.values import integer, number
from .api.model import DIMMER, Resource
from .entity import LivisiEntity, OnStateEntity, tenths

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MAX_LEVEL: Final = 100
MAX_BRIGHTNESS: Final = 255
# Key of the last level in the data that Home Assistant keeps.
_LEVEL: Final = "level"


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the dimmers of a device, and the switches that are categorized as lights."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == DIMMER:
            yield LivisiDimmer(coordinator, capability)
        elif coordinator.is_light(capability):
            yield LivisiLight(coordinator, capability)


class LivisiLight(OnStateEntity, LightEntity):
    """Light without brightness."""

    _attr_name = None
    _attr_color_mode = ColorMode.ONOFF
    _attr_supported_color_modes = {ColorMode.ONOFF}


class LivisiDimmer(LivisiEntity, TimedSwitch, LightEntity, RestoreEntity):
    """Light with a level from 0 to 100; the level of the last time is kept over restarts."""

    _attr_name = None
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", "dimLevel")
        self._last_level = MAX_LEVEL

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """Level for the next time the light is turned on."""
        return RestoredExtraData({_LEVEL: self._last_level})

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last level, then subscribe."""
        if (data := await self.async_get_last_extra_data()) is not None:
            level = integer(data.as_dict().get(_LEVEL))
            if level is not None and 0 < level <= MAX_LEVEL:
                self._last_level = level
        await super().async_added_to_hass()

    @override
    def _update_attrs(self) -> None:
        """Update state and brightness, and the level for the next time the light is turned on."""
        level = number(self.reported("dimLevel"))
        self._attr_is_on = None if level is None else level > 0
        self._attr_brightness = None if level is None else _brightness(level)
        if level:
            self._last_level = round(level)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on with a brightness, or with the last one."""
        self.coordinator.off_timers.cancel(self.source.id)
        await self.async_execute("SetState", dimLevel=self._level(kwargs.get(ATTR_BRIGHTNESS)))

    def _level(self, brightness: int | None) -> int:
        """Return the level of a brightness; the last one for None."""
        return self._last_level if brightness is None else max(1, round(brightness / MAX_BRIGHTNESS * MAX_LEVEL))

    @override
    async def async_turn_on_for(self, seconds: float, brightness: int | None) -> None:
        """Turn on, and off again after a number of seconds.

        The unit of the time is known for v1 only, so Pushwire turns lights of other hubs off.
        """
        coordinator, level = self.coordinator, self._level(brightness)
        if coordinator.client.is_classic:
            await self.async_execute(
                "SoftSwitchWithOffTimer",
                expected={"dimLevel": level},
                dimLevel=level,
                rampOnTime=0,
                rampOffTime=0,
                switchOffDelayTime=tenths(seconds),
            )
            return
        await self.async_execute("SetState", dimLevel=level)
        coordinator.off_timers.set(self.source, seconds, {"dimLevel": 0})

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        self.coordinator.off_timers.cancel(self.source.id)
        await self.async_execute("SetState", dimLevel=0)


def _brightness(level: float) -> int:
    """Return Home Assistant's brightness, which is 0 only for level 0."""
    if level <= 0:
        return 0
    return min(max(1, round(level / MAX_LEVEL * MAX_BRIGHTNESS)), MAX_BRIGHTNESS)
