"""Touchlink: lights close to the gateway, of any Zigbee network, are found, identified and reset."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from ...wire.errors import WireError
from ...wire.values import number
from .api.client import DeconzClient

SCAN: Final = "touchlink/scan"
# Seconds before each question whether the scan has ended, and how often it is asked.
SCAN_INTERVAL: Final = 1.0
SCAN_TRIES: Final = 60


class TouchlinkLightNotFound(WireError):
    """The last scan has found no light with this address."""

    translation_key = "touchlink_light_not_found"


class TouchlinkTimeout(WireError):
    """The scan has not ended."""

    translation_key = "touchlink_timeout"


class Touchlink:
    """Touchlink commands of a gateway, which leaves its own network while it carries out one.

    Args:
        client: Client of the gateway.

    """

    def __init__(self, client: DeconzClient) -> None:
        """Initialize the commands."""
        self._client = client

    async def async_scan(self) -> list[dict[str, Any]]:
        """Return the lights that a scan of all channels finds.

        Raises:
            TouchlinkTimeout: The scan has not ended.
            WireError: The gateway refused the command or could not be reached.

        """
        await self._client.send("POST", SCAN)
        for _ in range(SCAN_TRIES):
            await asyncio.sleep(SCAN_INTERVAL)
            result = await self._client.resource(SCAN) or {}
            if result.get("scanstate") == "idle":
                break
        else:
            raise TouchlinkTimeout
        return [
            {
                "address": address,
                "factory_new": light.get("factorynew") is True,
                "channel": number(light.get("channel")),
                "rssi": number(light.get("rssi")),
            }
            for address, light in _lights(result).values()
        ]

    async def async_identify(self, address: str) -> None:
        """Let a light of the last scan blink.

        Raises:
            TouchlinkLightNotFound: The last scan has found no light with this address.
            WireError: The gateway refused the command or could not be reached.

        """
        await self._send(address, "identify")

    async def async_reset(self, address: str) -> None:
        """Reset a light of the last scan, so that it leaves its network and can be paired again.

        Raises:
            TouchlinkLightNotFound: The last scan has found no light with this address.
            WireError: The gateway refused the command or could not be reached.

        """
        await self._send(address, "reset")

    async def _send(self, address: str, command: str) -> None:
        # The IDs change with each scan.
        lights = _lights(await self._client.resource(SCAN) or {})
        found = [identifier for identifier, (known, _) in lights.items() if known.lower() == address.strip().lower()]
        if not found:
            raise TouchlinkLightNotFound
        await self._client.send("POST", f"touchlink/{found[0]}/{command}")


def _lights(body: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return address and details of the lights in the result of a scan, by their IDs."""
    result = body.get("result")
    return {
        identifier: (light["address"], light)
        for identifier, light in (result.items() if isinstance(result, dict) else ())
        if isinstance(light, dict) and isinstance(light.get("address"), str)
    }
