"""Binary sensor platform for deCONZ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform

from ...core.entity import PushEntity
from ...wire.values import as_bool
from .api.buttons import event_kinds
from .api.convert import to_snake_case
from .api.model import Resource
from .entity import (
    DeconzEntity,
    GatewayEntity,
    all_of,
    always,
    gateway_config,
    has_any_of,
    has_none_of,
    pick_registered,
    resources,
    type_in,
    type_not_in,
    with_different_names,
)
from .measured_value import read_measured_value
from .placement import is_believed
from .sensor import SENSORS, ItemSensorDescription

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


DOOR_LOCK: Final = "ZHADoorLock"
# The gateway's number for a device that is enrolled.
ENROLLED: Final = 1
# Models of gas detectors whose name does not contain it.
GAS_DETECTORS: Final = frozenset({"TS0204"})


def _not_enrolled(value: Any) -> bool | None:
    """Return whether a device of an alarm system is not enrolled, from a boolean, a number or a word."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value != ENROLLED
    word = to_snake_case(value)
    return None if word is None else word not in ("ok", "enrolled")


def _is_sensor(resource: Resource) -> bool:
    return resource.kind == "sensors"


def _detects_gas(resource: Resource) -> bool:
    """Return whether a fire detector detects gas; the gateway has no type for it."""
    model = str(resource.attr.get("modelid"))
    return "gas" in model.lower() or model in GAS_DETECTORS


@dataclass(frozen=True, kw_only=True)
class ItemBinarySensorDescription(BinarySensorEntityDescription):
    """Description of a binary sensor that reads one item.

    Attributes:
        item: ``section.name`` of the item.
        convert: Converts the gateway's value to a boolean; returns None for an unusable one.
        supported_fn: Returns whether a resource with the item gets the binary sensor.

    """

    item: str
    convert: Callable[[Any], bool | None] = as_bool
    supported_fn: Callable[[Resource], bool] = _is_sensor


# Items that only a radar has, which detects people who do not move.
_RADAR_ITEMS: Final = (
    "config.detectionrange",
    "config.fadingtime",
    "config.triggerdistance",
    "state.distance",
    "state.presenceevent",
    "state.targetdistance",
)
DIAGNOSTIC = EntityCategory.DIAGNOSTIC

