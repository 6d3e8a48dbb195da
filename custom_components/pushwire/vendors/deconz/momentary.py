"""What a deCONZ device does once when it is told to: a row an item, and a button for each that is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform

from .api.convert import number
from .api.model import Resource
from .entity import DeconzEntity, once, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Minutes for which the gateway says that a filter lasts.
USUAL_LIFETIME: Final = 259200


@dataclass(frozen=True, kw_only=True)
class MomentaryButton(ButtonEntityDescription):
    """Something that a device does once.

    Attributes:
        item: Name of the setting that is written.
        value: Returns what is written.
        types: Resource types it means this on, or None for all.

    """

    item: str
    value: Callable[[Resource], Any] = lambda _: True
    types: frozenset[str] | None = None


def _lifetime(resource: Resource) -> Any:
    """Return the lifetime that a filter has: to write it is to begin it anew."""
    return number(resource.get("config.filterlifetime")) or USUAL_LIFETIME


BUTTONS: Final = (
    MomentaryButton(
        key="identify",
        item="alert",
        device_class=ButtonDeviceClass.IDENTIFY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda _: "select",
    ),
    MomentaryButton(
        key="reset_filter",
        item="filterlifetime",
        translation_key="reset_filter",
        entity_category=EntityCategory.CONFIG,
        value=_lifetime,
        types=frozenset({"ZHAAirPurifier"}),
    ),
    MomentaryButton(
        key="resetpresence",
        item="resetpresence",
        translation_key="resetpresence",
        entity_category=EntityCategory.CONFIG,
    ),
    MomentaryButton(
        key="restart_device",
        item="restart_device",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
    ),
    MomentaryButton(
        key="selftest",
        item="selftest",
        translation_key="selftest",
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    MomentaryButton(
        key="spatial_learning",
        item="spatial_learning",
        translation_key="spatial_learning",
        entity_category=EntityCategory.CONFIG,
    ),
)


def buttons(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzMomentary]:
    """Build a button for each row whose item a resource of a device has."""
    # Each sensor of a device lists what the device can do.
    shared: dict[tuple[str, str], list[tuple[Resource, MomentaryButton]]] = {}
    for resource in resources(coordinator, device_id, "lights", "sensors"):
        for row in BUTTONS:
            if not resource.has(f"config.{row.item}") or (row.types is not None and resource.type not in row.types):
                continue
            shared.setdefault((resource.unit, row.key), []).append((resource, row))
    for (_, key), candidates in shared.items():
        yield DeconzMomentary(coordinator, *once(coordinator, Platform.BUTTON, f"config-{key}", candidates))


class DeconzMomentary(DeconzEntity, ButtonEntity):
    """Something that a device does once."""

    entity_description: MomentaryButton

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: MomentaryButton) -> None:
        """Follow whether the device can be reached, and nothing else."""
        super().__init__(coordinator, resource, f"config-{row.key}")
        self.entity_description = row

    @override
    async def async_press(self) -> None:
        """Have it done."""
        row = self.entity_description
        await self.async_put("config", **{row.item: row.value(self.source)})
