"""Names of entities and devices, and what is enabled by default."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.deconz.address import phoscon_url
from simulators import DeconzSimulator
from simulators.deconz.world import ieee, make_group, make_light, make_sensor
from tests.common import set_up, wait_until
from tests.names import problems_of_names

BRIDGE = "00212EFFFF012345"


def names_of(hass: HomeAssistant, unique_part: str) -> dict[str, str | None]:
    """Return the names of entities by the end of their unique IDs."""
    return {
        entity.unique_id.partition(unique_part)[2]: entity.original_name
        for entity in er.async_get(hass).entities.values()
        if unique_part in entity.unique_id
    }


# Types of resources that report the same value, the one that keeps the plain name first.
SAME_VALUES: tuple[tuple[str, str, str, str, Any, str, str], ...] = (
    ("ZHALightLevel", "0400", "ZHAPresence", "0406", {"dark": False}, "dark", "Dark (motion)"),
    ("ZHAPower", "0b04", "ZHAConsumption", "0702", {"power": 5}, "power", "Power (energy)"),
    (
        "ZHATemperature",
        "0402",
        "ZHAThermostat",
        "0201",
        {"temperature": 2100},
        "temperature",
        "Temperature (thermostat)",
    ),
    ("ZHAFire", "0500", "ZHAAlarm", "0502", {"lowbattery": False}, "low_battery", "Low battery (alarm)"),
)


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("first,cluster,second,other_cluster,state,key,name", SAME_VALUES)
@pytest.mark.parametrize("order", [1, -1])
async def test_the_same_value_of_two_types(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    first: str,
    cluster: str,
    second: str,
    other_cluster: str,
    state: dict[str, Any],
    key: str,
    name: str,
    order: int,
) -> None:
    entry = await set_up(hass, sim)
    parts = [make_sensor(90, "Gerät", *part, dict(state)) for part in ((first, cluster), (second, other_cluster))]
    # While a device is paired, its resources are added one after the other, in any order.
    for part in parts[::order]:
        sim.add("sensors", part)
        await hass.async_block_till_done()
    await wait_until(hass, lambda: f"01-{other_cluster}-{key}" in names_of(hass, f"{ieee(90)}-"))
    await wait_until(hass, lambda: f"01-{cluster}-{key}" in names_of(hass, f"{ieee(90)}-"))
    await hass.async_block_till_done()
    names = names_of(hass, f"{ieee(90)}-")
    assert names[f"01-{other_cluster}-{key}"] == name
    assert names[f"01-{cluster}-{key}"] == name.partition(" (")[0]
    assert not list(problems_of_names(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "language,name",
    [("en", "Enabled (light level)"), ("de", "Aktiviert (Helligkeit)"), ("it", "Abilitato (luminosità)")],
)
async def test_the_type_in_a_name_is_translated(
    hass: HomeAssistant, sim: DeconzSimulator, language: str, name: str
) -> None:
    hass.config.language = language
    entry = await set_up(hass, sim)
    assert names_of(hass, f"{ieee(0x14)}-")["01-0400-config-on"] == name
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_type_without_a_word_is_named_as_it_is(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.add("sensors", make_sensor(90, "Neu", "ZHASoundPressure", "0400", {"value": 1}))
    sim.add("sensors", make_sensor(90, "Neu", "ZHATemperature", "0402", {"temperature": 2100}))
    entry = await set_up(hass, sim)
    assert names_of(hass, f"{ieee(90)}-")["01-0400-config-on"] == "Enabled (SoundPressure)"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_resources_of_one_endpoint(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    for cluster in ("0500", "0006"):
        sim.add("sensors", make_sensor(90, "Tür", "ZHAOpenClose", cluster, {"open": False}))
    entry = await set_up(hass, sim)
    names = names_of(hass, f"{ieee(90)}-")
    assert {names["01-0500-open"], names["01-0006-open"]} == {"Opening 1", "Opening 2"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_main_entities_of_one_device(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    state = {"on": True, "reachable": True}
    sim.add("lights", make_light(90, "Lampe", "Dimmable light", {**state, "bri": 5}))
    for endpoint, name in ((2, "Lüfter"), (3, "Lampe")):
        relay = make_light(90, name, "On/Off output" if endpoint == 2 else "Smart plug", dict(state))
        sim.add("lights", {**relay, "uniqueid": f"{ieee(90)}-{endpoint:02}"})
    entry = await set_up(hass, sim)
    names = names_of(hass, f"/{ieee(90)}-")
    assert (names["01"], names["02"], names["03"]) == (None, "Lüfter", "Lampe 3")
    assert not list(problems_of_names(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_lights_and_covers_of_one_group(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    light = sim.add("lights", make_light(90, "Lampe", "Dimmable light", {"on": True, "bri": 5, "reachable": True}))
    state = {"open": True, "lift": 0, "reachable": True}
    cover = sim.add("lights", make_light(91, "Rollo", "Window covering device", state))
    sim.world["groups"]["90"] = make_group("90", "Zimmer", [light, cover])
    entry = await set_up(hass, sim)
    assert hass.states.get("light.zimmer") is not None
    assert hass.states.get("cover.zimmer_covers") is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_name_of_a_long_scene(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.world["groups"]["1"]["scenes"][0]["name"] = "Gemütlicher Abend vor dem Kamin!"
    hass.config.language = "de"
    entry = await set_up(hass, sim)
    names = [entity.original_name for entity in er.async_get(hass).entities.values() if "-store" in entity.unique_id]
    assert "Szene Gemütlicher…r dem Kamin! speichern" in names
    assert not list(problems_of_names(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_level_is_unavailable_while_the_previous_one_applies(
    hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None
) -> None:
    entry = await set_up(hass, sim)
    number = "number.wohnzimmer_decke_fixed_brightness_at_power_on"
    rid = sim.world["ids"]["lights"]["ceiling"]
    for value, state in (("previous", STATE_UNAVAILABLE), (254, "100"), ("previous", STATE_UNAVAILABLE)):
        sim.push({"t": "event", "e": "changed", "r": "lights", "id": rid, "config": {"bri": {"startup": value}}})
        await wait_until(hass, lambda state=state: hass.states.is_state(number, state))  # type: ignore[misc]
    await hass.config_entries.async_unload(entry.entry_id)


# Resources of one device in the gateway's order, and the name of the one by which a person knows the device.
DEVICES: tuple[tuple[tuple[tuple[str, str, str], ...], str], ...] = (
    ((("ZHATemperature", "0402", "Kühl"), ("ZHALightLevel", "0400", "Hell"), ("ZHAPresence", "0406", "Flur")), "Flur"),
    ((("ZHABattery", "0001", "Akku"), ("ZHASwitch", "fc00", "Taster")), "Taster"),
    ((("ZHAHumidity", "0405", "Feucht"), ("ZHAThermostat", "0201", "Heizung")), "Heizung"),
    ((("ZHAAlarm", "0502", "Alarm"), ("ZHAFire", "0500", "Rauch")), "Rauch"),
    ((("ZHAPower", "0b04", "Watt"), ("ZHAConsumption", "0702", "Zähler")), "Zähler"),
)


@pytest.mark.parametrize("parts,name", DEVICES)
async def test_a_device_has_the_name_of_its_main_resource(
    hass: HomeAssistant, sim: DeconzSimulator, parts: tuple[tuple[str, str, str], ...], name: str
) -> None:
    for kind, cluster, part_name in parts:
        sim.add("sensors", make_sensor(90, part_name, kind, cluster, {}, modelid="SML001"))
    entry = await set_up(hass, sim)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, ieee(90)), entry.entry_id)
    assert device is not None
    assert (device.name, device.model, device.model_id) == (name, "SML001", None)
    assert device.configuration_url is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_siren_does_not_name_a_smoke_detector(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.add("lights", make_light(90, "Hupe", "Warning device", {"alert": "none", "reachable": True}))
    sim.add("sensors", make_sensor(90, "Rauch", "ZHAFire", "0500", {"fire": False}))
    sim.add("lights", make_light(91, "Steckdose", "Smart plug", {"on": True, "reachable": True}))
    sim.add("sensors", make_sensor(91, "Watt", "ZHAPower", "0b04", {"power": 5}))
    entry = await set_up(hass, sim)
    devices = {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
    assert {"Rauch", "Steckdose"} <= devices
    assert not {"Hupe", "Watt"} & devices
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "data,url",
    [
        ({"host": "192.0.2.7", "port": 80}, "http://192.0.2.7/pwa"),
        ({"host": "gateway.local", "port": 8080}, "http://gateway.local:8080/pwa"),
        ({"host": "fd00::7", "port": 443, "advanced": {"use_tls": True}}, "https://[fd00::7]/pwa"),
        ({"host": "core-deconz", "port": 40850}, None),
    ],
)
def test_the_link_to_phoscon(data: dict[str, Any], url: str | None) -> None:
    assert phoscon_url(data) == url


async def test_the_gateway_links_to_phoscon(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, BRIDGE), entry.entry_id)
    assert device is not None
    assert device.configuration_url == f"http://127.0.0.1:{sim.port}/pwa"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_green_power_switch_appears_with_its_first_press(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    config = {"battery": ...}
    tap = make_sensor(90, "Tap", "ZGPSwitch", "f2", {"buttonevent": 34}, config=config)
    rid = sim.add("sensors", {**tap, "uniqueid": f"{ieee(90)}-f2"})
    entry = await set_up(hass, sim)
    devices = dr.async_get(hass)
    assert devices.async_get_device_by_identifier((DOMAIN, ieee(90)), entry.entry_id) is None
    sim.press(rid, 16)
    await wait_until(hass, lambda: any(state.attributes.get("event_type") for state in hass.states.async_all("event")))
    assert devices.async_get_device_by_identifier((DOMAIN, ieee(90)), entry.entry_id) is not None
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("event.tap_button_2") is not None
    assert not [name for name in names_of(hass, ieee(90)) if "reachable" in name]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_remote_without_battery_shows_whether_it_can_be_reached(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    sim.add("sensors", make_sensor(90, "Taster", "ZHASwitch", "0006", {"buttonevent": 1002}, config={"battery": ...}))
    entry = await set_up(hass, sim)
    assert hass.states.is_state("binary_sensor.taster_connectivity", "on")
    assert not list(problems_of_names(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_states_of_rules_belong_to_the_gateway(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    for number in range(2):
        rule = make_sensor(90, f"FSM_STATE Stair {number}", "CLIPGenericStatus", "0000", {"status": 2})
        sim.add("sensors", {**rule, "modelid": "PHOSCON_FSM_STATE", "uniqueid": f"fsm-state-{number}"})
    entry = await set_up(hass, sim)
    assert names_of(hass, "fsm-state-")["0-status"] == "FSM_STATE Stair 0 Rule state"
    assert not list(problems_of_names(hass, entry))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_settings_of_the_sun_are_enabled_as_the_sun(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    of_the_sun = [
        entity
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if any(name in entity.unique_id for name in ("-sun", "-dark", "-daylight", "-thold"))
    ]
    assert len(of_the_sun) > 7
    assert all(entity.disabled for entity in of_the_sun)
    await hass.config_entries.async_unload(entry.entry_id)
