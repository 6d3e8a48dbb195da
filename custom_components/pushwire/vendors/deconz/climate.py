"""Thermostats and air conditioners of a deCONZ gateway."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.climate import (
    ATTR_HVAC_MODE,
    PRESET_BOOST,
    PRESET_COMFORT,
    PRESET_ECO,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_TEMPERATURE

from ...compat import CelsiusClimateEntity
from .convert import flag, number, scaled, word
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

TYPES: Final = frozenset({"ZHAThermostat", "CLIPThermostat"})
_celsius: Final = scaled(0.01, 2)

HEAT: Final = "config.heatsetpoint"
COOL: Final = "config.coolsetpoint"
# What the gateway takes, in °C.
RANGES: Final = {HEAT: (5.0, 32.0), COOL: (7.0, 35.0)}

# The gateway's words for modes; what it does with others is a matter of its own.
MODES: Final = {
    "off": HVACMode.OFF,
    "auto": HVACMode.AUTO,
    "heat": HVACMode.HEAT,
    "emergency heating": HVACMode.HEAT,
    "cool": HVACMode.COOL,
    "precooling": HVACMode.COOL,
    "fan only": HVACMode.FAN_ONLY,
    "dry": HVACMode.DRY,
}
_WORDS: Final = {mode: told for told, mode in reversed(MODES.items())}
# What a thermostat may do by ``controlsequence``: 0 and 1 cool, 2 and 3 heat, 4 and 5 both.
_COOLS: Final = frozenset({0, 1, 4, 5})
_HEATS: Final = frozenset({2, 3, 4, 5})

PRESETS: Final = ["holiday", "auto", "manual", PRESET_COMFORT, PRESET_ECO, PRESET_BOOST, "complex", "program"]
FAN_MODES: Final = ["off", "low", "medium", "high", "on", "auto", "smart"]
SWING_MODES: Final = {
    "fully_closed": "fully closed",
    "fully_open": "fully open",
    "quarter_open": "quarter open",
    "half_open": "half open",
    "three_quarters_open": "three quarters open",
}

ITEMS: Final = (
    "state.temperature",
    "state.on",
    "state.heating",
    HEAT,
    COOL,
    "config.mode",
    "config.on",
    "config.preset",
    "config.fanmode",
    "config.swingmode",
)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzClimate]:
    """Build a climate for each thermostat of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.type in TYPES and (resource.has(HEAT) or resource.has(COOL)):
            yield DeconzClimate(coordinator, resource)


