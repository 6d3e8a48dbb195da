"""Codecs in the integration: their forms, their values, and what is asked about payloads without one."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.requirements import RequirementsNotFound
from homeassistant.util import dt as dt_util
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan import codecs
from simulators import ResiotSimulator
from tests.common import add_codec, assert_unchanged_after_reload, run_pending_updates, wait_for_state, wait_until

pytestmark = pytest.mark.usefixtures("all_enabled")

METER = "0732227a557d8679"
LAYOUT = """
fields:
  - {name: temperature, at: 0, type: s16, scale: 0.1, unit: °C}
  - {name: humidity, at: 2, type: u8, unit: "%"}
"""
SCRIPT = """
function decodeUplink(input) {
  if (input.bytes[0] === 0xff) while (true) {}
  if (input.bytes[0] === 0xfe) return { errors: ["bad length"] };
  return { data: { temperature: input.bytes[1] / 10 }, warnings: ["low battery"] };
}
"""
TEMPLATE = """{{ {
  "temperature": {"value": unpack(payload, ">h") / 10, "unit": "°C"},
  "humidity": {"value": bytes[2], "unit": "%"} if bytes | length > 2 else none
} }}"""
SHOWN = f"sensor.{METER}_temperature"


async def hear(hass: HomeAssistant, sim: ResiotSimulator, payload: str, key: str = "meter") -> None:
    """Receive a payload, and wait until it is known."""
    sim.uplink(key, payload)
    eui = sim.resolve(key)
    await wait_for_state(hass, f"sensor.{eui}_payload", payload)


async def start_codec(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    kind: str,
    code: str = "",
    **match: Any,
) -> Mapping[str, Any]:
    """Return the form that shows what a new codec makes of the last payload."""
    form = await hass.config_entries.subentries.async_init((entry.entry_id, "codec"), context={"source": "user"})
    assert form["type"] is FlowResultType.MENU
    form = await hass.config_entries.subentries.async_configure(form["flow_id"], {"next_step_id": kind})
    assert form["step_id"] == kind
    data = {"title": "Own", **(match or {"devices": [METER]})}
    return await hass.config_entries.subentries.async_configure(
        form["flow_id"], data if kind == "cayenne" else {**data, "code": code}
    )


async def test_a_device_that_gets_another_name_has_another_codec(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await hear(hass, sim, "00d732")
    form = await start_codec(hass, entry, "layout", LAYOUT, name_pattern="Meter*")
    await hass.config_entries.subentries.async_configure(form["flow_id"], {"save": True, "controls": False})
    await hear(hass, sim, "00d832")
    device = entry.runtime_data.devices[METER]
    assert not device.values
    device.update(name="Meter in the cellar")
    await hear(hass, sim, "00d932")
    assert device.values["temperature"].value == 21.7


def has_stopped(codec: codecs.LoadedCodec, times: int) -> bool:
    """Return whether a codec was stopped a number of times in a row."""
    return codec.stopped == times


def result_of(form: Mapping[str, Any]) -> str:
    """Return what a form shows of the tested payload."""
    return str(form["description_placeholders"]["result"])


async def save(hass: HomeAssistant, form: Mapping[str, Any]) -> None:
    """Save the codec of a form."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], {"save": True})
    assert result["type"] in (FlowResultType.CREATE_ENTRY, FlowResultType.ABORT)
    await hass.async_block_till_done()


@pytest.mark.parametrize("kind,code", [("layout", LAYOUT), ("javascript", SCRIPT), ("template", TEMPLATE)])
async def test_a_codec_is_tested_then_saved(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], kind: str, code: str
) -> None:
    await hear(hass, sim, "00d728")
    form = await start_codec(hass, entry, kind, code)
    assert form["step_id"] == "test"
    row = "| temperature | 21.5 °C | sensor temperature °C measurement | - |"
    assert row in result_of(form)
    form = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"payload": "3: 00 E1 28", "save": False}
    )
    assert "| temperature | 22.5 °C" in result_of(form)
    await save(hass, form)
    assert [subentry.title for subentry in entry.subentries.values()] == ["Own"]
    # The last payload is decoded, without a reload.
    await wait_for_state(hass, SHOWN, "21.5")
    await hear(hass, sim, "00d829")
    await wait_for_state(hass, SHOWN, "21.6")
    await assert_unchanged_after_reload(hass, entry)
    await hear(hass, sim, "00d929")
    await wait_for_state(hass, SHOWN, "21.7")
    form = await start_codec(hass, entry, kind, code)
    assert "| 21.7 °C |" in result_of(form)


