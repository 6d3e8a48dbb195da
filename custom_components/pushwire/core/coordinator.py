"""What the four vendors share between a socket and Home Assistant's entities.

A coordinator owns the streams of one entry, turns what they bring into calls to
just those listeners that asked for it, keeps devices in step with the vendor, and
says whether the link is up.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, GRACE
from ..wire.errors import AuthenticationFailed, NotSupported, WireError
from ..wire.events import ButtonEdge, ButtonTrigger, Edge
from ..wire.frame_log import FrameLedger, redact
from ..wire.stream import Frame, LinkState, Stream, StreamPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from ..wire.stream import Socket
    from .entity import PushEntity

_LOGGER = logging.getLogger(__name__)

STORE_VERSION = 1
SAVE_DELAY = 15.0
UNHEARD_SECONDS = 5.0
# Seconds without a loss after which the next one is told again.
QUIET = 600.0

type PushwireConfigEntry = ConfigEntry[PushCoordinator]
type Builder = Callable[[Any, str], Iterable[PushEntity[Any]]]
# What is called, and the properties that it is called for.
type _Listener = tuple[Callable[[], None], AbstractSet[str] | None]

ALL: None = None


def trigger_signal(device_entry_id: str) -> str:
    """Return the dispatcher signal of a device's buttons, by registry id."""
    return f"{DOMAIN}_button_{device_entry_id}"


def joined(*builders: Builder) -> Builder:
    """Return one builder out of several."""

    def build(coordinator: Any, device_id: str) -> Iterable[PushEntity[Any]]:
        for builder in builders:
            yield from builder(coordinator, device_id)

    return build


