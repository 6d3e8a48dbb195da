"""Controls that a codec declares: their form, their entities, and the downlinks that these send."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.yaml import parse_yaml
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import ResiotSimulator
from simulators.codec_lists import VALVE_SCRIPT, CodecLists
from tests.common import add_codec, wait_reconnected, wait_until
from tests.resiot.test_codec_lists import configure, start, suggested

VALVE = "0732227a557d8608"
LAYOUT = "fields: [{name: state, at: 0, type: u8}]"
CONTROLS = """
- name: Restart  # as the manual describes it
  kind: button
  port: 85
  payload: "ff10ff"
- name: Interval
  kind: number
  field: minutes
  min: 1
  max: 255
  unit: min
- name: Mode
  kind: select
  port: 9
  options:
    - {name: Eco, payload: "01"}
    - {name: Open, data: {open: true}}
- name: Valve
  kind: switch
  turn_on: {data: {open: true}}
  turn_off: {data: {open: false}}
"""
BUTTON, NUMBER = f"button.{VALVE}_restart", f"number.{VALVE}_interval"
SELECT, SWITCH = f"select.{VALVE}_mode", f"switch.{VALVE}_valve"
ALL = [BUTTON, NUMBER, SELECT, SWITCH]
BUTTON_OF = "- {name: A, kind: button, %s}"


@pytest.fixture(autouse=True)
async def valve(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    """Let the valve report."""
    sim.uplink("valve", "01")
    await wait_until(hass, lambda: hass.states.get(f"event.{VALVE}_downlink") is not None)


async def declare(hass: HomeAssistant, entry: ConfigEntry[Any], controls: str = CONTROLS) -> str:
    """Add a codec with controls, wait for its entities, and return the ID of its subentry."""
    subentry_id = add_codec(hass, entry, "javascript", VALVE_SCRIPT, VALVE, controls=controls)
    await wait_until(hass, lambda: None not in map(hass.states.get, ALL))
    return subentry_id


async def call(hass: HomeAssistant, entity_id: str, action: str, **data: Any) -> None:
    """Perform an action of a control."""
    await hass.services.async_call(entity_id.partition(".")[0], action, {"entity_id": entity_id, **data}, blocking=True)


def sent(sim: ResiotSimulator) -> list[tuple[str, int]]:
    """Return payload and port of each downlink at the server."""
    return [(item["payload"], item["port"]) for item in sim.world["downlinks"]]


def states(hass: HomeAssistant) -> list[str]:
    """Return the states of number, select and switch."""
    return [state.state for entity_id in ALL[1:] if (state := hass.states.get(entity_id)) is not None]


def attributes_of(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    """Return the attributes of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.attributes


async def start_controls(
    hass: HomeAssistant, entry: ConfigEntry[Any], kind: str = "javascript", code: str = VALVE_SCRIPT
) -> Any:
    """Return the form of the controls of a new codec."""
    form = await start(hass, entry, kind)
    form = await configure(hass, form, title="Own", devices=[VALVE], code=code)
    form = await configure(hass, form, save=True, controls=True)
    assert form["step_id"] == "controls"
    return form


@pytest.mark.parametrize(
    "entity_id,action,data,payload,port,state",
    [
        (BUTTON, "press", {}, "ff10ff", 85, None),
        (NUMBER, "set_value", {"value": 30}, "021e", 3, "30.0"),
        (SELECT, "select_option", {"option": "Eco"}, "01", 9, "Eco"),
        (SELECT, "select_option", {"option": "Open"}, "0101", 9, "Open"),
        (SWITCH, "turn_on", {}, "0101", 2, "on"),
        (SWITCH, "turn_off", {}, "0100", 2, "off"),
    ],
)
async def test_a_control_sends_one_downlink(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    entity_id: str,
    action: str,
    data: dict[str, Any],
    payload: str,
    port: int,
    state: str | None,
) -> None:
    await declare(hass, entry)
    assert states(hass) == ["unknown"] * 3
    await call(hass, entity_id, action, **data)
    assert sent(sim) == [(payload, port)]
    assert len(sim.received) == 1
    assert state is None or hass.states.is_state(entity_id, state)
    # A refusal changes nothing.
    before = states(hass)
    sim.downlinks.result = "fail"
    for name, values in ((action, data), *OTHERS.get(entity_id, ())):
        with pytest.raises(HomeAssistantError) as error:
            await call(hass, entity_id, name, **values)
        assert error.value.translation_key == "downlink_failed"
    assert states(hass) == before
    assert sent(sim) == [(payload, port)]
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, lambda: len(states(hass)) == len(before))
    assert states(hass) == before


