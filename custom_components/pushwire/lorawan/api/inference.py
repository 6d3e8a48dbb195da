"""Inference of a value's description from its key, unit and first value.

Wire code. Platforms deliver decoded values under keys named by hundreds of parsers, in
English and German, mostly without a unit. Sources, most reliable first: a unit delivered
with the value, a unit at the end of the key, words in the key. A value that is impossible
for a quantity rules it out, or chooses between the units that the words allow; a value alone
never suggests a quantity. A unit is assumed only where all parsers mean the same one; a
quantity of an unknown unit has neither unit nor device class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
import re
from typing import Any, Final

from .model import DescribedValues, LorawanDevice, Scalar, ValueDescription

MEASUREMENT: Final = "measurement"
TOTAL: Final = "total_increasing"
ANGLE: Final = "measurement_angle"

# Home Assistant's spelling of units, by their lower-case spellings in readings.
_UNITS: Final[Mapping[str, str]] = {
    "c": "°C",
    "c°": "°C",
    "°c": "°C",
    "degc": "°C",
    "°f": "°F",
    "f°": "°F",
    "degf": "°F",
    "fahrenheit": "°F",
    "k": "K",
    "celsius": "°C",
    "cel": "°C",
    "%": "%",
    "%rh": "%",
    "%rel": "%",
    "%r.h.": "%",
    "vol%": "%",
    "vol.%": "%",
    "%vol": "%",
    "rh": "%",
    "percent": "%",
    "v": "V",
    "mv": "mV",
    "a": "A",
    "ma": "mA",
    "w": "W",
    "kw": "kW",
    "wh": "Wh",
    "kwh": "kWh",
    "mwh": "MWh",
    "mw": "MW",
    "var": "var",
    "kvar": "kvar",
    "varh": "varh",
    "kvarh": "kvarh",
    "va": "VA",
    "kva": "kVA",
    "j": "J",
    "kj": "kJ",
    "mj": "MJ",
    "gj": "GJ",
    "ohm": "Ω",
    "ω": "Ω",
    "m3": "m³",
    "m^3": "m³",
    "m³": "m³",
    "cbm": "m³",
    "qm³": "m³",
    "l": "L",
    "ltr": "L",
    "liter": "L",
    "m3/h": "m³/h",
    "m³/h": "m³/h",
    "m3h": "m³/h",
    "l/h": "L/h",
    "l/min": "L/min",
    "lux": "lx",
    "lx": "lx",
    "ppm": "ppm",
    "ppb": "ppb",
    "ug/m3": "μg/m³",
    "\u00b5g/m³": "μg/m³",
    "\u00b5g/m3": "μg/m³",
    "\u03bcg/m³": "μg/m³",
    "hpa": "hPa",
    "mbar": "mbar",
    "bar": "bar",
    "pa": "Pa",
    "kpa": "kPa",
    "db": "dB",
    "dbm": "dBm",
    "dba": "dBA",
    "db(a)": "dBA",
    "g/m3": "g/m³",
    "g/m³": "g/m³",
    "mg/l": "mg/L",
    "w/m2": "W/m²",
    "w/m²": "W/m²",
    "w/m^2": "W/m²",
    "m3/s": "m³/s",
    "l/s": "L/s",
    "gal": "gal",
    "us/cm": "μS/cm",
    "\u00b5s/cm": "μS/cm",
    "ms/cm": "mS/cm",
    "ds/m": "mS/cm",
    "m/s": "m/s",
    "km/h": "km/h",
    "kmh": "km/h",
    "kmph": "km/h",
    "kph": "km/h",
    "mph": "mph",
    "kn": "kn",
    "knots": "kn",
    "inhg": "inHg",
    "psi": "psi",
    "ft": "ft",
    "ft3": "ft³",
    "mg/m3": "mg/m³",
    "mg/m³": "mg/m³",
    "mm/h": "mm/h",
    "mm": "mm",
    "cm": "cm",
    "m": "m",
    "km": "km",
    "s": "s",
    "sec": "s",
    "min": "min",
    "h": "h",
    "d": "d",
    "days": "d",
    "hz": "Hz",
    "kg": "kg",
    "g": "g",
    "°": "°",
    "deg": "°",
}


# Units that differ from others in capitals alone.
_UNITS_WITH_CAPITALS: Final[Mapping[str, str]] = {"mW": "mW", "mWh": "mWh", "mJ": "mJ", "MV": "MV", "MA": "MA"}
_SUPERSCRIPTS: Final = str.maketrans({"⁻": "-", "¹": "1", "²": "2", "³": "3", "·": "⋅", "*": "⋅"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Quantity suggested by words in a key.

    Attributes:
        words: Words that suggest the quantity; one is enough.
        units: Units of the quantity.
        assumed: Unit that applies if none is known; None where several units are in use.
        low: Smallest plausible value, in any of the units.
        high: Largest plausible value, in any of the units.
        unless: Words that rule the quantity out.

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The first matching rule applies, so specific rules come before general ones.
_SENSOR_RULES: Final[tuple[_Rule, ...]] = (
    _Rule(
        words=_words("rssi"),
        device_class="signal_strength",
        units=("dBm",),
        assumed="dBm",
        diagnostic=True,
        enabled=False,
    ),
    _Rule(
        words=_words("snr lqi"),
        device_class="signal_strength",
        units=("dB",),
        assumed="dB",
        diagnostic=True,
        enabled=False,
    ),
    _Rule(
        words=_words("vbat vbatt batv"),
        device_class="voltage",
        units=("V", "mV"),
        assumed="V",
        precision=2,
        diagnostic=True,
        low=0,
        high=60_000,
    ),
    _Rule(
        words=_words("uptime operating lifetime runtime duration dauer laufzeit"),
        device_class="duration",
        units=("s", "min", "h", "d"),
        diagnostic=True,
        low=0,
    ),
    _Rule(
        words=_words("steam absolute"),
        device_class="absolute_humidity",
        units=("g/m³",),
        precision=1,
        low=0,
        unless=_words("pressure"),
    ),
    _Rule(
        words=_words("moisture vwc bodenfeuchte"),
        device_class="moisture",
        units=("%",),
        assumed="%",
        precision=1,
        low=0,
        high=100,
    ),
    _Rule(
        words=_words("humidity feuchte luftfeuchte luftfeuchtigkeit rh hum"),
        device_class="humidity",
        units=("%",),
        assumed="%",
        precision=1,
        low=0,
        high=100,
        unless=_words("soil boden absolute"),
    ),
    _Rule(
        words=_words("temperature temperatur temp tempc vorlauf ruecklauf rucklauf rücklauf dew taupunkt"),
        device_class="temperature",
        units=("°C", "°F", "K"),
        assumed="°C",
        precision=1,
        low=-80,
        high=200,
        unless=_words("difference spread differenz unit volume energy power supply"),
    ),
    _Rule(
        words=_words("co2 carbondioxide"),
        device_class="carbon_dioxide",
        units=("ppm",),
        assumed="ppm",
        precision=0,
        low=0,
        high=60_000,
    ),
    _Rule(words=_words("co"), device_class="carbon_monoxide", units=("ppm",), assumed="ppm", low=0),
    _Rule(
        words=_words("voc tvoc"),
        device_class="volatile_organic_compounds_parts",
        units=("ppb", "ppm"),
        low=0,
    ),
    _Rule(words=_words("pm25"), device_class="pm25", assumed="μg/m³", units=("μg/m³",), low=0),
    _Rule(words=_words("pm10"), device_class="pm10", assumed="μg/m³", units=("μg/m³",), low=0),
    _Rule(words=_words("pm1"), device_class="pm1", assumed="μg/m³", units=("μg/m³",), low=0),
    # A pressure of the air chooses its unit by its value; any other one has no usual unit.
    *(
        _Rule(
            words=_words("luftdruck baro barometer barometric atmospheric"),
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
    _Rule(
        words=_words("pressure druck"),
        device_class="atmospheric_pressure",
        units=("hPa", "mbar"),
        assumed="hPa",
        precision=1,
        low=800,
        high=1200,
        unless=_words("vapor vapour steam dampf"),
    ),
    _Rule(
        words=_words("pressure druck"),
        device_class="pressure",
        units=("bar", "Pa", "kPa", "hPa", "mbar"),
        precision=2,
        unless=_words("atmospheric barometric"),
    ),
    _Rule(
        words=_words("lux illuminance helligkeit beleuchtungsstaerke"),
        device_class="illuminance",
        units=("lx",),
        assumed="lx",
        precision=0,
        low=0,
    ),
    _Rule(
        words=_words("light"),
        device_class="illuminance",
        units=("lx",),
        assumed="lx",
        precision=0,
        low=0,
        # Some devices send a step.
        unless=_words("level"),
    ),
    _Rule(
        words=_words("voltage spannung volt volts"),
        device_class="voltage",
        units=("V", "mV"),
        assumed="V",
        precision=1,
    ),
    _Rule(
        words=_words("battery batt bat akku batterie"),
        device_class="battery",
        units=("%",),
        assumed="%",
        precision=0,
        low=0,
        high=100,
        diagnostic=True,
        unless=_words("voltage spannung days lifetime"),
    ),
    _Rule(
        words=_words("current strom"),
        device_class="current",
        units=("A", "mA"),
        precision=2,
        # M-Bus calls the present value "current value".
        unless=_words("value"),
    ),
    _Rule(
        words=_words("power leistung"),
        device_class="power",
        units=("W", "kW"),
        precision=1,
        unless=_words("factor supply consumption"),
    ),
    _Rule(words=_words("papp"), device_class="apparent_power", units=("VA", "kVA")),
    _Rule(
        words=_words("energy energie kwh wh waerme warme waermemenge"),
        device_class="energy",
        units=("kWh", "Wh", "MWh", "MJ", "GJ", "kJ"),
        state_class=TOTAL,
        precision=2,
        low=0,
        unless=_words("instant momentan"),
    ),
    _Rule(words=_words("energy"), device_class="power", units=("W", "kW"), precision=1),
    _Rule(
        words=_words("flow durchfluss"),
        device_class="volume_flow_rate",
        units=("m³/h", "L/h", "L/min", "L/s", "m³/s"),
        precision=3,
        unless=_words("temperature"),
    ),
    _Rule(
        words=_words(
            "volume volumen zaehlerstand zahlerstand zählerstand register gas water wasser usage verbrauch value"
        ),
        device_class="water",
        units=("m³", "L"),
        state_class=TOTAL,
        precision=3,
        low=0,
    ),
    _Rule(
        words=_words("distance abstand pegel ullage altitude"),
        device_class="distance",
        units=("mm", "cm", "m"),
        low=0,
    ),
    _Rule(
        words=_words("rain rainfall precipitation niederschlag"),
        device_class="precipitation",
        units=("mm",),
        assumed="mm",
        state_class=TOTAL,
        low=0,
        unless=_words("rate intensity intensität"),
    ),
    _Rule(
        words=_words("gust windspeed windgeschwindigkeit"),
        device_class="wind_speed",
        units=("m/s", "km/h", "mph", "kn"),
        assumed="m/s",
        low=0,
        high=450,
    ),
    _Rule(
        words=_words("wind"),
        device_class="wind_speed",
        units=("m/s", "km/h", "mph", "kn"),
        assumed="m/s",
        low=0,
        high=450,
        unless=_words("direction dir"),
    ),
    _Rule(
        words=_words("speed geschwindigkeit"),
        device_class="speed",
        units=("m/s", "km/h", "mph", "kn"),
        low=0,
        unless=_words("fan motor"),
    ),
    _Rule(
        words=_words("lat lon lng latitude longitude"),
        device_class=None,
        units=("°",),
        assumed="°",
        state_class=None,
        low=-180,
        high=180,
    ),
    _Rule(
        words=_words("winddir"),
        device_class="wind_direction",
        units=("°",),
        assumed="°",
        state_class=ANGLE,
        low=0,
        high=360,
    ),
    _Rule(words=_words("direction heading"), device_class=None, units=("°",), assumed="°", low=0, high=360),
    _Rule(words=_words("radiation irradiance strahlung"), device_class="irradiance", units=("W/m²",), low=0),
    _Rule(words=_words("weight gewicht"), device_class="weight", units=("kg", "g")),
    _Rule(words=_words("ph"), device_class="ph", low=0, high=14),
    _Rule(
        words=_words("conductivity conduct leitfaehigkeit leitfähigkeit ec"),
        device_class="conductivity",
        units=("μS/cm", "mS/cm"),
        low=0,
    ),
    _Rule(
        words=_words("sound laeq noise laerm lautstaerke lautstärke"),
        device_class="sound_pressure",
        units=("dB", "dBA"),
        assumed="dB",
        low=0,
        high=200,
    ),
    _Rule(
        words=_words("count counter fcnt pulse pulses impulse total"),
        device_class=None,
        state_class=TOTAL,
        precision=0,
        low=0,
        # People leave again.
        unless=_words("people persons visitors personen"),
    ),
)

# Quantity suggested by the unit if no word of the key suggests one.
_BY_UNIT: Final[Mapping[str, tuple[str, str]]] = {
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
    "m³": ("volume", TOTAL),
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
    "km": ("distance", MEASUREMENT),
    "W/m²": ("irradiance", MEASUREMENT),
    "μS/cm": ("conductivity", MEASUREMENT),
    "mS/cm": ("conductivity", MEASUREMENT),
    "kPa": ("pressure", MEASUREMENT),
}

# Largest plausible absolute values; some parsers deliver wrong units.
_MAX_ABSOLUTE: Final[Mapping[str, float]] = {"°C": 2000, "hPa": 2000, "mbar": 2000, "%": 1000}

_BINARY_RULES: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (_words("door tuer tur"), "door"),
    (_words("window fenster"), "window"),
    (_words("open opened contact reed kontakt magnet"), "opening"),
    (_words("motion pir bewegung"), "motion"),
    (_words("presence occupied occupancy belegt parked"), "occupancy"),
    (_words("leak leakage leckage flood"), "moisture"),
    (_words("tamper manipulation sabotage"), "tamper"),
    (_words("smoke rauch"), "smoke"),
    (_words("alarm error fault"), "problem"),
)
_ALARMS: Final[Mapping[str, str]] = {"co": "carbon_monoxide", "gas": "gas"}
# Flags, steps and changes of a quantity, which are not the quantity.
_FLAG_WORDS: Final = _words("changed change darker brighter lower higher low high exceeded detected geändert")
_DETECTORS: Final = _words("leak leakage leckage motion smoke tamper")
_OPPOSITES: Final = _words("closed geschlossen")
# Words of numbers, even if the value is 0 or 1.
_NUMBER_WORDS: Final = _words("count counter total duration times time threshold")
_NO_QUANTITY: Final = _words("status state step steps times conv conversion factor ratio threshold limit")
_TEMPERATURES: Final = _words("temp temperature")
_REGISTERS: Final = _words("register zaehlerstand zahlerstand zählerstand volume")
_VOLUMES: Final = ("m³", "L")
# Values of a date or a period that has passed.
_STORED_WORDS: Final = _words("target due stichtag vorjahr vormonat")
_BATTERY: Final = _words("battery batt bat akku batterie")
_ON_WORDS: Final = frozenset({"true", "open", "opened", "on", "yes", "occupied"})
_OFF_WORDS: Final = frozenset({"false", "closed", "close", "off", "no", "free"})

# Words of values that describe the message or the device.
_METADATA_WORDS: Final = _words(
    "version protocol header message index mode registers configured id serial"
    " offset timestamp type unit qualifier medium port code address meter status"
    " firmware manufacturer din number parser error"
)
# Last words of keys that are settings of the device.
_SETTING_WORDS: Final = _words("offset threshold limit interval conv conversion")
# Part of the keys of wM-Bus values that a meter has marked as invalid.
_INVALID: Final = "_error_value_"
_OBIS: Final = re.compile(r"(?:^|_OBIS_)(?:1[-_]0[:_])?(?:1|2|16)[._](8|29|7)[._]\d+$")
# Energy of a heat meter; the medium is 6.
_OBIS_HEAT: Final = re.compile(r"^6[-_]\d+[:_]1[._]0[._]\d+$")
# Ends of German compound words, such as Batteriespannung, and the word that each of them means.
_ENDINGS: Final[Mapping[str, str]] = {
    "spannung": "spannung",
    "temperatur": "temperatur",
    "luftfeuchte": "luftfeuchte",
    "feuchtigkeit": "luftfeuchtigkeit",
    "luftdruck": "luftdruck",
    "leistung": "leistung",
    "energie": "energie",
    "durchfluss": "durchfluss",
    "helligkeit": "helligkeit",
    "geschwindigkeit": "geschwindigkeit",
    "zählerstand": "zaehlerstand",
    "zaehlerstand": "zaehlerstand",
}
_STORED: Final = re.compile(r"^(\d+)_\d+_\d+_")


def is_valid_key(key: str) -> bool:
    """Return whether a key belongs to a value that the meter has not marked as invalid."""
    return _INVALID not in key


def tokens(key: str) -> list[str]:
    """Return the words of a key in lower case."""
    # A word does not end after a single letter: kWh is one word.
    spaced = re.sub(r"([a-z0-9]{2})([A-Z])", r"\1 \2", key)
    # PM2.5 contains a separator.
    spaced = re.sub(r"(?i)pm2[._]5", "pm25", spaced)
    return [word for word in re.split(r"[^a-zäöüß0-9%°³/]+", spaced.lower()) if word]


def unit_of(text: Any) -> str | None:
    """Return a unit in Home Assistant's spelling, or None for an unknown unit."""
    if not isinstance(text, str):
        return None
    unit = text.strip().translate(_SUPERSCRIPTS)
    if unit in _UNITS_WITH_CAPITALS:
        return _UNITS_WITH_CAPITALS[unit]
    # A product with a negative exponent is a quotient: m⋅s-1.
    quotient = re.sub(r"⋅(\w+?)-(\d)$", lambda match: f"/{match[1]}{match[2].replace('1', '')}", unit)
    return _UNITS.get(quotient.lower())


