"""Button platform for deCONZ."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.components.light import FLASH_SHORT
from homeassistant.const import EntityCategory, Platform

from ...core.entity import PushEntity
from ...wire.text import shorten
from .api.model import STORE_SCENE, Resource, Scene
from .entity import (
    DeconzEntity,
    GatewayEntity,
    always,
    gateway_config,
    resources,
    with_different_names,
)
from .light_state import alerts_of
from .scene import SceneEntity
from .siren import TYPE as SIREN

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Length of a scene's name with which the name of its button is not too long in any language.
MAX_SCENE_LENGTH: Final = 24
CONFIG: Final = EntityCategory.CONFIG
DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC


@dataclass(frozen=True, kw_only=True)
class DeconzButtonDescription(ButtonEntityDescription):
    """Description of a command of a device.

    Attributes:
        item: Name of the item that is written.
        section: Section of the resource.
        per_device: Whether a device has the button once, whichever of its resources have the item.
        value_fn: Returns the value that is written.
        supported_fn: Returns whether a resource with the setting gets the button.

    """

    item: str
    section: str = "config"
    per_device: bool = False
    value_fn: Callable[[Resource], Any] = always
    supported_fn: Callable[[Resource], bool] = always


@dataclass(frozen=True, kw_only=True)
class GatewayButtonDescription(ButtonEntityDescription):
    """Description of a command of the gateway.

    Attributes:
        press_fn: Sends the command.

    """

    press_fn: Callable[[DeconzCoordinator], Any]


def _has_alert(resource: Resource) -> bool:
    """Return whether a resource in ``lights`` draws attention to itself; a siren would sound."""
    return resource.kind == "lights" and resource.type.lower() != SIREN and FLASH_SHORT in alerts_of(resource)


BUTTONS: Final = (
    DeconzButtonDescription(
        key="identify",
        item="alert",
        section="state",
        per_device=True,
        device_class=ButtonDeviceClass.IDENTIFY,
        entity_category=DIAGNOSTIC,
        value_fn=lambda resource: alerts_of(resource)[FLASH_SHORT],
        supported_fn=_has_alert,
    ),
    DeconzButtonDescription(
        key="identify",
        item="alert",
        per_device=True,
        device_class=ButtonDeviceClass.IDENTIFY,
        entity_category=DIAGNOSTIC,
        value_fn=lambda _: "select",
    ),
    DeconzButtonDescription(
        key="resetpresence",
        item="resetpresence",
        translation_key="resetpresence",
        entity_category=CONFIG,
    ),
    DeconzButtonDescription(
        key="restart_device",
        item="restart_device",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
    ),
    DeconzButtonDescription(
        key="selftest",
        item="selftest",
        translation_key="selftest",
        entity_category=DIAGNOSTIC,
    ),
    DeconzButtonDescription(
        key="spatial_learning",
        item="spatial_learning",
        translation_key="spatial_learning",
        entity_category=CONFIG,
    ),
)
GATEWAY_BUTTONS: Final = (
    GatewayButtonDescription(
        key="restart",
        translation_key="restart_gateway",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda coordinator: coordinator.async_post("config/restart"),
    ),
    GatewayButtonDescription(
        key="restart_app",
        translation_key="restart_app",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda coordinator: coordinator.async_post("config/restartapp"),
    ),
    GatewayButtonDescription(
        key="search",
        translation_key="search",
        entity_category=CONFIG,
        press_fn=lambda coordinator: coordinator.network.async_search(),
    ),
)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the buttons of a device, of a group's scenes, or of the gateway."""
    # Each sensor of a device lists the commands of the whole device.
    candidates: dict[tuple[str, str], list[tuple[Resource, DeconzButtonDescription]]] = {}
    for description in BUTTONS:
        for resource in resources(coordinator, device_id, "lights", "sensors"):
            if resource.has(f"{description.section}.{description.item}") and description.supported_fn(resource):
                place = "" if description.per_device else resource.endpoint
                candidates.setdefault((place, description.key), []).append((resource, description))
    for (_, key), options in candidates.items():
        yield DeconzButton(coordinator, *_pick(coordinator, key, options))
    for group in resources(coordinator, device_id, "groups"):
        for scene in coordinator.model.scenes(group):
            yield StoreSceneButton(coordinator, scene)
    if gateway_config(coordinator, device_id):
        yield from (GatewayButton(coordinator, description) for description in GATEWAY_BUTTONS)


def _pick(
    coordinator: DeconzCoordinator, key: str, options: Sequence[tuple[Resource, DeconzButtonDescription]]
) -> tuple[Resource, DeconzButtonDescription]:
    """Return the resource that carries a button, preferring the one already registered."""
    return next(
        (
            (resource, description)
            for resource, description in options
            if coordinator.device_manager.has_entity(
                Platform.BUTTON, coordinator.unique_id(resource.key, f"{description.section}-{key}")
            )
        ),
        options[0],
    )


class DeconzButton(DeconzEntity, ButtonEntity):
    """Command of a device."""

    entity_description: DeconzButtonDescription

    def __init__(
        self, coordinator: DeconzCoordinator, resource: Resource, description: DeconzButtonDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, f"{description.section}-{description.key}")
        self.entity_description = description
        self.has_sibling = self.has_sibling and not description.per_device

    @override
    async def async_press(self) -> None:
        """Send the command."""
        description = self.entity_description
        await self.async_put(description.section, **{description.item: description.value_fn(self.source)})


class StoreSceneButton(SceneEntity, ButtonEntity):
    """Button that saves the current state of a group as one of its scenes."""

    _attr_entity_category = CONFIG
    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "store_scene"

    def __init__(self, coordinator: DeconzCoordinator, scene: Scene) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, scene, STORE_SCENE)

    @override
    def update_name(self) -> None:
        """Update the name from the scene's."""
        self._attr_translation_placeholders = {"scene": shorten(self.scene.name, limit=MAX_SCENE_LENGTH)}
        # The name is cached.
        self.__dict__.pop("name", None)

    @override
    async def async_press(self) -> None:
        """Save the scene."""
        await self.async_put_scene(STORE_SCENE)


class GatewayButton(GatewayEntity, ButtonEntity):
    """Command of the gateway."""

    entity_description: GatewayButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the command."""
        await self.async_command(self.entity_description.press_fn(self.coordinator))
