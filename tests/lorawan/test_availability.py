"""Availability of devices through the whole integration, for both platforms."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.element import coordinator as element_coordinator
from custom_components.pushwire.vendors.resiot import coordinator as resiot_coordinator
from simulators import ElementSimulator, ResiotSimulator, Simulator
from tests.common import set_up, wait_reconnected, wait_until

HOUR = 3600


@dataclass
class House:
    """Devices of a platform, and the entry that shows them.

    Attributes:
        send: Sends an uplink of a device with a value.
        device_id: Returns the ID of a device.
        entity_key: Key of the entity of the value.

    """

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    sim: Simulator
    entry: ConfigEntry[Any]
    send: Callable[[str, int], object]
    device_id: Callable[[str], str]
    entity_key: str

    async def receive(self, key: str, value: int) -> None:
        """Let a device send an uplink, and wait until the uplink has been received."""
        before = self.last_uplink(key)
        self.send(key, value)
        await wait_until(self.hass, lambda: self.last_uplink(key) != before)
        await self.hass.async_block_till_done()

    def last_uplink(self, key: str) -> float | None:
        """Return the time of the last uplink of a device."""
        device = self.entry.runtime_data.devices.get(self.device_id(key))
        return None if device is None else device.last_uplink

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and look for overdue devices."""
        self.freezer.tick(seconds)
        self.entry.runtime_data._check_overdue(None)
        await self.hass.async_block_till_done()

    async def publish_late(self) -> None:
        """Let the coordinator publish what waits for further items."""
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(seconds=5))
        await self.hass.async_block_till_done()

    def is_available(self, key: str) -> bool:
        """Return whether the value of a device is available."""
        unique_id = self.entry.runtime_data.unique_id(self.device_id(key), self.entity_key)
        entity_id = er.async_get(self.hass).async_get_entity_id("sensor", DOMAIN, unique_id)
        assert entity_id is not None
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state.state != STATE_UNAVAILABLE