def as_flag(value: Scalar) -> bool | None:
    """Return a boolean, which parsers also write as a number or a word."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _ON_WORDS:
            return True
        if word in _OFF_WORDS:
            return False
    return None


# Voltages of batteries.
HIGHEST_VOLTS: Final = 5
LOWEST_MILLIVOLTS: Final = 1000
HIGHEST_MILLIVOLTS: Final = 60_000
# A shorter word keeps its trailing digits: co2, pm10.
MIN_WORD_LENGTH: Final = 3


def infer(
    key: str,
    value: Scalar,
    *,
    unit: str | None = None,
    context: Iterable[str] = (),
) -> ValueDescription:
    """Return the most likely description of a value.

    Args:
        key: Parser's name of the value.
        value: First value.
        unit: Unit that was delivered with the value, in any spelling.
        context: Texts about the device, such as its medium or folder.

    """
    parts = tokens(key)
    words = _words_of(parts)
    if (binary := _binary(words, value)) is not None:
        return binary
    is_metadata = bool(words & _METADATA_WORDS)
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return ValueDescription(diagnostic=is_metadata, enabled=not is_metadata)
    if parts and parts[-1].rstrip("0123456789") in _SETTING_WORDS:
        return ValueDescription(unit=unit_of(unit), diagnostic=True, enabled=False)
    declared, unit = unit, unit_of(unit) or _suffix_unit(parts, key)
    if (meter := _obis(key)) is not None and unit in (None, meter.unit):
        return meter
    if unit is None and words & _REGISTERS:
        # The medium of a meter may name the unit of its register, such as "water_m3".
        units = (_suffix_unit(tokens(text), text) for text in context)
        unit = next((found for found in units if found in _VOLUMES), None)
    # A unit that is not known may belong to any quantity.
    is_other = unit is None and (declared is not None or words & _NO_QUANTITY)
    description = None if is_other else _by_words(words, value, unit)
    if description is None and unit is not None:
        description = _by_unit(unit, value)
    if description is None:
        description = ValueDescription(
            unit=unit if unit is None or _is_plausible(value, unit) else None,
            state_class=None if is_metadata else MEASUREMENT,
            diagnostic=is_metadata,
            enabled=not is_metadata,
        )
    if description.device_class == "water":
        description = replace(description, device_class=_medium(words.union(*(tokens(text) for text in context))))
    stored = _STORED.match(key)
    is_due = description.state_class == TOTAL and words & _STORED_WORDS
    if is_due or (stored is not None and stored[1] != "0"):
        # The value of a due date stays the same for a year, so it is not part of a running total.
        description = replace(description, state_class=None, diagnostic=True)
    return description


def _words_of(parts: list[str]) -> set[str]:
    """Return the words of a key, also those within compound words and before the number of a channel."""
    words = {*parts, *(name for part in parts if len(name := part.rstrip("0123456789")) >= MIN_WORD_LENGTH)}
    words |= {meaning for part in parts for ending, meaning in _ENDINGS.items() if part.endswith(ending)}
    if "wind" in words and words & {"direction", "dir", "richtung"}:
        words = (words - {"wind"}) | {"winddir"}
    return words


def _binary(words: set[str], value: Scalar) -> ValueDescription | None:
    if as_flag(value) is None or words & _NUMBER_WORDS:
        return None
    device_class = next((device_class for rule, device_class in _BINARY_RULES if words & rule), None)
    if device_class == "problem":
        # Without the alarm, these are quantities that may be 0 or 1 as well.
        device_class = next((_ALARMS[word] for word in _ALARMS if word in words), device_class)
    if words & _FLAG_WORDS and not words & _DETECTORS:
        # A change of a quantity is not the quantity.
        device_class = "battery" if words & _BATTERY and "low" in words else None
    elif words & _OPPOSITES:
        # On means closed, which is the opposite of every device class.
        device_class = None
    elif device_class is None and not isinstance(value, bool):
        return None
    return ValueDescription(
        platform="binary_sensor", device_class=device_class, diagnostic=device_class in ("battery", "tamper", "problem")
    )


def _suffix_unit(words: list[str], key: str) -> str | None:
    """Return the unit at the end of a key, such as ``zaehlerstand_m_3``."""
    if len(words) > 1 and words[-2:] == ["m", "3"]:
        return "m³"
    if len(words) > 1 and words[-1] == "f" and set(words) & _TEMPERATURES:
        return "°F"
    # A single letter at the end is more often the name of a channel than a unit.
    if len(words) > 1 and (len(words[-1]) > 1 or words[-1] in "%°" or key.endswith(("_W", "_V"))):
        return unit_of(key[-len(words[-1]) :])
    return None


def _obis(key: str) -> ValueDescription | None:
    """Return the description of an OBIS code: 1.8 is imported energy, 2.8 exported energy."""
    if _OBIS_HEAT.match(key) is not None:
        return ValueDescription(device_class="energy", unit="kWh", state_class=TOTAL, precision=2)
    if (match := _OBIS.search(key)) is None:
        return None
    if match[1] == "7":
        return ValueDescription(device_class="power", unit="W", state_class=MEASUREMENT)
    return ValueDescription(device_class="energy", unit="kWh", state_class=TOTAL, precision=2)


def _by_words(words: set[str], value: float, unit: str | None) -> ValueDescription | None:
    if words & _BATTERY and unit is None and (battery := _battery(words, value)) is not None:
        return battery
    if unit is not None and not _is_plausible(value, unit):
        return None
    for rule in _SENSOR_RULES:
        if not words & rule.words or words & rule.unless:
            continue
        if unit is not None and unit not in rule.units:
            continue
        if not rule.low <= value <= rule.high:
            continue
        likely_unit = unit or _assumed_unit(rule, value)
        if likely_unit is None and rule.units:
            # Without its unit, the number says nothing about the quantity.
            return ValueDescription(state_class=MEASUREMENT, diagnostic=rule.diagnostic)
        return ValueDescription(
            device_class=rule.device_class,
            unit=likely_unit,
            state_class=rule.state_class,
            precision=rule.precision if likely_unit != "mV" else 0,
            diagnostic=rule.diagnostic,
            enabled=rule.enabled,
        )
    return None


def _battery(words: set[str], value: float) -> ValueDescription | None:
    """Return the description of a battery's value that shows whether it is a percentage or a voltage."""
    if words & {"lifetime", "days", "tage"}:
        return ValueDescription(state_class=MEASUREMENT, diagnostic=True)
    is_voltage = bool(words & {"voltage", "spannung", "volt", "volts"})
    if LOWEST_MILLIVOLTS <= value <= HIGHEST_MILLIVOLTS:
        unit = "mV"
    elif value <= HIGHEST_VOLTS and (is_voltage or not float(value).is_integer()):
        unit = "V"
    elif is_voltage or value > HIGHEST_VOLTS:
        return None
    else:
        # A small whole number may be a percentage, a voltage or a step.
        return ValueDescription(state_class=MEASUREMENT, diagnostic=True)
    return ValueDescription(
        device_class="voltage",
        unit=unit,
        state_class=MEASUREMENT,
        precision=0 if unit == "mV" else 2,
        diagnostic=True,
    )


