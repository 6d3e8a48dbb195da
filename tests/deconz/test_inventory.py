"""Every type of resource of several makers: each item has its entity, and odd ones do not affect others."""

from collections.abc import AsyncGenerator, Callable
import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_platform, entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.entity import PushEntity
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import wait_described
from tests.snapshots import entity_lines

FIXTURE = Path(__file__).parent / "fixtures" / "sensors.json"
INVENTORY: dict[str, list[dict[str, Any]]] = json.loads(FIXTURE.read_text())

pytestmark = pytest.mark.usefixtures("all_enabled")


def load(sim: DeconzSimulator, change: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> None:
    """Fill a gateway with the inventory, and with one normal device."""
    world = sim.world
    world.update(groups={}, scenes={}, ids={"lights": {}, "sensors": {}, "groups": {}})
    for kind, bodies in INVENTORY.items():
        world[kind] = {str(number): change(body) for number, body in enumerate(json.loads(json.dumps(bodies)), 1)}
        for number, body in world[kind].items():
            if kind == "sensors" and "buttonevent" in (body.get("state") or ()):
                sim.buttons[number] = (["Button 1", "Button 2"], [0, 2])
    world["sensors"]["999"] = make_sensor(999, "Heil", "ZHATemperature", "0402", {"temperature": 2100})


@pytest.fixture
async def entry(hass: HomeAssistant, sim: DeconzSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set up a gateway with the inventory."""
    load(sim)
    entry = await set_up(hass, sim)
    await wait_described(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def test_snapshot(hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: SnapshotAssertion) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert entity_lines(hass, [entity for entity in entities if "-link-" not in entity.unique_id]) == snapshot


SENSOR, BINARY, NUMBER, SELECT = Platform.SENSOR, Platform.BINARY_SENSOR, Platform.NUMBER, Platform.SELECT
SWITCH, BUTTON, CLIMATE, EVENT, FAN = Platform.SWITCH, Platform.BUTTON, Platform.CLIMATE, Platform.EVENT, Platform.FAN

# Items of each type by the platform on which an owner expects them.
ITEMS: dict[str, dict[Platform, str]] = {
    "ZHATemperature": {SENSOR: "state.temperature", NUMBER: "config.offset"},
    "CLIPTemperature": {SENSOR: "state.temperature config.battery", NUMBER: "config.offset"},
    "ZHAHumidity": {SENSOR: "state.humidity state.measured_value", NUMBER: "config.offset"},
    "CLIPHumidity": {SENSOR: "state.humidity", NUMBER: "config.offset"},
    "ZHAMoisture": {SENSOR: "state.moisture", NUMBER: "config.offset", BINARY: "state.lowbattery"},
    "ZHAPressure": {SENSOR: "state.pressure"},
    "CLIPPressure": {SENSOR: "state.pressure"},
    "ZHALightLevel": {
        SENSOR: "state.lightlevel state.lux",
        BINARY: "state.dark state.daylight",
        NUMBER: "config.tholddark config.tholdoffset",
    },
    "CLIPLightLevel": {
        SENSOR: "state.lightlevel",
        BINARY: "state.dark state.daylight",
        NUMBER: "config.tholddark config.tholdoffset",
    },
    "ZHAConsumption": {
        SENSOR: "state.consumption state.consumption_2 state.production state.power",
        NUMBER: "config.interfacemode config.pulseconfiguration",
    },
    "CLIPConsumption": {SENSOR: "state.consumption"},
    "ZHAPower": {
        SENSOR: "state.power state.voltage state.current state.current_P1 state.current_P2 state.current_P3 "
        "state.power_P1 state.voltage_P1"
    },
    "CLIPPower": {SENSOR: "state.power state.voltage state.current"},
    "ZHAAirQuality": {
        SENSOR: "state.airquality state.airqualityppb state.pm2_5 state.airquality_co2_density "
        "state.airquality_formaldehyde_density state.measured_value"
    },
    "ZHACarbonDioxide": {SENSOR: "state.measured_value"},
    "ZHAFormaldehyde": {SENSOR: "state.measured_value"},
    "ZHAParticulateMatter": {SENSOR: "state.measured_value state.pm2_5 state.airquality"},
    "ZHABattery": {SENSOR: "state.battery", BINARY: "state.charging", BUTTON: "config.alert=identify"},
    "CLIPBattery": {SENSOR: "state.battery"},
    "ZHATime": {SENSOR: "state.lastset state.utc state.localtime"},
    "ZHAAirPurifier": {
        SENSOR: "state.filterruntime state.deviceruntime config.filterlifetime",
        BINARY: "state.replacefilter",
        FAN: "state.speed config.mode",
        SWITCH: "config.ledindication config.locked",
    },
    "ZHASpectral": {SENSOR: "state.spectral_x state.spectral_y state.spectral_z"},
    "Daylight": {
        SENSOR: "state.status state.sunrise state.sunset",
        BINARY: "state.daylight state.dark",
        NUMBER: "config.sunriseoffset config.sunsetoffset",
    },
    "CLIPGenericStatus": {NUMBER: "state.status"},
    "CLIPGenericFlag": {SWITCH: "state.flag config.on"},
    "CLIPDaylightOffset": {SENSOR: "state.localtime", NUMBER: "config.offset"},
    "ZHAOpenClose": {
        BINARY: "state.open state.tampered state.lowbattery config.enrolled",
        SENSOR: "state.seconds_remaining config.temperature config.pending",
        NUMBER: "config.duration",
    },
    "CLIPOpenClose": {BINARY: "state.open"},
    "ZHAPresence": {
        BINARY: "state.presence state.dark state.tampered config.reachable",
        SENSOR: "state.distance state.targetdistance state.errorcode config.pending config.battery attr.lastseen "
        "attr.lastannounced",
        NUMBER: "config.delay config.duration config.fadingtime config.detectionrange config.sensitivity",
        SELECT: "config.sensitivity config.triggerdistance config.devicemode",
        SWITCH: "config.on config.ledindication config.usertest config.reportgrid",
        BUTTON: "config.alert=identify config.resetpresence config.restart_device config.spatial_learning",
    },
    "CLIPPresence": {BINARY: "state.presence", NUMBER: "config.duration"},
    "ZHAVibration": {
        BINARY: "state.vibration",
        SENSOR: "state.orientation state.tiltangle state.vibrationstrength",
        NUMBER: "config.sensitivity config.duration",
    },
    "CLIPVibration": {BINARY: "state.vibration"},
    "ZHAWater": {BINARY: "state.water", SENSOR: "state.flow"},
    "CLIPWater": {BINARY: "state.water"},
    "ZHAFire": {BINARY: "state.fire state.test", SENSOR: "state.errorcode", BUTTON: "config.selftest"},
    "CLIPFire": {BINARY: "state.fire"},
    "ZHACarbonMonoxide": {BINARY: "state.carbonmonoxide state.test", BUTTON: "config.selftest"},
    "CLIPCarbonMonoxide": {BINARY: "state.carbonmonoxide"},
    "ZHAAlarm": {BINARY: "state.alarm", NUMBER: "config.melody", SELECT: "config.volume"},
    "CLIPAlarm": {BINARY: "state.alarm"},
    "ZHADoorLock": {Platform.LOCK: "state.lockstate", BINARY: "state.open"},
    "ZHAThermostat": {
        CLIMATE: "state.temperature state.on state.heating state.valve config.heatsetpoint config.coolsetpoint "
        "config.mode config.preset config.fanmode config.swingmode",
        SENSOR: "state.temperature state.valve state.windowopen state.errorcode state.floortemperature "
        "state.lastchange_amount state.lastchange_source state.lastchange_time",
        BINARY: "state.heating state.mountingmodeactive",
        NUMBER: "config.offset config.externalsensortemp config.unoccupiedheatsetpoint",
        SELECT: "config.controlsequence config.temperaturemeasurement",
        SWITCH: "config.locked config.displayflipped config.mountingmode config.radiatorcovered config.loadbalancing "
        "config.windowopen_set config.windowopendetectionenabled config.setvalve config.externalwindowopen "
        "config.schedule_on config.ledindication",
    },
    "CLIPThermostat": {CLIMATE: "config.heatsetpoint", NUMBER: "config.offset"},
    "ZHASwitch": {
        SELECT: "config.mode config.devicemode config.clickmode config.windowcoveringtype",
        SWITCH: "config.interlock config.locked config.ledindication",
        Platform.TEXT: "config.group",
        BUTTON: "config.alert=identify",
        EVENT: "state.buttonevent=button_1",
    },
    "ZGPSwitch": {EVENT: "state.buttonevent=button_1"},
    "CLIPSwitch": {EVENT: "state.buttonevent=button_1"},
    "ZHARelativeRotary": {EVENT: "state.rotaryevent=rotary"},
    "ZHAAncillaryControl": {
        EVENT: "state.action=keypad",
        SENSOR: "state.panel state.seconds_remaining",
        BINARY: "state.tampered state.lowbattery config.enrolled",
    },
    "Range extender": {BINARY: "state.reachable", SENSOR: "attr.lastseen attr.lastannounced"},
    "Configuration tool": {BINARY: "state.reachable", SENSOR: "attr.lastseen"},
    "Warning device": {BUTTON: "config.selftest"},
    "Smart plug": {SENSOR: "state.power state.voltage state.current"},
    "Window covering device": {
        SENSOR: "state.battery",
        BINARY: "state.charging state.lowbattery state.tampered state.reachable",
    },
}
PAIRS = [
    (kind, platform, *item.partition("=")[::2])
    for kind, platforms in ITEMS.items()
    for platform, items in platforms.items()
    for item in items.split()
]


async def test_every_item_of_every_type_has_its_entity(
    hass: HomeAssistant, entry: ConfigEntry[Any], sim: DeconzSimulator
) -> None:
    model = entry.runtime_data.model
    keys = {resource.key for resource in model.resources.values()}
    followed: dict[tuple[str, str], set[str]] = {}
    named: set[tuple[str, str, str]] = set()
    for added in entity_platform.async_get_platforms(hass, DOMAIN):
        for entity in added.entities.values():
            assert isinstance(entity, PushEntity)
            if entity.resource in keys:
                followed.setdefault((added.domain, entity.resource), set()).update(entity.properties or ())
                named.add((added.domain, entity.resource, str(entity.unique_id).partition(entity.resource)[2]))
    missing = []
    for kind, platform, item, key in PAIRS:
        carriers = [resource for resource in model.resources.values() if resource.type == kind and resource.has(item)]
        # A button follows no item, so it is identified by its key.
        name = key or item.partition(".")[2]
        if not any(
            (platform is not BUTTON and not key and item in followed.get((platform, resource.key), ()))
            or any((platform, resource.key, prefix + name) in named for prefix in ("-", "-config-"))
            for resource in carriers
        ):
            missing.append((kind, platform, item))
    assert not missing
    assert {body["type"] for bodies in INVENTORY.values() for body in bodies} == ITEMS.keys()


async def test_every_device_has_an_entity(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    registry = er.async_get(hass)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert len(devices) > 50
    assert not [device.name for device in devices if not er.async_entries_for_device(registry, device.id)]


DEEP: Any = {"a": [None, {"b": 1}]}
ODD: dict[str, Any] = {
    "null": None,
    "word": "odd",
    "empty": "",
    "long": "x" * 5000,
    "infinite": "1e999",
    "number": "21",
    "huge": 1e300,
    "minus": -(2**63),
    "half": 0.5,
    "yes": True,
    "list": [],
    "nested": [[1, "x"], None],
    "object": DEEP,
    "year": "9999-12-31T23:59:59-12:00",
}


def with_values(value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that sets every item of a resource to the same value, and keeps the type."""
    return lambda body: {
        name: dict.fromkeys(part, value) if isinstance(part, dict) else part if name in KEPT else value
        for name, part in body.items()
    }


KEPT = frozenset({"type", "uniqueid"})


def with_sections(value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that replaces a resource's sections."""
    return lambda body: {name: value if isinstance(part, dict) else part for name, part in body.items()}


def without_half(rest: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that removes every other item and attribute."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        kept = {
            name: {item: value for number, (item, value) in enumerate(part.items()) if number % 2 == rest}
            if isinstance(part, dict)
            else part
            for name, part in body.items()
        }
        return {name: part for number, (name, part) in enumerate(kept.items()) if number % 2 == rest or name in KEPT}

    return change


CHANGES = {
    **{name: with_values(value) for name, value in ODD.items()},
    **{f"sections {name}": with_sections(ODD[name]) for name in ("null", "word", "list")},
    "half": without_half(0),
    "other half": without_half(1),
    "nothing": lambda body: {name: value for name, value in body.items() if name in KEPT},
}


@pytest.mark.parametrize("name", CHANGES)
async def test_odd_values_do_no_harm(
    hass: HomeAssistant, sim: DeconzSimulator, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    load(sim, CHANGES[name])
    entry = await set_up(hass, sim)
    assert hass.states.is_state("sensor.heil_temperature", "21.0")
    known = {device for device in entry.runtime_data.model.devices if device != entry.runtime_data.hub_id}
    assert len(known) > 60
    assert not complaints(caplog)
    await hass.config_entries.async_unload(entry.entry_id)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return Home Assistant's log records about invalid states."""
    return [
        record.getMessage()[:200]
        for record in caplog.records
        if record.levelno >= logging.ERROR
        or (record.levelno == logging.WARNING and record.name.startswith(("homeassistant.components", "custom_comp")))
    ]


@pytest.mark.parametrize("name", ODD)
async def test_normal_values_after_odd_ones_are_shown(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def states() -> dict[str, str]:
        return {
            state.entity_id: state.state
            for state in hass.states.async_all()
            if state.domain not in ("event", "siren") and "phoscon" not in state.entity_id
        }

    before = states()
    failures = entry.runtime_data.frame_log.diagnostics_data()["failures"]
    for odd in (True, False):
        for kind in ("lights", "sensors"):
            for rid, body in sim.world[kind].items():
                head = {"t": "event", "e": "changed", "r": kind, "id": rid}
                for section in ("state", "config", "capabilities"):
                    if items := body.get(section):
                        sim.push({**head, section: dict.fromkeys(items, ODD[name]) if odd else items})
        marker = 1900 if odd else 2100
        sim.push({"t": "event", "e": "changed", "r": "sensors", "id": "999", "state": {"temperature": marker}})
        await wait_until(hass, lambda: hass.states.is_state("sensor.heil_temperature", str(marker / 100)))  # noqa: B023
        await hass.async_block_till_done()
        assert (states() == before) is not odd
    assert entry.runtime_data.frame_log.diagnostics_data()["failures"] == failures
    assert not complaints(caplog)
