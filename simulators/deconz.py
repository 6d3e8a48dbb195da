"""A deCONZ gateway.

Written from documents/deconz-websocket.txt and facts/deconz.md sections 1 to 3 and appendices A to C.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from http import HTTPStatus
import re
import secrets
from typing import Any, ClassVar

from aiohttp import web
import orjson

from .base import Data, Frame, Simulator, Socket, is_upgrade, parse, reply
from .deconz_home import ACTIONS, BRIDGE_ID, MAC, SWITCHES, build, dim_state, group, light, sensor

ALL_LIGHTS = "65520"
KEY = "0123456789"
TEXTS = {
    1: "unauthorized user",
    2: "body contains invalid JSON",
    3: "resource, {address}, not available",
    4: "method, {method}, not available for resource, {address}",
    5: "missing parameters in body",
    6: "parameter, {name}, not available",
    7: "invalid value, {value}, for parameter, {name}",
    8: "parameter, {name}, is not modifiable",
    101: "link button not pressed",
    201: "parameter, {name}, is not modifiable. Device is set to off.",
    202: "resource, {address}, is not modifiable. Device is not reachable.",
    901: "Internal error, 951",
}
STATUSES = {1: 403, 3: 404, 101: 403, 201: 200, 202: 200, 901: 503}
"""HTTP status by error type; what is not listed is 400 (facts/deconz.md, 1.5)."""

ALERTS = frozenset({"none", "select", "lselect", "blink", "breathe", "okay", "channelchange", "finish", "stop"})
MODIFIERS = frozenset({"transitiontime", "ontime", "wrap", "colorloopspeed"})
READ_ONLY_CONFIG = frozenset(
    {"battery", "reachable", "pending", "temperature", "sensitivitymax", "configured", "enrolled"}
)
MOMENTARY_CONFIG = frozenset({"resetpresence", "selftest", "restart_device", "spatial_learning", "alert"})
EVENT_ITEMS = frozenset({"action", "buttonevent", "rotaryevent", "presenceevent"})
PURIFIER_SPEEDS = {"off": 0, "speed_1": 20, "speed_2": 40, "speed_3": 60, "speed_4": 80, "speed_5": 100}

HOUSE: list[tuple[str, str, str | None, Data]] = [
    ("Klima", "ZHATemperature", "0402", {"temperature": 2000}),
    ("Klima", "ZHAHumidity", "0405", {"humidity": 4500}),
    ("Klima", "ZHAPressure", "0403", {"pressure": 1005}),
    ("Bewegung", "ZHAPresence", "0406", {"presence": False}),
    ("Bewegung", "ZHALightLevel", "0400", {"lightlevel": 12000, "lux": 16, "dark": False, "daylight": False}),
    ("Bewegung", "ZHATemperature", "0402", {"temperature": 2000}),
    ("Kontakt", "ZHAOpenClose", "0006", {"open": False}),
    ("Steckdose", "Smart plug", None, {"alert": "none", "on": True, "reachable": True}),
    ("Steckdose", "ZHAPower", "0b04", {"power": 20, "voltage": 230, "current": 90}),
    ("Steckdose", "ZHAConsumption", "0702", {"consumption": 5000}),
    ("Lampe", "Dimmable light", None, {"alert": "none", "bri": 90, "on": True, "reachable": True}),
    ("Leuchte", "Dimmable light", None, {"alert": "none", "bri": 90, "on": True, "reachable": True}),
    ("Taster", "ZHASwitch", "1000", {"buttonevent": 1002}),
]
"""What a large network is made of: name of the device, type, cluster of a sensor and state."""

type Check = Callable[[object], bool]


def _between(low: float, high: float) -> Check:
    def check(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return check


def _anything(_: object) -> bool:
    return True


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 32  # noqa: PLR2004


def _one_of(*words: str) -> Check:
    def check(value: object) -> bool:
        return value in words

    return check


def _is_xy(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_between(0, 1), value))  # noqa: PLR2004


LIGHT_CHECKS: dict[str, Check] = {
    "on": _is_bool,
    "open": _is_bool,
    "stop": _is_bool,
    "bri": _between(0, 255),
    "bri_inc": _between(-254, 254),
    "ct": _between(0, 65535),
    "ct_inc": _between(-65534, 65534),
    "hue": _between(0, 65535),
    "sat": _between(0, 255),
    "xy": _is_xy,
    "speed": _between(0, 6),
    "lift": lambda value: value == "stop" or _between(0, 100)(value),
    "lift_inc": _between(-100, 100),
    "gradient": lambda value: isinstance(value, dict) and isinstance(value.get("points"), list),
    "music_sync": _is_bool,
    "tilt": _between(0, 100),
    "effect": lambda value: isinstance(value, str),
    "alert": lambda value: isinstance(value, str) and value in ALERTS,
    "transitiontime": _between(0, 65535),
    "ontime": _between(0, 65535),
    # Of a group alone: the on/off control of ZigBee's "on with timed off".
    "onoffcontrol": _between(0, 255),
    "wrap": _is_bool,
    "toggle": _is_bool,
    "colorloopspeed": _between(0, 255),
}

CONFIG_RANGES: dict[str, Check] = {
    "delay": _between(0, 65535),
    "duration": _between(0, 65535),
    "sensitivity": _between(0, 21),
    "tholddark": _between(0, 65534),
    "tholdoffset": _between(1, 65534),
    "offset": _between(-32768, 32767),
    "heatsetpoint": _between(500, 3200),
    "coolsetpoint": _between(700, 3500),
    "sunriseoffset": _between(-120, 120),
    "sunsetoffset": _between(-120, 120),
    "fadingtime": _between(0, 65535),
    "detectionrange": _between(0, 600),
    "unoccupiedheatsetpoint": _between(500, 3200),
    "externalsensortemp": _between(-32768, 32767),
    "controlsequence": _between(0, 5),
    "windowcoveringtype": _between(0, 9),
    "volume": _between(0, 2),
    "melody": _between(0, 255),
    "interfacemode": _between(0, 65535),
    "pulseconfiguration": _between(0, 65535),
    "filterlifetime": _between(0, 2**32 - 1),
    "triggerdistance": _one_of("far", "medium", "near"),
    "devicemode": _one_of(
        "leftright", "undirected", "singlerocker", "singlepushbutton", "dualrocker", "dualpushbutton"
    ),
    "clickmode": _one_of("coupled", "decoupled", "highspeed", "multiclick"),
    "temperaturemeasurement": _one_of("air sensor", "floor sensor", "floor protection"),
    "group": lambda value: isinstance(value, str) and re.fullmatch(r"auto|\d+(,\d+)*", value) is not None,
    "resetpresence": _is_bool,
    "restart_device": _is_bool,
    "selftest": _is_bool,
    "spatial_learning": _is_bool,
    "alert": _one_of("none", "select", "lselect"),
}

GATEWAY_CHECKS: dict[str, Check] = {
    "name": _is_text,
    "permitjoin": _between(0, 255),
    "unlock": _between(0, 600),
    "rfconnected": _is_bool,
    "otauactive": _is_bool,
    "zigbeechannel": lambda value: value in (11, 15, 20, 25),
    "groupdelay": _between(0, 5000),
    "networkopenduration": _between(1, 65535),
    "lightlastseeninterval": _between(1, 65535),
    "websocketnotifyall": _is_bool,
    "timezone": _is_text,
    "ntp": _is_text,
    "discovery": _is_bool,
}
"""What PUT /config takes (facts/deconz.md, 1.4)."""


class DeconzSimulator(Simulator):
    """The gateway with its network; methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "deconz"

    def __init__(
        self,
        *,
        notify_all: bool = True,
        shared_port: bool = False,
        attr_names: bool = False,
        link: bool = False,
        close_after: float | None = None,
        **options: Any,
    ) -> None:
        """Prepare a gateway.

        `shared_port` serves the socket on the REST port, as gateways since 2.32 do; `attr_names`
        announces names as `attr`, not in the documented top-level form; `link` leaves the key out
        of `user_input`; `close_after` cuts each socket after so many seconds, as 2.32.2 did.
        """
        super().__init__(**options)
        self.separate_socket = not shared_port
        self.attr_names = attr_names
        self.link = link
        self.close_after = close_after
        self.keys: dict[str, Data] = {KEY: {"name": "Simulator", "created": _now()}}
        self.unlocked = False
        self.radio_not_ready = False
        self.advertised_ws_port: int | None = None
        self.world = build()
        self.world["config"] = {
            "name": "Phoscon-GW",
            "permitjoin": 0,
            "websocketnotifyall": notify_all,
            "zigbeechannel": 15,
            "rfconnected": True,
            "otauactive": True,
            "groupdelay": 50,
            "networkopenduration": 60,
            "lightlastseeninterval": 60,
            "discovery": True,
            "timezone": "Europe/Berlin",
            "ntp": "synced",
        }
        self.seconds = 1.0
        self._permit_until = 0.0
        self._new: dict[str, list[str]] = {"lights": [], "sensors": []}
        self._moves: dict[str, asyncio.TimerHandle] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._code = "1234"
        # What introspection tells beside the type, by a sensor's key here and an item of its configuration.
        self.limits: dict[tuple[str, str], Data] = {}
        self._flooded: list[str] = []
        self._stamped = ""
        self._heard = 0
        for gid in ("0", *self.world["groups"]):
            self._group_state(gid)
        self.lost = 0

    @property
    def keepalive_seconds(self) -> float:
        """How long an idle REST connection lives (facts/deconz.md, 1.1)."""
        return 10.0

    @property
    def version(self) -> str:
        """The gateway software's version."""
        return "2.33.2" if not self.separate_socket else "2.29.5"

    @property
    def api_key(self) -> str:
        """A key that works, as long as it is not revoked."""
        return KEY

    @property
    def user_input(self) -> Data:
        """Host, port and, unless linking is wanted, a key."""
        data: Data = {"host": self.host, "port": self.port}
        return data if self.link else {**data, "api_key": KEY}

    @property
    def steps(self) -> list[Data]:
        """The link step, when linking is wanted."""
        return [{"step_id": "deconz_link", "data": {}}] if self.link else []

    @property
    def notify_all(self) -> bool:
        """Whether frames carry all items of a section, or those that changed."""
        return bool(self.world["config"]["websocketnotifyall"])

    # Serving

    def error_body(self, status: int) -> object:
        """Return an error list with the type that usually stands for `status`."""
        kind = {401: 1, 403: 1, 404: 3, 503: 901}.get(status, 2)
        return [_error(kind, "/")]

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:  # noqa: PLR0911
        """Answer REST, and accept sockets on any path of their port."""
        transport = request.transport
        port = transport.get_extra_info("sockname")[1] if transport is not None else 0
        if is_upgrade(request) and port == self.ws_port:
            return await self.socket(request)
        if port != self.port:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        parts = request.path.strip("/").split("/")
        if parts[0] == "description.xml":
            return web.Response(text=_description(self), content_type="application/xml")
        if parts[0] != "api":
            return web.Response(status=HTTPStatus.NOT_FOUND, text="<html>Phoscon</html>")
        if parts == ["api"] and request.method == "POST":
            return self._register(body)
        if len(parts) < 2 or parts[1] not in self.keys:  # noqa: PLR2004
            if request.method == "GET" and (parts[1:] == ["config"] or parts[2:] == ["config"]):
                return reply(self._basics())
            self.logins += 1
            self.refused_logins += 1
            return _errors([_error(1, "/" + "/".join(parts[2:]))])
        return await self._rest(request, parts[2:], body)

    def opened(self, socket: Socket) -> None:
        """Start the clock of a gateway that closes sockets by mistake."""
        if self.close_after is not None:
            self.later(self.close_after, socket.abort)

    def unlock(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Open or close the gateway for new keys."""
        self.unlocked = on

    def revoke(self, key: str = KEY) -> None:
        """Forget an API key."""
        self.keys.pop(key, None)

    def _register(self, body: bytes) -> web.Response:
        self.logins += 1
        data = parse(body)
        if not isinstance(data, dict):
            return _errors([_error(2, "/")])
        name, wanted = data.get("devicetype"), data.get("username")
        if name is None:
            return _errors([_error(5, "/")])
        if not isinstance(name, str) or not 0 < len(name) <= 40:  # noqa: PLR2004
            return _errors([_error(7, "/devicetype", name="devicetype", value=name)])
        if wanted is not None and (not isinstance(wanted, str) or len(wanted) < 10):  # noqa: PLR2004
            return _errors([_error(7, "/username", name="username", value=wanted)])
        if not self.unlocked:
            self.refused_logins += 1
            return _errors([_error(101, "")])
        known = [key for key, entry in self.keys.items() if entry["name"] == name]
        key = wanted or (known[0] if known else secrets.token_hex(5).upper())
        self.keys[key] = {"name": name, "created": _now()}
        return reply([{"success": {"username": key}}])

    def _basics(self) -> Data:
        return {
            "apiversion": "1.16.0",
            "bridgeid": "0000000000000000" if self.radio_not_ready else BRIDGE_ID,
            "datastoreversion": "93",
            "devicename": "ConBee II",
            "factorynew": False,
            "mac": MAC,
            "modelid": "deCONZ",
            "name": self.world["config"]["name"],
            "replacesbridgeid": None,
            "starterkitid": "",
            "swversion": self.version,
        }

    def _config(self, request: web.Request) -> Data:
        stored = self.world["config"]
        config = {
            **self._basics(),
            "UTC": _now()[:19],
            "localtime": _now()[:19],
            "fwversion": "0x00000000" if self.radio_not_ready else "0x26780700",
            "ipaddress": self.host,
            "panid": 21345,
            "port": self.port,
            "rfconnected": stored["rfconnected"],
            "timezone": stored["timezone"],
            "websocketnotifyall": stored["websocketnotifyall"],
            "websocketport": self.advertised_ws_port or self.ws_port,
            **({"websocketport_wss": self.ws_port} if self.tls is not None else {}),
            "whitelist": {
                key: {"create date": entry["created"], "last use date": _now()[:19], "name": entry["name"]}
                for key, entry in self.keys.items()
            },
            "zigbeechannel": stored["zigbeechannel"],
            "networkopenduration": stored["networkopenduration"],
            "lightlastseeninterval": stored["lightlastseeninterval"],
        }
        if "vnd.ddel" in request.headers.get("Accept", ""):
            config |= {
                "permitjoin": self.permit_join,
                "permitjoinfull": 0,
                "otauactive": stored["otauactive"],
                "otaustate": "idle",
                "groupdelay": stored["groupdelay"],
                "discovery": stored["discovery"],
                "fwneedupdate": False,
                "updatechannel": "stable",
            }
        return config

    @property
    def permit_join(self) -> int:
        """Seconds the network is still open for new devices."""
        return max(0, round(self._permit_until - asyncio.get_running_loop().time()))

    async def _rest(  # noqa: C901, PLR0911
        self, request: web.Request, parts: list[str], body: bytes
    ) -> web.StreamResponse:
        method = request.method
        address = "/" + "/".join(parts)
        data: object = {}
        if method in ("PUT", "POST") and body:
            data = parse(body)
            if not isinstance(data, dict):
                return _errors([_error(2, address)])
        payload: Data = data if isinstance(data, dict) else {}
        if method == "GET":
            return self._get(request, parts)
        match method, parts:
            case "PUT", ["config"]:
                return self._put_gateway(payload)
            case "DELETE", ["config", "whitelist", key] if key in self.keys:
                del self.keys[key]
                return reply([{"success": f"/config/whitelist/{key} deleted."}])
            case "POST", ["config", "restart" | "restartapp" | "update" | "updatefirmware" | "export" as what]:
                if what.startswith("restart"):
                    self.later(0.05, lambda: self.spawn(self.restart()))
                return reply([{"success": {f"/config/{what}": True}}])
            case _, ["lights" | "sensors" as kind, *rest]:
                return self._write_resource(method, kind, rest, payload)
            case _, ["groups", *rest]:
                return self._write_group(method, rest, payload)
            case "PUT", ["alarmsystems", aid, *rest] if aid in self.world["alarmsystems"]:
                return self._write_alarm(aid, rest, payload)
        return _errors([_error(4 if parts else 3, address, method=method)])

    def _get(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        found = self._look_up(request, parts)
        if found is None:
            return _errors([_error(3, "/" + "/".join(parts))])
        hashed = {"lights": self.world["lights"], "sensors": self.world["sensors"], "groups": self.world["groups"]}
        stable = found if parts and parts[0] != "config" else {**hashed, "config": self.world["config"]}
        digest = blake2s(orjson.dumps(stable), digest_size=16).hexdigest()
        tag = f'"{digest}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return reply(found, headers={"ETag": tag})

    def _look_up(self, request: web.Request, parts: list[str]) -> object:  # noqa: C901, PLR0911
        world = self.world
        match parts:
            case []:
                kinds = ("lights", "sensors", "groups", "alarmsystems")
                full = {kind: self._listed(kind) for kind in kinds}
                return {
                    **full,
                    "config": self._config(request),
                    "schedules": {},
                    "rules": {},
                    "resourcelinks": {},
                    "scenes": {},
                }
            case ["config"]:
                return self._config(request)
            case ["schedules" | "rules" | "resourcelinks" | "scenes"]:
                return {}
            case ["lights" | "sensors" | "groups" | "alarmsystems" as kind]:
                return self._listed(kind)
            case ["lights" | "sensors" as kind, "new"]:
                names = {rid: {"name": world[kind][rid]["name"]} for rid in self._new[kind] if rid in world[kind]}
                return {"lastscan": "active" if self.permit_join else "none", **names}
            case ["groups", "0"]:
                return self._group_zero()
            case ["groups", gid, "scenes"] if gid in world["groups"]:
                return {scene["id"]: {"name": scene["name"]} for scene in world["groups"][gid]["scenes"]}
            case ["groups", gid, "scenes", sid] if sid in world["scenes"].get(gid, {}):
                states = world["scenes"][gid][sid]
                name = next(s["name"] for s in world["groups"][gid]["scenes"] if s["id"] == sid)
                return {"name": name, "lights": [{"id": lid, **state} for lid, state in states.items()]}
            case ["lights" | "sensors" | "groups" | "alarmsystems" as kind, rid] if rid in world[kind]:
                return _tagged(world[kind][rid])
            case ["devices"]:
                return sorted(self._device_ids())
            case ["devices", uniqueid, section, item, "introspect"]:
                return self._introspect(uniqueid, section, item)
            case ["devices", mac] if mac in self._device_ids():
                return self._device(mac)
        return None

    def _listed(self, kind: str) -> Data:
        return {rid: _tagged(resource) for rid, resource in self.world[kind].items()}

    def _group_zero(self) -> Data:
        lights = self._switchable()
        return {**group("0", "All", lights), "state": self._any_all(lights)}

    def _device_ids(self) -> set[str]:
        resources = [*self.world["lights"].values(), *self.world["sensors"].values()]
        return {_mac(resource["uniqueid"]) for resource in resources} - {""}

    def _device(self, mac: str) -> Data:
        found = [
            resource
            for kind in ("lights", "sensors")
            for resource in self.world[kind].values()
            if _mac(resource["uniqueid"]) == mac
        ]
        first = found[0]
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
                    "config": _valued(resource.get("config", {})),
                    "state": _valued(resource["state"]),
                }
                for resource in found
            ],
        }

    def _introspect(self, uniqueid: str, section: str, item: str) -> object:
        for rid, resource in self.world["sensors"].items():
            if resource["uniqueid"] != uniqueid or item not in resource.get(section, {}):
                continue
            keys = {found: key for key, found in self.world["ids"]["sensors"].items()}
            if item == "buttonevent" and (spec := SWITCHES.get(keys.get(rid, ""))) is not None:
                names, actions = spec
                return {
                    "type": "int32",
                    "buttons": {str(number): {"name": name} for number, name in enumerate(names, 1)},
                    "values": {
                        str(number * 1000 + action): {"button": str(number), "action": ACTIONS[action]}
                        for number in range(1, len(names) + 1)
                        for action in actions
                    },
                }
            value = resource[section][item]
            if (told := self.limits.get((keys.get(rid, ""), item))) is not None:
                return {"type": "int16", **told}
            kind = "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "string"
            # Where the device's description names no range, it is that of the type.
            return {"type": kind, "minimum": -(2**31), "maximum": 2**31 - 1} if kind == "int32" else {"type": kind}
        return None

    # Writes

    def _put_gateway(self, payload: Data) -> web.Response:
        if not payload:
            return _errors([_error(5, "/config")])
        results: list[Data] = []
        for name, value in payload.items():
            if (check := GATEWAY_CHECKS.get(name)) is None:
                results.append(_error(6, f"/config/{name}", name=name))
            elif not check(value):
                results.append(_error(7, f"/config/{name}", name=name, value=value))
            else:
                if name == "permitjoin":
                    self._permit_until = asyncio.get_running_loop().time() + value
                elif name == "unlock":
                    self.unlocked = value > 0
                else:
                    self.world["config"][name] = value
                results.append({"success": {f"/config/{name}": value}})
        return _answer(results)

    def _write_resource(  # noqa: PLR0911
        self, method: str, kind: str, rest: list[str], payload: Data
    ) -> web.Response:
        address = "/".join(["", kind, *rest])
        if method == "POST" and not rest:
            if kind == "sensors" and payload:
                return self._create_clip(payload)
            duration = self.world["config"]["networkopenduration"]
            self._permit_until = asyncio.get_running_loop().time() + duration
            self._new[kind].clear()
            return reply([{"success": {f"/{kind}": f"Searching for new {kind}"}}])
        if not rest or rest[0] not in self.world[kind]:
            return _errors([_error(3, address)])
        rid = rest[0]
        match method, rest[1:]:
            case "DELETE", []:
                self.delete(kind, rid)
                return reply([{"success": {"id": rid}}])
            case "DELETE", ["groups" | "scenes"] if kind == "lights":
                return reply([{"success": f"{address} deleted"}])
            case "PUT", _ if not payload:
                return _errors([_error(5, address)])
            case "PUT", []:
                return self._put_name(kind, rid, payload)
            case "PUT", ["state"]:
                put = self._put_light if kind == "lights" else self._put_clip
                return put(rid, payload)
            case "PUT", ["config"]:
                put = self._put_light_config if kind == "lights" else self._put_sensor_config
                return put(rid, payload)
        return _errors([_error(4, address, method=method)])

    def _put_name(self, kind: str, rid: str, payload: Data) -> web.Response:
        results: list[Data] = []
        for name, value in payload.items():
            address = f"/{kind}/{rid}/{name}"
            if name != "name":
                results.append(_error(6, address, name=name))
            elif not _is_text(value):
                results.append(_error(7, address, name=name, value=value))
            else:
                self.rename(kind, rid, value)
                results.append({"success": {address: value}})
        return _answer(results)

    def _put_light(self, rid: str, payload: Data) -> web.Response:
        address = f"/lights/{rid}/state"
        if not self.world["lights"][rid]["state"]["reachable"]:
            return _errors([_error(202, address)])
        results, changes = self._light_changes(rid, payload, address)
        self._apply_light(rid, changes)
        return _answer(results)

    def _light_changes(self, rid: str, payload: Data, address: str) -> tuple[list[Data], Data]:
        resource = self.world["lights"][rid]
        state = resource["state"]
        results: list[Data] = []
        changes: Data = {}
        # A lamp that is off may be told its brightness only along with "on".
        lit = payload.get("on") is True or payload.get("toggle") is True or state.get("on") is True
        for name in sorted(payload, key=lambda item: item != "on"):
            value, where = payload[name], f"{address}/{name}"
            if (check := LIGHT_CHECKS.get(name)) is None or not _supports(state, name):
                results.append(_error(6, where, name=name))
            elif (
                not check(value)
                or (name == "ct" and "ctmin" in resource and not resource["ctmin"] <= value <= resource["ctmax"])
                or (name == "effect" and value not in _effects(resource))
            ):
                results.append(_error(7, where, name=name, value=value))
            elif _needs_light(resource, name) and not lit:
                results.append(_error(201, where, name=name))
            elif name in COLORS and state.get("effect") == "colorloop" and "effect" not in payload:
                results.append(_error(8, where, name=name))
            else:
                if name not in MODIFIERS:
                    changes[name] = value
                results.append({"success": {where: value}})
        return results, changes

    def _apply_light(self, rid: str, changes: Data) -> None:
        resource = self.world["lights"][rid]
        state = resource["state"]
        new: Data = {}
        if "lift" in state and resource["type"].startswith(("Window", "Level")):
            self._move(rid, changes)
            return
        if changes.get("toggle"):
            new["on"] = not state["on"]
        for name in ("on", "speed", "effect", "music_sync"):
            if name in changes:
                new[name] = changes[name]
        if "speed" in new and "on" in state:
            new["on"] = new["speed"] > 0
        if "bri" in changes:
            bri = min(254, int(changes["bri"]))
            if bri or changes.get("on") is False:
                new["bri"] = bri or state["bri"]
            if not bri:
                new["on"] = False
        if "bri_inc" in changes:
            new["bri"] = min(254, max(1, state["bri"] + changes["bri_inc"]))
        new |= _color(state, changes)
        self.set_light(rid, **{**_effect_mode(resource, changes), **new})

    def _move(self, rid: str, changes: Data) -> None:
        state = self.world["lights"][rid]["state"]
        if (handle := self._moves.pop(rid, None)) is not None:
            handle.cancel()
        if "tilt" in changes:
            self.set_light(rid, tilt=int(changes["tilt"]), sat=round(changes["tilt"] * 2.54))
        target: int | None = None
        if "open" in changes:
            target = 0 if changes["open"] else 100
        elif "on" in changes:
            target = 100 if changes["on"] else 0
        elif "bri" in changes:
            target = round(changes["bri"] / 2.54)
        elif isinstance(changes.get("lift"), int):
            target = changes["lift"]
        elif changes.get("lift_inc"):
            target = min(100, max(0, state["lift"] + changes["lift_inc"]))
        if target is None or changes.get("stop") or changes.get("lift") == "stop":
            return
        self._move_towards(rid, target)

    def _move_towards(self, rid: str, target: int) -> None:
        lift = self.world["lights"][rid]["state"]["lift"]
        lift += max(-25, min(25, target - lift))
        self.set_light(rid, lift=lift, bri=round(lift * 2.54), on=lift > 0, open=lift < 100)  # noqa: PLR2004
        if lift != target:
            self._moves[rid] = self.later(self.seconds / 10, lambda: self._move_towards(rid, target))

    def _put_light_config(self, rid: str, payload: Data) -> web.Response:
        config = self.world["lights"][rid].get("config", {})
        results: list[Data] = []
        changed = self._merge_config(config, payload, f"/lights/{rid}/config", results)
        if changed:
            self._announce("lights", rid, "config", changed)
        return _answer(results)

    def _merge_config(self, config: Data, payload: Data, address: str, results: list[Data]) -> Data:
        changed: Data = {}
        for name, value in payload.items():
            where = f"{address}/{name}"
            if name not in config or name == "groups":
                results.append(_error(6, where, name=name))
            elif isinstance(config[name], dict):
                if not isinstance(value, dict):
                    results.append(_error(7, where, name=name, value=value))
                elif inner := self._merge_config(config[name], value, where, results):
                    changed[name] = inner
            elif isinstance(value, dict) or value is None or (isinstance(value, list) and name != "startup"):
                results.append(_error(7, where, name=name, value=value))
            else:
                config[name] = changed[name] = value
                results.append({"success": {where: value}})
        return changed

    def _put_sensor_config(self, rid: str, payload: Data) -> web.Response:
        resource = self.world["sensors"][rid]
        config = resource["config"]
        if not config.get("reachable", True) and not resource["type"].startswith("CLIP"):
            return _errors([_error(202, f"/sensors/{rid}/config")])
        results: list[Data] = []
        changes: Data = {}
        for name, value in payload.items():
            where = f"/sensors/{rid}/config/{name}"
            if (code := _config_error(config, name, value)) is not None:
                results.append(_error(code, where, name=name, value=value))
            else:
                if name not in MOMENTARY_CONFIG:
                    changes[name] = value
                results.append({"success": {where: value}})
        if changes:
            self.set_sensor_config(rid, **changes)
        if "lock" in changes:
            self.set_sensor_state(rid, lockstate="locked" if changes["lock"] else "unlocked")
        if (mode := changes.get("mode")) in PURIFIER_SPEEDS and resource["type"] == "ZHAAirPurifier":
            self.set_sensor_state(rid, speed=PURIFIER_SPEEDS[mode])
        if "heatsetpoint" in changes and "temperature" in resource["state"]:
            warm = resource["state"]["temperature"] >= changes["heatsetpoint"]
            self.set_sensor_state(rid, on=not warm, valve=0 if warm else 60)
        return _answer(results)

    def _put_clip(self, rid: str, payload: Data) -> web.Response:
        resource = self.world["sensors"][rid]
        results: list[Data] = []
        changes: Data = {}
        for name, value in payload.items():
            where = f"/sensors/{rid}/state/{name}"
            if not resource["type"].startswith("CLIP"):
                results.append(_error(8, where, name=name))
            elif name not in resource["state"] or name == "lastupdated":
                results.append(_error(6, where, name=name))
            elif not _fits(resource["state"][name], value):
                results.append(_error(7, where, name=name, value=value))
            else:
                changes[name] = value
                results.append({"success": {where: value}})
        if changes:
            self.set_sensor_state(rid, **changes)
        return _answer(results)

    def _create_clip(self, payload: Data) -> web.Response:
        kind = payload.get("type")
        if not isinstance(kind, str) or not kind.startswith("CLIP"):
            return _errors([_error(7, "/sensors", name="type", value=kind)])
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
        return reply([{"success": {"id": self.add("sensors", resource)}}])

    def _write_group(  # noqa: PLR0911
        self, method: str, rest: list[str], payload: Data
    ) -> web.Response:
        address = "/".join(["", "groups", *rest])
        if method == "POST" and not rest:
            if not _is_text(payload.get("name")):
                return _errors([_error(5, address)])
            return reply([{"success": {"id": self.add_group(payload["name"])}}])
        if not rest or (rest[0] != "0" and rest[0] not in self.world["groups"]):
            return _errors([_error(3, address)])
        gid = rest[0]
        match method, rest[1:]:
            case "PUT", ["action"]:
                return self._group_action(gid, payload)
            case "PUT", [] if gid != "0":
                return self._put_group(gid, payload)
            case "DELETE", [] if gid != "0":
                self.delete("groups", gid)
                return reply([{"success": {"id": gid}}])
            case "POST", ["scenes"] if gid != "0":
                if not _is_text(payload.get("name")):
                    return _errors([_error(5, address)])
                return reply([{"success": {"id": self.add_scene(gid, payload["name"])}}])
            case _, ["scenes", sid, *tail] if sid in self.world["scenes"].get(gid, {}):
                return self._write_scene(method, gid, sid, tail, payload)
        return _errors([_error(3, address)])

    def _put_group(self, gid: str, payload: Data) -> web.Response:
        if not payload:
            return _errors([_error(5, f"/groups/{gid}")])
        results: list[Data] = []
        for name, value in payload.items():
            where = f"/groups/{gid}/{name}"
            if name == "name" and _is_text(value):
                self.rename("groups", gid, value)
            elif name == "lights" and isinstance(value, list) and all(lid in self.world["lights"] for lid in value):
                self.world["groups"][gid]["lights"] = value
                self._group_state(gid)
            elif name == "hidden" and isinstance(value, bool):
                self.world["groups"][gid]["hidden"] = value
            else:
                known = name in ("name", "lights", "hidden")
                results.append(_error(7 if known else 6, where, name=name, value=value))
                continue
            results.append({"success": {where: value}})
        return _answer(results)

    def _group_action(self, gid: str, payload: Data) -> web.Response:
        address = f"/groups/{gid}/action"
        if not payload:
            return _errors([_error(5, address)])
        results: list[Data] = []
        changes: Data = {}
        for name, value in payload.items():
            where = f"{address}/{name}"
            stops = name == "bri" and value == "stop"
            if name not in LIGHT_CHECKS or name in ("lift", "tilt", "stop", "lift_inc", "speed"):
                results.append(_error(6, where, name=name))
            elif not stops and not LIGHT_CHECKS[name](value):
                results.append(_error(7, where, name=name, value=value))
            else:
                if not stops:
                    changes[name] = value
                results.append({"success": {where: value}})
        members = self._switchable() if gid == "0" else self.world["groups"][gid]["lights"]
        on = any(self.world["lights"][lid]["state"].get("on") for lid in members)
        if changes.pop("toggle", False):
            changes["on"] = not on
        for lid in members:
            state = self.world["lights"][lid]["state"]
            if state["reachable"]:
                # A group cast reaches every lamp, and each takes the part it understands.
                mine = {name: value for name, value in changes.items() if _supports(state, name)}
                if mine.get("on") is not True and not state.get("on"):
                    mine = {name: value for name, value in mine.items() if name in ("on", "open")}
                self._apply_light(lid, mine)
        return _answer(results)

    def _write_scene(self, method: str, gid: str, sid: str, tail: list[str], payload: Data) -> web.Response:
        address = f"/groups/{gid}/scenes/{sid}"
        resource = self.world["groups"][gid]
        match method, tail:
            case "PUT", ["recall"]:
                self._recall(gid, sid)
                return reply([{"success": {"id": sid}}])
            case "PUT", ["store"]:
                self.world["scenes"][gid][sid] = {
                    lid: _storable(self.world["lights"][lid]["state"]) for lid in resource["lights"]
                }
                return reply([{"success": {"id": sid}}])
            case "PUT", [] if _is_text(payload.get("name")):
                self.rename_scene(gid, sid, payload["name"])
                return reply([{"success": {"id": sid}}])
            case "PUT", ["lights", lid, "state"] if lid in self.world["lights"]:
                self.world["scenes"][gid][sid].setdefault(lid, {}).update(payload)
                return reply([{"success": {"id": lid}}])
            case "DELETE", []:
                self.delete_scene(gid, sid)
                return reply([{"success": {"id": sid}}])
        return _errors([_error(3, address)])

    def _recall(self, gid: str, sid: str) -> None:
        for lid, state in self.world["scenes"][gid][sid].items():
            if lid in self.world["lights"] and self.world["lights"][lid]["state"]["reachable"]:
                self._apply_light(lid, state)

    def _write_alarm(self, aid: str, rest: list[str], payload: Data) -> web.Response:  # noqa: C901
        address = f"/alarmsystems/{aid}/" + "/".join(rest)
        system = self.world["alarmsystems"][aid]
        match rest:
            case ["arm_away" | "arm_stay" | "arm_night" | "disarm" as what]:
                code = payload.get("code0")
                if code is None:
                    return _errors([_error(5, address)])
                if code != self._code:
                    return _errors([_error(7, address, name="code0", value="****")])
                self._arm(aid, what)
                return reply([{"success": {f"/alarmsystems/{aid}/{what}": what.replace("arm_", "armed_")}}])
            case ["config"]:
                results: list[Data] = []
                for name, value in payload.items():
                    where = f"{address}/{name}"
                    if name == "code0" and isinstance(value, str) and 4 <= len(value) <= 16:  # noqa: PLR2004
                        self._code = value
                        results.append({"success": {where: "****"}})
                    elif name not in system["config"]:
                        results.append(_error(6, where, name=name))
                    elif not name.endswith(("delay", "duration")) or not _between(0, 255)(value):
                        results.append(_error(7, where, name=name, value=value))
                    else:
                        system["config"][name] = value
                        results.append({"success": {where: value}})
                if any("success" in result for result in results):
                    self._announce("alarmsystems", aid, "config", dict(system["config"]))
                return _answer(results)
            case ["device", uniqueid]:
                system["devices"][uniqueid] = {"armmask": payload.get("armmask", "none")}
                return reply([{"success": {address: uniqueid}}])
        return _errors([_error(3, address)])

    # World

    def resolve(self, kind: str, key: str) -> str:
        """Return the id of a readable key such as "ceiling" among `kind`, or the id itself."""
        ident = str(self.world["ids"].get(kind, {}).get(key, key))
        if ident not in self.world[kind]:
            raise LookupError(key)
        return ident

    def light(self, key: str) -> Data:
        """Return a light's true resource."""
        resource: Data = self.world["lights"][self.resolve("lights", key)]
        return resource

    def sensor(self, key: str) -> Data:
        """Return a sensor's true resource."""
        resource: Data = self.world["sensors"][self.resolve("sensors", key)]
        return resource

    def set_light(self, key: str, **state: object) -> None:
        """Change a light's state; groups follow."""
        rid = self.resolve("lights", key)
        current = self.world["lights"][rid]["state"]
        changed = {name: value for name, value in state.items() if current.get(name, ...) != value}
        if not changed:
            return
        current.update(changed)
        self._announce("lights", rid, "state", changed)
        if "on" in changed or "reachable" in changed:
            for gid, resource in self.world["groups"].items():
                if rid in resource["lights"]:
                    self._group_state(gid)
            self._group_state("0")

    def set_sensor_state(self, key: str, **state: object) -> None:
        """Change a sensor's state; `buttonevent` and `rotaryevent` count even when unchanged."""
        rid = self.resolve("sensors", key)
        current = self.world["sensors"][rid]["state"]
        changed = {name: value for name, value in state.items() if current.get(name, ...) != value}
        if not changed and not EVENT_ITEMS & state.keys():
            return
        changed["lastupdated"] = self._stamp()
        current.update(changed)
        self._announce("sensors", rid, "state", changed)

    def set_sensor_config(self, key: str, **config: object) -> None:
        """Change a sensor's configuration."""
        rid = self.resolve("sensors", key)
        current = self.world["sensors"][rid]["config"]
        changed = {name: value for name, value in config.items() if current.get(name, ...) != value}
        if changed:
            current.update(changed)
            self._announce("sensors", rid, "config", changed)

    def press(self, key: str, code: int, **extra: object) -> None:
        """Press: `code` is button times 1000 plus action, `extra` such as gesture and angle."""
        self.set_sensor_state(key, buttonevent=code, **extra)

    def rotate(self, key: str = "rotary", rotation: int = 75, *, repeat: bool = False) -> None:
        """Turn a rotary knob by `rotation` degrees."""
        self.set_sensor_state(key, rotaryevent=2 if repeat else 1, expectedrotation=rotation)

    def keypad(self, action: str, key: str = "keypad", **extra: object) -> None:
        """Use a keypad: `action` as the gateway names it, `extra` such as its display."""
        self.set_sensor_state(key, action=action, **extra)

    def rename(self, kind: str, key: str, name: str) -> None:
        """Give a light, sensor or group another name."""
        rid = self.resolve(kind, key)
        self.world[kind][rid]["name"] = name
        if kind != "groups" and self.attr_names:
            self._announce(kind, rid, "attr", {"name": name})
        else:
            self.push({**self._head("changed", kind, rid), "name": name})

    def lastseen(self, kind: str, key: str) -> None:
        """Hear from a device: an `attr` frame with nothing but the time."""
        rid = self.resolve(kind, key)
        seen = f"{_now()[:16]}Z"
        self.world[kind][rid]["lastseen"] = seen
        self.push({**self._head("changed", kind, rid), "attr": {"lastseen": seen}})

    def firmware(self, kind: str, key: str, swversion: str) -> None:
        """Update a device's firmware: an `attr` frame."""
        rid = self.resolve(kind, key)
        self.world[kind][rid]["swversion"] = swversion
        self._announce(kind, rid, "attr", {"swversion": swversion})

    def capabilities(self, key: str, capabilities: Data) -> None:
        """Learn more of what a light can do: a `capabilities` frame."""
        rid = self.resolve("lights", key)
        self.world["lights"][rid].setdefault("capabilities", {}).update(capabilities)
        self._announce("lights", rid, "capabilities", capabilities)

    def reachable(self, kind: str, key: str, reachable: bool) -> None:  # noqa: FBT001
        """Lose or find a light or sensor."""
        if kind == "lights":
            self.set_light(key, reachable=reachable)
        else:
            self.set_sensor_config(key, reachable=reachable)

    def recall_by_remote(self, gid: str, scid: str) -> None:
        """Recall a scene as a remote does: the lights change and `scene-called` is pushed."""
        gid = gid if gid == "0" else self.resolve("groups", gid)
        if gid != "0":
            self._recall(gid, scid)
        self.push({"e": "scene-called", "gid": gid, "r": "scenes", "scid": scid, "t": "event"})

    def add(self, kind: str, resource: Data, *, partial: bool = False) -> str:
        """Pair a light or sensor; `partial` announces it before its state is known."""
        rid = self._free(kind)
        self.world[kind][rid] = resource
        self._new.setdefault(kind, []).append(rid)
        shown = {**_tagged(resource), "id": rid}
        if partial:
            for section in ("state", "config", "capabilities"):
                shown.pop(section, None)
        self.push({**self._head("added", kind, rid), kind[:-1]: shown})
        return rid

    def add_light(self, key: str, name: str = "Neue Lampe", *, partial: bool = False) -> str:
        """Pair a dimmable light under the readable key `key`, and return its id."""
        rid = self.add(
            "lights", light(5000 + len(self.world["lights"]), name, "Dimmable light", dim_state()), partial=partial
        )
        self.world["ids"]["lights"][key] = rid
        return rid

    def add_sensor(self, key: str, name: str = "Neuer Fühler", *, partial: bool = False) -> str:
        """Pair a temperature sensor under the readable key `key`, and return its id."""
        number = 6000 + len(self.world["sensors"])
        resource = sensor(number, name, "ZHATemperature", "0402", {"temperature": 2000})
        rid = self.add("sensors", resource, partial=partial)
        self.world["ids"]["sensors"][key] = rid
        return rid

    def add_group(self, name: str, lights: list[str] | None = None) -> str:
        """Create a group; the gateway pushes nothing about it."""
        gid = self._free("groups")
        self.world["groups"][gid] = group(gid, name, [self.resolve("lights", lid) for lid in lights or []])
        self.world["scenes"][gid] = {}
        with self.losing():
            self._group_state(gid)
        return gid

    def set_members(self, gid: str, lights: list[str]) -> None:
        """Give a group other members; the gateway pushes nothing about it but the group's state."""
        gid = self.resolve("groups", gid)
        self.world["groups"][gid]["lights"] = [self.resolve("lights", lid) for lid in lights]
        self._group_state(gid)

    def add_scene(self, gid: str, name: str) -> str:
        """Create a scene from the lights as they are; the gateway pushes nothing about it."""
        gid = self.resolve("groups", gid)
        scenes = self.world["scenes"][gid]
        sid = str(max(map(int, scenes), default=0) + 1)
        lights = self.world["groups"][gid]["lights"]
        scenes[sid] = {lid: _storable(self.world["lights"][lid]["state"]) for lid in lights}
        self.world["groups"][gid]["scenes"].append(
            {"id": sid, "lightcount": len(lights), "name": name, "transitiontime": 0}
        )
        return sid

    def rename_scene(self, gid: str, sid: str, name: str) -> None:
        """Give a scene another name; the gateway pushes nothing about it."""
        scenes = self.world["groups"][self.resolve("groups", gid)]["scenes"]
        next(scene for scene in scenes if scene["id"] == sid)["name"] = name

    def delete_scene(self, gid: str, sid: str) -> None:
        """Delete a scene; the gateway pushes nothing about it."""
        gid = self.resolve("groups", gid)
        del self.world["scenes"][gid][sid]
        resource = self.world["groups"][gid]
        resource["scenes"] = [scene for scene in resource["scenes"] if scene["id"] != sid]

    def delete(self, kind: str, key: str) -> None:
        """Remove a light, sensor or group."""
        rid = self.resolve(kind, key)
        head = self._head("deleted", kind, rid)
        del self.world[kind][rid]
        if kind == "lights":
            for resource in self.world["groups"].values():
                resource["lights"] = [lid for lid in resource["lights"] if lid != rid]
        self.push(head)

    def resources(self, count: int) -> None:
        """Grow the network by `count` resources of a house: see `HOUSE` for its devices."""
        for number in range(count):
            device, (name, kind, cluster, state) = 100_000 + number // len(HOUSE) * 20, HOUSE[number % len(HOUSE)]
            device += [row[0] for row in HOUSE].index(name)
            if cluster is None:
                rid, collection = self._free("lights"), "lights"
                resource = light(device, f"{name} {number}", kind, dict(state))
            else:
                rid, collection = self._free("sensors"), "sensors"
                resource = sensor(device, f"{name} {number}", kind, cluster, dict(state))
            self.world[collection][rid] = resource

    def alarm_trigger(self, aid: str = "1") -> None:
        """Trip an armed alarm system: entry delay, then alarm."""
        system = self.world["alarmsystems"][aid]
        delay = system["config"].get(f"{system['state']['armstate']}_entry_delay", 0)
        self._count_down(aid, "entry_delay", delay, "in_alarm")

    def _arm(self, aid: str, what: str) -> None:
        mode = "disarmed" if what == "disarm" else what.replace("arm_", "armed_")
        system = self.world["alarmsystems"][aid]
        system["config"]["armmode"] = mode
        self._count_down(aid, "exit_delay", system["config"][f"{mode}_exit_delay"], mode)

    def _count_down(self, aid: str, during: str, seconds: int, after: str) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        state = self.world["alarmsystems"][aid]["state"]
        new = {"armstate": during if seconds else after, "seconds_remaining": seconds}
        state.update(new)
        self._announce("alarmsystems", aid, "state", new)
        if "keypad" in self.world["ids"]["sensors"]:
            self.set_sensor_state("keypad", panel=new["armstate"], seconds_remaining=seconds)
        if seconds:
            self._alarm = self.later(self.seconds, lambda: self._count_down(aid, during, seconds - 1, after))

    def _stamp(self) -> str:
        # Two presses within a millisecond are a test's doing; on air each has its own time.
        stamp = _now()
        if stamp <= self._stamped:
            later = datetime.fromisoformat(self._stamped) + timedelta(milliseconds=1)
            stamp = later.isoformat(timespec="milliseconds")
        self._stamped = stamp
        return stamp

    def _free(self, kind: str) -> str:
        taken = self.world[kind]
        number = len(taken) + 1
        while str(number) in taken:
            number += 1
        return str(number)

    def _switchable(self) -> list[str]:
        return [
            rid
            for rid, resource in self.world["lights"].items()
            if "on" in resource["state"] and resource["type"] not in ("Door Lock", "Window covering device")
        ]

    def _any_all(self, lights: list[str]) -> Data:
        states = [self.world["lights"][lid]["state"] for lid in lights]
        on = [bool(state.get("on")) for state in states if state["reachable"]]
        return {"all_on": bool(on) and all(on), "any_on": any(on)}

    def _group_state(self, gid: str) -> None:
        if gid == "0":
            state = self.world.setdefault("all", {})
            new = self._any_all(self._switchable())
        else:
            state = self.world["groups"][gid]["state"]
            new = self._any_all(self.world["groups"][gid]["lights"])
        if state != new:
            state.update(new)
            rid = ALL_LIGHTS if gid == "0" else gid
            self.push({**self._head("changed", "groups", rid), "state": dict(new)})

    # Frames

    def _head(self, event: str, kind: str, rid: str) -> Data:
        head: Data = {"e": event, "id": rid, "r": kind, "t": "event"}
        if (unique := self.world[kind].get(rid, {}).get("uniqueid")) is not None and kind != "groups":
            head["uniqueid"] = unique
        return head

    def _announce(self, kind: str, rid: str, section: str, changed: Data) -> None:
        resource = self.world[kind][rid]
        payload = dict(changed)
        if section == "attr":
            names = ("lastannounced", "lastseen", "manufacturername", "modelid", "name", "swversion", "type")
            if self.notify_all:
                payload = {"id": rid, **{name: resource.get(name) for name in names}, "uniqueid": resource["uniqueid"]}
        elif self.notify_all or kind == "alarmsystems":
            payload = dict(resource[section])
        if "xy" in payload and kind == "lights":
            payload |= {"x": round(payload["xy"][0] * 65535), "y": round(payload["xy"][1] * 65535)}
        self.push({**self._head("changed", kind, rid), section: payload})

    def step(self) -> None:
        """Let something happen in the house."""
        rng = self.random
        choices: list[tuple[int, Callable[[], object]]] = [
            (5, self._step_lights),
            (3, lambda: self._apply_light(self.resolve("lights", "blind"), {"lift": rng.randrange(0, 101, 10)})),
            (2, lambda: self.set_light("fan", speed=(speed := rng.randint(0, 6)), on=speed > 0)),
            (8, self._step_climate),
            (4, self._step_power),
            (4, self._step_motion),
            (3, lambda: self._flip("window", "open")),
            (2, lambda: self._flip("water", "water")),
            (2, lambda: self._flip("vibration", "vibration")),
            (3, lambda: self.press("dimmer_switch", rng.choice((1000, 1002, 2002, 3002, 4002)))),
            (2, lambda: self.press("cube", rng.choice((1006, 2000, 7007)), gesture=rng.randint(1, 8))),
            (2, lambda: self.rotate(rotation=rng.choice((-75, 75, 150)))),
            (3, lambda: self.set_sensor_state("air", pm2_5=rng.randint(1, 60), airqualityppb=rng.randint(50, 900))),
            (3, lambda: self.set_sensor_state("co2", measured_value=float(rng.randint(420, 1500)))),
            (6, lambda: self.lastseen("lights", rng.choice(list(self.world["lights"])))),
            (1, lambda: self.recall_by_remote("living", rng.choice(("1", "2")))),
        ]
        _, action = rng.choices(choices, [weight for weight, _ in choices])[0]
        try:
            action()
        except LookupError:
            # What a test deleted cannot change any more.
            return

    def _flip(self, key: str, name: str) -> None:
        self.set_sensor_state(key, **{name: not self.sensor(key)["state"][name]})

    def _step_lights(self) -> None:
        rng = self.random
        key = rng.choice(("ceiling", "desk", "hall", "cellar", "plug", "plug_out", "strip"))
        state = self.light(key)["state"]
        new: Data = {"on": rng.random() < 0.7}  # noqa: PLR2004
        if "bri" in state:
            new["bri"] = rng.randint(1, 254)
        if "ct" in state:
            new |= {"ct": rng.randint(160, 480), "colormode": "ct"}
        elif "xy" in state:
            new |= {"xy": [round(rng.uniform(0.2, 0.6), 4), round(rng.uniform(0.2, 0.6), 4)], "colormode": "xy"}
        self.set_light(key, **new)

    def _step_climate(self) -> None:
        rng = self.random
        key = rng.choice(("temperature", "motion_temperature", "thermostat"))
        now = self.sensor(key)["state"]["temperature"]
        self.set_sensor_state(key, temperature=min(2600, max(1500, now + rng.randint(-30, 30))))
        self.set_sensor_state("humidity", humidity=rng.randint(3500, 7000))
        self.set_sensor_state("pressure", pressure=rng.randint(990, 1030))

    def _step_power(self) -> None:
        watts = self.random.randint(20, 160)
        self.set_sensor_state("power", power=watts, current=round(watts / 0.231))
        total = self.sensor("consumption")["state"]["consumption"]
        self.set_sensor_state("consumption", consumption=total + self.random.randint(1, 5))

    def _step_motion(self) -> None:
        self._flip("motion", "presence")
        level = self.random.randint(5000, 30000)
        lux = round(10 ** ((level - 1) / 10000))
        self.set_sensor_state("motion_light", lightlevel=level, lux=lux, dark=level < 12000)  # noqa: PLR2004

    def garbage_frames(self) -> list[Frame]:
        """Return events with missing, null, wrong and unknown parts."""
        lid, sid = self.resolve("lights", "ceiling"), self.resolve("sensors", "temperature")
        head: Data = {"t": "event", "e": "changed", "r": "lights", "id": lid}
        return [
            {"t": "event"},
            {"t": "weather", "e": "changed", "r": "lights", "id": lid, "state": {"on": True}},
            {**head, "e": "exploded"},
            {**head, "e": None},
            {**head, "r": "toasters"},
            {**head, "r": None, "state": {"on": True}},
            {**head, "id": "99999", "state": {"on": True}},
            {**head, "id": None, "state": {"on": True}},
            {**head, "id": [1], "state": {"on": True}},
            {"t": "event", "e": "changed", "r": "lights", "state": {"on": True}},
            {**head, "state": None},
            {**head, "state": []},
            {**head, "state": "on"},
            {**head, "state": {}},
            {**head, "attr": 7},
            {**head, "config": {"on": {"startup": {"deep": []}}}},
            {**head, "r": "sensors", "id": sid, "state": {"neverseen": {"a": [1]}, "lastupdated": "yesterday"}},
            {**head, "e": "added", "light": None, "id": "9001"},
            {**head, "e": "added", "id": "9002"},
            {**head, "e": "added", "r": "groups", "id": "9003"},
            {**head, "e": "deleted", "id": "9004"},
            {"t": "event", "e": "scene-called", "r": "scenes"},
            {"t": "event", "e": "scene-called", "r": "scenes", "gid": "77", "scid": "88"},
            {"t": "event", "e": "changed", "r": "alarmsystems", "id": "9", "state": {"armstate": "dancing"}},
            {"t": "event", "e": "changed", "r": "groups", "id": "9", "state": {"any_on": "perhaps"}},
        ]

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a new temperature of one sensor after the other, or the present one again."""
        sensors = self.world["sensors"]
        if len(self._flooded) > len(sensors) or not self._flooded:
            self._flooded = [rid for rid, item in sensors.items() if item["type"] == "ZHATemperature"]
        rid = self._flooded[index % len(self._flooded)]
        state = sensors[rid]["state"]
        if change:
            state |= {"temperature": 1500 + (state["temperature"] - 1499) % 1000, "lastupdated": self._stamp()}
        return {**self._head("changed", "sensors", rid), "state": dict(state)}

    def flood_lastseen(self, count: int) -> None:
        """Hear `count` times from one device after the other, each time later than before."""
        everything = [(kind, rid) for kind in ("sensors", "lights") for rid in self.world[kind]]
        for index in range(count):
            kind, rid = everything[index % len(everything)]
            self._heard += 1
            seen = (datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=self._heard)).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.world[kind][rid]["lastseen"] = seen
            self.push({**self._head("changed", kind, rid), "attr": {"lastseen": seen}})


COLORS = frozenset({"xy", "ct", "hue", "sat", "ct_inc", "gradient"})


def _effects(resource: Data) -> list[str]:
    named: list[str] = resource.get("capabilities", {}).get("color", {}).get("effects", ["none", "colorloop"])
    return named


def _effect_mode(resource: Data, changes: Data) -> Data:
    modes = resource.get("capabilities", {}).get("color", {}).get("modes", [])
    if "effect" not in changes or "effect" not in modes:
        return {}
    return {"colormode": "xy" if changes["effect"] == "none" else "effect"}


def _color(state: Data, changes: Data) -> Data:
    if "gradient" in changes:
        return {"gradient": {**(state["gradient"] or {}), **changes["gradient"]}, "colormode": "gradient"}
    if "xy" in changes:
        return {"xy": changes["xy"], "colormode": "xy"}
    if "ct" in changes:
        return {"ct": int(changes["ct"]), "colormode": "ct"}
    if "ct_inc" in changes:
        return {"ct": min(500, max(153, state["ct"] + changes["ct_inc"])), "colormode": "ct"}
    colored: Data = {name: int(changes[name]) for name in ("hue", "sat") if name in changes}
    return {**colored, "colormode": "hs"} if colored else {}


def _supports(state: Data, name: str) -> bool:
    needed = {
        "bri_inc": "bri",
        "ct_inc": "ct",
        "lift_inc": "lift",
        "toggle": "on",
        "stop": "lift",
        "transitiontime": "reachable",
        "wrap": "reachable",
        "ontime": "reachable",
        "colorloopspeed": "effect",
    }.get(name, name)
    return needed in state


def _needs_light(resource: Data, name: str) -> bool:
    if "lift" in resource["state"] or name not in COLORS | {"bri", "bri_inc", "effect"}:
        return False
    config = resource.get("config", {})
    section = config.get("bri" if name.startswith("bri") else "color", config.get("bri", {}))
    return not section.get("execute_if_off", False)


def _storable(state: Data) -> Data:
    stored: Data = {name: state[name] for name in ("on", "bri") if name in state}
    mode = {"ct": "ct", "xy": "xy"}.get(state.get("colormode", ""))
    return {**stored, mode: state[mode]} if mode else stored


def _config_error(config: Data, name: str, value: Any) -> int | None:
    """Return the type of the error with which a sensor's setting is refused, or None."""
    if name not in config and name not in MOMENTARY_CONFIG:
        return 6
    if name in READ_ONLY_CONFIG:
        return 8
    if not _fits(config.get(name), value) or not CONFIG_RANGES.get(name, _anything)(value):
        return 7
    most = config.get("sensitivitymax") if name == "sensitivity" else None
    return 7 if most is not None and value > most else None


def _fits(current: object, value: object) -> bool:
    if current is None:
        return True
    if isinstance(current, bool) or isinstance(value, bool):
        return isinstance(current, bool) and isinstance(value, bool)
    if isinstance(current, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(current))


def _tagged(resource: Data) -> Data:
    digest = blake2s(orjson.dumps(resource), digest_size=16).hexdigest()
    return {**resource, "etag": digest}


def _valued(section: Data) -> Data:
    updated = section.get("lastupdated", _now())
    return {name: {"value": value, "lastupdated": updated} for name, value in section.items()}


def _mac(uniqueid: str) -> str:
    return uniqueid[:23] if re.fullmatch(r"([0-9a-f]{2}:){7}[0-9a-f]{2}", uniqueid[:23]) else ""


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:23]


def _error(kind: int, address: str, **details: object) -> Data:
    text = TEXTS[kind].format_map({"address": address, "name": "", "value": "", "method": "", **details})
    return {"error": {"type": kind, "address": address, "description": text}}


def _errors(errors: list[Data]) -> web.Response:
    return reply(errors, STATUSES.get(errors[0]["error"]["type"], 400))


def _answer(results: list[Data]) -> web.Response:
    if results and all("error" in result for result in results):
        return _errors(results)
    return reply(results)


def _description(sim: DeconzSimulator) -> str:
    return (
        '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
        f"<friendlyName>Phoscon-GW ({sim.host})</friendlyName>"
        "<manufacturer>Royal Philips Electronics</manufacturer>"
        "<manufacturerURL>http://www.dresden-elektronik.de</manufacturerURL>"
        f"<modelName>Philips hue bridge 2012</modelName><serialNumber>{BRIDGE_ID}</serialNumber>"
        "</device></root>"
    )
