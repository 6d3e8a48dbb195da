"""Writes: paced, merged while waiting, repeated with a limit, and the errors of failed ones."""

import asyncio
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.pushwire.vendors.deconz.api import client, write_queue as writes
from custom_components.pushwire.vendors.deconz.api.client import error_in
from custom_components.pushwire.vendors.deconz.api.write_queue import WriteQueue, merged
from custom_components.pushwire.wire.errors import CommandFailed, InvalidValue
from simulators import DeconzSimulator
from tests.wire.clock import run

LIGHT = "lights/1/state"


class FakeGateway:
    """Receiver of writes that answers one at a time on request."""

    def __init__(self) -> None:
        """Initialize without writes."""
        self.written: list[tuple[str, dict[str, Any]]] = []
        self.open = asyncio.Event()
        self.answers: list[CommandFailed | None] = []

    async def send(self, path: str, body: Mapping[str, Any]) -> None:
        """Record a write and answer it."""
        self.written.append((path, dict(body)))
        await self.open.wait()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


IN_SCENE = "groups/1/scenes/2/lights/3/state"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Skip all pauses, and record their lengths."""
    asked: list[float] = []

    async def pause(until: float) -> None:
        if (rest := until - asyncio.get_running_loop().time()) > 0:
            asked.append(rest)

    monkeypatch.setattr(writes, "_pause", pause)
    return asked


async def started(*coroutines: Any) -> list[asyncio.Task[None]]:
    """Start writes in their order, each as far as possible."""
    tasks = []
    for coroutine in coroutines:
        tasks.append(asyncio.ensure_future(coroutine))
        await asyncio.sleep(0)
    return tasks


@pytest.mark.usefixtures("pauses")
async def test_waiting_writes_to_one_resource_are_merged() -> None:
    gateway_process = FakeGateway()
    writer = WriteQueue(gateway_process.send)
    tasks = await started(
        writer.put("lights/2/state", {"on": True}),
        *(writer.put(LIGHT, {"on": True, "bri": level}) for level in (10, 90, 200)),
        writer.put(LIGHT, {"on": True, "ct": 300}),
        writer.put("lights/3/state", {"on": True}),
    )
    gateway_process.open.set()
    await asyncio.gather(*tasks)
    assert gateway_process.written == [
        ("lights/2/state", {"on": True}),
        (LIGHT, {"on": True, "bri": 200, "ct": 300}),
        ("lights/3/state", {"on": True}),
    ]


@pytest.mark.parametrize(
    "path,first,second,both",
    [
        (LIGHT, {"on": True, "bri": 5}, {"on": False}, {"on": False}),
        (LIGHT, {"on": False}, {"on": True, "bri": 9}, {"on": True, "bri": 9}),
        (LIGHT, {"on": True, "xy": [0.1, 0.2]}, {"on": True, "ct": 200}, {"on": True, "ct": 200}),
        (LIGHT, {"on": True, "hue": 1, "sat": 2}, {"on": True, "bri": 3}, {"on": True, "hue": 1, "sat": 2, "bri": 3}),
        (LIGHT, {"on": False}, {"bri": 3}, None),
        (LIGHT, {"on": True, "transitiontime": 10}, {"on": True}, None),
        (LIGHT, {"alert": "select"}, {"on": True}, None),
        (LIGHT, {"open": True}, {"stop": True}, None),
        ("groups/1/action", {"on": True}, {"on": True, "bri": 8}, {"on": True, "bri": 8}),
        ("groups/1/scenes/1/recall", {}, {}, None),
        ("alarmsystems/1/disarm", {"code0": "1"}, {"code0": "1"}, None),
        ("sensors/1/config", {"delay": 1}, {"duration": 2}, {"delay": 1, "duration": 2}),
        (
            "lights/1/config",
            {"bri": {"startup": 5, "min": 1}},
            {"bri": {"startup": 9}, "on": {"startup": True}},
            {"bri": {"startup": 9, "min": 1}, "on": {"startup": True}},
        ),
    ],
)
def test_merging_of_two_writes(
    path: str, first: dict[str, Any], second: dict[str, Any], both: dict[str, Any] | None
) -> None:
    assert merged(path, first, second) == both


async def test_writes_that_cannot_be_merged_keep_their_order(pauses: list[float]) -> None:
    gateway_process = FakeGateway()
    gateway_process.open.set()
    writer = WriteQueue(gateway_process.send)
    await asyncio.gather(*(writer.put(LIGHT, body) for body in ({"open": True}, {"stop": True}, {"open": False})))
    assert [body for _, body in gateway_process.written] == [{"open": True}, {"stop": True}, {"open": False}]
    assert len(pauses) == 2


async def test_groups_wait_longer_without_delaying_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held = asyncio.Event()

    async def pause(until: float) -> None:
        # Only the pause after a group is waited for.
        if until - asyncio.get_running_loop().time() > writes.MIN_INTERVAL:
            await held.wait()

    monkeypatch.setattr(writes, "_pause", pause)
    gateway_process = FakeGateway()
    gateway_process.open.set()
    writer = WriteQueue(gateway_process.send)
    await writer.put("groups/1/action", {"on": True})
    (second,) = await started(writer.put("groups/2/action", {"on": True}))
    await writer.put(LIGHT, {"on": True})
    # The scene state of a light is sent to the light.
    await writer.put(IN_SCENE, {"on": True})
    assert [path for path, _ in gateway_process.written] == ["groups/1/action", LIGHT, IN_SCENE]
    held.set()
    await second
    assert gateway_process.written[-1][0] == "groups/2/action"


def test_pauses_between_writes_and_between_writes_to_groups() -> None:
    times: list[tuple[float, str]] = []

    async def send(path: str, _body: Mapping[str, Any]) -> None:
        times.append((round(asyncio.get_running_loop().time(), 3), path))

    async def write() -> None:
        writer = WriteQueue(send)
        await asyncio.gather(
            *(writer.put(f"groups/{number}/action", {"on": True}) for number in range(3)),
            *(writer.put(f"lights/{number}/state", {"on": True}) for number in range(2)),
            writer.put(IN_SCENE, {"on": True}),
        )
        # After a quiet time, nothing waits.
        await asyncio.sleep(10)
        await writer.put("groups/9/action", {"on": True})

    run(write())
    assert times == [
        (0, "groups/0/action"),
        (0.05, "lights/0/state"),
        (0.1, "lights/1/state"),
        (0.15, IN_SCENE),
        (1, "groups/1/action"),
        (2, "groups/2/action"),
        (12, "groups/9/action"),
    ]


def test_a_failed_write_is_followed_by_the_same_pause() -> None:
    times: list[float] = []

    async def send(_path: str, _body: Mapping[str, Any]) -> None:
        times.append(round(asyncio.get_running_loop().time(), 3))
        raise CommandFailed

    async def write() -> None:
        writer = WriteQueue(send)
        puts = (writer.put(f"lights/{number}/state", {"on": True}) for number in range(3))
        results = await asyncio.gather(*puts, return_exceptions=True)
        assert [type(result) for result in results] == [CommandFailed] * 3

    run(write())
    assert times == [0, 0.05, 0.1]


def refusal(*names: str, kind: int = 7) -> CommandFailed:
    """Return the gateway's answer to a write with several parts."""
    errors = [{"error": {"type": kind, "address": f"/lights/1/state/{name}", "description": "no"}} for name in names]
    found = error_in([{"success": {"/lights/1/state/on": True}}, *errors])
    assert isinstance(found, CommandFailed)
    return found


