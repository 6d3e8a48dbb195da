"""Receptions of one uplink by several gateways, which the server may report one by one.

Wire code. Some servers mark the later ones as duplicates and others do not, so that the
frame counter and the payload decide.
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

from ....lorawan.api.gateways import Reception
from .frames import Communication

# Seconds within which another gateway reports the same uplink.
MAX_AGE: Final = 300.0
# Seconds within which a device repeats an uplink that needs an acknowledgment.
_MAX_REPETITION: Final = 60.0
_MAX_UPLINKS: Final = 32


@dataclass(slots=True)
class _Uplink:
    """Uplink that was received lately."""

    counter: int | None
    port: int | None
    payload: str | None
    at: float
    gateways: set[str] = field(default_factory=set)


class Receptions:
    """Uplinks of one device that were received in the last minutes."""

    __slots__ = ("_uplinks",)

    def __init__(self) -> None:
        """Initialize without an uplink."""
        self._uplinks: deque[_Uplink] = deque(maxlen=_MAX_UPLINKS)

    def forget(self) -> None:
        """Forget the uplinks before a join, after which the counter begins again."""
        self._uplinks.clear()

    def gateways_of(self, item: Communication, now: float, *, is_late: bool) -> set[str] | None:
        """Return the gateways that have reported an uplink before, and note it; None for a new uplink.

        Args:
            item: Uplink.
            now: Unix time at which it was received.
            is_late: Whether a gateway held it back.

        """
        counter = item.radio.frame_counter
        while self._uplinks and not 0 <= now - self._uplinks[0].at <= MAX_AGE:
            self._uplinks.popleft()
        for uplink in reversed(self._uplinks):
            if (uplink.counter, uplink.port, uplink.payload) != (counter, item.port, item.payload):
                continue
            if (counter is None and not item.is_duplicate) or self._is_another(uplink, item, now):
                continue
            before = set(uplink.gateways)
            uplink.gateways.update(item.gateways)
            return before
        last = self._uplinks[-1].counter if self._uplinks else None
        if not is_late and counter is not None and last is not None and counter + 1 < last:
            # The device has started again; the counters that follow are no repetitions.
            self._uplinks.clear()
        self._uplinks.append(_Uplink(counter, item.port, item.payload, now, set(item.gateways)))
        return None

    def _is_another(self, uplink: _Uplink, item: Communication, now: float) -> bool:
        """Return whether a gateway has reported an earlier uplink with the same counter, and a later one since."""
        return (
            uplink is not self._uplinks[-1]
            and now - uplink.at > _MAX_REPETITION
            and not uplink.gateways.isdisjoint(item.gateways)
        )


def uplink_key(item: Communication) -> Hashable:
    """Return what all reports of one uplink by several gateways have in common."""
    return (item.radio.frame_counter, item.port, item.payload)


def receptions_of(item: Communication) -> tuple[Reception, ...]:
    """Return the receptions of an uplink; a signal belongs to a gateway only if it is the only one."""
    if len(item.gateways) == 1:
        return (Reception(item.gateways[0], item.radio.rssi, item.radio.snr),)
    return tuple(Reception(eui, None) for eui in item.gateways)
