"""Names that differ between the oldest supported release of Home Assistant and the newest."""

from typing import Final

from homeassistant.components.climate import ClimateEntity
from homeassistant.const import UnitOfTemperature

# Since 2026.11 the temperatures of a climate entity are native ones, and the old names log a warning.
_PREFIX: Final = "_attr_native_" if hasattr(ClimateEntity, "native_temperature_unit") else "_attr_"


class CelsiusClimateEntity(ClimateEntity):
    """Climate entity in °C with the attribute names of the running release."""

    def __init__(self) -> None:
        """Set the unit."""
        setattr(self, f"{_PREFIX}temperature_unit", UnitOfTemperature.CELSIUS)

    def set_temperatures(
        self,
        *,
        current: float | None,
        target: float | None,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        """Set the current temperature, and the target temperature or range."""
        setattr(self, f"{_PREFIX}current_temperature", current)
        setattr(self, f"{_PREFIX}target_temperature", target)
        setattr(self, f"{_PREFIX}target_temperature_low", low)
        setattr(self, f"{_PREFIX}target_temperature_high", high)
