"""Thermostats and air conditioners of a deCONZ gateway."""

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
    "sleep": HVACMode.HEAT,
}
_WORDS: Final = {mode: told for told, mode in reversed(MODES.items())} | {HVACMode.HEAT: "heat"}
# Modes for which Home Assistant has but presets.
SPECIAL: Final = {
    "emergency heating": "emergency_heating",
    "precooling": "precooling",
    "sleep": PRESET_SLEEP,
}
_MODE_OF: Final = {preset: told for told, preset in SPECIAL.items()}
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
    """Build a climate for each thermostat of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.type in TYPES and (resource.has(HEAT) or resource.has(COOL)):
            yield DeconzClimate(coordinator, resource)


class DeconzClimate(DeconzEntity, CelsiusClimateEntity, ScheduledClimate):
    """A thermostat; what it can do is what the gateway tells of it."""

    _attr_name = None
    _attr_translation_key = "thermostat"
    _attr_target_temperature_step = 0.5

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Take what it can do from its items."""
        super().__init__(coordinator, resource, "", *ITEMS)
        CelsiusClimateEntity.__init__(self)
        self._setpoints = [item for item in (HEAT, COOL) if resource.has(item)]
        self._attr_hvac_modes = self._modes()
        # A device tells only what it is set to: what else it knows shows by and by.
        self._presets = list(PRESETS) if resource.has("config.preset") else []
        self._fan_modes = list(FAN_MODES)
        self._swing_modes = dict(SWING_MODES)
        # Home Assistant asks for the mode before it adds the entity.
        self._update_attrs()

    def _modes(self) -> list[HVACMode]:
        """Return the modes; without ``mode`` there is but on and off."""
        source = self.source
        sequence = number(source.get("config.controlsequence"))
        heats = HEAT in self._setpoints and not (sequence in _COOLS and sequence not in _HEATS)
        cools = COOL in self._setpoints and not (sequence in _HEATS and sequence not in _COOLS)
        modes = [HVACMode.HEAT] * heats + [HVACMode.COOL] * cools or [HVACMode.HEAT]
        by_itself = HVACMode.HEAT_COOL if heats and cools else HVACMode.AUTO
        if source.has("config.mode"):
            return [HVACMode.OFF, *modes, by_itself]
        if by_itself is HVACMode.HEAT_COOL:
            modes = [by_itself]
        return [HVACMode.OFF, *modes] if source.has("config.on") else modes

    @override
    def schedule(self) -> tuple[ScheduleDays, ...]:
        """Return the plan that the thermostat keeps."""
        if not self.source.has(SCHEDULE):
            raise validation_error("schedule_not_supported")
        return read_schedule(self.read(SCHEDULE))

    @override
    async def async_set_schedule(self, schedule: tuple[ScheduleDays, ...]) -> None:
        """Have the thermostat keep another plan."""
        if not self.source.has(SCHEDULE):
            raise validation_error("schedule_not_supported")
        low, high = RANGES[self._setpoints[0]]
        for point in (point for days in schedule for point in days.points):
            if not low <= point.temperature <= high:
                raise validation_error("schedule_bad_temperature", details=f"{point.temperature:g}", low=low, high=high)
        told = write_schedule(schedule, as_text=isinstance(self.read(SCHEDULE), str))
        await self.async_put("config", schedule=told)

    @override
    def _update_attrs(self) -> None:
        """Read the temperatures, the mode and what it does."""
        mode = self._mode()
        self._attr_hvac_mode = mode
        ranged = mode is HVACMode.HEAT_COOL
        heat, cool = HUNDREDTHS(self.read(HEAT)), HUNDREDTHS(self.read(COOL))
        self.show_temperatures(
            current=HUNDREDTHS(self.read("state.temperature")),
            target=None if ranged else HUNDREDTHS(self.read(self._setpoint(mode))),
            low=heat if ranged else None,
            high=cool if ranged else None,
        )
        limits = [RANGES[item] for item in (self._setpoints if ranged else [self._setpoint(mode)])]
        self._attr_min_temp = min(low for low, _ in limits)
        self._attr_max_temp = max(high for _, high in limits)
        self._attr_hvac_action = self._action(mode)
        self._read_choices()
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

    def _read_choices(self) -> None:
        """Read preset, fan and slats; what a device shows can be chosen from then on."""
        special = SPECIAL.get(as_text(self.read("config.mode")) or "")
        preset = special or as_text(self.read("config.preset"))
        if special is not None and not self._presets:
            self._presets.append(PRESET_NONE)
        if preset is None and PRESET_NONE in self._presets:
            preset = PRESET_NONE
        _learn(self._presets, preset)
        self._attr_preset_mode = preset
        self._attr_preset_modes = self._presets or None
        self._attr_fan_mode = as_text(self.read("config.fanmode"))
        _learn(self._fan_modes, self._attr_fan_mode)
        self._attr_fan_modes = self._fan_modes
        told = as_text(self.read("config.swingmode"))
        self._attr_swing_mode = to_snake_case(told)
        if told is not None and self._attr_swing_mode is not None:
            self._swing_modes.setdefault(self._attr_swing_mode, told)
        self._attr_swing_modes = list(self._swing_modes)

    def _mode(self) -> HVACMode | None:
        modes = self._attr_hvac_modes
        if not self.source.has("config.mode"):
            return HVACMode.OFF if self.read("config.on") is False else modes[-1]
        told = MODES.get(as_text(self.read("config.mode")) or "")
        if told is HVACMode.AUTO and HVACMode.HEAT_COOL in modes:
            return HVACMode.HEAT_COOL
        if told is HVACMode.HEAT and told not in modes and self.read("config.mode") == "sleep":
            # What only cools sleeps by cooling.
            return HVACMode.COOL
        if told is not None and told not in modes:
            self._attr_hvac_modes = [*modes, told]
        return told

    def _action(self, mode: HVACMode | None) -> HVACAction | None:
        if mode is HVACMode.OFF:
            return HVACAction.OFF
        runs = as_bool(self.read("state.on"))
        if runs is None:
            runs = as_bool(self.read("state.heating"))
        if runs is None and (valve := number(self.read("state.valve"))) is not None:
            runs = valve > 0
        if self.read("config.preset") == PRESET_BOOST:
            runs = True
        if runs is None:
            return None
        if not runs:
            return HVACAction.IDLE
        doing = {
            HVACMode.COOL: HVACAction.COOLING,
            HVACMode.DRY: HVACAction.DRYING,
            HVACMode.FAN_ONLY: HVACAction.FAN,
        }.get(mode or HVACMode.HEAT)
        return doing or (HVACAction.COOLING if self._is_cooling() else HVACAction.HEATING)

    def _is_cooling(self) -> bool:
        """Say whether what runs by itself cools, as it does where it is too warm."""
        if HEAT not in self._setpoints:
            return True
        present, wanted = number(self.read("state.temperature")), number(self.read(COOL))
        return present is not None and wanted is not None and present >= wanted

    def _setpoint(self, mode: HVACMode | None) -> str:
        """Return the setpoint that a mode follows."""
        if mode is HVACMode.COOL and COOL in self._setpoints:
            return COOL
        return self._setpoints[0]

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the temperature wanted, in °C, or a range, and the mode if there is one with it."""
        mode = kwargs.get(ATTR_HVAC_MODE, self._attr_hvac_mode)
        body: dict[str, Any] = {}
        if ATTR_HVAC_MODE in kwargs:
            if mode not in self._attr_hvac_modes:
                raise validation_error("no_such_mode", mode=str(mode))
            body |= self._body(mode)
        wanted = {
            HEAT: number(kwargs.get(ATTR_TARGET_TEMP_LOW)),
            COOL: number(kwargs.get(ATTR_TARGET_TEMP_HIGH)),
        }
        if (temperature := number(kwargs.get(ATTR_TEMPERATURE))) is not None:
            if mode is HVACMode.HEAT_COOL:
                raise validation_error("range_needed")
            wanted[self._setpoint(mode)] = temperature
        for item, celsius in wanted.items():
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
        by_itself = [mode for mode in modes if mode in (HVACMode.AUTO, HVACMode.HEAT_COOL)]
        await self.async_set_hvac_mode((by_itself or modes)[0])

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Choose a preset; some are modes to the gateway."""
        if preset_mode in _MODE_OF:
            await self.async_put("config", mode=_MODE_OF[preset_mode])
        elif preset_mode == PRESET_NONE and not self.source.has("config.preset"):
            await self.async_put("config", mode=_WORDS[self._attr_hvac_mode or HVACMode.HEAT])
        else:
            await self.async_put("config", preset=preset_mode)

    @override
    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Choose how the fan runs."""
        await self.async_put("config", fanmode=fan_mode)

    @override
    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Choose how far the slats open."""
        await self.async_put("config", swingmode=self._swing_modes[swing_mode])


def _learn(known: list[str], shown: str | None) -> None:
    """Add what a device shows to what can be chosen."""
    if shown is not None and known and shown not in known:
        known.append(shown)
