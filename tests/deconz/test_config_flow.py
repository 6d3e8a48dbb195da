"""Setting a gateway up, and giving it a new key or address."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulators import DeconzSimulator, ElementSimulator
from tests.common import set_up, start_flow, start_reauth, start_reconfigure

pytestmark = pytest.mark.usefixtures("quick_links")


def address(sim: DeconzSimulator) -> dict[str, Any]:
    """Return where a simulator is."""
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
        ({"advanced": {"websocket_port": 1, "use_tls": False}}, "cannot_connect"),
        ({"advanced": {"use_tls": True}}, "cannot_connect"),
    ],
)
async def test_errors_can_be_mended(
    hass: HomeAssistant, sim: DeconzSimulator, change: dict[str, Any], error: str
) -> None:
    flow_id = await start_flow(hass, "deconz")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **change})
    assert wrong["errors"] == {"base": error}
    done = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(done["result"].entry_id)


async def test_something_else_answers(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    flow_id = await start_flow(hass, "deconz")
    async with ElementSimulator() as other:
        wrong = await hass.config_entries.flow.async_configure(flow_id, {"host": other.host, "port": other.port})
        assert wrong["errors"] == {"base": "not_this_vendor"}


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
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reauth_confirm")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "FFFFFFFFFF"})
    assert wrong["errors"] == {"base": "invalid_auth"}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": sim.api_key})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    form = await start_reconfigure(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": sim.host, "port": 1})
    assert wrong["errors"] == {"base": "cannot_connect"}
    data = {**address(sim), "advanced": {"websocket_port": sim.ws_port, "use_tls": False}}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["advanced"]["websocket_port"] == sim.ws_port
    assert entry.data["api_key"] == sim.api_key
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_refuses_another_gateway(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DeconzSimulator() as other:
        monkeypatch.setattr("simulators.deconz.BRIDGE_ID", "00212EFFFF999999")
        form = await start_reconfigure(hass, entry)
        result = await hass.config_entries.flow.async_configure(form["flow_id"], address(other))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data["port"] == sim.port
