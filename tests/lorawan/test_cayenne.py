"""Cayenne LPP: every type, and payloads in other formats."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.pushwire.lorawan.api.cayenne import NotCayenne, decode, take_cayenne
from custom_components.pushwire.lorawan.api.model import CayennePort, LorawanDevice


@pytest.mark.parametrize(
    "payload,values",
    [
        # The two examples of the format's documentation
        ("03670110056700ff", {"temperature_3": 27.2, "temperature_5": 25.5}),
        (
            "0167ffd7067104d2fb2e0000",
            {"temperature_1": -4.1, "acceleration_x_6": 1.234, "acceleration_y_6": -1.234, "acceleration_z_6": 0.0},
        ),
        ("018806765ff2960a0003e8", {"location_1": "42.3519,-87.9094", "altitude_1": 10.0}),
        ("0100010201ff", {"digital_input_1": 1, "digital_output_2": 255}),
        ("01020078020300ff", {"analog_input_1": 1.2, "analog_output_2": 2.55}),
        ("0465ffff", {"illuminance_4": 65535}),
        ("016601", {"presence_1": True}),
        ("016600", {"presence_1": False}),
        ("026864", {"humidity_2": 50.0}),
        ("03732782", {"pressure_3": 1011.4}),
        ("017401 4a".replace(" ", ""), {"voltage_1": 3.3}),
        ("017503e8", {"current_1": 1.0}),
        ("017864", {"percentage_1": 100}),
        ("017d0190", {"concentration_1": 400}),
        ("018003e8", {"power_1": 1000}),
        ("018200000fa0", {"distance_1": 4.0}),
        ("01830012d687", {"energy_1": 1234.567}),
        ("0184010e", {"direction_1": 270}),
        ("018560000000", {"time_1": 1610612736}),
        ("0186000a0014ffec", {"rotation_x_1": 0.1, "rotation_y_1": 0.2, "rotation_z_1": -0.2}),
        ("018e01", {"switch_1": 1}),
    ],
)
def test_decoded_values(payload: str, values: dict[str, float]) -> None:
    decoded = decode(bytes.fromhex(payload))
    assert {key: value for key, (value, _) in decoded.items()} == values


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "01",
        "0167",
        "016700",
        "01670110ff",
        "01ff00",
        "0188067 65f".replace(" ", ""),
        "018566",
        # Values that are impossible for the quantity
        "0167 7fff".replace(" ", ""),
        "0168ff",
        "016602",
        "01730001",
        "017865",
        "0184ffff",
        "018e02",
        "01887fffff0000000003e8",
        # The same quantity twice in one channel
        "016700100167 0020".replace(" ", ""),
    ],
)
def test_payloads_in_other_formats(payload: str) -> None:
    data = bytes.fromhex(payload if len(payload) % 2 == 0 else payload + "0")
    with pytest.raises(NotCayenne):
        decode(data)


@given(st.binary(max_size=60))
def test_any_bytes(payload: bytes) -> None:
    try:
        values = decode(payload)
    except NotCayenne:
        return
    assert values


def take(payloads: Iterable[str], port: int = 2, **details: Any) -> dict[str, Any]:
    """Return the values that a device shows after some payloads."""
    device = LorawanDevice(device_id="x", **({"name": "x"} | details))
    for at, payload in enumerate(payloads, 1_795_000_000):
        take_cayenne(device, port, bytes.fromhex(payload), float(at))
    return {key: value.value for key, value in device.values.items()}


@pytest.mark.parametrize(
    "payload,values",
    [
        ("016400000007", {"generic_1": 7}),
        ("0170012c", {"humidity_1": 30.0}),
        ("017600000032", {"frequency_1": 50}),
        ("01790154", {"altitude_1": 340}),
        ("0187ff8000", {"color_1": "#ff8000"}),
        ("01890286ceb4fac0f8d00003e8", {"location_1": "42.389172,-88.016688", "altitude_1": 10.0}),
        ("01bc012c", {"soil_moisture_1": 30.0}),
        ("01be00fa", {"wind_speed_1": 2.5}),
        ("01bf010e", {"wind_direction_1": 270}),
        ("01c001f4", {"soil_conductivity_1": 0.5}),
        ("01c102bc", {"soil_ph_1": 7.0}),
        ("01c20046", {"soil_ph_1": 7.0}),
        ("01c301f4", {"irradiance_1": 500}),
        ("01f000000001", {"node_id_1": 1}),
    ],
)
def test_further_types(payload: str, values: dict[str, Any]) -> None:
    decoded = {key: value for key, (value, _) in decode(bytes.fromhex(payload)).items()}
    assert decoded == values


def test_payloads_that_agree() -> None:
    assert take(["016700d7026850"]) == {}
    assert take(["016700d7026850", "016700d802685203790154"]) == {
        "temperature_1": 21.6,
        "humidity_2": 41.0,
        "altitude_3": 340,
    }
    # Tektelic's own records are never shown, and cost nothing that is known.
    tektelic = ["03670126046833", "0A00FF", "0367012604683300BA0BD1", "03670126046833"]
    assert take(tektelic, 10) == {"temperature_3": 29.4, "humidity_4": 25.5}


@pytest.mark.parametrize(
    "payloads,port,details",
    [
        # Little-endian records of Milesight
        (["03670301046865", "03670401046865"], 85, {}),
        (["03670101046865"] * 2, 2, {"dev_eui": "24e124136d000001"}),
        (["03670101046865"] * 2, 2, {"name": "EM300-TH Keller"}),
        (["03670101046865"] * 2, 2, {"model": "Milesight"}),
        # Not believable
        (["016702bd"] * 2, 2, {}),
        (["0300ff"] * 2, 2, {}),
        (["016800"] * 2, 2, {}),
        # Tektelic
        (["020000"] * 2, 10, {}),
        (["020000"] * 2, 2, {"dev_eui": "647fda0000000001"}),
        (["020000"] * 2, 2, {"name": "Tektelic Smart Room"}),
        # No common value, or one that leaps
        (["016700d7", "026850"], 2, {}),
        (["016700d7", "0167ff38"], 2, {}),
    ],
)
def test_what_speaks_against_cayenne(payloads: list[str], port: int, details: dict[str, str]) -> None:
    assert take(payloads, port, **details) == {}


def test_few_candidates_are_kept() -> None:
    device = LorawanDevice(device_id="x", name="x")
    for channel in range(10):
        take_cayenne(device, 2, bytes((channel, 0x65, 0, 1)), float(channel))
    assert [text for _, text in device.cayenne["2"].candidates] == ["06650001", "07650001", "08650001", "09650001"]
    restored = CayennePort.from_stored({"shown": False, "seen": [[1.0, "zz"], [1.0], ["x", "00"], [2, "00"], 7]})
    assert restored == CayennePort(candidates=[(2.0, "00")])
