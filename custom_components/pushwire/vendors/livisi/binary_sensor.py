"""A LIVISI hub's yes-or-no values: a row a property."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ...wire.events import PushEvent
from .api.model import DOOR_CATEGORY, MOTION, Resource, alert_property
from .entity import LivisiEntity, flag, leftovers, spoken

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

DIAGNOSTIC = EntityCategory.DIAGNOSTIC
# Detectors tell that something moves, never that nothing does any more; in seconds.
MOTION_HOLD: Final = 60.0
# What runs on batteries, for hubs that tell of them only when they are low.
BATTERY_TYPES: Final = frozenset(
    {"RST", "RST2", "WRT", "ISC2", "WSC2", "BRC8", "WDS", "WMD", "WMDO", "WSD", "WSD2", "SIR"}
)


@dataclass(frozen=True, kw_only=True)
class PropertyBinarySensorDescription(BinarySensorEntityDescription):
    """A property of a device or a capability.

    Attributes:
        item: Name of the property.
        convert: From the hub's value.
        type: Type of the capability it means this on, or empty for all.
        alert: Type of message that says the same, while it is there.
        device_types: Device types that have it, even if the hub does not tell it.

    """

    item: str
    convert: Callable[[Any], bool | None] = flag
    type: str = ""
    alert: str = ""
    device_types: frozenset[str] = frozenset()


def _available(value: Any) -> bool | None:
    """Return whether there is an update: v1 tells its version, v2 yes or no."""
    return bool(value) and str(value).lower() != "false" if value is not None else None


BINARY_SENSORS: tuple[PropertyBinarySensorDescription, ...] = (
    PropertyBinarySensorDescription(key="open", item="isOpen", device_class=BinarySensorDeviceClass.WINDOW),
    PropertyBinarySensorDescription(key="smoke", item="isSmokeAlarm", device_class=BinarySensorDeviceClass.SMOKE),
    PropertyBinarySensorDescription(
        key="frost_warning",
        item="frostWarning",
        translation_key="frost_warning",
        device_class=BinarySensorDeviceClass.COLD,
        alert="DeviceFreeze",
    ),
    PropertyBinarySensorDescription(
        key="mold_warning",
        item="moldWarning",
        translation_key="mold_warning",
        device_class=BinarySensorDeviceClass.PROBLEM,
        alert="DeviceMold",
    ),
    PropertyBinarySensorDescription(
        key="window_reduction", item="windowReductionActive", translation_key="window_reduction"
    ),
    PropertyBinarySensorDescription(
        key="sabotage", item="isOn", type="SabotageSensor", device_class=BinarySensorDeviceClass.TAMPER
    ),
    PropertyBinarySensorDescription(key="day", item="isDay", translation_key="day"),
    PropertyBinarySensorDescription(
        key="battery",
        item="isBatteryLow",
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=DIAGNOSTIC,
        alert="DeviceLowBattery",
        device_types=BATTERY_TYPES,
    ),
    PropertyBinarySensorDescription(
        key="update",
        item="updateAvailable",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
        convert=_available,
    ),
    PropertyBinarySensorDescription(
        key="update",
        item="updateState",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=lambda value: value != "UpToDate" if isinstance(value, str) else None,
    ),
    *(
        PropertyBinarySensorDescription(
            key=key,
            item=item,
            translation_key=key,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
        )
        for key, item in (
            ("lemonbeat_dongle", "LBDongleAttached"),
            ("lemonbeat_dongle", "lbDongleAttached"),
            ("mbus_dongle", "MBusDongleAttached"),
            ("mbus_dongle", "wMBusDongleAttached"),
        )
    ),
    PropertyBinarySensorDescription(key="shock", item="shockDetected", device_class=BinarySensorDeviceClass.VIBRATION),
    PropertyBinarySensorDescription(key="moving", item="motionDetected", device_class=BinarySensorDeviceClass.MOTION),
    PropertyBinarySensorDescription(key="tamper", item="tamperDetected", device_class=BinarySensorDeviceClass.TAMPER),
    PropertyBinarySensorDescription(key="smoke", item="smokeDetected", device_class=BinarySensorDeviceClass.SMOKE),
)

REACHABLE = PropertyBinarySensorDescription(
    key="reachable",
    item="isReachable",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=DIAGNOSTIC,
    entity_registry_enabled_default=False,
)

KNOWN: Final = frozenset({description.item for description in (*BINARY_SENSORS, REACHABLE)})


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Build a binary sensor for each known property of a device, and for unknown ones."""
    for resource in coordinator.model.resources_of(device_id):
        for description in BINARY_SENSORS:
            if _fits(coordinator, resource, description):
                yield LivisiBinarySensor(coordinator, resource, description)
        if REACHABLE.item in resource.state:
            yield ReachableSensor(coordinator, resource, REACHABLE)
        if resource.type == MOTION:
            yield MotionSensor(coordinator, resource)
    for resource, name, value in leftovers(coordinator, device_id, KNOWN):
        if isinstance(value, bool):
            yield LivisiBinarySensor(coordinator, resource, _unknown(name))


