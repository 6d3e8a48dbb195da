"""A device's values, pace and memory; and what is typed for a downlink."""

from time import time

import orjson
import pytest

from custom_components.pushwire.lorawan.api.downlink import (
    MAX_PAYLOAD,
    BadPayload,
    BadPort,
    PayloadFormat,
    check_port,
    read_payload,
)
from custom_components.pushwire.lorawan.api.meaning import Meaning
from custom_components.pushwire.lorawan.api.model import LorawanDevice, Radio, integer, number

PLAIN = Meaning()


@pytest.fixture
def device() -> LorawanDevice:
    """Return a device that was never heard."""
    return LorawanDevice(device_id="x", name="x")


def test_the_newest_measurement_stays(device: LorawanDevice) -> None:
    assert device.measure("a", 1, 100.0, PLAIN, 100.0)
    assert not device.measure("a", 2, 99.0, PLAIN, 200.0)
    assert device.values["a"].value == 1
    # Of two of the same moment, the one that was taken in later.
    assert device.measure("a", 3, 100.0, PLAIN, 101.0)
    assert not device.measure("a", 4, 100.0, PLAIN, 100.5)
    assert not device.measure("a", 3, 110.0, PLAIN, 111.0)
    assert device.values["a"].measured_at == 110.0
    assert not device.measure("a", 5, 109.0, PLAIN, 112.0)


def test_pace_is_learned(device: LorawanDevice) -> None:
    assert not device.is_overdue(time())
    assert device.interval is None
    now = time()
    assert device.heard(now - 40_000) == {"last_uplink"}
    # Nothing known of its pace: many devices speak once a day.
    assert not device.is_overdue(now)
    assert device.is_overdue(now + 60_000)
    for back in range(3, -1, -1):
        device.heard(now - back * 3600)
    assert device.interval == 3600
    assert not device.is_overdue(now + 3 * 3600 - 1)
    assert device.is_overdue(now + 3 * 3600 + 1)
    # The server knows better when it is slower.
    device.server_interval = 7200
    assert not device.is_overdue(now + 6 * 3600 - 1)
    device.server_interval = 60
    device.intervals.clear()
    assert not device.is_overdue(now + 7199)
    assert device.is_overdue(now + 7201)


def test_an_old_uplink_does_not_make_a_silent_device_heard(device: LorawanDevice) -> None:
    device.server_interval = 600
    now = time()
    assert device.heard(now - 20_000) == {"last_uplink", "available"}
    assert device.overdue
    assert device.heard(now - 30_000) == set()
    assert device.heard(now - 10_000) == {"last_uplink"}
    assert device.overdue
    assert device.heard(now) == {"last_uplink", "available"}
    assert not device.overdue


def test_radio_tells_what_changed(device: LorawanDevice) -> None:
    assert device.receive(Radio(rssi=-80, snr=7)) == {"rssi", "snr"}
    assert device.receive(Radio(rssi=-80, snr=8)) == {"snr"}
    assert device.receive(Radio(rssi=-80, snr=8)) == set()


def test_memory_is_complete(device: LorawanDevice) -> None:
    device.heard(1000.0)
    device.heard(2000.0)
    device.receive(Radio(rssi=-80, port=2))
    device.measure("a", 1.5, 1000.0, Meaning(device_class="temperature", unit="°C"), 1001.0)
    device.facts["cayenne"] = {"2": ["a"]}
    again = LorawanDevice.load(orjson.loads(orjson.dumps(device.dump())))
    assert again == device
    assert again.intervals.maxlen == device.intervals.maxlen


@pytest.mark.parametrize(
    "value,plain",
    [
        ("867.3", 867.3),
        (7, 7.0),
        ("-18", -18.0),
        ("loud", None),
        (True, None),
        (None, None),
        ([], None),
        ("nan", None),
        ("-inf", None),
        (10**400, None),
    ],
)
def test_numbers(value: object, plain: float | None) -> None:
    assert number(value) == plain
    assert integer(value) == (None if plain is None else int(plain))


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
def test_payloads(text: str, form: PayloadFormat, payload: bytes) -> None:
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
def test_no_payloads(text: str, form: PayloadFormat) -> None:
    with pytest.raises(BadPayload) as caught:
        read_payload(text, form)
    assert caught.value.details == form.value


def test_ports() -> None:
    assert [check_port(port) for port in (1, 223)] == [1, 223]
    for port in (0, 224, -1, 256):
        with pytest.raises(BadPort):
            check_port(port)
