"""Hourly rows of statistics, corrected by samples that arrived late.

Wire code. All numbers have the unit of the stored statistics. Where several rows or
samples are passed, they are sorted by time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from .counters import HOUR, Sample, Start

SHORT_TERM: Final = 300
# Rounding of sums; smaller than any register's last digit.
_TOLERANCE: Final = 1e-6


class TotalRow(NamedTuple):
    """Row of a register: Unix time of its start, state at its end, and sum of the consumption."""

    start: float
    state: float
    sum: float


class MeasurementRow(NamedTuple):
    """Row of a measurement: Unix time of its start, and mean, minimum and maximum."""

    start: float
    mean: float
    min: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTotals:
    """What Home Assistant has stored of a register.

    Attributes:
        anchor: Last row before the first hour that may change, or None.
        rows: All later hourly rows.
        latest: Latest 5-minute row, from which Home Assistant continues its sum, or None.
        first: First reading of the register that is known, or None.
        compiled: End of the last hour whose row Home Assistant has compiled.

    """

    anchor: TotalRow | None = None
    rows: Sequence[TotalRow] = ()
    latest: TotalRow | None = None
    first: Sample | None = None
    compiled: float


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Number that is added to all sums from a time on."""

    start: float
    sum: float


@dataclass(frozen=True, slots=True)
class TotalCorrection:
    """Corrections of a register's statistics.

    Attributes:
        rows: Rows to import, after the adjustment.
        adjustment: Adjustment of the sums that Home Assistant continues from, or None.
        is_complete: Whether Home Assistant's own rows contain everything that the states have shown.

    """

    rows: list[TotalRow]
    adjustment: Adjustment | None
    is_complete: bool


def hour_of(at: float) -> float:
    """Return the start of the hour of a Unix time."""
    return at // HOUR * HOUR


class _Register:
    """Consumption of a register from reading to reading, over its starts.

    The sum of a reading is the reading plus the offset of its cycle, the time between two starts.
    """

    def __init__(self, anchor: TotalRow | None, first: Sample | None, starts: Iterable[Start]) -> None:
        if anchor is not None:
            offset = anchor.sum - anchor.state
            self.starts = [start for start in starts if start.first.at >= anchor.start + HOUR]
        elif first is not None:
            offset = -first.value
            self.starts = [start for start in starts if start.first.at > first.at]
        else:
            offset = 0.0
            self.starts = list(starts)
        self.offsets = [offset]
        for start in self.starts:
            offset += start.last.value - start.first.value
            self.offsets.append(offset)

    def cycle_at(self, end: float) -> int:
        """Return the cycle at the end of an hour."""
        return sum(start.first.at < end for start in self.starts)

    def cycle_of(self, sample: Sample) -> int:
        """Return the cycle of a sample."""
        return sum(start.first.at <= sample.at for start in self.starts)

    def shown_cycle(self, row: TotalRow, seconds: int) -> int:
        """Return the cycle of the state in one of Home Assistant's own rows, which covers some seconds."""
        return sum(
            start.shown_at < row.start
            # Unchanged if the entity was unavailable.
            or (start.shown_at < row.start + seconds and abs(row.state - start.replaced) > _TOLERANCE)
            for start in self.starts
        )

    def shift(self, cycle: int, offset: float) -> None:
        """Set the offset of a cycle, and shift those of later ones alike."""
        difference = offset - self.offsets[cycle]
        for index in range(cycle, len(self.offsets)):
            self.offsets[index] += difference


