"""Client for ELEMENT's REST interface and sockets.

Wire code. The vendor documents the API key only as a query parameter, so no address is
ever logged, raised or shown.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from ....lorawan.api.downlink import Downlink
from ....wire.address import parse_address
from ....wire.errors import (
    CannotConnect,
    CommandFailed,
    ScopeForbidden,
    WrongSystem,
    error_from_status,
)
from ....wire.http import MAX_PAGES, read_body
from ....wire.stream import Socket, open_websocket
from ....wire.values import as_dict, as_list

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
PAGE_SIZE: Final = 100
# The rate limit applies to all clients of the key, so some requests are left for the others.
RATE_LIMIT_RESERVE: Final = 3

MANDATE: Final = "mandate"
STREAM: Final = "stream"
TAG: Final = "tag"
DEVICE: Final = "device"
SCOPES: Final = (MANDATE, STREAM, TAG, DEVICE)
READINGS: Final = "readings"
PACKETS: Final = "packets"
SOURCES: Final = (READINGS, PACKETS)


class NotFound(ScopeForbidden):
    """The ID does not exist, or the key does not have access to it."""


def check_host(host: str) -> URL:
    """Return the base address of the API, from a host, a host with a port, or a pasted address.

    Raises:
        InvalidUrl: The text has another format.

    """
    address = parse_address(host, schemes=("http", "https"), default_scheme="https")
    return URL.build(scheme=address.scheme, host=address.host, port=address.port, path="/api/v1")


class ElementClient:
    """Client of one platform with one API key."""

    def __init__(self, session: aiohttp.ClientSession, host: str, api_key: str) -> None:
        """Initialize the client.

        Raises:
            InvalidUrl: The host is not valid.

        """
        self._session = session
        self._base = check_host(host)
        self._api_key = api_key
        self._request_lock = asyncio.Lock()

    @property
    def host(self) -> str:
        """Name of the host."""
        return self._base.host or ""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return str(self._base.origin())

    async def mandate(self) -> dict[str, Any]:
        """Return the mandate that the key belongs to, with its ID and, if accessible, its name.

        A key without access to mandates still has access to a device, which contains the
        mandate's ID.

        Raises:
            ScopeForbidden: The key has access to neither.

        """
        try:
            mandate = _first(await self._get("mandates"))
        except ScopeForbidden:
            mandate = {}
        if mandate:
            return mandate
        if mandate_id := _first(await self._get("devices", limit="1")).get("mandate_id"):
            return {"id": mandate_id}
        raise ScopeForbidden

    async def devices(self, scope: str, identifiers: list[str]) -> list[dict[str, Any]]:
        """Return all devices of a scope."""
        if scope == DEVICE:
            devices = []
            for item in identifiers:
                # A deleted device must not hide the others.
                with suppress(NotFound):
                    devices.append(await self.device(item))
            return devices
        if scope == TAG:
            return [device for item in identifiers async for device in self._pages(f"tags/{item}/devices")]
        # The platform does not list the devices of a stream, so all accessible devices are returned.
        return [device async for device in self._pages("devices")]

    async def device(self, device_id: str) -> dict[str, Any]:
        """Return one device."""
        body = await self._get(f"devices/{device_id}")
        if not isinstance(body, dict):
            raise WrongSystem
        return body

    async def parser(self, parser_id: str) -> dict[str, Any]:
        """Return one parser, with its source."""
        return as_dict(await self._get(f"parsers/{parser_id}"))

    async def newest(self, device_id: str, source: str, limit: int) -> list[Any]:
        """Return the newest readings or packets of a device, newest first."""
        body = await self._get(
            f"devices/{device_id}/{source}",
            limit=str(limit),
            sort="inserted_at",
            sort_direction="descending",
        )
        return as_list(body)

    def readings(self, device_id: str, measured_after: str, measured_before: str) -> AsyncIterator[dict[str, Any]]:
        """Return the readings of a device that were measured in a range, oldest first, page by page."""
        return self._pages(
            f"devices/{device_id}/{READINGS}",
            sort="measured_at",
            sort_direction="ascending",
            measured_after=measured_after,
            measured_before=measured_before,
        )

    async def send_down_frame(self, device_id: str, downlink: Downlink) -> dict[str, Any]:
        """Queue a downlink and return the action that the platform created.

        Raises:
            ScopeForbidden: The key is read-only.

        """
        answer = await self._request(
            "POST",
            f"devices/{device_id}/actions/send_down_frame",
            {},
            {
                "opts": {
                    "port": downlink.port,
                    "payload": downlink.payload.hex().upper(),
                    "acknowledge": downlink.confirmed,
                    **({"immediately": True} if downlink.immediately else {}),
                    **({} if downlink.retries is None else {"retries": downlink.retries}),
                }
            },
        )
        return as_dict(answer["body"])

    async def action(self, device_id: str, action_id: str) -> dict[str, Any]:
        """Return an action of a device with its state."""
        return as_dict(await self._get(f"devices/{device_id}/actions/{action_id}"))

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
            identifier: ID of the stream, tag or device; empty for the mandate.
            source: One of ``SOURCES``.
            after: Start of the replay in the platform's format, or None for no replay.
            preload: Related objects that the platform adds to each item.

        Raises:
            ScopeForbidden: The scope does not exist, or the key does not have access to it.

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
            # The platform answers, but has no socket of this ID for the key.
            raise NotFound from None

    async def _pages(self, path: str, **filters: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            query = {"limit": str(PAGE_SIZE), **filters}
            if cursor is not None:
                query["retrieve_after"] = cursor
            answer = await self._request("GET", path, query)
            items = answer["body"]
            if not isinstance(items, list):
                raise WrongSystem
            usable = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
            if items and not usable:
                # A page of unusable items must not look like a list without devices.
                raise WrongSystem
            for item in usable:
                yield item
            following = answer.get("retrieve_after_id")
            if not items or not following or following == cursor:
                return
            cursor = str(following)
        # A list without an end must not look like a complete one.
        raise WrongSystem("list too long")

    async def _get(self, path: str, **query: str) -> Any:
        return (await self._request("GET", path, query))["body"]

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        json: Any = None,
    ) -> dict[str, Any]:
        """Return the envelope of an answer; requests wait while the rate limit is nearly reached.

        Raises:
            WireError: The status or the envelope reports an error.

        """
        async with self._request_lock:
            try:
                async with self._session.request(
                    method,
                    self._base.joinpath(*path.split("/")),
                    params={"auth": self._api_key, **query},
                    json=json,
                    timeout=REST_TIMEOUT,
                    # Another host must not get a downlink.
                    allow_redirects=False,
                ) as response:
                    raw = await read_body(response)
            except (aiohttp.ClientError, OSError, TimeoutError) as err:
                raise CannotConnect(type(err).__name__) from None
            await self._wait_for_rate_limit(response)
        if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise CommandFailed(f"HTTP {response.status}")
        if response.status == HTTPStatus.NOT_FOUND and path not in ("mandates", "devices"):
            # The platform answers, but has no such object for the key.
            raise NotFound
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
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

    async def _wait_for_rate_limit(self, response: aiohttp.ClientResponse) -> None:
        """Wait for the reset, given in milliseconds, when the rate limit is nearly reached."""
        try:
            remaining = int(response.headers["x-ratelimit-remaining"])
            reset = float(response.headers["x-ratelimit-reset"]) / 1000
        except KeyError, ValueError:
            return
        if remaining <= RATE_LIMIT_RESERVE:
            await asyncio.sleep(min(max(reset, 0.0), 60.0))


def _first(body: Any) -> dict[str, Any]:
    """Return the first object of a list, or an empty one."""
    items = as_list(body)
    return as_dict(items[0]) if items else {}
