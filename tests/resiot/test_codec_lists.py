"""Codecs that are read from public lists or from an address, served on loopback."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.compat import HAS_NEXT_FLOW
from custom_components.pushwire.repairs import async_create_fix_flow
from simulators import ResiotSimulator
from simulators.codec_lists import SCRIPT, CodecLists
from tests.common import wait_for_state, wait_until

pytestmark = pytest.mark.usefixtures("all_enabled")

METER = "0732227a557d8679"
MAKER = "pushwire-sensors"


@pytest.fixture
async def lists() -> AsyncGenerator[CodecLists]:
    """Return running copies of the lists."""
    async with CodecLists() as server:
        yield server


async def start(hass: HomeAssistant, entry: ConfigEntry[Any], step: str) -> Any:
    """Return the form of a step of the menu."""
    menu = await hass.config_entries.subentries.async_init((entry.entry_id, "codec"), context={"source": "user"})
    assert menu["type"] is FlowResultType.MENU
    return await hass.config_entries.subentries.async_configure(menu["flow_id"], {"next_step_id": step})


async def configure(hass: HomeAssistant, form: Any, **values: Any) -> Any:
    """Return the answer to the input of a form."""
    return await hass.config_entries.subentries.async_configure(form["flow_id"], values)


def suggested(form: Any) -> dict[str, Any]:
    """Return the values that a form proposes."""
    return {
        str(field): field.description["suggested_value"]
        for field in form["data_schema"].schema
        if field.description and field.description.get("suggested_value") not in (None, "", [])
    }


@pytest.mark.parametrize("kind", ["ttn", "chirpstack"])
async def test_a_codec_of_a_list(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], lists: CodecLists, kind: str
) -> None:
    sim.uplink("meter", "00d728")
    await wait_for_state(hass, f"sensor.{METER}_payload", "00d728")
    form = await start(hass, entry, "list")
    form = await configure(hass, form, list=kind, maker="Pushwire Sensors", address=lists.url)
    assert form["step_id"] == "list_model"
    form = await configure(hass, form, model="th-1")
    assert form["step_id"] == "javascript"
    assert suggested(form) == {"title": f"{MAKER} th-1", "code": SCRIPT}
    source = form["description_placeholders"]["source"]
    assert source.startswith(f"{lists.url}/vendor")
    form = await configure(hass, form, **suggested(form), devices=[METER])
    assert form["step_id"] == "test"
    assert (await configure(hass, form, save=True))["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert source == f"{subentry.data['source']} (SHA-256 {subentry.data['sha256']})"
    # The codec is kept, and the list is not asked again.
    requests = len(lists.requests)
    await hass.config_entries.async_reload(entry.entry_id)
    sim.uplink("meter", "00d828")
    await wait_for_state(hass, f"sensor.{METER}_temperature", "21.6")
    assert len(lists.requests) == requests
    # A change of its devices leaves the script as it was published.
    form = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "codec"), context={"source": "reconfigure", "subentry_id": subentry.subentry_id}
    )
    assert (form["description_placeholders"] or {})["source"] == source
    form = await configure(hass, form, title="All", code=SCRIPT, name_pattern="*")
    await configure(hass, form, save=True)
    (changed,) = entry.subentries.values()
    assert (changed.data["name_pattern"], changed.data["source"]) == ("*", subentry.data["source"])


async def test_a_codec_of_an_address(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], lists: CodecLists
) -> None:
    form = await start(hass, entry, "url")
    path = f"/vendor/{MAKER}/th-1.js"
    address = lists.url.replace("//", "//me:secret@")
    form = await configure(hass, form, url=f"{address}{path}?token=secret#top")
    assert suggested(form) == {"code": SCRIPT}
    source, _, _ = (form["description_placeholders"] or {})["source"].partition(" ")
    assert source == lists.url + path
    # What a person changes is no longer what was published.
    code = SCRIPT.replace("/ 10", "/ 100")
    form = await configure(hass, form, title="Own", code=code, name_pattern="*")
    await configure(hass, form, save=True)
    (subentry,) = entry.subentries.values()
    assert subentry.data == {"kind": "javascript", "code": code, "name_pattern": "*"}


@pytest.mark.parametrize(
    "path,error",
    [
        ("/missing.js", "codec_list_missing"),
        ("/busy.js", "codec_list_unreachable"),
        ("/large.js", "codec_list_unreadable"),
        ("/picture.js", "codec_list_unreadable"),
    ],
)
async def test_addresses_that_cannot_be_read(
    hass: HomeAssistant, entry: ConfigEntry[Any], lists: CodecLists, path: str, error: str
) -> None:
    form = await start(hass, entry, "url")
    form = await configure(hass, form, url=lists.url + path)
    assert (form["step_id"], form["errors"]) == ("url", {"url": error})


@pytest.mark.parametrize("url", ["", "codec.js", "file:///etc/passwd", "http://", "http://[", "https:///x"])
async def test_bad_addresses(hass: HomeAssistant, entry: ConfigEntry[Any], url: str) -> None:
    form = await start(hass, entry, "url")
    form = await configure(hass, form, url=url)
    assert form["errors"] == {"url": "codec_list_bad_url"}


async def test_a_server_that_is_gone(hass: HomeAssistant, entry: ConfigEntry[Any], lists: CodecLists) -> None:
    async with CodecLists() as other:
        url = other.url
    form = await start(hass, entry, "list")
    form = await configure(hass, form, list="ttn", maker=MAKER, address=url)
    assert form["errors"] == {"base": "codec_list_unreachable"}
    # The form can be corrected.
    form = await configure(hass, form, list="ttn", maker=MAKER, address=lists.url)
    assert form["step_id"] == "list_model"


@pytest.mark.parametrize(
    "kind,maker,error",
    [
        ("ttn", "unknown", "codec_list_missing"),
        ("ttn", "../vendor/pushwire-sensors", "codec_list_missing"),
        ("ttn", "broken", "codec_list_unreadable"),
        ("ttn", "empty", "codec_list_empty"),
        ("chirpstack", "broken", "codec_list_unreadable"),
    ],
)
async def test_makers_that_cannot_be_read(
    hass: HomeAssistant, entry: ConfigEntry[Any], lists: CodecLists, kind: str, maker: str, error: str
) -> None:
    form = await start(hass, entry, "list")
    form = await configure(hass, form, list=kind, maker=maker, address=lists.url)
    assert (form["step_id"], form["errors"]) == ("list", {"base": error})


@pytest.mark.parametrize(
    "kind,model,error",
    [
        ("ttn", "th-2", "codec_list_no_codec"),
        ("ttn", "th-3", "codec_list_missing"),
        ("ttn", "th-4", "codec_list_missing"),
        ("chirpstack", "th-2", "codec_list_no_codec"),
    ],
)
async def test_models_that_cannot_be_read(
    hass: HomeAssistant, entry: ConfigEntry[Any], lists: CodecLists, kind: str, model: str, error: str
) -> None:
    form = await start(hass, entry, "list")
    form = await configure(hass, form, list=kind, maker=MAKER, address=lists.url)
    form = await configure(hass, form, model=model)
    assert (form["step_id"], form["errors"]) == ("list_model", {"base": error})


async def start_repair(hass: HomeAssistant, sim: ResiotSimulator, eui: str) -> RepairsFlow:
    """Return the repair flow of a device whose payloads nothing decodes."""
    issues = ir.async_get(hass).issues
    for number in range(3):
        sim.uplink("meter", f"00d72{number}")
        await wait_for_state(hass, f"sensor.{eui}_payload", f"00d72{number}")
    (issue,) = [issue for (_, key), issue in issues.items() if key.startswith("undecoded")]
    assert issue.is_fixable
    flow = await async_create_fix_flow(hass, issue.issue_id, issue.data)
    flow.hass, flow.handler, flow.data = hass, DOMAIN, issue.data
    return flow


async def test_the_repair_leads_to_the_form(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow: Any = await start_repair(hass, sim, METER)
    form = await flow.async_step_init()
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"]["payload"] == "00d722"
    monkeypatch.setattr("custom_components.pushwire.lorawan.repairs.HAS_NEXT_FLOW", False)
    end = await flow.async_step_confirm({})
    assert (end["reason"], end["description_placeholders"]["name"]) == ("add_codec", entry.title)
    # The entry may have been unloaded since the dialog was opened.
    monkeypatch.undo()
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await flow.async_step_confirm({}))["reason"] == "add_codec"
    await hass.config_entries.async_setup(entry.entry_id)


@pytest.mark.skipif(not HAS_NEXT_FLOW, reason="this release has no next flow of a repair")
async def test_the_form_after_a_repair_knows_the_device(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], lists: CodecLists
) -> None:
    flow: Any = await start_repair(hass, sim, METER)
    end = await flow.async_step_confirm({})
    kind, flow_id = end["next_flow"]
    assert (end["reason"], kind) == ("codec_form", "config_subentries_flow")
    # The frontend asks for the first step once more.
    await hass.config_entries.subentries.async_configure(flow_id)
    form = await hass.config_entries.subentries.async_configure(flow_id, {"next_step_id": "list"})
    form = await configure(hass, form, list="ttn", maker=MAKER, address=lists.url)
    form = await configure(hass, form, model="th-1")
    form = await configure(hass, form, **suggested(form))
    await configure(hass, form, save=True)
    issues = ir.async_get(hass).issues
    await wait_until(hass, lambda: not [key for key in issues if key[1].startswith("undecoded")])


@pytest.mark.parametrize("eui,maker", [("a8404112345678ab", "dragino"), ("70b3d5499abcde55", None)])
async def test_the_maker_is_proposed(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], eui: str, maker: str | None
) -> None:
    sim.add_node("new", eui)
    sim.uplink("new", "0102030405")
    await wait_until(hass, lambda: eui in entry.runtime_data.devices)
    assert suggested(await start(hass, entry, "list")).get("maker") == maker
