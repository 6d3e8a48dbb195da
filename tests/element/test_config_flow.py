"""Config flow: set-up, reauthentication and reconfiguration."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulators import ElementSimulator
from tests.common import set_up, start_flow, start_reauth, start_reconfigure, wait_until

MANDATE = {"scope": "mandate", "ids": [], "sources": ["readings", "packets"]}

# Field of the form that an error is about.
FIELDS = {
    "invalid_auth": "api_key",
    "cannot_connect": "host",
    "invalid_url": "host",
    "not_this_vendor": "host",
    "ids_missing": "ids",
    "sources_missing": "sources",
    "scope_forbidden": "scope",
    "credential_missing": "api_key",
}


async def open_scope_form(hass: HomeAssistant, sim: ElementSimulator) -> str:
    """Return the ID of a flow at the form of the scope."""
    flow_id = await start_flow(hass, "element")
    form = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert (form["type"], form["step_id"], form["errors"]) == (FlowResultType.FORM, "element_scope", {})
    return flow_id


async def assert_flow_completes(hass: HomeAssistant, flow_id: str, data: dict[str, Any]) -> None:
    """Check that a flow can be completed."""
    done = await hass.config_entries.flow.async_configure(flow_id, data)
    assert done["type"] is FlowResultType.CREATE_ENTRY, done
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize("scope", ["mandate", "stream", "tag", "device"])
async def test_setup_of_each_scope(hass: HomeAssistant, scope: Any) -> None:
    async with ElementSimulator(scope=scope, rate=5000) as sim:
        entry = await set_up(hass, sim)
        assert entry.title == "Stadtwerke Muster"
        assert entry.unique_id == f"element:{sim.world['mandate']['id']}"
        assert entry.data == {"vendor": "element", **sim.user_input, **sim.steps[0]["data"]}
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("path", ["", "/", "/api/v1/devices?auth=secret"])
async def test_a_pasted_address_is_reduced_to_its_origin(hass: HomeAssistant, sim: ElementSimulator, path: str) -> None:
    flow_id = await start_flow(hass, "element")
    pasted = {**sim.user_input, "host": f" {sim.url}{path} "}
    form = await hass.config_entries.flow.async_configure(flow_id, pasted)
    assert form["step_id"] == "element_scope"
    await assert_flow_completes(hass, flow_id, MANDATE)
    # The path and the query, which may contain a key, are not stored.
    assert hass.config_entries.async_entries("pushwire")[0].data["host"] == sim.url


@pytest.mark.parametrize(
    "change,error",
    [
        ({"api_key": "wrong"}, "invalid_auth"),
        ({"host": "http://127.0.0.1:1"}, "cannot_connect"),
        ({"host": "127.0.0.1:1"}, "cannot_connect"),
        ({"host": "http://[::1"}, "invalid_url"),
        ({"host": "ftp://element-iot.com"}, "invalid_url"),
        ({"host": "  "}, "invalid_url"),
    ],
)
async def test_errors_of_host_and_key_can_be_corrected(
    hass: HomeAssistant, sim: ElementSimulator, change: dict[str, str], error: str
) -> None:
    flow_id = await start_flow(hass, "element")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **change})
    assert (wrong["step_id"], wrong["errors"]) == ("element", {FIELDS.get(error, "base"): error})
    form = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert form["step_id"] == "element_scope"
    await assert_flow_completes(hass, flow_id, MANDATE)


@pytest.mark.parametrize(
    "status,body,error",
    [
        (429, None, "not_ready"),
        (503, None, "not_ready"),
        (500, None, "cannot_connect"),
        (404, None, "not_this_vendor"),
        (200, "<html>Welcome</html>", "not_this_vendor"),
        (200, [1, 2], "not_this_vendor"),
        (200, {"ok": True}, "not_this_vendor"),
        (200, {"ok": False, "body": None}, "cannot_connect"),
        (200, {"ok": True, "body": [7]}, "scope_forbidden"),
        (200, {"ok": True, "body": {}}, "scope_forbidden"),
    ],
)
async def test_unexpected_answers(
    hass: HomeAssistant, sim: ElementSimulator, status: int, body: object, error: str
) -> None:
    sim.refuse(status, body=body)
    flow_id = await start_flow(hass, "element")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    # This form has no scope.
    assert wrong["errors"] == {"base" if error == "scope_forbidden" else FIELDS.get(error, "base"): error}
    sim.allow()
    form = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert form["step_id"] == "element_scope"


async def test_an_unexpected_error(hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("custom_components.pushwire.vendors.element.config_flow.identify", fail)
    flow_id = await start_flow(hass, "element")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "unknown"}


async def test_a_limited_key_cannot_follow_the_mandate(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.limit_key("building", role="read_only")
    flow_id = await open_scope_form(hass, sim)
    wrong = await hass.config_entries.flow.async_configure(flow_id, MANDATE)
    assert (wrong["step_id"], wrong["errors"]) == ("element_scope", {"scope": "scope_forbidden"})
    foreign = {**MANDATE, "scope": "tag", "ids": [sim.resolve("city")]}
    wrong = await hass.config_entries.flow.async_configure(flow_id, foreign)
    assert wrong["errors"] == {"scope": "scope_forbidden"}
    await assert_flow_completes(hass, flow_id, {**MANDATE, "scope": "tag", "ids": [f" {sim.resolve('building')} ", ""]})
    assert hass.config_entries.async_entries("pushwire")[0].data["ids"] == [sim.resolve("building")]


async def test_a_key_without_access_to_mandates(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.refuse(403, path="/api/v1/mandates")
    flow_id = await open_scope_form(hass, sim)
    await assert_flow_completes(hass, flow_id, MANDATE)
    entry = hass.config_entries.async_entries("pushwire")[0]
    assert entry.unique_id == f"element:{sim.world['mandate']['id']}"
    assert entry.title == "127.0.0.1"


@pytest.mark.parametrize(
    "data,error",
    [
        ({"scope": "stream"}, "ids_missing"),
        ({"scope": "tag", "ids": [" "]}, "ids_missing"),
        ({"sources": []}, "sources_missing"),
        ({"scope": "device", "ids": ["0e3a46b0-0000-0000-0000-000000000000"]}, "scope_forbidden"),
    ],
)
async def test_errors_of_the_scope_can_be_corrected(
    hass: HomeAssistant, sim: ElementSimulator, data: dict[str, Any], error: str
) -> None:
    flow_id = await open_scope_form(hass, sim)
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**MANDATE, **data})
    assert (wrong["step_id"], wrong["errors"]) == ("element_scope", {FIELDS.get(error, "base"): error})
    await assert_flow_completes(hass, flow_id, MANDATE)


@pytest.mark.usefixtures("entry")
async def test_the_same_mandate_is_refused(hass: HomeAssistant, sim: ElementSimulator) -> None:
    flow_id = await start_flow(hass, "element")
    result = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reauth(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    sim.keys["fresh"] = sim.keys[sim.api_key]
    form = await start_reauth(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reauth_element")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "wrong"})
    assert wrong["errors"] == {"api_key": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "fresh"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["api_key"] == "fresh"
    assert entry.data["scope"] == "mandate"


async def test_reauth_refuses_a_key_of_another_mandate(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    form = await start_reauth(hass, entry)
    sim.world["mandate"]["id"] = "another"
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": sim.api_key})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")


async def test_reconfigure_changes_the_scope(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    form = await start_reconfigure(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
    data = {"host": sim.url, "scope": "device", "ids": [sim.resolve("climate")], "sources": ["readings"]}
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {**data, "ids": []})
    assert wrong["errors"] == {"ids": "ids_missing"}
    # The saved key is not sent to another host.
    elsewhere = {**data, "host": "http://127.0.0.1:1"}
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], elsewhere)
    assert wrong["errors"] == {"api_key": "credential_missing"}
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {**elsewhere, "api_key": sim.api_key})
    assert wrong["errors"] == {"host": "cannot_connect"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {"vendor": "element", "api_key": sim.api_key, **data}
    # Devices outside the new scope are removed, and the others are kept.
    assert set(entry.runtime_data.devices) == {sim.resolve("climate")}
    assert hass.states.get("sensor.keller_kellertur_last_uplink") is None
    await wait_until(hass, lambda: hass.states.get("sensor.gebaude_klima_buro_temperature") is not None)
