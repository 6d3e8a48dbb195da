"""Units and device classes of values that are easily misread."""

from typing import Any

from homeassistant.components.light import ATTR_EFFECT
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.pushwire.vendors.deconz.api.model import Resource
from custom_components.pushwire.vendors.deconz.measured_value import read_measured_value
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_until


def attributes(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the attributes of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return dict(state.attributes)


async def test_a_filter_runs_for_minutes(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    # 31000 minutes are shown in hours; as seconds they would be eight hours.
    state = hass.states.get("sensor.luftreiniger_filter_runtime")
    assert state.attributes["unit_of_measurement"] == "h"
    assert float(state.state) == pytest.approx(31000 / 60, abs=0.01)


async def test_a_siren_uses_seconds_and_reports_its_state(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    target = {"entity_id": "siren.sirene"}
    await hass.services.async_call("siren", "turn_on", {**target, "duration": 30}, blocking=True)
    written = [request.body for request in sim.requests if request.method == "PUT"]
    assert written == [{"alert": "lselect", "ontime": 30}]
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": "9", "state": {"alert": "none", "reachable": True}})
    await hass.async_block_till_done()
    assert hass.states.is_state("siren.sirene", "on")


async def test_carbon_dioxide_is_in_ppm(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    state = hass.states.get("sensor.co2_buro_carbon_dioxide")
    assert (state.state, state.attributes["unit_of_measurement"]) == ("612.0", "ppm")


@pytest.mark.parametrize(
    "kind,block,value,expected",
    [
        ("ZHACarbonDioxide", None, 600, (SensorDeviceClass.CO2, "ppm", 600)),
        ("ZHACarbonDioxide", {"unit": "ppb", "substance": "CO2"}, 612000, (SensorDeviceClass.CO2, "ppm", 612)),
        # The type decides where a label contradicts it, since some descriptions are wrong.
        ("ZHACarbonDioxide", {"unit": "ppb", "substance": "CO"}, 612, (SensorDeviceClass.CO2, "ppm", 612)),
        ("ZHACarbonDioxide", {"unit": "PPM", "substance": "co2"}, 612, (SensorDeviceClass.CO2, "ppm", 612)),
        ("ZHACarbonMonoxide", {"unit": "ppm", "substance": "CO2"}, 5, (SensorDeviceClass.CO, "ppm", 5)),
        ("ZHATemperature", {"unit": "degC", "substance": "CO"}, 9.5, (SensorDeviceClass.TEMPERATURE, "°C", 9.5)),
        ("ZHAParticulateMatter", {"unit": "ug/m^3", "substance": "tVOC"}, 9, (SensorDeviceClass.PM25, "μg/m³", 9)),
        ("ZHAParticulateMatter", {"unit": "UG/M^3", "substance": "PM10"}, 9, (SensorDeviceClass.PM10, "μg/m³", 9)),
        ("ZHAParticulateMatter", {"unit": "µg/m³"}, 9, (SensorDeviceClass.PM25, "μg/m³", 9)),
        # The gateway has not read the limits.
        ("ZHAParticulateMatter", {"unit": "ug/m^3", "min": 0, "max": 0}, 7, (SensorDeviceClass.PM25, "μg/m³", 7)),
        ("ZHATemperature", {"unit": "degC", "min": 0.0, "max": 0.0}, -3, (SensorDeviceClass.TEMPERATURE, "°C", -3)),
        (
            "ZHAFormaldehyde",
            {"unit": "PPM"},
            1,
            (SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS_PARTS, "ppm", 1),
        ),
        (
            "ZHAFormaldehyde",
            {"unit": "ppb", "substance": "Formaldehyde"},
            9,
            (SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS_PARTS, "ppb", 9),
        ),
        (
            "ZHAAirQuality",
            {"unit": "ug/m^3", "substance": "tVOC"},
            9,
            (SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS, "μg/m³", 9),
        ),
        ("ZHAParticulateMatter", {"unit": "ug/m^3"}, 9, (SensorDeviceClass.PM25, "μg/m³", 9)),
        ("ZHAParticulateMatter", {"unit": "ppm", "substance": "PM10"}, 9, (None, "ppm", 9)),
        (
            "ZHATemperature",
            {"unit": "degC", "quantity": "temperature"},
            9.5,
            (SensorDeviceClass.TEMPERATURE, "°C", 9.5),
        ),
        ("ZHATemperature", None, 9.5, (SensorDeviceClass.TEMPERATURE, "°C", 9.5)),
        ("ZHAHumidity", {"unit": "%", "substance": "air"}, 55.5, (SensorDeviceClass.HUMIDITY, "%", 55.5)),
        ("ZHAAirQuality", {"unit": "ppm", "substance": "CO"}, 3, (SensorDeviceClass.CO, "ppm", 3)),
        ("ZHAUnknown", "odd", "4.5", (None, None, 4.5)),
        ("ZHAUnknown", {"unit": 5, "substance": []}, "x", (None, None, None)),
    ],
)
def test_a_measured_value_follows_its_description(
    kind: str, block: Any, value: Any, expected: tuple[SensorDeviceClass | None, str | None, float | None]
) -> None:
    resource = Resource("sensors", "1", "k", "d", attr={"type": kind}, state={"measured_value": value})
    resource.capabilities["measured_value"] = block
    description = read_measured_value(resource)
    assert description is not None
    shown = description.device_class, description.unit, description.convert(value)
    assert shown == expected


def test_a_measured_value_with_an_equal_item_is_omitted() -> None:
    state = {"measured_value": 21.5, "temperature": 2150}
    assert read_measured_value(Resource("sensors", "1", "k", "d", state=state)) is None
    resource = Resource("sensors", "1", "k", "d", attr={"type": "ZHATemperature"}, state=state)
    assert read_measured_value(resource) is None
    resource.attr["type"] = "ZHAAirQuality"
    resource.capabilities["measured_value"] = {"unit": "ppb", "substance": "CO"}
    assert read_measured_value(resource) is not None


def test_a_value_outside_the_measuring_range_is_unknown() -> None:
    resource = Resource("sensors", "1", "k", "d", attr={"type": "ZHATemperature"}, state={"measured_value": 21.5})
    resource.capabilities["measured_value"] = {"unit": "degC", "min": -40.0, "max": 125}
    description = read_measured_value(resource)
    assert description is not None
    assert [description.convert(value) for value in (21.5, -40, 327.67, -273.15)] == [21.5, -40, None, None]


async def test_effect_of_a_light(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_light("ceiling", on=True, effect="candle")
    await wait_until(hass, lambda: attributes(hass, "light.wohnzimmer_decke").get(ATTR_EFFECT) == "candle")


async def test_automatic_mode_of_a_fan(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_light("fan", speed=6)
    await wait_until(hass, lambda: attributes(hass, "fan.ventilator")["preset_mode"] == "comfort_breeze")


async def test_a_light_without_brightness_is_a_light(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    assert hass.states.get("light.keller") is not None
    assert hass.states.get("switch.keller") is None


async def test_a_group_is_available_if_a_member_is(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_reachable("lights", "desk", False)
    await wait_until(hass, lambda: hass.states.is_state("light.buro", "unavailable"))


ITEMS = {
    "consumption": 2000,
    "consumption_2": 1500,
    "production": 2500,
    "current_P1": 100,
    "current_P3": 300,
    "flow": 12,
    "floortemperature": 2450,
    "errorcode": 7,
    "windowopen": "Open (external)",
    "airquality_formaldehyde_density": 12,
    "targetdistance": 150,
    "charging": True,
}


async def test_further_items(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.add("sensors", make_sensor(90, "Viel", "ZHAConsumption", "0702", ITEMS))
    odd: dict[str, Any] = {key: {"a": []} for key in ITEMS}
    odd |= {"orientation": [1], "presence": None, "distance": "far"}
    sim.add("sensors", make_sensor(91, "Quer", "ZHAPresence", "0406", odd))
    entry = await set_up(hass, sim)
    expected = {
        "energy": "2.0",
        "energy_tariff_2": "1.5",
        "production": "2.5",
        "current_phase_1": "100",
        "current_phase_3": "300",
        "volume_flow_rate": "12",
        "floor_temperature": "24.5",
        "error_code": "7",
        "window_detection": "open_external",
        "formaldehyde": "12",
        "target_distance": "150",
    }
    assert {key: hass.states.get(f"sensor.viel_{key}").state for key in expected} == expected
    assert hass.states.is_state("binary_sensor.viel_charging", "on")
    for key in expected:
        assert hass.states.is_state(f"sensor.quer_{key}", "unknown"), key
    # A radar detects people who do not move.
    assert attributes(hass, "binary_sensor.quer_occupancy")["device_class"] == "occupancy"
    assert attributes(hass, "binary_sensor.bewegung_flur_motion")["device_class"] == "motion"
    await hass.config_entries.async_unload(entry.entry_id)
