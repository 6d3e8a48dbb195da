"""Bases of deCONZ entities."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import EntityCategory, Platform
from homeassistant.core import callback
from homeassistant.helpers.entity import EntityDescription
from propcache.api import cached_property

from ...const import DOMAIN
from ...core.entity import PushEntity
from ...wire.text import shorten
from .api.model import Resource, is_rule_state as has_rule_state
from .const import GATEWAY_ITEMS
from .naming import bare_type, main_of, naming_order, type_key

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Name that a person gave the resource.
NAME_ITEMS: Final = frozenset({"attr.name"})
# Keys of names that say nothing without the type of their resource, if there are several.
_ALWAYS_WITH_TYPE: Final = frozenset({"enabled", "pending"})
# Type of which a value is, where other types of a device repeat it; by the key of the name.
_OWNERS: Final = {
    "air_quality": "AirQuality",
    "carbon_dioxide": "CarbonDioxide",
    "dark": "LightLevel",
    "daylight": "LightLevel",
    "formaldehyde": "Formaldehyde",
    "humidity": "Humidity",
    "illuminance": "LightLevel",
    "pm25": "ParticulateMatter",
    "power": "Power",
    "pressure": "Pressure",
    "temperature": "Temperature",
}
# Words for the types of resources; Home Assistant loads the texts of all platforms for each.
_TYPE_WORD: Final = f"component.{DOMAIN}.entity.sensor.resource_type.state"


def always(_: Resource) -> bool:
    """Return True for every resource."""
    return True


def _is_zigbee(resource: Resource) -> bool:
    """Return whether a resource is a part of a Zigbee device."""
    return ":" in resource.device_id


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
    """Return whether a resource is the state of one of Phoscon's own rules."""
    return has_rule_state(resource.attr)


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
        # Whether another type of resource of the device has an entity of the same name.
        self.has_type_in_name = False
        self._name_is_outdated = False
        if is_rule_state(resource):
            self._attr_entity_registry_enabled_default = False
        # A command may take longer than the entity exists.
        self.added = False

    @cached_property
    @override
    def name(self) -> Any:
        """Name, with whatever tells the entity apart from others of the device."""
        name = super().name
        if not isinstance(name, str):
            return self._name_of_part(name)
        if self.has_type_in_name:
            texts = self.platform_data.platform_translations
            word = texts.get(f"{_TYPE_WORD}.{type_key(self.source)}", bare_type(self.source))
            name = f"{name} ({word})"
        if not self.has_sibling:
            return name
        # A resource that is not part of a Zigbee device has its own name, and no endpoint.
        return f"{name} {self._number}" if _is_zigbee(self.source) else shorten(self.source.name, f" {name}")

    def _name_of_part(self, name: Any) -> Any:
        """Return the name of a main entity: the device's, unless the device has several of them."""
        source = self.source
        parts = [
            other
            for other in self.coordinator.model.devices.get(self.device_id, ())
            if self.coordinator.placement.has_main_entity(other)
        ]
        if all(other is source for other in parts) or (not self.has_sibling and main_of(parts) is source):
            return name
        has_namesake = any(other is not source and other.name == source.name for other in parts)
        return f"{source.name} {self._number}" if has_namesake and _is_zigbee(source) else source.name

    @property
    def _number(self) -> str:
        """Endpoint, or the position in a device that has several such resources on one endpoint."""
        keys = sorted(other.key for other in self.coordinator.model.devices.get(self.device_id, ()))
        endpoints = [
            other.endpoint
            for other in self.coordinator.model.devices.get(self.device_id, ())
            if (other.kind, other.type) == (self.source.kind, self.source.type)
        ]
        if endpoints.count(self.source.endpoint) > 1:
            return str(keys.index(self.resource) + 1)
        return self.source.endpoint.lstrip("0")

    @override
    def adopt(self, rebuilt: PushEntity[DeconzCoordinator]) -> None:
        """Follow what the name depends on; resources of a new device are added one after the other."""
        if isinstance(rebuilt, DeconzEntity):
            self.has_sibling, self.has_type_in_name = rebuilt.has_sibling, rebuilt.has_type_in_name
            if self.added:
                self.update_name()
            else:
                self._name_is_outdated = True

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
        if self._name_is_outdated:
            self.update_name()
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


def with_different_names[EntityT: PushEntity[Any]](
    build: Callable[[DeconzCoordinator, str], Iterable[EntityT]],
) -> Callable[[DeconzCoordinator, str], list[EntityT]]:
    """Return a builder whose entities of a device have different names, whatever the types of their resources."""

    @wraps(build)
    def entities(coordinator: DeconzCoordinator, device_id: str) -> list[EntityT]:
        built = list(build(coordinator, device_id))
        namesakes: dict[str, list[DeconzEntity]] = {}
        for entity in built:
            if isinstance(entity, DeconzEntity) and (key := entity.translation_key or entity.device_class) is not None:
                namesakes.setdefault(key, []).append(entity)
        for key, group in namesakes.items():
            _add_types(key, group, is_hub=device_id == coordinator.hub_id)
        return built

    return entities


def _add_types(key: str, entities: Sequence[DeconzEntity], *, is_hub: bool) -> None:
    """Add the type of the resource to the names of entities, except to that of the type which owns the value."""
    is_always = key in _ALWAYS_WITH_TYPE
    if len({entity.source.type for entity in entities}) == 1 and not (is_always and is_hub):
        return
    owner = min(
        (entity.source for entity in entities),
        key=lambda source: (bare_type(source) != _OWNERS.get(key), naming_order(source)),
    )
    for entity in entities:
        entity.has_type_in_name = is_always or entity.source.type != owner.type


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
