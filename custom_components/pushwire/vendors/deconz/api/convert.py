"""From deCONZ's scales to plain units, tolerant of odd values.

Wire code. Every function returns None for what is no value of its kind.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from math import isfinite, log10
from typing import Any, Final

type Convert = Callable[[Any], Any]

DARKEST: Final = 0
# The highest light level that two bytes hold; one more means that nothing was measured.
BRIGHTEST: Final = 65534
# True and False are keys too, for they equal 1 and 0.
_SWITCHED: Final[dict[int | str, bool]] = {1: True, 0: False, "on": True, "off": False, "true": True, "false": False}


def number(value: Any) -> float | int | None:
    """Return a number; some devices write it as text."""
    # What it nearly always is comes first, for this is done with each frame.
    if type(value) is int:
        return value
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isfinite(value) else None


def parts(of_one: int, digits: int) -> Convert:
    """Return a conversion of a number of equal parts, such as hundredths."""

    def convert(value: Any) -> float | None:
        if type(value) is int:
            # The quotient of whole numbers is as near as can be, and needs no rounding.
            return value / of_one
        plain = number(value)
        return None if plain is None else round(plain / of_one, digits)

    return convert


HUNDREDTHS: Final = parts(100, 2)
THOUSANDTHS: Final = parts(1000, 3)


def lux(value: Any) -> float | None:
    """Return lux from a light level, which is 10000 · log10(lux) + 1."""
    level = number(value)
    if level is None or level > BRIGHTEST:
        return None
    return 0.0 if level <= DARKEST else round(10 ** ((level - 1) / 10000), 1)


def light_level(brightness: float) -> int:
    """Return the light level of so many lux."""
    return min(max(round(10000 * log10(brightness) + 1), DARKEST), BRIGHTEST) if brightness > 0 else DARKEST


def count(value: Any) -> int | None:
    """Return how many there are in a list."""
    return len(value) if isinstance(value, list) else None


def flag(value: Any) -> bool | None:
    """Return a yes or no."""
    return value if isinstance(value, bool) else None


def switched(value: Any) -> bool | None:
    """Return whether something is on, which some devices write as a number or a word."""
    if isinstance(value, str):
        value = value.lower()
    return _SWITCHED.get(value) if isinstance(value, str | int) else None


def word(value: Any) -> str | None:
    """Return a word."""
    return value if isinstance(value, str) and value else None


def joined(value: Any) -> str | None:
    """Return a word of the gateway as Home Assistant writes one."""
    told = word(value)
    return None if told is None else "_".join(told.lower().replace("(", "").replace(")", "").split())


def moment(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """Return a time; the gateway writes UTC with or without saying so, but for a device's own local time."""
    if not isinstance(value, str) or value == "none":
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError, OverflowError:
        return None
