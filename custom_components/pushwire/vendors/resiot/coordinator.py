"""Coordinator of ResIOT: one socket for all communications and for TX commands."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
import logging
from time import time
from typing import Any, override
from uuid import uuid4

from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from ...core.coordinator import Builder, PushwireConfigEntry
from ...core.devices import DeviceDescription
from ...lorawan.api.cayenne import take_cayenne
from ...lorawan.api.downlink import (
    NETWORK,
    Downlink,
    DownlinkFailed,
    DownlinkTimeout,
    FieldNotSupported,
    UnknownDevice,
)
from ...lorawan.api.meaning import apply_values
from ...lorawan.api.model import LorawanDevice
from ...lorawan.api.node_commands import UnknownNodeCommand
from ...lorawan.api.shapes import path_of
from ...lorawan.api.uplink import Uplink
from ...lorawan.coordinator import LorawanCoordinator
from ...wire.errors import NotConnected, ResourceNotFound, WireError
from ...wire.events import ButtonTrigger, PushEvent
from ...wire.stream import ConnectionState, Frame, Socket, StreamPolicy
from ...wire.values import NotUnderstood
from .api.client import check_url, open_socket
from .api.clock import TOLERANCE, ServerClock
from .api.downlinks import FAILED, REQUESTED, STEPS, Downlinks, FollowedDownlink
from .api.frames import OTHER_EUI_FIELD, CommType, Communication, Result, parse, tx
from .api.model import (
    DEVICE_COMMUNICATIONS,
    GATEWAY_ACTIVITY,
    HELD_BY_GATEWAYS,
    MAX_CLOCK_DIFFERENCE,
    Gateway,
    add_reception,
    apply_communication,
    apply_last_message,
    event_of,
)
from .api.nodes import Node, Tag, values_of_tags
from .api.receptions import Receptions, receptions_of, uplink_key
from .api.rest import RestClient
from .const import CONF_REST_TOKEN, CONF_REST_URL
from .inventory import Inventory

_LOGGER = logging.getLogger(__name__)

ANSWER_TIMEOUT = 10.0
# Seconds by which the times of one uplink may differ between the socket and REST.
SAME_UPLINK = 1.0
# Properties of an end device, and of the account, that REST changes.
TAGS = "tags"
REST = "rest"

# The vendor documents no keep-alive, and old servers may not answer pings. A connection
# to such a server is closed after a quarter of an hour without any communication.
POLICY = StreamPolicy(idle_timeout=60.0, idle_timeout_no_pong=900.0)


class ResiotCoordinator(LorawanCoordinator):
    """Coordinator of the end devices and gateways of one account."""

    vendor = "resiot"
    hub_manufacturer = "ResIOT"
    hub_model = "LoRaWAN network server"
    secret_fields = frozenset({CONF_REST_TOKEN, CONF_REST_URL, CONF_URL})
    hidden_keys = frozenset({"url"})

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Initialize with one stream."""
        super().__init__(hass, entry, builders)
        self.gateways: dict[str, Gateway] = {}
        self._session = async_get_clientsession(hass, verify_ssl=entry.data.get(CONF_VERIFY_SSL, True))
        # Answers to TX commands, by reference.
        self._pending: dict[str, asyncio.Future[Result]] = {}
        self._downlinks = Downlinks()
        self._gateway_names: dict[str, str] = {}
        self._connected_since = time()
        self._clock = ServerClock()
        self._receptions: defaultdict[str, Receptions] = defaultdict(Receptions)
        self.rest: RestClient | None = None
        self.inventory: Inventory | None = None
        if (base := entry.data.get(CONF_REST_URL)) is not None:
            self.rest = RestClient(self._session, base, entry.data.get(CONF_REST_TOKEN, ""))
            self.inventory = Inventory(
                self.rest,
                background=self.background,
                now=hass.loop.time,
                heard_nodes=self._heard_nodes,
                add_node=self._add_node,
                apply_message=self._apply_last_message,
                apply_tags=self._apply_tags,
                last_uplink=self._last_uplink_of,
                features_changed=lambda node: self.device_manager.update(node.dev_eui),
                count_unknown=self.frame_log.count_unknown,
                results_changed=lambda: self.dispatcher.notify(self.hub_id, {REST}),
            )
        self._stream = self.add_stream(
            "communications",
            self._open,
            take_snapshot=self._take_snapshot,
            policy=POLICY,
        )

    @override
    async def async_start(self) -> None:
        """Open the stream, then read the nodes in the background."""
        await super().async_start()
        if self.inventory is not None:
            self.inventory.start()

    # Devices

    @property
    @override
    def hub_url(self) -> str | None:
        """URL of the server that has the REST interface, which also has the pages."""
        base = self.entry.data.get(CONF_REST_URL)
        # Nothing but the host: an address may hold credentials.
        return None if base is None else str(URL(base).origin())

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the IDs of the account, all end devices and all gateways."""
        yield from super().device_ids()
        yield from (eui for eui in self.gateways if eui not in self.heard.by_eui)

    @override
    def device_list_is_complete(self) -> bool:
        """Return False, because a device is unknown until its first communication."""
        return False

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        """Return the description of the account, a gateway or an end device."""
        if (gateway := self.gateways.get(device_id)) is None:
            return super().device_description(device_id)
        return DeviceDescription(
            device_id=device_id,
            name=gateway.name,
            model="LoRaWAN gateway",
            serial_number=gateway.eui,
            via=self.hub_id,
        )

    @override
    def forget_device(self, device_id: str) -> None:
        """Forget a device or gateway that a person is about to delete; new data brings the device back."""
        self.devices.pop(device_id, None)
        self.gateways.pop(device_id, None)
        self._receptions.pop(device_id, None)
        if self.inventory is not None:
            self.inventory.forget(device_id)
        super().forget_device(device_id)
        self.schedule_save()

    # Storage and diagnostics

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return the gateways, the downlinks that are followed, and the server's clock."""
        return {
            **super().data_to_store(),
            "gateways": [gateway.to_stored() for gateway in self.gateways.values()],
            **({"downlinks": [item.to_stored() for item in self._downlinks.items]} if self._downlinks.items else {}),
            **({"clock": self._clock.to_stored()} if self._clock.is_known else {}),
        }

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Restore the end devices and gateways."""
        super().restore(data)
        self._clock.restore(data.get("clock"))
        self._downlinks.items = self.restore_items(data.get("downlinks"), FollowedDownlink.from_stored)
        for gateway in self.restore_items(data.get("gateways"), Gateway.from_stored):
            self.gateways[gateway.eui] = gateway

    @override
    def diagnostics_data(self) -> Any:
        """Return all end devices and gateways as JSON-like data."""
        return {
            "devices": super().diagnostics_data(),
            "gateways": [self.device_diagnostics_data(eui) for eui in self.gateways],
            **({} if self.rest is None else {"rest": dict(self.rest.results)}),
        }

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return one device or gateway as JSON-like data."""
        data = super().device_diagnostics_data(device_id)
        if (node := self.node_of(device_id)) is not None:
            # Values may be positions.
            tags = {name: {"kind": tag.kind, "writable": tag.is_writable} for name, tag in node.tags.items()}
            data = {**(data or {}), "tags": tags, "commands": list(node.commands)}
        gateway = self.gateways.get(device_id)
        return data if gateway is None else {**(data or {}), **gateway.to_stored()}

    # Connection

    @override
    async def async_check_credentials(self) -> None:
        """Open and close the socket, whose address is the credential."""
        await (await self._open()).close()

    async def _open(self) -> Socket:
        return await open_socket(self._session, check_url(self.entry.data[CONF_URL]))

    async def _take_snapshot(self) -> Callable[[], None]:
        """Read the names of the gateways if the REST interface is configured.

        The server keeps no history. Without the names, the connection is still useful.
        """
        names: Mapping[str, str] = {}
        if self.rest is not None:
            try:
                names = await self.rest.gateway_names()
            except WireError as err:
                self.frame_log.count_unknown(f"rest {err.translation_key}")
        return partial(self._apply_gateway_names, names)

    @callback
    def _apply_gateway_names(self, names: Mapping[str, str]) -> None:
        self._gateway_names.update(names)
        for eui, name in names.items():
            if (gateway := self.gateways.get(eui)) is not None:
                gateway.name = name
                self.schedule_save()
        self.device_manager.sync()

    @override
    def handle_connected(self) -> None:
        """Handle a new connection, before which no gateway could be received."""
        self._connected_since = time()
        if self.inventory is not None:
            self.inventory.handle_connected()

    @override
    def event_triggers(self, device: LorawanDevice) -> list[ButtonTrigger]:
        """Return the device triggers of joins and of the steps of downlinks."""
        return [ButtonTrigger(kind="join", subtype=NETWORK), *super().event_triggers(device)]

    # REST

    def node_of(self, device_id: str) -> Node | None:
        """Return the node of an end device as REST describes it, or None."""
        return None if self.inventory is None else self.inventory.nodes.get(device_id)

    @override
    def has_control(self, device_id: str, key: str) -> bool:
        """Return whether a tag has an entity that writes it, and the server calls it writable."""
        tags = () if (node := self.node_of(device_id)) is None else node.tags.values()
        return any(path_of("", tag.name) == key and tag.is_writable and tag.kind is not None for tag in tags)

    def _heard_nodes(self) -> Iterable[Node]:
        """Yield the nodes that have been received with an AppEUI, which their requests need."""
        for device in self.devices.values():
            if device.app_eui:
                yield Node(device.device_id, device.dev_eui_raw or device.device_id, device.app_eui)

    def _last_uplink_of(self, node: Node) -> float | None:
        device = self.devices.get(node.dev_eui)
        return None if device is None else device.last_uplink

    @callback
    def _add_node(self, node: Node) -> None:
        """Add a node that has not been received yet, or follow its description."""
        device = self.get_or_add(node.dev_eui, node.name or node.dev_eui.upper())
        changed = device.update(**node.details_for(device))
        if changed or not self.device_manager.is_registered(node.dev_eui):
            self.publish(device, changed)
            self.device_manager.update(node.dev_eui)

    def _time_of(self, at: float) -> float | None:
        """Return a time of REST by the clock of this host, or None if it cannot be believed."""
        now = time()
        if self._clock.is_known:
            at -= self._clock.offset
        elif self.rest is None or self.rest.clock_difference is None or abs(self.rest.clock_difference) > TOLERANCE:
            return None
        return min(at, now) if at <= now + TOLERANCE else None

    @callback
    def _apply_last_message(self, node: Node, message: Communication) -> bool:
        """Apply the last message before the connection; return whether its time could be used.

        The socket reports everything since then. A message of the past is no event.
        """
        device = self.devices.get(node.dev_eui)
        at = None if message.sent_at is None else self._time_of(message.sent_at)
        if device is None or at is None:
            return False
        is_known = device.last_uplink is not None and at <= device.last_uplink + SAME_UPLINK
        if is_known or at > self._connected_since:
            return True
        changed = apply_last_message(device, message, at)
        if message.payload and not self.decode_payload(device, message.payload, message.port, at, is_new=False):
            changed |= take_cayenne(device, message.port, bytes.fromhex(message.payload), at)
        self.publish(device, changed)
        if message.payload:
            self.note_payload(device)
        return True

    @callback
    def _apply_tags(self, node: Node, tags: Mapping[str, Tag], last_uplink: float | None) -> None:
        """Apply the tags of a node: values that are newer than those of its device, and entities to write them."""
        if (device := self.devices.get(node.dev_eui)) is None:
            return
        changed: set[str] = {TAGS}
        newer = values_of_tags(device, node.tags, tags, time_of=self._time_of, at=last_uplink, now=time())
        for at, values in newer:
            changed |= apply_values(device, values, at)
        device.take_presses()
        kinds = {name: tag.kind for name, tag in node.tags.items()}
        node.tags = dict(tags)
        if kinds != {name: tag.kind for name, tag in tags.items()}:
            self.device_manager.update(node.dev_eui)
        self.publish(device, changed)

    async def async_write_tag(self, device_id: str, name: str, value: str) -> None:
        """Write a tag of a node, and read it again.

        Raises:
            WireError: The server refused the value, or cannot be reached.

        """
        if self.inventory is None or (node := self.node_of(device_id)) is None:
            raise ResourceNotFound(name)
        await self.inventory.async_write_tag(node, name, value)

    async def async_run_node_command(self, device_id: str, command: str, inputs: Mapping[str, Any]) -> None:
        """Run a command of a node, by its tag or its name.

        Raises:
            UnknownNodeCommand: REST lists no such command, or several with the name.
            BadCommandInput: An input is missing, unknown or of another type.
            WireError: The server refused the command, or cannot be reached.

        """
        node = self.node_of(device_id)
        commands = {} if node is None else node.commands
        named = [item for item in commands.values() if item.name == command]
        found = commands.get(command) or (named[0] if len(named) == 1 else None)
        if self.inventory is None or node is None or found is None:
            raise UnknownNodeCommand(command)
        await self.inventory.async_run_command(node, found.tag, found.texts_of(inputs))

    # Frames

    @override
    def apply_frame(self, frame: Frame) -> None:
        """Apply the contents of a frame."""
        for item in parse(frame):
            if isinstance(item, NotUnderstood):
                self.frame_log.count_unknown(str(item))
            elif isinstance(item, Result):
                self._handle_result(item)
            else:
                self._handle_communication(item)

    def _handle_result(self, result: Result) -> None:
        pending = self._pending.get(result.reference)
        if pending is not None and not pending.done():
            pending.set_result(result)

    def _handle_communication(self, item: Communication) -> None:
        self._note_clock(item)
        if item.kind in GATEWAY_ACTIVITY:
            self._note_gateway_activity(item)
        if item.kind is CommType.PUSH:
            if item.dev_eui:
                self._update_device(item)
            self.dispatcher.fire_event(
                PushEvent(resource=self.hub_id, kind="push", attributes={"data": item.fields.get("data")})
            )
        elif item.kind in DEVICE_COMMUNICATIONS:
            if item.dev_eui:
                self._update_device(item)
            else:
                self.frame_log.count_unknown(f"{item.kind} without DevEui")
        elif item.kind not in GATEWAY_ACTIVITY:
            self.frame_log.count_unknown(str(item.kind))

    def _update_device(self, item: Communication) -> None:
        """Apply a communication to its end device, and publish changes and event."""
        now = time()
        at = self._clock.time_of(item.sent_at, now)
        is_late = item.kind in HELD_BY_GATEWAYS and self._clock.is_late(at, now)
        device = self.get_or_add(item.dev_eui, item.dev_eui.upper())
        self.dispatcher.settle(device.device_id)
        if item.kind is CommType.JOIN and not is_late:
            self._receptions[item.dev_eui].forget()
        elif item.kind is CommType.RX:
            before = self._receptions[item.dev_eui].gateways_of(item, now, is_late=is_late)
            self._note_receptions(item, before or set(), at)
            if before is not None:
                self.publish(device, add_reception(device, item, before))
                self.bridge.add_receptions(device.device_id, uplink_key(item), receptions_of(item))
                return
            if item.is_duplicate:
                # Its first report came before the connection, or is another uplink.
                return
        changed = apply_communication(device, item, at)
        if item.kind is CommType.RX and item.payload and not self.decode_payload(device, item.payload, item.port, at):
            changed |= take_cayenne(device, item.port, bytes.fromhex(item.payload), at)
        self.publish(device, changed, None if is_late else event_of(item))
        if item.kind in STEPS:
            self._fire_events(self._downlinks.apply(item, now))
        elif item.kind is CommType.RX and not is_late:
            self._fire_events(self._downlinks.note_uplink(item.dev_eui))
        if item.kind is CommType.RX and item.payload:
            self.note_payload(device)
        # A clock of which nothing is known cannot show that an uplink is late.
        if self.bridge.is_connected and not is_late and (self._clock.is_known or item.sent_at is None):
            self._pass_on(device, item, at)

    def _pass_on(self, device: LorawanDevice, item: Communication, at: float) -> None:
        """Pass a new uplink or a join on to Home Assistant's own LoRaWAN integration."""
        if item.kind is CommType.RX:
            uplink = Uplink(
                key=uplink_key(item), payload=item.payload, port=item.port, at=at, receptions=receptions_of(item)
            )
            self.bridge.note_uplink(device, uplink)
        elif item.kind is CommType.JOIN:
            self.bridge.note_join(device, item.dev_addr, at)

    def _note_receptions(self, item: Communication, before: set[str], at: float) -> None:
        """Note the gateways that report an uplink for the first time."""
        self.note_receptions(tuple(one for one in receptions_of(item) if one.gateway not in before), at)

    @override
    def is_gateway_alive(self, eui: str) -> bool:
        """Return whether a gateway sends keep-alives."""
        return eui in self.gateways and self.gateways[eui].online

    def _fire_events(self, events: Iterable[PushEvent]) -> None:
        for event in events:
            self.dispatcher.fire_event(event)
            self.schedule_save()

    def _note_clock(self, item: Communication) -> None:
        """Note the time of a communication, and log once that the server's clock is wrong."""
        if self._clock.note(item.sent_at, time(), is_live=item.kind is CommType.GATEWAY_ALIVE) and self._clock.offset:
            _LOGGER.warning(
                "%s: the clock of the server is off by %.0f s; the times of uplinks are corrected by this",
                self.frame_log.name,
                self._clock.offset,
            )

    def _note_gateway_activity(self, item: Communication) -> None:
        """Update the gateways of a communication."""
        at = self._clock.time_of(item.sent_at, time())
        for eui in item.gateways:
            if (gateway := self.gateways.get(eui)) is None:
                gateway = self.gateways[eui] = Gateway(eui, self._gateway_names.get(eui, eui.upper()))
            gateway.note_activity(at, is_keep_alive=item.kind is CommType.GATEWAY_ALIVE)
            if self.device_manager.is_registered(eui):
                self.dispatcher.notify(eui)
            else:
                self.device_manager.update(eui)
            self.schedule_save()

    @callback
    @override
    def _check_overdue(self, now: datetime | None) -> None:
        current = time()
        for device in self.devices.values():
            # A clock that was ahead must not make a device available forever.
            if changed := device.put_back(current + MAX_CLOCK_DIFFERENCE, current):
                self.dispatcher.notify(device.device_id, changed)
        super()._check_overdue(now)
        self._expire_downlinks()
        # Without a connection, no gateway is received.
        if self.connection_state is not ConnectionState.LIVE:
            return
        for eui, gateway in self.gateways.items():
            if gateway.online and gateway.is_overdue(current, self._connected_since):
                gateway.online = False
                self.dispatcher.notify(eui)

    # Downlinks

    @override
    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Send a TX command and return the server's answer.

        Success means that the server accepted the command, not that the device received
        the downlink.

        Raises:
            UnknownDevice: The AppEUI of the device is unknown until its first uplink or join.
            FieldNotSupported: A field is set that the server does not support.
            DownlinkFailed: The server refused the command.
            DownlinkTimeout: The server did not answer in time.
            NotConnected: The socket is not connected.

        """
        device = self.devices.get(device_id)
        if device is None or device.app_eui is None:
            raise UnknownDevice
        if downlink.immediately or downlink.retries is not None:
            raise FieldNotSupported("immediately" if downlink.immediately else "retries")
        reference = downlink.reference or f"ha-{uuid4().hex[:12]}"
        if reference in self._pending:
            raise DownlinkFailed("Reference in use")
        item = self._downlinks.request(device_id, downlink, reference, time())
        command = partial(tx, device.app_eui, device.dev_eui_raw or device_id, downlink, reference)
        try:
            result = await self._async_ask(command(), reference)
            if not result.success:
                # The vendor's page spells the field in two ways; a command that was refused was not sent.
                result = await self._async_ask(command(eui_field=OTHER_EUI_FIELD), reference)
        except NotConnected:
            self._downlinks.items.remove(item)
            raise
        if downlink.expires is not None:
            self.background.call_later(downlink.expires, self._expire_downlinks)
        step = REQUESTED if result.success else FAILED
        if item.advance(step):
            self._fire_events([item.event(step, **({} if result.success else {"error": result.details}))])
        if not result.success:
            raise DownlinkFailed(result.details)
        return {"result": "accepted", "reference": reference}

    @callback
    def _expire_downlinks(self) -> None:
        self._fire_events(self._downlinks.expire(time()))

    async def _async_ask(self, command: str, reference: str) -> Result:
        """Send a command, and return the server's answer."""
        pending: asyncio.Future[Result] = self.hass.loop.create_future()
        self._pending[reference] = pending
        try:
            await self._stream.send(command)
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await pending
        except TimeoutError:
            raise DownlinkTimeout from None
        finally:
            del self._pending[reference]
