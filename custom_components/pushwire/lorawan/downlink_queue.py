"""Queue of the downlinks of an account."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from .api.downlink import Downlink

# Seconds between two downlinks.
PAUSE: Final = 0.2


class DownlinkQueue:
    """Queue in which downlinks have their turns, with a pause between them, since gateways share the air.

    The answer to one downlink may come after the next one has been sent.

    Args:
        send: Sends a downlink to a device and returns the server's answer.

    """

    def __init__(self, send: Callable[[str, Downlink], Awaitable[Mapping[str, Any]]]) -> None:
        """Initialize with nothing to send."""
        self._send = send
        self._lock = asyncio.Lock()
        self._count = 0

    async def async_send(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Return the server's answer to a downlink.

        Raises:
            WireError: The downlink was refused, not answered, or could not be sent.

        """
        self._count += 1
        try:
            async with self._lock:
                if self._count > 1:
                    await asyncio.sleep(PAUSE)
            return await self._send(device_id, downlink)
        finally:
            self._count -= 1
