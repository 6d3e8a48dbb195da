"""Frames and the model, without Home Assistant."""

from random import Random
from typing import Any

from hypothesis import given, settings, strategies as st
import orjson
import pytest

from custom_components.pushwire.lorawan.api.downlink import Downlink
from custom_components.pushwire.lorawan.api.model import LorawanDevice
from custom_components.pushwire.vendors.resiot.api.frames import (
    CommType,
    Communication,
    Result,
    node_tag_values,
    parse,
    pushed_values,
    tx,
)
from custom_components.pushwire.vendors.resiot.api.model import Gateway, apply_communication
from custom_components.pushwire.wire.values import NotUnderstood

RX: dict[str, Any] = {
    "CommType": "comm_rx",
    "Connector": "636f6e313332",
    "AppEui": "006C3B194374AC7F",
    "DevEui": "0732227A557D8679",
    "Port": "2",
    "GatewayEUIs": ["218000AC0000a05f"],
    "Payload": "01670110",
    "Extra": {"duplicate": "false", "rssi": "-18", "seqno": "1953", "sf": "7", "snr": "9.5"},
    "DT": "2017-06-15T09:36:46.5295312+02:00",
}


def parse_one(frame: object) -> Communication | Result | NotUnderstood:
    """Return the only content of a frame."""
    items = list(parse(frame if isinstance(frame, str | bytes) else orjson.dumps(frame)))
    assert len(items) == 1
    return items[0]


def parse_communication(frame: object) -> Communication:
    """Return the communication of a frame."""
    item = parse_one(frame)
    assert isinstance(item, Communication)
    return item


@pytest.mark.parametrize(
    "word,kind",
    [
        ("comm_gwalive", CommType.GATEWAY_ALIVE),
        ("comm_txconfirm", CommType.TX_CONFIRM),
        ("tx_confirm", CommType.TX_CONFIRM),
        ("comm_tx_confirm", CommType.TX_CONFIRM),
        ("COMM_RX", CommType.RX),
        ("rx", CommType.RX),
        ("comm_neverseen", "comm_neverseen"),
    ],
)
@pytest.mark.parametrize("key", ["CommType", "MsgType", "commtype", "msgtype"])
def test_kinds_of_communication(key: str, word: str, kind: CommType | str) -> None:
    assert parse_communication({key: word}).kind == kind


def test_a_communication() -> None:
    item = parse_communication(RX)
    # Commands use the server's spelling of the DevEUI.
    assert (item.dev_eui, item.dev_eui_raw, item.app_eui) == (
        "0732227a557d8679",
        "0732227A557D8679",
        "006C3B194374AC7F",
    )
    assert (item.port, item.payload, item.gateways) == (2, "01670110", ("218000ac0000a05f",))
    assert item.sent_at == 1497512206.529531
    assert not item.is_duplicate
    radio = item.radio
    assert (radio.rssi, radio.snr, radio.spreading_factor, radio.frame_counter) == (-18.0, 9.5, 7, 1953)
    assert (radio.frequency, radio.port, radio.gateway, radio.gateway_count) == (None, 2, "218000ac0000a05f", 1)


@pytest.mark.parametrize("extra", [None, [], {}, "text", 7, [None, 7, {"fieldname": None}], [{"fieldname": "x"}]])
def test_extra_fields_in_every_form(extra: object) -> None:
    assert parse_communication({**RX, "Extra": extra}).radio.rssi is None


@pytest.mark.parametrize(
    "text",
    [None, "", 7, "yesterday", "0001-01-01T00:00:00Z", "2017-06-15T09:36:46", "0001-01-01 00:00:00 +0000 UTC"],
)
def test_unusable_times(text: object) -> None:
    assert parse_communication({**RX, "DT": text}).sent_at is None


@pytest.mark.parametrize("payload", [None, 7, "zz", "016"])
def test_unusable_payloads(payload: object) -> None:
    assert parse_communication({**RX, "Payload": payload}).payload is None


@pytest.mark.parametrize(
    "frame,kinds",
    [
        ('{"Command":"rx"}', ["rx"]),
        ('{"msgtype":"data_uplink"}', ["rx"]),
        ('{"CommType":"comm_tx","Command":"reboot"}', ["tx"]),
        ('{"CommType":"comm_rx"}{"CommType":"comm_join"} {"Command":"gwalive"}', ["rx", "join", "gwalive"]),
        ('{"CommType":"comm_rx"}x{"CommType":"comm_join"}', ["rx", None, "join"]),
        ('{"CommType":"comm_rx","Extra":{"rssi":"-1"}{"CommType":"comm_join"}', [None, None, "join"]),
        ('{"CommType":"comm_rx","Port":NaN}\n{"CommType":"comm_join"}', [None, "join"]),
        ('{"CommType":"comm_join"}' + '{"a":' * 5000, ["join"] + [None] * 99),
    ],
)
def test_kinds_and_documents_in_other_forms(frame: str, kinds: list[str | None]) -> None:
    assert [item.kind if isinstance(item, Communication) else None for item in parse(frame)] == kinds


@pytest.mark.parametrize("text", ["2017-06-15 07:36:46.5 +0000 UTC m=+1.2", "2017-06-15 09:36:46.5 +0200 CEST"])
def test_times_in_the_form_of_go(text: str) -> None:
    assert parse_communication({**RX, "DT": text}).sent_at == 1497512206.5


def test_several_documents_in_one_frame() -> None:
    lines = [orjson.dumps(RX).decode(), "nonsense", "", "[]", '{"CommType":7}', '{"Result":"Success","Reference":"x"}']
    kinds = [type(item).__name__ for item in parse("\n".join(lines))]
    assert kinds == ["Communication", "NotUnderstood", "NotUnderstood", "NotUnderstood", "Result"]


