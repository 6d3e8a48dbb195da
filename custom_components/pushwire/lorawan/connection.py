"""Connection of an entry as Home Assistant's own LoRaWAN integration uses it: devices, uplinks and downlinks.

Needs the package ``lorawan-connection``, which that integration installs, and nothing of Home
Assistant. Only ``bridge`` may import this module, once the package is certainly there.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
import re
from typing import Any, Final
from uuid import uuid4

from lorawan_connection import (
    AckEvent,
    AddedEvent,
    ConnectionUnavailable,
    DeviceDescriptor,
    DeviceEvent,
    Downlink,
    DownlinkError,
    GatewayReception,
    JoinEvent,
    RemovedEvent,
    Unsubscribe,
    UpdatedEvent,
    UplinkEvent,
    notify,
    subscribe,
)

from ..wire.errors import WireError
from .api.downlink import PORTS, Downlink as OwnDownlink, check_length
from .api.gateways import Reception
from .api.identity import Identity
from .api.model import LorawanDevice
from .api.uplink import Uplink

# Stack whose catalog the identities of devices refer to.
IDENTITY_STACK: Final = "chirpstack"
# Seconds in which further gateways report the same uplink, of which a subscriber gets one event.
COLLECTION_TIME: Final = 0.5
_EUI: Final = re.compile("[0-9a-f]{16}")
_DEV_ADDR: Final = re.compile("[0-9a-f]{8}")

type CallLater = Callable[[float, Callable[[], None]], Callable[[], None]]
type Send = Callable[[str, OwnDownlink], Awaitable[object]]
type Follow = Callable[[str, str, Callable[[bool], None]], Callable[[], None]]
type Listener = Callable[[DeviceEvent], None]
type Brands = frozenset[tuple[str, int | str]]


@dataclass(eq=False, slots=True)
class _Subscriber:
    brands: Brands | None
    listener: Listener

    def takes(self, descriptor: DeviceDescriptor) -> bool:
        """Return whether the events of a device are wanted."""
        return self.brands is None or (descriptor.stack, descriptor.brand_id) in self.brands


@dataclass(slots=True)
class _WaitingUplink:
    """Uplink that further gateways may still report."""

    payload: str
    port: int
    at: float
    cancel: Callable[[], None]
    receptions: dict[str, Reception] = field(default_factory=dict)

    def add(self, receptions: tuple[Reception, ...]) -> None:
        """Add receptions; of two of one gateway, the one with a signal counts."""
        for reception in receptions:
            known = self.receptions.get(reception.gateway)
            if known is None or known.rssi is None:
                self.receptions[reception.gateway] = reception


@dataclass(slots=True)
class _ConfirmedDownlink:
    """Downlink whose outcome somebody waits for."""

    dev_eui: str
    stop: Callable[[], None]
    is_accepted: bool = False
    outcome: bool | None = None


class LorawanConnection:
    """Connection that lives from the moment at which all devices can be heard to the next loss.

    Args:
        network_id: ID of the entry.
        stack: Catalog of the devices as long as no device has an identity, which no integration refers to.
        identities: Identities that a person has set, by device.
        call_later: Calls a function after a number of seconds; returns a function that cancels the call.
        send: Sends a downlink to a device; raises a WireError.
        follow: Calls a function with the outcome of a confirmed downlink, given the device and the reference,
            and with False when the time is over; returns a function that ends this.

    """

    def __init__(
        self,
        network_id: str,
        stack: str,
        identities: Mapping[str, Identity],
        *,
        call_later: CallLater,
        send: Send,
        follow: Follow,
    ) -> None:
        """Initialize without devices."""
        # A connection has one stack, by which integrations of manufacturers are discovered.
        self.stack_type = IDENTITY_STACK if identities else stack
        self._network_id = network_id
        self._identities = identities
        self._call_later = call_later
        self._send = send
        self._follow = follow
        self._descriptors: dict[str, DeviceDescriptor] = {}
        self._device_ids: dict[str, str] = {}
        self._euis: dict[str, str] = {}
        self._subscribers: list[_Subscriber] = []
        self._disconnect_listeners: list[Callable[[None], None]] = []
        self._waiting: dict[tuple[str, Hashable], _WaitingUplink] = {}
        self._confirmed: dict[str, _ConfirmedDownlink] = {}
        self._is_available = True
        # Number of delivered events and accepted downlinks, by kind.
        self._counts: Counter[str] = Counter(uplinks=0, joins=0, downlinks=0)

    def diagnostics_data(self) -> dict[str, Any]:
        """Return the stack and the counts, without anything of a device."""
        return {
            "stack": self.stack_type,
            "devices": len(self._descriptors),
            "devices_with_identity": sum(item.brand_id is not None for item in self._descriptors.values()),
            "subscribers": len(self._subscribers),
            **self._counts,
            "unconfirmed_downlinks": len(self._confirmed),
        }

    # What subscribers use

    async def async_subscribe(self, *, brands: Brands | None = None, listener: Listener) -> Unsubscribe:
        """Deliver all devices of some brands, then their events.

        Raises:
            ConnectionUnavailable: The connection was lost.

        """
        self._check_available()
        subscriber = _Subscriber(brands, listener)
        self._subscribers.append(subscriber)
        for descriptor in tuple(self._descriptors.values()):
            if subscriber in self._subscribers and subscriber.takes(descriptor):
                notify([listener], AddedEvent(descriptor=descriptor))

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def on_disconnect(self, listener: Callable[[], None]) -> Unsubscribe:
        """Call ``listener`` when the connection is lost.

        Raises:
            ConnectionUnavailable: The connection was lost before.

        """
        self._check_available()
        return subscribe(self._disconnect_listeners, lambda _: listener())

    async def async_send_downlink(self, downlink: Downlink) -> str:
        """Send a downlink once, and return its reference, which the event of its outcome has as well.

        Raises:
            DownlinkError: The downlink cannot be sent as it is wanted, or was refused or not answered.

        """
        dev_eui = downlink.dev_eui.replace(":", "").lower()
        device_id = self._device_ids.get(dev_eui)
        if not self._is_available or device_id is None:
            raise DownlinkError("The device is not connected")
        if downlink.expires_at is not None:
            # A server that sends the downlink later would move a valve at the wrong time.
            raise DownlinkError("The network server cannot discard a downlink that has expired")
        reference = f"ha-{uuid4().hex[:12]}"
        if downlink.confirmed:
            stop = self._follow(device_id, reference, partial(self._settle, reference))
            self._confirmed[reference] = _ConfirmedDownlink(dev_eui, stop)
        try:
            await self._send(
                device_id,
                OwnDownlink(
                    payload=check_length(downlink.data),
                    port=downlink.f_port,
                    confirmed=downlink.confirmed,
                    reference=reference,
                ),
            )
        except BaseException as err:
            self._forget_downlink(reference)
            if isinstance(err, WireError):
                raise DownlinkError(f"{err.translation_key} {err.details}".strip()) from err
            raise
        self._counts["downlinks"] += 1
        self._accept(reference)
        return reference

    # What the entry reports

    def update_device(self, device: LorawanDevice) -> None:
        """Add a device, or follow its new name or address."""
        descriptor = self._describe(device)
        known_eui = self._euis.get(device.device_id)
        if known_eui is not None and (descriptor is None or descriptor.dev_eui != known_eui):
            self.remove_device(device.device_id)
        if descriptor is None or self._device_ids.get(descriptor.dev_eui, device.device_id) != device.device_id:
            return
        known = self._descriptors.get(descriptor.dev_eui)
        if known == descriptor:
            return
        self._descriptors[descriptor.dev_eui] = descriptor
        self._device_ids[descriptor.dev_eui] = device.device_id
        self._euis[device.device_id] = descriptor.dev_eui
        event = AddedEvent(descriptor=descriptor) if known is None else UpdatedEvent(descriptor=descriptor)
        self._deliver(descriptor, event)

    def remove_device(self, device_id: str) -> None:
        """Remove a device that the entry no longer has."""
        if (dev_eui := self._euis.pop(device_id, None)) is not None:
            del self._device_ids[dev_eui]
            descriptor = self._descriptors.pop(dev_eui)
            self._deliver(descriptor, RemovedEvent(descriptor=descriptor))

    def keep_devices(self, device_ids: Mapping[str, object]) -> None:
        """Remove all devices but those of the entry."""
        for device_id in self._euis.keys() - device_ids.keys():
            self.remove_device(device_id)

    def note_uplink(self, device: LorawanDevice, uplink: Uplink) -> None:
        """Deliver a new uplink once its gateways have reported it; without payload and port, nothing can decode it."""
        self.update_device(device)
        if not uplink.payload or uplink.port is None or uplink.port not in PORTS:
            return
        key = (device.device_id, uplink.key)
        if key in self._waiting:
            self._waiting[key].add(uplink.receptions)
            return
        cancel = self._call_later(COLLECTION_TIME, partial(self._deliver_uplink, key))
        self._waiting[key] = _WaitingUplink(uplink.payload, uplink.port, uplink.at, cancel)
        self._waiting[key].add(uplink.receptions)

    def add_receptions(self, device_id: str, key: Hashable, receptions: tuple[Reception, ...]) -> None:
        """Add the receptions of an uplink by further gateways, which are no uplink of their own."""
        if (waiting := self._waiting.get((device_id, key))) is not None:
            waiting.add(receptions)

    def note_join(self, device: LorawanDevice, dev_addr: str | None, at: float) -> None:
        """Deliver a join; without the address that the device has got, there is none."""
        self.update_device(device)
        dev_eui, address = self._euis.get(device.device_id), (dev_addr or "").lower()
        if dev_eui is not None and _DEV_ADDR.fullmatch(address) and address.strip("0"):
            self._counts["joins"] += 1
            self._deliver_activity(
                JoinEvent(received_at=_time(at), network_id=self._network_id, dev_eui=dev_eui, dev_addr=address)
            )

    def disconnect(self) -> None:
        """End the connection: deliver what has been received, and notify those who wait for the loss."""
        if not self._is_available:
            return
        for key in tuple(self._waiting):
            self._waiting[key].cancel()
            self._deliver_uplink(key)
        self._is_available = False
        for reference in tuple(self._confirmed):
            self._forget_downlink(reference)
        self._subscribers.clear()
        listeners, self._disconnect_listeners = self._disconnect_listeners, []
        notify(listeners, None)

    def _check_available(self) -> None:
        if not self._is_available:
            raise ConnectionUnavailable("The connection was lost")

    def _describe(self, device: LorawanDevice) -> DeviceDescriptor | None:
        """Return the description of a device, or None if it has no DevEUI."""
        dev_eui = (device.dev_eui or "").lower()
        if not _EUI.fullmatch(dev_eui):
            return None
        identity = self._identities.get(device.device_id)
        return DeviceDescriptor(
            self._network_id,
            dev_eui,
            device.name,
            device.app_eui or "",
            device.parser or "",
            model_id="" if identity is None else identity.model,
            brand_id=None if identity is None else identity.brand,
            model=device.model or device.parser_name or "",
            manufacturer=device.manufacturer or "",
            stack=self.stack_type,
        )

    def _deliver(self, descriptor: DeviceDescriptor, event: DeviceEvent) -> None:
        for subscriber in tuple(self._subscribers):
            if subscriber in self._subscribers and subscriber.takes(descriptor):
                notify([subscriber.listener], event)

    def _deliver_activity(self, event: DeviceEvent) -> None:
        if (descriptor := self._descriptors.get(event.dev_eui)) is not None:
            self._deliver(descriptor, event)

    def _deliver_uplink(self, key: tuple[str, Hashable]) -> None:
        waiting = self._waiting.pop(key)
        # The address of a new device may be known only now.
        if (dev_eui := self._euis.get(key[0])) is None:
            return
        with suppress(ValueError):
            self._deliver_activity(
                UplinkEvent(
                    received_at=_time(waiting.at),
                    network_id=self._network_id,
                    dev_eui=dev_eui,
                    data=bytes.fromhex(waiting.payload),
                    f_port=waiting.port,
                    receptions=tuple(
                        GatewayReception(item.gateway, item.rssi, item.snr) for item in waiting.receptions.values()
                    ),
                )
            )
            self._counts["uplinks"] += 1

    # Outcomes of confirmed downlinks, for which subscribers wait without a limit

    def _accept(self, reference: str) -> None:
        """Deliver an outcome that preceded the server's answer, from now on at once."""
        if (downlink := self._confirmed.get(reference)) is not None:
            downlink.is_accepted = True
            if downlink.outcome is not None:
                self._settle(reference, acknowledged=downlink.outcome)

    def _settle(self, reference: str, acknowledged: bool) -> None:  # noqa: FBT001
        downlink = self._confirmed[reference]
        if not downlink.is_accepted:
            # A downlink that is refused has no outcome.
            downlink.outcome = acknowledged
            return
        self._forget_downlink(reference)
        self._deliver_activity(
            AckEvent(
                received_at=datetime.now(UTC),
                network_id=self._network_id,
                dev_eui=downlink.dev_eui,
                queue_item_id=reference,
                acknowledged=acknowledged,
            )
        )

    def _forget_downlink(self, reference: str) -> None:
        if (downlink := self._confirmed.pop(reference, None)) is not None:
            downlink.stop()


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
