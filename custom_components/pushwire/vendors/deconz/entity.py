"""Bases of deCONZ entities."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import EntityCategory, Platform
from homeassistant.core import callback
from homeassistant.helpers.entity import EntityDescription
from propcache.api import cached_property

from ...core.entity import PushEntity
from .api.model import Resource
from .const import GATEWAY_ITEMS

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Name that a person gave the resource.
NAME_ITEMS: Final = frozenset({"attr.name"})


def always(_: Resource) -> bool:
    """Return True for every resource."""
    return True


def type_in(*types: str) -> Callable[[Resource], bool]:
    """Return a predicate for resources of some types."""
    return lambda resource: resource.type in types


def type_not_in(*types: str) -> Callable[[Resource], bool]:
    """Return a predicate for resources of other types."""
    return lambda resource: resource.type not in types


def has_none_of(*items: str) -> Callable[[Resource], bool]:
    """Return a predicate for resources without any of some items."""
    return lambda resource: not any(resource.has(item) for item in items)


def has_any_of(*items: str) -> Callable[[Resource], bool]:
    """Return a predicate for resources with at least one of some items."""
    return lambda resource: any(resource.has(item) for item in items)


def all_of(*predicates: Callable[[Resource], bool]) -> Callable[[Resource], bool]:
    """Return a predicate for resources that fulfill all of some predicates."""
    return lambda resource: all(predicate(resource) for predicate in predicates)


def is_rule_state(resource: Resource) -> bool:
    """Return whether a resource is the state of one of Phoscon's own rules, which nobody else should set."""
    return resource.type.startswith("CLIP") and str(resource.attr.get("modelid")).startswith("PHOSCON_")


@cache
def _followed_items(items: tuple[str, ...]) -> frozenset[str]:
    """Return items with those of the device's reachability."""
    return frozenset((*items, "state.reachable", "config.reachable"))


