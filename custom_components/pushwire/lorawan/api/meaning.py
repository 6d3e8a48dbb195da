"""Meaning of decoded values: description, conversion, and correction of what was assumed.

Wire code. A first value never decides for good: a later one that contradicts the meaning of
its key proposes another meaning, once per key. Whoever knows the statistics decides whether
it is applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any, Final

from .inference import (
    SOURCE_BESIDE,
    SOURCE_CONTEXT,
    SOURCE_PARSER,
    SOURCE_USER,
    SOURCE_VALUE,
    SOURCE_WORDS,
    as_flag,
    infer,
    is_error_value,
    is_no_number,
    is_valid_key,
    limits_of,
    number_of,
)
from .locations import LOCATION, take_locations
from .model import (
    MEANING,
    Compared,
    DescribedValues,
    Field,
    LorawanDevice,
    Meaning,
    Proposal,
    Scalar,
    ValueDescription,
)
from .presses import Press, is_message_kind, take_presses
from .shapes import Decoded, Item, read_values
from .units import unit_of

# Factors to the first unit of each quantity, between which values are converted.
_FACTORS: Final[Mapping[str, tuple[str, float]]] = {
    "Wh": ("Wh", 1.0),
    "mWh": ("Wh", 0.001),
    "kWh": ("Wh", 1000.0),
    "MWh": ("Wh", 1_000_000.0),
    "GWh": ("Wh", 1_000_000_000.0),
    "mW": ("W", 0.001),
    "W": ("W", 1.0),
    "kW": ("W", 1000.0),
    "MW": ("W", 1_000_000.0),
    "mV": ("V", 0.001),
    "V": ("V", 1.0),
    "kV": ("V", 1000.0),
    "mA": ("A", 0.001),
    "A": ("A", 1.0),
    "L": ("L", 1.0),
    "m³": ("L", 1000.0),
    "L/h": ("L/h", 1.0),
    "L/min": ("L/h", 60.0),
    "L/s": ("L/h", 3600.0),
    "m³/h": ("L/h", 1000.0),
    "Pa": ("Pa", 1.0),
    "hPa": ("Pa", 100.0),
    "mbar": ("Pa", 100.0),
    "kPa": ("Pa", 1000.0),
    "bar": ("Pa", 100_000.0),
    "mm": ("mm", 1.0),
    "cm": ("mm", 10.0),
    "m": ("mm", 1000.0),
    "km": ("mm", 1_000_000.0),
    "s": ("s", 1.0),
    "ms": ("s", 0.001),
    "min": ("s", 60.0),
    "h": ("s", 3600.0),
    "d": ("s", 86400.0),
    "g": ("g", 1.0),
    "kg": ("g", 1000.0),
    "Hz": ("Hz", 1.0),
    "kHz": ("Hz", 1000.0),
    "MHz": ("Hz", 1_000_000.0),
    "μS/cm": ("μS/cm", 1.0),
    "mS/cm": ("μS/cm", 1000.0),
    "varh": ("varh", 1.0),
    "kvarh": ("varh", 1000.0),
    "var": ("var", 1.0),
    "kvar": ("var", 1000.0),
}
# Sources of a unit that was stated, not assumed.
_STATED: Final = (SOURCE_USER, SOURCE_BESIDE, SOURCE_PARSER)
# Texts in a row after which a number that has a quantity becomes a text.
_MIN_TEXTS: Final = 2


@dataclass(slots=True)
class Described:
    """Values of one reading with their descriptions.

    Attributes:
        values: Values of the time of the reading.
        earlier: Values with times of their own, oldest first; they belong to keys that the
            device has.
        presses: Presses at the time of the reading.

    """

    values: DescribedValues
    earlier: list[tuple[float, DescribedValues]]
    presses: list[Press]


def describe(device: LorawanDevice, data: Mapping[str, Any], at: float) -> Described:
    """Return decoded values in the form that ``LorawanDevice.set_values`` expects.

    Args:
        device: Device of the values; it gets the meanings of new keys and the proposals.
        data: Values by the parser's names, nested as they were received.
        at: Unix time of the reading.

    """
    decoded = read_values(data, at)
    locations = take_locations(decoded.values)
    presses = take_presses(decoded.values, device.values, lambda key: device.choices.find(device, key) is not None)
    values: dict[str, tuple[Scalar, ValueDescription]] = {}
    known, fields = device.values, device.fields
    for key, item in decoded.values.items():
        current = known.get(key)
        if current is not None and (compared := current.compared) is not None and compared.fields is fields:
            # Most values of a reading are those of the reading before; but a flag may equal a number.
            if item == compared.received and type(item[0]) is compared.kind:
                values[key] = compared.result
                continue
            if _is_usual(compared, item):
                values[key] = item.value, current.description
                continue
        if (result := _describe_item(device, key, item, decoded, at)) is not None:
            values[key] = result
    values |= {key: (text, LOCATION) for key, text in locations.items()}
    earlier: list[tuple[float, DescribedValues]] = []
    for measured_at, sample in decoded.earlier:
        samples = {
            key: (convert(description, item), description)
            for key, item in sample.items()
            if (description := _known(device, values, key)) is not None
        }
        if samples:
            earlier.append((measured_at, samples))
    return Described(values, earlier, presses)


def apply_values(
    device: LorawanDevice,
    data: Mapping[str, Any],
    measured_at: float,
    inserted_at: float = 0.0,
    shown_at: float | None = None,
) -> set[str]:
    """Apply decoded values to a device; return the names of the changed properties.

    Args:
        device: Device of the values.
        data: Values by the parser's names, nested as they were received.
        measured_at: Time of the measurement.
        inserted_at: Time at which the server stored the values, see ``Value``.
        shown_at: Time at which the states show the values; None for now.

    """
    described = describe(device, data, measured_at)
    changed = device.set_values(described.values, measured_at, inserted_at, shown_at)
    for at, values in described.earlier:
        changed |= device.set_values(values, at, inserted_at, shown_at)
    if device.proposals:
        changed.add(MEANING)
    return changed | device.note_presses((press.key, press.kind) for press in described.presses)


def apply_choices(device: LorawanDevice) -> list[str]:
    """Give the values of a device the meanings that a person has chosen, and no others.

    Returns:
        The keys of presses that are values from now on.

    """
    chosen = [
        key for key in device.press_kinds if not is_message_kind(key) and device.choices.find(device, key) is not None
    ]
    for key in chosen:
        del device.press_kinds[key]
    for key, value in device.values.items():
        if (choice := device.choices.find(device, key)) is not None:
            description = choice.describe(value.description)
        elif value.description.source == SOURCE_USER:
            description = _infer(device, key, Item(value.value), [])
            device.meanings[key] = Meaning(since=time())
        else:
            continue
        value.redescribe(description)
        value.value = convert(description, Item(value.value))
    return chosen


def _describe_item(
    device: LorawanDevice, key: str, item: Item, decoded: Decoded, at: float
) -> tuple[Scalar, ValueDescription] | None:
    """Return a value of a reading with its description, or None for one that describes nothing.

    A value of a known key is compared with the meaning of the key.
    """
    names = (device.area, device.model, device.name, device.parser_name)
    kinds = (decoded.values[name].value for name in ("medium", "device_type") if name in decoded.values)
    context = [text for text in (*names, *kinds) if isinstance(text, str)]
    if (current := device.values.get(key)) is None:
        description = _describe_new(device, key, item, context) if is_valid_key(key) else None
        return None if description is None else (convert(description, item), description)
    _compare(device, key, item, context, at)
    description = current.description
    result = convert(description, item), description
    # Texts are counted, and while another meaning is proposed, each value may decide about it.
    is_open = isinstance(item.value, str) or key in device.proposals
    current.compared = None if is_open else _compared(item, device.fields, result)
    return result


def _is_usual(compared: Compared, item: Item) -> bool:
    """Return whether a value is a number that the description of a compared one shows as it is."""
    value, unit = item
    if (type(value) is not float and type(value) is not int) or unit != compared.received[1]:
        return False
    return compared.low <= value <= compared.high and not is_error_value(value)


def _compared(item: Item, fields: Mapping[str, Field], result: tuple[Scalar, ValueDescription]) -> Compared:
    """Return a value that was compared, with the range of the numbers that can be shown like it.

    Args:
        item: Value as it was received.
        fields: Declared fields.
        result: Value in the form of its description, and the description.

    """
    compared = Compared(item, type(item.value), fields, result)
    description = result[1]
    is_number = isinstance(item.value, int | float) and not isinstance(item.value, bool)
    # A number without a quantity is compared with the range of those before it.
    has_quantity = description.device_class is not None or description.unit is not None
    is_converted = item.unit is not None and unit_of(item.unit) != description.unit
    if is_numeric(description) and has_quantity and is_number and not is_error_value(item.value) and not is_converted:
        compared.low, compared.high = limits_of(description.device_class, description.unit)
    return compared


def _known(device: LorawanDevice, values: DescribedValues, key: str) -> ValueDescription | None:
    if key in values:
        return values[key][1]
    return device.values[key].description if key in device.values else None


def _describe_new(device: LorawanDevice, key: str, item: Item, context: list[str]) -> ValueDescription | None:
    """Return the description of a new key, or None as long as no value shows what it describes."""
    if item.value is None:
        return None
    description = _infer(device, key, item, context)
    is_measured = description.state_class == "measurement" or isinstance(item.value, str)
    if is_measured and is_error_value(item.value):
        return None
    if (choice := device.choices.find(device, key)) is not None:
        description = choice.describe(description)
    device.meanings[key] = Meaning(since=time())
    _note(device.meanings[key], item)
    return description


def _infer(device: LorawanDevice, key: str, item: Item, context: list[str]) -> ValueDescription:
    declared = device.fields.get(key)
    return infer(
        key,
        item.value,
        unit=item.unit,
        context=context,
        field_unit=None if declared is None else declared.unit,
    )


def _note(meaning: Meaning, item: Item) -> None:
    """Note the range of the numbers of a key."""
    value = _as_number(item)
    if value is not None:
        meaning.low = min(meaning.low, value)
        meaning.high = max(meaning.high, value)


def _as_number(item: Item) -> float | int | None:
    if isinstance(item.value, str):
        parsed = number_of(item.value)
        return None if parsed is None else parsed[0]
    return None if isinstance(item.value, bool) else item.value


def is_numeric(description: ValueDescription) -> bool:
    """Return whether the state of a description is a number."""
    return description.platform == "sensor" and (description.state_class is not None or description.unit is not None)


def convert(description: ValueDescription, item: Item) -> Scalar:
    """Return a value in the form and the unit of a description, or None for one that does not fit."""
    value = item.value
    if description.platform == "binary_sensor":
        return as_flag(value)
    if isinstance(value, str) and is_error_value(value):
        return None
    if not is_numeric(description) or isinstance(value, bool):
        return value
    unit = unit_of(item.unit)
    if isinstance(value, str) and (parsed := number_of(value)) is not None:
        value = parsed[0]
        unit = unit or unit_of(parsed[1])
    return None if value is None or isinstance(value, str) else _converted(description, value, unit)


def _converted(description: ValueDescription, value: float, unit: str | None) -> float | None:
    """Return a number in the unit of a description, or None for one that is not possible."""
    if description.state_class == "measurement" and is_error_value(value):
        return None
    if unit is not None and description.unit is not None and unit != description.unit:
        if (factor := _factor(unit, description.unit)) is None:
            return None
        value *= factor
    low, high = limits_of(description.device_class, description.unit)
    return value if low <= value <= high else None


def _factor(unit: str, shown: str) -> float | None:
    """Return the factor from one unit to another, or None for units of different quantities."""
    quantity, factor = _FACTORS.get(unit, (unit, 1.0))
    shown_quantity, shown_factor = _FACTORS.get(shown, (shown, 1.0))
    return factor / shown_factor if quantity == shown_quantity else None


def _compare(device: LorawanDevice, key: str, item: Item, context: list[str], at: float) -> None:
    """Compare a value with the meaning of its key, and propose another one if it contradicts it."""
    meaning, current = device.meanings.get(key), device.values[key].description
    if meaning is None or meaning.is_decided or item.value is None or is_error_value(item.value):
        return
    if current.source == SOURCE_USER:
        return
    declared = device.fields.get(key)
    reason = _contradiction(meaning, current, item, declared)
    _note(meaning, item)
    if reason is None:
        return
    new = _infer(device, key, item, context)
    if new == current or not _is_better(reason, current, new):
        if reason == "unit":
            meaning.ignored_unit = item.unit or (None if declared is None else declared.unit)
        return
    value = convert(new, item)
    device.proposals[key] = Proposal(before=current, after=new, reason=reason, at=time(), value=value, measured_at=at)


def _contradiction(meaning: Meaning, current: ValueDescription, item: Item, declared: Field | None) -> str | None:
    """Return why a value contradicts a meaning, or None."""
    number = _as_number(item)
    if current.platform == "binary_sensor":
        if as_flag(item.value) is not None:
            meaning.texts = 0
            return None
        return "not_a_flag" if number is not None or _is_text(meaning, current, item) else None
    if not is_numeric(current):
        is_plain = current.device_class is None and current.source == SOURCE_VALUE and not current.diagnostic
        return "number" if number is not None and is_plain else None
    if isinstance(item.value, str) and number is None:
        return "text" if _is_text(meaning, current, item) else None
    meaning.texts = 0
    if _has_other_unit(meaning, current, item, declared):
        return "unit"
    return None if number is None else _numeric_contradiction(meaning, current, number)


def _is_text(meaning: Meaning, current: ValueDescription, item: Item) -> bool:
    """Return whether a key holds texts; a single one may report a fault."""
    if isinstance(item.value, str) and not is_no_number(item.value):
        meaning.texts += 1
    has_quantity = current.device_class is not None or current.unit is not None
    return meaning.texts >= (_MIN_TEXTS if has_quantity else 1)


def _has_other_unit(meaning: Meaning, current: ValueDescription, item: Item, declared: Field | None) -> bool:
    """Return whether another unit is stated, to which the values are not converted."""
    stated = item.unit or (declared.unit if declared is not None and current.source not in _STATED else None)
    if stated is None or stated == meaning.ignored_unit:
        return False
    unit = unit_of(stated) or stated
    if unit == current.unit:
        return False
    return current.source not in _STATED or _factor(unit, current.unit or "") is None


def _numeric_contradiction(meaning: Meaning, current: ValueDescription, number: float) -> str | None:
    low, high = limits_of(current.device_class, current.unit)
    if not low <= number <= high:
        return "implausible"
    is_open = current.device_class is None and current.unit is None
    is_open = is_open and current.source in (SOURCE_VALUE, SOURCE_WORDS, SOURCE_CONTEXT)
    return "clear" if is_open and not meaning.low <= number <= meaning.high else None


def _is_better(reason: str, current: ValueDescription, new: ValueDescription) -> bool:
    """Return whether a description that contradicts another one says more, or what the value requires."""
    if reason in ("implausible", "clear"):
        # A value that is impossible may be a fault of the sensor.
        return new.platform == current.platform and (new.device_class is not None or new.unit is not None)
    if reason == "unit":
        return new.unit is not None
    return reason != "number" or is_numeric(new)
