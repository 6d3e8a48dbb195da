"""Inference of a value's description from its key, unit and first value.

Wire code. Platforms deliver decoded values under keys named by hundreds of parsers, in
English and German, mostly without a unit. Sources, most reliable first: a unit delivered
with the value, a unit at the end of the key, words in the key. A value that is impossible
for a quantity rules it out, or chooses between the units that the words allow; a value alone
never suggests a quantity. A unit is assumed only where all parsers mean the same one; a
quantity of an unknown unit has neither unit nor device class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
import re
from typing import Final

from .codes import read_code
from .model import Scalar, ValueDescription
from .quantities import BY_UNIT, MAX_ABSOLUTE, MEASUREMENT, SENSOR_RULES, TOTAL, Rule, words as words_of
from .units import is_unit, unit_of

_BINARY_RULES: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (words_of("door doorstate tuer tür tur"), "door"),
    (words_of("window fenster"), "window"),
    (words_of("open opened opening contact reed kontakt magnet intrusion"), "opening"),
    (words_of("motion pir bewegung movement"), "motion"),
    (words_of("moving"), "moving"),
    (words_of("presence occupied occupancy belegt parked anwesenheit"), "occupancy"),
    (words_of("leak leakage leckage flood waterleak überflutung"), "moisture"),
    (words_of("tamper boxtamper manipulation sabotage"), "tamper"),
    (words_of("smoke rauch"), "smoke"),
    (words_of("vibration"), "vibration"),
    (words_of("alarm error fault fehler störung"), "problem"),
)
_ALARMS: Final[Mapping[str, str]] = {"co": "carbon_monoxide", "gas": "gas"}
# Flags, steps and changes of a quantity, which are not the quantity.
_FLAG_WORDS: Final = words_of(
    "changed change darker brighter lower higher low high exceeded detected geändert invalid valid flag enabled enable"
    " disabled active connected missing failed failure triggered reset snow schnee frost freeze freezing backflow burst"
    " dry warn warning batterywarn empty full i2c pt100 pt1000 locked continous continuous broken sos trip"
)
_DETECTORS: Final = words_of("leak leakage leckage motion smoke tamper waterleak flood")
_OPPOSITES: Final = words_of("closed geschlossen release released cleared restored")
# Words that deny what the other words of a flag mean.
_DENIALS: Final = words_of("invalid valid enabled enable disabled active connected missing failed failure reset")
_TEMPERATURES: Final = words_of("temp temperature")
_DURATIONS: Final = words_of("time duration interval runtime uptime dauer laufzeit period age timeout")
_PERIODS: Final = words_of("last per every letzte pro")
_TIME_UNITS: Final = ("ms", "s", "min", "h", "d", "weeks")
# Units of a single letter, and the words of their quantities.
_LETTERS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "c": ("°C", _TEMPERATURES),
    "f": ("°F", _TEMPERATURES),
    "v": ("V", words_of("voltage spannung")),
    "a": ("A", words_of("current strom")),
    "w": ("W", words_of("power leistung")),
    "h": ("h", _DURATIONS),
    "s": ("s", _DURATIONS),
}
# Words of numbers, even if the value is 0 or 1.
_NUMBER_WORDS: Final = words_of("count counter total duration times time threshold sum anzahl number")
_NO_QUANTITY: Final = words_of(
    "status state step steps times conv conversion factor ratio threshold limit change accuracy gain sensitivity raw id"
    " index level"
)
# Steps that are in most parsers a quantity.
_LEVELS: Final = words_of("co2 noise sound battery water fill pegel")
_REGISTERS: Final = words_of("register zaehlerstand zahlerstand zählerstand volume meterreading")
# Registers that are read in the unit of the bill.
_METER_READINGS: Final = words_of("zaehlerstand zahlerstand zählerstand")
_VOLUMES: Final = ("m³", "L")
_REGISTER_UNITS: Final = (*_VOLUMES, "kWh", "Wh", "MWh")
# Larger readings are in a smaller unit.
_MAX_READING: Final = 1_000_000
# Values of a date or a period that has passed.
_STORED_WORDS: Final = words_of(
    "target due stichtag vorjahr vormonat previous prev last letzte letzter letztes vorheriger yesterday gestern"
)
_BATTERY: Final = words_of("battery batt bat akku batterie")
_BATTERY_LOW: Final = words_of("low warn warning empty batterywarn")
_ON_WORDS: Final = frozenset({"true", "open", "opened", "on", "yes", "occupied"})
_OFF_WORDS: Final = frozenset({"false", "closed", "close", "off", "no", "free"})
# Words that are booleans whatever the key is.
_BOOLEANS: Final = frozenset({"true", "false", "yes", "no"})

# Words of values that describe the message or the device.
METADATA_WORDS: Final = words_of(
    "version protocol header message index mode registers configured id serial"
    " offset timestamp type unit qualifier medium port code address meter status"
    " firmware hardware manufacturer din number parser error sn cause reason"
    " memory tariff sub subdevice function storage"
)
# Metadata whose numbers are written as texts.
_TEXT_WORDS: Final = words_of(
    "id serial sn version firmware hardware din address code date datetime timestamp manufacturer"
)
# Last words of keys that are settings of the device.
_SETTING_WORDS: Final = words_of("offset threshold limit interval conv conversion")
# Part of the keys of wM-Bus values that a meter has marked as invalid.
_INVALID: Final = "_error_value_"
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
    "voltage": "voltage",
    "temperature": "temperature",
    "humidity": "humidity",
    "kontakt": "kontakt",
    "richtung": "richtung",
    "leckage": "leckage",
}
# Beginnings of German compound words, and the word that each of them means.
_BEGINNINGS: Final[Mapping[str, str]] = {
    "fenster": "fenster",
    "tuerkontakt": "tuer",
    "türkontakt": "tuer",
    "rauch": "rauch",
    "batterie": "batterie",
    "akku": "akku",
    "niederschlag": "niederschlag",
    "bewegung": "bewegung",
    "wind": "wind",
    "beleuchtung": "helligkeit",
}
# Units of counters, which stand anywhere in a key.
_COUNTED: Final = words_of("kwh wh m3 m³")
# Words that the device class of a soil or a meter differs by.
_SOIL: Final = words_of("soil boden")

# Sources of a meaning, strongest first.
SOURCE_USER: Final = "user"
SOURCE_BESIDE: Final = "unit_beside"
SOURCE_PARSER: Final = "parser_fields"
SOURCE_KEY: Final = "unit_in_key"
SOURCE_CODE: Final = "meter_code"
SOURCE_CONTEXT: Final = "context"
SOURCE_WORDS: Final = "words"
SOURCE_VALUE: Final = "value"

_NUMBER: Final = re.compile(r"\s*([+-]?\d{1,15}(?:[.,]\d+)?(?:[eE][+-]?\d{1,2})?)\s*(\D{0,12})")
_LEADING_ZERO: Final = re.compile(r"\s*[+-]?0\d")
# Values by which sensors and parsers report that there is none, of 16 and 32 bits, also scaled.
_ERROR_NUMBERS: Final = (65535, 65534, 32767, 32768, 4294967295, 2147483647, 2147483648)
_HIGHEST_ERROR: Final = max(_ERROR_NUMBERS)
# In thousandths, since rounding to an integer costs a tenth of rounding to three digits.
_ERROR_VALUES: Final = frozenset(
    sign * number * 1000 // scale for number in _ERROR_NUMBERS for scale in (1, 10, 100, 1000) for sign in (1, -1)
) - {65_535, 65_534, 32_767, 32_768, -32_767, -65_534, -65_535}
_ERROR_TEXT: Final = re.compile(r"\s*(?:invalid\b.*|nan|null|)\s*", re.IGNORECASE)
# Texts that stand in the place of a number.
_NO_NUMBER: Final = re.compile(r"\s*(?:none|n/?a|[-?]+|no sensor|err(?:or)?|unknown)\s*", re.IGNORECASE)


def is_valid_key(key: str) -> bool:
    """Return whether a key belongs to a value that the meter has not marked as invalid."""
    return _INVALID not in f"{key}_"


def tokens(key: str) -> list[str]:
    """Return the words of a key in lower case."""
    # A word does not end after a single letter: kWh is one word.
    spaced = re.sub(r"([a-z0-9]{2})([A-Z])", r"\1 \2", key)
    # PM2.5 contains a separator.
    spaced = re.sub(r"(?i)pm(\d)[._](5|0)", lambda match: f"pm{match[1]}{match[2].replace('0', '')}", spaced)
    return [word for word in re.split(r"[^a-zäöüß0-9%°³/]+", spaced.lower()) if word]


def number_of(text: str) -> tuple[float | int, str] | None:
    """Return the number of a text and the unit behind it, or None for another text."""
    if (match := _NUMBER.fullmatch(text)) is None or _LEADING_ZERO.match(text):
        return None
    unit = match[2].strip()
    if unit and unit_of(unit) is None:
        return None
    digits = match[1].replace(",", ".")
    return (int(digits) if digits.lstrip("+-").isdigit() else float(digits)), unit


def is_error_value(value: Scalar) -> bool:
    """Return whether a value reports that there is none, such as 65535, -327.68 or ``invalid date``."""
    if isinstance(value, str):
        return _ERROR_TEXT.fullmatch(value) is not None
    if value is None or isinstance(value, bool):
        return False
    return -_HIGHEST_ERROR <= value <= _HIGHEST_ERROR and round(value * 1000) in _ERROR_VALUES


def is_no_number(text: str) -> bool:
    """Return whether a text in the place of a number reports that there is none."""
    return is_error_value(text) or _NO_NUMBER.fullmatch(text) is not None


def as_flag(value: Scalar) -> bool | None:
    """Return a boolean, which parsers also write as a number or a word."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _ON_WORDS or word == "1":
            return True
        if word in _OFF_WORDS or word == "0":
            return False
    return None


