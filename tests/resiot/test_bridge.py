"""Devices of ResIOT in Home Assistant's own LoRaWAN integration."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from lorawan_connection import AckEvent, Downlink, DownlinkError, EventType, GatewayReception, JoinEvent
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.lorawan import bridge
from simulators import ResiotSimulator
from simulators.resiot import APP, GATEWAY, GATEWAY_ROOF
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.lorawan.core import Core, collect_uplinks, provide_core

from .test_order import NODE, rx, settle

VALVE = "0732227a557d8608"


@pytest.fixture
def core(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Core:
    """Return Home Assistant's integration."""
    return provide_core(hass, monkeypatch)


@pytest.fixture
async def entry(hass: HomeAssistant, core: Core, sim: ResiotSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry that has heard the valve, whose clock is right."""
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: VALVE in core.devices)
    await collect_uplinks(hass)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("entry")
async def test_devices_are_listed_from_their_first_frame_on(core: Core) -> None:
    (found,) = core.devices.values()
    assert (found.dev_eui, found.name, found.stack, found.brand_id) == (VALVE, VALVE.upper(), "resiot", None)
    assert found.application_id == APP
    assert len(core.uplinks(VALVE)) == 1


async def test_an_uplink_reported_by_each_gateway_is_one(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    now = dt_util.utcnow()
    first, second = rx(now, 11, "0167", rssi="-80"), rx(now, 11, "0167", GATEWAY_ROOF, rssi="-101")
    second["Extra"] |= {"duplicate": "true", "snr": "-2.5"}
    sim.push(first)
    sim.push(second)
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    sim.push(rx(now, 11, "0167", "218000ac0000a0ff", rssi="-110"))
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    (event,) = core.uplinks(NODE)
    assert (event.data, event.f_port) == (bytes.fromhex("0167"), 2)
    assert event.receptions == (
        GatewayReception(GATEWAY.lower(), -80.0, None),
        GatewayReception(GATEWAY_ROOF.lower(), -101.0, -2.5),
    )


async def test_a_signal_belongs_to_no_gateway_of_several(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    sim.push(rx(dt_util.utcnow(), 11, "0167") | {"GatewayEUIs": [GATEWAY, GATEWAY_ROOF]})
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    (event,) = core.uplinks(NODE)
    assert event.receptions == (GatewayReception(GATEWAY.lower()), GatewayReception(GATEWAY_ROOF.lower()))


async def test_late_uplinks_and_joins_are_held_back(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    now = dt_util.utcnow()
    sim.push(rx(now - timedelta(minutes=3), 10, "bb"))
    sim.push(rx(now - timedelta(minutes=3), kind="comm_join") | {"DevAddr": "26011bda"})
    sim.push(rx(now, 11, "aa"))
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    assert [event.data.hex() for event in core.uplinks(NODE)] == ["aa"]
    assert not core.of_type(EventType.JOIN)


async def test_until_the_clock_of_the_server_is_known_an_old_uplink_may_be_late(
    hass: HomeAssistant, sim: ResiotSimulator, core: Core
) -> None:
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    sim.push(rx(dt_util.utcnow() - timedelta(hours=2), 10, "bb"))
    sim.push(rx(None, 11, "cc"))
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    assert [event.data.hex() for event in core.uplinks(NODE)] == ["cc"]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "fields,expected",
    [
        ({}, []),
        ({"DevAddr": ""}, []),
        ({"DevAddr": "26011BDA"}, ["26011bda"]),
        ({"Extra": {"devaddr": "26011BDA"}}, ["26011bda"]),
    ],
)
async def test_a_join_without_an_address_is_none(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    core: Core,
    fields: dict[str, Any],
    expected: list[str],
) -> None:
    sim.join("valve", **fields)
    await settle(hass, entry, sim)
    joins = [event for event in core.events if isinstance(event, JoinEvent)]
    assert [join.dev_addr for join in joins] == expected


async def test_nodes_of_other_networks_are_not_listed(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    sim.add_node("sigfox", "1111")
    sim.uplink("sigfox", "00")
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    assert "1111" in entry.runtime_data.devices
    assert list(core.devices) == [VALVE]


async def test_a_device_that_a_person_deletes_leaves(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    entry.runtime_data.forget_device(VALVE)
    assert not core.devices
    sim.uplink("valve", "01")
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    assert [event.data.hex() for event in core.uplinks(VALVE)] == ["00", "01"]


# Connection


async def test_the_connection_is_lost_after_the_grace_period_and_comes_back(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    first = core.connections[entry.entry_id]
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: entry.runtime_data.availability.lost_at is not None)
    assert core.connections == {entry.entry_id: first}
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    assert not entry.runtime_data.available
    assert not core.connections
    sim.allow()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=62))
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    assert core.connections[entry.entry_id] is not first
    # Devices are known before the first uplink, since integrations delete those that are missing.
    assert list(core.devices) == [VALVE]
    sim.uplink("valve", "02")
    await settle(hass, entry, sim)
    await collect_uplinks(hass)
    assert [event.data.hex() for event in core.uplinks(VALVE)] == ["00", "02"]


async def test_a_reload_connects_once_and_delivers_what_was_received(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    sim.uplink("valve", "03")
    await settle(hass, entry, sim)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not core.connections
    assert [event.data.hex() for event in core.uplinks(VALVE)] == ["00", "03"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    assert list(core.devices) == [VALVE]
    assert len(core.urls) == 2


async def test_a_loss_during_the_registration_does_no_harm(
    hass: HomeAssistant, sim: ResiotSimulator, core: Core
) -> None:
    core.loses = True
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: entry.runtime_data.bridge.is_connected)
    await run_pending_updates(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert not core.connections
    sim.uplink("valve", "00")
    await settle(hass, entry, sim)
    assert not entry.runtime_data.frame_log.failures
    assert await hass.config_entries.async_unload(entry.entry_id)


# Downlinks


async def send(entry: ConfigEntry[Any], core: Core, **fields: Any) -> str:
    """Send a downlink as the model of a manufacturer does."""
    downlink = Downlink(VALVE, 50, b"%%", **{"confirmed": True, **fields})
    return await core.connections[entry.entry_id].async_send_downlink(downlink)


def outcomes(core: Core) -> list[tuple[str, bool]]:
    """Return all outcomes of downlinks so far."""
    return [(event.queue_item_id, event.acknowledged) for event in core.events if isinstance(event, AckEvent)]


async def test_a_confirmation_is_reported_once(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    reference = await send(entry, core)
    await wait_until(hass, lambda: bool(outcomes(core)))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5))
    await hass.async_block_till_done()
    assert outcomes(core) == [(reference, True)]
    assert len(sim.world["downlinks"]) == 1


async def test_a_missing_confirmation_is_reported_after_two_uplinks(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    sim.downlinks.device_confirms = False
    reference = await send(entry, core)
    for payload in ("01", "02"):
        assert not outcomes(core)
        sim.uplink("valve", payload)
        await settle(hass, entry, sim)
    assert outcomes(core) == [(reference, False)]


async def test_a_missing_confirmation_is_reported_when_the_time_is_over(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    core: Core,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bridge, "MAX_WAIT", 3600.0)
    sim.downlinks.device_confirms = False
    reference = await send(entry, core)
    await settle(hass, entry, sim)
    assert not outcomes(core)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=3601))
    await hass.async_block_till_done()
    assert outcomes(core) == [(reference, False)]


async def test_what_the_server_refuses_is_an_error(sim: ResiotSimulator, entry: ConfigEntry[Any], core: Core) -> None:
    sim.downlinks.result = "fail"
    with pytest.raises(DownlinkError, match="downlink_failed"):
        await send(entry, core)
    with pytest.raises(DownlinkError):
        await send(entry, core, expires_at=dt_util.utcnow() + timedelta(hours=1))
    assert not outcomes(core)
    assert not sim.world["downlinks"]
