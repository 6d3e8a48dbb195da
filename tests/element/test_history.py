"""Statistics of readings that arrive late, with the real recorder."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import random
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import async_change_statistics_unit, statistics_during_period
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import orjson
import pytest
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan.coordinator import END_DEVICE, RECEIVE_ONLY
from custom_components.pushwire.vendors.element import coordinator as element_coordinator
from tests.common import wait_until
from tests.element.house import House, house_at

ELECTRICITY = "sensor.keller_stromzahler_energy_import"
WATER = "sensor.keller_wasserzahler_keller_register_value"
CLIMATE = "sensor.gebaude_klima_buro_temperature"
TEN = datetime(2026, 10, 1, 10, tzinfo=UTC)
IMPORT = "1-0:1.8.0"


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """Prepare the recorder before Home Assistant."""


@pytest.fixture
async def house(
    async_test_recorder: RecorderInstanceContextManager, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[House]:
    """Return a house at ten o'clock, before the platform has any readings."""
    async with house_at(TEN, hass, async_test_recorder, monkeypatch, "electricity", "water", "climate") as house:
        yield house


def minutes(number: float) -> datetime:
    """Return a time in minutes after ten o'clock."""
    return TEN + timedelta(minutes=number)


async def changes(house: House, entity_id: str, since: datetime = TEN) -> dict[int, float | None]:
    """Return the rounded change of each hour, by its number after ten o'clock."""
    rows = await house.hours(entity_id, since)
    return {(start - TEN) // timedelta(hours=1): round(row["change"], 6) for start, row in rows.items()}


async def test_a_zero_of_a_counter_is_no_consumption(house: House) -> None:
    for minute, value in ((1, 1000.0), (16, 1000.5), (31, 0), (46, 1001.0)):
        await house.advance(minutes(minute))
        await house.push("electricity", {IMPORT: value}, minutes(minute))
        await house.settle()
        if value == 0:
            assert house.hass.states.is_state(ELECTRICITY, "1000.5")
    await house.advance(minutes(61))
    assert house.hass.states.is_state(ELECTRICITY, "1001.0")
    assert await changes(house, ELECTRICITY) == {0: 1.0}


async def test_a_first_reading_of_zero_is_no_consumption(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 0), (16, 0), (31, 1000.0), (46, 1000.5), (61, 1002.0)])
    await house.advance(minutes(125))
    await house.settle()
    assert await changes(house, ELECTRICITY) == {0: 0.5, 1: 1.5}
    assert [row["state"] for row in (await house.hours(ELECTRICITY, TEN)).values()] == [1000.5, 1002.0]


async def test_five_hours_in_one_go(house: House) -> None:
    await house.advance(minutes(1))
    await house.push("water", {"register_value": 100.0, "medium": "water_m3"}, minutes(1))
    await house.advance(minutes(310))
    states: list[str] = []
    house.hass.bus.async_listen(
        "state_changed",
        callback(
            lambda event: states.append(event.data["new_state"].state) if event.data["entity_id"] == WATER else None
        ),
    )
    for hour in range(1, 6):
        await house.push("water", {"register_value": 100.0 + hour, "medium": "water_m3"}, minutes(60 * hour))
    await house.settle()
    assert states == ["105.0"]
    assert await changes(house, WATER) == {0: 0, 1: 1, 2: 1, 3: 1, 4: 1}
    await house.advance(minutes(361))
    await house.settle()
    assert await changes(house, WATER) == {0: 0, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


async def test_a_measurement_of_an_earlier_hour(house: House) -> None:
    for minute, value in ((5, 20.0), (65, 21.0)):
        await house.advance(minutes(minute))
        await house.push("climate", {"temperature": value}, minutes(minute))
    await house.advance(minutes(100))
    await house.push("climate", {"temperature": 30.0}, minutes(35))
    await house.settle()
    assert house.hass.states.is_state(CLIMATE, "21.0")
    row = (await house.hours(CLIMATE, TEN))[TEN]
    assert (row["min"], row["max"]) == (20.0, 30.0)
    # The platform expects an uplink every 15 minutes.
    assert row["mean"] == pytest.approx(20 + 10 * 15 / 60)


async def push_readings(house: House, device: str, key: str, readings: list[tuple[int, float]]) -> None:
    """Let the time pass and push readings, given by minutes after ten o'clock and value."""
    for minute, value in readings:
        await house.advance(minutes(minute))
        await house.push(device, {key: value}, minutes(minute))
    await house.settle()


async def test_an_exchanged_meter_counts_from_its_first_reading(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0), (16, 1000.5), (61, 250.0), (76, 251.0)])
    assert house.hass.states.is_state(ELECTRICITY, "1000.5")
    await push_readings(house, "electricity", IMPORT, [(121, 252.0), (136, 253.5)])
    assert house.hass.states.is_state(ELECTRICITY, "253.5")
    await house.advance(minutes(241))
    await house.settle()
    assert await changes(house, ELECTRICITY) == {0: 0.5, 1: 1.0, 2: 2.5, 3: 0}
    rows = await house.hours(ELECTRICITY, TEN)
    assert [row["state"] for row in rows.values()] == [1000.5, 251.0, 253.5, 253.5]


