"""What a LIVISI hub switches, apart from lights."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory

from .api.model import LIGHT_CATEGORY, SWITCH, VARIABLE, Resource
from .entity import LivisiEntity, flag

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


@dataclass(frozen=True, kw_only=True)
class LivisiSwitchDescription(SwitchEntityDescription):
    """A property that SetState writes.

    Attributes:
        type: Type of the capability, or empty for the hub itself.
        item: Name of the property, and of the action's parameter.

    """

    type: str
    item: str


ON = LivisiSwitchDescription(key="", type=SWITCH, item="onState")

SWITCHES: tuple[LivisiSwitchDescription, ...] = (
    ON,
    LivisiSwitchDescription(key="", type=VARIABLE, item="value"),
)

DISCOVERY = LivisiSwitchDescription(
    key="discovery",
    translation_key="discovery",
    type="",
    item="discoveryActive",
    entity_category=EntityCategory.CONFIG,
)


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiSwitch]:
    """Build a switch for each actuator of a device, and one that lets the hub find devices."""
    model = coordinator.model
    if device_id == coordinator.hub_id and DISCOVERY.item in model.devices[device_id].state:
        yield LivisiSwitch(coordinator, model.devices[device_id], DISCOVERY)
    for actuator in model.capabilities_of(device_id):
        for description in SWITCHES:
            if actuator.type == description.type and not is_light(coordinator, actuator):
                yield LivisiSwitch(coordinator, actuator, description)


def is_light(coordinator: LivisiCoordinator, actuator: Resource) -> bool:
    """Say whether a person told the hub that an actuator switches a light."""
    return actuator.type == SWITCH and coordinator.model.category_of(actuator) == LIGHT_CATEGORY


class LivisiSwitch(LivisiEntity, SwitchEntity):
    """An actuator that is on or off."""

    entity_description: LivisiSwitchDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: LivisiSwitchDescription,
    ) -> None:
        """Follow its one property."""
        super().__init__(coordinator, source, description.key, description.item)
        self.entity_description = description
        if not description.key:
            self._attr_name = None
        if "PSS" in coordinator.model.devices[source.device_id].type:
            self._attr_device_class = SwitchDeviceClass.OUTLET

    @override
    def _update_attrs(self) -> None:
        """Read whether it is on."""
        self._attr_is_on = flag(self.value(self.entity_description.item))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self.async_act("SetState", **{self.entity_description.item: True})

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_act("SetState", **{self.entity_description.item: False})
