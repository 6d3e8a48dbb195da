"""Presses: each fires once, none fires without a press, and device triggers."""

import random
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.trigger import TriggerData, TriggerInfo
from homeassistant.setup import async_setup_component
from homeassistant.util import slugify
import pytest
from pytest_homeassistant_custom_component.common import async_get_device_automations, async_mock_service

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.device_trigger import async_attach_trigger
from custom_components.pushwire.vendors.deconz.api.buttons import SeenPresses, event_kinds
from custom_components.pushwire.vendors.deconz.api.model import Resource
from custom_components.pushwire.vendors.deconz.core_events import as_core_events
from custom_components.pushwire.wire.events import ButtonPress
from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")


def collect(hass: HomeAssistant, device: str) -> list[tuple[str, str]]:
    """Collect the button and kind of every event of a device's entities."""
    fired: list[tuple[str, str]] = []

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if not event.data["entity_id"].startswith(f"event.{device}") or new is None or "button" not in new.attributes:
            return
        # The same time of the last event may be written again.
        kind = new.attributes.get("event_type")
        if kind is not None and old is not None and old.state != new.state:
            fired.append((new.attributes["button"], kind))

    hass.bus.async_listen("state_changed", look)
    return fired


async def collect_triggers(hass: HomeAssistant, entry: ConfigEntry[Any], unique_id: str) -> list[tuple[str, str]]:
    """Attach the device triggers of all buttons of a remote; return a list of the triggers that fire."""
    fired: list[tuple[str, str]] = []
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, unique_id.partition("-")[0]), entry.entry_id)

    async def record(run_variables: dict[str, Any], context: Context | None = None) -> None:
        del context
        trigger = run_variables["trigger"]
        fired.append((trigger["subtype"], trigger["type"]))

    for subtype in (f"button_{number}" for number in range(1, 5)):
        for kind in KINDS.values():
            config = {"platform": "device", "domain": DOMAIN, "device_id": device.id, "type": kind, "subtype": subtype}
            info = TriggerInfo(
                domain="test",
                name="test",
                variables={},
                trigger_data=TriggerData(id="0", idx="0", alias=None),
            )
            await async_attach_trigger(hass, config, record, info)
    return fired


KINDS = {0: "press_start", 1: "long_press_start", 2: "press_end", 3: "long_press_end", 4: "multi_press_end"}


def something(sim: DeconzSimulator, chance: random.Random) -> list[tuple[str, str]]:
    """Change something at a gateway; return the press, if it was one."""
    match chance.randrange(8):
        case 0 | 1:
            button, action = chance.randrange(1, 5), chance.choice(list(KINDS))
            sim.press("dimmer_switch", button * 1000 + action)
            return [(f"button_{button}", KINDS[action])]
        case 2:
            sim.set_sensor_state("dimmer_switch", lowbattery=chance.random() < 0.5)
        case 3:
            sim.set_sensor_state("dimmer_switch", tampered=chance.random() < 0.5)
        case 4:
            sim.report_lastseen("sensors", "dimmer_switch")
        case 5:
            sim.set_sensor_config("dimmer_switch", battery=chance.randrange(100))
        case 6:
            sim.rename("sensors", "dimmer_switch", "Hue Dimmer")
        case _:
            sim.set_light("desk", bri=chance.randrange(1, 254))
    return []


