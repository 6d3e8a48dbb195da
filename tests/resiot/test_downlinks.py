"""Life of a downlink: events, the action's answer, and the commands at the server.

The results are in ``docs/downlinks.md``. A run fails if it finds anything else than the report says;
with ``PUSHWIRE_WRITE_RELIABILITY=1`` it rewrites the report, if all tests are in one process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import os
from typing import Any

from freezegun import freeze_time
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import orjson
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan import downlinks
from custom_components.pushwire.vendors.resiot import coordinator as resiot
from simulators import ResiotSimulator
from tests.common import add_codec, run_pending_updates, wait_reconnected, wait_until
from tests.reliability.report import PATH, WRITE, Report, is_rewriting

VALVE = "0732227a557d8608"
DOWNLINK = f"event.{VALVE}_downlink"
pytestmark = pytest.mark.usefixtures("all_enabled")

INTRODUCTION = """
# Life of a downlink

What happens to a downlink on each path that it can take: the steps that the *Downlink* event of the device shows, the
answer of the action [Send downlink](actions.md), and what reached the server. This file is written by
`tests/resiot/test_downlinks.py`, which runs each row against a simulated server and fails if anything else happens than
the table says.

- Each step is reported once, also when the server reports it several times.
- Each downlink is sent once. The only command that is repeated is one that the server has refused, once, with the other
  spelling of its documentation.
"""
TITLE = "ResIOT"
COLUMNS = ["events", "answer of the action", "at the server"]


class Life:
    """Downlinks of one device, and what is seen of them."""

    def __init__(
        self, hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Initialize for a device that has been heard."""
        self.hass = hass
        self.sim = sim
        self.entry = entry
        self.monkeypatch = monkeypatch
        # Steps by the payload of the downlink.
        self.steps: dict[str, list[str]] = {}
        self._last: tuple[Any, ...] = ()
        hass.bus.async_listen("state_changed", self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] != DOWNLINK or state is None or (step := state.attributes.get("event_type")) is None:
            return
        # The last event is shown again after a restart.
        new = (state.state, step, state.attributes["reference"])
        if new != self._last:
            self._last = new
            self.steps.setdefault(state.attributes["payload"], []).append(step)

    @property
    def only(self) -> list[str]:
        """Steps of the only downlink."""
        return next(iter(self.steps.values()), [])

    async def send(self, **data: Any) -> str:
        """Send a downlink, and return the answer as text."""
        try:
            answer = await send(self.hass, self.entry, **data)
        except HomeAssistantError as err:
            return f"error: {err}"
        assert answer["reference"] == data.get("reference", "abc")
        return f"{answer['result']} ({answer['error']})" if "error" in answer else str(answer["result"])

    def start(self, **data: Any) -> asyncio.Task[str]:
        """Send a downlink whose answer comes later; Home Assistant does not wait for the task."""
        return self.hass.async_create_background_task(self.send(**data), "call")

    async def wait(self, step: str) -> None:
        """Wait for a step of the only downlink."""
        await wait_until(self.hass, lambda: step in self.only)

    async def hear(self, *payloads: str) -> None:
        """Receive uplinks."""
        for payload in payloads:
            self.sim.uplink("valve", payload)
        await wait_until(self.hass, lambda: self.hass.states.is_state(f"sensor.{VALVE}_payload", payloads[-1]))

    def report(self, *kinds: str) -> None:
        """Let the server report steps, each of them twice."""
        for kind in kinds:
            for _ in range(2):
                self.sim.push_frame(kind, deveui=VALVE, Reference="abc", Error="")

    def shown_steps(self) -> str:
        """Return the steps as text."""
        return "; ".join(", ".join(steps) for _, steps in sorted(self.steps.items())) or "none"

    def shown_commands(self) -> str:
        """Return what reached the server as text, after checking that nothing was sent twice."""
        sent = [item["payload"] for item in self.sim.world["downlinks"]]
        assert len(sent) == len(set(sent))
        refused = len(self.sim.received) - len(sent)
        parts = [f"{len(sent)} sent" if sent else "", f"{refused} refused" if refused else ""]
        return ", ".join(filter(None, parts)) or "nothing"


async def accepted(life: Life) -> str:
    """Follow a downlink without a confirmation, which no uplink affects."""
    answer = await life.send()
    await life.wait("handled")
    await life.hear("01", "02", "03")
    return answer


async def sent(life: Life) -> str:
    """Wait until the gateway has sent the downlink."""
    answer = await life.send(wait_for="sent")
    await life.wait("handled")
    return answer


async def refused(life: Life) -> str:
    """Let the server refuse the command in both spellings."""
    life.sim.downlinks.result = "fail"
    answer = await life.send()
    commands = list(map(orjson.loads, life.sim.received))
    assert ["DevEui" in command for command in commands] == [True, False]
    assert [command.get("DevEUI") for command in commands] == [None, VALVE]
    return answer


