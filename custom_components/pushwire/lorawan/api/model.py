"""Model of a LoRaWAN device: its details, radio reception, values and uplinks.

Wire code. Times are Unix times in seconds. ``to_stored`` and ``from_stored`` define the
format of the storage file; its field names are independent of the attribute names.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf
from time import time
from typing import Any, Final, Protocol, TypedDict, Unpack

from ...wire.values import NotUnderstood, as_bool, as_date, as_dict, as_float, as_list, as_text, integer
from .cadence import MIN_LIMIT, Cadence, Listening
from .counters import HOUR, History, Sample, take_reading

type Scalar = str | float | int | bool | None

FEATURES: Final = "features"
"""Name of a change after which the device has more entities than before."""
MEANING: Final = "meaning"
"""Name of a change after which the device has proposals for other meanings of its values."""

TOTAL_INCREASING: Final = "total_increasing"
MEASUREMENT: Final = "measurement"
STATISTICS: Final = (MEASUREMENT, TOTAL_INCREASING)
"""State classes whose statistics are corrected by late values."""

_MAX_INTERVALS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDescription:
    """Presentation of a value, in Home Assistant's terms but without its code.

    Attributes:
        platform: ``sensor`` or ``binary_sensor``.
        device_class: Device class of the platform, or None.
        unit: Unit as Home Assistant spells it, or None.
        state_class: ``measurement``, ``total``, ``total_increasing`` or None.
        precision: Suggested number of decimals, or None.
        diagnostic: Whether the value describes the device itself.
        enabled: Whether the entity is enabled by default.
        source: What the description was decided by; see ``inference``.

    """

    platform: str = "sensor"
    device_class: str | None = None
    unit: str | None = None
    state_class: str | None = None
    precision: int | None = None
    diagnostic: bool = False
    enabled: bool = True
    source: str | None = field(default=None, compare=False)

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "platform": self.platform,
            "class": self.device_class,
            "unit": self.unit,
            "statistics": self.state_class,
            "decimals": self.precision,
            "about_device": self.diagnostic,
            "shown_by_default": self.enabled,
            **({} if self.source is None else {"decided_by": self.source}),
        }

    @classmethod
    def from_stored(cls, data: Any) -> ValueDescription:
        """Return the description of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            platform=stored_text(stored, "platform"),
            device_class=as_text(stored.get("class")),
            unit=as_text(stored.get("unit")),
            state_class=as_text(stored.get("statistics")),
            precision=integer(stored.get("decimals")),
            diagnostic=stored.get("about_device") is True,
            enabled=stored.get("shown_by_default") is not False,
            source=as_text(stored.get("decided_by")),
        )


@dataclass(frozen=True, slots=True)
class Field:
    """Field of a reading, as the parser declares it.

    Attributes:
        unit: Unit as the parser writes it, or None.
        display: Name, or None.

    """

    unit: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Other meaning of a key, which a value has shown.

    Attributes:
        before: Description that the value contradicts.
        after: Description that fits the value.
        reason: Word for the contradiction.
        at: Unix time of the contradiction.
        value: Value in the form of the other description.
        measured_at: Time of the measurement of the value.

    """

    before: ValueDescription
    after: ValueDescription
    reason: str
    at: float
    value: Scalar = None
    measured_at: float = 0.0

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "was_shown_as": self.before.to_stored(),
            "shown_as": self.after.to_stored(),
            "reason": self.reason,
            "time": self.at,
        }

    @classmethod
    def from_stored(cls, data: Any) -> Proposal:
        """Return the proposal of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            before=ValueDescription.from_stored(stored.get("was_shown_as")),
            after=ValueDescription.from_stored(stored.get("shown_as")),
            reason=stored_text(stored, "reason"),
            at=as_float(stored.get("time")) or 0.0,
        )


@dataclass(slots=True)
class Compared:
    """Last value that was compared with the meaning of its key, and others that need no comparison.

    Attributes:
        received: Value as it was received, with the unit beside it.
        kind: Type of the value.
        fields: Declared fields at that time.
        result: Value in the form of its description, and the description.
        low: Smallest number that fits the description as it is.
        high: Largest number that fits the description as it is.

    """

    received: tuple[Scalar, str | None]
    kind: type
    fields: Mapping[str, Field]
    result: tuple[Scalar, ValueDescription]
    low: float = inf
    high: float = -inf


