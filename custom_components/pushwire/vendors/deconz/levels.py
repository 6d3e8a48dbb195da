"""Brightness and color temperature settings, shared by numbers and selects.

The number is the level; the select switches between the level and the previous one.
Both are disabled by default.
"""

from dataclasses import dataclass
from typing import Final

from homeassistant.components.number import NumberEntityDescription
from homeassistant.const import UnitOfRatio, UnitOfTemperature

# Value of a level that stays as it was.
PREVIOUS: Final = "previous"


@dataclass(frozen=True, kw_only=True)
class LevelDescription(NumberEntityDescription):
    """Description of a brightness or color temperature.

    Attributes:
        item: Path below ``config``.
        state_item: Item below ``state`` with the current value.
        is_color_temperature: Whether the level is a color temperature, in mireds on the gateway.
        has_previous: Whether the previous value can be chosen.

    """

    item: str
    state_item: str
    is_color_temperature: bool = False
    has_previous: bool = True


def _brightness(key: str, item: str, *, has_previous: bool = True) -> LevelDescription:
    return LevelDescription(
        key=key,
        translation_key=key,
        item=item,
        state_item="bri",
        has_previous=has_previous,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_min_value=1,
        native_max_value=100,
        native_step=1,
    )


LEVELS: Final = (
    _brightness("bri_max", "bri.max", has_previous=False),
    _brightness("bri_min", "bri.min", has_previous=False),
    _brightness("bri_on_level", "bri.on_level"),
    _brightness("bri_startup", "bri.startup"),
    LevelDescription(
        key="ct_startup",
        translation_key="ct_startup",
        item="color.ct.startup",
        entity_registry_enabled_default=False,
        state_item="ct",
        is_color_temperature=True,
        native_unit_of_measurement=UnitOfTemperature.KELVIN,
        native_step=1,
    ),
)