async def test_a_held_reading_survives_a_restart_and_is_in_the_diagnostics(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0), (16, 250.0), (31, 251.0)])
    device_id = house.sim.resolve("electricity")
    stored = house.entry.runtime_data.device_diagnostics_data(device_id)["readings"][IMPORT]
    assert [value for _, value in stored["history"]["held"]] == [250.0, 251.0]
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert house.hass.states.is_state(ELECTRICITY, "1000.0")
    await push_readings(house, "electricity", IMPORT, [(46, 252.0)])
    assert house.hass.states.is_state(ELECTRICITY, "252.0")


async def test_readings_before_the_first_one(house: House) -> None:
    """The rows before the zero point of Home Assistant are imported below it, and no hour is negative."""
    await push_readings(house, "electricity", IMPORT, [(121, 1003.0)])
    await house.push("electricity", {IMPORT: 1001.0}, minutes(31))
    await house.push("electricity", {IMPORT: 1002.5}, minutes(91))
    await house.advance(minutes(181))
    await house.settle()
    assert await changes(house, ELECTRICITY) == {0: 0, 1: 1.5, 2: 0.5}


async def test_statistics_follow_a_renamed_entity_and_its_unit(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0)])
    await house.advance(minutes(61))
    registry = er.async_get(house.hass)
    registry.async_update_entity_options(ELECTRICITY, "sensor", {"unit_of_measurement": "MWh"})
    registry.async_update_entity(ELECTRICITY, new_entity_id="sensor.house")
    await push_readings(house, "electricity", IMPORT, [(185, 1007.0)])
    await house.push("electricity", {IMPORT: 1004.0}, minutes(70))
    await house.settle()
    rows = await get_instance(house.hass).async_add_executor_job(
        statistics_during_period,
        house.hass,
        TEN,
        None,
        {"sensor.house", ELECTRICITY},
        "hour",
        {"energy": "kWh"},
        {"change"},
    )
    assert list(rows) == ["sensor.house"]
    assert [row["change"] for row in rows["sensor.house"]] == pytest.approx([0, 4, 0])


async def test_samples_are_converted_to_the_unit_of_the_statistics(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0)])
    await house.advance(minutes(61))
    await async_change_statistics_unit(
        house.hass, ELECTRICITY, new_unit_of_measurement="MWh", old_unit_of_measurement="kWh"
    )
    await push_readings(house, "electricity", IMPORT, [(62, 300.0), (65, 301.0), (80, 302.0)])
    await house.push("electricity", {IMPORT: 1002.0}, minutes(10))
    await house.advance(minutes(125))
    await house.settle()
    rows = await house.hours(ELECTRICITY, TEN)
    assert [row["change"] for row in rows.values()] == pytest.approx([2, 2], abs=1e-6)
    assert [row["state"] for row in rows.values()] == pytest.approx([1002, 302])
    assert (await backfill(house, 2))[0]["hours"] == 0


