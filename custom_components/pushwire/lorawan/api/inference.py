"""What a reading's key and value most likely mean.

Wire code. Platforms hand over decoded values under keys that hundreds of parsers
have named, in English and German, mostly without a unit. Sources, strongest first:
a unit that stands beside the value, a unit at the end of the key, words in the key.
A value that the quantity cannot have vetoes the guess; a value alone never makes one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
import re
from typing import Any, Final

from .meaning import Meaning
from .model import LorawanDevice, Scalar

MEASUREMENT: Final = "measurement"
TOTAL: Final = "total_increasing"

# Spellings of units, lower case, to Home Assistant's.
_UNITS: Final[Mapping[str, str]] = {
    "c": "°C",
    "°c": "°C",
    "degc": "°C",
    "celsius": "°C",
    "cel": "°C",
    "%": "%",
    "%rh": "%",
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
    "var": "var",
    "va": "VA",
    "j": "J",
    "mj": "MJ",
    "gj": "GJ",
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
    "us/cm": "μS/cm",
    "\u00b5s/cm": "μS/cm",
    "ms/cm": "mS/cm",
    "ds/m": "mS/cm",
    "m/s": "m/s",
    "km/h": "km/h",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Words in a key, and what they mean.

    Attributes:
        words: Any of these words makes the rule fit.
        units: Units the quantity may have; the first is taken when none is known.
        low: Smallest believable value, in any of the units.
        high: Largest.

    """

    words: frozenset[str]
    device_class: str | None
    units: tuple[str, ...] = ()
    state_class: str | None = MEASUREMENT
    precision: int | None = None
    low: float = float("-inf")
    high: float = float("inf")
    diagnostic: bool = False
    enabled: bool = True
    unless: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The first rule that fits is taken: the particular ones stand before the general.