@dataclass(slots=True)
class Meaning:
    """What is known of the meaning of a key.

    Attributes:
        since: Unix time at which the description was decided.
        correction: Correction of an earlier description; there is one at most.
        is_asked: Whether the statistics, or a person, are asked about another meaning.
        pending: Other meaning about which a person is asked.
        low: Smallest number of this run.
        high: Largest number of this run.
        texts: Number of texts in a row, instead of numbers.
        ignored_unit: Unit that was stated and does not fit.

    """

    since: float
    correction: Proposal | None = None
    is_asked: bool = False
    pending: Proposal | None = None
    low: float = float("inf")
    high: float = float("-inf")
    texts: int = 0
    ignored_unit: str | None = None

    @property
    def is_decided(self) -> bool:
        """Whether no further value can propose another meaning."""
        return self.correction is not None or self.is_asked

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "known_since": self.since,
            "corrected": None if self.correction is None else self.correction.to_stored(),
        }

    @classmethod
    def from_stored(cls, data: Any) -> Meaning:
        """Return the meaning of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        correction = stored.get("corrected")
        return cls(
            since=as_float(stored.get("known_since")) or 0.0,
            correction=None if correction is None else Proposal.from_stored(correction),
        )


type DescribedValues = Mapping[str, tuple[Scalar, ValueDescription]]
"""Values with their descriptions, by key."""


@dataclass(slots=True)
class Value:
    """Measured value.

    Attributes:
        value: Value as it was measured.
        measured_at: Time of the measurement; an older measurement never replaces a newer one.
        description: Presentation; it changes only by ``LorawanDevice.correct``, because a
            new unit would break the statistics.
        inserted_at: Time at which the server stored the value; decides between two values
            that were measured at the same time.
        shown_at: Time at which the state shows the value.
        history: Readings that have to be confirmed or that the statistics lack, or None.
        first: First reading of a register, from which its statistics count, or None.
        compared: Last value that was compared with the meaning of its key, or None.

    """

    value: Scalar
    measured_at: float
    description: ValueDescription
    inserted_at: float = 0.0
    shown_at: float = 0.0
    history: History | None = None
    first: Sample | None = None
    compared: Compared | None = field(default=None, compare=False)

    @property
    def sample(self) -> Sample | None:
        """Newest value with its time, or None if it is not a number."""
        return _sample(self.value, self.measured_at)

    def redescribe(self, description: ValueDescription) -> None:
        """Replace the description; readings of another unit or kind are no history of this one."""
        before = self.description
        if (before.unit, before.state_class) != (description.unit, description.state_class):
            self.history = self.first = None
        self.description = description
        self.compared = None

    def take(
        self, value: Scalar, measured_at: float, inserted_at: float, shown_at: float, now: float, *, is_past: bool
    ) -> bool:
        """Take a later or earlier value; return whether the newest one has changed.

        Args:
            value: Value as it was measured.
            measured_at: Time of the measurement.
            inserted_at: Time at which the server stored the value.
            shown_at: Time at which the state shows the value.
            now: Time.
            is_past: Whether the hour of the measurement is over when the state shows the value.

        """
        is_register = self.description.state_class == TOTAL_INCREASING
        if is_register and self.sample is not None:
            sample = _sample(value, measured_at)
            # A meter without an answer keeps its register.
            return sample is not None and self._take_reading(sample, inserted_at, shown_at)
        if measured_at <= self.measured_at and (measured_at < self.measured_at or inserted_at < self.inserted_at):
            sample = _sample(value, measured_at)
            if sample is not None and measured_at != self.measured_at:
                self.add_late(sample)
            return False
        if self.shown_at > now and self.sample is not None and measured_at != self.measured_at:
            # The state never shows the previous value.
            self.add_late(self.sample)
        changed = value != self.value
        self.value = value
        self.measured_at = measured_at
        self.inserted_at = inserted_at
        self.shown_at = shown_at
        # Nearly every value is shown within the hour of its measurement.
        if is_register or is_past:
            self.note_first(shown_at)
        return changed

    def note_shown(self, at: float) -> bool:
        """Note the time at which the state shows the value; return whether the statistics lack it."""
        for start in () if self.history is None else self.history.starts:
            if start.open and start.shown_at == self.shown_at:
                start.shown_at = at
        self.shown_at = at
        self.note_first(at)
        return self.history is not None and self.history.is_open

    def note_first(self, shown_at: float) -> None:
        """Keep the newest value for the statistics if its hour is over when the state shows it."""
        if self.first is None and self.description.state_class == TOTAL_INCREASING:
            self.first = self.sample
        if self.measured_at // HOUR < shown_at // HOUR and (sample := self.sample) is not None:
            self.add_late(sample)

    def _take_reading(self, reading: Sample, inserted_at: float, shown_at: float) -> bool:
        good = self.sample
        if good is not None and reading.at == good.at and inserted_at < self.inserted_at:
            return False
        history = self.history or History()
        result = take_reading(good, history, reading, shown_at)
        if self.first is None or (reading.at < self.first.at and reading in history.late):
            self.first = reading
        self.history = history if history.held or history.starts or history.late else None
        if result is good:
            return False
        changed = result.value != self.value
        self.value, self.measured_at, self.inserted_at, self.shown_at = *reversed(result), inserted_at, shown_at
        return changed

    def add_late(self, sample: Sample) -> None:
        """Keep a sample for the statistics, if the value has any."""
        if self.description.state_class in STATISTICS:
            if self.history is None:
                self.history = History()
            self.history.add_late(sample)

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        stored: dict[str, Any] = {
            "reading": self.value,
            "time": self.measured_at,
            "server_time": self.inserted_at,
            "shown_as": self.description.to_stored(),
        }
        if self.first is not None:
            stored["first"] = list(self.first)
        if self.history is not None:
            stored["history"] = self.history.to_stored()
        return stored

    @classmethod
    def from_stored(cls, data: Any) -> Value:
        """Return the value of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        value, measured_at = stored.get("reading"), as_float(stored.get("time"))
        if measured_at is None or not (value is None or isinstance(value, str | int | float)):
            raise NotUnderstood("stored value")
        return cls(
            value=value,
            measured_at=measured_at,
            description=ValueDescription.from_stored(stored.get("shown_as")),
            inserted_at=as_float(stored.get("server_time")) or 0.0,
            history=None if (history := stored.get("history")) is None else History.from_stored(stored_object(history)),
            first=None if (first := stored.get("first")) is None else Sample.from_stored(first),
        )


