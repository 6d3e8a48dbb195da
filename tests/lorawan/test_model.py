"""Values, uplinks and interval of a device, and the content of downlinks."""

from time import time

import pytest

from custom_components.pushwire.lorawan.api.downlink import (
    MAX_PAYLOAD,
    BadPayload,
    BadPort,
    PayloadFormat,
    check_port,
    read_payload,
)
from custom_components.pushwire.lorawan.api.model import FEATURES, LorawanDevice, Radio, Scalar, ValueDescription


@pytest.fixture
def device() -> LorawanDevice:
    """Return a device without uplinks."""
    return LorawanDevice(device_id="x", name="x")


def set_value(device: LorawanDevice, value: Scalar, measured_at: float, inserted_at: float) -> set[str]:
    """Set the value ``a`` of a device, and return the changes."""
    return device.set_values({"a": (value, ValueDescription())}, measured_at, inserted_at)


def test_the_newest_measurement_is_kept(device: LorawanDevice) -> None:
    assert set_value(device, 1, 100.0, 100.0) == {"a", FEATURES}
    assert set_value(device, 2, 99.0, 200.0) == set()
    assert device.values["a"].value == 1
    # Of two measurements of the same time, the one inserted later is kept.
    assert set_value(device, 3, 100.0, 101.0) == {"a"}
    assert set_value(device, 4, 100.0, 100.5) == set()
    assert set_value(device, 3, 110.0, 111.0) == set()
    assert device.values["a"].measured_at == 110.0
    assert set_value(device, 5, 109.0, 112.0) == set()


def test_the_description_of_a_new_key_is_kept(device: LorawanDevice) -> None:
    device.set_values({"a": (1, ValueDescription(unit="V"))}, 1.0)
    device.set_values({"a": (2, ValueDescription(unit="mV"))}, 2.0)
    assert (device.values["a"].value, device.values["a"].description.unit) == (2, "V")


def test_details_report_their_changes(device: LorawanDevice) -> None:
    assert device.update(name="Meter", area="Cellar", dev_eui="01") == {"name", "area", "dev_eui"}
    assert device.update(name="Meter", area=None) == {"area"}
    assert device.update() == set()
    assert (device.name, device.area, device.dev_eui) == ("Meter", None, "01")


def test_a_device_without_uplinks_is_not_overdue(device: LorawanDevice) -> None:
    assert not device.is_overdue(time())
    assert device.interval is None
    device.server_interval = 7200
    assert device.interval == 7200
    assert not device.is_overdue(time())


def test_an_old_uplink_does_not_make_an_overdue_device_available(device: LorawanDevice) -> None:
    device.server_interval = 600
    now = time()
    assert device.note_uplink(now - 20_000) == {"last_uplink", "available"}
    assert device.overdue
    assert device.note_uplink(now - 30_000, Radio(rssi=-80), "00") == set()
    assert device.note_uplink(now - 10_000) == {"last_uplink"}
    assert device.overdue
    assert device.note_uplink(now) == {"last_uplink", "available"}
    assert not device.overdue


def test_an_uplink_reports_its_changes(device: LorawanDevice) -> None:
    now = time()
    assert device.note_uplink(now, Radio(rssi=-80, snr=7), "00") == {"last_uplink", "rssi", "snr", "payload", FEATURES}
    assert device.note_uplink(now, Radio(rssi=-80, snr=8), "01") == {"snr", "payload"}
    assert device.note_uplink(now, Radio(rssi=-80, snr=8), "01") == set()
    # Unknown reception and payload keep the earlier ones.
    assert device.note_uplink(now) == set()
    assert (device.radio.snr, device.payload) == (8, "01")


@pytest.mark.parametrize(
    "text,form,payload",
    [
        ("484921", PayloadFormat.HEX, b"HI!"),
        ("0x48 49 21", PayloadFormat.HEX, b"HI!"),
        ("", PayloadFormat.HEX, b""),
        ("SEkh", PayloadFormat.BASE64, b"HI!"),
        ("SE\nkh ", PayloadFormat.BASE64, b"HI!"),
        ("HI!", PayloadFormat.TEXT, b"HI!"),
        ("ä", PayloadFormat.TEXT, b"\xc3\xa4"),
        ("00" * MAX_PAYLOAD, PayloadFormat.HEX, bytes(MAX_PAYLOAD)),
    ],
)
def test_valid_payloads(text: str, form: PayloadFormat, payload: bytes) -> None:
    assert read_payload(text, form) == payload


@pytest.mark.parametrize(
    "text,form",
    [
        ("484", PayloadFormat.HEX),
        ("HI!", PayloadFormat.HEX),
        ("SEk", PayloadFormat.BASE64),
        ("SE!h", PayloadFormat.BASE64),
        ("ä", PayloadFormat.BASE64),
        ("\ud800", PayloadFormat.TEXT),
        ("00" * (MAX_PAYLOAD + 1), PayloadFormat.HEX),
    ],
)
def test_invalid_payloads(text: str, form: PayloadFormat) -> None:
    with pytest.raises(BadPayload) as caught:
        read_payload(text, form)
    assert caught.value.details == form.value


def test_ports() -> None:
    assert [check_port(port) for port in (1, 223)] == [1, 223]
    for port in (0, 224, -1, 256):
        with pytest.raises(BadPort):
            check_port(port)


def uplinks(device: LorawanDevice, *frames: tuple[float, int | None]) -> None:
    """Receive uplinks at some times with some frame counters."""
    for at, counter in frames:
        device.note_uplink(at, Radio(frame_counter=counter))


@pytest.mark.parametrize(
    "frames,lost",
    [
        ([(1000, 5), (1900, 6), (2800, 7)], 0),
        ([(1000, 5), (1900, 7), (2800, 10)], 3),
        # The same frame by another gateway, later, and late.
        ([(1000, 5), (1001, 5), (1900, 7), (1800, 6)], 1),
        # A join or a new battery, and the largest counter of 16 bits.
        ([(1000, 700), (1900, 0), (2800, 1)], 0),
        ([(1000, 65535), (1900, 0), (2800, 2)], 1),
        # A leap that no device can have sent.
        ([(1000, 5), (1900, 60_000), (2800, 60_002)], 1),
        # Platforms without a counter.
        ([(1000, None), (1900, 7), (2800, None), (3700, 9)], 0),
    ],
)
def test_lost_frames(device: LorawanDevice, frames: list[tuple[float, int | None]], lost: int) -> None:
    uplinks(device, *frames)
    assert device.lost_frames == lost
    assert LorawanDevice.from_stored(device.to_stored()).lost_frames == lost


def test_frames_that_nobody_could_receive_are_not_lost(device: LorawanDevice) -> None:
    device.listening.resume(900)
    uplinks(device, (1000, 5))
    device.listening.lose(1500)
    device.listening.resume(6000)
    uplinks(device, (6500, 11), (7400, 13))
    assert device.lost_frames == 1
    assert device.note_uplink(8300, Radio(frame_counter=16)) >= {"lost_frames", "frame_counter"}
