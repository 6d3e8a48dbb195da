"""Meaning of ``measured_value``, whose unit and substance the gateway describes."""

from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.sensor import DEVICE_CLASS_UNITS, SensorDeviceClass
from homeassistant.const import UnitOfDensity, UnitOfRatio, UnitOfTemperature

from ...wire.values import as_dict, as_text, number
from .api.convert import Convert
from .api.model import Resource

MEASURED_ITEM: Final = "state.measured_value"

# Units by the gateway's spelling in lower case, without "^".
UNITS: Final = {
    "%": UnitOfRatio.PERCENTAGE,
    "degc": UnitOfTemperature.CELSIUS,
    "°c": UnitOfTemperature.CELSIUS,
    "mg/m3": UnitOfDensity.MILLIGRAMS_PER_CUBIC_METER,
    "mg/m³": UnitOfDensity.MILLIGRAMS_PER_CUBIC_METER,
    "ppb": UnitOfRatio.PARTS_PER_BILLION,
    "ppm": UnitOfRatio.PARTS_PER_MILLION,
    "ug/m3": UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
    # The micro sign becomes the Greek letter in lower case.
    "μg/m³": UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
    "μg/m3": UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
}
# Substances that a resource type measures, the usual one first; a label that contradicts the type is wrong.
SUBSTANCES: Final = {
    "ZHACarbonDioxide": ("CO2",),
    "ZHACarbonMonoxide": ("CO",),
    "ZHAFormaldehyde": ("Formaldehyde",),
    "ZHAHumidity": ("",),
    "ZHAParticulateMatter": ("PM2.5", "PM1", "PM10"),
    "ZHATemperature": ("",),
}
# Unit by resource type, where the gateway does not name one.
DEFAULT_UNITS: Final[dict[str, str]] = {
    "ZHAHumidity": UnitOfRatio.PERCENTAGE,
    "ZHATemperature": UnitOfTemperature.CELSIUS,
}
TYPE_CLASSES: Final[dict[str, tuple[SensorDeviceClass, ...]]] = {
    "ZHAHumidity": (SensorDeviceClass.HUMIDITY,),
    "ZHATemperature": (SensorDeviceClass.TEMPERATURE,),
}
_ORGANIC: Final = (
    SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS_PARTS,
    SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS,
)
# Possible device classes of a substance; the first that supports the unit applies.
SUBSTANCE_CLASSES: Final[dict[str, tuple[SensorDeviceClass, ...]]] = {
    "CO": (SensorDeviceClass.CO,),
    "CO2": (SensorDeviceClass.CO2,),
    "Formaldehyde": _ORGANIC,
    "PM1": (SensorDeviceClass.PM1,),
    "PM10": (SensorDeviceClass.PM10,),
    "PM2.5": (SensorDeviceClass.PM25,),
    "tVOC": _ORGANIC,
}
# Translation keys of substances whose device class has another name.
_TRANSLATION_KEYS: Final = {"Formaldehyde": "formaldehyde"}
# Items with the same value.
_SAME_ITEMS: Final = {
    SensorDeviceClass.CO2: "state.airquality_co2_density",
    SensorDeviceClass.HUMIDITY: "state.humidity",
    SensorDeviceClass.PM25: "state.pm2_5",
    SensorDeviceClass.TEMPERATURE: "state.temperature",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """Meaning of a resource's ``measured_value``.

    Attributes:
        device_class: Quantity, or None.
        unit: Unit of the converted value, or None.
        translation_key: Name of the sensor; None for the name of the device class.
        convert: Converts the gateway's value; returns None for one outside the measuring range.

    """

    device_class: SensorDeviceClass | None
    unit: str | None
    translation_key: str | None
    convert: Convert


def read_measured_value(resource: Resource) -> MeasuredValue | None:
    """Return the meaning of ``measured_value``, or None if another item has the same value."""
    if not resource.has(MEASURED_ITEM):
        return None
    capability = as_dict(resource.get("capabilities.measured_value"))
    substance, contradicted = _substance(resource, as_text(capability.get("substance")) or "")
    unit = UNITS.get(_spelling(capability.get("unit")), DEFAULT_UNITS.get(resource.type))
    factor = 1.0
    if substance == "CO2":
        if contradicted:
            # The unit is that of the other substance.
            unit = None
        # Home Assistant's unit of carbon dioxide is always ppm.
        if unit == UnitOfRatio.PARTS_PER_BILLION:
            factor = 0.001
        if unit in (None, UnitOfRatio.PARTS_PER_BILLION):
            unit = UnitOfRatio.PARTS_PER_MILLION
    candidates = SUBSTANCE_CLASSES.get(substance, TYPE_CLASSES.get(resource.type, ()))
    device_class = next((item for item in candidates if unit in DEVICE_CLASS_UNITS.get(item, ())), None)
    # A value without a description may be the same as any of these items.
    undescribed = not (device_class or capability)
    same = [item for item_class, item in _SAME_ITEMS.items() if undescribed or item_class is device_class]
    if unit == UnitOfRatio.PARTS_PER_BILLION and substance == "tVOC":
        same.append("state.airqualityppb")
    if any(resource.has(item) for item in same):
        return None
    return MeasuredValue(
        device_class=device_class,
        unit=unit,
        translation_key=_TRANSLATION_KEYS.get(substance) if device_class else "measured_value",
        convert=_within(number(capability.get("min")), number(capability.get("max")), factor),
    )


def _spelling(unit: Any) -> str:
    """Return a unit as the keys of ``UNITS`` are spelled."""
    return (as_text(unit) or "").casefold().replace("^", "")


def _substance(resource: Resource, label: str) -> tuple[str, bool]:
    """Return the substance that a resource measures, and whether its label contradicts its type."""
    substance = next((known for known in SUBSTANCE_CLASSES if known.casefold() == label.casefold()), "")
    possible = SUBSTANCES.get(resource.type)
    if possible is None or substance in possible:
        return substance, False
    return possible[0], bool(substance)


def _within(minimum: float | None, maximum: float | None, factor: float) -> Convert:
    """Return a conversion that accepts only values in the measuring range."""
    if minimum is not None and maximum is not None and minimum >= maximum:
        # The gateway has not read the limits.
        minimum = maximum = None

    def convert(value: Any) -> float | None:
        result = number(value)
        if result is None or (minimum is not None and result < minimum) or (maximum is not None and result > maximum):
            return None
        return result if factor == 1 else round(result * factor, 3)

    return convert
