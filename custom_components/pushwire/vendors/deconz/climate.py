"""Climate platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.climate import (
    ATTR_HVAC_MODE,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_LOW,
    PRESET_BOOST,
    PRESET_COMFORT,
    PRESET_ECO,
    PRESET_NONE,
    PRESET_SLEEP,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_TEMPERATURE

from ...core.compat import CelsiusClimateEntity
from ...core.entity import validation_error
from ...core.features import ScheduledClimate
from ...wire.schedule import ScheduleDays
from ...wire.values import as_bool, as_text, number
from .api.convert import HUNDREDTHS, to_snake_case
from .api.model import Resource
from .api.schedule import read_schedule, write_schedule
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

TYPES: Final = frozenset({"ZHAThermostat", "CLIPThermostat"})

HEAT: Final = "config.heatsetpoint"
COOL: Final = "config.coolsetpoint"
# Ranges that the gateway accepts, in °C.
RANGES: Final = {HEAT: (5.0, 32.0), COOL: (7.0, 35.0)}

# Modes by the gateway's word.
MODES: Final = {
    "off": HVACMode.OFF,
    "auto": HVACMode.AUTO,
    "heat": HVACMode.HEAT,
    "emergency heating": HVACMode.HEAT,
    "cool": HVACMode.COOL,
    "precooling": HVACMode.COOL,
    "fan only": HVACMode.FAN_ONLY,
    "dry": HVACMode.DRY,
    "sleep": HVACMode.HEAT,
}
_WORDS: Final = {mode: word for word, mode in reversed(MODES.items())} | {HVACMode.HEAT: "heat"}
# Modes of the gateway that are presets in Home Assistant.
PRESET_MODES: Final = {
    "emergency heating": "emergency_heating",
    "precooling": "precooling",
    "sleep": PRESET_SLEEP,
}
_MODE_OF_PRESET: Final = {preset: word for word, preset in PRESET_MODES.items()}
# Values of ``controlsequence``: 0 and 1 cool, 2 and 3 heat, 4 and 5 do both.
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

SCHEDULE: Final = "config.schedule"
ITEMS: Final = (
    "state.temperature",
    "state.on",
    "state.heating",
    "state.valve",
    HEAT,
    COOL,
    "config.mode",
    "config.on",
    "config.preset",
    "config.fanmode",
    "config.swingmode",
)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzClimate]:
    """Yield the thermostats of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.type in TYPES and (resource.has(HEAT) or resource.has(COOL)):
            yield DeconzClimate(coordinator, resource)


