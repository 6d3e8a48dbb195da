"""Gateway and its Zigbee network: what can happen in it, and the frames that report it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from ..base import Data, Simulator
from .etags import with_etag
from .lights import LightControl, storable
from .touchlink import Touchlink
from .world import BRIDGE_ID, SWITCHES, WORDS, build, dim_state, make_group, make_light, make_sensor

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "0123456789"
ALL_LIGHTS = "65520"
"""Id under which frames report group 0 (docs/protocols/deconz.md, 3.1)."""

EVENT_ITEMS = frozenset({"action", "buttonevent", "rotaryevent", "presenceevent"})
"""State items that are pushed even if their value is unchanged."""

_ATTRIBUTES = ("lastannounced", "lastseen", "manufacturername", "modelid", "name", "swversion", "type")

NETWORK_TEMPLATE: list[tuple[str, str, str | None, Data]] = [
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
"""Resources of a large network: name of the device, type, cluster of a sensor, and state."""

PLATFORM_TEMPLATE: list[tuple[str, str, str | None, Data]] = [
    ("Klima", "ZHATemperature", "0402", {"temperature": 2000}),
    ("Kontakt", "ZHAOpenClose", "0006", {"open": False}),
    (
        "Farbe",
        "Extended color light",
        None,
        {
            "alert": "none",
            "bri": 90,
            "colormode": "ct",
            "ct": 300,
            "effect": "none",
            "hue": 0,
            "on": True,
            "reachable": True,
            "sat": 0,
            "xy": [0.4, 0.4],
        },
    ),
    ("Rollo", "Window covering device", None, {"lift": 50, "on": True, "open": True, "reachable": True}),
]
"""Resources of a network with one device for each of the platforms whose cost is measured, in the same form."""


def utc_now() -> str:
    """Return the time in UTC as the gateway writes it: milliseconds, without a time zone."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:23]