async def test_a_key_that_was_last_reported_twelve_readings_ago(house: House) -> None:
    sim = house.sim
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    sim.uplink("water", {"battery": 3611}, measured_at=minutes(-300), inserted_at=minutes(-300))
    for back in range(12, 0, -1):
        at = minutes(-15 * back)
        sim.uplink("water", {"register_value": 500.0 - back, "medium": "water_m3"}, measured_at=at, inserted_at=at)
    await house.set_up()
    assert house.hass.states.is_state("sensor.keller_wasserzahler_keller_battery_voltage", "3611")
    assert house.hass.states.is_state(WATER, "499.0")


METERS = {
    "import": ("electricity", "1-0:1.8.0", {}, 0.4),
    "export": ("electricity", "1-0:2.8.0", {}, 0.3),
    "gas": ("gas", "zahlerstand_m_3", {}, 0.1),
    "water": ("water", "register_value", {"medium": "water_m3"}, 0.05),
    "heat": ("heat", "0_0_0_energy_current_value_kWh", {}, 2.0),
}


@pytest.fixture
async def meters(
    async_test_recorder: RecorderInstanceContextManager, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[House]:
    """Return a house with a meter of each kind."""
    devices = {device for device, _, _, _ in METERS.values()}
    async with house_at(TEN, hass, async_test_recorder, monkeypatch, *devices) as house:
        yield house


def send_readings(house: House, hours: int, *, late: bool) -> dict[str, dict[int, float]]:
    """Let the platform receive a reading of each meter every half hour; return the consumption of each hour.

    Late readings are received now, the others when they were measured.
    """
    chance = random.Random(12)
    used: dict[str, dict[int, float]] = {name: defaultdict(float) for name in METERS}
    register = dict.fromkeys(METERS, 1000.0)
    for half in range(2 * hours):
        at = minutes(30 * half + 7)
        for name, (device, key, more, most) in METERS.items():
            step = round(chance.uniform(0, most), 3) if half else 0.0
            register[name] = round(register[name] + step, 3)
            used[name][half // 2] += step
            house.sim.uplink(device, {key: register[name], **more}, measured_at=at, inserted_at=None if late else at)
    return used


async def assert_consumption(house: House, used: dict[str, dict[int, float]]) -> None:
    """Check the change of each hour."""
    for name, hours in used.items():
        device, key, _, _ = METERS[name]
        entity_id = house.entry.runtime_data.value_entity_id(house.sim.resolve(device), key)
        rows = await house.hours(entity_id, TEN)
        for hour, expected in hours.items():
            assert rows[minutes(60 * hour)]["change"] == pytest.approx(expected, abs=0.001), (name, hour)


def device_ids(house: House) -> list[str]:
    """Return the IDs of the meters in the device registry."""
    devices = dr.async_entries_for_config_entry(dr.async_get(house.hass), house.entry.entry_id)
    return [device.id for device in devices if device.model_id in (END_DEVICE, RECEIVE_ONLY)]


async def backfill(house: House, hours: int) -> list[dict[str, Any]]:
    """Read the hours after ten o'clock into the statistics; return the responses."""
    responses = []
    for device_id in device_ids(house):
        data = {"device_id": device_id, "start": TEN.isoformat(), "end": minutes(60 * hours).isoformat()}
        response = await house.hass.services.async_call(DOMAIN, "backfill", data, blocking=True, return_response=True)
        assert response is not None
        responses.append(dict(response))
    await house.settle()
    return responses


async def test_a_week_of_late_readings(meters: House) -> None:
    """Each reading of a week arrives at its end; reading the week again from the platform changes nothing."""
    hours = 168
    await meters.jump(minutes(60 * hours + 5))
    seen = meters.entry.runtime_data.frame_log.seen
    used = send_readings(meters, hours, late=True)
    await wait_until(
        meters.hass, lambda: meters.entry.runtime_data.frame_log.seen >= seen + 2 * 2 * hours * len(METERS)
    )
    await meters.settle()
    await meters.advance(minutes(60 * hours + 125))
    await meters.settle()
    await assert_consumption(meters, used)
    responses = await backfill(meters, hours)
    assert sum(response["readings"] for response in responses) == 2 * hours * len(METERS)
    assert sum(response["hours"] for response in responses) == 0
    await assert_consumption(meters, used)


async def test_backfill_reads_what_was_never_received(meters: House) -> None:
    """A range that no socket has sent, once and again, while Home Assistant has rows of its own after it."""
    hours = 10
    with meters.sim.lose_frames():
        used = send_readings(meters, hours, late=False)
        for name, (device, key, more, _) in METERS.items():
            # A zero within the range and one at its start are no consumption.
            for at in (minutes(2), minutes(200)):
                meters.sim.uplink(device, {key: 0, **more}, measured_at=at, inserted_at=at)
            del name
    await meters.jump(minutes(60 * hours + 5))
    for device, key, more, _ in METERS.values():
        await meters.push(device, {key: 2000.0, **more}, minutes(60 * hours + 5))
    await meters.advance(minutes(60 * hours + 65))
    await meters.settle()
    responses = await backfill(meters, hours)
    assert sum(response["hours"] for response in responses) >= hours * len(METERS)
    await assert_consumption(meters, used)
    assert sum(response["hours"] for response in await backfill(meters, hours)) == 0
    await assert_consumption(meters, used)


async def test_backfill_of_measurements_can_be_repeated(house: House) -> None:
    with house.sim.lose_frames():
        for minute, value in ((-5, 10.0), (5, 20.0), (35, 30.0), (70, 40.0)):
            house.sim.uplink("climate", {"temperature": value}, minutes(minute), minutes(minute))
    await house.jump(minutes(190))
    await house.push("climate", {"temperature": 50.0}, minutes(190))
    await house.settle()
    for _ in range(2):
        await backfill(house, 3)
        rows = await house.hours(CLIMATE, TEN)
        assert (rows[TEN]["min"], rows[TEN]["max"]) == (20.0, 30.0)
        assert rows[TEN]["mean"] == pytest.approx((20 * 30 + 30 * 25) / 55)
        assert rows[minutes(60)]["mean"] == pytest.approx((30 * 10 + 40 * 50) / 60)


async def test_backfill_of_an_impossible_range(house: House, hass: HomeAssistant) -> None:
    device_id = device_ids(house)[0]
    for start, end in ((minutes(60), minutes(120)), (minutes(-10), minutes(-20))):
        data = {"device_id": device_id, "start": start.isoformat(), "end": end.isoformat()}
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "backfill", data, blocking=True)
        assert error.value.translation_key == "backfill_bad_range"
    hub = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, house.entry.runtime_data.hub_id), house.entry.entry_id
    )
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN, "backfill", {"device_id": hub.id, "start": minutes(-60).isoformat()}, blocking=True
        )
    assert error.value.translation_key == "backfill_not_supported"