_SENSOR_RULES: Final[tuple[_Rule, ...]] = (
    _Rule(
        words=_words("rssi"),
        device_class="signal_strength",
        units=("dBm",),
        diagnostic=True,
        enabled=False,
    ),
    _Rule(
        words=_words("snr lqi"),
        device_class="signal_strength",
        units=("dB",),
        diagnostic=True,
        enabled=False,
    ),
    _Rule(
        words=_words("vbat vbatt batv"),
        device_class="voltage",
        units=("V", "mV"),
        precision=2,
        diagnostic=True,
        low=0,
        high=60_000,
    ),
    _Rule(
        words=_words("uptime operating lifetime runtime"),
        device_class="duration",
        units=("s", "min", "h", "d"),
        diagnostic=True,
        low=0,
    ),
    _Rule(
        words=_words("moisture vwc bodenfeuchte"),
        device_class="moisture",
        units=("%",),
        precision=1,
        low=0,
        high=100,
    ),
    _Rule(
        words=_words("humidity feuchte luftfeuchte luftfeuchtigkeit rh hum"),
        device_class="humidity",
        units=("%",),
        precision=1,
        low=0,
        high=100,
        unless=_words("soil boden absolute"),
    ),
    _Rule(
        words=_words("temperature temperatur temp vorlauf ruecklauf rucklauf supply return dew"),
        device_class="temperature",
        units=("°C",),
        precision=1,
        low=-80,
        high=200,
        unless=_words("difference spread unit volume energy flow"),
    ),
    _Rule(
        words=_words("co2 carbondioxide"),
        device_class="carbon_dioxide",
        units=("ppm",),
        precision=0,
        low=0,
        high=60_000,
    ),
    _Rule(words=_words("co"), device_class="carbon_monoxide", units=("ppm",), low=0),
    _Rule(
        words=_words("voc tvoc"),
        device_class="volatile_organic_compounds_parts",
        units=("ppb", "ppm"),
        low=0,
    ),
    _Rule(words=_words("pm25"), device_class="pm25", units=("μg/m³",), low=0),
    _Rule(words=_words("pm10"), device_class="pm10", units=("μg/m³",), low=0),
    _Rule(words=_words("pm1"), device_class="pm1", units=("μg/m³",), low=0),
    _Rule(
        words=_words("pressure luftdruck druck baro barometer"),
        device_class="atmospheric_pressure",
        units=("hPa", "mbar", "kPa"),
        precision=1,
        low=300,
        high=1200,
    ),
    _Rule(
        words=_words("pressure druck"),
        device_class="pressure",
        units=("bar", "Pa", "kPa"),
        precision=2,
    ),
    _Rule(
        words=_words("lux light illuminance helligkeit beleuchtungsstaerke"),
        device_class="illuminance",
        units=("lx",),
        precision=0,
        low=0,
    ),
    _Rule(
        words=_words("voltage spannung volt"),
        device_class="voltage",
        units=("V", "mV"),
        precision=1,
    ),
    _Rule(
        words=_words("battery batt bat akku batterie"),
        device_class="battery",
        units=("%",),
        precision=0,
        low=0,
        high=100,
        diagnostic=True,
        unless=_words("voltage spannung remaining days"),
    ),
    _Rule(
        words=_words("current strom"),
        device_class="current",
        units=("A", "mA"),
        precision=2,
        # "current value" is a word of M-Bus for the present one.
        unless=_words("value"),
    ),
    _Rule(
        words=_words("power leistung"),
        device_class="power",
        units=("W", "kW"),
        precision=1,
        unless=_words("factor supply"),
    ),
    _Rule(
        words=_words("energy energie kwh wh waerme warme waermemenge"),
        device_class="energy",
        units=("kWh", "Wh", "MWh", "MJ", "GJ"),
        state_class=TOTAL,
        precision=2,
        low=0,
    ),
    _Rule(
        words=_words("flow durchfluss"),
        device_class="volume_flow_rate",
        units=("m³/h", "L/h", "L/min"),
        precision=3,
        unless=_words("temperature"),
    ),
    _Rule(
        words=_words("volume volumen zaehlerstand zahlerstand register"),
        device_class="water",
        units=("m³", "L"),
        state_class=TOTAL,
        precision=3,
        low=0,
    ),
    _Rule(
        words=_words("distance abstand pegel"),
        device_class="distance",
        units=("mm", "cm", "m"),
        low=0,
    ),
    _Rule(
        words=_words("rain precipitation niederschlag"),
        device_class="precipitation",
        units=("mm",),
        state_class=TOTAL,
        low=0,
    ),
    _Rule(
        words=_words("gust windspeed windgeschwindigkeit"),
        device_class="wind_speed",
        units=("m/s", "km/h"),
        low=0,
        high=450,
    ),
    _Rule(
        words=_words("wind"),
        device_class="wind_speed",
        units=("m/s", "km/h"),
        low=0,
        high=450,
        unless=_words("direction dir"),
    ),
    _Rule(
        words=_words("speed geschwindigkeit"),
        device_class="speed",
        units=("m/s", "km/h"),
        low=0,
        unless=_words("fan motor"),
    ),
    _Rule(
        words=_words("lat lon lng latitude longitude"),
        device_class=None,
        units=("°",),
        state_class=None,
        low=-180,
        high=180,
    ),
    _Rule(words=_words("direction winddir"), device_class=None, units=("°",), low=0, high=360),
    _Rule(words=_words("weight gewicht"), device_class="weight", units=("kg", "g")),
    _Rule(words=_words("ph"), device_class="ph", low=0, high=14),
    _Rule(
        words=_words("conductivity leitfaehigkeit ec"),
        device_class="conductivity",
        units=("μS/cm", "mS/cm"),
        low=0,
    ),
    _Rule(
        words=_words("sound laeq noise laerm"),
        device_class="sound_pressure",
        units=("dB",),
    ),
    _Rule(
        words=_words("count counter pulse pulses impulse total"),
        device_class=None,
        state_class=TOTAL,
        precision=0,
        low=0,
    ),
)

# A unit alone says what the quantity is, where no word of the key does.
_BY_UNIT: Final[Mapping[str, tuple[str, str]]] = {
    "°C": ("temperature", MEASUREMENT),
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
}

# Beyond these a unit that stands beside a value is wrong, as some parsers' units are.
_MOST: Final[Mapping[str, float]] = {"°C": 2000, "hPa": 2000, "mbar": 2000, "%": 1000}

_BINARY_RULES: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (_words("door tuer tur"), "door"),
    (_words("window fenster"), "window"),
    (_words("open opened contact reed kontakt"), "opening"),
    (_words("motion pir bewegung"), "motion"),
    (_words("presence occupied occupancy belegt parked"), "occupancy"),
    (_words("leak leakage flood"), "moisture"),
    (_words("tamper manipulation sabotage"), "tamper"),
    (_words("smoke rauch"), "smoke"),
    (_words("alarm error fault"), "problem"),
)
_TRUE: Final = frozenset({"true", "open", "opened", "on", "yes", "occupied"})
_FALSE: Final = frozenset({"false", "closed", "close", "off", "no", "free"})

# Words that tell of the message or the device, and of nothing in the world.
_HOUSEKEEPING: Final = _words(
    "version protocol header message index mode registers configured id serial"
    " offset timestamp type unit qualifier medium port code address meter status"
    " firmware manufacturer din number parser error"
)
# Words at the end of a key that make it a setting of the device.
_SETTINGS: Final = _words("offset threshold limit interval")
# wM-Bus values that a meter has marked as not valid.
_INVALID: Final = re.compile(r"_error_value_")
_OBIS: Final = re.compile(r"^(?:1[-_]0[:_])?(?:1|2|16)[._](8|29|7)[._]\d+$")
_STORED: Final = re.compile(r"^(\d+)_\d+_\d+_")


