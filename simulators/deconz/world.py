"""Zigbee network of the simulated deCONZ gateway: lights, sensors, groups, scenes, alarm system.

Resources have the shape of the gateway's REST responses (docs/protocols/deconz.md, 4).
"""

from ..base import Data

BRIDGE_ID = "00212EFFFF012345"
MAC = "00:21:2e:01:23:45"
LAST_SEEN = "2026-11-20T18:00:00Z"
LAST_UPDATED = "2026-11-20T18:00:00.000"

type KeyedResource = tuple[str, Data]


def ieee(number: int) -> str:
    """Return the extended address of device `number`, eight bytes with colons."""
    return "00:15:8d:00:" + ":".join(f"{number:08x}"[i : i + 2] for i in range(0, 8, 2))


def color_state() -> Data:
    """Return the state of an extended color light."""
    return {
        "alert": "none",
        "bri": 180,
        "colormode": "ct",
        "ct": 366,
        "effect": "none",
        "hue": 8000,
        "on": True,
        "reachable": True,
        "sat": 140,
        "xy": [0.4575, 0.4101],
    }


def ct_state() -> Data:
    """Return the state of a color temperature light."""
    return {"alert": "none", "bri": 100, "colormode": "ct", "ct": 300, "on": False, "reachable": True}


def dim_state() -> Data:
    """Return the state of a dimmable light."""
    return {"alert": "none", "bri": 90, "on": True, "reachable": True}


def on_state(*, on: bool = False) -> Data:
    """Return the state of an on/off light or plug."""
    return {"alert": "none", "on": on, "reachable": True}


def make_light(number: int, name: str, kind: str, state: Data, **extra: object) -> Data:
    """Return a light resource of device `number`, endpoint 1."""
    resource: Data = {
        "etag": "",
        "hascolor": "xy" in state or "ct" in state,
        "lastannounced": None,
        "lastseen": LAST_SEEN,
        "manufacturername": "Simulated",
        "modelid": kind.replace(" ", "-").lower(),
        "name": name,
        "state": state,
        "swversion": "1.0.4",
        "type": kind,
        "uniqueid": f"{ieee(number)}-01",
    }
    if "ct" in state:
        resource |= {"ctmin": 153, "ctmax": 500}
    resource.update(extra)
    return resource


def make_sensor(number: int, name: str, kind: str, cluster: str, state: Data, **extra: object) -> Data:
    """Return a sensor resource of device `number`; `cluster` is four hex digits.

    A value of `...` in `config` removes that item.
    """
    resource: Data = {
        "config": {"battery": 87, "on": True, "reachable": True},
        "ep": 1,
        "etag": "",
        "lastannounced": None,
        "lastseen": LAST_SEEN,
        "manufacturername": "Simulated",
        "modelid": f"sim-{number}",
        "name": name,
        "state": {**state, "lastupdated": LAST_UPDATED},
        "swversion": "20260101",
        "type": kind,
        "uniqueid": f"{ieee(number)}-01-{cluster}",
    }
    config = extra.pop("config", None)
    resource.update(extra)
    if isinstance(config, dict):
        resource["config"] = {**resource["config"], **config}
        for absent in [key for key, value in config.items() if value is ...]:
            del resource["config"][absent]
    return resource


COLOR = {
    "capabilities": {
        "alerts": ["none", "select", "lselect", "blink", "breathe", "okay", "channelchange", "finish", "stop"],
        "bri": {"min_dim_level": 0.01, "move_with_onoff": True},
        "color": {
            "ct": {"computes_xy": True, "max": 500, "min": 153},
            "effects": ["none", "colorloop", "candle", "fireplace", "prism"],
            "gamut_type": "C",
            "modes": ["ct", "effect", "hs", "xy"],
            "xy": {"blue": [0.1532, 0.0475], "green": [0.17, 0.7], "red": [0.6915, 0.3083]},
        },
    },
    "config": {
        "bri": {"execute_if_off": False, "startup": "previous"},
        "color": {"ct": {"startup": 366}, "execute_if_off": False},
        "groups": ["1"],
        "on": {"startup": True},
    },
    "colorcapabilities": 31,
    "manufacturername": "Signify Netherlands B.V.",
    "modelid": "LCA001",
    "productname": "Hue color lamp",
}

