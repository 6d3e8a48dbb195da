"""deCONZ's yes-or-no values: a row an item."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .convert import flag
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


@dataclass(frozen=True, kw_only=True)
class ItemBinarySensorDescription(BinarySensorEntityDescription):
    """An item of a resource: ``section.name``.

    Attributes:
        without: Items of which none may be there.
        beside: Items of which one must be there, if any are named.

    """

    item: str
    without: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()


# What only a radar has: it notices people who do not move.
_RADAR = frozenset({"state.presenceevent", "state.distance", "state.targetdistance"})
DIAGNOSTIC = EntityCategory.DIAGNOSTIC

BINARY_SENSORS: tuple[ItemBinarySensorDescription, ...] = (
    ItemBinarySensorDescription(
        key="presence",
        item="state.presence",
        device_class=BinarySensorDeviceClass.MOTION,
        without=_RADAR,
    ),
    ItemBinarySensorDescription(
        key="presence",
        item="state.presence",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        beside=_RADAR,
    ),
    ItemBinarySensorDescription(
        key="charging",
        item="state.charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="replace_filter",
        item="state.replacefilter",
        translation_key="replace_filter",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="heating",
        item="state.heating",
        translation_key="heating",
        device_class=BinarySensorDeviceClass.HEAT,
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="mounting_mode",
        item="state.mountingmodeactive",
        translation_key="mounting_mode",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="open",
        item="state.open",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    ItemBinarySensorDescription(
        key="water",
        item="state.water",
        device_class=BinarySensorDeviceClass.MOISTURE,
    ),
    ItemBinarySensorDescription(key="fire", item="state.fire", device_class=BinarySensorDeviceClass.SMOKE),
    ItemBinarySensorDescription(
        key="carbon_monoxide",
        item="state.carbonmonoxide",
        device_class=BinarySensorDeviceClass.CO,
    ),
    ItemBinarySensorDescription(key="alarm", item="state.alarm", device_class=BinarySensorDeviceClass.SAFETY),
    ItemBinarySensorDescription(
        key="vibration",
        item="state.vibration",
        device_class=BinarySensorDeviceClass.VIBRATION,
    ),
    ItemBinarySensorDescription(key="flag", item="state.flag", translation_key="flag"),
    ItemBinarySensorDescription(
        key="dark",
        item="state.dark",
        translation_key="dark",
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="daylight",
        item="state.daylight",
        translation_key="daylight",
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="test",
        item="state.test",
        translation_key="test",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="low_battery",
        item="state.lowbattery",
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="tampered",
        item="state.tampered",
        device_class=BinarySensorDeviceClass.TAMPER,
        entity_category=DIAGNOSTIC,
    ),
)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzBinarySensor]:
    """Build a binary sensor for each known item of a device's sensors."""
    for resource in resources(coordinator, device_id, "sensors"):
        for description in BINARY_SENSORS:
            if _fits(description, resource):
                yield DeconzBinarySensor(coordinator, resource, description)


def _fits(description: ItemBinarySensorDescription, resource: Resource) -> bool:
    return (
        resource.has(description.item)
        and not any(resource.has(item) for item in description.without)
        and (not description.beside or any(resource.has(item) for item in description.beside))
    )


class DeconzBinarySensor(DeconzEntity, BinarySensorEntity):
    """An item of a sensor."""

    entity_description: ItemBinarySensorDescription

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemBinarySensorDescription,
    ) -> None:
        """Follow the item."""
        super().__init__(coordinator, resource, description.key, description.item)
        self.entity_description = description

    @override
    def refresh(self) -> None:
        """Read the item."""
        self._attr_is_on = flag(self.read(self.entity_description.item))
