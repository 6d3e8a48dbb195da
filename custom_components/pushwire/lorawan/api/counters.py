"""Registers of meters: readings that are no consumption, and the start of another meter.

Wire code. A sample is the Unix time of a measurement and its value. Where several samples
are passed, they are sorted by time.

A zero or a backward step is held until later readings decide what it was:

- A reading at or above the last good one: a glitch, which is dropped.
- Two later readings that are not zero, below the last good one and not falling: a new start.
- Zeros alone for a day: a new start from zero.

A register whose first readings are zeros counts from the first one that is not.
"""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ...wire.values import NotUnderstood, as_list, number

HOUR: Final = 3600
# Some parsers write a zero for a meter that gave no answer, some for a whole night.
ZERO_HOLD_SECONDS: Final = 86400.0
# Readings after the first lower one that must agree on a new start.
CONFIRMING_READINGS: Final = 2
# A register that only ever falls must not fill the memory.
MAX_HELD: Final = 100
# Starts against which a late reading is compared; a register starts again once in years.
MAX_STARTS: Final = 8
# Samples that wait for the recorder; a week of readings every minute.
MAX_LATE: Final = 10_080

# Later than any reading.
_NEVER: Final = 1e12


class Sample(NamedTuple):
    """Measured number; times are Unix times in seconds."""

    at: float
    value: float

    @classmethod
    def from_stored(cls, data: Any) -> Sample:
        """Return the sample of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        match [number(item) for item in as_list(data)]:
            case [float() | int() as at, float() | int() as value]:
                # An integer stays one, since the state shows it.
                return cls(at, value)
        raise NotUnderstood("stored sample")


@dataclass(slots=True)
class Start:
    """Start of a register after which it counts from another value.

    Attributes:
        first: First sample after the start, from which it counts.
        last: Last sample before the start.
        replaced: Value that the state showed before the start.
        shown_at: Time at which the state changed, and Home Assistant's own statistics with it.
        open: Whether the statistics have not been corrected for it yet.

    """

    first: Sample
    last: Sample
    replaced: float
    shown_at: float
    open: bool = True


@dataclass(slots=True)
class History:
    """What is known of a value besides the newest one.

    Attributes:
        held: Readings of a register that later ones have to confirm.
        starts: Last starts of a register, the oldest first.
        late: Samples that the statistics do not contain yet.

    """

    held: list[Sample] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    late: list[Sample] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether the statistics lack something."""
        return bool(self.late or (self.starts and any(start.open for start in self.starts)))

    def add_late(self, sample: Sample) -> None:
        """Add a sample for the statistics; of two at the same time, the last one counts."""
        late = self.late
        if not late or late[-1].at < sample.at:
            late.append(sample)
        else:
            # Readings are measured seconds apart, so the neighbors of the same time are few.
            late[:] = [item for item in late if item.at != sample.at]
            insort(late, sample)

    def trim(self) -> None:
        """Drop the oldest samples for the statistics if there are too many."""
        del self.late[:-MAX_LATE]

    def remove_late(self, samples: Iterable[Sample]) -> None:
        """Remove samples that the statistics contain now."""
        done = set(samples)
        self.late = [sample for sample in self.late if sample not in done]

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "held": [list(sample) for sample in self.held],
            "starts": [
                [*start.first, *start.last, start.replaced, start.shown_at, start.open] for start in self.starts
            ],
            "late": [list(sample) for sample in self.late],
        }

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> History:
        """Return the history of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        return cls(
            held=[Sample.from_stored(item) for item in as_list(data.get("held"))],
            starts=[_stored_start(item) for item in as_list(data.get("starts"))],
            late=[Sample.from_stored(item) for item in as_list(data.get("late"))],
        )


def take_reading(good: Sample | None, history: History, reading: Sample, shown_at: float) -> Sample:
    """Return the last good sample of a register after a reading.

    Args:
        good: Last good sample before the reading, or None for the first reading.
        history: History of the register, which is updated.
        reading: New reading.
        shown_at: Time at which the state changes.

    """
    if good is None:
        _note_shown(history, reading, shown_at)
        return reading
    if reading.at < good.at:
        if good.value == 0 < reading.value and not history.starts:
            # The first reading of all was a zero after all.
            history.held = [good, *history.held]
            good = reading
            history.add_late(reading)
            return _settle(good, history, shown_at)
        _take_earlier(good, history, reading)
        return good
    if reading.at == good.at and reading.value < good.value:
        return good
    history.held = [sample for sample in history.held if sample.at != reading.at]
    insort(history.held, reading)
    return _settle(good, history, shown_at)


def settle_readings(readings: Iterable[Sample]) -> History:
    """Return the good ones of old readings as late samples, with the starts among them."""
    history = History()
    good: Sample | None = None
    for reading in readings:
        if good is not None or reading.value > 0:
            good = take_reading(good, history, reading, _NEVER)
    for start in history.starts:
        start.shown_at = start.first.at
    return history


def _settle(good: Sample, history: History, shown_at: float) -> Sample:
    """Decide about the held readings as far as possible; return the last good sample."""
    held: list[Sample] = []
    for reading in history.held:
        if reading.value >= good.value:
            held = []
            if good.value == 0 < reading.value and not history.starts:
                # The zeros before the first number may have been no answers.
                history.starts = [Start(reading, good, good.value, shown_at)]
            good = reading
            _note_shown(history, reading, shown_at)
            continue
        held.append(reading)
        if not (run := _new_cycle(held)):
            continue
        history.starts = [*history.starts, Start(run[0], good, good.value, shown_at)][-MAX_STARTS:]
        for sample in run:
            _note_shown(history, sample, shown_at)
        good = run[-1]
        held = []
    if len(held) > MAX_HELD:
        del held[1]
    history.held = held
    return good


def _new_cycle(held: Sequence[Sample]) -> list[Sample]:
    """Return the readings of a new start at the end of held ones; empty if they are none."""
    if held[-1].value <= 0:
        zeros: list[Sample] = []
        for reading in reversed(held):
            if reading.value:
                break
            zeros.insert(0, reading)
        return zeros if zeros and zeros[-1].at - zeros[0].at >= ZERO_HOLD_SECONDS else []
    run: list[Sample] = []
    for reading in reversed(held):
        if reading.value <= 0:
            continue
        if run and reading.value > run[0].value:
            break
        run.insert(0, reading)
    confirming = [reading for reading in run if reading.at > held[0].at]
    return run if len(confirming) >= CONFIRMING_READINGS else []


def _take_earlier(good: Sample, history: History, reading: Sample) -> None:
    """Keep a reading older than the last good one for the statistics, unless it is a glitch."""
    if history.starts and _disproves_zeros(history.starts[0], reading):
        del history.starts[0]
    last = good
    for start in reversed(history.starts):
        if reading.at > start.first.at:
            break
        if reading.at > start.last.at:
            if reading.value >= start.last.value > 0:
                start.last = reading
            elif 0 < reading.value <= start.first.value:
                start.first = reading
            else:
                return
            start.open = True
            history.add_late(reading)
            return
        last = start.last
    if reading.value <= last.value and (reading.value > 0 or last.value == 0):
        # Also within the hour: it may be the first reading of all, from which the register counts.
        history.add_late(reading)


def _disproves_zeros(start: Start, reading: Sample) -> bool:
    """Return whether a reading shows that the zeros with which a register seemed to begin were no answers."""
    return start.last.value == 0 and reading.at < start.last.at and 0 < reading.value <= start.first.value


def _note_shown(history: History, sample: Sample, shown_at: float) -> None:
    """Keep a sample for the statistics if its hour is over when the state shows it."""
    if sample.at // HOUR < shown_at // HOUR:
        history.add_late(sample)


def _stored_start(data: Any) -> Start:
    match as_list(data):
        case [*samples, float() | int() as replaced, float() | int() as shown_at, bool() as is_open]:
            return Start(
                Sample.from_stored(samples[:2]), Sample.from_stored(samples[2:]), replaced, shown_at, open=is_open
            )
    raise NotUnderstood("stored start")
