"""Life of a downlink: each step once, with the ID of the action and the reference."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from freezegun import freeze_time
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from simulators import ElementSimulator
from simulators.element.world import iso
from tests.common import held_response, wait_reconnected, wait_until

EVENT = "event.gebaude_klima_buro_downlink"


@dataclass
class Steps:
    """Events of the downlinks of one device, in their order."""

    hass: HomeAssistant
    sim: ElementSimulator
    entry: ConfigEntry[Any]
    seen: list[dict[str, Any]] = field(default_factory=list)
    later: timedelta = timedelta()
    last: str = ""

    @callback
    def note(self, event: Event[Any]) -> None:
        """Note an event of the device."""
        state = event.data["new_state"]
        # The last event is restored after a restart.
        if event.data["entity_id"] == EVENT and state and "T" in state.state and state.state != self.last:
            self.last = state.state
            self.seen.append(dict(state.attributes))

    async def send(self, **data: Any) -> dict[str, Any]:
        """Send a downlink and return the answer."""
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, self.sim.resolve("climate")), self.entry.entry_id
        )
        assert device is not None
        answer = await self.hass.services.async_call(
            DOMAIN,
            "send_downlink",
            {"device_id": device.id, "payload": "AFFE", "port": 7, **data},
            blocking=True,
            return_response=True,
        )
        assert isinstance(answer, dict)
        return answer

    async def wait_for(self, *kinds: str) -> None:
        """Wait until exactly these events have occurred."""
        await wait_until(self.hass, lambda: len(self.seen) >= len(kinds))
        await self.hass.async_block_till_done()
        assert [attributes["event_type"] for attributes in self.seen] == list(kinds)

    async def ask(self, minutes: float) -> None:
        """Run the timers at a later time, at which the states of actions may be requested."""
        self.later += timedelta(minutes=minutes)
        # The clock of the event loop must not stand still while the answers are awaited.
        with freeze_time(dt_util.utcnow() + self.later) as frozen:
            async_fire_time_changed(self.hass, frozen().replace(tzinfo=UTC))
        await self.hass.async_block_till_done(wait_background_tasks=False)

    def requests(self, action: str) -> int:
        """Return how often the state of an action was requested."""
        return sum(request.path.endswith(f"/actions/{action}") for request in self.sim.requests)


@pytest.fixture
async def steps(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> AsyncGenerator[Steps]:
    """Return the events of the downlinks of a device."""
    steps = Steps(hass, sim, entry)
    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, steps.note)
    yield steps
    stop()


async def test_life_of_a_downlink(steps: Steps) -> None:
    answer = await steps.send(confirmed=True)
    await steps.wait_for("requested")
    steps.sim.uplink("climate", {"temperature": 5.5})
    await steps.wait_for("requested", "sent")
    steps.sim.uplink("climate", {"temperature": 6.5}, ack=True)
    await steps.wait_for("requested", "sent", "acknowledged")
    assert answer["action"] in steps.sim.world["actions"]
    for attributes in steps.seen:
        assert (attributes["action"], attributes["reference"]) == (answer["action"], answer["action"])
        assert (attributes["port"], attributes["payload"], attributes["confirmed"]) == (7, "affe", True)
    # Nothing is left to follow.
    steps.sim.uplink("climate", {"temperature": 7.5}, ack=True)
    await wait_until(steps.hass, lambda: steps.hass.states.is_state("sensor.gebaude_klima_buro_temperature", "7.5"))
    await steps.ask(1.1)
    assert len(steps.seen) == 3
    assert steps.entry.runtime_data._downlinks.items == []


async def test_two_downlinks_with_references(steps: Steps) -> None:
    first = await steps.send(reference="one", confirmed=False)
    second = await steps.send(reference="two", confirmed=False)
    assert (first["reference"], second["reference"]) == ("one", "two")
    steps.sim.uplink("climate", {"temperature": 5.5})
    await steps.wait_for("requested", "requested", "sent", "sent")
    assert [attributes["reference"] for attributes in steps.seen] == ["one", "two", "one", "two"]
    # A downlink of somebody else has neither an action nor a reference.
    steps.sim.world["actions"].clear()
    steps.entry.runtime_data._downlinks.items.clear()
    other = {**steps.sim.world["packets"][-1], "id": "x", "inserted_at": iso(steps.sim.now())}
    steps.sim.announce(other)
    await steps.wait_for("requested", "requested", "sent", "sent", "sent")
    assert "action" not in steps.seen[-1]


async def test_a_packet_before_the_answer(steps: Steps) -> None:
    path = f"/api/v1/devices/{steps.sim.resolve('climate')}/actions/send_down_frame"
    async with held_response(steps.sim, path) as is_held:
        task = steps.hass.async_create_task(steps.send())
        await wait_until(steps.hass, is_held)
        steps.sim.uplink("climate", {"temperature": 5.5})
        await wait_until(steps.hass, lambda: "sent" in steps.entry.runtime_data._downlinks.items[0].steps)
        assert steps.seen == []
    answer = await task
    await steps.wait_for("requested", "sent")
    assert [attributes["action"] for attributes in steps.seen] == [answer["action"]] * 2


async def test_the_state_of_the_action(steps: Steps) -> None:
    action = (await steps.send())["action"]
    await steps.ask(1.1)
    await wait_until(steps.hass, lambda: steps.requests(action) == 1)
    # The pause before the next request has begun.
    await steps.ask(0.1)
    steps.sim.execute_action(action, announced=False)
    await steps.ask(1.1)
    await steps.wait_for("requested", "sent")
    assert steps.requests(action) == 2
    # A packet that arrives afterwards is the same step.
    steps.sim.world["actions"][action]["state"] = "pending"
    steps.sim.execute_action(action)
    await wait_until(steps.hass, lambda: steps.entry.runtime_data._downlinks.items[0].packet_seen)
    await steps.wait_for("requested", "sent")


@pytest.mark.parametrize("state,step", [("failed", "failed"), ("expired", "expired"), ("cancelled", "expired")])
async def test_the_platform_gives_up(steps: Steps, state: str, step: str) -> None:
    action = (await steps.send(confirmed=True))["action"]
    steps.sim.end_action(action, state)
    await steps.ask(1.1)
    await steps.wait_for("requested", step)
    await steps.ask(120)
    assert steps.requests(action) == 1
    assert len(steps.seen) == 2


async def test_the_time_of_a_downlink_runs_out(steps: Steps) -> None:
    action = (await steps.send())["action"]
    steps.sim.world["actions"][action]["cancel_after"] = iso(dt_util.utcnow() + timedelta(minutes=30))
    await steps.ask(1.1)
    await wait_until(steps.hass, lambda: steps.entry.runtime_data._downlinks.items[0].expires_at is not None)
    steps.sim.refuse(503)
    await steps.ask(30)
    await steps.wait_for("requested", "expired")


@pytest.mark.usefixtures("quick_links")
async def test_over_a_reconnect_and_a_restart(steps: Steps) -> None:
    answer = await steps.send(confirmed=True, reference="mine")
    steps.sim.refuse(503)
    await steps.sim.drop()
    steps.sim.uplink("climate", {"temperature": 5.5})
    steps.sim.execute_action(answer["action"])
    steps.sim.allow()
    await steps.wait_for("requested", "sent")
    await steps.hass.config_entries.async_unload(steps.entry.entry_id)
    steps.sim.uplink("climate", {"temperature": 6.5}, ack=True)
    await steps.hass.config_entries.async_setup(steps.entry.entry_id)
    await wait_reconnected(steps.hass, steps.entry, 0)
    await wait_until(steps.hass, lambda: steps.seen[-1]["event_type"] == "acknowledged")
    assert steps.seen[-1]["reference"] == "mine"
    assert [attributes["event_type"] for attributes in steps.seen] == ["requested", "sent", "acknowledged"]


async def test_a_refused_downlink_is_not_followed(steps: Steps) -> None:
    steps.sim.action_forbidden = True
    with pytest.raises(HomeAssistantError):
        await steps.send()
    assert steps.entry.runtime_data._downlinks.items == []
    steps.sim.action_forbidden = False
    path = f"/api/v1/devices/{steps.sim.resolve('climate')}/actions"
    steps.sim.refuse(200, path=path, body={"ok": True, "body": {}})
    # Without an ID, nothing but the request can be reported.
    assert (await steps.send())["action"] == ""
    await steps.wait_for("requested")
    assert steps.entry.runtime_data._downlinks.items == []