async def test_without_the_recorder_nothing_is_kept(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house_at(TEN, hass, None, monkeypatch, "electricity") as house:
        await house.push("electricity", {IMPORT: 1000.0}, minutes(0))
        await house.push("electricity", {IMPORT: 999.0}, minutes(-70))
        device = house.entry.runtime_data.devices[house.sim.resolve("electricity")]
        await wait_until(hass, lambda: device.values[IMPORT].history is not None)
        await house.settle()
        assert not device.unimported
        assert not device.values[IMPORT].history.late
        data = {"device_id": device_ids(house)[0], "start": minutes(-60).isoformat()}
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "backfill", data, blocking=True)
        assert error.value.translation_key == "backfill_no_recorder"


async def test_values_of_disabled_entities_are_not_kept(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0)])
    er.async_get(house.hass).async_update_entity(ELECTRICITY, disabled_by=er.RegistryEntryDisabler.USER)
    await house.hass.async_block_till_done()
    await house.advance(minutes(70))
    await house.push("electricity", {IMPORT: 999.0}, minutes(-5))
    device = house.entry.runtime_data.devices[house.sim.resolve("electricity")]
    await house.settle()
    assert not device.unimported
    assert not device.values[IMPORT].history.late
    await push_readings(house, "electricity", IMPORT, [(75, 250.0), (80, 251.0), (85, 252.0)])
    assert device.values[IMPORT].history.starts
    await house.advance(minutes(130))
    await house.settle()
    assert not device.unimported
    assert not any(start.open for start in device.values[IMPORT].history.starts)
    assert not any(response["hours"] for response in await backfill(house, 2))