@pytest.mark.parametrize(
    "kind,code,errors",
    [
        ("layout", "fields: [", {"code": "codec_code"}),
        ("layout", "fields: []", {"code": "codec_code"}),
        ("javascript", "function decodeUplink(", {"code": "codec_code"}),
        ("javascript", "function other() {}", {"code": "codec_function"}),
        ("javascript", "while (true) {}", {"code": "codec_time"}),
        ("template", "{{ payload", {"code": "codec_code"}),
        ("mbus", "many", {"code": "codec_code"}),
    ],
)
async def test_code_that_cannot_be_used(
    hass: HomeAssistant, entry: ConfigEntry[Any], kind: str, code: str, errors: dict[str, str]
) -> None:
    form = await start_codec(hass, entry, kind, code, name_pattern="*")
    assert (form["step_id"], form["errors"]) == (kind, errors)
    assert not entry.subentries


async def test_a_codec_needs_devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    form = await start_codec(hass, entry, "layout", LAYOUT, name_pattern="")
    assert form["errors"] == {"devices": "codec_no_devices"}


@pytest.mark.parametrize("payload", ["zz", "2:zz", "x:00", "00" * 243])
async def test_payloads_that_are_not_hex(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], payload: str
) -> None:
    form = await start_codec(hass, entry, "layout", LAYOUT, name_pattern="*")
    form = await hass.config_entries.subentries.async_configure(form["flow_id"], {"payload": payload, "save": False})
    assert form["errors"] == {"payload": "codec_bad_hex"}


async def test_errors_and_warnings_are_shown(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    form = await start_codec(hass, entry, "javascript", SCRIPT, name_pattern="*")
    for payload, result in (("fe", "**error** bad length"), ("ff", "**time**"), ("00d7", "⚠ low battery")):
        form = await hass.config_entries.subentries.async_configure(
            form["flow_id"], {"payload": payload, "save": False}
        )
        assert result in result_of(form)


async def test_the_engine_cannot_be_installed(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object, **_options: object) -> None:
        raise RequirementsNotFound(DOMAIN, ["quickjs-ng"])

    await hear(hass, sim, "00d728")
    form = await start_codec(hass, entry, "javascript", SCRIPT)
    await save(hass, form)
    monkeypatch.setattr(codecs, "async_process_requirements", fail)
    form = await start_codec(hass, entry, "javascript", SCRIPT)
    assert form["errors"] == {"base": "codec_engine"}
    await hass.config_entries.async_reload(entry.entry_id)
    issues = ir.async_get(hass).issues
    assert (DOMAIN, f"codec_engine_{entry.entry_id}") in issues
    monkeypatch.undo()
    await hass.config_entries.async_reload(entry.entry_id)
    assert (DOMAIN, f"codec_engine_{entry.entry_id}") not in issues
    await hear(hass, sim, "00d829")
    await wait_for_state(hass, SHOWN, "21.6")


async def test_a_codec_is_changed_and_removed(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await hear(hass, sim, "00d728")
    await save(hass, await start_codec(hass, entry, "layout", LAYOUT))
    (subentry_id,) = entry.subentries
    form = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "codec"), context={"source": "reconfigure", "subentry_id": subentry_id}
    )
    assert form["step_id"] == "layout"
    form = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"title": "Other", "devices": [METER], "code": LAYOUT.replace("0.1", "0.01")}
    )
    await save(hass, form)
    assert [subentry.title for subentry in entry.subentries.values()] == ["Other"]
    await hear(hass, sim, "00d829")
    await wait_for_state(hass, SHOWN, "2.16")
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    await hear(hass, sim, "00e129")
    await run_pending_updates(hass)
    assert hass.states.is_state(SHOWN, "2.16")


