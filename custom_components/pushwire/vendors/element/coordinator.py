"""Coordinator of ELEMENT: readings and packets from sockets, the inventory from REST."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
import logging
from math import inf
from time import time
from typing import Any, override

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import CONF_API_KEY, CONF_HOST, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ...core.coordinator import Builder, PushwireConfigEntry
from ...lorawan.api.backfill import BackfillNotSupported
from ...lorawan.api.cadence import Listening
from ...lorawan.api.counters import Sample
from ...lorawan.api.downlink import (
    DOWNLINK_EVENTS,
    Downlink,
    FieldNotSupported,
    NoDownlinks,
    UnknownDevice,
    downlink_event,
)
from ...lorawan.api.locations import LOCATION_KEY
from ...lorawan.api.meaning import describe
from ...lorawan.api.model import LorawanDevice, stored_object, stored_text
from ...lorawan.api.uplink import Uplink
from ...lorawan.coordinator import LorawanCoordinator
from ...wire.errors import AuthenticationFailed, CannotConnect, ScopeForbidden, WireError
from ...wire.events import ButtonTrigger, PushEvent
from ...wire.stream import ConnectionState, Frame, Socket, Stream, StreamPolicy
from ...wire.values import NotUnderstood, as_dict, as_list, as_text, integer
from .api.client import MANDATE, PACKETS, PAGE_SIZE, READINGS, STREAM, ElementClient
from .api.downlinks import SentDownlink, SentDownlinks, Step
from .api.frames import Packet, PacketType, Reading, location_of, parse, read_item, read_reading
from .api.model import (
    MAX_RECENT_IDS,
    Cursor,
    RecentIds,
    apply_item,
    device_details,
    is_active_device,
    set_location,
    to_timestamp,
)
from .api.parsers import Parser, read_parser
from .api.repetitions import PassedOn, uplink_key
from .api.scopes import Inventory, Scope, Scopes, SocketId, stored_members
from .api.undecoded import UndecodedPackets
from .repairs import update_key_issue, update_scope_issue
from .scopes import further_sockets, own_sockets, title_of

_LOGGER = logging.getLogger(__name__)

# The platform closes a socket after 60 seconds without a ping.
POLICY = StreamPolicy(
    ping_interval=20.0,
    text_ping="ping",
    idle_timeout=60.0,
    idle_timeout_no_pong=60.0,
)
INVENTORY_INTERVAL = timedelta(hours=1)
DOWNLINK_CHECK_INTERVAL = timedelta(minutes=1)
# An item inserted longer ago updates states, but fires no event.
MAX_EVENT_AGE = 120.0
# A replay sends its items in the order of insertion; only the final states are published.
REPLAY_SETTLE_SECONDS = 1.0
# After a longer outage the newest values are read by REST instead of a replay.
REPLAY_LIMIT = 7 * 86400.0
# A socket that has not sent an item yet is replayed from its first opening, less this
# margin, because Home Assistant's clock may be ahead of the platform's.
CLOCK_MARGIN = 3600.0
# The platform does not list the devices of a stream; a first replay of this length shows them.
FIRST_REPLAY = 86400.0
# Items of a device that are kept until the device has been read.
MAX_PENDING_ITEMS = 100
# Event type of a packet's direction.
EVENT_TYPES: Mapping[str, str] = {PacketType.UP: "uplink", PacketType.DOWN: "sent"}
# Readings of a device that are read to get the newest value of each key: as many as one
# request returns, since meters report some values once a day.
PRIMING_READINGS = PAGE_SIZE
# A replay may be long, and nothing may hold the event loop for more than 50 ms.
TURN_SECONDS = 0.005
# Late items within REPLAY_SETTLE_SECONDS that show that a replay goes on.
BULK_ITEMS = 100
# Sockets of scopes that overlap replay the same items, one socket possibly long before the other.
OVERLAP_FACTOR = 10
ACCOUNT_INTERVAL = timedelta(seconds=10)
BOTH_SOURCES = frozenset({READINGS, PACKETS})
# Properties of the account.
KEY_EXPIRES = "key_expires"
REPLAY_LAG = "replay_lag"
REQUESTS_LEFT = "requests_left"
UNDECODED_PACKETS = "undecoded_packets"
# A backfill reads the range in parts, since a list has a maximum length.
BACKFILL_PART = timedelta(days=7)


class ElementCoordinator(LorawanCoordinator):
    """Coordinator of the devices of one mandate, or of parts of it."""

    vendor = "element"
    hub_manufacturer = "ZENNER IoT Solutions"
    hub_model = "ELEMENT IoT"
    secret_fields = frozenset({CONF_API_KEY})
    hidden_keys = frozenset(
        {"auth", "fields", "hausnummer", "lns_session_context", "opts", "ort", "plz", "profile_data", "strasse"}
    )

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize with one stream for each socket of the scopes."""
        super().__init__(hass, entry, builders)
        self.client = ElementClient(async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_API_KEY])
        self.scopes = Scopes()
        # A change of the entry's own scope reloads the entry.
        self._own_sockets = own_sockets(entry.data)
        self._streams: dict[SocketId, Stream] = {}
        self._scopes_lock = asyncio.Lock()
        # Streams whose devices the platform does not list.
        self._unlisted_streams: set[str] = set()
        # Periods in which the devices of a group of scopes could not be heard.
        self._listenings: dict[frozenset[Scope], Listening] = {}
        self._cursors: dict[str, Cursor] = {}
        self._recent_ids = {READINGS: RecentIds(), PACKETS: RecentIds()}
        # Packets whose presses have fired: a packet that is parsed again has another reading.
        self._recent_presses = RecentIds()
        # Packets and the gateways that have received them: a packet is sent again with further gateways.
        self._recent_receptions = RecentIds()
        self._passed_on = PassedOn()
        self._inventory: asyncio.Task[Inventory] | None = None
        self._applied: Inventory | None = None
        self._priming: asyncio.Task[None] | None = None
        # IDs of the devices whose newest values are known.
        self._primed: set[str] = set()
        self._starting = False
        # Parsers that have been read, by ID.
        self._parsers: dict[str, Parser] = {}
        # Times of the descriptions that the devices have, as the platform writes them.
        self._described_at: dict[str, str] = {}
        self._pending_items: dict[str, deque[tuple[Reading | Packet, bool]]] = {}
        # Sockets, and what is left of their frames.
        self._backlog: deque[tuple[SocketId, Iterator[Reading | Packet | NotUnderstood]]] = deque()
        # Time until which items are applied in this iteration of the event loop.
        self._turn_end: float | None = None
        # Unix time at which the key expires, if it can be read.
        self.key_expires: float | None = None
        self._can_read_key = True
        # Number of requests that are left in the current window of the rate limit, or None if unknown.
        self.requests_left: int | None = None
        self.undecoded = UndecodedPackets()
        # Seconds between the oldest item that a replay has just sent, and now.
        self.replay_lag = 0.0
        self._oldest_late = inf
        self._downlinks = SentDownlinks()
        self._late_changes: dict[str, set[str]] = {}
        self._late_items = 0
        self._late_scheduled = False
        self.scopes.set_sockets(self._wanted_sockets(), time())
        for socket in self.scopes.sockets:
            self._add_socket(socket)

    @property
    @override
    def hub_url(self) -> str:
        """URL of the platform, without the API key."""
        return self.client.origin

    @override
    async def async_check_credentials(self) -> None:
        """Read the mandate of the API key."""
        await self.client.mandate()

    @override
    async def async_start(self) -> None:
        """Open all streams, and refresh the inventory regularly."""
        # Unlike an update listener, a signal may be used together with options that reload the entry.
        self.entry.async_on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._follow_entry))
        self._starting = True
        try:
            await super().async_start()
        finally:
            self._starting = False
        self._follow_entry(ConfigEntryChange.UPDATED, self.entry)
        self.background.call_every(INVENTORY_INTERVAL, self._refresh_inventory)
        self._check_account(None)
        self.background.call_every(ACCOUNT_INTERVAL, self._check_account)
        self.background.read(self._read_key(), "key")
        self.background.call_every(DOWNLINK_CHECK_INTERVAL, self._check_downlinks)

    # Scopes

    def _wanted_sockets(self) -> list[SocketId]:
        return [*self._own_sockets, *further_sockets(self.entry)]

    def _add_socket(self, socket: SocketId) -> Stream:
        stream = self._streams[socket] = self.add_stream(
            socket.name,
            partial(self._open, socket),
            take_snapshot=self._take_snapshot,
            policy=POLICY,
            handle_frame=partial(self._apply_frame, socket),
        )
        return stream

    @override
    def can_start_without(self, stream: Stream, error: WireError) -> bool:
        """Return whether the key has no access to a scope, which must not affect the others."""
        return isinstance(error, ScopeForbidden) and len(self.scopes.all) > 1

    @callback
    def _follow_entry(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Open and close sockets after a person has added, changed or removed a scope."""
        if entry is not self.entry or change is not ConfigEntryChange.UPDATED or self._starting or self._stopping:
            return
        # The signal is sent for any change of an entry.
        if set(self._wanted_sockets()) != set(self.scopes.sockets):
            self.background.read(self._follow_scopes(), "scopes")

    async def _follow_scopes(self) -> None:
        async with self._scopes_lock:
            wanted = tuple(dict.fromkeys(self._wanted_sockets()))
            removed = self._streams.keys() - wanted
            without_packets = {socket.scope for socket in removed if socket.source == PACKETS}
            # From now on, each reading of such a scope is requested with its packet.
            reopened = {socket for socket in wanted if socket in self._streams and socket.scope in without_packets}
            for socket in removed | reopened:
                await self.async_remove_stream(self._streams[socket])
            for socket in removed | reopened:
                del self._streams[socket]
            added = [socket for socket in wanted if socket not in self._streams]
            self.scopes.set_sockets(wanted, time())
            # What a removed socket has sent last is not applied.
            self._backlog = deque(waiting for waiting in self._backlog if waiting[0] in self._streams)
            positions = [cursor for socket in removed if (cursor := self._cursors.pop(socket.name, None)) is not None]
            # An inventory that is being read lacks the new scopes.
            self._inventory = None
            for socket in added:
                if positions and socket.scope.kind != STREAM and socket not in reopened:
                    # A device that is in a removed scope and in a new one misses nothing.
                    self._cursors[socket.name] = replace(min(positions, key=lambda cursor: cursor.inserted_at), ids=[])
                self.start_added_stream(self._add_socket(socket))
            self._forget_left_devices()
            self._scopes_changed()
            self._update_scope_issue()
            if any(socket.source == PACKETS for socket in removed):
                for device_id in self.devices:
                    self.device_manager.remove_outdated(Platform.EVENT, device_id)
            self.schedule_save()

    def _forget_left_devices(self, inventory: Inventory | None = None) -> None:
        """Remove devices that belong to no scope any more."""
        for device_id in self.scopes.left(self.devices, time(), inventory):
            self.devices.pop(device_id, None)
            self._described_at.pop(device_id, None)
            self._primed.discard(device_id)
        self.device_manager.sync()
        self.bridge.keep_devices(self.devices)

    def _scopes_changed(self) -> None:
        """Adapt to scopes, or devices of scopes, that have changed."""
        overlaps = len(self.scopes.all) > 1
        for recent in self._recent_ids.values():
            recent.limit = MAX_RECENT_IDS * (OVERLAP_FACTOR if overlaps else 1)
        if not overlaps:
            # A scope that was lost and has been removed must not count for the devices of the other one.
            (scope,) = self.scopes.all
            self.listening = next(
                (listening for group, listening in self._listenings.items() if scope in group), self.listening
            )
        for device in self.devices.values():
            device.listening = self._listening_of(device.device_id, device.listening)
        used = {self.scopes.group_of(device_id) for device_id in self.devices}
        self._listenings = {group: item for group, item in self._listenings.items() if group in used}
        self._note_listening()

    def _listening_of(self, device_id: str, previous: Listening) -> Listening:
        """Return the periods in which a device could not be heard; at first those of its previous scopes."""
        group = self.scopes.group_of(device_id)
        if not group or len(self.scopes.all) == 1:
            return self.listening
        if (listening := self._listenings.get(group)) is None:
            listening = self._listenings[group] = replace(previous, gaps=list(previous.gaps))
        return listening

    @override
    @callback
    def _connection_changed(self, stream: Stream, state: ConnectionState, error: WireError | None) -> None:
        super()._connection_changed(stream, state, error)
        if not self._stopping:
            self._update_scope_issue()

    def _update_scope_issue(self) -> None:
        """Report scopes that the key has no access to any more, which only a person can change."""
        lost = {
            title_of(self.entry, socket.scope)
            for socket, other in self._streams.items()
            if other.state is not ConnectionState.LIVE and other.statistics.last_error == ScopeForbidden.translation_key
        }
        update_scope_issue(self.hass, self.entry, lost)

    @override
    @callback
    def _note_listening(self) -> None:
        """Note which devices can be heard: those of any scope whose sockets are all open."""
        super()._note_listening()
        now = time()
        live = {
            scope
            for scope in self.scopes.all
            if all(
                stream.state is ConnectionState.LIVE
                for socket, stream in self._streams.items()
                if socket.scope == scope
            )
        }
        for group, listening in self._listenings.items():
            if group.isdisjoint(live):
                listening.lose(now)
            else:
                listening.resume(now)

    def follows_packets(self, device_id: str) -> bool:
        """Return whether the packets of a device are followed."""
        return PACKETS in self.scopes.sources_of(device_id)

    # Storage

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return the devices of streams, the position of each socket and the downlinks that are followed."""
        downlinks = [item.to_stored() for item in self._downlinks.items if item.action]
        now = time()
        listenings = [
            {"scopes": sorted(group), **listening.to_stored(now)} for group, listening in self._listenings.items()
        ]
        return {
            **super().data_to_store(),
            **({"downlinks": downlinks} if downlinks else {}),
            **({"undecoded_packets": self.undecoded.count} if self.undecoded.count else {}),
            **({"streams": streams} if (streams := self.scopes.to_stored()) else {}),
            **({"listening_by_scopes": listenings} if listenings else {}),
            "cursors": [{"socket": name, **cursor.to_stored()} for name, cursor in self._cursors.items()],
        }

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Restore the devices, those of streams, the position of each socket and the downlinks that are followed."""
        super().restore(data)
        self._downlinks.items = self.restore_items(data.get("downlinks"), SentDownlink.from_stored)
        self.undecoded.count = integer(data.get("undecoded_packets")) or 0
        self.scopes.restore(self.restore_items(data.get("streams"), stored_members))
        self._listenings = dict(self.restore_items(data.get("listening_by_scopes"), _stored_listening))
        streams = {stream.name for stream in self.streams}
        for name, cursor in self.restore_items(data.get("cursors"), _named_cursor):
            if name in streams:
                self._cursors[name] = cursor
                for identifier in cursor.ids:
                    self._recent_ids[name.partition(" ")[0]].add(identifier)
        if all(self._can_replay(name) for name in streams):
            # The platform knows locations of devices that have never sent anything.
            self._primed = {
                device.device_id
                for device in self.devices.values()
                if device.values.keys() - {LOCATION_KEY} or device.last_uplink
            }

    # Inventory

    async def _open(self, socket: SocketId) -> Socket:
        """Open a socket, with a replay from its cursor if the cursor is recent enough."""
        now = time()
        name, scope = socket.name, socket.scope
        can_replay = self._can_replay(name)
        if can_replay:
            after: str | None = self._cursors[name].after
        else:
            after = to_timestamp(now - FIRST_REPLAY) if scope.kind == STREAM else None
        # Without a socket for packets, each reading is requested with its packet.
        packet = () if self.scopes.has_packets(scope) else ("packet",)
        opened = await self.client.open_socket(
            scope.kind, scope.identifier, socket.source, after=after, preload=("device", *packet)
        )
        if not can_replay:
            if name in self._cursors:
                # The values are older than the start of the replay.
                self._primed -= self.scopes.devices_of(scope) or self._primed
            self._cursors[name] = Cursor.at(now - (CLOCK_MARGIN if after is None else FIRST_REPLAY))
        return opened

    def _can_replay(self, name: str) -> bool:
        """Return whether a socket can be replayed from its cursor."""
        cursor = self._cursors.get(name)
        return cursor is not None and time() - cursor.inserted_at < REPLAY_LIMIT

    async def _take_snapshot(self) -> Callable[[], None]:
        """Read the inventory, once for all sockets that need it at the same time."""
        task = self._inventory
        if task is None or (task.done() and not (self._starting and _succeeded(task))):
            task = self._inventory = self.background.start(self._read_inventory(), "inventory")
            # Retrieves the exception if no socket waits any more.
            task.add_done_callback(_succeeded)
        # A socket that ends does not cancel the request for the others.
        await asyncio.wait((task,))
        return partial(self._apply_inventory, task.result())

    async def _read_inventory(self) -> Inventory:
        """Read the devices of all scopes.

        Raises:
            ScopeForbidden: The key has no access to any scope.
            WireError: The devices could not be read.

        """
        before = self.scopes.known_devices()
        bodies: dict[str, dict[str, Any]] = {}
        lists: dict[Scope, frozenset[str]] = {}
        failures: list[ScopeForbidden] = []
        for scope in before:
            try:
                found = await self._list_devices(scope)
            except ScopeForbidden as err:
                failures.append(err)
                self.frame_log.count_unknown(f"devices {err.translation_key}")
                continue
            if found is not None:
                active = {str(body["id"]): body for body in found if is_active_device(body)}
                bodies |= active
                lists[scope] = frozenset(active)
        if len(failures) == len(before):
            raise failures[0]
        is_complete = Scope(MANDATE) in lists
        if not is_complete and any(scope.kind == STREAM for scope in before):
            # The descriptions of the devices of a stream are in the list of all devices.
            try:
                accessible = await self.client.devices(MANDATE, [])
            except ScopeForbidden:
                if not lists:
                    raise
            else:
                bodies |= {str(body["id"]): body for body in accessible if is_active_device(body)}
                is_complete = True
        return Inventory(bodies, lists, before, is_complete)

    async def _list_devices(self, scope: Scope) -> list[dict[str, Any]] | None:
        """Return the devices of a scope, or None for a stream whose devices the platform does not list."""
        if scope.kind != STREAM:
            return await self.client.devices(scope.kind, [scope.identifier])
        if scope.identifier not in self._unlisted_streams:
            try:
                if found := await self.client.stream_devices(scope.identifier):
                    return found
            except CannotConnect:
                return None
            except WireError:
                # The route is not documented, so any answer is possible.
                self._unlisted_streams.add(scope.identifier)
        return None

    @callback
    def _apply_inventory(self, inventory: Inventory) -> None:
        """Apply an inventory; devices added since it was requested may be missing from it."""
        if inventory is self._applied:
            # The sockets that share an inventory apply it once.
            return
        self._applied = inventory
        sources = {device_id: self.scopes.sources_of(device_id) for device_id in self._primed & self.devices.keys()}
        self.scopes.apply(inventory)
        for device_id, body in inventory.bodies.items():
            # The list of all devices also contains devices outside the scopes.
            if self.scopes.group_of(device_id) or device_id in self.devices:
                self._describe(device_id, body)
        # The newest packet of a device is read when a scope with packets has been added, and so on.
        self._primed -= {
            device_id for device_id, before in sources.items() if self.scopes.sources_of(device_id) - before
        }
        self._forget_left_devices(inventory)
        self._scopes_changed()
        self._start_priming()
        self._start_parsers()
        self.schedule_save()

    @callback
    def _refresh_inventory(self, _now: datetime) -> None:
        """Update names, folders and intervals, which are not pushed."""
        if self.connection_state is ConnectionState.REFUSED:
            return
        # The sockets may stay open for a long time after the key has expired.
        self.background.read(self._fetch_inventory(), "inventory", starts_reauth=True)
        self.background.read(self._read_key(), "key")

    # Account

    async def _read_key(self) -> None:
        """Read when the key expires, which only keys of administrators show."""
        if not self._can_read_key:
            return
        try:
            self.key_expires = await self.client.key_expiry()
        except ScopeForbidden:
            self._can_read_key = False
            return
        update_key_issue(self.hass, self.entry, self.key_expires, time())
        self.device_manager.update(self.hub_id)
        self.dispatcher.notify(self.hub_id, {KEY_EXPIRES})

    @callback
    def _check_account(self, _now: datetime | None) -> None:
        """Update what is left of the rate limit, and count packets that no parser understood."""
        changed: set[str] = set()
        if (left := self.client.governor.left) != self.requests_left:
            self.requests_left = left
            changed.add(REQUESTS_LEFT)
        if self.undecoded.check(time()):
            changed.add(UNDECODED_PACKETS)
            self.schedule_save()
        self.dispatcher.notify(self.hub_id, changed)

    def _set_replay_lag(self, oldest: float) -> None:
        """Set how far a replay is behind, from the oldest item that it has just sent."""
        self.replay_lag = 0.0 if oldest == inf else max(time() - oldest, 0.0)
        self._oldest_late = inf
        self.dispatcher.notify(self.hub_id, {REPLAY_LAG})

    async def _fetch_inventory(self) -> None:
        self._apply_inventory(await self._read_inventory())

    def _start_parsers(self) -> None:
        """Read the parsers of devices whose values are known from an earlier run."""
        if any(device.parser is not None and device.parser not in self._parsers for device in self.devices.values()):
            self.background.read(self._read_parsers(), "parsers")

    async def _read_parsers(self) -> None:
        for device in list(self.devices.values()):
            if device.device_id in self._primed:
                await self._read_parser(device)

    # Newest values

    def _start_priming(self) -> None:
        if not self.devices.keys() <= self._primed and (self._priming is None or self._priming.done()):
            self._priming = self.background.start(self._prime(), "prime")

    async def _prime(self) -> None:
        """Read the newest values of devices whose values are unknown."""
        failed: set[str] = set()
        while missing := [device_id for device_id in self.devices if device_id not in self._primed | failed]:
            device_id = missing[0]
            try:
                # The units that a parser declares are known before its first values are shown.
                await self._read_parser(self.devices[device_id])
                for source in sorted(self.scopes.sources_of(device_id), reverse=True):
                    limit = PRIMING_READINGS if source == READINGS else 1
                    # The newest first would look like meters that run backward.
                    for body in reversed(await self.client.newest(device_id, source, limit)):
                        self._apply_newest(source, body)
            except AuthenticationFailed:
                self.credentials_refused()
                return
            except WireError as err:
                failed.add(device_id)
                self.frame_log.count_unknown(f"prime {err.translation_key}")
            else:
                self._primed.add(device_id)

    async def _read_parser(self, device: LorawanDevice) -> None:
        """Give a device the fields of its parser, which is read once."""
        if device.parser is None:
            return
        if device.parser not in self._parsers:
            try:
                self._parsers[device.parser] = read_parser(await self.client.parser(device.parser))
            except ScopeForbidden:
                # Not every key has access to parsers.
                self._parsers[device.parser] = Parser()
        parser = self._parsers[device.parser]
        device.fields = parser.fields
        if device.parser_name != parser.name:
            # Without a profile, the parser's name is the model.
            device.parser_name = parser.name
            self.device_manager.update(device.device_id)
            self.bridge.update_device(device)
            self.schedule_save()

    @callback
    def _apply_newest(self, source: str, body: Any) -> None:
        try:
            item = read_item(body)
        except NotUnderstood as err:
            self.frame_log.count_unknown(str(err))
            return
        if item.device_id in self.devices and self._recent_ids[source].add(item.id):
            self._apply_item(item, fires_event=False, live=False)

    # Frames

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply a frame of the first socket."""
        self._apply_frame(self.scopes.sockets[0], frame)

    def _apply_frame(self, socket: SocketId, frame: Frame) -> None:
        """Apply a frame of one socket, or the rest of it in later iterations of the event loop."""
        self._backlog.append((socket, parse(frame)))
        if len(self._backlog) == 1 and not self._work_off():
            self.background.start(self._drain(), "backlog")

    async def _drain(self) -> None:
        is_empty = False
        while not is_empty:
            await asyncio.sleep(0)
            is_empty = self._work_off()

    def _work_off(self) -> bool:
        """Apply waiting items for a while; return whether none is left."""
        loop = self.hass.loop
        if self._turn_end is None:
            self._turn_end = loop.time() + TURN_SECONDS
            loop.call_soon(self._end_turn)
        while self._backlog:
            socket, items = self._backlog[0]
            for item in items:
                if isinstance(item, NotUnderstood):
                    self.frame_log.count_unknown(str(item))
                else:
                    self.frame_log.call(partial(self._handle_item, socket, item))
                if loop.time() >= self._turn_end:
                    return False
            self._backlog.popleft()
        return True

    def _end_turn(self) -> None:
        self._turn_end = None

    def _handle_item(self, socket: SocketId, item: Reading | Packet) -> None:
        """Apply an item of a socket unless the item is a repetition."""
        self._cursors[socket.name].move(item)
        self.schedule_save()
        is_new = self._recent_ids[READINGS if isinstance(item, Reading) else PACKETS].add(item.id)
        # The platform sends a packet again, with the same ID, after completing it.
        if not is_new and not (isinstance(item, Packet) and item.amended):
            return
        if item.device is not None and item.device.get("id") == item.device_id:
            if not is_active_device(item.device):
                self.frame_log.count_unknown("deleted device")
                return
            self._note_member(socket, item.device_id)
            self._update_device(item.device_id, item.device)
        else:
            self._note_member(socket, item.device_id)
        if item.device_id in self.devices:
            self._apply_item(item, fires_event=is_new)
        else:
            self._queue_item(item, fires_event=is_new)

    def _note_member(self, socket: SocketId, device_id: str) -> None:
        """Note that a device belongs to the scope of a socket."""
        if self.scopes.add(socket.scope, device_id) and (device := self.devices.get(device_id)) is not None:
            device.listening = self._listening_of(device_id, device.listening)
            self.device_manager.update(device_id)

    def _update_device(self, device_id: str, body: Mapping[str, Any]) -> None:
        """Update the device of an item from its REST object."""
        is_new = device_id not in self.devices
        changed = self._describe(device_id, body)
        if changed or is_new:
            self.device_manager.update(device_id)
        if "parser" in changed and not is_new:
            self.background.read(self._read_parser(self.devices[device_id]), "parser")
        if is_new:
            self._start_priming()
            if self.bridge.is_connected and self.devices[device_id].dev_eui is None:
                # A preloaded device lacks its interfaces, and with them the DevEUI.
                self.background.read(self._read_details(device_id), "device")

    async def _read_details(self, device_id: str) -> None:
        body = await self.client.device(device_id)
        if device_id in self.devices:
            self._describe(device_id, body)

    def _describe(self, device_id: str, body: Mapping[str, Any]) -> set[str]:
        """Update the details of a device unless newer ones are known; return the changed ones."""
        updated_at = as_text(body.get("updated_at")) or ""
        device = self.get_or_add(device_id, device_id)
        if updated_at and updated_at < self._described_at.get(device_id, ""):
            return set()
        self._described_at[device_id] = updated_at
        location = location_of(as_dict(body.get("location")))
        changed = set() if location is None else set_location(device, location)
        changed |= device.update(**device_details(body))
        if changed:
            self.dispatcher.notify(device_id, changed)
        self.bridge.update_device(device)
        return changed

    def _queue_item(self, item: Reading | Packet, *, fires_event: bool) -> None:
        """Read the unknown device of an item, and apply the item afterwards."""
        if (pending := self._pending_items.get(item.device_id)) is None:
            pending = self._pending_items[item.device_id] = deque(maxlen=MAX_PENDING_ITEMS)
            self.background.read(self._fetch_device(item.device_id), "device")
        pending.append((item, fires_event))

    async def _fetch_device(self, device_id: str) -> None:
        try:
            body = await self.client.device(device_id)
        finally:
            pending = self._pending_items.pop(device_id)
        if body.get("id") == device_id and is_active_device(body):
            self._update_device(device_id, body)
            for item, fires_event in pending:
                self._apply_item(item, fires_event=fires_event)

    @callback
    def _apply_item(self, item: Reading | Packet, *, fires_event: bool, live: bool = True) -> None:
        """Apply an item to its device, and publish the changes.

        Args:
            item: Reading or packet.
            fires_event: Whether a recent packet fires an event.
            live: Whether the item was pushed, not read by REST.

        """
        self.dispatcher.settle(item.device_id)
        device = self.devices[item.device_id]
        now = time()
        is_live = live and now - min(item.inserted_at, _time_of(item)) < MAX_EVENT_AGE
        # The steps of a downlink of this entry are reported once, however late.
        steps = self._downlinks.apply_packet(item) if fires_event and isinstance(item, Packet) else None
        if is_live and fires_event and self.scopes.sources_of(item.device_id) >= BOTH_SOURCES:
            self.undecoded.note(item, now)
        if live and now - item.inserted_at >= MAX_EVENT_AGE:
            self._oldest_late = min(self._oldest_late, item.inserted_at)
        changed = apply_item(
            device,
            item,
            readings_only=not self.follows_packets(item.device_id),
            shown_at=now if is_live else now + REPLAY_SETTLE_SECONDS,
        )
        packet = item if isinstance(item, Packet) else item.packet
        self._note_receptions(packet)
        if packet is not None and live and self.bridge.is_connected:
            self._pass_on(device, packet, now)
        if device.new_presses and not self._is_new_press(item, is_live=is_live and fires_event):
            device.take_presses()
        if is_live:
            if isinstance(item, Packet) and "available" in changed:
                # The readings of a packet follow it, and a device that is back must not show its old values.
                changed.discard("available")
                self._publish_later(item.device_id, {"available"})
            is_followed = steps is not None and isinstance(item, Packet) and item.kind == PacketType.DOWN
            self.publish(device, changed, _packet_event(item) if fires_event and not is_followed else None)
        else:
            self.add_entities(device, changed)
            self._publish_later(item.device_id, changed)
            self.schedule_save()
        self._fire_steps(steps or ())
        if isinstance(item, Packet) and item.kind == PacketType.UP:
            self.decode_payload(device, item.payload, item.radio.port, item.transceived_at)
            # Without the readings, a device has no values whoever decodes its payloads.
            if is_live and item.payload and self.scopes.sources_of(item.device_id) >= BOTH_SOURCES:
                self.note_payload(device)

    def _pass_on(self, device: LorawanDevice, packet: Packet, now: float) -> None:
        """Pass a new uplink on to Home Assistant's own LoRaWAN integration, which knows no late ones."""
        if packet.kind != PacketType.UP or now - min(packet.inserted_at, packet.transceived_at) >= MAX_EVENT_AGE:
            return
        if self._passed_on.add(device.device_id, packet, now):
            # The payload of a packet that no parser is meant to decode is none of the device's application.
            payload = packet.payload if packet.is_parsed else None
            self.bridge.note_uplink(
                device,
                Uplink(
                    key=uplink_key(packet),
                    payload=payload,
                    port=packet.radio.port,
                    at=packet.transceived_at,
                    receptions=packet.receptions,
                ),
            )
        else:
            self.bridge.add_receptions(device.device_id, uplink_key(packet), packet.receptions)

    def _note_receptions(self, packet: Packet | None) -> None:
        """Note the gateways that have received an uplink, each of them once."""
        if packet is None or packet.kind != PacketType.UP:
            return
        new = tuple(item for item in packet.receptions if self._recent_receptions.add(f"{packet.id} {item.gateway}"))
        if new:
            self.note_receptions(new, packet.transceived_at)

    def _is_new_press(self, item: Reading | Packet, *, is_live: bool) -> bool:
        """Return whether the presses of a reading have just occurred, and none of the same packet has fired."""
        if not isinstance(item, Reading):
            return False
        packet = item.id if item.packet_id is None else f"{item.packet_id} {item.measured_at}"
        return self._recent_presses.add(packet) and is_live

    def _publish_later(self, device_id: str, changed: set[str]) -> None:
        """Publish the final states of a replay without the intermediate ones."""
        self._late_items += 1
        self._late_changes.setdefault(device_id, set()).update(changed)
        if not self._late_scheduled:
            self._late_scheduled = True
            if self._oldest_late != inf:
                self._set_replay_lag(self._oldest_late)
            self.background.call_later(REPLAY_SETTLE_SECONDS, self._publish_late_changes)

    @callback
    def _publish_late_changes(self) -> None:
        late_items, self._late_items = self._late_items, 0
        if self._backlog or late_items > BULK_ITEMS:
            self._set_replay_lag(self._oldest_late)
            self.background.call_later(REPLAY_SETTLE_SECONDS, self._publish_late_changes)
            return
        turn_end = self.hass.loop.time() + TURN_SECONDS
        while self._late_changes:
            device_id = next(iter(self._late_changes))
            changed = self._late_changes.pop(device_id)
            if (device := self.devices.get(device_id)) is not None:
                device.note_shown(changed, time())
                self.dispatcher.notify(device_id, changed)
            if self.hass.loop.time() >= turn_end:
                self.background.call_later(0, self._publish_late_changes)
                return
        self._late_scheduled = False
        if self.replay_lag:
            self._set_replay_lag(inf)

    # History

    async def async_backfill(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, Any]:
        """Read a range of a device from the platform into the statistics of its values.

        Raises:
            BackfillNotSupported: The device does not exist.
            NoRecorder: There are no statistics.
            WireError: The range could not be read.

        """
        if (device := self.devices.get(device_id)) is None:
            raise BackfillNotSupported
        readings: dict[str, list[Sample]] = {}
        count = 0
        while start < end:
            part_end = min(start + BACKFILL_PART, end)
            for body in await self.client.readings(device_id, start.isoformat(), part_end.isoformat()):
                count += self._collect(device, body, readings)
            _LOGGER.info("%s: backfill has read %s readings up to %s", self.frame_log.name, count, part_end.isoformat())
            start = part_end
        rows = await self.late_statistics.async_import_readings(
            device, {key: _in_order(samples) for key, samples in readings.items()}
        )
        _LOGGER.info("%s: backfill has corrected %s hours of %s values", self.frame_log.name, rows, len(readings))
        return {"readings": count, "values": len(readings), "hours": rows}

    def _collect(self, device: LorawanDevice, body: Mapping[str, Any], readings: dict[str, list[Sample]]) -> bool:
        """Add the numbers of a reading that have statistics; return whether the reading could be used."""
        try:
            reading = read_reading(body)
        except NotUnderstood as err:
            self.frame_log.count_unknown(str(err))
            return False
        described = describe(device, reading.data, reading.measured_at)
        # What was sent long ago proposes no other meaning.
        device.proposals.clear()
        for at, values in (*described.earlier, (reading.measured_at, described.values)):
            for key, sample in device.samples(values, at):
                readings.setdefault(key, []).append(sample)
        return True

    # Downlinks

    @override
    def takes_downlinks(self, device: LorawanDevice) -> bool:
        """Return whether a device has a DevEUI, which those of other networks have not."""
        return device.dev_eui is not None

    @override
    def event_triggers(self, device: LorawanDevice) -> list[ButtonTrigger]:
        """Return the steps of downlinks, which packets report."""
        return super().event_triggers(device) if self.follows_packets(device.device_id) else []

    @override
    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Queue a downlink; without a reference, the one in the answer is the ID of the action.

        Raises:
            UnknownDevice: The device does not exist.
            NoDownlinks: The device is not a LoRaWAN device.
            FieldNotSupported: A field is set that the platform does not support.
            WireError: The downlink was refused or could not be sent.

        """
        if device_id not in self.devices:
            raise UnknownDevice
        if not self.takes_downlinks(self.devices[device_id]):
            raise NoDownlinks
        for name in ("connector", "command", "expires"):
            if getattr(downlink, name):
                raise FieldNotSupported(name)
        item = self._downlinks.request(device_id, downlink, time())
        try:
            action = await self.client.send_down_frame(device_id, downlink)
        except BaseException:
            # Also a request that was canceled is not followed.
            self._downlinks.items.remove(item)
            raise
        self._fire_steps(self._downlinks.accept(item, action))
        return {"result": "accepted", "reference": item.reference, "action": item.action}

    @callback
    def _fire_steps(self, steps: Iterable[Step]) -> None:
        for item, step in steps:
            self.dispatcher.fire_event(
                downlink_event(
                    item.device_id,
                    step,
                    {
                        "port": item.port,
                        "payload": item.payload,
                        "action": item.action,
                        "reference": item.reference,
                        "confirmed": item.confirmed,
                    },
                )
            )
            self.schedule_save()

    @callback
    def _check_downlinks(self, _now: datetime) -> None:
        """Request the states of downlinks that have not been sent, which packets may not show."""
        now = time()
        if due := list(self._downlinks.due(now)):
            self.background.read(self._read_actions(due), "actions")
        self._fire_steps(self._downlinks.expire(now))

    async def _read_actions(self, items: Iterable[SentDownlink]) -> None:
        for item in items:
            self._fire_steps(self._downlinks.apply_action(item, await self.client.action(item.device_id, item.action)))


def _time_of(item: Reading | Packet) -> float:
    """Return the time at which a device measured or sent an item."""
    return item.measured_at if isinstance(item, Reading) else item.transceived_at


def _in_order(samples: Iterable[Sample]) -> list[Sample]:
    """Return samples by time; of two of one time, the later one counts."""
    return sorted({sample.at: sample for sample in samples}.values(), key=lambda sample: sample.at)


def _packet_event(item: Reading | Packet) -> PushEvent | None:
    """Return the event of a packet, or None for a reading or an unknown direction."""
    if not isinstance(item, Packet) or (kind := EVENT_TYPES.get(item.kind)) is None:
        return None
    attributes = {"port": item.radio.port, "payload": item.payload}
    if kind in DOWNLINK_EVENTS:
        return downlink_event(item.device_id, kind, attributes)
    return PushEvent(resource=item.device_id, kind=kind, attributes=attributes)


def _stored_listening(data: Any) -> tuple[frozenset[Scope], Listening]:
    """Return a group of scopes and the periods in which its devices could not be heard, from their stored form."""
    pairs = [as_list(item) for item in as_list(stored_object(data).get("scopes"))]
    scopes = frozenset(Scope(str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == len(Scope._fields))
    return scopes, Listening.from_stored(data)


def _named_cursor(data: Any) -> tuple[str, Cursor]:
    """Return the name of a socket and its cursor from their stored form."""
    return stored_text(stored_object(data), "socket"), Cursor.from_stored(data)


def _succeeded(task: asyncio.Task[Any]) -> bool:
    return not task.cancelled() and task.exception() is None
