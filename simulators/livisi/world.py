"""Home of the simulated LIVISI hub: rooms, devices, capabilities, messages.

Entities have the shape of the hub's REST responses (docs/protocols/livisi.md, 2). Ids are 32 hex
digits: those of the vendor's examples for the entities that occur in them.
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from ..base import Data

NEVER = "1970-01-01T00:00:00Z"
ZERO_ID = "0" * 32

BATH = "299ec26b09b0448fa2b1478d2074e95b"
SPOTS = "331c275b5fb44a61bd0096f0f98b75bd"
BATH_RADIATOR = "24d04e24996147c9bfb042f9ebd5d82c"
BATH_TEMPERATURE = "cc294aa50acd4b638e593b9b89cffc7d"

FIXED_IDS = {
    "bath": BATH,
    "spots": SPOTS,
    "spots.SwitchActuator": "82de70d7340e4761a421707b72fc253c",
    "spots.PushButtonSensor": "9c8d7320c7014555a3967b3f151c9e80",
    "bath_radiator": BATH_RADIATOR,
    "bath_radiator.TemperatureSensor": BATH_TEMPERATURE,
}

ROOMS = {
    "bath": ("Bad", "Bathroom"),
    "kitchen": ("Küche", "Kitchen"),
    "living": ("Wohnzimmer", "LivingRoom"),
    "bedroom": ("Schlafzimmer", "Bedroom"),
    "child": ("Kinderzimmer", "ChildrensRoom"),
    "hall": ("Flur", "Hallway"),
    "study": ("Arbeitszimmer", "Study"),
    "terrace": ("Terrasse", "Outside"),
}

LIGHT_TAGS = {"type": "TInwallSpotId", "typeCategory": "TCLightId"}
DOOR_TAGS = {"type": "TFrontDoorId", "typeCategory": "TCDoorId"}
COSIP = "CosipDevices.RWE"

BUTTON_STATE = {"lastKeyPressCounter": 0, "lastPressedButtonIndex": 0}

BATTERY_TYPES = frozenset({"RST", "RST2", "WRT", "ISC2", "WSC2", "BRC8", "WDS", "WMD", "WMDO", "WSD2", "SIR"})
"""Types of battery-powered devices (docs/protocols/livisi.md, 3.1)."""

type Capability = tuple[str, Data, Data]
type Device = tuple[str, str, str | None, str, str, Data, list[Capability]]


def thermostat(target: float, now: float, humidity: float) -> list[Capability]:
    """Return the capabilities of a thermostat."""
    return [
        (
            "ThermostatActuator",
            {"pointTemperature": target, "operationMode": "Auto", "windowReductionActive": False},
            {
                "minTemperature": 6,
                "maxTemperature": 30,
                "childLock": False,
                "windowOpenTemperature": 6,
                "displayCurrentTemperature": "ActualTemperature",
            },
        ),
        (
            "TemperatureSensor",
            {"temperature": now, "frostWarning": False},
            {"isFreezeProtectionActivated": True, "freezeProtection": 6},
        ),
        (
            "HumiditySensor",
            {"humidity": humidity, "moldWarning": False},
            {"isMoldProtectionActivated": True, "humidityMoldProtection": 80},
        ),
    ]


def buttons(count: int) -> Capability:
    """Return the capability of a remote."""
    return ("PushButtonSensor", dict(BUTTON_STATE), {"pushButtons": count})


def _switch(*, on: bool = False) -> Capability:
    return ("SwitchActuator", {"onState": on}, {})


DEVICES: list[Device] = [
    ("coffee", "PSS", "kitchen", "Kaffeemaschine", COSIP, {}, [_switch()]),
    ("fountain", "PSSO", "terrace", "Brunnen", COSIP, {}, [_switch(on=True)]),
    ("spots", "ISS2", "bath", "Spots", COSIP, LIGHT_TAGS, [_switch(), buttons(2)]),
    ("heater", "ISS2", "study", "Heizlüfter", COSIP, {}, [_switch(), buttons(2)]),
    (
        "ceiling",
        "ISD2",
        "living",
        "Deckenlampe",
        COSIP,
        LIGHT_TAGS,
        [
            (
                "DimmerActuator",
                {"dimLevel": 60},
                {"technicalMinValue": 0, "technicalMaxValue": 100},
            ),
            buttons(2),
        ],
    ),
    (
        "bedside",
        "PSD",
        "bedroom",
        "Nachtlicht",
        COSIP,
        {},
        [("DimmerActuator", {"dimLevel": 0}, {"technicalMinValue": 0, "technicalMaxValue": 100})],
    ),
    (
        "shutter",
        "ISR2",
        "living",
        "Rollladen",
        COSIP,
        {},
        [
            (
                "RollerShutterActuator",
                {"shutterLevel": 100},
                {"timeFullUp": 200, "timeFullDown": 190, "isCalibrating": False},
            ),
            buttons(2),
        ],
    ),
    ("bath_radiator", "RST2", "bath", "Heizkörper Bad", COSIP, {}, thermostat(21.0, 20.9, 58.0)),
    ("living_radiator", "RST", "living", "Heizkörper", COSIP, {}, thermostat(21.5, 21.2, 47.0)),
    ("living_wall", "WRT", "living", "Wandthermostat", COSIP, {}, thermostat(21.5, 21.0, 46.0)),
    (
        "bath_climate",
        "VRCC",
        "bath",
        "Bad",
        "VRCC.RWE",
        {},
        [
            ("RoomSetpoint", {"setpointTemperature": 21.0}, {}),
            ("RoomTemperature", {"temperature": 20.9}, {}),
            ("RoomHumidity", {"humidity": 58.0}, {}),
        ],
    ),
    (
        "living_climate",
        "VRCC",
        "living",
        "Wohnzimmer",
        "VRCC.RWE",
        {},
        [
            ("RoomSetpoint", {"setpointTemperature": 21.5}, {}),
            ("RoomTemperature", {"temperature": 21.1}, {}),
            ("RoomHumidity", {"humidity": 46.5}, {}),
        ],
    ),
    (
        "floor_heating",
        "FSC8",
        "study",
        "Fußbodenheizung",
        COSIP,
        {},
        [
            (
                "ValveActuator",
                {"valvePosition": 35},
                {"controlMode": "Heating", "valveIndex": 0, "valveType": "NormalClose"},
            )
        ],
    ),
    (
        "bath_window",
        "WDS",
        "bath",
        "Fenster Bad",
        COSIP,
        {},
        [("WindowDoorSensor", {"isOpen": False}, {"eventFilterTime": 0})],
    ),
    (
        "front_door",
        "WDS",
        "hall",
        "Haustür",
        COSIP,
        DOOR_TAGS,
        [("WindowDoorSensor", {"isOpen": False}, {"eventFilterTime": 0})],
    ),
    (
        "smoke",
        "WSD2",
        "hall",
        "Rauchmelder",
        COSIP,
        {},
        [
            ("SmokeDetectorSensor", {"isSmokeAlarm": False}, {}),
            ("AlarmActuator", {"onState": False}, {}),
        ],
    ),
    (
        "hall_motion",
        "WMD",
        "hall",
        "Bewegung Flur",
        COSIP,
        {},
        [
            ("MotionDetectionSensor", {"motionDetectedCount": 12}, {}),
            ("LuminanceSensor", {"luminance": 37}, {}),
        ],
    ),
    (
        "terrace_motion",
        "WMDO",
        "terrace",
        "Bewegung Terrasse",
        COSIP,
        {},
        [
            ("MotionDetectionSensor", {"motionDetectedCount": 3}, {}),
            ("LuminanceSensor", {"luminance": 62}, {}),
        ],
    ),
    ("remote", "BRC8", None, "Fernbedienung", COSIP, {}, [buttons(8)]),
    ("wall_sender", "WSC2", "bedroom", "Wandsender", COSIP, {}, [buttons(2)]),
    (
        "siren",
        "SIR",
        "hall",
        "Sirene",
        COSIP,
        {},
        [
            (
                "SirenActuator",
                {"activeChannel": "None"},
                {"alarmSoundId": 1, "notificationSoundId": 2, "feedbackSoundId": 3},
            ),
            ("SabotageSensor", {"isOn": False}, {}),
        ],
    ),
    (
        "holiday",
        "VariableActuator",
        None,
        "Urlaub",
        "VariableActuator.RWE",
        {},
        [("BooleanStateActuator", {"value": False}, {})],
    ),
    (
        "bluetooth_plug",
        "BT-PSS",
        "child",
        "Steckdose Bluetooth",
        "BLEDevices.Medion",
        {},
        [_switch()],
    ),
    (
        "meter",
        "SmartMeter",
        "hall",
        "Stromzähler",
        "PowerControl.RWE",
        {},
        [
            (
                "EnergyConsumptionSensor",
                {
                    "absoluteEnergyConsumption": 18234.5,
                    "energyConsumptionDayKWh": 4.2,
                    "energyConsumptionDayEuro": 1.47,
                    "energyConsumptionMonthKWh": 91.0,
                    "energyConsumptionMonthEuro": 31.85,
                },
                {},
            ),
            ("PowerConsumptionSensor", {"powerConsumptionWatt": 420}, {}),
        ],
    ),
    (
        "solar",
        "TwoWayMeter",
        "terrace",
        "Solarzähler",
        "PowerControl.RWE",
        {},
        [
            (
                "TwoWayMeterEnergyConsumptionSensor",
                {
                    "energyPerDayInKWh": 3.4,
                    "energyPerDayInEuro": 1.19,
                    "energyPerMonthInKWh": 71.8,
                    "energyPerMonthInEuro": 25.13,
                    "totalEnergy": 9120.4,
                },
                {},
            ),
            (
                "TwoWayMeterEnergyFeedSensor",
                {
                    "energyPerDayInKWh": 6.1,
                    "energyPerDayInEuro": 0.49,
                    "energyPerMonthInKWh": 132.4,
                    "energyPerMonthInEuro": 10.59,
                    "totalEnergy": 4210.7,
                },
                {},
            ),
            ("TwoWayMeterPowerConsumptionSensor", {"powerInWatt": -350}, {}),
        ],
    ),
    ("repeater", "PSR", "hall", "Zwischenstecker", COSIP, {}, [("Router", {}, {})]),
    (
        "station",
        "NetatmoStation",
        "living",
        "Wetterstation",
        "Netatmo.Netatmo",
        {},
        [
            ("CarbonDioxideSensor", {"carbonDioxideLevel": 640}, {}),
            ("", {"noiseLevel": 38}, {}),
        ],
    ),
]
"""Key, type, room key, name, product, tags and capabilities; a capability named "" has no type."""

VARIABLE_ID = "36e3701a37cd4394a1e72c38cfe81138"
VARIABLE_CAPABILITY = "2570e2f225da4382bb841cae416a31a1"


def identifier(key: str) -> str:
    """Return the id of a readable key: 32 hex digits, the same on every start."""
    return FIXED_IDS.get(key) or uuid5(NAMESPACE_URL, f"livisi:{key}").hex


def timestamp() -> str:
    """Return the time in UTC with seven fractional digits, as in the hub's events."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def serial(number: int) -> str:
    """Return the serial number of a device, twelve digits."""
    return f"9142100{number:05}"


