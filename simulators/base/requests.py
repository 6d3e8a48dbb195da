"""HTTP requests as they are recorded, and JSON responses."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web
import orjson

from .data import Data

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class RecordedRequest:
    """One request as it arrived; `body` is parsed JSON, form fields, text, or None.

    `status` is the status of the response, or 0 as long as there is no response.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any = None
    status: int = 0

    @classmethod
    def of(cls, request: web.Request, body: bytes) -> RecordedRequest:
        """Return the record of `request`, whose body has been read already."""
        return cls(
            request.method,
            request.path,
            dict(request.query),
            request.headers.copy(),
            _readable_body(request, body),
        )

    def as_dict(self) -> Data:
        """Return plain data for the admin API."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": dict(self.headers),
            "body": self.body,
            "status": self.status,
        }


def reply(
    data: object,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return `data` as a JSON response."""
    return web.Response(
        body=orjson.dumps(data, default=str),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def is_upgrade(request: web.Request) -> bool:
    """Return whether a request is a WebSocket handshake."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _readable_body(request: web.Request, body: bytes) -> object:
    if not body:
        return None
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(errors="replace")))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")
