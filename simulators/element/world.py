"""Tenant of the simulated ELEMENT IoT platform: folders, devices, parsers, readings, packets.

Resources have the shape of recorded responses (docs/protocols/element.md, 2.5, 4 and 5).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

from ..base import Data

type Values = Callable[[Random, Data], Data | list[Data]]

READING_INTERVAL = timedelta(minutes=15)
UPLINKS_AT_START = 4


def identifier(key: str) -> str:
    """Return the UUID of a readable key, the same on every start."""
    return str(uuid5(NAMESPACE_URL, f"element:{key}"))


def iso(moment: datetime) -> str:
    """Return a time in UTC as ISO 8601 with microseconds and Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _counter(state: Data, key: str, start: float, step: float) -> float:
    state[key] = round(state.get(key, start) + step, 3)
    return float(state[key])


def water(rng: Random, state: Data) -> Data:
    """Return a register with its medium, and sometimes a status with entirely different keys."""
    if rng.random() < 0.2:  # noqa: PLR2004
        return {"type": "status", "battery": 3659, "qualifier": "ok", "protocol_version": 2}
    value = _counter(state, "register", 412.337, rng.uniform(0.001, 0.05))
    return {
        "type": "meter_reading",
        "register_value": value,
        "medium": "water_m3",
        "meter_id": "8ZRI0012345678",
        "qualifier": "none",
    }


def electricity(rng: Random, state: Data) -> Data:
    """Return registers under OBIS keys, without units."""
    return {
        "1-0:1.8.0": _counter(state, "import", 18234.5, rng.uniform(0.01, 0.3)),
        "1-0:2.8.0": _counter(state, "export", 211.25, rng.uniform(0, 0.1)),
        "device_id": "1EMH0011223344",
    }


def profile(rng: Random, state: Data) -> list[Data]:
    """Return four readings of one packet, newest first, each with a key for its unit."""
    now = _counter(state, "register", 9120.0, rng.uniform(0.1, 1))
    return [
        {"1_8_0": round(now - 0.05 * back, 3), "unit": "kWh", "mode": 3, "message_index": back} for back in range(4)
    ]


def heat(rng: Random, state: Data) -> Data:
    """Return keys of the wM-Bus bridge driver with units, including stored and invalid values."""
    return {
        "0_0_0_energy_current_value_kWh": round(_counter(state, "energy", 5120, rng.uniform(0, 2))),
        "3_0_0_energy_current_value_kWh": 4980,
        "0_0_0_volume_current_value_m³": _counter(state, "volume", 210.12, rng.uniform(0, 0.2)),
        "1_0_0_volume_error_value_m³": 0,
        "0_0_0_flow_temperature_current_value_°C": round(rng.uniform(40, 60), 1),
        "0_0_0_return_temperature_current_value_°C": round(rng.uniform(25, 38), 1),
        "0_0_0_volume_flow_current_value_m³/h": round(rng.uniform(0, 0.9), 3),
        "0_0_0_battery_remaining_current_value_days": 3650,
        "0_0_0_datetime_current_value_": "invalid date %{2000, 0, 0}",
    }


def climate(rng: Random, state: Data) -> Data:
    """Return plain names, and a float with fifteen digits."""
    state["t"] = min(27.0, max(17.0, state.get("t", 21.4) + rng.uniform(-0.4, 0.4)))
    return {
        "temperature": state["t"],
        "humidity": round(rng.uniform(35, 65), 1),
        "battery_voltage": 3.02,
    }


def carbon_dioxide(rng: Random, _: Data) -> Data:
    """Return values with a unit and an offset under further keys."""
    return {
        "co2": rng.randint(420, 1600),
        "temperature_1": round(rng.uniform(18, 25), 1),
        "temperature_1_unit": "C",
        "temperature_1_offset": 0,
        "humidity_1": rng.randint(30, 60),
        "humidity_1_unit": "%",
        "battery": 96,
    }


def contact(rng: Random, state: Data) -> Data:
    """Return a boolean as text, and a counter."""
    state["open"] = rng.random() < 0.5  # noqa: PLR2004
    return {"open": str(state["open"]).lower(), "count": int(_counter(state, "count", 40, 1)), "tamper": False}


