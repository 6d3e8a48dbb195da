"""Steps that tests of every vendor take."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.pushwire.const import DOMAIN
from simulators import Simulator


async def start_flow(hass: HomeAssistant, vendor: str) -> str:
    """Open the set-up of a vendor by the menu and return the flow's id."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert menu["type"] is FlowResultType.MENU
    form = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": vendor})
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == vendor
    return str(form["flow_id"])


async def set_up(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry[Any]:
    """Set up a simulator's system as a person would, and return the loaded entry."""
    flow_id = await start_flow(hass, simulator.vendor)
    result = await hass.config_entries.flow.async_configure(flow_id, simulator.user_input)
    for step in simulator.steps:
        assert result.get("step_id") == step["step_id"], result
        result = await hass.config_entries.flow.async_configure(flow_id, step["data"])
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry
