"""Weekly schedules of thermostats."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import orjson
import pytest
import voluptuous as vol

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.deconz.api.schedule import read_schedule
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up

HEATER = "climate.heizung"
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
KEPT = {
    "W124": [{"localtime": "T22:00", "heatsetpoint": 1700}, {"localtime": "T06:30", "heatsetpoint": 2150}],
    "W3": [{"localtime": "T08:00", "heatsetpoint": 2100}],
}
PLAN = [
    {
        "days": WORKDAYS,
        "times": [{"time": "06:30", "temperature": 21.5}, {"time": "22:00", "temperature": 17.0}],
    },
    {"days": ["sat", "sun"], "times": [{"time": "08:00", "temperature": 21.0}]},
]


async def with_heater(hass: HomeAssistant, sim: DeconzSimulator, schedule: Any) -> tuple[Any, str]:
    """Set up a gateway that has a thermostat with a schedule."""
    config = {"heatsetpoint": 2000, "mode": "auto"} | ({} if schedule is None else {"schedule": schedule})
    number = sim.add(
        "sensors", make_sensor(240, "Heizung", "ZHAThermostat", "0201", {"temperature": 2000}, config=config)
    )
    return await set_up(hass, sim), number


async def replace(hass: HomeAssistant, plan: Any) -> None:
    """Set the schedule."""
    await hass.services.async_call(DOMAIN, "set_schedule", {"entity_id": HEATER, "schedule": plan}, blocking=True)


async def kept(hass: HomeAssistant) -> Any:
    """Return the schedule."""
    answer = await hass.services.async_call(
        DOMAIN, "get_schedule", {"entity_id": HEATER}, blocking=True, return_response=True
    )
    assert answer is not None
    found: Any = answer[HEATER]
    return found["schedule"]


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_schedule_is_read_and_replaced(hass: HomeAssistant, sim: DeconzSimulator, *, as_text: bool) -> None:
    entry, number = await with_heater(hass, sim, orjson.dumps(KEPT).decode() if as_text else KEPT)
    assert await kept(hass) == PLAN
    new = [{"days": ["sun"], "times": [{"time": "09:15", "temperature": 19}, {"time": "07:00", "temperature": 16}]}]
    await replace(hass, new)
    (written,) = [request for request in sim.requests if request.method == "PUT"]
    reported = {"W1": [{"localtime": "T07:00", "heatsetpoint": 1600}, {"localtime": "T09:15", "heatsetpoint": 1900}]}
    assert written.path == f"/api/{sim.api_key}/sensors/{number}/config"
    schedule = written.body["schedule"]
    assert isinstance(schedule, str) is as_text
    assert (orjson.loads(schedule) if as_text else schedule) == reported
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "plan,key",
    [
        ([PLAN[0], {"days": ["wed"], "times": [{"time": "08:00", "temperature": 20}]}], "schedule_day_twice"),
        ([{"days": ["sun"], "times": [{"time": "08:00", "temperature": 40}]}], "schedule_bad_temperature"),
        ([{"days": ["someday"], "times": [{"time": "08:00", "temperature": 20}]}], None),
        ([{"days": ["sun"], "times": []}], None),
        ([], None),
        ("every day", None),
    ],
)
async def test_an_invalid_schedule_changes_nothing(
    hass: HomeAssistant, sim: DeconzSimulator, plan: Any, key: str | None
) -> None:
    entry, _ = await with_heater(hass, sim, KEPT)
    with pytest.raises(ServiceValidationError if key is not None else vol.Invalid) as raised:
        await replace(hass, plan)
    if key is not None:
        assert getattr(raised.value, "translation_key", None) == key
    assert not [request for request in sim.requests if request.method == "PUT"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_thermostat_without_a_schedule(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, _ = await with_heater(hass, sim, None)
    with pytest.raises(HomeAssistantError) as raised:
        await kept(hass)
    assert raised.value.translation_key == "schedule_not_supported"
    with pytest.raises(HomeAssistantError) as raised:
        await replace(hass, PLAN)
    assert raised.value.translation_key == "schedule_not_supported"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("reported", ["{", "[]", None, 5, {"W124": "x", "X": [], "Wx": [], "5": []}, {}])
def test_invalid_schedules(reported: Any) -> None:
    assert read_schedule(reported) == ()


def test_odd_times_are_omitted() -> None:
    entries: list[Any] = [5, {"localtime": "T25:00", "heatsetpoint": 1}, {"localtime": 6, "heatsetpoint": 1}]
    (plan,) = read_schedule({"W64": [*entries, {"localtime": "T06:00", "heatsetpoint": "2000"}]})
    assert (plan.days, [change.temperature for change in plan.points]) == (("mon",), [20.0])
