"""ResIOT: one socket that brings every communication and takes TX commands."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
import logging
from time import time
from typing import Any, override
from uuid import uuid4

from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...core.coordinator import Builder, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...lorawan.api.downlink import (
    Downlink,
    DownlinkFailed,
    DownlinkTimeout,
    UnknownDevice,
)
from ...lorawan.api.inference import take_values
from ...lorawan.api.model import LorawanDevice
from ...lorawan.coordinator import LorawanCoordinator
from ...wire.errors import WireError
from ...wire.events import PushEvent
from ...wire.stream import ConnectionState, Frame, Socket, StreamPolicy
from ...wire.values import NotUnderstood
from .api.client import check_url, fetch_gateway_names, open_socket
from .api.frames import CommType, Communication, Result, given_values, parse, tx
from .api.model import (
    DOWNLINK_FAILED,
    DOWNLINK_KINDS,
    SIGNS_OF_LIFE,
    Gateway,
    apply_rx,
    moment_of,
)

_LOGGER = logging.getLogger(__name__)

CONF_REST_URL = "rest_url"
CONF_REST_TOKEN = "rest_token"  # noqa: S105 (the name of a field)

ANSWER_TIMEOUT = 10.0

# No keep-alive is documented, and old servers may not answer pings: such a server is
# given up only after a quarter of an hour without a gateway's sign of life.
POLICY = StreamPolicy(idle_timeout=60.0, idle_timeout_no_pong=900.0)


class ResiotCoordinator(LorawanCoordinator):
    """Turns communications into devices, gateways and edges."""

    vendor = "resiot"
    secret_fields = frozenset({CONF_URL, CONF_REST_URL, CONF_REST_TOKEN})
    hidden_keys = frozenset({"latitude", "longitude", "url"})

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Prepare the one socket."""
        super().__init__(hass, entry, builders)
        self.gateways: dict[str, Gateway] = {}
        self._session = async_get_clientsession(hass, verify_ssl=entry.data.get(CONF_VERIFY_SSL, True))
        self._pending: dict[str, asyncio.Future[Result]] = {}
        self._names: dict[str, str] = {}
        self._listening_since = time()
        self._stream = self.add_stream(
            "communications",
            self._open,
            take_snapshot=self._take_snapshot,
            policy=POLICY,
        )

    @property
    @override
    def hub_id(self) -> str:
        """Return the id of the account."""
        return str(self.entry.unique_id)

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the account, its gateways and its end devices."""
        yield from super().device_ids()
        yield from self.gateways

    @override
    def device_list_is_complete(self) -> bool:
        """Say no: a device exists for us from its first communication on."""
        return False

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Describe the account, a gateway or an end device."""
        if device_id == self.hub_id:
            return DeviceDescription(
                device_id=device_id,
                name=self.entry.title,
                manufacturer="ResIOT",
                model="LoRaWAN network server",
                service=True,
            )
        if (gateway := self.gateways.get(device_id)) is not None:
            return DeviceDescription(
                device_id=device_id,
                name=gateway.name,
                model="LoRaWAN gateway",
                serial_number=gateway.eui,
                via=self.hub_id,
            )
        if (device := self.devices.get(device_id)) is not None:
            return self.end_device_description(device)
        return None

    @override
    def forget_device(self, device_id: str) -> None:
        """Drop a device or gateway that a person deleted."""
        self.devices.pop(device_id, None)
        self.gateways.pop(device_id, None)
        super().forget_device(device_id)
        self.schedule_save()

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return devices and gateways."""
        return {
            **super().data_to_store(),
            "gateways": [gateway.dump() for gateway in self.gateways.values()],
        }

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Take devices and gateways back."""
        super().restore(data)
        for stored in data.get("gateways", ()):
            try:
                gateway = Gateway(**stored)
            except TypeError as err:
                _LOGGER.debug("A remembered gateway could not be read: %r", err)
                continue
            self.gateways[gateway.eui] = gateway

    @override
    def diagnostics_data(self) -> Any:
        """Return devices and gateways for diagnostics."""
        return self.data_to_store()

    async def _open(self) -> Socket:
        return await open_socket(self._session, check_url(self.entry.data[CONF_URL]))

    async def _take_snapshot(self) -> Callable[[], None] | None:
        """Read the gateways' names, where the REST interface is known.

        The socket itself has no past to read, and names are no reason to do without
        it.
        """
        if (base := self.entry.data.get(CONF_REST_URL)) is None:
            return None
        try:
            names = await fetch_gateway_names(self._session, base, self.entry.data.get(CONF_REST_TOKEN, ""))
        except WireError as err:
            self.frame_log.count_unknown(f"rest {err.translation_key}")
            return None
        return lambda: self._name_gateways(names)

    @callback
    def _name_gateways(self, names: Mapping[str, str]) -> None:
        self._names.update(names)
        for eui, name in names.items():
            if (gateway := self.gateways.get(eui)) is not None and (gateway.name != name):
                gateway.name = name
                self.device_manager.update(eui)

    # Frames

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply what a frame holds."""
        for item in parse(frame):
            if isinstance(item, NotUnderstood):
                self.frame_log.count_unknown(str(item))
            elif isinstance(item, Result):
                self._answer(item)
            else:
                self._communication(item)

    def _answer(self, result: Result) -> None:
        pending = self._pending.get(result.reference)
        if pending is not None and not pending.done():
            pending.set_result(result)

    def _communication(self, item: Communication) -> None:
        if item.kind in SIGNS_OF_LIFE:
            at = moment_of(item, time())
            for eui in item.gateways:
                self._gateway_heard(eui, at, call=item.kind is CommType.GATEWAY_ALIVE)
        match item.kind:
            case CommType.GATEWAY_ALIVE | CommType.GATEWAY_RX:
                pass
            case CommType.RX:
                self._uplink(item)
            case CommType.JOIN:
                self._join(item)
            case CommType.PUSH:
                self._pushed(item)
            case kind if kind in DOWNLINK_KINDS:
                self._downlink(item)
            case kind:
                self.frame_log.count_unknown(str(kind))

    def _gateway_heard(self, eui: str, at: float, *, call: bool) -> None:
        gateway = self.gateways.get(eui)
        if gateway is None:
            gateway = Gateway(eui, self._names.get(eui, eui.upper()))
            self.gateways[eui] = gateway
            gateway.alive(at, call=call)
            self.device_manager.update(eui)
        else:
            gateway.alive(at, call=call)
            self.dispatcher.notify(eui)
        self.schedule_save()

    def _device(self, item: Communication) -> LorawanDevice | None:
        if not item.dev_eui:
            self.frame_log.count_unknown(f"{item.kind} without DevEui")
            return None
        device = self.devices.get(item.dev_eui)
        if device is None:
            device = LorawanDevice(
                device_id=item.dev_eui,
                name=item.dev_eui.upper(),
                dev_eui=item.dev_eui,
            )
            self.devices[item.dev_eui] = device
        if item.app_eui:
            device.app_eui = item.app_eui
            device.facts["spelled"] = item.spelled
        return device

    def _uplink(self, item: Communication) -> None:
        # The server marks what it has received before, by another gateway.
        if item.flag("duplicate") or (device := self._device(item)) is None:
            return
        known = self.device_manager.is_registered(device.device_id)
        uplink = apply_rx(device, item)
        if uplink.new_features or not known:
            self.device_manager.update(device.device_id)
        self.dispatcher.notify(device.device_id, uplink.changed)
        self.dispatcher.fire_event(
            PushEvent(
                resource=device.device_id,
                kind="uplink",
                attributes={
                    "port": item.port,
                    "payload": item.payload.hex() if item.payload is not None else None,
                },
            )
        )
        self.schedule_save()

    def _join(self, item: Communication) -> None:
        if (device := self._device(item)) is None:
            return
        if not self.device_manager.is_registered(device.device_id):
            self.device_manager.update(device.device_id)
        self.dispatcher.fire_event(
            PushEvent(
                resource=device.device_id,
                kind="join",
                attributes={"gateways": list(item.gateways)},
            )
        )
        self.schedule_save()

    def _downlink(self, item: Communication) -> None:
        if (device := self._device(item)) is None:
            return
        if not self.device_manager.is_registered(device.device_id):
            self.device_manager.update(device.device_id)
        error = item.fields.get("error")
        self.dispatcher.fire_event(
            PushEvent(
                resource=device.device_id,
                kind=DOWNLINK_FAILED if error else DOWNLINK_KINDS[item.kind],
                attributes={
                    "reference": item.reference,
                    "port": item.port,
                    "payload": item.payload.hex() if item.payload is not None else None,
                    "command": item.fields.get("command"),
                    "confirmed": item.fields.get("confirmation") is True,
                    **({"error": str(error)} if error else {}),
                },
            )
        )

    def _pushed(self, item: Communication) -> None:
        """Pass on what a scene of the user's pushed to the socket, and take values in it."""
        data = item.fields.get("data")
        if (given := given_values(data)) is not None:
            spelled, values = given
            device = self._device(replace(item, dev_eui=spelled.lower(), spelled=spelled))
            if device is not None:
                known = len(device.values)
                changed = take_values(device, values, moment_of(item, time()))
                if len(device.values) != known or not self.device_manager.is_registered(device.device_id):
                    self.device_manager.update(device.device_id)
                self.dispatcher.notify(device.device_id, changed)
                self.schedule_save()
        self.dispatcher.fire_event(PushEvent(resource=self.hub_id, kind="push", attributes={"data": data}))

    @callback
    @override
    def _check_overdue(self, now: datetime | None) -> None:
        super()._check_overdue(now)
        if self.connection_state is not ConnectionState.LIVE:
            # Nobody is heard then: that says nothing of a gateway.
            return
        for eui, gateway in self.gateways.items():
            if gateway.online and gateway.is_missed(time(), self._listening_since):
                gateway.online = False
                self.dispatcher.notify(eui)

    @override
    def handle_connected(self) -> None:
        self._listening_since = time()

    # Downlinks

    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Send a TX command and return the server's answer to it.

        Success means that the server accepted the request, not that the device has
        received anything.

        Raises:
            UnknownDevice: No uplink or join has told the device's AppEui yet.
            DownlinkFailed: The server said Fail, with its words.
            DownlinkTimeout: No answer with the reference came in time.
            NotConnected: The link is down.

        """
        device = self.devices.get(device_id)
        if device is None or device.app_eui is None:
            raise UnknownDevice
        reference = downlink.reference or f"ha-{uuid4().hex[:12]}"
        if reference in self._pending:
            raise DownlinkFailed("Reference in use")
        pending = self.hass.loop.create_future()
        self._pending[reference] = pending
        try:
            await self._stream.send(tx(device.app_eui, device.facts.get("spelled", device_id), downlink, reference))
            async with asyncio.timeout(ANSWER_TIMEOUT):
                result = await pending
        except TimeoutError:
            raise DownlinkTimeout from None
        finally:
            del self._pending[reference]
        if not result.success:
            raise DownlinkFailed(result.details)
        return {"result": "accepted", "reference": reference}
