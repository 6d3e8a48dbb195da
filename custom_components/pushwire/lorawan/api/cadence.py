"""Learned rhythm of a device's uplinks, and the time in which nobody could receive them.

Wire code. Times are Unix times in seconds, durations are seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log2
from statistics import median
from typing import Any, Final

from ...wire.values import as_dict, as_float, as_list

DAY: Final = 86400.0
# Single uplinks get lost, so a device that sends regularly is missed after several of its
# intervals, and never before the minimum.
MISSED_INTERVALS: Final = 3.0
MIN_LIMIT: Final = 2 * 3600.0
# Applies to a device that is not known yet: most devices send at least one uplink a day.
DEFAULT_LIMIT: Final = 25 * 3600.0
# A device with a daily sign of life is missed after 25 hours.
SILENCE_MARGIN: Final = 25 / 24
# Before, a few uplinks in a row would pass for the rhythm of the device.
LEARNING_TIME: Final = 3 * DAY
# A platform measures its interval too. A shorter one may come from a device that was just used.
MIN_STATED_INTERVAL: Final = 300.0
_CONTRADICTION: Final = 4.0
_MIN_RECENT: Final = 3
# After a longer gap, uplinks that were due in the meantime are not missed.
LONG_GAP: Final = 300.0
_MAX_GAPS: Final = 200
# Intervals are counted in classes of a quarter of an octave.
_CLASSES_PER_OCTAVE: Final = 4
# Distance of the class of two and of three intervals, after lost uplinks.
_MULTIPLES: Final = tuple(round(_CLASSES_PER_OCTAVE * log2(factor)) for factor in (1, 2, 3))
_REGULAR_SHARE: Final = 0.8
# Share of intervals of less than half the typical one, from which on a device is used rather than regular.
_USE_SHARE: Final = 0.05
# Part of a count that is left after a day.
_DECAY: Final = 0.8
_MIN_COUNT: Final = 0.1
_SILENCE_DAYS: Final = 28
# Part of an interval in which nobody listened that does not matter.
_MAX_DEAF_SHARE: Final = 0.1


@dataclass(slots=True)
class Listening:
    """Periods in which uplinks could not be received.

    Attributes:
        gaps: Beginnings and ends of the last periods, oldest first.
        lost_at: Beginning of a period that has not ended, or None.
        since: End of the last long period, or 0.
        has_listened: Whether uplinks could be received at any time.

    """

    gaps: list[tuple[float, float]] = field(default_factory=list)
    lost_at: float | None = None
    since: float = 0.0
    has_listened: bool = False

    def lose(self, now: float) -> None:
        """Note that uplinks cannot be received any more."""
        if self.lost_at is None and self.has_listened:
            self.lost_at = now

    def resume(self, now: float) -> None:
        """Note that uplinks can be received again."""
        self.has_listened = True
        lost_at, self.lost_at = self.lost_at, None
        if lost_at is None or lost_at >= now:
            return
        self.gaps = [*self.gaps, (lost_at, now)][-_MAX_GAPS:]
        if now - lost_at >= LONG_GAP:
            self.since = now

    def missed(self, since: float, until: float) -> float:
        """Return the seconds of a period in which uplinks could not be received."""
        seconds = 0.0 if self.lost_at is None else max(until - max(self.lost_at, since), 0.0)
        for start, end in reversed(self.gaps):
            if end <= since:
                break
            seconds += max(min(end, until) - max(start, since), 0.0)
        return seconds

    def hides(self, since: float, until: float) -> bool:
        """Return whether uplinks could not be received in a considerable part of a period."""
        return self.missed(since, until) > _MAX_DEAF_SHARE * (until - since)

    def to_stored(self, now: float) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "heard_until": now if self.lost_at is None else self.lost_at,
            "gaps": [list(gap) for gap in self.gaps],
            "heard_since": self.since,
        }

    @classmethod
    def from_stored(cls, data: Any) -> Listening:
        """Return the periods of a stored form, of which the last one has not ended."""
        stored = as_dict(data)
        gaps = (_numbers(item, 2) for item in as_list(stored.get("gaps")))
        lost_at = as_float(stored.get("heard_until"))
        return cls(
            gaps=[(gap[0], gap[1]) for gap in gaps if gap is not None],
            lost_at=lost_at,
            since=as_float(stored.get("heard_since")) or 0.0,
            has_listened=lost_at is not None,
        )


@dataclass(slots=True)
class Silence:
    """Longest silences that ended on a day.

    Attributes:
        day: Number of the day.
        usual: Longest silence after which the device was not missed.
        missed: Longest silence after which the device was missed.

    """

    day: int
    usual: float = 0.0
    missed: float = 0.0


@dataclass(slots=True)
class Cadence:
    """Intervals and silences of a device, as learned over days.

    Attributes:
        since: Time of the first uplink, or None before it.
        until: Time of the last uplink.
        classes: Number and sum of the intervals, by class.
        silences: Longest silences of the last weeks, oldest first.

    """

    since: float | None = None
    until: float = 0.0
    classes: dict[int, tuple[float, float]] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)

    def start(self, at: float) -> None:
        """Note an uplink whose distance from the one before is not known."""
        if self.since is None:
            self.since = at
        self.until = at

    def add(self, interval: float, at: float, *, missed: bool) -> None:
        """Note an uplink.

        Args:
            interval: Seconds since the uplink before.
            at: Time of the uplink.
            missed: Whether the device was missed before the uplink.

        """
        day = int(at // DAY)
        if not self.silences or self.silences[-1].day < day:
            if self.silences:
                self._forget(day - self.silences[-1].day)
            self.silences = [item for item in self.silences if day - item.day < _SILENCE_DAYS]
            self.silences.append(Silence(day))
        silence = self.silences[-1]
        if missed:
            silence.missed = max(silence.missed, interval)
        else:
            silence.usual = max(silence.usual, interval)
        index = _class_of(interval)
        count, seconds = self.classes.get(index, (0.0, 0.0))
        self.classes[index] = (count + 1, seconds + interval)
        self.start(at)

    def _forget(self, days: int) -> None:
        factor = _DECAY**days
        self.classes = {
            index: (count * factor, seconds * factor)
            for index, (count, seconds) in self.classes.items()
            if count * factor >= _MIN_COUNT
        }

    @property
    def is_known(self) -> bool:
        """Whether the uplinks of several days are known."""
        return self.since is not None and self.until - self.since >= LEARNING_TIME and bool(self.classes)

    @property
    def interval(self) -> float | None:
        """Interval of a device that sends regularly, or None for another one."""
        if not self.is_known:
            return None
        # The typical interval covers most of the time; a device that is used sends most
        # of its uplinks in a short part of the time.
        half = sum(seconds for _, seconds in self.classes.values()) / 2
        typical, covered = 0, 0.0
        for typical in sorted(self.classes):
            covered += self.classes[typical][1]
            if covered >= half:
                break
        regular = sum(
            count
            for index, (count, _) in self.classes.items()
            if any(abs(index - typical - distance) <= 1 for distance in _MULTIPLES)
        )
        shorter = sum(count for index, (count, _) in self.classes.items() if index < typical - _CLASSES_PER_OCTAVE)
        total = sum(count for count, _ in self.classes.values())
        if regular < _REGULAR_SHARE * total or shorter > _USE_SHARE * total:
            return None
        near = [self.classes[index] for index in range(typical - 1, typical + 2) if index in self.classes]
        return float(round(sum(seconds for _, seconds in near) / sum(count for count, _ in near)))

    @property
    def longest_silence(self) -> float:
        """Longest usual silence; one after which the device was missed is usual once it recurs."""
        recurring = sorted((item.missed for item in self.silences), reverse=True)[1:2]
        return max([*(item.usual for item in self.silences), *recurring], default=0.0)

    def limit(self, stated: float | None, recent: Sequence[float]) -> float:
        """Return the seconds after which the device is missed.

        Args:
            stated: Interval according to the platform, or None.
            recent: Last intervals.

        """
        if not self.is_known:
            if stated is None or stated < MIN_STATED_INTERVAL or _contradicts(stated, recent):
                return DEFAULT_LIMIT
            return _limit_of(stated)
        if (interval := self.interval) is not None:
            learned = _limit_of(interval)
        else:
            learned = max(self.longest_silence * SILENCE_MARGIN, MIN_LIMIT)
        return learned if stated is None else max(learned, _limit_of(stated))

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "first": self.since,
            "last": self.until,
            "intervals": [[index, count, seconds] for index, (count, seconds) in self.classes.items()],
            "silences": [[item.day, item.usual, item.missed] for item in self.silences],
        }

    @classmethod
    def from_stored(cls, data: Any) -> Cadence:
        """Return the cadence of a stored form; what has another shape is left out."""
        stored = as_dict(data)
        intervals = (_numbers(item, 3) for item in as_list(stored.get("intervals")))
        silences = (_numbers(item, 3) for item in as_list(stored.get("silences")))
        return cls(
            since=as_float(stored.get("first")),
            until=as_float(stored.get("last")) or 0.0,
            classes={int(item[0]): (item[1], item[2]) for item in intervals if item is not None and item[1] > 0},
            silences=[Silence(int(item[0]), item[1], item[2]) for item in silences if item is not None],
        )


def _class_of(interval: float) -> int:
    return round(_CLASSES_PER_OCTAVE * log2(max(interval, 1.0)))


def _limit_of(interval: float) -> float:
    return max(interval * MISSED_INTERVALS, MIN_LIMIT)


def _contradicts(stated: float, recent: Sequence[float]) -> bool:
    """Return whether the last intervals are much shorter than the stated one, after a use."""
    return len(recent) >= _MIN_RECENT and median(recent) * _CONTRADICTION < stated


def _numbers(data: Any, length: int) -> list[float] | None:
    numbers = [number for item in as_list(data) if (number := as_float(item)) is not None]
    return numbers if len(numbers) == length else None
