"""Settings of sensors: the exact request, the state that follows, and refused values."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes
from tests.deconz.test_inventory import INVENTORY

pytestmark = pytest.mark.usefixtures("all_enabled")

STORED_V1 = Path(__file__).parent / "fixtures" / "stored_v1.json"


async def set_up_one(hass: HomeAssistant, sim: DeconzSimulator, name: str) -> tuple[ConfigEntry[Any], str, str]:
    """Set up a gateway with one resource of the inventory; return the entry, the path and the stable ID."""
    sim.world.update(groups={}, scenes={}, lights={}, sensors={}, ids={"lights": {}, "sensors": {}, "groups": {}})
    kind, body = next((kind, body) for kind, bodies in INVENTORY.items() for body in bodies if body["name"] == name)
    sim.world[kind]["7"] = {section: dict(part) if isinstance(part, dict) else part for section, part in body.items()}
    return await set_up(hass, sim), f"/{kind}/7", body["uniqueid"]


def entity_of(hass: HomeAssistant, platform: str, unique_id: str) -> str:
    """Return the ID of an entity."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"00212EFFFF012345/{unique_id}")
    assert found is not None
    return found


def number(name: str, key: str, value: float, written: int) -> tuple[Any, ...]:
    """Return a case of a number."""
    return name, "number", f"config-{key}", "set_value", {"value": value}, {key: written}, str(value)


def select(name: str, key: str, option: str, written: Any) -> tuple[Any, ...]:
    """Return a case of a choice."""
    return name, "select", f"config-{key}", "select_option", {"option": option}, {key: written}, option


def switch(name: str, key: str, on: bool) -> tuple[Any, ...]:  # noqa: FBT001
    """Return a case of a switch."""
    return name, "switch", f"config-{key}", f"turn_{'on' if on else 'off'}", {}, {key: on}, "on" if on else "off"


def button(name: str, key: str, written: dict[str, Any]) -> tuple[Any, ...]:
    """Return a case of a button."""
    return name, "button", f"config-{key}", "press", {}, written, None


def fan(action: str, data: dict[str, Any], mode: str) -> tuple[Any, ...]:
    """Return a case of the air purifier."""
    return "STARKVIND", "fan", "", action, data, {"mode": mode}, "off" if mode == "off" else "on"


# Words of the inventory's settings beside those that the simulated gateway describes itself.
WORDS: dict[tuple[str, str], dict[str, Any]] = {
    ("lumi.remote.b286opcn01", "ZHASwitch"): {"config/clickmode": {"highspeed": 1, "multiclick": 2}},
    ("Micromodule switch", "ZHASwitch"): {"config/mode": {"momentary": 0, "rocker": 1}},
    ("Super TR", "ZHAThermostat"): {
        "config/temperaturemeasurement": {"air sensor": 0, "floor sensor": 1, "floor protection": 3}
    },
    ("TS0601", "ZHAAlarm"): {"config/volume": {"low": 2, "medium": 1, "high": 0}},
}