def _fits(coordinator: LivisiCoordinator, resource: Resource, description: PropertyBinarySensorDescription) -> bool:
    if description.item in resource.state:
        return description.type in ("", resource.type)
    if not resource.is_device or not description.device_types:
        return False
    alerted = coordinator.model.has_alert(resource.id, description.alert)
    return alerted or resource.type in description.device_types


def _unknown(name: str) -> PropertyBinarySensorDescription:
    return PropertyBinarySensorDescription(
        key=name,
        item=name,
        name=spoken(name),
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


class LivisiBinarySensor(LivisiEntity, BinarySensorEntity):
    """A property that is true or not."""

    entity_description: PropertyBinarySensorDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: PropertyBinarySensorDescription,
    ) -> None:
        """Follow the property, and the alert that says the same."""
        super().__init__(coordinator, source, description.key, description.item, alert_property(description.alert))
        self.entity_description = description
        self._attr_device_class = self._kind()

    @override
    def _update_attrs(self) -> None:
        """Read the property; an open alert outweighs it."""
        description = self.entity_description
        model = self.coordinator.model
        if description.alert and model.has_alert(self.device_id, description.alert):
            self._attr_is_on = True
        else:
            value = self.value(description.item)
            # No alert is all that some hubs ever tell of a good battery.
            self._attr_is_on = False if value is None and description.device_types else description.convert(value)
        self._attr_device_class = self._kind()

    def _kind(self) -> BinarySensorDeviceClass | None:
        """Return the device class, which a person chooses for a contact in the hub's app."""
        description = self.entity_description
        if description.item == "isOpen" and self.coordinator.model.category_of(self.source) == DOOR_CATEGORY:
            return BinarySensorDeviceClass.DOOR
        return description.device_class


class ReachableSensor(LivisiBinarySensor):
    """Whether the hub's radio reaches a device; itself always there to tell."""

    @override
    def device_available(self) -> bool:
        """Say that this can always be told."""
        return True

    @override
    def _update_attrs(self) -> None:
        """Read what also decides about the other entities."""
        self._attr_is_on = self.coordinator.model.reachable(self.device_id)


class MotionSensor(LivisiEntity, BinarySensorEntity):
    """Something moved not long ago."""

    _attr_device_class = BinarySensorDeviceClass.MOTION

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Start with nothing moving."""
        super().__init__(coordinator, source, "motion")
        self._attr_is_on = False
        self._calm: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Start to receive motion."""
        await super().async_added_to_hass()
        self.async_on_remove(self._cancel)
        self.async_on_remove(self.coordinator.dispatcher.subscribe_events(self.resource, self._handle_event))

    @callback
    def _handle_event(self, _edge: PushEvent) -> None:
        self._cancel()
        self._calm = async_call_later(self.hass, MOTION_HOLD, self._calmed)
        self._attr_is_on = True
        self.async_write_ha_state()

    @callback
    def _calmed(self, _now: datetime) -> None:
        self._calm = None
        self._attr_is_on = False
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._calm is not None:
            self._calm()
            self._calm = None