def soil(rng: Random, _: Data) -> Data:
    """Return soil values, one of them null."""
    return {
        "soil_moisture": round(rng.uniform(15, 45), 2),
        "soil_temperature": round(rng.uniform(6, 18), 2),
        "conductivity": rng.randint(80, 300),
        "ph": None,
    }


def parking(rng: Random, state: Data) -> Data:
    """Return a boolean twice, once as text."""
    state["occupied"] = not state.get("occupied", False)
    return {
        "occupied": state["occupied"],
        "status": "occupied" if state["occupied"] else "free",
        "rssi": -rng.randint(60, 110),
    }


def tracker(rng: Random, state: Data) -> Data:
    """Return a position, which is also the location of the reading."""
    state["lat"] = round(state.get("lat", 53.55) + rng.uniform(-0.001, 0.001), 6)
    state["lon"] = round(state.get("lon", 9.99) + rng.uniform(-0.001, 0.001), 6)
    return {"gps_lat": state["lat"], "gps_lon": state["lon"], "speed": round(rng.uniform(0, 50), 1), "battery": 74}


def button(rng: Random, state: Data) -> Data:
    """Return a press as text, and a counter."""
    return {"button": rng.choice(("short", "long", "double")), "count": int(_counter(state, "count", 7, 1))}


def gas(rng: Random, state: Data) -> Data:
    """Return a German key and nested values, as sent by an NB-IoT device."""
    return {
        "zahlerstand_m_3": _counter(state, "register", 7719.42, rng.uniform(0, 0.1)),
        "details": {"battery": {"voltage": 3.61}, "signal": -91},
    }


def weather(rng: Random, _: Data) -> Data:
    """Return mixed values, with a wrongly scaled pressure as seen in recorded data."""
    return {
        "air_temperature": round(rng.uniform(-2, 12), 2),
        "air_humidity": round(rng.uniform(50, 99), 1),
        "pressure": 999802,
        "pressure_unit": "hPa",
        "wind_speed": round(rng.uniform(0, 12), 1),
        "wind_direction": rng.randint(0, 359),
        "precipitation": 0,
        "error": "false",
    }


TAGS: dict[str, tuple[str, str | None]] = {
    "building": ("Gebäude", None),
    "cellar": ("Gebäude / Keller", "building"),
    "city": ("Stadt", None),
}
"""Key, name and parent of each folder."""

DEVICES: list[tuple[str, str, str, Values, bool]] = [
    ("water", "Wasserzähler Keller", "cellar", water, True),
    ("electricity", "Stromzähler", "cellar", electricity, True),
    ("profile", "Lastgang Hallenbad", "city", profile, True),
    ("heat", "Wärmemengenzähler", "cellar", heat, True),
    ("climate", "Klima Büro", "building", climate, True),
    ("co2", "CO2 Besprechung", "building", carbon_dioxide, True),
    ("contact", "Kellertür", "cellar", contact, True),
    ("soil", "Stadtbaum 12", "city", soil, True),
    ("parking", "Parkplatz 7", "city", parking, True),
    ("tracker", "Kehrmaschine", "city", tracker, True),
    ("button", "Rufknopf", "building", button, True),
    ("gas", "Gaszähler NB-IoT", "cellar", gas, False),
    ("weather", "Wetterstation Rathaus", "city", weather, True),
]
"""Key, name, folder, function that returns the values of an uplink, and whether it is a LoRaWAN device."""

VALUES: dict[str, Values] = {key: values for key, _, _, values, _ in DEVICES}

STREAM = ("water", "electricity", "heat", "climate", "parking")
"""Devices of the stream."""

PARSER = """defmodule Parser do
  use Platform.Parsing.Behaviour

  def fields() do
    [
      %{field: "temperature", display: "Temperatur", unit: "°C"},
      %{field: "humidity", display: "Luftfeuchte", unit: "%"},
      %{"field" => "battery_voltage", "display" => "Batterie", "unit" => "V"}
    ]
  end

  def parse(<<t::16, h::8>>, _meta), do: %{temperature: t / 10, humidity: h}
end
"""


def device_eui(number: int) -> str:
    """Return a DevEUI of 16 hex digits."""
    return f"04b6480450{number:06x}".upper()