def build(version: str) -> Data:
    """Return the world of a v1 or v2 hub.

    Keys: `devices`, `capabilities`, `locations`, `messages`, `interactions` by id;
    `device_states`, `capability_states` by id as {property: {value, lastChanged}}; `status`
    without nesting; `found`, devices ready to be paired, by id; `ids` from readable keys such as
    "coffee" and "coffee.SwitchActuator" to ids.
    """
    world: Data = {
        "status": _status(version),
        "ids": {},
        "locations": {},
        "devices": {},
        "capabilities": {},
        "device_states": {},
        "capability_states": {},
        "messages": {},
        "interactions": {},
        "found": {},
    }
    for key, (name, kind) in ROOMS.items():
        room = identifier(key)
        world["ids"][key] = room
        world["locations"][room] = {
            "id": room,
            "config": {"name": name, "type": kind},
            "tags": {"floor": "0"},
        }
    _add_hub(world, version)
    for number, device in enumerate(DEVICES, 1):
        if device[1].startswith("BT-") and version == "v1":
            continue
        add_device(world, version, number, device)
    _link_thermostats(world)
    _add_irregularities(world)
    _add_message_and_rule(world)
    world["found"][VARIABLE_ID] = _found_variable()
    return world


def _status(version: str) -> Data:
    if version == "v1":
        return {
            "serialNumber": "914110000000",
            "connected": True,
            "appVersion": "1.914-3.1.1163.15",
            "osVersion": "1.914",
            "configVersion": "779",
            "controllerType": "Classic",
        }
    return {
        "serialNumber": "914120000000",
        "connected": True,
        "appVersion": "1.2.67",
        "osVersion": "1.2.10",
        "configVersion": 779,
        "controllerType": "Avatar",
        "operationStatus": "active",
        "network": {
            "backendAvailable": False,
            "hostname": "smarthome",
            "ethIpAddress": "192.168.1.20",
            "ethMacAddress": "02:00:00:00:20:01",
            "ethCableAttached": True,
            "wifiIpAddress": "",
            "wifiMacAddress": "02:00:00:00:20:02",
            "wifiActiveSsid": "",
            "wifiSignalStrength": 0,
            "inUseAdapter": "eth",
            "hotspotActive": False,
            "bluetoothHotspotName": "",
            "wpsActive": False,
        },
    }


