"""Switch platform for deCONZ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform

from ...core.entity import PushEntity
from ...core.switch import BooleanSwitchEntity
from ...wire.values import as_bool
from .api.convert import as_on_off
from .api.model import Resource
from .entity import (
    DeconzEntity,
    GatewayEntity,
    SettingEntity,
    always,
    configurable_resources,
    gateway_config,
    has_setting,
    pick_registered,
    resources,
    type_in,
    with_different_names,
)
from .group import GroupEntity

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

CONFIG: Final = EntityCategory.CONFIG


@dataclass(frozen=True, kw_only=True)
class SettingSwitchDescription(SwitchEntityDescription):
    """Description of a boolean setting.

    Attributes:
        item: Path below the section.
        section: Section of the resource.
        shared: Whether all resources of an endpoint report the same setting.
        supported_fn: Returns whether a resource with the item gets the switch.

    """

    item: str
    section: str = "config"
    shared: bool = False
    supported_fn: Callable[[Resource], bool] = always


def _setting_switch(key: str, item: str | None = None, *, enabled: bool = True) -> SettingSwitchDescription:
    return SettingSwitchDescription(
        key=key,
        item=item or key,
        translation_key=key,
        entity_registry_enabled_default=enabled,
        # Each sensor of a device reports these, although the device has only one.
        shared=key in ("ledindication", "usertest"),
    )


SETTINGS: Final = (
    _setting_switch("bri_execute_if_off", "bri.execute_if_off", enabled=False),
    _setting_switch("couple_ct", "bri.couple_ct", enabled=False),
    _setting_switch("color_execute_if_off", "color.execute_if_off", enabled=False),
    _setting_switch("gradient_reversed", "color.gradient.reversed", enabled=False),
    _setting_switch("displayflipped"),
    _setting_switch("externalwindowopen"),
    SettingSwitchDescription(
        key="flag", item="flag", section="state", translation_key="flag", supported_fn=type_in("CLIPGenericFlag")
    ),
    _setting_switch("interlock", enabled=False),
    _setting_switch("ledindication"),
    _setting_switch("loadbalancing", enabled=False),
    _setting_switch("locked"),
    _setting_switch("mountingmode", enabled=False),
    SettingSwitchDescription(key="on", item="on", translation_key="enabled", entity_registry_enabled_default=False),
    _setting_switch("radiatorcovered"),
    _setting_switch("reportgrid", enabled=False),
    _setting_switch("reversed"),
    _setting_switch("schedule_on"),
    _setting_switch("setvalve", enabled=False),
    _setting_switch("usertest", enabled=False),
    _setting_switch("windowopen_set"),
    _setting_switch("windowopendetectionenabled"),
)
GATEWAY_SWITCHES: Final = tuple(
    SwitchEntityDescription(key=key, translation_key=key, entity_category=CONFIG, entity_registry_enabled_default=False)
    for key in ("otauactive", "rfconnected")
)
PERMIT_JOIN: Final = SwitchEntityDescription(key="permitjoin", translation_key="permitjoin", entity_category=CONFIG)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the switches of a device, a group or the gateway."""
    for resource in resources(coordinator, device_id, "lights"):
        if coordinator.placement.is_switch(resource):
            yield DeconzSwitch(coordinator, resource)
        if resource.has("state.music_sync"):
            yield MusicSyncSwitch(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if coordinator.placement.platform_for(group) is Platform.SWITCH:
            yield GroupSwitch(coordinator, group)
    yield from _setting_entities(coordinator, device_id)
    if config := gateway_config(coordinator, device_id):
        yield PermitJoinSwitch(coordinator, PERMIT_JOIN)
        yield from (
            GatewaySwitch(coordinator, description) for description in GATEWAY_SWITCHES if description.key in config
        )


def _setting_entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[SettingSwitch]:
    candidates: dict[tuple[str, str], list[tuple[Resource, SettingSwitchDescription]]] = {}
    for resource in configurable_resources(coordinator, device_id):
        for description in SETTINGS:
            if not has_setting(resource, description.item, description.section):
                continue
            if not description.supported_fn(resource):
                continue
            if description.shared:
                candidates.setdefault((resource.endpoint, description.key), []).append((resource, description))
            else:
                yield SettingSwitch(coordinator, resource, description)
    for (_, key), options in candidates.items():
        yield SettingSwitch(coordinator, *pick_registered(coordinator, Platform.SWITCH, f"config-{key}", options))


class OnOffSwitch(DeconzEntity, BooleanSwitchEntity):
    """Base of plugs and groups of plugs."""

    _attr_name = None
    command_section: ClassVar[str] = "state"

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Turn on or off."""
        await self.async_put(self.command_section, on=on)


class DeconzSwitch(OnOffSwitch):
    """Plug or relay."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", "state.on")
        if "plug" in resource.type.lower():
            self._attr_device_class = SwitchDeviceClass.OUTLET

    @override
    def _update_attrs(self) -> None:
        """Update whether the plug is on."""
        self._attr_is_on = as_on_off(self.read("state.on"))


class GroupSwitch(GroupEntity, OnOffSwitch):
    """Group of plugs and relays; on while any of them is on."""

    command_section = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, group, "state.on")

    @override
    def includes(self, member: Resource) -> bool:
        """Return whether a member is a switch."""
        return self.coordinator.placement.is_switch(member)

    @override
    def _update_attrs(self) -> None:
        """Update the state from the members."""
        states = [as_on_off(member.state.get("on")) for member in self.members if member.reachable]
        self._attr_is_on = any(states)
        self._attr_extra_state_attributes = {"all_on": bool(states) and all(states)}


class SettingSwitch(SettingEntity, BooleanSwitchEntity):
    """Boolean setting."""

    def __init__(
        self, coordinator: DeconzCoordinator, resource: Resource, description: SettingSwitchDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, description.item, description, section=description.section)

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        self._attr_is_on = as_bool(self.current_value)

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Write the value."""
        await self.async_write_setting(on)


class MusicSyncSwitch(DeconzEntity, BooleanSwitchEntity):
    """Music mode of a light strip."""

    entity_description = SwitchEntityDescription(key="music_sync", translation_key="music_sync", entity_category=CONFIG)

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "music_sync", "state.music_sync")

    @override
    def _update_attrs(self) -> None:
        """Update whether the mode is on."""
        self._attr_is_on = as_bool(self.read("state.music_sync"))

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Turn the mode on or off."""
        await self.async_put("state", music_sync=on)


class GatewaySwitch(GatewayEntity, BooleanSwitchEntity):
    """Boolean of the gateway's configuration."""

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        self._attr_is_on = as_bool(self.config_value)

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Write the value."""
        await self.async_configure(on)


class PermitJoinSwitch(GatewayEntity, BooleanSwitchEntity):
    """Whether new devices may join; the gateway turns this off after a time."""

    @override
    def _update_attrs(self) -> None:
        """Update whether the network is open."""
        self._attr_is_on = self.coordinator.network.network_open

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Open the network for the configured duration, or close it."""
        network = self.coordinator.network
        await self.async_command(network.async_open() if on else network.async_close())
