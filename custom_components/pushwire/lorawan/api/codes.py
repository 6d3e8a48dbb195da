"""Codes of meters in keys: OBIS codes, and the keys of a wM-Bus bridge.

Wire code. OBIS codes have the form ``A-B:C.D.E*F``: medium, channel, quantity, kind of value,
tariff, and billing period. A wM-Bus bridge names a value
``{storage}_{subdevice}_{tariff}_{description}_{function}_{unit}``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
import re
from typing import Final

from .model import ValueDescription
from .units import unit_of

_OBIS: Final = re.compile(
    r"(?:.*OBIS_)?(?:(\d{1,3})[-_](\d{1,3})[:_])?(\d{1,3})[._](\d{1,3})[._](\d{1,3})(?:\*(\d{1,3}))?", re.IGNORECASE
)
_RECORD: Final = re.compile(r"(\d+)_(\d+)_(\d+)_(.+?)(?:_(current|minimum|maximum|min|max|error)_value)?(?:_([^_]*))?")
_FUNCTIONS: Final[Mapping[str | None, str]] = {
    "minimum": "minimum",
    "min": "minimum",
    "maximum": "maximum",
    "max": "maximum",
}
# Billing period of the current value.
_CURRENT_PERIOD: Final = 255

_TOTAL: Final = "total_increasing"
_ENERGY: Final = ValueDescription(device_class="energy", unit="kWh", state_class=_TOTAL, precision=2)
_POWER: Final = ValueDescription(device_class="power", unit="W", state_class="measurement")
_TEMPERATURE: Final = ValueDescription(device_class="temperature", unit="°C", state_class="measurement", precision=1)
_NUMBER: Final = ValueDescription(state_class="measurement")


def _volume(medium: str) -> ValueDescription:
    return ValueDescription(device_class=medium, unit="m³", state_class=_TOTAL, precision=3)


# Names and descriptions by the kind of value and the quantity, for each medium.
_ELECTRICITY: Final[Mapping[tuple[int, int], tuple[str, ValueDescription]]] = {
    **{(quantity, kind): ("energy_import", _ENERGY) for quantity in (1, 21, 41, 61) for kind in (8, 29)},
    **{(quantity, kind): ("energy_export", _ENERGY) for quantity in (2, 22, 42, 62) for kind in (8, 29)},
    **{(quantity, kind): ("energy", _ENERGY) for quantity in (15, 16) for kind in (8, 29)},
    **{(quantity, 8): ("reactive_energy_import", _NUMBER) for quantity in (3, 23, 43, 63)},
    **{(quantity, 8): ("reactive_energy_export", _NUMBER) for quantity in (4, 24, 44, 64)},
    **{(quantity, 7): ("power_import", _POWER) for quantity in (1, 21, 41, 61)},
    **{(quantity, 7): ("power_export", _POWER) for quantity in (2, 22, 42, 62)},
    **{(quantity, 7): ("power", _POWER) for quantity in (15, 16, 36, 56, 76)},
    **{(quantity, 6): ("power_maximum", _NUMBER) for quantity in (1, 2)},
    **{
        (quantity, 7): ("voltage", ValueDescription(device_class="voltage", unit="V", state_class="measurement"))
        for quantity in (12, 32, 52, 72)
    },
    **{
        (quantity, 7): ("current", ValueDescription(device_class="current", unit="A", state_class="measurement"))
        for quantity in (11, 31, 51, 71)
    },
    **{
        (quantity, 7): ("power_factor", ValueDescription(device_class="power_factor", state_class="measurement"))
        for quantity in (13, 33, 53, 73)
    },
    (14, 7): ("frequency", ValueDescription(device_class="frequency", unit="Hz", state_class="measurement")),
}
_HEAT: Final[Mapping[tuple[int, int], tuple[str, ValueDescription]]] = {
    (1, 0): ("heat", _ENERGY),
    (2, 0): ("heat_volume", _volume("volume")),
    (8, 0): ("heat_power", _NUMBER),
    (9, 0): ("heat_flow", _NUMBER),
    (10, 0): ("flow_temperature", _TEMPERATURE),
    (11, 0): ("return_temperature", _TEMPERATURE),
    (12, 0): ("temperature_difference", _NUMBER),
}
_BY_MEDIUM: Final[Mapping[int, Mapping[tuple[int, int], tuple[str, ValueDescription]]]] = {
    1: _ELECTRICITY,
    5: {**_HEAT, (1, 0): ("cooling", _ENERGY)},
    6: _HEAT,
    7: {(quantity, kind): ("gas", _volume("gas")) for quantity in (1, 3) for kind in (0, 1, 2)},
    8: {(1, 0): ("water", _volume("water")), (2, 0): ("water_flow", _NUMBER)},
    9: {(1, 0): ("hot_water", _volume("water")), (2, 0): ("hot_water_flow", _NUMBER)},
}
_ELECTRICITY_MEDIUM: Final = 1
# Quantities of the phases follow each other in steps of 20.
_FIRST_PHASE: Final = 21
_LAST_PHASE: Final = 80
_PHASE_STEP: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCode:
    """Meaning of a code.

    Attributes:
        words: Key of the quantity's name, or its words as the bridge writes them.
        description: Description of an OBIS code; None for a wM-Bus key.
        storage: Number of a stored value, such as one of a due date; 0 for the current value.
        subdevice: Number of the part of the meter; 0 for the whole.
        tariff: Number of the tariff; 0 for all.
        phase: Number of the phase; 0 for all.
        function: ``minimum`` or ``maximum`` of a period, or empty.

    """

    words: str
    description: ValueDescription | None = None
    storage: int = 0
    subdevice: int = 0
    tariff: int = 0
    phase: int = 0
    function: str = ""


@lru_cache(maxsize=4096)
def read_code(key: str) -> MeterCode | None:
    """Return the meaning of a key that is a code of a meter, or None for another key."""
    if (match := _OBIS.fullmatch(key)) is not None:
        return _obis(match)
    if (match := _RECORD.fullmatch(key)) is None:
        return None
    words = match[4]
    if match[6] and match[5] is None and unit_of(match[6]) is None:
        # Without a function, the last word may belong to the description.
        words = f"{words}_{match[6]}"
    return MeterCode(
        words=words,
        storage=int(match[1]),
        subdevice=int(match[2]),
        tariff=int(match[3]),
        function=_FUNCTIONS.get(match[5], ""),
    )


def _obis(match: re.Match[str]) -> MeterCode | None:
    medium, quantity, kind, tariff = int(match[1] or _ELECTRICITY_MEDIUM), int(match[3]), int(match[4]), int(match[5])
    if (known := _BY_MEDIUM.get(medium, {}).get((quantity, kind))) is None:
        return None
    words, description = known
    period = int(match[6] or _CURRENT_PERIOD)
    if period != _CURRENT_PERIOD:
        description = replace(description, state_class=None, diagnostic=True)
    phase = 0
    if medium == _ELECTRICITY_MEDIUM and _FIRST_PHASE <= quantity <= _LAST_PHASE:
        phase = (quantity - 1) // _PHASE_STEP
    return MeterCode(
        words=words,
        description=description,
        storage=0 if period == _CURRENT_PERIOD else period + 1,
        subdevice=int(match[2] or 0),
        # The last group of an instantaneous value is not a tariff.
        tariff=tariff if kind in (8, 29, 6) or medium != _ELECTRICITY_MEDIUM else 0,
        phase=phase,
    )