LIGHTS: list[KeyedResource] = [
    ("ceiling", make_light(1, "Wohnzimmer Decke", "Extended color light", color_state(), **COLOR)),
    (
        "desk",
        make_light(
            2,
            "Schreibtisch",
            "Color temperature light",
            ct_state(),
            manufacturername="IKEA of Sweden",
            modelid="TRADFRI bulb E27 WS opal 1000lm",
            config={"bri": {"execute_if_off": True, "startup": "previous"}, "on": {"startup": "previous"}},
        ),
    ),
    (
        "hall",
        make_light(
            3,
            "Flur",
            "Dimmable light",
            dim_state(),
            config={"bri": {"execute_if_off": False, "startup": 254}, "on": {"startup": False}},
        ),
    ),
    ("cellar", make_light(4, "Keller", "On/Off light", on_state())),
    ("plug", make_light(5, "Steckdose Fernseher", "Smart plug", on_state(on=True), modelid="Plug-01")),
    ("plug_out", make_light(6, "Steckdose Garten", "On/Off plug-in unit", on_state())),
    (
        "blind",
        make_light(
            7,
            "Jalousie",
            "Window covering device",
            {"bri": 0, "lift": 0, "on": False, "open": True, "reachable": True, "sat": 0, "tilt": 0},
            config={"reversed": False, "windowcoveringtype": 8},
        ),
    ),
    ("door", make_light(8, "Haustür", "Door Lock", {"alert": "none", "on": True, "reachable": True})),
    ("siren", make_light(9, "Sirene", "Warning device", {"alert": "none", "reachable": True})),
    ("fan", make_light(10, "Ventilator", "Fan", {"on": True, "reachable": True, "speed": 2})),
    ("repeater", make_light(11, "Verstärker", "Range extender", {"alert": "none", "reachable": True})),
    (
        "strip",
        make_light(
            12,
            "Lichtband",
            "Color light",
            {
                "alert": "none",
                "bri": 254,
                "colormode": "xy",
                "effect": "none",
                "hue": 0,
                "on": False,
                "reachable": True,
                "sat": 254,
                "xy": [0.7, 0.3],
            },
        ),
    ),
    ("odd", make_light(13, "Unbekanntes", "Consumption awareness device", on_state(on=True))),
]
"""Readable key and resource; ids count from 1 in this order."""

NO_BATTERY: Data = {"battery": ...}

