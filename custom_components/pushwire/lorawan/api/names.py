"""Names of values, from the keys that a parser gives them.

Wire code. A name consists of words, which have a translation if they are usual ones, and of
ends, such as the number of a channel or a tariff.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
import re
from typing import Final

from ...wire.text import MAX_NAME_LENGTH, shorten
from .codes import MeterCode, read_code
from .units import UNITS, unit_of

_ACRONYMS: Final = {
    word.lower(): word
    for words in (
        "AC ADC AQI CO CO2 CPU DC DIN DS EC GPS HCA I2C IAQ ID IR LED LQI LTE MCU NO2 O3 PAR PIR",
        "PM1 PM10 PM2.5 PM4 RMS RSSI SHT SNR SO2 SOS TVOC USB UV VOC pH",
    )
    for word in words.split()
}
# Words that parsers write in several ways, and the word in the keys of the translations.
_SYNONYMS: Final[Mapping[str, str]] = {
    word: canonical
    for canonical, words in {
        "absolute": "absolut",
        "acceleration": "acc accel",
        "air": "luft",
        "apparent_power": "papp scheinleistung",
        "altitude": "alt",
        "average": "avg mean durchschnitt mittel",
        "battery": "bat batt batterie akku",
        "battery_voltage": "batteriespannung vbat batv vbatt battv",
        "carbon_dioxide": "co2",
        "carbon_monoxide": "co",
        "channel": "chn ch kanal",
        "conductivity": "conduct leitfaehigkeit leitfähigkeit ec",
        "contact": "kontakt",
        "count": "anzahl",
        "counter": "zaehler zähler cnt",
        "current": "strom",
        "dew_point": "taupunkt dewpoint",
        "direction": "dir richtung",
        "distance": "abstand distanz",
        "door": "tuer tür",
        "duration": "dauer",
        "energy": "energie",
        "external": "ext",
        "flow": "durchfluss",
        "flow_temperature": "vorlauf vorlauftemperatur",
        "fill_level": "fuellstand füllstand",
        "frequency": "freq frequenz",
        "humidity": "hum feuchte luftfeuchte luftfeuchtigkeit feuchtigkeit rh",
        "illuminance": "lux helligkeit beleuchtungsstaerke illumination luminosity beleuchtung",
        "internal": "int intern",
        "latitude": "lat",
        "leak": "leckage leakage",
        "level": "pegel",
        "longitude": "lon lng long",
        "maximum": "max",
        "meter_reading": "zaehlerstand zahlerstand zählerstand",
        "minimum": "min",
        "soil_moisture": "bodenfeuchte vwc",
        "motion": "bewegung",
        "noise": "laerm lärm",
        "occupied": "belegt",
        "open": "opened geoeffnet offen",
        "power": "leistung",
        "precipitation": "rain rainfall niederschlag regen",
        "pressure": "druck pres",
        "pulses": "pulse impulse",
        "range": "reichweite",
        "return_temperature": "ruecklauf rucklauf rücklauf ruecklauftemperatur rücklauftemperatur",
        "smoke": "rauch",
        "soil": "boden",
        "sound": "lautstaerke lautstärke",
        "speed": "geschwindigkeit",
        "temperature": "temp temperatur tempc tempf",
        "total": "gesamt sum summe",
        "voltage": "spannung volt volts vrms",
        "volume": "volumen",
        "water": "wasser",
        "weight": "gewicht",
        "wind_direction": "windrichtung winddir",
        "wind_speed": "windgeschwindigkeit windspeed",
        "window": "fenster",
    }.items()
    for word in words.split()
}  # fmt: skip
# Words that mean the device class alone, besides the class itself.
_CLASS_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "atmospheric_pressure": frozenset({"pressure", "air_pressure", "luftdruck", "barometric_pressure"}),
    "battery": frozenset({"battery_level", "battery_percent", "battery_percentage", "batteriestand"}),
    "humidity": frozenset({"relative_humidity"}),
    "illuminance": frozenset({"light", "light_intensity"}),
    "occupancy": frozenset({"occupied", "occupancy"}),
    "opening": frozenset({"open"}),
    "pm25": frozenset({"pm2.5", "pm25"}),
    "sound_pressure": frozenset({"noise", "sound", "noise_level"}),
    "volatile_organic_compounds_parts": frozenset({"voc", "tvoc"}),
    "volatile_organic_compounds": frozenset({"voc", "tvoc"}),
    "wind_direction": frozenset({"wind_direction"}),
}
# Words that may stand at either end of other words.
_RANGES: Final = ("minimum", "maximum", "average")
# Words that stand behind others, as parsers write them, and the key of their translation.
_PERIODS: Final[Mapping[tuple[str, ...], str]] = {
    ("last", "month"): "last_month",
    ("previous", "month"): "last_month",
    ("vormonat",): "last_month",
    ("last", "year"): "last_year",
    ("vorjahr",): "last_year",
    ("this", "month"): "this_month",
    ("due", "date"): "due_date",
    ("stichtag",): "due_date",
    ("today",): "today",
    ("heute",): "today",
    ("yesterday",): "yesterday",
    ("gestern",): "yesterday",
}
# Words with a number behind them, and the key of their translation.
_NUMBERED: Final[Mapping[str, str]] = {
    "tariff": "tariff",
    "tarif": "tariff",
    "phase": "phase",
    "channel": "channel",
    "chn": "channel",
    "kanal": "channel",
}
# Words of M-Bus that say nothing about the quantity.
_EMPTY: Final = (("current", "value"), ("instantaneous", "value"))
# Objects that hold the values of a reading, and say nothing about them.
_CONTAINER: Final = re.compile(
    r"(?:(?:data|decoded|details|fields|measurements?|messages?|payload|readings?|sensors?|status|telemetry|uplink"
    r"|values?)\.)+(?=\D)",
    re.IGNORECASE,
)
# Larger numbers behind a word are identifiers.
_MAX_NUMBER: Final = 999
# Shorter texts of a parser are symbols.
_MIN_DISPLAY: Final = 4
_MIN_SHOUT: Final = 6
_PERCENT: Final = ("percent", "percentage")


@dataclass(frozen=True, slots=True)
class NameParts:
    """Parts of a name.

    Attributes:
        words: Key of the translation of the words.
        text: Words as the parser writes them, for words without a translation.
        ends: Pairs of the key of a word's translation, which may be empty, and a number or word.
        is_class: Whether the words mean the device class.

    """

    words: str
    text: str
    ends: tuple[tuple[str, str], ...] = ()
    is_class: bool = False


@lru_cache(maxsize=8192)
def name_parts(key: str, device_class: str | None = None, unit: str | None = None) -> tuple[NameParts, ...]:
    """Return the parts of the name of a key, in several forms; the first one with a translation is the best.

    Args:
        key: Parser's name of the value.
        device_class: Device class of the value.
        unit: Unit of the value, which the name does not repeat.

    """
    ends: tuple[tuple[str, str], ...] = ()
    if (code := read_code(key)) is not None:
        ends = tuple(_code_ends(code))
        if code.description is not None:
            return (NameParts(code.words, humanize(code.words), ends, code.words == device_class),)
        key = code.words
    if (match := _CONTAINER.match(key)) is not None:
        key = key[match.end() :]
    forms = _forms_of(key, ends, device_class, unit)
    length = len(forms[0].text) + sum(len(" ".join(end)) + 1 for end in forms[0].ends)
    if length > MAX_NAME_LENGTH and (last := re.split(r"(?<!\d)\.+|\.+(?!\d)", key)[-1]) != key:
        # The end of a path says more than its beginning, which may still have a number.
        return _forms_of(last, forms[0].ends, device_class, unit)
    return forms


def _forms_of(
    key: str, ends: tuple[tuple[str, str], ...], device_class: str | None, unit: str | None
) -> tuple[NameParts, ...]:
    words, numbered = _without_numbered(_without_unit(_words_of_key(key), unit))
    words, number = _without_number(words)
    own = (*numbered, *((("", number),) if number else ()))
    return tuple(_forms(words, (*own, *ends), device_class))


def _code_ends(code: MeterCode) -> Iterator[tuple[str, str]]:
    if code.function:
        yield code.function, ""
    for word, number in (
        ("phase", code.phase),
        ("tariff", code.tariff),
        ("channel", code.subdevice),
        ("stored", code.storage),
    ):
        if number:
            yield word, str(number)


def _forms(words: list[str], ends: tuple[tuple[str, str], ...], device_class: str | None) -> Iterator[NameParts]:
    """Yield the whole words, then the words without ends, then the device class with the other words behind it."""
    canonical = [_SYNONYMS.get(word.lower(), word.lower()) for word in words]
    text = _readable(words)
    slug = "_".join(canonical).replace(".", "")
    if device_class == "voltage" and slug == "battery":
        slug = "battery_voltage"
    elif device_class not in (None, "current") and slug == "current":
        slug = "current_period"
    elif device_class is not None and len(words) == 1 and unit_of(words[0]) is not None:
        # The key is the unit alone.
        slug = device_class
    yield NameParts(slug, text, ends, _is_class(slug, device_class))
    for inner, own in _inner_words(canonical):
        yield NameParts(inner, text, (*own, *ends), _is_class(inner, device_class))
    if device_class is not None:
        others = [word for word, meaning in zip(words, canonical, strict=True) if not _is_class(meaning, device_class)]
        # Other words than acronyms cannot stand behind a word of another language.
        if len(others) < len(words) and all(_is_acronym(word) for word in others):
            yield NameParts(device_class, text, (*(("", _spelled(word)) for word in others), *ends), is_class=True)


def _inner_words(canonical: list[str]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield the key of words without one of their ends, and the end."""
    *first, last = canonical
    if first and last == "soil":
        yield "_".join([last, *first]), ()
    if first and len(last) == 1:
        yield "_".join(first), (("", last.upper()),)
    for period, end in _PERIODS.items():
        if len(canonical) > len(period) and tuple(canonical[-len(period) :]) == period:
            yield "_".join(canonical[: -len(period)]), ((end, ""),)
    if first and last in _RANGES:
        yield "_".join(first), ((last, ""),)
    if first and canonical[0] in _RANGES:
        yield "_".join(canonical[1:]), ((canonical[0], ""),)


