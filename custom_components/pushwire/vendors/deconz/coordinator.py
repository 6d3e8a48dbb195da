"""deCONZ: the full state by REST, changes by socket, commands by REST."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, override

from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...coordinator import Device, PushCoordinator, PushwireConfigEntry
from ...edges import ButtonEdge, ButtonTrigger, Edge
from ...entity import PushEntity
from ...errors import WireError
from ...stream import Frame, Socket, StreamPolicy
from . import (
    alarm_control_panel,
    binary_sensor,
    climate,
    cover,
    event,
    fan,
    keypad,
    light,
    lock,
    momentary,
    scene,
    sensor,
    settings,
    siren,
    switch,
)
from .buttons import decode, triggers
from .client import Address, DeconzClient
from .const import CONF_ADVANCED, CONF_FINGERPRINT, CONF_USE_TLS, CONF_WEBSOCKET_PORT
from .frames import Message, NotUnderstood, parse
from .model import Changes, GatewayModel, Press, Resource

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


def _events(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[Any]]:
    yield from event.entities(coordinator, device_id)
    yield from keypad.entities(coordinator, device_id)


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
            Platform.BINARY_SENSOR: binary_sensor.entities,
            Platform.BUTTON: momentary.buttons,
            Platform.CLIMATE: climate.entities,
            Platform.COVER: cover.entities,
            Platform.EVENT: _events,
            Platform.FAN: fan.entities,
            Platform.LIGHT: light.entities,
            Platform.LOCK: lock.entities,
            Platform.NUMBER: settings.numbers,
            Platform.SCENE: scene.entities,
            Platform.SELECT: settings.selects,
            Platform.SENSOR: sensor.entities,
            Platform.SIREN: siren.entities,
            Platform.SWITCH: switch.entities,
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
        full = await self.client.full_state()
        if full is None:
            return None
        return partial(self._apply_snapshot, full)

    @callback
    def _apply_snapshot(self, full: Mapping[str, Any]) -> None:
        changes = self.model.apply_snapshot(full)
        self._tell(changes, devices=False)
        self.sync_devices()

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
        if resource.device_id not in self.model.devices and resource.device_id != self.hub_id:
            self.remove_device(resource.device_id)
        elif resource.key not in self.model.resources:
            self.remove_entities_of(resource.key)

    def _pressed(self, press: Press) -> None:
        for edge in keypad.edges(press.resource, press.items):
            self.emit(edge)
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
        attributes = {
            "group_id": message.id,
            "scene_id": message.scene,
            "group": group.name if group is not None else None,
            "scene": called.name if called is not None else None,
        }
        self.emit(Edge(resource=self.hub_id, kind="scene_called", attributes=attributes))
        if called is not None:
            self.emit(Edge(resource=called.key, kind="scene_called", attributes=attributes))

    async def _read(self, path: str) -> None:
        """Read one resource that a message told of and nobody knows."""
        kind, _, identifier = path.partition("/")
        try:
            body = await self.client.resource(path)
        except WireError as err:
            self.ledger.note_unknown(f"read {err.translation_key}")
            return
        finally:
            self._reading.discard(path)
        if body is not None:
            changes = Changes()
            self.model.put(kind, identifier, body, changes)
            self._tell(changes, devices=True)

    # Commands

    async def async_put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write to a resource.

        Raises:
            WireError: It was refused or could not be sent.

        """
        await self.client.send("PUT", path, body)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _prominence(resource: Resource) -> tuple[bool, str]:
    """Sort a device's resources so that the one that names it comes first."""
    return (resource.kind != "lights", resource.endpoint)