def _assumed_unit(rule: _Rule, value: float) -> str | None:
    # No supply measured by a battery-powered device has 1000 V.
    if rule.device_class == "voltage" and abs(value) >= LOWEST_MILLIVOLTS:
        return "mV"
    return rule.assumed


def _by_unit(unit: str, value: float) -> ValueDescription | None:
    if not _is_plausible(value, unit):
        return None
    device_class, state_class = _BY_UNIT.get(unit, (None, MEASUREMENT))
    return ValueDescription(device_class=device_class, unit=unit, state_class=state_class)


def _is_plausible(value: float, unit: str) -> bool:
    return abs(value) <= _MAX_ABSOLUTE.get(unit, float("inf"))


_WATER: Final = ("water", "hotwater", "coldwater", "wasser", "kaltwasser", "warmwasser")


def _medium(words: set[str]) -> str:
    """Return the medium of a volume: gas, water, or generic volume."""
    if any(word in ("gas", "erdgas") or word.startswith(("gasz", "gasmeter")) for word in words):
        return "gas"
    # German has compound words: Wasserzähler, Kaltwasserzähler.
    if any(word.startswith(_WATER) for word in words):
        return "water"
    return "volume"


MAX_DEPTH: Final = 8
MAX_LIST_LENGTH: Final = 16


