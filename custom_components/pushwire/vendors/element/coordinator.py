"""ELEMENT: sockets for readings and packets, the inventory by REST."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from time import time
from types import MappingProxyType
from typing import Any, override

from homeassistant.const import CONF_API_KEY, CONF_HOST, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later, async_track_time_interval

from ...coordinator import Device, PushwireConfigEntry
from ...edges import Edge
from ...errors import WireError
from ...lorawan.coordinator import LorawanCoordinator
from ...lorawan.downlink import Downlink, NotSupported
from ...lorawan.entities import device_binary_sensors, device_sensors
from ...lorawan.model import LorawanDevice
from ...stream import Frame, Socket, StreamPolicy
from .client import MANDATE, PACKETS, READINGS, ElementClient
from .const import CONF_IDS, CONF_SCOPE, CONF_SOURCES
from .event import events
from .frames import (
    NotUnderstood,
    Packet,
    PacketType,
    Reading,
    parse,
    read_packet,
    read_reading,
)
from .model import Cursor, Seen, apply_packet, apply_reading, describe, is_live

# The platform closes a socket after 60 seconds without a ping.
POLICY = StreamPolicy(
    ping_interval=20.0,
    text_ping="ping",
    silence_limit=60.0,
    silence_limit_unanswered=60.0,
)
INVENTORY_INTERVAL = timedelta(hours=1)
# An item that was inserted longer ago is history: it changes states, but nothing
# happens because of it.
HISTORY_AGE = 120.0
# A replay brings its items in the order of their age: only where it ends is shown.
REPLAY_SETTLE = 1.0
# A longer outage is not replayed whole.
REPLAY_LIMIT = 7 * 86400.0
# What a packet's direction makes happen.
EDGES: Mapping[str, str] = {PacketType.UP: "uplink", PacketType.DOWN: "sent"}
# Readings of one device that are read to know the newest value of each of its keys.
PRIMING_READINGS = 10


class ElementCoordinator(LorawanCoordinator):
    """Turns readings and packets into values of devices."""

    vendor = "element"
    secret_fields = frozenset({CONF_API_KEY})
    hidden_keys = frozenset(
        {
            "api_key",
            "auth",
            "app_s_key",
            "app_session_key",
            "device_key",
            "f_nwk_s_int_key",
            "fields",
            "hausnummer",
            "latitude",
            "lns_session_context",
            "location",
            "longitude",
            "network_session_key",
            "opts",
            "ort",
            "plz",
            "profile_data",
            "static_location",
            "strasse",
        }
    )
    builders = MappingProxyType(
        {
            Platform.BINARY_SENSOR: device_binary_sensors,
            Platform.EVENT: events,
            Platform.SENSOR: device_sensors,
        }
    )

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
        """Prepare a socket for each id of the scope and each source."""
        super().__init__(hass, entry)
        self._session = async_get_clientsession(hass)
        self.client = ElementClient(self._session, entry.data[CONF_HOST], entry.data[CONF_API_KEY])
        self._scope: str = entry.data[CONF_SCOPE]
        self._ids: list[str] = entry.data.get(CONF_IDS) or []
        self._sources: list[str] = entry.data[CONF_SOURCES]
        self._cursors: dict[str, Cursor] = {}
        self._seen = {source: Seen() for source in self._sources}
        self._inventory: asyncio.Future[list[dict[str, Any]]] | None = None
        self._reading: set[str] = set()
        self._late: dict[str, set[str]] = {}
        self._settle: CALLBACK_TYPE | None = None
        self._refresh: CALLBACK_TYPE | None = None
        for identifier in self._ids if self._scope != MANDATE else [""]:
            for source in self._sources:
                name = f"{source} {identifier}".strip()
                self.add_stream(
                    name,
                    partial(self._open, identifier, source, name),
                    take_snapshot=self._take_snapshot,
                    policy=POLICY,
                    handle_frame=partial(self._apply, name, source),
                )

    @property
    @override
    def hub_id(self) -> str:
        """Return the id of the mandate."""
        return str(self.entry.unique_id)

    @override
    def describe(self, device_id: str) -> Device | None:
        """Describe the mandate or a device."""
        if device_id == self.hub_id:
            return Device(
                device_id=device_id,
                name=self.entry.title,
                manufacturer="ZENNER IoT Solutions",
                model="ELEMENT IoT",
                service=True,
            )
        device = self.devices.get(device_id)
        return None if device is None else self.describe_end_device(device)

    @override
    def memory(self) -> dict[str, Any]:
        """Return devices and how far each socket has been read."""
        return {
            **super().memory(),
            "cursors": {
                name: {"after": item.after, "at": item.inserted_at, "ids": item.ids}
                for name, item in self._cursors.items()
            },
        }

    @override
    def recall(self, memory: dict[str, Any]) -> None:
        """Take devices and cursors back."""
        super().recall(memory)
        for stream in self.streams:
            if (data := memory.get("cursors", {}).get(stream.name)) is None:
                continue
            self._cursors[stream.name] = Cursor(data["after"], data["at"], data["ids"])
            for identifier in data["ids"]:
                self._seen[stream.name.partition(" ")[0]].add(identifier)

    @override
    async def async_start(self) -> None:
        """Open the sockets, and look at the inventory once an hour."""
        await super().async_start()
        self._refresh = async_track_time_interval(self.hass, self._async_refresh, INVENTORY_INTERVAL)

    @override
    async def async_stop(self) -> None:
        """Close everything."""
        for timer in (self._refresh, self._settle):
            if timer is not None:
                timer()
        self._refresh = self._settle = None
        await super().async_stop()

    # Inventory

    async def _open(self, identifier: str, source: str, name: str) -> Socket:
        cursor = self._cursors.get(name)
        after = None
        if cursor is not None and time() - cursor.inserted_at < REPLAY_LIMIT:
            after = cursor.after
        return await self.client.open_socket(self._scope, identifier, source, after=after)

    async def _take_snapshot(self) -> Callable[[], None]:
        """Read the inventory, once for all sockets that ask at the same time."""
        if self._inventory is None or self._inventory.done():
            self._inventory = asyncio.ensure_future(self.client.devices(self._scope, self._ids))
        bodies = await asyncio.shield(self._inventory)
        return partial(self._apply_inventory, bodies)

    @callback
    def _apply_inventory(self, bodies: list[dict[str, Any]]) -> None:
        present = {str(body["id"]): body for body in bodies if is_live(body)}
        for device_id, body in present.items():
            describe(self._device(device_id), body)
        for device_id in self.devices.keys() - present.keys():
            del self.devices[device_id]
        self.sync_devices()
        unknown = [item.device_id for item in self.devices.values() if not item.values]
        if unknown:
            self.entry.async_create_background_task(self.hass, self._prime(unknown), "pushwire prime")
        self.remember()

    async def _async_refresh(self, _now: datetime) -> None:
        """Follow names, folders and intervals, which are not pushed."""
        try:
            bodies = await self.client.devices(self._scope, self._ids)
        except WireError as err:
            self.ledger.note_unknown(f"inventory {err.translation_key}")
            return
        self._apply_inventory(bodies)

    async def _prime(self, device_ids: list[str]) -> None:
        """Read the newest values of devices of which none is known yet."""
        for device_id in device_ids:
            try:
                for source in self._sources:
                    limit = PRIMING_READINGS if source == READINGS else 1
                    for body in await self.client.newest(device_id, source, limit):
                        self._prime_with(source, body)
            except (WireError, NotUnderstood) as err:
                self.ledger.note_unknown(f"prime {type(err).__name__}")

    @callback
    def _prime_with(self, source: str, body: Any) -> None:
        item = read_reading(body) if source == READINGS else read_packet(body)
        if item.device_id in self.devices and self._seen[source].add(item.id):
            self._take(item, live=False)

    def _device(self, device_id: str) -> LorawanDevice:
        device = self.devices.get(device_id)
        if device is None:
            device = LorawanDevice(device_id=device_id, name=device_id)
            self.devices[device_id] = device
        return device

    # Frames

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply a frame of the first socket; each socket has its own way in."""
        self._apply(self.streams[0].name, self._sources[0], frame)

    def _apply(self, name: str, source: str, frame: Frame) -> None:
        """Apply a frame of one socket."""
        try:
            for item in parse(frame):
                if isinstance(item, NotUnderstood):
                    self.ledger.note_unknown(str(item))
                    continue
                self._item(name, source, item)
        except NotUnderstood as err:
            self.ledger.note_unknown(str(err))

    def _item(self, name: str, source: str, item: Reading | Packet) -> None:
        cursor = self._cursors.get(name)
        if cursor is None:
            self._cursors[name] = Cursor(item.inserted, item.inserted_at, [item.id])
        else:
            cursor.move(item)
        self.remember()
        kind = READINGS if isinstance(item, Reading) else PACKETS
        seen = self._seen.setdefault(kind, self._seen[source])
        if not seen.add(item.id):
            # A packet that was completed later comes again under its id.
            if isinstance(item, Packet) and item.amended:
                self._take(item, live=True, repeated=True)
            return
        if item.device is not None and is_live(item.device):
            self._describe(item.device)
        if item.device_id not in self.devices:
            self._read(item)
            return
        self._take(item, live=time() - item.inserted_at < HISTORY_AGE)

    def _describe(self, body: Mapping[str, Any]) -> None:
        """Follow what a frame tells of its device."""
        device_id = str(body["id"])
        describe(self._device(device_id), body)
        self.update_device(device_id)

    def _read(self, item: Reading | Packet) -> None:
        """Read the device of an item that nobody knows, then take the item."""
        if item.device_id in self._reading:
            return
        self._reading.add(item.device_id)
        self.entry.async_create_background_task(self.hass, self._async_read(item), "pushwire read device")

    async def _async_read(self, item: Reading | Packet) -> None:
        try:
            body = await self.client.device(item.device_id)
        except WireError as err:
            self.ledger.note_unknown(f"device {err.translation_key}")
            return
        finally:
            self._reading.discard(item.device_id)
        if is_live(body):
            self._describe(body)
            self._take(item, live=time() - item.inserted_at < HISTORY_AGE)

    @callback
    def _take(self, item: Reading | Packet, *, live: bool, repeated: bool = False) -> None:
        """Apply an item to its device and tell what changed."""
        device = self.devices[item.device_id]
        features = len(device.values), device.payload is None
        if isinstance(item, Packet):
            changed = apply_packet(device, item)
        else:
            changed = apply_reading(device, item)
            if item.packet is not None:
                changed |= apply_packet(device, item.packet)
            elif PACKETS not in self._sources:
                changed |= device.heard(item.inserted_at)
        if (len(device.values), device.payload is None) != features:
            self.update_device(device.device_id)
        if live:
            self.notify(device.device_id, changed)
        else:
            self._notify_late(device.device_id, changed)
        if live and not repeated and isinstance(item, Packet):
            self._happened(item)

    def _happened(self, packet: Packet) -> None:
        if (kind := EDGES.get(packet.kind)) is None:
            return
        self.emit(
            Edge(
                resource=packet.device_id,
                kind=kind,
                attributes={"port": packet.radio.port, "payload": packet.payload},
            )
        )

    def _notify_late(self, device_id: str, changed: set[str]) -> None:
        """Show what a replay has come to, and not each step on its way."""
        self._late.setdefault(device_id, set()).update(changed)
        if self._settle is None:
            self._settle = async_call_later(self.hass, REPLAY_SETTLE, self._settled)

    @callback
    def _settled(self, _now: datetime) -> None:
        self._settle = None
        late, self._late = self._late, {}
        for device_id, changed in late.items():
            self.notify(device_id, changed)

    # Downlinks

    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Queue a downlink; its id is the reference by which the platform knows it.

        Raises:
            NotSupported: A field that the platform does not have was given.
            WireError: It was refused or could not be sent.

        """
        for name in ("reference", "connector", "command"):
            if getattr(downlink, name):
                raise NotSupported(name)
        action = await self.client.send_down_frame(
            device_id,
            downlink.port,
            downlink.payload,
            confirmed=downlink.confirmed,
        )
        return {"result": "accepted", "reference": str(action.get("id") or "")}
