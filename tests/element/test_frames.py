"""Frames and the model, without Home Assistant."""

from typing import Any

from hypothesis import given, settings, strategies as st
import orjson
import pytest

from custom_components.pushwire.lorawan.api.model import LorawanDevice
from custom_components.pushwire.vendors.element.api.frames import Packet, Reading, parse
from custom_components.pushwire.vendors.element.api.model import (
    MAX_RECENT_IDS,
    Cursor,
    RecentIds,
    apply_item,
    device_details,
    interval_of,
    is_active_device,
    to_timestamp,
)
from custom_components.pushwire.wire.values import NotUnderstood

READING: dict[str, Any] = {
    "id": "r1",
    "device_id": "d1",
    "packet_id": "p1",
    "measured_at": "2026-10-01T10:00:00.000000Z",
    "inserted_at": "2026-10-01T10:00:01.500000Z",
    "location": None,
    "data": {"temperature": 21.5},
}
PACKET: dict[str, Any] = {
    "id": "p1",
    "device_id": "d1",
    "packet_type": "up",
    "payload_encoding": "binary",
    "payload": "AFFE",
    "transceived_at": "2026-10-01T10:00:00Z",
    "inserted_at": "2026-10-01T10:00:01.5Z",
    "meta": {
        "frame_port": 2,
        "frame_count_up": 17,
        "frequency": 868.3,
        "region_meta": {"spreadingfactor": 7, "bandwidth": 125},
        "gateway_stats": [
            {"router_id_hex": "A", "rssi": -117, "snr": -3.2},
            {"router_id_hex": "B", "rssi": "-90", "snr": "7.5"},
            None,
        ],
    },
}
TIME = 1790848800.0


def parse_one(frame: object) -> Reading | Packet | NotUnderstood:
    """Return the only item of a frame."""
    items = list(parse(frame if isinstance(frame, str | bytes) else orjson.dumps(frame)))
    assert len(items) == 1
    return items[0]


def test_several_items_in_one_frame() -> None:
    frame = [{"event": "reading_added", "body": READING}, 7, {"event": "packet_added", "body": PACKET}]
    kinds = [type(item).__name__ for item in parse(orjson.dumps(frame))]
    assert kinds == ["Reading", "NotUnderstood", "Packet"]


@pytest.mark.parametrize(
    "frame", [[{"event": "reading_added", "body": READING}], {"event": "reading_added", "body": READING}, READING]
)
def test_a_reading_in_every_envelope(frame: object) -> None:
    item = parse_one(frame)
    assert isinstance(item, Reading)
    assert (item.id, item.device_id, item.packet_id) == ("r1", "d1", "p1")
    assert (item.measured_at, item.inserted_at) == (TIME, TIME + 1.5)
    assert item.inserted == READING["inserted_at"]
    assert item.data == {"temperature": 21.5}


def test_a_packet() -> None:
    item = parse_one(PACKET)
    assert isinstance(item, Packet)
    assert (item.kind, item.payload, item.amended) == ("up", "affe", False)
    radio = item.radio
    # The reception is that of the gateway with the best signal.
    assert (radio.gateway, radio.rssi, radio.snr, radio.gateway_count) == ("B", -90, 7.5, 2)
    assert (radio.spreading_factor, radio.bandwidth, radio.frequency) == (7, 125, 868.3)
    assert (radio.port, radio.frame_counter) == (2, 17)


def test_an_snr_of_zero_is_a_better_signal_than_a_negative_one() -> None:
    gateways = [{"router_id_hex": "A", "snr": -3.2}, {"router_id_hex": "B", "snr": 0}, {"router_id_hex": "C"}]
    item = parse_one({**PACKET, "meta": {"gateway_stats": gateways}})
    assert isinstance(item, Packet)
    assert (item.radio.gateway, item.radio.snr) == ("B", 0)


@pytest.mark.parametrize("encoding,payload", [("json", {"a": 1}), ("utf8", "hello"), ("binary", None), (None, 7)])
def test_payloads_that_are_not_binary(encoding: object, payload: object) -> None:
    item = parse_one({**PACKET, "payload_encoding": encoding, "payload": payload})
    assert isinstance(item, Packet)
    assert item.payload is None


@pytest.mark.parametrize(
    "location,result",
    [
        (None, None),
        ({"type": "Point", "coordinates": [9.99, 53.55]}, (53.55, 9.99)),
        ({"location": {"type": "Point", "coordinates": ["9.99", 53.55]}}, (53.55, 9.99)),
        ({"coordinates": [9.99]}, None),
        ({"coordinates": ["x", 1]}, None),
        ("here", None),
    ],
)
def test_locations(location: object, result: object) -> None:
    item = parse_one({**READING, "location": location})
    assert isinstance(item, Reading)
    assert item.location == result


def test_times() -> None:
    naive = parse_one({**READING, "measured_at": "2026-10-01T10:00:00", "inserted_at": None})
    assert isinstance(naive, Reading)
    assert (naive.measured_at, naive.inserted_at, naive.inserted) == (TIME, TIME, "2026-10-01T10:00:00")
    ahead = parse_one({**READING, "measured_at": "2036-10-01T10:00:00Z"})
    assert isinstance(ahead, Reading)
    assert ahead.measured_at == ahead.inserted_at == TIME + 1.5
    packet = parse_one({**PACKET, "transceived_at": None, "inserted_at": "2026-10-01T10:00:00Z"})
    assert isinstance(packet, Packet)
    assert packet.transceived_at == TIME
    assert to_timestamp(TIME) == "2026-10-01T10:00:00.000000Z"


