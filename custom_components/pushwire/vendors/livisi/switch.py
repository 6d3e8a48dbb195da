"""Switch platform for LIVISI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntityDescription
from homeassistant.const import EntityCategory

from ...core.switch import BooleanSwitchEntity
from ...wire.values import as_bool
from .api.model import LIGHT_CATEGORY, SWITCH, VARIABLE, Resource
from .entity import LivisiEntity, always, type_in

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


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiSwitch]:
    """Yield the switches of a device, and the hub's switch for device discovery."""
    model = coordinator.model
    if device_id == coordinator.hub_id and DISCOVERY.item in model.devices[device_id].state:
        yield LivisiSwitch(coordinator, model.devices[device_id], DISCOVERY)
    for capability in model.capabilities_of(device_id):
        for description in SWITCHES:
            if description.supported_fn(capability) and not is_light(coordinator, capability):
                yield LivisiSwitch(coordinator, capability, description)


def is_light(coordinator: LivisiCoordinator, capability: Resource) -> bool:
    """Return whether a switch is categorized as a light on the hub."""
    return capability.type == SWITCH and coordinator.model.category_of(capability) == LIGHT_CATEGORY


class LivisiSwitch(LivisiEntity, BooleanSwitchEntity):
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
        self._attr_is_on = as_bool(self.value(self.entity_description.item))

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Write the property."""
        await self.async_execute("SetState", **{self.entity_description.item: on})
