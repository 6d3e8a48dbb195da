"""What of deCONZ can be told to do once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory

from .api.model import Scene
from .entity import resources
from .scene import SceneEntity

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

STORE: Final = "store"


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[StoreSceneButton]:
    """Build a button for each scene of a group."""
    for group in resources(coordinator, device_id, "groups"):
        for scene in coordinator.model.scenes(group):
            yield StoreSceneButton(coordinator, scene)


class StoreSceneButton(SceneEntity, ButtonEntity):
    """Keeps what the group shows now as the scene."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "store_scene"

    def __init__(self, coordinator: DeconzCoordinator, scene: Scene) -> None:
        """Stand beside the scene."""
        super().__init__(coordinator, scene, STORE)

    @override
    def show_name(self) -> None:
        """Name what is kept."""
        self._attr_translation_placeholders = {"scene": self.scene.name}
        # The name is kept when it was made once.
        self.__dict__.pop("name", None)

    @override
    async def async_press(self) -> None:
        """Store it."""
        await self.async_put(STORE)
