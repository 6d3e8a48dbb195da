"""Base of the vendors' coordinators.

A coordinator owns the streams of one entry, applies frames to the vendor's model and
passes changes on to the dispatcher. Delivery, devices, availability and background work
are separate parts of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
import logging
from typing import Any, ClassVar

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.loader import async_get_integration

from ..const import DOMAIN
from ..wire.dispatch import Dispatcher
from ..wire.errors import AuthenticationFailed, NotSupported, WireError
from ..wire.events import ButtonPress, ButtonTrigger, PushEvent
from ..wire.frame_log import FrameLog
from ..wire.stream import ConnectionState, Frame, Socket, Stream, StreamPolicy, StreamStatistics
from ..wire.values import as_dict, as_list
from .availability import Availability
from .background import Background
from .credentials import credential_checks, regular_pauses
from .devices import DeviceDescription, DeviceManager
from .entity import PushEntity
from .storage import EntryStorage, Storable

_LOGGER = logging.getLogger(__name__)

# Version of the data; its key names must not change without a new version.
FORMAT_VERSION = 1

type PushwireConfigEntry = ConfigEntry[PushCoordinator]
type Builder = Callable[[Any, str], Iterable[PushEntity[Any]]]
"""Builder of a platform's entities, from the coordinator and the vendor's ID of a device."""

# The least healthy state first.
_BY_HEALTH = (
    ConnectionState.REFUSED,
    ConnectionState.CLOSED,
    ConnectionState.LOST,
    ConnectionState.CONNECTING,
    ConnectionState.SNAPSHOTTING,
)


def trigger_signal(device_entry_id: str) -> str:
    """Return the dispatcher signal of a device's buttons, by registry ID."""
    return f"{DOMAIN}_button_{device_entry_id}"


