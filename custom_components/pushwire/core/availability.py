"""Availability of an entry's entities, which outlives short disconnects."""

from collections.abc import Callable
from functools import partial
import logging

from homeassistant.core import CALLBACK_TYPE

_LOGGER = logging.getLogger(__name__)

# A disconnect shorter than this number of seconds makes nothing unavailable.
UNAVAILABLE_DELAY = 30.0
# Some gateways close every connection after seconds: a disconnect within this number of
# seconds of the previous one is logged only if it lasts.
RELOG_INTERVAL = 600.0


class Availability:
    """Whether entities that need a connection are available.

    A disconnect is logged once, and so is the connection that follows it.

    Args:
        title: Name of the entry in the log.
        now: Monotonic time in seconds.
        call_later: Calls a function after a delay in seconds; returns a function that cancels the call.
        changed: Called when the entities become unavailable.

    """

    def __init__(
        self,
        title: str,
        *,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], CALLBACK_TYPE],
        changed: Callable[[], None],
    ) -> None:
        """Initialize as unavailable, before the first connection."""
        self.available = False
        # Monotonic time of the disconnect, or None while connected.
        self.lost_at: float | None = None
        self._title = title
        self._now = now
        self._call_later = call_later
        self._changed = changed
        self._cancel_delay: CALLBACK_TYPE | None = None
        self._loss_logged = False
        self._quiet_until = 0.0

    def connected(self) -> None:
        """Set the entities available after every stream has become live."""
        self.cancel()
        if self._loss_logged:
            self._loss_logged = False
            _LOGGER.info("Connection to %s is back", self._title)
        self.available = True
        self.lost_at = None

    def disconnected(self, reason: str) -> None:
        """Set the entities unavailable unless the connection is back before the delay ends."""
        now = self._now()
        if self.lost_at is None:
            self.lost_at = now
        if not self.available or self._cancel_delay is not None:
            return
        if now >= self._quiet_until:
            self._log_loss(reason)
        self._quiet_until = now + RELOG_INTERVAL
        self._cancel_delay = self._call_later(UNAVAILABLE_DELAY, partial(self._delay_over, reason))

    def cancel(self) -> None:
        """Cancel the running delay, if any."""
        if self._cancel_delay is not None:
            self._cancel_delay()
            self._cancel_delay = None

    def _delay_over(self, reason: str) -> None:
        self._cancel_delay = None
        self.available = False
        if not self._loss_logged:
            self._log_loss(reason)
        self._changed()

    def _log_loss(self, reason: str) -> None:
        self._loss_logged = True
        _LOGGER.info("Connection to %s lost (%s)", self._title, reason)