def _is_class(slug: str, device_class: str | None) -> bool:
    return device_class is not None and (slug == device_class or slug in _CLASS_WORDS.get(device_class, ()))


def _words_of_key(key: str) -> list[str]:
    """Return the words of a key in its own spelling."""
    spaced = re.sub(r"(?i)pm(\d)[._](5|0)(?!\d)", lambda match: f" PM{match[1]}{'.5' if match[2] == '5' else ''} ", key)
    # TempC is a temperature in °C.
    spaced = re.sub(r"(?i)temp[cf](?=\d|_|$)", "temp", spaced)
    spaced = re.sub(r"(?<=[a-z0-9]{2})(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])", " ", spaced)
    words = [
        word if word.startswith("PM") else part
        for word in re.split(r"[\s_/,:;()\[\]-]+", spaced)
        for part in ([word] if word.startswith("PM") else re.split(r"\.+", word))
        if part
    ]
    for empty in _EMPTY:
        length = len(empty)
        for index in range(len(words) - length, 0, -1):
            if tuple(word.lower() for word in words[index : index + length]) == empty:
                del words[index : index + length]
    return words or [key.strip("_. ") or "value"]


def _without_unit(words: list[str], unit: str | None) -> list[str]:
    """Return the words of a key without units, and without the numbers of its structure."""
    if [word.lower() for word in words[-2:]] == ["m", "3"]:
        words = [*words[:-2]] or words
    kept = [word for index, word in enumerate(words) if not index or not _is_unit_word(word, unit)]
    if len(kept) > 1 and unit is not None and unit_of(kept[-1]) == unit and not kept[-1].lower().startswith("volt"):
        kept = kept[:-1]
    return kept


