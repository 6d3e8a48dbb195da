"""Pairs of a latitude and a longitude."""

from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.locations import coordinates, take_locations
from custom_components.pushwire.lorawan.api.shapes import Item


@pytest.mark.parametrize(
    "values,locations,others",
    [
        ({"gps_lat": 53.5, "gps_lon": 10.25, "speed": 7}, {"location": "53.5,10.25"}, {"speed"}),
        ({"gps.latitude": "53.5", "gps.longitude": "10.25"}, {"location": "53.5,10.25"}, set()),
        ({"latitudeDeg": -1, "longitudeDeg": -2}, {"location": "-1.0,-2.0"}, set()),
        ({"Breitengrad": 1, "L\u00e4ngengrad": 2}, {"location": "1.0,2.0"}, set()),
        (
            {"lat_1": 1, "lng_1": 2, "lat_2": 3, "lng_2": 4},
            {"location_1": "1.0,2.0", "location_2": "3.0,4.0"},
            set(),
        ),
        # No fix, integers in other units, and a number of which nobody knows the other half.
        ({"lat": 0, "lon": 0}, {}, set()),
        ({"lat": 535000000, "lon": 102500000}, {}, set()),
        ({"lat": None, "lon": 9}, {}, set()),
        ({"lat": 53.5, "position_lon": 9}, {}, {"lat", "position_lon"}),
        ({"flat": 1, "salon": 2}, {}, {"flat", "salon"}),
    ],
)
def test_locations(values: dict[str, Any], locations: dict[str, str], others: set[str]) -> None:
    items = {key: Item(value) for key, value in values.items()}
    assert take_locations(items) == locations
    assert items.keys() == others


@pytest.mark.parametrize(
    "text,found", [("53.5,10.25", (53.5, 10.25)), ("53.5", None), (None, None), ("a,b", None), (7.5, None)]
)
def test_coordinates(text: object, found: tuple[float, float] | None) -> None:
    assert coordinates(text) == found
