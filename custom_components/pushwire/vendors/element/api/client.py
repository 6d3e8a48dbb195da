"""ELEMENT's REST interface and sockets.

Wire code. The key stands in the query of every address, as the vendor documents no
other way: no address is ever logged, raised or shown.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from ....wire.address import parse_address
from ....wire.errors import (
    CannotConnect,
    CommandFailed,
    ScopeForbidden,
    WrongSystem,
    error_from_status,
)
from ....wire.stream import Socket, open_websocket

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
PAGE: Final = 100
# The key's allowance is shared with every other client: some is left for them.
RESERVE: Final = 3

MANDATE: Final = "mandate"
STREAM: Final = "stream"
TAG: Final = "tag"
DEVICE: Final = "device"
SCOPES: Final = (MANDATE, STREAM, TAG, DEVICE)
READINGS: Final = "readings"
PACKETS: Final = "packets"
SOURCES: Final = (READINGS, PACKETS)


class NotFound(ScopeForbidden):
    """There is nothing of that id, at least not for this key."""


def check_host(host: str) -> URL:
    """Return the base address of a host, a pasted address, or a host with a port.

    Raises:
        InvalidUrl: It is none of these.

    """
    address = parse_address(host, schemes=("http", "https"), default_scheme="https")
    return URL.build(scheme=address.scheme, host=address.host, port=address.port, path="/api/v1")


class ElementClient:
    """Talks to one platform with one key."""

    def __init__(self, session: aiohttp.ClientSession, host: str, api_key: str) -> None:
        """Prepare; nothing is sent.

        Raises:
            InvalidUrl: The host cannot be used.

        """
        self._session = session
        self._base = check_host(host)
        self._api_key = api_key
        self._turn = asyncio.Lock()

    @property
    def host(self) -> str:
        """Return the host's name."""
        return self._base.host or ""

    @property
    def origin(self) -> str:
        """Return scheme, host and port: nothing else of a pasted address is needed."""
        return str(self._base.origin())

    async def mandate(self) -> dict[str, Any]:
        """Return id and name of the mandate that the key belongs to.

        A key that may not read mandates shows its own by any device it may see.

        Raises:
            ScopeForbidden: It may see neither.

        """
        try:
            mandates = await self._get("mandates")
        except ScopeForbidden:
            mandates = []
        if isinstance(mandates, list) and mandates and isinstance(mandates[0], dict):
            return mandates[0]
        devices = await self._get("devices", limit="1")
        if isinstance(devices, list) and devices and isinstance(devices[0], dict) and devices[0].get("mandate_id"):
            return {"id": devices[0]["mandate_id"]}
        raise ScopeForbidden

    async def devices(self, scope: str, identifiers: list[str]) -> list[dict[str, Any]]:
        """Return all devices of a scope."""
        if scope == DEVICE:
            found = []
            for item in identifiers:
                # One that was deleted must not hide the others.
                with suppress(NotFound):
                    found.append(await self.device(item))
            return found
        if scope == TAG:
            return [device for item in identifiers async for device in self._pages(f"tags/{item}/devices")]
        # A stream does not list its devices: all that the key may see.
        return [device async for device in self._pages("devices")]

    async def device(self, device_id: str) -> dict[str, Any]:
        """Return one device."""
        body = await self._get(f"devices/{device_id}")
        if not isinstance(body, dict):
            raise WrongSystem
        return body

    async def newest(self, device_id: str, source: str, limit: int) -> list[Any]:
        """Return a device's newest readings or packets, the newest first."""
        body = await self._get(
            f"devices/{device_id}/{source}",
            limit=str(limit),
            sort="inserted_at",
            sort_direction="descending",
        )
        return body if isinstance(body, list) else []

    async def send_down_frame(self, device_id: str, port: int, payload: bytes, *, confirmed: bool) -> dict[str, Any]:
        """Queue a downlink and return the action that the platform made of it.

        Raises:
            ScopeForbidden: The key may only read.

        """
        body = await self._request(
            "POST",
            f"devices/{device_id}/actions/send_down_frame",
            {},
            {
                "opts": {
                    "port": port,
                    "payload": payload.hex().upper(),
                    "acknowledge": confirmed,
                }
            },
        )
        return body["body"] if isinstance(body["body"], dict) else {}

    async def open_socket(
        self,
        scope: str,
        identifier: str,
        source: str,
        *,
        after: str | None = None,
        preload: tuple[str, ...] = ("device",),
    ) -> Socket:
        """Open the socket of a scope for readings or packets.

        Args:
            scope: One of ``SCOPES``.
            identifier: Id of the stream, tag or device; empty for the mandate.
            source: One of ``SOURCES``.
            after: Time from which on to replay, as the platform wrote it, or None.
            preload: What each item is to bring along.

        Raises:
            ScopeForbidden: The key may not follow this, or it is not there.

        """
        path = source if scope == MANDATE else f"{scope}s/{identifier}/{source}"
        query = {"auth": self._api_key, "preload": ",".join(preload)}
        if after is not None:
            query["after"] = after
        url = (self._base / path / "socket").with_query(query)
        try:
            return await open_websocket(self._session, url.with_scheme("wss" if url.scheme == "https" else "ws"))
        except WrongSystem:
            if scope == MANDATE:
                raise
            # The platform is there, but has no socket of that id for this key.
            raise NotFound from None

    async def _pages(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Yield a list's items, page by page."""
        cursor: str | None = None
        while True:
            query = {"limit": str(PAGE)}
            if cursor is not None:
                query["retrieve_after"] = cursor
            answer = await self._request("GET", path, query)
            items = answer["body"]
            if not isinstance(items, list):
                raise WrongSystem
            usable = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
            if items and not usable:
                # A page of nothing but nonsense must not pass for a list from which all devices are gone.
                raise WrongSystem
            for item in usable:
                yield item
            following = answer.get("retrieve_after_id")
            if not items or not following or following == cursor:
                return
            cursor = str(following)

    async def _get(self, path: str, **query: str) -> Any:
        return (await self._request("GET", path, query))["body"]

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        json: Any = None,
    ) -> dict[str, Any]:
        """Send one request when the key's allowance permits.

        Raises:
            WireError: Translated from the status, or from an envelope that is not ok.

        """
        async with self._turn:
            try:
                async with self._session.request(
                    method,
                    self._base.joinpath(*path.split("/")),
                    params={"auth": self._api_key, **query},
                    json=json,
                    timeout=REST_TIMEOUT,
                ) as response:
                    raw = await response.read()
            except (aiohttp.ClientError, OSError, TimeoutError) as err:
                raise CannotConnect(type(err).__name__) from None
            await self._leave_reserve(response)
        if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise CommandFailed(f"HTTP {response.status}")
        if response.status == HTTPStatus.NOT_FOUND and path not in ("mandates", "devices"):
            # The platform is there, but what was named is not, or not for this key.
            raise NotFound
        if not response.ok:
            raise error_from_status(response.status, response.headers)
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise WrongSystem from None
        if not isinstance(answer, dict) or "body" not in answer:
            raise WrongSystem
        if answer.get("ok") is False:
            raise CannotConnect
        return answer

    async def _leave_reserve(self, response: aiohttp.ClientResponse) -> None:
        """Wait while the key's allowance is nearly used up; its reset is in ms."""
        try:
            remaining = int(response.headers["x-ratelimit-remaining"])
            reset = float(response.headers["x-ratelimit-reset"]) / 1000
        except KeyError, ValueError:
            return
        if remaining <= RESERVE:
            await asyncio.sleep(min(max(reset, 0.0), 60.0))
