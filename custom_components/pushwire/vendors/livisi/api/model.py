"""Model of a LIVISI hub: devices, capabilities, rooms and messages.

Devices and their capabilities are resources with a state. Rooms give devices their area,
and messages give them alerts. Applying a snapshot or an event returns the differences.
"""

from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from ....wire.snapshot import WHOLE, PendingSnapshot, PendingSnapshots
from ....wire.values import as_dict, as_list, as_text, integer
from .frames import ZERO_ID, Event, datetime_unless_never, property_values, split_link, text_or_empty

type Body = Mapping[str, Any]

HUB_PRODUCT: Final = "core.RWE"
# Namespace of the actions that start and stop a movement, whatever the product of the device.
RAMP_NAMESPACE: Final = "CosipDevices.RWE"
HUB_TYPES: Final = frozenset({"SHC", "SHCA"})
LIGHT_CATEGORY: Final = "TCLightId"
DOOR_CATEGORY: Final = "TCDoorId"

NOTIFICATION_SENDER: Final = "NotificationSender"
# Type of the virtual device of a room.
ROOM_CLIMATE: Final = "VRCC"

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
DRAWN_ENERGY: Final = "TwoWayMeterEnergyConsumptionSensor"
FED_ENERGY: Final = "TwoWayMeterEnergyFeedSensor"
VARIABLE: Final = "BooleanStateActuator"

# Types of messages about problems of a device that no other entity shows.
DEVICE_PROBLEMS: Final = (
    "AddressCollision",
    "BidCosInclusionTimeout",
    "DeviceFactoryReset",
    "DeviceLowRfQuality",
    "DeviceUpdateFailed",
    "InvalidAesKey",
    "RfCommFailureDetected",
)
# Types of messages about problems of the hub. The former cloud is missing for good.
HUB_PROBLEMS: Final = frozenset(
    {
        "ConfigFixEntityDeleted",
        "LemonBeatDongleInitializationFailed",
        "MemoryShortage",
        "NotEnoughDiskSpaceAvailableForUpdate",
        "RuleExecutionFailed",
        "ShcRealTimeClockLost",
        "ShcRemoteRebooted",
        "ShcUpdateCanceled",
        "USBDeviceUnplugged",
    }
)
# Types of messages about an update of the hub.
HUB_UPDATES: Final = frozenset({"ShcDeferrableUpdate", "ShcMandatoryUpdate", "ShcOptionalUpdate"})
HUB_ALERTS: Final = HUB_PROBLEMS | HUB_UPDATES
# Stands for the list of messages among the resources that events change.
MESSAGES: Final = "messages"
# Message of a device that the hub's radio cannot reach.
UNREACHABLE: Final = "DeviceUnreachable"
# Property of a device that the hub's radio reaches.
REACHABLE: Final = "isReachable"

# Types of capabilities without one, by a property.
_TYPE_BY_PROPERTY: Final = {
    "dimLevel": DIMMER,
    "shutterLevel": SHUTTER,
    "onState": SWITCH,
    "activeChannel": SIREN,
}
# Types of the capabilities with the measured values of a climate entity.
_READING_TYPES: Final = {
    ROOM_SETPOINT: frozenset({ROOM_TEMPERATURE, ROOM_HUMIDITY}),
    THERMOSTAT: frozenset({TEMPERATURE, HUMIDITY}),
}
# Device properties that the device registry shows.
_DEVICE_INFO_PROPERTIES: Final = frozenset({"firmwareVersion"})

_BUTTON_COUNT_BY_TYPE: Final = {"BRC8": 8}
_DEFAULT_BUTTON_COUNT: Final = 2
_MAX_BUTTON_COUNT: Final = 32


class Order(Enum):
    """Unexpected order of an event and the previous one, by their sequence numbers."""

    GAP = auto()
    RESTART = auto()


