"""Which of a device's resources names it, and the words for the types of resources."""

from collections.abc import Iterable
import re
from typing import Final

from .api.model import Resource
from .placement import BARE_TYPES

# Types without the prefix of their origin, from the one by which a person knows a device to
# those that only measure something in addition.
_ORDER: Final = (
    "DoorLock",
    "Thermostat",
    "AirPurifier",
    "AncillaryControl",
    "Fire",
    "CarbonMonoxide",
    "Water",
    "OpenClose",
    "Presence",
    "Vibration",
    "Alarm",
    "Warning device",
    "Switch",
    "RelativeRotary",
    "AirQuality",
    "ParticulateMatter",
    "CarbonDioxide",
    "Formaldehyde",
    "Moisture",
    "Temperature",
    "Humidity",
    "Pressure",
    "LightLevel",
    "Spectral",
    "Consumption",
    "Power",
    "Time",
    "Battery",
)
_RANKS: Final = {name: rank for rank, name in enumerate(_ORDER)}
_PREFIX: Final = re.compile("^(ZHA|ZGP|CLIP)(?=[A-Z])")
_NEW_WORD: Final = re.compile("(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")


def bare_type(resource: Resource) -> str:
    """Return the type of a resource without the prefix of its origin: ``LightLevel``."""
    return _PREFIX.sub("", resource.type)


def type_key(resource: Resource) -> str:
    """Return the key of the word for the type of a resource: ``light_level``."""
    return _NEW_WORD.sub("_", bare_type(resource)).lower()


def naming_order(resource: Resource) -> tuple[int, str]:
    """Return a sort key that places the resource that names a device first."""
    default = len(_ORDER) if resource.kind == "sensors" or resource.type.lower() in BARE_TYPES else -1
    return _RANKS.get(bare_type(resource), default), resource.endpoint_and_cluster


def main_of(resources: Iterable[Resource]) -> Resource:
    """Return the resource that names a device."""
    return min(resources, key=naming_order)
