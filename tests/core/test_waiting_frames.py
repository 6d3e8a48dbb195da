"""Frames that waited for a snapshot are applied after it, both are shown at once, and nothing is left at the end."""

from datetime import timedelta
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.wire.events import PushEvent
from tests.core.test_coordinator import SmallCoordinator


@pytest.fixture
async def coordinator(hass: HomeAssistant) -> Any:
    """Return a coordinator that has nothing to connect to."""
    entry = MockConfigEntry(domain=DOMAIN, title="Small", unique_id="small:1")
    entry.add_to_hass(hass)
    coordinator = SmallCoordinator(hass, entry)
    yield coordinator
    await coordinator.async_stop()


def test_a_waiting_frame_is_newer_than_the_snapshot(coordinator: SmallCoordinator) -> None:
    shown: list[str] = []
    coordinator.dispatcher.subscribe("light", lambda: shown.append(coordinator.said["light"]))
    coordinator._apply_snapshot_and_frames(
        partial(coordinator.apply_frame, "light=of the snapshot"),
        [partial(coordinator.apply_frame, f"light={number}") for number in range(3)],
    )
    assert coordinator.said == {"light": "2"}
    # Whatever is older is never visible.
    assert shown == ["2"]


def test_a_faulty_waiting_frame_does_not_affect_the_others(
    coordinator: SmallCoordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: list[dict[str, str]] = []
    monkeypatch.setattr(coordinator, "handle_snapshot_applied", lambda: applied.append(dict(coordinator.said)))
    coordinator._apply_snapshot_and_frames(
        None, [partial(coordinator.apply_frame, frame) for frame in ("a=1", "broken", "b=2")]
    )
    assert applied == [{"a": "1", "b": "2"}]
    assert sum(coordinator.frame_log.failures.values()) == 1


def test_events_of_waiting_frames_follow_all_values(coordinator: SmallCoordinator) -> None:
    order: list[str] = []

    def receive(event: PushEvent) -> bool:
        order.append(event.kind)
        return True

    coordinator.dispatcher.subscribe("light", lambda: order.append(coordinator.said["light"]))
    coordinator.dispatcher.subscribe_events("light", receive)
    events = [PushEvent(resource="light", kind=kind) for kind in ("pressed", "held", "released")]
    coordinator._apply_snapshot_and_frames(
        partial(coordinator.apply_frame, "light=off"),
        [
            *(partial(coordinator.dispatcher.fire_event, event) for event in events),
            partial(coordinator.apply_frame, "light=on"),
        ],
    )
    assert order == ["on", "pressed", "held", "released"]


def test_a_failing_entity_of_the_connection_does_not_affect_the_others(coordinator: SmallCoordinator) -> None:
    updated: list[int] = []

    def fail() -> None:
        raise RuntimeError

    coordinator.subscribe_connection(fail)
    coordinator.subscribe_connection(lambda: updated.append(1))
    coordinator._notify_connection()
    assert updated == [1]
    assert sum(coordinator.frame_log.failures.values()) == 1


async def test_nothing_is_written_after_the_end(
    hass: HomeAssistant, coordinator: SmallCoordinator, hass_storage: dict[str, Any]
) -> None:
    await coordinator.async_start()
    await coordinator.async_stop()
    key = f"{DOMAIN}.{coordinator.entry.entry_id}"
    written_last = hass_storage[key]
    coordinator.apply_frame("light=on")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
    await hass.async_block_till_done()
    assert hass_storage[key] is written_last