def with_radio_error(**data: Any) -> Callable[[Life], Awaitable[str]]:
    """Return the path on which the gateway is too late."""

    async def path(life: Life) -> str:
        life.sim.downlinks.radio_error = "TOO_LATE"
        answer = await life.send(**data)
        await life.wait("failed")
        await life.hear("01", "02")
        return answer

    return path


def confirmed(**data: Any) -> Callable[[Life], Awaitable[str]]:
    """Return the path on which the device confirms."""

    async def path(life: Life) -> str:
        answer = await life.send(confirmed=True, **data)
        await life.wait("acknowledged")
        await life.hear("01", "02")
        return answer

    return path


def not_confirmed(**data: Any) -> Callable[[Life], Awaitable[str]]:
    """Return the path on which the device sends two uplinks without an acknowledgment."""

    async def path(life: Life) -> str:
        life.sim.downlinks.device_confirms = False
        call = life.start(confirmed=True, **data)
        await life.wait("handled")
        await life.hear("01")
        await run_pending_updates(life.hass)
        # The acknowledgment may be lost with one uplink.
        assert "not_confirmed" not in life.only
        await life.hear("02")
        await life.wait("not_confirmed")
        return await call

    return path


async def silent_for_a_day(life: Life) -> str:
    """Let a day pass without an uplink."""
    life.sim.downlinks.step_delay = 10 * 86400
    with freeze_time(dt_util.utcnow()) as clock:
        answer = await life.send(confirmed=True)
        await life.wait("requested")
        for seconds, expected in ((86300, ["requested"]), (101, ["requested", "not_confirmed"])):
            clock.tick(timedelta(seconds=seconds))
            life.entry.runtime_data._check_overdue(None)
            await life.hass.async_block_till_done()
            assert life.only == expected
        assert not life.entry.runtime_data._downlinks.items
    return answer


async def expired(life: Life) -> str:
    """Let the time of the call pass."""
    life.sim.downlinks.step_delay = 10 * 86400
    with freeze_time(dt_util.utcnow()) as clock:
        call = life.start(confirmed=True, wait_for="confirmed", expires={"seconds": 10})
        await life.wait("requested")
        for seconds, expected in ((9, ["requested"]), (1.5, ["requested", "not_confirmed"])):
            clock.tick(timedelta(seconds=seconds))
            async_fire_time_changed(life.hass)
            await life.hass.async_block_till_done()
            assert life.only == expected
        return await call


async def unanswered(life: Life) -> str:
    """Lose the answer to the command alone."""
    life.monkeypatch.setattr(resiot, "ANSWER_TIMEOUT", 0.1)
    life.sim.downlinks.result = "never"
    answer = await life.send(confirmed=True)
    await life.wait("acknowledged")
    return answer


async def disconnected_before_the_answer(life: Life) -> str:
    """Lose the connection after the command was sent; the server has accepted it."""
    life.monkeypatch.setattr(resiot, "ANSWER_TIMEOUT", 0.5)
    life.sim.downlinks.result, life.sim.downlinks.step_delay = "never", 3600
    call = life.start(confirmed=True)
    await wait_until(life.hass, lambda: bool(life.sim.received))
    await life.sim.drop()
    answer = await call
    await wait_reconnected(life.hass, life.entry)
    life.report("comm_txsendack", "comm_txconfirm")
    await life.wait("acknowledged")
    return answer


async def without_a_connection(life: Life) -> str:
    """Send while there is no connection, which is not made up for later."""
    life.sim.refuse(503)
    await life.sim.drop()
    await wait_until(life.hass, lambda: not life.entry.runtime_data.is_receiving)
    answer = await life.send(confirmed=True)
    life.sim.allow()
    await wait_reconnected(life.hass, life.entry)
    return answer


async def reconnected(life: Life) -> str:
    """Lose the connection between two steps."""
    life.sim.downlinks.step_delay = 3600
    answer = await life.send(confirmed=True)
    await life.wait("requested")
    await life.sim.drop()
    await wait_reconnected(life.hass, life.entry)
    life.report("comm_txsendack", "comm_txconfirm")
    await life.wait("acknowledged")
    return answer


async def two_at_once(life: Life) -> str:
    """Send two downlinks at the same time."""
    answers = await asyncio.gather(life.send(reference="one"), life.send(reference="two", payload="26"))
    await wait_until(life.hass, lambda: [len(steps) for steps in life.steps.values()] == [4, 4])
    return "; ".join(answers)


def restarted(*kinds: str) -> Callable[[Life], Awaitable[str]]:
    """Return the path on which Home Assistant restarts, and the server then reports some steps."""

    async def path(life: Life) -> str:
        life.sim.downlinks.step_delay = 3600
        answer = await life.send(confirmed=True)
        await life.wait("requested")
        await life.hass.config_entries.async_reload(life.entry.entry_id)
        life.report("comm_tx", *kinds)
        if "comm_txconfirm" not in kinds:
            await life.wait("queued")
            await life.hear("01", "02")
            await life.wait("not_confirmed")
        else:
            await life.wait("acknowledged")
        return answer

    return path


