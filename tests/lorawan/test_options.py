"""Meanings that a person sets, and the statistics of a unit that changes, with the real recorder."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics, get_last_statistics, get_metadata
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.repairs import async_create_fix_flow
from simulators import ElementSimulator, ResiotSimulator
from tests.common import set_up, wait_until
from tests.element.conftest import wait_primed
from tests.element.test_meaning import meaning, receive


@pytest.fixture
async def sim(recorder_mock: Recorder) -> AsyncGenerator[ElementSimulator]:
    """Return a running platform beside a recorder."""
    del recorder_mock
    async with ElementSimulator(rate=5000) as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ElementSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of the mandate, which is unloaded before the simulator ends."""
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def store_hour(hass: HomeAssistant, entity_id: str, unit: str | None, value: float, *, is_total: bool) -> None:
    """Store statistics of an earlier hour, as the recorder compiles them."""
    converters = {"%": "unitless", "V": "voltage", "kWh": "energy", "Wh": "energy", None: None}
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.NONE if is_total else StatisticMeanType.ARITHMETIC,
        has_sum=is_total,
        name=None,
        source="recorder",
        statistic_id=entity_id,
        unit_class=converters[unit],
        unit_of_measurement=unit,
    )
    start = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    row = (
        StatisticData(start=start, state=value, sum=value)
        if is_total
        else StatisticData(start=start, mean=value, min=value, max=value)
    )
    async_import_statistics(hass, metadata, [row])
    await async_wait_recording_done(hass)


async def stored_statistics(hass: HomeAssistant, entity_id: str) -> tuple[str | None, float | None] | None:
    """Return unit and number of the stored statistics of an entity."""
    await async_wait_recording_done(hass)
    metadata = get_metadata(hass, statistic_ids={entity_id})
    rows = get_last_statistics(hass, 1, entity_id, False, {"mean", "state"})
    if entity_id not in metadata or not rows:
        return None
    row = rows[entity_id][0]
    return metadata[entity_id][1]["unit_of_measurement"], row.get("mean") or row["state"]