def build(rng: Random, now: datetime) -> Data:
    """Return the world of the tenant.

    Keys: `mandate`; `tags`, `devices`, `parsers`, `streams`, `actions` by id; `readings` and `packets`
    as lists, oldest first; `ids` from readable keys to ids; `meters`, the counters of the devices.
    """
    mandate = identifier("mandate")
    world: Data = {
        "mandate": {"id": mandate, "name": "Stadtwerke Muster", "slug": "stadtwerke-muster"},
        "tags": {},
        "devices": {},
        "parsers": {},
        "streams": {},
        "actions": {},
        "readings": [],
        "packets": [],
        "ids": {},
        "meters": {},
    }
    for number, (key, (name, parent)) in enumerate(TAGS.items()):
        ident = identifier(f"tag:{key}")
        world["ids"][key] = ident
        world["tags"][ident] = {
            "id": ident,
            "slug": key,
            "name": name,
            "color_hue": 40 * number,
            "parent_id": identifier(f"tag:{parent}") if parent else None,
            "path": [identifier(f"tag:{parent}")] if parent else [],
            "mandate_id": mandate,
            "inserted_at": iso(now - timedelta(days=400)),
            "updated_at": iso(now - timedelta(days=400)),
        }
    for number, (key, name, tag, _, lorawan) in enumerate(DEVICES, 1):
        add_device(world, key, name, tag, number=number if lorawan else None, now=now)
    parser = identifier("parser")
    world["parsers"][parser] = {
        "id": parser,
        "name": "Simulierter Klimafühler",
        "code": PARSER,
        "mandate_id": mandate,
        "updated_at": iso(now - timedelta(days=90)),
    }
    stream = identifier("stream")
    world["ids"]["stream"] = stream
    world["streams"][stream] = {"id": stream, "name": "Auswahl", "devices": [world["ids"][key] for key in STREAM]}
    for back in range(UPLINKS_AT_START, 0, -1):
        for key, values in VALUES.items():
            device = world["ids"][key]
            moment = now - back * READING_INTERVAL
            for item in make_uplink(world, device, values(rng, world["meters"].setdefault(key, {})), moment, rng):
                world["packets" if "packet_type" in item else "readings"].append(item)
    return world


def add_device(world: Data, key: str, name: str, tag: str, *, number: int | None, now: datetime) -> str:
    """Add a device to folder `tag` under the readable key `key`; a LoRaWAN device has a `number`."""
    ident = identifier(f"device:{key}")
    interface = identifier(f"interface:{key}")
    world["ids"][key] = ident
    opts: Data = {"imei": "350000000000000"}
    if number is not None:
        opts = {
            "device_eui": device_eui(number),
            "join_eui": "70B3D50000000000",
            "device_address": f"26{number:06X}",
            "device_type": "otaa",
            "class_c": False,
            "region": "EU863",
            "rx_delay": 1,
            "rx2_dr": 0,
            "net_id": 0,
            "check_fcnt": True,
            "device_key": f"SECRETDEVICEKEY{number:017}",
            "network_session_key": f"SECRETNETWORKKEY{number:016}",
            "app_session_key": f"SECRETAPPKEY{number:020}",
            "lns_session_context": {"app_s_key": "SECRETCONTEXT", "fcnt_up": 17, "a_fcnt_down": 3},
        }
    world["devices"][ident] = {
        "id": ident,
        "name": name,
        "slug": key,
        "icon": "sensor",
        "mandate_id": world["mandate"]["id"],
        "parser_id": identifier("parser") if key == "climate" else None,
        "template_id": None,
        "static_location": key != "tracker",
        "meta": {},
        "inserted_at": iso(now - timedelta(days=300)),
        "updated_at": iso(now - timedelta(days=30)),
        "deleted_at": None,
        "location": {"type": "Point", "coordinates": [9.993682, 53.551086]} if key != "gas" else None,
        "tags": [world["tags"][world["ids"][tag]]],
        "interfaces": [
            {
                "id": interface,
                "device_id": ident,
                "driver_instance_id": identifier("lns" if number is not None else "nbiot"),
                "enabled": True,
                "meta": {},
                "deleted_at": None,
                "opts": opts,
            }
        ],
        "stats": {
            "transceived_at": iso(now),
            "packet_interval": {"months": 0, "days": 0, "secs": 900, "microsecs": 0},
            "nominally_sending": True,
            "missed_up_frames": "17",
            "avg_rssi": -104.3,
            "avg_snr": 4.84,
            "avg_sf": 7.0,
            "avg_gw_count": "1.0000000000000000",
            "last_probe_ping": None,
            "last_packet_forwarder_ping": None,
        },
        "last_readings": [],
        "fields": {
            "gerateinformation": {
                "hersteller": "Simulated",
                "geratetyp": key.title(),
                "seriennummer": f"SN-{key}",
                "strasse": "Musterweg",
                "plz": 20095,
                # Only some customers have such a field.
                **({"einbaudatum": "04.05.2023"} if key == "climate" else {}),
            }
        },
        "profile_data": [
            {
                "profile": {"slug": "gerateinformation", "name": "Geräteinformation", "fields": []},
                "data": {"hersteller": "Simulated", "seriennummer": f"SN-{key}"},
            }
        ],
    }
    return ident


