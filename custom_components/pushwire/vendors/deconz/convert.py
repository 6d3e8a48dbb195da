"""From deCONZ's scales to plain units, tolerant of odd values.

Wire code. Every function returns None for what is no value of its kind.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

type Convert = Callable[[Any], Any]

DARKEST: Final = 0
# True and False are keys too, for they equal 1 and 0.
_SWITCHED: Final[dict[int | str, bool]] = {1: True, 0: False, "on": True, "off": False, "true": True, "false": False}


def number(value: Any) -> float | int | None:
    """Return a number; some devices write it as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def scaled(factor: float, digits: int) -> Convert:
    """Return a conversion by a factor, rounded."""

    def convert(value: Any) -> float | None:
        plain = number(value)
        return None if plain is None else round(plain * factor, digits)

    return convert


def lux(value: Any) -> float | None:
    """Return lux from a light level, which is 10000 · log10(lux) + 1."""
    level = number(value)
    if level is None:
        return None
    return 0.0 if level <= DARKEST else round(10 ** ((level - 1) / 10000), 1)


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


def moment(value: Any) -> datetime | None:
    """Return a time; the gateway writes UTC with or without saying so."""
    if not isinstance(value, str) or value == "none":
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
