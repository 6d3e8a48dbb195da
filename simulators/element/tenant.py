"""Tenant of the platform: its devices, what they send, and the events for its sockets."""

from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from ..base import Data, Simulator
from .access import Key, Scope
from .checks import ApiError, moment
from .world import VALUES, add_device, build, identifier, iso, make_reception, make_uplink

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY = "46cb688e2c0b468e26e914235d4b73ea"

_SECOND_GATEWAY = "0000024B0B031F00"


class Tenant(Simulator):
    """The platform with one tenant; methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "element"

    def __init__(self, *, role: str, groups: list[str] | None, **options: Any) -> None:
        """Initialize; the options are those of `ElementSimulator`."""
        super().__init__(**options)
        self.world = build(self.random, datetime.now(UTC))
        folders = None if groups is None else frozenset(self.resolve(group) for group in groups)
        self.keys = {KEY: Key(role, folders)}
        self.stream_error = False
        # No document has routes that list streams and their devices, so a platform may lack them.
        self.lists_streams = False
        self.action_forbidden = False
        self._last_inserted = datetime.now(UTC)

    def resolve(self, key: str) -> str:
        """Return the id for a readable key such as "climate" or "city", or the id itself."""
        return str(self.world["ids"].get(key, key))

    def device(self, key: str) -> Data:
        """Return the resource of a device."""
        resource: Data = self.world["devices"][self.resolve(key)]
        return resource

    def newest_data(self, key: str) -> Data:
        """Return the data of the newest reading of a device."""
        ident = self.resolve(key)
        readings = [item for item in self.world["readings"] if item["device_id"] == ident]
        data: Data = max(readings, key=lambda item: item["measured_at"])["data"]
        return data

    def now(self) -> datetime:
        """Return the time, later than every time returned before."""
        self._last_inserted = max(datetime.now(UTC), self._last_inserted + timedelta(microseconds=1))
        return self._last_inserted

    def refuse_key(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Answer 401 to the API key, or accept it again."""
        self.keys[KEY].valid = not on

    async def expire_key(self) -> None:
        """Let the API key expire and close its sockets."""
        self.refuse_key()
        for socket in list(self._sockets):
            await socket.close()

    def limit_key(self, *groups: str, role: str | None = None) -> None:
        """Limit the key to folders, or to no folder if none are given; `role` changes its role."""
        self.keys[KEY].groups = frozenset(self.resolve(group) for group in groups) if groups else None
        if role is not None:
            self.keys[KEY].role = role

    def find(self, kind: str, name: str) -> str:
        """Return the id of an entity by id or slug."""
        entities: dict[str, Data] = self.world[kind]
        if name in entities:
            return name
        for ident, entity in entities.items():
            if entity.get("slug") == name:
                return ident
        raise ApiError(HTTPStatus.NOT_FOUND)

    def permit(self, key: Key, kind: str, ident: str) -> None:
        """Raise if a key does not cover an entity."""
        if key.groups is None:
            return
        if kind == "tags":
            tag = self.world["tags"][ident]
            allowed = bool(key.groups & {ident, *tag["path"]})
        elif kind == "streams":
            allowed = all(self.in_folder(device, key.groups) for device in self.world["streams"][ident]["devices"])
        else:
            allowed = self.in_folder(ident, key.groups)
        if not allowed:
            raise ApiError(HTTPStatus.FORBIDDEN)

    def devices_of(self, key: Key) -> list[Data]:
        """Return the devices that a key covers."""
        devices: list[Data] = list(self.world["devices"].values())
        return [item for item in devices if key.groups is None or self.in_folder(item["id"], key.groups)]

    def api_keys(self, key: Key) -> list[Data]:
        """Return all API keys, which only an administrator may see."""
        if key.role != "admin" or key.groups is not None:
            raise ApiError(HTTPStatus.FORBIDDEN)
        return [
            {
                "id": identifier(f"key:{value}"),
                "name": "pushwire",
                "key": value,
                "role": item.role,
                "valid_until": None if item.valid_until is None else iso(item.valid_until),
                "mandate_id": self.world["mandate"]["id"],
                "rate_limit": 50,
                "rate_scale": 10000,
            }
            for value, item in self.keys.items()
        ]

    def streams_of(self, key: Key) -> list[Data]:
        """Return the streams that a key covers, without their devices."""
        return [
            {"id": ident, "name": stream["name"]}
            for ident, stream in self.world["streams"].items()
            if key.groups is None or all(self.in_folder(device, key.groups) for device in stream["devices"])
        ]

    def in_folder(self, device: str, folders: Iterable[str]) -> bool:
        """Return whether a device is in one of some folders, or below them."""
        tags = self.world["devices"].get(device, {}).get("tags", [])
        return any(set(folders) & {tag["id"], *tag["path"]} for tag in tags)

    def in_scope(self, scope: Scope, device: str) -> bool:
        """Return whether a device belongs to the scope of a socket."""
        match scope.kind:
            case "devices":
                return device == scope.ident
            case "streams":
                return device in self.world["streams"][scope.ident]["devices"]
            case "tags":
                return self.in_folder(device, {str(scope.ident)})
        return True

    def event(self, scope: Scope, item: Data) -> Data:
        """Return the envelope of a packet or reading, with the data that a socket preloads."""
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
                result = dict(packet)
                if interface:
                    result["interface"] = self.world["devices"][packet["device_id"]]["interfaces"][0]
                return result
        return None

    def announce(self, item: Data) -> None:
        """Push a packet or reading to every socket that covers it."""
        source = "packets" if "packet_type" in item else "readings"
        delivered = False
        for socket in list(self._sockets):
            scope: Scope = socket.scope
            if scope.source == source and self.in_scope(scope, item["device_id"]):
                delivered = True
                self.push_to([socket], [self.event(scope, item)])
        if not delivered:
            self.lost += 1

    def uplink(
        self,
        key: str,
        data: Data | list[Data] | None = None,
        measured_at: str | datetime | None = None,
        inserted_at: str | datetime | None = None,
        payload: str | None = None,
        **meta: object,
    ) -> list[Data]:
        """Receive an uplink: one packet, then a reading for each of `data`; return them all.

        A list makes several readings, each 15 minutes before the one in front of it; `data` [] makes
        a packet that no parser understood, None typical data. `payload` (hex) replaces a random one, and
        `meta` are fields of the packet's meta.
        """
        ident = self.resolve(key)
        if data is None:
            name = next((name for name, other in self.world["ids"].items() if other == ident), key)
            values = VALUES.get(name, VALUES["climate"])
            data = values(self.random, self.world["meters"].setdefault(name, {}))
        inserted = self.now() if inserted_at is None else moment(inserted_at)
        measured = None if measured_at is None else moment(measured_at)
        if self._advance_downlinks(ident):
            meta = {**meta, "ack": True}
        items = make_uplink(self.world, ident, data, inserted, self.random, measured=measured, meta=meta)
        if payload is not None:
            items[0]["payload"] = payload
        self.world["devices"][ident]["stats"]["transceived_at"] = items[0]["transceived_at"]
        for item in items:
            self.world["packets" if "packet_type" in item else "readings"].append(item)
        for item in items:
            self.announce(item)
        return items

    def _advance_downlinks(self, device: str) -> bool:
        """Schedule the pending downlinks of a class A device, and return whether one is acknowledged.

        A pending downlink is sent after an uplink, and acknowledged by the next uplink.
        """
        acknowledged = False
        for action in list(self.world["actions"].values()):
            if action["device_id"] != device:
                continue
            if action["state"] == "pending":
                self.call_later(0, partial(self.execute_action, action["id"]))
            elif action["opts"].get("acknowledge") and action["result"] is None:
                action["result"] = acknowledged = True
        return acknowledged

    def execute_action(self, action: str, *, announced: bool = True) -> None:
        """Send a pending downlink: its state becomes `executed`, and a down packet is pushed if `announced`."""
        item = self.world["actions"][action]
        if item["state"] != "pending":
            return
        executed = self.now()
        item |= {"state": "executed", "executed_at": iso(executed), "updated_at": iso(executed)}
        item["events"].append(action_event("sent_to_element_lns", "executed", iso(executed)))
        packet = make_uplink(self.world, item["device_id"], [], executed, self.random)[0]
        packet |= {
            "packet_type": "down",
            "payload": item["opts"]["payload"],
            "payload_encoding": "binary",
            "meta": {"frame_port": item["opts"]["port"], "confirm": bool(item["opts"].get("acknowledge"))},
        }
        if announced:
            self.world["packets"].append(packet)
            self.announce(packet)

    def end_action(self, action: str, state: str) -> None:
        """Give up a pending downlink, which ends in the state `state`; nothing is pushed."""
        item = self.world["actions"][action]
        now = iso(self.now())
        item |= {"state": state, "updated_at": now}
        item["events"].append(action_event("ended", state, now))

    def update_packet(self, packet: str) -> Data:
        """Add a late gateway to a packet, and push the packet again under the same id."""
        result: Data = next(item for item in reversed(self.world["packets"]) if item["id"] == packet)
        stats = [*result["meta"]["gateway_stats"], make_reception(self.random, _SECOND_GATEWAY)]
        result["meta"] = {**result["meta"], "updated": True, "gateway_stats": stats}
        self.announce(result)
        return result

    def reparse(self, reading: str, data: Data) -> Data:
        """Parse a packet again: another id, the same packet and time, other values."""
        old = next(item for item in self.world["readings"] if item["id"] == reading)
        new: Data = {**old, "id": identifier(f"again:{reading}"), "inserted_at": iso(self.now()), "data": data}
        self.world["readings"].append(new)
        self.announce(new)
        return new

    def rename(self, key: str, name: str) -> None:
        """Rename a device; sockets report the name only with a preloaded device."""
        device = self.device(key)
        device |= {"name": name, "updated_at": iso(self.now())}

    def add_device(self, key: str, name: str = "Neuer Fühler", tag: str = "building") -> str:
        """Add a LoRaWAN device under the readable key `key`, and return its id."""
        return add_device(self.world, key, name, tag, number=100 + len(self.world["devices"]), now=self.now())

    def delete(self, key: str, *, soft: bool = False) -> None:
        """Remove a device; `soft` keeps it in the lists with `deleted_at`."""
        if soft:
            self.device(key)["deleted_at"] = iso(self.now())
        else:
            del self.world["devices"][self.resolve(key)]


def action_event(kind: str, state: str, when: str) -> Data:
    """Return an entry in the log of a downlink."""
    return {
        "id": identifier(f"event:{kind}:{when}"),
        "type": kind,
        "state": state,
        "fallback_text": kind.replace("_", " "),
        "meta": {},
        "recorded_at": when,
    }


def device_eui_of(device: Data) -> str:
    """Return the DevEUI of a device, or an empty string for other protocols."""
    return str(device["interfaces"][0]["opts"].get("device_eui", ""))
