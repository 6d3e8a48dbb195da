"""Light platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.light import (
    ATTR_BRIGHTNESS,
    ATTR_COLOR_TEMP_KELVIN,
    ATTR_HS_COLOR,
    ColorMode,
    LightEntity,
)
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from ...core.features import TimedSwitch
from ...wire.values import as_bool, integer, number
from .api.model import DIMMER, HUB_PRODUCT, Resource
from .commands import all_of
from .entity import LivisiEntity, OnStateEntity, tenths

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MAX_LEVEL: Final = 100
MAX_BRIGHTNESS: Final = 255
# Key of the last level in the data that Home Assistant keeps.
_LEVEL: Final = "level"


# Properties of lights of the Hue driver. Their ranges are assumed, see docs/protocols/livisi.md.
ON_OFF: Final = "onOff"
BRIGHTNESS: Final = "brightness"
HUE: Final = "hue"
SATURATION: Final = "saturation"
COLOR_TEMPERATURE: Final = "colorTemperature"
COLOR_MODE: Final = "colorMode"
HUE_PROPERTIES: Final = frozenset({ON_OFF, BRIGHTNESS, HUE, SATURATION, COLOR_TEMPERATURE, COLOR_MODE})
_HUE_PRODUCT: Final = "hue."
MAX_HUE: Final = 360
# Ranges that tell mireds from kelvins.
MIREDS: Final = range(100, 701)
KELVINS: Final = range(1400, 10_001)


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the dimmers of a device, and the switches that are categorized as lights."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == DIMMER:
            yield LivisiDimmer(coordinator, capability)
        elif coordinator.is_light(capability):
            yield LivisiLight(coordinator, capability)
    device = coordinator.model.devices.get(device_id)
    if device is not None and device.product.lower().startswith(_HUE_PRODUCT):
        properties = {name for item in coordinator.model.resources_of(device_id) for name in item.state}
        if not properties.isdisjoint({ON_OFF, BRIGHTNESS}):
            yield HueLight(coordinator, device)


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
        self._reported_level: float | None = None
        self._last_level = MAX_LEVEL
        self._was_on: bool | None = None

    @property
    @override
    def brightness(self) -> int | None:
        """Brightness; not cached, since it is nearly always new when it is read."""
        level = self._reported_level
        return None if level is None else _brightness(level)

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
        """Update state and level, and the level for the next time the light is turned on."""
        level = self._reported_level = number(self.source.state.get("dimLevel"))
        is_on = None if level is None else level > 0
        # Levels change often without turning the light on or off, and setting an attribute is dear.
        if is_on is not self._was_on:
            self._was_on = self._attr_is_on = is_on
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


class HueLight(LivisiEntity, LightEntity):
    """Light of the hub's Hue driver, each of whose properties is written by its own name.

    No document describes these writes, so the hub may refuse them.
    """

    _attr_name = None

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "hue_light", *HUE_PROPERTIES)
        # Home Assistant reads the modes before it adds the entity.
        self._update_attrs()

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the device and its capabilities."""
        return tuple(item.id for item in self.coordinator.model.resources_of(self.device_id))

    def _resources(self) -> dict[str, Resource]:
        """Return the capability of each property."""
        return {
            name: item
            for item in self.coordinator.model.resources_of(self.device_id)
            for name in item.state
            if name in HUE_PROPERTIES
        }

    @override
    def _update_attrs(self) -> None:
        """Update state, brightness and color."""
        values = {name: resource.state[name] for name, resource in self._resources().items()}
        level, on = number(values.get(BRIGHTNESS)), as_bool(values.get(ON_OFF))
        has_level = level is not None and 0 <= level <= MAX_LEVEL
        self._attr_brightness = _brightness(level) if level is not None and has_level else None
        self._attr_is_on = on if on is not None or level is None else level > 0
        hue, saturation = number(values.get(HUE)), number(values.get(SATURATION))
        has_color = hue is not None and saturation is not None and 0 <= hue <= MAX_HUE and 0 <= saturation <= MAX_LEVEL
        self._attr_hs_color = (float(hue or 0), float(saturation or 0)) if has_color else None
        temperature = integer(values.get(COLOR_TEMPERATURE))
        self._attr_color_temp_kelvin = _kelvin(temperature)
        modes = {ColorMode.HS} if has_color else set()
        if self._attr_color_temp_kelvin is not None:
            modes.add(ColorMode.COLOR_TEMP)
        self._attr_supported_color_modes = modes or {ColorMode.BRIGHTNESS if BRIGHTNESS in values else ColorMode.ONOFF}
        shows_white = "t" in str(values.get(COLOR_MODE)).lower() and ColorMode.COLOR_TEMP in modes
        color_modes = sorted(self._attr_supported_color_modes, reverse=True)
        self._attr_color_mode = ColorMode.COLOR_TEMP if shows_white else color_modes[0]

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on, and set brightness and color if they are given."""
        resources = self._resources()
        values: dict[str, Any] = {}
        if (color := kwargs.get(ATTR_HS_COLOR)) is not None:
            values |= {HUE: round(color[0]), SATURATION: round(color[1])}
        if (kelvin := kwargs.get(ATTR_COLOR_TEMP_KELVIN)) is not None:
            is_mired = integer(resources[COLOR_TEMPERATURE].state[COLOR_TEMPERATURE]) in MIREDS
            values[COLOR_TEMPERATURE] = round(1_000_000 / kelvin) if is_mired else kelvin
        if (brightness := kwargs.get(ATTR_BRIGHTNESS)) is not None:
            values[BRIGHTNESS] = max(1, round(brightness / MAX_BRIGHTNESS * MAX_LEVEL))
        if ON_OFF in resources:
            values[ON_OFF] = True
        elif BRIGHTNESS not in values:
            values[BRIGHTNESS] = MAX_LEVEL
        await self._write(values)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self._write({ON_OFF: False} if ON_OFF in self._resources() else {BRIGHTNESS: 0})

    async def _write(self, values: dict[str, Any]) -> None:
        resources = self._resources()
        commands = [
            self.coordinator.async_execute("SetState", resources[name], HUB_PRODUCT, expected=None, **{name: value})
            for name, value in values.items()
        ]
        await self.async_command(all_of(commands))


def _kelvin(temperature: int | None) -> int | None:
    """Return a color temperature in kelvins, from kelvins or mireds; None for an unusable one."""
    if temperature in KELVINS:
        return temperature
    return round(1_000_000 / temperature) if temperature is not None and temperature in MIREDS else None


def _brightness(level: float) -> int:
    """Return Home Assistant's brightness, which is 0 only for level 0."""
    if level <= 0:
        return 0
    return min(max(1, round(level / MAX_LEVEL * MAX_BRIGHTNESS)), MAX_BRIGHTNESS)
