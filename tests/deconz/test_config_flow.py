"""Config flow: set-up, reauthentication, reconfiguration and discovery."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_SSDP,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service_info.ssdp import SsdpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.repairs import async_create_fix_flow
from custom_components.pushwire.vendors.deconz.repairs import CertificateRepairFlow, report_certificate
from custom_components.pushwire.wire.address import may_be_announced
from custom_components.pushwire.wire.errors import CannotConnect
from simulators import DeconzSimulator, ElementSimulator
from tests.common import set_up, start_flow, start_reauth, start_reconfigure, wait_reconnected, wait_until
from tests.deconz.common import certificate

pytestmark = pytest.mark.usefixtures("quick_links")

# Field of the form that an error is about.
FIELDS = {"invalid_auth": "api_key", "cannot_connect": "host", "invalid_url": "host", "not_this_vendor": "host"}


def address(sim: DeconzSimulator) -> dict[str, Any]:
    """Return the address of a simulator."""
    return {"host": sim.host, "port": sim.port}


async def test_with_a_key(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    assert entry.title == "Phoscon-GW"
    assert entry.unique_id == "deconz:00212EFFFF012345"
    assert entry.data == {"vendor": "deconz", **address(sim), "api_key": sim.api_key}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_a_key(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    flow_id = await start_flow(hass, "deconz")
    link = await hass.config_entries.flow.async_configure(flow_id, address(sim))
    assert (link["type"], link["step_id"]) == (FlowResultType.FORM, "deconz_link")
    locked = await hass.config_entries.flow.async_configure(flow_id, {})
    assert locked["errors"] == {"base": "link_not_unlocked"}
    sim.unlock()
    done = await hass.config_entries.flow.async_configure(flow_id, {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = done["result"]
    assert entry.data["own_key"] is True
    key = entry.data["api_key"]
    assert key in sim.keys
    await hass.config_entries.async_remove(entry.entry_id)
    assert key not in sim.keys


async def test_the_advanced_port_is_used(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.advertised_ws_port = 1
    flow_id = await start_flow(hass, "deconz")
    data = {**sim.user_input, "advanced": {"websocket_port": sim.ws_port, "use_tls": False}}
    done = await hass.config_entries.flow.async_configure(flow_id, data)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize(
    "change,error",
    [
        ({"api_key": "FFFFFFFFFF"}, "invalid_auth"),
        ({"port": 1}, "cannot_connect"),
        ({"advanced": {"websocket_port": 1, "use_tls": False}}, "socket_blocked"),
        ({"advanced": {"use_tls": True}}, "cannot_connect"),
        ({"host": ""}, "invalid_url"),
        ({"host": "two words"}, "invalid_url"),
        ({"host": "https://127.0.0.1"}, "cannot_connect"),
        ({"host": "ftp://127.0.0.1"}, "invalid_url"),
        ({"host": "127.0.0.1:99999"}, "invalid_url"),
        ({"host": "", "api_key": ""}, "invalid_url"),
    ],
)
async def test_errors_can_be_mended(
    hass: HomeAssistant, sim: DeconzSimulator, change: dict[str, Any], error: str
) -> None:
    flow_id = await start_flow(hass, "deconz")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **change})
    assert wrong["errors"] == {FIELDS.get(error, "base"): error}
    done = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("text", ["http://{host}:{port}/pwa/", "{host}:{port}", " http://{host}:{port} "])
async def test_a_pasted_address_is_understood(
    hass: HomeAssistant, sim: DeconzSimulator, text: str, *, key: bool
) -> None:
    flow_id = await start_flow(hass, "deconz")
    data = {**sim.user_input, "host": text.format(host=sim.host, port=sim.port), "port": 80}
    if not key:
        sim.unlock()
        del data["api_key"]
    result = await hass.config_entries.flow.async_configure(flow_id, data)
    if not key:
        assert result["step_id"] == "deconz_link"
        result = await hass.config_entries.flow.async_configure(flow_id, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"]["host"], result["data"]["port"]) == (sim.host, sim.port)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_another_system_answers(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    flow_id = await start_flow(hass, "deconz")
    async with ElementSimulator() as other:
        wrong = await hass.config_entries.flow.async_configure(flow_id, {"host": other.host, "port": other.port})
        assert wrong["errors"] == {"host": "not_this_vendor"}


async def test_a_gateway_that_is_starting(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    sim.radio_not_ready = True
    flow_id = await start_flow(hass, "deconz")
    wrong = await hass.config_entries.flow.async_configure(flow_id, address(sim))
    assert wrong["errors"] == {"base": "not_ready"}


async def test_an_unexpected_fault(hass: HomeAssistant, sim: DeconzSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.config_flow.fetch_identity", fail)
    flow_id = await start_flow(hass, "deconz")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "unknown"}


@pytest.mark.parametrize("with_key", [True, False])
async def test_the_same_gateway_twice(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], *, with_key: bool
) -> None:
    flow_id = await start_flow(hass, "deconz")
    data = sim.user_input if with_key else address(sim)
    result = await hass.config_entries.flow.async_configure(flow_id, data)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reauth(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    form = await start_reauth(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reauth_deconz")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "FFFFFFFFFF"})
    assert wrong["errors"] == {"api_key": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": sim.api_key})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_a_key_of_another_application_is_not_deleted(hass: HomeAssistant) -> None:
    async with DeconzSimulator(link=True) as sim:
        sim.unlock()
        entry = await set_up(hass, sim)
        assert entry.data["own_key"] is True
        for same in (True, False):
            key = entry.data["api_key"] if same else "0123456789"
            form = await start_reauth(hass, entry)
            done = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": key})
            assert done["reason"] == "reauth_successful"
            await hass.async_block_till_done()
            assert entry.data.get("own_key", False) is same
        await hass.config_entries.async_remove(entry.entry_id)
        assert "0123456789" in sim.keys


async def test_reconfigure(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    form = await start_reconfigure(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": sim.host, "port": 1})
    assert wrong["errors"] == {"host": "cannot_connect"}
    data = {**address(sim), "advanced": {"websocket_port": sim.ws_port, "use_tls": False}}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["advanced"]["websocket_port"] == sim.ws_port
    assert entry.data["api_key"] == sim.api_key
    assert entry.state is ConfigEntryState.LOADED


@pytest.fixture(autouse=True)
def _announced_by_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept the addresses of simulators in announcements."""
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.config_flow.may_be_announced", bool)


