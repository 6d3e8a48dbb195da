"""Payloads that may be Cayenne LPP by chance, as a ResIOT server sends them."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import ResiotSimulator
from tests.common import run_pending_updates, wait_until

NODE = "0732227a557d8601"
MILESIGHT_NODE = "24E124136D000001"


async def shown(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    payloads: list[str],
    port: int,
    dev_eui: str = NODE,
) -> dict[str, Any]:
    """Send payloads of a device; return the values that it shows."""
    log = entry.runtime_data.frame_log
    goal = log.seen + len(payloads)
    for payload in payloads:
        sim.push(
            {
                "CommType": "comm_rx",
                "AppEui": "70b3d50000000001",
                "DevEui": dev_eui,
                "Port": str(port),
                "Payload": payload,
                "Extra": {},
            }
        )
    await wait_until(hass, lambda: log.seen == goal)
    await run_pending_updates(hass)
    device = entry.runtime_data.devices[dev_eui.lower()]
    return {key: value.value for key, value in device.values.items()}


@pytest.mark.parametrize(
    "payloads,values",
    [
        (
            ["016700d7026850", "016700d802685203790154"],
            {"temperature_1": 21.6, "humidity_2": 41.0, "altitude_3": 340},
        ),
        # RAK's soil probe
        (
            ["036700c801bc012c", "036700c901bc012e02c001f4"],
            {"temperature_3": 20.1, "soil_moisture_1": 30.2, "soil_conductivity_2": 0.5},
        ),
        # RAK's weather station
        (
            ["01be00fa02bf010e", "01be00fc02bf010c03c301f4"],
            {"wind_speed_1": 2.52, "wind_direction_2": 268, "irradiance_3": 500},
        ),
    ],
    ids=["altitude", "soil", "weather"],
)
async def test_further_types_of_cayenne(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], payloads: list[str], values: dict[str, Any]
) -> None:
    assert await shown(hass, sim, entry, payloads[:1], 2) == {}
    assert await shown(hass, sim, entry, payloads[1:], 2) == values


@pytest.mark.parametrize(
    "payloads,values",
    [
        (
            ["03670126046833", "0A00FF", "0367012604683300BA0BD1", "03670126046833"],
            {"temperature_3": 29.4, "humidity_4": 25.5},
        ),
        (
            ["036700d2046828", "0A0000", "036700d304682900BA0B70", "036700d3046829"],
            {"temperature_3": 21.1, "humidity_4": 20.5},
        ),
        (
            ["0367fff604683c", "0A0001", "00D30064", "0367fff504683c"],
            {"temperature_3": -1.1, "humidity_4": 30.0},
        ),
    ],
    ids=["warm", "cool", "cold"],
)
async def test_records_of_tektelic(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], payloads: list[str], values: dict[str, Any]
) -> None:
    assert await shown(hass, sim, entry, payloads, 10) == values
    # Its own records change nothing afterwards either.
    assert await shown(hass, sim, entry, ["0A00FF", "00D30064"], 10) == values


@pytest.mark.parametrize(
    "payload,port,dev_eui",
    [
        # 25.9 °C, which would be 76.9 °C
        ("03670301046865", 85, NODE),
        # 25.6 °C and 25.8 °C, which would be 0.1 °C and 51.3 °C
        ("03670001046850", 85, NODE),
        ("03670201046865", 85, NODE),
        ("03670001046850", 2, MILESIGHT_NODE),
    ],
)
async def test_little_endian_values_of_milesight(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], payload: str, port: int, dev_eui: str
) -> None:
    assert await shown(hass, sim, entry, [payload] * 3, port, dev_eui) == {}
