"""A copy of what the LIVISI hub knows, and what differs.

Wire code. Devices and their capabilities are resources with a state; rooms and
messages lend them names and alerts. Whatever is applied returns only what really
changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from .frames import ZERO_ID, Event, link_of, moment, plain, text

type Body = Mapping[str, Any]

HUB_PRODUCT: Final = "core.RWE"
HUB_TYPES: Final = frozenset({"SHC", "SHCA"})
LIGHT_CATEGORY: Final = "TCLightId"
DOOR_CATEGORY: Final = "TCDoorId"

SWITCH: Final = "SwitchActuator"
DIMMER: Final = "DimmerActuator"
SHUTTER: Final = "RollerShutterActuator"
THERMOSTAT: Final = "ThermostatActuator"
ROOM_SETPOINT: Final = "RoomSetpoint"
ROOM_TEMPERATURE: Final = "RoomTemperature"
ROOM_HUMIDITY: Final = "RoomHumidity"
TEMPERATURE: Final = "TemperatureSensor"
HUMIDITY: Final = "HumiditySensor"
BUTTONS: Final = "PushButtonSensor"
MOTION: Final = "MotionDetectionSensor"
SIREN: Final = "SirenActuator"
ALARM: Final = "AlarmActuator"
VARIABLE: Final = "BooleanStateActuator"

# Some capabilities tell no type: these properties tell enough.
_TYPE_BY_PROPERTY: Final = {
    "dimLevel": DIMMER,
    "shutterLevel": SHUTTER,
    "onState": SWITCH,
    "activeChannel": SIREN,
}
# Where a climate entity finds the temperature and humidity of the air.
_AIR: Final = {
    ROOM_SETPOINT: frozenset({ROOM_TEMPERATURE, ROOM_HUMIDITY}),
    THERMOSTAT: frozenset({TEMPERATURE, HUMIDITY}),
}
# Device state that shows in the device registry.
_DESCRIBING: Final = frozenset({"firmwareVersion"})

_BUTTONS_BY_TYPE: Final = {"BRC8": 8}
_BUTTONS_BY_DEFAULT: Final = 2
_MOST_BUTTONS: Final = 32


class Order(Enum):
    """What the count of an event says about those before it."""

    FINE = auto()
    GAP = auto()
    RESTART = auto()


class Sequence:
    """Follows the hub's count of events.

    One notification may come as several events of the same count. Some hubs count
    nothing at all. After a restart the count begins anew.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        """Start with no count known."""
        self._last: int | None = None

    def reset(self) -> None:
        """Take the next count as it is: a snapshot is read anyway."""
        self._last = None

    def follow(self, sequence: int | None) -> Order:
        """Take the next count, None where an event has none."""
        if sequence is None:
            return Order.FINE
        last, self._last = self._last, sequence
        if last is None or last <= sequence <= last + 1:
            return Order.FINE
        return Order.RESTART if sequence < last else Order.GAP


@dataclass(slots=True, eq=False)
class Resource:
    """A device, or a capability of one.

    Attributes:
        id: The hub's id, 32 hex digits.
        device_id: Id of the device; its own if it is one.
        body: The entity as the hub describes it.
        state: Values by property; None is not known.

    """

    id: str
    device_id: str
    body: Body = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def is_device(self) -> bool:
        """Say whether this is a device."""
        return self.id == self.device_id

    @property
    def link(self) -> str:
        """Return the link by which the hub knows it."""
        return f"/{'device' if self.is_device else 'capability'}/{self.id}"

    @property
    def type(self) -> str:
        """Return the hub's word for what it is, or what its state tells of that."""
        if kind := text(self.body.get("type")):
            return kind
        return next((kind for name, kind in _TYPE_BY_PROPERTY.items() if name in self.state), "")

    @property
    def name(self) -> str:
        """Return the name that a person gave it, or its type."""
        return text(self.config.get("name")) or self.type

    @property
    def config(self) -> Body:
        """Return its configuration."""
        config = self.body.get("config")
        return config if isinstance(config, dict) else {}

    @property
    def category(self) -> str:
        """Return what a person said it is used for, such as ``TCLightId``."""
        tags = self.body.get("tags")
        return text(tags.get("typeCategory")) if isinstance(tags, dict) else ""

    @property
    def product(self) -> str:
        """Return the product that runs it."""
        return text(self.body.get("product"))

    def merge(self, properties: Body) -> set[str]:
        """Take properties and return the names of those that differ.

        A value that the hub does not know (any more) leaves the last one standing:
        after a restart it knows none of a sleeping sensor's values.
        """
        state = self.state
        changed = set()
        for name, value in properties.items():
            if name not in state or (value is not None and state[name] != value):
                state[name] = value
                changed.add(name)
        return changed


