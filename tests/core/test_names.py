"""What a person reads on the pages of devices: names, words and links, in every language."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from simulators.resiot import GATEWAY_ROOF, NODES
from tests.common import run_pending_updates, set_up, wait_until
from tests.deconz.common import wait_described
from tests.element.conftest import wait_primed
from tests.names import problems_of_names, untranslated_words

FIXTURES = Path(__file__).parents[1] / "deconz" / "fixtures"
LANGUAGES = ("de", "en", "it")


def gateway(**resources: Any) -> DeconzSimulator:
    """Return a deCONZ gateway with some resources."""
    sim = DeconzSimulator()
    for kind in ("lights", "sensors", "groups"):
        sim.world[kind] = {str(number): body for number, body in enumerate(resources.get(kind, ()), 1)}
    return sim


async def report_everything(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
    """Let every device report all that it can."""
    match sim:
        case DeconzSimulator():
            await wait_described(hass, entry)
        case ElementSimulator():
            await wait_primed(hass, entry)
        case ResiotSimulator():
            sim.gateway_alive(GATEWAY_ROOF)
            for key in ("office", "greenhouse", "door", "presence", "tank", "tracker"):
                sim.uplink_lpp(key, sim.typical_measurements(key))
            sim.uplink("meter", "9b690291010f1b2401ce01c0")
            sim.uplink("valve", "00ff")
            await wait_until(hass, lambda: len(entry.runtime_data.devices) == len(NODES))
    await run_pending_updates(hass)


WORLDS: dict[str, Callable[[], Simulator]] = {
    "deCONZ": DeconzSimulator,
    "deCONZ inventory": lambda: gateway(**json.loads((FIXTURES / "sensors.json").read_text())),
    "deCONZ makers": lambda: gateway(lights=json.loads((FIXTURES / "lights.json").read_text()).values()),
    "ELEMENT": ElementSimulator,
    "LIVISI v1": lambda: LivisiSimulator(version="v1"),
    "LIVISI v2": lambda: LivisiSimulator(version="v2"),
    "ResIOT": ResiotSimulator,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", list(WORLDS))
async def test_names_and_words(hass: HomeAssistant, world: str, language: str) -> None:
    hass.config.language = language
    async with WORLDS[world]() as sim:
        entry = await set_up(hass, sim)
        await report_everything(hass, sim, entry)
        texts = await async_get_translations(hass, language, "entity_component")
        own = await async_get_translations(hass, language, "entity", {DOMAIN})
        problems = [*problems_of_names(hass, entry), *untranslated_words(hass, entry, texts, own)]
        await hass.config_entries.async_unload(entry.entry_id)
    assert not problems