class DeconzClimate(DeconzEntity, CelsiusClimateEntity):
    """A thermostat; what it can do is what the gateway tells of it."""

    _attr_name = None
    _attr_translation_key = "thermostat"
    _attr_target_temperature_step = 0.5

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Take what it can do from its items."""
        super().__init__(coordinator, resource, "", *ITEMS)
        CelsiusClimateEntity.__init__(self)
        self._setpoints = [item for item in (HEAT, COOL) if resource.has(item)]
        self._attr_min_temp = min(RANGES[item][0] for item in self._setpoints)
        self._attr_max_temp = max(RANGES[item][1] for item in self._setpoints)
        self._attr_hvac_modes = self._modes()
        features = ClimateEntityFeature.TARGET_TEMPERATURE
        if HVACMode.OFF in self._attr_hvac_modes:
            features |= ClimateEntityFeature.TURN_OFF | ClimateEntityFeature.TURN_ON
        if resource.has("config.preset"):
            features |= ClimateEntityFeature.PRESET_MODE
            self._attr_preset_modes = _with(PRESETS, word(resource.get("config.preset")))
        if resource.has("config.fanmode"):
            features |= ClimateEntityFeature.FAN_MODE
            self._attr_fan_modes = _with(FAN_MODES, word(resource.get("config.fanmode")))
        if resource.has("config.swingmode"):
            features |= ClimateEntityFeature.SWING_MODE
            self._attr_swing_modes = list(SWING_MODES)
        self._attr_supported_features = features
        # Home Assistant asks for the mode before it adds the entity.
        self.refresh()

    def _modes(self) -> list[HVACMode]:
        """Return the modes; without ``mode`` there is but on and off."""
        source = self.source
        sequence = source.get("config.controlsequence")
        heats = HEAT in self._setpoints and not (sequence in _COOLS and sequence not in _HEATS)
        cools = COOL in self._setpoints and not (sequence in _HEATS and sequence not in _COOLS)
        modes = [HVACMode.HEAT] * heats + [HVACMode.COOL] * cools or [HVACMode.HEAT]
        if source.has("config.mode"):
            modes = [HVACMode.OFF, *modes, HVACMode.AUTO]
            told = MODES.get(word(source.get("config.mode")) or "")
            if told is not None and told not in modes:
                modes.append(told)
        elif source.has("config.on"):
            modes = [HVACMode.OFF, *modes]
        return modes

    @override
    def refresh(self) -> None:
        """Read the temperatures, the mode and what it does."""
        mode = self._mode()
        self._attr_hvac_mode = mode
        self.show_temperatures(
            current=_celsius(self.read("state.temperature")),
            target=_celsius(self.read(self._setpoint(mode))),
        )
        self._attr_hvac_action = self._action(mode)
        self._attr_preset_mode = word(self.read("config.preset"))
        self._attr_fan_mode = word(self.read("config.fanmode"))
        swing = (word(self.read("config.swingmode")) or "").replace(" ", "_")
        self._attr_swing_mode = swing if swing in SWING_MODES else None

    def _mode(self) -> HVACMode | None:
        modes = self._attr_hvac_modes
        if self.source.has("config.mode"):
            told = MODES.get(word(self.read("config.mode")) or "")
            return told if told in modes else None
        if self.read("config.on") is False:
            return HVACMode.OFF
        return modes[-1]

    def _action(self, mode: HVACMode | None) -> HVACAction | None:
        if mode is HVACMode.OFF:
            return HVACAction.OFF
        runs = flag(self.read("state.on"))
        if runs is None:
            runs = flag(self.read("state.heating"))
        if runs is None:
            return None
        if not runs:
            return HVACAction.IDLE
        return {
            HVACMode.COOL: HVACAction.COOLING,
            HVACMode.DRY: HVACAction.DRYING,
            HVACMode.FAN_ONLY: HVACAction.FAN,
        }.get(mode or HVACMode.HEAT, HVACAction.HEATING if HEAT in self._setpoints else HVACAction.COOLING)

    def _setpoint(self, mode: HVACMode | None) -> str:
        """Return the setpoint that a mode follows."""
        if mode is HVACMode.COOL and COOL in self._setpoints:
            return COOL
        return self._setpoints[0]

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the temperature wanted, in °C, and the mode if there is one with it."""
        mode = kwargs.get(ATTR_HVAC_MODE, self._attr_hvac_mode)
        body = self._body(kwargs[ATTR_HVAC_MODE]) if ATTR_HVAC_MODE in kwargs else {}
        if (temperature := number(kwargs.get(ATTR_TEMPERATURE))) is not None:
            body[self._setpoint(mode).partition(".")[2]] = round(temperature * 100)
        if body:
            await self.async_put("config", **body)

    def _body(self, mode: HVACMode) -> dict[str, Any]:
        if self.source.has("config.mode"):
            return {"mode": _WORDS[mode]}
        return {"on": mode is not HVACMode.OFF}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Change the mode."""
        await self.async_put("config", **self._body(hvac_mode))

    @override
    async def async_turn_off(self) -> None:
        """Switch off."""
        await self.async_set_hvac_mode(HVACMode.OFF)

    @override
    async def async_turn_on(self) -> None:
        """Switch on, by the schedule if it has one."""
        modes = [mode for mode in self._attr_hvac_modes if mode is not HVACMode.OFF]
        await self.async_set_hvac_mode(HVACMode.AUTO if HVACMode.AUTO in modes else modes[0])

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Choose a preset."""
        await self.async_put("config", preset=preset_mode)

    @override
    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Choose how the fan runs."""
        await self.async_put("config", fanmode=fan_mode)

    @override
    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Choose how far the slats open."""
        await self.async_put("config", swingmode=SWING_MODES[swing_mode])


def _with(usual: list[str], present: str | None) -> list[str]:
    """Return a list that holds what the device shows now."""
    return usual if present is None or present in usual else [*usual, present]
