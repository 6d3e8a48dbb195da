"""Switch platform for LIVISI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntityDescription
from homeassistant.const import EntityCategory

from ...core.switch import BooleanSwitchEntity
from ...wire.values import as_bool
from .api.model import SWITCH, VARIABLE, Resource
from .entity import LivisiEntity, TimedEntity, always, type_in

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


@dataclass(frozen=True, kw_only=True)
class PropertySwitchDescription(SwitchEntityDescription):
    """Description of a switch that writes one property.

    Attributes:
        item: Name of the property, and of the action's parameter.
        supported_fn: Returns whether a capability gets the switch.

    """

    item: str
    supported_fn: Callable[[Resource], bool] = always


# Item of a thermostat's configuration.
CHILD_LOCK: Final = "childLock"
SWITCHES: Final = (
    PropertySwitchDescription(key="", item="onState", supported_fn=type_in(SWITCH)),
    PropertySwitchDescription(key="", item="value", supported_fn=type_in(VARIABLE)),
)
DISCOVERY: Final = PropertySwitchDescription(
    key="discovery",
    item="discoveryActive",
    translation_key="discovery",
    entity_category=EntityCategory.CONFIG,
)


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the switches of a device, and the hub's switch for device discovery."""
    model = coordinator.model
    if device_id == coordinator.hub_id:
        yield LivisiSwitch(coordinator, model.devices[device_id], DISCOVERY)
    for capability in model.capabilities_of(device_id):
        for description in SWITCHES:
            if description.supported_fn(capability) and not coordinator.is_light(capability):
                yield LivisiSwitch(coordinator, capability, description)
        if as_bool(capability.config.get(CHILD_LOCK)) is not None:
            yield ChildLockSwitch(coordinator, capability)


class ChildLockSwitch(LivisiEntity, BooleanSwitchEntity):
    """Child lock of a thermostat, which is part of its configuration."""

    _attr_translation_key = "child_lock"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, CHILD_LOCK, CHILD_LOCK)

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = as_bool(self.source.config.get(CHILD_LOCK))

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Change the configuration."""
        await self.async_configure(**{CHILD_LOCK: on})


class LivisiSwitch(TimedEntity, BooleanSwitchEntity):
    """Switch that writes one property."""

    entity_description: PropertySwitchDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: PropertySwitchDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, description.key, description.item)
        self.entity_description = description
        if not description.key:
            self._attr_name = None
        if "PSS" in coordinator.model.devices[source.device_id].type:
            self._attr_device_class = SwitchDeviceClass.OUTLET

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = as_bool(self.reported(self.entity_description.item))

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Write the property."""
        self.coordinator.off_timers.cancel(self.source.id)
        await self.async_execute("SetState", None, **{self.entity_description.item: on})

    @override
    async def async_turn_on_for(self, seconds: float, brightness: int | None) -> None:
        """Turn on, and off again after a number of seconds."""
        if self.source.type == SWITCH:
            await self.async_turn_on_on_hub(seconds)
            return
        # Variables have no timer on any hub.
        item = self.entity_description.item
        await self.async_execute("SetState", None, **{item: True})
        self.coordinator.off_timers.set(self.source, seconds, {item: False})