SENSORS: list[KeyedResource] = [
    (
        "daylight",
        {
            "config": {"configured": True, "on": True, "sunriseoffset": 30, "sunsetoffset": -30},
            "etag": "",
            "manufacturername": "Philips",
            "modelid": "PHDL00",
            "name": "Daylight",
            "state": {
                "dark": False,
                "daylight": True,
                "lastupdated": LAST_UPDATED,
                "status": 170,
                "sunrise": "2026-11-21T06:52:00",
                "sunset": "2026-11-21T15:31:00",
            },
            "swversion": "1.0",
            "type": "Daylight",
            "uniqueid": f"{MAC}-01",
        },
    ),
    (
        "motion",
        make_sensor(
            20,
            "Bewegung Flur",
            "ZHAPresence",
            "0406",
            {"presence": False, "dark": False},
            config={
                "delay": 10,
                "duration": 60,
                "sensitivity": 2,
                "sensitivitymax": 2,
                "ledindication": False,
                "usertest": False,
                "pending": [],
                "temperature": 2100,
            },
            modelid="SML001",
            manufacturername="Signify Netherlands B.V.",
        ),
    ),
    (
        "motion_light",
        make_sensor(
            20,
            "Helligkeit Flur",
            "ZHALightLevel",
            "0400",
            {"lightlevel": 12000, "lux": 16, "dark": True, "daylight": False},
            config={"tholddark": 12000, "tholdoffset": 7000},
            modelid="SML001",
            manufacturername="Signify Netherlands B.V.",
        ),
    ),
    (
        "motion_temperature",
        make_sensor(
            20,
            "Temperatur Flur",
            "ZHATemperature",
            "0402",
            {"temperature": 2143},
            config={"offset": 0},
            modelid="SML001",
            manufacturername="Signify Netherlands B.V.",
        ),
    ),
    (
        "temperature",
        make_sensor(21, "Klima Bad", "ZHATemperature", "0402", {"temperature": 2215}, config={"offset": 0}),
    ),
    ("humidity", make_sensor(21, "Klima Bad 2", "ZHAHumidity", "0405", {"humidity": 5310}, config={"offset": 0})),
    ("pressure", make_sensor(21, "Klima Bad 3", "ZHAPressure", "0403", {"pressure": 1008})),
    (
        "window",
        make_sensor(22, "Fenster Bad", "ZHAOpenClose", "0006", {"open": False, "tampered": False, "lowbattery": False}),
    ),
    (
        "water",
        make_sensor(23, "Wasser Keller", "ZHAWater", "0500", {"water": False, "tampered": False, "lowbattery": False}),
    ),
    ("fire", make_sensor(24, "Rauch Flur", "ZHAFire", "0500", {"fire": False, "test": False, "lowbattery": False})),
    (
        "carbon_monoxide",
        make_sensor(25, "CO Heizung", "ZHACarbonMonoxide", "0500", {"carbonmonoxide": False, "lowbattery": False}),
    ),
    (
        "vibration",
        make_sensor(
            26,
            "Waschmaschine",
            "ZHAVibration",
            "0101",
            {"vibration": False, "orientation": [1, 2, 90], "tiltangle": 0, "vibrationstrength": 3},
            config={"sensitivity": 11, "sensitivitymax": 21, "temperature": 2300},
        ),
    ),
    (
        "power",
        make_sensor(
            5,
            "Leistung Fernseher",
            "ZHAPower",
            "0b04",
            {"power": 84, "voltage": 231, "current": 370},
            config=NO_BATTERY,
        ),
    ),
    (
        "consumption",
        make_sensor(5, "Energie Fernseher", "ZHAConsumption", "0702", {"consumption": 118230}, config=NO_BATTERY),
    ),
    (
        "air",
        make_sensor(
            27,
            "Luft Schlafzimmer",
            "ZHAAirQuality",
            "042a",
            {"airquality": "good", "airqualityppb": 210, "pm2_5": 6, "airquality_co2_density": 640},
            config=NO_BATTERY,
        ),
    ),
    (
        "co2",
        make_sensor(
            28,
            "CO2 Büro",
            "ZHACarbonDioxide",
            "040d",
            {"measured_value": 612.0},
            capabilities={
                "measured_value": {
                    "max": 5000.0,
                    "min": 0.0,
                    "quantity": "density",
                    "substance": "CO2",
                    "unit": "ppm",
                }
            },
        ),
    ),
    (
        "thermostat",
        make_sensor(
            29,
            "Thermostat Bad",
            "ZHAThermostat",
            "0201",
            {"on": True, "temperature": 2090, "valve": 42, "windowopen": "Closed", "errorcode": None},
            config={
                "heatsetpoint": 2150,
                "locked": False,
                "mode": "auto",
                "offset": 0,
                "displayflipped": False,
                "externalsensortemp": 2100,
                "externalwindowopen": False,
                "schedule_on": False,
            },
        ),
    ),
    ("dimmer_switch", make_sensor(30, "Hue Dimmer", "ZHASwitch", "fc00", {"buttonevent": 1002}, modelid="RWL021")),
    (
        "ikea_remote",
        make_sensor(
            31, "TRADFRI Fernbedienung", "ZHASwitch", "1000", {"buttonevent": None}, modelid="TRADFRI remote control"
        ),
    ),
    (
        "cube",
        make_sensor(
            32,
            "Würfel",
            "ZHASwitch",
            "000c",
            {"buttonevent": 7007, "gesture": 1, "angle": 0},
            modelid="lumi.sensor_cube.aqgl01",
        ),
    ),
    (
        "rotary",
        make_sensor(
            33,
            "Drehknopf",
            "ZHARelativeRotary",
            "0014",
            {"rotaryevent": 1, "expectedrotation": 75, "expectedeventduration": 400},
            modelid="RDM002",
        ),
    ),
    (
        "rotary_switch",
        make_sensor(33, "Drehknopf Tasten", "ZHASwitch", "0006", {"buttonevent": 1002}, modelid="RDM002"),
    ),
    (
        "keypad",
        make_sensor(
            34,
            "Bedienfeld",
            "ZHAAncillaryControl",
            "0501",
            {"action": "disarmed", "panel": "disarmed", "seconds_remaining": 0, "tampered": False},
            config={"armed": "disarmed"},
        ),
    ),
    (
        "lock",
        make_sensor(35, "Nebentür", "ZHADoorLock", "0101", {"lockstate": "locked"}, config={"lock": True}),
    ),
    (
        "presence",
        make_sensor(
            36,
            "Präsenz Wohnzimmer",
            "ZHAPresence",
            "0006",
            {"presence": False, "presenceevent": "leave"},
            config={
                "battery": ...,
                "devicemode": "undirected",
                "triggerdistance": "medium",
                "sensitivity": 2,
                "sensitivitymax": 3,
                "resetpresence": False,
            },
            modelid="lumi.motion.ac01",
        ),
    ),
    (
        "purifier",
        make_sensor(
            37,
            "Luftreiniger",
            "ZHAAirPurifier",
            "fc7d",
            {"deviceruntime": 52000, "filterruntime": 31000, "replacefilter": False, "speed": 20},
            config={"battery": ..., "filterlifetime": 259200, "ledindication": True, "locked": False, "mode": "auto"},
            modelid="STARKVIND Air purifier",
        ),
    ),
    (
        "moisture",
        make_sensor(38, "Pflanze", "ZHAMoisture", "0408", {"moisture": 3410}, config={"offset": 0}),
    ),
    ("alarm", make_sensor(39, "Notruf", "ZHAAlarm", "0500", {"alarm": False, "lowbattery": False})),
    (
        "flag",
        {
            "config": {"on": True, "reachable": True},
            "etag": "",
            "manufacturername": "Simulated",
            "modelid": "flag",
            "name": "Urlaub",
            "state": {"flag": False, "lastupdated": LAST_UPDATED},
            "swversion": "1.0",
            "type": "CLIPGenericFlag",
            "uniqueid": "flag-holiday",
        },
    ),
    (
        "status",
        {
            "config": {"on": True, "reachable": True},
            "etag": "",
            "manufacturername": "Simulated",
            "modelid": "status",
            "name": "Zustand",
            "state": {"status": 0, "lastupdated": "none"},
            "swversion": "1.0",
            "type": "CLIPGenericStatus",
            "uniqueid": "status-house",
        },
    ),
    (
        "battery",
        make_sensor(40, "Batterie Rollo", "ZHABattery", "0001", {"battery": 64, "charging": False}, config=NO_BATTERY),
    ),
]