def make_uplink(
    world: Data,
    device: str,
    data: Data | list[Data],
    inserted: datetime,
    rng: Random,
    *,
    measured: datetime | None = None,
    meta: Data | None = None,
) -> list[Data]:
    """Return the packet of an uplink and its readings, the first of them measured at `measured`.

    A list of values makes one reading each, 15 minutes apart into the past.
    """
    resource = world["devices"][device]
    interface = resource["interfaces"][0]
    lorawan = "device_eui" in interface["opts"]
    number = len(world["packets"])
    packet_id = identifier(f"packet:{device}:{number}:{inserted.timestamp()}")
    packet: Data = {
        "id": packet_id,
        "device_id": device,
        "interface_id": interface["id"],
        "driver": None,
        "packet_type": "up",
        "payload_encoding": "binary" if lorawan else "json",
        "payload": rng.randbytes(8).hex().upper() if lorawan else data,
        "transceived_at": iso(inserted - timedelta(milliseconds=140)),
        "inserted_at": iso(inserted),
        "is_meta": False,
        "skip_parsers": False,
        "skip_rules": False,
        "meta": {**_meta(number, packet_id, rng), **(meta or {})} if lorawan else None,
    }
    items = [packet]
    values = data if isinstance(data, list) else [data]
    first = measured or inserted - timedelta(milliseconds=140)
    for index, value in enumerate(values):
        location = None
        if "gps_lat" in value:
            location = {"type": "Point", "coordinates": [value["gps_lon"], value["gps_lat"]]}
        items.append(
            {
                "id": identifier(f"reading:{packet_id}:{index}"),
                "device_id": device,
                "parser_id": resource["parser_id"],
                "packet_id": packet_id,
                "measured_at": iso(first - index * READING_INTERVAL),
                "inserted_at": iso(inserted),
                "location": location,
                "meta": None,
                "data": value,
            }
        )
    return items


def _meta(number: int, packet_id: str, rng: Random) -> Data:
    return {
        "frame_port": 2,
        "frame_count_up": number,
        "ack": False,
        "adr": True,
        "adr_ack_req": False,
        "confirm": False,
        "data_rate": 5,
        "datr": "SF7BW125",
        "codr": "4/5",
        "frequency": 868.3,
        "modu": "LORA",
        "size": 21,
        "stat": 1,
        "dev_nonce": None,
        "region": "eu863",
        "region_meta": {"spreadingfactor": 7, "bandwidth": 125, "bitrate": 5470, "datarate": 5, "name": "SF7"},
        "lorawan_toa_ms": 61.696,
        "lns_packet_uuid": packet_id,
        "mac_commands": [],
        "gateway_stats": [make_reception(rng, "0000024B0B03173D")],
    }


def make_reception(rng: Random, eui: str) -> Data:
    """Return the reception of one gateway: RSSI in dBm, SNR in dB."""
    return {
        "router_id": int(eui, 16),
        "router_id_hex": eui,
        "rssi": -rng.randint(60, 118),
        "snr": round(rng.uniform(-5, 10), 1),
        "tmst": rng.randrange(2**32),
    }