async def test_backfill_of_zeros_alone_changes_nothing(house: House) -> None:
    with house.sim.lose_frames():
        for minute in (2, 20):
            house.sim.uplink("electricity", {IMPORT: 0}, minutes(minute), minutes(minute))
    await house.jump(minutes(65))
    await push_readings(house, "electricity", IMPORT, [(65, 1000.0)])
    await house.advance(minutes(125))
    await house.settle()
    before = await house.hours(ELECTRICITY, TEN)
    assert sum(response["hours"] for response in await backfill(house, 1)) == 0
    assert await house.hours(ELECTRICITY, TEN) == before


async def test_backfill_before_the_first_statistics_of_an_entity(house: House) -> None:
    """The sums that Home Assistant begins afterward follow those of the range."""
    with house.sim.lose_frames():
        for minute, register in ((5, 1000.0), (65, 1001.5)):
            house.sim.uplink("electricity", {IMPORT: register}, minutes(minute), minutes(minute))
    await house.jump(minutes(121))
    await house.push("electricity", {IMPORT: 1004.0}, minutes(121))
    await house.settle()
    assert sum(response["hours"] for response in await backfill(house, 2)) > 0
    await house.advance(minutes(245))
    await house.settle()
    assert await changes(house, ELECTRICITY) == {0: 0, 1: 1.5, 2: 2.5, 3: 0}


async def test_statistics_of_another_kind_are_left_alone(house: House) -> None:
    await push_readings(house, "electricity", IMPORT, [(1, 1000.0)])
    await house.advance(minutes(61))
    before = await house.hours(ELECTRICITY, TEN)
    device = house.entry.runtime_data.devices[house.sim.resolve("electricity")]
    value = device.values[IMPORT]
    value.description = replace(value.description, unit="m³")
    await house.push("electricity", {IMPORT: 999.0}, minutes(-5))
    await house.settle()
    assert await house.hours(ELECTRICITY, TEN) == before
    assert not device.unimported
    value.description = replace(value.description, unit="kWh", state_class="measurement")
    await house.push("electricity", {IMPORT: 998.0}, minutes(-6))
    await house.settle()
    assert await house.hours(ELECTRICITY, TEN) == before
    assert house.entry.runtime_data.frame_log.unknown["statistics of another kind"] == 2


async def test_states_of_a_burst_are_written_once_and_the_loop_gets_its_turns(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame with many items is applied in parts, of which none takes longer than a turn."""
    coordinator = house.entry.runtime_data
    await house.push("water", {"register_value": 399.0, "medium": "water_m3"}, minutes(-700))
    await house.settle()
    monkeypatch.setattr(element_coordinator, "TURN_SECONDS", 0.0)
    turns: list[int] = []
    handle = coordinator._handle_item
    count = 0

    def handle_item(name: str, item: Any) -> None:
        turns.append(count)
        handle(name, item)

    monkeypatch.setattr(coordinator, "_handle_item", handle_item)

    def next_loop() -> None:
        nonlocal count
        count += 1
        if len(turns) < 500:
            house.hass.loop.call_soon(next_loop)

    house.hass.loop.call_soon(next_loop)
    states: list[str] = []
    house.hass.bus.async_listen(
        "state_changed",
        callback(
            lambda event: states.append(event.data["new_state"].state) if event.data["entity_id"] == WATER else None
        ),
    )
    with house.sim.lose_frames():
        items = [
            house.sim.uplink("water", {"register_value": 400.0 + number, "medium": "water_m3"}, minutes(number - 600))[
                1
            ]
            for number in range(500)
        ]
    coordinator.apply_frame(orjson.dumps([{"event": "reading_added", "body": item} for item in items]).decode())
    await wait_until(house.hass, lambda: len(turns) == 500)
    await house.settle()
    assert len(set(turns)) == 500
    assert states == ["899.0"]
