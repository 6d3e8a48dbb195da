"""REST routes below an API key."""

from typing import TYPE_CHECKING

from ..base import Data, parse, reply
from .alarm import AlarmSystems
from .config import GatewayConfig
from .errors import (
    INVALID_JSON,
    METHOD_NOT_AVAILABLE,
    RESOURCE_NOT_AVAILABLE,
    UNAUTHORIZED,
    error_response,
)
from .groups import GroupWrites
from .reads import ResourceReads
from .writes import ResourceWrites

if TYPE_CHECKING:
    from aiohttp import web

    from .gateway import Gateway


class RestApi:
    """The REST API: API keys, and the handlers of the resources."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize the API of `gateway`."""
        self._gateway = gateway
        self.config = GatewayConfig(gateway)
        self.alarm = AlarmSystems(gateway)
        self._reads = ResourceReads(gateway, self.config)
        self._writes = ResourceWrites(gateway)
        self._groups = GroupWrites(gateway)

    def handle(self, request: web.Request, parts: list[str], body: bytes) -> web.StreamResponse:
        """Answer a request; `parts` is its path below /api."""
        if not parts and request.method == "POST":
            return self.config.register_key(body)
        if not parts or parts[0] not in self._gateway.keys:
            if request.method == "GET" and (parts == ["config"] or parts[1:] == ["config"]):
                return reply(self.config.basics())
            self._gateway.logins += 1
            self._gateway.refused_logins += 1
            return error_response(UNAUTHORIZED, "/" + "/".join(parts[1:]))
        return self._route(request, parts[1:], body)

    def _route(  # noqa: C901, PLR0911
        self, request: web.Request, parts: list[str], body: bytes
    ) -> web.StreamResponse:
        method = request.method
        address = "/" + "/".join(parts)
        data: object = {}
        if method in ("PUT", "POST") and body:
            data = parse(body)
            if not isinstance(data, dict):
                return error_response(INVALID_JSON, address)
        payload: Data = data if isinstance(data, dict) else {}
        if method == "GET":
            return self._reads.get(request, parts)
        match method, parts:
            case "PUT", ["config"]:
                return self.config.put(payload)
            case "DELETE", ["config", "whitelist", key] if key in self._gateway.keys:
                del self._gateway.keys[key]
                return reply([{"success": f"/config/whitelist/{key} deleted."}])
            case "POST", ["config", "restart" | "restartapp" | "update" | "updatefirmware" | "export" as command]:
                return self._maintain(command)
            case "POST", ["touchlink", *rest]:
                return self._gateway.touchlink.command(rest)
            case _, ["lights" | "sensors" as kind, *rest]:
                return self._writes.write(method, kind, rest, payload)
            case _, ["groups", *rest]:
                return self._groups.write(method, rest, payload)
            case "PUT", ["alarmsystems", aid, *rest] if aid in self._gateway.world["alarmsystems"]:
                return self.alarm.write(aid, rest, payload)
        return error_response(METHOD_NOT_AVAILABLE if parts else RESOURCE_NOT_AVAILABLE, address, method=method)

    def _maintain(self, command: str) -> web.Response:
        gateway = self._gateway
        if command.startswith("restart"):
            gateway.call_later(0.05, lambda: gateway.create_task(gateway.restart()))
        return reply([{"success": {f"/config/{command}": True}}])