IDENTITY = {"modelid": "deCONZ", "bridgeid": "00212EFFFF012345"}


def announced(sim: DeconzSimulator) -> SsdpServiceInfo:
    """Return the announcement of a gateway."""
    return SsdpServiceInfo(
        ssdp_usn="uuid:2f402f80-da50-11e1-9b23-00212e012345",
        ssdp_st="upnp:rootdevice",
        ssdp_location=f"http://{sim.host}:{sim.port}/description.xml",
        upnp={"manufacturer": "Royal Philips Electronics", "serialNumber": "00212E012345"},
    )


async def discover(hass: HomeAssistant, info: SsdpServiceInfo) -> ConfigFlowResult:
    """Start a discovery flow."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_SSDP}, data=info)


async def test_discovery(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    found = await discover(hass, announced(sim))
    assert (found["type"], found["step_id"]) == (FlowResultType.FORM, "deconz_link")
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"Phoscon-GW ({sim.host})"}
    again = await discover(hass, announced(sim))
    assert again["reason"] == "already_in_progress"
    sim.unlock()
    done = await hass.config_entries.flow.async_configure(found["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert done["result"].unique_id == "deconz:00212EFFFF012345"
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize("link", [False, True])
async def test_manual_set_up_of_a_discovered_gateway(hass: HomeAssistant, *, link: bool) -> None:
    async with DeconzSimulator(link=link) as sim:
        await discover(hass, announced(sim))
        sim.unlock()
        entry = await set_up(hass, sim)
        assert not hass.config_entries.flow.async_progress()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_discovery_updates_a_changed_address(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    # The gateway still answers at an address other than the announced one.
    elsewhere = announced(sim)
    elsewhere.ssdp_location = f"http://[::1]:{sim.port}/description.xml"
    with patch("custom_components.pushwire.vendors.deconz.config_flow.fetch_identity", return_value=IDENTITY):
        assert (await discover(hass, elsewhere))["reason"] == "already_configured"
    assert entry.data["host"] == sim.host
    coordinator = entry.runtime_data
    with (
        patch("custom_components.pushwire.vendors.deconz.config_flow.fetch_identity", return_value=IDENTITY),
        patch.object(type(coordinator), "seconds_lost", 61),
    ):
        assert (await discover(hass, elsewhere))["reason"] == "already_configured"
    assert entry.data["host"] == sim.host
    hass.config_entries.async_update_entry(entry, data={**entry.data, "port": 1})
    # While the gateway is connected, or only just lost, no announcement is followed.
    assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert entry.data["port"] == 1
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: coordinator.seconds_lost > 0)
    sim.allow()
    assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert entry.data["port"] == 1
    with patch.object(type(coordinator), "seconds_lost", 61):
        assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert (entry.data["host"], entry.data["port"]) == (sim.host, sim.port)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    # An entry that could not be set up has no connection that could be lost.
    hass.config_entries.async_update_entry(entry, data={**entry.data, "port": 1})
    await hass.config_entries.async_reload(entry.entry_id)
    assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert entry.data["port"] == sim.port
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("fingerprint,followed", [("aa" * 32, True), ("bb" * 32, False), (None, False)])
async def test_discovery_follows_only_the_pinned_certificate(
    hass: HomeAssistant, sim: DeconzSimulator, fingerprint: str | None, *, followed: bool
) -> None:
    data = {"vendor": "deconz", "host": "192.0.2.1", "port": 443, "advanced": {"use_tls": True}, "api_key": "x"}
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id="deconz:00212EFFFF012345",
        data={**data, "fingerprint": "aa" * 32},
        disabled_by=ConfigEntryDisabler.USER,
    )
    entry.add_to_hass(hass)
    flow = "custom_components.pushwire.vendors.deconz.config_flow"
    answer = {"side_effect": CannotConnect} if fingerprint is None else {"return_value": bytes.fromhex(fingerprint)}
    with (
        patch(f"{flow}.DeconzSteps._is_reachable", return_value=False),
        patch(f"{flow}.fetch_fingerprint", **answer),
    ):
        assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert entry.data["host"] == (sim.host if followed else "192.0.2.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "224.0.0.1", "8.8.8.8", "gateway.local", "[fe80::1]"])
async def test_an_odd_announced_address_is_not_asked(hass: HomeAssistant, sim: DeconzSimulator, host: str) -> None:
    info = announced(sim)
    info.ssdp_location = f"http://{host}:{sim.port}/description.xml"
    with patch("custom_components.pushwire.vendors.deconz.config_flow.may_be_announced", may_be_announced):
        assert (await discover(hass, info))["reason"] == "not_this_vendor"
    assert sim.requests == []


async def test_another_gateway_does_not_receive_the_key(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    async with DeconzSimulator() as other:
        other.bridge_id = "00212EFFFF0FFFFF"
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], address(other))
        assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "take_over")
        assert other.requests
        assert not [request for request in other.requests if sim.api_key in request.path]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_discovery_keeps_the_port_for_encryption(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id="deconz:00212EFFFF012345",
        data={"vendor": "deconz", "host": "192.0.2.1", "port": 443, "advanced": {"use_tls": True}, "api_key": "x"},
        disabled_by=ConfigEntryDisabler.USER,
    )
    entry.add_to_hass(hass)
    with patch("custom_components.pushwire.vendors.deconz.config_flow.DeconzSteps._is_reachable", return_value=False):
        assert (await discover(hass, announced(sim)))["reason"] == "already_configured"
    assert (entry.data["host"], entry.data["port"]) == (sim.host, 443)


async def test_discovery_of_another_system(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    nowhere = announced(sim)
    nowhere.ssdp_location = None
    assert (await discover(hass, nowhere))["reason"] == "not_this_vendor"
    async with ElementSimulator() as other:
        info = announced(sim)
        info.ssdp_location = f"http://{other.host}:{other.port}/description.xml"
        assert (await discover(hass, info))["reason"] == "not_this_vendor"
    sim.radio_not_ready = True
    assert (await discover(hass, announced(sim)))["reason"] == "not_ready"


async def test_the_address_of_the_core_integration_is_suggested(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    core = MockConfigEntry(domain="deconz", unique_id="00212EFFFF012345", data={**address(sim), "api_key": "theirs"})
    core.add_to_hass(hass)
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "deconz"})
    suggested = {
        str(key): key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key.description is not None
    }
    assert suggested == address(sim)
    link = await hass.config_entries.flow.async_configure(form["flow_id"], suggested)
    sim.unlock()
    done = await hass.config_entries.flow.async_configure(link["flow_id"], {})
    await hass.async_block_till_done()
    entry = done["result"]
    # The entry's own key is deleted with it; the other key stays.
    assert entry.data["api_key"] != "theirs"
    again = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(again["flow_id"], {"next_step_id": "deconz"})
    assert not [key for key in form["data_schema"].schema if key.description is not None]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_options(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    offered = {
        str(key): {option["label"] for option in value.config["options"]}
        for key, value in form["data_schema"].schema.items()
        if hasattr(value, "config")
    }
    assert "Steckdose Garten" in offered["as_light"]
    assert "Keller" in offered["as_switch"]
    plug = sim.light("plug_out")["uniqueid"]
    done = await hass.config_entries.options.async_configure(form["flow_id"], {"as_light": [plug], "as_switch": []})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options["as_light"] == [plug]
    await hass.config_entries.async_unload(entry.entry_id)
    # The chosen resources can be seen and removed while the gateway is offline.
    form = await hass.config_entries.options.async_init(entry.entry_id)
    value = next(value for key, value in form["data_schema"].schema.items() if key == "as_light")
    assert value.config["options"] == [{"value": plug, "label": plug}]


@pytest.fixture
def resets_forgiven(hass: HomeAssistant) -> None:
    """Ignore errors of the simulator's side of a refused handshake."""
    usual = hass.loop.get_exception_handler()
    assert usual is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), ConnectionResetError):
            usual(loop, context)

    hass.loop.set_exception_handler(handle)


