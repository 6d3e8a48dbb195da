"""REST API of the server (docs/protocols/resiot.md, 4 and 4.1)."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from ..base import Data, parse, reply
from .world import go_time

if TYPE_CHECKING:
    from .network import Network

NEVER = "0001-01-01 00:00:00 +0000 UTC"
"""Time of something that never happened."""


type RestForm = Literal["result", "list", "lower"]

DEFAULT_LIMIT = "10"
"""Items of a list without a limit."""


class RestApi:
    """Gateways, nodes, tags and commands of a network.

    `form` chooses between the forms of lists that docs/protocols/resiot.md, 4.1 allows; `statuses`
    refuses requests by their kind, or answers them with a page (200); `ignores_offset` sends the
    first page again for each page.
    """

    def __init__(self, network: Network) -> None:
        """Initialize the API of `network`."""
        self._network = network
        self.form: RestForm = "result"
        self.statuses: dict[str, int] = {}
        self.ignores_offset = False
        self.max_limit = 1000

    def handle(self, request: web.Request, parts: list[str], body: bytes) -> web.Response:  # noqa: PLR0911
        """Answer an authorized request; `parts` is its path below /api."""
        if (status := self.statuses.get(kind_of(request.method, parts))) is not None:
            # A web application answers a path that it does not know with its page.
            return web.Response(text="<html></html>") if status == HTTPStatus.OK else error_response(status)
        world = self._network.world
        match request.method, parts:
            case "GET", ["gateways"]:
                return reply({"result": self._page(request, [_gateway(item) for item in world["gateways"].values()])})
            case "GET", ["gateways", eui, "lastmessage"] if eui in world["gateways"]:
                return reply({"date": world["gateways"][eui]["alive"] or NEVER})
            case "GET", ["application"]:
                euis = dict.fromkeys(node["appeui"] for node in world["nodes"].values())
                applications = [{"appEUI": eui, "name": f"Application {number}"} for number, eui in enumerate(euis, 1)]
                return self._list(self._page(request, applications))
            case "GET", ["application", app, "nodes"]:
                nodes = [_node(node) for node in world["nodes"].values() if node["appeui"] == app]
                return self._list(self._page(request, nodes))
            case _, ["application", app, "nodes", eui, *rest]:
                node = world["nodes"].get(eui.lower())
                if node is not None and app == node["appeui"]:
                    return self._handle_node(request.method, node, rest, body)
        return error_response(HTTPStatus.NOT_FOUND)

    def _handle_node(self, method: str, node: Data, parts: list[str], body: bytes) -> web.Response:  # noqa: PLR0911
        data = parse(body)
        match method, parts:
            case "GET", ["tag"]:
                return self._list([_tag(name, tag) for name, tag in node["tags"].items()])
            case "GET", ["lastmessage"] if node["last"] is not None:
                return reply(node["last"])
            case "GET", ["commands"]:
                return self._list(node["commands"])
            case "PUT", ["tag", tag, "value"]:
                if not isinstance(data, dict) or not isinstance(data.get("value"), str):
                    return error_response(HTTPStatus.BAD_REQUEST)
                node["tags"].setdefault(tag, {}).update(value=data["value"], at=go_time(datetime.now(UTC)))
                return reply({})
            case "POST", ["commands", tag] if any(command["Tag"] == tag for command in node["commands"]):
                if not isinstance(data, dict) or not isinstance(data.get("inputs"), dict):
                    return error_response(HTTPStatus.BAD_REQUEST)
                self._network.world["started"].append({"deveui": node["deveui"], "tag": tag, **data})
                return reply({})
        return error_response(HTTPStatus.NOT_FOUND)

    def _page(self, request: web.Request, items: list[Data]) -> list[Data]:
        """Return the items that a request for a list asks for."""
        limit = min(int(request.query.get("limit", DEFAULT_LIMIT)), self.max_limit)
        start = 0 if self.ignores_offset else int(request.query.get("offset", "0"))
        return items[start : start + limit]

    def _list(self, items: list[Data]) -> web.Response:
        """Return a list in the chosen form."""
        match self.form:
            case "list":
                return reply(items)
            case "lower":
                lower = [{key.lower(): value for key, value in item.items()} for item in items]
                return reply({"Result": lower or None})
        return reply({"result": items, "totalCount": str(len(items))})


def kind_of(method: str, parts: list[str]) -> str:
    """Return a short word for the kind of a request, such as `GET tag` or `PUT value`."""
    match parts:
        case ["application", _, "nodes", _, "commands", _]:
            return f"{method} command"
        case _:
            return f"{method} {parts[-1] if parts else ''}"


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


def _node(node: Data) -> Data:
    return {"devEUI": node["deveui"], "name": node["name"], **node["description"]}


def _tag(name: str, tag: Data) -> Data:
    further = {key: value for key, value in tag.items() if key not in ("value", "at")}
    time = {} if tag.get("at", NEVER) is None else {"LastUpdate": tag.get("at", NEVER)}
    return {"Name": name, "Value": tag.get("value"), **time, **further}
