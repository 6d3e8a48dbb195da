"""Touchlink actions of a gateway."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator

NEARBY = [
    {"address": "0x0017880100123456", "factorynew": False, "rssi": -42.0, "channel": 15.0, "panid": 4711.0},
    {"address": "0x000b57fffe0a0b0c", "factorynew": True, "rssi": -60.0, "channel": 11.0, "panid": 0.0},
]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the result of a scan without a pause."""
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.touchlink.SCAN_INTERVAL", 0)


@pytest.fixture
def gateway(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the device registry's ID of the gateway."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert device is not None
    return device.id


async def call(hass: HomeAssistant, action: str, device_id: str, **data: Any) -> Any:
    """Call an action; return the answer of a scan."""
    return await hass.services.async_call(
        DOMAIN,
        f"touchlink_{action}",
        {"device_id": device_id, **data},
        blocking=True,
        return_response=action == "scan",
    )


async def test_scan(hass: HomeAssistant, sim: DeconzSimulator, gateway: str) -> None:
    assert await call(hass, "scan", gateway) == {"lights": []}
    sim.touchlink.nearby = [*NEARBY]
    sim.touchlink.questions_while_scanning = 3
    assert await call(hass, "scan", gateway) == {
        "lights": [
            {"address": "0x0017880100123456", "factory_new": False, "channel": 15, "rssi": -42},
            {"address": "0x000b57fffe0a0b0c", "factory_new": True, "channel": 11, "rssi": -60},
        ]
    }


async def test_a_light_is_named_by_its_address(hass: HomeAssistant, sim: DeconzSimulator, gateway: str) -> None:
    sim.touchlink.nearby = [*NEARBY]
    await call(hass, "scan", gateway)
    # The next scan, also one of another app, counts the lights in another order.
    sim.touchlink.nearby.reverse()
    await call(hass, "scan", gateway)
    await call(hass, "identify", gateway, address="0x0017880100123456")
    await call(hass, "reset", gateway, address=" 0x000B57FFFE0A0B0C ")
    assert sim.touchlink.carried_out == [("identify", "0x0017880100123456"), ("reset", "0x000b57fffe0a0b0c")]
    for action in ("identify", "reset"):
        with pytest.raises(HomeAssistantError) as raised:
            await call(hass, action, gateway, address="0x0017880100999999")
        assert raised.value.translation_key == "touchlink_light_not_found"
    assert len(sim.touchlink.carried_out) == 2


async def test_a_scan_that_does_not_end(hass: HomeAssistant, sim: DeconzSimulator, gateway: str) -> None:
    sim.touchlink.questions_while_scanning = 1000
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "scan", gateway)
    assert raised.value.translation_key == "touchlink_timeout"


@pytest.mark.parametrize("result", [None, [], {"1": None, "2": {"address": 4}}])
async def test_odd_results_of_a_scan(hass: HomeAssistant, sim: DeconzSimulator, gateway: str, result: Any) -> None:
    sim.touchlink.questions_while_scanning = 0
    await call(hass, "scan", gateway)
    sim.touchlink.found = result
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "identify", gateway, address="4")
    assert raised.value.translation_key == "touchlink_light_not_found"


async def test_a_busy_gateway(
    hass: HomeAssistant, sim: DeconzSimulator, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.api.client._RETRY_PAUSE", 0)
    sim.refuse(503)
    for action, data in (("scan", {}), ("identify", {"address": "1"}), ("reset", {"address": "1"})):
        with pytest.raises(HomeAssistantError) as raised:
            await call(hass, action, gateway, **data)
        assert raised.value.translation_key == "not_ready"


async def test_only_a_gateway_has_touchlink(hass: HomeAssistant, entry: ConfigEntry[Any], gateway: str) -> None:
    registry = dr.async_get(hass)
    others = [item.id for item in dr.async_entries_for_config_entry(registry, entry.entry_id) if item.id != gateway]
    for device_id in (others[0], "unknown"):
        with pytest.raises(ServiceValidationError) as raised:
            await call(hass, "scan", device_id)
        assert raised.value.translation_key == "touchlink_no_gateway"
