"""Time during which new Zigbee devices may join."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

# Used where the gateway does not report ``networkopenduration``; in seconds.
DEFAULT_DURATION: Final = 60
# Longest time that ``permitjoin`` accepts; 255 opens the network without a limit.
MAX_DURATION: Final = 254
UNLIMITED: Final = 255


class ZigbeeNetwork:
    """Whether the network is open for new devices, and until when.

    The gateway closes the network without reporting it, so the end is computed here.

    Args:
        duration: Returns the configured duration in seconds, or None.
        configure: Changes the gateway's configuration.
        search: Starts a search for new devices.
        call_later: Calls a function after a delay in seconds; returns a function that cancels the call.
        changed: Called when the network opens or closes.

    """

    def __init__(
        self,
        *,
        duration: Callable[[], Any],
        configure: Callable[[Mapping[str, Any]], Awaitable[None]],
        search: Callable[[], Awaitable[None]],
        call_later: Callable[[float, Callable[[], None]], CALLBACK_TYPE],
        changed: Callable[[], None],
    ) -> None:
        """Initialize as closed."""
        self.network_open = False
        self.network_open_until: datetime | None = None
        self._duration = duration
        self._configure = configure
        self._search = search
        self._call_later = call_later
        self._changed = changed
        self._cancel_close: CALLBACK_TYPE | None = None

    async def async_search(self) -> None:
        """Search for new lights and sensors, for which the gateway opens the network.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        await self._search()
        self._set_network_open(self._default_duration)

    async def async_open(self) -> None:
        """Open the network for the configured duration.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        seconds = min(self._default_duration, MAX_DURATION)
        await self._configure({"permitjoin": seconds})
        self._set_network_open(seconds)

    async def async_close(self) -> None:
        """Close the network.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        await self._configure({"permitjoin": 0})
        self._set_network_open(0)

    @callback
    def handle_config(self, permitjoin: Any) -> None:
        """Handle the remaining seconds in the gateway's configuration."""
        if isinstance(permitjoin, int) and (permitjoin > 0) is not self.network_open:
            self._set_network_open(permitjoin)

    @property
    def _default_duration(self) -> int:
        seconds = self._duration()
        return seconds if isinstance(seconds, int) and seconds > 0 else DEFAULT_DURATION

    @callback
    def _set_network_open(self, seconds: int) -> None:
        if self._cancel_close is not None:
            self._cancel_close()
            self._cancel_close = None
        self.network_open = seconds > 0
        self.network_open_until = None
        if 0 < seconds != UNLIMITED:
            self.network_open_until = dt_util.utcnow().replace(microsecond=0) + timedelta(seconds=seconds)
            self._cancel_close = self._call_later(seconds, self._close)
        self._changed()

    @callback
    def _close(self) -> None:
        self._cancel_close = None
        self._set_network_open(0)
