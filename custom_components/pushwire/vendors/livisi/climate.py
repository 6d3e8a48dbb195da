"""Climate platform for LIVISI."""

from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.climate import ATTR_HVAC_MODE, ClimateEntityFeature, HVACMode
from homeassistant.const import ATTR_TEMPERATURE

from ...core.compat import CelsiusClimateEntity
from ...wire.values import number
from .api.model import ROOM_SETPOINT, THERMOSTAT, Resource
from .commands import all_of
from .const import CONF_THERMOSTATS
from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# Range in °C of a thermostat that does not report one.
DEFAULT_MIN_TEMP: Final = 6.0
DEFAULT_MAX_TEMP: Final = 30.0
MANUAL: Final = "Manu"
AUTO: Final = "Auto"
_MODES: Final = {HVACMode.HEAT: MANUAL, HVACMode.AUTO: AUTO}


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiClimate]:
    """Yield the climate entities of a room, and of thermostats that are not assigned to a room or wanted by option."""
    model = coordinator.model
    with_thermostats = coordinator.entry.options.get(CONF_THERMOSTATS, False)
    for setpoint in model.capabilities_of(device_id):
        is_own = setpoint.type == THERMOSTAT and (with_thermostats or not model.is_in_room(setpoint))
        if setpoint.type == ROOM_SETPOINT or is_own:
            yield LivisiClimate(coordinator, setpoint)


class LivisiClimate(LivisiEntity, CelsiusClimateEntity):
    """Setpoint of a room or a thermostat, with the measured temperature and humidity.

    A room follows the hub's schedule when all of its thermostats do.
    """

    _attr_name = None
    _attr_target_temperature_step = 0.5
    _attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(
            coordinator,
            source,
            "",
            "humidity",
            "operationMode",
            "pointTemperature",
            "setpointTemperature",
            "temperature",
        )
        CelsiusClimateEntity.__init__(self)
        self._revision = -1
        # Temperatures, humidity and modes as the devices report them.
        self._temperature: Any = None
        self._target: Any = None
        self._humidity: Any = None
        self._modes: list[Any] | None = None
        # Home Assistant reads the modes before it adds the entity.
        self._update_attrs()

    @property
    def thermostats(self) -> list[Resource]:
        """Thermostats that the setpoint controls."""
        if self.source.type == THERMOSTAT:
            return [self.source]
        return self.coordinator.model.thermostats_of(self.source)

    @property
    def setpoint(self) -> str:
        """Property of the setpoint, which depends on the hub."""
        if self.source.type == ROOM_SETPOINT:
            for name in ("setpointTemperature", "pointTemperature"):
                if name in self.source.state:
                    return name
            if not self.coordinator.client.is_classic:
                return "setpointTemperature"
        return "pointTemperature"

    @override
    def _update_attrs(self) -> None:
        """Update temperatures, humidity, modes and range."""
        if self._revision != self.coordinator.model.revision:
            self._update_parts()
        # A report changes one of the values, and setting an attribute is dear.
        temperature = self._temperature_state.get("temperature")
        if temperature != self._temperature:
            self._temperature = temperature
            self.set_current_temperature(number(temperature))
        target = self.source.state.get(self._setpoint)
        if target != self._target:
            self._target = target
            self.set_target_temperature(number(target))
        humidity = self._humidity_state.get("humidity")
        if humidity != self._humidity:
            self._humidity = humidity
            self._attr_current_humidity = number(humidity)
        modes = [item.state.get("operationMode") for item in self._thermostats]
        if modes != self._modes:
            self._modes = modes
            self._update_mode()

    def _update_mode(self) -> None:
        """Update the mode and the possible modes from those of the thermostats."""
        modes = [mode.lower() for mode in self._modes or () if isinstance(mode, str)]
        self._attr_hvac_modes = [HVACMode.HEAT, HVACMode.AUTO] if modes else [HVACMode.HEAT]
        is_auto = bool(modes) and all(mode == AUTO.lower() for mode in modes)
        self._attr_hvac_mode = HVACMode.AUTO if is_auto else HVACMode.HEAT

    def _update_parts(self) -> None:
        """Update what depends on the descriptions of the room's devices."""
        model = self.coordinator.model
        self._revision = model.revision
        self._setpoint = self.setpoint
        self._thermostats = self.thermostats
        self._temperature_state = _state_of(model.room_sensor(self.source, "temperature"))
        self._humidity_state = _state_of(model.room_sensor(self.source, "humidity"))
        sources = [self.source, *self._thermostats]
        self._attr_min_temp = _limit(sources, "minTemperature", DEFAULT_MIN_TEMP)
        self._attr_max_temp = _limit(sources, "maxTemperature", DEFAULT_MAX_TEMP)

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the target temperature in °C, after the mode if one is given."""
        commands: list[Awaitable[Any]] = []
        if (mode := kwargs.get(ATTR_HVAC_MODE)) is not None:
            commands.extend(self._mode_commands(mode))
        if (temperature := kwargs.get(ATTR_TEMPERATURE)) is not None:
            commands.append(self.coordinator.async_execute("SetState", self.source, **{self.setpoint: temperature}))
        await self.async_command(all_of(commands))

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Set the mode of all thermostats."""
        await self.async_command(all_of(self._mode_commands(hvac_mode)))

    def _mode_commands(self, mode: HVACMode) -> list[Awaitable[Any]]:
        """Return the commands that set the mode of all thermostats."""
        return [
            self.coordinator.async_execute("SetState", thermostat, operationMode=_MODES[mode])
            for thermostat in self.thermostats
        ]


def _state_of(sensor: Resource | None) -> Mapping[str, Any]:
    """Return the values of a sensor, which follow its reports."""
    return {} if sensor is None else sensor.state


def _limit(sources: Iterable[Resource], name: str, default: float) -> float:
    """Return the first limit that one of the sources reports, or the default."""
    return next((limit for item in sources if (limit := number(item.config.get(name))) is not None), default)
