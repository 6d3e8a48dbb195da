"""PUT, POST and DELETE requests for lights and sensors (docs/protocols/deconz.md, 5)."""

import asyncio
import secrets
from typing import TYPE_CHECKING

from ..base import Data, reply
from .checks import (
    COLORS,
    LIDL_STRIP_PARAMETERS,
    LIGHT_CHECKS,
    MODIFIERS,
    MOMENTARY_CONFIG,
    config_error,
    effects,
    has_type_of,
    is_lidl_strip,
    is_text,
    is_tuya_siren,
    must_be_on,
    supports,
)
from .errors import (
    DEVICE_IS_OFF,
    DEVICE_NOT_REACHABLE,
    INVALID_VALUE,
    METHOD_NOT_AVAILABLE,
    MISSING_PARAMETER,
    NOT_MODIFIABLE,
    PARAMETER_NOT_AVAILABLE,
    RESOURCE_NOT_AVAILABLE,
    error,
    error_response,
    results_response,
)

if TYPE_CHECKING:
    from aiohttp import web

    from .gateway import Gateway

PURIFIER_SPEEDS = {"off": 0, "speed_1": 20, "speed_2": 40, "speed_3": 60, "speed_4": 80, "speed_5": 100}


class ResourceWrites:
    """Writes to lights and sensors."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize for the resources of `gateway`."""
        self._gateway = gateway

    def write(  # noqa: PLR0911
        self, method: str, kind: str, rest: list[str], payload: Data
    ) -> web.Response:
        """Handle a request below /lights or /sensors."""
        gateway = self._gateway
        address = "/".join(["", kind, *rest])
        if method == "POST" and not rest:
            if kind == "sensors" and payload:
                return self._create_clip_sensor(payload)
            return self._search(kind)
        if not rest or rest[0] not in gateway.world[kind]:
            return error_response(RESOURCE_NOT_AVAILABLE, address)
        rid = rest[0]
        match method, rest[1:]:
            case "DELETE", []:
                gateway.delete(kind, rid)
                return reply([{"success": {"id": rid}}])
            case "DELETE", ["groups" | "scenes"] if kind == "lights":
                return reply([{"success": f"{address} deleted"}])
            case "PUT", _ if not payload:
                return error_response(MISSING_PARAMETER, address)
            case "PUT", []:
                return self._put_name(kind, rid, payload)
            case "PUT", ["state"]:
                put = self._put_light if kind == "lights" else self._put_clip_state
                return put(rid, payload)
            case "PUT", ["config"]:
                put = self._put_light_config if kind == "lights" else self._put_sensor_config
                return put(rid, payload)
        return error_response(METHOD_NOT_AVAILABLE, address, method=method)

    def _search(self, kind: str) -> web.Response:
        duration = self._gateway.world["config"]["networkopenduration"]
        self._gateway.permit_until = asyncio.get_running_loop().time() + duration
        self._gateway.new_ids[kind].clear()
        return reply([{"success": {f"/{kind}": f"Searching for new {kind}"}}])

    def _put_name(self, kind: str, rid: str, payload: Data) -> web.Response:
        results: list[Data] = []
        for name, value in payload.items():
            address = f"/{kind}/{rid}/{name}"
            if name != "name":
                results.append(error(PARAMETER_NOT_AVAILABLE, address, name=name))
            elif not is_text(value):
                results.append(error(INVALID_VALUE, address, name=name, value=value))
            else:
                self._gateway.rename(kind, rid, value)
                results.append({"success": {address: value}})
        return results_response(results)

    def _put_light(self, rid: str, payload: Data) -> web.Response:
        address = f"/lights/{rid}/state"
        if not self._gateway.world["lights"][rid]["state"]["reachable"]:
            return error_response(DEVICE_NOT_REACHABLE, address)
        resource = self._gateway.world["lights"][rid]
        if is_tuya_siren(resource):
            return self._put_tuya_siren(payload, address)
        results, changes = self._light_changes(rid, payload, address)
        self._gateway.light_control.apply(rid, changes)
        return results_response(results)

    def _put_tuya_siren(self, payload: Data, address: str) -> web.Response:
        refused = [name for name in payload if name not in ("on", "alert", "transitiontime")]
        if refused:
            # One parameter that is not available is enough for the whole request to be refused.
            return results_response(
                [error(PARAMETER_NOT_AVAILABLE, f"{address}/{name}", name=name) for name in refused]
            )
        return results_response([{"success": {f"{address}/{name}": value}} for name, value in payload.items()])

    def _light_changes(self, rid: str, payload: Data, address: str) -> tuple[list[Data], Data]:
        resource = self._gateway.world["lights"][rid]
        state = resource["state"]
        results: list[Data] = []
        changes: Data = {}
        # A light that is off accepts a brightness only together with "on".
        on = payload.get("on") is True or payload.get("toggle") is True or state.get("on") is True
        for name in sorted(payload, key=lambda item: item != "on"):
            value, where = payload[name], f"{address}/{name}"
            check = LIGHT_CHECKS.get(name)
            refused = is_lidl_strip(resource) and name not in LIDL_STRIP_PARAMETERS
            if check is None or refused or not supports(state, name):
                results.append(error(PARAMETER_NOT_AVAILABLE, where, name=name))
            elif (
                not check(value)
                or (name == "ct" and "ctmin" in resource and not resource["ctmin"] <= value <= resource["ctmax"])
                or (name == "effect" and value not in effects(resource))
            ):
                results.append(error(INVALID_VALUE, where, name=name, value=value))
            elif must_be_on(resource, name) and not on:
                results.append(error(DEVICE_IS_OFF, where, name=name))
            elif name in COLORS and state.get("effect") == "colorloop" and "effect" not in payload:
                results.append(error(NOT_MODIFIABLE, where, name=name))
            else:
                if name not in MODIFIERS:
                    changes[name] = value
                results.append({"success": {where: value}})
        return results, changes

    def _put_light_config(self, rid: str, payload: Data) -> web.Response:
        config = self._gateway.world["lights"][rid].get("config", {})
        results: list[Data] = []
        changed = self._merge_config(config, payload, f"/lights/{rid}/config", results)
        if changed:
            self._gateway.announce("lights", rid, "config", changed)
        return results_response(results)

    def _merge_config(self, config: Data, payload: Data, address: str, results: list[Data]) -> Data:
        changed: Data = {}
        for name, value in payload.items():
            where = f"{address}/{name}"
            if name not in config or name == "groups":
                results.append(error(PARAMETER_NOT_AVAILABLE, where, name=name))
            elif isinstance(config[name], dict):
                if not isinstance(value, dict):
                    results.append(error(INVALID_VALUE, where, name=name, value=value))
                elif inner := self._merge_config(config[name], value, where, results):
                    changed[name] = inner
            elif isinstance(value, dict) or value is None or (isinstance(value, list) and name != "startup"):
                results.append(error(INVALID_VALUE, where, name=name, value=value))
            else:
                config[name] = changed[name] = value
                results.append({"success": {where: value}})
        return changed

    def _put_sensor_config(self, rid: str, payload: Data) -> web.Response:
        resource = self._gateway.world["sensors"][rid]
        config = resource["config"]
        if not config.get("reachable", True) and not resource["type"].startswith("CLIP"):
            return error_response(DEVICE_NOT_REACHABLE, f"/sensors/{rid}/config")
        results: list[Data] = []
        changes: Data = {}
        words = self._gateway.words_of(resource)
        for name, value in payload.items():
            where = f"/sensors/{rid}/config/{name}"
            if (kind := config_error(config, name, value, words.get(f"config/{name}"))) is not None:
                results.append(error(kind, where, name=name, value=value))
            else:
                if name not in MOMENTARY_CONFIG:
                    changes[name] = value
                results.append({"success": {where: value}})
        if changes:
            self._gateway.set_sensor_config(rid, **changes)
            self._follow_config(rid, resource, changes)
        return results_response(results)

    def _follow_config(self, rid: str, resource: Data, changes: Data) -> None:
        """Change the state of a sensor as its device does after a change of settings."""
        if "lock" in changes:
            self._gateway.set_sensor_state(rid, lockstate="locked" if changes["lock"] else "unlocked")
        if (mode := changes.get("mode")) in PURIFIER_SPEEDS and resource["type"] == "ZHAAirPurifier":
            self._gateway.set_sensor_state(rid, speed=PURIFIER_SPEEDS[mode])
        if "heatsetpoint" in changes and "temperature" in resource["state"]:
            warm = resource["state"]["temperature"] >= changes["heatsetpoint"]
            self._gateway.set_sensor_state(rid, on=not warm, valve=0 if warm else 60)

    def _put_clip_state(self, rid: str, payload: Data) -> web.Response:
        resource = self._gateway.world["sensors"][rid]
        results: list[Data] = []
        changes: Data = {}
        for name, value in payload.items():
            where = f"/sensors/{rid}/state/{name}"
            if not resource["type"].startswith("CLIP"):
                results.append(error(NOT_MODIFIABLE, where, name=name))
            elif name not in resource["state"] or name == "lastupdated":
                results.append(error(PARAMETER_NOT_AVAILABLE, where, name=name))
            elif not has_type_of(resource["state"][name], value):
                results.append(error(INVALID_VALUE, where, name=name, value=value))
            else:
                changes[name] = value
                results.append({"success": {where: value}})
        if changes:
            self._gateway.set_sensor_state(rid, **changes)
        return results_response(results)

    def _create_clip_sensor(self, payload: Data) -> web.Response:
        kind = payload.get("type")
        if not isinstance(kind, str) or not kind.startswith("CLIP"):
            return error_response(INVALID_VALUE, "/sensors", name="type", value=kind)
        resource = {
            "config": {"on": True, "reachable": True, **payload.get("config", {})},
            "etag": "",
            "manufacturername": payload.get("manufacturername", ""),
            "modelid": payload.get("modelid", ""),
            "name": payload.get("name", kind),
            "state": {"lastupdated": "none", **payload.get("state", {})},
            "swversion": payload.get("swversion", "1.0"),
            "type": kind,
            "uniqueid": payload.get("uniqueid", secrets.token_hex(8)),
        }
        return reply([{"success": {"id": self._gateway.add("sensors", resource)}}])