# Voltages of batteries.
HIGHEST_VOLTS: Final = 5
HIGHEST_DECLARED_VOLTS: Final = 60
LOWEST_MILLIVOLTS: Final = 1000
HIGHEST_MILLIVOLTS: Final = 60_000
# A shorter word keeps its trailing digits: co2, pm10.
MIN_WORD_LENGTH: Final = 3


class _Subject:
    """Key that is described, with its words and its surroundings."""

    __slots__ = ("context", "key", "parts", "words")

    def __init__(self, key: str, parts: list[str], context: list[str]) -> None:
        """Initialize from the parts of a key."""
        self.key = key
        self.parts = parts
        self.words = _words_of(parts)
        self.context = context


def infer(
    key: str,
    value: Scalar,
    *,
    unit: str | None = None,
    context: Iterable[str] = (),
    field_unit: str | None = None,
) -> ValueDescription:
    """Return the most likely description of a value.

    Args:
        key: Parser's name of the value.
        value: First value.
        unit: Unit that was delivered with the value, in any spelling.
        context: Texts about the device, such as its medium or folder.
        field_unit: Unit that the parser declares for the key, which is not always right.

    """
    subject = _Subject(key, tokens(key), [*context])
    words = subject.words
    if (binary := _binary(words, value, subject.context)) is not None:
        return binary
    is_metadata = bool(words & METADATA_WORDS)
    if isinstance(value, str) and not words & _TEXT_WORDS and (parsed := number_of(value)) is not None:
        value, delivered = parsed
        unit = unit or delivered or None
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return ValueDescription(diagnostic=is_metadata, enabled=not is_metadata, source=SOURCE_VALUE)
    if unit is None and field_unit is not None:
        declared = _infer_number(subject, value, field_unit)
        if _agrees(words, declared, field_unit, value):
            return replace(declared, source=SOURCE_PARSER)
    return _infer_number(subject, value, unit)


