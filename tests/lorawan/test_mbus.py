"""M-Bus payloads: records, wired and wireless frames."""

from math import isfinite
from typing import Any

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pushwire.lorawan.api.codecs.codec import CodecError, Reason
from custom_components.pushwire.lorawan.api.codecs.mbus import MbusCodec
from custom_components.pushwire.lorawan.api.meaning import describe
from custom_components.pushwire.lorawan.api.model import LorawanDevice

AT = 1_795_000_000.0
# Of the documentation of the M-Bus (EN 13757-3): a volume, a stored maximum of the flow, and an energy of a tariff.
LONG_FRAME = "681f1f680802727856341224400107550000000313153100da023b13018b60043718021816"
# Heat meter on LoRaWAN: energy, volume, power, flow, and both temperatures after one byte for the kind of message.
HEAT = "1e 0406a1150000 0414f2060000 022d2a00 023b1901 025a9d02 025e8f01 0c7889478268 02fd170000"
WATER = "2c44 9315 78563412 3307 7a 2a000000 0413b3000000 426c9f1c 4413e5000000 02fd170000"


def decode(payload: str, code: str = "") -> dict[str, Any]:
    """Return the values of a payload in hex."""
    return dict(MbusCodec(code).decode(bytes.fromhex(payload), 2, AT).values)


def frame(payload: str) -> str:
    """Return a wireless frame whose first byte is its length."""
    data = bytes.fromhex(payload)
    return bytes([len(data) - 1, *data[1:]]).hex()


def test_records() -> None:
    assert decode(HEAT, "1") == {
        "energy": {"value": 5_537_000, "unit": "Wh"},
        "volume": {"value": 17.78, "unit": "m^3"},
        "power": {"value": 4200, "unit": "W"},
        "flow": {"value": 0.281, "unit": "m^3/h"},
        "flow_temperature": {"value": 66.9, "unit": "C"},
        "return_temperature": {"value": 39.9, "unit": "C"},
        "error_flags": {"value": 0.0},
    }


def test_the_meaning_of_records() -> None:
    values = describe(LorawanDevice(device_id="", name=""), decode(HEAT, "1"), AT).values
    shown = {key: (value, item.device_class, item.unit, item.state_class) for key, (value, item) in values.items()}
    assert shown["energy"] == (5_537_000, "energy", "Wh", "total_increasing")
    assert shown["flow"] == (0.281, "volume_flow_rate", "m³/h", "measurement")
    assert shown["return_temperature"] == (39.9, "temperature", "°C", "measurement")


def test_a_wired_frame() -> None:
    assert decode(LONG_FRAME) == {
        "volume": {"value": 12.565, "unit": "m^3"},
        "5_0_0_flow_maximum": {"value": 0.113, "unit": "m^3/h"},
        "0_1_2_energy": {"value": 218_370.0, "unit": "Wh"},
        "medium": "water",
    }


def test_a_wireless_frame() -> None:
    assert decode(frame(WATER)) == {
        "volume": {"value": 0.179, "unit": "m^3"},
        "1_0_0_volume": {"value": 0.229, "unit": "m^3"},
        "error_flags": {"value": 0.0},
        "medium": "water",
    }


@pytest.mark.parametrize(
    "payload,details",
    [
        # Encrypted, in mode 5.
        (frame(WATER.replace("2a000000", "2a002005")), "encrypted"),
        (frame(WATER.replace("3307 7a", "3307 a0")), "header"),
        (frame("2c44 9315 78563412 3307"), "header"),
        (LONG_FRAME[:-4] + "1916", "checksum"),
        (LONG_FRAME[:-8], "checksum"),
        ("0413", "records"),
        ("0dfd", "IndexError"),
        ("426c9f1c", "records"),
        ("", "records"),
    ],
)
def test_payloads_that_are_not_decoded(payload: str, details: str) -> None:
    with pytest.raises(CodecError) as raised:
        decode(payload)
    assert (raised.value.reason, raised.value.details) == (Reason.PAYLOAD, details)


@pytest.mark.parametrize("code", ["-1", "65", "x", "1.5"])
def test_a_bad_number_of_bytes(code: str) -> None:
    with pytest.raises(CodecError) as raised:
        MbusCodec(code)
    assert raised.value.reason is Reason.CODE


def test_backward_volume_is_not_volume() -> None:
    assert decode("0413b3000000 0493 3c 05000000") == {
        "volume": {"value": 0.179, "unit": "m^3"},
        "backward_volume": {"value": 0.005, "unit": "m^3"},
    }
    # A record with another addition is no volume, and costs the others nothing.
    assert list(decode("0413b3000000 0493 20 05000000 025a9d02")) == ["volume", "flow_temperature"]


@given(st.binary(max_size=60))
@example(bytes.fromhex("619b91ffc911f57cce"))
@example(bytes.fromhex("7c7d1e59b3db1fb4d366d9"))
# A real number that is none, and an infinite one.
@example(bytes.fromhex("05130000c07f"))
@example(bytes.fromhex("05130000807f025a9d02"))
def test_any_bytes(payload: bytes) -> None:
    try:
        values = MbusCodec("").decode(payload, None, AT).values
    except CodecError:
        return
    numbers = [value["value"] for key, value in values.items() if key != "medium"]
    assert all(map(isfinite, numbers))