@pytest.fixture(params=["element", "resiot"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[House]:
    """Return the devices of each platform in turn."""
    for module in (element_coordinator, resiot_coordinator):
        # A socket must not look dead when the clock of the test is moved.
        policy = replace(
            module.POLICY,
            ping_interval=1e9,
            idle_timeout=1e9,
            idle_timeout_no_pong=1e9,
            backoff_first=0.005,
            backoff_cap=0.02,
        )
        monkeypatch.setattr(module, "POLICY", policy)
    freezer.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    if request.param == "element":
        async with ElementSimulator(rate=100_000, idle_timeout=1e9) as element:
            # The device is new, so its interval is not known to the platform.
            for key in ("door", "window", "meter", "tank"):
                element.add_device(key, key)
                element.device(key)["stats"]["packet_interval"] = None
            entry = await set_up(hass, element)
            yield House(
                hass,
                freezer,
                element,
                entry,
                lambda key, value: element.uplink(key, {"temperature": value % 50}),
                element.resolve,
                "value-temperature",
            )
            await hass.config_entries.async_unload(entry.entry_id)
        return
    nodes = {"door": "office", "window": "valve", "meter": "office", "tank": "valve"}
    async with ResiotSimulator() as resiot:
        entry = await set_up(hass, resiot)
        yield House(
            hass,
            freezer,
            resiot,
            entry,
            lambda key, value: resiot.uplink_lpp(nodes[key], [(1, "temperature", value % 50)], port=1),
            lambda key: resiot.resolve(nodes[key]).lower(),
            "value-temperature_1",
        )
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("key,uses,seconds", [("door", 10, 20), ("window", 16, 75), ("door", 5, 600)])
async def test_a_door_sensor_after_use(house: House, key: str, uses: int, seconds: int) -> None:
    for number in range(uses):
        await house.receive(key, number)
        house.freezer.tick(seconds)
    for _ in range(8):
        await house.pass_time(3 * HOUR)
        assert house.is_available(key)
    await house.pass_time(HOUR + 1)
    assert not house.is_available(key)
    await house.receive(key, 99)
    assert house.is_available(key)


@pytest.mark.parametrize("key,minutes,off", [("meter", 30, 4), ("tank", 60, 9), ("meter", 15, 26)])
async def test_home_assistant_was_off(house: House, key: str, minutes: int, off: int) -> None:
    # The interval is learned over three days.
    for number in range(75 * 60 // minutes):
        await house.receive(key, number)
        house.freezer.tick(minutes * 60)
    limit = max(3 * minutes * 60, 2 * HOUR)
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    house.freezer.tick(off * HOUR)
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.hass.async_block_till_done()
    assert house.is_available(key)
    await house.pass_time(limit - 60)
    assert house.is_available(key)
    await house.pass_time(120)
    assert not house.is_available(key)
    # A device that was missed before is not available after a restart.
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()
    assert not house.is_available(key)
    await house.receive(key, 9999)
    # The readings of a packet follow it, and only then the old values are shown no more.
    await house.publish_late()
    assert house.is_available(key)


async def test_no_socket_was_open(house: House) -> None:
    for number in range(75):
        await house.receive("meter", number)
        house.freezer.tick(HOUR)
    house.sim.refuse(503)
    await house.sim.drop()
    await wait_until(house.hass, lambda: house.entry.runtime_data.listening.lost_at is not None)
    await house.pass_time(12 * HOUR)
    assert house.is_available("meter")
    house.sim.allow()
    await wait_reconnected(house.hass, house.entry)
    await house.pass_time(3 * HOUR - 60)
    assert house.is_available("meter")
    await house.pass_time(120)
    assert not house.is_available("meter")


async def set_limit(house: House, key: str, hours: float | None) -> dict[str, str]:
    """Set the limit of a device in the options; return what the form says."""
    options = house.hass.config_entries.options
    result: Any = await options.async_init(house.entry.entry_id)
    result = await options.async_configure(result["flow_id"], {"next_step_id": "silence"})
    result = await options.async_configure(result["flow_id"], {"device": house.device_id(key)})
    placeholders = dict(result["description_placeholders"])
    suggested = next(iter(result["data_schema"].schema)).description
    placeholders["own"] = suggested["suggested_value"] if suggested else None
    result = await options.async_configure(result["flow_id"], {} if hours is None else {"hours": hours})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await house.hass.async_block_till_done()
    await wait_until(house.hass, lambda: house.entry.state is ConfigEntryState.LOADED)
    return placeholders


async def test_a_limit_of_its_own(house: House) -> None:
    for number in range(3):
        await house.receive("door", number)
        await house.receive("window", number)
        house.freezer.tick(60)
    form = await set_limit(house, "door", 1)
    assert (form["learned"], form["own"]) == ("25.0", None)
    await house.pass_time(HOUR - 120)
    assert house.is_available("door")
    await house.pass_time(240)
    # The limit is shorter than any learned one, and concerns no other device.
    assert not house.is_available("door")
    assert house.is_available("window")
    assert (await set_limit(house, "door", 48))["own"] == 1
    assert house.is_available("door")
    await house.pass_time(26 * HOUR)
    assert house.is_available("door")
    assert not house.is_available("window")
    # Without a limit of its own, the learned one applies at once.
    assert (await set_limit(house, "door", None))["own"] == 48
    assert house.entry.options["silence_limits"] == {}
    assert not house.is_available("door")


async def test_learning_does_not_depend_on_a_limit(house: House) -> None:
    await house.receive("door", 1)
    await set_limit(house, "door", 0.5)
    await house.pass_time(3 * HOUR)
    await house.receive("door", 2)
    cadence = house.entry.runtime_data.devices[house.device_id("door")].cadence
    assert cadence.longest_silence == pytest.approx(3 * HOUR, abs=60)


async def test_no_device_is_known(hass: HomeAssistant) -> None:
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        result: Any = await hass.config_entries.options.async_init(entry.entry_id)
        result = await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": "silence"})
        assert result["reason"] == "no_devices"
        await hass.config_entries.async_unload(entry.entry_id)