OTHERS: Mapping[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    NUMBER: (("set_value", {"value": 31}),),
    SELECT: (("select_option", {"option": "Open"}), ("select_option", {"option": "Eco"})),
    SWITCH: (("turn_on", {}), ("turn_off", {})),
}


async def test_what_is_shown_is_assumed_and_restored(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await declare(hass, entry)
    assert {entity_id: attributes_of(hass, entity_id) for entity_id in ALL} == {
        BUTTON: {"friendly_name": f"{VALVE.upper()} Restart"},
        NUMBER: {
            "friendly_name": f"{VALVE.upper()} Interval",
            "assumed_state": True,
            "min": 1,
            "max": 255,
            "step": 1,
            "mode": "auto",
            "unit_of_measurement": "min",
        },
        SELECT: {"friendly_name": f"{VALVE.upper()} Mode", "assumed_state": True, "options": ["Eco", "Open"]},
        SWITCH: {"friendly_name": f"{VALVE.upper()} Valve", "assumed_state": True},
    }
    entities = [er.async_get(hass).async_get(entity_id) for entity_id in ALL]
    assert {entity.entity_category for entity in entities if entity is not None} == {"config"}
    await call(hass, NUMBER, "set_value", value=30)
    await call(hass, SELECT, "select_option", option="Eco")
    await call(hass, SWITCH, "turn_on")
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, lambda: states(hass) == ["30.0", "Eco", "on"])
    assert len(sent(sim)) == 3