def _agrees(words: set[str], declared: ValueDescription, field_unit: str, value: float) -> bool:
    """Return whether a unit that a parser declares is possible for the words of the key and the value."""
    if not is_unit(field_unit) or (unit_of(field_unit) is not None and declared.unit is None):
        return False
    if words & _BATTERY:
        return declared.unit in ("%", "V", "mV", "d") and (declared.unit != "V" or value <= HIGHEST_DECLARED_VOLTS)
    quantities = [rule for rule in SENSOR_RULES if words & rule.words and not words & rule.unless and rule.units]
    return not quantities or any(declared.unit in rule.units for rule in quantities) or unit_of(field_unit) is None


def _infer_number(subject: _Subject, value: float, unit: str | None) -> ValueDescription:
    key, parts, words, context = subject.key, subject.parts, subject.words, subject.context
    is_metadata = bool(words & METADATA_WORDS)
    declared = unit.strip() if unit is not None and is_unit(unit) else None
    known = unit_of(declared)
    source = SOURCE_BESIDE if declared is not None else SOURCE_WORDS
    if parts and parts[-1].rstrip("0123456789") in _SETTING_WORDS:
        return ValueDescription(unit=known or declared, diagnostic=True, enabled=False, source=source)
    code = read_code(key)
    if code is not None and code.description is not None and (meter := _meter(code.description, known, declared)):
        return replace(meter, source=SOURCE_BESIDE if declared is not None else SOURCE_CODE)
    if known is None and declared is None and (known := _suffix_unit(parts, key, value)) is not None:
        source = SOURCE_KEY
    if known is None and declared is None and words & _REGISTERS and (register := _register(words, value, context)):
        return register
    # A unit that is not known may belong to any quantity.
    is_other = known is None and (declared is not None or (words & _NO_QUANTITY and not _is_level(words)))
    description = None if is_other else _by_words(words, value, known)
    if description is None and known is not None:
        description = _by_unit(known, value)
    if description is None:
        shown = known if known is not None else declared
        description = ValueDescription(
            unit=shown if shown is None or _is_plausible(value, shown) else None,
            state_class=None if is_metadata and shown is None else MEASUREMENT,
            diagnostic=is_metadata,
            enabled=not is_metadata,
        )
        source = source if shown is not None else SOURCE_VALUE
    if description.device_class == "water":
        medium = _medium(words, context)
        # Home Assistant measures no gas in gallons.
        description = replace(description, device_class="volume" if (medium, known) == ("gas", "gal") else medium)
    is_due = description.state_class == TOTAL and words & _STORED_WORDS
    if is_due or (code is not None and code.storage):
        # The value of a due date stays the same for a year, so it is not part of a running total.
        description = replace(description, state_class=None, diagnostic=True)
    return replace(description, source=source)


