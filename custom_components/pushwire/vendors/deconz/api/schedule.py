"""A thermostat's weekly plan as the gateway writes it.

Wire code. ``W124`` is Monday to Friday: the number's bits are the days, 64 for Monday
and 1 for Sunday. Each holds a list of local times (``T06:30``) and setpoints in 0.01 °C.
Some gateways tell all of it as JSON in a text.
"""

from collections.abc import Iterable
from datetime import time
from typing import Any, Final

import orjson

from ....wire.schedule import Change, DayPlan
from .convert import number

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BITS: Final = {day: 1 << (6 - index) for index, day in enumerate(DAYS)}


def read_plan(told: Any) -> tuple[DayPlan, ...]:
    """Return the plan; what of it is not understood is left out."""
    if isinstance(told, str):
        try:
            told = orjson.loads(told)
        except orjson.JSONDecodeError:
            return ()
    plans = []
    for key, entries in told.items() if isinstance(told, dict) else ():
        bits = key.removeprefix("W")
        if bits == key or not bits.isdecimal() or not isinstance(entries, list):
            continue
        days = tuple(day for day in DAYS if int(bits) & _BITS[day])
        changes = sorted(filter(None, map(_change, entries)), key=lambda change: change.time)
        plans.append(DayPlan(days, tuple(changes)))
    return tuple(plans)


def _change(entry: Any) -> Change | None:
    if not isinstance(entry, dict):
        return None
    when, setpoint = entry.get("localtime"), number(entry.get("heatsetpoint"))
    if not isinstance(when, str) or setpoint is None:
        return None
    try:
        return Change(time.fromisoformat(when.removeprefix("T")).replace(tzinfo=None), round(setpoint / 100, 2))
    except ValueError:
        return None


def write_plan(plan: Iterable[DayPlan], *, as_text: bool) -> Any:
    """Return the plan as the gateway takes it: as it tells it, in a text or not."""
    told = {
        f"W{sum(_BITS[day] for day in days.days)}": [
            {"localtime": f"T{change.time:%H:%M}", "heatsetpoint": round(change.temperature * 100)}
            for change in sorted(days.changes, key=lambda change: change.time)
        ]
        for days in plan
    }
    return orjson.dumps(told).decode() if as_text else told