def known_for_hours(sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    """Let the meanings of a device be known for some hours, in which statistics may have been compiled."""
    for known in entry.runtime_data.devices[sim.resolve("probe")].meanings.values():
        known.since -= 3 * 3600


def issue_of(hass: HomeAssistant, sim: ElementSimulator, key: str) -> ir.IssueEntry | None:
    """Return the issue about the meaning of a key."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"meaning_{sim.resolve('probe')}_{key}")


async def fix_flow(hass: HomeAssistant, issue: ir.IssueEntry) -> Any:
    """Return the repair flow of an issue, as Home Assistant starts it."""
    data = dict(issue.data or {})
    flow = await async_create_fix_flow(hass, issue.issue_id, data)
    flow.hass, flow.handler, flow.data = hass, DOMAIN, data
    return flow


@pytest.mark.parametrize(
    "change,expected",
    [("relabel", ("mV", 87.0)), ("delete", None)],
)
async def test_after_an_hour_a_person_is_asked(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    change: str,
    expected: tuple[str, float] | None,
) -> None:
    state = (await receive(hass, sim, entry, {"battery": 87}))["battery"]
    await store_hour(hass, state.entity_id, "%", 87, is_total=False)
    known_for_hours(sim, entry)
    states = await receive(hass, sim, entry, {"battery": 3605})
    await wait_until(hass, lambda: issue_of(hass, sim, "battery") is not None)
    # Until a person has decided, a wrong value is not shown.
    assert meaning(states["battery"]) == ("sensor", "battery", "%", "unknown")
    device = entry.runtime_data.device_diagnostics_data(sim.resolve("probe"))
    assert device["proposed"]["battery"]["reason"] == "implausible"
    issue = issue_of(hass, sim, "battery")
    assert issue is not None
    assert (issue.translation_placeholders or {})["new"] == "sensor voltage mV measurement"
    flow = await fix_flow(hass, issue)
    form = await flow.async_step_init()
    assert form["step_id"] == "confirm"
    options = next(iter(form["data_schema"].schema.values())).config["options"]
    assert options == ["relabel", "delete"]
    result = await flow.async_step_confirm({"statistics": change})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await stored_statistics(hass, state.entity_id) == expected
    assert issue_of(hass, sim, "battery") is None
    corrected = hass.states.get(state.entity_id)
    assert corrected is not None
    assert meaning(corrected) == ("sensor", "voltage", "mV", "3605")
    # There is nothing to ask for any more.
    assert (await flow.async_step_confirm())["reason"] == "meaning_gone"


async def test_without_an_hour_the_meaning_is_corrected_later_too(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    await receive(hass, sim, entry, {"battery": 87, "motion": 0})
    known_for_hours(sim, entry)
    states = await receive(hass, sim, entry, {"battery": 3605, "motion": 6})
    # A flag has no statistics.
    assert meaning(states["motion"]) == ("sensor", None, None, "6")
    entity_id = states["battery"].entity_id
    await wait_until(hass, lambda: hass.states.get(entity_id).attributes.get("unit_of_measurement") == "mV")
    assert issue_of(hass, sim, "battery") is None


async def test_a_number_that_becomes_a_text_has_no_statistics(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    state = (await receive(hass, sim, entry, {"step_value": 5}))["step_value"]
    await store_hour(hass, state.entity_id, None, 5, is_total=False)
    known_for_hours(sim, entry)
    await receive(hass, sim, entry, {"step_value": "eco"})
    await wait_until(hass, lambda: issue_of(hass, sim, "step_value") is not None)
    issue = issue_of(hass, sim, "step_value")
    assert issue is not None
    flow = await fix_flow(hass, issue)
    form = await flow.async_step_init()
    assert next(iter(form["data_schema"].schema.values())).config["options"] == ["delete", "keep"]
    await flow.async_step_confirm({"statistics": "keep"})
    await hass.async_block_till_done()
    assert await stored_statistics(hass, state.entity_id) == (None, 5.0)
    assert hass.states.is_state(state.entity_id, "eco")


async def test_the_flow_of_an_entry_that_is_not_loaded(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    state = (await receive(hass, sim, entry, {"battery": 87}))["battery"]
    await store_hour(hass, state.entity_id, "%", 87, is_total=False)
    known_for_hours(sim, entry)
    await receive(hass, sim, entry, {"battery": 3605})
    await wait_until(hass, lambda: issue_of(hass, sim, "battery") is not None)
    issue = issue_of(hass, sim, "battery")
    assert issue is not None
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await fix_flow(hass, issue)
    assert (await flow.async_step_init())["reason"] == "meaning_gone"
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["reason"] == "not_loaded"


async def set_meaning(
    hass: HomeAssistant, entry: ConfigEntry[Any], device: str, key: str, platform: str, **fields: Any
) -> Any:
    """Walk through the options to the meaning of a value; return the result of the last form."""
    result: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    flow_id = result["flow_id"]
    result = await hass.config_entries.options.async_configure(flow_id, {"next_step_id": "value"})
    assert result["step_id"] == "value"
    result = await hass.config_entries.options.async_configure(flow_id, {"device": device})
    assert result["step_id"] == "value_key"
    result = await hass.config_entries.options.async_configure(flow_id, {"key": key, "platform": platform})
    assert result["step_id"] == "value_meaning"
    assert result["description_placeholders"]["key"] == key
    return await hass.config_entries.options.async_configure(flow_id, fields)


@pytest.mark.parametrize(
    "change,expected",
    [("convert", ("Wh", 12500.0)), ("relabel", ("Wh", 12.5)), ("delete", None)],
)
async def test_a_person_sets_the_meaning_of_a_value(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    change: str,
    expected: tuple[str, float] | None,
) -> None:
    state = (await receive(hass, sim, entry, {"heat_kwh": 12.5}))["heat_kwh"]
    await store_hour(hass, state.entity_id, "kWh", 12.5, is_total=True)
    form = await set_meaning(
        hass,
        entry,
        sim.resolve("probe"),
        "heat_kwh",
        "sensor",
        scope="device",
        device_class="energy",
        unit="Wh",
        state_class="total_increasing",
        precision=1,
        name="Heat of the cellar",
    )
    assert form["step_id"] == "value_statistics"
    assert form["description_placeholders"] == {"key": "heat_kwh", "old": "kWh", "new": "Wh", "count": "1"}
    result = await hass.config_entries.options.async_configure(form["flow_id"], {"statistics": change})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await stored_statistics(hass, state.entity_id) == expected
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    shown = hass.states.get(state.entity_id)
    assert shown is not None
    # Home Assistant converts a number to the unit in which the entity has been shown.
    assert (shown.attributes["unit_of_measurement"], float(shown.state)) == ("kWh", 0.0125)
    assert shown.attributes["friendly_name"] == "Fühler Heat of the cellar"
    # What a person has chosen is not corrected, and the diagnostics show who decided.
    states = await receive(hass, sim, entry, {"heat_kwh": 13, "heat_kwh_unit": "MWh"})
    assert float(states["heat_kwh"].state) == 13000
    value = entry.runtime_data.devices[sim.resolve("probe")].values["heat_kwh"]
    assert value.description.source == "user"


async def test_a_meaning_for_all_devices_of_a_parser(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    for name in ("probe", "other"):
        sim.add_device(name, f"Pumpe {name}")
        sim.device(name)["parser_id"] = "p7"
    await receive(hass, sim, entry, {"lift": 3})
    result = await set_meaning(
        hass,
        entry,
        sim.resolve("probe"),
        "lift",
        "binary_sensor",
        scope="model",
        device_class="running",
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    states = await receive(hass, sim, entry, {"lift": 1})
    assert meaning(states["lift"]) == ("binary_sensor", "running", None, "on")
    sim.uplink("other", {"lift": 0})
    other = sim.resolve("other")
    await wait_until(hass, lambda: "lift" in getattr(entry.runtime_data.devices.get(other), "values", ()))
    assert entry.runtime_data.devices[other].values["lift"].description.device_class == "running"
    # Without the choice, the meaning is inferred as before.
    result = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": "forget"})
    options = next(iter(result["data_schema"].schema.values())).config["options"]
    assert [option["label"] for option in options] == ["lift (p7)"]
    await hass.config_entries.options.async_configure(result["flow_id"], {"values": ["0"]})
    await hass.async_block_till_done()
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    states = await receive(hass, sim, entry, {"lift": 4})
    assert meaning(states["lift"]) == ("sensor", None, None, "4")


async def test_a_person_makes_a_press_a_value(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    await receive(hass, sim, entry, {"button": 1, "sos": 1})
    events = {state.entity_id for state in hass.states.async_all("event")}
    assert {"event.gebaude_fuhler_button", "event.gebaude_fuhler_sos"} <= events
    result = await set_meaning(
        hass, entry, sim.resolve("probe"), "button", "binary_sensor", scope="device", device_class="door"
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    states = await receive(hass, sim, entry, {"button": 1, "sos": 1})
    assert meaning(states["button"]) == ("binary_sensor", "door", None, "on")
    left = {state.entity_id for state in hass.states.async_all("event")}
    assert events - left == {"event.gebaude_fuhler_button"}
    triggers = entry.runtime_data.button_triggers(sim.resolve("probe"))
    assert {trigger.subtype for trigger in triggers} == {"sos", "downlink"}


async def test_fields_that_do_not_fit_each_other(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    await receive(hass, sim, entry, {"x": 3})
    device = sim.resolve("probe")
    fields = {"scope": "device", "device_class": "temperature", "unit": "V", "state_class": "measurement"}
    form = await set_meaning(hass, entry, device, "x", "sensor", **fields)
    assert form["errors"] == {"unit": "unit_not_supported"}
    fields |= {"unit": "°C", "state_class": "total"}
    form = await hass.config_entries.options.async_configure(form["flow_id"], fields)
    assert form["errors"] == {"state_class": "state_class_not_supported"}
    fields |= {"state_class": "measurement"}
    result = await hass.config_entries.options.async_configure(form["flow_id"], fields)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    # A second choice for the same key replaces the first one.
    await hass.async_block_till_done()
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    await set_meaning(hass, entry, device, "x", "sensor", scope="device", device_class="none", state_class="none")
    assert entry.options["values"] == [{"key": "x", "device": device, "platform": "sensor"}]
    await hass.async_block_till_done()
    await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": "forget"})
    options = next(iter(result["data_schema"].schema.values())).config["options"]
    assert [option["label"] for option in options] == ["x (Fühler)"]


async def test_an_account_without_values(hass: HomeAssistant, recorder_mock: Recorder) -> None:
    del recorder_mock
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        result = await hass.config_entries.options.async_init(entry.entry_id)
        result = await hass.config_entries.options.async_configure(result["flow_id"], {"next_step_id": "value"})
        assert result["reason"] == "no_values"
        await hass.config_entries.async_unload(entry.entry_id)