CASES = [
    number("Aqara Klima", "offset", 1.5, 150),
    number("Aqara Klima Feuchte", "offset", -2.0, -200),
    number("Tuya Boden", "offset", 0.5, 50),
    number("CLIP Temperatur", "offset", 1.0, 100),
    number("CLIP Tageslicht", "offset", 20, 20),
    number("Danfoss Ally", "offset", -2.5, -250),
    number("Hue Bewegung", "delay", 30, 30),
    number("IKEA Bewegung", "duration", 90, 90),
    number("Tuya Radar", "fadingtime", 45, 45),
    number("Tuya Radar", "detectionrange", 300, 300),
    number("Tuya Radar", "sensitivity", 5, 5),
    number("Hue Bewegung Licht", "tholddark", 100.0, 20001),
    number("Hue Bewegung Licht", "tholdoffset", 1000.0, 18001),
    number("Danfoss Ally", "externalsensortemp", 19.55, 1955),
    number("Bosch Heizkörper", "unoccupiedheatsetpoint", 17.5, 1750),
    number("Frient Zähler", "interfacemode", 1, 1),
    number("Frient Zähler", "pulseconfiguration", 500, 500),
    number("Tuya Sirene", "melody", 9, 9),
    number("Daylight", "sunriseoffset", -45, -45),
    number("Daylight", "sunsetoffset", 45, 45),
    ("Zähler", "number", "state-status", "set_value", {"value": -7}, {"status": -7}, "-7"),
    ("Merker Urlaub", "switch", "state-flag", "turn_on", {}, {"flag": True}, "on"),
    switch("Aqara Fenster", "on", on=False),
    switch("Danfoss Ally", "displayflipped", on=True),
    switch("Danfoss Ally", "externalwindowopen", on=True),
    switch("Danfoss Ally", "loadbalancing", on=True),
    switch("Danfoss Ally", "locked", on=True),
    switch("Danfoss Ally", "mountingmode", on=True),
    switch("Danfoss Ally", "radiatorcovered", on=True),
    switch("Danfoss Ally", "schedule_on", on=True),
    switch("Danfoss Ally", "windowopen_set", on=True),
    switch("Danfoss Ally", "windowopendetectionenabled", on=False),
    switch("Eurotronic Spirit", "setvalve", on=True),
    switch("Hue Bewegung", "ledindication", on=True),
    switch("Hue Bewegung", "usertest", on=True),
    switch("Aqara FP1", "reportgrid", on=True),
    switch("Aqara Wandschalter", "interlock", on=True),
    select("Aqara FP1", "triggerdistance", "far", "far"),
    select("Aqara FP1", "devicemode", "leftright", "leftright"),
    select("Hue Wandmodul", "devicemode", "dualpushbutton", "dualpushbutton"),
    select("Aqara FP1", "sensitivity", "low", 1),
    select("Hue Bewegung", "sensitivity", "low", 0),
    select("Legrand Taster", "mode", "momentary", "momentary"),
    select("Aqara Opple", "clickmode", "highspeed", "highspeed"),
    select("Legrand Klima", "controlsequence", "heating", 2),
    select("ELKO Boden", "temperaturemeasurement", "air_sensor", "air sensor"),
    select("Tuya Sirene", "volume", "high", 0),
    select("Ubisys J1 Taster", "windowcoveringtype", "shutter", 6),
    ("Hue Dimmer", "text", "config-group", "set_value", {"value": "1,22"}, {"group": "1,22"}, "1,22"),
    ("Hue Dimmer", "text", "config-group", "set_value", {"value": "auto"}, {"group": "auto"}, "auto"),
    button("Hue Dimmer", "identify", {"alert": "select"}),
    button("Aqara FP1", "resetpresence", {"resetpresence": True}),
    button("Aqara FP1", "restart_device", {"restart_device": True}),
    button("Aqara FP1", "spatial_learning", {"spatial_learning": True}),
    button("Heiman CO", "selftest", {"selftest": True}),
    button("Frient Rauch Sirene", "selftest", {"selftest": True}),
    fan("turn_on", {}, "auto"),
    fan("turn_on", {"percentage": 60}, "speed_3"),
    fan("turn_on", {"preset_mode": "auto"}, "auto"),
    fan("turn_off", {}, "off"),
    fan("set_percentage", {"percentage": 100}, "speed_5"),
    fan("set_percentage", {"percentage": 0}, "off"),
    fan("set_preset_mode", {"preset_mode": "auto"}, "auto"),
    ("Nuki Tür", "lock", "", "unlock", {}, {"lock": False}, "unlocked"),
    ("Nuki Tür", "lock", "", "lock", {}, {"lock": True}, "locked"),
]