def _is_level(words: set[str]) -> bool:
    return "level" in words and bool(words & _LEVELS) and not words & (_NO_QUANTITY - {"level"})


def _meter(description: ValueDescription, unit: str | None, declared: str | None) -> ValueDescription | None:
    """Return the description of an OBIS code in the unit that was delivered, or None if that is another quantity."""
    if declared is None or unit == description.unit:
        return description
    units = next((rule.units for rule in SENSOR_RULES if rule.device_class == description.device_class), ())
    if description.device_class in _MEDIA:
        units = _VOLUMES
    return replace(description, unit=unit) if unit in units else None


def _words_of(parts: list[str]) -> set[str]:
    """Return the words of a key, also those within compound words and before the number of a channel."""
    words = {*parts, *(name for part in parts if len(name := part.rstrip("0123456789")) >= MIN_WORD_LENGTH)}
    words |= {meaning for part in parts for ending, meaning in _ENDINGS.items() if part.endswith(ending)}
    words |= {meaning for part in parts for beginning, meaning in _BEGINNINGS.items() if part.startswith(beginning)}
    # TempC is a temperature in °C.
    words |= {"temp" for part in parts if part.rstrip("0123456789") in ("tempc", "tempf")}
    if "wind" in words and words & {"direction", "dir", "richtung"}:
        words = (words - {"wind"}) | {"winddir"}
    if "water" in words and words & _SOIL:
        words = (words - {"water"}) | {"moisture"}
    return words


