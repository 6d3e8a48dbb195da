"""Config flow: set-up, reauthentication and reconfiguration."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from simulators import ElementSimulator, ResiotSimulator
from tests.common import set_up, start_flow, start_reauth, start_reconfigure

# Field of the form that an error is about.
FIELDS = {
    "invalid_auth": "url",
    "cannot_connect": "url",
    "invalid_url": "url",
    "not_this_vendor": "url",
    "credential_missing": "rest_token",
}


@pytest.mark.parametrize("token_in", ["path", "query"])
async def test_the_address_is_used_unchanged(hass: HomeAssistant, token_in: Any) -> None:
    async with ResiotSimulator(token_in=token_in) as sim:
        entry = await set_up(hass, sim)
        assert entry.title == f"ResIOT {sim.host}"
        assert str(entry.unique_id).startswith("resiot:")
        assert sim.token not in str(entry.unique_id)
        assert entry.data == {"vendor": "resiot", **sim.user_input}
        opened = [request for request in sim.requests if request.status == 101]
        assert all(sim.socket_url.endswith(request.path) for request in opened) is (token_in == "path")
        assert all(request.query == ({} if token_in == "path" else {"token": sim.token}) for request in opened)
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "change,error",
    [
        ({"url": "http://login.resiot.io"}, "invalid_url"),
        ({"url": "Your Address"}, "invalid_url"),
        ({"url": "ws://"}, "invalid_url"),
        ({"url": "ws://[::1"}, "invalid_url"),
        ({"url": "ws://127.0.0.1:1/ws/token"}, "cannot_connect"),
        ({"url": "wss://127.0.0.1:1/ws/token", "verify_ssl": False}, "cannot_connect"),
        ({"rest_url": "login.resiot.io"}, "invalid_url"),
        ({"rest_url": "http://127.0.0.1:1"}, "credential_missing"),
        ({"rest_url": "http://127.0.0.1:1", "rest_token": "x"}, "cannot_connect"),
    ],
)
async def test_errors_can_be_corrected(
    hass: HomeAssistant, sim: ResiotSimulator, change: dict[str, Any], error: str
) -> None:
    flow_id = await start_flow(hass, "resiot")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, **change})
    # The error is at the address that was changed, except for a token that is missing.
    field = "rest_token" if error == "credential_missing" else next(iter(change))
    assert (wrong["step_id"], wrong["errors"]) == ("resiot", {field: error})
    done = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize("status,error", [(401, "invalid_auth"), (403, "invalid_auth"), (503, "not_ready")])
async def test_a_refused_socket(hass: HomeAssistant, sim: ResiotSimulator, status: int, error: str) -> None:
    sim.refuse(status, path="/ws")
    flow_id = await start_flow(hass, "resiot")
    wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert wrong["errors"] == {FIELDS.get(error, "base"): error}


async def test_an_address_without_a_socket(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    flow_id = await start_flow(hass, "resiot")
    data = {**sim.user_input, "url": f"ws://{sim.host}:{sim.port}/elsewhere"}
    wrong = await hass.config_entries.flow.async_configure(flow_id, data)
    assert wrong["errors"] == {"url": "not_this_vendor"}


async def test_setup_with_the_rest_interface(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.rest = True
    flow_id = await start_flow(hass, "resiot")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, "rest_token": "wrong"})
    assert wrong["errors"] == {"rest_token": "invalid_auth"}
    async with ElementSimulator() as other:
        wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, "rest_url": other.url})
        assert wrong["errors"] == {"rest_url": "not_this_vendor"}
    bodies: list[object] = ["no JSON", [], {"result": None}]
    for body in bodies:
        sim.refuse(200, path="/api", times=1, body=body)
        wrong = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
        assert wrong["errors"] == {"rest_url": "not_this_vendor"}, body
    done = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert done["result"].data == {"vendor": "resiot", **sim.user_input}
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.usefixtures("entry")
async def test_the_same_address_is_refused(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    flow_id = await start_flow(hass, "resiot")
    result = await hass.config_entries.flow.async_configure(flow_id, sim.user_input)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_reauth(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    unique_id, old = entry.unique_id, sim.socket_url
    sim.change_token("another-token")
    form = await start_reauth(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reauth_resiot")
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"url": old})
    assert wrong["errors"] == {"url": "invalid_auth"}
    # The unique ID is kept, because unique IDs of devices depend on it.
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"url": sim.socket_url})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["url"] == sim.socket_url
    assert entry.unique_id == unique_id


async def test_reconfigure(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    form = await start_reconfigure(hass, entry)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure")
    data = {"url": sim.socket_url, "verify_ssl": False}
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {**data, "rest_url": "here"})
    assert wrong["errors"] == {"rest_url": "invalid_url"}
    rest = {"rest_url": sim.url, "rest_token": sim.rest_token}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {**data, **rest})
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data == {"vendor": "resiot", **data, **rest}
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_keeps_the_address_and_removes_the_rest_interface(
    hass: HomeAssistant, sim: ResiotSimulator
) -> None:
    sim.rest = True
    entry = await set_up(hass, sim)
    form = await start_reconfigure(hass, entry)
    # The form does not show the secret address; an empty field keeps it.
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"verify_ssl": True})
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data == {"vendor": "resiot", "url": sim.socket_url, "verify_ssl": True}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure_does_not_send_the_token_to_another_host(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.rest = True
    entry = await set_up(hass, sim)
    async with ResiotSimulator(rest=True) as other:
        form = await start_reconfigure(hass, entry)
        data = {"verify_ssl": True, "rest_url": other.url}
        wrong = await hass.config_entries.flow.async_configure(form["flow_id"], data)
        assert wrong["errors"] == {"rest_token": "credential_missing"}
        assert other.requests == []
        # At the same host, the saved token is used.
        data["rest_url"] = f"{sim.url}/"
        done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
        assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("url", ["host", "wss://", "https://host/ws", "wss://host:99999/ws", "wss://two words/ws"])
async def test_an_address_that_cannot_be_understood(hass: HomeAssistant, sim: ResiotSimulator, url: str) -> None:
    flow_id = await start_flow(hass, "resiot")
    wrong = await hass.config_entries.flow.async_configure(flow_id, {**sim.user_input, "url": url})
    assert wrong["errors"] == {"url": "invalid_url"}
