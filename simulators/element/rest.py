"""GET requests: pages, single resources and line streams (docs/protocols/element.md, 2)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
import orjson

from ..base import Data, reply
from .access import Key, Scope
from .checks import ApiError, filtered, page_size
from .sockets import PRELOADS
from .tenant import device_eui_of

if TYPE_CHECKING:
    from .tenant import Tenant


class RestApi:
    """Resources of a tenant as GET returns them."""

    def __init__(self, tenant: Tenant) -> None:
        """Initialize the API of `tenant`."""
        self._tenant = tenant

    def get(self, request: web.Request, key: Key, parts: list[str], headers: dict[str, str]) -> web.StreamResponse:
        """Answer a GET request of `key`; `parts` is its path below /api/v1."""
        if parts[-1] == "stream" and len(parts) > 1:
            items, source = self._items(key, parts[:-1]), parts[-2]
            if source not in PRELOADS:
                raise ApiError(HTTPStatus.NOT_FOUND)
            return self._lines(filtered(request.query, items), headers)
        resource = self._single(key, parts)
        if resource is not None:
            return reply({"status": 200, "ok": True, "body": resource}, headers=headers)
        return self._page(request, self._items(key, parts), headers)

    def _single(self, key: Key, parts: list[str]) -> object:
        tenant, world = self._tenant, self._tenant.world
        match parts:
            case ["devices", "by-eui", eui]:
                return [device for device in tenant.devices_of(key) if device_eui_of(device) == eui.upper()]
            case ["devices", "by-name", name]:
                devices = [device for device in tenant.devices_of(key) if device["name"] == name]
                if not devices:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return devices[0]
            case ["mandates", ident] if ident == world["mandate"]["id"]:
                return world["mandate"]
            case ["devices" | "tags" | "parsers" as kind, name]:
                ident = tenant.find(kind, name)
                if kind != "parsers":
                    tenant.permit(key, kind, ident)
                return world[kind][ident]
            case ["devices", name, "actions", action]:
                tenant.permit(key, "devices", tenant.find("devices", name))
                if action not in world["actions"]:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return world["actions"][action]
        return None

    def _items(self, key: Key, parts: list[str]) -> list[Data]:  # noqa: PLR0911
        tenant, world = self._tenant, self._tenant.world
        match parts:
            case ["mandates"]:
                return [world["mandate"]]
            case ["devices"]:
                return tenant.devices_of(key)
            case ["tags"]:
                tags: list[Data] = list(world["tags"].values())
                return [tag for tag in tags if key.groups is None or key.groups & {tag["id"], *tag["path"]}]
            case ["parsers"]:
                return list(world["parsers"].values())
            case ["api_keys"]:
                return tenant.api_keys(key)
            case ["streams", *rest] if tenant.lists_streams:
                return self._stream_items(key, rest)
            case ["tags", name, "devices"]:
                ident = tenant.find("tags", name)
                tenant.permit(key, "tags", ident)
                return [device for device in tenant.devices_of(key) if tenant.in_folder(device["id"], {ident})]
            case ["devices", name, "interfaces"]:
                ident = tenant.find("devices", name)
                tenant.permit(key, "devices", ident)
                interfaces: list[Data] = world["devices"][ident]["interfaces"]
                return interfaces
            case ["devices" | "tags" as kind, name, "readings" | "packets" as source]:
                ident = tenant.find(kind, name)
                tenant.permit(key, kind, ident)
                scope = Scope(key, "readings", kind, ident, frozenset(), None)
                return [item for item in world[source] if tenant.in_scope(scope, item["device_id"])]
        raise ApiError(HTTPStatus.NOT_FOUND)

    def _stream_items(self, key: Key, parts: list[str]) -> list[Data]:
        tenant, world = self._tenant, self._tenant.world
        match parts:
            case []:
                return tenant.streams_of(key)
            case [name, "devices"]:
                ident = tenant.find("streams", name)
                tenant.permit(key, "streams", ident)
                return [world["devices"][device] for device in world["streams"][ident]["devices"]]
        raise ApiError(HTTPStatus.NOT_FOUND)

    def _page(self, request: web.Request, items: list[Data], headers: dict[str, str]) -> web.Response:
        size = page_size(request.query)
        items = filtered(request.query, items)
        after = request.query.get("retrieve_after")
        if after is not None:
            ids = [item["id"] for item in items]
            if after not in ids:
                raise ApiError(HTTPStatus.BAD_REQUEST)
            items = items[ids.index(after) + 1 :]
        page = items[:size]
        envelope: Data = {"status": 200, "ok": True, "body": page}
        if page and len(items) > len(page):
            envelope["retrieve_after_id"] = page[-1]["id"]
        return reply(envelope, headers=headers)

    def _lines(self, items: list[Data], headers: dict[str, str]) -> web.Response:
        lines = [orjson.dumps(item) for item in items]
        if self._tenant.stream_error:
            lines.append(orjson.dumps({"error": "Database timeout", "ok": False}))
        body = b"".join(line + b"\n" for line in lines)
        return web.Response(body=body, content_type="application/x-ndjson", headers=headers)
