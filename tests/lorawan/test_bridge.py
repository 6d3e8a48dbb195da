"""Whether Home Assistant's own LoRaWAN integration is used, and the identities that a person sets for it."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import issue_registry as ir
from lorawan_connection import Downlink, EventType
import pytest

from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics
from custom_components.pushwire.lorawan import bridge
from custom_components.pushwire.lorawan.api.identity import Identity
from custom_components.pushwire.lorawan.bridge import async_core_integration_exists
from custom_components.pushwire.wire.values import NotUnderstood
from simulators import ResiotSimulator
from tests.common import set_up, wait_until

from .core import Core, collect_uplinks, provide_core

SEEED = "2cf7f1c0443000a1"
OTHER_SEEED = "2cf7f1c0443000a2"
VALVE = "0732227a557d8608"
S2101 = {"brand": 744, "model": "fc455aa2-01cf-492b-9359-a5d8c9a0e1b3"}


@pytest.fixture
async def sim() -> AsyncGenerator[ResiotSimulator]:
    """Return a running server with two sensors of one manufacturer."""
    async with ResiotSimulator() as simulator:
        simulator.add_node("cellar", SEEED)
        simulator.add_node("attic", OTHER_SEEED)
        yield simulator


async def start(hass: HomeAssistant, sim: ResiotSimulator, *keys: str) -> ConfigEntry[Any]:
    """Return an entry that has heard some devices."""
    entry = await set_up(hass, sim)
    for key in keys:
        sim.uplink(key, "00")
    await wait_until(hass, lambda: len(entry.runtime_data.devices) == len(keys))
    return entry


@pytest.mark.parametrize(
    "options,set_ups",
    [
        (None, 0),
        ({"built_in": False}, 0),
        ({"disabled": "Not available"}, 0),
        ({"sets_up": False}, 1),
    ],
)
async def test_without_the_integration_nothing_is_done(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, Any] | None,
    set_ups: int,
) -> None:
    core = Core() if options is None else provide_core(hass, monkeypatch, **options)
    entry = await start(hass, sim, "valve")
    await wait_until(hass, lambda: core.set_ups == set_ups)
    assert await async_core_integration_exists(hass) is (set_ups == 1)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert not entry.runtime_data.bridge.is_connected
    assert (core.set_ups, core.urls) == (set_ups, [])
    assert not [record for record in caplog.records if "pushwire" in record.name and record.levelname == "ERROR"]
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert ("identity" in form["menu_options"]) is (set_ups == 1)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "has_built_in,options,issues",
    [
        (True, {"built_in": False, "name": "Other LoRaWAN"}, 1),
        (False, {"built_in": False}, 0),
        (True, {"disabled": "Not available"}, 0),
        (True, None, 0),
    ],
)
async def test_a_custom_integration_of_the_same_name_is_an_issue(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    monkeypatch: pytest.MonkeyPatch,
    has_built_in: bool,  # noqa: FBT001
    options: dict[str, Any] | None,
    issues: int,
) -> None:
    monkeypatch.setattr(bridge, "HAS_CORE_LORAWAN", has_built_in)
    if options is not None:
        provide_core(hass, monkeypatch, **options)
    entry = await start(hass, sim, "valve")
    # The first start may not have come so far.
    await entry.runtime_data.bridge._async_start()
    assert [issue.translation_placeholders for issue in found(hass)] == [
        {"name": entry.title, "integration": "Other LoRaWAN"}
    ] * issues
    await hass.config_entries.async_unload(entry.entry_id)
    assert not found(hass)


def found(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the issues about another integration."""
    return [issue for (_, key), issue in ir.async_get(hass).issues.items() if key.startswith("lorawan_replaced")]


