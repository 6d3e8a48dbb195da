"""Life of a downlink: events, the action's answer, and the commands at the server."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.resiot import coordinator as resiot
from simulators import ResiotSimulator
from tests.common import run_pending_updates, wait_reconnected, wait_until

VALVE = "0732227a557d8608"
DOWNLINK = f"event.{VALVE}_downlink"
DELIVERED = ["requested", "queued", "sent", "handled"]


@pytest.fixture
async def steps(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> list[str]:
    """Return the steps of all downlinks of a device that has been heard."""
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: hass.states.get(DOWNLINK) is not None)
    await run_pending_updates(hass)
    fired: list[str] = []

    def note(event: Any) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == DOWNLINK and new is not None and new.attributes.get("event_type"):
            fired.append(new.attributes["event_type"])

    hass.bus.async_listen("state_changed", note)
    return fired


async def send(hass: HomeAssistant, entry: ConfigEntry[Any], **data: Any) -> Any:
    """Return the answer of the action."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id)
    assert device is not None
    return await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {"device_id": device.id, "payload": "2525", "port": 50, "reference": "abc", **data},
        blocking=True,
        return_response=True,
    )


@pytest.mark.parametrize(
    "confirmed,error,confirms,expected",
    [
        (False, "", True, DELIVERED),
        (True, "", True, [*DELIVERED, "acknowledged"]),
        (True, "", False, DELIVERED),
        (True, "TOO_LATE", True, ["requested", "queued", "failed"]),
    ],
)
async def test_accepted(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    confirmed: bool,  # noqa: FBT001
    error: str,
    confirms: bool,  # noqa: FBT001
    expected: list[str],
) -> None:
    sim.downlinks.radio_error, sim.downlinks.device_confirms = error, confirms
    assert await send(hass, entry, confirmed=confirmed) == {"result": "accepted", "reference": "abc"}
    await wait_until(hass, lambda: len(steps) == len(expected))
    await run_pending_updates(hass)
    assert steps == expected
    assert len(sim.world["downlinks"]) == 1
    # The device acknowledges with its next uplink, which may be lost.
    sim.uplink("valve", "01")
    sim.uplink("valve", "02")
    sim.uplink("valve", "03")
    await wait_until(hass, lambda: hass.states.is_state(f"sensor.{VALVE}_payload", "03"))
    await run_pending_updates(hass)
    assert steps[len(expected) :] == (["not_confirmed"] if confirmed and not confirms else [])


async def test_refused(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]) -> None:
    sim.downlinks.result = "fail"
    with pytest.raises(HomeAssistantError, match="Connector not reachable"):
        await send(hass, entry)
    # Once in each spelling of the vendor's page.
    commands = list(map(orjson.loads, sim.received))
    assert ["DevEui" in command for command in commands] == [True, False]
    assert [command.get("DevEUI") for command in commands] == [None, VALVE]
    await wait_until(hass, lambda: steps == ["failed"])
    assert not sim.world["downlinks"]


async def test_the_answer_is_lost(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resiot, "ANSWER_TIMEOUT", 0.1)
    sim.downlinks.result = "never"
    with pytest.raises(HomeAssistantError):
        await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: "acknowledged" in steps)
    assert steps == [*DELIVERED, "acknowledged"]
    assert len(sim.world["downlinks"]) == 1


async def test_two_at_once(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    await asyncio.gather(send(hass, entry, reference="one"), send(hass, entry, reference="two", payload="26"))
    await wait_until(hass, lambda: len(steps) == 8)
    assert sorted(steps) == sorted(DELIVERED * 2)
    assert [item["payload"] for item in sim.world["downlinks"]] == ["2525", "26"]


async def test_the_connection_drops_in_the_middle(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    sim.downlinks.step_delay = 3600
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    await sim.drop()
    await wait_reconnected(hass, entry)
    sim.push_frame("comm_txsendack", deveui=VALVE, Reference="abc", Error="")
    sim.push_frame("comm_txsendack", deveui=VALVE, Reference="abc", Error="")
    sim.push_frame("comm_txconfirm", deveui=VALVE, Reference="abc")
    await wait_until(hass, lambda: "acknowledged" in steps)
    assert steps == ["requested", "sent", "acknowledged"]
    assert len(sim.world["downlinks"]) == 1


async def test_home_assistant_restarts_in_the_middle(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    sim.downlinks.step_delay = 3600
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    await hass.config_entries.async_reload(entry.entry_id)
    del steps[:]
    sim.push_frame("comm_tx", deveui=VALVE, Reference="abc")
    sim.push_frame("comm_gwtx", deveui=VALVE, Reference="abc")
    await wait_until(hass, lambda: "queued" in steps)
    assert steps == ["queued"]
    sim.uplink("valve", "01")
    sim.uplink("valve", "02")
    await wait_until(hass, lambda: "not_confirmed" in steps)


async def test_a_day_without_an_acknowledgment(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    freezer.tick(86300)
    entry.runtime_data._check_overdue(None)
    assert steps == ["requested"]
    freezer.tick(101)
    entry.runtime_data._check_overdue(None)
    await hass.async_block_till_done()
    assert steps == ["requested", "not_confirmed"]
    # It is forgotten.
    assert not entry.runtime_data._downlinks.items


async def test_downlinks_of_the_platform_without_a_reference(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    for payload in ("2525", "2626"):
        sim.report_downlink("valve", payload, 50)
    await wait_until(hass, lambda: steps == ["requested", "requested"])
