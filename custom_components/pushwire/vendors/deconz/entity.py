"""Base of deCONZ's entities."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import callback
from propcache.api import cached_property

from ...core.entity import PushEntity
from .api.model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# The name that a person gave the resource.
NAMES: Final = frozenset({"attr.name"})


@cache
def _followed(items: tuple[str, ...]) -> frozenset[str]:
    """Return what an entity of these items follows: they, and whether the device can be reached."""
    return frozenset((*items, "state.reachable", "config.reachable"))


class DeconzEntity(PushEntity["DeconzCoordinator"]):
    """An entity of one resource.

    Args:
        coordinator: Of the entry.
        resource: Which resource.
        key: What tells it from other entities of the resource.
        items: The items it reads, such as ``state.on``.

    """

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        key: str = "",
        *items: str,
    ) -> None:
        """Follow items and whether the device can be reached."""
        self.source = resource
        # Two of a kind on one device would have the same name.
        self.twin = any(
            other is not resource and (other.kind, other.type) == (resource.kind, resource.type)
            for other in coordinator.model.devices.get(resource.device_id, ())
        )
        super().__init__(
            coordinator,
            resource.device_id,
            resource.key,
            key,
            properties=_followed(items),
        )
        self.kind = ""
        # A command may take longer than the entity lives.
        self.is_there = False

    def tell_apart(self, item: str) -> None:
        """Name the kind of the resource, where it is one of several that have an item."""
        others = self.coordinator.model.devices.get(self.device_id, ())
        if self.device_id == self.coordinator.hub_id or sum(other.has(item) for other in others) > 1:
            self.kind = self.source.type.removeprefix("ZHA").removeprefix("CLIP")

    @cached_property
    @override
    def name(self) -> Any:
        """Return the name, with the endpoint where there are several of a kind."""
        name = super().name
        if self.kind and isinstance(name, str):
            name = f"{name} {self.kind}"
        if not self.twin:
            return name
        if not isinstance(name, str):
            return self.source.name
        endpoint = self.source.unit.lstrip("0")
        # What is no part of a ZigBee device has a name of its own, and no endpoint.
        return f"{name} {endpoint}" if endpoint else f"{self.source.name} {name}"

    @override
    def reachable(self) -> bool:
        """Say whether the gateway can reach the device."""
        return self.source.reachable

    @callback
    def _on_renamed(self) -> None:
        """Show the new name; it is kept when it was made once."""
        self.__dict__.pop("name", None)
        self.async_write_ha_state()

    def read(self, item: str) -> Any:
        """Return an item of the resource."""
        return self.source.get(item)

    async def async_put(self, section: str, **body: Any) -> None:
        """Write to a section of the resource.

        Raises:
            HomeAssistantError: It failed.

        """
        await self.async_command(self.coordinator.async_put(f"{self.source.path}/{section}", body))

    @override
    async def async_added_to_hass(self) -> None:
        """Take note that it is there, and of when it is no more."""
        self.is_there = True
        self.async_on_remove(self._on_removed)
        if self.twin:
            self.async_on_remove(self.coordinator.listen(self.resource, self._on_renamed, NAMES))
        await super().async_added_to_hass()

    @callback
    def _on_removed(self) -> None:
        self.is_there = False


def once[T](
    coordinator: DeconzCoordinator, platform: Platform, key: str, candidates: Sequence[tuple[Resource, T]]
) -> tuple[Resource, T]:
    """Return which of several resources has the entity that a device has once.

    The one that has it keeps it, in whatever order they come: a gateway lists them in
    another order than it made them known in.
    """
    return next(
        (item for item in candidates if coordinator.has_entity(platform, f"{item[0].key}-{key}")), candidates[0]
    )


def resources(coordinator: DeconzCoordinator, device_id: str, *kinds: str) -> Iterator[Resource]:
    """Yield a device's resources of the given collections."""
    for resource in tuple(coordinator.model.devices.get(device_id, ())):
        if resource.kind in kinds:
            yield resource