@dataclass(slots=True)
class Changes:
    """What was changed.

    Attributes:
        items: Changed properties by resource id, None for all.
        devices: Ids of devices that are new or carry something new.
        removed: Ids of devices that are gone.
        rebuilt: Ids of capabilities that are gone or are something else now.
        unknown: Ids that are not known.

    """

    items: dict[str, set[str] | None] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def add(self, resource_id: str, names: set[str]) -> None:
        """Add changed properties of a resource."""
        known = self.items.setdefault(resource_id, set())
        if known is not None:
            known.update(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The hub's entities."""

    devices: list[dict[str, Any]]
    capabilities: list[dict[str, Any]]
    locations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the hub knows at one moment; ``topology`` is None when it was not read."""

    status: Body
    topology: Topology | None
    device_states: list[dict[str, Any]]
    capability_states: list[dict[str, Any]]
    messages: list[dict[str, Any]]


class HubModel:
    """Everything that one hub has."""

    def __init__(self, serial: str) -> None:
        """Start empty; ``serial`` stands for the hub until its own device is known."""
        self.serial = serial
        self.hub_id = serial
        self.status: Body = {}
        self.config_version = ""
        self.devices: dict[str, Resource] = {}
        self.capabilities: dict[str, Resource] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self._of_device: dict[str, list[Resource]] = {}
        self._rooms: dict[str, str] = {}
        self._readers: dict[str, tuple[Resource, ...]] = {}
        self._bound: frozenset[str] = frozenset()
        self._alerts: dict[str, set[str]] = {}
        self._stamps: dict[tuple[str, str], str] = {}

    # Looking

    def capabilities_of(self, device_id: str) -> tuple[Resource, ...]:
        """Return the capabilities of a device."""
        return tuple(self._of_device.get(device_id, ()))

    def resources_of(self, device_id: str) -> Iterator[Resource]:
        """Yield a device and its capabilities."""
        if (device := self.devices.get(device_id)) is not None:
            yield device
        yield from self.capabilities_of(device_id)

    def room_of(self, device_id: str) -> str | None:
        """Return the name of the room that a device is in."""
        device = self.devices[device_id]
        return self._rooms.get(link_of(device.body.get("location"))[1]) or None

    def category_of(self, resource: Resource) -> str:
        """Return what a capability, or else its device, is used for."""
        device = self.devices.get(resource.device_id)
        return resource.category or (device.category if device is not None else "")

    def reachable(self, device_id: str) -> bool:
        """Say whether the hub's radio reaches a device; silence counts as yes."""
        device = self.devices.get(device_id)
        known = None if device is None else device.state.get("isReachable")
        if isinstance(known, bool):
            return known
        return not self.has_alert(device_id, "DeviceUnreachable")

    def has_alert(self, device_id: str, kind: str) -> bool:
        """Say whether a message of a type about a device is open."""
        return kind in self._alerts.get(device_id, ())

    def is_bound(self, thermostat: Resource) -> bool:
        """Say whether a thermostat is one of a room's."""
        return thermostat.id in self._bound

    def thermostats_of(self, room: Resource) -> list[Resource]:
        """Return the thermostats of a room."""
        return [self.capabilities[member] for member in _underlying(room) if member in self.capabilities]

    def air(self, climate: Resource, name: str) -> Any:
        """Return ``temperature`` or ``humidity`` beside a setpoint, or None."""
        kinds = _AIR.get(climate.type, frozenset())
        return next(
            (
                item.state[name]
                for item in self._of_device.get(climate.device_id, ())
                if item.type in kinds and name in item.state
            ),
            None,
        )

    def button_count(self, sensor: Resource) -> int:
        """Return how many buttons a sender has."""
        device = self.devices.get(sensor.device_id)
        count = sensor.config.get("pushButtons")
        if not isinstance(count, int) or count <= 0:
            count = _BUTTONS_BY_TYPE.get(device.type if device is not None else "", _BUTTONS_BY_DEFAULT)
        last = sensor.state.get("lastPressedButtonIndex")
        return min(max(count, last + 1 if isinstance(last, int) else 0), _MOST_BUTTONS)

    @property
    def unread(self) -> int:
        """Return how many messages nobody has read."""
        return sum(message.get("read") is not True for message in self.messages.values())

    def devices_of(self, message: Body) -> list[Resource]:
        """Return the devices that a message is about."""
        ids = [link_of(link)[1] for link in _items(message.get("devices"))]
        ids.extend(
            capability.device_id
            for link in _items(message.get("capabilities"))
            if (capability := self.capabilities.get(link_of(link)[1])) is not None
        )
        if not ids:
            details = message.get("properties")
            serials = {details.get("deviceSerial"), details.get("serialNumber")} if isinstance(details, dict) else set()
            ids = [
                device.id for device in self.devices.values() if device.body.get("serialNumber") in serials - {"", None}
            ]
        return [self.devices[device_id] for device_id in dict.fromkeys(ids) if device_id in self.devices]

    # Snapshots

    def apply_snapshot(self, snapshot: Snapshot) -> Changes:
        """Take what the hub knows; what it does not hold is gone."""
        changes = Changes()
        self.status = snapshot.status
        if snapshot.topology is not None:
            self._apply_topology(snapshot.topology, changes)
            self.config_version = version_of(snapshot.status)
        for table, states in (
            (self.devices, snapshot.device_states),
            (self.capabilities, snapshot.capability_states),
        ):
            for item in states:
                resource = table.get(self._own_id(text(item.get("id"))))
                if resource is not None:
                    self._remember_stamps(resource.id, item.get("state"))
                    self._merge(resource, plain(item.get("state")), changes)
        self.messages = {message["id"]: message for message in snapshot.messages if text(message.get("id"))}
        changes.add(self.hub_id, {"messages"})
        self._index_alerts(changes)
        return changes

    def forget_stamps(self) -> None:
        """End what ``apply_snapshot`` began, once held events are applied."""
        self._stamps.clear()

    def _remember_stamps(self, resource_id: str, state: Any) -> None:
        for name, value in state.items() if isinstance(state, dict) else ():
            if isinstance(value, dict) and isinstance(value.get("lastChanged"), str):
                self._stamps[resource_id, name] = value["lastChanged"]

    def _apply_topology(self, topology: Topology, changes: Changes) -> None:
        self._rooms = {
            text(location.get("id")): text(config.get("name"))
            for location in topology.locations
            if isinstance(config := location.get("config"), dict)
        }
        before = {item.id: self._role(item) for item in self.capabilities.values()}
        listed: dict[str, str] = {}
        devices: dict[str, Resource] = {}
        for body in topology.devices:
            if device_id := text(body.get("id")):
                devices[device_id] = self._device(device_id, body)
                listed |= {link_of(link)[1]: device_id for link in _items(body.get("capabilities"))}
        hub = next((item for item in devices.values() if is_hub(item)), None)
        if hub is None:
            hub = self.devices.get(self.hub_id) or Resource(self.hub_id, self.hub_id)
            devices[hub.id] = hub
        self.hub_id = hub.id
        capabilities: dict[str, Resource] = {}
        for body in topology.capabilities:
            capability_id = text(body.get("id"))
            device_id = link_of(body.get("device"))[1] or listed.get(capability_id, "")
            device_id = hub.id if device_id == ZERO_ID else device_id
            if capability_id and device_id in devices:
                capabilities[capability_id] = self._capability(capability_id, device_id, body)
        changes.removed |= self.devices.keys() - devices.keys()
        changes.rebuilt |= self.capabilities.keys() - capabilities.keys()
        self.devices, self.capabilities = devices, capabilities
        self._relate()
        changes.rebuilt |= {
            item.id for item in capabilities.values() if item.id in before and before[item.id] != self._role(item)
        }
        changes.devices |= devices.keys()
        # Configuration shows in entities too: limits of temperature, a door for a window.
        changes.items |= dict.fromkeys((*devices, *capabilities))

    def _device(self, device_id: str, body: Body) -> Resource:
        device = self.devices.get(device_id) or Resource(device_id, device_id)
        device.body = body
        return device

    def _capability(self, capability_id: str, device_id: str, body: Body) -> Resource:
        capability = self.capabilities.get(capability_id) or Resource(capability_id, device_id)
        capability.device_id = device_id
        capability.body = body
        return capability

    def _relate(self) -> None:
        """Work out who belongs to whom."""
        self._of_device = {}
        for capability in self.capabilities.values():
            self._of_device.setdefault(capability.device_id, []).append(capability)
        readers: dict[str, list[Resource]] = {}
        bound: set[str] = set()
        for climate in self.capabilities.values():
            if climate.type not in _AIR:
                continue
            if climate.type == ROOM_SETPOINT:
                bound.update(_underlying(climate))
            sources = [item.id for item in self._of_device[climate.device_id] if item.type in _AIR[climate.type]]
            for source in (*sources, *_underlying(climate)):
                readers.setdefault(source, []).append(climate)
        self._bound = frozenset(bound)
        self._readers = {source: tuple(items) for source, items in readers.items()}

    def _role(self, capability: Resource) -> tuple[str, bool, bool]:
        """Return what decides which kind of entity a capability has."""
        return (capability.type, self.category_of(capability) == LIGHT_CATEGORY, self.is_bound(capability))

    # Events

    def find(self, event: Event) -> Resource | None:
        """Return what an event is about, if that has a state here."""
        if event.source_kind == "capability":
            return self.capabilities.get(event.source_id)
        if event.source_kind == "device":
            return self.devices.get(self._own_id(event.source_id))
        return None

    def _own_id(self, device_id: str) -> str:
        return self.hub_id if device_id == ZERO_ID and ZERO_ID not in self.devices else device_id

    def apply_state(self, event: Event) -> Changes:
        """Take changed properties of a device or a capability."""
        changes = Changes()
        resource = self.find(event)
        if resource is None:
            if event.source_kind in ("capability", "device"):
                changes.unknown.add(event.source_id)
            return changes
        properties = event.properties
        if self._stamps:
            properties = {
                name: value for name, value in properties.items() if not self._is_older(event, resource.id, name)
            }
        self._merge(resource, properties, changes)
        return changes

    def _is_older(self, event: Event, resource_id: str, name: str) -> bool:
        """Say whether the snapshot tells a later value than an event that was held."""
        stamp = moment(self._stamps.get((resource_id, name)))
        at = moment(event.timestamp)
        return stamp is not None and at is not None and at < stamp

    def merge(self, resource: Resource, properties: Body) -> Changes:
        """Take properties that were read."""
        changes = Changes()
        self._merge(resource, properties, changes)
        return changes

    def _merge(self, resource: Resource, properties: Body, changes: Changes) -> None:
        fresh = properties.keys() - resource.state.keys()
        changed = resource.merge(properties)
        if not changed:
            return
        changes.add(resource.id, changed)
        for reader in self._readers.get(resource.id, ()):
            changes.add(reader.id, changed)
        if fresh or not changed.isdisjoint(_DESCRIBING):
            changes.devices.add(resource.device_id)

    def apply_configuration(self, bodies: Iterable[Any]) -> Changes:
        """Take changed devices at once; whatever else changed with them has to be read."""
        changes = Changes()
        for body in bodies:
            device = self.devices.get(text(body.get("id"))) if isinstance(body, dict) else None
            if device is not None and any(device.body.get(name) != value for name, value in body.items()):
                roles = {item.id: self._role(item) for item in self.capabilities_of(device.id)}
                device.body = {**device.body, **body}
                changes.rebuilt |= {
                    item.id for item in self.capabilities_of(device.id) if roles[item.id] != self._role(item)
                }
                changes.devices.add(device.id)
                changes.items[device.id] = None
        return changes

    # Messages

    def put_message(self, message_id: str, body: Body) -> tuple[dict[str, Any], Changes]:
        """Take a message or a part of one, and return the whole of it."""
        changes = Changes()
        message = {**self.messages.get(message_id, {}), **body, "id": message_id}
        if self.messages.get(message_id) != message:
            self.messages[message_id] = message
            changes.add(self.hub_id, {"messages"})
            self._index_alerts(changes)
        return message, changes

    def remove_message(self, message_id: str) -> tuple[dict[str, Any], Changes]:
        """Remove a message and return what was known of it."""
        changes = Changes()
        message = self.messages.pop(message_id, None)
        if message is not None:
            changes.add(self.hub_id, {"messages"})
            self._index_alerts(changes)
        return message or {"id": message_id}, changes

    def _index_alerts(self, changes: Changes) -> None:
        alerts: dict[str, set[str]] = {}
        for message in self.messages.values():
            for device in self.devices_of(message):
                alerts.setdefault(device.id, set()).add(text(message.get("type")))
        before, self._alerts = self._alerts, alerts
        for device_id in before.keys() | alerts.keys():
            if differing := before.get(device_id, set()) ^ alerts.get(device_id, set()):
                changes.add(device_id, {alert_property(kind) for kind in differing})
                changes.devices.add(device_id)

    # Diagnostics

    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return a device with its capabilities, as JSON-like data."""
        return [{**resource.body, "state": resource.state} for resource in self.resources_of(device_id)]

    def dump(self) -> Any:
        """Return everything as JSON-like data."""
        return {
            "status": self.status,
            "config_version": self.config_version,
            "devices": {device_id: self.device_diagnostics_data(device_id) for device_id in self.devices},
            "messages": list(self.messages.values()),
        }


def alert_property(kind: str) -> str:
    """Return the property name under which a device's alert of a type is told."""
    return f"alert {kind}"


def version_of(status: Body) -> str:
    """Return the version of the hub's configuration, which v1 writes as text."""
    return str(status.get("configVersion", ""))


def is_hub(device: Resource) -> bool:
    """Say whether a device is the hub itself."""
    return device.id == ZERO_ID or (device.type in HUB_TYPES and device.product in (HUB_PRODUCT, ""))


def _underlying(climate: Resource) -> list[str]:
    """Return the ids of the capabilities that a room's is made of."""
    members = climate.config.get("underlyingCapabilityIds")
    if isinstance(members, str):
        members = members.split(",")
    return [link_of(member.strip())[1] for member in _items(members) if isinstance(member, str) and member.strip()]


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
