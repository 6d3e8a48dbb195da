"""Names that differ between the oldest supported release of Home Assistant and the newest."""

from collections.abc import Mapping
import inspect
from operator import attrgetter
from typing import Any, Final

from homeassistant.components import repairs
from homeassistant.components.climate import ClimateEntity
from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, UnitOfTemperature

# Since 2026.11 the temperatures of a climate entity are native ones, and the old names log a warning.
_PREFIX: Final = "native_" if hasattr(ClimateEntity, "native_temperature_unit") else ""
_LOW: Final = f"_attr_{_PREFIX}target_temperature_low"
_HIGH: Final = f"_attr_{_PREFIX}target_temperature_high"

# The oldest supported release cannot end a repair flow with the start of another flow; 2026.10 can.
HAS_NEXT_FLOW: Final = "next_flow" in inspect.signature(RepairsFlow.async_abort).parameters

# Whether Home Assistant has a LoRaWAN integration, whose place a custom one would take.
HAS_CORE_LORAWAN: Final = (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11)


def abort_with_subentry_flow(
    flow: RepairsFlow, reason: str, flow_id: str, placeholders: Mapping[str, str]
) -> RepairsFlowResult:
    """Return the end of a repair flow that leads to a config subentry flow, where ``HAS_NEXT_FLOW``."""
    abort: Any = flow.async_abort
    next_flow = (repairs.FlowType.CONFIG_SUBENTRIES_FLOW, flow_id)
    result: RepairsFlowResult = abort(reason=reason, description_placeholders=placeholders, next_flow=next_flow)
    return result


class CelsiusClimateEntity(ClimateEntity):
    """Climate entity in °C with the attribute names of the running release."""

    # Not cached, since they are nearly always new when they are read.
    _current_celsius: float | None = None
    _target_celsius: float | None = None

    def __init__(self) -> None:
        """Set the unit."""
        setattr(self, f"_attr_{_PREFIX}temperature_unit", UnitOfTemperature.CELSIUS)

    def set_current_temperature(self, current: float | None) -> None:
        """Set the current temperature."""
        self._current_celsius = current

    def set_target_temperature(self, target: float | None) -> None:
        """Set the target temperature."""
        self._target_celsius = target

    def set_target_range(self, low: float | None, high: float | None) -> None:
        """Set the lower and the upper target temperature."""
        setattr(self, _LOW, low)
        setattr(self, _HIGH, high)


setattr(CelsiusClimateEntity, f"{_PREFIX}current_temperature", property(attrgetter("_current_celsius")))
setattr(CelsiusClimateEntity, f"{_PREFIX}target_temperature", property(attrgetter("_target_celsius")))
