"""Scenes of deCONZ's groups."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.scene import BaseScene
from homeassistant.core import callback

from ...edges import Edge
from ...entity import PushEntity
from .entity import resources
from .model import Scene

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzScene]:
    """Build the scenes of a group."""
    for group in resources(coordinator, device_id, "groups"):
        for scene in coordinator.model.scenes(group):
            yield DeconzScene(coordinator, scene)


class DeconzScene(PushEntity["DeconzCoordinator"], BaseScene):
    """A scene; shows when it was last recalled, by us or by a remote."""

    def __init__(self, coordinator: DeconzCoordinator, scene: Scene) -> None:
        """Belong to the group."""
        super().__init__(
            coordinator,
            scene.group.device_id,
            scene.key,
            properties=frozenset(),
        )
        self.scene = scene
        self._attr_name = scene.name

    @override
    async def async_added_to_hass(self) -> None:
        """Start to follow recalls by remotes."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.listen_edges(self.scene.key, self._on_called))

    @callback
    def _on_called(self, _edge: Edge) -> None:
        self._async_record_activation()
        self.async_write_ha_state()

    @override
    async def _async_activate(self, **kwargs: Any) -> None:
        """Recall the scene."""
        await self.async_command(
            self.coordinator.async_put(f"{self.scene.group.path}/scenes/{self.scene.id}/recall", {})
        )