def _stamped(state: Data, when: str = "2026-11-20T18:00:00Z") -> Data:
    return {name: {"value": value, "lastChanged": when} for name, value in state.items()}


def _add_hub(world: Data, version: str) -> None:
    hub = identifier("hub")
    kind = "SHC" if version == "v1" else "SHCA"
    calendar = identifier("hub.Calendar")
    world["ids"] |= {"hub": hub, "hub.Calendar": calendar}
    config: Data = {"name": "SmartHome", "protocolId": "Virtual", "timeOfAcceptance": None}
    if version == "v1":
        config |= {
            "hardwareVersion": "1.0",
            "hostName": "SMARTHOME01",
            "MACAddress": "02:00:00:00:10:01",
            "softwareVersion": "1.914-3.1.1163.15",
            "timeZone": "W. Europe Standard Time",
        }
    world["devices"][hub] = {
        "id": hub,
        "manufacturer": "RWE",
        "version": "1.0",
        "type": kind,
        "product": "core.RWE",
        "serialNumber": world["status"]["serialNumber"],
        "desc": f"/desc/device/{kind}.RWE/1.0",
        "config": config,
        "capabilities": [f"/capability/{calendar}"],
    }
    world["capabilities"][calendar] = {
        "id": calendar,
        "type": "Calendar",
        "device": f"/device/{hub}",
        "config": {"name": "Calendar", "activityLogActive": False},
    }
    world["capability_states"][calendar] = _stamped(
        {
            "isDay": True,
            "nextSunrise": "2026-11-22T06:52:00Z",
            "nextSunset": "2026-11-21T15:31:00Z",
            "nextTimeEvent": "2026-11-21T15:31:00Z",
        }
    )
    state: Data = {
        "configVersion": world["status"]["configVersion"],
        "discoveryActive": False,
        "lastReboot": "2026-11-01T03:00:00Z",
    }
    if version == "v1":
        state |= {
            "CPULoad": 12,
            "memoryLoad": 61,
            "diskUsage": 40,
            "OSState": "Normal",
            "updateAvailable": "",
            "LBDongleAttached": False,
            "MBusDongleAttached": False,
            "currentUTCOffset": 60,
            "IPAddress": "192.168.1.20",
            "productsHash": "a1b2",
        }
    else:
        state |= {
            "cpuUsage": 4.809123456,
            "memoryUsage": 43.358123,
            "diskUsage": 57.358,
            "operationStatus": "active",
            "lbDongleAttached": False,
            "wMBusDongleAttached": True,
            "wifiSignalStrength": 0,
            "inUseAdapter": "eth",
            "ethIpAddress": "192.168.1.20",
            "ethMacAddress": "02:00:00:00:20:01",
            "currentUtcOffset": 60,
        }
    world["device_states"][hub] = _stamped(state)
    if version != "v1":
        # Seen on a real v2 hub: a property object with nothing but the placeholder for "never".
        world["device_states"][hub]["updateAvailable"] = {"lastChanged": NEVER}


