"""Wire code without Home Assistant: messages, model, presses, conversions and REST."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
import ssl
from typing import Any

import aiohttp
from aiohttp import web
from hypothesis import HealthCheck, given, settings, strategies as st
import orjson
import pytest

from custom_components.pushwire.vendors.deconz.api import client as wire
from custom_components.pushwire.vendors.deconz.api.buttons import (
    ACTIONS,
    SeenPresses,
    decode,
    event_kinds,
    triggers,
)
from custom_components.pushwire.vendors.deconz.api.client import Address, DeconzClient, FullState, error_in, request
from custom_components.pushwire.vendors.deconz.api.convert import HUNDREDTHS, lux
from custom_components.pushwire.vendors.deconz.api.frames import EVENTS, RESOURCES, Message, parse
from custom_components.pushwire.vendors.deconz.api.model import Changes, GatewayModel, Resource
from custom_components.pushwire.wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CommandFailed,
    DeviceOff,
    DeviceUnreachable,
    GatewayLocked,
    NotReady,
    NotSupported,
    WireError,
    WrongSystem,
)
from custom_components.pushwire.wire.snapshot import PendingSnapshot, PendingSnapshots
from custom_components.pushwire.wire.values import NotUnderstood, as_bool, as_datetime, as_text, number
from simulators.deconz.world import build
from tests.deconz.common import certificate

BRIDGE = "00212EFFFF012345"
WORDS = st.sampled_from(["state", "config", "attr", "on", "buttonevent", "gesture", "lastupdated", "uniqueid", "type"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=5),
    max_leaves=12,
)
IDS = st.sampled_from(["1", "2", "14", "18", "0", "65520", 3]) | JSON
MESSAGES = st.fixed_dictionaries(
    {
        "t": st.just("event"),
        "e": st.sampled_from(sorted(EVENTS)) | JSON,
        "r": st.sampled_from(sorted(RESOURCES)) | JSON,
    },
    optional={
        **dict.fromkeys(("id", "gid", "scid"), IDS),
        **dict.fromkeys(
            ("state", "config", "attr", "capabilities", "light", "sensor", "group", "uniqueid", "name", "scenes"), JSON
        ),
    },
)


def _apply(model: GatewayModel, message: Message) -> Changes | set[str]:
    """Apply a message as the coordinator does."""
    return model.apply(message, model.find(message.resource, message.id))


def filled() -> GatewayModel:
    """Return a model of the simulated home."""
    model = GatewayModel(BRIDGE)
    model.apply_snapshot({"config": {}, **build()}, PendingSnapshot())
    return model


def test_two_resources_with_one_unique_id_stay_separate() -> None:
    warm = {"type": "CLIPTemperature", "uniqueid": "own", "state": {"temperature": 2100}}
    damp = {"type": "CLIPHumidity", "uniqueid": "own", "state": {"humidity": 5500}}
    model = filled()
    home = {"config": {}, **build()}
    home["sensors"] |= {"90": warm, "91": damp}
    model.apply_snapshot(home, PendingSnapshot())
    both = [model.find("sensors", number) for number in ("90", "91")]
    assert [item.state for item in both if item is not None] == [warm["state"], damp["state"]]
    assert {item.device_id for item in both if item is not None} == {"own"}
    again = model.apply_snapshot(home, PendingSnapshot())
    assert (again.removed, again.devices) == ([], set())
    assert [model.find("sensors", number) for number in ("90", "91")] == both
    assert model.resources["own"] is both[0]
    # A device that is paired again is still the same.
    _apply(model, Message("added", "sensors", "95", {}, body=damp))
    assert model.find("sensors", "95") is both[1]


# Messages


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGES, max_size=4), st.binary(max_size=20) | st.text(max_size=20))
def test_no_json_raises_anything_but_not_understood(frames: list[Any], noise: str | bytes) -> None:
    model = HOME
    for frame in (noise, *(orjson.dumps(item) for item in frames)):
        try:
            message = parse(frame)
        except NotUnderstood:
            continue
        changes = _apply(model, message)
        for press in changes.presses if isinstance(changes, Changes) else ():
            list(decode(press.resource, press.items))
            list(triggers(press.resource))
            event_kinds(press.resource, SeenPresses())


HOME = filled()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["lights", "sensors", "groups", "alarmsystems", "config"]), JSON))
def test_no_snapshot_breaks_the_model(full: dict[str, Any]) -> None:
    model = filled()
    model.apply_snapshot(full, PendingSnapshot())
    for resource in list(model.resources.values()):
        model.members(resource)
        model.scenes(resource)
        resource.as_dict()
    assert {id(item) for items in model.devices.values() for item in items} == {
        id(item) for item in model.resources.values()
    }


@pytest.mark.parametrize(
    "frame,kind",
    [
        ("", "empty"),
        ("{", "not json"),
        ("[]", "json list"),
        ('{"t":"weather"}', "no event"),
        ('{"t":"event","e":[],"r":"lights"}', "event []"),
        ('{"t":"event","e":"changed","r":{}}', "resource {}"),
        ('{"t":"event","e":"changed","r":"lights","id":true}', "no id"),
        ('{"t":"event","e":"scene-called","r":"scenes","gid":"1"}', "no scid"),
    ],
)
def test_invalid_messages(frame: str, kind: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        parse(frame)
    assert str(raised.value) == kind


def test_messages() -> None:
    numeric = parse('{"t":"event","e":"changed","r":"groups","id":65520,"state":{"any_on":true}}')
    assert (numeric.id, numeric.sections) == ("0", {"state": {"any_on": True}})
    renamed = parse('{"t":"event","e":"changed","r":"groups","id":"4","attr":{"type":"x"},"name":"Kueche"}')
    assert renamed.sections == {"attr": {"type": "x", "name": "Kueche"}}
    added = parse('{"t":"event","e":"added","r":"lights","id":"9","light":[1],"uniqueid":5}')
    assert added.body is None
    called = parse('{"t":"event","e":"scene-called","r":"scenes","gid":"4","scid":2}')
    assert (called.id, called.scene) == ("4", "2")


# Model


def test_resources_change_their_id_and_are_removed() -> None:
    model = filled()
    first = model.find("lights", "1")
    assert first is not None
    changes = Changes()
    body = {"uniqueid": first.key, "state": {"on": True}}
    model.put("lights", "77", body, changes)
    moved = model.find("lights", "77")
    assert changes.removed == []
    assert moved is first
    assert model.find("lights", "1") is None
    assert (moved.path, model.resources[first.key]) == ("lights/77", moved)
    model.put("lights", "77", {"uniqueid": "00:11:22:33:44:55:66:77-01"}, changes)
    assert changes.removed == [moved]
    gone = _apply(model, parse('{"t":"event","e":"deleted","r":"lights","id":"77"}'))
    assert gone is not None
    assert [item.id for item in gone.removed] == ["77"]
    assert _apply(model, parse('{"t":"event","e":"deleted","r":"lights","id":"77"}')) == Changes()


def test_an_added_resource_without_a_body_is_read() -> None:
    model = filled()
    unknown = _apply(model, parse('{"t":"event","e":"added","r":"lights","id":"99"}'))
    assert unknown is not None
    assert unknown.unknown == {"lights/99"}
    known = _apply(model, parse('{"t":"event","e":"added","r":"lights","id":"1"}'))
    assert known == Changes()


def test_nested_settings_missing_from_a_message_stay() -> None:
    light = Resource("lights", "1", "k", "d", config={"bri": {"startup": 1, "on_level": 2}})
    assert light.merge({"config": {"bri": {"startup": 3}}}) == ({"config.bri"}, False)
    assert light.config == {"bri": {"startup": 3, "on_level": 2}}
    assert light.merge({"config": {"bri": {"startup": 3}}}) == (set(), False)


def test_resources_of_a_missing_collection_stay() -> None:
    model = filled()
    count = len(model.resources)
    assert not model.apply_snapshot(
        {"lights": None, "sensors": {"1": None, **build()["sensors"]}}, PendingSnapshot()
    ).removed
    assert len(model.resources) == count


def later(model: GatewayModel, snapshot: PendingSnapshots, frame: str) -> None:
    """Apply a message, and check that it was recorded."""
    _apply(model, parse(frame))
    assert snapshot.active[0].has_changes


def test_a_snapshot_leaves_out_only_what_messages_have_changed() -> None:
    model = filled()
    outdated = build()
    outdated["lights"]["1"] |= {"name": "New name", "state": {**outdated["lights"]["1"]["state"], "on": True, "bri": 9}}
    with model.pending_snapshots.read() as snapshot:
        later(model, model.pending_snapshots, '{"t":"event","e":"changed","r":"lights","id":"1","state":{"bri":77}}')
        later(model, model.pending_snapshots, '{"t":"event","e":"deleted","r":"lights","id":"2"}')
        later(
            model,
            model.pending_snapshots,
            '{"t":"event","e":"added","r":"lights","id":"900","light":{"name":"x","uniqueid":"new","state":{}}}',
        )
    changes = model.apply_snapshot(outdated, snapshot)
    light = model.find("lights", "1")
    assert light is not None
    assert (light.name, light.state["bri"]) == ("New name", 77)
    assert model.find("lights", "2") is None
    assert model.find("lights", "900") is not None
    assert changes.removed == []
    # Without messages meanwhile, the next snapshot is complete again.
    with model.pending_snapshots.read() as snapshot:
        pass
    model.apply_snapshot(outdated, snapshot)
    assert light.state["bri"] == 9
    assert model.find("lights", "900") is None


@pytest.mark.parametrize(
    "time,temperature",
    [("2026-11-26T10:00:00.000", 2000), ("2026-11-26T10:00:01.000", 2000), ("2026-11-26T10:00:02.000", 1000)],
)
def test_the_newer_of_message_and_snapshot_wins(time: str, temperature: int) -> None:
    model = filled()
    sensor = next(item for item in model.of_kind("sensors") if item.type == "ZHATemperature")
    body = {**build()["sensors"][sensor.id], "state": {"temperature": 1000, "lastupdated": time}}
    frame = f'{{"t":"event","e":"changed","r":"sensors","id":"{sensor.id}","state":%s}}'
    with model.pending_snapshots.read() as snapshot:
        _apply(model, parse(frame % '{"temperature":2000,"lastupdated":"2026-11-26T10:00:01.000"}'))
    model.apply_snapshot({"sensors": {sensor.id: body}}, snapshot)
    assert sensor.state["temperature"] == temperature


def test_a_written_configuration_is_newer_than_a_snapshot() -> None:
    model = filled()
    model.config = {"networkopenduration": 60, "name": "x"}
    with model.pending_snapshots.read() as snapshot:
        model.configure({"networkopenduration": 120})
    model.apply_snapshot({"config": {"networkopenduration": 60, "name": "y"}}, snapshot)
    assert model.config == {"networkopenduration": 120, "name": "y"}


def test_members_of_the_group_of_all_lights() -> None:
    model = filled()
    everything = Resource("groups", "0", "all", "all")
    assert model.members(everything) == list(model.of_kind("lights"))
    assert model.members(Resource("groups", "9", "x", "x", attr={"lights": "1"})) == []
    assert everything.name == "groups 0"
    assert Resource("lights", "1", "k", "d", capabilities={"a": 1}).get("capabilities.a") == 1
    assert everything.as_dict()["kind"] == "groups"


@pytest.mark.parametrize(
    "state,pressed",
    [
        ({"buttonevent": 1002, "lastupdated": "2026-11-20T18:00:01"}, True),
        ({"lastupdated": "2026-11-20T18:00:01"}, True),
        ({"buttonevent": 1002, "lastupdated": "2026-11-20T18:00:00.000"}, False),
        ({"buttonevent": 1002, "lastupdated": "none"}, False),
        ({"buttonevent": 1002, "lowbattery": True, "lastupdated": "2026-11-20T18:00:01"}, False),
        ({"buttonevent": 2002, "lowbattery": True, "lastupdated": "2026-11-20T18:00:01"}, True),
        ({"lowbattery": True, "lastupdated": "2026-11-20T18:00:01"}, False),
        ({"buttonevent": None, "lastupdated": "2026-11-20T18:00:01"}, False),
        ({"eventduration": 16, "lastupdated": "2026-11-20T18:00:01"}, True),
        ({"eventduration": 16, "lastupdated": "2026-11-20T18:00:00.000"}, False),
        ({"eventduration": 16}, False),
    ],
)
def test_detection_of_a_press(state: dict[str, Any], pressed: bool) -> None:  # noqa: FBT001
    model = filled()
    remote = next(item for item in model.of_kind("sensors") if item.name == "Hue Dimmer")
    changes = _apply(model, Message("changed", "sensors", remote.id, {"state": state}))
    assert (isinstance(changes, Changes) and bool(changes.presses)) is pressed


# Buttons


def remote(**state: Any) -> Resource:
    """Return a remote with items."""
    return Resource("sensors", "1", "k", "d", state=state)


@pytest.mark.parametrize("action", ACTIONS)
def test_actions(action: int) -> None:
    kind, presses = ACTIONS[action]
    ((reported, subtype, attributes),) = decode(remote(buttonevent=None), {"buttonevent": 2000 + action})
    assert (reported, subtype) == (kind, "button_2")
    assert attributes == {"code": 2000 + action} | ({} if presses is None else {"multi_press_count": presses})


@pytest.mark.parametrize(
    "items,reported",
    [
        ({"buttonevent": 34}, ("press_start", "button_1", {"code": 34})),
        ({"buttonevent": 18}, ("press_start", "button_4", {"code": 18})),
        ({"buttonevent": 1030}, ("other", "button_1", {"code": 1030})),
        ({"buttonevent": 1002, "eventduration": 8}, ("press_end", "button_1", {"code": 1002, "eventduration": 8})),
        (
            {"rotaryevent": 1, "expectedrotation": 30, "expectedeventduration": 400},
            ("rotate_clockwise", "rotary", {"rotation": 30, "duration": 400, "repeat": False}),
        ),
        (
            {"rotaryevent": 2, "expectedrotation": -30},
            ("rotate_counterclockwise", "rotary", {"rotation": -30, "duration": None, "repeat": True}),
        ),
        ({"presenceevent": "enter"}, ("enter", "presence", {})),
        ({"presenceevent": "enterleft"}, ("enter_left", "presence", {})),
        ({"presenceevent": "rightleave"}, ("right_leave", "presence", {})),
    ],
)
def test_events_of_a_press(items: dict[str, Any], reported: tuple[str, str, dict[str, Any]]) -> None:
    assert list(decode(remote(**items), items)) == [reported]


@pytest.mark.parametrize(
    "gesture,kind",
    enumerate(
        ["shake", "drop", "flip_90", "flip_180", "push", "double_tap", "rotate_clockwise", "rotate_counterclockwise"], 1
    ),
)
def test_gestures(gesture: int, kind: str) -> None:
    cube = remote(gesture=0, buttonevent=1000)
    reported = list(decode(cube, {"gesture": gesture, "buttonevent": 7000, "angle": 20}))
    assert reported == [(kind, "cube", {"code": 7000, "angle": 20})]
    assert kind in event_kinds(cube, SeenPresses())["cube"]
    assert kind in {trigger.kind for trigger in triggers(cube)}


def test_odd_presses_are_ignored() -> None:
    items: dict[str, Any] = {"gesture": [], "buttonevent": "1002", "rotaryevent": None, "presenceevent": 5}
    assert list(decode(remote(**items), items)) == []


def test_triggers_and_kinds() -> None:
    assert {item.subtype for item in triggers(remote(buttonevent=6002))} == {f"button_{index}" for index in range(1, 7)}
    named = remote(buttonevent=None)
    named.attr["buttons"] = {"1": {"name": "On"}, "9": {}}
    assert {item.subtype for item in triggers(named)} == {"turn_on", "button_9"}
    knob = remote(rotaryevent=1)
    assert {item.kind for item in triggers(knob)} == set(event_kinds(knob, SeenPresses())["rotary"])
    assert "enter_left" in event_kinds(remote(presenceevent="leave"), SeenPresses())["presence"]


# Conversions


def test_scales() -> None:
    anything: list[Any] = [1, 2.5, "3", "x", True, None, []]
    assert [number(value) for value in anything] == [1, 2.5, 3.0, None, None, None, None]
    assert HUNDREDTHS("2150") == 21.5
    assert [lux(value) for value in (0, 1, 10001, "x")] == [0.0, 1.0, 10.0, None]
    assert [as_bool(value) for value in (True, 0, "yes")] == [True, None, None]
    assert [as_text(value) for value in ("a", "", 5)] == ["a", None, None]
    assert (
        as_datetime("2026-11-20T18:00:00.000")
        == as_datetime("2026-11-20T18:00Z")
        == datetime(2026, 11, 20, 18, tzinfo=UTC)
    )
    assert [as_datetime(value) for value in ("none", "soon", None)] == [None, None, None]


# REST


@asynccontextmanager
async def served(answer: Any, context: ssl.SSLContext | None = None, **options: Any) -> AsyncGenerator[Address]:
    """Serve one answer to every request; yield the address."""

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        response = answer(incoming)
        if isinstance(response, web.StreamResponse):
            return response
        return web.Response(body=orjson.dumps(response), content_type="application/json")

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield Address(host="127.0.0.1", port=runner.addresses[0][1], use_tls=context is not None, **options)
    finally:
        await runner.cleanup()


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """Return a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_only_the_pinned_certificate_is_trusted(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    async with served(lambda _: {"modelid": "deCONZ", "bridgeid": BRIDGE}, context) as address:
        assert await wire.fetch_fingerprint(address) == fingerprint
        pinned = Address(host=address.host, port=address.port, use_tls=True, fingerprint=fingerprint)
        assert (await wire.fetch_identity(session, pinned))["bridgeid"] == BRIDGE
        other = Address(host=address.host, port=address.port, use_tls=True, fingerprint=bytes(32))
        with pytest.raises(CannotConnect):
            await wire.fetch_identity(session, other)
        assert pinned.websocket({"websocketport": 1, "websocketport_wss": 2}).scheme == "wss"
        assert pinned.websocket({"websocketport": 1, "websocketport_wss": 2}).port == 2
    with pytest.raises(CannotConnect):
        await wire.fetch_fingerprint(address)


def error(kind: int, text: str = "no") -> dict[str, Any]:
    """Return an error in the gateway's form."""
    return {"error": {"type": kind, "address": "/x", "description": text}}


@pytest.mark.parametrize(
    "body,kind,details",
    [
        ([{"success": {"/a": 1}}], None, ""),
        ({"error": 1}, None, ""),
        ([{"success": {}}, error(7, "invalid value"), error(6, "no such")], NotSupported, "invalid value; no such"),
        ([error(201), {"success": {}}], DeviceOff, "no"),
        ([error(608)], CommandFailed, "no"),
        ([error(6), error(202, "away")], DeviceUnreachable, "no; away"),
        ([error(1)], AuthenticationFailed, "no"),
        ([error(101)], GatewayLocked, "no"),
        ([error(951)], NotReady, "no"),
        ([5, {"error": "x"}], None, ""),
    ],
)
def test_errors_in_bodies(body: Any, kind: type[WireError] | None, details: str) -> None:
    found = error_in(body)
    assert (type(found) if found is not None else None, found.details if found is not None else "") == (kind, details)


async def test_a_get_is_repeated_on_a_stale_connection_and_a_write_is_not(session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    def answer(incoming: web.Request) -> Any:
        seen.append(incoming.method)
        if len(seen) in (1, 3, 4):
            assert incoming.transport is not None
            incoming.transport.close()
        return {"modelid": "deCONZ"}

    async with served(answer) as address:
        assert (await request(session, address, "GET", "config"))[0] == {"modelid": "deCONZ"}
        with pytest.raises(CannotConnect):
            await request(session, address, "PUT", "config", json={})
    assert seen == ["GET", "GET", "PUT", "PUT"]


@pytest.mark.parametrize(
    "config,kind",
    [
        ([], WrongSystem),
        ({"modelid": "BSB002"}, WrongSystem),
        ({"modelid": "deCONZ", "bridgeid": BRIDGE}, AuthenticationFailed),
        ({"modelid": "deCONZ", "bridgeid": "0000000000000000", "UTC": "x"}, NotReady),
        ({"modelid": "deCONZ", "bridgeid": BRIDGE, "UTC": "x", "websocketport": "no"}, WrongSystem),
    ],
)
async def test_invalid_configurations(session: aiohttp.ClientSession, config: Any, kind: type[WireError]) -> None:
    async with served(lambda _: config) as address:
        with pytest.raises(kind):
            await DeconzClient(session, address, "key").open_socket()


async def test_full_state_and_resources(session: aiohttp.ClientSession) -> None:
    answers: list[Any] = [[], {"config": {"bridgeid": BRIDGE}}, web.Response(status=304)]
    answers += [{"config": {"bridgeid": BRIDGE}}, [error(3)], [1], web.Response(body=b"<html>")]
    headers: list[bool] = []

    def answer(incoming: web.Request) -> Any:
        headers.append("If-None-Match" in incoming.headers)
        body = answers.pop(0)
        return body if isinstance(body, web.Response) else web.json_response(body, headers={"ETag": "x"})

    async with served(answer) as address:
        client = DeconzClient(session, address, "key")
        with pytest.raises(WrongSystem):
            await client.full_state()
        full = await client.full_state()
        assert full == FullState({"config": {"bridgeid": BRIDGE}}, "x")
        # The ETag is remembered once the state has been applied.
        client.remember_etag(full)
        assert await client.full_state() is None
        client.remember_etag(None)
        assert await client.full_state() is not None
        assert await client.resource("lights/9") is None
        assert await client.resource("lights/9") is None
        with pytest.raises(WireError):
            await client.config()
    assert headers[:4] == [False, False, True, False]


@pytest.mark.parametrize("answer", [[error(1)], {"modelid": "x"}, {"modelid": "deCONZ", "bridgeid": 5}])
async def test_other_systems_are_recognized(session: aiohttp.ClientSession, answer: Any) -> None:
    async with served(lambda _: answer) as address:
        with pytest.raises(WrongSystem):
            await wire.fetch_identity(session, address)


@pytest.mark.parametrize("answer", [{}, [], [5], [{"success": {}}]])
async def test_an_answer_without_a_key(session: aiohttp.ClientSession, answer: Any) -> None:
    async with served(lambda _: answer) as address:
        with pytest.raises(WrongSystem):
            await wire.create_key(session, address)


async def test_a_gateway_that_stays_busy(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_RETRY_PAUSE", 0)
    seen: list[Any] = []

    def answer(_: web.Request) -> Any:
        seen.append(asyncio.current_task())
        return [error(951)]

    async with served(answer) as address:
        with pytest.raises(NotReady):
            await DeconzClient(session, address, "key").send("PUT", "lights/1/state", {"on": True})
    assert len(seen) == 5


@pytest.mark.parametrize("kind", [[], {}, None, "1", 1.5])
def test_an_error_of_an_odd_type_is_a_refusal(kind: Any) -> None:
    error = error_in([{"error": {"type": kind, "address": 5, "description": ["odd"]}}])
    assert type(error) is CommandFailed


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_carries_a_key_or_a_body(session: aiohttp.ClientSession, status: int) -> None:
    received: list[web.BaseRequest] = []

    def answer_elsewhere(incoming: web.BaseRequest) -> Any:
        received.append(incoming)
        return [{"success": {}}]

    async with served(answer_elsewhere) as other:
        target = f"http://{other.host}:{other.port}/api/key/lights/1/state"
        async with served(lambda _: web.Response(status=status, headers={"Location": target})) as address:
            client = DeconzClient(session, address, "key")
            with pytest.raises(WrongSystem):
                await client.send("PUT", "lights/1/state", {"on": True})
            with pytest.raises(WrongSystem):
                await client.full_state()
    assert received == []


async def test_an_endless_answer_is_refused(session: aiohttp.ClientSession) -> None:
    async with served(lambda _: web.Response(body=b"[" + b" " * 2_000_000 + b"]")) as address:
        with pytest.raises(WrongSystem):
            await DeconzClient(session, address, "key").resource("lights/1")