GROUPS: list[tuple[str, str, list[str], list[str]]] = [
    ("living", "Wohnzimmer", ["ceiling", "strip"], ["Hell", "Kino"]),
    ("study", "Büro", ["desk"], ["Arbeiten"]),
    ("way", "Flur und Keller", ["hall", "cellar"], []),
    ("empty", "Leer", [], []),
]
"""Readable key, name, member lights and scene names; ids count from 1 in this order."""

BUTTON_ACTIONS = {
    0: "INITIAL_PRESS",
    1: "HOLD",
    2: "SHORT_RELEASE",
    3: "LONG_RELEASE",
    4: "DOUBLE_PRESS",
}

SWITCHES: dict[str, tuple[list[str], list[int]]] = {
    "dimmer_switch": (["On", "Dim Up", "Dim Down", "Off"], [0, 1, 2, 3]),
    "ikea_remote": (["Power", "Dim Up", "Dim Down", "Previous", "Next"], [1, 2, 3]),
    "rotary_switch": (["Button 1", "Button 2", "Button 3", "Button 4"], [0, 1, 2, 3]),
}
"""Names of the buttons and their actions, as introspection reports them."""

WORDS: dict[tuple[str, str], dict[str, Data]] = {
    ("lumi.motion.ac01", "ZHAPresence"): {
        "config/devicemode": {"undirected": 0, "leftright": 1},
        "config/triggerdistance": {"far": 0, "medium": 1, "near": 2},
    },
    ("eTRV0100", "ZHAThermostat"): {"config/mode": {"off": 0, "heat": 1, "auto": 3}},
    ("RDM001", "ZHASwitch"): {
        "config/devicemode": {"singlerocker": 0, "singlepushbutton": 1, "dualrocker": 2, "dualpushbutton": 3}
    },
}
"""Words of settings with the devices' numbers, as the gateway's descriptions hold them, by model and type."""