async def test_a_package_of_another_form_does_no_harm(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = provide_core(hass, monkeypatch)

    async def fail(*_: Any) -> None:
        raise ImportError

    monkeypatch.setattr(core, "async_register", fail)
    entry = await start(hass, sim, "valve")
    await wait_until(hass, lambda: bool(entry.runtime_data.frame_log.failures))
    sim.uplink("valve", "01")
    await wait_until(hass, lambda: entry.runtime_data.devices[VALVE].payload == "01")
    assert entry.state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(entry.entry_id)


async def open_form(hass: HomeAssistant, entry: ConfigEntry[Any], *devices: str) -> Any:
    """Return the form for brand and model of some devices."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    form = await hass.config_entries.options.async_configure(form["flow_id"], {"next_step_id": "identity"})
    assert form["step_id"] == "identity"
    return await hass.config_entries.options.async_configure(form["flow_id"], {"devices": list(devices)})


def suggested(form: Any) -> dict[str, Any]:
    """Return the suggested values of a form."""
    return {
        str(key): key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }


async def test_brand_and_model_of_several_devices(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = provide_core(hass, monkeypatch)
    entry = await start(hass, sim, "cellar", "attic", "valve")
    await wait_until(hass, lambda: len(core.devices) == 3)
    form = await open_form(hass, entry, SEEED, OTHER_SEEED)
    assert form["step_id"] == "identity_model"
    # An address proposes the manufacturer, and never a model.
    assert suggested(form) == {"brand": 744}
    flow = hass.config_entries.options
    for answer, errors in (
        ({"brand": 744}, {"model": "model_not_valid"}),
        ({"brand": 744, "model": "S2101"}, {"model": "model_not_valid"}),
        ({"model": S2101["model"]}, {"brand": "brand_missing"}),
    ):
        form = await flow.async_configure(form["flow_id"], answer)
        assert form["errors"] == errors
        assert suggested(form) == answer
    with pytest.raises(InvalidData):
        await flow.async_configure(form["flow_id"], {"brand": 70000, "model": S2101["model"]})
    result = await flow.async_configure(form["flow_id"], {**S2101, "model": f" {str(S2101['model']).upper()}"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["identities"] == {SEEED: S2101, OTHER_SEEED: S2101}
    await wait_until(hass, lambda: len(core.urls) == 2 and len(core.devices) == 3)
    brands = {eui: (found.stack, found.brand_id, found.model_id) for eui, found in core.devices.items()}
    assert brands == {
        SEEED: ("chirpstack", 744, S2101["model"]),
        OTHER_SEEED: ("chirpstack", 744, S2101["model"]),
        VALVE: ("chirpstack", None, ""),
    }
    assert core.connections[entry.entry_id].stack_type == "chirpstack"

    form = await open_form(hass, entry, VALVE, SEEED)
    assert suggested(form) == S2101
    await flow.async_configure(form["flow_id"], {})
    assert entry.options["identities"] == {OTHER_SEEED: S2101}
    await wait_until(hass, lambda: len(core.urls) == 3 and len(core.devices) == 3)
    form = await open_form(hass, entry, OTHER_SEEED)
    await flow.async_configure(form["flow_id"], {})
    await wait_until(hass, lambda: len(core.urls) == 4 and len(core.devices) == 3)
    assert core.connections[entry.entry_id].stack_type == "resiot"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_state_of_the_bridge_is_in_the_diagnostics(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = provide_core(hass, monkeypatch)
    entry = await start(hass, sim, "cellar", "valve")
    await wait_until(hass, lambda: len(core.devices) == 2)
    form = await open_form(hass, entry, SEEED)
    await hass.config_entries.options.async_configure(form["flow_id"], S2101)
    await wait_until(hass, lambda: len(core.urls) == 2 and len(core.devices) == 2)
    sim.uplink("cellar", "01")
    sim.join("valve", DevAddr="26011BDA")
    await wait_until(hass, lambda: bool(core.of_type(EventType.JOIN)))
    await collect_uplinks(hass)
    sim.downlinks.device_confirms = False
    await core.connections[entry.entry_id].async_send_downlink(
        Downlink(dev_eui=VALVE, f_port=2, data=b"1", confirmed=True)
    )
    assert (await async_get_config_entry_diagnostics(hass, entry))["bridge"] == {
        "registered": True,
        "stack": "chirpstack",
        "devices": 2,
        "devices_with_identity": 1,
        "subscribers": 1,
        "uplinks": 1,
        "joins": 1,
        "downlinks": 1,
        "unconfirmed_downlinks": 1,
    }
    entry.runtime_data.bridge.stop()
    assert (await async_get_config_entry_diagnostics(hass, entry))["bridge"] == {"registered": False}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_cannot_be_chosen(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    provide_core(hass, monkeypatch)
    entry = await start(hass, sim)
    flow = hass.config_entries.options
    form = await flow.async_init(entry.entry_id)
    result = await flow.async_configure(form["flow_id"], {"next_step_id": "identity"})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_devices")
    sim.uplink("valve", "00")
    sim.uplink("cellar", "00")
    await wait_until(hass, lambda: len(entry.runtime_data.devices) == 2)
    form = await open_form(hass, entry)
    assert (form["step_id"], form["errors"]) == ("identity", {"devices": "no_device_selected"})
    # Devices of several manufacturers propose none.
    assert not suggested(await open_form(hass, entry, SEEED, VALVE))
    assert not suggested(await open_form(hass, entry, VALVE))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("option", [None, {}, {"brand": 744}, {"brand": "x", "model": "y"}, {"brand": 1, "model": ""}])
def test_an_option_of_another_shape(option: Any) -> None:
    with pytest.raises(NotUnderstood):
        Identity.from_option(option)
