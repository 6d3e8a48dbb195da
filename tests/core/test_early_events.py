"""Events that arrive before their entity, or before the snapshot of a connection."""

from functools import partial

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import orjson
import pytest

from custom_components.pushwire.wire.events import PushEvent
from simulators import DeconzSimulator, ElementSimulator, ResiotSimulator
from tests.common import set_up, wait_until

DEVICE = "0732227a557d8679"

pytestmark = pytest.mark.usefixtures("quick_links")


async def test_the_first_state_of_an_event_entity_is_not_its_event(hass: HomeAssistant) -> None:
    events: list[tuple[str | None, str]] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is not None and new.domain == "event" and (kind := new.attributes.get("event_type")):
            events.append((None if old is None else old.state, kind))

    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
        coordinator = entry.runtime_data
        # The event of a new device may precede its entity.
        coordinator.dispatcher.fire_event(PushEvent(resource=DEVICE, kind="join"))
        coordinator.get_or_add(DEVICE, "New device")
        coordinator.device_manager.update(DEVICE)
        await wait_until(hass, lambda: bool(events))
        assert events == [("unknown", "join")]
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_remote_waits_only_for_the_snapshot_of_its_connection(hass: HomeAssistant) -> None:
    async with DeconzSimulator(notify_all=False) as sim:
        entry = await set_up(hass, sim)
        coordinator = entry.runtime_data
        identifier = sim.resolve("sensors", "dimmer_switch")

        def early(**state: object) -> bool:
            """Return whether a message is applied before the snapshot."""
            message = {"t": "event", "e": "changed", "r": "sensors", "id": identifier, "state": state}
            return coordinator.apply_early_frame(lambda _frame: None, orjson.dumps(message)) is None

        press = partial(early, buttonevent=1002, eventduration=1, lastupdated="2026-11-27T08:00:00.000")
        assert press()
        assert not early(lastupdated="2026-11-27T08:00:01.000")
        # The presses of a remote keep their order.
        assert not press()
        socket = await coordinator._open()
        assert press()
        await socket.close()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_newer_description_of_a_device_wins(hass: HomeAssistant) -> None:
    async with ElementSimulator(rate=5000) as sim:
        entry = await set_up(hass, sim)
        coordinator = entry.runtime_data
        device_id, device = next(iter(coordinator.devices.items()))
        for name, updated_at in (
            ("Newer", "2099-01-02T00:00:00.000000Z"),
            ("Older", "2099-01-01T00:00:00.000000Z"),
        ):
            coordinator._describe(device_id, {"id": device_id, "name": name, "updated_at": updated_at})
        assert device.name == "Newer"
        # Without a time, a description is as new as its answer.
        coordinator._describe(device_id, {"id": device_id, "name": "Unknown time"})
        assert device.name == "Unknown time"
        await hass.config_entries.async_unload(entry.entry_id)
