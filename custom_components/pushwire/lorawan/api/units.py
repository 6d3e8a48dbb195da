"""Units of readings in Home Assistant's spelling.

Wire code.
"""

from collections.abc import Mapping
import re
from typing import Any, Final

# Home Assistant's spelling of units, by their lower-case spellings in readings.
UNITS: Final[Mapping[str, str]] = {
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
    "m^3/h": "m³/h",
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
    "m^3/s": "m³/s",
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
    "℃": "°C",
    "℉": "°F",
    "kelvin": "K",
    "celcius": "°C",
    "volt": "V",
    "volts": "V",
    "millivolt": "mV",
    "kv": "kV",
    "ampere": "A",
    "amp": "A",
    "amps": "A",
    "watt": "W",
    "watts": "W",
    "gwh": "GWh",
    "kohm": "kΩ",
    "litre": "L",
    "litres": "L",
    "liters": "L",
    "m3/min": "m³/min",
    "m³/min": "m³/min",
    "m³/s": "m³/s",
    "ml": "mL",
    "bq/m3": "Bq/m³",
    "bq/m³": "Bq/m³",
    "percentage": "%",
    "mmhg": "mmHg",
    "ms": "ms",
    "msec": "ms",
    "seconds": "s",
    "secs": "s",
    "minutes": "min",
    "mins": "min",
    "hours": "h",
    "hrs": "h",
    "tage": "d",
    "stunden": "h",
    "minuten": "min",
    "sekunden": "s",
    "weeks": "weeks",
    "khz": "kHz",
    "mhz": "MHz",
    "ug/m³": "μg/m³",
    "mm/hr": "mm/h",
    "degrees": "°",
    "degree": "°",
    "deg": "°",
}


# Units that differ from others in capitals alone.
_WITH_CAPITALS: Final[Mapping[str, str]] = {"mW": "mW", "mWh": "mWh", "mJ": "mJ", "MV": "MV", "MA": "MA", "Mhz": "MHz"}
_SUPERSCRIPTS: Final = str.maketrans({"⁻": "-", "¹": "1", "²": "2", "³": "3", "·": "⋅", "*": "⋅"})
# Words that stand in the place of a unit and name the type of a value.
_NO_UNITS: Final = frozenset(
    {"", "-", "bool", "boolean", "string", "text", "enum", "raw", "uint", "int", "float", "none", "null", "n/a"}
    | {"count", "counts", "unitless", "uint8", "uint16", "uint32", "int8", "int16", "int32", "hex"}
)
# Longest text that is shown as the unit of a value.
_MAX_LENGTH: Final = 16


def unit_of(text: Any) -> str | None:
    """Return a unit in Home Assistant's spelling, or None for an unknown unit."""
    if not isinstance(text, str):
        return None
    unit = text.strip().translate(_SUPERSCRIPTS)
    if unit in _WITH_CAPITALS:
        return _WITH_CAPITALS[unit]
    # A product with a negative exponent is a quotient: m⋅s-1.
    quotient = re.sub(r"⋅(\w+?)-(\d)$", lambda match: f"/{match[1]}{match[2].replace('1', '')}", unit)
    return UNITS.get(quotient.lower())


def is_unit(text: Any) -> bool:
    """Return whether a text in the place of a unit is one, known or not."""
    return isinstance(text, str) and 0 < len(text.strip()) <= _MAX_LENGTH and text.strip().lower() not in _NO_UNITS
