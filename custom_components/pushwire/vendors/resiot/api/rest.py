"""Client for ResIOT's REST interface, all of which is optional.

Wire code. The vendor publishes few routes, and most of those below are inferred; see
docs/protocols/resiot.md, 4.1. Each kind of request is probed, and one that the server does not
have is not sent again. The token is sent in the header ``Grpc-Metadata-Authorization``, without
a scheme.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from time import time
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson

from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CommandFailed,
    ScopeForbidden,
    WireError,
    WrongSystem,
    error_from_status,
)
from ....wire.http import MAX_BODY_BYTES, MAX_SMALL_BODY_BYTES, read_body
from ....wire.values import as_dict, as_text
from .frames import Communication, read_last_message
from .nodes import Node, NodeCommand, Tag, read_applications, read_commands, read_nodes, read_tags

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
PAGE_SIZE: Final = 1000
# A server may have a smaller limit, which is a multiple of ten.
_ROUND: Final = 10
MAX_PAGES: Final = 50
MAX_ITEMS: Final = 5000
# A single node may not have what is requested, such as a last message.
MAX_MISSING: Final = 5
_MAX_DETAILS: Final = 200
_NO_METHOD: Final = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


class RequestKind(StrEnum):
    """Kind of request."""

    GATEWAYS = "gateways"
    APPLICATIONS = "applications"
    NODES = "nodes"
    LAST_MESSAGES = "last_messages"
    TAGS = "tags"
    COMMANDS = "commands"
    WRITE_TAG = "write_tag"
    RUN_COMMAND = "run_command"


class RequestResult(StrEnum):
    """Result of the last request of a kind."""

    NOT_REQUESTED = "not_requested"
    WORKS = "works"
    NOT_AVAILABLE = "not_available"
    REFUSED = "refused"
    FAILED = "failed"


class RestState(StrEnum):
    """Summary of the results of all kinds of requests."""

    WORKS = "works"
    PARTLY = "partly"
    REFUSED = "refused"
    FAILED = "failed"


class NoMethod(WrongSystem):
    """The server does not have a kind of request for any node."""


class NotOffered(CommandFailed):
    """The server does not have a request, or no longer has what it is about."""

    translation_key = "rest_not_offered"


class TokenForbidden(ScopeForbidden):
    """The token does not allow a request."""

    translation_key = "rest_token_forbidden"


class RestClient:
    """Client of one server.

    Attributes:
        results: Result of the last request of each kind.
        clock_difference: Seconds by which the server's clock is ahead, or None if it is unknown.

    """

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        """Initialize the client; the address has been checked."""
        self._session = session
        self._base = f"{base.rstrip('/')}/api"
        self._token = token
        self._missing: Counter[RequestKind] = Counter()
        self.results = dict.fromkeys(RequestKind, RequestResult.NOT_REQUESTED)
        self.clock_difference: float | None = None

    @property
    def state(self) -> RestState | None:
        """Summary, or None before the first request."""
        results = set(self.results.values()) - {RequestResult.NOT_REQUESTED}
        if results <= {RequestResult.WORKS}:
            return RestState.WORKS if results else None
        if RequestResult.WORKS in results:
            return RestState.PARTLY
        return RestState.REFUSED if RequestResult.REFUSED in results else RestState.FAILED

    def may_have(self, kind: RequestKind) -> bool:
        """Return whether the server may have a kind of request."""
        return self._missing[kind] < (1 if kind is RequestKind.APPLICATIONS else MAX_MISSING)

    # Lists

    async def gateway_names(self) -> dict[str, str]:
        """Return the names of gateways by lower-case EUI.

        Raises:
            WireError: The server cannot be reached, refused the token, or is not ResIOT.

        """
        return await self._read(RequestKind.GATEWAYS, "gateways", _read_gateways, {"limit": str(PAGE_SIZE)})

    async def applications(self) -> list[str]:
        """Return the EUIs of all applications.

        Raises:
            WireError: They could not be read.

        """
        return list(await self._pages(RequestKind.APPLICATIONS, "application", read_applications, str))

    async def nodes(self, app_eui: str) -> list[Node]:
        """Return the nodes of an application.

        Raises:
            WireError: They could not be read.

        """
        path = f"application/{quote(app_eui, safe='')}/nodes"

        def read(body: Any) -> list[Node]:
            return read_nodes(body, app_eui)

        return list((await self._pages(RequestKind.NODES, path, read, lambda node: node.dev_eui)).values())

    async def last_message(self, node: Node) -> Communication | None:
        """Return the last message of a node, or None if the server reports none with a time.

        Raises:
            WireError: It could not be read.

        """
        return await self._read(RequestKind.LAST_MESSAGES, f"{_path(node)}/lastmessage", _read_message)

    async def tags(self, node: Node) -> dict[str, Tag]:
        """Return the tags of a node by name.

        Raises:
            WireError: They could not be read.

        """
        return await self._read(RequestKind.TAGS, f"{_path(node)}/tag", read_tags)

    async def commands(self, node: Node) -> dict[str, NodeCommand]:
        """Return the commands of a node by tag.

        Raises:
            WireError: They could not be read.

        """
        return await self._read(RequestKind.COMMANDS, f"{_path(node)}/commands", read_commands)

    # Commands

    async def write_tag(self, node: Node, name: str, value: str) -> None:
        """Write a tag of a node.

        Raises:
            WireError: The server refused the value, or cannot be reached.

        """
        path = f"{_path(node)}/tag/{quote(name, safe='')}/value"
        await self._send(RequestKind.WRITE_TAG, "PUT", path, {"value": value})

    async def run_command(self, node: Node, tag: str, inputs: Mapping[str, str]) -> None:
        """Run a command of a node.

        Raises:
            WireError: The server refused the command, or cannot be reached.

        """
        path = f"{_path(node)}/commands/{quote(tag, safe='')}"
        await self._send(RequestKind.RUN_COMMAND, "POST", path, {"inputs": dict(inputs)})

    # Requests

    async def _pages[ItemT](
        self, kind: RequestKind, path: str, read: Callable[[Any], list[ItemT]], key: Callable[[ItemT], str]
    ) -> dict[str, ItemT]:
        """Return the items of all pages of a list by key; a server that sends a page again has no other one."""
        found: dict[str, ItemT] = {}
        for page in range(MAX_PAGES):
            offset = {"offset": str(len(found))} if page else {}
            items = await self._read(kind, path, read, {"limit": str(PAGE_SIZE), **offset})
            new = {key(item): item for item in items if key(item) not in found}
            found |= new
            if not new or len(items) % _ROUND or len(found) >= MAX_ITEMS:
                break
        return found

    async def _read[ResultT](
        self, kind: RequestKind, path: str, read: Callable[[Any], ResultT], query: Mapping[str, str] | None = None
    ) -> ResultT:
        try:
            status, headers, body = await self._request("GET", path, query=query)
            if status in _NO_METHOD:
                raise NoMethod(f"HTTP {status}")
            if status != HTTPStatus.OK:
                raise error_from_status(status, headers)
            try:
                result = read(orjson.loads(body))
            except orjson.JSONDecodeError:
                # A web application answers a path that it does not know with its page.
                raise WrongSystem from None
        except WireError as err:
            self._note(kind, err)
            raise
        self.results[kind] = RequestResult.WORKS
        return result

    async def _send(self, kind: RequestKind, method: str, path: str, data: Mapping[str, Any]) -> None:
        try:
            status, headers, body = await self._request(method, path, data=data)
            if (error := self._refusal(status, headers, body)) is not None:
                raise error
        except WireError as err:
            self._note(kind, err)
            raise
        self.results[kind] = RequestResult.WORKS

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> WireError | None:
        """Return the error of an answer to a command, or None if the server has accepted it."""
        try:
            answer = as_dict(orjson.loads(body)) if body.strip() else {}
        except orjson.JSONDecodeError:
            answer = None
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return TokenForbidden()
        if status in (HTTPStatus.NOT_FOUND, *_NO_METHOD):
            return NotOffered(f"HTTP {status}")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return error_from_status(status, headers)
        texts = {key.lower(): as_text(value) for key, value in (answer or {}).items()}
        reason = texts.get("error") or texts.get("details") or texts.get("message") or ""
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return CommandFailed(self._shown(reason) or f"HTTP {status}")
        if answer is None:
            return NotOffered(f"HTTP {status}")
        is_refused = bool(texts.get("error")) or (texts.get("result") or "").lower() == "fail"
        return CommandFailed(self._shown(reason) or "Fail") if is_refused else None

    def _shown(self, reason: str) -> str:
        """Return the server's own text, unless it holds the token."""
        return "" if self._token and self._token in reason else reason[:_MAX_DETAILS]

    def _note(self, kind: RequestKind, error: WireError) -> None:
        """Note that a request has failed."""
        if isinstance(error, AuthenticationFailed | ScopeForbidden):
            self.results[kind] = RequestResult.REFUSED
        elif not isinstance(error, WrongSystem | NotOffered):
            self.results[kind] = RequestResult.FAILED
        elif self.results[kind] is not RequestResult.WORKS:
            # Otherwise, only the node lacks it.
            self.results[kind] = RequestResult.NOT_AVAILABLE
            self._missing[kind] += MAX_MISSING if isinstance(error, NoMethod) else 1

    async def _request(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, data: Mapping[str, Any] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the answer to a request.

        Raises:
            CannotConnect: The server cannot be reached.
            WrongSystem: The answer is too long.

        """
        try:
            async with self._session.request(
                method,
                f"{self._base}/{path}",
                params=query,
                json=data,
                headers={"Grpc-Metadata-Authorization": self._token},
                timeout=REST_TIMEOUT,
                # Another host must not get the token.
                allow_redirects=False,
            ) as response:
                is_list = query is not None
                body = await read_body(response, MAX_BODY_BYTES if is_list else MAX_SMALL_BODY_BYTES)
                self._note_clock(response.headers.get("Date"))
                return response.status, response.headers, body
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            raise CannotConnect(type(err).__name__) from None

    def _note_clock(self, date: str | None) -> None:
        try:
            self.clock_difference = parsedate_to_datetime(date or "").timestamp() - time()
        except ValueError:
            self.clock_difference = None


def _path(node: Node) -> str:
    return f"application/{quote(node.app_eui, safe='')}/nodes/{quote(node.dev_eui_raw, safe='')}"


def _read_gateways(body: Any) -> dict[str, str]:
    """Return the names of gateways by lower-case EUI."""
    if not isinstance(gateways := as_dict(body).get("result"), list):
        raise WrongSystem
    return {
        eui.lower(): str(name)
        for item in map(as_dict, gateways)
        if (eui := as_text(item.get("gwEUI"))) and (name := item.get("name"))
    }


def _read_message(body: Any) -> Communication | None:
    if not isinstance(body, dict):
        raise WrongSystem
    return read_last_message(body)
