"""REST API of the server (docs/protocols/resiot.md, 4)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from ..base import Data, parse, reply

if TYPE_CHECKING:
    from aiohttp import web

    from .network import Network

NEVER = "0001-01-01 00:00:00 +0000 UTC"
"""Time of something that never happened."""


class RestApi:
    """Gateways and tags of a network."""

    def __init__(self, network: Network) -> None:
        """Initialize the API of `network`."""
        self._network = network

    def handle(self, request: web.Request, parts: list[str], body: bytes) -> web.Response:
        """Answer an authorized request; `parts` is its path below /api."""
        world = self._network.world
        match request.method, parts:
            case "GET", ["gateways"]:
                limit = request.query.get("limit", "10")
                gateways = [_gateway(item) for item in world["gateways"].values()]
                return reply({"result": gateways[: int(limit) if limit.isdigit() else None]})
            case "GET", ["gateways", eui, "lastmessage"] if eui in world["gateways"]:
                return reply({"date": world["gateways"][eui]["alive"] or NEVER})
            case "PUT", ["application", app, "nodes", eui, "tag", tag, "value"]:
                node = world["nodes"].get(eui)
                if node is None or app != node["appeui"]:
                    return error_response(HTTPStatus.NOT_FOUND)
                data = parse(body)
                if not isinstance(data, dict) or not isinstance(data.get("value"), str):
                    return error_response(HTTPStatus.BAD_REQUEST)
                node["tags"][tag] = data["value"]
                return reply({})
        return error_response(HTTPStatus.NOT_FOUND)


def error_body(status: int) -> Data:
    """Return the body of an error response."""
    return {"error": HTTPStatus(status).phrase, "code": status}


def error_response(status: int) -> web.Response:
    """Return an error response."""
    return reply(error_body(status), status)


def _gateway(item: Data) -> Data:
    alive = item["alive"] or NEVER
    return {
        "name": item["name"],
        "gwEUI": item["eui"],
        "timeout": item["timeout"],
        "LastUplink": alive,
        "LastAliveRadio": alive,
        "LastAliveMonitor": NEVER,
    }