@pytest.mark.usefixtures("resets_forgiven")
@pytest.mark.parametrize("shared_port", [True, False])
async def test_only_the_certificate_of_the_set_up_is_trusted(
    hass: HomeAssistant, tmp_path: Path, *, shared_port: bool
) -> None:
    sim = DeconzSimulator(shared_port=shared_port)
    sim.tls, fingerprint = certificate(tmp_path)
    async with sim:
        flow_id = await start_flow(hass, "deconz")
        encrypted = {"advanced": {"use_tls": True}}
        done = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **encrypted})
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        entry = done["result"]
        assert entry.data["fingerprint"] == fingerprint.hex()
        sim.set_sensor_state("temperature", temperature=1234)
        await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_temperature", "12.34"))
        # Another server, or the same gateway after an update: only a person can decide.
        sim.tls, other = certificate(tmp_path)
        await sim.restart()
        stream = entry.runtime_data.streams[0]
        await wait_until(hass, lambda: stream.statistics.last_error == "certificate_changed")
        assert sim.open_sockets == 0
        form = await start_reconfigure(hass, entry)
        done = await hass.config_entries.flow.async_configure(form["flow_id"], {**address(sim), **encrypted})
        assert done["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.data["fingerprint"] == other.hex()
        assert entry.state is ConfigEntryState.LOADED
        await wait_reconnected(hass, entry, 0)
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("resets_forgiven")
async def test_a_gateway_behind_a_tls_proxy(hass: HomeAssistant, tmp_path: Path) -> None:
    sim = DeconzSimulator()
    sim.tls, _ = certificate(tmp_path)
    sim.behind_tls_proxy = True
    async with sim:
        flow_id = await start_flow(hass, "deconz")
        data = {**sim.user_input, "advanced": {"use_tls": True}}
        wrong = await hass.config_entries.flow.async_configure(flow_id, data)
        assert wrong["errors"] == {"base": "secure_socket_missing"}
        # A forwarded socket has a port that the gateway does not know either.
        data["advanced"]["websocket_port"] = sim.ws_port
        done = await hass.config_entries.flow.async_configure(flow_id, data)
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(done["result"].entry_id)


async def open_repair(hass: HomeAssistant, issue: ir.IssueEntry) -> CertificateRepairFlow:
    """Return the flow that fixes an issue, as Home Assistant opens it."""
    flow = await async_create_fix_flow(hass, issue.issue_id, dict(issue.data or {}))
    assert isinstance(flow, CertificateRepairFlow)
    flow.hass = hass
    return flow


@pytest.mark.usefixtures("resets_forgiven", "quick_links")
@pytest.mark.parametrize("during_set_up", [True, False])
async def test_another_certificate_is_accepted_by_a_person(
    hass: HomeAssistant, tmp_path: Path, *, during_set_up: bool
) -> None:
    sim = DeconzSimulator()
    sim.tls, old = certificate(tmp_path)
    async with sim:
        flow_id = await start_flow(hass, "deconz")
        data = {**sim.user_input, "advanced": {"use_tls": True}}
        done = await hass.config_entries.flow.async_configure(flow_id, data)
        await hass.async_block_till_done()
        entry = done["result"]
        if during_set_up:
            await hass.config_entries.async_unload(entry.entry_id)
        sim.tls, new = certificate(tmp_path)
        await sim.restart()
        if during_set_up:
            await hass.config_entries.async_setup(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
        issues = ir.async_get(hass)
        issue_id = f"certificate_changed_{entry.entry_id}"
        await wait_until(hass, lambda: issues.async_get_issue(DOMAIN, issue_id) is not None)
        issue = issues.async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        flow = await open_repair(hass, issue)
        form = await flow.async_step_init()
        placeholders = form["description_placeholders"]
        assert placeholders is not None
        assert [placeholders[name].replace(":", "").lower() for name in ("old", "new")] == [old.hex(), new.hex()]
        # A certificate that changes once more is shown again.
        sim.tls, newest = certificate(tmp_path)
        await sim.restart()
        form = await flow.async_step_confirm({})
        assert form["type"] is FlowResultType.FORM
        accepted = await flow.async_step_confirm({})
        assert accepted["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        assert entry.data["fingerprint"] == newest.hex()
        assert issues.async_get_issue(DOMAIN, issue_id) is None
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_issue_of_a_certificate_ends_with_the_entry(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    report_certificate(hass, entry)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"certificate_changed_{entry.entry_id}")
    assert issue is not None
    await sim.stop()
    flow = await open_repair(hass, issue)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "port": 1})
    assert (await flow.async_step_init())["reason"] == "cannot_connect"
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [key for key in ir.async_get(hass).issues if key[0] == DOMAIN]


async def test_a_vendor_without_repairs(hass: HomeAssistant) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"vendor": "livisi"})
    entry.add_to_hass(hass)
    with pytest.raises(HomeAssistantError):
        await async_create_fix_flow(hass, "x", {"entry_id": entry.entry_id})