@pytest.mark.usefixtures("pauses")
async def test_only_callers_with_a_refused_part_get_the_error() -> None:
    gateway_process = FakeGateway()
    gateway_process.answers = [None, refusal("bri")]
    writer = WriteQueue(gateway_process.send)
    tasks = await started(
        writer.put("lights/2/state", {"on": True}),
        writer.put(LIGHT, {"on": True}),
        writer.put(LIGHT, {"on": True, "bri": 300}),
    )
    gateway_process.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), type(None), InvalidValue]


@pytest.mark.usefixtures("pauses")
async def test_all_callers_get_the_error_of_a_complete_refusal() -> None:
    gateway_process = FakeGateway()
    whole = error_in([{"error": {"type": 202, "address": "/lights/1/state", "description": "away"}}])
    assert isinstance(whole, CommandFailed)
    gateway_process.answers = [None, whole]
    writer = WriteQueue(gateway_process.send)
    tasks = await started(
        writer.put("lights/2/state", {"on": True}), writer.put(LIGHT, {"on": True}), writer.put(LIGHT, {"bri": 3})
    )
    gateway_process.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results == [None, whole, whole]


@pytest.mark.usefixtures("pauses")
async def test_a_cancelled_caller_does_not_cancel_others() -> None:
    gateway_process = FakeGateway()
    writer = WriteQueue(gateway_process.send)
    first, owner, guest = await started(
        writer.put("lights/2/state", {"on": True}), writer.put(LIGHT, {"on": True}), writer.put(LIGHT, {"bri": 3})
    )
    owner.cancel()
    gateway_process.open.set()
    await asyncio.gather(first, guest)
    assert gateway_process.written[1:] == [(LIGHT, {"bri": 3})]
    assert owner.cancelled()


