"""Rooms and thermostats of a LIVISI hub."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.climate import ClimateEntityFeature, HVACMode
from homeassistant.const import ATTR_TEMPERATURE

from ...core.compat import CelsiusClimateEntity
from .api.model import ROOM_SETPOINT, THERMOSTAT, Resource
from .entity import LivisiEntity, number

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# The range of the hub's thermostats where they tell none, in °C.
LOWEST = 6.0
HIGHEST = 30.0
MANUAL = "Manu"
AUTO = "Auto"
_MODES = {HVACMode.HEAT: MANUAL, HVACMode.AUTO: AUTO}


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiClimate]:
    """Build a climate for a room, and for a thermostat that belongs to no room."""
    for setpoint in coordinator.model.capabilities_of(device_id):
        if setpoint.type == ROOM_SETPOINT or (setpoint.type == THERMOSTAT and not coordinator.model.is_bound(setpoint)):
            yield LivisiClimate(coordinator, setpoint)


class LivisiClimate(LivisiEntity, CelsiusClimateEntity):
    """A setpoint with the temperature and humidity beside it.

    Whether it follows the hub's schedule is a matter of the thermostats: a room does
    as soon as all of its thermostats do.
    """

    _attr_name = None
    _attr_target_temperature_step = 0.5
    _attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow the setpoint, the air, and the thermostats' mode."""
        super().__init__(
            coordinator,
            source,
            "",
            "setpointTemperature",
            "pointTemperature",
            "operationMode",
            "temperature",
            "humidity",
        )
        CelsiusClimateEntity.__init__(self)
        # Home Assistant asks for the modes before it adds the entity.
        self._update_attrs()

    @property
    def thermostats(self) -> list[Resource]:
        """Return the thermostats behind the setpoint."""
        if self.source.type == THERMOSTAT:
            return [self.source]
        return self.coordinator.model.thermostats_of(self.source)

    @property
    def setpoint(self) -> str:
        """Return the setpoint's name, which is not the same in all hubs."""
        if self.source.type == ROOM_SETPOINT:
            for name in ("setpointTemperature", "pointTemperature"):
                if name in self.source.state:
                    return name
            if not self.coordinator.client.is_classic:
                return "setpointTemperature"
        return "pointTemperature"

    @override
    def _update_attrs(self) -> None:
        """Read the setpoint, the air, the modes and the limits."""
        thermostats = self.thermostats
        limits = [self.source, *thermostats]
        self._attr_min_temp = _limit(limits, "minTemperature", LOWEST)
        self._attr_max_temp = _limit(limits, "maxTemperature", HIGHEST)
        model = self.coordinator.model
        self.set_temperatures(
            current=number(model.air(self.source, "temperature")), target=number(self.value(self.setpoint))
        )
        self._attr_current_humidity = number(model.air(self.source, "humidity"))
        modes = [mode.lower() for item in thermostats if isinstance(mode := item.state.get("operationMode"), str)]
        self._attr_hvac_modes = [HVACMode.HEAT, HVACMode.AUTO] if modes else [HVACMode.HEAT]
        follows = bool(modes) and all(mode == AUTO.lower() for mode in modes)
        self._attr_hvac_mode = HVACMode.AUTO if follows else HVACMode.HEAT

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the temperature wanted, in °C, and the mode if there is one with it."""
        if (mode := kwargs.get("hvac_mode")) is not None:
            await self.async_set_hvac_mode(mode)
        if (temperature := kwargs.get(ATTR_TEMPERATURE)) is not None:
            await self.async_act("SetState", **{self.setpoint: temperature})

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Have all thermostats follow the schedule, or none."""
        for thermostat in self.thermostats:
            await self.async_command(
                self.coordinator.async_act("SetState", thermostat, operationMode=_MODES[hvac_mode])
            )


def _limit(sources: Iterable[Resource], name: str, usual: float) -> float:
    """Return the first limit that is told."""
    return next((limit for item in sources if (limit := number(item.config.get(name))) is not None), usual)
