"""LIVISI: full state by REST, changes by socket, actions by REST."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, override
from unicodedata import normalize

from homeassistant.const import CONF_HOST, CONF_PASSWORD, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, format_mac
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from ...const import DOMAIN
from ...core.coordinator import Builder, PushCoordinator, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...core.features import HubAction, HubActions
from ...wire.errors import AuthenticationFailed, CommandFailed, NotReady, WireError, WrongSystem
from ...wire.events import ButtonPress, ButtonTrigger, PushEvent
from ...wire.stream import Frame, Socket, StreamPolicy
from ...wire.values import as_bool, as_dict, as_list, as_text, number
from .api.buttons import KINDS, PressDecoder, subtype, triggers
from .api.client import LOCKED_PAUSE, EntityNotFound, HubFault, LivisiClient, hub_address
from .api.device_types import MODELS
from .api.frames import MESSAGE_CREATED, Event, parse, property_values, shorten, split_link, text_or_empty
from .api.model import (
    BUTTONS,
    HUB_PRODUCT,
    LIGHT_CATEGORY,
    MOTION,
    NOTIFICATION_SENDER,
    REACHABLE,
    ROOM_CLIMATE,
    SWITCH,
    UNREACHABLE,
    Changes,
    HubModel,
    Order,
    Resource,
    Sequence,
    Snapshot,
    Topology,
    version_of,
)
from .api.motion import COUNTER, MotionDecoder
from .commands import ConfigurationWriter, Expectations, OffTimers, all_of
from .const import CONF_AS_LIGHT, CONF_AS_SWITCH, CONF_ESTIMATED_LUX, CONF_THERMOSTATS
from .repairs import HubRepairs

# Some hubs respond only to pings of the WebSocket, others only to the text heartbeat.
POLICY = StreamPolicy(
    ping_interval=20.0,
    text_ping='{"hbeat":"ping"}',
    idle_timeout=60.0,
    idle_timeout_no_pong=60.0,
)

# A change of the configuration arrives as several events and keeps the hub busy.
TOPOLOGY_DELAY = 3.0
# Minimum seconds between snapshots, which put load on the hub: sequence numbers may also
# jump without a lost event.
RESYNC_PAUSE = 30.0
# v1 loses events of a burst without a gap in the sequence numbers.
SAFETY_INTERVAL = timedelta(minutes=12)
HUB_LOAD_INTERVAL = timedelta(seconds=60)
# Types and subtypes of device triggers without a button.
MOTION_KIND: Final = "motion"
MOTION_SUBTYPE: Final = "detector"
MESSAGE_SUBTYPE: Final = "message"
LAST_REBOOT: Final = "lastReboot"
SHUTTER_LEVEL: Final = "shutterLevel"
# Properties that a command turns on or off, and their values while off.
SWITCHED_PROPERTIES: Final = frozenset({"dimLevel", "onState", "value"})
OFF_VALUES: Final = (False, 0)
# Seconds after which lists are read again that the hub could not provide.
FAULT_PAUSE = 120.0
# Number of devices that are read again, one by one, at each snapshot of a hub without a list of their states.
DEVICES_PER_SNAPSHOT = 10
# Number of devices that are read one by one; above it, everything is read at once.
MAX_SINGLE_READS = 5

# Properties of the hub that v1 does not push.
_HUB_LOAD_PROPERTIES: Final = frozenset({"CPULoad", "diskUsage", "memoryLoad", "OSState"})
_MESSAGE_KINDS: Final = {MESSAGE_CREATED: "created", "MessageUpdated": "updated", "MessageDeleted": "deleted"}
_DISCOVERY_FAILURES: Final = frozenset({"ActivateDiscoveryFailure", "DeviceDiscoveryFailure"})
# The hub has lost events, or has messages of an older kind.
_RESYNC_TYPES: Final = frozenset({"EventDeliveryError", "NewMessageReceived"})
# Event types that need not wait for a snapshot after a reconnect.
_MOMENTARY_TYPES: Final = frozenset(
    {"ButtonPressed", "DeviceFound", "MotionDetected", *_DISCOVERY_FAILURES, *_MESSAGE_KINDS}
)
_RESOURCE_KINDS: Final = frozenset({"device", "capability"})
# Event types without a use.
_IGNORED_TYPES: Final = frozenset(
    {
        "ConfigSave",
        "ControllerConnectivityChanged",
        "DeviceActivityLoggingFlush",
        "Disconnect",
        "EntityDeploy",
        "RollerShutterCalibrated",
        "UserDataChanged",
        "UserDataDeleted",
        "UtilityRead",
    }
)
# Number of events of unknown resources that are kept until the topology has been read.
MAX_UNPLACED_EVENTS: Final = 100
# Ends of account locks by entry; each attempt to set up an entry has a new client.
LOCKED_UNTIL: HassKey[dict[str, float]] = HassKey("pushwire_livisi_locks")


# Actions that would destroy the installation, in lower case.
FORBIDDEN_ACTIONS: Final = frozenset({"deletealldevices", "factoryreset"})
# Number of found devices that can be accepted.
MAX_FOUND_DEVICES: Final = 50


class ActionForbidden(CommandFailed):
    """The action would destroy the installation."""

    translation_key = "action_forbidden"


class MessageNotFound(CommandFailed):
    """The hub does not have the message."""

    translation_key = "message_not_found"


class DeviceNotFound(CommandFailed):
    """The hub has not found a device of the ID since it was connected."""

    translation_key = "found_device_unknown"


class LivisiCoordinator(PushCoordinator, HubActions):
    """Coordinator of one hub."""

    vendor = "livisi"
    secret_fields = frozenset({CONF_PASSWORD})
    hidden_keys = frozenset({"requesterinfo"})

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize the model, the client and the one stream."""
        super().__init__(hass, entry, builders)
        self.model = HubModel(self.system_id)
        self.client = self._new_client()
        self.client.locked_until = hass.data.setdefault(LOCKED_UNTIL, {}).get(entry.entry_id, 0.0)
        self._expectations = Expectations(self.background, self._merge_expected, self._read_resource)
        self.off_timers = OffTimers(self.background, self._find_resource, self._set_state, self.schedule_save)
        self._configuration = ConfigurationWriter(self.client)
        self._repairs = HubRepairs(hass, entry, self.schedule_save)
        self._sequence = Sequence()
        self._press_decoder = PressDecoder()
        self._motion_decoder = MotionDecoder()
        # IDs of messages for which an event was fired.
        self._announced_ids: set[str] = set()
        # Whether the messages have been read, so that a new one was made since.
        self._messages_read = False
        # Devices whose states are read one by one, the one read longest ago first.
        self._single_reads: dict[str, None] = {}
        self._is_reading_devices = False
        # Devices that are reachable again and must be read.
        self._returned: dict[str, None] = {}
        # Devices that the hub has found, by ID.
        self._found: dict[str, dict[str, Any]] = {}
        self._is_reading_returned = False
        # IDs for which the topology was read again.
        self._unknown_ids: set[str] = set()
        # Events of resources that are unknown until the topology has been read.
        self._unplaced: deque[Event] = deque(maxlen=MAX_UNPLACED_EVENTS)
        # Incremented whenever the topology may have changed.
        self._topology_revision = 1
        self._topology_revision_read = 0
        self._last_resync = float("-inf")
        self._resync_scheduled = False
        self._reload_scheduled = False
        # Handlers of events of devices and capabilities.
        self._resource_handlers: Mapping[str, Callable[[Resource, Event], None]] = {
            "ButtonPressed": self._button_pressed,
            "MotionDetected": self._motion_detected,
            "StateChanged": self._state_changed,
        }
        self._handlers: Mapping[str, Callable[[Event], None]] = {
            "ConfigChanged": self._configuration_changed,
            "ConfigurationChanged": self._configuration_changed,
            "CommitConfigError": self._configuration_failed,
            "DeviceDiscoveryStatusChanged": self._discovery_status_changed,
            "DeviceFound": self._device_found,
            "LicensingError": self._configuration_failed,
            "SaveConfigError": self._configuration_failed,
            **dict.fromkeys(_DISCOVERY_FAILURES, self._discovery_failed),
            **dict.fromkeys(_IGNORED_TYPES, self._ignore),
            **dict.fromkeys(_MESSAGE_KINDS, self._message),
            **dict.fromkeys(_RESYNC_TYPES, self._resync_requested),
        }
        self._stream = self.add_stream(
            "events",
            self._open,
            take_snapshot=self._take_snapshot,
            policy=POLICY,
        )

    @property
    @override
    def hub_id(self) -> str:
        """ID of the hub's own device."""
        return self.model.hub_id

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the hub and its devices, without the senders of messages, which need the former cloud."""
        shown = (device.id for device in self.model.devices.values() if device.type != NOTIFICATION_SENDER)
        return {self.hub_id: None, **dict.fromkeys(shown)}

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Return the description of the hub or of a device."""
        device = self.model.devices.get(device_id)
        if device is None or device.type == NOTIFICATION_SENDER:
            return None
        if device_id == self.hub_id:
            return self._hub_description(device)
        return DeviceDescription(
            device_id=device_id,
            name=self._device_name(device),
            manufacturer=as_text(device.body.get("manufacturer")),
            model=MODELS.get(device.type, device.type) or None,
            model_id=device.type or None,
            sw_version=as_text(device.state.get("firmwareVersion")),
            serial_number=as_text(device.body.get("serialNumber")),
            suggested_area=self.model.room_of(device_id),
            via=self.hub_id,
        )

    def _device_name(self, device: Resource) -> str:
        """Return the name of a device; that of a room climate is often one word for all rooms."""
        name = device.name or device.id
        if device.type == ROOM_CLIMATE and (room := self.model.room_of(device.id)) is not None:
            return name if room.lower() in name.lower() else f"{name} {room}"
        return name

    def _hub_description(self, hub: Resource) -> DeviceDescription:
        status = self.model.status
        network = as_dict(status.get("network"))
        macs = (hub.config.get("MACAddress"), network.get("ethMacAddress"), network.get("wifiMacAddress"))
        host = hub_address(self.entry.data[CONF_HOST]).host
        return DeviceDescription(
            device_id=hub.id,
            name=hub.name or "LIVISI SmartHome",
            manufacturer=as_text(hub.body.get("manufacturer")) or "LIVISI",
            model=MODELS.get(hub.type, "SmartHome"),
            model_id=hub.type or None,
            sw_version=as_text(status.get("appVersion")),
            hw_version=as_text(hub.config.get("hardwareVersion")),
            serial_number=self.model.serial or None,
            # The hub's page is on the usual port.
            configuration_url=str(URL.build(scheme="http", host=host)),
            connections=frozenset((CONNECTION_NETWORK_MAC, format_mac(mac)) for mac in macs if as_text(mac)),
        )

    @override
    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return the device triggers of a transmitter or an in-wall device."""
        return [
            trigger
            for sensor in self.model.capabilities_of(device_id)
            if sensor.type == BUTTONS
            for trigger in triggers(self.model.button_count(sensor))
        ] + self._further_triggers(device_id)

    def _further_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return the device triggers of a motion detector, or of the hub's messages."""
        if device_id == self.hub_id:
            return [ButtonTrigger(kind=kind, subtype=MESSAGE_SUBTYPE) for kind in _MESSAGE_KINDS.values()]
        if any(sensor.type == MOTION for sensor in self.model.capabilities_of(device_id)):
            return [ButtonTrigger(kind=MOTION_KIND, subtype=MOTION_SUBTYPE)]
        return []

    def _fire_motion(self, sensor: Resource) -> None:
        self.dispatcher.fire_event(
            ButtonPress(resource=sensor.id, kind=MOTION_KIND, device_id=sensor.device_id, subtype=MOTION_SUBTYPE)
        )

    def _fire_message(self, kind: str, message: Mapping[str, Any]) -> None:
        self.dispatcher.fire_event(
            ButtonPress(
                resource=self.hub_id,
                kind=kind,
                attributes=self._message_attributes(message),
                device_id=self.hub_id,
                subtype=MESSAGE_SUBTYPE,
            )
        )

    @override
    def diagnostics_data(self) -> Any:
        """Return the model."""
        return self.model.diagnostics_data()

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return a device and its capabilities."""
        return self.model.device_diagnostics_data(device_id)

    @override
    def secrets(self) -> frozenset[str]:
        """Return the secrets of the entry, and the tokens, which are not part of the entry."""
        return self.client.secrets()

    # Lifecycle

    def _new_client(self) -> LivisiClient:
        return LivisiClient(
            async_get_clientsession(self.hass),
            hub_address(self.entry.data[CONF_HOST]),
            self.entry.data[CONF_PASSWORD],
        )

    @override
    async def async_check_credentials(self) -> None:
        """Log in with the password."""
        # The client itself does not send a refused password again.
        await self._new_client().status()

    @override
    def credential_pauses(self) -> Iterator[float]:
        """Yield a single pause: each attempt counts toward a lock of the account."""
        yield LOCKED_PAUSE

    @override
    async def async_start(self) -> None:
        """Open the stream, then poll for data that is not pushed."""
        await super().async_start()
        self._remove_unwanted()
        self.background.call_every(SAFETY_INTERVAL, self._resync_regularly)
        if self.client.is_classic:
            self.background.call_every(HUB_LOAD_INTERVAL, self._poll_hub)

    def is_light(self, capability: Resource) -> bool:
        """Return whether a switch is shown as a light: by its option, or by its category on the hub."""
        if capability.type != SWITCH:
            return False
        if capability.id in self.entry.options.get(CONF_AS_LIGHT, ()):
            return True
        if capability.id in self.entry.options.get(CONF_AS_SWITCH, ()):
            return False
        return self.model.category_of(capability) == LIGHT_CATEGORY

    def _remove_unwanted(self) -> None:
        """Remove entities of earlier runs that the options no longer ask for."""
        registry = er.async_get(self.hass)
        unwanted: list[tuple[Platform, str, str]] = []
        for capability in self.model.capabilities.values():
            if capability.type == SWITCH:
                unwanted.append((Platform.SWITCH if self.is_light(capability) else Platform.LIGHT, capability.id, ""))
            if not self.entry.options.get(CONF_THERMOSTATS) and self.model.is_in_room(capability):
                unwanted.append((Platform.CLIMATE, capability.id, ""))
            if not self.entry.options.get(CONF_ESTIMATED_LUX):
                unwanted.append((Platform.SENSOR, capability.id, "estimated_illuminance"))
        for platform, resource, key in unwanted:
            entity_id = registry.async_get_entity_id(platform, DOMAIN, self.unique_id(resource, key))
            if entity_id is not None:
                registry.async_remove(entity_id)

    @override
    async def async_stop(self) -> None:
        """Close the stream and remember the lock of the account."""
        await super().async_stop()
        self.hass.data[LOCKED_UNTIL][self.entry.entry_id] = self.client.locked_until

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return the off timers and the times of the hub's restarts."""
        return {"off_timers": self.off_timers.data_to_store(), "restarts": self._repairs.data_to_store()}

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Restore the off timers, which run once the hub is connected, and the times of the hub's restarts."""
        self.off_timers.restore(data.get("off_timers"))
        self._repairs.restore(data.get("restarts"))

    @override
    def handle_connected(self) -> None:
        """Continue the off timers, and delete the issues of the connection."""
        self.off_timers.resume()
        self._repairs.connected()

    @override
    def handle_connection_error(self, error: WireError) -> None:
        """Report what only a person can change."""
        self._repairs.connection_failed(error)

    # Snapshots

    async def _open(self) -> Socket:
        # After a restart, the configuration of the hub may be another one.
        self._topology_revision += 1
        self._sequence.reset()
        # By the time of the snapshot, their presses are long past.
        self._unplaced.clear()
        return await self.client.open_socket()

    async def _take_snapshot(self) -> Callable[[], None]:
        self._last_resync = self.hass.loop.time()
        revision = self._topology_revision
        client = self.client
        status = await client.status()
        if str(status["serialNumber"]) != self.model.serial:
            # The address belongs to another hub.
            raise WrongSystem
        requested = {}
        with self.model.pending_snapshots.read() as pending:
            topology = None
            if revision != self._topology_revision_read or version_of(status) != self.model.config_version:
                requested["topology"] = pending.mark()
                topology = Topology(
                    devices=await client.entities("/device"),
                    capabilities=await client.entities("/capability"),
                    locations=await self._optional("/location"),
                    interactions=await self._optional("/interaction"),
                )
                if not topology.devices:
                    # Each hub is a device itself, so this one has not loaded its list yet.
                    raise NotReady
            if topology is None:
                device_ids = list(self.model.devices)
            else:
                device_ids = [text_or_empty(body.get("id")) for body in topology.devices]
            requested["device_states"] = pending.mark()
            device_states = await self._optional("/device/states")
            if device_states is None:
                self._read_devices(device_ids)
            requested["capability_states"] = pending.mark()
            capability_states = await self._optional("/capability/states")
            requested["messages"] = pending.mark()
            snapshot = Snapshot(
                status=status,
                topology=topology,
                device_states=device_states or [],
                capability_states=capability_states or [],
                messages=await self._optional("/message"),
                pending=pending,
                requested=requested,
            )
            return partial(self._apply_snapshot, snapshot, revision)

    async def _optional(self, path: str) -> list[dict[str, Any]] | None:
        """Return the entities of a list that costs only its own content, or None if the hub does not provide it."""
        try:
            entities = await self.client.optional_entities(path)
        except HubFault:
            self.background.call_later(FAULT_PAUSE, self._resync_soon)
            entities = None
        if entities is None:
            self.frame_log.count_unknown(f"no list {path}")
        return entities

    def _read_devices(self, device_ids: Iterable[str]) -> None:
        """Read the states of devices one by one: those that have not been read, and some of the others."""
        if self._is_reading_devices:
            return
        ids = dict.fromkeys(device_ids)
        known = [device_id for device_id in self._single_reads if device_id in ids]
        unread = [device_id for device_id in ids if device_id not in self._single_reads]
        self._is_reading_devices = True
        self.background.read(self._read_single_devices((*unread, *known[:DEVICES_PER_SNAPSHOT])), "device state")

    async def _read_single_devices(self, device_ids: Iterable[str]) -> None:
        try:
            for device_id in device_ids:
                self._single_reads.pop(device_id, None)
                self._single_reads[device_id] = None
                with suppress(CommandFailed), self.model.pending_snapshots.read() as pending:
                    state = await self.client.device_state(device_id)
                    self._publish(self.model.apply_states([state], [], pending))
        finally:
            self._is_reading_devices = False

    def _read_returned(self, device_id: str) -> None:
        """Read a device that is reachable again, since its changes were not pushed."""
        self._returned[device_id] = None
        if not self._is_reading_returned:
            self._is_reading_returned = True
            self.background.read(self._read_returned_devices(), "device that is back", starts_reauth=True)

    async def _read_returned_devices(self) -> None:
        try:
            while self._returned:
                if len(self._returned) > MAX_SINGLE_READS:
                    self._returned.clear()
                    self._resync(gap=False)
                    return
                device_id = next(iter(self._returned))
                del self._returned[device_id]
                capability_ids = [capability.id for capability in self.model.capabilities_of(device_id)]
                with self.model.pending_snapshots.read() as pending:
                    device_states = []
                    with suppress(CommandFailed):
                        device_states.append(await self.client.device_state(device_id))
                    states = await self.client.states_of(device_id, capability_ids)
                    self._publish(self.model.apply_states(device_states, states, pending))
        except WireError:
            self._returned.clear()
            self._resync_soon()
            raise
        finally:
            self._is_reading_returned = False

    @callback
    def _apply_snapshot(self, snapshot: Snapshot, revision: int) -> None:
        hub = self.model.devices.get(self.hub_id)
        last_reboot = None if hub is None else hub.state.get(LAST_REBOOT)
        changes = self.model.apply_snapshot(snapshot)
        reboot = self.model.devices[self.hub_id].state.get(LAST_REBOOT)
        if last_reboot is not None and reboot != last_reboot:
            self._repairs.restarted()
        if snapshot.messages is not None:
            self._announce_messages()
        if snapshot.topology is not None:
            self._topology_revision_read = revision
        self._publish(changes, devices=snapshot.topology is None)
        if snapshot.topology is not None:
            self.device_manager.sync()

    def _announce_messages(self) -> None:
        """Fire an event for each message that was created while no event could report it."""
        for message_id, message in self.model.messages.items():
            if self._messages_read and message_id not in self._announced_ids and message.get("read") is not True:
                self._fire_message("created", message)
            self._announced_ids.add(message_id)
        self._messages_read = True

    @override
    def handle_snapshot_applied(self) -> None:
        """Apply events of new resources, then discard the times of the snapshot.

        Later, the clock of the hub does not matter.
        """
        unplaced, self._unplaced = self._unplaced, deque(maxlen=MAX_UNPLACED_EVENTS)
        for event in unplaced:
            self._apply_event(event)
        self.model.discard_snapshot_times()

    @callback
    def _resync_soon(self, *, gap: bool = False) -> None:
        """Read the state again, now or after the pause."""
        if self._resync_scheduled:
            return
        wait = self._last_resync + RESYNC_PAUSE - self.hass.loop.time()
        if wait <= 0:
            self._resync(gap=gap)
        else:
            self._resync_scheduled = True
            self.background.call_later(wait, partial(self._resync_after_pause, gap=gap))

    @callback
    def _resync_after_pause(self, *, gap: bool) -> None:
        self._resync_scheduled = False
        self._resync(gap=gap)

    def _resync(self, *, gap: bool) -> None:
        self._last_resync = self.hass.loop.time()
        if gap:
            self._stream.report_gap()
        else:
            self._stream.resync()

    @callback
    def _resync_regularly(self, _now: datetime) -> None:
        self._repairs.check_restarts()
        self._resync_soon()

    @callback
    def _reload_soon(self) -> None:
        """Read the topology again after the hub has applied its changes."""
        if not self._reload_scheduled:
            self._reload_scheduled = True
            self.background.call_later(TOPOLOGY_DELAY, self._reload)

    @callback
    def _reload(self) -> None:
        self._reload_scheduled = False
        self._topology_revision += 1
        self._resync(gap=False)

    @callback
    def _poll_hub(self, _now: datetime) -> None:
        if self.available:
            self.background.read(self._read_hub_load(), "hub load", starts_reauth=True)

    async def _read_hub_load(self) -> None:
        """Read the load of a v1 hub."""
        body = await self.client.device_state(self.hub_id)
        values = property_values(body.get("state"))
        load = {name: value for name, value in values.items() if name in _HUB_LOAD_PROPERTIES}
        self._repairs.memory_used(number(load.get("memoryLoad")))
        self._publish(self.model.merge(self.model.devices[self.hub_id], load))

    # Events

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply the events of one frame."""
        for event in parse(frame):
            if (order := self._sequence.check(event.sequence)) is not None:
                self._handle_gap(order)
            self._apply_event(event)

    @override
    def apply_early_frame(self, handle: Callable[[Frame], None], frame: Frame) -> Callable[[], None] | None:
        """Apply presses, motion, messages and found devices; values wait for the snapshot."""
        waiting = []
        for event in parse(frame):
            if (order := self._sequence.check(event.sequence)) is not None:
                self._handle_gap(order)
            if event.type in _MOMENTARY_TYPES and (
                event.type not in self._resource_handlers or self.model.find(event) is not None
            ):
                self._apply_event(event)
            else:
                waiting.append(event)
        return partial(self._apply_events, waiting) if waiting else None

    def _handle_gap(self, order: Order) -> None:
        """Request a snapshot after a gap in the sequence of the events, or a restart of the hub."""
        if order is Order.RESTART:
            self._repairs.restarted()
            self._topology_revision += 1
        self._resync_soon(gap=True)

    def _apply_events(self, events: Iterable[Event]) -> None:
        for event in events:
            self._apply_event(event)

    def _apply_event(self, event: Event) -> None:
        if (handle_resource := self._resource_handlers.get(event.type)) is not None:
            if (resource := self.model.find(event)) is None:
                self._defer_unplaced(event)
            else:
                handle_resource(resource, event)
        elif (handle := self._handlers.get(event.type)) is not None:
            handle(event)
        else:
            self.frame_log.count_unknown(f"event {shorten(event.type)}")

    def _defer_unplaced(self, event: Event) -> None:
        """Keep an event of an unknown resource until the topology has been read again."""
        if event.source_kind not in _RESOURCE_KINDS:
            self.frame_log.count_unknown(f"{shorten(event.type)} without a source")
            return
        if event.source_id not in self._unknown_ids:
            # Only once, since hubs also send events of resources that they do not list.
            self._unknown_ids.add(event.source_id)
            self._reload_soon()
        if self._reload_scheduled or self._topology_revision != self._topology_revision_read:
            self._unplaced.append(event)
        else:
            self.frame_log.count_unknown(f"{shorten(event.type)} of an unknown resource")

    @callback
    def _publish(self, changes: Changes, *, devices: bool = True) -> None:
        """Pass changes on to the registries and the subscribers.

        Args:
            changes: Changes of the model.
            devices: Whether changed devices are updated; False while all are about to be.

        """
        for capability_id in changes.rebuilt:
            self.device_manager.remove_entities_of(capability_id)
        if devices:
            for device_id in changes.devices:
                self.device_manager.update(device_id)
        for resource_id, names in changes.items.items():
            self.dispatcher.notify(resource_id, names)

    def _ignore(self, _event: Event) -> None:
        self.frame_log.ignored += 1

    def _resync_requested(self, _event: Event) -> None:
        self._resync_soon()

    def _state_changed(self, resource: Resource, event: Event) -> None:
        if COUNTER not in event.properties or resource.type != MOTION:
            self._apply_report(resource, event)
            return
        known_count = resource.state.get(COUNTER)
        self._apply_report(resource, event)
        if self._motion_decoder.is_new(event, known_count, self.hass.loop.time()):
            self._fire_motion(resource)

    def _apply_report(self, resource: Resource, event: Event) -> None:
        """Apply the values of an event, which may also prove that its device is reachable."""
        if self._expectations.pending:
            event = self._expectations.filter(resource, event)
        self.dispatcher.settle(resource.id)
        if resource.id in self.off_timers.ends:
            self._end_off_timer(resource, event)
        changes = self.model.apply_state(resource, event)
        if isinstance(changes, Changes):
            self._publish_values(changes)
        elif changes:
            self.dispatcher.notify_soon(resource.id, changes)

    def _end_off_timer(self, resource: Resource, event: Event) -> None:
        """Cancel the timer of a device that was turned off."""
        if any(event.properties.get(name) in OFF_VALUES for name in SWITCHED_PROPERTIES & event.properties.keys()):
            self.off_timers.cancel(resource.id)

    def _publish_values(self, changes: Changes) -> None:
        """Pass on changes of values, at once if they also change a device."""
        if changes.devices:
            self._publish(changes)
        else:
            for resource_id, names in changes.items.items():
                self.dispatcher.notify_soon(resource_id, names)
        for device_id in changes.returned:
            self._read_returned(device_id)

    def _button_pressed(self, sensor: Resource, event: Event) -> None:
        press = self._press_decoder.decode(event, self.hass.loop.time())
        if press is None:
            self.frame_log.count_unknown("press without a button")
            return
        if not press.is_new:
            self.frame_log.ignored += 1
            return
        reachability_changed = self.model.hear(sensor, event)
        changes = self.model.merge(sensor, {"lastPressedButtonIndex": press.index})
        if reachability_changed:
            changes.add(sensor.device_id, {REACHABLE})
        self._publish(changes)
        self.dispatcher.fire_event(
            ButtonPress(
                resource=sensor.id,
                kind=KINDS[press.type],
                device_id=sensor.device_id,
                subtype=subtype(press.index),
            )
        )

    def _motion_detected(self, sensor: Resource, event: Event) -> None:
        known_count = sensor.state.get(COUNTER)
        self._apply_report(sensor, event)
        if self._motion_decoder.is_new(event, known_count, self.hass.loop.time()):
            self._fire_motion(sensor)
        else:
            self.frame_log.ignored += 1

    def _configuration_failed(self, event: Event) -> None:
        self._configuration.refuse(event)

    def _configuration_changed(self, event: Event) -> None:
        self._configuration.confirm()
        self._publish(self.model.apply_configuration(as_list(as_dict(event.data).get("devices"))))
        self._reload_soon()

    def _discovery_status_changed(self, event: Event) -> None:
        if (active := as_bool(event.properties.get("active"))) is not None:
            self._publish(self.model.merge(self.model.devices[self.hub_id], {"discoveryActive": active}))

    def _device_found(self, event: Event) -> None:
        if not isinstance(event.data, dict):
            self.frame_log.count_unknown("device found without data")
            return
        device = Resource("", "", event.data)
        if (found_id := as_text(event.data.get("id"))) is not None:
            self._found.pop(found_id, None)
            self._found[found_id] = event.data
            if len(self._found) > MAX_FOUND_DEVICES:
                del self._found[next(iter(self._found))]
        self.dispatcher.fire_event(
            PushEvent(
                resource=self.hub_id,
                kind="device_found",
                attributes={
                    "device_id": text_or_empty(event.data.get("id")),
                    "device_name": device.name,
                    "device_type": device.type,
                    "manufacturer": text_or_empty(event.data.get("manufacturer")),
                    "product": device.product,
                },
            )
        )

    def _discovery_failed(self, event: Event) -> None:
        attributes = {
            "reason": event.properties.get("failureCode"),
            "device_type": event.properties.get("deviceType"),
            "manufacturer": event.properties.get("manufacturer"),
        }
        self.dispatcher.fire_event(PushEvent(resource=self.hub_id, kind="discovery_failed", attributes=attributes))

    def _message(self, event: Event) -> None:
        """Handle a created, updated or deleted message."""
        body = as_dict(event.data)
        message_id = as_text(body.get("id")) or as_text(body.get("Id"))
        if message_id is None and event.source_kind == "message":
            message_id = event.source_id
        if not message_id:
            self.frame_log.count_unknown("message without an ID")
            return
        kind = _MESSAGE_KINDS[event.type]
        returned: list[str] = []
        if kind == "updated" and message_id not in self.model.messages and "type" not in body:
            self.frame_log.count_unknown("update of an unknown message")
            return
        if kind == "deleted":
            self._announced_ids.discard(message_id)
            message, changes = self.model.remove_message(message_id)
            if message.get("type") == UNREACHABLE:
                returned = [device.id for device in self.model.devices_of(message)]
        else:
            if kind == "created":
                if message_id in self._announced_ids:
                    self.frame_log.ignored += 1
                    return
                self._announced_ids.add(message_id)
            if (state := event.properties.get("state")) in ("Read", "New"):
                body = {**body, "read": state == "Read"}
            message, changes = self.model.put_message(message_id, body)
        self._publish(changes)
        self._fire_message(kind, message)
        for device_id in returned:
            self._read_returned(device_id)

    def _message_attributes(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes of a message's event, without those that have no value."""
        details = as_dict(message.get("properties"))
        device_names = [device.name for device in self.model.devices_of(message)]
        attributes = {
            "message_id": message["id"],
            "class": text_or_empty(message.get("class")).lower(),
            "type": text_or_empty(message.get("type")),
            "read": message.get("read"),
            "timestamp": text_or_empty(message.get("timestamp")),
            "device_name": as_text(details.get("deviceName")) or ", ".join(device_names),
            "location": text_or_empty(details.get("deviceLocation")) or text_or_empty(details.get("locationName")),
            "devices": device_names,
        }
        return {name: value for name, value in attributes.items() if value not in (None, "", [])}

    @callback
    def restore_value(self, resource: Resource, name: str, value: Any) -> None:
        """Set a property that the hub does not know to its value of an earlier run."""
        if value is not None:
            self._publish(self.model.restore(resource, name, value), devices=False)

    # Commands

    async def async_execute(
        self,
        kind: str,
        target: Resource,
        namespace: str = HUB_PRODUCT,
        *,
        expected: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        """Execute an action on a device or a capability and return the hub's result.

        Args:
            kind: Type of the action.
            target: Device or capability.
            namespace: Product that implements the action.
            expected: Values that the action leads to; None for the parameters of ``SetState``.
            params: Parameters of the action.

        Raises:
            WireError: The hub refused the action or could not be reached.

        """
        try:
            result = await self.client.execute(kind, target.link, namespace, params)
        except AuthenticationFailed:
            self.credentials_refused()
            raise
        except EntityNotFound:
            # The ID of the resource has changed, or the resource was removed.
            self._reload_soon()
            raise
        if expected is None:
            expected = params if kind == "SetState" else {}
        # A shutter moves for a while.
        self._expectations.expect(target, {name: value for name, value in expected.items() if name != SHUTTER_LEVEL})
        return result

    async def _set_state(self, capability: Resource, params: Mapping[str, Any]) -> None:
        await self.async_execute("SetState", capability, **params)

    def _find_resource(self, resource_id: str) -> Resource | None:
        return self.model.capabilities.get(resource_id) or self.model.devices.get(resource_id)

    def _merge_expected(self, resource: Resource, values: Mapping[str, Any]) -> None:
        self._publish(self.model.merge(resource, values))

    async def _read_resource(self, resource: Resource) -> None:
        """Read the state of a resource after a command that no event has followed."""
        with self.model.pending_snapshots.read() as pending:
            if resource.is_device:
                state = await self.client.device_state(resource.id)
                self._publish(self.model.apply_states([state], [], pending))
            else:
                state = await self.client.capability_state(resource.id)
                self._publish(self.model.apply_states([], [state], pending))

    async def async_configure(self, resource: Resource, **values: Any) -> None:
        """Change values of a resource's configuration, and return once the hub has applied them.

        Raises:
            WireError: The hub refused the change or could not be reached.

        """
        await self._configuration.write(resource, values)
        self._publish(self.model.apply_config(resource, values))

    async def async_trigger_rule(self, rule_id: str) -> None:
        """Run a rule of the hub.

        Raises:
            WireError: The hub refused the action or could not be reached.

        """
        await self.async_execute("TriggerRule", self.model.devices[self.hub_id], ruleId=rule_id)

    @override
    async def async_perform_action(self, target: str, action: HubAction) -> dict[str, Any]:
        """Execute an action of the hub and return its result."""
        # Unicode has letters whose lower case is that of another letter.
        kind = normalize("NFKC", action.kind).strip()
        if kind.casefold() in FORBIDDEN_ACTIONS or not kind.isascii() or not kind.isalnum():
            raise ActionForbidden(kind)
        _, resource_id = split_link(target)
        resource = self.model.capabilities.get(resource_id) or self.model.devices.get(resource_id)
        link = resource.link if resource is not None else target
        try:
            result = await self.client.execute(kind, link, action.namespace or HUB_PRODUCT, action.params)
        except AuthenticationFailed:
            self.credentials_refused()
            raise
        return {"result_code": result.get("resultCode"), "properties": property_values(result.get("properties"))}

    @override
    async def async_mark_message_read(self, message_id: str) -> None:
        """Mark a message as read."""
        if message_id not in self.model.messages:
            raise MessageNotFound(message_id)
        await self.client.put(f"/message/{message_id}", {"read": True})
        if message_id in self.model.messages:
            _, changes = self.model.put_message(message_id, {"read": True})
            self._publish(changes)

    async def async_mark_all_messages_read(self) -> None:
        """Mark all messages as read.

        Raises:
            WireError: The hub refused a request or could not be reached.

        """
        unread = [message_id for message_id, message in self.model.messages.items() if message.get("read") is not True]
        await all_of([self.async_mark_message_read(message_id) for message_id in unread])

    @override
    async def async_delete_message(self, message_id: str) -> None:
        """Delete a message."""
        if message_id not in self.model.messages:
            raise MessageNotFound(message_id)
        await self.client.delete(f"/message/{message_id}")

    @override
    async def async_accept_device(self, found_id: str, name: str) -> None:
        """Include a device that the hub has found."""
        if (body := self._found.get(found_id)) is None:
            raise DeviceNotFound(found_id)
        if name:
            body = {**body, "config": {**as_dict(body.get("config")), "name": name}}
        await self._configuration.add("/device", body)
        self._found.pop(found_id, None)

    async def async_restart(self) -> None:
        """Restart the hub.

        Raises:
            WireError: The hub refused the action or could not be reached.

        """
        await self.client.restart(self.model.devices[self.hub_id].link)