@pytest.mark.parametrize(
    "name,platform,key,action,data,body,shown", CASES, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_setting(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    name: str,
    platform: str,
    key: str,
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
    shown: str | None,
) -> None:
    sim.words.update(WORDS)
    entry, path, unique_id = await set_up_one(hass, sim, name)
    entity_id = entity_of(hass, platform, f"{unique_id}-{key}" if key else unique_id)
    if platform == "select":
        await wait_until(hass, lambda: data["option"] in hass.states.get(entity_id).attributes["options"])
    await call(hass, platform, action, entity_id, **data)
    section = "state" if key.startswith("state-") else "config"
    assert writes(sim) == [(f"{path}/{section}", body)]
    await wait_until(hass, lambda: shown is None or hass.states.is_state(entity_id, shown))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "name,platform,key,action,data,error",
    [
        ("Hue Bewegung Licht", "number", "config-tholdoffset", "set_value", {"value": 10}, "daylight_below_dark"),
        ("Hue Bewegung Licht", "number", "config-tholddark", "set_value", {"value": 300000}, "out_of_range"),
        ("Hue Dimmer", "text", "config-group", "set_value", {"value": "kitchen"}, "not_groups"),
        ("Hue Dimmer", "text", "config-group", "set_value", {"value": "1,"}, "not_groups"),
        ("Aqara FP1", "select", "config-sensitivity", "select_option", {"option": "4"}, "not_valid_option"),
        ("Danfoss Ally", "climate", "", "set_temperature", {"temperature": 4}, "temp_out_of_range"),
        (
            "Danfoss Ally",
            "climate",
            "",
            "set_temperature",
            {"temperature": 20, "hvac_mode": "heat_cool"},
            "no_such_mode",
        ),
        ("Legrand Klima", "climate", "", "set_temperature", {"temperature": 21}, "range_needed"),
        (
            "Legrand Klima",
            "climate",
            "",
            "set_temperature",
            {"target_temp_low": 33, "target_temp_high": 34},
            "temperature_out_of_range",
        ),
        (
            "Legrand Klima",
            "climate",
            "",
            "set_temperature",
            {"target_temp_low": 25, "target_temp_high": 20},
            "low_temp_higher_than_high_temp",
        ),
        ("Legrand Klima", "climate", "", "set_swing_mode", {"swing_mode": "wild"}, "not_valid_swing_mode"),
        ("STARKVIND", "fan", "", "set_preset_mode", {"preset_mode": "wild"}, "not_valid_preset_mode"),
    ],
)
async def test_invalid_values_change_nothing(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    name: str,
    platform: str,
    key: str,
    action: str,
    data: dict[str, Any],
    error: str,
) -> None:
    entry, _, unique_id = await set_up_one(hass, sim, name)
    entity_id = entity_of(hass, platform, f"{unique_id}-{key}" if key else unique_id)
    before = hass.states.get(entity_id)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, platform, action, entity_id, **data)
    assert raised.value.translation_key == error
    assert writes(sim) == []
    assert hass.states.get(entity_id) is before
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_unknown_value_becomes_an_option(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, path, unique_id = await set_up_one(hass, sim, "Aqara Opple")
    entity_id = entity_of(hass, "select", f"{unique_id}-config-clickmode")
    assert hass.states.get(entity_id).attributes["options"] == ["multiclick"]
    sim.set_sensor_config("7", clickmode="triple")
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "triple"))
    sim.set_sensor_config("7", clickmode="coupled")
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "coupled"))
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get(entity_id).attributes["options"] == ["multiclick", "triple", "coupled"]
    sim.words["lumi.remote.b286opcn01", "ZHASwitch"] = {"config/clickmode": {"coupled": 0, "multiclick": 2}}
    # The gateway refuses the value that it has reported; the error explains why.
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "select", "select_option", entity_id, option="triple")
    assert raised.value.translation_key == "invalid_value"
    assert writes(sim) == [(f"{path}/config", {"clickmode": "triple"})]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_mode_of_only_one_device(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.add("sensors", make_sensor(90, "Eigen", "ZHAWindow", "0102", {}, config={"mode": "calibrate"}))
    sim.add("sensors", make_sensor(91, "Zahl", "ZHAWindow", "0102", {}, config={"mode": 3, "offset": 4}))
    entry = await set_up(hass, sim)
    assert hass.states.get("select.eigen_mode").attributes["options"] == ["calibrate"]
    assert hass.states.is_state("select.zahl_mode", "3")
    assert hass.states.is_state("number.zahl_offset", "4")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_daylight_threshold_is_relative_to_darkness(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, _, unique_id = await set_up_one(hass, sim, "Hue Bewegung Licht")
    dark = entity_of(hass, "number", f"{unique_id}-config-tholddark")
    daylight = entity_of(hass, "number", f"{unique_id}-config-tholdoffset")
    assert (hass.states.get(dark).state, hass.states.get(daylight).state) == ("15.8", "79.4")
    sim.set_sensor_config("7", tholddark=20001)
    await wait_until(hass, lambda: hass.states.is_state(daylight, "501.2"))
    sim.set_sensor_config("7", tholdoffset=None)
    await wait_until(hass, lambda: hass.states.is_state(daylight, STATE_UNKNOWN))
    await call(hass, "number", "set_value", dark, value=0)
    assert writes(sim)[-1][1] == {"tholddark": 0}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_state_of_an_air_purifier(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, _, unique_id = await set_up_one(hass, sim, "STARKVIND")
    entity_id = entity_of(hass, "fan", unique_id)

    def shows(percentage: int | None, preset: str | None) -> bool:
        attributes = hass.states.get(entity_id).attributes
        return attributes.get("percentage") == percentage and attributes.get("preset_mode") == preset

    assert shows(40, None)
    sim.set_sensor_config("7", mode="auto")
    await wait_until(hass, lambda: shows(40, "auto"))
    sim.set_sensor_state("7", speed=12)
    await wait_until(hass, lambda: shows(12, "auto"))
    sim.set_sensor_state("7", speed=0)
    await wait_until(hass, lambda: shows(0, "auto"))
    # The purifier is in its automatic mode.
    assert hass.states.is_state(entity_id, "on")
    sim.set_sensor_config("7", mode="off")
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "off"))
    await hass.config_entries.async_unload(entry.entry_id)


OFFSET = "number.klima_bad_temperature_offset"


def ends(hass: HomeAssistant, entity_id: str) -> tuple[float, float]:
    """Return the range of a number."""
    attributes = hass.states.get(entity_id).attributes
    return attributes["min"], attributes["max"]


def looks(sim: DeconzSimulator, item: str) -> int:
    """Return the number of range requests for an item."""
    return sum(request.path.endswith(f"/config/{item}/introspect") for request in sim.requests)


@pytest.mark.parametrize(
    "reported,shown",
    [
        ({"minval": -500, "maxval": 250}, (-5, 2.5)),
        ({"minval": -500, "maxval": 250, "minimum": -100, "maximum": 100}, (-5, 2.5)),
        ({"minimum": -500, "maximum": 250}, (-5, 2.5)),
        ({"min": -500, "max": "250"}, (-5, 2.5)),
        ({"maxval": 300}, (-100, 3)),
        ({}, (-100, 100)),
        ({"minval": -32768, "maxval": 32767}, (-100, 100)),
        ({"minval": 5, "maxval": 5}, (-100, 100)),
        ({"minval": None, "maxval": [1]}, (-100, 100)),
    ],
)
async def test_the_range_of_a_number_is_that_of_the_device(
    hass: HomeAssistant, sim: DeconzSimulator, reported: dict[str, Any], shown: tuple[float, float]
) -> None:
    sim.introspection["temperature", "offset"] = reported
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: looks(sim, "offset") > 0 and not entry.runtime_data.introspection._ranges.pending)
    assert ends(hass, OFFSET) == shown
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_range_is_requested_once_per_model(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.introspection["temperature", "offset"] = {"minval": -500, "maxval": 500}
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: ends(hass, OFFSET) == (-5, 5))
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: not coordinator.introspection._ranges.pending)
    asked = looks(sim, "offset")
    assert asked == len({mark for mark in coordinator.introspection._ranges.entries if mark.endswith("|offset")})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert ends(hass, OFFSET) == (-5, 5)
    assert looks(sim, "offset") == asked
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_failed_start_keeps_the_ranges(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.introspection["temperature", "offset"] = {"minval": -500, "maxval": 500}
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: looks(sim, "offset") > 0 and not entry.runtime_data.introspection._ranges.pending)
    asked = looks(sim, "offset")
    await hass.config_entries.async_unload(entry.entry_id)
    sim.refuse(503)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    sim.allow()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert ends(hass, OFFSET) == (-5, 5)
    assert looks(sim, "offset") == asked
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_failed_range_request_is_repeated(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.introspection["temperature", "offset"] = {"minval": -500, "maxval": 500}
    sim.refuse(500, path=f"/api/{sim.api_key}/devices")
    entry = await set_up(hass, sim)
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: any(kind.startswith("ranges ") for kind in coordinator.frame_log.unknown))
    assert ends(hass, OFFSET) == (-100, 100)
    sim.allow()
    sim.rename("groups", "living", "Wohnen")
    await coordinator.async_poll()
    await wait_until(hass, lambda: ends(hass, OFFSET) == (-5, 5))
    await wait_until(hass, lambda: not coordinator.introspection._ranges.pending)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_range_request_that_always_fails_does_not_delay_the_others(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    sim.introspection["temperature", "offset"] = {"minval": -500, "maxval": 500}
    motion = sim.sensor("motion")["uniqueid"]
    sim.refuse(500, path=f"/api/{sim.api_key}/devices/{motion}/config/delay")
    entry = await set_up(hass, sim)
    coordinator = entry.runtime_data
    for name in ("Wohnen", "Stube"):
        await wait_until(hass, lambda: not coordinator.introspection._fetching_ranges)
        sim.rename("groups", "living", name)
        await coordinator.async_poll()
    await wait_until(hass, lambda: ends(hass, OFFSET) == (-5, 5))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_connectivity_is_available_for_an_unreachable_device(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    for kind, key, name, other in (
        ("sensors", "window", "fenster_bad", "binary_sensor.fenster_bad_opening"),
        ("lights", "repeater", "verstarker", None),
    ):
        entity_id = f"binary_sensor.{name}_connectivity"
        assert hass.states.is_state(entity_id, "on")
        sim.set_reachable(kind, key, False)
        await wait_until(hass, lambda: hass.states.is_state(entity_id, "off"))  # noqa: B023
        assert other is None or hass.states.is_state(other, STATE_UNAVAILABLE)


@pytest.mark.parametrize(
    "reported,shown",
    [(1, "off"), (3, "on"), (True, "off"), (False, "on"), ("ok", "off"), ("no", "on"), (None, STATE_UNKNOWN)],
)
async def test_a_device_that_is_not_enrolled_is_a_problem(
    hass: HomeAssistant, sim: DeconzSimulator, reported: Any, shown: str
) -> None:
    sim.add(
        "sensors", make_sensor(90, "Melder", "ZHAOpenClose", "0500", {"open": False}, config={"enrolled": reported})
    )
    entry = await set_up(hass, sim)
    assert hass.states.is_state("binary_sensor.melder_not_enrolled", shown)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_stored_data_of_version_1_is_restored(
    hass: HomeAssistant, sim: DeconzSimulator, hass_storage: dict[str, Any]
) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"] = json.loads(STORED_V1.read_text())
    requests = len(sim.requests)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert ends(hass, OFFSET) == (-5, 5)
    remote = sim.sensor("dimmer_switch")["uniqueid"]
    resource = entry.runtime_data.model.resources[remote]
    assert resource.attr["buttons"]["1"] == {"name": "On"}
    assert not [request for request in sim.requests[requests:] if f"{remote}/state" in request.path]
    await hass.config_entries.async_unload(entry.entry_id)