def _sample(value: Scalar, measured_at: float) -> Sample | None:
    """Return a number with its time, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Sample(measured_at, value)


@dataclass(slots=True)
class Radio:
    """Reception of the last uplink by the gateway with the best signal.

    Attributes:
        rssi: RSSI in dBm.
        snr: SNR in dB.
        frequency: Frequency in MHz.
        bandwidth: Bandwidth in kHz.
        port: LoRaWAN fPort.
        frame_counter: LoRaWAN FCnt of the uplink.
        gateway: EUI of the gateway.
        gateway_count: Number of gateways that received the uplink.
        airtime: Time on air in milliseconds.

    """

    rssi: float | None = None
    snr: float | None = None
    spreading_factor: int | None = None
    frequency: float | None = None
    bandwidth: float | None = None
    port: int | None = None
    frame_counter: int | None = None
    gateway: str | None = None
    gateway_count: int | None = None
    airtime: float | None = None

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "rssi_dbm": self.rssi,
            "snr_db": self.snr,
            "sf": self.spreading_factor,
            "frequency_mhz": self.frequency,
            "bandwidth_khz": self.bandwidth,
            "fport": self.port,
            "fcnt": self.frame_counter,
            "gateway_eui": self.gateway,
            "gateways": self.gateway_count,
            **({} if self.airtime is None else {"airtime_ms": self.airtime}),
        }

    @classmethod
    def from_stored(cls, data: Any) -> Radio:
        """Return the reception of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            rssi=as_float(stored.get("rssi_dbm")),
            snr=as_float(stored.get("snr_db")),
            spreading_factor=integer(stored.get("sf")),
            frequency=as_float(stored.get("frequency_mhz")),
            bandwidth=as_float(stored.get("bandwidth_khz")),
            port=integer(stored.get("fport")),
            frame_counter=integer(stored.get("fcnt")),
            gateway=as_text(stored.get("gateway_eui")),
            gateway_count=integer(stored.get("gateways")),
            airtime=as_float(stored.get("airtime_ms")),
        )


