"""Stored statistics of an entity whose unit changes."""

from dataclasses import dataclass
from enum import StrEnum

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import (
    STATISTIC_UNIT_TO_UNIT_CONVERTER,
    async_update_statistics_metadata,
    get_last_statistics,
    get_metadata,
)
from homeassistant.core import HomeAssistant, callback


class StatisticsChange(StrEnum):
    """What becomes of the stored statistics."""

    CONVERT = "convert"
    RELABEL = "relabel"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class StoredStatistics:
    """Long-term statistics of an entity.

    Attributes:
        statistic_id: ID of the statistics, which is that of the entity.
        unit: Unit in which they are stored, or None.

    """

    statistic_id: str
    unit: str | None

    def changes(self, unit: str | None, *, has_statistics: bool = True) -> list[StatisticsChange]:
        """Return what may become of them when the unit changes.

        Args:
            unit: Unit of the later values.
            has_statistics: Whether the later values have statistics at all.

        """
        if not has_statistics:
            return [StatisticsChange.DELETE, StatisticsChange.KEEP]
        if self.unit == unit:
            return []
        converter = STATISTIC_UNIT_TO_UNIT_CONVERTER.get(self.unit)
        is_convertible = converter is not None and converter is STATISTIC_UNIT_TO_UNIT_CONVERTER.get(unit)
        changes = [StatisticsChange.RELABEL, StatisticsChange.DELETE]
        return [StatisticsChange.CONVERT, *changes] if is_convertible else changes


async def async_stored_statistics(hass: HomeAssistant, entity_id: str) -> StoredStatistics | None:
    """Return the statistics of an entity, or None if no hour has been compiled."""
    if "recorder" not in hass.config.components:
        return None

    def read() -> StoredStatistics | None:
        metadata = get_metadata(hass, statistic_ids={entity_id})
        if entity_id not in metadata or not get_last_statistics(
            hass, 1, entity_id, convert_units=False, types={"state", "mean"}
        ):
            return None
        return StoredStatistics(entity_id, metadata[entity_id][1]["unit_of_measurement"])

    return await get_instance(hass).async_add_executor_job(read)


@callback
def change_statistics(
    hass: HomeAssistant, stored: StoredStatistics, unit: str | None, change: StatisticsChange
) -> None:
    """Convert stored statistics to another unit, give them another unit, or delete them."""
    match change:
        case StatisticsChange.CONVERT:
            get_instance(hass).async_change_statistics_unit(
                stored.statistic_id, new_unit_of_measurement=str(unit), old_unit_of_measurement=str(stored.unit)
            )
        case StatisticsChange.RELABEL:
            converter = STATISTIC_UNIT_TO_UNIT_CONVERTER.get(unit)
            async_update_statistics_metadata(
                hass,
                stored.statistic_id,
                new_unit_of_measurement=unit,
                new_unit_class=None if converter is None else converter.UNIT_CLASS,
            )
        case StatisticsChange.DELETE:
            get_instance(hass).async_clear_statistics([stored.statistic_id])
