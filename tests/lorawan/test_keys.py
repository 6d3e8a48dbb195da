"""Keys of public parsers and codecs, labeled before anything was inferred from them."""

from collections import Counter
import json
from pathlib import Path
from typing import Any

from custom_components.pushwire.lorawan.api.inference import infer

FIELDS = ("platform", "device_class", "unit", "state_class")
ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "keys.json").read_text())
WIDER = {"water": "volume", "gas": "volume", "atmospheric_pressure": "pressure", "wind_speed": "speed"}
MAX_ROWS_OF_A_SOURCE = 5
MIN_ROWS = 150


def verdict(row: dict[str, Any]) -> str:
    """Return whether what is inferred from a row is right, says less than the label, or is wrong."""
    description = infer(row["key"], row["value"], unit=row.get("unit"), context=row.get("context", ()))
    found = {field: getattr(description, field) for field in FIELDS}
    label = {**{field: row[field] for field in FIELDS if field != "unit"}, "unit": row["expected_unit"]}
    accepted = [label, *row.get("also", ())]
    if found in accepted:
        return "right"
    units, state_classes = {item["unit"] for item in accepted}, {item["state_class"] for item in accepted}
    if found["device_class"] is None and (
        (found["platform"] == "binary_sensor" and any(item["platform"] == "binary_sensor" for item in accepted))
        or (
            found["platform"] == "sensor"
            and found["unit"] in units | {None}
            and found["state_class"] in state_classes | {None, "measurement"}
        )
    ):
        return "less"
    wider = [{**item, "device_class": WIDER.get(item["device_class"])} for item in accepted]
    return "less" if found["device_class"] is not None and found in wider else "wrong"


def test_every_row_has_a_source() -> None:
    sources = Counter(row["source"] for row in ROWS)
    assert len(ROWS) >= MIN_ROWS
    assert max(sources.values()) <= MAX_ROWS_OF_A_SOURCE
    # A source is a repository and a path.
    assert all(len(source.split(" ")) == 2 and "/" in source.split(" ")[0] for source in sources)


def test_hardly_anything_is_wrong() -> None:
    verdicts = [(verdict(row), row) for row in ROWS]
    counts = Counter(word for word, _ in verdicts)
    wrong = [row["key"] for word, row in verdicts if word == "wrong"]
    assert len(wrong) <= 0.01 * len(ROWS), wrong
    assert counts["right"] >= 0.9 * len(ROWS), [row["key"] for word, row in verdicts if word != "right"]
