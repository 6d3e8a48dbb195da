"""Base of the coordinators of LoRaWAN platforms."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from datetime import datetime, timedelta
import logging
from time import time
from typing import Any, ClassVar, override

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN
from ..core.coordinator import Builder, PushCoordinator, PushwireConfigEntry
from ..core.devices import DeviceDescription
from ..core.storage import Storable
from ..wire.events import ButtonPress, ButtonTrigger, PushEvent
from ..wire.redaction import is_position
from ..wire.stream import ConnectionState, Frame
from ..wire.values import NotUnderstood, as_dict, as_float, as_list
from .api.cadence import Listening
from .api.choices import Choices
from .api.controls import Control
from .api.downlink import DOWNLINK, DOWNLINK_EVENTS, Downlink
from .api.gateways import HeardGateway, HeardGateways, Reception
from .api.meaning import apply_choices, apply_values
from .api.model import FEATURES, MEANING, LorawanDevice, ValueDescription, is_hex
from .api.presses import press_key
from .bridge import Bridge
from .codecs import Codecs
from .const import CONF_SILENCE_LIMITS, CONF_VALUES
from .corrections import Corrections
from .downlink_queue import DownlinkQueue
from .statistics import LateStatistics
from .undecoded import UndecodedPayloads

_LOGGER = logging.getLogger(__name__)

OVERDUE_CHECK_INTERVAL = timedelta(minutes=1)
# Late values mostly arrive together, and are imported together.
IMPORT_DELAY = 2.0
# Model ID of end devices, by which the action for downlinks selects its devices.
END_DEVICE = "LoRaWAN"
# The same of devices of other networks, such as wireless M-Bus, which only send.
RECEIVE_ONLY = "Receive only"
# Begins the keys of the entities of controls.
_CONTROL = "control-"


def value_key(key: str, description: ValueDescription) -> str:
    """Return the key of the entity of a value; a number and a flag are two entities."""
    return f"flag-{key}" if description.platform == "binary_sensor" else f"value-{key}"


class LorawanCoordinator(PushCoordinator):
    """Coordinator of end devices, which are restored after a restart and can become overdue."""

    # Device of the account, in the device registry.
    hub_manufacturer: ClassVar[str]
    hub_model: ClassVar[str]
    may_hold_positions = True

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize without devices."""
        super().__init__(hass, entry, builders)
        self.devices: dict[str, LorawanDevice] = {}
        self.listening = Listening()
        self.heard = HeardGateways()
        self._choices = Choices(entry.options.get(CONF_VALUES, ()))
        self._own_limits: Mapping[str, float] = entry.options.get(CONF_SILENCE_LIMITS, {})
        self.corrections = Corrections(
            hass,
            entry.entry_id,
            self.frame_log.name,
            background=self.background,
            device_manager=self.device_manager,
            unique_id=lambda device_id, key, description: self.unique_id(device_id, value_key(key, description)),
            save=self.schedule_save,
        )
        self.late_statistics = LateStatistics(
            hass, self.value_entity_id, self.frame_log.count_unknown, self.schedule_save
        )
        self._import_scheduled = False
        self.codecs = Codecs(hass, entry, background=self.background, frame_log=self.frame_log)
        self._undecoded_payloads = UndecodedPayloads(hass, entry)
        self.downlink_queue = DownlinkQueue(self.async_send_downlink)
        self.bridge = Bridge(
            hass,
            entry,
            self.vendor,
            background=self.background,
            dispatcher=self.dispatcher,
            is_available=self._can_hear,
            devices=self.devices.values,
            url=lambda: self.hub_url,
            send=self.downlink_queue.async_send,
        )

    @override
    async def async_start(self) -> None:
        """Load the codecs, open all streams, and check regularly for overdue devices and late values."""
        await self.codecs.async_load()
        self.entry.async_on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._load_codecs))
        self.subscribe_connection(self._note_listening)
        await super().async_start()
        for device in self.devices.values():
            self.corrections.remove_other_entities(device)
        self.background.call_every(OVERDUE_CHECK_INTERVAL, self._check_overdue)
        self.background.call_every(OVERDUE_CHECK_INTERVAL, self._check_late_values)
        self.background.call_every(OVERDUE_CHECK_INTERVAL, self._update_gateways)
        self._check_overdue(None)
        self.subscribe_connection(self.bridge.follow_connection)
        self.bridge.start()

    @override
    async def async_stop(self) -> None:
        """Close all streams, after which nobody listens."""
        self.bridge.stop()
        self.listening.lose(time())
        if self.devices:
            self.schedule_save()
        await super().async_stop()
        await self.codecs.async_stop()
        self._undecoded_payloads.stop()

    @callback
    def _load_codecs(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Follow added, changed and removed codecs without a reload; also called once the entry is loaded."""
        if change is ConfigEntryChange.UPDATED and entry.entry_id == self.entry.entry_id:
            self.background.read(self._async_load_codecs(), "codecs")

    async def _async_load_codecs(self) -> None:
        """Load new codecs with their controls, and decode the last payloads of their devices.

        Some devices send once a day.
        """
        new = await self.codecs.async_load()
        for device in tuple(self.devices.values()):
            self._follow_controls(device)
            if device.last_uplink is not None and self.codecs.find(device) in new:
                self.decode_payload(device, device.payload, device.radio.port, device.last_uplink, is_new=False)

    def controls_of(self, device: LorawanDevice) -> Mapping[str, Control]:
        """Return the controls that the codec of a device declares, by the keys of their entities."""
        codec = self.codecs.find(device) if self.takes_downlinks(device) else None
        return {} if codec is None else {f"{_CONTROL}{control.key}": control for control in codec.controls}

    @callback
    def _follow_controls(self, device: LorawanDevice) -> None:
        """Add or change the entities of a device's controls, and remove those of others."""
        controls = self.controls_of(device)
        current = {(control.kind.value, self.unique_id(device.device_id, key)) for key, control in controls.items()}
        prefix = self.unique_id(device.device_id, _CONTROL)
        for entity in er.async_entries_for_device(
            er.async_get(self.hass),
            self.device_manager.entry_id(device.device_id) or "",
            include_disabled_entities=True,
        ):
            if entity.unique_id.startswith(prefix) and (entity.domain, entity.unique_id) not in current:
                self.device_manager.remove_entity(entity)
        if controls:
            self.device_manager.update(device.device_id)

    @callback
    def decode_payload(
        self, device: LorawanDevice, payload: str | None, port: int | None, at: float, *, is_new: bool = True
    ) -> bool:
        """Decode a payload with the codec that a person has chosen for its device; return whether there is one.

        Args:
            device: Device of the payload.
            payload: Payload in hex, or None.
            port: Port of the uplink.
            at: Unix time of the uplink.
            is_new: Whether presses are reported, as those of an uplink of now.

        """

        def take(values: Mapping[str, Any]) -> None:
            if self.devices.get(device.device_id) is device:
                self.dispatcher.settle(device.device_id)
                changed = apply_values(device, values, at)
                if not is_new:
                    device.take_presses()
                self.publish(device, changed)

        if not payload or not is_hex(payload):
            return False
        return self.codecs.decode(device, bytes.fromhex(payload), port, at, take)

    @callback
    def note_payload(self, device: LorawanDevice) -> None:
        """Note that a payload of a device has been handled, with or without values."""
        if self.codecs.find(device) is None:
            self._undecoded_payloads.note(device)
        else:
            self._undecoded_payloads.forget(device.device_id)

    @callback
    def _note_listening(self) -> None:
        """Note whether the uplinks of all devices can be received."""
        if self.connection_state is ConnectionState.LIVE:
            self.listening.resume(time())
        else:
            self.listening.lose(time())

    @override
    def apply_early_frame(self, handle: Callable[[Frame], None], frame: Frame) -> None:
        """Apply a whole frame, since snapshots hold nothing that is pushed."""
        handle(frame)

    def _can_hear(self) -> bool:
        """Return whether any devices can be heard, also if the sockets of others are lost."""
        return self.available or any(stream.state is ConnectionState.LIVE for stream in self.streams)

    # Devices

    @property
    @override
    def hub_id(self) -> str:
        """ID of the account."""
        return self.system_id

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the IDs of the account, all end devices and the gateways that hear them."""
        yield self.hub_id
        yield from self.devices
        yield from self.heard.by_eui

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Return the description of the account, of an end device or of a gateway."""
        if device_id == self.hub_id:
            return DeviceDescription(
                device_id=device_id,
                name=self.entry.title,
                manufacturer=self.hub_manufacturer,
                model=self.hub_model,
                configuration_url=self.hub_url,
                service=True,
            )
        if device_id in self.heard.by_eui:
            return DeviceDescription(
                device_id=device_id,
                name=f"Gateway {device_id.upper()}",
                model="LoRaWAN gateway",
                serial_number=device_id,
                via=self.hub_id,
            )
        if (device := self.devices.get(device_id)) is None:
            return None
        return DeviceDescription(
            device_id=device_id,
            name=device.name,
            manufacturer=device.manufacturer,
            model=device.model or device.parser_name,
            model_id=END_DEVICE if self.takes_downlinks(device) else RECEIVE_ONLY,
            serial_number=device.serial_number or device.dev_eui,
            suggested_area=device.area,
            via=self.hub_id,
        )

    def has_control(self, device_id: str, key: str) -> bool:
        """Return whether an entity that is enabled shows and writes a value, so that its sensor need not be."""
        del device_id, key
        return False

    def takes_downlinks(self, device: LorawanDevice) -> bool:
        """Return whether a device can take a downlink."""
        del device
        return True

    @property
    def hub_url(self) -> str | None:
        """URL of the platform's own pages, if it is known."""
        return None

    def get_or_add(self, device_id: str, name: str) -> LorawanDevice:
        """Return an end device, which is added with a name if it is new."""
        if (device := self.devices.get(device_id)) is None:
            device = self.devices[device_id] = LorawanDevice(
                device_id=device_id,
                name=name,
                choices=self._choices,
                own_limit=self._own_limits.get(device_id),
                listening=self.listening,
            )
        return device

    @override
    def button_triggers(self, device_id: str) -> list[ButtonTrigger]:
        """Return the device triggers of the presses that a device has sent, and of other events."""
        if (device := self.devices.get(device_id)) is None:
            return []
        presses = [ButtonTrigger(kind=kind, subtype=key) for key, kinds in device.press_kinds.items() for kind in kinds]
        return [*presses, *self.event_triggers(device)]

    def event_triggers(self, device: LorawanDevice) -> list[ButtonTrigger]:
        """Return the device triggers of the steps of a device's downlinks."""
        kinds = DOWNLINK_EVENTS if self.takes_downlinks(device) else ()
        return [ButtonTrigger(kind=kind, subtype=DOWNLINK) for kind in kinds]

    @callback
    def add_entities(self, device: LorawanDevice, changed: AbstractSet[str]) -> None:
        """Add a new device, or the entities of values that are new or have another meaning."""
        if MEANING in changed:
            self.corrections.decide(device)
        if FEATURES in changed:
            self._undecoded_payloads.check(device)
        if FEATURES in changed or not self.device_manager.is_registered(device.device_id):
            self.device_manager.update(device.device_id)
            self.bridge.update_device(device)
        if device.unimported and not self._import_scheduled:
            self._import_scheduled = True
            self.background.call_later(IMPORT_DELAY, self._import_late_values)

    @callback
    def publish(self, device: LorawanDevice, changed: AbstractSet[str], event: PushEvent | None = None) -> None:
        """Add missing entities, notify subscribers of changed properties, and fire the events of the device."""
        self.add_entities(device, changed)
        if changed:
            self.dispatcher.notify_soon(device.device_id, changed)
        if event is not None:
            self.dispatcher.fire_event(event)
        for key, kind in device.take_presses():
            self.dispatcher.fire_event(
                ButtonPress(resource=device.device_id, kind=kind, device_id=device.device_id, subtype=key)
            )
        self.schedule_save()

    @callback
    def _check_overdue(self, _now: datetime | None) -> None:
        now = time()
        for device in self.devices.values():
            if changed := device.check_overdue(now):
                self.dispatcher.notify(device.device_id, changed)

    # Gateways

    @callback
    def note_receptions(self, receptions: tuple[Reception, ...], at: float) -> None:
        """Note the gateways that have received a packet, which become devices."""
        for eui in self.heard.note(receptions, at, time()):
            self.device_manager.update(eui)

    @callback
    def _update_gateways(self, _now: datetime) -> None:
        """Update the entities of gateways at most once a minute, since a gateway hears all devices around it."""
        now = time()
        for eui in self.heard.take_changes(now):
            self.dispatcher.notify(eui)
        for eui in self.heard.forget(now, self.is_gateway_alive):
            self.forget_device(eui)
            self.device_manager.remove(eui)
            self.schedule_save()

    def is_gateway_alive(self, eui: str) -> bool:
        """Return whether a gateway that hears nothing shows that it works."""
        del eui
        return False

    @override
    def forget_device(self, device_id: str) -> None:
        """Forget a gateway or another device that a person is about to delete; new data brings it back."""
        self.heard.by_eui.pop(device_id, None)
        self._undecoded_payloads.forget(device_id)
        self.bridge.remove_device(device_id)
        super().forget_device(device_id)

    # Downlinks

    @abstractmethod
    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Send a downlink and return the server's answer.

        Raises:
            WireError: The downlink was refused, not answered, or could not be sent.

        """

    # Statistics

    def value_entity_id(self, device_id: str, key: str) -> str | None:
        """Return the ID of the sensor of a device's value, or None if there is none."""
        return er.async_get(self.hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, self.unique_id(device_id, f"value-{key}")
        )

    @callback
    def _check_late_values(self, _now: datetime) -> None:
        """Import late values whose hour has been compiled since they arrived."""
        if not self._import_scheduled and any(device.unimported for device in self.devices.values()):
            self._import_late_values()

    @callback
    def _import_late_values(self) -> None:
        self._import_scheduled = False
        self.background.read(self.late_statistics.async_import(list(self.devices.values())), "statistics")

    # Storage and diagnostics

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return the time until which devices could be heard, and what gateways hear."""
        return {
            **({"listening": self.listening.to_stored(time())} if self.listening.has_listened else {}),
            **({"reception": self.heard.to_stored()} if self.heard.by_eui else {}),
        }

    @override
    def lists_to_store(self) -> Mapping[str, Iterable[Storable]]:
        """Return all devices with their last values."""
        return {"devices": self.devices.values()}

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Restore the devices."""
        self.listening = Listening.from_stored(data.get("listening"))
        for device in self.restore_items(data.get("devices"), LorawanDevice.from_stored):
            self.devices[device.device_id] = device
            device.listening = self.listening
            device.choices = self._choices
            device.own_limit = self._own_limits.get(device.device_id)
            for key in apply_choices(device):
                self._remove_press(device.device_id, key)
        reception = as_dict(data.get("reception"))
        self.heard.since = as_float(reception.get("since"))
        for gateway in self.restore_items(reception.get("heard"), HeardGateway.from_stored):
            self.heard.by_eui[gateway.eui] = gateway

    def _remove_press(self, device_id: str, key: str) -> None:
        """Remove the event entity of a key whose presses a person has made a value."""
        registry = er.async_get(self.hass)
        unique_id = self.unique_id(device_id, press_key(key))
        if (entity_id := registry.async_get_entity_id(Platform.EVENT, DOMAIN, unique_id)) is not None:
            registry.async_remove(entity_id)

    def restore_items[ItemT](self, items: Any, from_stored: Callable[[Any], ItemT]) -> list[ItemT]:
        """Return the items of a stored array; items of another shape are dropped."""
        restored: list[ItemT] = []
        dropped = 0
        for item in as_list(items):
            try:
                restored.append(from_stored(item))
            except NotUnderstood:
                dropped += 1
        if dropped:
            _LOGGER.debug("%s: %s stored items of another shape are dropped", self.frame_log.name, dropped)
        return restored

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return what every entry has, with the state of the bridge."""
        return {**super().diagnostics(), "bridge": self.bridge.diagnostics_data()}

    @override
    def diagnostics_data(self) -> Any:
        """Return all devices as JSON-like data."""
        return [self.device_diagnostics_data(device_id) for device_id in self.devices]

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return one device or gateway as JSON-like data."""
        if (gateway := self.heard.by_eui.get(device_id)) is not None:
            return gateway.to_stored()
        device = self.devices.get(device_id)
        if device is None:
            return None
        stored = device.to_stored()
        for key, reading in stored["readings"].items():
            if is_position(key):
                reading["reading"] = None
        if (codec := self.codecs.find(device)) is not None:
            stored["codec"] = codec.diagnostics_data()
        return {**stored, "proposed": self.corrections.diagnostics_data(device), "overdue": device.overdue}