def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file in which an entry remembers what a restart must not lose."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device as the vendor describes it.

    Attributes:
        device_id: The vendor's own stable id.
        via: Id of the device it is reached through; the hub's own is None.
        connections: Pairs of kind and address, as the device registry takes them.

    """

    device_id: str
    name: str
    manufacturer: str | None = None
    model: str | None = None
    model_id: str | None = None
    sw_version: str | None = None
    hw_version: str | None = None
    serial_number: str | None = None
    suggested_area: str | None = None
    configuration_url: str | None = None
    via: str | None = None
    connections: frozenset[tuple[str, str]] = frozenset()
    service: bool = False


@dataclass(slots=True)
class _Batch:
    """What waits to be told when several frames are applied at one go."""

    changes: dict[str, set[str] | None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


class PushCoordinator(ABC):
    """Base of the vendors' coordinators; ``runtime_data`` of an entry.

    A vendor creates its streams in ``__init__`` with ``add_stream``, applies frames
    to its model, and then calls ``notify``, ``emit``, ``update_device`` and so on.
    """

    vendor: ClassVar[str]
    # Lower-case JSON keys that hold secrets or a person's data, for diagnostics.
    hidden_keys: ClassVar[frozenset[str]] = frozenset()
    # Entry data whose values must never show up anywhere.
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    # Builds a platform's entities for one device.
    builders: ClassVar[Mapping[Platform, Builder]]

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
        """Prepare; nothing is opened before ``async_start``."""
        self.hass = hass
        self.entry = entry
        self.ledger = FrameLedger(f"{self.vendor} {entry.entry_id[:8]}")
        self.available = False
        self.streams: list[Stream] = []
        self._listeners: dict[str, list[_Listener]] = {}
        self._edge_listeners: dict[str, list[Callable[[Edge], None]]] = {}
        self._unheard: deque[tuple[float, Edge]] = deque(maxlen=32)
        self._link_listeners: list[Callable[[], None]] = []
        self._batch: _Batch | None = None
        self._deferred: dict[str, AbstractSet[str]] = {}
        self._grace: CALLBACK_TYPE | None = None
        self._announced_lost = False
        self._quiet_until = 0.0
        self._stopping = False
        self._adders: dict[Platform, AddConfigEntryEntitiesCallback] = {}
        self._builders: dict[Platform, tuple[Builder, ...]] = {}
        self._offered: dict[tuple[Platform, str], str] = {}
        self._device_entries: dict[str, str] = {}
        self._described: dict[str, Device] = {}
        self._store = store_of(hass, entry.entry_id)
        self._to_save = False

    # What a vendor has to say

    @property
    @abstractmethod
    def hub_id(self) -> str:
        """Id of the device that stands for the gateway or the account."""

    @abstractmethod
    def device_ids(self) -> Iterable[str]:
        """Return the ids of all devices there are now, the hub's included."""

    @abstractmethod
    def describe(self, device_id: str) -> Device | None:
        """Describe a device, or None when there is none of that id."""

    @abstractmethod
    def apply_frame(self, frame: Frame) -> None:
        """Apply one frame to the model and tell what changed; may raise."""

    def knows_all_devices(self) -> bool:
        """Say whether a device not in ``device_ids`` is truly gone."""
        return True

    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return what can be chosen as device triggers of a device."""
        del device_id
        return []

    def dump(self) -> Any:
        """Return the vendor's model as JSON-like data for diagnostics."""
        return None

    def dump_device(self, device_id: str) -> Any:
        """Return the same for one device."""
        del device_id
        return None

    def memory(self) -> dict[str, Any] | None:
        """Return what a restart must not lose, or None for nothing."""
        return None

    def recall(self, memory: dict[str, Any]) -> None:
        """Take back what ``memory`` returned in an earlier run."""
        del memory

    # Life

    def add_stream(
        self,
        name: str,
        open_socket: Callable[[], Awaitable[Socket]],
        *,
        take_snapshot: Callable[[], Awaitable[Callable[[], None] | None]],
        policy: StreamPolicy,
        handle_frame: Callable[[Frame], None] | None = None,
    ) -> Stream:
        """Create a stream; frames go to ``handle_frame`` or ``apply_frame``."""
        handle = partial(self.ledger.take, handle_frame or self.apply_frame)
        stream = Stream(
            name,
            open_socket=open_socket,
            take_snapshot=take_snapshot,
            go_live=partial(self._go_live, handle),
            handle_frame=handle,
            changed=self._link_changed,
            policy=policy,
        )
        self.streams.append(stream)
        return stream

    async def async_start(self) -> None:
        """Open all streams and return once all are live.

        Raises:
            ConfigEntryAuthFailed: A credential is refused.
            ConfigEntryNotReady: Anything else; Home Assistant tries again.

        """
        if (memory := await self._store.async_load()) is not None:
            self.recall(memory)
        try:
            for stream in self.streams:
                await stream.start(self._spawn)
        except AuthenticationFailed as err:
            await self.async_stop()
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=err.translation_key) from err
        except WireError as err:
            await self.async_stop()
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=err.translation_key) from err
        self.sync_devices()

    async def async_stop(self) -> None:
        """Close everything at once; leaves no task, timer or socket."""
        self._stopping = True
        self._cancel_grace()
        for stream in self.streams:
            await stream.stop()
        self.settle()
        if (memory := self.memory()) is not None:
            await self._store.async_save(memory)

    def remember(self) -> None:
        """Have ``memory`` written to disk before long."""
        # Asked for again, the store would wait anew, and for ever while frames come.
        if not self._stopping and not self._to_save:
            self._to_save = True
            self._store.async_delay_save(self._saved, SAVE_DELAY)

    def _saved(self) -> dict[str, Any]:
        self._to_save = False
        return self.memory() or {}

    def _spawn(self, coroutine: Any, name: str) -> Any:
        return self.entry.async_create_background_task(self.hass, coroutine, name)

    # Frames

    @callback
    def _go_live(
        self,
        handle: Callable[[Frame], None],
        apply: Callable[[], None] | None,
        held: list[Frame],
    ) -> None:
        """Apply a snapshot and what was held while it was read, then tell once.

        Told once, so that a frame older than the snapshot cannot show an old value
        for a moment.
        """
        with self.batch():
            if apply is not None:
                apply()
            for frame in held:
                handle(frame)

    # Dispatch

    @callback
    def listen(
        self,
        resource: str,
        update: Callable[[], None],
        properties: AbstractSet[str] | None = ALL,
    ) -> CALLBACK_TYPE:
        """Call ``update`` when one of ``properties`` of a resource changes."""
        return _join(self._listeners, resource, (update, properties))

    @callback
    def listen_edges(self, resource: str, receive: Callable[[Edge], None]) -> CALLBACK_TYPE:
        """Call ``receive`` with every edge of a resource.

        What happened in the last seconds with nobody listening is told as well: an
        entity is born a moment after the first edge of a new device.
        """
        since = self.hass.loop.time() - UNHEARD_SECONDS
        for at, edge in self._unheard:
            if edge.resource == resource and at >= since:
                receive(edge)
        return _join(self._edge_listeners, resource, receive)

    @callback
    def listen_link(self, update: Callable[[], None]) -> CALLBACK_TYPE:
        """Call ``update`` when the link comes, goes, or counts something."""
        self._link_listeners.append(update)
        return partial(self._link_listeners.remove, update)

    @callback
    def notify(self, resource: str, changed: AbstractSet[str] | None = ALL) -> None:
        """Tell those who listen that properties of a resource changed."""
        self.settle()
        if (batch := self._batch) is not None:
            if changed is None or batch.changes.get(resource, ()) is None:
                batch.changes[resource] = None
            else:
                known = batch.changes.setdefault(resource, set())
                if known is not None:
                    known.update(changed)
            return
        self._tell_listeners(resource, changed)

    def _tell_listeners(self, resource: str, changed: AbstractSet[str] | None) -> None:
        for update, wanted in self._listeners.get(resource, ()):
            if wanted is None or changed is None or not wanted.isdisjoint(changed):
                update()

    @callback
    def defer(self, resource: str, changed: AbstractSet[str]) -> None:
        """Tell those who listen at the next turn of the event loop.

        Frames that have come together are then all read first, and shown after, which
        costs much less than to change between the two with each of them. Before the
        same resource is changed again, ``settle`` must be called, so that no value is
        passed over; other values and edges settle first, so that nothing overtakes.
        """
        if self._batch is not None:
            self.notify(resource, changed)
            return
        if not self._deferred:
            self.hass.loop.call_soon(self.settle)
        self._deferred[resource] = changed

    @callback
    def settle(self, resource: str | None = None) -> None:
        """Tell now what was deferred; with a resource, only if something of that was."""
        if not self._deferred or (resource is not None and resource not in self._deferred):
            return
        deferred, self._deferred = self._deferred, {}
        for told, changed in deferred.items():
            try:
                self._tell_listeners(told, changed)
            except Exception as err:  # noqa: BLE001
                # One that cannot be shown costs its neighbours nothing.
                self.ledger.note_failure(err)

    @callback
    def emit(self, edge: Edge) -> None:
        """Tell of an edge, exactly once."""
        self.settle()
        if self._batch is not None:
            self._batch.edges.append(edge)
            return
        if (listeners := self._edge_listeners.get(edge.resource)) is None:
            self._unheard.append((self.hass.loop.time(), edge))
        else:
            for receive in tuple(listeners):
                receive(edge)
        if isinstance(edge, ButtonEdge) and (entry_id := self._device_entries.get(edge.device_id)):
            async_dispatcher_send(self.hass, trigger_signal(entry_id), edge)

    @contextmanager
    def batch(self) -> Generator[None]:
        """Gather changes, and tell each listener once at the end."""
        if self._batch is not None:
            yield
            return
        self.settle()
        self._batch = batch = _Batch()
        try:
            yield
        finally:
            self._batch = None
            updates = {
                update: None
                for resource, changed in batch.changes.items()
                for update, wanted in self._listeners.get(resource, ())
                if wanted is None or changed is None or not wanted.isdisjoint(changed)
            }
            for update in updates:
                update()
            for edge in batch.edges:
                self.emit(edge)

    # Link

    @property
    def link_state(self) -> LinkState:
        """Return the state of the worst-off stream."""
        worst = (
            LinkState.REFUSED,
            LinkState.CLOSED,
            LinkState.LOST,
            LinkState.CONNECTING,
            LinkState.SNAPSHOTTING,
        )
        states = {stream.state for stream in self.streams}
        return next((state for state in worst if state in states), LinkState.LIVE)

    @callback
    def _link_changed(self, stream: Stream, state: LinkState, error: WireError | None) -> None:
        if self._stopping:
            return
        if state is LinkState.LIVE:
            if self.link_state is LinkState.LIVE:
                self._link_up()
        elif state in (LinkState.LOST, LinkState.REFUSED):
            self._link_down(stream, error)
            if state is LinkState.REFUSED and self.entry.state.recoverable:
                self.entry.async_start_reauth(self.hass)
        self._tell_link()

    def _link_up(self) -> None:
        self._cancel_grace()
        if self._announced_lost:
            self._announced_lost = False
            _LOGGER.info("Connection to %s is back", self.entry.title)
        if not self.available:
            self.available = True

    def _link_down(self, stream: Stream, error: WireError | None) -> None:
        if not self.available or self._grace is not None:
            return
        reason = f"{stream.name}: {error.translation_key if error else 'closed'}"
        now = self.hass.loop.time()
        # Some gateways close every connection after seconds, and one line about that is enough.
        if now >= self._quiet_until:
            self._announce_lost(reason)
        self._quiet_until = now + QUIET
        self._grace = async_call_later(self.hass, GRACE, partial(self._grace_over, reason))

    def _announce_lost(self, reason: str) -> None:
        self._announced_lost = True
        _LOGGER.info("Connection to %s lost (%s)", self.entry.title, reason)

    @callback
    def _grace_over(self, reason: str, _now: datetime) -> None:
        self._grace = None
        self.available = False
        if not self._announced_lost:
            self._announce_lost(reason)
        self._tell_link()

    def _cancel_grace(self) -> None:
        if self._grace is not None:
            self._grace()
            self._grace = None

    def _tell_link(self) -> None:
        for update in tuple(self._link_listeners):
            update()

    # Devices and entities

    @callback
    def add_platform(
        self,
        platform: Platform,
        add_entities: AddConfigEntryEntitiesCallback,
        *shared: Builder,
    ) -> None:
        """Give a platform its entities, now and as devices come.

        Args:
            platform: Which one.
            add_entities: Home Assistant's way to add to it.
            shared: Builders of entities that every vendor has.

        """
        self._adders[platform] = add_entities
        self._builders[platform] = (self.builders[platform], *shared)
        for device_id in self.device_ids():
            self._offer(platform, device_id)

    def has_entity(self, platform: Platform, unique_id: str) -> bool:
        """Say whether there is such an entity, or was in an earlier run."""
        if (platform, unique_id) in self._offered:
            return True
        return er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, unique_id) is not None

    def _offer(self, platform: Platform, device_id: str) -> None:
        fresh: list[PushEntity[Any]] = []
        for builder in self._builders[platform]:
            for entity in builder(self, device_id):
                mark = (platform, str(entity.unique_id))
                if mark not in self._offered:
                    self._offered[mark] = entity.resource
                    fresh.append(entity)
        if fresh:
            self._adders[platform](fresh)

    @callback
    def sync_devices(self) -> None:
        """Bring the device registry and the entities in step with the model."""
        ids = list(self.device_ids())
        # The hub goes first, for the others name it as the way they are reached.
        ids.sort(key=lambda device_id: device_id != self.hub_id)
        for device_id in ids:
            self.update_device(device_id)
        if not self.knows_all_devices():
            return
        known = {(DOMAIN, device_id) for device_id in ids}
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(registry, self.entry.entry_id):
            if known.isdisjoint(device.identifiers):
                registry.async_remove_device(device.id)
                for _, device_id in device.identifiers:
                    self._forget_device(device_id)

    @callback
    def update_device(self, device_id: str) -> None:
        """Add a device, or follow its new name, room, version or features."""
        if (device := self.describe(device_id)) is None:
            return
        if self._described.get(device_id) != device:
            self._described[device_id] = device
            self._register(device)
        for platform in self._adders:
            self._offer(platform, device_id)

    def _register(self, device: Device) -> None:
        registry = dr.async_get(self.hass)
        info: dict[str, Any] = {
            "identifiers": {(DOMAIN, device.device_id)},
            "name": device.name,
            "manufacturer": device.manufacturer,
            "model": device.model,
            "model_id": device.model_id,
            "sw_version": device.sw_version,
            "hw_version": device.hw_version,
            "serial_number": device.serial_number,
            "suggested_area": device.suggested_area,
            "configuration_url": device.configuration_url,
        }
        if device.connections:
            info["connections"] = set(device.connections)
        if device.service:
            info["entry_type"] = dr.DeviceEntryType.SERVICE
        if device.via is not None and device.via in self._device_entries:
            info["via_device_id"] = self._device_entries[device.via]
        entry = registry.async_get_or_create(config_entry_id=self.entry.entry_id, **info)
        self._device_entries[device.device_id] = entry.id

    @callback
    def remove_device(self, device_id: str) -> None:
        """Remove a device that the vendor no longer has, with its entities."""
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier((DOMAIN, device_id), self.entry.entry_id)
        if device is not None:
            registry.async_remove_device(device.id)
        self._forget_device(device_id)

    def _forget_device(self, device_id: str) -> None:
        self._device_entries.pop(device_id, None)
        self._described.pop(device_id, None)
        self._forget_gone_entities()

    @callback
    def remove_entities_of(self, resource: str) -> None:
        """Remove the entities of a resource whose device stays."""
        registry = er.async_get(self.hass)
        gone = [mark for mark, of in self._offered.items() if of == resource]
        for mark in gone:
            platform, unique_id = mark
            entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
            if entity_id is not None:
                registry.async_remove(entity_id)
            del self._offered[mark]

    @callback
    def remove_entity(self, entity: er.RegistryEntry) -> None:
        """Remove one entity, of this run or of an earlier one; it may be offered again."""
        er.async_get(self.hass).async_remove(entity.entity_id)
        self._offered.pop((Platform(entity.domain), entity.unique_id), None)

    def _forget_gone_entities(self) -> None:
        """Let a device that comes back have its entities again."""
        registry = er.async_get(self.hass)
        kept = {entity.unique_id for entity in er.async_entries_for_config_entry(registry, self.entry.entry_id)}
        self._offered = {mark: resource for mark, resource in self._offered.items() if mark[1] in kept}

    def resource_of(self, entity: er.RegistryEntry) -> str:
        """Return the resource that an entity of this entry follows, or nothing."""
        return self._offered.get((Platform(entity.domain), entity.unique_id), "")

    async def async_write(self, resource: str, section: str, data: Mapping[str, Any]) -> None:
        """Write to a resource what a person asks for in the vendor's own words.

        Args:
            resource: Which one.
            section: The vendor's word for the part of it; empty for the usual one.
            data: Names and values.

        Raises:
            WireError: The vendor has no such thing, refused it, or could not be asked.

        """
        del resource, section, data
        raise NotSupported(self.vendor)

    def device_id_of(self, device: dr.DeviceEntry | dr.ChildDeviceEntry) -> str | None:
        """Return the vendor's id of a device of this entry."""
        return next((name for domain, name in device.identifiers if domain == DOMAIN), None)

    def may_remove(self, device: dr.DeviceEntry) -> bool:
        """Say whether a person may delete a device by hand."""
        device_id = self.device_id_of(device)
        if device_id is None or device_id == self.hub_id:
            return False
        if self.knows_all_devices():
            return device_id not in set(self.device_ids())
        self.forget_device(device_id)
        return True

    def forget_device(self, device_id: str) -> None:
        """Drop a device that a person deletes; it may come back by itself."""
        entry_id = self._device_entries.get(device_id, "")
        entities = er.async_entries_for_device(er.async_get(self.hass), entry_id, include_disabled_entities=True)
        # They are in the registry still, and gone from it a moment later.
        gone = {entity.unique_id for entity in entities}
        self._forget_device(device_id)
        self._offered = {mark: resource for mark, resource in self._offered.items() if mark[1] not in gone}

    # Diagnostics

    def secrets(self) -> frozenset[str]:
        """Return the values that must never show up anywhere."""
        return frozenset(str(value) for key, value in self.entry.data.items() if key in self.secret_fields and value)

    def diagnostics(self) -> dict[str, Any]:
        """Return everything that helps to find a fault, and no secret."""
        secrets = self.secrets()
        return {
            "vendor": self.vendor,
            "available": self.available,
            "streams": [
                {
                    "name": stream.name,
                    "state": stream.state,
                    "connects": stream.statistics.connects,
                    "reconnects": stream.statistics.reconnects,
                    "gaps": stream.statistics.gaps,
                    "last_frame": stream.statistics.last_frame,
                    "last_error": stream.statistics.last_error,
                }
                for stream in self.streams
            ],
            "frames": self.ledger.dump(self.hidden_keys, secrets),
            "model": redact(self.dump(), self.hidden_keys, secrets),
        }


def _join[KeyT, ItemT](listeners: dict[KeyT, list[ItemT]], key: KeyT, item: ItemT) -> CALLBACK_TYPE:
    """Add to a list of listeners; the function returned takes it out again."""
    listeners.setdefault(key, []).append(item)

    @callback
    def leave() -> None:
        items = listeners[key]
        items.remove(item)
        if not items:
            del listeners[key]

    return leave
