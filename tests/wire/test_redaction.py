"""Redaction of diagnostics."""

from typing import Any

import pytest

from custom_components.pushwire.wire.redaction import REDACTED, Redaction, unpacked

EUI = "00:11:22:AA:bb:cc:dd:ee"


def redacted(data: Any) -> Any:
    """Return redacted data."""
    return Redaction({"auth"}, ["s3cret/x"], ["deconz"]).apply(unpacked(data))


@pytest.mark.parametrize(
    "value,shown",
    [
        ({"auth": "x"}, {"auth": REDACTED}),
        # Vendors write the same key in several ways.
        ({"Auth": "x", "api_key": 5, "AppSKey": "x"}, {"Auth": REDACTED, "api_key": REDACTED, "AppSKey": REDACTED}),
        ({"auth": {"nested": "x"}}, {"auth": REDACTED}),
        ({"auth": [0]}, {"auth": REDACTED}),
        ({"a": [{"b": ({"auth": "x"},)}]}, {"a": [{"b": [{"auth": REDACTED}]}]}),
        # A missing value is worth knowing.
        ({"auth": None, "mac": "", "host": []}, {"auth": None, "mac": "", "host": []}),
        ({"keys": "x", "on": True, "keyPressCounter": 3}, {"keys": "x", "on": True, "keyPressCounter": 3}),
        ({"path s3cret/x": "/api/S3CRET/x/lights"}, {f"path {REDACTED}": f"/api/{REDACTED}/lights"}),
        (["?auth=s3cret%2Fx", {"s3cret/x"}], [f"?auth={REDACTED}", [REDACTED]]),
        ({5: 7}, {"5": 7}),
    ],
)
def test_secrets_are_redacted(value: Any, shown: Any) -> None:
    assert redacted(value) == shown


@pytest.mark.parametrize(
    "text,shown",
    [
        (EUI, "eui-1"),
        (EUI.lower(), "eui-1"),
        (f"{EUI}-01-0006", "eui-1-01-0006"),
        ("001122aabbccddee", "eui-1"),
        ("0x001122AABBCCDDEE", "0xeui-1"),
        ("00-11-22-aa-bb-cc-dd-ee", "eui-1"),
        ("00%3A11%3a22%3AAA%3Abb%3Acc%3Add%3Aee", "eui-1"),
        ("first 001122aabbccddee, then 00:11:22:aa:bb:cc:dd:ee.", "first eui-1, then eui-1."),
        # Part of a frame of LoRaWAN, with the bytes in reverse order.
        ("00eeddccbbaa22110042", "00eui-142"),
    ],
)
def test_an_identifier_is_replaced_in_every_form(text: str, shown: str) -> None:
    assert redacted({"dev_eui": EUI, "note": text, text: "x"}) == {"dev_eui": "eui-1", "note": shown, shown: "x"}


@pytest.mark.parametrize(
    "text,shown",
    [
        ("11:22:33:44:55:66", "mac-1"),
        ("at 11-22-33-44-55-6A and 11223344556a", "at mac-1 and mac-1"),
        ("192.168.1.7", "host-1"),
        ("192.168.1.7:80 fe80::1%eth0", "host-1:80 fe80::1%eth0"),
        ("[fe80::1]:80 and fe80::1", "[host-1]:80 and host-1"),
        ("http://hub.example:8080/path", "http://host-1:8080/path"),
        ("http://me:pw@hub.example/path", f"http://{REDACTED}@host-1/path"),
        ("http%3A%2F%2Fhub.example%2Fpath, http://hub.example", "http://host-1/path, http://host-1"),
        ("phoscon.local", "host-1"),
        ("someone@example.org", "email-1"),
        ("48.13712, 11.57541", "position-1"),
        # Nothing of these is an identifier.
        ("2026-11-27T10:00:00.000", "2026-11-27T10:00:00.000"),
        ("lumi.sensor_magnet.aq2", "lumi.sensor_magnet.aq2"),
        ("999.1.1.1", "999.1.1.1"),
        ("100%", "100%"),
        ("1.5, 2.5", "1.5, 2.5"),
    ],
)
def test_identifiers_are_found_by_their_shape(text: str, shown: str) -> None:
    assert redacted({"note": text}) == {"note": shown}


def test_versions_models_and_payloads_stay_readable() -> None:
    data = {
        "swversion": "2.33.2.1",
        "model": "1.2.3.4",
        "payload": "0367010a02ff",
        "frm_payload": "0" * 16,
        "e": "changed",
    }
    assert redacted(data) == data


def test_positions() -> None:
    data = {
        "latitude": 48.13712,
        "lng": "11.57541",
        "alt": 520,
        "location": {"coordinates": [11.57541, 48.13712]},
        "x": 48.13712,
        "note": "near 48.13712 N",
        "humidity": 48.1,
    }
    assert redacted(data) == {
        "latitude": "position-1",
        "lng": "position-2",
        "alt": "position-3",
        "location": {"coordinates": ["position-2", "position-1"]},
        "x": "position-1",
        "note": "near position-1 N",
        "humidity": 48.1,
    }
    assert redacted({"lat": 48.0, "brightness": 48.0}) == {"lat": "position-1", "brightness": 48.0}


def test_serial_numbers_and_names_of_networks() -> None:
    data = {
        "serialNumber": "AB-1234",
        "sn": 123456,
        "ssid": "Our home",
        "other": {"a": 123456, "b": "x-ab1234", "c": "our home"},
    }
    assert redacted(data) == {
        "serialNumber": "serial-1",
        "sn": "serial-2",
        "ssid": "network-1",
        "other": {"a": "serial-2", "b": "x-serial-1", "c": "network-1"},
    }
    # A short number may be anything.
    assert redacted({"sn": "12", "number": "12 or 312"}) == {"sn": "serial-1", "number": "12 or 312"}


def test_a_host_with_the_name_of_the_vendor() -> None:
    assert redacted({"host": "deconz", "vendor": "deconz"}) == {"host": "host-1", "vendor": "deconz"}


def test_json_in_a_text_is_redacted_too() -> None:
    assert redacted({"message": '{"serialNumber": "AB-1234"}', "other": "{no json"}) == {
        "message": {"serialNumber": "serial-1"},
        "other": "{no json",
    }