@pytest.mark.parametrize(
    "frame,kind",
    [
        (b"", "empty"),
        (b"\xff", "not json"),
        ("{", "not json"),
        ("7", "json int"),
        ("null", "json NoneType"),
        ({"event": "reading_added", "body": None}, "no body"),
        ({"event": "reading_exploded", "body": READING}, "event reading_exploded"),
        ({}, "event None"),
        ({**READING, "measured_at": "yesterday"}, "reading without time"),
        ({"event": "reading_added", "body": {**READING, "measured_at": 7}}, "reading without time"),
        ({**READING, "id": ""}, "no id"),
        ({**READING, "device_id": 7}, "no device_id"),
        ({**PACKET, "transceived_at": None, "inserted_at": None}, "packet without time"),
    ],
)
def test_unusable_frames_are_named(frame: object, kind: str) -> None:
    item = parse_one(frame)
    assert isinstance(item, NotUnderstood)
    assert str(item) == kind


def test_pongs_and_empty_arrays_contain_no_items() -> None:
    for frame in ("pong", b"pong", "[]"):
        assert list(parse(frame)) == []


def test_a_preloaded_packet() -> None:
    item = parse_one({**READING, "packet": PACKET})
    assert isinstance(item, Reading)
    assert item.packet is not None
    assert item.packet.id == "p1"
    for broken in ({}, 7, {**PACKET, "id": None}):
        item = parse_one({**READING, "packet": broken})
        assert isinstance(item, Reading)
        assert item.packet is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*READING, *PACKET, "event", "body", "packet", "device", "x"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)
ODD_TIMES = st.sampled_from(["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-10-01T10:00:00Z"])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_bytes(frame: str | bytes) -> None:
    list(parse(frame))


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([READING, PACKET]),
    st.dictionaries(st.sampled_from([*READING, *PACKET, "packet", "device"]), JSON | ODD_TIMES, max_size=4),
)
def test_any_value_in_any_field(base: dict[str, Any], change: dict[str, Any]) -> None:
    """An item with any value in any field is either applied or reported as unusable."""
    device = LorawanDevice(device_id="d1", name="x")
    try:
        frame = orjson.dumps({**base, **change})
    except TypeError, ValueError:
        return
    for item in parse(frame):
        if not isinstance(item, NotUnderstood):
            apply_item(device, item, readings_only=True)
    device.update(**device_details({**base, **change}))


def test_only_uplinks_change_a_device() -> None:
    device = LorawanDevice(device_id="d1", name="x")
    down = parse_one({**PACKET, "packet_type": "down"})
    assert isinstance(down, Packet)
    assert apply_item(device, down, readings_only=False) == set()
    bare = parse_one({**PACKET, "meta": None, "payload": None})
    assert isinstance(bare, Packet)
    assert "last_uplink" in apply_item(device, bare, readings_only=False)
    assert device.radio.rssi is None


def test_the_cursor_never_moves_back() -> None:
    cursor = Cursor.at(TIME)
    items = [
        parse_one({**READING, "id": name, "inserted_at": f"2026-10-01T10:00:0{second}Z"})
        for name, second in (("a", 2), ("b", 2), ("b", 2), ("c", 1))
    ]
    for item in items:
        assert isinstance(item, Reading)
        cursor.move(item)
    assert (cursor.after, cursor.ids) == ("2026-10-01T10:00:02Z", ["a", "b"])


def test_only_the_last_ids_are_kept() -> None:
    recent_ids = RecentIds()
    assert all(recent_ids.add(str(number)) for number in range(MAX_RECENT_IDS + 1))
    assert not recent_ids.add(str(MAX_RECENT_IDS))
    assert recent_ids.add("0")


def test_details_of_a_device() -> None:
    device = LorawanDevice(device_id="d1", name="x")
    body = {
        "name": "Zähler",
        "interfaces": [None, {"opts": None}, {"opts": {"device_eui": "04B6480450000001"}}],
        "tags": [{"name": "Gebäude / Keller"}],
        "stats": {"packet_interval": {"months": 0, "days": 1, "secs": "60"}},
        "fields": {"profil": {"Hersteller": "ZENNER", "typ": "EDC", "Zaehlernummer": 4711, "serial": ""}, "x": 7},
    }
    assert device.update(**device_details(body)) == {
        *("name", "dev_eui", "area", "server_interval"),
        *("manufacturer", "model", "serial_number"),
    }
    assert device.update(**device_details(body)) == set()
    assert (device.name, device.dev_eui, device.area) == ("Zähler", "04b6480450000001", "Keller")
    assert (device.manufacturer, device.model, device.serial_number) == ("ZENNER", "EDC", "4711")
    assert device.server_interval == 86460
    # Missing fields keep their values; the end of the folder list removes the folder.
    device.update(**device_details({"name": None, "tags": [], "stats": {"packet_interval": None}}))
    assert (device.name, device.area, device.server_interval) == ("Zähler", None, 86460)
    for value in (None, 7, {}, {"secs": "x"}):
        assert interval_of(value) is None
    assert interval_of({"months": 1}) == 30 * 86400
    assert is_active_device({"id": "x", "deleted_at": None})
    assert not is_active_device({"id": "x", "deleted_at": "2026-10-01T10:00:00Z"})
    assert not is_active_device({})