class PushCoordinator(ABC):
    """Connection, model and entities of one entry; the entry's ``runtime_data``.

    A vendor creates its streams in ``__init__`` with ``add_stream``, applies frames to
    its model in ``apply_frame`` and passes changes on to ``dispatcher`` and
    ``device_manager``.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        builders: Builder of the entities of each platform, see ``Vendor``.

    """

    vendor: ClassVar[str]
    # JSON keys that hold secrets or personal data, for diagnostics, besides the usual ones.
    hidden_keys: ClassVar[frozenset[str]] = frozenset()
    # Keys of the entry data whose values must never be shown.
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    # Whether values of any name may be coordinates, which diagnostics round.
    may_hold_positions: ClassVar[bool] = False

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize the parts; nothing is opened before ``async_start``."""
        self.hass = hass
        self.entry = entry
        self.builders = builders
        self.streams: list[Stream] = []
        # Statistics of streams that have been removed.
        self.past_statistics: list[StreamStatistics] = []
        # Streams that have been added while the others are followed, and have not been live yet.
        self._joining: set[Stream] = set()
        self.frame_log = FrameLog(f"{self.vendor} {entry.entry_id[:8]}")
        self.background = Background(hass, entry, self.frame_log, self.credentials_refused)
        self.dispatcher = Dispatcher(
            call_soon=hass.loop.call_soon,
            now=hass.loop.time,
            event_fired=self._send_trigger,
            count_failure=self.frame_log.count_failure,
        )
        self.device_manager = DeviceManager(
            hass,
            entry,
            hub_id=lambda: self.hub_id,
            device_ids=self.device_ids,
            describe=self.device_description,
            list_is_complete=self.device_list_is_complete,
            areas_changed=self.schedule_save,
        )
        self.availability = Availability(
            entry.title,
            now=hass.loop.time,
            call_later=self.background.call_later,
            changed=self._notify_connection,
        )
        self._connection_callbacks: dict[Callable[[], None], None] = {}
        self._stopping = False
        self._storage = EntryStorage(
            hass, entry.entry_id, self.background, data=self._data_to_save, lists=self.lists_to_store
        )
        # Version of the integration.
        self._version = ""

    # What a vendor provides

    @property
    @abstractmethod
    def hub_id(self) -> str:
        """ID of the device that represents the gateway or the account."""

    @abstractmethod
    def device_ids(self) -> Iterable[str]:
        """Return the IDs of all current devices, the hub included."""

    @abstractmethod
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Return the description of a device, or None for an unknown ID."""

    @abstractmethod
    def apply_frame(self, frame: Frame) -> None:
        """Apply one frame to the model and pass on the changes; may raise, ``NotUnderstood`` for an unusable frame."""

    @abstractmethod
    async def async_check_credentials(self) -> None:
        """Send one light request with the entry's credentials.

        Raises:
            AuthenticationFailed: They were refused.
            WireError: They could not be checked.

        """

    def credential_pauses(self) -> Iterator[float]:
        """Yield the seconds before each check of refused credentials."""
        return regular_pauses()

    def apply_early_frame(self, handle: Callable[[Frame], None], frame: Frame) -> Callable[[], None] | None:
        """Apply what need not wait for the snapshot after a reconnect, such as events; may raise.

        Args:
            handle: Applies a whole frame of the stream.
            frame: Frame that arrived before the snapshot.

        Returns:
            Function that applies the rest after the snapshot, or None.

        """
        return partial(handle, frame)

    def device_list_is_complete(self) -> bool:
        """Return whether devices missing from ``device_ids`` may be removed."""
        return True

    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return the device triggers of a device."""
        del device_id
        return []

    def diagnostics_data(self) -> Any:
        """Return the vendor's model as JSON-like data."""
        return None

    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return the part of the vendor's model that belongs to one device."""
        del device_id
        return None

    def handle_connection_error(self, error: WireError) -> None:
        """Handle an error that ended a connection, or an attempt to connect."""
        del error

    def handle_connected(self) -> None:
        """Handle the moment at which every stream has become live."""
        return

    def handle_snapshot_applied(self) -> None:
        """Handle the moment at which a snapshot and the frames that waited for it have been applied."""
        return

    def data_to_store(self) -> dict[str, Any] | None:
        """Return state that must survive a restart and cannot be fetched again, or None."""
        return None

    def lists_to_store(self) -> Mapping[str, Iterable[Storable]]:
        """Return further objects that must survive a restart, by key, if there may be thousands."""
        return {}

    def restore(self, data: dict[str, Any]) -> None:
        """Restore what an earlier run has stored by ``data_to_store`` and ``lists_to_store``."""
        del data

    async def async_write(self, resource: str, section: str, data: Mapping[str, Any]) -> None:
        """Write raw values to a resource.

        Args:
            resource: Resource of the entity that a person chose.
            section: Section of the resource; empty for the default one.
            data: Names and values.

        Raises:
            WireError: The resource does not exist, or the vendor refused the values or could not be reached.

        """
        del resource, section, data
        raise NotSupported(self.vendor)

    # Lifecycle

    def add_stream(
        self,
        name: str,
        open_socket: Callable[[], Awaitable[Socket]],
        *,
        take_snapshot: Callable[[], Awaitable[Callable[[], None] | None]],
        policy: StreamPolicy,
        handle_frame: Callable[[Frame], None] | None = None,
    ) -> Stream:
        """Return a new stream, whose frames go to ``handle_frame`` or ``apply_frame``."""
        handle = handle_frame or self.apply_frame
        stream = Stream(
            name,
            open_socket=open_socket,
            take_snapshot=take_snapshot,
            apply_snapshot=self._apply_snapshot_and_frames,
            handle_frame=partial(self.frame_log.handle, handle),
            handle_early_frame=partial(self.frame_log.handle, partial(self.apply_early_frame, handle)),
            changed=self._connection_changed,
            pong_received=self.schedule_save,
            count_failure=self.frame_log.count_failure,
            count_snapshot_failure=self.frame_log.count_snapshot_failure,
            policy=policy,
        )
        self.streams.append(stream)
        return stream

    def start_added_stream(self, stream: Stream) -> None:
        """Open a stream that was added after the start; it is tried again until it is live."""
        self._joining.add(stream)
        stream.start_soon(self.background.start)

    async def async_remove_stream(self, stream: Stream) -> None:
        """Close a stream for good; the others stay open."""
        self.streams.remove(stream)
        self._joining.discard(stream)
        self.past_statistics.append(stream.statistics)
        await stream.stop()
        if self.connection_state is ConnectionState.LIVE and not self._stopping:
            self.availability.connected()
            self._notify_connection()

    def can_start_without(self, stream: Stream, error: WireError) -> bool:
        """Return whether the entry can start although the first attempt of a stream has failed."""
        del stream, error
        return False

    async def _open_streams(self) -> None:
        """Open all streams, of which at least one must be live.

        Raises:
            WireError: None is live, or one that the entry cannot start without.

        """
        failed: dict[Stream, WireError] = {}
        for stream in self.streams:
            try:
                await stream.start(self.background.start)
            except WireError as err:
                if not self.can_start_without(stream, err):
                    raise
                failed[stream] = err
        if failed and len(failed) == len(self.streams):
            raise next(iter(failed.values()))
        for stream in failed:
            stream.start_soon(self.background.start)

    async def async_start(self) -> None:
        """Open all streams and return once all are live.

        Raises:
            ConfigEntryAuthFailed: The credentials were refused.
            ConfigEntryNotReady: Another failure; Home Assistant tries again.

        """
        self._version = str((await async_get_integration(self.hass, DOMAIN)).version)
        await self._async_restore()
        if not self.device_manager.skips_disabled:
            self.schedule_save()
        try:
            await self._open_streams()
        except AuthenticationFailed as err:
            await self.async_stop()
            self._check_credentials_later()
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=err.translation_key) from err
        except WireError as err:
            await self.async_stop()
            self.handle_connection_error(err)
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key=err.translation_key,
                translation_placeholders={"details": err.details or "-"},
            ) from err
        self.device_manager.sync()

    async def async_stop(self) -> None:
        """Close all streams at once; leaves no task, timer or socket."""
        self._stopping = True
        self.background.stop()
        for stream in self.streams:
            await stream.stop()
        self.dispatcher.flush()
        await self._storage.async_finish()

    def schedule_save(self) -> None:
        """Save ``data_to_store`` and ``lists_to_store`` to disk in some minutes, or at unload."""
        if not self._stopping:
            self._storage.schedule()

    def _data_to_save(self) -> dict[str, Any]:
        answering = [stream.name for stream in self.streams if stream.answers_pings]
        return {
            "version": FORMAT_VERSION,
            "written_by": self._version,
            "sockets_with_pong": answering,
            "areas": dict(self.device_manager.areas),
            **(self.data_to_store() or {}),
        }

    async def _async_restore(self) -> None:
        """Restore the stored data; what cannot be read does not stop the entry."""
        data: Any = None
        # A file of a later version is neither read nor migrated.
        with suppress(HomeAssistantError, NotImplementedError):
            if (data := await self._storage.async_load()) is None:
                return
        if not isinstance(data, dict) or data.get("version") != FORMAT_VERSION:
            _LOGGER.warning("%s: the stored data has another format and is not used", self.frame_log.name)
            return
        self.device_manager.skips_disabled = data.get("written_by") == self._version
        areas = as_dict(data.get("areas"))
        self.device_manager.areas = {device_id: area for device_id, area in areas.items() if isinstance(area, str)}
        for stream in self.streams:
            stream.answers_pings = stream.name in as_list(data.get("sockets_with_pong"))
        try:
            self.restore(data)
        except Exception as err:  # noqa: BLE001
            # The data may have any shape.
            self.frame_log.count_failure(err)

    @callback
    def _apply_snapshot_and_frames(self, apply: Callable[[], None] | None, waiting: list[Callable[[], None]]) -> None:
        """Apply a snapshot and the frames that waited for it, then notify once."""
        with self.dispatcher.batch():
            if apply is not None:
                apply()
            for apply_frame in waiting:
                self.frame_log.call(apply_frame)
        self.handle_snapshot_applied()

    @callback
    def _send_trigger(self, event: PushEvent) -> None:
        if isinstance(event, ButtonPress) and (entry_id := self.device_manager.entry_id(event.device_id)):
            async_dispatcher_send(self.hass, trigger_signal(entry_id), event)

    # Connection

    @property
    def available(self) -> bool:
        """Whether entities that need a connection are available."""
        return self.availability.available

    @property
    def seconds_lost(self) -> float:
        """Seconds since the connection was lost; 0 while connected."""
        lost_at = self.availability.lost_at
        return 0.0 if lost_at is None else self.hass.loop.time() - lost_at

    @property
    def is_receiving(self) -> bool:
        """Whether the socket of any stream is open."""
        return any(stream.state in (ConnectionState.SNAPSHOTTING, ConnectionState.LIVE) for stream in self.streams)

    @property
    def connection_state(self) -> ConnectionState:
        """Least healthy state of all streams."""
        if len(self.streams) == 1:
            return self.streams[0].state
        states = {stream.state for stream in self.streams if stream not in self._joining}
        return next((state for state in _BY_HEALTH if state in states), ConnectionState.LIVE)

    def statistics(self) -> Iterator[StreamStatistics]:
        """Yield the statistics of all streams, also of those that have been removed."""
        yield from self.past_statistics
        for stream in self.streams:
            yield stream.statistics

    @callback
    def subscribe_connection(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` when the connection state or its statistics change."""
        self._connection_callbacks[update] = None
        return partial(self._connection_callbacks.pop, update)

    def _notify_connection(self) -> None:
        for update in tuple(self._connection_callbacks):
            try:
                update()
            except Exception as err:  # noqa: BLE001
                # One failing entity must not affect the others, nor the stream.
                self.frame_log.count_failure(err)

    @callback
    def _connection_changed(self, stream: Stream, state: ConnectionState, error: WireError | None) -> None:
        if self._stopping or stream not in self.streams:
            return
        if state in (ConnectionState.LIVE, ConnectionState.LOST, ConnectionState.REFUSED):
            self._joining.discard(stream)
        if state is ConnectionState.LIVE:
            if self.connection_state is ConnectionState.LIVE:
                self.availability.connected()
                self.handle_connected()
        elif state in (ConnectionState.LOST, ConnectionState.REFUSED):
            self.availability.disconnected(f"{stream.name}: {error.translation_key if error else 'closed'}")
            if error is not None:
                self.handle_connection_error(error)
            if state is ConnectionState.REFUSED and self.entry.state.recoverable:
                self.credentials_refused()
        self._notify_connection()

    @callback
    def credentials_refused(self) -> None:
        """Ask a person for new credentials, and check the saved ones again later."""
        self.entry.async_start_reauth(self.hass)
        self._check_credentials_later()

    def _check_credentials_later(self) -> None:
        checks = credential_checks(self.hass, self.entry, self.credential_pauses)
        checks.schedule(self.async_check_credentials, self.frame_log.count_failure)

    # Devices

    @property
    def system_id(self) -> str:
        """Stable ID of the gateway or account."""
        return str(self.entry.unique_id).partition(":")[2]

    def unique_id(self, resource: str, key: str = "") -> str:
        """Return the unique ID of an entity.

        Two systems may have the same device, so the ID begins with that of the system.

        Args:
            resource: ID of the resource.
            key: Distinguishes the entity from others of the resource; empty for the main one.

        """
        system_id = self.system_id
        is_own = resource == system_id or resource.startswith((f"{system_id}/", f"{system_id}-"))
        prefix = resource if is_own else f"{system_id}/{resource}"
        return f"{prefix}-{key}" if key else prefix

    @callback
    def add_platform(
        self,
        platform: Platform,
        add_entities: AddConfigEntryEntitiesCallback,
        *shared: Builder,
    ) -> None:
        """Add the entities of a platform, now and as devices come.

        Args:
            platform: Platform of the entities.
            add_entities: Home Assistant's callback that adds them.
            shared: Builders of entities that every vendor has.

        """
        builders = (self.builders[platform], *shared)

        def build(device_id: str) -> Iterable[PushEntity[Any]]:
            # An entity added to a platform that is being unloaded would stay, and block its successor.
            if self.entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
                return
            for builder in builders:
                yield from builder(self, device_id)

        self.device_manager.add_platform(platform, build, add_entities)

    def can_remove_device(self, device: dr.DeviceEntry) -> bool:
        """Return whether a person may delete a device."""
        return self.device_manager.can_remove(device)

    def forget_device(self, device_id: str) -> None:
        """Forget a device that a person is about to delete; new data brings the device back."""
        self.device_manager.forget(device_id)

    # Diagnostics

    def secrets(self) -> frozenset[str]:
        """Return values besides those of the entry that must never be shown, such as access tokens."""
        return frozenset()

    def diagnostics(self) -> dict[str, Any]:
        """Return connection, recent frames and model, which hold secrets."""
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
            "frames": self.frame_log.diagnostics_data(),
            "model": self.diagnostics_data(),
        }

    def device_diagnostics(self, device_id: str) -> dict[str, Any]:
        """Return the same with only the device's part of the model."""
        return {**self.diagnostics(), "model": self.device_diagnostics_data(device_id)}