def alarm_system() -> Data:
    """Return the alarm system that every gateway has."""
    config: Data = {"armmode": "disarmed", "configured": True}
    config |= {"disarmed_entry_delay": 0, "disarmed_exit_delay": 0}
    for mode in ("away", "stay", "night"):
        config |= {
            f"armed_{mode}_entry_delay": 2,
            f"armed_{mode}_exit_delay": 2,
            f"armed_{mode}_trigger_duration": 120,
        }
    return {
        "name": "default",
        "config": config,
        "devices": {f"{ieee(34)}-01-0501": {"armmask": "none"}},
        "state": {"armstate": "disarmed", "seconds_remaining": 0},
    }


def build() -> Data:
    """Return the world of the gateway.

    Keys: `lights`, `sensors`, `groups` by id as in REST, with empty etags; `scenes` as
    {group: {scene: {light: state}}}; `alarmsystems`; `ids` as {kind: {readable key: id}}.
    """
    world: Data = {"lights": {}, "sensors": {}, "groups": {}, "scenes": {}, "alarmsystems": {"1": alarm_system()}}
    world["ids"] = {"lights": {}, "sensors": {}, "groups": {}}
    for kind, table in (("lights", LIGHTS), ("sensors", SENSORS)):
        for number, (key, resource) in enumerate(table, 1):
            world[kind][str(number)] = _copy(resource)
            world["ids"][kind][key] = str(number)
    for number, (key, name, members, scenes) in enumerate(GROUPS, 1):
        gid = str(number)
        lights = [world["ids"]["lights"][member] for member in members]
        world["ids"]["groups"][key] = gid
        world["groups"][gid] = make_group(gid, name, lights)
        world["scenes"][gid] = {}
        for scene_number, scene in enumerate(scenes, 1):
            sid = str(scene_number)
            world["groups"][gid]["scenes"].append(
                {"id": sid, "lightcount": len(lights), "name": scene, "transitiontime": 0}
            )
            world["scenes"][gid][sid] = {
                lid: _scene_state(world["lights"][lid]["state"], 254 // scene_number) for lid in lights
            }
    return world


def make_group(gid: str, name: str, lights: list[str]) -> Data:
    """Return a group resource."""
    return {
        "action": {"alert": "none", "bri": 127, "colormode": "hs", "ct": 0, "effect": "none", "on": False},
        "devicemembership": [],
        "etag": "",
        "id": gid,
        "lights": lights,
        "name": name,
        "scenes": [],
        "state": {"all_on": False, "any_on": False},
        "type": "LightGroup",
    }


def _scene_state(state: Data, bri: int) -> Data:
    stored: Data = {"on": True}
    if "bri" in state:
        stored["bri"] = bri
    if "ct" in state:
        stored["ct"] = 400
    return stored


def _copy[T](value: T) -> T:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [_copy(item) for item in value]  # type: ignore[return-value]
    return value
