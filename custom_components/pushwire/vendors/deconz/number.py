"""Number platform for deCONZ."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import LIGHT_LUX, EntityCategory, UnitOfLength, UnitOfRatio, UnitOfTemperature, UnitOfTime
from homeassistant.core import callback
from homeassistant.util.color import color_temperature_kelvin_to_mired, color_temperature_mired_to_kelvin

from ...core.entity import PushEntity, validation_error
from ...wire.values import number
from .api.convert import light_level, lux
from .api.introspection import Range
from .api.model import Resource
from .entity import (
    DeconzEntity,
    GatewayEntity,
    SettingEntity,
    always,
    configurable_resources,
    gateway_config,
    has_setting,
    is_rule_state,
    resources,
    setting,
    type_in,
    type_not_in,
    with_different_names,
)
from .levels import LEVELS, PREVIOUS, LevelDescription
from .light_state import MAX_BRIGHTNESS, mired_range
from .sensitivity import has_named_steps

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

CONFIG: Final = EntityCategory.CONFIG
UINT8_MAX: Final = 255
UINT16_MAX: Final = 65535
# Brighter than sunlight, and less than the highest light level.
MAX_LUX: Final = 200000
# Values of ``externalsensortemp`` while the device uses its own sensor.
NO_EXTERNAL_TEMPERATURE: Final = frozenset({-8000, -32768})

# Seconds behind each value of ``config.duration`` of a maker whose devices report an index.
INDEXED_DURATIONS: Final = (10, 30, 60, 120)
_INDEXED_DURATION_MAKER: Final = "HOBEIAN"

THERMOSTATS: Final = ("ZHAThermostat", "CLIPThermostat")
TEMPERATURES: Final = ("ZHATemperature", "CLIPTemperature")
HUMIDITIES: Final = ("ZHAHumidity", "CLIPHumidity")
MOISTURE: Final = "ZHAMoisture"
DAYLIGHT_OFFSET: Final = "CLIPDaylightOffset"


@dataclass(frozen=True, kw_only=True)
class SettingNumberDescription(NumberEntityDescription):
    """Description of a numeric setting.

    Attributes:
        item: Path below the section, such as ``offset`` or ``bri.onoff_transitiontime``.
        scale: Value of one of the gateway's steps in the entity's unit.
        max_item: Item that holds the highest value, if the device reports it.
        relative_to: Item to which the gateway's number is relative.
        is_light_level: Whether the gateway's number is a light level; the entity's unit is lx.
        section: Section of the resource.
        unknown_values: The gateway's numbers for a value that does not exist.
        supported_fn: Returns whether a resource with the item gets the number.

    """

    item: str
    scale: float = 1
    max_item: str | None = None
    relative_to: str | None = None
    is_light_level: bool = False
    section: str = "config"
    unknown_values: Container[float] = ()
    supported_fn: Callable[[Resource], bool] = always


def _seconds(
    key: str,
    *,
    max_value: float = UINT16_MAX,
    enabled: bool = True,
    supported_fn: Callable[[Resource], bool] = always,
) -> SettingNumberDescription:
    return SettingNumberDescription(
        supported_fn=supported_fn,
        key=key,
        item=key,
        translation_key=key,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=0,
        native_max_value=max_value,
        entity_registry_enabled_default=enabled,
    )


def _minutes(key: str, resource_type: str, translation_key: str, *, enabled: bool = True) -> SettingNumberDescription:
    return SettingNumberDescription(
        key=key,
        item=key,
        translation_key=translation_key,
        entity_registry_enabled_default=enabled,
        supported_fn=type_in(resource_type),
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        native_min_value=-120,
        native_max_value=120,
    )


def _offset(
    quantity: str, unit: str, *types: str, device_class: NumberDeviceClass | None = None, enabled: bool = False
) -> SettingNumberDescription:
    return SettingNumberDescription(
        key="offset",
        item="offset",
        # A device with several sensors has an offset for each.
        translation_key=f"offset_{quantity}",
        entity_registry_enabled_default=enabled,
        supported_fn=type_in(*types),
        device_class=device_class,
        native_unit_of_measurement=unit,
        native_min_value=-100,
        native_max_value=100,
        native_step=0.1,
        scale=0.01,
    )


def _light_threshold(key: str, *, relative_to: str | None = None) -> SettingNumberDescription:
    return SettingNumberDescription(
        key=key,
        item=key,
        translation_key=key,
        # As the binary sensors of darkness and daylight.
        entity_registry_enabled_default=False,
        device_class=NumberDeviceClass.ILLUMINANCE,
        native_unit_of_measurement=LIGHT_LUX,
        native_min_value=0,
        native_max_value=MAX_LUX,
        native_step=0.1,
        is_light_level=True,
        relative_to=relative_to,
    )


def _limit(key: str, unit: str, device_class: NumberDeviceClass, low: float, high: float) -> SettingNumberDescription:
    """Return a limit at which a siren sounds."""
    return SettingNumberDescription(
        key=key,
        item=key,
        translation_key=key,
        device_class=device_class,
        native_unit_of_measurement=unit,
        native_min_value=low,
        native_max_value=high,
    )


def _plain(key: str, max_value: float, *, enabled: bool = True) -> SettingNumberDescription:
    return SettingNumberDescription(
        key=key,
        item=key,
        translation_key=key,
        native_min_value=0,
        native_max_value=max_value,
        entity_registry_enabled_default=enabled,
    )


def has_indexed_duration(resource: Resource) -> bool:
    """Return whether the duration is an index."""
    return resource.attr.get("manufacturername") == _INDEXED_DURATION_MAKER


def _has_duration(resource: Resource) -> bool:
    return not has_indexed_duration(resource)


SETTINGS: Final[tuple[SettingNumberDescription, ...]] = (
    *(
        _seconds(f"{mode}_{delay}", max_value=UINT8_MAX, enabled=False)
        for mode in ("armed_away", "armed_night", "armed_stay", "disarmed")
        for delay in ("entry_delay", "exit_delay", "trigger_duration")
    ),
    SettingNumberDescription(
        key="onoff_transitiontime",
        item="bri.onoff_transitiontime",
        translation_key="onoff_transitiontime",
        entity_registry_enabled_default=False,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=0,
        native_max_value=6553.4,
        native_step=0.1,
        scale=0.1,
    ),
    SettingNumberDescription(
        key="pixel_count",
        item="color.gradient.pixel_count",
        translation_key="pixel_count",
        entity_registry_enabled_default=False,
        native_min_value=5,
        native_max_value=50,
    ),
    _seconds("delay"),
    SettingNumberDescription(
        key="detectionrange",
        item="detectionrange",
        translation_key="detectionrange",
        device_class=NumberDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.CENTIMETERS,
        native_min_value=0,
        native_max_value=600,
    ),
    _seconds("duration", supported_fn=_has_duration),
    SettingNumberDescription(
        key="externalsensortemp",
        item="externalsensortemp",
        translation_key="externalsensortemp",
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_min_value=-20,
        native_max_value=60,
        native_step=0.01,
        scale=0.01,
        unknown_values=NO_EXTERNAL_TEMPERATURE,
    ),
    _seconds("fadingtime"),
    *(
        _limit(f"humidity{end}threshold", UnitOfRatio.PERCENTAGE, NumberDeviceClass.HUMIDITY, 0, 100)
        for end in ("max", "min")
    ),
    _plain("interfacemode", UINT16_MAX, enabled=False),
    _plain("melody", UINT8_MAX),
    *(
        _offset(
            "temperature",
            UnitOfTemperature.CELSIUS,
            *types,
            device_class=NumberDeviceClass.TEMPERATURE_DELTA,
            # A thermostat beside a radiator hardly ever measures the temperature of the room.
            enabled=types is THERMOSTATS,
        )
        for types in (TEMPERATURES, THERMOSTATS)
    ),
    _offset("humidity", UnitOfRatio.PERCENTAGE, *HUMIDITIES),
    _offset("moisture", UnitOfRatio.PERCENTAGE, MOISTURE),
    _minutes("offset", DAYLIGHT_OFFSET, "offset_daylight"),
    SettingNumberDescription(
        key="offset",
        item="offset",
        translation_key="offset",
        entity_registry_enabled_default=False,
        supported_fn=type_not_in(*TEMPERATURES, *THERMOSTATS, *HUMIDITIES, MOISTURE, DAYLIGHT_OFFSET),
        native_min_value=-32768,
        native_max_value=32767,
    ),
    _plain("pulseconfiguration", UINT16_MAX, enabled=False),
    SettingNumberDescription(
        key="sensitivity",
        item="sensitivity",
        translation_key="sensitivity",
        native_min_value=0,
        native_max_value=UINT16_MAX,
        max_item="sensitivitymax",
        supported_fn=lambda resource: not has_named_steps(resource),
    ),
    SettingNumberDescription(
        key="speed",
        item="speed",
        translation_key="speed",
        native_min_value=0,
        native_max_value=UINT8_MAX,
        supported_fn=lambda resource: resource.kind == "lights",
    ),
    SettingNumberDescription(
        key="status",
        item="status",
        section="state",
        translation_key="status",
        supported_fn=lambda resource: resource.type == "CLIPGenericStatus" and not is_rule_state(resource),
        native_min_value=-(2**31),
        native_max_value=2**31 - 1,
    ),
    # As the sensors to which they belong.
    *(_minutes(key, "Daylight", key, enabled=False) for key in ("sunriseoffset", "sunsetoffset")),
    *(
        _limit(f"temperature{end}threshold", UnitOfTemperature.CELSIUS, NumberDeviceClass.TEMPERATURE, -20, 60)
        for end in ("max", "min")
    ),
    _light_threshold("tholddark"),
    # The gateway reports daylight by its distance from darkness.
    _light_threshold("tholdoffset", relative_to="tholddark"),
    SettingNumberDescription(
        key="unoccupiedheatsetpoint",
        item="unoccupiedheatsetpoint",
        translation_key="unoccupiedheatsetpoint",
        entity_registry_enabled_default=False,
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_min_value=5,
        native_max_value=32,
        native_step=0.5,
        scale=0.01,
    ),
)
GATEWAY_NUMBERS: Final = tuple(
    NumberEntityDescription(
        key=key,
        translation_key=key,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=1,
        native_max_value=UINT16_MAX,
        mode=NumberMode.BOX,
    )
    for key in ("lightlastseeninterval", "networkopenduration")
)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the numbers of a device or the gateway."""
    for resource in configurable_resources(coordinator, device_id):
        for description in SETTINGS:
            if has_setting(resource, description.item, description.section) and description.supported_fn(resource):
                yield SettingNumber(coordinator, resource, description)
    for resource in resources(coordinator, device_id, "lights"):
        for level in LEVELS:
            if has_setting(resource, level.item):
                yield LevelNumber(coordinator, resource, level)
        if resource.has("state.speed") and resource.has("state.effect"):
            yield EffectSpeedNumber(coordinator, resource)
    config = gateway_config(coordinator, device_id)
    for gateway_description in GATEWAY_NUMBERS:
        if gateway_description.key in config:
            yield GatewayNumber(coordinator, gateway_description)


