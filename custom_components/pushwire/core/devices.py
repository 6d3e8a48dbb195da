"""Devices and entities of one entry in Home Assistant's registries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er

from ..const import CONF_LEFT_DEVICES, DOMAIN

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .entity import PushEntity

type BuildEntities = Callable[[str], Iterable[PushEntity[Any]]]
"""Builder of a platform's entities for the device of an ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDescription:
    """Device as the vendor describes it.

    Attributes:
        device_id: Vendor's own stable ID.
        via: ID of the device through which it is connected; None for the hub.
        connections: Pairs of kind and address, as in the device registry.

    """

    device_id: str
    name: str
    manufacturer: str | None = None
    model: str | None = None
    model_id: str | None = None
    sw_version: str | None = None
    hw_version: str | None = None
    serial_number: str | None = None
    suggested_area: str | None = None
    configuration_url: str | None = None
    via: str | None = None
    connections: frozenset[tuple[str, str]] = frozenset()
    service: bool = False


class _Added(NamedTuple):
    """Entity that exists.

    Attributes:
        resource: Resource of the entity.
        entity: The entity, or None if it is disabled.

    """

    resource: str
    entity: PushEntity[Any] | None


class DeviceManager:
    """Device registry and entities of one entry, kept in step with the vendor's model.

    Args:
        hass: Home Assistant.
        entry: Config entry of the devices.
        hub_id: Returns the ID of the device through which all others are connected.
        device_ids: Returns the IDs of all devices, the hub included.
        describe: Returns the description of a device, or None for an unknown ID.
        list_is_complete: Returns whether devices missing from ``device_ids`` may be removed.
        areas_changed: Called when ``areas`` has changed, which must survive a restart.

    Attributes:
        areas: Last area that the vendor suggested for each device, or an empty text, by ID.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        hub_id: Callable[[], str],
        device_ids: Callable[[], Iterable[str]],
        describe: Callable[[str], DeviceDescription | None],
        list_is_complete: Callable[[], bool],
        areas_changed: Callable[[], None],
    ) -> None:
        """Initialize without devices."""
        self._hass = hass
        self._entry = entry
        self._hub_id = hub_id
        self._device_ids = device_ids
        self._describe = describe
        self._list_is_complete = list_is_complete
        self._areas_changed = areas_changed
        self.areas: dict[str, str] = {}
        self._add_entities: dict[Platform, AddConfigEntryEntitiesCallback] = {}
        self._build: dict[Platform, BuildEntities] = {}
        # Entities by platform and unique ID.
        self._added: dict[tuple[Platform, str], _Added] = {}
        self._registered: dict[str, DeviceDescription] = {}
        self._entry_ids: dict[str, str] = {}
        # Whether registered entities that are disabled need not be added again; False on the
        # first start of a version, which may describe them in another way.
        self.skips_disabled = False

    # Entities

    @callback
    def add_platform(
        self, platform: Platform, build: BuildEntities, add_entities: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add the entities of a platform, now and whenever a device is updated."""
        self._add_entities[platform] = add_entities
        self._build[platform] = build
        for device_id in self._device_ids():
            self._add_new_entities(platform, device_id)

    def _add_new_entities(self, platform: Platform, device_id: str) -> None:
        entities: list[PushEntity[Any]] = []
        registry = er.async_get(self._hass)
        for entity in self._build[platform](device_id):
            key = (platform, str(entity.unique_id))
            if (added := self._added.get(key)) is not None:
                if added.entity is not None:
                    added.entity.adopt(entity)
                continue
            if self.skips_disabled and _is_disabled(registry, *key):
                # Home Assistant reloads the entry when a person enables the entity.
                self._added[key] = _Added(entity.resource, None)
                continue
            self._added[key] = _Added(entity.resource, entity)
            entities.append(entity)
        if entities:
            self._add_entities[platform](entities)

    def has_entity(self, platform: Platform, unique_id: str) -> bool:
        """Return whether an entity exists, or existed in an earlier run."""
        if (platform, unique_id) in self._added:
            return True
        return er.async_get(self._hass).async_get_entity_id(platform, DOMAIN, unique_id) is not None

    def resource_of(self, entity: er.RegistryEntry) -> str:
        """Return the resource of an entity, or an empty text if there is none."""
        added = self._added.get((Platform(entity.domain), entity.unique_id))
        return "" if added is None else added.resource

    @callback
    def remove_entities_of(self, resource: str) -> None:
        """Remove the entities of a resource whose device stays."""
        registry = er.async_get(self._hass)
        keys = [key for key, added in self._added.items() if added.resource == resource]
        for platform, unique_id in keys:
            if (entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id)) is not None:
                registry.async_remove(entity_id)
            del self._added[platform, unique_id]

    @callback
    def remove_entity(self, entity: er.RegistryEntry) -> None:
        """Remove one entity of this or an earlier run; the same entity may be added again later."""
        er.async_get(self._hass).async_remove(entity.entity_id)
        self._added.pop((Platform(entity.domain), entity.unique_id), None)

    @callback
    def remove_outdated(self, platform: Platform, device_id: str) -> None:
        """Remove the entities of a platform that a device does not have any more."""
        if (build := self._build.get(platform)) is None:
            return
        current = {entity.unique_id for entity in build(device_id)}
        registry = er.async_get(self._hass)
        for entity in er.async_entries_for_device(
            registry, self._entry_ids.get(device_id, ""), include_disabled_entities=True
        ):
            if entity.domain == platform and entity.unique_id not in current:
                self.remove_entity(entity)

    async def async_replace_entity(self, platform: Platform, unique_id: str, device_id: str) -> None:
        """Create the entity of a resource again, which is described in another way; its registry entry stays."""
        added = self._added.pop((platform, unique_id), None)
        if added is not None and added.entity is not None and added.entity.hass is not None:
            await added.entity.async_remove()
        if platform in self._add_entities:
            self._add_new_entities(platform, device_id)

    # Devices

    @callback
    def sync(self) -> None:
        """Bring the device registry and the entities in step with the model."""
        ids = list(self._device_ids())
        # The hub is first, since the others refer to it.
        hub_id = self._hub_id()
        ids.sort(key=lambda device_id: device_id != hub_id)
        for device_id in ids:
            self.update(device_id)
        if not self._list_is_complete():
            return
        current = {(DOMAIN, device_id) for device_id in (*ids, *self._entry.data.get(CONF_LEFT_DEVICES, ()))}
        registry = dr.async_get(self._hass)
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            if current.isdisjoint(device.identifiers):
                registry.async_remove_device(device.id)
                for _, device_id in device.identifiers:
                    self._discard(device_id)

    @callback
    def update(self, device_id: str) -> None:
        """Add a device, or follow its new name, room, version or features."""
        if (description := self._describe(device_id)) is None:
            return
        if self._registered.get(device_id) != description:
            self._registered[device_id] = description
            self._register(description)
            self._follow_area(description)
        for platform in self._add_entities:
            self._add_new_entities(platform, device_id)

    def _follow_area(self, description: DeviceDescription) -> None:
        """Move a device to another area, unless a person has moved it in Home Assistant."""
        device_id, name = description.device_id, description.suggested_area or ""
        previous = self.areas.get(device_id)
        if previous == name or (previous is not None and not name):
            return
        self.areas[device_id] = name
        self._areas_changed()
        if previous is None:
            # Home Assistant has followed the suggestion for a new device.
            return
        registry, areas = dr.async_get(self._hass), ar.async_get(self._hass)
        device = registry.async_get(self._entry_ids[device_id])
        area = areas.async_get_area_by_name(previous) if previous else None
        if device is not None and device.area_id == (area.id if area is not None else None):
            registry.async_update_device(device.id, area_id=areas.async_get_or_create(name).id)

    def is_registered(self, device_id: str) -> bool:
        """Return whether a device has been added in this run."""
        return device_id in self._registered

    def entry_id(self, device_id: str) -> str | None:
        """Return the device registry's ID of a device."""
        return self._entry_ids.get(device_id)

    def device_id(self, device: dr.DeviceEntry | dr.ChildDeviceEntry) -> str | None:
        """Return the vendor's ID of a device of this entry."""
        return next((identifier for domain, identifier in device.identifiers if domain == DOMAIN), None)

    def _register(self, description: DeviceDescription) -> None:
        registry = dr.async_get(self._hass)
        info: dict[str, Any] = {
            "identifiers": {(DOMAIN, description.device_id)},
            "name": description.name,
            "manufacturer": description.manufacturer,
            "model": description.model,
            "model_id": description.model_id,
            "sw_version": description.sw_version,
            "hw_version": description.hw_version,
            "serial_number": description.serial_number,
            "suggested_area": description.suggested_area,
            "configuration_url": description.configuration_url,
        }
        if description.connections:
            info["connections"] = set(description.connections)
        if description.service:
            info["entry_type"] = dr.DeviceEntryType.SERVICE
        if description.via is not None and description.via in self._entry_ids:
            info["via_device_id"] = self._entry_ids[description.via]
        entry = registry.async_get_or_create(config_entry_id=self._entry.entry_id, **info)
        self._entry_ids[description.device_id] = entry.id

    @callback
    def remove(self, device_id: str) -> None:
        """Remove a device that the vendor no longer has, with its entities."""
        registry = dr.async_get(self._hass)
        device = registry.async_get_device_by_identifier((DOMAIN, device_id), self._entry.entry_id)
        if device is not None:
            registry.async_remove_device(device.id)
        self._discard(device_id)

    def can_remove(self, device: dr.DeviceEntry) -> bool:
        """Return whether a person may delete a device."""
        device_id = self.device_id(device)
        if device_id is None or device_id == self._hub_id():
            return False
        return not self._list_is_complete() or device_id not in set(self._device_ids())

    @callback
    def forget(self, device_id: str) -> None:
        """Forget a device that a person is about to delete; new data brings the device back."""
        entities = er.async_entries_for_device(
            er.async_get(self._hass), self._entry_ids.get(device_id, ""), include_disabled_entities=True
        )
        # The registry removes these entities a moment later.
        unique_ids = {entity.unique_id for entity in entities}
        self._discard(device_id)
        self._added = {key: added for key, added in self._added.items() if key[1] not in unique_ids}

    def _discard(self, device_id: str) -> None:
        self._entry_ids.pop(device_id, None)
        self._registered.pop(device_id, None)
        self.areas.pop(device_id, None)
        # Without this, a device that comes back would not get its entities again.
        registry = er.async_get(self._hass)
        remaining = {entity.unique_id for entity in er.async_entries_for_config_entry(registry, self._entry.entry_id)}
        self._added = {key: added for key, added in self._added.items() if key[1] in remaining}


def _is_disabled(registry: er.EntityRegistry, platform: Platform, unique_id: str) -> bool:
    entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
    return entity_id is not None and (entity := registry.async_get(entity_id)) is not None and entity.disabled
