"""Import of late values into the long-term statistics of their own hours.

Home Assistant compiles the hours itself and inserts a row without looking for an existing
one, so a row is imported only after the hour has been compiled. Sums continue from the
latest 5-minute row; what shifts them is an adjustment, which is calculated from the stored
rows and therefore does nothing when it is calculated again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from homeassistant.components.recorder import Recorder, is_entity_recorded
from homeassistant.components.recorder.db_schema import Statistics, StatisticsRuns, StatisticsShortTerm
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
    process_timestamp,
)
from homeassistant.components.recorder.statistics import (
    STATISTIC_UNIT_TO_UNIT_CONVERTER,
    UNIT_CLASS_TO_UNIT_CONVERTER,
    async_import_statistics,
    get_metadata,
)
from homeassistant.components.recorder.util import session_scope
from homeassistant.components.sensor.const import UNIT_CONVERTERS
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import dt as dt_util
from sqlalchemy import func
from sqlalchemy.orm import Session

from ..core.turns import in_turns
from .api.backfill import NoRecorder
from .api.counters import Sample, Start, settle_readings
from .api.hours import (
    SHORT_TERM,
    Adjustment,
    MeasurementRow,
    StoredTotals,
    TotalRow,
    correct_measurements,
    correct_totals,
    hour_of,
    whole_measurements,
)
from .api.model import MEASUREMENT, TOTAL_INCREASING, LorawanDevice, Value

# Values whose rows are read at once.
_BATCH: Final = 25


@dataclass(slots=True)
class _Job:
    """Statistics of one value, as they were when the job was created."""

    device: LorawanDevice
    key: str
    value: Value
    late: list[Sample]
    starts: list[Start]
    good: Sample
    metadata: StatisticMetaData
    interval: float | None
    first: Sample | None
    is_range: bool = False
    readings: Sequence[Sample] = ()

    @property
    def since(self) -> float:
        """Start of the first hour that may change."""
        times = [sample.at for sample in self.late[:1]]
        times += [min(start.first.at, start.shown_at) for start in self.starts if start.open]
        return hour_of(min(times))

    def settle(self) -> None:
        """Leave out the readings of a range that are no consumption, and find the starts among them."""
        history = settle_readings(self.late)
        self.late = history.late
        known = {start.first.at for start in self.starts}
        self.starts += [start for start in history.starts if start.first.at not in known]

    def native_first(self) -> Sample | None:
        """Return the first reading of a range that counts, in the unit of the device."""
        at = self.late[0].at if self.late else None
        return next((sample for sample in self.readings if sample.at == at), None)

    def convert(self, unit: str | None) -> bool:
        """Convert all samples to the unit of the statistics; return whether this is possible."""
        native = self.value.description.unit
        if native == unit:
            return True
        converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(self.metadata["unit_class"])
        if converter is None or not {native, unit} <= converter.VALID_UNITS:
            return False
        convert = converter.converter_factory(native, unit)
        self.late = [Sample(sample.at, convert(sample.value)) for sample in self.late]
        self.starts = [
            replace(
                start,
                first=Sample(start.first.at, convert(start.first.value)),
                last=Sample(start.last.at, convert(start.last.value)),
                replaced=convert(start.replaced),
            )
            for start in self.starts
        ]
        self.good = Sample(self.good.at, convert(self.good.value))
        if self.first is not None:
            self.first = Sample(self.first.at, convert(self.first.value))
        return True


@dataclass(frozen=True, slots=True)
class _Result:
    """Changes of the statistics of one value."""

    rows: list[StatisticData]
    adjustment: Adjustment | None
    is_complete: bool
    compiled: float
    first: Sample | None = None


class LateStatistics:
    """Statistics of the values of one entry that arrived after their hour.

    Args:
        hass: Home Assistant.
        entity_id: Returns the ID of the entity of a device's value, or None if there is none.
        count_unknown: Counts values that cannot be imported.
        imported: Called after an import, to save what is left.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: Callable[[str, str], str | None],
        count_unknown: Callable[[str], None],
        imported: Callable[[], None],
    ) -> None:
        """Initialize without values."""
        self._hass = hass
        self._entity_id = entity_id
        self._count_unknown = count_unknown
        self._imported = imported
        self._lock = asyncio.Lock()
        # State of the values at the last attempt; nothing can have changed since.
        self._attempted: dict[tuple[str, str], tuple[float, int, int]] = {}

    async def async_import(self, devices: Iterable[LorawanDevice]) -> int:
        """Import the late values of devices whose hours have been compiled; return the number of rows."""
        pending = [device for device in devices if device.unimported]
        if not pending:
            return 0
        async with self._lock:
            if (instance := self._hass.data.get(DATA_INSTANCE)) is None:
                # Without the recorder, there are no statistics.
                async for device in in_turns(pending):
                    for key in tuple(device.unimported):
                        _forget(device, key)
                return 0
            if not instance.async_db_ready.done():
                return 0
            last_run = await instance.async_add_executor_job(_last_run, self._hass)
            jobs = [
                job
                async for device in in_turns(pending)
                for key in tuple(device.unimported)
                if (job := self._job(device, key, last_run)) is not None
            ]
            return await self._async_run(instance, jobs)

    async def async_import_readings(self, device: LorawanDevice, readings: Mapping[str, list[Sample]]) -> int:
        """Import all readings of a range, by key; return the number of rows.

        The same readings always lead to the same rows, so they may be imported again.

        Raises:
            NoRecorder: There are no statistics.

        """
        async with self._lock:
            if (instance := self._hass.data.get(DATA_INSTANCE)) is None or not instance.async_db_ready.done():
                raise NoRecorder
            jobs = []
            for key, samples in readings.items():
                value = device.values[key]
                if (good := value.sample) is None or (metadata := self._new_metadata(device, key, value)) is None:
                    continue
                starts = [] if value.history is None else [replace(start) for start in value.history.starts]
                jobs.append(
                    _Job(
                        device,
                        key,
                        value,
                        samples,
                        starts,
                        good,
                        metadata,
                        None,
                        value.first,
                        is_range=True,
                        readings=samples,
                    )
                )
            return await self._async_run(instance, jobs)

    def _job(self, device: LorawanDevice, key: str, last_run: float) -> _Job | None:
        """Return the job of a value, or None if there is nothing to do now."""
        value = device.values.get(key)
        if value is None or value.history is None or not value.history.is_open or (good := value.sample) is None:
            device.unimported.discard(key)
            return None
        history = value.history
        attempt = (last_run, len(history.late), sum(start.open for start in history.starts))
        compiled = hour_of(last_run)
        times = [*(sample.at for sample in history.late[:1]), *(s.shown_at for s in history.starts if s.open)]
        if self._attempted.get((device.device_id, key)) == attempt or min(times) >= compiled:
            return None
        self._attempted[device.device_id, key] = attempt
        if (metadata := self._new_metadata(device, key, value)) is None:
            return None
        return _Job(
            device,
            key,
            value,
            list(history.late),
            [replace(start) for start in history.starts],
            good,
            metadata,
            device.interval,
            value.first,
        )

    def _new_metadata(self, device: LorawanDevice, key: str, value: Value) -> StatisticMetaData | None:
        """Return the description of an entity's statistics as Home Assistant would create it."""
        if (entity_id := self._entity_id(device.device_id, key)) is None:
            return None
        entity = er.async_get(self._hass).async_get(entity_id)
        if entity is None or entity.disabled or not is_entity_recorded(self._hass, entity_id):
            _forget(device, key)
            return None
        state = self._hass.states.get(entity_id)
        attributes = {} if state is None else state.attributes
        unit = attributes.get(ATTR_UNIT_OF_MEASUREMENT, value.description.unit)
        is_total = value.description.state_class == TOTAL_INCREASING
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE if is_total else StatisticMeanType.ARITHMETIC,
            has_sum=is_total,
            name=None,
            source="recorder",
            statistic_id=entity_id,
            unit_class=_unit_class(attributes.get(ATTR_DEVICE_CLASS, value.description.device_class), unit),
            unit_of_measurement=unit,
        )

    async def _async_run(self, instance: Recorder, jobs: Sequence[_Job]) -> int:
        rows = 0
        for index in range(0, len(jobs), _BATCH):
            batch = jobs[index : index + _BATCH]
            # A renamed entity takes its statistics along in the recorder's queue.
            await instance.async_block_till_done()
            results = await instance.async_add_executor_job(_read_and_correct, self._hass, batch)
            for job, result in zip(batch, results, strict=True):
                if result is None:
                    self._count_unknown("statistics of another kind")
                    _forget(job.device, job.key)
                    continue
                self._queue(instance, job.metadata, result)
                rows += len(result.rows)
            await instance.async_block_till_done()
            for job, result in zip(batch, results, strict=True):
                if result is not None:
                    _note_imported(job, result)
                if job.key not in job.device.unimported:
                    self._attempted.pop((job.device.device_id, job.key), None)
            self._imported()
        return rows

    def _queue(self, instance: Recorder, metadata: StatisticMetaData, result: _Result) -> None:
        """Queue the changes; the rows are absolute, so the adjustment goes first."""
        if (adjustment := result.adjustment) is not None:
            instance.async_adjust_statistics(
                metadata["statistic_id"],
                datetime.fromtimestamp(adjustment.start, UTC),
                adjustment.sum,
                # The unit of the statistics, which may have none, needs no conversion.
                metadata["unit_of_measurement"],  # type: ignore[arg-type]
            )
        if result.rows:
            async_import_statistics(self._hass, metadata, result.rows)


