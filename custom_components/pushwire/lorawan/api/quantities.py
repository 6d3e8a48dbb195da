"""Quantities, the words of keys that suggest them, and their units.

Wire code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MEASUREMENT: Final = "measurement"
TOTAL: Final = "total_increasing"
ANGLE: Final = "measurement_angle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Quantity suggested by words in a key.

    Attributes:
        words: Words that suggest the quantity; one is enough.
        units: Units of the quantity.
        assumed: Unit that applies if none is known; None where several units are in use.
        low: Smallest plausible value, in any of the units.
        high: Largest plausible value, in any of the units.
        unless: Words that rule the quantity out.
        needs_unit: Whether the words suggest the quantity only beside one of its units.

    """

    words: frozenset[str]
    device_class: str | None
    units: tuple[str, ...] = ()
    assumed: str | None = None
    state_class: str | None = MEASUREMENT
    precision: int | None = None
    low: float = float("-inf")
    high: float = float("inf")
    diagnostic: bool = False
    enabled: bool = True
    unless: frozenset[str] = frozenset()
    needs_unit: bool = False


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


_PARTICLE_NUMBERS: Final = words("number count anzahl")

# The first matching rule applies, so specific rules come before general ones.
SENSOR_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        words=words("rssi rsrp"),
        device_class="signal_strength",
        units=("dBm",),
        assumed="dBm",
        diagnostic=True,
        enabled=False,
    ),
    Rule(
        words=words("snr lqi"),
        device_class="signal_strength",
        units=("dB",),
        assumed="dB",
        diagnostic=True,
        enabled=False,
    ),
    Rule(
        words=words("vbat vbatt batv battv vcc vdd"),
        device_class="voltage",
        units=("V", "mV"),
        assumed="V",
        precision=2,
        diagnostic=True,
        low=0,
        high=60_000,
    ),
    Rule(
        words=words("uptime operating lifetime runtime duration dauer laufzeit interval intervall age period time"),
        device_class="duration",
        units=("ms", "s", "min", "h", "d"),
        diagnostic=True,
        low=0,
    ),
    Rule(
        words=words("steam absolute"),
        device_class="absolute_humidity",
        units=("g/m³",),
        precision=1,
        low=0,
        unless=words("pressure"),
    ),
    Rule(
        words=words("moisture vwc bodenfeuchte"),
        device_class="moisture",
        units=("%",),
        assumed="%",
        precision=1,
        low=0,
        high=100,
    ),
    Rule(
        words=words("humidity feuchte luftfeuchte luftfeuchtigkeit rh hum"),
        device_class="humidity",
        units=("%",),
        assumed="%",
        precision=1,
        low=0,
        high=100,
        unless=words("soil boden absolute"),
    ),
    Rule(
        words=words("temperature temperatur temp tempc vorlauf ruecklauf rucklauf rücklauf dew taupunkt"),
        device_class="temperature",
        units=("°C", "°F", "K"),
        assumed="°C",
        precision=1,
        low=-80,
        high=200,
        unless=words("difference spread differenz delta unit volume energy power i2c pt100 pt1000 gain raw"),
    ),
    Rule(
        words=words("difference spread differenz delta spreizung"),
        device_class="temperature_delta",
        units=("K", "°C", "°F"),
        precision=1,
        needs_unit=True,
    ),
    Rule(
        words=words("co2 co2eq eco2 carbondioxide"),
        device_class="carbon_dioxide",
        units=("ppm",),
        assumed="ppm",
        precision=0,
        low=0,
        high=60_000,
    ),
    Rule(words=words("co"), device_class="carbon_monoxide", units=("ppm", "ppb", "mg/m³"), assumed="ppm", low=0),
    Rule(words=words("no2"), device_class="nitrogen_dioxide", units=("ppm", "ppb", "μg/m³"), low=0),
    Rule(words=words("so2"), device_class="sulphur_dioxide", units=("ppb", "μg/m³"), low=0),
    Rule(words=words("o3 ozone ozon"), device_class="ozone", units=("ppm", "ppb", "μg/m³"), low=0),
    Rule(words=words("radon"), device_class="radon", units=("Bq/m³",), low=0),
    Rule(
        words=words("voc tvoc"),
        device_class="volatile_organic_compounds",
        units=("mg/m³", "μg/m³"),
        low=0,
    ),
    Rule(
        words=words("voc tvoc"),
        device_class="volatile_organic_compounds_parts",
        units=("ppb", "ppm"),
        low=0,
    ),
    Rule(
        words=words("pm25"),
        device_class="pm25",
        assumed="μg/m³",
        units=("μg/m³",),
        low=0,
        unless=_PARTICLE_NUMBERS,
    ),
    Rule(
        words=words("pm10"),
        device_class="pm10",
        assumed="μg/m³",
        units=("μg/m³",),
        low=0,
        unless=_PARTICLE_NUMBERS,
    ),
    Rule(
        words=words("pm1"),
        device_class="pm1",
        assumed="μg/m³",
        units=("μg/m³",),
        low=0,
        unless=_PARTICLE_NUMBERS,
    ),
    Rule(words=words("pm4"), device_class="pm4", units=("μg/m³",), low=0, unless=_PARTICLE_NUMBERS),
    # A pressure of the air chooses its unit by its value; any other one has no usual unit.
    *(
        Rule(
            words=words("luftdruck baro barometer barometric atmospheric"),
            device_class="atmospheric_pressure",
            units=units,
            assumed=units[0],
            precision=1,
            low=low,
            high=high,
        )
        for units, low, high in (
            (("hPa", "mbar"), 300, 1200),
            (("kPa",), 30, 120),
            (("Pa",), 30_000, 120_000),
        )
    ),
    Rule(
        words=words("pressure druck"),
        device_class="atmospheric_pressure",
        units=("hPa", "mbar"),
        assumed="hPa",
        precision=1,
        low=800,
        high=1200,
        unless=words("vapor vapour steam dampf water wasser level differential relative tire pipe"),
    ),
    Rule(
        words=words("pressure druck"),
        device_class="pressure",
        units=("bar", "Pa", "kPa", "hPa", "mbar", "psi", "inHg", "mmHg"),
        precision=2,
        unless=words("atmospheric barometric"),
    ),
    Rule(
        words=words("lux illuminance illumination luminosity helligkeit beleuchtungsstaerke"),
        device_class="illuminance",
        units=("lx",),
        assumed="lx",
        precision=0,
        low=0,
    ),
    Rule(
        words=words("light"),
        device_class="illuminance",
        units=("lx",),
        assumed="lx",
        precision=0,
        low=0,
        # Some devices send a step, or the count of one range of the spectrum.
        unless=words("level infrared ir uv visible raw red green blue color colour state"),
    ),
    Rule(
        words=words("voltage spannung volt volts vrms vpeak"),
        device_class="voltage",
        units=("V", "mV", "kV"),
        assumed="V",
        precision=1,
    ),
    Rule(
        words=words("battery batt bat akku batterie"),
        device_class="battery",
        units=("%",),
        assumed="%",
        precision=0,
        low=0,
        high=100,
        diagnostic=True,
        unless=words("voltage spannung days lifetime semester cover capacity_mah temperature"),
    ),
    Rule(
        words=words("current strom irms"),
        device_class="current",
        units=("A", "mA"),
        precision=2,
        # M-Bus calls the present value "current value", and a meter of electricity is a Stromzähler.
        unless=words("value total sum state energy power volume"),
    ),
    Rule(
        words=words("papp apparent scheinleistung"),
        device_class="apparent_power",
        units=("VA", "kVA"),
        precision=1,
        unless=words("energy temperature"),
    ),
    Rule(
        words=words("reactive blindleistung"),
        device_class="reactive_power",
        units=("var", "kvar"),
        precision=1,
    ),
    Rule(
        words=words("reactive blindenergie blindarbeit"),
        device_class="reactive_energy",
        units=("varh", "kvarh"),
        state_class=TOTAL,
        precision=2,
        low=0,
    ),
    Rule(
        words=words("power leistung"),
        device_class="power",
        units=("mW", "W", "kW", "MW"),
        precision=1,
        unless=words("factor reactive"),
    ),
    Rule(
        words=words("energy energie kwh wh waerme wärme warme waermemenge heat arbeit consumption verbrauch bezug"),
        device_class="energy",
        units=("kWh", "Wh", "MWh", "GWh", "mWh", "J", "MJ", "GJ", "kJ"),
        state_class=TOTAL,
        precision=2,
        low=0,
        unless=words("instant momentan reactive"),
    ),
    Rule(words=words("energy"), device_class="power", units=("W", "kW"), precision=1),
    Rule(
        words=words("flow durchfluss"),
        device_class="volume_flow_rate",
        units=("m³/h", "m³/min", "L/h", "L/min", "L/s", "m³/s"),
        precision=3,
        unless=words("temperature"),
    ),
    Rule(
        words=words(
            "volume volumen zaehlerstand zahlerstand zählerstand register gas water wasser usage verbrauch value"
        ),
        device_class="water",
        units=("m³", "L", "ft³", "gal"),
        state_class=TOTAL,
        precision=3,
        low=0,
    ),
    Rule(
        words=words("total target consumption"),
        device_class="water",
        units=("m³", "L", "ft³", "gal"),
        state_class=TOTAL,
        precision=3,
        low=0,
        needs_unit=True,
    ),
    Rule(
        words=words(
            "distance abstand distanz pegel ullage altitude hoehe höhe height depth tiefe level fuellstand füllstand"
            " range"
        ),
        device_class="distance",
        units=("mm", "cm", "m", "km", "ft"),
    ),
    Rule(
        words=words("rain rainfall precipitation niederschlag regen"),
        device_class="precipitation",
        units=("mm", "cm"),
        assumed="mm",
        state_class=TOTAL,
        low=0,
        unless=words("rate intensity intensität snow schnee"),
    ),
    Rule(
        words=words("rain rainfall precipitation niederschlag regen"),
        device_class="precipitation_intensity",
        units=("mm/h",),
        low=0,
    ),
    Rule(
        words=words("gust windspeed windgeschwindigkeit"),
        device_class="wind_speed",
        units=("m/s", "km/h", "mph", "kn"),
        assumed="m/s",
        low=0,
        high=450,
    ),
    Rule(
        words=words("wind"),
        device_class="wind_speed",
        units=("m/s", "km/h", "mph", "kn"),
        assumed="m/s",
        low=0,
        high=450,
        unless=words("direction dir"),
    ),
    Rule(
        words=words("speed geschwindigkeit"),
        device_class="speed",
        units=("m/s", "km/h", "mph", "kn"),
        low=0,
        unless=words("fan motor wind"),
    ),
    Rule(
        words=words("lat lon lng latitude longitude"),
        device_class=None,
        units=("°",),
        assumed="°",
        state_class=None,
        low=-180,
        high=180,
    ),
    Rule(
        words=words("winddir"),
        device_class="wind_direction",
        units=("°",),
        assumed="°",
        state_class=ANGLE,
        low=0,
        high=360,
    ),
    Rule(words=words("direction heading"), device_class=None, units=("°",), assumed="°", low=0, high=360),
    Rule(words=words("radiation irradiance strahlung solar"), device_class="irradiance", units=("W/m²",), low=-20),
    Rule(words=words("weight gewicht"), device_class="weight", units=("kg", "g")),
    Rule(words=words("ph"), device_class="ph", low=0, high=14),
    Rule(
        words=words("conductivity conduct leitfaehigkeit leitfähigkeit ec"),
        device_class="conductivity",
        units=("μS/cm", "mS/cm"),
        low=0,
    ),
    Rule(
        words=words("sound laeq noise laerm lärm lautstaerke lautstärke lafmax"),
        device_class="sound_pressure",
        units=("dB", "dBA"),
        assumed="dB",
        low=0,
        high=200,
    ),
    Rule(
        words=words("count counter fcnt pulse pulses impulse total zaehler zähler"),
        device_class=None,
        state_class=TOTAL,
        precision=0,
        low=0,
        # People leave again, and a gateway is not counted up.
        unless=words(
            "people persons visitors personen gateway gateways devices occupancy satellites current strom"
            " diff delta difference increment last new"
        ),
    ),
)

