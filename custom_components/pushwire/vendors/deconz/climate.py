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
from .api.model import WORDS, Resource
from .api.schedule import read_schedule, write_schedule
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

TYPES: Final = frozenset({"ZHAThermostat", "CLIPThermostat"})

HEAT: Final = "config.heatsetpoint"
COOL: Final = "config.coolsetpoint"
MODE: Final = "config.mode"
PRESET: Final = "config.preset"
FAN_MODE: Final = "config.fanmode"
SWING_MODE: Final = "config.swingmode"
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
# Values of ``controlsequence``: 0 and 1 cool, 2 and 3 heat, 4 and 5 do both.
_COOLS: Final = frozenset({0, 1, 4, 5})
_HEATS: Final = frozenset({2, 3, 4, 5})

PRESETS: Final = ["holiday", "auto", "manual", PRESET_COMFORT, PRESET_ECO, PRESET_BOOST, "complex", "program"]
FAN_MODES: Final = ["off", "low", "medium", "high", "on", "auto", "smart"]
SWING_MODES: Final = ("fully closed", "fully open", "quarter open", "half open", "three quarters open")
# Actions of modes in which a running device can do only one thing.
_ACTIONS: Final = {
    HVACMode.COOL: HVACAction.COOLING,
    HVACMode.DRY: HVACAction.DRYING,
    HVACMode.FAN_ONLY: HVACAction.FAN,
    HVACMode.HEAT: HVACAction.HEATING,
}

