"""deCONZ's resources: a copy of what the gateway knows, and what differs.

Wire code. Resources are merged from the full state and from messages; only items
whose value really differs are reported, as ``section.item`` (``state.on``).
"""

from collections.abc import Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from .frames import GROUP_ALL, RESOURCES, SECTIONS, Message

# Kinds of resources that are devices of their own or parts of one.
ALARM_SYSTEMS: Final = "alarmsystems"
COLLECTIONS: Final = ("lights", "sensors", "groups", ALARM_SYSTEMS)
# The gateway's radio, which stands among its lights.
COORDINATOR_TYPE: Final = "Configuration tool"
# What in a scene's key stands between that of its group and its id.
SCENES: Final = "/scenes/"
# REST path below a scene that saves the current state of its group.
STORE_SCENE: Final = "store"

_STATE_ALONE: Final = frozenset({"state"})
# Sections with items below items.
_NESTED: Final = frozenset({"config", "capabilities"})

# Items that tell of a press and of nothing else.
EVENT_ITEMS: Final = frozenset(
    {
        "action",
        "buttonevent",
        "gesture",
        "angle",
        "x",
        "y",
        "eventduration",
        "lastupdated",
        "rotaryevent",
        "expectedrotation",
        "expectedeventduration",
        "presenceevent",
    }
)
# What introspection tells of ``buttonevent``, kept among a remote's attributes.
INTROSPECTED: Final = ("buttons", "values")
# Items that are set anew with each press, whether their value differs or not.
PRESS_ITEMS: Final = ("buttonevent", "rotaryevent", "presenceevent", "action")
# Items that say more of a press; with "changed items only" one that is as before is left out.
_DETAILS: Final = EVENT_ITEMS.difference(PRESS_ITEMS, {"lastupdated"})


@dataclass(slots=True, eq=False)
class Resource:
    """One REST resource.

    Attributes:
        kind: Its collection: ``lights``, ``sensors``, ``groups`` or ``alarmsystems``.
        id: Its id in the collection, which may change when it is paired anew.
        key: Its stable id, by which entities know it.
        device_id: Stable id of the device it is a part of.
        attr: What is not in a section.
        press_baseline: State as messages alone had told it when a snapshot came.
        press_baseline_time: ``lastupdated`` of that snapshot: an older message is judged by the press_baseline.
        is_switch: Whether it tells of presses.
        reachable: Whether the gateway can reach it; silence counts as yes.
        shape: Goes up whenever it may have become another thing: with a new item, or a change outside its state.

    """

    kind: str
    id: str
    key: str
    device_id: str
    attr: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    capabilities: dict[str, Any] = field(default_factory=dict)
    press_baseline: dict[str, Any] | None = None
    press_baseline_time: str = ""
    is_switch: bool = False
    reachable: bool = True
    revision: int = 0

    @property
    def path(self) -> str:
        """Return its REST path, such as ``lights/1``."""
        return f"{self.kind}/{self.id}"

    @property
    def type(self) -> str:
        """Return the gateway's word for what it is, such as ``ZHAPresence``."""
        return _text(self.attr.get("type"))

    @property
    def name(self) -> str:
        """Return the name that a person gave it."""
        return _text(self.attr.get("name")) or f"{self.kind} {self.id}"

    @property
    def endpoint_and_cluster(self) -> str:
        """Return the ZigBee endpoint and cluster part of its stable id."""
        return self.key.partition("-")[2]

    @property
    def endpoint(self) -> str:
        """Return its ZigBee endpoint, of which a device may have several."""
        return self.endpoint_and_cluster.partition("-")[0]

    def get(self, item: str) -> Any:
        """Return the value of an item such as ``state.on``, or None."""
        section, name = _split(item)
        return self.section(section).get(name)

    def has(self, item: str) -> bool:
        """Say whether the resource carries an item, whatever its value."""
        section, name = _split(item)
        return name in self.section(section)

    def section(self, name: str) -> dict[str, Any]:
        """Return a section, which stays the same object for the life of the resource."""
        if name == "state":
            return self.state
        if name == "config":
            return self.config
        return self.attr if name == "attr" else self.capabilities

    def merge(self, sections: Mapping[str, Mapping[str, Any]]) -> tuple[set[str], bool]:
        """Take items; returns the names of those that differ, and whether any is new."""
        changed: set[str] = set()
        new = False
        for section, items in sections.items():
            known: dict[str, Any] = getattr(self, section)
            for name, value in items.items():
                present = known.get(name, ...)
                if present == value:
                    continue
                if present is ...:
                    new = True
                elif isinstance(value, dict) and isinstance(present, dict) and section in _NESTED:
                    # A message may tell only those nested items that changed.
                    value = _merged(present, value)  # noqa: PLW2901
                    if value == present:
                        continue
                known[name] = value
                changed.add(f"{section}.{name}")
                if name == "reachable" and section == ("config" if self.kind == "sensors" else "state"):
                    self.reachable = value is not False
        if new:
            self.is_switch = any(item in self.state for item in PRESS_ITEMS)
        if new or (changed and sections.keys() != _STATE_ALONE):
            self.revision += 1
        return changed, new

    def as_dict(self) -> dict[str, Any]:
        """Return it as the gateway would."""
        return {
            "kind": self.kind,
            "id": self.id,
            "key": self.key,
            **self.attr,
            "state": self.state,
            "config": self.config,
            "capabilities": self.capabilities,
        }