def flatten(data: Mapping[str, Any], prefix: str = "", depth: int = MAX_DEPTH) -> dict[str, Scalar]:
    """Return nested values with their paths as keys, such as ``gps.lat``.

    Deeper levels and longer lists, such as lists of samples, are left out, because each
    item would become an entity.
    """
    flat: dict[str, Scalar] = {}
    for name, value in data.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            if depth:
                flat |= flatten(value, f"{key}.", depth - 1)
        elif isinstance(value, list):
            if depth and len(value) <= MAX_LIST_LENGTH:
                flat |= flatten({str(index): item for index, item in enumerate(value)}, f"{key}.", depth - 1)
        elif key and (value is None or isinstance(value, str | int | float | bool)):
            flat[key] = value
    return flat


def units_by_key(flat: Mapping[str, Scalar]) -> dict[str, str]:
    """Return the units that are values of their own, by the key of the value they belong to.

    ``temperature_unit`` belongs to ``temperature``; ``unit`` belongs to the only number
    of the reading.
    """
    units = {
        key.removesuffix("_unit"): value
        for key, value in flat.items()
        if key.endswith("_unit") and isinstance(value, str)
    }
    if isinstance(unit := flat.get("unit"), str):
        numbers = [
            key
            for key, value in flat.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and not set(tokens(key)) & _METADATA_WORDS
        ]
        if len(numbers) == 1:
            units[numbers[0]] = unit
    return units