def add_device(world: Data, version: str, number: int, device: Device) -> None:
    """Add a device with its capabilities and their states."""
    key, kind, room, name, product, tags, capabilities = device
    ident = identifier(key)
    world["ids"][key] = ident
    protocol = {COSIP: "Cosip", "PowerControl.RWE": "wMBus"}.get(product, "Virtual")
    entity: Data = {
        "id": ident,
        "manufacturer": "Medion" if kind.startswith("BT-") else "RWE",
        "version": "1.1",
        "type": kind,
        "product": product,
        "serialNumber": serial(number),
        "desc": f"/desc/device/{kind}.RWE/1.1",
        "config": {
            "name": name,
            "protocolId": protocol,
            "timeOfAcceptance": "2019-03-01T19:15:33Z",
            "timeOfDiscovery": "2019-03-01T19:15:10Z",
        },
        "tags": dict(tags),
        "capabilities": [],
    }
    if room is not None:
        entity["location"] = f"/location/{identifier(room)}"
    world["devices"][ident] = entity
    for index, (capability, state, config) in enumerate(capabilities):
        cap_key = f"{key}.{capability or f'untyped{index}'}"
        if cap_key in world["ids"]:
            cap_key += str(index)
        cap = identifier(cap_key)
        world["ids"][cap_key] = cap
        entity["capabilities"].append(f"/capability/{cap}")
        item: Data = {
            "id": cap,
            "device": f"/device/{ident}",
            "config": {"name": capability or "Noise", "activityLogActive": True, **config},
            "tags": {},
        }
        if capability:
            item["type"] = capability
        world["capabilities"][cap] = item
        if state:
            if version == "v1" and "setpointTemperature" in state:
                state = {"pointTemperature": state["setpointTemperature"]}  # noqa: PLW2901
            world["capability_states"][cap] = _stamped(state)
    world["device_states"][ident] = _device_state(version, kind, protocol)


