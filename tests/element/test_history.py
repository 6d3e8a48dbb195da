"""Statistics of readings that arrive late, with the real recorder."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta


from homeassistant.core import HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from tests.element.house import House, house_at

ELECTRICITY = "sensor.keller_stromzahler_1_0_1_8_0"
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
    assert row["mean"] == pytest.approx(20 + 10 * 25 / 60)
