"""Lock platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.lock import LockEntity

from ...wire.values import as_bool, as_text
from .api.model import Resource
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

LIGHT_TYPES: Final = frozenset({"door lock", "door lock controller", "door lock unit"})
LOCKED: Final = "locked"
NOT_FULLY: Final = "not fully locked"


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Yield the locks of a device."""
    for resource in resources(coordinator, device_id, "lights"):
        if resource.type.lower() in LIGHT_TYPES and resource.has("state.on"):
            yield LightLock(coordinator, resource)
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.has("state.lockstate"):
            yield SensorLock(coordinator, resource)


class LightLock(DeconzEntity, LockEntity):
    """Lock in ``lights``: on means locked."""

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", "state.on")

    @override
    def _update_attrs(self) -> None:
        """Update whether the door is locked."""
        self._attr_is_locked = as_bool(self.read("state.on"))

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock."""
        await self.async_put("state", on=True)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock."""
        await self.async_put("state", on=False)


class SensorLock(DeconzEntity, LockEntity):
    """Lock in ``sensors``: the state is a word, the command a setting."""

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", "state.lockstate")

    @override
    def _update_attrs(self) -> None:
        """Update whether the door is locked, or the lock is jammed."""
        state = as_text(self.read("state.lockstate"))
        self._attr_is_locked = None if state is None or state == "undefined" else state == LOCKED
        self._attr_is_jammed = state == NOT_FULLY

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock."""
        await self.async_put("config", lock=True)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock."""
        await self.async_put("config", lock=False)
