"""LIVISI: entities and states by REST, changes by socket, actions by REST."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, override

from homeassistant.const import CONF_HOST, CONF_PASSWORD, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, format_mac
from homeassistant.util.hass_dict import HassKey

from ...core.coordinator import Builder, PushCoordinator, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...wire.errors import AuthenticationFailed, NotReady, WrongSystem
from ...wire.events import ButtonPress, ButtonTrigger, PushEvent
from ...wire.stream import Frame, Socket, StreamPolicy
from ...wire.values import NotUnderstood
from .api.buttons import KINDS, Presses, subtype, triggers
from .api.client import EntityGone, LivisiClient, address_from
from .api.device_types import MODELS
from .api.frames import MESSAGE_CREATED, Event, parse, plain, text, word
from .api.model import BUTTONS, Changes, HubModel, Order, Resource, Sequence, Snapshot, Topology, version_of

# Hubs are known to answer either kind of ping and not the other.
POLICY = StreamPolicy(
    ping_interval=20.0,
    text_ping='{"hbeat":"ping"}',
    idle_timeout=60.0,
    idle_timeout_no_pong=60.0,
)

# A change of configuration comes as several events, and the hub is busy with it.
TOPOLOGY_DELAY = 3.0
# Counts may jump for no reason that matters here: reading everything costs the hub.
RESYNC_PAUSE = 30.0
# v1 loses events when many come at once, without a jump in their count.
SAFETY_INTERVAL = timedelta(minutes=12)
HUB_LOAD_INTERVAL = timedelta(seconds=60)

# What v1 tells only when asked.
_HUB_LOAD: Final = frozenset({"CPULoad", "memoryLoad", "diskUsage", "OSState"})
_MESSAGE_KINDS: Final = {MESSAGE_CREATED: "created", "MessageUpdated": "updated", "MessageDeleted": "deleted"}
_DISCOVERY_FAILURES: Final = frozenset({"ActivateDiscoveryFailure", "DeviceDiscoveryFailure"})
# The hub's way to say that it lost some of its own events, or has news of an old kind.
_RESYNC_TYPES: Final = frozenset({"EventDeliveryError", "NewMessageReceived"})
# Understood, and of no use here.
_IDLE_TYPES: Final = frozenset(
    {
        "CommitConfigError",
        "ConfigSave",
        "ControllerConnectivityChanged",
        "DeviceActivityLoggingFlush",
        "Disconnect",
        "EntityDeploy",
        "LicensingError",
        "RollerShutterCalibrated",
        "SaveConfigError",
        "UserDataChanged",
        "UserDataDeleted",
        "UtilityRead",
    }
)


# Ends of locks by entry: each attempt to set up an entry has a client of its own.
LOCKS: HassKey[dict[str, float]] = HassKey("pushwire_livisi_locks")


class LivisiCoordinator(PushCoordinator):
    """Keeps a hub's devices and turns events into changes and edges."""

    vendor = "livisi"
    secret_fields = frozenset({CONF_PASSWORD})
    hidden_keys = frozenset(
        {
            "access_token",
            "bluetoothhotspotname",
            "deviceserial",
            "email",
            "ethipaddress",
            "ethmacaddress",
            "geolocation",
            "hostname",
            "ipaddress",
            "macaddress",
            "meterid",
            "password",
            "refresh_token",
            "requesterinfo",
            "serialnumber",
            "ssid",
            "wifiactivessid",
            "wifiipaddress",
            "wifimacaddress",
        }
    )

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Prepare the one socket."""
        super().__init__(hass, entry, builders)
        self.model = HubModel(str(entry.unique_id).partition(":")[2])
        self.client = LivisiClient(
            async_get_clientsession(hass),
            address_from(entry.data[CONF_HOST]),
            entry.data[CONF_PASSWORD],
        )
        self.client.locked_until = hass.data.setdefault(LOCKS, {}).get(entry.entry_id, 0.0)
        self._sequence = Sequence()
        self._presses = Presses()
        self._announced: set[str] = set()
        self._strangers: set[str] = set()
        self._topology_wanted = 1
        self._topology_read = 0
        self._last_resync = float("-inf")
        self._resync_scheduled = False
        self._reload_scheduled = False
        self._handlers: Mapping[str, Callable[[Event], None]] = {
            "StateChanged": self._state_changed,
            "ButtonPressed": self._button_pressed,
            "MotionDetected": self._motion_detected,
            "ConfigurationChanged": self._configuration_changed,
            "DeviceFound": self._device_found,
            "DeviceDiscoveryStatusChanged": self._discovery_status_changed,
            **dict.fromkeys(_MESSAGE_KINDS, self._message),
            **dict.fromkeys(_DISCOVERY_FAILURES, self._discovery_failed),
            **dict.fromkeys(_RESYNC_TYPES, self._resync_asked),
            **dict.fromkeys(_IDLE_TYPES, self._ignore),
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
        """Return the id of the hub's own device."""
        return self.model.hub_id

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the hub and everything that it controls."""
        return {self.hub_id: None, **dict.fromkeys(self.model.devices)}

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Describe the hub or one of its devices."""
        device = self.model.devices.get(device_id)
        if device is None:
            return None
        if device_id == self.hub_id:
            return self._describe_hub(device)
        return DeviceDescription(
            device_id=device_id,
            name=device.name or device_id,
            manufacturer=text(device.body.get("manufacturer")) or None,
            model=MODELS.get(device.type, device.type) or None,
            model_id=device.type or None,
            sw_version=text(device.state.get("firmwareVersion")) or None,
            serial_number=text(device.body.get("serialNumber")) or None,
            suggested_area=self.model.room_of(device_id),
            via=self.hub_id,
        )

    def _describe_hub(self, hub: Resource) -> DeviceDescription:
        status = self.model.status
        network = status.get("network")
        address = hub.config.get("MACAddress") or (network.get("ethMacAddress") if isinstance(network, dict) else None)
        return DeviceDescription(
            device_id=hub.id,
            name=hub.name or "LIVISI SmartHome",
            manufacturer=text(hub.body.get("manufacturer")) or "LIVISI",
            model=MODELS.get(hub.type, "SmartHome"),
            model_id=hub.type or None,
            sw_version=text(status.get("appVersion")) or None,
            hw_version=text(hub.config.get("hardwareVersion")) or None,
            serial_number=self.model.serial or None,
            connections=frozenset({(CONNECTION_NETWORK_MAC, format_mac(address))} if text(address) else ()),
        )

    @override
    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return what the buttons of a sender or an in-wall device can do."""
        return [
            trigger
            for sensor in self.model.capabilities_of(device_id)
            if sensor.type == BUTTONS
            for trigger in triggers(self.model.button_count(sensor))
        ]

    @override
    def diagnostics_data(self) -> Any:
        """Return the hub's entities for diagnostics."""
        return self.model.dump()

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return a device with its capabilities for diagnostics."""
        return self.model.device_diagnostics_data(device_id)

    @override
    def secrets(self) -> frozenset[str]:
        """Add the tokens, which are made anew and stand in no entry."""
        return super().secrets() | self.client.secrets()

    # Life

    @override
    async def async_start(self) -> None:
        """Open the stream, then begin to look at what it does not tell."""
        await super().async_start()
        self.background.call_every(SAFETY_INTERVAL, self._resync_regularly)
        if self.client.is_classic:
            self.background.call_every(HUB_LOAD_INTERVAL, self._poll_hub)

    @override
    async def async_stop(self) -> None:
        """End with every timer."""
        await super().async_stop()
        self.hass.data[LOCKS][self.entry.entry_id] = self.client.locked_until

    # Link

    async def _open(self) -> Socket:
        # The hub may have restarted, and its configuration may have changed.
        self._topology_wanted += 1
        self._sequence.reset()
        return await self.client.open_socket()

    async def _take_snapshot(self) -> Callable[[], None]:
        self._last_resync = self.hass.loop.time()
        wanted = self._topology_wanted
        client = self.client
        status = await client.status()
        if str(status["serialNumber"]) != self.model.serial:
            # Its address belongs to another hub now.
            raise WrongSystem
        topology = None
        if wanted != self._topology_read or version_of(status) != self.model.config_version:
            topology = Topology(
                devices=await client.entities("/device"),
                capabilities=await client.entities("/capability"),
                locations=await client.entities("/location"),
            )
            if not topology.devices:
                # Each hub has itself: this one has not read its own list yet.
                raise NotReady
        known = self.model.devices if topology is None else (text(item.get("id")) for item in topology.devices)
        snapshot = Snapshot(
            status=status,
            topology=topology,
            device_states=await client.device_states(list(known)),
            capability_states=await client.entities("/capability/states"),
            messages=await client.entities("/message"),
        )
        return partial(self._apply_snapshot, snapshot, wanted)

    @callback
    def _apply_snapshot(self, snapshot: Snapshot, wanted: int) -> None:
        changes = self.model.apply_snapshot(snapshot)
        if snapshot.topology is not None:
            self._topology_read = wanted
        self._tell(changes, devices=snapshot.topology is None)
        if snapshot.topology is not None:
            self.device_manager.sync()

    @callback
    @override
    def _go_live(
        self,
        handle: Callable[[Frame], None],
        apply: Callable[[], None] | None,
        held: list[Frame],
    ) -> None:
        super()._go_live(handle, apply, held)
        self.model.forget_stamps()

    @callback
    def _resync_soon(self, *, gap: bool = False) -> None:
        """Read all states again, now or when the pause is over."""
        if self._resync_scheduled:
            return
        wait = self._last_resync + RESYNC_PAUSE - self.hass.loop.time()
        if wait <= 0:
            self._resync(gap=gap)
        else:
            self._resync_scheduled = True
            self.background.call_later(wait, partial(self._resync_now, gap))

    @callback
    def _resync_now(self, gap: bool) -> None:  # noqa: FBT001
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
        self._resync_soon()

    @callback
    def _reload_soon(self) -> None:
        """Read the hub's entities again once it is done with changing them."""
        if not self._reload_scheduled:
            self._reload_scheduled = True
            self.background.call_later(TOPOLOGY_DELAY, self._reload)

    @callback
    def _reload(self) -> None:
        self._reload_scheduled = False
        self._topology_wanted += 1
        self._resync(gap=False)

    @callback
    def _poll_hub(self, _now: datetime) -> None:
        if self.available:
            self.background.read(self._read_hub_load(), "hub load", starts_reauth=True)

    async def _read_hub_load(self) -> None:
        """Read how busy a v1 hub is."""
        answer = await self.client.device_state(self.hub_id)
        hub = self.model.devices[self.hub_id]
        load = {name: value for name, value in plain(answer.get("state")).items() if name in _HUB_LOAD}
        self._tell(self.model.merge(hub, load))

    # Events

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply the events of one frame."""
        try:
            happened = parse(frame)
        except NotUnderstood as err:
            self.frame_log.count_unknown(str(err))
            return
        for item in happened:
            order = self._sequence.follow(item.sequence)
            if order is not Order.FINE:
                if order is Order.RESTART:
                    self._topology_wanted += 1
                self._resync_soon(gap=True)
            handle = self._handlers.get(item.type)
            if handle is None:
                self.frame_log.count_unknown(f"event {word(item.type)}")
            else:
                handle(item)

    @callback
    def _tell(self, changes: Changes, *, devices: bool = True) -> None:
        """Pass on what changed."""
        for capability_id in changes.rebuilt:
            self.device_manager.remove_entities_of(capability_id)
        if devices:
            for device_id in changes.devices:
                self.device_manager.update(device_id)
        for resource_id, names in changes.items.items():
            self.dispatcher.notify(resource_id, names)
        for stranger in changes.unknown - self._strangers:
            # Asked for once: hubs also tell of things that they do not list.
            self._strangers.add(stranger)
            self._reload_soon()

    def _ignore(self, _event: Event) -> None:
        self.frame_log.ignored += 1

    def _resync_asked(self, _event: Event) -> None:
        self._resync_soon()

    def _state_changed(self, item: Event) -> None:
        changes = self.model.apply_state(item)
        self._tell(changes)
        if item.properties.get("isReachable") is True and "isReachable" in (changes.items.get(item.source_id) or ()):
            # What it did while it was out of reach has not been told.
            self._resync_soon()

    def _button_pressed(self, item: Event) -> None:
        sensor = self.model.find(item)
        press = self._presses.decode(item)
        if sensor is None or press is None:
            self.frame_log.count_unknown("press without a button")
            return
        if not press.is_new:
            self.frame_log.ignored += 1
            return
        self._tell(self.model.merge(sensor, {"lastPressedButtonIndex": press.index}))
        self.dispatcher.fire_event(
            ButtonPress(
                resource=sensor.id,
                kind=KINDS[press.type],
                attributes={"button": press.index + 1},
                device_id=sensor.device_id,
                subtype=subtype(press.index),
            )
        )

    def _motion_detected(self, item: Event) -> None:
        sensor = self.model.find(item)
        if sensor is None:
            self.frame_log.count_unknown("motion without a sensor")
            return
        self._tell(self.model.apply_state(item))
        self.dispatcher.fire_event(PushEvent(resource=sensor.id, kind="motion", attributes={}))

    def _configuration_changed(self, item: Event) -> None:
        devices = item.data.get("devices") if isinstance(item.data, dict) else None
        if isinstance(devices, list):
            self._tell(self.model.apply_configuration(devices))
        self._reload_soon()

    def _discovery_status_changed(self, item: Event) -> None:
        active = item.properties.get("active")
        if isinstance(active, bool):
            self._tell(self.model.merge(self.model.devices[self.hub_id], {"discoveryActive": active}))

    def _device_found(self, item: Event) -> None:
        if not isinstance(item.data, dict):
            self.frame_log.count_unknown("found nothing")
            return
        found = Resource("", "", item.data)
        self.dispatcher.fire_event(
            PushEvent(
                resource=self.hub_id,
                kind="device_found",
                attributes={
                    "device_id": text(item.data.get("id")),
                    "device_name": found.name,
                    "device_type": found.type,
                    "manufacturer": text(item.data.get("manufacturer")),
                    "product": found.product,
                },
            )
        )

    def _discovery_failed(self, item: Event) -> None:
        attributes = {
            "reason": item.properties.get("failureCode"),
            "device_type": item.properties.get("deviceType"),
            "manufacturer": item.properties.get("manufacturer"),
        }
        self.dispatcher.fire_event(PushEvent(resource=self.hub_id, kind="discovery_failed", attributes=attributes))

    def _message(self, item: Event) -> None:
        """Take a message that is new, was changed or is gone."""
        body = item.data if isinstance(item.data, dict) else {}
        message_id = text(body.get("id")) or text(body.get("Id"))
        if not message_id and item.source_kind == "message":
            message_id = item.source_id
        if not message_id:
            self.frame_log.count_unknown("message without an id")
            return
        kind = _MESSAGE_KINDS[item.type]
        if kind == "updated" and message_id not in self.model.messages and "type" not in body:
            self.frame_log.count_unknown("part of a message that is not known")
            return
        if kind == "deleted":
            self._announced.discard(message_id)
            message, changes = self.model.remove_message(message_id)
        else:
            if kind == "created":
                if message_id in self._announced:
                    self.frame_log.ignored += 1
                    return
                self._announced.add(message_id)
            if (state := item.properties.get("state")) in ("Read", "New"):
                body = {**body, "read": state == "Read"}
            message, changes = self.model.put_message(message_id, body)
        self._tell(changes)
        self.dispatcher.fire_event(PushEvent(resource=self.hub_id, kind=kind, attributes=self._told(message)))

    def _told(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a person may want to know of a message."""
        details = plain(message.get("properties"))
        devices = self.model.devices_of(message)
        told = {
            "message_id": message["id"],
            "class": text(message.get("class")).lower(),
            "type": text(message.get("type")),
            "read": message.get("read"),
            "timestamp": text(message.get("timestamp")),
            "device_name": text(details.get("deviceName")) or ", ".join(device.name for device in devices),
            "location": text(details.get("deviceLocation")) or text(details.get("locationName")),
            "devices": [device.name for device in devices],
        }
        return {name: value for name, value in told.items() if value not in (None, "", [])}

    # Commands

    async def async_act(self, kind: str, target: Resource, namespace: str = "core.RWE", **params: Any) -> None:
        """Have the hub act on a device or a capability.

        Raises:
            WireError: It refused or could not be asked.

        """
        try:
            await self.client.act(kind, target.link, namespace, params)
        except AuthenticationFailed:
            self.entry.async_start_reauth(self.hass)
            raise
        except EntityGone:
            # The hub has given it another id, or none any more.
            self._reload_soon()
            raise

    async def async_restart(self) -> None:
        """Restart the hub.

        Raises:
            WireError: It refused or could not be asked.

        """
        await self.client.restart(self.model.devices[self.hub_id].link)