def _device_state(version: str, kind: str, protocol: str) -> Data:
    state: Data = {"deviceInclusionState": "Included", "deviceConfigurationState": "Complete"}
    if protocol == "Cosip" or kind.startswith("BT-"):
        state |= {"isReachable": True, "updateState": "UpToDate", "firmwareVersion": "1.8"}
    if kind in BATTERY_TYPES and version != "v1":
        state["isBatteryLow"] = False
    if kind in {"RST", "RST2", "WRT"}:
        state["WHRating"] = 3
    return _stamped(state)


def _link_thermostats(world: Data) -> None:
    rooms = {
        "bath_climate": ["bath_radiator"],
        "living_climate": ["living_radiator", "living_wall"],
    }
    capabilities = {
        "RoomSetpoint": "ThermostatActuator",
        "RoomTemperature": "TemperatureSensor",
        "RoomHumidity": "HumiditySensor",
    }
    for room, members in rooms.items():
        for own, theirs in capabilities.items():
            config = world["capabilities"][identifier(f"{room}.{own}")]["config"]
            config["underlyingCapabilityIds"] = ",".join(identifier(f"{member}.{theirs}") for member in members)
            if own == "RoomSetpoint":
                config |= {"minTemperature": 6, "maxTemperature": 30}


def _add_irregularities(world: Data) -> None:
    world["device_states"][identifier("wall_sender")]["isReachable"] = {"lastChanged": NEVER}
    world["device_states"].pop(identifier("repeater"))
    world["capabilities"][identifier("repeater.Router")].pop("tags")
    world["devices"][identifier("holiday")]["location"] = None


def _add_message_and_rule(world: Data) -> None:
    ident = "4e811d4134324ed4aa74914e250e9d60"
    world["messages"][ident] = {
        "id": ident,
        "namespace": COSIP,
        "class": "alert",
        "type": "DeviceLowBattery",
        "read": True,
        "timestamp": "2020-02-08T10:02:27.951955Z",
        "devices": [f"/device/{BATH_RADIATOR}"],
        "capabilities": [],
        "properties": {
            "deviceLocation": "Bad",
            "deviceName": "Heizkörper Bad",
            "deviceSerial": "975091006085",
            "locationName": "",
            "serialNumber": "975091006085",
        },
    }
    rule = identifier("rule.evening")
    interaction = identifier("interaction.evening")
    world["ids"] |= {"interaction.evening": interaction, "rule.evening": rule}
    world["interactions"][interaction] = {
        "id": interaction,
        "name": "Abendlicht",
        "created": "2021-05-01T10:00:00Z",
        "modified": "2021-05-01T10:00:00Z",
        "freezeInterval": 0,
        "rules": [{"id": rule, "triggers": [], "constraints": [], "actions": []}],
    }


def _found_variable() -> Data:
    return {
        "id": VARIABLE_ID,
        "config": {"name": "State Variable", "protocolId": "Virtual", "timeOfAcceptance": None},
        "manufacturer": "RWE",
        "type": "VariableActuator",
        "version": "2.0",
        "desc": "/desc/device/VariableActuator.RWE/2.0",
        "product": "VariableActuator.RWE",
        "serialNumber": VARIABLE_ID,
        "location": None,
        "capabilities": [f"/capability/{VARIABLE_CAPABILITY}"],
    }
