"""Model of a gateway's resources.

The full state and messages are merged into the resources. Only items whose value differs
are reported as changed, by ``section.item`` (``state.on``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

from ....wire.snapshot import WHOLE, PendingSnapshot, PendingSnapshots
from .frames import GROUP_ALL, RESOURCES, SECTIONS, Message

ALARM_SYSTEMS: Final = "alarmsystems"
# Kinds of resources that are devices or parts of devices.
COLLECTIONS: Final = ("lights", "sensors", "groups", ALARM_SYSTEMS)
# Type of the gateway's radio, which is a resource in ``lights``.
COORDINATOR_TYPE: Final = "Configuration tool"
# Path of the gateway's configuration.
CONFIG: Final = "config"
# Part of a scene's key between the key of the group and the ID of the scene.
SCENES: Final = "/scenes/"
# REST path below a scene that saves the current state of its group.
STORE_SCENE: Final = "store"

# Sections with nested items.
_NESTED: Final = frozenset({"config", "capabilities"})

# Items that only a press changes.
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
# Property that changes when the words of a resource's settings become known.
WORDS: Final = "words"
# Results of the introspection of ``buttonevent``, stored in a remote's attributes.
INTROSPECTED: Final = ("buttons", "values")
# Items that each press sets, even to the same value.
PRESS_ITEMS: Final = ("buttonevent", "rotaryevent", "presenceevent", "action")
# Details of a press; a gateway that sends only changed items omits unchanged ones.
DETAILS: Final = EVENT_ITEMS.difference(PRESS_ITEMS, {"lastupdated"})

type Words = Mapping[str, Mapping[str, Any]]
"""Words of settings with the gateway's numbers behind them, by item: ``{"config.mode": {"off": 0, "heat": 1}}``."""


