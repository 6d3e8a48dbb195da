"""Blueprints of the repository."""

from pathlib import Path
import shutil

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from simulators import DeconzSimulator
from tests.common import set_up, wait_until

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "pushwire"


async def test_a_button_switches_a_light(hass: HomeAssistant, tmp_path: Path) -> None:
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints" / "automation" / "pushwire")
    async with DeconzSimulator() as sim:
        entry = await set_up(hass, sim)
        toggled = async_mock_service(hass, "light", "toggle")
        inputs = {
            "button": "event.hue_dimmer_dim_up",
            "light": {"entity_id": "light.wohnzimmer_decke"},
        }
        blueprint = {"path": "pushwire/button_toggles_light.yaml", "input": inputs}
        assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: {"use_blueprint": blueprint}})
        await hass.async_block_till_done()
        for code in (2000, 2002, 1002):
            sim.press("dimmer_switch", code)
        await wait_until(hass, lambda: hass.states.get("event.hue_dimmer_on").attributes.get("code") == 1002)
        await hass.async_block_till_done()
        assert len(toggled) == 1
        await hass.config_entries.async_unload(entry.entry_id)
