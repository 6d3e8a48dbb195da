"""ELEMENT: sockets for readings and packets, the inventory by REST."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Set as AbstractSet
import contextlib
from datetime import datetime, timedelta
from functools import partial
from time import time
from typing import Any, override

from homeassistant.const import CONF_API_KEY, CONF_HOST, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...core.coordinator import Builder, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...lorawan.api.downlink import Downlink, FieldNotSupported, UnknownDevice
from ...lorawan.api.model import LorawanDevice
from ...lorawan.coordinator import LorawanCoordinator
from ...wire.errors import AuthenticationFailed, WireError
from ...wire.events import PushEvent
from ...wire.stream import Frame, Socket, StreamPolicy
from ...wire.values import NotUnderstood
from .api.client import MANDATE, PACKETS, READINGS, STREAM, ElementClient
from .api.frames import (
    Packet,
    PacketType,
    Reading,
    parse,
    read_item,
)
from .api.model import Cursor, Seen, apply_packet, apply_reading, describe, is_live, written
from .const import CONF_IDS, CONF_SCOPE, CONF_SOURCES

# The platform closes a socket after 60 seconds without a ping.
POLICY = StreamPolicy(
    ping_interval=20.0,
    text_ping="ping",
    idle_timeout=60.0,
    idle_timeout_no_pong=60.0,
)
INVENTORY_INTERVAL = timedelta(hours=1)
# An item that was inserted longer ago is history: it changes states, but nothing
# happens because of it.
HISTORY_AGE = 120.0
# A replay brings its items in the order of their age: only where it ends is shown.
REPLAY_SETTLE = 1.0
# A longer outage is not replayed whole.
REPLAY_LIMIT = 7 * 86400.0
# A socket that has brought nothing yet is replayed from when it was first opened, and
# from so much earlier, in case that our clock is ahead of the platform's.
CLOCK_MARGIN = 3600.0
# A stream does not list its devices: a first replay of so long shows them.
FIRST_REPLAY = 86400.0
# Items of a device of which nothing is known yet, kept until it has been read.
WAITING = 100
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

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Prepare a socket for each id of the scope and each source."""
        super().__init__(hass, entry, builders)
        self._session = async_get_clientsession(hass)
        self.client = ElementClient(self._session, entry.data[CONF_HOST], entry.data[CONF_API_KEY])
        self._scope: str = entry.data[CONF_SCOPE]
        self._ids: list[str] = entry.data.get(CONF_IDS) or []
        self._sources: list[str] = entry.data[CONF_SOURCES]
        self._cursors: dict[str, Cursor] = {}
        self._seen = {source: Seen() for source in self._sources}
        self._inventory: asyncio.Task[list[dict[str, Any]]] | None = None
        self._priming: asyncio.Task[None] | None = None
        self._primed: set[str] = set()
        self._starting = False
        self._waiting: dict[str, deque[tuple[Reading | Packet, bool]]] = {}
        self._late: dict[str, set[str]] = {}
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
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Describe the mandate or a device."""
        if device_id == self.hub_id:
            return DeviceDescription(
                device_id=device_id,
                name=self.entry.title,
                manufacturer="ZENNER IoT Solutions",
                model="ELEMENT IoT",
                service=True,
            )
        device = self.devices.get(device_id)
        return None if device is None else self.end_device_description(device)

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return devices and how far each socket has been read."""
        return {
            **super().data_to_store(),
            "cursors": {
                name: {"after": item.after, "at": item.inserted_at, "ids": item.ids}
                for name, item in self._cursors.items()
            },
        }

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Take devices and cursors back."""
        super().restore(data)
        for stream in self.streams:
            # A socket without a cursor starts anew, as it does with one of an unknown shape.
            with contextlib.suppress(AttributeError, KeyError, TypeError):
                stored = data["cursors"][stream.name]
                self._cursors[stream.name] = Cursor(str(stored["after"]), float(stored["at"]), list(stored["ids"]))
                for identifier in stored["ids"]:
                    self._seen[stream.name.partition(" ")[0]].add(identifier)
        if all(self._replayable(stream.name) for stream in self.streams):
            self._primed = {item.device_id for item in self.devices.values() if item.values or item.last_uplink}

    @override
    async def async_start(self) -> None:
        """Open the sockets, and look at the inventory once an hour."""
        self._starting = True
        try:
            await super().async_start()
        finally:
            self._starting = False
        self.background.call_every(INVENTORY_INTERVAL, self._look_again)

    # Inventory

    async def _open(self, identifier: str, source: str, name: str) -> Socket:
        now = time()
        fresh = not self._replayable(name)
        if not fresh:
            after: str | None = self._cursors[name].after
        else:
            after = written(now - FIRST_REPLAY) if self._scope == STREAM else None
        # Without a socket for packets, the readings bring them along.
        packet = () if PACKETS in self._sources else ("packet",)
        socket = await self.client.open_socket(
            self._scope, identifier, source, after=after, preload=("device", *packet)
        )
        if fresh:
            if name in self._cursors:
                # What is known is older than what is replayed.
                self._primed.clear()
            self._cursors[name] = Cursor.at(now - (CLOCK_MARGIN if after is None else FIRST_REPLAY))
        return socket

    def _replayable(self, name: str) -> bool:
        """Say whether a socket can be replayed from where it was."""
        cursor = self._cursors.get(name)
        return cursor is not None and time() - cursor.inserted_at < REPLAY_LIMIT

    async def _take_snapshot(self) -> Callable[[], None]:
        """Read the inventory, once for all sockets that ask at the same time."""
        task = self._inventory
        if task is None or (task.done() and not (self._starting and _succeeded(task))):
            task = self._inventory = self.background.start(self.client.devices(self._scope, self._ids), "inventory")
            # Whoever waited for it may be gone when it fails.
            task.add_done_callback(_succeeded)
        known = frozenset(self.devices)
        bodies = await asyncio.shield(task)
        return partial(self._apply_inventory, bodies, known)

    @callback
    def _apply_inventory(self, bodies: list[dict[str, Any]], known: AbstractSet[str]) -> None:
        """Follow an inventory; devices that are not in ``known`` came while it was read."""
        present = {str(body["id"]): body for body in bodies if is_live(body)}
        for device_id, body in present.items():
            # Which devices are in a stream, only its items tell.
            if self._scope != STREAM or device_id in self.devices:
                describe(self._device(device_id), body)
        for device_id in known - present.keys():
            self.devices.pop(device_id, None)
            self._primed.discard(device_id)
        self.device_manager.sync()
        self._start_priming()
        self.schedule_save()

    def _start_priming(self) -> None:
        if not self.devices.keys() <= self._primed and (self._priming is None or self._priming.done()):
            self._priming = self.background.start(self._prime(), "prime")

    @callback
    def _look_again(self, _now: datetime) -> None:
        self.background.start(self._async_refresh(), "refresh")

    async def _async_refresh(self) -> None:
        """Follow names, folders and intervals, which are not pushed."""
        known = frozenset(self.devices)
        try:
            bodies = await self.client.devices(self._scope, self._ids)
        except WireError as err:
            if isinstance(err, AuthenticationFailed):
                # The sockets may stay open for long with a key that is no longer good.
                self.entry.async_start_reauth(self.hass)
            self.frame_log.count_unknown(f"inventory {err.translation_key}")
            return
        self._apply_inventory(bodies, known)

    async def _prime(self) -> None:
        """Read the newest values of devices of which they are not known yet."""
        failed: set[str] = set()
        while missing := [device_id for device_id in self.devices if device_id not in self._primed | failed]:
            device_id = missing[0]
            try:
                for source in self._sources:
                    limit = PRIMING_READINGS if source == READINGS else 1
                    for body in await self.client.newest(device_id, source, limit):
                        self._prime_with(source, body)
            except WireError as err:
                failed.add(device_id)
                self.frame_log.count_unknown(f"prime {err.translation_key}")
            else:
                self._primed.add(device_id)

    @callback
    def _prime_with(self, source: str, body: Any) -> None:
        try:
            item = read_item(body)
        except NotUnderstood as err:
            self.frame_log.count_unknown(str(err))
            return
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
        for item in parse(frame):
            if isinstance(item, NotUnderstood):
                self.frame_log.count_unknown(str(item))
            else:
                self._item(name, source, item)

    def _item(self, name: str, source: str, item: Reading | Packet) -> None:
        self._cursors[name].move(item)
        self.schedule_save()
        kind = READINGS if isinstance(item, Reading) else PACKETS
        seen = self._seen.setdefault(kind, self._seen[source])
        repeated = not seen.add(item.id)
        # A packet that was completed later comes again under its id.
        if repeated and not (isinstance(item, Packet) and item.amended):
            return
        if item.device is not None and item.device.get("id") == item.device_id:
            if not is_live(item.device):
                self.frame_log.count_unknown("deleted device")
                return
            self._describe(item.device)
        if item.device_id not in self.devices:
            self._read(item, repeated=repeated)
            return
        self._take(item, repeated=repeated)

    def _describe(self, body: Mapping[str, Any]) -> None:
        """Follow what a frame tells of its device."""
        device_id = str(body["id"])
        new = device_id not in self.devices
        device = self._device(device_id)
        describe(device, body)
        # Each frame tells of its device, and hardly ever anything new.
        if not self.device_manager.is_current(self.end_device_description(device)):
            self.device_manager.update(device_id)
        if new:
            self._start_priming()

    def _read(self, item: Reading | Packet, *, repeated: bool) -> None:
        """Read the device of an item that nobody knows, then take what came of it."""
        if (waiting := self._waiting.get(item.device_id)) is None:
            waiting = self._waiting[item.device_id] = deque(maxlen=WAITING)
            self.background.start(self._async_read(item.device_id), "read device")
        waiting.append((item, repeated))

    async def _async_read(self, device_id: str) -> None:
        try:
            body = await self.client.device(device_id)
        except WireError as err:
            self.frame_log.count_unknown(f"device {err.translation_key}")
            return
        finally:
            waiting = self._waiting.pop(device_id)
        if body.get("id") == device_id and is_live(body):
            self._describe(body)
            for item, repeated in waiting:
                self._take(item, repeated=repeated)

    @callback
    def _take(self, item: Reading | Packet, *, live: bool = True, repeated: bool = False) -> None:
        """Apply an item to its device and tell what changed."""
        live = live and time() - item.inserted_at < HISTORY_AGE
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
            self.device_manager.update(device.device_id)
        if live:
            self.dispatcher.notify(device.device_id, changed)
        else:
            self._notify_late(device.device_id, changed)
        if live and not repeated and isinstance(item, Packet):
            self._happened(item)

    def _happened(self, packet: Packet) -> None:
        if (kind := EDGES.get(packet.kind)) is None:
            return
        self.dispatcher.fire_event(
            PushEvent(
                resource=packet.device_id,
                kind=kind,
                attributes={"port": packet.radio.port, "payload": packet.payload},
            )
        )

    def _notify_late(self, device_id: str, changed: set[str]) -> None:
        """Show what a replay has come to, and not each step on its way."""
        if not self._late:
            self.background.call_later(REPLAY_SETTLE, self._publish_late)
        self._late.setdefault(device_id, set()).update(changed)

    @callback
    def _publish_late(self) -> None:
        late, self._late = self._late, {}
        for device_id, changed in late.items():
            self.dispatcher.notify(device_id, changed)

    # Downlinks

    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Queue a downlink; its id is the reference by which the platform knows it.

        Raises:
            UnknownDevice: The device is not one of the platform's.
            FieldNotSupported: A field that the platform does not have was given.
            WireError: It was refused or could not be sent.

        """
        if device_id not in self.devices:
            raise UnknownDevice
        for name in ("reference", "connector", "command"):
            if getattr(downlink, name):
                raise FieldNotSupported(name)
        action = await self.client.send_down_frame(
            device_id,
            downlink.port,
            downlink.payload,
            confirmed=downlink.confirmed,
        )
        return {"result": "accepted", "reference": str(action.get("id") or "")}


def _succeeded(task: asyncio.Task[Any]) -> bool:
    return not task.cancelled() and task.exception() is None
