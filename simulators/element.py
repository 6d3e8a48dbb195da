"""The ELEMENT IoT platform.

Written from documents/element-websocket.txt and facts/lorawan.md part A.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
import string
from typing import Any, ClassVar, Literal
from uuid import UUID

from aiohttp import web
import orjson

from .base import Data, Frame, Simulator, Socket, is_upgrade, parse, reply
from .element_world import VALUES, add_device, build, gateway, identifier, iso, uplink

API = "/api/v1/"
KEY = "46cb688e2c0b468e26e914235d4b73ea"
LIMIT = 100
BATCH = 3
PORTS = range(1, 224)
DIRECTIONS = {"ascending": False, "asc": False, "descending": True, "desc": True}
SORTS = frozenset({"inserted_at", "name", "measured_at", "transceived_at"})
PRELOADS = {
    "packets": frozenset({"device", "device.fields", "device.interfaces"}),
    "readings": frozenset({"device", "device.fields", "device.interfaces", "packet", "packet.interface"}),
}

type Source = Literal["readings", "packets"]


class ApiError(ValueError):
    """An answer with an HTTP error."""

    def __init__(self, status: int) -> None:
        """Answer with `status`."""
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Key:
    """An API key: its role, the folders it is limited to, and whether it still works."""

    role: str = "admin"
    groups: frozenset[str] | None = None
    valid: bool = True


@dataclass(slots=True)
class Scope:
    """What a socket listens to: kind and id None stand for the whole mandate."""

    key: Key
    source: Source
    kind: str | None
    ident: str | None
    preload: frozenset[str]
    after: datetime | None
    timer: asyncio.TimerHandle | None = None


class ElementSimulator(Simulator):
    """The platform with one tenant; methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "element"

    def __init__(
        self,
        *,
        role: Literal["admin", "read_only"] = "admin",
        groups: list[str] | None = None,
        scope: Literal["mandate", "stream", "tag", "device"] = "mandate",
        idle: float = 60.0,
        rate: int = 50,
        window: float = 10.0,
        **options: Any,
    ) -> None:
        """Prepare the platform.

        `groups` are keys of the folders the API key is limited to; `idle` is the seconds after
        which a socket without pings is closed; `rate` requests are allowed in `window` seconds.
        """
        super().__init__(**options)
        self.world = build(self.random, datetime.now(UTC))
        folders = None if groups is None else frozenset(self.resolve(group) for group in groups)
        self.keys = {KEY: Key(role, folders)}
        self.scope = scope
        self.idle = idle
        self.rate = rate
        self.window = window
        self.limited = 0
        self.stream_error = False
        self.action_forbidden = False
        self._window_end = 0.0
        self._used = 0
        self._inserted = datetime.now(UTC)

    @property
    def api_key(self) -> str:
        """The API key, that of the documented examples."""
        return KEY

    @property
    def user_input(self) -> Data:
        """Host with scheme and port, and the API key."""
        return {"host": self.url, "api_key": KEY}

    @property
    def steps(self) -> list[Data]:
        """The scope step."""
        ids = {
            "mandate": [],
            "stream": [self.resolve("stream")],
            "tag": [self.resolve("building"), self.resolve("city")],
            "device": [self.resolve("climate"), self.resolve("water")],
        }
        data = {"scope": self.scope, "ids": ids[self.scope], "sources": ["readings", "packets"]}
        return [{"step_id": "element_scope", "data": data}]

    # Keys

    def refuse_key(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Answer 401 to the API key, or accept it again."""
        self.keys[KEY].valid = not on

    async def expire_key(self) -> None:
        """Let the API key run out and close its sockets."""
        self.refuse_key()
        for socket in list(self._sockets):
            await socket.close()

    def limit_key(self, *groups: str, role: str | None = None) -> None:
        """Limit the key to folders, or to nothing but a role when none are named."""
        self.keys[KEY].groups = frozenset(self.resolve(group) for group in groups) if groups else None
        if role is not None:
            self.keys[KEY].role = role

    # Serving

    def error_body(self, status: int) -> object:
        """Return an error in the form of the platform's envelope."""
        return {"status": status, "ok": False, "error": HTTPStatus(status).phrase}

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST and handshakes."""
        if not request.path.startswith(API):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="<html>ELEMENT</html>")
        parts = request.path.removeprefix(API).strip("/").split("/")
        headers: dict[str, str] = {}
        try:
            key = self._authenticate(request)
            if parts[-1] == "socket":
                return await self.socket(request, self._scope(request, key, parts[:-1]))
            headers = self._count()
            if request.method != "GET":
                return self._post(request.method, key, parts, body, headers)
            return self._get(request, key, parts, headers)
        except ApiError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                headers = self._rate_headers()
            return reply(self.error_body(error.status), error.status, headers)

    def _authenticate(self, request: web.Request) -> Key:
        self.logins += is_upgrade(request)
        key = self.keys.get(request.query.get("auth", ""))
        if key is None or not key.valid:
            self.refused_logins += 1
            raise ApiError(HTTPStatus.UNAUTHORIZED)
        return key

    def _count(self) -> dict[str, str]:
        now = asyncio.get_running_loop().time()
        if now >= self._window_end:
            self._window_end = now + self.window
            self._used = 0
        if self._used >= self.rate:
            self.limited += 1
            raise ApiError(HTTPStatus.TOO_MANY_REQUESTS)
        self._used += 1
        return self._rate_headers()

    def _rate_headers(self) -> dict[str, str]:
        left = max(0.0, self._window_end - asyncio.get_running_loop().time())
        return {
            "x-ratelimit-limit": f"{self.rate}/{round(self.window * 1000)}ms",
            "x-ratelimit-remaining": str(self.rate - self._used),
            "x-ratelimit-reset": str(round(left * 1000)),
        }

    # Sockets

    def _scope(self, request: web.Request, key: Key, parts: list[str]) -> Scope:
        match parts:
            case ["readings" | "packets"]:
                kind = ident = None
                if key.groups is not None:
                    raise ApiError(HTTPStatus.FORBIDDEN)
            case ["devices" | "tags" | "streams" as kind, name, "readings" | "packets"]:
                ident = self._find(kind, name)
                self._permit(key, kind, ident)
            case _:
                raise ApiError(HTTPStatus.NOT_FOUND)
        if not is_upgrade(request):
            raise ApiError(HTTPStatus.BAD_REQUEST)
        source: Source = "packets" if parts[-1] == "packets" else "readings"
        preload = frozenset(filter(None, request.query.get("preload", "").split(",")))
        if not preload <= PRELOADS[source]:
            raise ApiError(HTTPStatus.BAD_REQUEST)
        after = request.query.get("after")
        return Scope(key, source, kind, ident, preload, None if after is None else _moment(after))

    def opened(self, socket: Socket) -> None:
        """Replay what a socket missed, then it is live; the clock for pings starts."""
        scope: Scope = socket.scope
        self.heard(socket)
        if scope.after is None:
            return
        since = iso(scope.after)
        items = [
            item
            for item in self.world[scope.source]
            if item["inserted_at"] >= since and self._in_scope(scope, item["device_id"])
        ]
        items.sort(key=lambda item: item["inserted_at"])
        for at in range(0, len(items), BATCH):
            batch = [self._event(scope, item) for item in items[at : at + BATCH]]
            self.push_to([socket], batch)

    def text(self, socket: Socket, text: str) -> None:
        """Answer the text keep-alive, ignore anything else."""
        if text == "ping":
            socket.send("pong")

    def heard(self, socket: Socket) -> None:
        """Start the idle time anew."""
        scope: Scope = socket.scope
        if scope.timer is not None:
            scope.timer.cancel()
        scope.timer = self.later(self.idle, lambda: self.spawn(socket.close()))

    def closed(self, socket: Socket) -> None:
        """Stop the idle clock."""
        scope: Scope = socket.scope
        if scope.timer is not None:
            scope.timer.cancel()

    def _in_scope(self, scope: Scope, device: str) -> bool:
        match scope.kind:
            case "devices":
                return device == scope.ident
            case "streams":
                return device in self.world["streams"][scope.ident]["devices"]
            case "tags":
                return self._in_folder(device, frozenset({str(scope.ident)}))
        return True

    def _in_folder(self, device: str, folders: frozenset[str]) -> bool:
        tags = self.world["devices"].get(device, {}).get("tags", [])
        return any(folders & {tag["id"], *tag["path"]} for tag in tags)

    def _event(self, scope: Scope, item: Data) -> Data:
        body = dict(item)
        if "packet_type" in item:
            event = "packet_added"
        else:
            event = "reading_added"
            if {"packet", "packet.interface"} & scope.preload:
                body["packet"] = self._packet(item["packet_id"], interface="packet.interface" in scope.preload)
        if any(name.startswith("device") for name in scope.preload):
            hidden = {"interfaces", "fields", "profile_data"}
            hidden -= {name.removeprefix("device.") for name in scope.preload}
            device = self.world["devices"].get(item["device_id"], {})
            body["device"] = {name: value for name, value in device.items() if name not in hidden}
        return {"event": event, "body": body}

    def _packet(self, ident: str, *, interface: bool) -> Data | None:
        for packet in reversed(self.world["packets"]):
            if packet["id"] == ident:
                found = dict(packet)
                if interface:
                    found["interface"] = self.world["devices"][packet["device_id"]]["interfaces"][0]
                return found
        return None

    def announce(self, item: Data) -> None:
        """Push a packet or reading to every socket in whose scope it is."""
        source = "packets" if "packet_type" in item else "readings"
        told = False
        for socket in list(self._sockets):
            scope: Scope = socket.scope
            if scope.source == source and self._in_scope(scope, item["device_id"]):
                told = True
                self.push_to([socket], [self._event(scope, item)])
        if not told:
            self.lost += 1

    # REST

    def _find(self, kind: str, name: str) -> str:
        entities: dict[str, Data] = self.world[kind]
        if name in entities:
            return name
        for ident, entity in entities.items():
            if entity.get("slug") == name:
                return ident
        raise ApiError(HTTPStatus.NOT_FOUND)

    def _permit(self, key: Key, kind: str, ident: str) -> None:
        if key.groups is None:
            return
        if kind == "tags":
            tag = self.world["tags"][ident]
            allowed = bool(key.groups & {ident, *tag["path"]})
        elif kind == "streams":
            allowed = all(self._in_folder(device, key.groups) for device in self.world["streams"][ident]["devices"])
        else:
            allowed = self._in_folder(ident, key.groups)
        if not allowed:
            raise ApiError(HTTPStatus.FORBIDDEN)

    def _devices(self, key: Key) -> list[Data]:
        devices: list[Data] = list(self.world["devices"].values())
        return [item for item in devices if key.groups is None or self._in_folder(item["id"], key.groups)]

    def _get(self, request: web.Request, key: Key, parts: list[str], headers: dict[str, str]) -> web.StreamResponse:
        if parts[-1] == "stream" and len(parts) > 1:
            items, source = self._items(key, parts[:-1]), parts[-2]
            if source not in PRELOADS:
                raise ApiError(HTTPStatus.NOT_FOUND)
            return self._lines(_filtered(request, items), headers)
        found = self._single(key, parts)
        if found is not None:
            return reply({"status": 200, "ok": True, "body": found}, headers=headers)
        return self._page(request, self._items(key, parts), headers)

    def _single(self, key: Key, parts: list[str]) -> object:
        match parts:
            case ["devices", "by-eui", eui]:
                return [device for device in self._devices(key) if _eui(device) == eui.upper()]
            case ["devices", "by-name", name]:
                named = [device for device in self._devices(key) if device["name"] == name]
                if not named:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return named[0]
            case ["mandates", ident] if ident == self.world["mandate"]["id"]:
                return self.world["mandate"]
            case ["devices" | "tags" | "parsers" as kind, name]:
                ident = self._find(kind, name)
                if kind != "parsers":
                    self._permit(key, kind, ident)
                return self.world[kind][ident]
            case ["devices", name, "actions", action]:
                self._permit(key, "devices", self._find("devices", name))
                if action not in self.world["actions"]:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                return self.world["actions"][action]
        return None

    def _items(self, key: Key, parts: list[str]) -> list[Data]:  # noqa: PLR0911
        match parts:
            case ["mandates"]:
                return [self.world["mandate"]]
            case ["devices"]:
                return self._devices(key)
            case ["tags"]:
                tags: list[Data] = list(self.world["tags"].values())
                return [tag for tag in tags if key.groups is None or key.groups & {tag["id"], *tag["path"]}]
            case ["parsers"]:
                return list(self.world["parsers"].values())
            case ["api_keys"]:
                if key.role != "admin" or key.groups is not None:
                    raise ApiError(HTTPStatus.FORBIDDEN)
                return [{"id": identifier("key"), "name": "pushwire", "role": key.role, "valid_until": None}]
            case ["tags", name, "devices"]:
                ident = self._find("tags", name)
                self._permit(key, "tags", ident)
                return [device for device in self._devices(key) if self._in_folder(device["id"], frozenset({ident}))]
            case ["devices", name, "interfaces"]:
                ident = self._find("devices", name)
                self._permit(key, "devices", ident)
                interfaces: list[Data] = self.world["devices"][ident]["interfaces"]
                return interfaces
            case ["devices" | "tags" as kind, name, "readings" | "packets" as source]:
                ident = self._find(kind, name)
                self._permit(key, kind, ident)
                scope = Scope(key, "readings", kind, ident, frozenset(), None)
                return [item for item in self.world[source] if self._in_scope(scope, item["device_id"])]
        raise ApiError(HTTPStatus.NOT_FOUND)

    def _page(self, request: web.Request, items: list[Data], headers: dict[str, str]) -> web.Response:
        limit = request.query.get("limit", "10")
        if not limit.isdigit() or int(limit) > LIMIT:
            raise ApiError(HTTPStatus.BAD_REQUEST)
        items = _filtered(request, items)
        after = request.query.get("retrieve_after")
        if after is not None:
            ids = [item["id"] for item in items]
            if after not in ids:
                raise ApiError(HTTPStatus.BAD_REQUEST)
            items = items[ids.index(after) + 1 :]
        page = items[: int(limit)]
        envelope: Data = {"status": 200, "ok": True, "body": page}
        if page and len(items) > len(page):
            envelope["retrieve_after_id"] = page[-1]["id"]
        return reply(envelope, headers=headers)

    def _lines(self, items: list[Data], headers: dict[str, str]) -> web.Response:
        lines = [orjson.dumps(item) for item in items]
        if self.stream_error:
            lines.append(orjson.dumps({"error": "Database timeout", "ok": False}))
        body = b"".join(line + b"\n" for line in lines)
        return web.Response(body=body, content_type="application/x-ndjson", headers=headers)

    # Downlinks

    def _post(self, method: str, key: Key, parts: list[str], body: bytes, headers: dict[str, str]) -> web.Response:
        if method != "POST":
            raise ApiError(HTTPStatus.NOT_FOUND)
        match parts:
            case ["devices", "by-eui", eui, "actions", "send_down_frame"]:
                named = [device["id"] for device in self._devices(key) if _eui(device) == eui.upper()]
                if not named:
                    raise ApiError(HTTPStatus.NOT_FOUND)
                ident = named[0]
            case ["devices", name, "actions", "send_down_frame"]:
                ident = self._find("devices", name)
            case ["devices", name, "interfaces", interface, "actions", "send_down_frame"]:
                ident = self._find("devices", name)
                if interface not in {item["id"] for item in self.world["devices"][ident]["interfaces"]}:
                    raise ApiError(HTTPStatus.NOT_FOUND)
            case _:
                raise ApiError(HTTPStatus.NOT_FOUND)
        self._permit(key, "devices", ident)
        if key.role == "read_only" or self.action_forbidden:
            raise ApiError(HTTPStatus.FORBIDDEN)
        data = parse(body)
        if not isinstance(data, dict):
            raise ApiError(HTTPStatus.BAD_REQUEST)
        opts = data.get("opts")
        if not isinstance(opts, dict) or not _valid_downlink(opts):
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY)
        action = self._action(ident, opts)
        return reply({"status": 200, "ok": True, "body": action}, headers=headers)

    def _action(self, device: str, opts: Data) -> Data:
        now = iso(self._now())
        ident = identifier(f"action:{len(self.world['actions'])}")
        action: Data = {
            "id": ident,
            "type": "send_down_frame",
            "state": "pending",
            "opts": opts,
            "result": None,
            "override": False,
            "order": 0,
            "mandate_id": self.world["mandate"]["id"],
            "device_id": device,
            "interface_id": self.world["devices"][device]["interfaces"][0]["id"],
            "inserted_at": now,
            "updated_at": now,
            "executed_at": None,
            "cancel_after": None,
            "events": [_action_event("created_by_user", "info", now)],
        }
        self.world["actions"][ident] = action
        return action

    def execute(self, action: str) -> None:
        """Send a waiting downlink now: its state becomes executed and a down packet is pushed."""
        item = self.world["actions"][action]
        if item["state"] != "pending":
            return
        moment = self._now()
        item |= {"state": "executed", "executed_at": iso(moment), "updated_at": iso(moment)}
        item["events"].append(_action_event("sent_to_element_lns", "executed", iso(moment)))
        packet = uplink(self.world, item["device_id"], [], moment, self.random)[0]
        packet |= {
            "packet_type": "down",
            "payload": item["opts"]["payload"],
            "payload_encoding": "binary",
            "meta": {"frame_port": item["opts"]["port"], "confirm": bool(item["opts"].get("acknowledge"))},
        }
        self.world["packets"].append(packet)
        self.announce(packet)

    # World

    def resolve(self, key: str) -> str:
        """Return the id for a readable key such as "climate" or "city", or the id itself."""
        return str(self.world["ids"].get(key, key))

    def device(self, key: str) -> Data:
        """Return a device's true resource."""
        resource: Data = self.world["devices"][self.resolve(key)]
        return resource

    def newest(self, key: str) -> Data:
        """Return the data of a device's newest reading."""
        ident = self.resolve(key)
        readings = [item for item in self.world["readings"] if item["device_id"] == ident]
        data: Data = max(readings, key=lambda item: item["measured_at"])["data"]
        return data

    def _now(self) -> datetime:
        self._inserted = max(datetime.now(UTC), self._inserted + timedelta(microseconds=1))
        return self._inserted

    def uplink(
        self,
        key: str,
        data: Data | list[Data] | None = None,
        measured_at: str | datetime | None = None,
        inserted_at: str | datetime | None = None,
        **meta: object,
    ) -> list[Data]:
        """Receive an uplink: one packet, then a reading for each of `data`; returns them all.

        A list makes several readings, 15 minutes apart into the past; `data` [] makes a packet that
        no parser understood, None something typical. `meta` are fields of the packet's meta.
        """
        ident = self.resolve(key)
        if data is None:
            name = next((name for name, found in self.world["ids"].items() if found == ident), key)
            values = VALUES.get(name, VALUES["climate"])
            data = values(self.random, self.world["meters"].setdefault(name, {}))
        inserted = self._now() if inserted_at is None else _moment(inserted_at)
        measured = None if measured_at is None else _moment(measured_at)
        acknowledged = False
        for action in list(self.world["actions"].values()):
            if action["device_id"] != ident:
                continue
            # Class A: what waits is sent after an uplink, and the next uplink acknowledges it.
            if action["state"] == "pending":
                self.later(0, partial(self.execute, action["id"]))
            elif action["opts"].get("acknowledge") and action["result"] is None:
                action["result"] = acknowledged = True
        details = {**meta, "ack": True} if acknowledged else meta
        items = uplink(self.world, ident, data, inserted, self.random, measured=measured, meta=details)
        self.world["devices"][ident]["stats"]["transceived_at"] = items[0]["transceived_at"]
        for item in items:
            self.world["packets" if "packet_type" in item else "readings"].append(item)
        for item in items:
            self.announce(item)
        return items

    def update_packet(self, packet: str) -> Data:
        """Amend a packet: another gateway was late, and the same id is pushed again."""
        found: Data = next(item for item in reversed(self.world["packets"]) if item["id"] == packet)
        late = gateway(self.random, "0000024B0B031F00")
        stats = [*found["meta"]["gateway_stats"], late]
        found["meta"] = {**found["meta"], "updated": True, "gateway_stats": stats}
        self.announce(found)
        return found

    def reparse(self, reading: str, data: Data) -> Data:
        """Parse a packet again: another id, the same packet and time, other values."""
        old = next(item for item in self.world["readings"] if item["id"] == reading)
        again: Data = {**old, "id": identifier(f"again:{reading}"), "inserted_at": iso(self._now()), "data": data}
        self.world["readings"].append(again)
        self.announce(again)
        return again

    def rename(self, key: str, name: str) -> None:
        """Give a device another name; sockets tell only by preload."""
        device = self.device(key)
        device |= {"name": name, "updated_at": iso(self._now())}

    def add_device(self, key: str, name: str = "Neuer Fühler", tag: str = "building") -> str:
        """Add a LoRaWAN device under the readable key `key`, and return its id."""
        return add_device(self.world, key, name, tag, number=100 + len(self.world["devices"]), now=self._now())

    def delete(self, key: str, *, soft: bool = False) -> None:
        """Remove a device; `soft` keeps it in the lists with `deleted_at`."""
        if soft:
            self.device(key)["deleted_at"] = iso(self._now())
        else:
            del self.world["devices"][self.resolve(key)]

    def step(self) -> None:
        """Let a device send."""
        with suppress(LookupError):
            items = self.uplink(self.random.choice(list(VALUES)))
            if items[0]["meta"] is not None and not self.random.randrange(5):
                self.update_packet(items[0]["id"])
        # A demo runs for days; the platform keeps its history elsewhere.
        del self.world["readings"][:-5000], self.world["packets"][:-5000]

    def garbage_frames(self) -> list[Frame]:
        """Return arrays with missing, null, wrong and unknown parts."""
        device = self.resolve("climate")
        body = {"id": identifier("garbage"), "device_id": device, "measured_at": iso(self._now())}
        return [
            "pong",
            [{"event": "reading_added"}],
            [{"event": "reading_added", "body": None}],
            [{"event": "reading_added", "body": {}}],
            [{"event": "reading_added", "body": {**body, "data": None}}],
            [{"event": "reading_added", "body": {**body, "data": [1, 2]}}],
            [{"event": "reading_added", "body": {**body, "data": {"": None}}}],
            [{"event": "reading_added", "body": {**body, "measured_at": "gestern", "data": {}}}],
            [{"event": "reading_added", "body": {**body, "device_id": 7, "data": {"a": 1}}}],
            [{"event": "reading_exploded", "body": body}],
            [{"event": None, "body": body}],
            [{"event": "packet_added", "body": {**body, "meta": [], "payload": 7, "packet_type": None}}],
            [{"event": "packet_added", "body": {**body, "meta": {"gateway_stats": [None, {"rssi": "x"}]}}}],
            {"event": "reading_added", "body": {**body, "data": "text"}},
            [[{"event": "reading_added"}], 7, None, "x"],
        ]

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a new reading of the climate device, or its newest one again."""
        device = self.resolve("climate")
        if not change:
            newest = next(item for item in reversed(self.world["readings"]) if item["device_id"] == device)
            return [{"event": "reading_added", "body": newest}]
        value = {"temperature": 15 + index % 100 / 10, "humidity": 50.0, "battery_voltage": 3.02}
        moment = self._now()
        reading = {
            "id": str(UUID(int=self.random.getrandbits(128))),
            "device_id": device,
            "parser_id": identifier("parser"),
            "packet_id": None,
            "measured_at": iso(moment),
            "inserted_at": iso(moment),
            "location": None,
            "meta": None,
            "data": value,
        }
        self.world["readings"].append(reading)
        return [{"event": "reading_added", "body": reading}]


def _eui(device: Data) -> str:
    return str(device["interfaces"][0]["opts"].get("device_eui", ""))


def _moment(text: str | datetime) -> datetime:
    if isinstance(text, datetime):
        return text.astimezone(UTC)
    try:
        if text.isdigit() and len(text) > len("20260101"):
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(HTTPStatus.BAD_REQUEST) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _filtered(request: web.Request, items: list[Data]) -> list[Data]:
    query = request.query
    sort = query.get("sort", "inserted_at")
    direction = query.get("sort_direction", "descending")
    if sort not in SORTS or direction not in DIRECTIONS:
        raise ApiError(HTTPStatus.BAD_REQUEST)
    bounds = {"inserted_at": ("after", "before"), "measured_at": ("measured_after", "measured_before")}
    for field, (low, high) in bounds.items():
        if low in query:
            since = iso(_moment(query[low]))
            items = [item for item in items if item.get(field, "") >= since]
        if high in query:
            until = iso(_moment(query[high]))
            items = [item for item in items if item.get(field, "") <= until]
    if "packet_type" in query:
        items = [item for item in items if item.get("packet_type") == query["packet_type"]]
    return sorted(items, key=lambda item: (item.get(sort) or "", item["id"]), reverse=DIRECTIONS[direction])


def _valid_downlink(opts: Data) -> bool:
    port, payload = opts.get("port"), opts.get("payload")
    if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
        return False
    if not isinstance(payload, str) or len(payload) % 2 or set(payload) - set(string.hexdigits):
        return False
    return all(isinstance(opts.get(name, False), bool) for name in ("acknowledge", "immediately"))


def _action_event(kind: str, state: str, when: str) -> Data:
    return {
        "id": identifier(f"event:{kind}:{when}"),
        "type": kind,
        "state": state,
        "fallback_text": kind.replace("_", " "),
        "meta": {},
        "recorded_at": when,
    }