class SettingNumber(SettingEntity, NumberEntity):
    """Numeric setting."""

    entity_description: SettingNumberDescription
    _attr_mode = NumberMode.BOX

    def __init__(
        self, coordinator: DeconzCoordinator, resource: Resource, description: SettingNumberDescription
    ) -> None:
        """Initialize the entity with the highest value that the device reports."""
        further_items = (description.relative_to,) if description.relative_to else ()
        super().__init__(
            coordinator, resource, description.item, description, *further_items, section=description.section
        )
        max_value = number(setting(resource, description.max_item)) if description.max_item else None
        if max_value is not None and max_value > 0:
            self._attr_native_max_value = max_value

    @override
    async def async_added_to_hass(self) -> None:
        """Request the range of the setting on this device."""
        await super().async_added_to_hass()
        if self.source.kind == "sensors" and self.section == "config" and not self.entity_description.is_light_level:
            self.coordinator.introspection.request_range(self.source, self.item, self._set_range)

    @callback
    def _set_range(self, limits: Range) -> None:
        """Narrow the range to what the device supports; never widen the default."""
        low, high = (None if limit is None else round(limit * self.entity_description.scale, 2) for limit in limits)
        low = self.native_min_value if low is None else max(low, self.native_min_value)
        high = self.native_max_value if high is None else min(high, self.native_max_value)
        if not self.added or low >= high or (low, high) == (self.native_min_value, self.native_max_value):
            return
        self._attr_native_min_value, self._attr_native_max_value = low, high
        self.async_write_ha_state()

    def _base(self) -> float:
        item = self.entity_description.relative_to
        return 0 if item is None else number(setting(self.source, item)) or 0

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        description = self.entity_description
        value = number(self.current_value)
        if value is None or value in description.unknown_values:
            self._attr_native_value = None
        elif description.is_light_level:
            self._attr_native_value = lux(value + self._base())
        else:
            self._attr_native_value = round(value * description.scale, 2)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        description = self.entity_description
        if not description.is_light_level:
            await self.async_write_setting(round(value / description.scale))
            return
        level = light_level(value) - round(self._base())
        if description.relative_to is not None and level < 1:
            raise validation_error("daylight_below_dark")
        await self.async_write_setting(level)