def _unit_class(device_class: str | None, unit: str | None) -> str | None:
    converter = UNIT_CONVERTERS.get(device_class) if device_class else None
    if converter is None or unit not in converter.VALID_UNITS:
        converter = STATISTIC_UNIT_TO_UNIT_CONVERTER.get(unit)
    return None if converter is None else converter.UNIT_CLASS


def _forget(device: LorawanDevice, key: str) -> None:
    """Drop the late values of a key that has no statistics."""
    device.unimported.discard(key)
    if (value := device.values.get(key)) is not None and (history := value.history) is not None:
        history.late.clear()
        for start in history.starts:
            start.open = False


def _note_imported(job: _Job, result: _Result) -> None:
    """Remove what the statistics contain now from a value's history."""
    if job.is_range:
        if result.first is not None and (job.value.first is None or result.first.at < job.value.first.at):
            job.value.first = result.first
        if not result.is_complete and job.late:
            # Home Assistant's first sums do not follow those of the range yet.
            job.value.add_late(job.late[0])
            job.device.unimported.add(job.key)
        return
    if not result.is_complete or (history := job.value.history) is None:
        return
    # The job's samples may have been converted to another unit, so they are found by their times.
    times = {sample.at for sample in job.late if sample.at < result.compiled}
    history.remove_late(sample for sample in history.late if sample.at in times)
    known = {(start.first.at, start.last.at) for start in job.starts}
    for start in history.starts:
        if start.open and (start.first.at, start.last.at) in known:
            start.open = False
            # The rows have been corrected from the first reading on.
            start.shown_at = start.first.at
    if not history.is_open:
        job.device.unimported.discard(job.key)


