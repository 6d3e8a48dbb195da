"""Fan platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.fan import FanEntity, FanEntityFeature
from homeassistant.util.percentage import ordered_list_item_to_percentage, percentage_to_ordered_list_item

from ...wire.values import as_text, number
from .api.model import Resource
from .entity import DeconzEntity, resources
from .placement import is_cover

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

OFF: Final = 0
SPEEDS: Final = [1, 2, 3, 4]
PRESETS: Final = {"auto": 5, "comfort_breeze": 6}
_PRESET_OF: Final = {speed: preset for preset, speed in PRESETS.items()}
# Speed of a fan that is turned on for the first time.
DEFAULT_SPEED: Final = 4


def is_fan(resource: Resource) -> bool:
    """Return whether a resource in ``lights`` has a fan, which may be part of a light.

    ``speed`` is also the speed of the effects of a color light, and of the motor of a cover.
    """
    return resource.kind == "lights" and (
        resource.type.lower() == "fan"
        or (resource.has("state.speed") and not resource.has("state.effect") and not is_cover(resource))
    )


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Yield the fans and air purifiers of a device."""
    yield from purifiers(coordinator, device_id)
    for resource in resources(coordinator, device_id, "lights"):
        if is_fan(resource) and resource.has("state.speed"):
            yield DeconzFan(coordinator, resource)


class DeconzFan(DeconzEntity, FanEntity):
    """Fan with four speeds and two automatic modes."""

    _attr_translation_key = "fan"
    _attr_speed_count = len(SPEEDS)
    _attr_preset_modes = list(PRESETS)
    _attr_supported_features = (
        FanEntityFeature.SET_SPEED | FanEntityFeature.PRESET_MODE | FanEntityFeature.TURN_ON | FanEntityFeature.TURN_OFF
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        # A ceiling fan and its light are one resource.
        super().__init__(coordinator, resource, "fan", "state.speed")
        self._last_speed = DEFAULT_SPEED
        if resource.type.lower() == "fan":
            self._attr_name = None

    @override
    def _update_attrs(self) -> None:
        """Update the speed."""
        speed = number(self.read("state.speed"))
        self._attr_preset_mode = None if speed is None else _PRESET_OF.get(round(speed))
        if speed == OFF:
            self._attr_percentage = 0
        elif speed in SPEEDS:
            self._attr_percentage = ordered_list_item_to_percentage(SPEEDS, round(speed))
        else:
            self._attr_percentage = None
        if speed in SPEEDS or self._attr_preset_mode is not None:
            self._last_speed = round(speed or DEFAULT_SPEED)

    @override
    async def async_turn_on(self, percentage: int | None = None, preset_mode: str | None = None, **kwargs: Any) -> None:
        """Turn on at a speed or in a mode, or as last used."""
        if preset_mode is not None:
            await self.async_set_preset_mode(preset_mode)
        elif percentage is not None:
            await self.async_set_percentage(percentage)
        else:
            await self.async_put("state", speed=self._last_speed)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_put("state", speed=OFF)

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed; 0 turns off."""
        speed = percentage_to_ordered_list_item(SPEEDS, percentage) if percentage else OFF
        await self.async_put("state", speed=speed)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Set the automatic mode."""
        await self.async_put("state", speed=PRESETS[preset_mode])


# Modes of an air purifier; each speed is a fifth of the range.
MODE: Final = "config.mode"
PURIFIER_OFF: Final = "off"
PURIFIER_AUTO: Final = "auto"
PURIFIER_SPEEDS: Final = ["speed_1", "speed_2", "speed_3", "speed_4", "speed_5"]


def purifiers(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzPurifier]:
    """Yield the air purifiers of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.type == "ZHAAirPurifier" and resource.has(MODE):
            yield DeconzPurifier(coordinator, resource)


class DeconzPurifier(DeconzEntity, FanEntity):
    """Air purifier, a resource in ``sensors``: the mode is written, the speed is reported."""

    _attr_name = None
    _attr_translation_key = "purifier"
    _attr_speed_count = len(PURIFIER_SPEEDS)
    _attr_preset_modes = [PURIFIER_AUTO]
    _attr_supported_features = (
        FanEntityFeature.SET_SPEED | FanEntityFeature.PRESET_MODE | FanEntityFeature.TURN_ON | FanEntityFeature.TURN_OFF
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", MODE, "state.speed")

    @override
    def _update_attrs(self) -> None:
        """Update the mode and the speed."""
        mode = as_text(self.read(MODE))
        speed = number(self.read("state.speed"))
        self._attr_preset_mode = mode if mode == PURIFIER_AUTO else None
        if mode == PURIFIER_OFF:
            self._attr_percentage = 0
        elif mode in PURIFIER_SPEEDS:
            self._attr_percentage = ordered_list_item_to_percentage(PURIFIER_SPEEDS, mode)
        else:
            self._attr_percentage = None if speed is None else min(max(round(speed), 0), 100)

    @override
    async def async_turn_on(self, percentage: int | None = None, preset_mode: str | None = None, **kwargs: Any) -> None:
        """Turn on at a speed, or in the automatic mode."""
        if percentage is not None:
            await self.async_set_percentage(percentage)
        else:
            await self.async_set_preset_mode(preset_mode or PURIFIER_AUTO)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_put("config", mode=PURIFIER_OFF)

    @override
    async def async_set_percentage(self, percentage: int) -> None:
        """Set the speed; 0 turns off."""
        mode = percentage_to_ordered_list_item(PURIFIER_SPEEDS, percentage) if percentage else PURIFIER_OFF
        await self.async_put("config", mode=mode)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Set the mode."""
        await self.async_put("config", mode=preset_mode)