@pytest.mark.parametrize(
    "frame,kind",
    [
        (b"", "empty"),
        (" \n ", "empty"),
        (b"\xff\x00", "not json"),
        ("{", "not json"),
        ("[]", "json list"),
        ("null", "json NoneType"),
        ("{}", "no type"),
        ({"CommType": 7}, "no type"),
        ({"CommType": None}, "no type"),
        ({"Result": None, "Reference": []}, "no type"),
    ],
)
def test_unusable_frames_are_named(frame: object, kind: str) -> None:
    item = parse_one(frame)
    assert isinstance(item, NotUnderstood)
    assert str(item) == kind


@pytest.mark.parametrize(
    "frame,result",
    [
        ({"Result": "Success", "Details": "", "Reference": "abc"}, Result(True, "", "abc")),
        ({"result": "FAIL", "details": "no way"}, Result(False, "no way", "")),
        ({"Result": "Success", "Details": 7, "Reference": None}, Result(True, "", "")),
    ],
)
def test_answers(frame: dict[str, Any], result: Result) -> None:
    assert parse_one(frame) == result


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RX, "fieldname", "Value"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_bytes(frame: str | bytes) -> None:
    list(parse(frame))


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from([*RX, "nodetags", "Result", "data"]), JSON, max_size=4))
def test_any_value_in_any_field(change: dict[str, Any]) -> None:
    """A frame with any value in any field is either applied or reported as unusable."""
    device = LorawanDevice(device_id="x", name="x")
    for item in parse(orjson.dumps({**RX, **change})):
        if isinstance(item, Communication):
            apply_communication(device, item, 1_500_000_000.0)


@pytest.mark.parametrize(
    "data,result",
    [
        ({"deveui": "AB", "tags": {"t": 1}}, ("AB", {"t": 1})),
        ({"DevEui": "AB", "Values": {"t": {"Value": "x"}}}, ("AB", {"t": "x"})),
        ({"deveui": "AB", "nodetags": {"t": {"value": 2}}}, ("AB", {"t": 2})),
        ({"deveui": "AB"}, ("", {})),
        ({"deveui": 7, "tags": {}}, ("", {})),
        ({"tags": {"t": 1}}, ("", {})),
        ([1], ("", {})),
        (None, ("", {})),
    ],
)
def test_pushed_values(data: object, result: object) -> None:
    assert pushed_values(data) == result
    item = parse_communication({"CommType": "comm_push", "DevEui": "FF", "data": data})
    assert (item.dev_eui_raw, item.values) == result


def test_node_tags() -> None:
    assert node_tag_values({"a": {"Value": 1, "Unit": "V"}, "b": 2, "c": {"d": 3}}) == {"a": 1, "b": 2, "c": {"d": 3}}
    assert node_tag_values(None) == {}


def test_the_tx_command() -> None:
    downlink = Downlink(payload=b"HI!", port=50, confirmed=True, connector="c", command="w")
    assert orjson.loads(tx("APP", "DEV", downlink, "ref")) == {
        "function": "TX",
        "Payload": "484921",
        "AppEui": "APP",
        "DevEui": "DEV",
        "Connector": "c",
        "Port": 50,
        "WSCommand": "w",
        "Reference": "ref",
        "Raw": False,
        "Confirm": True,
    }


def test_a_gateway_learns_its_interval_from_its_keep_alives() -> None:
    gateway = Gateway("x", "x")
    gateway.note_activity(1000.0, is_keep_alive=True)
    assert not gateway.is_overdue(1000.0 + 900, connected_since=0.0)
    assert gateway.is_overdue(1000.0 + 901, connected_since=0.0)
    # The time without a connection does not count.
    assert not gateway.is_overdue(1000.0 + 901, connected_since=1500.0)
    for keep_alive in range(1, 4):
        gateway.note_activity(1000.0 + keep_alive * 300, is_keep_alive=True)
        for reception in range(1, 20):
            gateway.note_activity(1000.0 + keep_alive * 300 + reception / 100, is_keep_alive=False)
    gateway.note_activity(1900.5, is_keep_alive=False)
    assert not gateway.is_overdue(1900.5 + 900, connected_since=0.0)
    assert gateway.is_overdue(1900.5 + 901, connected_since=0.0)
    # A late reception does not replace a newer one, but a time from a clock that was ahead is put back.
    gateway.note_activity(1890.0, is_keep_alive=False)
    assert gateway.last_alive == 1900.5
    gateway.note_activity(1800.0, is_keep_alive=False)
    assert gateway.last_alive == 1800.0


def test_mutated_frames_lose_no_good_frame() -> None:
    """Bytes that are changed, lost, doubled or inserted affect only their own document."""
    chance = Random(13)
    good = orjson.dumps(RX).decode()
    for number in range(100_000):
        characters = list(good)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(characters))
            match chance.randrange(4):
                case 0:
                    characters[at] = chance.choice('{}[]",:\\0aZ\u00e9')
                case 1:
                    del characters[at]
                case 2:
                    characters.insert(at, characters[at])
                case 3:
                    characters.insert(at, chance.choice('{}[]",:\\'))
        items = list(parse(f"{''.join(characters)}{chance.choice(('', ' ', chr(10)))}{good}"))
        last = items[-1]
        assert isinstance(last, Communication), number
        assert (last.kind, last.dev_eui, last.payload) == (CommType.RX, "0732227a557d8679", "01670110"), number
