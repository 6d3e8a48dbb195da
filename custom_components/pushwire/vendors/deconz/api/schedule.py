"""Weekly schedules of thermostats as the gateway stores them.

``W124`` is Monday to Friday: the bits of the number are the days, from 64 for Monday to
1 for Sunday. Each key holds a list of local times (``T06:30``) and setpoints in 0.01 °C.
Some gateways report all of it as JSON in a text.
"""

from collections.abc import Iterable
from datetime import time
from typing import Any, Final

import orjson

from ....wire.schedule import ScheduleDays, SchedulePoint
from ....wire.values import number

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BITS: Final = {day: 1 << (6 - index) for index, day in enumerate(DAYS)}


def read_schedule(value: Any) -> tuple[ScheduleDays, ...]:
    """Return a schedule without the parts that cannot be understood."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return ()
    schedule = []
    for key, entries in value.items() if isinstance(value, dict) else ():
        bits = key.removeprefix("W")
        if bits == key or not bits.isdecimal() or not isinstance(entries, list):
            continue
        days = tuple(day for day in DAYS if int(bits) & _BITS[day])
        points = sorted(filter(None, map(_read_point, entries)), key=lambda point: point.time)
        schedule.append(ScheduleDays(days, tuple(points)))
    return tuple(schedule)


def _read_point(entry: Any) -> SchedulePoint | None:
    if not isinstance(entry, dict):
        return None
    local_time, setpoint = entry.get("localtime"), number(entry.get("heatsetpoint"))
    if not isinstance(local_time, str) or setpoint is None:
        return None
    try:
        return SchedulePoint(
            time.fromisoformat(local_time.removeprefix("T")).replace(tzinfo=None), round(setpoint / 100, 2)
        )
    except ValueError:
        return None


def write_schedule(schedule: Iterable[ScheduleDays], *, as_text: bool) -> Any:
    """Return a schedule in the gateway's form, as an object or as JSON in a text."""
    value = {
        f"W{sum(_BITS[day] for day in days.days)}": [
            {"localtime": f"T{point.time:%H:%M}", "heatsetpoint": round(point.temperature * 100)}
            for point in sorted(days.points, key=lambda point: point.time)
        ]
        for days in schedule
    }
    return orjson.dumps(value).decode() if as_text else value