@dataclass(slots=True, eq=False)
class Resource:
    """REST resource.

    Attributes:
        kind: Collection: ``lights``, ``sensors``, ``groups`` or ``alarmsystems``.
        id: ID in the collection, which may change when the device is paired again.
        key: Stable ID, which entities use.
        device_id: Stable ID of the device to which the resource belongs.
        attr: Attributes outside the sections.
        press_baseline: State from messages alone at the time of a snapshot.
        press_baseline_time: ``lastupdated`` of that snapshot; messages that are not newer are
            compared with ``press_baseline`` to detect a press.
        is_switch: Whether the resource reports presses.
        reachable: Whether the gateway can reach the device; True if the gateway does not report it.
        revision: Incremented when an item is added or anything outside ``state`` changes.
        words: Words of settings, from the gateway's description of the device; empty until it is known.

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
    words: Words = field(default_factory=dict)

    @property
    def path(self) -> str:
        """REST path, such as ``lights/1``."""
        return f"{self.kind}/{self.id}"

    @property
    def type(self) -> str:
        """Type, such as ``ZHAPresence``."""
        return _text(self.attr.get("type"))

    @property
    def name(self) -> str:
        """Name that a person gave the resource."""
        return _text(self.attr.get("name")) or f"{self.kind} {self.id}"

    @property
    def endpoint_and_cluster(self) -> str:
        """Zigbee endpoint and cluster, from the stable ID."""
        return self.key.partition("-")[2]

    @property
    def endpoint(self) -> str:
        """Zigbee endpoint; a device may have several."""
        return self.endpoint_and_cluster.partition("-")[0]

    def get(self, item: str) -> Any:
        """Return the value of an item such as ``state.on``, or None."""
        section, name = _split(item)
        items: dict[str, Any] = getattr(self, section)
        return items.get(name)

    def has(self, item: str) -> bool:
        """Return whether the resource has an item, with any value."""
        section, name = _split(item)
        return name in self.section(section)

    def place_of(self, item: str) -> tuple[dict[str, Any], str]:
        """Return the section of an item and its name there, for readers that outlive many changes."""
        section, name = _split(item)
        return self.section(section), name

    def section(self, name: str) -> dict[str, Any]:
        """Return a section, which is the same object for the lifetime of the resource."""
        if name == "state":
            return self.state
        if name == "config":
            return self.config
        return self.attr if name == "attr" else self.capabilities

    def merge(self, sections: Mapping[str, Mapping[str, Any]]) -> tuple[set[str], bool]:
        """Merge items; return the names of changed ones, and whether any is new."""
        changed: set[str] = set()
        new = False
        for section, items in sections.items():
            stored: dict[str, Any] = getattr(self, section)
            for name, value in items.items():
                if (current_value := stored.get(name, ...)) == value:
                    continue
                if current_value is ...:
                    new = True
                elif isinstance(value, dict) and isinstance(current_value, dict) and section in _NESTED:
                    # A message may hold only the changed nested items.
                    value = _merged(current_value, value)  # noqa: PLW2901
                    if value == current_value:
                        continue
                stored[name] = value
                changed.add(_item(section, name))
            if "reachable" in items and section == ("config" if self.kind == "sensors" else "state"):
                self.reachable = items["reachable"] is not False
        if new:
            self.is_switch = any(item in self.state for item in PRESS_ITEMS)
        if new or (changed and (len(sections) > 1 or "state" not in sections)):
            self.revision += 1
        return changed, new

    def as_dict(self) -> dict[str, Any]:
        """Return the resource in the form of the REST interface."""
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
    """Return section and name of an item; cached, since every frame needs some of the few items."""
    section, _, name = item.partition(".")
    return section, name


@lru_cache(maxsize=4096)
def _item(section: str, name: str) -> str:
    """Return the name of an item; cached for the same reason as ``_split``."""
    return f"{section}.{name}"


def _merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested items with changes applied at any depth."""
    merged = dict(current)
    for name, value in changes.items():
        existing = merged.get(name)
        merged[name] = _merged(existing, value) if isinstance(existing, dict) and isinstance(value, dict) else value
    return merged


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def sections_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sections of a REST resource."""
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
    """Scene of a group."""

    key: str
    group: Resource
    id: str
    name: str

    @property
    def path(self) -> str:
        """REST path."""
        return f"{self.group.path}/scenes/{self.id}"


@dataclass(frozen=True, slots=True)
class Press:
    """Press, turn or presence event of a resource, with the items at that moment."""

    resource: Resource
    items: Mapping[str, Any]


@dataclass(slots=True)
class Changes:
    """Changes by a snapshot or a message.

    Attributes:
        items: Changed items by resource key.
        devices: IDs of devices that are new or have new features.
        removed: Resources that no longer exist.
        unknown: Paths of resources that must be read.
        presses: Presses in their order.

    """

    items: dict[str, set[str]] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    removed: list[Resource] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    presses: list[Press] = field(default_factory=list)


class GatewayModel:
    """Resources of one gateway.

    Args:
        bridge_id: ID of the gateway, which makes the IDs of groups unique.

    """

    def __init__(self, bridge_id: str) -> None:
        """Initialize without resources."""
        self.bridge_id = bridge_id
        self.config: dict[str, Any] = {}
        self.resources: dict[str, Resource] = {}
        self._by_kind: dict[str, dict[str, Resource]] = {kind: {} for kind in RESOURCES}
        self.devices: dict[str, list[Resource]] = {}
        # Whether to include the group of all lights, which is not in the list of groups.
        self.group_all = False
        self.pending_snapshots = PendingSnapshots()

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """Return an iterator of the resources of a kind."""
        return iter(self._by_kind[kind].values())

    def find(self, kind: str, identifier: str) -> Resource | None:
        """Return a resource by kind and REST ID."""
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
        """Return the lights of a group; the group of all lights has all of them."""
        if group.id == GROUP_ALL:
            return list(self.of_kind("lights"))
        lights = group.attr.get("lights")
        return [
            member
            for identifier in (lights if isinstance(lights, list) else ())
            if (member := self.find("lights", str(identifier))) is not None
        ]

    def apply_snapshot(self, full: Mapping[str, Any], snapshot: PendingSnapshot) -> Changes:
        """Apply the full state, and remove missing resources.

        Args:
            full: Full state.
            snapshot: Changes by messages while the state was read, which stay.

        """
        changes = Changes()
        if isinstance(config := full.get("config"), dict):
            config = {**config, **{name: self.config[name] for name in snapshot.changed(CONFIG)}}
            if config != self.config:
                self.config = config
                changes.items[self.bridge_id] = {"config"}
                changes.devices.add(self.bridge_id)
        for kind in COLLECTIONS:
            bodies = full.get(kind)
            if not isinstance(bodies, dict):
                # A missing collection does not mean that all its resources were deleted.
                continue
            remaining = {str(identifier): body for identifier, body in bodies.items() if isinstance(body, dict)}
            for identifier, body in remaining.items():
                self.apply_body(kind, identifier, body, changes, snapshot)
            for identifier in [identifier for identifier in self._by_kind[kind] if identifier not in remaining]:
                if not snapshot.changed(f"{kind}/{identifier}"):
                    self._remove(kind, identifier, changes)
        return changes

    def apply_body(
        self, kind: str, identifier: str, body: Mapping[str, Any], changes: Changes, snapshot: PendingSnapshot
    ) -> None:
        """Apply a resource that was read, except what messages have changed meanwhile."""
        if WHOLE not in snapshot.changed(f"{kind}/{identifier}"):
            self.put(kind, identifier, body, changes, snapshot)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Apply written values of the gateway's configuration, which are not pushed."""
        self.pending_snapshots.record(CONFIG, config)
        self.config.update(config)

    def put(
        self,
        kind: str,
        identifier: str,
        body: Mapping[str, Any],
        changes: Changes,
        snapshot: PendingSnapshot | None = None,
    ) -> None:
        """Apply a complete resource, which may be new.

        Args:
            kind: Collection.
            identifier: ID in the collection.
            body: The resource as in REST.
            changes: Receives the changes.
            snapshot: Changes by messages since the body was requested, or None if the body
                was pushed.

        """
        sections = sections_of(body)
        key, device_id = self._keys(kind, identifier, sections["attr"])
        resource = self.find(kind, identifier)
        if (other := self.resources.get(key)) is not None and other is not resource:
            resource_type = _text(sections["attr"].get("type"))
            if other.kind != kind or (resource_type and other.type and resource_type != other.type):
                # Two resources may have the same unique ID, such as sensors created by a person.
                key = self._separate_key(other, kind, resource_type)
        if resource is not None and resource.key != key:
            # The gateway has assigned the ID to another resource.
            self._remove(kind, identifier, changes)
            resource = None
        if resource is None:
            resource = self._add(kind, identifier, key, device_id, changes)
        else:
            if snapshot is not None and (newer := snapshot.changed(resource.path)):
                sections = _without_newer(resource, sections, newer)
            _keep_press_baseline(resource, sections)
        changed, new = resource.merge(sections)
        if new:
            changes.devices.add(device_id)
            self._update_groups_of(resource, changes)
        if changed:
            changes.items.setdefault(key, set()).update(changed)
        if not changed.isdisjoint(DEVICE_INFO_ITEMS):
            changes.devices.add(device_id)

    def _separate_key(self, other: Resource, kind: str, resource_type: str) -> str:
        """Return a key for a resource with the unique ID of another one."""
        key = other.key
        if other.type != COORDINATOR_TYPE:
            return f"{kind}/{resource_type}/{key}"
        # The radio has the unique ID of the daylight sensor, and is less useful.
        del self.resources[key]
        other.key = f"{other.kind}/{other.type}/{key}"
        self.resources[other.key] = other
        return key

    def learn_buttons(self, key: str, description: Mapping[str, Any]) -> set[str]:
        """Apply the description of a remote's buttons; return the changed items."""
        if (resource := self.resources.get(key)) is None:
            return set()
        return resource.merge({"attr": {name: description.get(name) for name in INTROSPECTED}})[0]

    def apply(self, message: Message, resource: Resource | None) -> Changes | set[str]:
        """Apply a message.

        Args:
            message: Message.
            resource: Resource of the message, if the model has it.

        Returns:
            Changes, or only the names of changed items if nothing else of an existing resource has changed.

        """
        if self.pending_snapshots.active:
            self.pending_snapshots.record(f"{message.resource}/{message.id}", _names_in(message))
        if resource is not None and message.event == "changed":
            press = self._press_in(resource, message) if resource.is_switch else None
            changed, new = resource.merge(message.sections)
            if press is None and not new and "attr" not in message.sections:
                return changed
            return self._changes_of(resource, changed, press, is_new=new)
        changes = Changes()
        if message.event == "deleted":
            if resource is not None:
                self._remove(message.resource, message.id, changes)
        elif message.event == "added":
            if message.body is not None:
                self.put(message.resource, message.id, message.body, changes)
            elif resource is None:
                changes.unknown.add(f"{message.resource}/{message.id}")
        elif (message.resource, message.id) != ("groups", GROUP_ALL) or self.group_all:
            changes.unknown.add(f"{message.resource}/{message.id}")
        return changes

    def _changes_of(
        self, resource: Resource, changed: set[str], press: Press | None, *, is_new: bool
    ) -> Changes | set[str]:
        """Return changes by a message with a press, with a new item or with attributes."""
        has_device_info = is_new or not changed.isdisjoint(DEVICE_INFO_ITEMS)
        if press is None and not has_device_info:
            return changed
        changes = Changes()
        if press is not None:
            changes.presses.append(press)
        if changed:
            changes.items[resource.key] = changed
            if is_new:
                self._update_groups_of(resource, changes)
            if has_device_info:
                changes.devices.add(resource.device_id)
        return changes

    def _press_in(self, resource: Resource, message: Message) -> Press | None:
        if (state := message.sections.get("state")) is None:
            return None
        if (baseline := resource.press_baseline) is not None:
            updated = state.get("lastupdated")
            if isinstance(updated, str) and updated > resource.press_baseline_time:
                resource.press_baseline = baseline = None
        if baseline is None:
            items = _press(resource.state, state, resource.state, complete=True)
        else:
            # The snapshot already holds the details of the last press before it.
            is_last = state.get("lastupdated") == resource.press_baseline_time
            items = _press(baseline, state, resource.state if is_last else baseline, complete=False)
            baseline.update(state)
        return None if items is None else Press(resource, items)

    def _add(self, kind: str, identifier: str, key: str, device_id: str, changes: Changes) -> Resource:
        """Add a resource at a new path; one that was paired again has a new ID."""
        resource = self.resources.get(key)
        if resource is None:
            resource = Resource(kind, identifier, key, device_id)
            self.resources[key] = resource
            self.devices.setdefault(device_id, []).append(resource)
        else:
            # The entities hold this object.
            del self._by_kind[kind][resource.id]
            resource.id = identifier
        self._by_kind[kind][identifier] = resource
        changes.devices.add(device_id)
        self._update_groups_of(resource, changes)
        return resource

    def _update_groups_of(self, resource: Resource, changes: Changes) -> None:
        """Add the groups of a light that was added, was removed or has changed its kind."""
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
        self._update_groups_of(resource, changes)

    def _keys(self, kind: str, identifier: str, attr: Mapping[str, Any]) -> tuple[str, str]:
        """Return the stable IDs of a resource and of its device.

        ``<ieee>-<endpoint>[-<cluster>]`` is a Zigbee resource, whose address identifies the
        device. A resource without such an ID is a device of its own, unless it belongs to the
        gateway itself.
        """
        unique_id = _text(attr.get("uniqueid"))
        if kind in ("groups", "alarmsystems") or not unique_id:
            key = f"{self.bridge_id}/{kind}/{identifier}"
            return key, key if kind != "alarmsystems" else self.bridge_id
        if attr.get("type") == "Daylight" or is_rule_state(attr):
            return unique_id, self.bridge_id
        address = unique_id.partition("-")[0]
        return unique_id, address if ":" in address else unique_id