class Gateway(Simulator):
    """The gateway's state; methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "deconz"

    def __init__(self, *, notify_all: bool, shared_port: bool, attr_names: bool, **options: Any) -> None:
        """Initialize; the options are those of `DeconzSimulator`."""
        super().__init__(**options)
        self.bridge_id = BRIDGE_ID
        self.separate_socket = not shared_port
        self.attr_names = attr_names
        self.keys: dict[str, Data] = {KEY: {"name": "Simulator", "created": utc_now()}}
        self.unlocked = False
        self.radio_not_ready = False
        self.advertised_ws_port: int | None = None
        # Whether TLS ends at a proxy, of which the gateway does not know.
        self.behind_tls_proxy = False
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
        # Length of a tick: one second of a countdown, or ten steps of a cover.
        self.tick_seconds = 1.0
        self.permit_until = 0.0
        self.new_ids: dict[str, list[str]] = {"lights": [], "sensors": []}
        # Names of the buttons and actions of remotes, by a sensor's readable key or else its ID.
        self.buttons: dict[str, tuple[list[str], list[int]]] = dict(SWITCHES)
        # Introspection results beyond the type, by a sensor's readable key and a config item.
        self.introspection: dict[tuple[str, str], Data] = {}
        # Words that descriptions of devices hold, by model and type of resource.
        self.words: dict[tuple[str, str], dict[str, Data]] = {key: dict(words) for key, words in WORDS.items()}
        self.light_control = LightControl(self.world, self.set_light, self.call_after_ticks)
        self.touchlink = Touchlink()
        self._last_stamp = ""
        for gid in ("0", *self.world["groups"]):
            self.update_group_state(gid)
        self.lost = 0

    @property
    def version(self) -> str:
        """Version of the gateway software."""
        return "2.33.2" if not self.separate_socket else "2.29.5"

    @property
    def notify_all(self) -> bool:
        """Whether frames carry all items of a section, or those that changed."""
        return bool(self.world["config"]["websocketnotifyall"])

    @property
    def permit_join(self) -> int:
        """Seconds for which the network is still open for new devices."""
        return max(0, round(self.permit_until - asyncio.get_running_loop().time()))

    def call_after_ticks(self, ticks: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `action` after some ticks of the gateway's clock."""
        return self.call_later(ticks * self.tick_seconds, action)

    def unlock(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Unlock the gateway for new API keys, or lock it."""
        self.unlocked = on

    def revoke_key(self, key: str = KEY) -> None:
        """Delete an API key."""
        self.keys.pop(key, None)

    def resolve(self, kind: str, key: str) -> str:
        """Return the id of a readable key such as "ceiling" among `kind`, or the id itself."""
        ident = str(self.world["ids"].get(kind, {}).get(key, key))
        if ident not in self.world[kind]:
            raise LookupError(key)
        return ident

    def light(self, key: str) -> Data:
        """Return the resource of a light."""
        resource: Data = self.world["lights"][self.resolve("lights", key)]
        return resource

    def sensor(self, key: str) -> Data:
        """Return the resource of a sensor."""
        resource: Data = self.world["sensors"][self.resolve("sensors", key)]
        return resource

    def words_of(self, resource: Data) -> Data:
        """Return the words of a resource's settings, by item."""
        return self.words.get((str(resource.get("modelid")), str(resource.get("type"))), {})

    def set_light(self, key: str, **state: object) -> None:
        """Change the state of a light; its groups follow."""
        rid = self.resolve("lights", key)
        current = self.world["lights"][rid]["state"]
        changed = {name: value for name, value in state.items() if current.get(name, ...) != value}
        if not changed:
            return
        current.update(changed)
        self.announce("lights", rid, "state", changed)
        if "on" in changed or "reachable" in changed:
            for gid, resource in self.world["groups"].items():
                if rid in resource["lights"]:
                    self.update_group_state(gid)
            self.update_group_state("0")

    def set_sensor_state(self, key: str, **state: object) -> None:
        """Change the state of a sensor; event items such as `buttonevent` count even if unchanged."""
        rid = self.resolve("sensors", key)
        current = self.world["sensors"][rid]["state"]
        changed = {name: value for name, value in state.items() if current.get(name, ...) != value}
        if not changed and not EVENT_ITEMS & state.keys():
            return
        changed["lastupdated"] = self.stamp()
        current.update(changed)
        self.announce("sensors", rid, "state", changed)

    def set_sensor_config(self, key: str, **config: object) -> None:
        """Change the configuration of a sensor."""
        rid = self.resolve("sensors", key)
        current = self.world["sensors"][rid]["config"]
        changed = {name: value for name, value in config.items() if current.get(name, ...) != value}
        if changed:
            current.update(changed)
            self.announce("sensors", rid, "config", changed)

    def press(self, key: str, code: int, **extra: object) -> None:
        """Press a button: `code` is 1000 * button + action, `extra` items such as gesture and angle."""
        self.set_sensor_state(key, buttonevent=code, **extra)

    def rotate(self, key: str = "rotary", rotation: int = 75, *, repeat: bool = False) -> None:
        """Turn a rotary knob by `rotation` degrees."""
        self.set_sensor_state(key, rotaryevent=2 if repeat else 1, expectedrotation=rotation)

    def use_keypad(self, action: str, key: str = "keypad", **extra: object) -> None:
        """Use a keypad: `action` as the gateway names it, `extra` items such as the panel."""
        self.set_sensor_state(key, action=action, **extra)

    def rename(self, kind: str, key: str, name: str) -> None:
        """Rename a light, sensor or group."""
        rid = self.resolve(kind, key)
        self.world[kind][rid]["name"] = name
        if kind != "groups" and self.attr_names:
            self.announce(kind, rid, "attr", {"name": name})
        else:
            self.push({**self.head("changed", kind, rid), "name": name})

    def report_lastseen(self, kind: str, key: str) -> None:
        """Receive a Zigbee message of a device: an `attr` frame with the time and nothing else."""
        rid = self.resolve(kind, key)
        seen = f"{utc_now()[:16]}Z"
        self.world[kind][rid]["lastseen"] = seen
        self.push({**self.head("changed", kind, rid), "attr": {"lastseen": seen}})

    def set_firmware(self, kind: str, key: str, swversion: str) -> None:
        """Update the firmware of a device: an `attr` frame."""
        rid = self.resolve(kind, key)
        self.world[kind][rid]["swversion"] = swversion
        self.announce(kind, rid, "attr", {"swversion": swversion})

    def add_capabilities(self, key: str, capabilities: Data) -> None:
        """Discover further capabilities of a light: a `capabilities` frame."""
        rid = self.resolve("lights", key)
        self.world["lights"][rid].setdefault("capabilities", {}).update(capabilities)
        self.announce("lights", rid, "capabilities", capabilities)

    def set_reachable(self, kind: str, key: str, reachable: bool) -> None:  # noqa: FBT001
        """Make a light or sensor reachable or unreachable."""
        if kind == "lights":
            self.set_light(key, reachable=reachable)
        else:
            self.set_sensor_config(key, reachable=reachable)

    def add(self, kind: str, resource: Data, *, partial: bool = False) -> str:
        """Pair a light or sensor; `partial` announces the resource before its state is known."""
        rid = self._free_id(kind)
        self.world[kind][rid] = resource
        self.new_ids.setdefault(kind, []).append(rid)
        shown = {**with_etag(resource), "id": rid}
        if partial:
            for section in ("state", "config", "capabilities"):
                shown.pop(section, None)
        self.push({**self.head("added", kind, rid), kind[:-1]: shown})
        return rid

    def add_light(self, key: str, name: str = "Neue Lampe", *, partial: bool = False) -> str:
        """Pair a dimmable light under the readable key `key`, and return its id."""
        resource = make_light(5000 + len(self.world["lights"]), name, "Dimmable light", dim_state())
        rid = self.add("lights", resource, partial=partial)
        self.world["ids"]["lights"][key] = rid
        return rid

    def add_sensor(self, key: str, name: str = "Neuer Fühler", *, partial: bool = False) -> str:
        """Pair a temperature sensor under the readable key `key`, and return its id."""
        number = 6000 + len(self.world["sensors"])
        resource = make_sensor(number, name, "ZHATemperature", "0402", {"temperature": 2000})
        rid = self.add("sensors", resource, partial=partial)
        self.world["ids"]["sensors"][key] = rid
        return rid

    def add_resources(self, count: int, *, platforms: bool = False) -> None:
        """Add `count` resources without a frame, by `NETWORK_TEMPLATE` or `PLATFORM_TEMPLATE`."""
        template = PLATFORM_TEMPLATE if platforms else NETWORK_TEMPLATE
        names = [row[0] for row in template]
        for number in range(count):
            round_number, row = divmod(number, len(template))
            name, kind, cluster, state = template[row]
            device = 100_000 + round_number * 20 + names.index(name)
            if cluster is None:
                rid, collection = self._free_id("lights"), "lights"
                resource = make_light(device, f"{name} {number}", kind, dict(state))
            else:
                rid, collection = self._free_id("sensors"), "sensors"
                resource = make_sensor(device, f"{name} {number}", kind, cluster, dict(state))
            self.world[collection][rid] = resource

    def delete(self, kind: str, key: str) -> None:
        """Remove a light, sensor or group."""
        rid = self.resolve(kind, key)
        head = self.head("deleted", kind, rid)
        del self.world[kind][rid]
        if kind == "lights":
            for resource in self.world["groups"].values():
                resource["lights"] = [lid for lid in resource["lights"] if lid != rid]
        self.push(head)

    def add_group(self, name: str, lights: list[str] | None = None) -> str:
        """Create a group and return its id; the gateway pushes nothing about it."""
        gid = self._free_id("groups")
        self.world["groups"][gid] = make_group(gid, name, [self.resolve("lights", lid) for lid in lights or []])
        self.world["scenes"][gid] = {}
        with self.lose_frames():
            self.update_group_state(gid)
        return gid

    def set_members(self, gid: str, lights: list[str]) -> None:
        """Replace the lights of a group; the gateway pushes nothing but the state of the group."""
        gid = self.resolve("groups", gid)
        self.world["groups"][gid]["lights"] = [self.resolve("lights", lid) for lid in lights]
        self.update_group_state(gid)

    def add_scene(self, gid: str, name: str) -> str:
        """Create a scene from the current states and return its id; the gateway pushes nothing about it."""
        gid = self.resolve("groups", gid)
        scenes = self.world["scenes"][gid]
        sid = str(max(map(int, scenes), default=0) + 1)
        lights = self.world["groups"][gid]["lights"]
        scenes[sid] = {lid: storable(self.world["lights"][lid]["state"]) for lid in lights}
        self.world["groups"][gid]["scenes"].append(
            {"id": sid, "lightcount": len(lights), "name": name, "transitiontime": 0}
        )
        return sid

    def rename_scene(self, gid: str, sid: str, name: str) -> None:
        """Rename a scene; the gateway pushes nothing about it."""
        scenes = self.world["groups"][self.resolve("groups", gid)]["scenes"]
        next(scene for scene in scenes if scene["id"] == sid)["name"] = name

    def delete_scene(self, gid: str, sid: str) -> None:
        """Delete a scene; the gateway pushes nothing about it."""
        gid = self.resolve("groups", gid)
        del self.world["scenes"][gid][sid]
        resource = self.world["groups"][gid]
        resource["scenes"] = [scene for scene in resource["scenes"] if scene["id"] != sid]

    def recall(self, gid: str, sid: str) -> None:
        """Recall a scene by REST: only its reachable lights report the change."""
        for lid, state in self.world["scenes"][gid][sid].items():
            if lid in self.world["lights"] and self.world["lights"][lid]["state"]["reachable"]:
                self.light_control.apply(lid, state)

    def recall_by_remote(self, gid: str, scid: str) -> None:
        """Recall a scene by a remote: the lights change, and `scene-called` is pushed."""
        gid = gid if gid == "0" else self.resolve("groups", gid)
        if gid != "0":
            self.recall(gid, scid)
        self.push({"e": "scene-called", "gid": gid, "r": "scenes", "scid": scid, "t": "event"})

    def switchable_lights(self) -> list[str]:
        """Return the ids of the lights that group 0 switches."""
        return [
            rid
            for rid, resource in self.world["lights"].items()
            if "on" in resource["state"] and resource["type"] not in ("Door Lock", "Window covering device")
        ]

    def any_all_on(self, lights: list[str]) -> Data:
        """Return the state of a group with these lights."""
        states = [self.world["lights"][lid]["state"] for lid in lights]
        on = [bool(state.get("on")) for state in states if state["reachable"]]
        return {"all_on": bool(on) and all(on), "any_on": any(on)}

    def update_group_state(self, gid: str) -> None:
        """Compute the state of a group again, and push the state if it changed."""
        if gid == "0":
            state = self.world.setdefault("all", {})
            new = self.any_all_on(self.switchable_lights())
        else:
            state = self.world["groups"][gid]["state"]
            new = self.any_all_on(self.world["groups"][gid]["lights"])
        if state != new:
            state.update(new)
            rid = ALL_LIGHTS if gid == "0" else gid
            self.push({**self.head("changed", "groups", rid), "state": dict(new)})

    def head(self, event: str, kind: str, rid: str) -> Data:
        """Return the keys that identify event and resource of a frame."""
        head: Data = {"e": event, "id": rid, "r": kind, "t": "event"}
        if (unique := self.world[kind].get(rid, {}).get("uniqueid")) is not None and kind != "groups":
            head["uniqueid"] = unique
        return head

    def announce(self, kind: str, rid: str, section: str, changed: Data) -> None:
        """Push changed items of one section: all items of the section if `notify_all` is on."""
        resource = self.world[kind][rid]
        payload = dict(changed)
        if section == "attr":
            if self.notify_all:
                attributes = {name: resource.get(name) for name in _ATTRIBUTES}
                payload = {"id": rid, **attributes, "uniqueid": resource["uniqueid"]}
        elif self.notify_all or kind == "alarmsystems":
            payload = dict(resource[section])
        if "xy" in payload and kind == "lights":
            payload |= {"x": round(payload["xy"][0] * 65535), "y": round(payload["xy"][1] * 65535)}
        self.push({**self.head("changed", kind, rid), section: payload})

    def stamp(self) -> str:
        """Return the time, at least a millisecond after the last returned time.

        Tests press a button twice within a millisecond; over the air each press has a time of its own.
        """
        stamp = utc_now()
        if stamp <= self._last_stamp:
            later = datetime.fromisoformat(self._last_stamp) + timedelta(milliseconds=1)
            stamp = later.isoformat(timespec="milliseconds")
        self._last_stamp = stamp
        return stamp

    def _free_id(self, kind: str) -> str:
        used = self.world[kind]
        number = len(used) + 1
        while str(number) in used:
            number += 1
        return str(number)
