"""Names that differ between the oldest supported release of Home Assistant and the newest."""

from typing import Final

from homeassistant.components.climate import ClimateEntity
from homeassistant.const import UnitOfTemperature

# Since 2026.11 the temperatures of a climate entity are native ones, and the old names log a warning.
_PREFIX: Final = "_attr_native_" if hasattr(ClimateEntity, "native_temperature_unit") else "_attr_"
_CURRENT: Final = f"{_PREFIX}current_temperature"
_TARGET: Final = f"{_PREFIX}target_temperature"
_LOW: Final = f"{_PREFIX}target_temperature_low"
_HIGH: Final = f"{_PREFIX}target_temperature_high"


class CelsiusClimateEntity(ClimateEntity):
    """Climate entity in °C with the attribute names of the running release."""

    def __init__(self) -> None:
        """Set the unit."""
        setattr(self, f"{_PREFIX}temperature_unit", UnitOfTemperature.CELSIUS)

    def set_temperatures(self, current: float | None, target: float | None) -> None:
        """Set the current and the target temperature."""
        setattr(self, _CURRENT, current)
        setattr(self, _TARGET, target)

    def set_target_range(self, low: float | None, high: float | None) -> None:
        """Set the lower and the upper target temperature."""
        setattr(self, _LOW, low)
        setattr(self, _HIGH, high)