class Sequence:
    """Check of the hub's sequence numbers.

    Several events may have the same number, and some hubs send no numbers. After a
    restart, the hub starts from the beginning.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        """Initialize without a number."""
        self._last: int | None = None

    def reset(self) -> None:
        """Accept any next number, since a snapshot is read."""
        self._last = None

    def check(self, sequence: int | None) -> Order | None:
        """Return the order of the next event, whose number may be missing; None for the expected one."""
        if sequence is None:
            return None
        last, self._last = self._last, sequence
        if last is None or sequence - last in (0, 1):
            return None
        return Order.RESTART if sequence < last else Order.GAP


@dataclass(slots=True, eq=False)
class Resource:
    """Device, or capability of a device.

    Attributes:
        id: ID of 32 hex digits.
        device_id: ID of the device; equal to ``id`` for a device.
        body: The hub's description of the resource.
        state: Values by property; None for an unknown value.
        is_device: Whether the resource is a device.

    """

    id: str
    device_id: str
    body: Body = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    is_device: bool = field(init=False)

    def __post_init__(self) -> None:
        """Set whether the resource is a device."""
        self.is_device = self.id == self.device_id

    @property
    def link(self) -> str:
        """Link in the hub's interface."""
        return f"/{'device' if self.is_device else 'capability'}/{self.id}"

    @property
    def type(self) -> str:
        """Type reported by the hub, or the type that matches the properties."""
        if kind := as_text(self.body.get("type")):
            return kind
        return next((kind for name, kind in _TYPE_BY_PROPERTY.items() if name in self.state), "")

    @property
    def name(self) -> str:
        """Name that a person gave the resource, or its type."""
        return as_text(self.config.get("name")) or self.type

    @property
    def config(self) -> Body:
        """Configuration."""
        return as_dict(self.body.get("config"))

    @property
    def category(self) -> str:
        """Category that a person chose, such as ``TCLightId``."""
        return text_or_empty(as_dict(self.body.get("tags")).get("typeCategory"))

    @property
    def product(self) -> str:
        """Product that runs the resource."""
        return text_or_empty(self.body.get("product"))

    def merge(self, properties: Body) -> tuple[set[str], bool]:
        """Update properties; return the names of the changed ones, and whether any is new.

        An unknown value does not replace an earlier one: after a restart, the hub has
        none of the values of a sleeping sensor. Only an unknown reachability does.
        """
        state = self.state
        changed = set()
        new = False
        for name, value in properties.items():
            if name not in state:
                new = True
            elif state[name] == value or (value is None and name != REACHABLE):
                continue
            state[name] = value
            changed.add(name)
        return changed, new


@dataclass(slots=True)
class Changes:
    """Changes of the model.

    Attributes:
        items: Changed properties by resource ID; None stands for all.
        devices: IDs of devices that are new, or have a new property or description.
        rebuilt: IDs of removed capabilities, and of those that need another entity.
        returned: IDs of devices that are reachable again.

    """

    items: dict[str, set[str] | None] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)

    def update(self, other: Changes) -> None:
        """Add other changes."""
        for resource_id, names in other.items.items():
            if names is None:
                self.items[resource_id] = None
            else:
                self.add(resource_id, names)
        self.devices |= other.devices
        self.rebuilt |= other.rebuilt
        self.returned |= other.returned

    def add(self, resource_id: str, names: set[str]) -> None:
        """Add changed properties of a resource."""
        if resource_id not in self.items:
            self.items[resource_id] = names
        elif (properties := self.items[resource_id]) is not None:
            self.items[resource_id] = properties | names


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Lists of the hub's devices, capabilities, rooms and scenarios; None for a list that the hub cannot provide."""

    devices: list[dict[str, Any]]
    capabilities: list[dict[str, Any]]
    locations: list[dict[str, Any]] | None
    interactions: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """State of the hub, as it was read.

    Attributes:
        status: Status.
        topology: Topology, or None if it was not read.
        device_states: States of the devices.
        capability_states: States of the capabilities.
        messages: Messages, or None if the hub cannot list them.
        pending: Changes by events while the state was read.
        requested: Positions in ``pending`` at which the lists were requested, by field.

    """

    status: Body
    topology: Topology | None
    device_states: list[dict[str, Any]]
    capability_states: list[dict[str, Any]]
    messages: list[dict[str, Any]] | None
    pending: PendingSnapshot = field(default_factory=PendingSnapshot)
    requested: Mapping[str, int] = field(default_factory=dict)

    def changed(self, resource_id: str, part: str) -> Mapping[str, str]:
        """Return what events have changed since a list was requested, see ``PendingSnapshot.changed``."""
        return self.pending.changed(resource_id, self.requested.get(part, 0))


