"""Weekly schedule of a thermostat."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class SchedulePoint:
    """Temperature in °C that applies from a time of day."""

    time: time
    temperature: float


@dataclass(frozen=True, slots=True)
class ScheduleDays:
    """Schedule shared by some days of the week.

    Attributes:
        days: ``mon`` to ``sun``.
        points: In the order of their times.

    """

    days: tuple[str, ...]
    points: tuple[SchedulePoint, ...]
