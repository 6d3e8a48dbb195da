"""What came in over a link, counted: the material of diagnostics.

Wire code: knows nothing of Home Assistant.
"""

from collections import Counter, deque
from collections.abc import Callable, Set as AbstractSet
import logging
from time import time
from typing import Any, Final

import orjson

_LOGGER = logging.getLogger(__name__)

RING_LENGTH: Final = 50
KEPT_BYTES: Final = 4096
REDACTED: Final = "**REDACTED**"


class FrameLog:
    """Counts frames, and keeps the last few for diagnostics.

    A frame that cannot be understood is counted by kind and logged once per kind at
    debug level; the log names the kind alone, never the content, since a frame can
    hold keys.
    """

    __slots__ = ("_ring", "failures", "ignored", "name", "seen", "unknown")

    def __init__(self, name: str) -> None:
        """Start empty; ``name`` tells one link's log lines from another's."""
        self.name = name
        self.seen = 0
        self.ignored = 0
        self.unknown: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._ring: deque[tuple[float, str | bytes]] = deque(maxlen=RING_LENGTH)

    def handle(self, apply: Callable[[str | bytes], None], frame: str | bytes) -> None:
        """Count a frame, keep its beginning, and have it applied.

        What goes wrong with it costs its neighbours nothing.
        """
        self.seen += 1
        self._ring.append((time(), frame if len(frame) <= KEPT_BYTES else frame[:KEPT_BYTES]))
        try:
            apply(frame)
        except Exception as err:  # noqa: BLE001
            # Any byte sequence may arrive: nothing may leave the reader.
            self.count_failure(err)

    def count_unknown(self, kind: str) -> None:
        """Count something not understood, ``kind`` being a short word for it."""
        self.unknown[kind] += 1
        if self.unknown[kind] == 1:
            _LOGGER.debug("%s: cannot use frames of kind %r", self.name, kind)

    def count_failure(self, error: Exception) -> None:
        """Count a fault of our own in handling a frame; the frame is left out."""
        kind = type(error).__name__
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            _LOGGER.debug("%s: a frame could not be handled", self.name, exc_info=error)

    def diagnostics_data(self, hidden: AbstractSet[str], secrets: AbstractSet[str]) -> dict[str, Any]:
        """Return counts and the ring for diagnostics.

        Args:
            hidden: Lower-case names of JSON keys whose values are left out.
            secrets: Values to be blacked out wherever they stand.

        """
        return {
            "seen": self.seen,
            "ignored": self.ignored,
            "unknown": dict(self.unknown),
            "failures": dict(self.failures),
            "frames": [
                {"received": received, "frame": _redacted_frame(frame, hidden, secrets)}
                for received, frame in self._ring
            ],
        }


def _redacted_frame(frame: str | bytes, hidden: AbstractSet[str], secrets: AbstractSet[str]) -> Any:
    """Return a frame's JSON without its secrets, or just its size."""
    try:
        return redact(orjson.loads(frame), hidden, secrets)
    except orjson.JSONDecodeError:
        # What cannot be parsed cannot be searched for keys either.
        return f"{len(frame)} bytes that are not JSON"


def redact(value: Any, hidden: AbstractSet[str], secrets: AbstractSet[str]) -> Any:
    """Return JSON-like ``value`` with hidden keys and secret values blacked out."""
    if isinstance(value, dict):
        return {
            redact(str(key), hidden, secrets): REDACTED
            if str(key).lower() in hidden and item not in (None, "", [], {})
            else redact(item, hidden, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, hidden, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
    return value
