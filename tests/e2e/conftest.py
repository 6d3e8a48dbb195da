"""One home for the end-to-end tests: four simulated vendors, and a real Home Assistant set up through its flow."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from scripts.hass_process import Client, Hass, Simulator, add_entries, free_ports, running_simulators

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """What a test may use of the running home."""

    hass: Hass
    client: Client
    simulators: list[Simulator]


@pytest.fixture(scope="session")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Start everything on free ports, and set up an entry for each vendor."""
    config = tmp_path_factory.mktemp("config")
    hass = Hass(config, free_ports())
    async with (
        running_simulators(free_ports(16), config / "simulators.log") as simulators,
        hass.run(),
        hass.client() as client,
    ):
        await add_entries(client, simulators)
        yield Home(hass=hass, client=client, simulators=simulators)
