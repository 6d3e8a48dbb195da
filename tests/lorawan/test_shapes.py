"""Shapes of decoded values, and the meanings that a device keeps."""

from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.choices import Choices
from custom_components.pushwire.lorawan.api.codes import read_code
from custom_components.pushwire.lorawan.api.inference import infer, is_valid_key
from custom_components.pushwire.lorawan.api.meaning import apply_choices, apply_values, describe
from custom_components.pushwire.lorawan.api.model import FEATURES, MEANING, Field, LorawanDevice, Meaning
from custom_components.pushwire.lorawan.api.shapes import MAX_LIST_LENGTH, is_unit_key, path_of, read_values
from custom_components.pushwire.vendors.element.api.parsers import read_parser

AT = 1_795_600_000.0


def values_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the time of a reading, with the unit where there is one."""
    items = read_values(data, AT).values
    return {key: (item.value, item.unit) if item.unit else item.value for key, item in items.items()}


def test_nested_values() -> None:
    nested: dict[str, Any] = {
        "a": {"b": {"c": 1}, "d": [1, {"e": "x"}]},
        "": 7,
        "f": None,
        "numbers": list(range(MAX_LIST_LENGTH + 1)),
        "odd": object(),
    }
    assert values_of(nested) == {"a.b.c": 1, "a.d.0": 1, "a.d.1.e": "x", "f": None}
    deep: Any = 1
    for _ in range(900):
        deep = {"x": [deep]}
    assert values_of({"deep": deep}) == {}


def test_no_two_values_have_one_key() -> None:
    assert values_of({"a.b": 1, "a": {"b": 2}}) == {"a..b": 1, "a.b": 2}
    assert values_of({"1.8.0": 1, "1": {"8": {"0": 2}}}) == {"1.8.0": 1, "1..8..0": 2}
    assert path_of("", "1-0:1.8.0") == "1-0:1.8.0"


@pytest.mark.parametrize(
    "data,expected",
    [
        ({"temperature": 1, "temperature_unit": "C"}, {"temperature": (1, "C")}),
        ({"co2": 1, "co2Unit": "ppm"}, {"co2": (1, "ppm")}),
        ({"1_8_0": 1.5, "mode": 3, "unit": "kWh"}, {"1_8_0": (1.5, "kWh"), "mode": 3}),
        # With two numbers, the unit is ambiguous.
        ({"a": 1.5, "b": 3, "unit": "kWh"}, {"a": 1.5, "b": 3}),
        ({"unit": 7, "a_unit": 7}, {}),
        ({"x": {"heat": 1.5, "unit": "kWh"}, "y": 3}, {"x.heat": (1.5, "kWh"), "y": 3}),
        # A word for the type of a value is not a unit.
        ({"gain": {"value": 3, "unit": "uint"}}, {"gain": 3}),
        ({"gain": {"p": {"value": 3}, "unit": "uint"}}, {"gain.p": 3}),
        # A list shares the unit beside it; nothing else does.
        ({"x": {"value": [1, 2], "unit": "V"}}, {"x.value.0": (1, "V"), "x.value.1": (2, "V")}),
        (
            {"light": {"unit": "%", "values": [30, None]}, "values": [4], "n": 5},
            {"light.values.0": (30, "%"), "light.values.1": (None, "%"), "values.0": 4, "n": 5},
        ),
        # Values before the present one, whose times are not known.
        (
            {
                "decodingInfo": "values: [t=0, t-1, t-2, ...]",
                "light": {"unit": "%", "values": [30, 20]},
                "empty": {"unit": "%", "values": []},
                "more": [1],
                "mode": 2,
            },
            {"light": (30, "%"), "more.0": 1, "mode": 2},
        ),
        ({"x": {"value": 1, "more": 2}}, {"x.value": 1, "x.more": 2}),
    ],
)
def test_units_beside_values(data: dict[str, Any], expected: dict[str, Any]) -> None:
    assert values_of(data) == expected


@pytest.mark.parametrize(
    "data,expected",
    [
        ({"energy": 5, "memory_address": 1, "sub_device": 0, "tariff": 2}, "1_0_2_energy"),
        ({"energy": 5, "storage_number": 0, "function_field": "maximum_value"}, "0_0_0_energy_maximum_value"),
        ({"energy": 5, "storage_number": 0, "function_field": "current_value"}, "energy"),
        ({"energy": 5, "tariff": 2}, "energy"),
    ],
)
def test_records_of_a_meter(data: dict[str, Any], expected: str) -> None:
    assert values_of(data)[expected] == 5


@pytest.mark.parametrize(
    "members,expected",
    [
        ([{"type": "Air Temperature", "value": 20}], {"Air Temperature": 20}),
        ([{"measurementId": 4097, "type": "report_telemetry", "measurementValue": 20}], {"Air Temperature 4097": 20}),
        ([{"measurementId": 9, "measurementValue": 20}], {"measurement 9": 20}),
        ([{"channel": 2, "type": "Temperature", "value": 20, "unit": "°C"}], {"Temperature 2": (20, "°C")}),
        # Only their places in the list tell them apart.
        ([{"type": "Temperature", "value": 20}, {"type": "Temperature", "value": 21}], {}),
        ([[{"type": "Temperature", "value": 20}]], {"Temperature": 20}),
        ([{"value": 20}], {"list.0": 20}),
        ([{"type": "x", "value": {"a": 1}}], {"list.0.type": "x", "list.0.value.a": 1}),
        # A list within a list within a list.
        ([[[1]]], {"list.0..0..0": 1}),
    ],
)
def test_lists_of_measurements(members: list[Any], expected: dict[str, Any]) -> None:
    assert values_of({"list": members}) == expected


def test_samples_with_times() -> None:
    decoded = read_values(
        {
            "log": [
                {"timestamp": (AT - 3600) * 1000, "temperature": 5.0},
                {"timestamp": AT - 7200, "temperature": 6.0},
                # The time of a sample that is one of now is not its own.
                {"timestamp": AT - 5, "humidity": 40},
                {"time": "2026-11-25T10:00:00+01:00", "co2": 500},
                # Times that nobody can place.
                {"time": "2026-11-25T10:00:00", "co2": 1},
                {"time": "noon", "co2": 2},
                {"time": True, "co2": 3},
                {"time": 12, "co2": 4},
                {"time": AT + 3600, "co2": 5},
            ]
        },
        AT,
    )
    assert {key: item.value for key, item in decoded.values.items()} == {"humidity": 40}
    assert [(at, {key: item.value for key, item in values.items()}) for at, values in decoded.earlier] == [
        (AT - 7200, {"temperature": 6.0}),
        (AT - 3600, {"temperature": 5.0}),
        (1_795_597_200.0, {"co2": 500}),
    ]


def test_earlier_values_belong_to_keys_that_the_device_has() -> None:
    device = LorawanDevice(device_id="x", name="x")
    data = {
        "temperature": 20,
        "log": [{"ts": AT - 3600, "temperature": "19.5", "unknown": 1}, {"ts": AT - 7200, "y": 1}],
    }
    described = describe(device, data, AT)
    assert described.values["temperature"][0] == 20
    assert [(at, {key: value for key, (value, _) in values.items()}) for at, values in described.earlier] == [
        (AT - 3600, {"temperature": 19.5})
    ]
    # A later reading without the key knows it from the device.
    device.set_values(described.values, AT)
    assert len(describe(device, {"log": [{"ts": AT - 3600, "temperature": 19}]}, AT).earlier) == 1
    assert apply_values(device, data, AT) == set()


def test_keys_of_units_and_invalid_values() -> None:
    assert is_unit_key("unit")
    assert is_unit_key("x.a_unit")
    assert not is_unit_key("unity")
    assert not is_valid_key("1_0_0_volume_error_value_m³")
    device = LorawanDevice(device_id="x", name="x")
    data = {"1_0_0_volume_error_value_m³": 0, "a": None, "b_unit": "V", "b": 2, "open": "true"}
    assert apply_values(device, data, 10.0) == {"b", "open", FEATURES}
    assert device.values["b"].description.unit == "V"
    assert device.values["open"].value is True


@pytest.mark.parametrize(
    "first,second,reason",
    [
        ({"battery": 96}, {"battery": 3659}, "implausible"),
        ({"motion": 0}, {"motion": 6}, "not_a_flag"),
        ({"x": 5}, {"x": "eco"}, "text"),
        ({"x": "eco"}, {"x": 5.5}, "number"),
        ({"temperature": 20}, {"temperature": 70, "temperature_unit": "°F"}, "unit"),
        ({"pressure": 0}, {"pressure": 1013}, "clear"),
        # What does not contradict.
        ({"temperature": 20}, {"temperature": 70, "temperature_unit": "NTU"}, "unit"),
        ({"heat_kwh": 20, "heat_kwh_unit": "kWh"}, {"heat_kwh": 70, "heat_kwh_unit": "Wh"}, None),
        ({"temperature": 20}, {"temperature": None}, None),
        ({"temperature": 20}, {"temperature": "n/a"}, None),
        ({"open": True}, {"open": "?"}, None),
        ({"temperature": 20}, {"temperature": 2500}, None),
        ({"type": "a"}, {"type": 5}, None),
    ],
)
def test_proposals(first: dict[str, Any], second: dict[str, Any], reason: str | None) -> None:
    device = LorawanDevice(device_id="x", name="x")
    apply_values(device, first, 10.0)
    changed = apply_values(device, second, 20.0)
    assert (MEANING in changed) is (reason is not None)
    assert [proposal.reason for proposal in device.proposals.values()] == ([reason] if reason else [])


def test_a_correction_survives_a_restart() -> None:
    device = LorawanDevice(device_id="x", name="x")
    apply_values(device, {"battery": 96, "other": 3}, 10.0)
    apply_values(device, {"battery": 3659}, 20.0)
    # Until somebody decides, an impossible value is not shown.
    assert device.values["battery"].value is None
    device.correct("battery", device.proposals.pop("battery"))
    assert device.values["battery"].value == 3659
    restored = LorawanDevice.from_stored(device.to_stored())
    assert restored.meanings["battery"].is_decided
    assert not restored.meanings["other"].is_decided
    assert restored.values["battery"].description == device.values["battery"].description
    apply_values(restored, {"battery": 96}, 30.0)
    assert restored.proposals == {}


def test_a_field_that_does_not_fit_is_not_asked_for_again() -> None:
    device = LorawanDevice(device_id="x", name="x")
    apply_values(device, {"battery": 3659}, 10.0)
    device.fields = {"battery": Field("mW")}
    apply_values(device, {"battery": 3660}, 20.0)
    assert device.proposals == {}
    assert device.meanings["battery"].ignored_unit == "mW"
    # Values from elsewhere have no meaning that could be in doubt.
    device.meanings.clear()
    apply_values(device, {"battery": 3}, 30.0)
    assert device.proposals == {}


def test_choices() -> None:
    device = LorawanDevice(device_id="x", name="x", model="m")
    apply_values(device, {"a": 5, "b": 6}, 10.0)
    device.choices = Choices(
        [
            {"key": "a", "model": "m", "unit": "V", "device_class": "voltage"},
            {"key": "a", "device": "x", "unit": "mV", "device_class": "voltage"},
        ]
    )
    apply_choices(device)
    # A choice for the device itself comes first.
    assert device.values["a"].description.unit == "mV"
    assert device.values["b"].description.unit is None
    apply_values(device, {"a": 5, "a_unit": "A"}, 20.0)
    assert device.proposals == {}
    apply_values(device, {"a": 5}, 30.0)
    device.choices = Choices()
    apply_choices(device)
    assert device.values["a"].description == infer("a", 5)


@pytest.mark.parametrize(
    "key,words,numbers",
    [
        ("1-0:1.8.2", "energy_import", (0, 0, 2, 0)),
        ("1-1:1.8.0", "energy_import", (0, 1, 0, 0)),
        ("1-0:52.7.0", "voltage", (0, 0, 0, 2)),
        ("1-0:1.8.0*01", "energy_import", (2, 0, 0, 0)),
        ("3_1_2_energy_maximum_value_kWh", "energy", (3, 1, 2, 0)),
        ("0_0_0_operating_time", "operating_time", (0, 0, 0, 0)),
    ],
)
def test_codes_of_meters(key: str, words: str, numbers: tuple[int, int, int, int]) -> None:
    code = read_code(key)
    assert code is not None
    assert (code.words, (code.storage, code.subdevice, code.tariff, code.phase)) == (words, numbers)


@pytest.mark.parametrize("key", ["1-0:96.1.0", "temperature", "192.168.1", "0-0:1.0.0"])
def test_keys_that_are_no_codes(key: str) -> None:
    assert read_code(key) is None


@pytest.mark.parametrize(
    "key,unit,expected",
    [
        ("1-0:1.8.0*01", None, ("energy", "kWh", None)),
        ("8-0:1.0.0", "l", ("water", "L", "total_increasing")),
        ("9-0:1.0.0", None, ("water", "m³", "total_increasing")),
        # Another quantity than the code says.
        ("8-0:1.0.0", "kWh", ("energy", "kWh", "total_increasing")),
    ],
)
def test_units_of_codes(key: str, unit: str | None, expected: tuple[str, str, str | None]) -> None:
    description = infer(key, 12.5, unit=unit)
    assert (description.device_class, description.unit, description.state_class) == expected


def test_parsers_of_another_form() -> None:
    assert read_parser({"code": "defmodule Parser do end"}).fields == {}
    assert read_parser({"code": 'def fields, do: [%{field: "a", unit: ""}, %{unit: "V"}]'}).fields == {"a": Field()}
    assert read_parser({"name": "x"}).name == "x"
    source = 'def fields do [%{field: "a", unit: "V", display: "A \\"b\\""}] end'
    assert read_parser({"code": source}).fields == {"a": Field("V", 'A "b"')}
    assert read_parser({"code": source + " " * 600_000}).fields == {}


def test_a_new_meaning_is_open() -> None:
    assert not Meaning(since=0.0).is_decided