def _binary(words: set[str], value: Scalar, context: list[str]) -> ValueDescription | None:
    is_boolean = isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _BOOLEANS)
    if as_flag(value) is None or (words & _NUMBER_WORDS and not is_boolean):
        return None
    device_class = next((device_class for rule, device_class in _BINARY_RULES if words & rule), None)
    if device_class == "problem":
        # Without the alarm, these are quantities that may be 0 or 1 as well.
        device_class = next((_ALARMS[word] for word in _ALARMS if word in words), device_class)
    if words & _BATTERY and (words & _BATTERY_LOW or is_boolean):
        # Without another word, only a battery that is low is reported as a flag.
        is_low = words & _BATTERY_LOW or not words - _BATTERY
        device_class = "battery" if is_low and not words & _DENIALS else None
    elif words & _FLAG_WORDS and (not words & _DETECTORS or words & _DENIALS):
        # A change of a quantity is not the quantity.
        device_class = "battery" if "batterywarn" in words else None
    elif words & _OPPOSITES:
        # On means closed, which is the opposite of every device class.
        device_class = None
    elif device_class is None and "state" in words and _is_parking(context):
        device_class = "occupancy"
    elif device_class is None and not is_boolean:
        return None
    return ValueDescription(
        platform="binary_sensor",
        device_class=device_class,
        diagnostic=device_class in ("battery", "tamper", "problem"),
        source=SOURCE_WORDS if device_class is not None else SOURCE_VALUE,
    )


def _is_parking(context: list[str]) -> bool:
    return any(word.startswith("park") for text in context for word in tokens(text))


def _suffix_unit(parts: list[str], key: str, value: float) -> str | None:
    """Return the unit at the end of a key, such as ``zaehlerstand_m_3``."""
    counted = next((part for part in parts if part in _COUNTED), None)
    if counted is not None:
        return unit_of(counted)
    last, words = parts[-1] if len(parts) > 1 else "", set(parts)
    if not last or parts[-2:] == ["m", "3"]:
        return "m³" if last else None
    if last in ("v", "mv") and words & _BATTERY:
        return "mV" if last == "mv" or value >= LOWEST_MILLIVOLTS else "V"
    unit = unit_of(key[-len(last) :])
    if (last == "min" and not words & _DURATIONS) or (words & _PERIODS and unit in _TIME_UNITS):
        # Here, it is the minimum, or the length of a period.
        return None
    if len(last) > 1 or last in "%°" or key.endswith(("_W", "_V", "_A")):
        return unit
    # Without its quantity, a single letter at the end is more often the name of a channel than a unit.
    letter, quantities = _LETTERS.get(last, ("", frozenset()))
    return letter if _words_of(parts[:-1]) & quantities else None


def _register(words: set[str], value: float, context: list[str]) -> ValueDescription | None:
    """Return the description of a meter's register, from the medium or the kind of its device.

    The medium of a meter may name the unit of its register, such as ``water_m3``. A meter
    reading is in the unit of the bill; any other register has no usual unit.
    """
    units = (_suffix_unit(tokens(text), text, value) for text in context)
    unit = next((found for found in units if found in _REGISTER_UNITS), None)
    medium = _medium_of(words.union(*(tokens(text) for text in context)))
    if unit is None and words & _METER_READINGS and value < _MAX_READING:
        unit = {"electricity": "kWh", "water": "m³", "gas": "m³"}.get(medium or "")
    if unit is None and medium is None:
        return None
    device_class = None if unit is None else "energy" if unit not in _VOLUMES else _medium(words, context)
    state_class = None if words & _STORED_WORDS else TOTAL
    precision = None if unit is None else 2 if device_class == "energy" else 3
    return ValueDescription(
        device_class=device_class, unit=unit, state_class=state_class, precision=precision, source=SOURCE_CONTEXT
    )


