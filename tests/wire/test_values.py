"""Tolerant reading of values."""

from datetime import date
from typing import Any

import pytest

from custom_components.pushwire.wire.values import as_date, as_dict, as_float, as_list, integer, number


@pytest.mark.parametrize(
    "value,result",
    [
        (5, 5),
        (2.5, 2.5),
        ("2.5", 2.5),
        (10**400, 10**400),
        (True, None),
        ("x", None),
        (None, None),
        ([1], None),
        *((value, None) for value in ("nan", "Infinity", "-inf", "1e999", float("nan"), float("inf"))),
    ],
)
def test_a_number_is_finite(value: Any, result: float | None) -> None:
    assert number(value) == result


def test_a_number_that_is_too_large_for_a_float() -> None:
    assert as_float(10**400) is None
    assert as_float(5) == 5.0
    assert type(as_float(5)) is float
    assert as_float("x") is None
    assert integer("2.9") == 2
    assert integer("nan") is None


def test_other_kinds_are_empty() -> None:
    assert as_dict([("a", 1)]) == {}
    assert as_dict({"a": 1}) == {"a": 1}
    assert as_list("text") == []
    assert as_list([1]) == [1]


@pytest.mark.parametrize(
    "value,result",
    [
        ("2023-05-04", date(2023, 5, 4)),
        ("04.05.2023", date(2023, 5, 4)),
        ("4.5.2023", date(2023, 5, 4)),
        *((value, None) for value in ("4.5.23", "31.02.2023", "2023-05-04T00:00:00Z", "yesterday", "", 20230504, None)),
    ],
)
def test_a_date_without_a_time(value: Any, result: date | None) -> None:
    assert as_date(value) == result
