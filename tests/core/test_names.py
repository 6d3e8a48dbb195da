"""Names of entities: short, and no two alike on a device, in every language."""

from collections.abc import Awaitable, Callable
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from simulators.resiot import GATEWAY_ROOF, NODES
from tests.common import run_pending_updates, set_up, wait_until
from tests.deconz.common import wait_described
from tests.element.conftest import wait_primed
from tests.names import problems_of_names

FIXTURES = Path(__file__).parents[1] / "deconz" / "fixtures"


def _load(sim: DeconzSimulator, **resources: Any) -> None:
    for kind in ("lights", "sensors", "groups"):
        bodies = resources.get(kind, [])
        sim.world[kind] = {str(number): body for number, body in enumerate(bodies, 1)}


def inventory() -> DeconzSimulator:
    """Return a gateway with every type of sensor."""
    sim = DeconzSimulator()
    _load(sim, **json.loads((FIXTURES / "sensors.json").read_text()))
    return sim


def makers() -> DeconzSimulator:
    """Return a gateway with the lights, plugs and covers of many makers."""
    sim = DeconzSimulator()
    _load(sim, lights=json.loads((FIXTURES / "lights.json").read_text()).values())
    return sim


async def feed(hass: HomeAssistant, sim: Simulator, entry: ConfigEntry[Any]) -> None:
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
    "deCONZ inventory": inventory,
    "deCONZ makers": makers,
    "ELEMENT": ElementSimulator,
    "LIVISI v1": lambda: LivisiSimulator(version="v1"),
    "LIVISI v2": lambda: LivisiSimulator(version="v2"),
    "ResIOT": ResiotSimulator,
}


@pytest.mark.parametrize("language", ["de", "en", "it"])
@pytest.mark.parametrize("world", WORLDS)
async def test_names_are_short_and_different(hass: HomeAssistant, world: str, language: str) -> None:
    hass.config.language = language
    async with WORLDS[world]() as sim:
        entry = await set_up(hass, sim)
        await feed(hass, sim, entry)
        problems = list(problems_of_names(hass, entry))
        for e in __import__("homeassistant.helpers.entity_registry",fromlist=["x"]).async_get(hass).entities.values(): print("ENT", language, world, e.entity_id, "|", e.original_name, "|", e.disabled_by, e.entity_category)
        assert language != "de"
        await hass.config_entries.async_unload(entry.entry_id)
    if not problems:
        return
    print("\n".join(problems))
    print(len(problems))
    assert not problems