def _by_words(words: set[str], value: float, unit: str | None) -> ValueDescription | None:
    if words & _BATTERY and unit is None and (battery := _battery(words, value)) is not None:
        return battery
    if unit is not None and not _is_plausible(value, unit):
        return None
    for rule in SENSOR_RULES:
        if not words & rule.words or words & rule.unless:
            continue
        if rule.needs_unit if unit is None else unit not in rule.units:
            continue
        if not rule.low <= value <= rule.high:
            continue
        likely_unit = unit or _assumed_unit(rule, value)
        if unit is None and likely_unit == "%" and 0 < value < 1:
            # This may be a ratio as well.
            likely_unit = None
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
    if words & {"lifetime", "days", "tage", "semester"}:
        return ValueDescription(state_class=MEASUREMENT, diagnostic=True)
    is_voltage = bool(words & {"voltage", "spannung", "volt", "volts", "v"})
    if LOWEST_MILLIVOLTS <= value <= HIGHEST_MILLIVOLTS:
        unit = "mV"
    elif 0 <= value <= HIGHEST_VOLTS and (is_voltage or not float(value).is_integer()):
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


def _assumed_unit(rule: Rule, value: float) -> str | None:
    # No supply measured by a battery-powered device has 1000 V.
    if rule.device_class == "voltage" and abs(value) >= LOWEST_MILLIVOLTS:
        return "mV"
    return rule.assumed


def _by_unit(unit: str, value: float) -> ValueDescription | None:
    if not _is_plausible(value, unit):
        return None
    device_class, state_class = BY_UNIT.get(unit, (None, MEASUREMENT))
    return ValueDescription(device_class=device_class, unit=unit, state_class=state_class)


def _is_plausible(value: float, unit: str) -> bool:
    return abs(value) <= MAX_ABSOLUTE.get(unit, float("inf"))


# Limits of values whose meaning is known, wider than those within which a meaning is assumed.
_LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "battery": (0, 110),
    "humidity": (0, 110),
    "moisture": (0, 110),
    "temperature": (-273.15, 2000),
    "voltage": (float("-inf"), float("inf")),
}
# No supply of a device that runs on a battery, and no house, has more volts.
_MAX_VOLTS: Final = 1000.0


@lru_cache(maxsize=1024)
def limits_of(device_class: str | None, unit: str | None) -> tuple[float, float]:
    """Return the smallest and the largest plausible value of a device class in a unit."""
    if device_class == "voltage" and unit == "V":
        return -_MAX_VOLTS, _MAX_VOLTS
    absolute = MAX_ABSOLUTE.get(unit or "", float("inf"))
    rules = [rule for rule in SENSOR_RULES if rule.device_class == device_class and device_class is not None]
    low = min((rule.low for rule in rules), default=float("-inf"))
    high = max((rule.high for rule in rules), default=float("inf"))
    low, high = _LIMITS.get(device_class or "", (low, high))
    return max(low, -absolute), min(high, absolute)


_WATER: Final = ("water", "hotwater", "coldwater", "wasser", "kaltwasser", "warmwasser")
_ELECTRICITY: Final = ("electric", "strom", "elektr", "emeter", "powermeter")
_ELECTRICITY_METERS: Final = ({"e", "meter"}, {"power", "meter"})
_HEAT: Final = ("heat", "wärme", "waerme", "calorimeter", "kalorimeter")
_MEDIA: Final = ("water", "gas", "volume")


def _medium_of(words: Iterable[str]) -> str | None:
    """Return what a meter measures: electricity, heat, gas, water, or None."""
    found = {*words}
    if any(word in ("gas", "erdgas") or word.startswith(("gasz", "gasmeter")) for word in found):
        return "gas"
    if any(word.startswith(_ELECTRICITY) for word in found) or any(meter <= found for meter in _ELECTRICITY_METERS):
        return "electricity"
    if any(word.startswith(_HEAT) for word in found):
        return "heat"
    # German has compound words: Wasserzähler, Kaltwasserzähler.
    return "water" if any(word.startswith(_WATER) for word in found) else None


def _medium(words: set[str], context: list[str]) -> str:
    """Return the medium of a volume: gas, water, or generic volume."""
    medium = _medium_of(words.union(*(tokens(text) for text in context)))
    return medium if medium in ("gas", "water") else "volume"
