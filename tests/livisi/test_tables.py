"""Every capability, device, event and error code of the hub's interface, by table."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components import pushwire
from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.api.client import error_from_body
from simulators import LivisiSimulator
from tests.common import set_up
from tests.livisi.test_commands import call

BOTH = pytest.mark.parametrize("version", ["v1", "v2"])
ENERGY = {
    "energyPerDayInEuro": 1,
    "energyPerDayInKWh": 2,
    "energyPerMonthInEuro": 3,
    "energyPerMonthInKWh": 4,
    "totalEnergy": 5,
}
ENERGY_ENTITIES = {
    "sensor.cost_day",
    "sensor.cost_month",
    "sensor.energy",
    "sensor.energy_day",
    "sensor.energy_month",
}
THERMOSTAT = {"pointTemperature": 21, "operationMode": "Auto", "windowReductionActive": False}
BUTTONS = {"event.button_1", "event.button_2"}

# State and entities (platform and key) of each capability. The key of a main entity is empty.
CAPABILITIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "AlarmActuator": ({"onState": False}, {"siren."}),
    "BooleanStateActuator": ({"value": True}, {"switch."}),
    "Calendar": (
        {
            "isDay": True,
            "nextSunrise": "2026-11-22T06:52:00Z",
            "nextSunset": "2026-11-22T15:31:00Z",
            "nextTimeEvent": "2026-11-22T15:31:00Z",
        },
        {"binary_sensor.day", "sensor.next_sunrise", "sensor.next_sunset", "sensor.next_time_event"},
    ),
    "DimmerActuator": ({"dimLevel": 4}, {"light."}),
    "EnergyConsumptionSensor": (
        {
            "absoluteEnergyConsumption": 1,
            "energyConsumptionDayEuro": 1,
            "energyConsumptionDayKWh": 1,
            "energyConsumptionMonthEuro": 1,
            "energyConsumptionMonthKWh": 1,
        },
        ENERGY_ENTITIES,
    ),
    "GenerationMeterEnergySensor": (ENERGY, ENERGY_ENTITIES),
    "GenerationMeterPowerConsumptionSensor": ({"powerInWatt": 7}, {"sensor.power"}),
    "HumiditySensor": ({"humidity": 50, "moldWarning": False}, {"sensor.humidity", "binary_sensor.mold_warning"}),
    "LuminanceSensor": ({"luminance": 12}, {"sensor.luminance"}),
    "MotionDetectionSensor": ({"motionDetectedCount": 1}, {"event.motion", "binary_sensor.motion"}),
    "PowerConsumptionSensor": ({"powerConsumptionWatt": 3}, {"sensor.power"}),
    "PushButtonSensor": ({"lastKeyPressCounter": 1, "lastPressedButtonIndex": 0}, BUTTONS),
    "RollerShutterActuator": (
        {"shutterLevel": 100},
        {
            "cover.",
            "button.step_up",
            "button.step_down",
            "button.start_calibration",
            "button.stop_calibration",
            "button.reset_calibration",
        },
    ),
    "RoomHumidity": ({"humidity": 50}, {"sensor.humidity"}),
    "RoomSetpoint": ({"setpointTemperature": 20}, {"climate."}),
    "RoomTemperature": ({"temperature": 20}, {"sensor.temperature"}),
    "SabotageSensor": ({"isOn": False}, {"binary_sensor.sabotage"}),
    "SirenActuator": ({"activeChannel": "None"}, {"siren."}),
    "SmokeDetectorSensor": ({"isSmokeAlarm": False}, {"binary_sensor.smoke"}),
    "SwitchActuator": ({"onState": True}, {"switch."}),
    "TemperatureSensor": (
        {"temperature": 20, "frostWarning": False},
        {"sensor.temperature", "binary_sensor.frost_warning"},
    ),
    "ThermostatActuator": (
        THERMOSTAT,
        {"climate.", "select.operation_mode", "binary_sensor.window_reduction"},
    ),
    "TwoWayMeterEnergyConsumptionSensor": (ENERGY, ENERGY_ENTITIES),
    "TwoWayMeterEnergyFeedSensor": (ENERGY, ENERGY_ENTITIES),
    "TwoWayMeterPowerConsumptionSensor": ({"powerInWatt": -7}, {"sensor.power"}),
    "ValveActuator": ({"valvePosition": 30}, {"sensor.valve_position"}),
    "WindowDoorSensor": ({"isOpen": True}, {"binary_sensor.open"}),
    # Neither has a state or an action that works without the cloud.
    "EmailActuator": ({}, set()),
    "PushNotificationActuator": ({}, set()),
    "Router": ({}, set()),
    "SmsActuator": ({}, set()),
    "VirtualResident": ({}, set()),
}
RADIO = {"binary_sensor.reachable", "binary_sensor.update", "sensor.configuration_state", "sensor.inclusion_state"}
BATTERY = {"binary_sensor.battery"}
# Entities of the device itself, by type.
DEVICES: dict[str, set[str]] = {
    **dict.fromkeys(
        ("PSS", "PSSO", "PSD", "ISS", "ISS2", "ISD2", "ISR2", "FSC8", "RVA", "PSR", "ChargingStation"), RADIO
    ),
    **dict.fromkeys(
        ("RST", "RST2", "WRT", "ISC2", "WSC2", "BRC8", "WDS", "WMD", "WMDO", "WSD", "WSD2", "SIR"), RADIO | BATTERY
    ),
    **dict.fromkeys(("BT-WDS", "BT-WS", "BT-Shock", "BT-Motion"), RADIO | BATTERY),
    **dict.fromkeys(("BT-PSS", "AnalogMeter", "GenerationMeter", "SmartMeter", "TwoWayMeter"), RADIO),
    # Not devices with a radio.
    **{kind: set() for kind in ("VRCC", "VariableActuator", "PresenceDevice", "NotificationSender")},
}
VIRTUAL = {"VRCC", "VariableActuator", "PresenceDevice", "NotificationSender"}
EVENTS = {
    "ActivateDiscoveryFailure",
    "ButtonPressed",
    "CommitConfigError",
    "ConfigChanged",
    "ConfigSave",
    "ConfigurationChanged",
    "ControllerConnectivityChanged",
    "DeviceActivityLoggingFlush",
    "DeviceDiscoveryFailure",
    "DeviceDiscoveryStatusChanged",
    "DeviceFound",
    "Disconnect",
    "EntityDeploy",
    "EventDeliveryError",
    "LicensingError",
    "MessageCreated",
    "MessageDeleted",
    "MessageUpdated",
    "MotionDetected",
    "NewMessageReceived",
    "RollerShutterCalibrated",
    "SaveConfigError",
    "StateChanged",
    "UserDataChanged",
    "UserDataDeleted",
    "UtilityRead",
}
CODES = {
    1000: "hub_fault",
    1001: "hub_busy",
    1002: "hub_busy",
    1003: "hub_fault",
    1004: "command_failed",
    1005: "command_failed",
    1006: "hub_busy",
    1007: "command_failed",
    1008: "hub_starting",
    2000: "right_missing",
    2001: "right_missing",
    2002: "not_ready",
    2003: "not_this_vendor",
    2004: "not_ready",
    2005: "not_ready",
    2006: "not_ready",
    2007: "not_ready",
    2008: "right_missing",
    2009: "invalid_auth",
    2010: "right_missing",
    2011: "right_missing",
    2012: "not_ready",
    2013: "account_locked",
    3000: "command_failed",
    3001: "command_failed",
    3003: "command_failed",
    3004: "command_failed",
    3005: "command_failed",
    3500: "command_failed",
    4000: "command_failed",
    4001: "command_failed",
    4002: "action_refused",
    4003: "command_failed",
    5000: "configuration_locked",
    5001: "configuration_locked",
    5002: "device_unreachable",
    5003: "terms_not_accepted",
    5004: "command_failed",
    5006: "hub_offline",
    6000: "command_failed",
    7000: "hub_busy",
}


def add(sim: LivisiSimulator, kind: str, capability: str | None = None, state: Any = "missing") -> str:
    """Add a device of a type, or one with a capability; return the ID of the device or of the capability."""
    device = f"{kind}{capability or ''}".replace("-", "").lower()[:32].ljust(32, "0")
    protocol = "Virtual" if kind in VIRTUAL else "Cosip"
    entity = {
        "id": device,
        "type": kind,
        "product": "CosipDevices.RWE",
        "config": {"name": device, "protocolId": protocol},
    }
    sim.world["devices"][device] = {**entity, "capabilities": []}
    if capability is None:
        return device
    ident = f"{len(sim.world['capabilities']):032x}"
    sim.world["capabilities"][ident] = {"id": ident, "type": capability, "device": f"/device/{device}", "config": {}}
    if state != "missing":
        sim.world["capability_states"][ident] = state
    return ident


def entities_of(hass: HomeAssistant, entry: ConfigEntry[Any], resource: str) -> set[str]:
    """Return platform and key of the entities of a resource."""
    unique_id = entry.runtime_data.unique_id(resource)
    return {
        f"{entity.domain}.{entity.unique_id.removeprefix(unique_id).removeprefix('-')}"
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.unique_id == unique_id or entity.unique_id.startswith(f"{unique_id}-")
    }


@BOTH
@pytest.mark.parametrize("known", ["value", "empty", "null", "missing", "no value"])
async def test_entities_of_every_capability(hass: HomeAssistant, sim: LivisiSimulator, known: str) -> None:
    added = {}
    for capability, (state, _) in CAPABILITIES.items():
        reported: Any = {
            "value": {name: {"value": value} for name, value in state.items()},
            "no value": {name: {"lastChanged": "1970-01-01T00:00:00Z"} for name in state},
            "empty": {},
            "null": None,
            "missing": "missing",
        }[known]
        added[capability] = add(sim, "PSS", capability, reported)
    entry = await set_up(hass, sim)
    for capability, (_, expected) in CAPABILITIES.items():
        assert entities_of(hass, entry, added[capability]) == expected, capability
    assert not [
        state.entity_id
        for state in hass.states.async_all()
        if state.state == "unavailable" and "0000" in state.entity_id
    ]
    assert not entry.runtime_data.frame_log.failures
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_entities_of_every_device_type(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    added = {kind: add(sim, kind) for kind in DEVICES}
    entry = await set_up(hass, sim)
    for kind, expected in DEVICES.items():
        assert entities_of(hass, entry, added[kind]) == expected, kind
        device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, added[kind]), entry.entry_id)
        # The senders of messages need the former cloud.
        assert (device is None) is (kind == "NotificationSender")
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_entities_of_a_hub_that_reports_nothing(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    with_state = await set_up(hass, sim)
    known = entities_of(hass, with_state, sim.resolve("hub"))
    await hass.config_entries.async_unload(with_state.entry_id)
    await hass.config_entries.async_remove(with_state.entry_id)
    sim.world["device_states"][sim.resolve("hub")] = {}
    entry = await set_up(hass, sim)
    unknown = entities_of(hass, entry, sim.resolve("hub"))
    # Nothing documents these for either generation, so only a value shows that a hub has them.
    assert known - unknown <= {"sensor.inUseAdapter"}
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_every_event_type_is_known(sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    coordinator = entry.runtime_data
    assert coordinator._handlers.keys() | coordinator._resource_handlers.keys() == EVENTS


@pytest.mark.parametrize("code,key", CODES.items())
def test_every_error_code_has_its_words(code: int, key: str) -> None:
    error = error_from_body({"errorcode": code, "description": "words"})
    assert error is not None
    assert error.translation_key == key
    texts = json.loads((Path(pushwire.__path__[0]) / "translations" / "en.json").read_text())
    assert texts["exceptions"][key]["message"]


@BOTH
@pytest.mark.parametrize("code", sorted(set(CODES) - {2009}))
async def test_every_error_code_of_a_command_is_shown(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], code: int
) -> None:
    sim.refuse(400, path="/action", body={"errorcode": code, "description": "words", "messages": []})
    with pytest.raises(HomeAssistantError) as refused:
        await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    assert refused.value.translation_key == CODES[code]
    assert hass.states.is_state("switch.kuche_kaffeemaschine", "off")


@BOTH
@pytest.mark.parametrize("result", ["InvalidActionRequest", "UnexpectedFailure", "", None])
async def test_every_result_of_a_command_is_shown(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], result: str | None
) -> None:
    sim.refuse(200, path="/action", body={"resultCode": result})
    with pytest.raises(HomeAssistantError) as refused:
        await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    assert refused.value.translation_key == "command_failed"
