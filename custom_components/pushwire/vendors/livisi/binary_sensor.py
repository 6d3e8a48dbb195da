"""Binary sensor platform for LIVISI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import CALLBACK_TYPE, callback

from ...core.entity import PushEntity
from ...wire.events import PushEvent
from ...wire.values import as_bool
from .api.model import (
    DEVICE_PROBLEMS,
    DOOR_CATEGORY,
    HUB_PROBLEMS,
    HUB_UPDATES,
    MOTION,
    Resource,
    alert_property,
)
from .const import CONF_MOTION_HOLD
from .entity import (
    LivisiEntity,
    RestoredEntity,
    always,
    has_property,
    humanize,
    label_among,
    type_in,
    unknown_properties,
)

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
# Motion detectors report motion only; seconds until the binary sensor turns off.
MOTION_OFF_DELAY: Final = 60.0
# Types of battery-powered devices. Some hubs report a battery only while it is low.
BATTERY_TYPES: Final = frozenset(
    {
        "BRC8",
        "BT-Motion",
        "BT-Shock",
        "BT-WDS",
        "BT-WS",
        "ISC2",
        "RST",
        "RST2",
        "SIR",
        "WDS",
        "WMD",
        "WMDO",
        "WRT",
        "WSC2",
        "WSD",
        "WSD2",
    }
)


@dataclass(frozen=True, kw_only=True)
class PropertyBinarySensorDescription(BinarySensorEntityDescription):
    """Description of a binary sensor that reads one property.

    Attributes:
        item: Name of the property.
        convert: Converts the hub's value; returns None for an unusable one.
        alerts: Types of the messages that also turn the binary sensor on.
        supported_fn: Returns whether a resource with the property gets the binary sensor.

    """

    item: str
    convert: Callable[[Any], bool | None] = as_bool
    alerts: frozenset[str] = frozenset()
    supported_fn: Callable[[Resource], bool] = always


def _update_available(value: Any) -> bool | None:
    """Return whether there is an update: v1 reports a version, v2 a boolean."""
    return None if value is None else bool(value) and str(value).lower() != "false"


def _not_up_to_date(value: Any) -> bool | None:
    return value != "UpToDate" if isinstance(value, str) else None


def _dongle(key: str, item: str) -> PropertyBinarySensorDescription:
    """Return the description of a USB dongle of the hub."""
    return PropertyBinarySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


# Rows with the same key are different names of one value, depending on the hub or the device.
BINARY_SENSORS: Final[tuple[PropertyBinarySensorDescription, ...]] = (
    PropertyBinarySensorDescription(
        key="frost_warning",
        item="frostWarning",
        translation_key="frost_warning",
        device_class=BinarySensorDeviceClass.COLD,
        alerts=frozenset({"DeviceFreeze"}),
    ),
    PropertyBinarySensorDescription(key="day", item="isDay", translation_key="day"),
    PropertyBinarySensorDescription(
        key="sabotage",
        item="isOn",
        device_class=BinarySensorDeviceClass.TAMPER,
        supported_fn=type_in("SabotageSensor"),
    ),
    PropertyBinarySensorDescription(key="open", item="isOpen", device_class=BinarySensorDeviceClass.WINDOW),
    PropertyBinarySensorDescription(
        key="smoke",
        item="isSmokeAlarm",
        device_class=BinarySensorDeviceClass.SMOKE,
        alerts=frozenset({"SmokeDetected"}),
    ),
    _dongle("lemonbeat_dongle", "LBDongleAttached"),
    _dongle("lemonbeat_dongle", "lbDongleAttached"),
    _dongle("mbus_dongle", "MBusDongleAttached"),
    PropertyBinarySensorDescription(
        key="mold_warning",
        item="moldWarning",
        translation_key="mold_warning",
        device_class=BinarySensorDeviceClass.PROBLEM,
        alerts=frozenset({"DeviceMold"}),
    ),
    PropertyBinarySensorDescription(key="moving", item="motionDetected", device_class=BinarySensorDeviceClass.MOTION),
    PropertyBinarySensorDescription(key="shock", item="shockDetected", device_class=BinarySensorDeviceClass.VIBRATION),
    PropertyBinarySensorDescription(key="smoke", item="smokeDetected", device_class=BinarySensorDeviceClass.SMOKE),
    PropertyBinarySensorDescription(
        key="tamper",
        item="tamperDetected",
        device_class=BinarySensorDeviceClass.TAMPER,
        entity_category=DIAGNOSTIC,
    ),
    PropertyBinarySensorDescription(
        key="update",
        item="updateAvailable",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
        convert=_update_available,
        alerts=HUB_UPDATES,
    ),
    PropertyBinarySensorDescription(
        key="update",
        item="updateState",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_not_up_to_date,
        alerts=frozenset({"DeviceUpdateAvailable"}),
    ),
    PropertyBinarySensorDescription(
        key="window_reduction", item="windowReductionActive", translation_key="window_reduction"
    ),
    _dongle("mbus_dongle", "wMBusDongleAttached"),
)
BATTERY: Final = PropertyBinarySensorDescription(
    key="battery",
    item="isBatteryLow",
    device_class=BinarySensorDeviceClass.BATTERY,
    entity_category=DIAGNOSTIC,
    alerts=frozenset({"DeviceLowBattery"}),
)
REACHABLE: Final = PropertyBinarySensorDescription(
    key="reachable",
    item="isReachable",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=DIAGNOSTIC,
    entity_registry_enabled_default=False,
)
# Type of the only capability of a repeater.
ROUTER: Final = "Router"
# Properties for which there is a description.
BINARY_SENSOR_PROPERTIES: Final = frozenset(description.item for description in (*BINARY_SENSORS, BATTERY, REACHABLE))


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield a binary sensor for each described property of a device, and for each unknown one."""
    model = coordinator.model
    for resource in model.resources_of(device_id):
        for description in BINARY_SENSORS:
            if has_property(resource, description.item) and description.supported_fn(resource):
                yield LivisiBinarySensor(coordinator, resource, description)
        if _has_battery(coordinator, resource):
            yield BatteryBinarySensor(coordinator, resource, BATTERY)
        if has_property(resource, REACHABLE.item):
            yield ReachableBinarySensor(coordinator, resource, REACHABLE)
        if resource.type == MOTION:
            yield MotionBinarySensor(coordinator, resource)
    yield from _problems(coordinator, device_id)
    for resource, name, value in unknown_properties(coordinator, device_id, BINARY_SENSOR_PROPERTIES):
        if isinstance(value, bool):
            yield LivisiBinarySensor(coordinator, resource, _unknown(name))


