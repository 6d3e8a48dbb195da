"""The gateway itself: opening the network, searching, restarting, and what it tells of itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.helpers.entity import EntityDescription

from ...core.entity import PushEntity
from .api.convert import flag, number

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

CONFIG: Final = EntityCategory.CONFIG
DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
# What of the gateway changes: its configuration, and until when the network is open.
ITEMS: Final = frozenset({"config"})
# Seconds for which the network is opened where the gateway tells none, and the most that can be asked for.
USUAL_OPENING: Final = 60
LONGEST_OPENING: Final = 254
OPEN_WITHOUT_END: Final = 255


@dataclass(frozen=True, kw_only=True)
class GatewayButton(ButtonEntityDescription):
    """Something the gateway does when it is told to.

    Attributes:
        press: Which of the coordinator's commands it is.

    """

    press: Callable[[DeconzCoordinator], Any]


SWITCHES: Final = (
    SwitchEntityDescription(key="otauactive", translation_key="otauactive", entity_category=CONFIG),
    SwitchEntityDescription(
        key="rfconnected",
        translation_key="rfconnected",
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
    ),
)
NUMBERS: Final = tuple(
    NumberEntityDescription(
        key=key,
        translation_key=key,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=1,
        native_max_value=65535,
        mode=NumberMode.BOX,
    )
    for key in ("lightlastseeninterval", "networkopenduration")
)
SENSORS: Final = (
    SensorEntityDescription(key="zigbeechannel", translation_key="zigbeechannel", entity_category=DIAGNOSTIC),
    SensorEntityDescription(
        key="fwversion",
        translation_key="fwversion",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)
BINARY_SENSORS: Final = (
    BinarySensorEntityDescription(
        key="fwneedupdate",
        translation_key="fwneedupdate",
        device_class=BinarySensorDeviceClass.UPDATE,
        entity_category=DIAGNOSTIC,
    ),
)
BUTTONS: Final = (
    GatewayButton(
        key="search",
        translation_key="search",
        entity_category=CONFIG,
        press=lambda coordinator: coordinator.async_search(),
    ),
    GatewayButton(
        key="restart_app",
        translation_key="restart_app",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=CONFIG,
        press=lambda coordinator: coordinator.async_post("config/restartapp"),
    ),
    GatewayButton(
        key="restart",
        translation_key="restart_gateway",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
        press=lambda coordinator: coordinator.async_post("config/restart"),
    ),
)


def _config(coordinator: DeconzCoordinator, device_id: str) -> Mapping[str, Any]:
    """Return the gateway's configuration if the device is the gateway."""
    return coordinator.model.config if device_id == coordinator.hub_id else {}


def switches(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_GatewayEntity]:
    """Build the gateway's switches."""
    config = _config(coordinator, device_id)
    if config:
        yield PermitJoinSwitch(coordinator)
    yield from (GatewaySwitch(coordinator, row) for row in SWITCHES if row.key in config)


def numbers(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_GatewayEntity]:
    """Build the gateway's numbers."""
    config = _config(coordinator, device_id)
    yield from (GatewayNumber(coordinator, row) for row in NUMBERS if row.key in config)


def sensors(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_GatewayEntity]:
    """Build what the gateway tells of itself."""
    config = _config(coordinator, device_id)
    if config:
        yield OpenUntilSensor(coordinator)
    yield from (GatewaySensor(coordinator, row) for row in SENSORS if row.key in config)


def binary_sensors(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_GatewayEntity]:
    """Build the yes-or-no values of the gateway."""
    config = _config(coordinator, device_id)
    yield from (GatewayBinarySensor(coordinator, row) for row in BINARY_SENSORS if row.key in config)


def buttons(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_GatewayEntity]:
    """Build the gateway's buttons."""
    if _config(coordinator, device_id):
        yield from (GatewayButtonEntity(coordinator, row) for row in BUTTONS)


class _GatewayEntity(PushEntity["DeconzCoordinator"]):
    """Something of the gateway itself."""

    def __init__(self, coordinator: DeconzCoordinator, description: EntityDescription) -> None:
        """Belong to the gateway's device."""
        hub = coordinator.hub_id
        super().__init__(coordinator, hub, hub, description.key, properties=ITEMS)
        self.entity_description = description

    @property
    def told(self) -> Any:
        """Return the item of the configuration that it is named after."""
        return self.coordinator.model.config.get(self.entity_description.key)

    async def async_configure(self, value: Any) -> None:
        """Write that item."""
        await self.async_command(self.coordinator.async_configure(**{self.entity_description.key: value}))


class GatewaySwitch(_GatewayEntity, SwitchEntity):
    """A yes or no of the configuration."""

    @override
    def refresh(self) -> None:
        """Read it."""
        self._attr_is_on = flag(self.told)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Say yes."""
        await self.async_configure(value=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Say no."""
        await self.async_configure(value=False)


class PermitJoinSwitch(_GatewayEntity, SwitchEntity):
    """Whether new devices may join; the gateway closes by itself after a time."""

    def __init__(self, coordinator: DeconzCoordinator) -> None:
        """Name it."""
        super().__init__(
            coordinator,
            SwitchEntityDescription(key="permitjoin", translation_key="permitjoin", entity_category=CONFIG),
        )

    @override
    def refresh(self) -> None:
        """Read whether the network is open."""
        self._attr_is_on = self.coordinator.is_open

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Open for as long as the gateway is used to."""
        await self.async_command(self.coordinator.async_open_network())

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Close at once."""
        await self.async_command(self.coordinator.async_close_network())


class OpenUntilSensor(_GatewayEntity, SensorEntity):
    """Until when new devices may join: Home Assistant counts down to it."""

    def __init__(self, coordinator: DeconzCoordinator) -> None:
        """Name it."""
        super().__init__(
            coordinator,
            SensorEntityDescription(
                key="open_until",
                translation_key="open_until",
                device_class=SensorDeviceClass.TIMESTAMP,
                entity_category=DIAGNOSTIC,
            ),
        )

    @override
    def refresh(self) -> None:
        """Read the time, or nothing when the network is closed or open without end."""
        until: datetime | None = self.coordinator.open_until
        self._attr_native_value = until


class GatewayNumber(_GatewayEntity, NumberEntity):
    """A number of the configuration."""

    @override
    def refresh(self) -> None:
        """Read it."""
        self._attr_native_value = number(self.told)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write it."""
        await self.async_configure(round(value))


class GatewaySensor(_GatewayEntity, SensorEntity):
    """A word or number of the configuration."""

    @override
    def refresh(self) -> None:
        """Read it."""
        told = self.told
        self._attr_native_value = told if isinstance(told, str | int) else None


class GatewayBinarySensor(_GatewayEntity, BinarySensorEntity):
    """A yes or no that the gateway tells of itself."""

    @override
    def refresh(self) -> None:
        """Read it."""
        self._attr_is_on = flag(self.told)


class GatewayButtonEntity(_GatewayEntity, ButtonEntity):
    """A command to the gateway."""

    entity_description: GatewayButton

    @override
    async def async_press(self) -> None:
        """Give the command."""
        await self.async_command(self.entity_description.press(self.coordinator))