def readable(key: str) -> bool:
    """Say whether a key is worth an entity: a meter's invalid values are not."""
    return not _INVALID.search(key)


def tokens(key: str) -> list[str]:
    """Return the words of a key, lower case, split at any border."""
    # Not after a single letter: kWh is one word.
    spaced = re.sub(r"([a-z0-9]{2})([A-Z])", r"\1 \2", key)
    # Nor within the one word that has a point of its own.
    spaced = re.sub(r"(?i)pm2[._]5", "pm25", spaced)
    return [word for word in re.split(r"[^a-zäöüß0-9%°³/]+", spaced.lower()) if word]


def unit_of(text: Any) -> str | None:
    """Return a unit in Home Assistant's spelling, or None when it is none known."""
    return _UNITS.get(text.strip().lower()) if isinstance(text, str) else None


def as_flag(value: Scalar) -> bool | None:
    """Return a yes or no, however a parser writes it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    return None


# A shorter word with a number behind it is a word of its own: co2, pm10.
SHORTEST: Final = 3


def infer(
    key: str,
    value: Scalar,
    *,
    unit: str | None = None,
    context: Iterable[str] = (),
) -> Meaning:
    """Return how a value is best shown.

    Args:
        key: The parser's name for it.
        value: A first value of it.
        unit: Unit that stood beside the value, in any spelling.
        context: Words about the device, such as its medium or folder.

    """
    words = tokens(key)
    # A number behind a word tells channels apart: temperature1 is a temperature.
    found = {*words, *(plain for word in words if len(plain := word.rstrip("0123456789")) >= SHORTEST)}
    if (binary := _binary(found, value)) is not None:
        return binary
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return Meaning(diagnostic=bool(found & _HOUSEKEEPING), enabled=not found & _HOUSEKEEPING)
    if words and words[-1] in _SETTINGS:
        return Meaning(unit=unit_of(unit), diagnostic=True, enabled=False)
    known = unit_of(unit) or _suffix_unit(words)
    if (meter := _obis(key)) is not None and known in (None, meter.unit):
        return meter
    meaning = _by_words(found, value, known)
    if meaning is None and known is not None:
        meaning = _by_unit(known, value)
    if meaning is None:
        meaning = Meaning(
            unit=known if known is None or abs(value) <= _MOST.get(known, float("inf")) else None,
            state_class=None if found & _HOUSEKEEPING else MEASUREMENT,
            diagnostic=bool(found & _HOUSEKEEPING),
            enabled=not found & _HOUSEKEEPING,
        )
    if meaning.device_class == "water":
        medium = _medium(found | set(_spread(context)))
        # A register is of water or gas only where something else says so.
        nothing = medium == "volume" and "register" in found and known is None
        meaning = replace(meaning, device_class=None, unit=None) if nothing else replace(meaning, device_class=medium)
    if (stored := _STORED.match(key)) is not None and stored[1] != "0":
        # A due date's value stands still for a year: no part of a running total.
        meaning = replace(meaning, state_class=None, diagnostic=True)
    return meaning


def _spread(context: Iterable[str]) -> Iterable[str]:
    for text in context:
        yield from tokens(text)


def _binary(words: set[str], value: Scalar) -> Meaning | None:
    if as_flag(value) is None or (words & {"count", "counter", "total"}):
        return None
    for rule, device_class in _BINARY_RULES:
        if words & rule:
            return Meaning(
                platform="binary_sensor",
                device_class=device_class,
                diagnostic=device_class in ("tamper", "problem"),
            )
    if isinstance(value, bool):
        return Meaning(platform="binary_sensor")
    return None


def _suffix_unit(words: list[str]) -> str | None:
    """Return the unit in which a key ends, as in ``zaehlerstand_m_3``."""
    if len(words) > 1 and words[-2:] == ["m", "3"]:
        return "m³"
    # One letter at the end is more often a number of a channel than a unit.
    if len(words) > 1 and (len(words[-1]) > 1 or words[-1] in "%°"):
        return _UNITS.get(words[-1])
    return None


def _obis(key: str) -> Meaning | None:
    """Return the meaning of an OBIS code: 1.8 is imported, 2.8 exported energy."""
    if (match := _OBIS.match(key)) is None:
        return None
    if match[1] == "7":
        return Meaning(device_class="power", unit="W", state_class=MEASUREMENT)
    return Meaning(device_class="energy", unit="kWh", state_class=TOTAL, precision=2)


def _by_words(words: set[str], value: float, unit: str | None) -> Meaning | None:
    for rule in _SENSOR_RULES:
        if not words & rule.words or words & rule.unless:
            continue
        if unit is not None and unit not in rule.units:
            continue
        if not rule.low <= value <= rule.high:
            continue
        chosen = unit or _likely_unit(rule, value)
        return Meaning(
            device_class=rule.device_class,
            unit=chosen,
            state_class=rule.state_class,
            precision=rule.precision if chosen != "mV" else 0,
            diagnostic=rule.diagnostic,
            enabled=rule.enabled,
        )
    if words & {"battery", "batt", "bat", "akku", "batterie"} and unit is None:
        # Beyond a hundred it is no percentage; batteries are measured in mV there.
        return Meaning(
            device_class="voltage",
            unit="mV",
            state_class=MEASUREMENT,
            diagnostic=True,
        )
    return None


def _likely_unit(rule: _Rule, value: float) -> str | None:
    if not rule.units:
        return None
    # No supply that a battery device measures has a thousand volts.
    if rule.device_class == "voltage" and abs(value) >= 1000:  # noqa: PLR2004
        return "mV"
    return rule.units[0]


def _by_unit(unit: str, value: float) -> Meaning | None:
    if abs(value) > _MOST.get(unit, float("inf")):
        return None
    device_class, state_class = _BY_UNIT.get(unit, (None, MEASUREMENT))
    return Meaning(device_class=device_class, unit=unit, state_class=state_class)


_WATER: Final = ("water", "hotwater", "coldwater", "wasser", "kaltwasser", "warmwasser")


def _medium(words: set[str]) -> str:
    """Return what a volume is of; unknown is told from water."""
    if any(word in ("gas", "erdgas") or word.startswith(("gasz", "gasmeter")) for word in words):
        return "gas"
    # German joins its words: Wasserzähler, Kaltwasserzähler.
    if any(word.startswith(_WATER) for word in words):
        return "water"
    return "volume"


DEEPEST: Final = 8
LONGEST: Final = 16


def flatten(data: Mapping[str, Any], prefix: str = "", depth: int = DEEPEST) -> dict[str, Scalar]:
    """Return nested readings with their paths as keys, such as ``gps.lat``.

    What lies deeper than anybody nests, and lists of samples, are left out: each
    item would become an entity.
    """
    flat: dict[str, Scalar] = {}
    for name, value in data.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            if depth:
                flat |= flatten(value, f"{key}.", depth - 1)
        elif isinstance(value, list):
            if depth and len(value) <= LONGEST:
                flat |= flatten({str(at): item for at, item in enumerate(value)}, f"{key}.", depth - 1)
        elif key and (value is None or isinstance(value, str | int | float | bool)):
            flat[key] = value
    return flat


def companions(flat: Mapping[str, Scalar]) -> dict[str, str]:
    """Return units that stand in a reading of their own, by the key they are for.

    ``temperature_unit`` is for ``temperature``; a lone ``unit`` is for the one
    number of the reading.
    """
    units = {
        key.removesuffix("_unit"): value
        for key, value in flat.items()
        if key.endswith("_unit") and isinstance(value, str)
    }
    if isinstance(lone := flat.get("unit"), str):
        numbers = [
            key
            for key, value in flat.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and not set(tokens(key)) & _HOUSEKEEPING
        ]
        if len(numbers) == 1:
            units[numbers[0]] = lone
    return units


def is_companion(key: str) -> bool:
    """Say whether a key only tells the unit of another."""
    return key == "unit" or key.endswith("_unit")


def take_values(
    device: LorawanDevice, data: Mapping[str, Any], measured_at: float, inserted_at: float = 0.0
) -> set[str]:
    """Take values that a platform has decoded; returns the keys whose state changed.

    Args:
        device: Whose values they are.
        data: Values by the parser's names, nested as they came.
        measured_at: When they were measured, Unix time.
        inserted_at: When the platform took them in, see ``LorawanDevice.measure``.

    """
    flat = flatten(data)
    units = companions(flat)
    context = [text for text in (device.area, device.model, device.name, flat.get("medium")) if isinstance(text, str)]
    changed = set()
    for key, value in flat.items():
        if is_companion(key) or not readable(key):
            continue
        known = device.values.get(key)
        if known is None and value is None:
            # What it means shows only with a first value.
            continue
        meaning = known.meaning if known is not None else infer(key, value, unit=units.get(key), context=context)
        plain = as_flag(value) if meaning.platform == "binary_sensor" else value
        if device.measure(key, plain, measured_at, meaning, inserted_at):
            changed.add(key)
    return changed