def is_unit_key(key: str) -> bool:
    """Return whether a key holds the unit of another value."""
    return key == "unit" or key.endswith("_unit")


def describe_values(device: LorawanDevice, data: Mapping[str, Any]) -> DescribedValues:
    """Return decoded values in the form that ``LorawanDevice.set_values`` expects.

    Args:
        device: Device of the values; a key that it already has keeps its description.
        data: Values by the parser's names, nested as they were received.

    """
    flat = flatten(data)
    inferred = {} if flat.keys() <= device.values.keys() else _infer_new(device, flat)
    described: dict[str, tuple[Scalar, ValueDescription]] = {}
    for key, value in flat.items():
        current = device.values.get(key)
        description = current.description if current is not None else inferred.get(key)
        if description is not None:
            is_binary = description.platform == "binary_sensor"
            described[key] = (as_flag(value) if is_binary else value, description)
    return described


def _infer_new(device: LorawanDevice, flat: Mapping[str, Scalar]) -> dict[str, ValueDescription]:
    """Return the descriptions of the keys that a device does not have yet."""
    units = units_by_key(flat)
    context = [text for text in (device.area, device.model, device.name, flat.get("medium")) if isinstance(text, str)]
    return {
        key: infer(key, value, unit=units.get(key), context=context)
        for key, value in flat.items()
        # Only a value shows what a key describes.
        if key not in device.values and value is not None and is_valid_key(key) and not is_unit_key(key)
    }