@pytest.mark.timeout(150)
@pytest.mark.parametrize("notify_all", [True, False])
async def test_no_ghost_and_no_lost_press_in_ten_thousand_frames(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        fired = collect(hass, "hue_dimmer")
        triggered = await collect_triggers(hass, entry, sim.sensor("dimmer_switch")["uniqueid"])
        truth: list[tuple[str, str]] = []
        chance = random.Random(7)
        for round_number in range(1, 11):
            for number in range(1000):
                truth.extend(something(sim, chance))
                if number == 500:
                    # The state that is read on the live connection is older than the presses that follow.
                    await wait_until(hass, lambda: len(fired) >= len(truth))
                    reading = hass.async_create_task(entry.runtime_data.async_poll())
            await wait_until(hass, lambda: len(fired) >= len(truth))
            await reading
            with sim.lose_frames():
                # No one pressed, and no press may be reported later.
                sim.press("dimmer_switch", 1002)
                if not round_number % 2:
                    sim.set_sensor_state("dimmer_switch", lowbattery=chance.random() < 0.5)
            await sim.drop()
            if round_number % 2:
                # A press during the snapshot is reported in order.
                await sim.wait_socket()
                sim.press("dimmer_switch", 3002)
                truth.append(("button_3", "press_end"))
                sim.set_sensor_state("dimmer_switch", lowbattery=chance.random() < 0.5)
            await wait_reconnected(hass, entry, round_number)
        await wait_until(hass, lambda: len(fired) >= len(truth))
        sim.set_light("desk", on=True, bri=254)
        await wait_until(hass, lambda: hass.states.get("light.schreibtisch").attributes.get("brightness") == 254)
        assert fired == truth
        assert triggered == truth
        assert sim.sent > 6000
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("notify_all", [True, False])
async def test_a_press_during_a_snapshot_fires(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        fired = collect(hass, "hue_dimmer")
        sim.latency = 0.05
        await sim.drop()
        await sim.wait_socket()
        sim.press("dimmer_switch", 2002)
        await wait_reconnected(hass, entry)
        await wait_until(hass, lambda: bool(fired))
        sim.press("dimmer_switch", 2002)
        await wait_until(hass, lambda: len(fired) == 2)
        assert fired == [("button_2", "press_end")] * 2
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("notify_all", [True, False])
async def test_unchanged_items_are_part_of_a_press(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        cube = collect(hass, "wurfel")
        knob = collect(hass, "drehknopf_tasten")
        buttons = collect(hass, "hue_dimmer")
        sim.press("cube", 6000, gesture=2, angle=0)
        # Another side with the same gesture, then another gesture with the same side.
        sim.press("cube", 5000, gesture=2, angle=0)
        sim.press("cube", 5000, gesture=1, angle=0)
        for rotation, repeat in ((-75, False), (-75, True), (-30, True), (90, True)):
            sim.rotate("rotary", rotation, repeat=repeat)
        for duration in (8, 16, 24):
            sim.press("dimmer_switch", 2001, eventduration=duration)
        await wait_until(hass, lambda: len(buttons) == 3)
        assert cube == [("cube", "drop"), ("cube", "drop"), ("cube", "shake")]
        assert knob == [("rotary", f"rotate_{turn}") for turn in (*["counterclockwise"] * 3, "clockwise")]
        assert buttons == [("button_2", "long_press_start")] * 3
        assert hass.states.get("event.hue_dimmer_dim_up").attributes["eventduration"] == 24
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_press_that_equals_a_missed_one_fires_once(hass: HomeAssistant) -> None:
    async with DeconzSimulator(notify_all=False) as sim:
        entry = await set_up(hass, sim)
        fired = collect(hass, "hue_dimmer")
        sim.press("dimmer_switch", 4002)
        await wait_until(hass, lambda: len(fired) == 1)
        with sim.lose_frames():
            sim.press("dimmer_switch", 1002)
        await sim.drop()
        await sim.wait_socket()
        # Only the time reports this press.
        sim.press("dimmer_switch", 1002)
        await wait_reconnected(hass, entry)
        await wait_until(hass, lambda: len(fired) == 2)
        assert fired == [("button_4", "press_end"), ("button_1", "press_end")]
        await hass.config_entries.async_unload(entry.entry_id)


async def test_cube_and_rotary(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    cube = collect(hass, "wurfel")
    sim.press("cube", 6000, gesture=2, angle=0)
    await wait_until(hass, lambda: bool(cube))
    assert cube == [("cube", "drop")]
    sim.rotate("rotary", -75)
    await wait_until(
        hass, lambda: any("rotate" in str(state.attributes.get("event_type")) for state in hass.states.async_all())
    )
    turned = next(state for state in hass.states.async_all() if "rotate" in str(state.attributes.get("event_type")))
    assert turned.attributes["event_type"] == "rotate_counterclockwise"
    assert turned.attributes["rotation"] == -75


async def test_device_triggers_survive_a_reload(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, sim.sensor("dimmer_switch")["uniqueid"].partition("-")[0]), entry.entry_id
    )
    chosen: list[dict[str, Any]] = []
    while not chosen:
        # The names of the buttons are requested after the full state.
        triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, device.id)
        wanted = {"type": "press_end", "subtype": "dim_down"}
        chosen = [item for item in triggers if item["domain"] == DOMAIN and wanted.items() <= item.items()]
    assert len(chosen) == 1
    calls = async_mock_service(hass, "test", "pressed")
    config = {
        AUTOMATION: {
            "triggers": chosen[0],
            "actions": {"action": "test.pressed", "data": {"what": "{{ trigger.description }}"}},
        }
    }
    assert await async_setup_component(hass, AUTOMATION, config)
    await hass.async_block_till_done()
    sim.press("dimmer_switch", 1002)
    sim.press("dimmer_switch", 3002)
    await wait_until(hass, lambda: len(calls) == 1)
    assert calls[0].data == {"what": "dim_down press_end"}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    sim.press("dimmer_switch", 3002)
    await wait_until(hass, lambda: len(calls) == 2)


async def test_scene_called_by_a_remote(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    gid = next(gid for gid, group in sim.world["groups"].items() if group["scenes"])
    scene = sim.world["groups"][gid]["scenes"][0]
    sim.recall_by_remote(gid, scene["id"])
    await wait_until(hass, lambda: not hass.states.is_state("event.phoscon_gw_scene_called", "unknown"))
    assert hass.states.get("event.phoscon_gw_scene_called").attributes["scene"] == scene["name"]
    recalled = [state for state in hass.states.async_all("scene") if state.state != "unknown"]
    assert len(recalled) == 1


async def test_introspection_describes_the_buttons(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    coordinator = entry.runtime_data
    remotes = [item for item in coordinator.model.resources.values() if item.has("state.buttonevent")]
    asked = {f"/api/{sim.api_key}/devices/{item.key}/state/buttonevent/introspect" for item in remotes}
    await wait_until(hass, lambda: asked <= {request.path for request in sim.requests if request.status})
    dimmer = next(item for item in remotes if item.name == "Hue Dimmer")
    await wait_until(hass, lambda: "buttons" in dimmer.attr)
    reported = {(item.subtype, item.kind) for item in coordinator.button_triggers(dimmer.device_id)}
    kinds = ("press_start", "long_press_start", "press_end", "long_press_end")
    assert reported == {(name, kind) for name in ("turn_on", "dim_up", "dim_down", "turn_off") for kind in kinds}
    # The description is stored and not requested again.
    await hass.config_entries.async_unload(entry.entry_id)
    seen = len(sim.requests)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    known = entry.runtime_data
    assert {(item.subtype, item.kind) for item in known.button_triggers(dimmer.device_id)} == reported
    assert not [request for request in sim.requests[seen:] if dimmer.key in request.path]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_gateway_without_introspection(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.refuse(404, path=f"/api/{sim.api_key}/devices")
    entry = await set_up(hass, sim)
    fired = collect(hass, "hue_dimmer")
    assert not [state for state in hass.states.async_all("event") if state.entity_id.startswith("event.hue_dimmer")]
    sim.press("dimmer_switch", 4002)
    await wait_until(hass, lambda: fired == [("button_4", "press_end")])
    button = hass.states.get("event.hue_dimmer_button_4")
    assert (button.attributes["event_types"], button.name) == (["press_end"], "Hue Dimmer Button 4")
    sim.press("dimmer_switch", 4001)
    sim.press("dimmer_switch", 4099)
    await wait_until(hass, lambda: fired[1:] == [("button_4", "long_press_start"), ("button_4", "other")])
    # The first press of another button, while the remote has an entity already.
    sim.press("dimmer_switch", 3002)
    await wait_until(hass, lambda: fired[3:] == [("button_3", "press_end")])
    # After a restart, the button exists before anyone presses it.
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    button = hass.states.get("event.hue_dimmer_button_4")
    assert button.state != "unavailable"
    assert button.attributes["event_types"] == ["press_end", "long_press_start", "other"]
    assert hass.states.get("event.hue_dimmer_button_1") is None
    device = sim.sensor("dimmer_switch")["uniqueid"].partition("-")[0]
    assert ("button_4", "double_press") in {
        (item.subtype, item.kind) for item in entry.runtime_data.button_triggers(device)
    }
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_press_before_the_description_arrives(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    key = sim.sensor("dimmer_switch")["uniqueid"]
    path = f"/api/{sim.api_key}/devices/{key}/state/buttonevent/introspect"
    sim.refuse(503, path=path)
    entry = await set_up(hass, sim)
    fired = collect(hass, "hue_dimmer")
    sim.press("dimmer_switch", 2002)
    await wait_until(hass, lambda: fired == [("button_2", "press_end")])
    assert hass.states.get("event.hue_dimmer_button_2").name == "Hue Dimmer Button 2"
    sim.allow()
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.get("event.hue_dimmer_on") is not None)
    # The entity keeps its ID, and its last event.
    button = hass.states.get("event.hue_dimmer_button_2")
    assert button.name == "Hue Dimmer Dim up"
    assert button.attributes["event_types"] == ["press_start", "press_end", "long_press_start", "long_press_end"]
    assert fired == [("button_2", "press_end")]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_names_of_buttons(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    """Buttons have the gateway's name, unless it is a number or the name of two buttons."""
    names = ["Dots 1", "Button 3", " ", "Twice", "twice", "Prev", "Previous", "x" * 40]
    buttons = {str(number): {"name": name} for number, name in enumerate(names, 1)}
    values = {f"{number}002": {"button": number, "action": "SHORT_RELEASE"} for number in buttons}
    for identifier, endpoint in (("92", "01"), ("93", "04")):
        sensor = make_sensor(92, "Wand", "ZHASwitch", "0006", {"buttonevent": 1002})
        sensor["uniqueid"] = f"{sensor['uniqueid'][:23]}-{endpoint}-0006"
        sim.world["sensors"][identifier] = sensor
    entry = await set_up(hass, sim)
    coordinator = entry.runtime_data
    for number in ("92", "93"):
        resource = coordinator.model.find("sensors", number)
        changed = coordinator.model.learn_buttons(resource.key, {"buttons": buttons, "values": values})
        coordinator.introspection._notify(resource.key, changed)
    await hass.async_block_till_done()
    shown = [state for state in hass.states.async_all("event") if state.entity_id.startswith("event.wand")]
    words = ["Dots 1", "Button 2", "Button 3", "Button 4", "Button 5", "Prev", "Previous", "Button 8"]
    assert {state.name for state in shown} == {f"Wand {word} ({end})" for word in words for end in (1, 4)}
    await hass.config_entries.async_unload(entry.entry_id)


def test_presses_of_an_odd_remote_do_not_fill_the_registry() -> None:
    remote = Resource("sensors", "1", "a-01-0006", "a", state={"buttonevent": 1002})
    seen = SeenPresses()
    seen.restore({"a-01-0006": {"button_1": ["press_end", 7, "nonsense"]}, "b": 7})
    assert event_kinds(remote, seen) == {"button_1": ["press_end"]}
    for number in range(100):
        seen.add(remote, ButtonPress(resource=remote.key, kind="press_end", device_id="a", subtype=f"button_{number}"))
    assert len(event_kinds(remote, seen)) == 32
    cube = Resource("sensors", "2", "c", "c", state={"buttonevent": 7000, "gesture": 0})
    assert not seen.add(cube, ButtonPress(resource="c", kind="press_start", device_id="c", subtype="button_7"))


async def test_a_green_power_switch_seems_unreachable(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sensor = make_sensor(92, "Tap", "ZGPSwitch", "f2", {"buttonevent": 34})
    sensor["config"] = {"on": True, "reachable": False}
    sim.world["sensors"]["92"] = sensor
    sim.refuse(404, path=f"/api/{sim.api_key}/devices")
    entry = await set_up(hass, sim)
    fired = collect(hass, "tap_button")
    for code in (17, 18):
        sim.press("92", code)
    await wait_until(hass, lambda: fired == [("button_3", "press_start"), ("button_4", "press_start")])
    assert not hass.states.is_state("event.tap_button_3", "unavailable")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_aliases_of_a_press(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    key = sim.sensor("dimmer_switch")["uniqueid"]
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, key.partition("-")[0]), entry.entry_id)
    calls = async_mock_service(hass, "test", "pressed")
    base = {"platform": "device", "domain": DOMAIN, "device_id": device.id}
    names = [
        ("multi_press_end", "button_1"),
        ("double_press", "button_1"),
        ("double_press", "turn_on"),
        ("triple_press", "turn_on"),
        ("double_press", "turn_off"),
    ]
    automations = [
        {
            "triggers": {**base, "type": kind, "subtype": subtype},
            "actions": {"action": "test.pressed", "data": {"what": f"{subtype} {kind}"}},
        }
        for kind, subtype in names
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automations})
    await wait_until(hass, lambda: "buttons" in entry.runtime_data.model.resources[key].attr)
    sim.press("dimmer_switch", 1004)
    await wait_until(hass, lambda: len(calls) >= 3)
    await hass.async_block_till_done()
    assert sorted(call.data["what"] for call in calls) == [
        "button_1 double_press",
        "button_1 multi_press_end",
        "turn_on double_press",
    ]
    await hass.config_entries.async_unload(entry.entry_id)


MIRRORED = (
    "deconz_event",
    "deconz_relative_rotary_event",
    "deconz_presence_event",
    "deconz_alarm_event",
)


async def test_core_events_are_an_option(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    radar = make_sensor(92, "Radar", "ZHAPresence", "0406", {"presence": False, "presenceevent": "leave"})
    sim.world["sensors"]["92"] = radar
    entry = await set_up(hass, sim)
    heard: list[tuple[str, dict[str, Any]]] = []

    @callback
    def hear(event: Event[Any]) -> None:
        heard.append((str(event.event_type), dict(event.data)))

    for name in MIRRORED:
        hass.bus.async_listen(name, hear)

    async def act() -> None:
        fired = collect(hass, "hue_dimmer")
        sim.press("cube", 6000, gesture=2, angle=15)
        sim.rotate("rotary", -75)
        sim.set_sensor_state("92", presenceevent="enter")
        sim.press("dimmer_switch", 1002)
        # No button was pressed.
        sim.set_sensor_state("dimmer_switch", lowbattery=True)
        sim.press("dimmer_switch", 2002)
        await wait_until(hass, lambda: len(fired) == 2)
        await hass.async_block_till_done()

    await act()
    assert heard == []
    hass.config_entries.async_update_entry(entry, options={"mirror_events": True})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    sim.set_sensor_state("dimmer_switch", lowbattery=False)
    await act()
    registry = dr.async_get(hass)

    def whose(resource: dict[str, Any]) -> dict[str, Any]:
        address = resource["uniqueid"].partition("-")[0]
        device = registry.async_get_device_by_identifier((DOMAIN, address), entry.entry_id)
        return {"id": slugify(resource["name"]), "unique_id": address, "device_id": device.id}

    dimmer, cube, knob = (whose(sim.sensor(key)) for key in ("dimmer_switch", "cube", "rotary"))
    assert heard == [
        ("deconz_event", {**cube, "event": 6000, "gesture": 2, "angle": 15}),
        ("deconz_relative_rotary_event", {**knob, "event": "new", "rotation": -75, "duration": 400}),
        ("deconz_presence_event", {**whose(radar), "event": "enter"}),
        ("deconz_event", {**dimmer, "event": 1002}),
        ("deconz_event", {**dimmer, "event": 2002}),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("notify_all", [True, False])
async def test_a_presence_event_in_the_message_of_the_presence_fires(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        state = {"presence": False, "presenceevent": "leave"}
        sim.world["sensors"]["92"] = make_sensor(92, "Radar", "ZHAPresence", "0406", state)
        entry = await set_up(hass, sim)
        fired = collect(hass, "radar_passages")
        for presence, word in ((True, "enter"), (False, "leave"), (True, "enter")):
            sim.set_sensor_state("92", presence=presence, presenceevent=word)
        await wait_until(hass, lambda: len(fired) == 3)
        assert fired == [("presence", "enter"), ("presence", "leave"), ("presence", "enter")]
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "items,reported",
    [
        ({"buttonevent": 1002, "x": 0.1, "y": 0.2}, ("deconz_event", {"event": 1002, "xy": (0.1, 0.2)})),
        ({"action": "panic"}, ("deconz_alarm_event", {"event": "panic"})),
        ({"rotaryevent": 2}, ("deconz_relative_rotary_event", {"event": "repeat", "rotation": None, "duration": None})),
        ({"action": "armed_away"}, None),
        ({"rotaryevent": 7}, None),
    ],
)
def test_core_events(items: dict[str, Any], reported: tuple[str, dict[str, Any]] | None) -> None:
    source = Resource("sensors", "1", "00:15:8d:00:00:00:00:01-01-1000", "d", attr={"name": "Neue Taste"})
    whose = {"id": "neue_taste", "unique_id": "00:15:8d:00:00:00:00:01", "device_id": "abc"}
    expected = [] if reported is None else [(reported[0], {**whose, **reported[1]})]
    assert list(as_core_events(source, items, "abc")) == expected
