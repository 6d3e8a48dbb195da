"""Background tasks and timers of one entry, which end with it."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval

from ..wire.errors import AuthenticationFailed, WireError
from ..wire.frame_log import FrameLog


class Background:
    """Tasks and timers that a coordinator starts.

    Args:
        hass: Home Assistant.
        entry: Config entry that owns the tasks.
        frame_log: Counts requests that fail.
        credentials_refused: Called if a request's credentials were refused.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        frame_log: FrameLog,
        credentials_refused: Callable[[], None],
    ) -> None:
        """Initialize without tasks and timers."""
        self._hass = hass
        self._entry = entry
        self._frame_log = frame_log
        self._credentials_refused = credentials_refused
        self._timers: set[CALLBACK_TYPE] = set()
        self._stopped = False

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str) -> Any:
        """Return a background task, which ends with the entry."""
        return self._entry.async_create_background_task(self._hass, coroutine, f"pushwire {name}")

    def read(self, coroutine: Coroutine[Any, Any, Any], name: str, *, starts_reauth: bool = False) -> None:
        """Start a request to the vendor and count its failure under ``name``.

        Args:
            coroutine: Sends the request and applies the answer.
            name: Short word for the request.
            starts_reauth: Whether refused credentials start the reauthentication.

        """
        self.start(self._read(coroutine, name, starts_reauth=starts_reauth), name)

    async def _read(self, coroutine: Coroutine[Any, Any, Any], name: str, *, starts_reauth: bool) -> None:
        try:
            await coroutine
        except WireError as err:
            if starts_reauth and isinstance(err, AuthenticationFailed):
                self._credentials_refused()
            self._frame_log.count_unknown(f"{name} {err.translation_key}")
        except Exception as err:  # noqa: BLE001
            self._frame_log.count_failure(err)

    @callback
    def call_later(self, delay: float, action: Callable[[], None]) -> CALLBACK_TYPE:
        """Call ``action`` once after ``delay`` seconds; return a function that cancels the call.

        After ``stop`` nothing is scheduled any more.
        """
        if self._stopped:
            return _do_nothing

        @callback
        def run(_now: datetime) -> None:
            self._timers.discard(cancel)
            action()

        # Cancelling twice is harmless for a caller that keeps the function.
        cancel_timer = async_call_later(self._hass, delay, HassJob(run, cancel_on_shutdown=True))

        @callback
        def cancel() -> None:
            if cancel in self._timers:
                self._timers.discard(cancel)
                cancel_timer()

        self._timers.add(cancel)
        return cancel

    @callback
    def call_every(self, interval: timedelta, action: Callable[[datetime], None]) -> None:
        """Call ``action`` at an interval until ``stop``."""

        @callback
        def run(now: datetime) -> None:
            action(now)

        self._timers.add(async_track_time_interval(self._hass, run, interval, cancel_on_shutdown=True))

    @callback
    def stop(self) -> None:
        """Cancel all timers; the tasks end with the entry."""
        self._stopped = True
        for cancel in tuple(self._timers):
            cancel()
        self._timers.clear()


@callback
def _do_nothing() -> None:
    """Cancel nothing."""
