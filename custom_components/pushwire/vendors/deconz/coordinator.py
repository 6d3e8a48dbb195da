"""deCONZ: the full state by REST, changes by socket, commands by REST."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, override

from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PORT, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...core.coordinator import Device, PushCoordinator, PushwireConfigEntry, joined
from ...wire.errors import AuthenticationFailed, NotSupported, ResourceMissing, WireError
from ...wire.events import ButtonEdge, ButtonTrigger, Edge
from ...wire.stream import Frame, LinkState, Socket, StreamPolicy
from . import (
    alarm_control_panel,
    binary_sensor,
    button,
    climate,
    cover,
    event,
    fan,
    gateway,
    keypad,
    lamp_settings,
    light,
    lock,
    momentary,
    scene,
    sensor,
    settings,
    siren,
)
from .api.buttons import decode, other_names, triggers
from .api.client import Address, DeconzClient, FullState
from .api.frames import GROUP_ALL, Message, NotUnderstood, parse
from .api.introspection import Limits, Take
from .api.model import ALARM_SYSTEMS, INTROSPECTED, SCENES, Changes, GatewayModel, Press, Resource, Scene
from .const import (
    CONF_ADVANCED,
    CONF_AS_LIGHT,
    CONF_AS_SWITCH,
    CONF_FINGERPRINT,
    CONF_GROUP_ALL,
    CONF_MIRROR_EVENTS,
    CONF_USE_TLS,
    CONF_WEBSOCKET_PORT,
    CORE_DOMAIN,
)
from .core_events import mirrored
from .placement import group_shown_on, platform_of, shown_on

# Platforms of which something that is switched has one or the other.
SWITCHED = (Platform.LIGHT, Platform.SWITCH)
SWITCHED_KINDS = ("lights", "groups")
# The gateway never pings, but answers pings. Some releases close each socket after
# ten seconds, so a connection counts as good sooner than that.
POLICY = StreamPolicy(
    backoff_first=0.3,
    ping_interval=20.0,
    silence_limit=60.0,
    silence_limit_unanswered=60.0,
    stable_after=5.0,
)
POLL_INTERVAL = timedelta(minutes=5)
# Sections that can be written, by the kind of resource, the usual one first.
WRITABLE = MappingProxyType(
    {
        "lights": ("state", "config", "attr"),
        "sensors": ("config", "state", "attr"),
        "groups": ("action", "attr"),
        "alarmsystems": ("config", "attr"),
    }
)


def address_of(data: Mapping[str, Any]) -> Address:
    """Return where entry data says that the gateway is."""
    advanced = data.get(CONF_ADVANCED) or data
    fingerprint = data.get(CONF_FINGERPRINT)
    return Address(
        host=data[CONF_HOST],
        port=int(data[CONF_PORT]),
        use_tls=bool(advanced.get(CONF_USE_TLS)),
        websocket_port=advanced.get(CONF_WEBSOCKET_PORT),
        fingerprint=bytes.fromhex(fingerprint) if fingerprint else None,
    )


class DeconzCoordinator(PushCoordinator):
    """Keeps a gateway's resources and turns messages into changes and edges."""

    vendor = "deconz"
    secret_fields = frozenset({CONF_API_KEY})
    hidden_keys = frozenset(
        {
            "api_key",
            "bridgeid",
            "ipaddress",
            "gateway",
            "mac",
            "panid",
            "uniqueid",
            "whitelist",
            "latitude",
            "longitude",
            "lat",
            "long",
            "code0",
            "devicename",
            "zigbeechannel",
            "key",
        }
    )
    builders = MappingProxyType(
        {
            Platform.ALARM_CONTROL_PANEL: alarm_control_panel.entities,
            Platform.BINARY_SENSOR: joined(binary_sensor.entities, gateway.binary_sensors),
            Platform.BUTTON: joined(momentary.buttons, button.entities, gateway.buttons),
            Platform.CLIMATE: climate.entities,
            Platform.COVER: cover.entities,
            Platform.EVENT: joined(event.entities, keypad.entities),
            Platform.FAN: fan.entities,
            Platform.LIGHT: light.entities,
            Platform.LOCK: lock.entities,
            Platform.NUMBER: joined(lamp_settings.numbers, gateway.numbers),
            Platform.SCENE: scene.entities,
            Platform.SELECT: lamp_settings.selects,
            Platform.SENSOR: joined(sensor.entities, gateway.sensors),
            Platform.SIREN: siren.entities,
            Platform.SWITCH: joined(lamp_settings.switches, gateway.switches),
            Platform.TEXT: settings.texts,
        }
    )

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
        """Prepare the one socket."""
        super().__init__(hass, entry)
        self.model = GatewayModel(str(entry.unique_id).partition(":")[2])
        self.client = DeconzClient(
            async_get_clientsession(hass),
            address_of(entry.data),
            entry.data[CONF_API_KEY],
        )
        self._reading: set[str] = set()
        self._buttons: dict[str, dict[str, Any]] = {}
        self._asked: set[str] = set()
        self._limits = Limits(self.client.resource)
        self._looking_up = False
        self._stop_poll: CALLBACK_TYPE | None = None
        self._closing: CALLBACK_TYPE | None = None
        self.is_open = False
        self.open_until: datetime | None = None
        self.model.group_all = bool(entry.options.get(CONF_GROUP_ALL))
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
        """Return the gateway's id."""
        return self.model.bridge_id

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the gateway and everything that has an address or is a group."""
        return {self.hub_id: None, **dict.fromkeys(self.model.devices)}

    @override
    def describe(self, device_id: str) -> Device | None:
        """Describe the gateway, a ZigBee device or a group."""
        if device_id == self.hub_id:
            config = self.model.config
            return Device(
                device_id=device_id,
                name=str(config.get("name") or "deCONZ"),
                manufacturer="dresden elektronik",
                model=str(config.get("devicename") or "deCONZ"),
                sw_version=_text(config.get("swversion")),
                hw_version=_text(config.get("fwversion")),
            )
        resources = self.model.devices.get(device_id)
        if not resources:
            return None
        main = min(resources, key=_prominence)
        address = device_id if device_id.count(":") == 7 else None  # noqa: PLR2004
        return Device(
            device_id=device_id,
            name=main.name,
            manufacturer=_text(main.attr.get("manufacturername"))
            or ("dresden elektronik" if main.kind == "groups" else None),
            model=_text(main.attr.get("productname"))
            or _text(main.attr.get("modelid"))
            or ("Group" if main.kind == "groups" else None),
            model_id=_text(main.attr.get("modelid")),
            sw_version=_text(main.attr.get("swversion")),
            via=self.hub_id,
            connections=frozenset({("zigbee", address)} if address else ()),
        )

    @override
    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return what the buttons of a remote can do."""
        return [trigger for resource in self.model.devices.get(device_id, ()) for trigger in triggers(resource)]

    @override
    def dump(self) -> Any:
        """Return all resources for diagnostics."""
        return {
            "config": self.model.config,
            "resources": [item.dump() for item in self.model.resources.values()],
        }

    @override
    def dump_device(self, device_id: str) -> Any:
        """Return a device's resources for diagnostics."""
        return [item.dump() for item in self.model.devices.get(device_id, ())]

    # Link

    async def _open(self) -> Socket:
        return await self.client.open_socket()

    async def _take_snapshot(self) -> Callable[[], None] | None:
        if (full := await self._read_all()) is not None:
            return partial(self._apply_snapshot, full)
        if not any(self.model.of_kind(ALARM_SYSTEMS)):
            return None
        # The tag by which the gateway says that nothing has changed does not speak for these.
        systems = await self.client.resource(ALARM_SYSTEMS)
        return None if systems is None else partial(self._apply_alarm_systems, systems)

    @callback
    def _apply_alarm_systems(self, systems: dict[str, Any]) -> None:
        self._tell(self.model.apply_snapshot({ALARM_SYSTEMS: systems}), devices=True)

    async def _read_all(self) -> FullState | None:
        """Return the full state, with the group of all lights if it is wanted; None if nothing has changed."""
        full = await self.client.full_state()
        if full is not None and self.model.group_all:
            body = await self.client.resource(f"groups/{GROUP_ALL}")
            groups = full.body.get("groups")
            if body is not None and isinstance(groups, dict):
                groups[GROUP_ALL] = body
        return full

    @callback
    def _apply_snapshot(self, full: FullState) -> None:
        self.client.taken(full)
        self._take_over(self.model.apply_snapshot(full.body))

    def _take_over(self, changes: Changes) -> None:
        """Show what a full state has brought."""
        for key, told in self._buttons.items():
            self.model.learn_buttons(key, told)
        seconds = self.model.config.get("permitjoin")
        if isinstance(seconds, int) and (seconds > 0) is not self.is_open:
            self._opened(seconds)
        # Only what differs is looked at again, for some gateways have to be read every ten seconds.
        first = self.hub_id not in self._described
        self._tell(changes, devices=not first)
        self._unknown_scenes.clear()
        self._tidy()
        if first:
            self.sync_devices()
        self._ask_for_buttons()
        self._look_for_limits()

    @callback
    def _tidy(self) -> None:
        """Remove entities of scenes that are gone, and those of the platform that something has left."""
        scenes = {scene.key for group in self.model.of_kind("groups") for scene in self.model.scenes(group)}
        for entity in er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id):
            if SCENES in entity.unique_id:
                stays = entity.unique_id.removesuffix(f"-{button.STORE}") in scenes
            else:
                resource = self.model.resources.get(entity.unique_id)
                stays = entity.domain not in SWITCHED or self._shown_on(resource) in (None, entity.domain)
            if not stays:
                self.remove_entity(entity)

    @callback
    def _leave_platforms(self, device_id: str) -> None:
        """Remove what has turned out to be a lamp from the switches, or the other way round."""
        registry = er.async_get(self.hass)
        for resource in self.model.devices.get(device_id, ()):
            if resource.kind in SWITCHED_KINDS and (shown := self._shown_on(resource)) is not None:
                for platform in SWITCHED:
                    entity_id = registry.async_get_entity_id(platform, DOMAIN, resource.key)
                    if platform is not shown and entity_id and (left := registry.async_get(entity_id)) is not None:
                        self.remove_entity(left)

    def _shown_on(self, resource: Resource | None) -> Platform | None:
        if resource is None:
            return None
        return group_shown_on(self, resource) if resource.kind == "groups" else shown_on(self, resource)

    @callback
    def _poll(self, _now: datetime) -> None:
        self._look_for_twin()
        self.entry.async_create_background_task(self.hass, self.async_poll(), "pushwire poll")

    async def async_poll(self) -> None:
        """Read what the gateway does not push: scenes, members, names, its own configuration.

        No message waits meanwhile: what one tells of is newer than what was read.
        """
        if self._stream.state is not LinkState.LIVE:
            return
        connection = self._stream.statistics.connects
        self.model.watch()
        try:
            full = await self._read_all()
        except AuthenticationFailed:
            # The link's own way to be refused asks for a new key.
            self._stream.resync()
            return
        except WireError as err:
            self.ledger.note_unknown(f"poll {err.translation_key}")
            return
        # A connection that began meanwhile has read a newer state itself.
        if full is None or self._stream.state is not LinkState.LIVE or connection != self._stream.statistics.connects:
            return
        overtaken = self.model.overtaken
        with self.batch():
            self._take_over(self.model.apply_reading(full.body))
        self.client.taken(None if overtaken else full)

    def _ask_for_buttons(self) -> None:
        """Ask how the buttons of remotes are called of which that is not known yet."""
        unknown = [
            item
            for item in self.model.resources.values()
            if item.kind == "sensors" and item.has("state.buttonevent") and item.key not in self._asked
        ]
        if unknown:
            self._asked.update(item.key for item in unknown)
            self.entry.async_create_background_task(
                self.hass, self._introspect([item.key for item in unknown]), "pushwire introspection"
            )

    async def _introspect(self, keys: Iterable[str]) -> None:
        for key in keys:
            try:
                told = await self.client.resource(f"devices/{key}/state/buttonevent/introspect")
            except WireError:
                # Asked again at the next connection.
                self._asked.discard(key)
                continue
            if told is not None and isinstance(told.get("buttons"), dict):
                self._buttons[key] = {name: told.get(name) for name in INTROSPECTED}
                self.remember()
                if changed := self.model.learn_buttons(key, self._buttons[key]):
                    self.notify(key, changed)

    @callback
    def ask_for_limits(self, resource: Resource, item: str, take: Take) -> None:
        """Have ``take`` called with the least and the most that a setting of a sensor can be, once that is known."""
        if self._limits.ask(self._release, resource, item, take):
            self._look_for_limits()

    @property
    def _release(self) -> str:
        return f"{self.model.config.get('swversion')}|"

    @callback
    def _look_for_limits(self) -> None:
        if self._limits.are_wanted and not self._looking_up:
            self._looking_up = True
            self.entry.async_create_background_task(self.hass, self._look_up_limits(), "pushwire limits")

    async def _look_up_limits(self) -> None:
        try:
            while self._limits.are_wanted:
                await self._limits.look_up()
                self.remember()
        except WireError as err:
            # Asked again with the next full state.
            self.ledger.note_unknown(f"limits {err.translation_key}")
        finally:
            self._looking_up = False

    @override
    def memory(self) -> dict[str, Any]:
        """Return what introspection told, so that it is known at once after a restart."""
        # Another release of the gateway may tell otherwise; before the first full state it is not known which this is.
        release = self._release if self.model.config else ""
        limits = {mark: told for mark, told in self._limits.known.items() if told and mark.startswith(release)}
        return {"buttons": self._buttons, "limits": limits}

    @override
    def recall(self, memory: dict[str, Any]) -> None:
        """Take it back."""
        if isinstance(buttons := memory.get("buttons"), dict):
            self._buttons = buttons
            self._asked.update(buttons)
        if isinstance(limits := memory.get("limits"), dict):
            self._limits.known = limits

    @override
    async def async_start(self) -> None:
        """Begin to look now and then at what is not pushed."""
        await super().async_start()
        self._stop_poll = async_track_time_interval(self.hass, self._poll, POLL_INTERVAL, cancel_on_shutdown=True)
        self._look_for_twin()

    def _look_for_twin(self) -> None:
        """Tell a person once that Home Assistant's own integration has the same gateway."""
        issue = f"deconz_twice_{self.entry.entry_id}"
        others = self.hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False, include_disabled=False)
        if any(str(other.unique_id).upper() == self.hub_id for other in others):
            ir.async_create_issue(
                self.hass,
                DOMAIN,
                issue,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key="deconz_twice",
                translation_placeholders={"name": self.entry.title},
            )
        else:
            ir.async_delete_issue(self.hass, DOMAIN, issue)

    @override
    async def async_stop(self) -> None:
        """End that too."""
        if self._stop_poll is not None:
            self._stop_poll()
            self._stop_poll = None
        if self._closing is not None:
            self._closing()
            self._closing = None
        ir.async_delete_issue(self.hass, DOMAIN, f"deconz_twice_{self.entry.entry_id}")
        await super().async_stop()

    # Messages

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply one message."""
        try:
            message = parse(frame)
        except NotUnderstood as err:
            self.ledger.note_unknown(str(err))
            return
        if message.event == "scene-called":
            self._scene_called(message)
            return
        if (known := self.model.find(message.resource, message.id)) is not None:
            self.settle(known.key)
        if (changes := self.model.apply(message)) is None:
            return
        if changes.are_values:
            for key, items in changes.items.items():
                self.defer(key, items)
        else:
            self._tell(changes, devices=True)

    @callback
    def _tell(self, changes: Changes, *, devices: bool) -> None:
        """Pass on what changed."""
        self.settle()
        for resource in changes.removed:
            self._drop(resource)
        if devices:
            for device_id in changes.devices:
                self._leave_platforms(device_id)
                self.update_device(device_id)
            if changes.devices:
                self._ask_for_buttons()
        for key, items in changes.items.items():
            self.notify(key, items)
        for press in changes.presses:
            self._pressed(press)
        if changes.unknown:
            for path in changes.unknown - self._reading:
                self._reading.add(path)
                self.entry.async_create_background_task(self.hass, self._read(path), f"pushwire read {path}")

    def _drop(self, resource: Resource) -> None:
        if resource.device_id not in self.model.devices and resource.device_id != self.hub_id:
            self.remove_device(resource.device_id)
        elif resource.key not in self.model.resources:
            self.remove_entities_of(resource.key)

    def _pressed(self, press: Press) -> None:
        source = press.resource
        for edge in keypad.edges(source, press.items):
            self.emit(edge)
        for kind, subtype, attributes in decode(source, press.items):
            self.emit(
                ButtonEdge(
                    resource=source.key,
                    kind=kind,
                    attributes=attributes,
                    device_id=source.device_id,
                    subtype=subtype,
                    also=other_names(source, kind, subtype, attributes),
                )
            )
        if self.entry.options.get(CONF_MIRROR_EVENTS):
            for event, data in mirrored(source, press.items, self._device_entries.get(source.device_id)):
                self.hass.bus.async_fire(event, data)

    def _scene_called(self, message: Message) -> None:
        group = self.model.find("groups", message.id)
        called = next(
            (item for item in (self.model.scenes(group) if group is not None else ()) if item.id == message.scene),
            None,
        )
        wanted = (message.id, message.scene)
        if called is None and wanted not in self._unknown_scenes:
            # Nothing tells of a new scene, so a call may be the first that is heard of it.
            self._unknown_scenes.add(wanted)
            self.entry.async_create_background_task(self.hass, self._read_group_of(message), "pushwire read scene")
            return
        attributes = {
            "group_id": message.id,
            "scene_id": message.scene,
            "group": group.name if group is not None else None,
            "scene": called.name if called is not None else None,
        }
        self.emit(Edge(resource=self.hub_id, kind="scene_called", attributes=attributes))
        if called is not None:
            self.emit(Edge(resource=called.key, kind="scene_called", attributes=attributes))

    async def _read_group_of(self, message: Message) -> None:
        """Read the group of a scene that nobody knows, and then tell of the call."""
        with suppress(WireError):
            await self.async_read(f"groups/{message.id}")
        self._scene_called(message)

    async def _read(self, path: str) -> None:
        """Read one resource that a message told of and nobody knows."""
        try:
            await self.async_read(path)
        except WireError as err:
            self.ledger.note_unknown(f"read {err.translation_key}")
        finally:
            self._reading.discard(path)

    async def async_read(self, path: str) -> None:
        """Read one resource anew, and tell what differs.

        Raises:
            WireError: It could not be read.

        """
        kind, _, identifier = path.partition("/")
        wanted = (kind, identifier) != ("groups", GROUP_ALL) or self.model.group_all
        if not wanted or (body := await self.client.resource(path)) is None:
            return
        self.settle()
        changes = Changes()
        self.model.put(kind, identifier, body, changes)
        if kind == "groups":
            self._tidy()
        self._tell(changes, devices=True)

    # Options

    def shown_as(self, resource: Resource) -> str | None:
        """Return what a person wants a plug or lamp to be, or None where its type decides."""
        if resource.key in self.entry.options.get(CONF_AS_LIGHT, ()):
            return Platform.LIGHT
        return Platform.SWITCH if resource.key in self.entry.options.get(CONF_AS_SWITCH, ()) else None

    def either_lamp_or_switch(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return names by key of plugs that may be lamps, and of lamps that may be switches."""
        plugs: dict[str, str] = {}
        lamps: dict[str, str] = {}
        for resource in self.model.of_kind("lights"):
            match platform_of(resource):
                case Platform.SWITCH:
                    plugs[resource.key] = resource.name
                case Platform.LIGHT:
                    lamps[resource.key] = resource.name
        return plugs, lamps

    # Commands

    async def async_put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write to a resource.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.writer.put(path, body)

    @override
    async def async_write(self, resource: str, section: str, data: Mapping[str, Any]) -> None:
        """Write to a section of a resource, or to the gateway's configuration."""
        if resource == self.hub_id:
            known = None
            sections: tuple[str, ...] = ("config",)
        elif (known := self.model.resources.get(resource)) is not None:
            sections = WRITABLE[known.kind]
        else:
            raise ResourceMissing
        chosen = section or sections[0]
        if chosen not in sections:
            raise NotSupported(", ".join(sections))
        if known is None:
            await self.async_configure(**data)
        else:
            await self.async_put(known.path if chosen == "attr" else f"{known.path}/{chosen}", data)

    async def async_post(self, path: str) -> None:
        """Tell the gateway to do something.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.send("POST", path)

    async def async_configure(self, **config: Any) -> None:
        """Change the gateway's own configuration, of which it pushes nothing.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.async_put("config", config)
        self.model.config.update(config)
        self.notify(self.hub_id, gateway.ITEMS)

    async def async_search(self) -> None:
        """Search for new lights and sensors, for which the gateway opens its network."""
        await self.async_post("lights")
        await self.async_post("sensors")
        self._opened(self._usual_opening)

    async def async_open_network(self) -> None:
        """Let new devices join for as long as the gateway is used to, or as long as it allows."""
        seconds = min(self._usual_opening, gateway.LONGEST_OPENING)
        await self.async_configure(permitjoin=seconds)
        self._opened(seconds)

    async def async_close_network(self) -> None:
        """Let no device join any more."""
        await self.async_configure(permitjoin=0)
        self._opened(0)

    @property
    def _usual_opening(self) -> int:
        told = self.model.config.get("networkopenduration")
        return told if isinstance(told, int) and told > 0 else gateway.USUAL_OPENING

    @callback
    def _opened(self, seconds: int) -> None:
        """Take note that the network is open for so many seconds, and notice when it closes."""
        if self._stopping:
            return
        if self._closing is not None:
            self._closing()
            self._closing = None
        self.is_open = seconds > 0
        self.open_until = None
        if 0 < seconds != gateway.OPEN_WITHOUT_END:
            self.open_until = dt_util.utcnow().replace(microsecond=0) + timedelta(seconds=seconds)
            self._closing = async_call_later(self.hass, seconds, self._closed)
        self.notify(self.hub_id, gateway.ITEMS)

    @callback
    def _closed(self, _now: datetime) -> None:
        self._closing = None
        self._opened(0)

    async def async_create_scene(self, group: Resource, name: str) -> None:
        """Keep what a group shows as a new scene; the gateway pushes nothing about it.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.send("POST", f"{group.path}/scenes", {"name": name})
        await self.async_read(group.path)

    async def async_delete_scene(self, scene: Scene) -> None:
        """Delete a scene.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.send("DELETE", scene.path)
        await self.async_read(scene.group.path)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _prominence(resource: Resource) -> tuple[bool, str]:
    """Sort a device's resources so that the one that names it comes first."""
    return (resource.kind != "lights", resource.endpoint)