# Reading, in the recorder's executor


def _last_run(hass: HomeAssistant) -> float:
    """Return the end of the last 5 minutes that Home Assistant has compiled; 0 if there are none."""
    with session_scope(hass=hass, read_only=True) as session:
        return _last_run_of(session)


def _last_run_of(session: Session) -> float:
    # A clock that was ahead for a while has left runs in the future.
    last = session.query(func.max(StatisticsRuns.start)).filter(StatisticsRuns.start < dt_util.utcnow()).scalar()
    return 0.0 if last is None else process_timestamp(last).timestamp() + SHORT_TERM


def _read_and_correct(hass: HomeAssistant, jobs: Sequence[_Job]) -> list[_Result | None]:
    """Return the changes of each job; None for statistics that values of its kind cannot be imported into."""
    stored = get_metadata(hass, statistic_ids={job.metadata["statistic_id"] for job in jobs})
    with session_scope(hass=hass, read_only=True) as session:
        compiled = hour_of(_last_run_of(session))
        return [_correct(session, job, stored.get(job.metadata["statistic_id"]), compiled) for job in jobs]


def _correct(
    session: Session, job: _Job, stored: tuple[int, StatisticMetaData] | None, compiled: float
) -> _Result | None:
    metadata_id = None
    if stored is not None:
        metadata_id, metadata = stored
        if (metadata["has_sum"], metadata["mean_type"]) != (job.metadata["has_sum"], job.metadata["mean_type"]):
            return None
        job.metadata = metadata
    if not job.convert(job.metadata["unit_of_measurement"]):
        return None
    if job.value.description.state_class == MEASUREMENT:
        return _correct_measurement(session, job, metadata_id, compiled)
    return _correct_total(session, job, metadata_id, compiled)


