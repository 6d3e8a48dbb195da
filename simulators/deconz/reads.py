"""GET requests below an API key."""

from hashlib import blake2s
from http import HTTPStatus
import re
from typing import TYPE_CHECKING

from aiohttp import web

from ..base import Data, reply
from .errors import RESOURCE_NOT_AVAILABLE, error_response
from .etags import digest, with_etag
from .gateway import Gateway, utc_now
from .world import BUTTON_ACTIONS, make_group

if TYPE_CHECKING:
    from .config import GatewayConfig

_DESCRIPTION_PARTS = 3
_KINDS = ("lights", "sensors", "groups", "alarmsystems")


class ResourceReads:
    """Resources as GET returns them."""

    def __init__(self, gateway: Gateway, config: GatewayConfig) -> None:
        """Initialize for the resources of `gateway`."""
        self._gateway = gateway
        self._config = config

    def get(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        """Answer a GET request, with 304 if the client has the current version."""
        if len(parts) == _DESCRIPTION_PARTS and parts[0] == "devices" and parts[2] == "ddf":
            description = self._description(parts[1])
            # The gateway answers with an empty object instead of an error.
            return reply(description, status=HTTPStatus.OK if description else HTTPStatus.NOT_FOUND)
        result = self._find(request, parts)
        if result is None:
            return error_response(RESOURCE_NOT_AVAILABLE, "/" + "/".join(parts))
        world = self._gateway.world
        hashed = {"lights": world["lights"], "sensors": world["sensors"], "groups": world["groups"]}
        # The configuration contains the time: its tag must not change with every second.
        stable = result if parts and parts[0] != "config" else {**hashed, "config": world["config"]}
        tag = f'"{digest(stable)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return reply(result, headers={"ETag": tag})

    def _find(self, request: web.Request, parts: list[str]) -> object:  # noqa: C901, PLR0911, PLR0912
        world = self._gateway.world
        match parts:
            case []:
                return {
                    **{kind: self._list(kind) for kind in _KINDS},
                    "config": self._config.full(request),
                    "schedules": {},
                    "rules": {},
                    "resourcelinks": {},
                    "scenes": {},
                }
            case ["config"]:
                return self._config.full(request)
            case ["schedules" | "rules" | "resourcelinks" | "scenes"]:
                return {}
            case ["lights" | "sensors" | "groups" | "alarmsystems" as kind]:
                return self._list(kind)
            case ["lights" | "sensors" as kind, "new"]:
                new_ids = self._gateway.new_ids[kind]
                names = {rid: {"name": world[kind][rid]["name"]} for rid in new_ids if rid in world[kind]}
                return {"lastscan": "active" if self._gateway.permit_join else "none", **names}
            case ["groups", "0"]:
                return self._group_zero()
            case ["groups", gid, "scenes"] if gid in world["groups"]:
                return {scene["id"]: {"name": scene["name"]} for scene in world["groups"][gid]["scenes"]}
            case ["groups", gid, "scenes", sid] if sid in world["scenes"].get(gid, {}):
                states = world["scenes"][gid][sid]
                name = next(s["name"] for s in world["groups"][gid]["scenes"] if s["id"] == sid)
                return {"name": name, "lights": [{"id": lid, **state} for lid, state in states.items()]}
            case ["lights" | "sensors" | "groups" | "alarmsystems" as kind, rid] if rid in world[kind]:
                return with_etag(world[kind][rid])
            case ["touchlink", "scan"]:
                return self._gateway.touchlink.result()
            case ["devices"]:
                return sorted(self._device_ids())
            case ["devices", uniqueid, section, item, "introspect"]:
                return self._introspect(uniqueid, section, item)
            case ["devices", mac] if mac in self._device_ids():
                return self._device(mac)
        return None

    def _list(self, kind: str) -> Data:
        return {rid: with_etag(resource) for rid, resource in self._gateway.world[kind].items()}

    def _group_zero(self) -> Data:
        lights = self._gateway.switchable_lights()
        return {**make_group("0", "All", lights), "state": self._gateway.any_all_on(lights)}

    def _device_ids(self) -> set[str]:
        world = self._gateway.world
        resources = [*world["lights"].values(), *world["sensors"].values()]
        return {_mac(resource["uniqueid"]) for resource in resources} - {""}

    def _resources(self, mac: str) -> list[tuple[str, Data]]:
        """Return the resources of a device, with their collection."""
        return [
            (kind, resource)
            for kind in ("lights", "sensors")
            for resource in self._gateway.world[kind].values()
            if _mac(resource["uniqueid"]) == mac
        ]

    def _description(self, mac: str) -> Data:
        """Return the description of a device, or nothing if the gateway has none."""
        resources = self._resources(mac)
        words = [self._gateway.words_of(resource) for _, resource in resources]
        if not any(words):
            return {}
        first = resources[0][1]
        return {
            "schema": "devcap1.schema.json",
            "manufacturername": first.get("manufacturername", ""),
            "modelid": first.get("modelid", ""),
            "status": "Gold",
            "subdevices": [
                {
                    "type": resource.get("type", ""),
                    "restapi": f"/{kind}",
                    "uuid": ["$address.ext", *(f"0x{part}" for part in resource["uniqueid"].split("-")[1:])],
                    **({"meta": {"values": values}} if values else {}),
                    "items": [
                        {"name": f"{section}/{item}"}
                        for section in ("config", "state")
                        for item in resource.get(section, {})
                    ],
                }
                for (kind, resource), values in zip(resources, words, strict=True)
            ],
        }

    def _device(self, mac: str) -> Data:
        resources = [resource for _, resource in self._resources(mac)]
        first = resources[0]
        return {
            "ddf_hash": blake2s(mac.encode(), digest_size=16).hexdigest(),
            "lastseen": first.get("lastseen"),
            "manufacturername": first["manufacturername"],
            "modelid": first["modelid"],
            "name": first["name"],
            "productid": first.get("productname", first["modelid"]),
            "swversion": first["swversion"],
            "uniqueid": mac,
            "subdevices": [
                {
                    "type": resource["type"],
                    "uniqueid": resource["uniqueid"],
                    "config": _with_times(resource.get("config", {})),
                    "state": _with_times(resource["state"]),
                }
                for resource in resources
            ],
        }

    def _introspect(self, uniqueid: str, section: str, item: str) -> object:
        keys = {rid: key for key, rid in self._gateway.world["ids"]["sensors"].items()}
        for rid, resource in self._gateway.world["sensors"].items():
            if resource["uniqueid"] != uniqueid or item not in resource.get(section, {}):
                continue
            key = keys.get(rid, rid)
            if item == "buttonevent" and (spec := self._gateway.buttons.get(key)) is not None:
                return _introspect_buttons(*spec)
            if (limits := self._gateway.introspection.get((key, item))) is not None:
                return {"type": "int16", **limits}
            value = resource[section][item]
            kind = "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "string"
            # An item without a range has neither limit.
            return {"type": kind}
        return None


def _introspect_buttons(names: list[str], actions: list[int]) -> Data:
    return {
        "type": "int32",
        "buttons": {str(number): {"name": name} for number, name in enumerate(names, 1)},
        "values": {
            str(number * 1000 + action): {"button": str(number), "action": BUTTON_ACTIONS[action]}
            for number in range(1, len(names) + 1)
            for action in actions
        },
    }


def _with_times(section: Data) -> Data:
    updated = section.get("lastupdated", utc_now())
    return {name: {"value": value, "lastupdated": updated} for name, value in section.items()}


def _mac(uniqueid: str) -> str:
    return uniqueid[:23] if re.fullmatch(r"([0-9a-f]{2}:){7}[0-9a-f]{2}", uniqueid[:23]) else ""