async def test_no_form_while_the_entry_is_not_loaded(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await hear(hass, sim, "00d728")
    await save(hass, await start_codec(hass, entry, "layout", LAYOUT))
    (subentry_id,) = entry.subentries
    await hass.config_entries.async_unload(entry.entry_id)
    contexts: list[Any] = [{"source": "user"}, {"source": "reconfigure", "subentry_id": subentry_id}]
    for context in contexts:
        form = await hass.config_entries.subentries.async_init((entry.entry_id, "codec"), context=context)
        assert form["reason"] == "not_loaded"
    await hass.config_entries.async_setup(entry.entry_id)


async def test_a_codec_that_is_stopped_is_put_aside(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await hear(hass, sim, "00d7")
    await save(hass, await start_codec(hass, entry, "javascript", SCRIPT))
    (subentry_id,) = entry.subentries
    issue = (DOMAIN, f"codec_stopped_{subentry_id}")
    issues = ir.async_get(hass).issues
    # An error between them, or a payload that is decoded, begins the count again.
    device = entry.runtime_data.devices[METER]
    await wait_until(hass, lambda: entry.runtime_data.codecs.find(device) is not None)
    codec = entry.runtime_data.codecs.find(device)
    for payload, stopped in (("ff01", 1), ("ff02", 2), ("fe01", 0), ("ff03", 1), ("ff04", 2)):
        await hear(hass, sim, payload)
        await wait_until(hass, partial(has_stopped, codec, stopped))
    assert issue not in issues
    await hear(hass, sim, "ff05")
    await wait_until(hass, lambda: issue in issues)
    await hear(hass, sim, "00d8")
    await run_pending_updates(hass)
    assert hass.states.is_state(SHOWN, "21.5")
    assert entry.runtime_data.device_diagnostics_data(METER)["codec"] == {
        "title": "Own",
        "kind": "javascript",
        "usable": False,
        "error": "time",
        "decoded": 1,
        "failed": 6,
    }
    # A change of the codec is another chance.
    hass.config_entries.async_update_subentry(
        entry,
        entry.subentries[subentry_id],
        data=MappingProxyType({**entry.subentries[subentry_id].data, "code": f"{SCRIPT}\n"}),
    )
    await wait_until(hass, lambda: issue not in issues)
    await hear(hass, sim, "00d9")
    await wait_for_state(hass, SHOWN, "21.7")


@pytest.mark.parametrize(
    "code,result",
    [
        ("{{ states('sensor.x') }}", "**error**"),
        ("{{ 1 / 0 }}", "**error**"),
        ("{{ 21.5 }}", "**result**"),
        ("no values", "**result**"),
        ("{{ {(1, 2): 3} }}", "**result**"),
        ("{% for a in range(9999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "**time**"),
        ("{{ {'battery': 87} | to_json }}", "| battery | 87 % |"),
        ("{'temperature': 1e999, 'port': {{ port }}, 'sent': {{ timestamp > 0 }}}", "| port | 2 |"),
    ],
)
async def test_templates(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], code: str, result: str
) -> None:
    form = await start_codec(hass, entry, "template", code, name_pattern="*")
    form = await hass.config_entries.subentries.async_configure(form["flow_id"], {"payload": "2:00d728", "save": False})
    assert result in result_of(form)
    # The thread is free for other codecs.
    other = await start_codec(hass, entry, "javascript", SCRIPT, name_pattern="*")
    other = await hass.config_entries.subentries.async_configure(other["flow_id"], {"payload": "00d7", "save": False})
    assert "| 21.5 °C |" in result_of(other)


async def test_mbus_of_a_meter(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    await hear(hass, sim, "1e0414f2060000025a9d02")
    await save(hass, await start_codec(hass, entry, "mbus", "1"))
    await wait_for_state(hass, f"sensor.{METER}_volume", "17.78")
    await wait_for_state(hass, f"sensor.{METER}_flow_temperature", "66.9")


async def test_cayenne_by_choice(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    await hear(hass, sim, "016700d7")
    await save(hass, await start_codec(hass, entry, "cayenne"))
    await wait_for_state(hass, f"sensor.{METER}_temperature_1", "21.5")
    # A person's choice needs no second payload, and no believable value.
    await hear(hass, sim, "0167044c")
    await wait_for_state(hass, f"sensor.{METER}_temperature_1", "110.0")
    await hear(hass, sim, "ff")
    assert entry.runtime_data.frame_log.unknown["codec payload"] == 1


async def test_codecs_of_a_stored_entry(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    """Code that a later version refuses costs nobody else anything."""
    add_codec(hass, entry, "layout", "fields: []", METER)
    await hass.async_block_till_done()
    await hear(hass, sim, "00d728")
    assert entry.runtime_data.device_diagnostics_data(METER)["codec"]["error"] == "code fields"
    assert hass.states.get(SHOWN) is None


async def test_a_codec_that_is_changed_while_it_is_stopped(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    """A payload that is still being decoded with the code before concerns nobody any more."""
    await hear(hass, sim, "00d7")
    subentry_id = add_codec(hass, entry, "javascript", SCRIPT, METER)
    loaded = entry.runtime_data.codecs
    device = entry.runtime_data.devices[METER]
    await wait_until(hass, lambda: (codec := loaded.find(device)) is not None and codec.decoded == 1)
    codec = loaded.find(device)
    codec.stopped = 2
    sim.uplink("meter", "ff01")
    await wait_until(hass, lambda: device.payload == "ff01")
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await wait_until(hass, lambda: codec.stopped == 3)
    await wait_until(hass, lambda: loaded.find(device) is None)
    assert not entry.runtime_data.frame_log.failures
    assert (DOMAIN, f"codec_stopped_{subentry_id}") not in ir.async_get(hass).issues


async def test_payloads_that_nothing_decodes(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    issues = ir.async_get(hass).issues
    issue = (DOMAIN, f"undecoded_{entry.entry_id}_{METER}")
    await hear(hass, sim, "00d728")
    await hear(hass, sim, "00d729")
    assert issue not in issues
    await hear(hass, sim, "00d72a")
    placeholders = issues[issue].translation_placeholders
    assert placeholders is not None
    assert (placeholders["device"], placeholders["port"], placeholders["payload"]) == (METER.upper(), "128", "00d72a")
    await save(hass, await start_codec(hass, entry, "layout", LAYOUT))
    await hear(hass, sim, "00d82b")
    await wait_until(hass, lambda: issue not in issues)


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "unloaded"])
async def test_no_issue_is_left_behind(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    is_deleted: bool,  # noqa: FBT001
) -> None:
    for number in range(3):
        await hear(hass, sim, f"00d72{number}")
    issues = ir.async_get(hass).issues
    assert [key for key in issues if key[1].startswith("undecoded")]
    if is_deleted:
        entry.runtime_data.forget_device(METER)
    else:
        await hass.config_entries.async_reload(entry.entry_id)
    assert not [key for key in issues if key[1].startswith("undecoded")]


async def test_a_late_payload_is_decoded_at_its_time(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await hear(hass, sim, "00d728")
    await save(hass, await start_codec(hass, entry, "javascript", SCRIPT))
    await wait_for_state(hass, SHOWN, "21.5")
    await hear(hass, sim, "00d828")
    await wait_for_state(hass, SHOWN, "21.6")
    now = dt_util.utcnow()
    frame = sim.flood_frame(0, change=False)
    assert isinstance(frame, dict)
    late = {"DevEui": METER, "Payload": "00e128", "Port": "128", "DT": (now - timedelta(hours=2)).isoformat()}
    sim.push({**frame, **late})
    codec = entry.runtime_data.codecs.find(entry.runtime_data.devices[METER])
    await wait_until(hass, lambda: codec.decoded == 3)
    await run_pending_updates(hass)
    assert hass.states.is_state(SHOWN, "21.6")
