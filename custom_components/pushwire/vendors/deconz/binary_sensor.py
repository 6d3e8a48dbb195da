"""deCONZ's yes-or-no values: a row an item."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform

from .api.convert import flag, joined
from .api.model import Resource
from .entity import DeconzEntity, once, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


SENSORS_ALONE: Final = frozenset({"sensors"})
ALL_DEVICES: Final = frozenset({"sensors", "lights"})
DOOR_LOCK: Final = frozenset({"ZHADoorLock"})
# The gateway's code for a device that is enrolled.
ENROLLED: Final = 1


def _not_enrolled(value: Any) -> bool | None:
    """Say whether a device of an alarm system is not enrolled, whichever way the gateway writes that."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value != ENROLLED
    told = joined(value)
    return None if told is None else told not in ("ok", "enrolled")


@dataclass(frozen=True, kw_only=True)
class ItemBinarySensorDescription(BinarySensorEntityDescription):
    """An item of a resource: ``section.name``.

    Attributes:
        without: Items of which none may be there.
        beside: Items of which one must be there, if any are named.
        types: Resource types it means this on, or None for all.
        but: Resource types it means something else on.
        kinds: Collections in which it means this.
        convert: To a yes or no.

    """

    item: str
    without: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    types: frozenset[str] | None = None
    but: frozenset[str] = frozenset()
    kinds: frozenset[str] = SENSORS_ALONE
    convert: Callable[[Any], bool | None] = flag


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
        kinds=ALL_DEVICES,
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
        but=DOOR_LOCK,
    ),
    ItemBinarySensorDescription(
        key="open",
        item="state.open",
        device_class=BinarySensorDeviceClass.DOOR,
        types=DOOR_LOCK,
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
    ItemBinarySensorDescription(
        key="flag",
        item="state.flag",
        translation_key="flag",
        # There it is a switch.
        but=frozenset({"CLIPGenericFlag"}),
    ),
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
        kinds=ALL_DEVICES,
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="tampered",
        item="state.tampered",
        kinds=ALL_DEVICES,
        device_class=BinarySensorDeviceClass.TAMPER,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="not_enrolled",
        item="config.enrolled",
        translation_key="not_enrolled",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_not_enrolled,
    ),
)
# Each resource of a device says whether the gateway can reach it.
REACHABLE: Final = tuple(
    ItemBinarySensorDescription(
        key="reachable",
        item=f"{section}.reachable",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        kinds=frozenset({kind}),
    )
    for kind, section in (("lights", "state"), ("sensors", "config"))
)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzBinarySensor]:
    """Build a binary sensor for each known item of a device."""
    for resource in resources(coordinator, device_id, *ALL_DEVICES):
        for description in BINARY_SENSORS:
            if _fits(description, resource):
                yield DeconzBinarySensor(coordinator, resource, description)
    told = [
        (resource, description)
        for description in REACHABLE
        for resource in resources(coordinator, device_id, *ALL_DEVICES)
        if _fits(description, resource)
    ]
    if told:
        yield DeconzReachable(coordinator, *once(coordinator, Platform.BINARY_SENSOR, REACHABLE[0].key, told))


def _fits(description: ItemBinarySensorDescription, resource: Resource) -> bool:
    return (
        resource.kind in description.kinds
        and resource.has(description.item)
        and (description.types is None or resource.type in description.types)
        and resource.type not in description.but
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
        description = self.entity_description
        self._attr_is_on = description.convert(self.read(description.item))


class DeconzReachable(DeconzBinarySensor):
    """Whether the gateway can reach a device, which is known of one that it cannot reach as well."""

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemBinarySensorDescription,
    ) -> None:
        """Stand for the device, however many resources it has."""
        super().__init__(coordinator, resource, description)
        self.twin = False

    @override
    def reachable(self) -> bool:
        """Be there."""
        return True
