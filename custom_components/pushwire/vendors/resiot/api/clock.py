"""Clock of the server, as its communications show it.

Wire code. An uplink that a gateway held back is older than the communications around it; a
server whose clock is wrong is off by the same in all of them.
"""

from collections import deque
from typing import Any, Final

from ....wire.values import as_dict, as_float

# Seconds by which communications of one clock differ.
TOLERANCE: Final = 120.0
# Communications in a row, and the seconds that they cover, after which a clock that was right
# counts as set back. Held uplinks arrive within seconds.
_MIN_ALIKE: Final = 5
_MIN_SPAN: Final = 120.0
# The same for a clock of which nothing is known yet, if none of them is certainly live.
_MIN_LEARNED: Final = 60.0
# Difference of a clock of which nothing is known yet, up to which its times are believed.
_BELIEVABLE: Final = 3600.0


class ServerClock:
    """Difference of the server's clock.

    Attributes:
        offset: Seconds by which the server's clock is ahead.
        is_known: Whether the difference is certain; until then, no communication counts as late.

    """

    __slots__ = ("_behind", "_is_live", "is_known", "offset")

    def __init__(self) -> None:
        """Initialize without a communication."""
        self.offset = 0.0
        self.is_known = False
        # Time and difference of communications that may show a clock that was set back.
        self._is_live = False
        self._behind: deque[tuple[float, float]] = deque(maxlen=_MIN_ALIKE)

    def time_of(self, sent_at: float | None, now: float) -> float:
        """Return the time of a communication by the clock of this host; never later than now."""
        if sent_at is None or (not self.is_known and abs(sent_at - now) > _BELIEVABLE):
            return now
        return min(sent_at - self.offset, now)

    def is_late(self, at: float, now: float) -> bool:
        """Return whether a communication was sent so long ago that it is no event of now."""
        return self.is_known and now - at > TOLERANCE

    def note(self, sent_at: float | None, now: float, *, is_live: bool) -> bool:
        """Note a communication; return whether its clock is off by another difference than before.

        Args:
            sent_at: Unix time by the server's clock, or None if it sends none.
            now: Unix time.
            is_live: Whether the communication cannot be late.

        """
        if sent_at is None:
            return False
        before, difference = self.offset, sent_at - now
        if abs(difference) <= TOLERANCE and (is_live or self.offset <= 0 or not self.is_known):
            self._set(0.0)
        elif not self.is_known:
            return self._learn(difference, now, is_live=is_live)
        elif difference > self.offset + TOLERANCE or (is_live and difference < self.offset - TOLERANCE):
            self._set(difference)
        elif difference >= self.offset - TOLERANCE:
            self._behind.clear()
        elif self._is_set_back(difference, now):
            self._set(difference)
        return self.offset != before

    def _learn(self, difference: float, now: float, *, is_live: bool) -> bool:
        """Learn the difference of an unknown clock, which held uplinks cannot show."""
        if self._behind and abs(self._behind[0][1] - difference) > TOLERANCE:
            self._behind.clear()
            self._is_live = False
        self._behind.append((now, difference))
        self._is_live |= is_live
        is_certain = self._is_live or now - self._behind[0][0] >= _MIN_LEARNED
        # Nothing comes from the future.
        if difference > TOLERANCE or (len(self._behind) > 1 and is_certain):
            self._set(difference)
        return self.is_known

    def _set(self, offset: float) -> None:
        self.offset = offset
        self.is_known = True
        self._behind.clear()

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"seconds_ahead": self.offset}

    def restore(self, data: Any) -> None:
        """Restore what an earlier run knew."""
        if (offset := as_float(as_dict(data).get("seconds_ahead"))) is not None:
            self._set(offset)

    def _is_set_back(self, difference: float, now: float) -> bool:
        if self._behind and abs(self._behind[-1][1] - difference) > TOLERANCE:
            self._behind.clear()
        self._behind.append((now, difference))
        return len(self._behind) == _MIN_ALIKE and now - self._behind[0][0] >= _MIN_SPAN