def correct_totals(
    stored: StoredTotals, late: Sequence[Sample], starts: Sequence[Start], good: Sample
) -> TotalCorrection:
    """Return the corrections by which each hour has the consumption that was measured in it.

    A state never belongs to a time before its measurement, so the states of rows are lower
    bounds: the true state of an hour is the highest reading of the cycle up to its end.

    Args:
        stored: Stored rows.
        late: Samples that the rows may not contain.
        starts: Starts of the register.
        good: Last good sample of the register.

    """
    rows, latest, compiled = stored.rows, stored.latest, stored.compiled
    late = [sample for sample in late if sample.at < compiled]
    starts = [*starts, *_missed_starts(stored, late, starts, good)]
    starts.sort(key=lambda start: start.first.at)
    register = _Register(stored.anchor, _first_point(stored, late), starts)
    corrected = _corrected_rows(register, stored, late)
    is_complete = latest is not None and all(
        not start.open or (start.shown_at < compiled and start.shown_at < latest.start + SHORT_TERM) for start in starts
    )
    if latest is None:
        return TotalCorrection(_differing(corrected, rows, None), None, is_complete)
    offset = register.offsets[register.shown_cycle(latest, SHORT_TERM)]
    adjustment = _adjustment(
        offset + latest.state - latest.sum,
        min(latest.start, compiled),
        {row.start: row.sum for row in corrected},
        rows,
        register.starts,
    )
    return TotalCorrection(_differing(corrected, rows, adjustment), adjustment, is_complete)


def _missed_starts(
    stored: StoredTotals, late: Sequence[Sample], starts: Sequence[Start], good: Sample
) -> Iterator[Start]:
    """Yield the starts before and after late samples that were not followed live, such as those of a backfill."""
    if not late:
        return
    first, last = late[0], late[-1]
    earlier = [row for row in stored.rows if row.start + HOUR <= first.at]
    row = earlier[-1] if earlier else stored.anchor
    if row is not None and row.state > first.value + _TOLERANCE:
        before = Sample(row.start, row.state)
        if not any(before.at < start.first.at <= first.at for start in starts):
            yield Start(first, before, before.value, first.at, open=False)
    if good.value < last.value - _TOLERANCE and not any(start.first.at > last.at for start in starts):
        after = next((Sample(row.start, row.state) for row in stored.rows if row.start > last.at), good)
        yield Start(after, last, last.value, after.at, open=False)


def _first_point(stored: StoredTotals, late: Sequence[Sample]) -> Sample | None:
    """Return the reading from which a register without earlier rows counts."""
    known = [*late[:1], *([stored.first] if stored.first is not None else [])]
    first = min(known, default=None)
    if stored.rows and (first is None or first.at >= stored.rows[0].start + HOUR):
        # The first row counts from zero.
        row = stored.rows[0]
        return Sample(row.start, row.state - row.sum)
    return first


def _corrected_rows(register: _Register, stored: StoredTotals, late: Sequence[Sample]) -> list[TotalRow]:
    """Return the rows of all hours after the anchor that have a row or a sample."""
    samples: dict[float, list[Sample]] = {}
    points = [*late, *(start.first for start in register.starts if start.first.at < stored.compiled)]
    for sample in sorted(points):
        samples.setdefault(hour_of(sample.at), []).append(sample)
    by_hour = {row.start: row for row in stored.rows}
    corrected: list[TotalRow] = []
    previous = stored.anchor
    cycle, state = 0, None if previous is None else previous.state
    for hour in sorted(by_hour.keys() | samples.keys()):
        if (now := register.cycle_at(hour + HOUR)) != cycle:
            cycle, state = now, register.starts[now - 1].first.value
        if (row := by_hour.get(hour)) is not None:
            if register.shown_cycle(row, HOUR) == cycle:
                if previous is not None and state is not None and _is_unknown_start(register, previous, row):
                    sum_before = corrected[-1].sum if corrected else previous.sum
                    register.shift(cycle, sum_before + row.sum - previous.sum - row.state)
                    state = row.state
                state = row.state if state is None else max(state, row.state)
            previous = row
        for sample in samples.get(hour, ()):
            if register.cycle_of(sample) == cycle:
                state = sample.value if state is None else max(state, sample.value)
        if state is not None:
            corrected.append(TotalRow(hour, state, register.offsets[cycle] + state))
    return corrected


def _is_unknown_start(register: _Register, previous: TotalRow, row: TotalRow) -> bool:
    """Return whether a register has started again without a known start, as before it was followed."""
    return (
        row.state < previous.state - _TOLERANCE
        and row.sum >= previous.sum - _TOLERANCE
        and not any(previous.start <= start.shown_at < row.start + HOUR for start in register.starts)
    )


