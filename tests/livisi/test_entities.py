"""Entities and devices of the simulated home, on both generations."""

from typing import Any

from homeassistant.components.climate import ATTR_CURRENT_TEMPERATURE, ATTR_HVAC_MODES
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.binary_sensor import BINARY_SENSORS
from custom_components.pushwire.vendors.livisi.entity import humanize
from custom_components.pushwire.vendors.livisi.sensor import SENSORS
from custom_components.pushwire.vendors.livisi.switch import SWITCHES
from simulators import LivisiSimulator
from tests.common import set_up, wait_until
from tests.snapshots import entity_lines


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_snapshot(hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: SnapshotAssertion) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert entity_lines(hass, entities) == snapshot


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_devices(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    registry = dr.async_get(hass)
    devices = {
        next(iter(device.identifiers))[1]: device
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
    }
    assert devices.keys() == sim.world["devices"].keys()
    hub = devices[sim.resolve("hub")]
    assert (hub.name, hub.serial_number) == ("SmartHome", sim.serial_number)
    assert ("mac", "02:00:00:00:10:01" if sim.version == "v1" else "02:00:00:00:20:01") in hub.connections
    coffee = devices[sim.resolve("coffee")]
    assert (coffee.name, coffee.manufacturer, coffee.model, coffee.model_id) == (
        "Kaffeemaschine",
        "RWE",
        "Plug switch",
        "PSS",
    )
    assert (coffee.sw_version, coffee.serial_number) == (
        "1.8",
        sim.world["devices"][sim.resolve("coffee")]["serialNumber"],
    )
    assert coffee.via_device_id == hub.id
    area = ar.async_get(hass).async_get_area(coffee.area_id or "")
    assert area is not None
    assert area.name == "Küche"


async def test_no_two_entities_of_a_device_have_the_same_name(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    names: dict[tuple[str, str | None, str | None], str] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        key = (entity.domain, entity.device_id, entity.original_name)
        assert key not in names, (entity.entity_id, names[key])
        names[key] = entity.entity_id


async def test_a_change_of_one_property_writes_one_state(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    before = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    sim.set_state("coffee.SwitchActuator", onState=False)
    sim.set_state("fountain.SwitchActuator", onState=False)
    await wait_until(hass, lambda: hass.states.is_state("switch.terrasse_brunnen", "off"))
    after = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    assert {name for name in before if before[name] != after[name]} == {"switch.terrasse_brunnen"}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_room_follows_its_capabilities(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    room = "climate.wohnzimmer_wohnzimmer"
    assert hass.states.get(room).attributes["temperature"] == 21.5
    sim.set_state("living_climate.RoomTemperature", temperature=19.5)
    sim.set_room("living_climate.RoomSetpoint", 23)
    sim.set_state("living_wall.ThermostatActuator", operationMode="Manu")
    await wait_until(hass, lambda: hass.states.is_state(room, "heat"))
    attributes = hass.states.get(room).attributes
    assert (attributes[ATTR_CURRENT_TEMPERATURE], attributes["temperature"]) == (19.5, 23)
    sim.set_state("living_wall.ThermostatActuator", operationMode="Auto")
    await wait_until(hass, lambda: hass.states.is_state(room, "auto"))


async def test_a_thermostat_without_a_room_is_a_climate(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    sim.world["capabilities"][sim.resolve("bath_climate.RoomSetpoint")]["config"].pop("underlyingCapabilityIds")
    entry = await set_up(hass, sim)
    climate = hass.states.get("climate.bad_heizkorper_bad")
    assert (climate.state, climate.attributes["temperature"]) == ("auto", 21.0)
    assert (climate.attributes[ATTR_CURRENT_TEMPERATURE], climate.attributes["current_humidity"]) == (20.9, 58.0)
    assert hass.states.get("climate.bad_bad").attributes[ATTR_HVAC_MODES] == ["heat"]
    assert hass.states.get("climate.wohnzimmer_heizkorper") is None
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_hub")
async def test_a_thermostat_that_joins_a_room(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    room = sim.world["capabilities"][sim.resolve("bath_climate.RoomSetpoint")]
    members = room["config"].pop("underlyingCapabilityIds")
    entry = await set_up(hass, sim)
    assert hass.states.get("climate.bad_heizkorper_bad") is not None
    room["config"]["underlyingCapabilityIds"] = members
    sim.rename_device("bath_climate", "Bad")
    await wait_until(hass, lambda: hass.states.get("climate.bad_heizkorper_bad") is None)
    assert hass.states.is_state("climate.bad_bad", "auto")
    assert hass.states.is_state("binary_sensor.bad_heizkorper_bad_window_reduction", "off")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_unreachable_device_is_unavailable(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_reachable("coffee", False)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", STATE_UNAVAILABLE))
    assert hass.states.is_state("switch.terrasse_brunnen", "on")
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.kuche_kaffeemaschine"}, blocking=True)
    sim.set_reachable("coffee", True)
    await wait_until(hass, lambda: not hass.states.is_state("switch.kuche_kaffeemaschine", STATE_UNAVAILABLE))


async def test_a_device_without_reachability_is_available(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    name = "event.schlafzimmer_wandsender_button_1"
    assert not hass.states.is_state(name, STATE_UNAVAILABLE)
    sim.create_message("DeviceUnreachable", "wall_sender")
    await wait_until(hass, lambda: hass.states.is_state(name, STATE_UNAVAILABLE))


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_battery(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    name = "binary_sensor.bad_fenster_bad_battery"
    assert hass.states.is_state(name, "off")
    sim.set_battery_low("bath_window")
    await wait_until(hass, lambda: hass.states.is_state(name, "on"))
    sim.set_battery_low("bath_window", low=False)
    await wait_until(hass, lambda: hass.states.is_state(name, "off"))


async def test_a_battery_reported_only_by_a_message(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    ident = sim.create_message("DeviceLowBattery", "meter")
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.flur_stromzahler_battery", "on"))
    sim.delete_message(ident)
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.flur_stromzahler_battery", "off"))


async def test_an_alert_overrides_the_value(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.create_message("DeviceMold", "living_radiator")
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.wohnzimmer_heizkorper_mold_warning", "on"))


async def test_door_or_window_follows_the_category(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    name = "binary_sensor.bad_fenster_bad_window"
    assert hass.states.get(name).attributes[ATTR_DEVICE_CLASS] == "window"
    sim.world["devices"][sim.resolve("bath_window")]["tags"] = {"typeCategory": "TCDoorId"}
    sim.rename_device("bath_window", "Badtür")
    await wait_until(hass, lambda: hass.states.get(name).attributes[ATTR_DEVICE_CLASS] == "door")


@pytest.mark.usefixtures("quick_hub")
async def test_a_switch_that_becomes_a_light(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    device = sim.world["devices"][sim.resolve("heater")]
    device["tags"] = {"typeCategory": "TCLightId"}
    sim.rename_device("heater", "Lampe")
    await wait_until(hass, lambda: hass.states.get("light.arbeitszimmer_lampe") is not None)
    assert hass.states.get("switch.arbeitszimmer_heizlufter") is None
    sim.set_state("heater.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("light.arbeitszimmer_lampe", "on"))


async def test_hub_load_is_pushed_by_v2(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_hub_load(33.3, 44.4)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_cpu_usage", "33.3"))


@pytest.mark.parametrize(
    "status, state, text",
    [("active", "active", "Aktiv"), ("ShuttingDown", "shuttingdown", "Fährt herunter"), ("Standby", "Standby", None)],
)
async def test_the_operation_status_is_translated(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], status: str, state: str, text: str | None
) -> None:
    sim.set_state("hub", operationStatus=status)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_operation_status", state))
    texts = await async_get_translations(hass, "de", "entity", {DOMAIN})
    assert texts.get(f"component.{DOMAIN}.entity.sensor.operation_status.state.{state}") == text


async def test_unknown_properties_have_disabled_sensors(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state(
        "station.CarbonDioxideSensor", windStrength=7, isRaining=True, odd={"deep": [1]}, ssid="home", note="x"
    )
    registry = er.async_get(hass)
    capability = sim.resolve("station.CarbonDioxideSensor")
    unique_id = entry.runtime_data.unique_id
    await wait_until(
        hass, lambda: registry.async_get_entity_id("sensor", DOMAIN, unique_id(capability, "windStrength")) is not None
    )
    entity = registry.async_get(
        registry.async_get_entity_id("sensor", DOMAIN, unique_id(capability, "windStrength")) or ""
    )
    assert entity is not None
    assert (entity.original_name, entity.disabled_by) == ("Wind strength", er.RegistryEntryDisabler.INTEGRATION)
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, unique_id(capability, "isRaining"))
    assert registry.async_get_entity_id("sensor", DOMAIN, unique_id(capability, "note"))
    for name in ("odd", "ssid"):
        assert not registry.async_get_entity_id("sensor", DOMAIN, unique_id(capability, name))


@pytest.mark.parametrize("table", [BINARY_SENSORS, SENSORS, SWITCHES], ids=["binary_sensor", "sensor", "switch"])
def test_tables_are_in_the_order_of_their_properties(table: tuple[Any, ...]) -> None:
    properties = [description.item for description in table]
    assert properties == sorted(properties, key=str.casefold)


@pytest.mark.parametrize(
    "name,words",
    [
        ("windStrength", "Wind strength"),
        ("WHRating", "WH rating"),
        ("SOCperc", "SO cperc"),
        ("isRaining", "Is raining"),
    ],
)
def test_a_property_in_words(name: str, words: str) -> None:
    assert humanize(name) == words


@pytest.mark.parametrize("value", ["nan", "Infinity", "-Infinity", "1e999", "much", True, [1]])
@pytest.mark.parametrize(
    "capability,name,entity_id,shown",
    [
        ("bath_radiator.TemperatureSensor", "temperature", "sensor.bad_heizkorper_bad_temperature", "20.9"),
        ("shutter.RollerShutterActuator", "shutterLevel", "cover.wohnzimmer_rollladen", "open"),
        ("ceiling.DimmerActuator", "dimLevel", "light.wohnzimmer_deckenlampe", "on"),
    ],
)
async def test_a_value_that_is_not_a_finite_number_is_unknown(
    hass: HomeAssistant,
    sim: LivisiSimulator,
    entry: ConfigEntry[Any],
    value: Any,
    capability: str,
    name: str,
    entity_id: str,
    shown: str,
) -> None:
    assert hass.states.is_state(entity_id, shown)
    sim.set_state(capability, **{name: value})
    await wait_until(hass, lambda: hass.states.is_state(entity_id, STATE_UNKNOWN))
    assert not entry.runtime_data.frame_log.failures


async def test_a_number_written_as_text_is_shown(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state("bath_radiator.TemperatureSensor", temperature="19.5")
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "19.5"))


async def test_the_reachability_of_an_unreachable_device_is_shown(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    registry = er.async_get(hass)
    name = registry.async_get_entity_id(
        "binary_sensor", DOMAIN, entry.runtime_data.unique_id(sim.resolve("coffee"), "reachable")
    )
    assert name is not None
    registry.async_update_entity(name, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(name, "on")
    sim.set_reachable("coffee", False)
    await wait_until(hass, lambda: hass.states.is_state(name, "off"))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_capabilities_of_the_same_type_are_numbered(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    device = sim.world["devices"][sim.resolve("floor_heating")]
    first = sim.world["capabilities"][sim.resolve("floor_heating.ValveActuator")]
    device["capabilities"].append("/capability/second")
    sim.world["capabilities"]["second"] = {**first, "id": "second"}
    sim.world["capability_states"]["second"] = {"valvePosition": {"value": 70}}
    plug = sim.world["devices"][sim.resolve("coffee")]
    plug["capabilities"].append("/capability/other")
    sim.world["capabilities"]["other"] = {
        **sim.world["capabilities"][sim.resolve("coffee.SwitchActuator")],
        "id": "other",
    }
    sim.world["capability_states"]["other"] = {"onState": {"value": True}}
    entry = await set_up(hass, sim)
    assert hass.states.is_state("sensor.arbeitszimmer_fussbodenheizung_valve_position_1", "35")
    assert hass.states.is_state("sensor.arbeitszimmer_fussbodenheizung_valve_position_2", "70")
    assert hass.states.is_state("switch.kuche_kaffeemaschine_switch_actuator_2", "on")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_meters_of_gas_and_water(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    meter = sim.world["capabilities"][sim.resolve("meter.EnergyConsumptionSensor")]
    meter["type"] = "WaterMeterSensor"
    state = {"supplyValueInCubicMetterPerDay": {"value": 0.25}, "supplyValueInLitrePerDay": {"value": 250}}
    sim.world["capability_states"][meter["id"]] = state
    solar = sim.world["capabilities"][sim.resolve("solar.TwoWayMeterEnergyFeedSensor")]
    solar["type"] = "GasMeterSensor"
    sim.world["capability_states"][solar["id"]] = {"supplyValueInCubicMetterPerMonth": {"value": "12.5"}}
    entry = await set_up(hass, sim)
    water = hass.states.get("sensor.flur_stromzahler_volume_today")
    assert (water.state, water.attributes[ATTR_DEVICE_CLASS]) == ("0.25", "water")
    assert hass.states.is_state("sensor.flur_stromzahler_liters_today", "250")
    gas = hass.states.get("sensor.terrasse_solarzahler_volume_this_month")
    assert (gas.state, gas.attributes[ATTR_DEVICE_CLASS]) == ("12.5", "gas")
    await hass.config_entries.async_unload(entry.entry_id)