class HubModel:
    """Devices, capabilities, rooms and messages of one hub.

    Args:
        serial: Serial number; also the hub's ID as long as its own device is unknown.

    """

    def __init__(self, serial: str) -> None:
        """Initialize an empty model."""
        self.serial = serial
        self.hub_id = serial
        self.status: Body = {}
        self.config_version = ""
        self.devices: dict[str, Resource] = {}
        self.capabilities: dict[str, Resource] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self._capabilities_by_device: dict[str, list[Resource]] = {}
        self._by_link: dict[str, Resource] = {}
        # Scenarios, which the hub calls interactions.
        self.interactions: dict[str, dict[str, Any]] = {}
        self._rooms: dict[str, str] = {}
        # Climate capabilities that show values of a capability, by the latter's ID.
        self._climates_by_source: dict[str, tuple[Resource, ...]] = {}
        # IDs of the thermostats that belong to a room.
        self._in_room: frozenset[str] = frozenset()
        # Types of the open messages by device ID, each with the IDs of its messages.
        self._alerts: dict[str, dict[str, set[str]]] = {}
        # Devices that the hub calls unreachable. Read with every event and every state, so it is not worked out then.
        self.called_unreachable: set[str] = set()
        # Devices that have spoken since the hub called them unreachable, with the hub's time.
        self._heard: dict[str, str] = {}
        self.pending_snapshots = PendingSnapshots()
        # Incremented when a description changes or a property is new.
        self.revision = 0
        # Times of the snapshot's values, by resource ID and property.
        self._snapshot_times: dict[tuple[str, str], str] = {}

    # Queries

    def capabilities_of(self, device_id: str) -> tuple[Resource, ...]:
        """Return the capabilities of a device."""
        return tuple(self._capabilities_by_device.get(device_id, ()))

    def resources_of(self, device_id: str) -> Iterator[Resource]:
        """Yield a device and its capabilities."""
        if (device := self.devices.get(device_id)) is not None:
            yield device
        yield from self.capabilities_of(device_id)

    def room_of(self, device_id: str) -> str | None:
        """Return the name of a device's room."""
        device = self.devices[device_id]
        return self._rooms.get(split_link(device.body.get("location"))[1]) or None

    def category_of(self, resource: Resource) -> str:
        """Return the category of a capability, or that of its device."""
        device = self.devices.get(resource.device_id)
        return resource.category or (device.category if device is not None else "")

    def is_reachable(self, device_id: str) -> bool:
        """Return False for a device that the hub calls unreachable and that has not spoken since.

        Everything that is doubtful counts as reachable, since Home Assistant passes no
        command to an unavailable entity.
        """
        return device_id not in self.called_unreachable or device_id in self._heard

    def _update_called_unreachable(self, device_id: str) -> None:
        """Update whether the hub calls a device unreachable, from the device's property and the open messages."""
        device = self.devices.get(device_id)
        reported = device is not None and device.state.get(REACHABLE) is False
        if reported or self.has_alert(device_id, UNREACHABLE):
            self.called_unreachable.add(device_id)
        else:
            self.called_unreachable.discard(device_id)

    def has_alert(self, device_id: str, kind: str) -> bool:
        """Return whether there is a message of a type about a device."""
        return kind in self._alerts.get(device_id, ())

    def has_any_alert(self, device_id: str, kinds: AbstractSet[str]) -> bool:
        """Return whether there is a message of one of several types about a device."""
        return not kinds.isdisjoint(self._alerts.get(device_id, ()))

    def is_in_room(self, thermostat: Resource) -> bool:
        """Return whether a thermostat belongs to a room."""
        return thermostat.id in self._in_room

    def thermostats_of(self, room: Resource) -> list[Resource]:
        """Return the thermostats of a room."""
        return [self.capabilities[member] for member in _underlying_ids(room) if member in self.capabilities]

    def room_sensor(self, climate: Resource, name: str) -> Resource | None:
        """Return the capability that measures the ``temperature`` or ``humidity`` of a setpoint's room, or None."""
        kinds = _READING_TYPES.get(climate.type, frozenset())
        return next(
            (
                capability
                for capability in self.capabilities_of(climate.device_id)
                if capability.type in kinds and name in capability.state
            ),
            None,
        )

    def button_count(self, sensor: Resource) -> int:
        """Return the number of buttons of a transmitter."""
        device = self.devices.get(sensor.device_id)
        count = integer(sensor.config.get("pushButtons"))
        if count is None or count <= 0:
            count = _BUTTON_COUNT_BY_TYPE.get(device.type if device is not None else "", _DEFAULT_BUTTON_COUNT)
        last = integer(sensor.state.get("lastPressedButtonIndex"))
        return min(max(count, 0 if last is None else last + 1), _MAX_BUTTON_COUNT)

    @property
    def unread_count(self) -> int:
        """Number of unread messages."""
        return sum(message.get("read") is not True for message in self.messages.values())

    def devices_of(self, message: Body) -> list[Resource]:
        """Return the devices of a message."""
        ids = [split_link(link)[1] for link in as_list(message.get("devices"))]
        ids.extend(
            capability.device_id
            for link in as_list(message.get("capabilities"))
            if (capability := self.capabilities.get(split_link(link)[1])) is not None
        )
        if not ids:
            details = as_dict(message.get("properties"))
            serials = {as_text(details.get("deviceSerial")), as_text(details.get("serialNumber"))} - {None}
            ids = [device.id for device in self.devices.values() if as_text(device.body.get("serialNumber")) in serials]
        return [self.devices[device_id] for device_id in dict.fromkeys(ids) if device_id in self.devices]

    def counterparts(self, other: HubModel) -> dict[str, str]:
        """Return the IDs of the same devices and capabilities on another hub, by the IDs on this one.

        Devices have the same serial number. A capability is identified by its type, so one
        of several with the same type is not found.
        """
        by_serial = {as_text(device.body.get("serialNumber")): device for device in other.devices.values()}
        ids = {self.hub_id: other.hub_id}
        for device in self.devices.values():
            serial = as_text(device.body.get("serialNumber"))
            counterpart = by_serial.get(serial) if serial else None
            if device.id == self.hub_id:
                counterpart = other.devices.get(other.hub_id)
            if counterpart is None:
                continue
            ids[device.id] = counterpart.id
            previous, current = (
                {item.type: item.id for item in model.capabilities_of(device_id) if model.has_one(item)}
                for model, device_id in ((self, device.id), (other, counterpart.id))
            )
            ids |= {previous[kind]: current[kind] for kind in previous.keys() & current.keys()}
        return ids

    def has_one(self, capability: Resource) -> bool:
        """Return whether a capability is the only one of its type on its device."""
        return [item.type for item in self.capabilities_of(capability.device_id)].count(capability.type) == 1

    # Snapshots

    def apply_snapshot(self, snapshot: Snapshot) -> Changes:
        """Apply a snapshot and remove everything that is not part of it.

        What events have changed while the snapshot was read stays, unless the hub reports
        a later change.
        """
        changes = Changes()
        unreachable = {
            device.id: device.state.get(REACHABLE) is False
            for device in self.devices.values()
            if device.id in self.called_unreachable
        }
        self.status = snapshot.status
        if snapshot.topology is not None:
            self._apply_topology(snapshot.topology, snapshot, changes)
            self.config_version = version_of(snapshot.status)
        for part, resources, states in (
            ("device_states", self.devices, snapshot.device_states),
            ("capability_states", self.capabilities, snapshot.capability_states),
        ):
            for item in states:
                resource = resources.get(self._resolve_zero_id(text_or_empty(item.get("id"))))
                if resource is not None:
                    state = as_dict(item.get("state"))
                    self._store_times(resource.id, state)
                    values = property_values(state)
                    if resource.is_device and REACHABLE in resource.state:
                        values.setdefault(REACHABLE, None)
                    if changed := snapshot.changed(resource.id, part):
                        values = {
                            name: value
                            for name, value in values.items()
                            if name not in changed or self._is_older(changed[name], resource.id, name)
                        }
                    self._merge(resource, values, changes)
        alerts = self._alerts
        if snapshot.messages is not None:
            self._apply_messages(snapshot, snapshot.messages)
            changes.add(self.hub_id, {"messages"})
        self._index_alerts(changes)
        for device_id in self.devices:
            self._weigh(device_id, alerts, changes, was_reported=unreachable.get(device_id))
        return changes

    def _weigh(
        self, device_id: str, previous_alerts: Mapping[str, Body], changes: Changes, *, was_reported: bool | None
    ) -> None:
        """Decide by the times of a snapshot whether a device has spoken since the hub called it unreachable.

        Args:
            device_id: ID of the device.
            previous_alerts: Open messages before the snapshot.
            changes: Changes by the snapshot.
            was_reported: Whether ``isReachable`` was False before the snapshot; None for a device
                that was not called unreachable.

        """
        if device_id not in self.called_unreachable:
            self._heard.pop(device_id, None)
            return
        alerts = self._alerts.get(device_id, {}).get(UNREACHABLE, set())
        known_alerts = previous_alerts.get(device_id, {}).get(UNREACHABLE, set())
        is_reported = self.devices[device_id].state.get(REACHABLE)
        is_same = was_reported is not None and alerts <= known_alerts and (was_reported or is_reported is not False)
        if is_same and device_id in self._heard:
            return
        reported = datetime_unless_never(self._snapshot_times.get((device_id, REACHABLE)))
        statements = [datetime_unless_never(self.messages[alert].get("timestamp")) for alert in alerts]
        if is_reported is False:
            statements.append(reported)
        evidence = [datetime_unless_never(self._heard.get(device_id))]
        if is_reported is True:
            evidence.append(reported)
        for capability in self.capabilities_of(device_id):
            evidence.extend(
                datetime_unless_never(self._snapshot_times.get((capability.id, name))) for name in capability.state
            )
        times = [time for time in evidence if time is not None]
        if times and None not in statements and max(times) > max(filter(None, statements)):
            self._heard.setdefault(device_id, "")
        else:
            self._heard.pop(device_id, None)
        changes.add(device_id, {REACHABLE})

    def apply_states(self, device_states: Iterable[Body], capability_states: Iterable[Body], pending: Any) -> Changes:
        """Apply states of some devices and capabilities, which were read one by one.

        Args:
            device_states: Items of ``/device/states``.
            capability_states: Items of ``/capability/states``.
            pending: Changes by events while the states were read.

        """
        changes = Changes()
        for resources, states in ((self.devices, device_states), (self.capabilities, capability_states)):
            for item in states:
                resource = resources.get(self._resolve_zero_id(text_or_empty(item.get("id"))))
                if resource is None:
                    continue
                values = property_values(as_dict(item.get("state")))
                if resource.is_device and REACHABLE in resource.state:
                    values.setdefault(REACHABLE, None)
                changed = pending.changed(resource.id)
                self._merge(resource, {name: value for name, value in values.items() if name not in changed}, changes)
        return changes

    def _apply_messages(self, snapshot: Snapshot, listed: list[dict[str, Any]]) -> None:
        messages = {message["id"]: message for message in listed if as_text(message.get("id"))}
        for message_id in snapshot.changed(MESSAGES, "messages"):
            messages.pop(message_id, None)
            if (message := self.messages.get(message_id)) is not None:
                messages[message_id] = message
        self.messages = messages

    def discard_snapshot_times(self) -> None:
        """Discard the times of the snapshot after the events that waited for it were applied."""
        self._snapshot_times.clear()

    def _store_times(self, resource_id: str, state: Body) -> None:
        for name, value in state.items():
            if time := as_text(as_dict(value).get("lastChanged")):
                self._snapshot_times[resource_id, name] = time

    def _apply_topology(self, topology: Topology, snapshot: Snapshot, changes: Changes) -> None:
        if topology.locations is not None:
            self._rooms = {
                text_or_empty(location.get("id")): text_or_empty(as_dict(location.get("config")).get("name"))
                for location in topology.locations
            }
        if topology.interactions is not None:
            interactions = {item["id"]: item for item in topology.interactions if as_text(item.get("id"))}
            changes.rebuilt |= self.interactions.keys() - interactions.keys()
            if interactions != self.interactions:
                changes.items |= dict.fromkeys(interactions)
            self.interactions = interactions
        previous_roles = {item.id: self._role(item) for item in self.capabilities.values()}
        listed: dict[str, str] = {}
        devices: dict[str, Resource] = {}
        for body in topology.devices:
            if device_id := as_text(body.get("id")):
                has_newer_body = WHOLE in snapshot.changed(device_id, "topology")
                devices[device_id] = self._device(device_id, None if has_newer_body else body)
                listed |= {split_link(link)[1]: device_id for link in as_list(body.get("capabilities"))}
        hub = next((item for item in devices.values() if is_hub(item)), None)
        if hub is None:
            hub = self.devices.get(self.hub_id) or Resource(self.hub_id, self.hub_id)
            devices[hub.id] = hub
        self.hub_id = hub.id
        capabilities: dict[str, Resource] = {}
        for body in topology.capabilities:
            capability_id = text_or_empty(body.get("id"))
            device_id = split_link(body.get("device"))[1] or listed.get(capability_id, "")
            device_id = hub.id if device_id == ZERO_ID else device_id
            if capability_id and device_id in devices:
                capabilities[capability_id] = self._capability(capability_id, device_id, body)
        changes.rebuilt |= self.capabilities.keys() - capabilities.keys()
        self.devices, self.capabilities = devices, capabilities
        # Entities hold the set.
        self.called_unreachable.intersection_update(devices)
        self.revision += 1
        self._index_relations()
        changes.rebuilt |= {
            item.id
            for item in capabilities.values()
            if item.id in previous_roles and previous_roles[item.id] != self._role(item)
        }
        changes.devices |= devices.keys()
        # Entities depend on the configuration too: temperature range, door or window.
        changes.items |= dict.fromkeys((*devices, *capabilities))

    def _device(self, device_id: str, body: Body | None) -> Resource:
        device = self.devices.get(device_id) or Resource(device_id, device_id)
        if body is not None:
            device.body = body
        return device

    def _capability(self, capability_id: str, device_id: str, body: Body) -> Resource:
        capability = self.capabilities.get(capability_id) or Resource(capability_id, device_id)
        capability.device_id = device_id
        capability.body = body
        return capability

    def _index_relations(self) -> None:
        """Update the relations of devices, capabilities and rooms."""
        self._by_link = {item.link: item for item in (*self.devices.values(), *self.capabilities.values())}
        self._capabilities_by_device = {}
        for capability in self.capabilities.values():
            self._capabilities_by_device.setdefault(capability.device_id, []).append(capability)
        climates_by_source: dict[str, list[Resource]] = {}
        in_room: set[str] = set()
        for climate in self.capabilities.values():
            if climate.type not in _READING_TYPES:
                continue
            if climate.type == ROOM_SETPOINT:
                in_room.update(_underlying_ids(climate))
            reading_types = _READING_TYPES[climate.type]
            sources = [item.id for item in self.capabilities_of(climate.device_id) if item.type in reading_types]
            for source in (*sources, *_underlying_ids(climate)):
                climates_by_source.setdefault(source, []).append(climate)
        self._in_room = frozenset(in_room)
        self._climates_by_source = {source: tuple(climates) for source, climates in climates_by_source.items()}

    def _role(self, capability: Resource) -> tuple[str, bool, bool]:
        """Return the features that decide on the entity of a capability."""
        return (capability.type, self.category_of(capability) == LIGHT_CATEGORY, self.is_in_room(capability))

    # Events

    def find(self, event: Event) -> Resource | None:
        """Return the device or capability of an event, or None."""
        if (resource := self._by_link.get(event.source)) is not None:
            return resource
        kind, resource_id = split_link(event.source)
        if kind == "capability":
            return self.capabilities.get(resource_id)
        if kind == "device":
            return self.devices.get(self._resolve_zero_id(resource_id))
        return None

    def _resolve_zero_id(self, device_id: str) -> str:
        return self.hub_id if device_id == ZERO_ID and ZERO_ID not in self.devices else device_id

    def apply_state(self, resource: Resource, event: Event) -> Changes | set[str]:
        """Apply changed properties of a device or a capability, which may prove that the device is reachable.

        Returns:
            The names of the changed properties if nothing else changes, as in nearly all events; else all changes.

        """
        properties = event.properties
        if self._snapshot_times:
            properties = {
                name: value
                for name, value in properties.items()
                if not self._is_older(event.timestamp, resource.id, name)
            }
        if self.pending_snapshots.active:
            self.pending_snapshots.record(resource.id, properties, event.timestamp)
        changed, new = resource.merge(properties)
        if resource.is_device or resource.device_id in self.called_unreachable:
            return self._apply_evidence(resource, event, changed, new=new)
        if not changed or not (new or resource.id in self._climates_by_source):
            return changed
        changes = Changes()
        self._add_changed(resource, changed, new=new, changes=changes)
        return changes

    def _apply_evidence(self, resource: Resource, event: Event, changed: set[str], *, new: bool) -> Changes:
        """Return the changes by an event that may change whether its device is reachable."""
        device_id = resource.device_id
        was_reachable = self.is_reachable(device_id)
        changes = Changes()
        if self.hear(resource, event):
            changes.add(device_id, {REACHABLE})
        if changed:
            self._add_changed(resource, changed, new=new, changes=changes)
        if not was_reachable and self.is_reachable(device_id):
            changes.returned.add(device_id)
        return changes

    def _is_older(self, timestamp: str, resource_id: str, name: str) -> bool:
        """Return whether an event is older than the snapshot's value."""
        snapshot_time = datetime_unless_never(self._snapshot_times.get((resource_id, name)))
        event_time = datetime_unless_never(timestamp)
        return snapshot_time is not None and event_time is not None and event_time < snapshot_time

    def merge(self, resource: Resource, properties: Body) -> Changes:
        """Update properties of a resource that have changed at an unknown time."""
        self.pending_snapshots.record(resource.id, properties)
        changes = Changes()
        self._merge(resource, properties, changes)
        return changes

    def _merge(self, resource: Resource, properties: Body, changes: Changes) -> None:
        changed, new = resource.merge(properties)
        if changed:
            self._add_changed(resource, changed, new=new, changes=changes)

    def _add_changed(self, resource: Resource, changed: set[str], *, new: bool, changes: Changes) -> None:
        """Add changed properties of a resource, and what depends on them."""
        changes.add(resource.id, changed)
        if resource.is_device and REACHABLE in changed:
            self._update_called_unreachable(resource.id)
        for climate in self._climates_by_source.get(resource.id, ()):
            changes.add(climate.id, changed)
        if new:
            self.revision += 1
        if new or not changed.isdisjoint(_DEVICE_INFO_PROPERTIES):
            changes.devices.add(resource.device_id)

    def restore(self, resource: Resource, name: str, value: Any) -> Changes:
        """Set a property that the hub does not know to its value of an earlier run."""
        changes = Changes()
        if resource.state.get(name) is None:
            self._merge(resource, {name: value}, changes)
        return changes

    def hear(self, resource: Resource, event: Event) -> bool:
        """Return whether a device's own event, or a report of its reachability, changes the latter."""
        device_id = resource.device_id
        is_called_unreachable = device_id in self.called_unreachable
        if resource.is_device:
            is_reachable = event.properties.get(REACHABLE)
            if is_reachable is None:
                return False
            speaks = is_reachable is True
        elif not is_called_unreachable:
            return False
        else:
            # An event without a value proves nothing.
            speaks = not event.properties or any(value is not None for value in event.properties.values())
        was_reachable = not is_called_unreachable or device_id in self._heard
        if not speaks:
            if resource.is_device:
                self._heard.pop(device_id, None)
        elif is_called_unreachable:
            self._heard[device_id] = event.timestamp
        return is_called_unreachable and self.is_reachable(device_id) is not was_reachable

    def apply_configuration(self, bodies: Iterable[Any]) -> Changes:
        """Apply changed devices; other changes of the configuration must be read."""
        changes = Changes()
        for body in bodies:
            device = self.devices.get(text_or_empty(as_dict(body).get("id")))
            if device is not None and any(device.body.get(name) != value for name, value in body.items()):
                self.pending_snapshots.record(device.id, (WHOLE,))
                roles = {item.id: self._role(item) for item in self.capabilities_of(device.id)}
                device.body = {**device.body, **body}
                self.revision += 1
                changes.rebuilt |= {
                    item.id for item in self.capabilities_of(device.id) if roles[item.id] != self._role(item)
                }
                changes.devices.add(device.id)
                changes.items[device.id] = None
        return changes

    def apply_config(self, resource: Resource, values: Body) -> Changes:
        """Apply changed values of a resource's configuration."""
        resource.body = {**resource.body, "config": {**resource.config, **values}}
        self.revision += 1
        self.pending_snapshots.record(resource.id, (WHOLE,))
        return Changes(items={resource.id: None})

    # Messages

    def put_message(self, message_id: str, body: Body) -> tuple[dict[str, Any], Changes]:
        """Update a message with all or some of its values; return the complete message and the changes."""
        changes = Changes()
        self.pending_snapshots.record(MESSAGES, (message_id,))
        message = {**self.messages.get(message_id, {}), **body, "id": message_id}
        if self.messages.get(message_id) != message:
            self.messages[message_id] = message
            changes.add(self.hub_id, {"messages"})
            self._index_alerts(changes)
        return message, changes

    def remove_message(self, message_id: str) -> tuple[dict[str, Any], Changes]:
        """Remove a message; return its last values and the changes."""
        changes = Changes()
        self.pending_snapshots.record(MESSAGES, (message_id,))
        message = self.messages.pop(message_id, None)
        if message is not None:
            changes.add(self.hub_id, {"messages"})
            self._index_alerts(changes, heals=True)
        return message or {"id": message_id}, changes

    def _index_alerts(self, changes: Changes, *, heals: bool = False) -> None:
        """Update the alerts of the devices; ``heals`` is True for a message that the hub has deleted."""
        alerts: dict[str, dict[str, set[str]]] = {}
        for message_id, message in self.messages.items():
            kind = text_or_empty(message.get("type"))
            device_ids = [device.id for device in self.devices_of(message)]
            for device_id in device_ids or ([self.hub_id] if kind in HUB_ALERTS else []):
                alerts.setdefault(device_id, {}).setdefault(kind, set()).add(message_id)
        previous, self._alerts = self._alerts, alerts
        for device_id in previous.keys() | alerts.keys():
            before, after = previous.get(device_id, {}), alerts.get(device_id, {})
            self._update_called_unreachable(device_id)
            if changed := before.keys() ^ after.keys():
                changes.add(device_id, {alert_property(kind) for kind in changed})
                changes.devices.add(device_id)
            if after.get(UNREACHABLE, set()) - before.get(UNREACHABLE, set()):
                if self._heard.pop(device_id, None) is not None:
                    changes.add(device_id, {REACHABLE})
            elif heals and UNREACHABLE in changed and device_id in self.called_unreachable:
                # The hub deletes the message when the device is back.
                self._heard.setdefault(device_id, "")

    # Diagnostics

    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return a device with its capabilities, as JSON-like data."""
        return [{**resource.body, "state": resource.state} for resource in self.resources_of(device_id)]

    def diagnostics_data(self) -> Any:
        """Return the model as JSON-like data."""
        return {
            "status": self.status,
            "config_version": self.config_version,
            "devices": {device_id: self.device_diagnostics_data(device_id) for device_id in self.devices},
            "messages": list(self.messages.values()),
        }


def alert_property(kind: str) -> str:
    """Return the property that changes with a device's alerts of a type."""
    return f"alert {kind}"


def version_of(status: Body) -> str:
    """Return the version of the hub's configuration, which is text on v1 and a number on v2."""
    return str(status.get("configVersion", ""))


def is_hub(device: Resource) -> bool:
    """Return whether a device is the hub itself."""
    return device.id == ZERO_ID or (device.type in HUB_TYPES and device.product in (HUB_PRODUCT, ""))


def _underlying_ids(climate: Resource) -> list[str]:
    """Return the IDs of the capabilities that a room's capability combines."""
    members = climate.config.get("underlyingCapabilityIds")
    if isinstance(members, str):
        members = members.split(",")
    return [split_link(member.strip())[1] for member in as_list(members) if isinstance(member, str) and member.strip()]
