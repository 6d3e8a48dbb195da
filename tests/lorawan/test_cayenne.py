"""Cayenne LPP: every type, and payloads in other formats."""

from hypothesis import given, strategies as st
import pytest

from custom_components.pushwire.lorawan.api.cayenne import NotCayenne, decode


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
