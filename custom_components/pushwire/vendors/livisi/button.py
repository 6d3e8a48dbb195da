"""Button platform for LIVISI."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory

from ...wire.values import as_dict, as_list, as_text
from .api.model import SHUTTER, Resource
from .commands import all_of
from .entity import MAX_NAME, LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# Duration of a step of a shutter, in tenths of a second.
STEP_TIME: Final = 5
OPEN: Final = 100
CLOSED: Final = 0


@dataclass(frozen=True, kw_only=True)
class ActionButtonDescription(ButtonEntityDescription):
    """Description of a button that executes an action on a shutter.

    Attributes:
        action: Type of the action.
        params: Parameters of the action.

    """

    action: str
    params: tuple[tuple[str, Any], ...] = ()


def _step(key: str, level: int) -> ActionButtonDescription:
    return ActionButtonDescription(
        key=key,
        translation_key=key,
        action="SetStateWithBehavior",
        params=(("shutterLevel", level), ("shutterControlBehavior", "Inverted"), ("stepDriveTime", STEP_TIME)),
    )


def _calibration(key: str, action: str) -> ActionButtonDescription:
    return ActionButtonDescription(
        key=key,
        translation_key=key,
        action=action,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    )


SHUTTER_BUTTONS: Final = (
    _step("step_up", OPEN),
    _step("step_down", CLOSED),
    _calibration("start_calibration", "StartCalibration"),
    _calibration("stop_calibration", "StopCalibration"),
    _calibration("reset_calibration", "ResetCalibration"),
)


@dataclass(frozen=True, kw_only=True)
class HubButtonDescription(ButtonEntityDescription):
    """Description of a button of the hub.

    Attributes:
        press: Executes the command of the button.

    """

    press: Callable[[LivisiCoordinator], Coroutine[Any, Any, None]]


HUB_BUTTONS: Final = (
    HubButtonDescription(
        key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press=lambda coordinator: coordinator.async_restart(),
    ),
    HubButtonDescription(
        key="mark_all_read",
        translation_key="mark_all_read",
        press=lambda coordinator: coordinator.async_mark_all_messages_read(),
    ),
)


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the buttons of the hub with its scenarios, or of a shutter."""
    model = coordinator.model
    if device_id == coordinator.hub_id:
        for hub_description in HUB_BUTTONS:
            yield HubButton(coordinator, hub_description)
        for interaction_id, interaction in model.interactions.items():
            if _rule_ids(interaction):
                yield ScenarioButton(coordinator, interaction_id)
    for capability in model.capabilities_of(device_id):
        if capability.type == SHUTTER:
            for description in SHUTTER_BUTTONS:
                yield ShutterButton(coordinator, capability, description)


def _rule_ids(interaction: dict[str, Any]) -> list[str]:
    """Return the IDs of a scenario's rules."""
    rules = [as_text(as_dict(rule).get("id")) for rule in as_list(interaction.get("rules"))]
    return [rule for rule in rules if rule is not None]


class HubButton(LivisiEntity, ButtonEntity):
    """Button of the hub."""

    entity_description: HubButtonDescription

    def __init__(self, coordinator: LivisiCoordinator, description: HubButtonDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, coordinator.model.devices[coordinator.hub_id], description.key)
        self.entity_description = description

    @override
    async def async_press(self) -> None:
        """Execute the command."""
        await self.async_command(self.entity_description.press(self.coordinator))


class ScenarioButton(LivisiEntity, ButtonEntity):
    """Button that runs a scenario of the hub."""

    _attr_icon = "mdi:script-text-play"

    def __init__(self, coordinator: LivisiCoordinator, interaction_id: str) -> None:
        """Initialize the entity."""
        hub = coordinator.model.devices[coordinator.hub_id]
        super().__init__(coordinator, hub)
        self.resource = interaction_id
        self._attr_unique_id = coordinator.unique_id(interaction_id, "scenario")
        self._update_attrs()

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the scenario and the hub."""
        return (self.resource, self.device_id)

    @override
    def _update_attrs(self) -> None:
        """Update the name, with a number if another scenario has the same one."""
        interactions = self.coordinator.model.interactions
        name = _scenario_name(interactions.get(self.resource, {}))
        same = [key for key, interaction in interactions.items() if _scenario_name(interaction) == name]
        number = f" {same.index(self.resource) + 1}" if len(same) > 1 and self.resource in same else ""
        previous = getattr(self, "_attr_name", None)
        self._attr_name = f"{name[: MAX_NAME - len(number)]}{number}"
        if self.hass and previous != self._attr_name:
            self.update_name()

    @override
    async def async_press(self) -> None:
        """Run all rules of the scenario."""
        coordinator = self.coordinator
        rule_ids = _rule_ids(coordinator.model.interactions.get(self.resource, {}))
        await self.async_command(all_of([coordinator.async_trigger_rule(rule_id) for rule_id in rule_ids]))


def _scenario_name(interaction: dict[str, Any]) -> str:
    """Return the name of a scenario."""
    config = as_dict(interaction.get("config"))
    return as_text(interaction.get("name")) or as_text(config.get("name")) or "Scenario"


class ShutterButton(LivisiEntity, ButtonEntity):
    """Button that executes an action on a shutter."""

    entity_description: ActionButtonDescription

    def __init__(self, coordinator: LivisiCoordinator, source: Resource, description: ActionButtonDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, description.key)
        self.entity_description = description

    @override
    async def async_press(self) -> None:
        """Execute the action."""
        await self.async_execute(self.entity_description.action, **dict(self.entity_description.params))
