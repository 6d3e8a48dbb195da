"""Parser for ELEMENT's socket frames, which contain readings and packets.

Wire code. A frame is a JSON array of envelopes ``{"event": …, "body": …}``; a single
envelope and a bare reading or packet are accepted as well. The answer to a text ping is
the bare word ``pong``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any, Final

import orjson

from ....lorawan.api.gateways import Reception
from ....lorawan.api.model import Radio
from ....wire.values import NotUnderstood, as_datetime, as_dict, as_float, as_list, as_text, integer

READING_ADDED: Final = "reading_added"
PACKET_ADDED: Final = "packet_added"
PONGS: Final = ("pong", b"pong")


class PacketType(StrEnum):
    """Direction of a packet."""

    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class Packet:
    """LoRaWAN frame as the platform stores it; times are Unix times in seconds.

    Not frozen: a frozen dataclass would dominate the parse time.

    Attributes:
        inserted: ``inserted_at`` as the platform wrote it, for the replay cursor.
        payload: Payload in hex, or None if it is not binary.
        amended: Whether the platform completed the packet after it was first sent.
        is_parsed: Whether the packet has a payload that parsers are meant to decode.
        acknowledges: Whether the device acknowledges a confirmed downlink.
        receptions: Receptions of an uplink by all gateways.
        device: REST object of the device, or None if it was not preloaded.

    """

    id: str
    device_id: str
    kind: str
    transceived_at: float
    inserted_at: float
    inserted: str
    payload: str | None = None
    radio: Radio = field(default_factory=Radio)
    amended: bool = False
    is_parsed: bool = False
    acknowledges: bool = False
    receptions: tuple[Reception, ...] = ()
    device: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Reading:
    """Decoded values of one measurement; times are Unix times in seconds.

    Not frozen: a frozen dataclass would dominate the parse time.

    Attributes:
        inserted: ``inserted_at`` as the platform wrote it, for the replay cursor.
        data: Values by the parser's names, nested as they were received.
        location: Latitude and longitude in degrees, or None.
        device: REST object of the device, or None if it was not preloaded.
        packet: Packet of the reading, or None if it was not preloaded.

    """

    id: str
    device_id: str
    measured_at: float
    inserted_at: float
    inserted: str
    data: Mapping[str, Any]
    packet_id: str | None = None
    location: tuple[float, float] | None = None
    device: Mapping[str, Any] | None = None
    packet: Packet | None = None


def parse(frame: str | bytes) -> Iterator[Reading | Packet | NotUnderstood]:
    """Yield the items of a frame, and an exception in place of each unusable one."""
    if frame in PONGS:
        return
    try:
        data = orjson.loads(frame)
    except orjson.JSONDecodeError:
        yield NotUnderstood("not json" if frame else "empty")
        return
    for item in data if isinstance(data, list) else [data]:
        try:
            yield read_item(item)
        except NotUnderstood as err:
            yield err


def read_item(item: Any) -> Reading | Packet:
    """Return the item of an envelope, or of a bare reading or packet.

    Raises:
        NotUnderstood: The data is neither a reading nor a packet.

    """
    if not isinstance(item, dict):
        raise NotUnderstood(f"json {type(item).__name__}")
    event, body = item.get("event"), item.get("body", item)
    if not isinstance(body, dict):
        raise NotUnderstood("no body")
    if event == READING_ADDED or (event is None and "measured_at" in body):
        return read_reading(body)
    if event == PACKET_ADDED or (event is None and "packet_type" in body):
        return read_packet(body)
    raise NotUnderstood(f"event {str(event)[:32]}")


def read_reading(body: Mapping[str, Any]) -> Reading:
    """Return the reading of an object from a socket or REST.

    Raises:
        NotUnderstood: The object has no ID, device or time.

    """
    inserted = body.get("inserted_at")
    if (measured_at := _unix_time(body.get("measured_at"))) is None:
        raise NotUnderstood("reading without time")
    inserted_at = _unix_time(inserted) or measured_at
    location, device, packet = body.get("location"), body.get("device"), body.get("packet")
    return Reading(
        id=_identifier(body, "id"),
        device_id=_identifier(body, "device_id"),
        # With a clock that is ahead, a device would hide its own later values.
        measured_at=min(measured_at, inserted_at),
        inserted_at=inserted_at,
        inserted=inserted if isinstance(inserted, str) else str(body["measured_at"]),
        data=as_dict(body.get("data")),
        packet_id=as_text(body.get("packet_id")),
        # A reading has these only with a tracker, or in a socket that preloads them.
        location=location_of(as_dict(location)) if location else None,
        device=as_dict(device) or None,
        packet=_preloaded_packet(as_dict(packet)) if packet else None,
    )


def _preloaded_packet(body: Mapping[str, Any]) -> Packet | None:
    try:
        return read_packet(body)
    except NotUnderstood:
        return None


def read_packet(body: Mapping[str, Any]) -> Packet:
    """Return the packet of an object from a socket or REST.

    Raises:
        NotUnderstood: The object has no ID, device or time.

    """
    meta = as_dict(body.get("meta"))
    inserted, payload = body.get("inserted_at"), body.get("payload")
    transceived = body.get("transceived_at") or inserted
    if (transceived_at := _unix_time(transceived)) is None:
        raise NotUnderstood("packet without time")
    inserted_at = _unix_time(inserted) or transceived_at
    return Packet(
        id=_identifier(body, "id"),
        device_id=_identifier(body, "device_id"),
        kind=str(body.get("packet_type")),
        transceived_at=min(transceived_at, inserted_at),
        inserted_at=inserted_at,
        inserted=inserted if isinstance(inserted, str) else str(transceived),
        payload=payload.lower()
        if isinstance(payload, str) and body.get("payload_encoding") in ("binary", None)
        else None,
        radio=_radio(meta),
        amended=meta.get("updated") is True,
        # Port 0 carries commands of the network server.
        is_parsed=bool(payload)
        and meta.get("frame_port") != 0
        and body.get("skip_parsers") is not True
        and body.get("is_meta") is not True,
        acknowledges=meta.get("ack") is True,
        receptions=tuple(
            Reception(eui.lower(), as_float(item.get("rssi")), as_float(item.get("snr")))
            for item in _gateways(meta)
            if (eui := as_text(item.get("router_id_hex"))) is not None
        ),
        device=as_dict(body.get("device")) or None,
    )


def _radio(meta: Mapping[str, Any]) -> Radio:
    """Return the reception by the gateway with the best signal."""
    gateways = _gateways(meta)
    best = max(gateways, key=_signal, default={})
    region = as_dict(meta.get("region_meta"))
    return Radio(
        rssi=as_float(best.get("rssi")),
        snr=as_float(best.get("snr")),
        spreading_factor=integer(region.get("spreadingfactor")),
        frequency=as_float(meta.get("frequency")),
        bandwidth=as_float(region.get("bandwidth")),
        port=integer(meta.get("frame_port")),
        frame_counter=integer(meta.get("frame_count_up")),
        gateway=as_text(best.get("router_id_hex")),
        gateway_count=len(gateways) or None,
        airtime=as_float(meta.get("lorawan_toa_ms")),
    )


def _gateways(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for item in as_list(meta.get("gateway_stats")) if isinstance(item, dict)]


def _signal(gateway: Mapping[str, Any]) -> tuple[float, float]:
    """Return SNR and RSSI, by which gateways are compared."""
    snr, rssi = as_float(gateway.get("snr")), as_float(gateway.get("rssi"))
    return -inf if snr is None else snr, -inf if rssi is None else rssi


def _identifier(body: Mapping[str, Any], key: str) -> str:
    if (value := as_text(body.get(key))) is None:
        raise NotUnderstood(f"no {key}")
    return value


def _unix_time(value: Any) -> float | None:
    return None if (time := as_datetime(value)) is None else time.timestamp()


def location_of(value: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return latitude and longitude of a GeoJSON point, which contains them in reverse order.

    In the vendor's sample, the point is nested in an object of the same name.
    """
    point = as_dict(value.get("location")) or value
    coordinates = as_list(point.get("coordinates"))
    if len(coordinates) < 2:  # noqa: PLR2004
        return None
    longitude, latitude = as_float(coordinates[0]), as_float(coordinates[1])
    return None if latitude is None or longitude is None else (latitude, longitude)