def _correct_measurement(session: Session, job: _Job, metadata_id: int | None, compiled: float) -> _Result:
    rows = (
        []
        if metadata_id is None
        else [
            MeasurementRow(*row)
            for row in session.query(Statistics.start_ts, Statistics.mean, Statistics.min, Statistics.max)
            .filter(Statistics.metadata_id == metadata_id, Statistics.start_ts >= job.since)
            .filter(Statistics.start_ts <= job.late[-1].at, Statistics.mean.is_not(None))
        ]
    )
    if job.is_range:
        corrected = whole_measurements(rows, job.late, compiled)
    else:
        corrected = correct_measurements(rows, job.late, compiled, job.interval)
    return _Result(
        [StatisticData(start=_utc(row.start), mean=row.mean, min=row.min, max=row.max) for row in corrected],
        None,
        is_complete=True,
        compiled=compiled,
    )


def _correct_total(session: Session, job: _Job, metadata_id: int | None, compiled: float) -> _Result:
    anchor = latest = None
    rows: list[TotalRow] = []
    first = None
    if job.is_range:
        job.settle()
        first = job.native_first()
    if not job.late and not any(start.open for start in job.starts):
        return _Result([], None, is_complete=True, compiled=compiled)
    if metadata_id is not None:
        latest = _latest(session, StatisticsShortTerm, metadata_id, None)
        since = job.since if latest is None else min(job.since, hour_of(latest.start))
        anchor = _latest(session, Statistics, metadata_id, since)
        rows = [
            TotalRow(*row)
            for row in session.query(Statistics.start_ts, Statistics.state, Statistics.sum)
            .filter(Statistics.metadata_id == metadata_id, Statistics.start_ts >= since)
            .filter(Statistics.state.is_not(None), Statistics.sum.is_not(None))
            .order_by(Statistics.start_ts)
        ]
    totals = StoredTotals(anchor=anchor, rows=rows, latest=latest, first=job.first, compiled=compiled)
    correction = correct_totals(totals, job.late, job.starts, job.good)
    return _Result(
        [StatisticData(start=_utc(row.start), state=row.state, sum=row.sum) for row in correction.rows],
        correction.adjustment,
        correction.is_complete,
        compiled,
        first,
    )


def _latest(
    session: Session, table: type[Statistics | StatisticsShortTerm], metadata_id: int, before: float | None
) -> TotalRow | None:
    """Return the latest row with a sum, before a time if one is given."""
    query = session.query(table.start_ts, table.state, table.sum).filter(
        table.metadata_id == metadata_id, table.state.is_not(None), table.sum.is_not(None)
    )
    if before is not None:
        query = query.filter(table.start_ts < before)
    row = query.order_by(table.start_ts.desc()).first()
    return None if row is None else TotalRow(*row)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