def _is_unit_word(word: str, unit: str | None) -> bool:
    plain = word.lower()
    if plain == "min":
        return unit == "min"
    if plain == "fahrenheit" or (len(plain) > 1 and plain in UNITS and plain not in _WORDS_AND_UNITS):
        return True
    # A single letter is more often the name of a channel than a unit.
    return plain in ("%", "°") or plain in _PERCENT


# Spellings of units that are words of names as well.
_WORDS_AND_UNITS: Final = frozenset(
    {"days", "hours", "minutes", "seconds", "weeks", "tage", "stunden", "liter", "sec", "amp", "gal", "bar", "rh"}
    | {"volt", "volts", "ampere", "watt", "day", "hour"}
)


def _without_numbered(words: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the words of a key without the numbers within it, such as that of a tariff, and these."""
    kept: list[str] = []
    ends: list[tuple[str, str]] = []
    numbers: list[str] = []
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1] if index + 1 < len(words) else ""
        match = re.fullmatch(r"(\D+?)(\d{1,3})", word)
        if (end := _NUMBERED.get(word.lower())) is not None and following.isdigit() and kept:
            ends.append((end, following))
            index += 1
        elif match is not None and (end := _NUMBERED.get(match[1].lower())) is not None and kept:
            ends.append((end, match[2]))
        elif word.isdigit() and kept and following and not following.isdigit():
            numbers.append(word)
        else:
            kept.append(word)
        index += 1
    if ends and len(kept) > 1 and kept[-1].lower() == "at":
        kept = kept[:-1]
    return kept, [*ends, *(("", number) for number in numbers if int(number) <= _MAX_NUMBER)]


def _without_number(words: list[str]) -> tuple[list[str], str]:
    """Return the words of a key without the numbers at their end, and the numbers."""
    numbers: list[str] = []
    while words:
        last = words[-1]
        if last.isdigit() and (len(words) > 1 or numbers):
            numbers.insert(0, last)
            words = words[:-1]
            continue
        match = re.fullmatch(r"(\D{2,}?)(\d{1,3})", last)
        if match is not None and last.lower() not in _ACRONYMS and last.lower() not in _SYNONYMS:
            numbers.insert(0, match[2])
            words = [*words[:-1], match[1]]
        break
    return words, "-".join(number for number in numbers if int(number) <= _MAX_NUMBER)


def _is_acronym(word: str) -> bool:
    is_model = word.isupper() and word.isalnum() and not word.isalpha()
    return word.lower() in _ACRONYMS or len(word) == 1 or is_model


def _spelled(word: str) -> str:
    return _ACRONYMS.get(word.lower(), word.upper())


def _readable(words: Iterable[str]) -> str:
    """Return words as a text in one spelling, without a mixture of capitals."""
    parts = [*words]
    shouts = len("".join(parts)) >= _MIN_SHOUT and all(part.isupper() or not part.isalpha() for part in parts)
    spelled = []
    for part in parts:
        if part.lower() in _ACRONYMS:
            spelled.append(_ACRONYMS[part.lower()])
        elif part.isupper() and not shouts and len(part) < _MIN_SHOUT:
            spelled.append(part)
        elif (word := _SYNONYMS.get(part.lower())) in (
            "temperature",
            "humidity",
            "battery",
            "maximum",
            "minimum",
            "average",
        ):
            spelled.append(word)
        else:
            spelled.append(part.lower())
    text = " ".join(spelled)
    return text[:1].upper() + text[1:] if not text.startswith("pH") else text


def humanize(key: str, unit: str | None = None) -> str:
    """Return a key as a name without any translation: ``air_temperature_°C`` becomes ``Air temperature``."""
    words, number = _without_number(_without_unit(_words_of_key(key), unit))
    return shorten(_readable(words), f" {number}" if number else "")


def name_of_display(display: str | None) -> str | None:
    """Return the name that a parser gives a field, or None for one that does not fit."""
    if display is None:
        return None
    text = " ".join(display.replace("?", " ").split())
    last = text.split(" ")[-1] if text else ""
    if len(text) < _MIN_DISPLAY or len(text) > MAX_NAME_LENGTH or "_" in text or text != display.strip():
        return None
    return None if unit_of(last.strip("()[]")) is not None else text