# Details that only some platforms report, and whose entities exist once they are known.
_OPTIONAL: Final = frozenset({"installation_date", "sends_as_expected", "missed_frames"})
RADIO_FIELDS: Final = tuple(Radio.__dataclass_fields__)


@dataclass(slots=True)
class CayennePort:
    """What is known of Cayenne LPP on one port of a device.

    Attributes:
        is_certain: Whether payloads of the port are shown.
        candidates: Time and hex of payloads that may be Cayenne LPP.

    """

    is_certain: bool = False
    candidates: list[tuple[float, str]] = field(default_factory=list)

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"shown": self.is_certain, "seen": [list(candidate) for candidate in self.candidates]}

    @classmethod
    def from_stored(cls, data: Any) -> CayennePort:
        """Return the port of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            is_certain=stored.get("shown") is True,
            candidates=list(filter(None, map(_candidate_of, as_list(stored.get("seen"))))),
        )


def _candidate_of(data: Any) -> tuple[float, str] | None:
    """Return time and payload of a stored candidate, or None for data of another shape."""
    match data:
        case [int() | float() as at, str() as payload] if is_hex(payload):
            return at, payload
    return None


def is_hex(text: str) -> bool:
    """Return whether a text is the hex of bytes."""
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


class DeviceDetails(TypedDict, total=False):
    """Descriptive fields of a device; see ``LorawanDevice``."""

    name: str
    dev_eui: str
    dev_eui_raw: str
    app_eui: str
    manufacturer: str
    model: str
    serial_number: str
    installation_date: date
    area: str | None
    server_interval: float
    parser: str | None
    sends_as_expected: bool | None
    missed_frames: int | None


class ChosenMeaning(Protocol):
    """Meaning of a key that a person has chosen."""

    @property
    def name(self) -> str | None:
        """Name of the entity, or None for the usual one."""

    def describe(self, description: ValueDescription) -> ValueDescription:
        """Return a description with the chosen meaning."""


class ChoiceFinder(Protocol):
    """Source of the meanings that a person has chosen."""

    def find(self, device: LorawanDevice, key: str) -> ChosenMeaning | None:
        """Return the choice for a key of a device, or None."""


class NoChoices:
    """Source without any choice."""

    def find(self, device: LorawanDevice, key: str) -> ChosenMeaning | None:
        """Return None."""
        del device, key
        return None


@dataclass(slots=True)
class LorawanDevice:
    """LoRaWAN end device.

    Attributes:
        device_id: Vendor's stable ID.
        dev_eui: DevEUI in lower case, or the identifier that the vendor uses instead.
        dev_eui_raw: DevEUI as the platform spells it, for commands.
        server_interval: Seconds between uplinks as reported by the server, or None.
        sends_as_expected: Whether the device sends as often as the server expects, or None.
        missed_frames: Number of expected uplinks that the server has missed, or None.
        payload: Last payload in hex, or None before the first one.
        overdue: Whether the device missed its expected uplinks.
        lost_frames: Number of frames that the gaps of the frame counter show, since the device is known.
        intervals: Seconds between the last uplinks.
        cadence: Rhythm of the uplinks, as learned over days.
        own_limit: Seconds without an uplink after which a person considers the device
            overdue, or None for the learned ones.
        listening: Periods in which uplinks could not be received.
        parser: ID of the parser on the server, or None.
        parser_name: Name of the parser, or None.
        fields: Fields that the parser declares, by key.
        choices: Meanings that a person has chosen.
        meanings: What is known of the meanings of the values, by key.
        proposals: Other meanings that values have shown and nobody has decided yet, by key.
        cayenne: What is known of Cayenne LPP, by port.
        unimported: Keys of the values whose statistics are incomplete.
        press_kinds: Kinds of presses that the device has sent, by key.
        new_presses: Keys and kinds of presses that no event has been fired for.

    """

    device_id: str
    name: str
    dev_eui: str | None = None
    dev_eui_raw: str | None = None
    app_eui: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    installation_date: date | None = None
    area: str | None = None
    parser: str | None = None
    parser_name: str | None = None
    server_interval: float | None = None
    sends_as_expected: bool | None = None
    missed_frames: int | None = None
    last_uplink: float | None = None
    payload: str | None = None
    overdue: bool = False
    radio: Radio = field(default_factory=Radio)
    values: dict[str, Value] = field(default_factory=dict)
    lost_frames: int = 0
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_INTERVALS))
    cadence: Cadence = field(default_factory=Cadence)
    own_limit: float | None = None
    listening: Listening = field(default_factory=Listening)
    cayenne: dict[str, CayennePort] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    choices: ChoiceFinder = field(default_factory=NoChoices)
    meanings: dict[str, Meaning] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    unimported: set[str] = field(default_factory=set)
    press_kinds: dict[str, list[str]] = field(default_factory=dict)
    new_presses: list[tuple[str, str]] = field(default_factory=list)

    def update(self, **details: Unpack[DeviceDetails]) -> set[str]:
        """Update descriptive fields; return the names of the changed ones."""
        changed = {name for name, value in details.items() if getattr(self, name) != value}
        if any(getattr(self, name) is None for name in changed & _OPTIONAL):
            changed.add(FEATURES)
        for name, value in details.items():
            setattr(self, name, value)
        return changed

    def note_uplink(self, at: float, radio: Radio | None = None, payload: str | None = None) -> set[str]:
        """Update the device from an uplink; return the names of the changed properties.

        An uplink older than the last one changes nothing.

        Args:
            at: Time of the uplink.
            radio: Reception, or None if the server does not report it.
            payload: Payload in hex, or None if the server does not report it.

        """
        changed: set[str] = set()
        if self.is_late(at):
            return changed
        if at != self.last_uplink:
            if radio is not None:
                changed |= self._count_lost_frames(at, radio.frame_counter)
            self._learn_interval(at)
            self.last_uplink = at
            changed |= {"last_uplink"} | self.check_overdue(time())
        if radio is not None:
            changed |= self.update_radio(radio)
        if payload is not None and payload != self.payload:
            changed |= {"payload"} if self.payload is not None else {"payload", FEATURES}
            self.payload = payload
        return changed

    def update_radio(self, radio: Radio) -> set[str]:
        """Update the reception of the last uplink; return the names of the changed properties."""
        changed = {name for name in RADIO_FIELDS if getattr(radio, name) != getattr(self.radio, name)}
        if self.radio.airtime is None is not radio.airtime:
            changed.add(FEATURES)
        self.radio = radio
        return changed

    def _count_lost_frames(self, at: float, counter: int | None) -> set[str]:
        """Count the frames between the last uplink and a new one; return the names of the changed properties."""
        previous = self.radio.frame_counter
        if previous is None or counter is None or self.last_uplink is None:
            return set()
        lost = counter - previous - 1
        # A counter that starts again, or leaps further than a device can send, has lost nothing,
        # and what was sent while nobody listened is not lost.
        if not 0 < lost <= at - self.last_uplink or self.listening.missed(self.last_uplink, at):
            return set()
        self.lost_frames += lost
        return {"lost_frames"}

    def _learn_interval(self, at: float) -> None:
        """Learn the interval before an uplink, unless nobody listened in a part of it."""
        interval = 0.0 if self.last_uplink is None else at - self.last_uplink
        if interval and not self.listening.hides(at - interval, at):
            self.cadence.add(interval, at, missed=interval > self.learned_limit)
            self.intervals.append(interval)
        else:
            self.cadence.start(at)

    def set_values(
        self, values: DescribedValues, measured_at: float, inserted_at: float = 0.0, shown_at: float | None = None
    ) -> set[str]:
        """Set values unless newer ones exist; return the keys of the changed ones.

        Args:
            values: Values with the descriptions that apply to new keys.
            measured_at: Time of the measurement.
            inserted_at: Time at which the server stored the values, see ``Value``.
            shown_at: Time at which the states show the values; None for now.

        """
        now = time()
        if shown_at is None:
            shown_at = now
        is_past = measured_at // HOUR < shown_at // HOUR
        changed = set()
        known = self.values
        for key, (value, description) in values.items():
            if (current := known.get(key)) is None:
                current = known[key] = Value(value, measured_at, description, inserted_at, shown_at)
                current.note_first(shown_at)
                changed |= {key, FEATURES}
            elif current.take(value, measured_at, inserted_at, shown_at, now, is_past=is_past):
                changed.add(key)
            if current.history is not None and current.history.is_open:
                current.history.trim()
                self.unimported.add(key)
        return changed

    def note_presses(self, presses: Iterable[tuple[str, str]]) -> set[str]:
        """Note presses by key and kind; return the names of the changed properties."""
        changed: set[str] = set()
        for key, kind in presses:
            if key not in self.press_kinds:
                changed.add(FEATURES)
            kinds = self.press_kinds.setdefault(key, [])
            if kind not in kinds:
                kinds.append(kind)
            self.new_presses.append((key, kind))
        return changed

    def take_presses(self) -> list[tuple[str, str]]:
        """Return the keys and kinds of the new presses, once."""
        presses, self.new_presses = self.new_presses, []
        return presses

    def correct(self, key: str, proposal: Proposal) -> None:
        """Give a key another meaning."""
        value, before, after = self.values[key], proposal.before, proposal.after
        value.redescribe(after)
        if proposal.measured_at >= value.measured_at:
            value.value = proposal.value
        elif (before.platform, before.unit) != (after.platform, after.unit):
            # The newer value was converted for the earlier description.
            value.value = None
        self.meanings[key] = Meaning(since=proposal.at, correction=proposal)

    def samples(self, values: DescribedValues, measured_at: float) -> Iterator[tuple[str, Sample]]:
        """Yield the keys and numbers of values that have statistics."""
        for key, (value, description) in values.items():
            sample = _sample(value, measured_at)
            if sample is not None and key in self.values and description.state_class in STATISTICS:
                yield key, sample

    def note_shown(self, keys: Iterable[str], at: float) -> None:
        """Note the time at which the states show values that were set for a later time."""
        for key in keys:
            if (value := self.values.get(key)) is not None and value.note_shown(at):
                self.unimported.add(key)

    def put_back(self, limit: float, at: float) -> set[str]:
        """Replace times that a clock that was ahead has left; return the names of the changed properties.

        Args:
            limit: Latest time that is possible.
            at: Replacement of later times.

        """
        for value in self.values.values():
            if value.measured_at > limit:
                value.measured_at = at
        if self.last_uplink is None or self.last_uplink <= limit:
            return set()
        self.cadence = Cadence(since=at, until=at)
        self.last_uplink = at
        return {"last_uplink"}

    def is_late(self, at: float) -> bool:
        """Return whether an uplink is older than the last one."""
        return self.last_uplink is not None and at < self.last_uplink

    def check_overdue(self, now: float) -> set[str]:
        """Update ``overdue``; return the names of the changed properties."""
        overdue = self.is_overdue(now)
        if overdue is self.overdue:
            return set()
        self.overdue = overdue
        return {"available"}

    @property
    def interval(self) -> float | None:
        """Seconds between uplinks according to the platform, or as learned; None if they are irregular."""
        return self.server_interval or self.cadence.interval

    @property
    def limit(self) -> float:
        """Seconds without an uplink after which the device is overdue."""
        return self.learned_limit if self.own_limit is None else self.own_limit

    @property
    def learned_limit(self) -> float:
        """Seconds without an uplink after which the device is overdue by its rhythm."""
        return self.cadence.limit(self.server_interval, self.intervals)

    def is_overdue(self, now: float) -> bool:
        """Return whether the device missed its expected uplinks; the time in which nobody listened does not count."""
        if self.last_uplink is None or now - self.last_uplink <= (self.own_limit or MIN_LIMIT):
            return False
        since = self.last_uplink
        # A device that was overdue before a gap stays so.
        if not self.overdue and since < self.listening.since <= now:
            since = self.listening.since
        return now - since - self.listening.missed(since, now) > self.limit

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        meanings = {key: meaning.to_stored() for key, meaning in self.meanings.items()}
        return {
            "id": self.device_id,
            "label": self.name,
            "eui": self.dev_eui,
            "eui_as_received": self.dev_eui_raw,
            "application_eui": self.app_eui,
            "maker": self.manufacturer,
            "type": self.model,
            "serial": self.serial_number,
            "folder": self.area,
            "interval": self.server_interval,
            "heard_at": self.last_uplink,
            "last_payload": self.payload,
            "reception": self.radio.to_stored(),
            **({} if self.installation_date is None else {"installed_on": self.installation_date.isoformat()}),
            **({} if self.parser is None else {"parser": self.parser}),
            **({} if self.parser_name is None else {"parser_name": self.parser_name}),
            **({} if self.sends_as_expected is None else {"sends_as_expected": self.sends_as_expected}),
            **({} if self.missed_frames is None else {"frames_missed": self.missed_frames}),
            "readings": {key: value.to_stored() for key, value in self.values.items()},
            **({"meanings": meanings} if meanings else {}),
            "observed_intervals": list(self.intervals),
            **({} if self.cadence.since is None else {"cadence": self.cadence.to_stored()}),
            **({"frames_lost": self.lost_frames} if self.lost_frames else {}),
            **({"was_missed": True} if self.overdue else {}),
            **({"presses": self.press_kinds} if self.press_kinds else {}),
            **({"lpp": {port: known.to_stored() for port, known in self.cayenne.items()}} if self.cayenne else {}),
        }

    @classmethod
    def from_stored(cls, data: Any) -> LorawanDevice:
        """Return the device of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        values = {key: Value.from_stored(value) for key, value in stored_object(stored.get("readings")).items()}
        return cls(
            device_id=stored_text(stored, "id"),
            name=stored_text(stored, "label"),
            dev_eui=as_text(stored.get("eui")),
            dev_eui_raw=as_text(stored.get("eui_as_received")),
            app_eui=as_text(stored.get("application_eui")),
            manufacturer=as_text(stored.get("maker")),
            model=as_text(stored.get("type")),
            serial_number=as_text(stored.get("serial")),
            installation_date=as_date(stored.get("installed_on")),
            area=as_text(stored.get("folder")),
            parser=as_text(stored.get("parser")),
            parser_name=as_text(stored.get("parser_name")),
            sends_as_expected=as_bool(stored.get("sends_as_expected")),
            missed_frames=integer(stored.get("frames_missed")),
            server_interval=as_float(stored.get("interval")),
            last_uplink=as_float(stored.get("heard_at")),
            # A payload may be empty.
            payload=payload if isinstance(payload := stored.get("last_payload"), str) else None,
            radio=Radio.from_stored(stored.get("reception")),
            values=values,
            meanings={
                key: Meaning.from_stored(meaning)
                for key, meaning in as_dict(stored.get("meanings")).items()
                if key in values
            },
            intervals=deque(stored_numbers(stored.get("observed_intervals")), maxlen=_MAX_INTERVALS),
            cadence=Cadence.from_stored(stored.get("cadence")),
            lost_frames=max(integer(stored.get("frames_lost")) or 0, 0),
            overdue=stored.get("was_missed") is True,
            press_kinds={
                key: [kind for kind in as_list(kinds) if isinstance(kind, str)]
                for key, kinds in as_dict(stored.get("presses")).items()
            },
            cayenne={port: CayennePort.from_stored(known) for port, known in as_dict(stored.get("lpp")).items()},
            unimported={key for key, value in values.items() if value.history is not None and value.history.is_open},
        )


def stored_object(data: Any) -> dict[str, Any]:
    """Return a stored JSON object.

    Raises:
        NotUnderstood: The data has another shape.

    """
    if not isinstance(data, dict):
        raise NotUnderstood("stored object")
    return data


def stored_text(stored: Mapping[str, Any], field_name: str) -> str:
    """Return a stored text that must not be missing.

    Raises:
        NotUnderstood: The field is missing or has another type.

    """
    if (text := as_text(stored.get(field_name))) is None:
        raise NotUnderstood(f"stored {field_name}")
    return text


def stored_numbers(data: Any) -> list[float]:
    """Return the numbers of a stored JSON array."""
    return [number for item in as_list(data) if (number := as_float(item)) is not None]