async def test_controls_follow_their_codec(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    subentry_id = await declare(hass, entry)
    await call(hass, NUMBER, "set_value", value=30)
    await call(hass, SELECT, "select_option", option="Open")
    # A control gets another range, one loses its option, one is of another kind, one goes, one comes.
    changed = """
- {name: Siren, kind: button, port: 1, payload: "aa"}
- {name: INTERVAL, kind: number, field: minutes, min: 60, max: 90}
- {name: Mode, kind: select, port: 9, options: [{name: Eco, payload: "02"}]}
- {name: Valve, kind: button, port: 1, payload: "bb"}
"""
    subentry = entry.subentries[subentry_id]
    hass.config_entries.async_update_subentry(
        entry, subentry, data=MappingProxyType({**subentry.data, "controls": changed})
    )
    await wait_until(hass, lambda: hass.states.get(f"button.{VALVE}_siren") is not None)
    registry = er.async_get(hass)
    assert [registry.async_get(entity_id) is not None for entity_id in ALL] == [False, True, True, False]
    assert [hass.states.get(entity_id) is not None for entity_id in (BUTTON, SWITCH)] == [False, False]
    assert states(hass) == ["unknown", "unknown"]
    number = attributes_of(hass, NUMBER)
    assert (number["friendly_name"], number["min"]) == (f"{VALVE.upper()} INTERVAL", 60)
    await call(hass, SELECT, "select_option", option="Eco")
    await call(hass, f"button.{VALVE}_valve", "press")
    assert sent(sim)[-2:] == [("02", 9), ("bb", 1)]
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await wait_until(hass, lambda: registry.async_get(NUMBER) is None)
    assert [entity for entity in registry.entities.values() if "-control-" in entity.unique_id] == []
    # Others of the device stay.
    assert hass.states.get(f"event.{VALVE}_downlink") is not None


async def test_a_codec_that_goes_while_the_entry_is_not_loaded(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    subentry_id = await declare(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_until(hass, lambda: [er.async_get(hass).async_get(entity_id) for entity_id in ALL] == [None] * 4)


async def test_other_devices_have_no_controls(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink("meter", "0102")
    await declare(hass, entry)
    await wait_until(hass, lambda: len(entry.runtime_data.devices) == 2)
    found = [entity for entity in er.async_get(hass).entities.values() if "-control-" in entity.unique_id]
    assert sorted(entity.entity_id for entity in found) == ALL


async def test_a_device_that_is_heard_later(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    meter = sim.resolve("meter")
    add_codec(hass, entry, "layout", LAYOUT, meter, controls=BUTTON_OF % "payload: 'aa', port: 4")
    await hass.async_block_till_done()
    sim.uplink("meter", "0102")
    await wait_until(hass, lambda: hass.states.get(f"button.{meter}_a") is not None)
    # A device that a person deletes comes back with its next uplink.
    entry.runtime_data.forget_device(meter)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, meter), entry.entry_id)
    assert device is not None
    dr.async_get(hass).async_remove_device(device.id)
    await wait_until(hass, lambda: hass.states.get(f"button.{meter}_a") is None)
    sim.uplink("meter", "0103")
    await wait_until(hass, lambda: hass.states.get(f"button.{meter}_a") is not None)
    await call(hass, f"button.{meter}_a", "press")
    assert sent(sim) == [("aa", 4)]


async def test_controls_need_the_connection_alone(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await declare(hass, entry)
    await call(hass, SWITCH, "turn_on")
    entry.runtime_data.devices[VALVE].overdue = True
    entry.runtime_data.availability.available = False
    entry.runtime_data._notify_connection()
    assert hass.states.is_state(SWITCH, "unavailable")
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(SWITCH, "on"))


async def test_a_codec_that_can_no_longer_encode(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    subentry_id = await declare(hass, entry)
    subentry = entry.subentries[subentry_id]
    data = MappingProxyType({**subentry.data, "kind": "layout", "code": LAYOUT})
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    coordinator = entry.runtime_data
    device = coordinator.devices[VALVE]
    await wait_until(hass, lambda: coordinator.codecs.find(device).data["kind"] == "layout")
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, SWITCH, "turn_on")
    assert error.value.translation_key == "downlink_no_encoder"
    assert hass.states.is_state(SWITCH, "unknown")
    await call(hass, BUTTON, "press")
    assert sent(sim) == [("ff10ff", 85)]


async def test_controls_that_a_later_version_refuses(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    add_codec(hass, entry, "javascript", VALVE_SCRIPT, VALVE, controls="- {name: A, kind: other}")
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: coordinator.codecs.find(coordinator.devices[VALVE]) is not None)
    await wait_until(hass, lambda: "open" in coordinator.devices[VALVE].values)
    assert not coordinator.controls_of(coordinator.devices[VALVE])


async def test_controls_are_encoded_then_saved(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    form = await start_controls(hass, entry)
    assert suggested(form) == {}
    assert (await configure(hass, form, controls=CONTROLS))["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    # Also what is no part of the controls is kept for the form.
    assert subentry.data["controls"] == CONTROLS
    await wait_until(hass, lambda: None not in map(hass.states.get, ALL))
    assert not sim.received
    form = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "codec"), context={"source": "reconfigure", "subentry_id": subentry.subentry_id}
    )
    form = await configure(hass, form, title="Own", devices=[VALVE], code=VALVE_SCRIPT)
    assert form["data_schema"]({"save": True})["controls"] is True
    # What was chosen stays while another payload is tested.
    form = await configure(hass, form, payload="2:01", save=False, controls=False)
    assert suggested(form)["controls"] is False
    form = await configure(hass, form, save=True, controls=True)
    assert suggested(form) == {"controls": CONTROLS}
    assert (await configure(hass, form, controls=" "))["type"] is FlowResultType.ABORT
    (subentry,) = entry.subentries.values()
    assert "controls" not in subentry.data
    await wait_until(hass, lambda: er.async_get(hass).async_get(NUMBER) is None)


@pytest.mark.parametrize(
    "controls,error,control,details",
    [
        ("- {", "list", "-", "line 1"),
        ("name: A", "list", "-", "-"),
        ("- {name: A, kind: light}", "kind", "A", "-"),
        (BUTTON_OF % "payload: 0100, port: 1", "payload", "A", "payload"),
        (BUTTON_OF % "payload: '01'", "port", "A", "-"),
        ("- {name: A, kind: number, field: minutes, min: 2, max: 1}", "range", "A", "-"),
        ("\n".join([BUTTON_OF % "payload: '01', port: 1"] * 2), "twice", "A", "-"),
        (BUTTON_OF % "data: {minutes: 1}, on: 1", "key", "A", "True"),
        (BUTTON_OF % "data: {fail: true}", "encoding", "A", "error not now"),
        (BUTTON_OF % "data: {loop: true}", "encoding", "A", "time"),
        (BUTTON_OF % "data: {length: 243}", "payload", "A", "243 > 242"),
        (BUTTON_OF % "data: {port: 0}", "port", "A", "-"),
        (BUTTON_OF % "data: {a: 99999999999999999999}", "encoding", "A", "Integer exceeds 64-bit range"),
        ("- {name: A, kind: number, field: length, min: 100, max: 300}", "payload", "A", "300: 300 > 242"),
        ("- {name: A, kind: number, field: odd, min: 1, max: 2}", "encoding", "A", "1: error odd"),
        (
            "- {name: A, kind: select, options: [{name: X, data: {length: 1}}, {name: Y, data: {fail: 1}}]}",
            "encoding",
            "A",
            "Y: error not now",
        ),
        (
            "- {name: A, kind: switch, turn_on: {data: {length: 1}}, turn_off: {data: {fail: 1}}}",
            "encoding",
            "A",
            "turn_off: error not now",
        ),
    ],
)
async def test_controls_that_cannot_be_saved(
    hass: HomeAssistant, entry: ConfigEntry[Any], controls: str, error: str, control: str, details: str
) -> None:
    code = """
    function decodeUplink() { return { data: {} } }
    function encodeDownlink({ data }) {
      if (data.loop) while (true) {}
      if (data.odd === 1) return { errors: ["odd"] };
      if (data.fail) return { errors: ["not now"] };
      return { bytes: new Array(data.length || 1).fill(1), fPort: "port" in data ? data.port : 7 };
    }"""
    form = await start_controls(hass, entry, code=code)
    form = await configure(hass, form, controls=controls)
    placeholders = form["description_placeholders"]
    assert (form["step_id"], form["errors"]) == ("controls", {"controls": f"codec_control_{error}"})
    assert placeholders["control"] == control
    assert details in placeholders["details"]
    assert suggested(form) == {"controls": controls}
    assert not entry.subentries


async def test_a_codec_that_only_decodes_sends_payloads(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    form = await start_controls(hass, entry, "layout", LAYOUT)
    form = await configure(hass, form, controls=CONTROLS)
    assert form["errors"] == {"controls": "codec_control_encoder"}
    assert form["description_placeholders"]["control"] == "Interval"
    await configure(hass, form, controls=BUTTON_OF % "payload: '0x0102', port: 4")
    await wait_until(hass, lambda: hass.states.get(f"button.{VALVE}_a") is not None)
    await call(hass, f"button.{VALVE}_a", "press")
    assert sent(sim) == [("0102", 4)]


@pytest.mark.parametrize(
    "model,buttons",
    [
        (
            "valve",
            [
                {"name": "Open the valve", "kind": "button", "data": {"open": True}},
                {"name": "Report every ten minutes", "kind": "button", "data": {"minutes": 10}},
            ],
        ),
        ("relay", [{"name": "Close the relay", "kind": "button", "port": 85, "payload": "11ff"}]),
    ],
)
async def test_examples_of_a_list_are_proposals(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], model: str, buttons: list[dict[str, Any]]
) -> None:
    async with CodecLists() as lists:
        form = await start(hass, entry, "list")
        form = await configure(hass, form, list="ttn", maker="pushwire-sensors", address=lists.url)
        form = await configure(hass, form, model=model)
        form = await configure(hass, form, **suggested(form), devices=[VALVE])
        assert form["data_schema"]({"save": True})["controls"] is True
        form = await configure(hass, form, save=True, controls=True)
    assert parse_yaml(suggested(form)["controls"]) == buttons
    assert (await configure(hass, form, **suggested(form)))["type"] is FlowResultType.CREATE_ENTRY
    name = buttons[0]["name"].lower().replace(" ", "_")
    await wait_until(hass, lambda: hass.states.get(f"button.{VALVE}_{name}") is not None)
    await call(hass, f"button.{VALVE}_{name}", "press")
    assert sent(sim) == [("0101", 2) if model == "valve" else ("11ff", 85)]