class LevelNumber(SettingEntity, NumberEntity):
    """Fixed brightness or color temperature; unavailable while the previous one applies."""

    entity_description: LevelDescription
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, description: LevelDescription) -> None:
        """Initialize the entity with the color temperatures of the light."""
        super().__init__(coordinator, resource, description.item, description)
        if description.is_color_temperature:
            low, high = mired_range(resource)
            self._attr_native_min_value = color_temperature_mired_to_kelvin(high)
            self._attr_native_max_value = color_temperature_mired_to_kelvin(low)

    @override
    def device_available(self) -> bool:
        """Return whether the device can be reached and has a fixed level."""
        return super().device_available() and self.current_value != PREVIOUS

    @override
    def _update_attrs(self) -> None:
        """Update the level."""
        value = number(self.current_value)
        if value is None or value <= 0:
            self._attr_native_value = None
        elif self.entity_description.is_color_temperature:
            self._attr_native_value = color_temperature_mired_to_kelvin(value)
        else:
            self._attr_native_value = max(1, min(100, round(value / MAX_BRIGHTNESS * 100)))

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the level."""
        if not self.entity_description.is_color_temperature:
            await self.async_write_setting(round(value / 100 * MAX_BRIGHTNESS))
            return
        low, high = mired_range(self.source)
        await self.async_write_setting(min(max(round(color_temperature_kelvin_to_mired(value)), low), high))


class EffectSpeedNumber(DeconzEntity, NumberEntity):
    """Speed of a light's effects."""

    entity_description = NumberEntityDescription(
        key="speed",
        translation_key="effect_speed",
        entity_category=CONFIG,
        native_min_value=0,
        native_max_value=UINT8_MAX,
        mode=NumberMode.BOX,
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "speed", "state.speed")

    @override
    def _update_attrs(self) -> None:
        """Update the speed."""
        self._attr_native_value = number(self.read("state.speed"))

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the speed."""
        await self.async_put("state", speed=round(value))


class GatewayNumber(GatewayEntity, NumberEntity):
    """Number of the gateway's configuration."""

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        self._attr_native_value = number(self.config_value)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        await self.async_configure(round(value))
