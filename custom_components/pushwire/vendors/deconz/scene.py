"""Scene platform for deCONZ, and the base of a scene's entities."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.light import ATTR_TRANSITION
from homeassistant.components.scene import BaseScene
from homeassistant.core import callback

from ...core.entity import PushEntity
from ...core.features import StoredScene
from ...wire.events import PushEvent
from .api.model import Scene
from .entity import resources
from .light_state import turn_on_body

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzScene]:
    """Yield the scenes of a group."""
    for group in resources(coordinator, device_id, "groups"):
        for scene in coordinator.model.scenes(group):
            yield DeconzScene(coordinator, scene)


class SceneEntity(PushEntity["DeconzCoordinator"]):
    """Entity of a scene, whose name follows the gateway's."""

    def __init__(self, coordinator: DeconzCoordinator, scene: Scene, key: str = "") -> None:
        """Initialize the entity for the group's device."""
        super().__init__(coordinator, scene.group.device_id, scene.key, key, properties=frozenset({"attr.scenes"}))
        self.scene = scene
        self.update_name()

    def update_name(self) -> None:
        """Update the name from the scene's."""
        self._attr_name = self.scene.name

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the group, which lists its scenes."""
        return (self.scene.group.key,)

    @override
    def _update_attrs(self) -> None:
        """Update the name; the coordinator removes the entities of a deleted scene."""
        scenes = self.coordinator.model.scenes(self.scene.group)
        self.scene = next((scene for scene in scenes if scene.key == self.scene.key), self.scene)
        self.update_name()

    @callback
    @override
    def _on_change(self) -> None:
        previous = self.scene
        self._update_attrs()
        if self.scene != previous:
            self.async_write_ha_state()

    async def async_put_scene(self, path: str, **body: Any) -> None:
        """Write to a path below the scene.

        Raises:
            HomeAssistantError: The command failed.

        """
        await self.async_command(self.coordinator.async_put(f"{self.scene.path}/{path}", body))


class DeconzScene(SceneEntity, BaseScene, StoredScene):
    """Scene, with the time of its last activation by Home Assistant or a remote."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to activations by remotes."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.dispatcher.subscribe_events(self.scene.key, self._on_called))

    @callback
    def _on_called(self, _event: PushEvent) -> bool:
        self._async_record_activation()
        self.async_write_ha_state()
        return True

    @override
    async def _async_activate(self, **kwargs: Any) -> None:
        """Activate the scene."""
        await self.async_put_scene("recall")

    @property
    @override
    def lights(self) -> Mapping[str, str]:
        """Keys of the lights of the group, by unique ID."""
        members = self.coordinator.model.members(self.scene.group)
        return {self.coordinator.unique_id(member.key): member.key for member in members}

    @override
    async def async_set_scene_light(self, light: str, state: Mapping[str, Any]) -> None:
        """Set the stored state of one light."""
        resource = self.coordinator.model.resources[light]
        body = turn_on_body(state, [resource]) if state["turned_on"] else {"on": False}
        # These depend on the current state of the light, which does not matter for a scene.
        for name in ("effect", "transitiontime"):
            body.pop(name, None)
        if ATTR_TRANSITION in state:
            body["transitiontime"] = round(state[ATTR_TRANSITION] * 10)
        await self.async_put_scene(f"lights/{resource.id}/state", **body)

    @override
    async def async_delete_scene(self) -> None:
        """Delete the scene from the gateway."""
        await self.async_command(self.coordinator.async_delete_scene(self.scene))
