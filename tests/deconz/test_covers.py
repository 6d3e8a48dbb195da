"""Type and movement of covers."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulators import DeconzSimulator
from simulators.deconz.world import make_light
from tests.common import set_up, wait_reconnected, wait_until
from tests.deconz.common import call, writes

BLIND = "cover.jalousie"


def moves_to(sim: DeconzSimulator, lift: int) -> None:
    """Report a position as a moving device does."""
    sim.set_light("blind", lift=lift, open=lift < 100, on=lift > 0)


@pytest.fixture
def slow(sim: DeconzSimulator) -> None:
    """Let the cover move only on request of the test."""
    sim.tick_seconds = 10_000


async def test_closing_by_command(
    hass: HomeAssistant, slow: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "cover", "close_cover", BLIND)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "closing"))
    for lift in (40, 80):
        moves_to(sim, lift)
        await wait_until(hass, lambda: hass.states.get(BLIND).attributes["current_position"] == 100 - lift)  # noqa: B023
        assert hass.states.is_state(BLIND, "closing")
    moves_to(sim, 100)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "closed"))


async def test_moving_to_a_position_by_command(
    hass: HomeAssistant, slow: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        await call(hass, "cover", "set_cover_position", BLIND, position=50)
    assert hass.states.is_state(BLIND, "closing")
    # Some gateways report the target first and then the positions on the way.
    moves_to(sim, 50)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "open"))
    moves_to(sim, 20)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "closing"))
    moves_to(sim, 50)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "open"))


async def test_stopping_by_command(
    hass: HomeAssistant, slow: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "cover", "close_cover", BLIND)
    moves_to(sim, 40)
    await wait_until(hass, lambda: hass.states.get(BLIND).attributes["current_position"] == 60)
    await call(hass, "cover", "open_cover", BLIND)
    assert hass.states.is_state(BLIND, "opening")
    await call(hass, "cover", "stop_cover_tilt", BLIND)
    assert hass.states.is_state(BLIND, "open")
    assert writes(sim)[-1][1] == {"stop": True}


async def test_a_cover_moved_by_hand(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    moves_to(sim, 30)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "closing"))
    moves_to(sim, 20)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "opening"))
    # The gateway does not report the stop; without a new position, the cover stops after some seconds.
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=4))
    await hass.async_block_till_done()
    assert hass.states.is_state(BLIND, "opening")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=7))
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "open"))
    moves_to(sim, 10)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "opening"))
    moves_to(sim, 0)
    await wait_until(hass, lambda: hass.states.is_state(BLIND, "open"))


async def test_a_cover_moved_during_a_disconnect(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        moves_to(sim, 30)
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.get(BLIND).attributes["current_position"] == 70)
    assert hass.states.is_state(BLIND, "open")


async def test_a_cover_without_a_position(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    number = sim.add("lights", make_light(220, "Klappe", "Window covering device", {"open": True, "reachable": True}))
    entry = await set_up(hass, sim)
    shown = hass.states.get("cover.klappe")
    assert (shown.state, shown.attributes["supported_features"]) == ("open", 11)
    await call(hass, "cover", "close_cover", "cover.klappe")
    await call(hass, "cover", "stop_cover", "cover.klappe")
    assert [body for _, body in writes(sim)] == [{"open": False}, {"stop": True}]
    assert hass.states.is_state("cover.klappe", "open")
    # Features may become known later.
    sim.set_light(number, open=False, lift=100)
    await wait_until(hass, lambda: hass.states.is_state("cover.klappe", "closed"))
    assert hass.states.get("cover.klappe").attributes["supported_features"] == 15
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,covering,shown,device_class",
    [
        ("Window covering device", 0, "rollershade", "shade"),
        ("Window covering device", 4, "drapery", "curtain"),
        ("Window covering device", "5", "awning", "awning"),
        ("Window covering device", "Shutter", "shutter", "shutter"),
        ("Window covering device", "Tilt Blind - Tilt Only", "tilt_blind_tilt_only", "blind"),
        ("Window covering device", "Rollershade - 2 Motor", "rollershade_2_motors", "shade"),
        ("Window covering device", 99, "unknown", "shade"),
        ("Window covering device", "of glass", "unknown", "shade"),
        ("Window covering device", None, "unknown", "shade"),
        ("Window covering controller", 77, "unknown", "shade"),
        ("Level controllable output", True, "unknown", "damper"),
        ("Of tomorrow", 6, "shutter", "shutter"),
    ],
)
async def test_device_class_of_a_cover(
    hass: HomeAssistant, sim: DeconzSimulator, kind: str, covering: Any, shown: str, device_class: str | None
) -> None:
    state = {"lift": 0, "open": True, "reachable": True}
    number = sim.add("lights", make_light(221, "Rollo", kind, state, config={"windowcoveringtype": covering}))
    entry = await set_up(hass, sim)
    assert hass.states.is_state("select.rollo_window_covering_type", shown)
    assert hass.states.get("cover.rollo").attributes.get("device_class") == device_class
    await call(hass, "select", "select_option", "select.rollo_window_covering_type", option="awning")
    assert writes(sim) == [(f"/lights/{number}/config", {"windowcoveringtype": 5})]
    await wait_until(hass, lambda: hass.states.get("cover.rollo").attributes["device_class"] == "awning")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,items,device_class,features",
    [
        ("Window covering device", {"open": True}, "shade", 11),
        ("Window covering device", {"open": True, "lift": 0}, "shade", 15),
        ("Window covering device", {"open": True, "lift": 0, "tilt": 0}, "blind", 15 + 240),
        ("Window covering controller", {"open": True, "tilt": 0}, "blind", 11 + 240),
        ("Window covering device", {"lift": 0}, "shade", 15),
        # Older gateways: no command would stop a cover that has no position.
        ("Window covering controller", {"on": False}, "shade", 3),
        ("Window covering controller", {"on": False, "bri": 0, "sat": 0}, "shade", 15 + 240),
        ("Level controllable output", {"on": False, "bri": 0}, "damper", 15),
        ("Of tomorrow", {"open": True, "lift": 0}, None, 15),
        ("Of tomorrow", {"open": True, "lift": 0, "tilt": 0}, "blind", 15 + 240),
    ],
)
async def test_device_class_and_features_of_a_cover_without_a_type(
    hass: HomeAssistant, sim: DeconzSimulator, kind: str, items: dict[str, Any], device_class: str | None, features: int
) -> None:
    sim.add("lights", make_light(222, "Rollo", kind, {"reachable": True, **items}))
    entry = await set_up(hass, sim)
    attributes = hass.states.get("cover.rollo").attributes
    assert (attributes.get("device_class"), attributes["supported_features"]) == (device_class, features)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "items,body",
    [
        ({"open": True}, {"stop": True}),
        ({"open": True, "lift": 3}, {"stop": True}),
        ({"lift": 3}, {"lift": "stop"}),
        ({"on": False, "bri": 3}, {"bri_inc": 0}),
    ],
)
async def test_stop_by_the_items_of_a_cover(
    hass: HomeAssistant, sim: DeconzSimulator, items: dict[str, Any], body: dict[str, Any]
) -> None:
    number = sim.add("lights", make_light(223, "Rollo", "Window covering device", {"reachable": True, **items}))
    entry = await set_up(hass, sim)
    await call(hass, "cover", "stop_cover", "cover.rollo")
    assert writes(sim) == [(f"/lights/{number}/state", body)]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,items",
    [
        ("Window covering device", {"lift": 30, "open": True, "speed": 1}),
        ("Window covering controller", {"on": False, "bri": 9, "speed": 0}),
        ("Of tomorrow", {"lift": 30, "speed": 2}),
    ],
)
async def test_the_speed_of_a_motor_is_no_fan(
    hass: HomeAssistant, sim: DeconzSimulator, kind: str, items: dict[str, Any]
) -> None:
    sim.add("lights", make_light(224, "Rollo", kind, {"reachable": True, **items}))
    entry = await set_up(hass, sim)
    assert hass.states.get("cover.rollo") is not None
    assert [item for item in hass.states.async_entity_ids() if "rollo" in item and item.startswith("fan.")] == []
    assert hass.states.get("fan.ventilator") is not None
    await hass.config_entries.async_unload(entry.entry_id)
