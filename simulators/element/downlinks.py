"""POST requests that queue downlinks (docs/protocols/element.md, 6)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from ..base import Data, parse, reply
from .checks import ApiError, is_valid_downlink
from .tenant import action_event, device_eui_of
from .world import identifier, iso

if TYPE_CHECKING:
    from aiohttp import web

    from .access import Key
    from .tenant import Tenant


class Downlinks:
    """The action `send_down_frame`."""

    def __init__(self, tenant: Tenant) -> None:
        """Initialize for the devices of `tenant`."""
        self._tenant = tenant

    def handle(
        self, request: web.Request, key: Key, parts: list[str], body: bytes, headers: dict[str, str]
    ) -> web.Response:
        """Queue a downlink and return its action."""
        if request.method != "POST":
            raise ApiError(HTTPStatus.NOT_FOUND)
        device = self._device(key, parts)
        self._tenant.permit(key, "devices", device)
        if key.role == "read_only" or self._tenant.action_forbidden:
            raise ApiError(HTTPStatus.FORBIDDEN)
        data = parse(body)
        if not isinstance(data, dict):
            raise ApiError(HTTPStatus.BAD_REQUEST)
        opts = data.get("opts")
        if not isinstance(opts, dict) or not is_valid_downlink(opts):
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY)
        return reply({"status": 200, "ok": True, "body": self._add_action(device, opts)}, headers=headers)

    def _device(self, key: Key, parts: list[str]) -> str:
        tenant = self._tenant
        match parts:
            case ["devices", "by-eui", eui, "actions", "send_down_frame"]:
                idents = [item["id"] for item in tenant.devices_of(key) if device_eui_of(item) == eui.upper()]
                if not idents:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return str(idents[0])
            case ["devices", name, "actions", "send_down_frame"]:
                return tenant.find("devices", name)
            case ["devices", name, "interfaces", interface, "actions", "send_down_frame"]:
                ident = tenant.find("devices", name)
                if interface not in {item["id"] for item in tenant.world["devices"][ident]["interfaces"]}:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return ident
        raise ApiError(HTTPStatus.NOT_FOUND)

    def _add_action(self, device: str, opts: Data) -> Data:
        world = self._tenant.world
        now = iso(self._tenant.now())
        ident = identifier(f"action:{len(world['actions'])}")
        action: Data = {
            "id": ident,
            "type": "send_down_frame",
            "state": "pending",
            "opts": opts,
            "result": None,
            "override": False,
            "order": 0,
            "mandate_id": world["mandate"]["id"],
            "device_id": device,
            "interface_id": world["devices"][device]["interfaces"][0]["id"],
            "inserted_at": now,
            "updated_at": now,
            "executed_at": None,
            "cancel_after": None,
            "events": [action_event("created_by_user", "info", now)],
        }
        world["actions"][ident] = action
        return action
