"""Config flow: setup, reauthentication and reconfiguration."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator
from tests.common import set_up, start_flow, start_reauth, start_reconfigure

pytestmark = pytest.mark.usefixtures("quick_hub")

# Field of the form that an error is about.
FIELDS = {"invalid_auth": "password", "cannot_connect": "host", "invalid_url": "host", "not_this_vendor": "host"}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_setup(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    assert entry.title == "LIVISI SmartHome"
    assert entry.unique_id == f"livisi:{sim.serial_number}"
    assert entry.data == {"vendor": "livisi", **sim.user_input}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("template", ["  {}  ", "http://{}", "http://{}/#/home"])
async def test_pasted_addresses(hass: HomeAssistant, sim: LivisiSimulator, template: str) -> None:
    flow_id = await start_flow(hass, "livisi")
    data = {**sim.user_input, "host": template.format(sim.user_input["host"])}
    done = await hass.config_entries.flow.async_configure(flow_id, data)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize(
    "change,error",
    [
        ({"password": "wrong"}, "invalid_auth"),
        ({"host": "127.0.0.1:1"}, "cannot_connect"),
        ({"host": "https://hub"}, "invalid_url"),
        ({"host": "my hub"}, "invalid_url"),
        ({"host": "hub:port"}, "invalid_url"),
    ],
)
async def test_errors_can_be_corrected(
    hass: HomeAssistant, sim: LivisiSimulator, change: dict[str, Any], error: str
) -> None:
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **change})
    assert wrong["errors"] == {FIELDS.get(error, "base"): error}
    done = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(done["result"].entry_id)


async def test_another_system_at_the_address(hass: HomeAssistant) -> None:
    flow_id = await start_flow(hass, "livisi")
    async with DeconzSimulator() as other:
        data = {"host": f"{other.host}:{other.port}", "password": "x"}
        wrong = await hass.config_entries.flow.async_configure(flow_id, data)
    assert wrong["errors"] == {"host": "not_this_vendor"}


async def test_a_hub_that_is_starting(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    sim.starting = True
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "hub_starting"}


async def test_a_locked_account(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    sim.lock_account()
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "account_locked"}
    assert sim.logins == 1


async def test_terms_that_were_not_accepted(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    sim.terms_accepted = False
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "terms_not_accepted"}


async def test_a_websocket_that_cannot_be_opened(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    sim.refuse(404, path="/events", body="nothing here")
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"host": "not_this_vendor"}


async def test_an_unexpected_error(hass: HomeAssistant, sim: LivisiSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.api.client.LivisiClient.status", fail)
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {"base": "unknown"}


async def test_the_same_hub_twice(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    flow_id = await start_flow(hass, "livisi")
    result = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reauth(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.change_password("another one")
    form = await start_reauth(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reauth_livisi")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"password": "wrong"})
    assert wrong["errors"] == {"password": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"password": "another one"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["password"] == "another one"


async def test_reconfigure(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    form = await start_reconfigure(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": "127.0.0.1:1"})
    assert wrong["errors"] == {"host": "cannot_connect"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": f"http://127.0.0.1:{sim.port}"})
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["host"] == f"http://127.0.0.1:{sim.port}"
    assert entry.state is ConfigEntryState.LOADED


async def test_another_hub_is_another_account(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    async with LivisiSimulator(version="v1") as other:
        form = await start_reconfigure(hass, entry)
        menu = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": other.user_input["host"]})
        assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "take_over")
        done = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "take_over_decline"})
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "wrong_account")


async def test_another_system_does_not_receive_the_password(hass: HomeAssistant) -> None:
    async with ElementSimulator() as other:
        flow_id = await start_flow(hass, "livisi")
        data = {"host": f"{other.host}:{other.port}", "password": "secret of the hub"}
        wrong = await hass.config_entries.flow.async_configure(flow_id, data)
        assert wrong["errors"] == {"host": "not_this_vendor"}
        assert [request.path for request in other.requests] == ["/status"]
        assert "secret" not in str([(request.headers, request.body) for request in other.requests])


@pytest.mark.parametrize("host", ["", "http://", "https://hub.local", "hub.local:99999", "two words", "[::1"])
async def test_a_host_that_cannot_be_understood(hass: HomeAssistant, host: str) -> None:
    flow_id = await start_flow(hass, "livisi")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {"host": host, "password": "x"})
    assert wrong["errors"] == {"host": "invalid_url"}
