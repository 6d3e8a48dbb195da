"""Words of settings, from the gateway's descriptions of devices."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.deconz.api.description import parts_of, words_for
from custom_components.pushwire.vendors.deconz.api.model import Resource
from simulators import DeconzSimulator
from simulators.deconz.world import ieee, make_light, make_sensor, on_state
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes

CONTACTOR = "select.contactor_mode"


def add_contactor(sim: DeconzSimulator, number: int = 90, **extra: Any) -> str:
    """Add a relay whose mode the power sensor has; return the ID of the sensor."""
    sim.add("lights", make_light(number, "Contactor", "On/Off plug-in unit", on_state(), modelid="Contactor"))
    sensor = make_sensor(number, "Contactor", "ZHAPower", "0b04", {"power": 0}, modelid="Contactor")
    sensor["config"]["mode"] = "auto"
    return sim.add("sensors", {**sensor, **extra})


def requests_for(sim: DeconzSimulator) -> list[str]:
    """Return the addresses whose description was requested."""
    return [request.path.split("/")[-2] for request in sim.requests if request.path.endswith("/ddf")]


def options(hass: HomeAssistant, entity_id: str = CONTACTOR) -> Any:
    """Return the options of a select."""
    return hass.states.get(entity_id).attributes["options"]


@pytest.fixture
def contactor(sim: DeconzSimulator) -> str:
    """Add a relay whose modes the gateway describes; return the ID of its sensor."""
    sim.words["Contactor", "ZHAPower"] = {"config/mode": {"auto": 4, "manual": 3}}
    return add_contactor(sim)


async def test_a_described_mode_can_be_selected(hass: HomeAssistant, sim: DeconzSimulator, contactor: str) -> None:
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: options(hass) == ["auto", "manual"])
    await call(hass, "select", "select_option", CONTACTOR, option="manual")
    assert writes(sim) == [(f"/sensors/{contactor}/config", {"mode": "manual"})]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_description_is_requested_once_per_model_and_firmware(
    hass: HomeAssistant, sim: DeconzSimulator, contactor: str, hass_storage: dict[str, Any]
) -> None:
    add_contactor(sim, 91)
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: options(hass) == ["auto", "manual"])
    assert len([address for address in requests_for(sim) if address in (ieee(90), ieee(91))]) == 1
    # Devices without such settings are left alone.
    assert sim.sensor("temperature")["uniqueid"][:23] not in requests_for(sim)
    sim.requests.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    assert options(hass) == ["auto", "manual"]
    assert ieee(90) not in requests_for(sim)
    assert "descriptions" in hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    # Another firmware may have other words; the previous ones apply until these are known.
    sim.words["Contactor", "ZHAPower"] = {"config/mode": {"auto": 4, "manual": 3, "eco": 5}}
    sim.set_firmware("sensors", contactor, "2.0")
    await wait_until(hass, lambda: options(hass) == ["auto", "manual", "eco"])
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_device_without_a_description_has_the_words_that_it_reported(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    sensor = make_sensor(90, "Wand", "ZHASwitch", "0012", {"buttonevent": None}, modelid="lumi.switch.n0agl1")
    sensor["config"] |= {"devicemode": "compatibility", "clickmode": "rocker", "triggerdistance": "3"}
    rid = sim.add("sensors", sensor)
    entry = await set_up(hass, sim)
    assert options(hass, "select.wand_device_mode") == ["compatibility"]
    assert options(hass, "select.wand_click_mode") == ["rocker"]
    assert options(hass, "select.wand_trigger_distance") == ["3"]
    sim.set_sensor_config(rid, devicemode="zigbee")
    await wait_until(hass, lambda: hass.states.is_state("select.wand_device_mode", "zigbee"))
    await hass.config_entries.async_reload(entry.entry_id)
    assert options(hass, "select.wand_device_mode") == ["compatibility", "zigbee"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_failed_request_is_repeated(hass: HomeAssistant, sim: DeconzSimulator, contactor: str) -> None:
    sim.refuse(500, path=f"/api/{sim.api_key}/devices/{ieee(90)}/ddf")
    entry = await set_up(hass, sim)
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: any(kind.startswith("descriptions ") for kind in coordinator.frame_log.unknown))
    assert options(hass) == ["auto"]
    sim.allow()
    sim.rename("sensors", contactor, "Schütz")
    await wait_until(hass, lambda: options(hass) == ["auto", "manual"])
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "stored",
    [
        {"descriptions": [], "seen_values": 5},
        {"descriptions": {"Simulated|Contactor|1.0": 3}, "seen_values": {"x": 1}},
        {"descriptions": {"Simulated|Contactor|1.0.4": {"release": "2.33.2", "parts": [3, {"words": 1}]}}},
    ],
)
async def test_odd_stored_words_do_no_harm(
    hass: HomeAssistant, sim: DeconzSimulator, hass_storage: dict[str, Any], stored: dict[str, Any]
) -> None:
    add_contactor(sim)
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"] |= stored
    await hass.config_entries.async_setup(entry.entry_id)
    assert options(hass) == ["auto"]
    assert entry.runtime_data.frame_log.failures == {}
    await hass.config_entries.async_unload(entry.entry_id)


WORDS = {"config/mode": {"auto": 4, "manu": 3}}
OTHER = {"config/mode": {"eco": 1}}


@pytest.mark.parametrize(
    "subdevices,expected",
    [
        ([{"type": "ZHAPower", "meta": {"values": WORDS}}], {"auto": 4, "manu": 3}),
        # The gateway reports some types by the names of constants.
        ([{"type": "$TYPE_POWER_SENSOR", "meta": {"values": WORDS}}], {"auto": 4, "manu": 3}),
        (
            [
                {"type": "ZHAPower", "uuid": ["$address.ext", "0x02", "0x0B04"], "meta": {"values": OTHER}},
                {"type": "$TYPE_POWER_SENSOR", "uuid": ["$address.ext", "0x01", "0x0B04"], "meta": {"values": WORDS}},
            ],
            {"auto": 4, "manu": 3},
        ),
        (
            [
                {"type": "ZHASwitch", "meta": {"values": OTHER}},
                {"type": "ZHAPower", "meta": {"values": WORDS}},
            ],
            {"auto": 4, "manu": 3},
        ),
        # The part of the resource has no words; those of another part are not its own.
        (
            [
                {"type": "ZHAPower", "uuid": ["$address.ext", "0x01", "0x0b04"]},
                {"type": "ZHASwitch", "uuid": ["$address.ext", "0x01", "0x0006"], "meta": {"values": OTHER}},
            ],
            None,
        ),
        # Parts that contradict each other.
        ([{"type": "$A", "meta": {"values": WORDS}}, {"type": "$B", "meta": {"values": OTHER}}], None),
        ([{"type": 5, "uuid": "x", "meta": []}, 7, {"meta": {"values": {"config/mode": {"auto": "x", "": 1}}}}], None),
        ("odd", None),
    ],
)
def test_words_of_a_resource(subdevices: Any, expected: dict[str, int] | None) -> None:
    resource = Resource("sensors", "1", f"{ieee(90)}-01-0b04", ieee(90), attr={"type": "ZHAPower"})
    assert words_for(parts_of({"subdevices": subdevices}), resource).get("config.mode") == expected


async def test_french_pilot_wire(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    for number, name, model, mode in (
        (90, "Bad", "Cable outlet", "off"),
        (91, "Flur", "SIN-4-FP-21", "hors gel"),
        (92, "Büro", "PW", "auto"),
    ):
        sensor = make_sensor(number, name, "ZHAThermostat", "0201", {}, modelid=model)
        sim.add("sensors", {**sensor, "config": {"mode": mode, "on": True, "reachable": True}})
    entry = await set_up(hass, sim)
    orders = ["confort", "confort-1", "confort-2", "eco", "hors_gel", "off"]
    assert options(hass, "select.bad_mode") == orders
    assert options(hass, "select.flur_mode") == orders
    assert hass.states.is_state("select.flur_mode", "hors_gel")
    assert options(hass, "select.buro_mode") == ["auto"]
    assert hass.states.get("climate.bad") is None
    await call(hass, "select", "select_option", "select.bad_mode", option="hors_gel")
    assert writes(sim)[-1][1] == {"mode": "hors gel"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_duration_as_an_index(hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None) -> None:
    sensor = make_sensor(90, "Radar", "ZHAPresence", "0500", {"presence": True}, manufacturername="HOBEIAN")
    sensor["config"]["duration"] = 2
    rid = sim.add("sensors", sensor)
    entry: ConfigEntry[Any] = await set_up(hass, sim)
    assert hass.states.is_state("select.radar_duration", "60")
    assert options(hass, "select.radar_duration") == ["10", "30", "60", "120"]
    assert hass.states.get("number.radar_duration") is None
    await call(hass, "select", "select_option", "select.radar_duration", option="120")
    assert writes(sim) == [(f"/sensors/{rid}/config", {"duration": 3})]
    await hass.config_entries.async_unload(entry.entry_id)