class DeconzEntity(PushEntity["DeconzCoordinator"]):
    """Entity of one resource.

    Args:
        coordinator: Coordinator of the entry.
        resource: Resource of the entity.
        key: Distinguishes the entity from others of the resource.
        items: Items that the entity reads, such as ``state.on``.

    """

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        key: str = "",
        *items: str,
    ) -> None:
        """Initialize the entity."""
        self.source = resource
        # Two resources of a type on one device would give their entities the same name.
        self.has_sibling = any(
            other is not resource and (other.kind, other.type) == (resource.kind, resource.type)
            for other in coordinator.model.devices.get(resource.device_id, ())
        )
        super().__init__(
            coordinator,
            resource.device_id,
            resource.key,
            key,
            properties=_followed_items(items),
        )
        self._type_in_name = ""
        if is_rule_state(resource):
            self._attr_entity_registry_enabled_default = False
        # A command may take longer than the entity exists.
        self.added = False

    def add_type_to_name(self, item: str) -> None:
        """Add the resource type to the name when several resources share the item."""
        resources_of_device = self.coordinator.model.devices.get(self.device_id, ())
        if self.device_id == self.coordinator.hub_id or sum(other.has(item) for other in resources_of_device) > 1:
            self._type_in_name = self.source.type.removeprefix("ZHA").removeprefix("CLIP")

    @cached_property
    @override
    def name(self) -> Any:
        """Name, with the endpoint when the device has several resources of the type."""
        name = super().name
        if self._type_in_name and isinstance(name, str):
            name = f"{name} {self._type_in_name}"
        if not self.has_sibling:
            return name
        if not isinstance(name, str):
            return self.source.name
        endpoint = self.source.endpoint.lstrip("0")
        # A resource that is not part of a Zigbee device has its own name, and no endpoint.
        return f"{name} {endpoint}" if endpoint else f"{self.source.name} {name}"

    @override
    def device_available(self) -> bool:
        """Return whether the gateway can reach the device."""
        return self.source.reachable

    @callback
    def _on_renamed(self) -> None:
        self.update_name()
        self.async_write_ha_state()

    def read(self, item: str) -> Any:
        """Return an item of the resource."""
        return self.source.get(item)

    async def async_put(self, section: str, **values: Any) -> None:
        """Write values to a section of the resource.

        Raises:
            HomeAssistantError: The command failed.

        """
        await self.async_command(self.coordinator.async_put(f"{self.source.path}/{section}", values))

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the resource."""
        self.added = True
        self.async_on_remove(self._on_removed)
        if self.has_sibling:
            self.async_on_remove(self.coordinator.dispatcher.subscribe(self.resource, self._on_renamed, NAME_ITEMS))
        await super().async_added_to_hass()

    @callback
    def _on_removed(self) -> None:
        self.added = False


class SettingEntity(DeconzEntity):
    """Writable value in a resource's configuration, or in its state.

    Args:
        coordinator: Coordinator of the entry.
        resource: Resource of the entity.
        item: Path below the section, such as ``offset`` or ``bri.startup``.
        description: Description of the entity.
        further_items: Further items of the section that the entity reads.
        section: Section of the resource.

    """

    _attr_entity_category: EntityCategory | None = EntityCategory.CONFIG

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        item: str,
        description: EntityDescription,
        *further_items: str,
        section: str = "config",
    ) -> None:
        """Initialize the entity."""
        # Messages report changes of the outermost name below a section.
        items = (f"{section}.{name.partition('.')[0]}" for name in (item, *further_items))
        super().__init__(coordinator, resource, f"{section}-{description.key}", *items)
        self.item = item
        self.section = section
        self.entity_description = description
        if section == "state":
            # A value of its own, not a property of the device.
            self._attr_entity_category = None

    @property
    def current_value(self) -> Any:
        """Current value, or an ellipsis if it no longer exists."""
        return setting(self.source, self.item, self.section)

    async def async_write_setting(self, value: Any) -> None:
        """Write the value, nested as it is read.

        Raises:
            HomeAssistantError: The command failed.

        """
        for name in reversed(self.item.split(".")):
            value = {name: value}
        await self.async_put(self.section, **value)


class GatewayEntity(PushEntity["DeconzCoordinator"]):
    """Entity of the gateway's own device."""

    def __init__(self, coordinator: DeconzCoordinator, description: EntityDescription) -> None:
        """Initialize the entity."""
        hub_id = coordinator.hub_id
        super().__init__(coordinator, hub_id, hub_id, description.key, properties=GATEWAY_ITEMS)
        self.entity_description = description

    @property
    def config_value(self) -> Any:
        """Item of the gateway's configuration that has the name of the entity's key."""
        return self.coordinator.model.config.get(self.entity_description.key)

    async def async_configure(self, value: Any) -> None:
        """Write the item of the gateway's configuration.

        Raises:
            HomeAssistantError: The command failed.

        """
        await self.async_command(self.coordinator.async_configure({self.entity_description.key: value}))


def setting(resource: Resource, item: str, section: str = "config") -> Any:
    """Return a value below a section of a resource, or an ellipsis if it does not exist."""
    value: Any = resource.section(section)
    for name in item.split("."):
        if not isinstance(value, dict) or name not in value:
            return ...
        value = value[name]
    return value


def has_setting(resource: Resource, item: str, section: str = "config") -> bool:
    """Return whether a setting exists and is a single value."""
    return not isinstance(setting(resource, item, section), type(...) | dict | list)


def pick_registered[DescriptionT](
    coordinator: DeconzCoordinator,
    platform: Platform,
    key: str,
    candidates: Sequence[tuple[Resource, DescriptionT]],
) -> tuple[Resource, DescriptionT]:
    """Return the resource that carries a per-device entity, preferring the one already registered.

    The order in which a gateway lists a device's resources can change.
    """
    return next(
        (
            candidate
            for candidate in candidates
            if coordinator.device_manager.has_entity(platform, coordinator.unique_id(candidate[0].key, key))
        ),
        candidates[0],
    )


def resources(coordinator: DeconzCoordinator, device_id: str, *kinds: str) -> Iterator[Resource]:
    """Yield a device's resources of some kinds."""
    for resource in tuple(coordinator.model.devices.get(device_id, ())):
        if resource.kind in kinds:
            yield resource


def configurable_resources(coordinator: DeconzCoordinator, device_id: str) -> Iterable[Resource]:
    """Return a device's resources that may have settings."""
    return resources(coordinator, device_id, "lights", "sensors", "alarmsystems")


def gateway_config(coordinator: DeconzCoordinator, device_id: str) -> dict[str, Any]:
    """Return the gateway's configuration for the gateway's device, and an empty one for any other."""
    return coordinator.model.config if device_id == coordinator.hub_id else {}
