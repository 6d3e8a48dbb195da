"""Pairs of a latitude and a longitude."""

from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.locations import coordinates, take_locations
from custom_components.pushwire.lorawan.api.shapes import Item, read_values


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
        ({"lat": 53.5, "position_lon": 9}, {}, set()),
        ({"startLatitude": 53.5, "speed": 3}, {}, {"speed"}),
        # Coordinates under one key, as a text or a list.
        ({"gps_pos": "53.55108, 9.99368", "x": "53.55108;9.99368", "fix": "N 53.551° 9.993°"}, {}, set()),
        ({"location": "53.55108,9.99368,12.5", "gps": "53.551 9.993", "spot": "53°33'04\" N, 9°59'37\" E"}, {}, set()),
        ({"position.0": 53.55108, "position.1": 9.99368, "gpsCoordinates.0": 9}, {}, set()),
        ({"spot.0": 9.99368, "spot.1": 53.55108, "spot.2": 12.5}, {}, {"spot.2"}),
        (
            {"position": 45, "position_2": 3, "valve.0": 1, "pair": "3.5, 7.25", "shock": "0.012,-0.998,0.034"},
            {},
            {"position", "position_2", "valve.0", "pair", "shock"},
        ),
        ({"valve.0": 12.34567, "valve.1": 3, ".1": 1}, {}, {"valve.0", "valve.1", ".1"}),
        ({"flat": 1, "salon": 2}, {}, {"flat", "salon"}),
    ],
)
def test_locations(values: dict[str, Any], locations: dict[str, str], others: set[str]) -> None:
    items = {key: Item(value) for key, value in values.items()}
    assert take_locations(items) == locations
    assert items.keys() == others


def test_a_list_under_the_key_of_a_position() -> None:
    values = read_values({"position": [53.55108, 9.99368], "temperature": 21.5}, 0.0).values
    assert take_locations(values) == {}
    assert values.keys() == {"temperature"}


@pytest.mark.parametrize(
    "text,found", [("53.5,10.25", (53.5, 10.25)), ("53.5", None), (None, None), ("a,b", None), (7.5, None)]
)
def test_coordinates(text: object, found: tuple[float, float] | None) -> None:
    assert coordinates(text) == found
