"""ELEMENT's socket frames: arrays of readings and packets.

Wire code. A frame is a JSON array of envelopes ``{"event": …, "body": …}`` with one or
several items; a lone envelope and a bare reading or packet are read as well. The
answer to a text ping is the bare word ``pong``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from ....lorawan.api.model import Radio, Scalar, integer, number
from ....wire.values import NotUnderstood

READING_ADDED: Final = "reading_added"
PACKET_ADDED: Final = "packet_added"
PONGS: Final = ("pong", b"pong")


class PacketType(StrEnum):
    """Directions of a packet."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Packet:
    """A LoRaWAN frame as the platform keeps it; times are Unix seconds.

    Attributes:
        payload: Hex, or None when it is no binary payload.
        amended: Whether it was completed after it had been announced.

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
    device: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Decoded values of one moment; times are Unix seconds.

    Attributes:
        inserted: ``inserted_at`` as the platform wrote it, for the replay cursor.
        data: The parser's values, nested as they came.
        location: Latitude and longitude in degrees, or None.

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
    """Yield a frame's items; what cannot be used is yielded as what it is."""
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
    """Read an envelope, or a bare reading or packet.

    Raises:
        NotUnderstood: It is neither.

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
    """Read a reading as socket and REST give it.

    Raises:
        NotUnderstood: It has no id, device or time.

    """
    data = body.get("data")
    device, packet = body.get("device"), body.get("packet")
    measured, inserted = _moment(body.get("measured_at")), body.get("inserted_at")
    if measured is None:
        raise NotUnderstood("reading without time")
    inserted_at = _moment(inserted) or measured
    return Reading(
        id=_identifier(body, "id"),
        device_id=_identifier(body, "device_id"),
        # A device whose clock is ahead would outdo every later value of its own.
        measured_at=min(measured, inserted_at),
        inserted_at=inserted_at,
        inserted=inserted if isinstance(inserted, str) else str(body["measured_at"]),
        data=data if isinstance(data, dict) else {},
        packet_id=_text(body.get("packet_id")),
        location=_location(body.get("location")),
        device=device if isinstance(device, dict) else None,
        packet=_preloaded(packet),
    )


def _preloaded(body: Any) -> Packet | None:
    if not isinstance(body, dict):
        return None
    try:
        return read_packet(body)
    except NotUnderstood:
        return None


def read_packet(body: Mapping[str, Any]) -> Packet:
    """Read a packet as socket and REST give it.

    Raises:
        NotUnderstood: It has no id, device or time.

    """
    meta = body.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    payload, device = body.get("payload"), body.get("device")
    transceived = body.get("transceived_at") or body.get("inserted_at")
    moment = _moment(transceived)
    if moment is None:
        raise NotUnderstood("packet without time")
    inserted = body.get("inserted_at")
    inserted_at = _moment(inserted) or moment
    return Packet(
        id=_identifier(body, "id"),
        device_id=_identifier(body, "device_id"),
        kind=str(body.get("packet_type")),
        transceived_at=min(moment, inserted_at),
        inserted_at=inserted_at,
        inserted=inserted if isinstance(inserted, str) else str(transceived),
        payload=payload.lower()
        if isinstance(payload, str) and body.get("payload_encoding") in ("binary", None)
        else None,
        radio=_radio(meta),
        amended=meta.get("updated") is True,
        device=device if isinstance(device, dict) else None,
    )


def _radio(meta: Mapping[str, Any]) -> Radio:
    """Return how the gateway that heard best has heard it."""
    stats = meta.get("gateway_stats")
    gateways = [item for item in stats if isinstance(item, dict)] if isinstance(stats, list) else []
    best = max(
        gateways,
        key=lambda item: (number(item.get("snr")) or -99.0, number(item.get("rssi")) or -999.0),
        default={},
    )
    region = meta.get("region_meta")
    region = region if isinstance(region, dict) else {}
    return Radio(
        rssi=number(best.get("rssi")),
        snr=number(best.get("snr")),
        spreading_factor=integer(region.get("spreadingfactor")),
        frequency=number(meta.get("frequency")),
        bandwidth=number(region.get("bandwidth")),
        port=integer(meta.get("frame_port")),
        frame_counter=integer(meta.get("frame_count_up")),
        gateway=_text(best.get("router_id_hex")),
        gateway_count=len(gateways) or None,
    )


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) and value else None


def _identifier(body: Mapping[str, Any], key: str) -> str:
    if (value := _text(body.get(key))) is None:
        raise NotUnderstood(f"no {key}")
    return value


def _moment(value: Any) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def _location(value: Any) -> tuple[float, float] | None:
    """Return latitude and longitude of a GeoJSON point, whose order is the reverse.

    The vendor's sample nests a second object of the same name.
    """
    if isinstance(value, dict) and isinstance(value.get("location"), dict):
        value = value["location"]
    coordinates = value.get("coordinates") if isinstance(value, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:  # noqa: PLR2004
        return None
    longitude, latitude = number(coordinates[0]), number(coordinates[1])
    return None if latitude is None or longitude is None else (latitude, longitude)
