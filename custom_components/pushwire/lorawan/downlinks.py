"""Downlinks of a call: their encoding by a codec, and the wait for their outcome."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from homeassistant.core import HomeAssistant

from ..wire.events import PushEvent
from .api.codecs.codec import Codec, CodecError
from .api.codecs.javascript import JavaScriptCodec
from .api.controls import Content
from .api.downlink import Downlink, EncodingFailed, NoEncoder, check_data_rate, check_length, check_port
from .codecs import ScriptThread
from .coordinator import LorawanCoordinator


class WaitFor(StrEnum):
    """Step for which a call waits."""

    ACCEPTED = "accepted"
    SENT = "sent"
    CONFIRMED = "confirmed"


_FAILURES: Final = frozenset({"expired", "failed", "not_confirmed"})
_OUTCOMES: Final[Mapping[WaitFor, frozenset[str]]] = {
    WaitFor.SENT: _FAILURES | {"acknowledged", "handled", "sent"},
    WaitFor.CONFIRMED: _FAILURES | {"acknowledged"},
}
# Longest waits in seconds, for a call that does not set one. A server need not report that it has sent a
# downlink; that a device has not confirmed one is certain after a day.
_LIMITS: Final[Mapping[WaitFor, float]] = {WaitFor.SENT: 600.0, WaitFor.CONFIRMED: 86460.0}


async def async_encode(
    coordinator: LorawanCoordinator, device_id: str, content: Content, port: int | None
) -> tuple[bytes, int]:
    """Return the payload and the port of a content, as the codec of a device encodes its fields.

    Raises:
        NoEncoder: The device has no codec, or one that only decodes.
        EncodingFailed: The codec refuses the fields; the details say why.
        BadPayload: The payload is too long.
        BadPort: Neither the codec nor a person has chosen a port, or it is reserved.

    """
    device = coordinator.devices.get(device_id)
    known = None if device is None else coordinator.codecs.find(device)
    codec = None if known is None else known.codec
    return await async_encode_with(coordinator.hass, coordinator.codecs.thread, codec, content, port)


async def async_encode_with(
    hass: HomeAssistant, thread: ScriptThread, codec: Codec | None, content: Content, port: int | None
) -> tuple[bytes, int]:
    """Return the payload and the port of a content; see ``async_encode``."""
    if content.payload is not None:
        return content.payload, check_port(port)
    if not isinstance(codec, JavaScriptCodec) or not codec.encodes:
        raise NoEncoder
    try:
        payload, port = await thread.async_run(hass, codec.encode, content.data, port)
    except CodecError as err:
        raise EncodingFailed(f"{err.reason} {err.details}".strip()) from None
    return check_length(payload), check_port(port)


async def async_send(
    coordinator: LorawanCoordinator, device_id: str, downlink: Downlink, wait_for: WaitFor
) -> dict[str, Any]:
    """Send a downlink, and return the server's answer with the step that was reached and a warning, if there is one.

    Raises:
        WireError: The downlink was refused, not answered, or could not be sent.

    """
    device = coordinator.devices.get(device_id)
    warning = (
        None
        if device is None
        else check_data_rate(downlink.payload, device.radio.spreading_factor, device.radio.frequency)
    )
    answer = await _async_follow(coordinator, device_id, downlink, wait_for)
    return answer if warning is None else {**answer, "warning": warning}


async def _async_follow(
    coordinator: LorawanCoordinator, device_id: str, downlink: Downlink, wait_for: WaitFor
) -> dict[str, Any]:
    """Send a downlink in its turn, and return the answer after the awaited step."""
    if wait_for is WaitFor.ACCEPTED:
        return dict(await coordinator.downlink_queue.async_send(device_id, downlink))
    if not downlink.reference:
        downlink = replace(downlink, reference=f"ha-{uuid4().hex[:12]}")
    outcome: asyncio.Future[PushEvent] = coordinator.hass.loop.create_future()
    reached = WaitFor.ACCEPTED.value

    def receive(event: PushEvent) -> bool:
        nonlocal reached
        if event.attributes.get("reference") == downlink.reference:
            reached = event.kind
            if event.kind in _OUTCOMES[wait_for] and not outcome.done():
                outcome.set_result(event)
        # The event entity shows it.
        return False

    unsubscribe = coordinator.dispatcher.subscribe_events(device_id, receive)
    try:
        answer = dict(await coordinator.downlink_queue.async_send(device_id, downlink))
        async with asyncio.timeout(_LIMITS[wait_for] if downlink.expires is None else downlink.expires + 1):
            event = await outcome
    except TimeoutError:
        return {**answer, "result": reached}
    finally:
        unsubscribe()
    error = event.attributes.get("error")
    return {**answer, "result": event.kind, **({"error": error} if error else {})}