def is_rule_state(attr: Mapping[str, Any]) -> bool:
    """Return whether a resource is the state of one of Phoscon's own rules, which nobody else should set."""
    return _text(attr.get("type")).startswith("CLIP") and _text(attr.get("modelid")).startswith("PHOSCON_")


def _keep_press_baseline(resource: Resource, sections: Mapping[str, Mapping[str, Any]]) -> None:
    """Remember what messages alone have reported, before a body that may hold a later press."""
    updated = sections.get("state", {}).get("lastupdated")
    if resource.is_switch and isinstance(updated, str):
        if resource.press_baseline is None:
            resource.press_baseline = dict(resource.state)
        resource.press_baseline_time = updated


def _names_in(message: Message) -> list[str]:
    """Return the names of a message's items, or the resource as a whole."""
    if message.event != "changed":
        return [WHOLE]
    return [f"{section}.{name}" for section, items in message.sections.items() for name in items]


def _without_newer(
    resource: Resource, sections: Mapping[str, Mapping[str, Any]], newer: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the sections of a body without the items that messages have changed meanwhile.

    The body may nevertheless hold a later state, whose message is still on its way.
    """
    updated = sections.get("state", {}).get("lastupdated")
    keeps_state = isinstance(updated, str) and _advanced(updated, resource.state.get("lastupdated"))
    return {
        section: {
            name: value
            for name, value in items.items()
            if f"{section}.{name}" not in newer or (keeps_state and section == "state")
        }
        for section, items in sections.items()
    }


# Items that are part of a device's entry in the device registry.
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
    previous: Mapping[str, Any], state: Mapping[str, Any], last: Mapping[str, Any], *, complete: bool
) -> Mapping[str, Any] | None:
    """Return the items of a press if a message reports one, or None.

    A gateway that sends all items repeats ``buttonevent`` with every other change; one
    that sends only changed items omits it from an identical press. A message is therefore
    a press if ``lastupdated`` has advanced and either

    - a press item is in the message and no items but event items differ, or
    - the message holds nothing but ``lastupdated`` and details of a press.

    A press item with another value is a press whatever else differs, since one message
    may report two events.

    Args:
        previous: State before the message.
        state: State in the message.
        last: Source of the items that the message omits.
        complete: Whether ``previous`` holds everything that was pushed; after a gap, a
            press item may differ because of a missed press.

    """
    updated, before = state.get("lastupdated"), previous.get("lastupdated")
    if isinstance(updated, str) and not _advanced(updated, before):
        return None
    if "lastupdated" in state and DETAILS.issuperset(state.keys() - {"lastupdated"}):
        pressed = any(last.get(item) is not None for item in PRESS_ITEMS)
        return {**last, **state} if pressed else None
    if not any(state.get(item) is not None for item in PRESS_ITEMS):
        return None
    items = {**{name: last[name] for name in DETAILS & last.keys()}, **state}
    # The display of a keypad may change in the same message.
    conclusive = PRESS_ITEMS if complete else ("action",)
    if any(state.get(item) is not None and state[item] != previous.get(item) for item in conclusive):
        return items
    if any(
        name not in EVENT_ITEMS and (name not in previous or previous[name] != value) for name, value in state.items()
    ):
        return None
    return items


def _advanced(updated: str, before: Any) -> bool:
    """Return whether one of the gateway's times is later than another; ``none`` is the earliest."""
    if updated == "none":
        return False
    return not isinstance(before, str) or before == "none" or updated > before
