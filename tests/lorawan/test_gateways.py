"""Gateways, by what they hear."""

import pytest

from custom_components.pushwire.lorawan.api.gateways import (
    FORGOTTEN_AFTER,
    MAX_GATEWAYS,
    PERIOD,
    HeardGateway,
    HeardGateways,
    Reception,
)
from custom_components.pushwire.wire.values import NotUnderstood

NOW = 1_790_848_800.0


def test_packets_of_the_last_hour_and_their_best_rssi() -> None:
    heard = HeardGateways()
    assert heard.note((Reception("a", -90.0), Reception("b", None)), NOW, NOW) == ["a", "b"]
    # As long as no whole hour is known, a number would be too small.
    assert heard.packets_of("a", NOW + PERIOD - 1) is None
    assert heard.note((Reception("a", -70.0),), NOW + 1800, NOW + 1800) == []
    assert heard.note((Reception("a", -80.0),), NOW + 3500, NOW + 3500) == []
    assert heard.packets_of("a", NOW + PERIOD) == 3
    assert heard.by_eui["a"].best_rssi == -70.0
    assert heard.by_eui["b"].best_rssi is None
    assert heard.take_changes(NOW + 3500) == {"a", "b"}
    assert heard.take_changes(NOW + 3500) == set()
    # The first packet, then all of them, are longer ago than an hour.
    assert heard.take_changes(NOW + 3700) == {"a", "b"}
    assert (heard.packets_of("a", NOW + 3700), heard.packets_of("b", NOW + 3700)) == (2, 0)
    assert heard.take_changes(NOW + 5500) == {"a"}
    assert heard.by_eui["a"].best_rssi == -80.0
    assert heard.take_changes(NOW + 9000) == {"a"}
    assert (heard.packets_of("a", NOW + 9000), heard.by_eui["a"].best_rssi) == (0, None)
    assert heard.by_eui["a"].last_packet == NOW + 3500


def test_packets_of_a_replay_belong_to_their_time() -> None:
    heard = HeardGateways()
    heard.note((Reception("a", -90.0),), NOW - 7200, NOW)
    heard.note((Reception("a", -90.0),), NOW - 60, NOW)
    heard.note((Reception("a", -50.0),), NOW - 4000, NOW)
    heard.note((Reception("a", -95.0),), NOW - 600, NOW)
    gateway = heard.by_eui["a"]
    assert (gateway.packets, gateway.best_rssi, gateway.last_packet) == (2, -90.0, NOW - 60)
    # The older part ends first, in whatever order the packets arrived.
    gateway.forget(NOW + 3100)
    assert (gateway.packets, gateway.best_rssi) == (1, -90.0)


def test_gateways_are_bounded_and_forgotten() -> None:
    heard = HeardGateways()
    heard.note(tuple(Reception(f"{number:016x}", None) for number in range(MAX_GATEWAYS + 5)), NOW, NOW)
    assert len(heard.by_eui) == MAX_GATEWAYS
    assert heard.forget(NOW + FORGOTTEN_AFTER, lambda _: False) == []
    heard.note((Reception(f"{7:016x}", None),), NOW + FORGOTTEN_AFTER, NOW + FORGOTTEN_AFTER)
    assert len(heard.forget(NOW + FORGOTTEN_AFTER + 1, lambda _: False)) == MAX_GATEWAYS - 1
    assert list(heard.by_eui) == [f"{7:016x}"]


def test_the_stored_form() -> None:
    heard = HeardGateways()
    heard.note((Reception("a", -90.0),), NOW, NOW)
    stored = heard.to_stored()
    assert stored["since"] == NOW
    assert HeardGateway.from_stored(stored["heard"][0]) == heard.by_eui["a"]
    odd = {"eui": "a", "heard_at": 1, "packets": [[], ["x"], [60, "x", "y"], 7, [120.0, 2, -80]]}
    gateway = HeardGateway.from_stored(odd)
    assert (gateway.packets, gateway.best_rssi) == (2, -80.0)
    for bad in (None, {}, {"eui": "a"}, {"heard_at": 1}):
        with pytest.raises(NotUnderstood):
            HeardGateway.from_stored(bad)
