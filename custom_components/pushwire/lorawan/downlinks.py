"""Downlinks of a call: their encoding by a codec, and the wait for their outcome."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from ..wire.events import PushEvent
from .api.codecs.codec import CodecError
from .api.codecs.javascript import JavaScriptCodec
from .api.downlink import Downlink, EncodingFailed, NoEncoder, check_data_rate
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
    coordinator: LorawanCoordinator, device_id: str, data: Mapping[str, Any], port: int | None
) -> tuple[bytes, int | None]:
    """Return the payload and the port of fields, as the codec of a device encodes them.

    Raises:
        NoEncoder: The device has no codec, or one that only decodes.
        EncodingFailed: The codec refuses the fields; the details say why.

    """
    device = coordinator.devices.get(device_id)
    known = None if device is None else coordinator.codecs.find(device)
    if known is None or not isinstance(known.codec, JavaScriptCodec) or not known.codec.encodes:
        raise NoEncoder
    try:
        return await coordinator.codecs.thread.async_run(coordinator.hass, known.codec.encode, data, port)
    except CodecError as err:
        raise EncodingFailed(f"{err.reason} {err.details}".strip()) from None


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
