"""Values that need no comparison with the meaning of their key, beside a comparison of each one."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.inference import SOURCE_BESIDE
from custom_components.pushwire.lorawan.api.meaning import apply_values, convert, describe
from custom_components.pushwire.lorawan.api.model import Field, LorawanDevice, Meaning, ValueDescription
from custom_components.pushwire.lorawan.api.shapes import Item

# Usual values first, since a device sends those most of the time.
NUMBERS = (21.5, 22, 21.5, 0, 1, 19.25, 87, 65535, 6553.5, -327.68, 500, -40, 4000.5, 1e9, 1e300)
OTHERS = (True, False, None, "21.5", "21.5 °C", "open", "n/a", "invalid", "1")
KEYS = (
    "temperature",
    "humidity",
    "energy",
    "battery",
    "battery_voltage",
    "count",
    "level",
    "status",
    "door_open",
    "co2",
)
UNITS = (None, None, None, "°C", "kWh", "Wh", "%", "V", "mV", "bananas")
FIELDS = {"level": Field(unit="mm"), "energy": Field(unit="Wh")}


def _readings(rng: Random) -> list[dict[str, Any]]:
    """Return readings in which most values are usual ones, some with a unit beside them."""
    readings = []
    for _ in range(60):
        reading: dict[str, Any] = {}
        for key in KEYS:
            value = rng.choice(NUMBERS if rng.random() < 0.8 else OTHERS)
            unit = rng.choice(UNITS) if rng.random() < 0.3 else None
            reading[key] = value if unit is None else {"value": value, "unit": unit}
        readings.append(reading)
    return readings


def _state(device: LorawanDevice) -> dict[str, Any]:
    """Return the values and what is proposed, without times."""
    values = {key: (value.value, type(value.value), value.description) for key, value in device.values.items()}
    proposals = {
        key: (proposal.after, proposal.reason, proposal.value, proposal.measured_at)
        for key, proposal in device.proposals.items()
    }
    texts = {key: (meaning.texts, meaning.ignored_unit) for key, meaning in device.meanings.items()}
    return {"values": values, "proposals": proposals, "texts": texts}


@pytest.mark.parametrize("seed", range(12))
def test_a_usual_value_is_shown_like_a_compared_one(seed: int) -> None:
    rng = Random(seed)
    usual, compared = (LorawanDevice(device_id="", name="") for _ in range(2))
    for number, reading in enumerate(_readings(rng)):
        if number == 30:
            usual.fields = compared.fields = FIELDS
        decided = rng.choice(KEYS) if number % 10 == 9 else None
        for device in (usual, compared):
            apply_values(device, reading, float(number))
            if decided is not None and (proposal := device.proposals.pop(decided, None)) is not None:
                device.correct(decided, proposal)
        assert _state(usual) == _state(compared)
        for value in compared.values.values():
            value.compared = None


@pytest.mark.parametrize(
    "shown, first, then, expected",
    [
        # Zero is zero in every unit, which says nothing about the values after it.
        (("energy", "total_increasing", "kWh"), Item(0, "Wh"), Item(500, "Wh"), 0.5),
        (("temperature", "measurement", "°C"), Item(21), Item(65535), None),
        (("temperature", "measurement", "°C"), Item(21), Item(9000), None),
        (("temperature", "measurement", "°C"), Item(21), Item(22.5), 22.5),
        (("temperature", "measurement", "°C"), Item(21), Item(22, "°C"), 22),
        (("voltage", "measurement", "V"), Item(3.6), Item(3600, "mV"), 3.6),
    ],
)
def test_the_value_after_a_usual_one(
    shown: tuple[str, str, str], first: Item, then: Item, expected: float | None
) -> None:
    device_class, state_class, unit = shown
    description = ValueDescription(
        platform="sensor", device_class=device_class, state_class=state_class, unit=unit, source=SOURCE_BESIDE
    )
    device = LorawanDevice(device_id="", name="", meanings={"value": Meaning(since=0.0)})
    device.set_values({"value": (convert(description, first), description)}, 0.0)
    for at, item in enumerate((first, then), start=1):
        apply_values(device, {"value": {"value": item.value, "unit": item.unit}}, float(at))
    assert device.values["value"].value == expected


def test_a_usual_value_is_not_compared() -> None:
    device = LorawanDevice(device_id="", name="")
    for at, temperature in enumerate((21.5, 22.5)):
        apply_values(device, {"temperature": temperature}, float(at))
    meaning = device.meanings["temperature"]
    described = describe(device, {"temperature": 23.5}, 2.0)
    assert described.values["temperature"][0] == 23.5
    # The range is that of the compared numbers.
    assert meaning.high < 23.5


@pytest.mark.parametrize(
    "values, proposed",
    [
        ((21.5, "open", "open"), True),
        # A number between two texts, also after one that reports a fault.
        ((21.5, "open", 22, "closed"), False),
        ((21.5, "open", 65535, 22, "closed"), False),
    ],
)
def test_texts_in_a_row_are_counted(values: tuple[float | str, ...], *, proposed: bool) -> None:
    device = LorawanDevice(device_id="", name="")
    for at, temperature in enumerate(values):
        apply_values(device, {"temperature": temperature}, float(at))
    assert ("temperature" in device.proposals) is proposed


def test_a_usual_value_is_compared_with_new_fields() -> None:
    device = LorawanDevice(device_id="", name="")
    for at, temperature in enumerate((21.5, 22, 23)):
        if at == 2:
            device.fields = {"temperature": Field(unit="°F")}
        apply_values(device, {"temperature": temperature}, float(at))
    assert device.proposals["temperature"].after.unit == "°F"


def test_a_repeated_value_has_the_unit_of_a_new_description() -> None:
    device = LorawanDevice(device_id="", name="")
    reading = {"power": {"value": 1500, "unit": "W"}}
    for at in range(2):
        apply_values(device, reading, float(at))
    power = device.values["power"]
    power.redescribe(replace(power.description, unit="kW"))
    apply_values(device, reading, 2.0)
    assert power.value == 1.5
