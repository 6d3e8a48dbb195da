"""Client for ELEMENT's REST interface and sockets.

Wire code. The vendor documents the API key only as a query parameter, so no address is
ever logged, raised or shown.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
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
    WireError,
    WrongSystem,
    error_from_status,
)
from ....wire.http import MAX_PAGES, read_body, read_lines
from ....wire.stream import Socket, open_websocket
from ....wire.values import as_datetime, as_dict, as_list
from .rate import governor_of

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
# A range of readings may take minutes as a whole.
LINES_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
PAGE_SIZE: Final = 100
# Attempts at a request that the rate limit refuses; such a request has no effect.
RATE_LIMIT_ATTEMPTS: Final = 3

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
        self.governor = governor_of(session, self.origin, api_key)

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

    async def tags(self) -> list[dict[str, Any]]:
        """Return all tags that the key has access to; ``path`` holds the IDs of the tags above."""
        return [tag async for tag in self._pages("tags")]

    async def streams(self) -> list[dict[str, Any]]:
        """Return all streams.

        Raises:
            NotFound: The platform does not list streams, as far as its documentation goes.

        """
        return [stream async for stream in self._pages("streams")]

    async def stream_devices(self, stream_id: str) -> list[dict[str, Any]]:
        """Return the devices of a stream; none if the answer does not hold devices.

        Raises:
            NotFound: The platform does not list them, as far as its documentation goes.

        """
        items = [item async for item in self._pages(f"streams/{stream_id}/devices")]
        return [item for item in items if "interfaces" in item]

    async def device(self, device_id: str) -> dict[str, Any]:
        """Return one device."""
        body = await self._get(f"devices/{device_id}")
        if not isinstance(body, dict):
            raise WrongSystem
        return body

    async def key_expiry(self) -> float | None:
        """Return the Unix time at which the key expires, or None if it does not.

        Raises:
            ScopeForbidden: The key may not read keys, as all but those of administrators.

        """
        async for item in self._pages("api_keys"):
            if item.get("key") == self._api_key:
                expires = as_datetime(item.get("valid_until"))
                return None if expires is None else expires.timestamp()
        raise NotFound

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

    async def readings(self, device_id: str, measured_after: str, measured_before: str) -> list[dict[str, Any]]:
        """Return the readings of a device that were measured in a range.

        They are read as lines in one request; page by page if the platform cannot do that, or
        ends the lines early.
        """
        path = f"devices/{device_id}/{READINGS}"
        filters = {
            "sort": "measured_at",
            "sort_direction": "ascending",
            "measured_after": measured_after,
            "measured_before": measured_before,
        }
        try:
            return await self._lines(f"{path}/stream", filters)
        except WireError:
            return [item async for item in self._pages(path, **filters)]

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

    async def _lines(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the items of a list that has one on each line.

        Raises:
            WireError: The list is not complete. Its last line may report an error, whatever the status.

        """
        items: list[dict[str, Any]] = []
        async with self._response("GET", path, query, limits=LINES_TIMEOUT) as response:
            if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise error_from_status(response.status, response.headers)
            async for line in read_lines(response):
                try:
                    item = orjson.loads(line)
                except orjson.JSONDecodeError:
                    raise WrongSystem from None
                if not isinstance(item, dict) or item.get("ok") is False:
                    raise CannotConnect
                items.append(item)
        return items

    async def _get(self, path: str, **query: str) -> Any:
        return (await self._request("GET", path, query))["body"]

    @asynccontextmanager
    async def _response(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        json: Any = None,
        *,
        limits: aiohttp.ClientTimeout,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Yield the response to a request, whose body has not been read.

        Raises:
            CannotConnect: There is no response, or it ends early.

        """
        try:
            async with AsyncExitStack() as stack:
                async with self.governor.turn(is_command=method != "GET"):
                    response = await stack.enter_async_context(
                        self._session.request(
                            method,
                            self._base.joinpath(*path.split("/")),
                            params={"auth": self._api_key, **query},
                            json=json,
                            timeout=limits,
                            # Another host must not get a downlink.
                            allow_redirects=False,
                        )
                    )
                    self.governor.note(response.headers)
                yield response
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            raise CannotConnect(type(err).__name__) from None

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
        for _ in range(RATE_LIMIT_ATTEMPTS):
            async with self._response(method, path, query, json, limits=REST_TIMEOUT) as response:
                raw = await read_body(response)
            if response.status != HTTPStatus.TOO_MANY_REQUESTS or not self.governor.note(response.headers):
                break
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


def _first(body: Any) -> dict[str, Any]:
    """Return the first object of a list, or an empty one."""
    items = as_list(body)
    return as_dict(items[0]) if items else {}