class DeconzClimate(DeconzEntity, CelsiusClimateEntity, ScheduledClimate):
    """Thermostat or air conditioner, whose features follow from its items."""

    _attr_name = None
    _attr_translation_key = "thermostat"
    _attr_target_temperature_step = 0.5

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", *ITEMS)
        CelsiusClimateEntity.__init__(self)
        self._setpoints = [item for item in (HEAT, COOL) if resource.has(item)]
        self._attr_hvac_modes = self._modes()
        # A device reports only the current value; further ones become options once they are reported.
        self._presets = list(PRESETS) if resource.has("config.preset") else []
        self._fan_modes = list(FAN_MODES)
        self._swing_modes = dict(SWING_MODES)
        # Home Assistant reads the mode before it adds the entity.
        self._update_attrs()

    def _modes(self) -> list[HVACMode]:
        """Return the modes; a device without ``mode`` can only be on or off."""
        source = self.source
        sequence = number(source.get("config.controlsequence"))
        heats = HEAT in self._setpoints and not (sequence in _COOLS and sequence not in _HEATS)
        cools = COOL in self._setpoints and not (sequence in _HEATS and sequence not in _COOLS)
        modes = [HVACMode.HEAT] * heats + [HVACMode.COOL] * cools or [HVACMode.HEAT]
        automatic = HVACMode.HEAT_COOL if heats and cools else HVACMode.AUTO
        if source.has("config.mode"):
            return [HVACMode.OFF, *modes, automatic]
        if automatic is HVACMode.HEAT_COOL:
            modes = [automatic]
        return [HVACMode.OFF, *modes] if source.has("config.on") else modes

    @override
    def schedule(self) -> tuple[ScheduleDays, ...]:
        """Return the schedule of the thermostat."""
        if not self.source.has(SCHEDULE):
            raise validation_error("schedule_not_supported")
        return read_schedule(self.read(SCHEDULE))

    @override
    async def async_set_schedule(self, schedule: tuple[ScheduleDays, ...]) -> None:
        """Set the schedule of the thermostat."""
        if not self.source.has(SCHEDULE):
            raise validation_error("schedule_not_supported")
        low, high = RANGES[self._setpoints[0]]
        for point in (point for days in schedule for point in days.points):
            if not low <= point.temperature <= high:
                raise validation_error("schedule_bad_temperature", details=f"{point.temperature:g}", low=low, high=high)
        value = write_schedule(schedule, as_text=isinstance(self.read(SCHEDULE), str))
        await self.async_put("config", schedule=value)

    @override
    def _update_attrs(self) -> None:
        """Update the temperatures, the mode and the action."""
        mode = self._mode()
        self._attr_hvac_mode = mode
        ranged = mode is HVACMode.HEAT_COOL
        heat, cool = HUNDREDTHS(self.read(HEAT)), HUNDREDTHS(self.read(COOL))
        self.set_temperatures(
            current=HUNDREDTHS(self.read("state.temperature")),
            target=None if ranged else HUNDREDTHS(self.read(self._setpoint(mode))),
            low=heat if ranged else None,
            high=cool if ranged else None,
        )
        limits = [RANGES[item] for item in (self._setpoints if ranged else [self._setpoint(mode)])]
        self._attr_min_temp = min(low for low, _ in limits)
        self._attr_max_temp = max(high for _, high in limits)
        self._attr_hvac_action = self._action(mode)
        self._update_options()
        self._attr_supported_features = self._features()

    def _features(self) -> ClimateEntityFeature:
        modes = self._attr_hvac_modes
        features = ClimateEntityFeature(0)
        if modes != [HVACMode.HEAT_COOL]:
            features |= ClimateEntityFeature.TARGET_TEMPERATURE
        if HVACMode.HEAT_COOL in modes:
            features |= ClimateEntityFeature.TARGET_TEMPERATURE_RANGE
        if HVACMode.OFF in modes:
            features |= ClimateEntityFeature.TURN_OFF | ClimateEntityFeature.TURN_ON
        if self._presets:
            features |= ClimateEntityFeature.PRESET_MODE
        if self.source.has("config.fanmode"):
            features |= ClimateEntityFeature.FAN_MODE
        if self.source.has("config.swingmode"):
            features |= ClimateEntityFeature.SWING_MODE
        return features

    def _update_options(self) -> None:
        """Update preset, fan mode and swing mode; a reported value becomes an option."""
        mode_preset = PRESET_MODES.get(as_text(self.read("config.mode")) or "")
        preset = mode_preset or as_text(self.read("config.preset"))
        if mode_preset is not None and not self._presets:
            self._presets.append(PRESET_NONE)
        if preset is None and PRESET_NONE in self._presets:
            preset = PRESET_NONE
        _learn(self._presets, preset)
        self._attr_preset_mode = preset
        self._attr_preset_modes = self._presets or None
        self._attr_fan_mode = as_text(self.read("config.fanmode"))
        _learn(self._fan_modes, self._attr_fan_mode)
        self._attr_fan_modes = self._fan_modes
        swing_mode = as_text(self.read("config.swingmode"))
        self._attr_swing_mode = to_snake_case(swing_mode)
        if swing_mode is not None and self._attr_swing_mode is not None:
            self._swing_modes.setdefault(self._attr_swing_mode, swing_mode)
        self._attr_swing_modes = list(self._swing_modes)

    def _mode(self) -> HVACMode | None:
        modes = self._attr_hvac_modes
        if not self.source.has("config.mode"):
            return HVACMode.OFF if self.read("config.on") is False else modes[-1]
        mode = MODES.get(as_text(self.read("config.mode")) or "")
        if mode is HVACMode.AUTO and HVACMode.HEAT_COOL in modes:
            return HVACMode.HEAT_COOL
        if mode is HVACMode.HEAT and mode not in modes and self.read("config.mode") == "sleep":
            # A device that can only cool cools in the mode "sleep" as well.
            return HVACMode.COOL
        if mode is not None and mode not in modes:
            self._attr_hvac_modes = [*modes, mode]
        return mode

    def _action(self, mode: HVACMode | None) -> HVACAction | None:
        if mode is HVACMode.OFF:
            return HVACAction.OFF
        running = as_bool(self.read("state.on"))
        if running is None:
            running = as_bool(self.read("state.heating"))
        if running is None and (valve := number(self.read("state.valve"))) is not None:
            running = valve > 0
        if self.read("config.preset") == PRESET_BOOST:
            running = True
        if running is None:
            return None
        if not running:
            return HVACAction.IDLE
        action = {
            HVACMode.COOL: HVACAction.COOLING,
            HVACMode.DRY: HVACAction.DRYING,
            HVACMode.FAN_ONLY: HVACAction.FAN,
        }.get(mode or HVACMode.HEAT)
        return action or (HVACAction.COOLING if self._is_cooling() else HVACAction.HEATING)

    def _is_cooling(self) -> bool:
        """Return whether a device in an automatic mode cools, because the room is too warm."""
        if HEAT not in self._setpoints:
            return True
        temperature, setpoint = number(self.read("state.temperature")), number(self.read(COOL))
        return temperature is not None and setpoint is not None and temperature >= setpoint

    def _setpoint(self, mode: HVACMode | None) -> str:
        """Return the item of the setpoint in a mode."""
        if mode is HVACMode.COOL and COOL in self._setpoints:
            return COOL
        return self._setpoints[0]

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the target temperature or range in °C, and the mode if one is given."""
        mode = kwargs.get(ATTR_HVAC_MODE, self._attr_hvac_mode)
        body: dict[str, Any] = {}
        if ATTR_HVAC_MODE in kwargs:
            if mode not in self._attr_hvac_modes:
                raise validation_error("no_such_mode", mode=str(mode))
            body |= self._body(mode)
        setpoints = {
            HEAT: number(kwargs.get(ATTR_TARGET_TEMP_LOW)),
            COOL: number(kwargs.get(ATTR_TARGET_TEMP_HIGH)),
        }
        if (temperature := number(kwargs.get(ATTR_TEMPERATURE))) is not None:
            if mode is HVACMode.HEAT_COOL:
                raise validation_error("range_needed")
            setpoints[self._setpoint(mode)] = temperature
        for item, celsius in setpoints.items():
            if celsius is None:
                continue
            low, high = RANGES[item]
            if not low <= celsius <= high:
                raise validation_error("temperature_out_of_range", low=f"{low:g}", high=f"{high:g}")
            body[item.partition(".")[2]] = round(celsius * 100)
        if body:
            await self.async_put("config", **body)

    def _body(self, mode: HVACMode) -> dict[str, Any]:
        if self.source.has("config.mode"):
            return {"mode": _WORDS[HVACMode.AUTO if mode is HVACMode.HEAT_COOL else mode]}
        return {"on": mode is not HVACMode.OFF}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Set the mode."""
        await self.async_put("config", **self._body(hvac_mode))

    @override
    async def async_turn_off(self) -> None:
        """Turn off."""
        await self.async_set_hvac_mode(HVACMode.OFF)

    @override
    async def async_turn_on(self) -> None:
        """Turn on, in an automatic mode if there is one."""
        modes = [mode for mode in self._attr_hvac_modes if mode is not HVACMode.OFF]
        automatic = [mode for mode in modes if mode in (HVACMode.AUTO, HVACMode.HEAT_COOL)]
        await self.async_set_hvac_mode((automatic or modes)[0])

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Set the preset; some presets are modes of the gateway."""
        if preset_mode in _MODE_OF_PRESET:
            await self.async_put("config", mode=_MODE_OF_PRESET[preset_mode])
        elif preset_mode == PRESET_NONE and not self.source.has("config.preset"):
            await self.async_put("config", mode=_WORDS[self._attr_hvac_mode or HVACMode.HEAT])
        else:
            await self.async_put("config", preset=preset_mode)

    @override
    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Set the fan mode."""
        await self.async_put("config", fanmode=fan_mode)

    @override
    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Set the opening of the slats."""
        await self.async_put("config", swingmode=self._swing_modes[swing_mode])


def _learn(options: list[str], value: str | None) -> None:
    """Add a reported value to the options."""
    if value is not None and options and value not in options:
        options.append(value)
