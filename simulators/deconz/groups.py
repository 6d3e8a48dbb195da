"""PUT, POST and DELETE requests for groups and scenes (docs/protocols/deconz.md, 5.2)."""

from typing import TYPE_CHECKING

from ..base import Data, reply
from .checks import GROUP_CHECKS, is_text, supports
from .errors import (
    INVALID_VALUE,
    MISSING_PARAMETER,
    PARAMETER_NOT_AVAILABLE,
    RESOURCE_NOT_AVAILABLE,
    error,
    error_response,
    results_response,
)
from .lights import storable

if TYPE_CHECKING:
    from aiohttp import web

    from .gateway import Gateway

_WRITABLE = ("name", "lights", "hidden")


class GroupWrites:
    """Writes to groups and scenes."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize for the groups of `gateway`."""
        self._gateway = gateway

    def write(  # noqa: PLR0911
        self, method: str, rest: list[str], payload: Data
    ) -> web.Response:
        """Handle a request below /groups."""
        gateway = self._gateway
        address = "/".join(["", "groups", *rest])
        if method == "POST" and not rest:
            if not is_text(payload.get("name")):
                return error_response(MISSING_PARAMETER, address)
            return reply([{"success": {"id": gateway.add_group(payload["name"])}}])
        if not rest or (rest[0] != "0" and rest[0] not in gateway.world["groups"]):
            return error_response(RESOURCE_NOT_AVAILABLE, address)
        gid = rest[0]
        match method, rest[1:]:
            case "PUT", ["action"]:
                return self._put_action(gid, payload)
            case "PUT", [] if gid != "0":
                return self._put(gid, payload)
            case "DELETE", [] if gid != "0":
                gateway.delete("groups", gid)
                return reply([{"success": {"id": gid}}])
            case "POST", ["scenes"] if gid != "0":
                if not is_text(payload.get("name")):
                    return error_response(MISSING_PARAMETER, address)
                return reply([{"success": {"id": gateway.add_scene(gid, payload["name"])}}])
            case _, ["scenes", sid, *tail] if sid in gateway.world["scenes"].get(gid, {}):
                return self._write_scene(method, gid, sid, tail, payload)
        return error_response(RESOURCE_NOT_AVAILABLE, address)

    def _put(self, gid: str, payload: Data) -> web.Response:
        if not payload:
            return error_response(MISSING_PARAMETER, f"/groups/{gid}")
        gateway = self._gateway
        lights = gateway.world["lights"]
        results: list[Data] = []
        for name, value in payload.items():
            where = f"/groups/{gid}/{name}"
            if name == "name" and is_text(value):
                gateway.rename("groups", gid, value)
            elif name == "lights" and isinstance(value, list) and all(lid in lights for lid in value):
                gateway.world["groups"][gid]["lights"] = value
                gateway.update_group_state(gid)
            elif name == "hidden" and isinstance(value, bool):
                gateway.world["groups"][gid]["hidden"] = value
            else:
                kind = INVALID_VALUE if name in _WRITABLE else PARAMETER_NOT_AVAILABLE
                results.append(error(kind, where, name=name, value=value))
                continue
            results.append({"success": {where: value}})
        return results_response(results)

    def _put_action(self, gid: str, payload: Data) -> web.Response:
        address = f"/groups/{gid}/action"
        if not payload:
            return error_response(MISSING_PARAMETER, address)
        gateway = self._gateway
        lights = gateway.world["lights"]
        results: list[Data] = []
        changes: Data = {}
        for name, value in payload.items():
            where = f"{address}/{name}"
            stops = name == "bri" and value == "stop"
            if name not in GROUP_CHECKS:
                results.append(error(PARAMETER_NOT_AVAILABLE, where, name=name))
            elif not stops and not GROUP_CHECKS[name](value):
                results.append(error(INVALID_VALUE, where, name=name, value=value))
            else:
                if not stops:
                    changes[name] = value
                results.append({"success": {where: value}})
        members = gateway.switchable_lights() if gid == "0" else gateway.world["groups"][gid]["lights"]
        on = any(lights[lid]["state"].get("on") for lid in members)
        if changes.pop("toggle", False):
            changes["on"] = not on
        for lid in members:
            state = lights[lid]["state"]
            if state["reachable"]:
                # A groupcast reaches every light, and each light uses the part that it supports.
                supported = {name: value for name, value in changes.items() if supports(state, name)}
                if supported.get("on") is not True and not state.get("on"):
                    supported = {name: value for name, value in supported.items() if name in ("on", "open")}
                gateway.light_control.apply(lid, supported)
        return results_response(results)

    def _write_scene(self, method: str, gid: str, sid: str, tail: list[str], payload: Data) -> web.Response:
        gateway = self._gateway
        world = gateway.world
        match method, tail:
            case "PUT", ["recall"]:
                gateway.recall(gid, sid)
                return reply([{"success": {"id": sid}}])
            case "PUT", ["store"]:
                members = world["groups"][gid]["lights"]
                world["scenes"][gid][sid] = {lid: storable(world["lights"][lid]["state"]) for lid in members}
                return reply([{"success": {"id": sid}}])
            case "PUT", [] if is_text(payload.get("name")):
                gateway.rename_scene(gid, sid, payload["name"])
                return reply([{"success": {"id": sid}}])
            case "PUT", ["lights", lid, "state"] if lid in world["lights"]:
                world["scenes"][gid][sid].setdefault(lid, {}).update(payload)
                return reply([{"success": {"id": lid}}])
            case "DELETE", []:
                gateway.delete_scene(gid, sid)
                return reply([{"success": {"id": sid}}])
        return error_response(RESOURCE_NOT_AVAILABLE, f"/groups/{gid}/scenes/{sid}")