def _has_battery(coordinator: LivisiCoordinator, resource: Resource) -> bool:
    """Return whether a resource reports its battery, or is a device that has or had one."""
    if BATTERY.item in resource.state:
        return True
    if not resource.is_device:
        return False
    has_alert = coordinator.model.has_any_alert(resource.id, BATTERY.alerts)
    return resource.type in BATTERY_TYPES or has_alert or _is_known(coordinator, resource, BATTERY.key)


def _is_known(coordinator: LivisiCoordinator, resource: Resource, key: str) -> bool:
    """Return whether a binary sensor exists, or existed in an earlier run."""
    return coordinator.device_manager.has_entity(Platform.BINARY_SENSOR, coordinator.unique_id(resource.id, key))


def _problems(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield a binary sensor for each problem that has occurred on a device, or that of the hub."""
    device = coordinator.model.devices.get(device_id)
    if device is None:
        return
    if device_id == coordinator.hub_id:
        yield ProblemBinarySensor(coordinator, device, "problem", HUB_PROBLEMS)
        return
    for kind in DEVICE_PROBLEMS:
        key = problem_key(kind)
        if coordinator.model.has_alert(device_id, kind) or _is_known(coordinator, device, key):
            yield ProblemBinarySensor(coordinator, device, key, frozenset({kind}))


def problem_key(kind: str) -> str:
    """Return the key of a problem: ``InvalidAesKey`` becomes ``problem_invalid_aes_key``."""
    return f"problem_{humanize(kind).lower().replace(' ', '_')}"


def _unknown(name: str) -> PropertyBinarySensorDescription:
    return PropertyBinarySensorDescription(
        key=name,
        item=name,
        name=humanize(name),
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


class LivisiBinarySensor(RestoredEntity, BinarySensorEntity):
    """Binary sensor that reads one property; on while there is an alert."""

    entity_description: PropertyBinarySensorDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: PropertyBinarySensorDescription,
    ) -> None:
        """Initialize the entity."""
        # A reachability or a load of an earlier run says nothing.
        self.restored_item = "" if description.entity_category is DIAGNOSTIC else description.item
        super().__init__(
            coordinator, source, description.key, description.item, *map(alert_property, description.alerts)
        )
        self.entity_description = description
        self._attr_device_class = self._category_device_class()
        items = {row.item for row in BINARY_SENSORS if row.key == description.key} | {description.item}
        self.label = label_among(coordinator, source, items)

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the property or an alert is on, or None for an unusable value."""
        description = self.entity_description
        if description.alerts and self.coordinator.model.has_any_alert(self.device_id, description.alerts):
            return True
        # Read with every state; a call of ``reported`` would cost as much as the rest.
        return description.convert(self.source.state.get(description.item))

    @override
    def adopt(self, rebuilt: PushEntity[LivisiCoordinator]) -> None:
        """Follow a new category; the state is written by the notification of the same change."""
        self._attr_device_class = self._category_device_class()

    # The value is read when the state is written.
    _on_change = BinarySensorEntity.async_write_ha_state

    def _category_device_class(self) -> BinarySensorDeviceClass | None:
        """Return the device class, which for a contact depends on its category on the hub."""
        description = self.entity_description
        if description.item == "isOpen" and self.coordinator.model.category_of(self.source) == DOOR_CATEGORY:
            return BinarySensorDeviceClass.DOOR
        return description.device_class


class BatteryBinarySensor(LivisiBinarySensor):
    """Low battery; off without a report, since some hubs report a battery only while it is low."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the battery is low, or None for an unusable value."""
        is_low = super().is_on
        return bool(is_low) if self.reported(BATTERY.item) is None else is_low


class ProblemBinarySensor(LivisiEntity, BinarySensorEntity):
    """Problem that the hub reports by messages, until it deletes them."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_entity_category = DIAGNOSTIC

    def __init__(self, coordinator: LivisiCoordinator, source: Resource, key: str, alerts: frozenset[str]) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, key, *map(alert_property, alerts))
        self._alerts = alerts
        self._attr_translation_key = key

    @override
    def device_available(self) -> bool:
        """Return True: the hub reports problems of devices that it does not reach."""
        return True

    @override
    def _update_attrs(self) -> None:
        """Update the state, and the types of the hub's problems."""
        model = self.coordinator.model
        kinds = sorted(kind for kind in self._alerts if model.has_alert(self.device_id, kind))
        self._attr_is_on = bool(kinds)
        if len(self._alerts) > 1:
            self._attr_extra_state_attributes = {"problems": kinds}


class ReachableBinarySensor(LivisiBinarySensor):
    """Whether the hub's radio reaches a device; available for an unreachable device as well."""

    def __init__(
        self, coordinator: LivisiCoordinator, source: Resource, description: PropertyBinarySensorDescription
    ) -> None:
        """Initialize the entity, which is enabled for a repeater, since that has no other."""
        super().__init__(coordinator, source, description)
        if all(capability.type == ROUTER for capability in coordinator.model.capabilities_of(source.device_id)):
            self._attr_entity_registry_enabled_default = True

    @override
    def device_available(self) -> bool:
        """Return True."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Whether the device can be reached."""
        return self.coordinator.model.is_reachable(self.device_id)


class MotionBinarySensor(LivisiEntity, BinarySensorEntity):
    """Motion within the last minute, or another time that a person has chosen."""

    _attr_device_class = BinarySensorDeviceClass.MOTION

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity without motion."""
        super().__init__(coordinator, source, "motion")
        self._attr_is_on = False
        self._off_timer: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the events of the motion detector."""
        await super().async_added_to_hass()
        self.async_on_remove(self._cancel)
        self.async_on_remove(self.coordinator.dispatcher.subscribe_events(self.resource, self._handle_event))

    @callback
    def _handle_event(self, _event: PushEvent) -> bool:
        self._cancel()
        delay = self.coordinator.entry.options.get(CONF_MOTION_HOLD, MOTION_OFF_DELAY)
        self._off_timer = self.coordinator.background.call_later(delay, self._turn_off)
        self._attr_is_on = True
        self.async_write_ha_state()
        # The event itself is shown by an event entity.
        return False

    @callback
    def _turn_off(self) -> None:
        self._off_timer = None
        self._attr_is_on = False
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._off_timer is not None:
            self._off_timer()
            self._off_timer = None
