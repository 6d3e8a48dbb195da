"""Diagnostics files of every vendor hold nothing that identifies a home, its network or its devices."""

from collections.abc import Callable, Iterator
import re
from typing import Any, Final
from urllib.parse import quote, unquote

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import orjson
import pytest

from custom_components.pushwire.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from tests.common import set_up, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")

# Values that occur nowhere else, by the keys that can hold such a value.
PLANTED: Final[dict[str, tuple[str, ...]]] = {
    "planted-hub.example.net": ("host", "hostName", "address", "proxyaddress_hostname", "url"),
    "10.77.66.55": ("ip", "ipaddress", "ethIpAddress", "wifiIpAddress", "gateway"),
    "fd12:3456:789a::77": ("address6", "note6"),
    "02:7a:7b:7c:7d:7e": ("mac", "macAddress", "ethMacAddress", "bssid"),
    "7a:7b:7c:7d:7e:7f:70:71": ("uniqueid", "DevEUI", "dev_eui", "AppEUI", "join_eui", "GatewayEUI", "eui64"),
    "PLNT-99887766": ("serialNumber", "serial_number", "deviceSerial", "meterId", "sn"),
    "planted network": ("ssid", "wifiActiveSsid", "bluetoothHotspotName"),
    "47.987651": ("lat", "latitude", "staticLocation"),
    "8.765432": ("lng", "lon", "longitude"),
    "planted.person@example.org": ("email", "note"),
    "planted-secret-77": ("api_key", "AppSKey", "nwk_s_key", "device_key", "password", "access_token", "client_secret"),
}
# Words that a report must show, such as models, versions and types of frames.
READABLE: Final[dict[str, tuple[str, ...]]] = {
    "deconz": ("ConBee II", "swversion", "modelid", "lumi.", "ZHASwitch", "changed"),
    "element": ("readings", "parser", "measured_at"),
    "livisi": ("PSSO", "StateChanged", "1.2.67", "CosipDevices.RWE"),
    "resiot": ("CommType", "comm_rx", "0100000271000000ff03e8", "rssi_dbm"),
}
_IDENTIFIER: Final = re.compile(r"(?:mac|eui|ipaddress|serialnumber|bridgeid|uniqueid)$")
NOT_LOADED: Final = 503


def occurrences(value: str) -> Iterator[object]:
    """Yield data that holds a value in several ways."""
    yield value
    yield f"text with {value.upper()}, and more"
    yield {value: 1}
    yield [[value]]
    yield quote(value, safe="")
    yield orjson.dumps({"inner": value}).decode()
    if re.fullmatch(r"([0-9a-f]{2}:)+[0-9a-f]{2}", value):
        yield from (value.replace(":", "-"), value.replace(":", ""), f"id-{value.replace(':', '')}-x")


def planted_frames() -> Iterator[dict[str, Any]]:
    """Yield a frame for each value, with it under each of its keys and in texts."""
    for value, keys in PLANTED.items():
        shown = float(value) if re.fullmatch(r"\d+\.\d+", value) else value
        frame: dict[str, Any] = {"type": "planted", **dict.fromkeys(keys, shown)}
        frame["deep"] = [{"list": [{key: [shown]}]} for key in keys]
        if not value.startswith("planted-secret"):
            frame["texts"] = list(occurrences(value))
        yield frame


def values_in(world: Any) -> Iterator[str]:
    """Yield the identifiers in a simulated world."""
    if isinstance(world, dict):
        for key, value in world.items():
            # Some IDs are words, such as that of a flag.
            if _IDENTIFIER.search(plain(str(key))) and isinstance(value, str) and re.search(r"(?:\d.*){4}", value):
                yield value
            yield from values_in(value)
    elif isinstance(world, list):
        for item in world:
            yield from values_in(item)


def plain(text: str) -> str:
    """Return letters and digits in lower case."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def check(report: Any, values: set[str]) -> str:
    """Check that no value is in a report in any form; return the report as text."""
    text = orjson.dumps(report, default=str).decode()
    for form in (text, unquote(text)):
        assert [value for value in values if value.lower() in form.lower()] == []
        letters = plain(form)
        found = [value for value in values if len(plain(value)) > 6 and plain(value) in letters]
        assert [value for value in found if not value.startswith("planted")] == []
    return text


@pytest.mark.parametrize("make", [DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator])
async def test_nothing_planted_is_in_diagnostics(hass: HomeAssistant, make: Callable[[], Simulator]) -> None:
    async with make() as sim:
        entry = await set_up(hass, sim)
        values = {*PLANTED, "127.0.0.1", *values_in(sim.world)}
        for _ in range(5):
            sim.step()
        for frame in planted_frames():
            sim.push(frame)
        await wait_until(hass, lambda: "planted-secret" in str(entry.runtime_data.frame_log.diagnostics_data()))
        text = check(await async_get_config_entry_diagnostics(hass, entry), values)
        assert [word for word in READABLE[sim.vendor] if word not in text] == []
        kinds = ("host", "mac", "eui", "serial", "position", "network", "email")
        assert [kind for kind in kinds if re.search(rf"\b{kind}-[0-9]", text) is None] == []
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
            check(await async_get_device_diagnostics(hass, entry, device), values)
        sim.refuse(NOT_LOADED)
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        check(await async_get_config_entry_diagnostics(hass, entry), values)
        await hass.config_entries.async_remove(entry.entry_id)