# Quantity suggested by the unit if no word of the key suggests one.
BY_UNIT: Final[Mapping[str, tuple[str, str]]] = {
    "°C": ("temperature", MEASUREMENT),
    "°F": ("temperature", MEASUREMENT),
    "mph": ("speed", MEASUREMENT),
    "kn": ("speed", MEASUREMENT),
    "V": ("voltage", MEASUREMENT),
    "mV": ("voltage", MEASUREMENT),
    "A": ("current", MEASUREMENT),
    "mA": ("current", MEASUREMENT),
    "W": ("power", MEASUREMENT),
    "kW": ("power", MEASUREMENT),
    "Wh": ("energy", TOTAL),
    "kWh": ("energy", TOTAL),
    "MWh": ("energy", TOTAL),
    "GWh": ("energy", TOTAL),
    "mWh": ("energy", TOTAL),
    "MJ": ("energy", TOTAL),
    "GJ": ("energy", TOTAL),
    "kJ": ("energy", TOTAL),
    "varh": ("reactive_energy", TOTAL),
    "kvarh": ("reactive_energy", TOTAL),
    "kV": ("voltage", MEASUREMENT),
    "ms": ("duration", MEASUREMENT),
    "s": ("duration", MEASUREMENT),
    "min": ("duration", MEASUREMENT),
    "h": ("duration", MEASUREMENT),
    "d": ("duration", MEASUREMENT),
    "kHz": ("frequency", MEASUREMENT),
    "MHz": ("frequency", MEASUREMENT),
    "m³/s": ("volume_flow_rate", MEASUREMENT),
    "m³/min": ("volume_flow_rate", MEASUREMENT),
    "L/min": ("volume_flow_rate", MEASUREMENT),
    "L/s": ("volume_flow_rate", MEASUREMENT),
    "mbar": ("pressure", MEASUREMENT),
    "Pa": ("pressure", MEASUREMENT),
    "psi": ("pressure", MEASUREMENT),
    "dBA": ("sound_pressure", MEASUREMENT),
    "kg": ("weight", MEASUREMENT),
    "mm/h": ("precipitation_intensity", MEASUREMENT),
    "g/m³": ("absolute_humidity", MEASUREMENT),
    "m³": ("volume", TOTAL),
    "L": ("volume", TOTAL),
    "m³/h": ("volume_flow_rate", MEASUREMENT),
    "L/h": ("volume_flow_rate", MEASUREMENT),
    "lx": ("illuminance", MEASUREMENT),
    "hPa": ("pressure", MEASUREMENT),
    "bar": ("pressure", MEASUREMENT),
    "dBm": ("signal_strength", MEASUREMENT),
    "Hz": ("frequency", MEASUREMENT),
    "mW": ("power", MEASUREMENT),
    "MW": ("power", MEASUREMENT),
    "VA": ("apparent_power", MEASUREMENT),
    "kVA": ("apparent_power", MEASUREMENT),
    "var": ("reactive_power", MEASUREMENT),
    "kvar": ("reactive_power", MEASUREMENT),
    "km/h": ("speed", MEASUREMENT),
    "m/s": ("speed", MEASUREMENT),
    "cm": ("distance", MEASUREMENT),
    "m": ("distance", MEASUREMENT),
    "km": ("distance", MEASUREMENT),
    "W/m²": ("irradiance", MEASUREMENT),
    "μS/cm": ("conductivity", MEASUREMENT),
    "mS/cm": ("conductivity", MEASUREMENT),
    "kPa": ("pressure", MEASUREMENT),
}

# Largest plausible absolute values; some parsers deliver wrong units.
MAX_ABSOLUTE: Final[Mapping[str, float]] = {"°C": 2000, "hPa": 2000, "mbar": 2000, "%": 1000}