@cache
def _split(item: str) -> tuple[str, str]:
    """Return section and name of an item; there are few items, and they are asked for with every frame."""
    section, _, name = item.partition(".")
    return section, name


def _merged(present: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is present with what is told of it, at any depth."""
    merged = dict(present)
    for name, value in told.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def sections_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Split a REST resource into its sections."""
    sections: dict[str, dict[str, Any]] = {"attr": {}}
    for key, value in body.items():
        if key in SECTIONS:
            if isinstance(value, dict):
                sections[key] = value
        else:
            sections["attr"][key] = value
    return sections


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene of a group."""

    key: str
    group: Resource
    id: str
    name: str

    @property
    def path(self) -> str:
        """Return its REST path."""
        return f"{self.group.path}/scenes/{self.id}"


@dataclass(frozen=True, slots=True)
class Press:
    """A press, a turn or a presence event of a resource: its items at that moment."""

    resource: Resource
    items: Mapping[str, Any]


@dataclass(slots=True)
class Changes:
    """What a snapshot or a message changed.

    Attributes:
        items: Changed items by resource key.
        devices: Ids of devices that are new or carry something new.
        removed: Resources that are gone.
        unknown: Paths of resources that must be read.
        presses: Presses, in their order.

    """

    items: dict[str, set[str]] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    removed: list[Resource] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    presses: list[Press] = field(default_factory=list)

    @property
    def only_values(self) -> bool:
        """Say whether nothing but values of known resources has changed."""
        return not (self.devices or self.removed or self.unknown or self.presses)


class GatewayModel:
    """Everything that one gateway has."""

    def __init__(self, bridge_id: str) -> None:
        """Start empty; ``bridge_id`` makes ids of groups unique."""
        self.bridge_id = bridge_id
        self.config: dict[str, Any] = {}
        self.resources: dict[str, Resource] = {}
        self._by_kind: dict[str, dict[str, Resource]] = {kind: {} for kind in RESOURCES}
        self.devices: dict[str, list[Resource]] = {}
        # Whether the group of all lights, which is in no list, is wanted.
        self.group_all = False
        # What messages told of while a slow reading goes on, which is then older than they are.
        self._touched: set[tuple[str, str]] | None = None

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """Yield the resources of a collection."""
        return iter(self._by_kind[kind].values())

    def find(self, kind: str, identifier: str) -> Resource | None:
        """Return a resource by collection and REST id."""
        return self._by_kind[kind].get(identifier)

    def scenes(self, group: Resource) -> list[Scene]:
        """Return the scenes of a group."""
        scenes = group.attr.get("scenes")
        return [
            Scene(
                f"{group.key}{SCENES}{scene['id']}",
                group,
                str(scene["id"]),
                _text(scene.get("name")) or f"Scene {scene['id']}",
            )
            for scene in (scenes if isinstance(scenes, list) else ())
            if isinstance(scene, dict) and scene.get("id") is not None
        ]

    def members(self, group: Resource) -> list[Resource]:
        """Return the lights of a group; the group of all lights has them all."""
        if group.id == GROUP_ALL:
            return list(self.of_kind("lights"))
        lights = group.attr.get("lights")
        return [
            member
            for identifier in (lights if isinstance(lights, list) else ())
            if (member := self.find("lights", str(identifier))) is not None
        ]

    def begin_poll(self) -> None:
        """Begin to note what messages tell of, before a reading on which no message waits."""
        self._touched = set()

    @property
    def changed_since_poll(self) -> bool:
        """Say whether messages have told of anything since ``watch``."""
        return bool(self._touched)

    def apply_poll(self, full: Mapping[str, Any]) -> Changes:
        """Take a full state that messages have changed_since_poll: what these told of stays as it is."""
        told, self._touched = self._touched or set(), None
        kept = {kind: bodies for kind, bodies in full.items() if kind not in COLLECTIONS}
        for kind in COLLECTIONS:
            if isinstance(bodies := full.get(kind), dict):
                kept[kind] = {key: body for key, body in bodies.items() if (kind, str(key)) not in told}
        return self.apply_snapshot(kept, told)

    def apply_snapshot(self, full: Mapping[str, Any], spared: AbstractSet[tuple[str, str]] = frozenset()) -> Changes:
        """Take the full state; what it does not hold is gone, save what is ``spared``."""
        changes = Changes()
        if isinstance(config := full.get("config"), dict) and config != self.config:
            self.config = config
            changes.items[self.bridge_id] = {"config"}
            changes.devices.add(self.bridge_id)
        present: set[tuple[str, str]] = set(spared)
        for kind in COLLECTIONS:
            bodies = full.get(kind)
            if not isinstance(bodies, dict):
                # A part that is missing is no proof that all of it is gone.
                present.update((kind, identifier) for identifier in self._by_kind[kind])
                continue
            for identifier, body in bodies.items():
                if isinstance(body, dict):
                    present.add((kind, str(identifier)))
                    self.put(kind, str(identifier), body, changes)
        for kind, known in self._by_kind.items():
            for identifier in [identifier for identifier in known if (kind, identifier) not in present]:
                self._remove(kind, identifier, changes)
        return changes

    def put(self, kind: str, identifier: str, body: Mapping[str, Any], changes: Changes) -> None:
        """Take a whole resource, known or new."""
        sections = sections_of(body)
        key, device_id = self._keys(kind, identifier, sections["attr"])
        known = self.find(kind, identifier)
        if (other := self.resources.get(key)) is not None and other is not known:
            told = _text(sections["attr"].get("type"))
            if other.kind != kind or (told and other.type and told != other.type):
                # Two things may have one unique id, such as sensors that a person has made.
                key = self._apart(other, kind, told)
        if known is not None and known.key != key:
            # The gateway gave the id to another resource.
            self._remove(kind, identifier, changes)
            known = None
        if known is None:
            known = self._add(kind, identifier, key, device_id, changes)
        elif known.is_switch and isinstance(updated := sections.get("state", {}).get("lastupdated"), str):
            if known.press_baseline is None:
                known.press_baseline = dict(known.state)
            known.press_baseline_time = updated
        changed, new = known.merge(sections)
        if new:
            changes.devices.add(device_id)
            self._regroup(known, changes)
        if changed:
            changes.items.setdefault(key, set()).update(changed)
        if not changed.isdisjoint(DEVICE_INFO_ITEMS):
            changes.devices.add(device_id)

    def _apart(self, other: Resource, kind: str, told: str) -> str:
        """Return a key for a resource whose unique id another has as well."""
        key = other.key
        if other.type != COORDINATOR_TYPE:
            return f"{kind}/{told}/{key}"
        # The stick has that of the daylight, and is of less use.
        del self.resources[key]
        other.key = f"{other.kind}/{other.type}/{key}"
        self.resources[other.key] = other
        return key

    def learn_buttons(self, key: str, told: Mapping[str, Any]) -> set[str]:
        """Take what introspection tells of a remote's buttons; returns the items that differ."""
        if (known := self.resources.get(key)) is None:
            return set()
        return known.merge({"attr": {name: told.get(name) for name in INTROSPECTED}})[0]

    def apply(self, message: Message) -> Changes | None:
        """Take a message; None when it tells nothing new."""
        if self._touched is not None:
            self._touched.add((message.resource, message.id))
        known = self._by_kind[message.resource].get(message.id)
        if known is not None and message.event == "changed":
            return self.change(known, message)
        changes = Changes()
        if message.event == "deleted":
            if known is not None:
                self._remove(message.resource, message.id, changes)
        elif message.event == "added":
            if message.body is not None:
                self.put(message.resource, message.id, message.body, changes)
            elif known is None:
                changes.unknown.add(f"{message.resource}/{message.id}")
        elif (message.resource, message.id) != ("groups", GROUP_ALL) or self.group_all:
            changes.unknown.add(f"{message.resource}/{message.id}")
        return changes

    def change(self, known: Resource, message: Message) -> Changes | None:
        """Take a message about a known resource; None when it tells nothing new."""
        press = self._press_in(known, message) if known.is_switch else None
        changed, new = known.merge(message.sections)
        if not changed and press is None:
            return None
        changes = Changes()
        if press is not None:
            changes.presses.append(press)
        if changed:
            changes.items[known.key] = changed
            if new:
                self._regroup(known, changes)
            if new or not changed.isdisjoint(DEVICE_INFO_ITEMS):
                changes.devices.add(known.device_id)
        return changes

    def _press_in(self, known: Resource, message: Message) -> Press | None:
        if (state := message.sections.get("state")) is None:
            return None
        if (before := known.press_baseline) is not None:
            updated = state.get("lastupdated")
            if isinstance(updated, str) and updated > known.press_baseline_time:
                known.press_baseline = before = None
        if before is None:
            items = _press(known.state, state, known.state, whole=True)
        else:
            # The press that the snapshot was read after is the one that the snapshot tells of.
            is_last = state.get("lastupdated") == known.press_baseline_time
            items = _press(before, state, known.state if is_last else before, whole=False)
            before.update(state)
        return None if items is None else Press(known, items)

    def _add(self, kind: str, identifier: str, key: str, device_id: str, changes: Changes) -> Resource:
        """Take in a resource that is new at its path; paired anew, it comes under another id."""
        resource = self.resources.get(key)
        if resource is None:
            resource = Resource(kind, identifier, key, device_id)
            self.resources[key] = resource
            self.devices.setdefault(device_id, []).append(resource)
        else:
            # Its entities hold it and go on with it.
            del self._by_kind[kind][resource.id]
            resource.id = identifier
        self._by_kind[kind][identifier] = resource
        changes.devices.add(device_id)
        self._regroup(resource, changes)
        return resource

    def _regroup(self, resource: Resource, changes: Changes) -> None:
        """Have groups look at their members again, one of which came, went or turned out to be a light."""
        if resource.kind != "lights":
            return
        for group in self.of_kind("groups"):
            lights = group.attr.get("lights")
            if group.id == GROUP_ALL or (isinstance(lights, list) and resource.id in lights):
                changes.items.setdefault(group.key, set()).add("attr.lights")
                changes.devices.add(group.device_id)

    def _remove(self, kind: str, identifier: str, changes: Changes) -> None:
        resource = self._by_kind[kind].pop(identifier)
        del self.resources[resource.key]
        siblings = self.devices[resource.device_id]
        siblings.remove(resource)
        if not siblings:
            del self.devices[resource.device_id]
        changes.removed.append(resource)
        changes.devices.add(resource.device_id)
        self._regroup(resource, changes)

    def _keys(self, kind: str, identifier: str, attr: Mapping[str, Any]) -> tuple[str, str]:
        """Return the stable ids of a resource and of its device.

        ``<ieee>-<endpoint>[-<cluster>]`` is a ZigBee resource, and the address is the
        device; what has no address of that form stands for itself.
        """
        unique_id = _text(attr.get("uniqueid"))
        if kind in ("groups", "alarmsystems") or not unique_id:
            key = f"{self.bridge_id}/{kind}/{identifier}"
            return key, key if kind != "alarmsystems" else self.bridge_id
        if attr.get("type") == "Daylight":
            return unique_id, self.bridge_id
        address = unique_id.partition("-")[0]
        return unique_id, address if ":" in address else unique_id


# Items from which a device's entry in the registry is made.
DEVICE_INFO_ITEMS: Final = frozenset(
    {
        "attr.name",
        "attr.swversion",
        "attr.modelid",
        "attr.manufacturername",
        "attr.type",
        "attr.productname",
        "attr.lights",
        "attr.scenes",
    }
)


def _press(
    known: Mapping[str, Any], state: Mapping[str, Any], last: Mapping[str, Any], *, whole: bool
) -> Mapping[str, Any] | None:
    """Return the items of a press if this message tells of one, else None.

    The gateway sends ``buttonevent`` again with every other change when it sends all
    items, and leaves it out of an identical press when it sends only what changed.
    So a press has happened if ``lastupdated`` went on, and either a press item is in
    the message and nothing but event items differs, or ``lastupdated`` is there with
    nothing but what says more of a press. A press item that itself differs is a press
    whatever else differs, as when two things happen at once and are told in one
    message.

    Args:
        known: The state as it was told before.
        state: What the message tells.
        last: Where what it leaves out stands.
        whole: Whether ``known`` holds all that has happened; what was missed differs too.

    """
    updated, before = state.get("lastupdated"), known.get("lastupdated")
    if isinstance(updated, str) and not _advanced(updated, before):
        return None
    if "lastupdated" in state and _DETAILS.issuperset(state.keys() - {"lastupdated"}):
        pressed = any(last.get(item) is not None for item in PRESS_ITEMS)
        return {**last, **state} if pressed else None
    if not any(state.get(item) is not None for item in PRESS_ITEMS):
        return None
    items = {**{name: last[name] for name in _DETAILS & last.keys()}, **state}
    # A keypad's display may change in the same message.
    telling = PRESS_ITEMS if whole else ("action",)
    if any(state.get(item) is not None and state[item] != known.get(item) for item in telling):
        return items
    if any(name not in EVENT_ITEMS and (name not in known or known[name] != value) for name, value in state.items()):
        return None
    return items


def _advanced(updated: str, before: Any) -> bool:
    """Compare two of the gateway's times; ``none`` is older than any."""
    if updated == "none":
        return False
    return not isinstance(before, str) or before == "none" or updated > before