async def without_steps(life: Life) -> str:
    """Wait for a step that the server does not report."""
    life.monkeypatch.setattr(downlinks, "_LIMITS", {downlinks.WaitFor.SENT: 0.1})
    life.sim.downlinks.step_delay = 3600
    return await life.send(wait_for="sent")


PATHS: dict[str, Callable[[Life], Awaitable[str]]] = {
    "accepted": accepted,
    "accepted; the action waits until it is sent": sent,
    "refused by the server": refused,
    "error of the radio": with_radio_error(),
    "error of the radio; the action waits until it is sent": with_radio_error(wait_for="sent"),
    "error of the radio; the action waits for the confirmation": with_radio_error(confirmed=True, wait_for="confirmed"),
    "confirmed": confirmed(),
    "confirmed; the action waits for it": confirmed(wait_for="confirmed"),
    "not confirmed, since two uplinks came without an acknowledgment": not_confirmed(),
    "not confirmed; the action waits for it": not_confirmed(wait_for="confirmed"),
    "not confirmed, since the device sent nothing for a day": silent_for_a_day,
    "not confirmed within the time of the call": expired,
    "the answer of the server is lost": unanswered,
    "the connection is lost before the answer": disconnected_before_the_answer,
    "there is no connection": without_a_connection,
    "the connection is lost and comes back between two steps": reconnected,
    "two at once": two_at_once,
    "Home Assistant restarts; not confirmed": restarted("comm_gwtx"),
    "Home Assistant restarts; confirmed": restarted("comm_txsendack", "comm_txconfirm"),
    "the server reports no steps; the action waits until it is sent": without_steps,
}


@pytest.fixture
async def life(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> Life:
    """Return the downlinks of a device that has been heard."""
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: hass.states.get(DOWNLINK) is not None)
    await run_pending_updates(hass)
    return Life(hass, sim, entry, monkeypatch)


async def send(hass: HomeAssistant, entry: ConfigEntry[Any], **data: Any) -> Any:
    """Return the answer of the action."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id)
    assert device is not None
    fields = {"device_id": device.id, "payload": "2525", "port": 50, "reference": "abc", **data}
    return await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {key: value for key, value in fields.items() if value is not None},
        blocking=True,
        return_response=True,
    )


def report() -> Report:
    """Return the report."""
    return Report(INTRODUCTION, [TITLE], COLUMNS, list(PATHS), path=PATH.with_name("downlinks.md"), corner="path")


@pytest.mark.parametrize("path", list(PATHS))
async def test_life_of_a_downlink(life: Life, path: str) -> None:
    answer = await PATHS[path](life)
    # Nothing follows.
    await run_pending_updates(life.hass)
    found = dict(zip(COLUMNS, (life.shown_steps(), answer, life.shown_commands()), strict=True))
    if is_rewriting():
        assert "PYTEST_XDIST_WORKER" not in os.environ
        report().replace_row(TITLE, path, found)
    assert report().row(TITLE, path) == found, f"see {WRITE} in {__name__}"


def test_the_report_is_complete() -> None:
    assert report().render() == report().text


async def test_downlinks_of_the_platform_without_a_reference(
    hass: HomeAssistant, sim: ResiotSimulator, life: Life
) -> None:
    for payload in ("2525", "2626"):
        sim.report_downlink("valve", payload, 50)
    await wait_until(hass, lambda: life.steps == {"2525": ["requested"], "2626": ["requested"]})


@pytest.mark.parametrize(
    "data,key",
    [
        ({"payload": None}, "downlink_no_payload"),
        ({"port": None}, "downlink_bad_port"),
        ({"wait_for": "confirmed"}, "downlink_not_confirmed"),
        ({"payload": None, "data": {"x": 1}}, "downlink_no_encoder"),
    ],
)
async def test_input_that_cannot_be_sent(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    life: Life,
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await send(hass, entry, **data)
    assert error.value.translation_key == key
    assert not sim.received
    assert not life.steps


async def test_fields_that_a_codec_encodes(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], life: Life
) -> None:
    code = """
    function decodeUplink() { return { data: {} } }
    function encodeDownlink(input) {
      if (input.data.minutes > 255) return { errors: ["too long"] };
      return { bytes: new Array(input.data.length || 1).fill(input.data.minutes), fPort: 7 };
    }"""
    add_codec(hass, entry, "javascript", code, VALVE)
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: coordinator.codecs.find(coordinator.devices[VALVE]) is not None)
    await send(hass, entry, payload=None, port=None, data={"minutes": 10})
    # An automation is written as YAML.
    await send(hass, entry, payload=None, data=parse_yaml("minutes: 11"), reference="def")
    assert [(item["payload"], item["port"]) for item in sim.world["downlinks"]] == [("0a", 7), ("0b", 50)]
    for data, key in (({"minutes": 256}, "encoding_failed"), ({"minutes": 1, "length": 243}, "bad_payload")):
        with pytest.raises(ServiceValidationError) as error:
            await send(hass, entry, payload=None, data=data)
        assert error.value.translation_key == f"downlink_{key}"
    assert len(sim.world["downlinks"]) == 2