SCHEDULE: Final = "config.schedule"
ITEMS: Final = (
    "state.temperature",
    "state.on",
    "state.heating",
    "state.valve",
    HEAT,
    COOL,
    MODE,
    PRESET,
    FAN_MODE,
    SWING_MODE,
    "config.controlsequence",
)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzClimate]:
    """Yield the thermostats of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if has_climate(resource):
            yield DeconzClimate(coordinator, resource)


def has_climate(resource: Resource) -> bool:
    """Return whether a resource is a thermostat with a setpoint."""
    return resource.type in TYPES and (resource.has(HEAT) or resource.has(COOL))


class DeconzClimate(DeconzEntity, CelsiusClimateEntity, ScheduledClimate):
    """Thermostat or air conditioner, whose features follow from its items."""

    _attr_name = None
    _attr_translation_key = "thermostat"
    _attr_target_temperature_step = 0.5

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", *ITEMS)
        CelsiusClimateEntity.__init__(self)
        self.properties = frozenset((*(self.properties or ()), WORDS))
        self._setpoints: list[str] = []
        # Modes of the gateway by preset.
        self._mode_presets: dict[str, str] = {}
        self._swing_modes: dict[str, str] = {}
        # Mode that turning on restores.
        self._active_mode: HVACMode | None = None
        # Home Assistant reads the mode before it adds the entity.
        self._update_attrs()

    def _known_words(self, item: str, usual: Iterable[str] = ()) -> list[str]:
        """Return the described words of an item, else the usual ones, with those that were reported."""
        described = self.source.words.get(item)
        current = [word] if (word := as_text(self.read(item))) is not None else []
        if described is None:
            known = [*usual, *self.coordinator.descriptions.seen.with_value(self.source.key, item, *current)]
        else:
            known = [*described, *current]
        return list(dict.fromkeys(known))

    def _update_modes(self) -> None:
        """Update the modes and setpoints; a device without ``mode`` can neither be turned on nor off."""
        source = self.source
        described = source.words.get(MODE)
        sequence = number(source.get("config.controlsequence"))
        heats = source.has(HEAT) and not (sequence in _COOLS and sequence not in _HEATS)
        cools = source.has(COOL) and not (sequence in _HEATS and sequence not in _COOLS)
        known = [mode for word in self._known_words(MODE) if (mode := MODES.get(word.lower())) is not None]
        if described is not None and heats and HVACMode.COOL not in known:
            # The gateway lists a setpoint for cooling that the device does not use.
            cools = False
        self._setpoints = [item for item, used in ((HEAT, heats), (COOL, cools)) if used] or [
            item for item in (HEAT, COOL) if source.has(item)
        ]
        automatic = HVACMode.HEAT_COOL if heats and cools else HVACMode.AUTO
        modes = [HVACMode.HEAT] * heats + [HVACMode.COOL] * cools or [HVACMode.HEAT]
        if not source.has(MODE):
            self._attr_hvac_modes = [automatic] if automatic is HVACMode.HEAT_COOL else modes
            return
        reported = {HVACMode.AUTO: automatic, **({HVACMode.HEAT: HVACMode.COOL} if cools and not heats else {})}
        known = [reported.get(mode, mode) for mode in known]
        usual = [HVACMode.OFF, *modes, automatic] if described is None else []
        self._attr_hvac_modes = list(dict.fromkeys([*usual, *known])) or modes

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
        self._update_modes()
        mode = self._mode()
        if mode is not HVACMode.OFF:
            self._active_mode = mode
        self._attr_hvac_mode = mode
        ranged = mode is HVACMode.HEAT_COOL
        heat, cool = HUNDREDTHS(self.read(HEAT)), HUNDREDTHS(self.read(COOL))
        self.set_current_temperature(HUNDREDTHS(self.read("state.temperature")))
        self.set_target_temperature(None if ranged else HUNDREDTHS(self.read(self._setpoint(mode))))
        self.set_target_range(heat if ranged else None, cool if ranged else None)
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
        if self._attr_preset_modes:
            features |= ClimateEntityFeature.PRESET_MODE
        if self.source.has(FAN_MODE):
            features |= ClimateEntityFeature.FAN_MODE
        if self.source.has(SWING_MODE):
            features |= ClimateEntityFeature.SWING_MODE
        return features

    def _update_options(self) -> None:
        """Update preset, fan mode and swing mode; a reported value becomes an option."""
        word = as_text(self.read(MODE))
        self._mode_presets = {
            PRESET_MODES.get(known.lower()) or to_snake_case(known) or known: known
            for known in (self._known_words(MODE) if self.source.has(MODE) else ())
            if known.lower() not in MODES or known.lower() in PRESET_MODES
        }
        mode_preset = next((preset for preset, known in self._mode_presets.items() if known == word), None)
        preset = mode_preset or as_text(self.read(PRESET))
        presets = self._known_words(PRESET, PRESETS) if self.source.has(PRESET) else []
        if self._mode_presets and not presets:
            presets = [PRESET_NONE]
            preset = preset or PRESET_NONE
        presets += [known for known in self._mode_presets if known not in presets]
        self._attr_preset_mode = preset
        self._attr_preset_modes = presets or None
        self._attr_fan_mode = as_text(self.read(FAN_MODE))
        self._attr_fan_modes = self._known_words(FAN_MODE, FAN_MODES) if self.source.has(FAN_MODE) else None
        self._swing_modes = {
            to_snake_case(known) or known: known
            for known in (self._known_words(SWING_MODE, SWING_MODES) if self.source.has(SWING_MODE) else ())
        }
        self._attr_swing_mode = to_snake_case(self.read(SWING_MODE))
        self._attr_swing_modes = list(self._swing_modes) or None

    def _mode(self) -> HVACMode | None:
        modes = self._attr_hvac_modes
        if not self.source.has(MODE):
            return modes[0]
        if (word := as_text(self.read(MODE))) is None:
            return None
        # A word that is not a mode of Home Assistant is a preset of a device that runs.
        mode = MODES.get(word.lower(), HVACMode.HEAT)
        if mode is HVACMode.AUTO and HVACMode.HEAT_COOL in modes:
            return HVACMode.HEAT_COOL
        # A device that can only cool cools in such a mode as well.
        return HVACMode.COOL if mode is HVACMode.HEAT and HEAT not in self._setpoints else mode

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
        if (action := _ACTIONS.get(mode or HVACMode.HEAT)) is not None:
            return action
        if len(self._setpoints) == 1:
            return HVACAction.HEATING if HEAT in self._setpoints else HVACAction.COOLING
        return self._automatic_action()

    def _automatic_action(self) -> HVACAction | None:
        """Return what a running device does in an automatic mode, or None if the temperatures do not tell."""
        temperature = number(self.read("state.temperature"))
        heat, cool = number(self.read(HEAT)), number(self.read(COOL))
        if temperature is None or heat is None or cool is None:
            return None
        if cool <= temperature <= heat:
            # Setpoints of different seasons.
            return None
        # A device that runs between the setpoints has just passed the nearer one.
        return HVACAction.HEATING if temperature - heat < cool - temperature else HVACAction.COOLING

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
        mode = HVACMode.AUTO if mode is HVACMode.HEAT_COOL else mode
        described = self.source.words.get(MODE, {})
        # Words differ in case between devices.
        return {"mode": next((word for word in described if word.lower() == _WORDS[mode]), _WORDS[mode])}

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
        """Turn on, in the previous mode, or else in an automatic one that the gateway describes."""
        modes = [mode for mode in self._attr_hvac_modes if mode is not HVACMode.OFF]
        automatic = [mode for mode in modes if mode in (HVACMode.AUTO, HVACMode.HEAT_COOL)]
        described = MODE in self.source.words
        await self.async_set_hvac_mode(self._active_mode or (automatic * described or modes)[0])

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Set the preset; some presets are modes of the gateway."""
        if preset_mode in self._mode_presets:
            await self.async_put("config", mode=self._mode_presets[preset_mode])
        elif preset_mode == PRESET_NONE and not self.source.has(PRESET):
            await self.async_put("config", **self._body(self._attr_hvac_mode or HVACMode.HEAT))
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
