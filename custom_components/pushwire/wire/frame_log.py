"""Statistics of received frames, and the most recent ones, for diagnostics."""

from collections import Counter, deque
from collections.abc import Callable
import logging
from time import time
from traceback import format_tb, walk_tb
from typing import Any, Final

import orjson

from .values import NotUnderstood

_LOGGER = logging.getLogger(__name__)

RING_LENGTH: Final = 50
# A capture keeps more frames than the last ones, for some seconds.
CAPTURE_LENGTH: Final = 2000
CAPTURE_SECONDS: Final = 600.0
MAX_FRAME_BYTES: Final = 4096


class FrameLog:
    """Log of one connection's frames.

    A frame that cannot be understood is counted by kind and logged once per kind at
    debug level. Log lines never hold the content of a frame, which may include keys.

    Args:
        name: Name of the connection in log lines.

    """

    __slots__ = ("_capture_end", "_captured", "_ring", "failures", "ignored", "name", "seen", "unknown")

    def __init__(self, name: str) -> None:
        """Initialize an empty log."""
        self.name = name
        self.seen = 0
        self.ignored = 0
        self.unknown: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._ring: deque[tuple[float, str | bytes]] = deque(maxlen=RING_LENGTH)
        self._captured: list[tuple[float, str | bytes]] = []
        self._capture_end = 0.0

    def capture(self) -> None:
        """Keep all frames of the next minutes, instead of those of an earlier capture."""
        self._captured = []
        self._capture_end = time() + CAPTURE_SECONDS

    def handle[ResultT](self, apply: Callable[[str | bytes], ResultT], frame: str | bytes) -> ResultT | None:
        """Count a frame, keep its beginning, and return the result of applying it.

        A frame that cannot be applied does not affect the following ones; its result is None.
        ``apply`` may raise ``NotUnderstood``.
        """
        self.seen += 1
        now = time()
        self._ring.append((now, frame[:MAX_FRAME_BYTES]))
        if now < self._capture_end and len(self._captured) < CAPTURE_LENGTH:
            self._captured.append(self._ring[-1])
        try:
            return apply(frame)
        except NotUnderstood as err:
            self.count_unknown(str(err))
            return None
        except Exception as err:  # noqa: BLE001
            # Any byte sequence may arrive, and none may end the reader.
            self.count_failure(err)
            return None

    def call(self, apply: Callable[[], None]) -> None:
        """Apply the rest of a frame that waited for a snapshot."""
        try:
            apply()
        except Exception as err:  # noqa: BLE001
            self.count_failure(err)

    def count_unknown(self, kind: str) -> None:
        """Count input that cannot be used, by a short word for its kind."""
        self.unknown[kind] += 1
        if self.unknown[kind] == 1:
            _LOGGER.debug("%s: cannot use frames of kind %r", self.name, kind)

    def count_failure(self, error: BaseException) -> None:
        """Count an unexpected exception, and log it once per kind with its traceback."""
        kind = _kind_of(error)
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            # The text of an exception may hold parts of a frame, so only the traceback is logged.
            traceback = "".join(format_tb(error.__traceback__))
            _LOGGER.error("%s: unexpected %s\n%s", self.name, kind, traceback)

    def count_snapshot_failure(self, error: Exception) -> None:
        """Count a snapshot of an unknown shape, and log it once per kind."""
        kind = f"snapshot {_kind_of(error)}"
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            _LOGGER.warning("%s: the state of the system could not be understood (%s)", self.name, kind)

    def diagnostics_data(self) -> dict[str, Any]:
        """Return counters and the most recent frames, which may hold secrets."""
        return {
            "seen": self.seen,
            "ignored": self.ignored,
            "unknown": dict(self.unknown),
            "failures": dict(self.failures),
            "frames": list(map(_entry_of, self._ring)),
            **({"captured": list(map(_entry_of, self._captured))} if self._captured else {}),
        }


def _kind_of(error: BaseException) -> str:
    """Return the type of an exception and the function that raised it."""
    frames = list(walk_tb(error.__traceback__))
    return f"{type(error).__name__} in {frames[-1][0].f_code.co_qualname}" if frames else type(error).__name__


def _entry_of(received: tuple[float, str | bytes]) -> dict[str, Any]:
    """Return the time and the content of a frame."""
    at, frame = received
    return {"received": at, "frame": _content(frame)}


def _content(frame: str | bytes) -> Any:
    """Return a frame's JSON, or only the frame's size."""
    try:
        return orjson.loads(frame)
    except orjson.JSONDecodeError:
        # Without parsing, keys with secrets cannot be found.
        return f"{len(frame)} bytes that are not JSON"
