"""Codecs without Home Assistant: layouts, scripts in each published form, and their limits."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import threading
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.pushwire.lorawan.api.cayenne import CayenneCodec
from custom_components.pushwire.lorawan.api.codecs.codec import CodecError, Reason
from custom_components.pushwire.lorawan.api.codecs.javascript import SCRIPT_STACK, JavaScriptCodec
from custom_components.pushwire.lorawan.api.codecs.layout import LayoutCodec
from custom_components.pushwire.lorawan.api.codecs.match import CodecMatch
from custom_components.pushwire.lorawan.api.model import LorawanDevice

AT = 1_795_000_000.0

# Layouts written for published payloads of the devices.
LHT65 = {
    "fields": [
        {"name": "battery_voltage", "at": 0, "type": "u16", "bit": 0, "bits": 14, "scale": 0.001, "unit": "V"},
        {"name": "temperature", "at": 2, "type": "s16", "scale": 0.01, "unit": "°C"},
        {"name": "humidity", "at": 4, "type": "u16", "scale": 0.1, "unit": "%"},
        {
            "name": "probe_temperature",
            "at": 7,
            "type": "s16",
            "scale": 0.01,
            "unit": "°C",
            "invalid": 0x7FFF,
            "when": {"byte": 6, "equals": 1},
        },
    ]
}
LDDS75 = {
    "fields": [
        {"name": "battery_voltage", "at": 0, "type": "u16", "bit": 0, "bits": 14, "scale": 0.001, "unit": "V"},
        {"name": "distance", "at": 2, "type": "u16", "unit": "mm", "invalid": [0, 20]},
        {"name": "interrupt", "at": 4, "type": "u8", "bit": 0},
        {"name": "sensor", "at": 7, "type": "u8", "bit": 0},
    ]
}
LWL02 = {
    "fields": [
        {"name": "battery_voltage", "at": 0, "type": "u16", "bit": 0, "bits": 14, "scale": 0.001, "unit": "V"},
        {"name": "leak", "at": 0, "type": "u16", "bit": 14, "when": {"byte": 2, "equals": 2}},
        {"name": "leak_times", "at": 3, "type": "u24", "when": {"byte": 2, "equals": 2}},
        {"name": "last_leak", "at": 6, "type": "u24", "unit": "min", "when": {"byte": 2, "equals": 2}},
    ]
}
EM300 = {
    "endian": "little",
    "records": {
        "header": 2,
        "types": {
            "0175": {"fields": [{"name": "battery", "type": "u8", "unit": "%"}]},
            "0367": {"fields": [{"name": "temperature", "type": "s16", "scale": 0.1, "unit": "°C"}]},
            "0468": {"fields": [{"name": "humidity", "type": "u8", "scale": 0.5, "unit": "%"}]},
        },
    },
}
TBHH100 = {
    "fields": [
        {"name": "status", "at": 0, "type": "u8", "bit": 3},
        {"name": "battery", "at": 1, "type": "u8", "bit": 0, "bits": 4, "scale": 0.1, "add": 2.5, "unit": "V"},
        {"name": "temperature", "at": 2, "type": "u8", "bit": 0, "bits": 7, "add": -32, "unit": "°C"},
        {"name": "humidity", "at": 3, "type": "u8", "bit": 0, "bits": 7, "unit": "%"},
    ]
}
DL_5TM = {
    "fields": [
        {"name": "device_id", "at": 1, "type": "u16"},
        {"name": "dielectric_permittivity", "at": 5, "type": "u16", "scale": 0.02, "when": {"byte": 4, "equals": 3}},
        {"name": "soil_temperature", "at": 7, "type": "u16", "scale": 0.1, "add": -40, "unit": "°C"},
        {"name": "battery_voltage", "at": 9, "type": "u16", "scale": 0.001, "unit": "V"},
    ]
}
ERS = {
    "records": {
        "header": 1,
        "types": {
            "01": {"fields": [{"name": "temperature", "type": "s16", "scale": 0.1, "unit": "°C"}]},
            "02": {"fields": [{"name": "humidity", "type": "u8", "unit": "%"}]},
            "03": {"fields": [{"name": axis, "at": at, "type": "s8"} for at, axis in enumerate("xyz")]},
            "07": {"fields": [{"name": "battery", "type": "u16", "unit": "mV"}]},
            "0b": {"size": 4},
            "0f": {"fields": [{"name": "motion", "type": "u8"}]},
            "14": {"size": "rest"},
        },
    }
}


@pytest.mark.parametrize(
    "layout,payload,port,values",
    [
        (LHT65, "CBF60B0D0376010ADD7FFF", 2, {"battery_voltage": 3.062, "temperature": 28.29, "humidity": 88.6,
                                              "probe_temperature": 27.81}),
        (LHT65, "CBF60B0D0376017FFF7FFF", 2, {"battery_voltage": 3.062, "temperature": 28.29, "humidity": 88.6}),
        (LDDS75, "0D0A07E900000001", 2, {"battery_voltage": 3.338, "distance": 2025, "interrupt": False,
                                         "sensor": True}),
        (LWL02, "0C1E0200000400000000", 10, {"battery_voltage": 3.102, "leak": False, "leak_times": 4,
                                             "last_leak": 0}),
        (EM300, "03672C00046817", 85, {"temperature": 4.4, "humidity": 11.5}),
        (EM300, "0175320367C80004683C", 1, {"battery": 50, "temperature": 20.0, "humidity": 30.0}),
        (TBHH100, "08AB3522FFFFFFFF", 103, {"status": True, "battery": 3.6, "temperature": 21, "humidity": 34}),
        (DL_5TM, "02023B0003003702710C60", 1, {"device_id": 571, "dielectric_permittivity": 1.1,
                                               "soil_temperature": 22.5, "battery_voltage": 3.168}),
        (ERS, "0100D5022703FB00C1070E4B0F0014000F417A", 5, {"temperature": 21.3, "humidity": 39, "x": -5, "y": 0,
                                                            "z": -63, "battery": 3659, "motion": 0}),
    ],
)  # fmt: skip
def test_layouts_of_published_payloads(layout: Any, payload: str, port: int, values: dict[str, Any]) -> None:
    decoded = LayoutCodec(layout).decode(bytes.fromhex(payload), port, AT).values
    shown = {key: value["value"] if isinstance(value, dict) else value for key, value in decoded.items()}
    assert shown == values


@pytest.mark.parametrize(
    "field,payload,value",
    [
        ({"type": "u16"}, "0102", 0x0102),
        ({"type": "u16", "endian": "little"}, "0102", 0x0201),
        ({"type": "s24"}, "ffffff", -1),
        ({"type": "f32"}, "41a00000", 20.0),
        ({"type": "f64", "endian": "little"}, "0000000000003440", 20.0),
        ({"type": "f32"}, "7fc00000", None),
        ({"type": "bcd:3"}, "123456", 123456),
        ({"type": "bcd:2", "endian": "little", "scale": 0.1, "round": 1}, "3412", 123.4),
        ({"type": "bcd:2"}, "12ff", None),
        ({"type": "hex:2"}, "12ff", "12ff"),
        ({"type": "text:4"}, "61620000", "ab"),
        ({"type": "u8", "map": {0: "closed", 1: "open"}}, "01", "open"),
        ({"type": "u8", "map": {0: "closed", 1: "open"}}, "02", 2),
        ({"type": "u8", "bit": 7}, "80", True),
        ({"type": "u8", "bit": 4, "bits": 3}, "70", 7),
        ({"type": "u8", "invalid": [254, 255]}, "ff", None),
        ({"type": "u8", "unit": "W", "scale": 10}, "05", {"value": 50, "unit": "W"}),
        ({"type": "u8", "when": {"port": 3}}, "05", None),
        ({"type": "u8", "when": {"port": 2, "length": 1, "min_length": 1}}, "05", 5),
        ({"type": "u8", "when": {"length": 2}}, "05", None),
        ({"type": "u8", "when": {"min_length": 2}}, "05", None),
        ({"type": "u8", "when": {"byte": 3}}, "05", None),
    ],
)
def test_fields(field: dict[str, Any], payload: str, value: Any) -> None:
    codec = LayoutCodec({"fields": [{"name": "x", **field}]})
    assert codec.decode(bytes.fromhex(payload), 2, AT).values.get("x") == value


def test_samples_of_one_record() -> None:
    codec = LayoutCodec(
        {"records": {"types": {"01": {"fields": [{"name": "t", "type": "u8"}]}}}},
    )
    assert codec.decode(bytes.fromhex("010501060107"), None, AT).values == {"t": [5, 6, 7]}


@pytest.mark.parametrize(
    "layout,details",
    [
        (None, ""),
        ([], ""),
        ({}, "fields"),
        ({"field": []}, "field"),
        ({"fields": [{"name": "x"}]}, "name or type of x"),
        ({"fields": [{"type": "u8"}]}, "name or type of u8"),
        ({"fields": [{"name": "x", "type": "u9"}]}, "type u9"),
        ({"fields": [{"name": "x", "type": "hex:0"}]}, "type hex:0"),
        ({"fields": [{"name": "x", "type": "hex:999"}]}, "type hex:999"),
        ({"fields": [{"name": "x", "type": "u8", "at": -1}]}, "at"),
        ({"fields": [{"name": "x", "type": "u8", "at": "two"}]}, "at"),
        ({"fields": [{"name": "x", "type": "u8", "scale": "two"}]}, "scale"),
        ({"fields": [{"name": "x", "type": "u8", "endian": "middle"}]}, "endian"),
        ({"fields": [{"name": "x", "type": "u8", "when": {"ports": 2}}]}, "ports"),
        ({"fields": [{"name": "x", "type": "u8", "ofset": 2}]}, "ofset"),
        ({"records": {"types": {"01": {}}}}, "types 01"),
        ({"records": {"types": {"0102": {"size": 1}}}}, "types 0102"),
        ({"records": {"types": {"zz": {"size": 1}}}}, "types zz"),
        ({"records": {"header": 9, "types": {}}}, "header"),
        ({"records": {"types": {"01": {"size": 1, "fields": [{"name": "x", "type": "u16"}]}}}}, "size"),
    ],
)
def test_layouts_that_cannot_be_used(layout: Any, details: str) -> None:
    with pytest.raises(CodecError) as error:
        LayoutCodec(layout)
    assert (error.value.reason, error.value.details) == (Reason.CODE, details)


@pytest.mark.parametrize("payload,details", [("0C", "battery_voltage"), ("", "battery_voltage")])
def test_a_payload_that_is_too_short(payload: str, details: str) -> None:
    with pytest.raises(CodecError) as error:
        LayoutCodec(LHT65).decode(bytes.fromhex(payload), 2, AT)
    assert (error.value.reason, error.value.details) == (Reason.PAYLOAD, details)


@pytest.mark.parametrize("payload,details", [("0499", "0499"), ("03672C", "0367"), ("03", "03")])
def test_records_that_do_not_fit(payload: str, details: str) -> None:
    with pytest.raises(CodecError) as error:
        LayoutCodec(EM300).decode(bytes.fromhex(payload), 85, AT)
    assert (error.value.reason, error.value.details) == (Reason.PAYLOAD, details)


@given(st.binary(max_size=60))
def test_layouts_with_any_bytes(payload: bytes) -> None:
    for layout in (LHT65, EM300, ERS):
        try:
            LayoutCodec(layout).decode(payload, 2, AT)
        except CodecError as err:
            assert err.reason is Reason.PAYLOAD  # noqa: PT017


def test_cayenne_by_choice() -> None:
    codec = CayenneCodec()
    assert codec.decode(bytes.fromhex("306600017401A3"), 2, AT).values == {
        "presence_48": False,
        "voltage_1": {"value": 4.19, "unit": "V"},
    }
    with pytest.raises(CodecError):
        codec.decode(b"\xff", 2, AT)


# Scripts


def in_thread[ResultT](call: partial[ResultT]) -> ResultT:
    """Return the result of a call in a thread with the stack that scripts need."""
    before = threading.stack_size(SCRIPT_STACK)
    try:
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(call).result()
    finally:
        threading.stack_size(before)


def run(source: str, payload: bytes = b"\x15\x16", port: int | None = 2) -> Any:
    """Return the result of a script."""
    return in_thread(partial(_run, source, payload, port))


def _run(source: str, payload: bytes, port: int | None) -> Any:
    return JavaScriptCodec(source).decode(payload, port, AT)


COMFORT = """
function decodeUplink(input) {
  var b = input.bytes, data = { temperature: [], humidity: [], co2: [] };
  for (var i = 2; i + 4 < b.length; i += 5) {
    data.temperature.push((b[i] << 8 | b[i + 1]) / 10);
    data.humidity.push(b[i + 2]);
    data.co2.push(b[i + 3] << 8 | b[i + 4]);
  }
  return { data: data };
}
"""


def test_a_script_for_a_published_payload() -> None:
    payload = bytes.fromhex("6A8001B33E01A401B43F01A5")
    assert run(COMFORT, payload, 1).values == {"temperature": [43.5, 43.6], "humidity": [62, 63], "co2": [420, 421]}


@pytest.mark.parametrize(
    "source,values",
    [
        ("function decodeUplink(i) { return { data: { t: i.bytes[0], p: i.fPort } } }", {"t": 21, "p": 2}),
        ("const decodeUplink = i => ({ data: { t: i.recvTime.getTime() } })", {"t": 1_795_000_000_000}),
        ("export function decodeUplink(i) { return { data: { t: 1 } } }", {"t": 1}),
        ("module.exports = { decodeUplink: i => ({ data: { t: 1 } }) }", {"t": 1}),
        ("exports.decodeUplink = i => ({ data: { t: 1 } })", {"t": 1}),
        ("function Decoder(bytes, port) { return { t: bytes[1], p: port } }", {"t": 22, "p": 2}),
        ("function Decode(fPort, bytes, variables) { return { t: bytes[1], p: fPort } }", {"t": 22, "p": 2}),
        ("function Decoder(b, p) { return { data: { t: 1 }, warnings: [] } }", {"t": 1}),
        ("console.log('x'); function decodeUplink(i) { return { data: { t: null, u: NaN } } }", {"t": None, "u": None}),
        (
            """function decodeUplink(i) { return { data: { temp: 21, x: 1.5 } } }
            function normalizeUplink(i) { return { data: [{ air: { temperature: i.data.temp } }] } }""",
            {"x": 1.5, "air_temperature": {"value": 21, "unit": "°C"}},
        ),
        (
            """function decodeUplink(i) { return { data: { temp: 21 } } }
            function normalizeUplink(i) { return { errors: ['x'] } }""",
            {"temp": 21},
        ),
    ],
)
def test_scripts_in_each_form(source: str, values: dict[str, Any]) -> None:
    assert run(source).values == values


def test_warnings() -> None:
    assert run("function decodeUplink() { return { data: {}, warnings: ['low', 7, {message: 'x'}] } }").warnings == (
        "low",
        "x",
    )


@pytest.mark.parametrize(
    "source,reason",
    [
        ("function decodeUplink() { while (true) {} }", Reason.TIME),
        ("while (true) {}", Reason.TIME),
        ("function decodeUplink() { return { data: { x: /^(a+)+$/.test('a'.repeat(40) + 'b') } } }", Reason.TIME),
        ("function decodeUplink() { return { data: { toJSON() { while (true) {} } } } }", Reason.TIME),
        ("function decodeUplink() { let a = []; while (true) a.push(new Array(1000).fill(1)); }", Reason.MEMORY),
        ("function decodeUplink() { return decodeUplink() }", Reason.RECURSION),
        ("function decodeUplink() { let d = {}, e = d; for (let k = 0; k < 2e4; k++) e = e.a = {}; return {data: d} }",
         Reason.RECURSION),
        ("function decodeUplink() { let d = {}; for (let k = 0; k < 1e6; k++) d['k' + k] = k; return {data: d} }",
         Reason.MEMORY),
        ("function decodeUplink() { let d = {}; for (let k = 0; k < 501; k++) d['k' + k] = k; return {data: d} }",
         Reason.RESULT),
        ("function decodeUplink() { return { data: { x: 'x'.repeat(70000) } } }", Reason.RESULT),
        ("function decodeUplink() { return 7 }", Reason.RESULT),
        ("function decodeUplink() { }", Reason.RESULT),
        ("function decodeUplink() { return { data: [1] } }", Reason.RESULT),
        ("async function decodeUplink() { return { data: { a: 1 } } }", Reason.RESULT),
        ("JSON.stringify = () => 'x'; function decodeUplink() { return { data: {} } }", Reason.RESULT),
        ("function decodeUplink() { return { errors: ['bad length'] } }", Reason.ERROR),
        ("function Decoder() { return { data: {}, errors: ['bad length'] } }", Reason.ERROR),
        ("function decodeUplink() { throw new Error('bad') }", Reason.ERROR),
        ("function decodeUplink() { let d = {}; d.d = d; return { data: d } }", Reason.ERROR),
        ("function decodeUplink() {", Reason.CODE),
        ("/*" + "x" * 300_000 + "*/", Reason.CODE),
        ("function other() { }", Reason.FUNCTION),
    ],
)  # fmt: skip
def test_scripts_that_are_stopped_or_fail(source: str, reason: Reason) -> None:
    with pytest.raises(CodecError) as error:
        run(source)
    assert error.value.reason is reason


def test_a_script_works_again_after_it_was_stopped() -> None:
    def both() -> Any:
        codec = JavaScriptCodec(
            "let n = 0; function decodeUplink(i) { if (i.bytes[0]) while (true) {} return { data: { n: ++n } } }"
        )
        first = codec.decode(b"\0", 2, AT).values
        with pytest.raises(CodecError):
            codec.decode(b"\1", 2, AT)
        return first, codec.decode(b"\0", 2, AT).values

    # Nothing of the script that was stopped is left.
    assert in_thread(partial(both)) == ({"n": 1}, {"n": 1})


def test_no_access_to_anything() -> None:
    names = ["require", "std", "os", "fetch", "setTimeout", "process", "WebSocket", "XMLHttpRequest"]
    source = f"function decodeUplink() {{ return {{ data: {{ n: {names}.filter(x => x in globalThis).length }} }} }}"
    assert run(source).values == {"n": 0}


@pytest.mark.parametrize(
    "source,port,result",
    [
        ("function encodeDownlink(i) { return { bytes: [i.data.x, 2], fPort: 7 } }", None, (b"\5\2", 7)),
        ("function encodeDownlink(i) { return { bytes: [i.data.x, 2], fPort: 7 } }", 9, (b"\5\2", 9)),
        ("function Encode(fPort, obj) { return [obj.x, fPort] }", 9, (b"\5\t", 9)),
        ("function Encoder(obj, port) { return [obj.x, port] }", 9, (b"\5\t", 9)),
        ("function encodeDownlink(i) { return { errors: ['no'] } }", None, Reason.ERROR),
        ("function encodeDownlink(i) { return { bytes: [256] } }", None, Reason.RESULT),
        ("function encodeDownlink(i) { return { bytes: [] } }", None, Reason.RESULT),
        ("", None, Reason.FUNCTION),
    ],
)
def test_downlinks_of_scripts(source: str, port: int | None, result: Any) -> None:
    def encode() -> Any:
        codec = JavaScriptCodec(f"{source}\nfunction decodeUplink() {{ return {{ data: {{}} }} }}")
        try:
            return codec.encode({"x": 5}, port)
        except CodecError as err:
            return err.reason

    assert in_thread(partial(encode)) == result


async def test_a_script_does_not_hold_up_the_event_loop() -> None:
    turns = 0
    task = asyncio.create_task(
        asyncio.to_thread(partial(run_until_stopped, "function decodeUplink() { while (true) {} }"))
    )
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert await task is Reason.TIME
    # While the script runs, the loop turns.
    assert turns > 100


def run_until_stopped(source: str) -> Reason:
    """Return the reason for which a script is stopped."""
    with pytest.raises(CodecError) as error:
        run(source)
    return error.value.reason


def test_the_devices_of_a_codec() -> None:
    device = LorawanDevice(device_id="a", name="Garden 7", model="LHT65", app_eui="006C")
    ranks = [
        CodecMatch.from_data(data).rank(device)
        for data in (
            {"devices": ["a"]},
            {"model": "lht65"},
            {"app_eui": "006c"},
            {"name_pattern": "garden*"},
            {"devices": ["b"], "model": "x", "app_eui": "y", "name_pattern": "z*"},
            {},
        )
    ]
    assert ranks == [4, 3, 2, 1, 0, 0]
    assert CodecMatch.from_data({"devices": "a", "model": 7}).is_empty
