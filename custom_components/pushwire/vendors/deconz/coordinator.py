"""deCONZ: full state by REST, changes by socket, commands by REST."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, override

from homeassistant.const import CONF_API_KEY, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...const import DOMAIN
from ...core.coordinator import Builder, PushCoordinator, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...core.features import TouchlinkGateway
from ...wire.errors import (
    AuthenticationFailed,
    CertificateChanged,
    NotSupported,
    ResourceNotFound,
    WireError,
    WrongSystem,
)
from ...wire.events import ButtonTrigger, PushEvent
from ...wire.snapshot import PendingSnapshot
from ...wire.stream import ConnectionState, Frame, Socket, StreamPolicy
from ...wire.values import as_dict, as_text
from .address import address_of, phoscon_url
from .api.buttons import SeenPresses, event_kinds, press_events, triggers
from .api.client import DeconzClient, FullState
from .api.frames import GROUP_ALL, Message, parse
from .api.model import (
    ALARM_SYSTEMS,
    DETAILS,
    PRESS_ITEMS,
    SCENES,
    STORE_SCENE,
    Changes,
    GatewayModel,
    Press,
    Resource,
    Scene,
)
from .const import (
    CONF_GROUP_ALL,
    CONF_MIRROR_EVENTS,
    GATEWAY_ITEMS,
)
from .core_events import as_core_events
from .description import Descriptions
from .introspection import Introspection
from .naming import main_of
from .network import ZigbeeNetwork
from .placement import SWITCHABLE, Placement, is_believed
from .repairs import check_core_integration, delete_certificate_issue, report_certificate
from .touchlink import Touchlink

SWITCHABLE_KINDS = ("lights", "groups")
# The gateway does not ping, but answers pings. Some releases close each socket after ten
# seconds, so a connection counts as stable sooner than that.
POLICY = StreamPolicy(
    backoff_first=0.3,
    ping_interval=20.0,
    idle_timeout=60.0,
    idle_timeout_no_pong=60.0,
    stable_after=5.0,
)
# Items of which each has an entity that is enabled by default, if a remote has nothing else.
ITEMS_OF_EVERY_REMOTE = ("config.alert", "config.battery", "config.reachable")
POLL_INTERVAL = timedelta(minutes=5)
# Writable sections by kind of resource, the default one first.
WRITABLE = MappingProxyType(
    {
        "lights": ("state", "config", "attr"),
        "sensors": ("config", "state", "attr"),
        "groups": ("action", "attr"),
        "alarmsystems": ("config", "attr"),
    }
)


class DeconzCoordinator(PushCoordinator, TouchlinkGateway):
    """Coordinator of one gateway."""

    vendor = "deconz"
    secret_fields = frozenset({CONF_API_KEY})
    hidden_keys = frozenset({"code0", "whitelist"})

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize the model, the client and the one stream."""
        super().__init__(hass, entry, builders)
        self.model = GatewayModel(self.system_id)
        self.model.group_all = bool(entry.options.get(CONF_GROUP_ALL))
        self.client = DeconzClient(
            async_get_clientsession(hass),
            address_of(entry.data),
            entry.data[CONF_API_KEY],
        )
        self.touchlink = Touchlink(self.client)
        self.placement = Placement(self.model, entry.options)
        self.network = ZigbeeNetwork(
            duration=lambda: self.model.config.get("networkopenduration"),
            configure=self.async_configure,
            search=self._async_search,
            call_later=self.background.call_later,
            changed=lambda: self.dispatcher.notify(self.hub_id, GATEWAY_ITEMS),
        )
        self.introspection = Introspection(
            self.model,
            self.client.resource,
            background=self.background,
            frame_log=self.frame_log,
            schedule_save=self.schedule_save,
            notify=self._buttons_described,
        )
        self.seen_presses = SeenPresses()
        self.descriptions = Descriptions(
            self.model,
            self.client.description,
            background=self.background,
            frame_log=self.frame_log,
            schedule_save=self.schedule_save,
            notify=self.dispatcher.notify,
        )
        # Remotes with a message that waits for the snapshot.
        self._waiting_remotes: set[str] = set()
        # Paths that are being read.
        self._reading: set[str] = set()
        # Group and scene of calls whose scene was not found.
        self._unknown_scenes: set[tuple[str, str]] = set()
        self._stream = self.add_stream(
            "events",
            self._open,
            take_snapshot=self._take_snapshot,
            policy=POLICY,
        )

    @property
    @override
    def hub_id(self) -> str:
        """ID of the gateway."""
        return self.model.bridge_id

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the gateway, each Zigbee device and each group that has anything to show."""
        return {self.hub_id: None, **dict.fromkeys(filter(self._is_shown, self.model.devices))}

    def _is_shown(self, device_id: str) -> bool:
        """Return whether a device has anything to show; one that no longer does stays.

        A remote brings groups without lights, a light that is being paired has no items yet, and
        of some remotes nothing is known before their first press.
        """
        resources = self.model.devices[device_id]
        if resources[0].kind == "groups":
            shown = self.placement.shows_group(resources[0])
        else:
            shown = any((resource.state or resource.config) and not self._is_silent(resource) for resource in resources)
        return shown or self._was_shown(device_id)

    def _is_silent(self, resource: Resource) -> bool:
        """Return whether a resource is a remote that has not shown anything, and has no other entity."""
        return (
            resource.is_switch
            and not any(resource.has(item) for item in ITEMS_OF_EVERY_REMOTE if is_believed(resource, item))
            and not event_kinds(resource, self.seen_presses)
        )

    def _was_shown(self, device_id: str) -> bool:
        registry = dr.async_get(self.hass)
        return registry.async_get_device_by_identifier((DOMAIN, device_id), self.entry.entry_id) is not None

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Return the description of the gateway, a Zigbee device or a group."""
        if device_id == self.hub_id:
            config = self.model.config
            return DeviceDescription(
                device_id=device_id,
                name=str(config.get("name") or "deCONZ"),
                manufacturer="dresden elektronik",
                model=str(config.get("devicename") or "deCONZ"),
                configuration_url=phoscon_url(self.entry.data),
                sw_version=as_text(config.get("swversion")),
                hw_version=as_text(config.get("fwversion")),
            )
        resources = self.model.devices.get(device_id)
        if not resources or not self._is_shown(device_id):
            return None
        main = main_of(resources)
        is_group = main.kind == "groups"
        address = device_id if device_id.count(":") == 7 else None  # noqa: PLR2004
        model_id = as_text(main.attr.get("modelid"))
        model = as_text(main.attr.get("productname")) or model_id
        return DeviceDescription(
            device_id=device_id,
            name=main.name,
            manufacturer=as_text(main.attr.get("manufacturername")) or ("dresden elektronik" if is_group else None),
            model=model or ("Group" if is_group else None),
            # Home Assistant shows both.
            model_id=model_id if model_id != model else None,
            sw_version=as_text(main.attr.get("swversion")),
            via=self.hub_id,
            connections=frozenset({("zigbee", address)} if address else ()),
        )

    @override
    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return the device triggers of a remote."""
        return [trigger for resource in self.model.devices.get(device_id, ()) for trigger in triggers(resource)]

    @override
    def diagnostics_data(self) -> Any:
        """Return all resources."""
        return {
            "config": self.model.config,
            "resources": [resource.as_dict() for resource in self.model.resources.values()],
        }

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return the resources of a device."""
        return [resource.as_dict() for resource in self.model.devices.get(device_id, ())]

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return what is known of buttons and settings, which is then available right after a restart."""
        # Before the first full state no resource is known.
        known = self.model.resources or self.seen_presses.kinds
        presses = {key: buttons for key, buttons in self.seen_presses.kinds.items() if key in known}
        return {**self.introspection.data_to_store(), **self.descriptions.data_to_store(), "presses": presses}

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Restore what an earlier run knew of buttons and settings."""
        self.introspection.restore(data)
        self.descriptions.restore(data)
        self.seen_presses.restore(as_dict(data.get("presses")))

    # Lifecycle

    @override
    async def async_check_credentials(self) -> None:
        """Read the gateway's configuration."""
        await self.client.config()

    @override
    async def async_start(self) -> None:
        """Open the stream, then poll for data that is not pushed."""
        await super().async_start()
        self.background.call_every(POLL_INTERVAL, self._poll)
        check_core_integration(self.hass, self.entry, self.hub_id)

    @override
    def handle_connection_error(self, error: WireError) -> None:
        """Create an issue if the gateway has another certificate."""
        if isinstance(error, CertificateChanged):
            report_certificate(self.hass, self.entry)

    @override
    def handle_connected(self) -> None:
        """Delete the issue of another certificate."""
        delete_certificate_issue(self.hass, self.entry)

    # Full state

    async def _open(self) -> Socket:
        self._waiting_remotes.clear()
        return await self.client.open_socket()

    async def _take_snapshot(self) -> Callable[[], None] | None:
        with self.model.pending_snapshots.read() as snapshot:
            if (full := await self._read_all()) is not None:
                return partial(self._apply_snapshot, full, snapshot)
            if not any(self.model.of_kind(ALARM_SYSTEMS)):
                return None
            # The ETag does not change with the state of alarm systems.
            systems = await self.client.resource(ALARM_SYSTEMS)
            return None if systems is None else partial(self._apply_alarm_systems, systems, snapshot)

    @callback
    def _apply_alarm_systems(self, systems: dict[str, Any], snapshot: PendingSnapshot) -> None:
        self._publish(self.model.apply_snapshot({ALARM_SYSTEMS: systems}, snapshot))

    async def _read_all(self) -> FullState | None:
        """Return the full state, with group 0 if the options include it; None if nothing has changed."""
        full = await self.client.full_state()
        if full is not None and str(full.body["config"].get("bridgeid")).upper() != self.hub_id:
            # The address belongs to another gateway.
            raise WrongSystem
        if full is not None and self.model.group_all:
            body = await self.client.resource(f"groups/{GROUP_ALL}")
            groups = full.body.get("groups")
            if body is not None and isinstance(groups, dict):
                groups[GROUP_ALL] = body
        return full

    @callback
    def _apply_snapshot(self, full: FullState, snapshot: PendingSnapshot) -> None:
        # What was left out must be read again.
        self.client.remember_etag(None if snapshot.has_changes else full)
        self._publish_full_state(self.model.apply_snapshot(full.body, snapshot))

    def _publish_full_state(self, changes: Changes) -> None:
        self.introspection.apply_buttons()
        self.descriptions.apply()
        self.network.handle_config(self.model.config.get("permitjoin"))
        # Some gateways close every connection after ten seconds, so only changed devices are updated.
        first = not self.device_manager.is_registered(self.hub_id)
        self._publish(changes, devices=not first)
        self._unknown_scenes.clear()
        self._remove_stale_entities()
        if first:
            self.device_manager.sync()
        self.introspection.fetch_buttons()
        self.introspection.fetch_ranges()
        self.descriptions.fetch()

    @callback
    def _remove_stale_entities(self) -> None:
        """Remove entities of deleted scenes, and entities of a resource's previous platform."""
        scenes = {
            self.unique_id(scene.key) for group in self.model.of_kind("groups") for scene in self.model.scenes(group)
        }
        main_entities = {self.unique_id(key): resource for key, resource in self.model.resources.items()}
        for entity in er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id):
            if not entity.unique_id.startswith(f"{self.system_id}/"):
                # An entity of a replaced gateway.
                continue
            if SCENES in entity.unique_id:
                stale = entity.unique_id.removesuffix(f"-{STORE_SCENE}") not in scenes
            else:
                resource = main_entities.get(entity.unique_id)
                platform = None if resource is None else self.placement.platform_for(resource)
                stale = entity.domain in SWITCHABLE and platform not in (None, entity.domain)
            if stale:
                self.device_manager.remove_entity(entity)

    @callback
    def _remove_from_old_platform(self, device_id: str) -> None:
        """Remove the entities of resources that moved from switch to light, or from light to switch."""
        registry = er.async_get(self.hass)
        for resource in self.model.devices.get(device_id, ()):
            if resource.kind not in SWITCHABLE_KINDS or (current := self.placement.platform_for(resource)) is None:
                continue
            for platform in SWITCHABLE:
                entity_id = registry.async_get_entity_id(platform, DOMAIN, self.unique_id(resource.key))
                if platform is not current and entity_id and (entity := registry.async_get(entity_id)) is not None:
                    self.device_manager.remove_entity(entity)

    @callback
    def _poll(self, _now: datetime) -> None:
        check_core_integration(self.hass, self.entry, self.hub_id)
        self.background.read(self.async_poll(), "poll")

    async def async_poll(self) -> None:
        """Read scenes, members, names and the gateway's configuration, which are not pushed.

        Raises:
            WireError: The gateway could not be read.

        """
        if self._stream.state is not ConnectionState.LIVE:
            return
        connection = self._stream.statistics.connects
        with self.model.pending_snapshots.read() as snapshot:
            try:
                full = await self._read_all()
            except AuthenticationFailed:
                # The stream handles the refusal and starts the reauthentication.
                self._stream.resync()
                return
            # A connection that began during the poll has read a newer state.
            if (
                full is None
                or self._stream.state is not ConnectionState.LIVE
                or connection != self._stream.statistics.connects
            ):
                return
            with self.dispatcher.batch():
                self._apply_snapshot(full, snapshot)

    # Messages

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply one message."""
        message = parse(frame)
        if message.event == "scene-called":
            self._scene_called(message)
            return
        resource = self.model.find(message.resource, message.id)
        if resource is not None:
            self.dispatcher.settle(resource.key)
        changes = self.model.apply(message, resource)
        if isinstance(changes, Changes):
            self._publish(changes)
        elif changes and resource is not None:
            self.dispatcher.notify_soon(resource.key, changes)

    @override
    def apply_early_frame(self, handle: Callable[[Frame], None], frame: Frame) -> Callable[[], None] | None:
        """Apply a scene call, and a press that needs no snapshot to be recognized."""
        message = parse(frame)
        if message.event == "scene-called":
            self._scene_called(message)
            return None
        resource = self.model.find(message.resource, message.id)
        if resource is None or not resource.is_switch:
            return partial(handle, frame)
        if resource.key not in self._waiting_remotes and self._is_certain_press(resource, message):
            handle(frame)
            return None
        # The presses of a remote keep their order.
        self._waiting_remotes.add(resource.key)
        return partial(handle, frame)

    def _is_certain_press(self, resource: Resource, message: Message) -> bool:
        """Return whether a message is a press, whatever has happened before it.

        Only a gateway that sends all items repeats a press item without a press. Details that
        the message omits may have changed in a press that was not received.
        """
        state = message.sections.get("state", {})
        return (
            message.event == "changed"
            and self.model.config.get("websocketnotifyall") is False
            and any(state.get(item) is not None for item in PRESS_ITEMS)
            and not DETAILS & (resource.state.keys() - state.keys())
        )

    @callback
    def _publish(self, changes: Changes, *, devices: bool = True) -> None:
        """Pass changes on to the registries and the subscribers.

        Args:
            changes: Changes of the model.
            devices: Whether changed devices are updated; False while all are about to be.

        """
        self.dispatcher.flush()
        for resource in changes.removed:
            self._remove(resource)
        if devices:
            if changes.devices:
                self.descriptions.apply(*changes.devices)
            for device_id in changes.devices:
                self._remove_from_old_platform(device_id)
                self.device_manager.update(device_id)
            if changes.devices:
                self.introspection.fetch_buttons()
                self.descriptions.fetch()
        for key, items in changes.items.items():
            self.dispatcher.notify(key, items)
        for press in changes.presses:
            self._publish_press(press)
        for path in changes.unknown - self._reading:
            self._reading.add(path)
            self.background.read(self._read_unknown(path), "read")

    def _remove(self, resource: Resource) -> None:
        if resource.device_id not in self.model.devices and resource.device_id != self.hub_id:
            self.device_manager.remove(resource.device_id)
        elif resource.key not in self.model.resources:
            self.device_manager.remove_entities_of(resource.key)

    def _publish_press(self, press: Press) -> None:
        source = press.resource
        for event in press_events(source, press.items):
            if self.seen_presses.add(source, event):
                self.schedule_save()
                # The button may not have an entity yet; a new one receives the event.
                self.device_manager.update(source.device_id)
            self.dispatcher.fire_event(event)
        if self.entry.options.get(CONF_MIRROR_EVENTS):
            device_entry_id = self.device_manager.entry_id(source.device_id)
            for event_type, data in as_core_events(source, press.items, device_entry_id):
                self.hass.bus.async_fire(event_type, data)

    @callback
    def _buttons_described(self, key: str, items: set[str]) -> None:
        """Follow the description of a remote's buttons, each of which has an entity."""
        if (resource := self.model.resources.get(key)) is not None:
            self.device_manager.update(resource.device_id)
        self.dispatcher.notify(key, items)

    def _scene_called(self, message: Message) -> None:
        group = self.model.find("groups", message.id)
        scenes = self.model.scenes(group) if group is not None else ()
        scene = next((scene for scene in scenes if scene.id == message.scene), None)
        call = (message.id, message.scene)
        if scene is None and call not in self._unknown_scenes:
            # New scenes are not pushed: this call may be the first sign of one.
            self._unknown_scenes.add(call)
            self.background.start(self._read_group_of(message), "read scene")
            return
        attributes = {
            "group_id": message.id,
            "scene_id": message.scene,
            "group": group.name if group is not None else None,
            "scene": scene.name if scene is not None else None,
        }
        resources = (self.hub_id,) if scene is None else (self.hub_id, scene.key)
        for resource in resources:
            self.dispatcher.fire_event(PushEvent(resource=resource, kind="scene_called", attributes=attributes))

    async def _read_group_of(self, message: Message) -> None:
        """Read the group of an unknown scene, then handle the call again."""
        try:
            await self.async_read(f"groups/{message.id}")
        except WireError as err:
            self.frame_log.count_unknown(f"read scene {err.translation_key}")
        self._scene_called(message)

    async def _read_unknown(self, path: str) -> None:
        try:
            await self.async_read(path)
        finally:
            self._reading.discard(path)

    async def async_read(self, path: str) -> None:
        """Read one resource and publish the differences.

        Raises:
            WireError: The gateway could not be read.

        """
        kind, _, identifier = path.partition("/")
        if (kind, identifier) == ("groups", GROUP_ALL) and not self.model.group_all:
            return
        with self.model.pending_snapshots.read() as snapshot:
            if (body := await self.client.resource(path)) is None:
                return
        with self.dispatcher.batch():
            changes = Changes()
            self.model.apply_body(kind, identifier, body, changes, snapshot)
            if kind == "groups":
                self._remove_stale_entities()
            self._publish(changes)

    # Commands

    async def async_put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write to a resource.

        Raises:
            WireError: The gateway refused the values or could not be reached.

        """
        await self.client.write_queue.put(path, body)

    @override
    async def async_write(self, resource: str, section: str, data: Mapping[str, Any]) -> None:
        """Write to a section of a resource, or to the gateway's configuration."""
        if resource == self.hub_id:
            target = None
            sections: tuple[str, ...] = ("config",)
        elif (target := self.model.resources.get(resource)) is not None:
            sections = WRITABLE[target.kind]
        else:
            raise ResourceNotFound
        chosen = section or sections[0]
        if chosen not in sections:
            raise NotSupported(", ".join(sections))
        if target is None:
            await self.async_configure(data)
        else:
            await self.async_put(target.path if chosen == "attr" else f"{target.path}/{chosen}", data)

    async def async_post(self, path: str) -> None:
        """Send a command to the gateway.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        await self.client.send("POST", path)

    async def async_configure(self, config: Mapping[str, Any]) -> None:
        """Change the gateway's configuration, whose changes are not pushed.

        Raises:
            WireError: The gateway refused the values or could not be reached.

        """
        await self.async_put("config", config)
        self.model.configure(config)
        self.dispatcher.notify(self.hub_id, GATEWAY_ITEMS)

    async def _async_search(self) -> None:
        await self.async_post("lights")
        await self.async_post("sensors")

    @override
    async def async_touchlink_scan(self) -> list[dict[str, Any]]:
        """Return the lights that a scan finds."""
        return await self.touchlink.async_scan()

    @override
    async def async_touchlink_identify(self, address: str) -> None:
        """Let a light of the last scan blink."""
        await self.touchlink.async_identify(address)

    @override
    async def async_touchlink_reset(self, address: str) -> None:
        """Reset a light of the last scan."""
        await self.touchlink.async_reset(address)

    async def async_create_scene(self, group: Resource, name: str) -> None:
        """Save the current state of a group as a new scene.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        await self.client.send("POST", f"{group.path}/scenes", {"name": name})
        # New scenes are not pushed.
        await self.async_read(group.path)

    async def async_delete_scene(self, scene: Scene) -> None:
        """Delete a scene.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """
        await self.client.send("DELETE", scene.path)
        await self.async_read(scene.group.path)
