"""deCONZ: the full state by REST, changes by socket, commands by REST."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, override

from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...coordinator import Device, PushCoordinator, PushwireConfigEntry
from ...edges import ButtonEdge, ButtonTrigger, Edge
from ...errors import WireError
from ...stream import Frame, Socket, StreamPolicy
from . import (
    binary_sensor,
    button,
    climate,
    cover,
    event,
    fan,
    lamp_settings,
    light,
    lock,
    scene,
    sensor,
    siren,
)
from .buttons import decode, triggers
from .client import Address, DeconzClient
from .const import CONF_ADVANCED, CONF_FINGERPRINT, CONF_USE_TLS, CONF_WEBSOCKET_PORT
from .frames import Message, NotUnderstood, parse
from .kinds import group_shown_on, shown_on
from .model import SCENES, Changes, GatewayModel, Press, Resource, Scene

# Platforms of which something that is switched has one or the other.
SWITCHED = (Platform.LIGHT, Platform.SWITCH)
# The gateway never pings, but answers pings. Some releases close each socket after
# ten seconds, so a connection counts as good sooner than that.
POLICY = StreamPolicy(
    ping_interval=20.0,
    silence_limit=60.0,
    silence_limit_unanswered=60.0,
    stable_after=5.0,
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
            Platform.BINARY_SENSOR: binary_sensor.entities,
            Platform.BUTTON: button.entities,
            Platform.CLIMATE: climate.entities,
            Platform.COVER: cover.entities,
            Platform.EVENT: event.entities,
            Platform.FAN: fan.entities,
            Platform.LIGHT: light.entities,
            Platform.LOCK: lock.entities,
            Platform.NUMBER: lamp_settings.numbers,
            Platform.SCENE: scene.entities,
            Platform.SELECT: lamp_settings.selects,
            Platform.SENSOR: sensor.entities,
            Platform.SIREN: siren.entities,
            Platform.SWITCH: lamp_settings.switches,
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

    def shown_as(self, resource: Resource) -> Literal["light", "switch"] | None:
        """Return as what a person wants something to be shown that is switched, or None for no wish."""
        del resource
        return None

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
        full = await self.client.full_state()
        if full is None:
            return None
        return partial(self._apply_snapshot, full)

    @callback
    def _apply_snapshot(self, full: Mapping[str, Any]) -> None:
        changes = self.model.apply_snapshot(full)
        self._tell(changes, devices=False)
        self._unknown_scenes.clear()
        self._tidy()
        self.sync_devices()

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

    def _shown_on(self, resource: Resource | None) -> Platform | None:
        if resource is None:
            return None
        return group_shown_on(self, resource) if resource.kind == "groups" else shown_on(self, resource)

    @callback
    @override
    def _go_live(
        self,
        handle: Callable[[Frame], None],
        apply: Callable[[], None] | None,
        held: list[Frame],
    ) -> None:
        super()._go_live(handle, apply, held)
        self.model.forget_shadows()

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
        if (changes := self.model.apply(message)) is not None:
            self._tell(changes, devices=True)

    @callback
    def _tell(self, changes: Changes, *, devices: bool) -> None:
        """Pass on what changed."""
        for resource in changes.removed:
            self._drop(resource)
        if devices:
            for device_id in changes.devices:
                self.update_device(device_id)
        for key, items in changes.items.items():
            self.notify(key, items)
        for press in changes.presses:
            self._pressed(press)
        for path in changes.unknown - self._reading:
            self._reading.add(path)
            self.entry.async_create_background_task(self.hass, self._read(path), f"pushwire read {path}")

    def _drop(self, resource: Resource) -> None:
        if resource.device_id not in self.model.devices:
            if resource.device_id != self.hub_id:
                self.remove_device(resource.device_id)
        elif resource.key not in self.model.resources:
            self.remove_entities_of(resource.key)

    def _pressed(self, press: Press) -> None:
        for kind, subtype, attributes in decode(press.resource, press.items):
            self.emit(
                ButtonEdge(
                    resource=press.resource.key,
                    kind=kind,
                    attributes=attributes,
                    device_id=press.resource.device_id,
                    subtype=subtype,
                )
            )

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
        if (body := await self.client.resource(path)) is None:
            return
        changes = Changes()
        self.model.put(kind, identifier, body, changes)
        if kind == "groups":
            self._tidy()
        self._tell(changes, devices=True)

    # Commands

    async def async_put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write to a resource.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.send("PUT", path, body)

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
