"""Conversion of deCONZ's values to plain units.

Each function returns None for a value of another kind.
"""

from collections.abc import Callable
from math import log10
from typing import Any, Final

from ....wire.values import as_text, number

type Convert = Callable[[Any], Any]

MIN_LIGHT_LEVEL: Final = 0
# Highest light level; 65535 means that nothing was measured.
MAX_LIGHT_LEVEL: Final = 65534
# True and False are found as well, since they equal 1 and 0.
_ON_OFF: Final[dict[int | str, bool]] = {1: True, 0: False, "on": True, "off": False, "true": True, "false": False}


def scaled(steps: int, digits: int) -> Convert:
    """Return a conversion of an integer in fractions of a unit, such as hundredths."""

    def convert(value: Any) -> float | None:
        if type(value) is int:
            # The quotient of two integers needs no rounding.
            return value / steps
        result = number(value)
        return None if result is None else round(result / steps, digits)

    return convert


HUNDREDTHS: Final = scaled(100, 2)
THOUSANDTHS: Final = scaled(1000, 3)


# Zigbee's 16-bit integer for a value that does not exist.
INVALID_INT16: Final = -32768


def temperature(value: Any) -> float | None:
    """Return a temperature in °C from hundredths."""
    return None if value == INVALID_INT16 else HUNDREDTHS(value)


def lux(value: Any) -> float | None:
    """Return the illuminance in lx of a light level, which is 10000 · log10(lx) + 1."""
    level = number(value)
    if level is None or level > MAX_LIGHT_LEVEL:
        return None
    return 0.0 if level <= MIN_LIGHT_LEVEL else round(10 ** ((level - 1) / 10000), 1)


def light_level(illuminance: float) -> int:
    """Return the light level of an illuminance in lx."""
    return (
        min(max(round(10000 * log10(illuminance) + 1), MIN_LIGHT_LEVEL), MAX_LIGHT_LEVEL)
        if illuminance > 0
        else MIN_LIGHT_LEVEL
    )


def length(value: Any) -> int | None:
    """Return the length of a list."""
    return len(value) if isinstance(value, list) else None


def as_on_off(value: Any) -> bool | None:
    """Return whether something is on; some devices report a number or a word."""
    if isinstance(value, str):
        value = value.lower()
    return _ON_OFF.get(value) if isinstance(value, str | int) else None


def to_snake_case(value: Any) -> str | None:
    """Return one of the gateway's words in Home Assistant's spelling."""
    text = as_text(value)
    return None if text is None else "_".join(text.lower().replace("(", "").replace(")", "").split())