BINARY_SENSORS: tuple[ItemBinarySensorDescription, ...] = (
    ItemBinarySensorDescription(
        key="not_enrolled",
        item="config.enrolled",
        translation_key="not_enrolled",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_not_enrolled,
    ),
    ItemBinarySensorDescription(key="alarm", item="state.alarm", device_class=BinarySensorDeviceClass.SAFETY),
    ItemBinarySensorDescription(
        key="carbon_monoxide",
        item="state.carbonmonoxide",
        device_class=BinarySensorDeviceClass.CO,
    ),
    ItemBinarySensorDescription(
        key="charging",
        item="state.charging",
        supported_fn=always,
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        entity_category=DIAGNOSTIC,
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
        key="fire",
        item="state.fire",
        device_class=BinarySensorDeviceClass.SMOKE,
        supported_fn=all_of(_is_sensor, lambda resource: not _detects_gas(resource)),
    ),
    ItemBinarySensorDescription(
        key="fire",
        item="state.fire",
        device_class=BinarySensorDeviceClass.GAS,
        supported_fn=all_of(_is_sensor, _detects_gas),
    ),
    ItemBinarySensorDescription(
        key="flag",
        item="state.flag",
        translation_key="flag",
        # Of this type, the flag is a switch.
        supported_fn=all_of(_is_sensor, type_not_in("CLIPGenericFlag")),
    ),
    ItemBinarySensorDescription(
        key="heating",
        item="state.heating",
        translation_key="heating",
        device_class=BinarySensorDeviceClass.HEAT,
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="low_battery",
        item="state.lowbattery",
        translation_key="low_battery",
        supported_fn=always,
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
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
        supported_fn=all_of(_is_sensor, type_not_in(DOOR_LOCK)),
    ),
    ItemBinarySensorDescription(
        key="open",
        item="state.open",
        device_class=BinarySensorDeviceClass.DOOR,
        supported_fn=type_in(DOOR_LOCK),
    ),
    ItemBinarySensorDescription(
        key="presence",
        item="state.presence",
        device_class=BinarySensorDeviceClass.MOTION,
        supported_fn=all_of(_is_sensor, has_none_of(*_RADAR_ITEMS)),
    ),
    ItemBinarySensorDescription(
        key="presence",
        item="state.presence",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        supported_fn=all_of(_is_sensor, has_any_of(*_RADAR_ITEMS)),
    ),
    ItemBinarySensorDescription(
        key="replace_filter",
        item="state.replacefilter",
        translation_key="replace_filter",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="tampered",
        item="state.tampered",
        supported_fn=always,
        device_class=BinarySensorDeviceClass.TAMPER,
        entity_category=DIAGNOSTIC,
    ),
    ItemBinarySensorDescription(
        key="test",
        item="state.test",
        translation_key="test",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    ItemBinarySensorDescription(
        key="vibration",
        item="state.vibration",
        device_class=BinarySensorDeviceClass.VIBRATION,
    ),
    ItemBinarySensorDescription(
        key="water",
        item="state.water",
        device_class=BinarySensorDeviceClass.MOISTURE,
    ),
)
# Items of entities on other platforms that are enabled by default.
CONTROL_ITEMS: Final = ("config.alert", "state.alert", "state.flag", "state.speed", "state.status")
# Each resource of a device reports whether the gateway can reach the device.
REACHABLE: Final = tuple(
    ItemBinarySensorDescription(
        key="reachable",
        item=item,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        supported_fn=supported_fn,
    )
    for item, supported_fn in (
        ("state.reachable", lambda resource: resource.kind == "lights"),
        ("config.reachable", all_of(_is_sensor, lambda resource: is_believed(resource, "config.reachable"))),
    )
)
GATEWAY_BINARY_SENSORS: Final = (
    BinarySensorEntityDescription(
        key="fwneedupdate",
        translation_key="fwneedupdate",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
    ),
)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the binary sensors of a device or the gateway."""
    resources_of_device = tuple(resources(coordinator, device_id, "sensors", "lights"))
    for resource in resources_of_device:
        for description in BINARY_SENSORS:
            if resource.has(description.item) and description.supported_fn(resource):
                yield DeconzBinarySensor(coordinator, resource, description)
    if device_id == coordinator.hub_id:
        yield from _gateway_entities(coordinator)
        return
    reachable = [
        (resource, description)
        for description in REACHABLE
        for resource in resources_of_device
        if resource.has(description.item) and description.supported_fn(resource)
    ]
    if reachable:
        yield ReachableBinarySensor(
            coordinator, *pick_registered(coordinator, Platform.BINARY_SENSOR, REACHABLE[0].key, reachable)
        )


def _gateway_entities(coordinator: DeconzCoordinator) -> Iterable[GatewayBinarySensor]:
    config = gateway_config(coordinator, coordinator.hub_id)
    return (
        GatewayBinarySensor(coordinator, description)
        for description in GATEWAY_BINARY_SENSORS
        if description.key in config
    )


def _has_enabled_entity(coordinator: DeconzCoordinator, resource: Resource) -> bool:
    """Return whether a resource has an entity that is enabled by default."""
    return (
        coordinator.placement.has_main_entity(resource)
        or any(resource.has(item) for item in CONTROL_ITEMS)
        or (resource.is_switch and bool(event_kinds(resource, coordinator.seen_presses)))
        or read_measured_value(resource) is not None
        or any(map(_is_enabled(resource), BINARY_SENSORS))
        or any(map(_is_enabled(resource), SENSORS))
    )


def _is_enabled(resource: Resource) -> Callable[[ItemBinarySensorDescription | ItemSensorDescription], bool]:
    """Return a predicate for descriptions of entities of a resource that are enabled by default."""
    return lambda description: (
        description.entity_registry_enabled_default
        and resource.has(description.item)
        and description.supported_fn(resource)
    )


class DeconzBinarySensor(DeconzEntity, BinarySensorEntity):
    """Binary sensor that reads one item."""

    entity_description: ItemBinarySensorDescription

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemBinarySensorDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, description.key, description.item)
        self.entity_description = description
        self._items, self._item = resource.place_of(description.item)

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the item is on, or None if its value is unusable."""
        return self.entity_description.convert(self._items.get(self._item))

    # The value is read when the state is written.
    _on_change = BinarySensorEntity.async_write_ha_state


class ReachableBinarySensor(DeconzBinarySensor):
    """Whether the gateway can reach a device; available for an unreachable device as well."""

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemBinarySensorDescription,
    ) -> None:
        """Initialize the entity for the whole device."""
        super().__init__(coordinator, resource, description)
        self.has_sibling = False
        # The only entity of a device that has nothing else to show.
        self._attr_entity_registry_enabled_default = not any(
            _has_enabled_entity(coordinator, other) for other in coordinator.model.devices.get(resource.device_id, ())
        )

    @override
    def device_available(self) -> bool:
        """Return True."""
        return True


class GatewayBinarySensor(GatewayEntity, BinarySensorEntity):
    """Boolean of the gateway's configuration."""

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = as_bool(self.config_value)