def _adjustment(
    difference: float, start: float, sums: Mapping[float, float], rows: Sequence[TotalRow], starts: Sequence[Start]
) -> Adjustment | None:
    """Return an adjustment that begins as early as all later rows differ alike."""
    if abs(difference) <= _TOLERANCE:
        return None
    for row in reversed(rows):
        if row.start >= hour_of(start):
            continue
        if abs(sums[row.start] - row.sum - difference) > _TOLERANCE:
            break
        start = row.start
    for item in starts:
        # In the hour in which the state fell, only the 5-minute rows from then on differ.
        if hour_of(item.shown_at) == start:
            start = item.shown_at // SHORT_TERM * SHORT_TERM
    return Adjustment(start, difference)


def _differing(
    corrected: Iterable[TotalRow], rows: Iterable[TotalRow], adjustment: Adjustment | None
) -> list[TotalRow]:
    """Return the rows that are still wrong after an adjustment."""
    stored = {row.start: row for row in rows}
    differing = []
    for row in corrected:
        before = stored.get(row.start)
        if before is not None and adjustment is not None and row.start >= hour_of(adjustment.start):
            before = before._replace(sum=before.sum + adjustment.sum)
        if before is None or abs(before.sum - row.sum) > _TOLERANCE or abs(before.state - row.state) > _TOLERANCE:
            differing.append(row)
    return differing


def correct_measurements(
    rows: Iterable[MeasurementRow], late: Sequence[Sample], compiled: float, interval: float | None
) -> list[MeasurementRow]:
    """Return the rows of the hours of late samples.

    Home Assistant's own row is merged with them: a sample counts until the next one, and
    not for longer than the interval of the device.

    Args:
        rows: Home Assistant's own rows of these hours.
        late: Samples that the rows do not contain.
        compiled: End of the last hour whose row Home Assistant has compiled.
        interval: Seconds between two measurements, or None if unknown.

    """
    by_hour: dict[float, list[Sample]] = {}
    for sample in late:
        if sample.at < compiled:
            by_hour.setdefault(hour_of(sample.at), []).append(sample)
    stored = {row.start: row for row in rows}
    return [_merged(hour, samples, stored.get(hour), interval) for hour, samples in by_hour.items()]


def whole_measurements(
    rows: Iterable[MeasurementRow], samples: Sequence[Sample], compiled: float
) -> list[MeasurementRow]:
    """Return the rows of hours of which all samples are known.

    The mean is that of the samples, so the same samples always lead to the same row; minimum
    and maximum are merged with Home Assistant's own.

    Args:
        rows: Home Assistant's own rows of these hours.
        samples: All samples of the hours.
        compiled: End of the last hour whose row Home Assistant has compiled.

    """
    stored = {row.start: row for row in rows}
    by_hour: dict[float, list[Sample]] = {}
    for sample in samples:
        by_hour.setdefault(hour_of(sample.at), []).append(sample)
    result = []
    carried: float | None = None
    for hour, known in by_hour.items():
        values = [sample.value for sample in known]
        row = stored.get(hour)
        if hour < compiled:
            begin = [] if carried is None else [Sample(hour, carried)]
            new = _merged(hour, [*begin, *known], None, None)
            bounds = values if row is None else [*values, row.min, row.max]
            result.append(MeasurementRow(hour, new.mean, min(bounds), max(bounds)))
        carried = values[-1]
    return result


def _merged(
    hour: float, samples: Sequence[Sample], row: MeasurementRow | None, interval: float | None
) -> MeasurementRow:
    values = [sample.value for sample in samples]
    end = Sample(hour + HOUR, 0.0)
    durations = [following.at - sample.at for sample, following in pairwise([*samples, end])]
    if row is None:
        total = sum(durations)
        weighted = sum(value * seconds for value, seconds in zip(values, durations, strict=True))
        mean = weighted / total if total else values[-1]
        return MeasurementRow(hour, mean, min(values), max(values))
    limit = HOUR if interval is None else interval
    shares = [min(seconds, limit) / HOUR for seconds in durations]
    mean = row.mean + sum((value - row.mean) * share for value, share in zip(values, shares, strict=True))
    return MeasurementRow(hour, mean, min(row.min, *values), max(row.max, *values))
