"""Names that differ between the oldest Home Assistant supported and the newest."""

from typing import Final

from homeassistant.components.climate import ClimateEntity
from homeassistant.const import UnitOfTemperature

# Since 2026.11 a climate's temperatures are native ones, and the old names are told off.
_PREFIX: Final = "_attr_native_" if hasattr(ClimateEntity, "native_temperature_unit") else "_attr_"


class CelsiusClimateEntity(ClimateEntity):
    """A climate in °C that sets its temperatures under whichever names there are."""

    def __init__(self) -> None:
        """Set the unit."""
        setattr(self, f"{_PREFIX}temperature_unit", UnitOfTemperature.CELSIUS)

    def show_temperatures(
        self,
        *,
        current: float | None,
        target: float | None,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        """Show what is measured and what is wanted: a target, or a range."""
        setattr(self, f"{_PREFIX}current_temperature", current)
        setattr(self, f"{_PREFIX}target_temperature", target)
        setattr(self, f"{_PREFIX}target_temperature_low", low)
        setattr(self, f"{_PREFIX}target_temperature_high", high)