@pytest.mark.usefixtures("pauses")
async def test_a_caller_cancelled_while_sending_does_not_cancel_others() -> None:
    gateway_process = FakeGateway()
    writer = WriteQueue(gateway_process.send)
    other, owner, *guests = await started(
        writer.put("lights/2/state", {"on": True}),
        *(writer.put(LIGHT, body) for body in ({"on": True}, {"bri": 3}, {"bri": 9})),
    )
    # Only the first write is answered.
    gateway_process.open.set()
    gateway_process.open.clear()
    await other
    for _ in range(9):
        await asyncio.sleep(0)
    assert len(gateway_process.written) == 2
    owner.cancel()
    gateway_process.open.set()
    await asyncio.gather(*guests)
    assert gateway_process.written[1:] == [(LIGHT, {"on": True, "bri": 9}), (LIGHT, {"bri": 3}), (LIGHT, {"bri": 9})]


CODES = {
    1: "invalid_auth",
    2: "command_failed",
    3: "resource_missing",
    4: "command_failed",
    5: "command_failed",
    6: "not_supported",
    7: "invalid_value",
    8: "not_supported",
    11: "store_full",
    12: "command_failed",
    100: "command_failed",
    101: "link_not_unlocked",
    201: "device_off",
    202: "device_unreachable",
    301: "store_full",
    302: "store_full",
    402: "store_full",
    501: "command_failed",
    502: "command_failed",
    601: "command_failed",
    607: "command_failed",
    608: "command_failed",
    901: "not_ready",
    950: "network_down",
    951: "not_ready",
}


@pytest.mark.parametrize("status", [200, 400])
async def test_each_error_of_the_gateway_is_reported(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_RETRY_PAUSE", 0)
    number = sim.resolve("lights", "ceiling")
    given: dict[int, tuple[str | None, str | None]] = {}
    for code in CODES:
        body = [{"error": {"type": code, "address": f"/lights/{number}/state", "description": f"words {code}"}}]
        sim.refuse(status, path=f"/api/{sim.api_key}/lights", body=body)
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call("light", "turn_on", {"entity_id": "light.wohnzimmer_decke"}, blocking=True)
        placeholders = raised.value.translation_placeholders or {}
        given[code] = raised.value.translation_key, placeholders["details"]
        sim.allow()
    assert given == {code: (key, f"words {code}") for code, key in CODES.items()}


async def test_part_of_a_command_can_fail(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    number = sim.resolve("lights", "ceiling")
    body = [
        {"error": {"type": 7, "address": f"/lights/{number}/state/ct", "description": "invalid value, 1"}},
        {"success": {f"/lights/{number}/state/on": True}},
    ]
    sim.refuse(200, path=f"/api/{sim.api_key}/lights", body=body)
    data = {"entity_id": "light.wohnzimmer_decke", "color_temp_kelvin": 4000}
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("light", "turn_on", data, blocking=True)
    assert raised.value.translation_key == "invalid_value"
    assert raised.value.translation_placeholders == {"details": "invalid value, 1"}
