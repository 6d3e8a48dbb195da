"""Lights, plugs, covers and similar devices of many makers, and their entities."""

from collections import Counter
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from syrupy.assertion import SnapshotAssertion

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from tests.common import set_up
from tests.snapshots import entity_lines

BODIES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "lights.json").read_text())


async def test_entities_of_every_maker(
    hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None, snapshot: SnapshotAssertion
) -> None:
    for kind in ("lights", "sensors", "groups"):
        sim.world[kind].clear()
    for number, body in enumerate(BODIES.values(), 1):
        sim.world["lights"][str(number)] = body
    entry = await set_up(hass, sim)
    registry, devices = er.async_get(hass), dr.async_get(hass)
    for key, body in BODIES.items():
        address = body["uniqueid"].partition("-")[0]
        device = devices.async_get_device_by_identifier((DOMAIN, address), entry.entry_id)
        if not body["state"]:
            assert device is None
            continue
        entities = er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
        assert entity_lines(hass, entities) == snapshot(
            name=f"{key} {body.get('manufacturername')} {body.get('modelid')}"
        )
    await hass.config_entries.async_unload(entry.entry_id)


def test_the_fixture_has_many_makers_and_every_type() -> None:
    makers = {body.get("manufacturername", "") for body in BODIES.values()}
    known = ("Signify", "IKEA", "OSRAM", "LEDVANCE", "innr", "MLI", "LIDL", "_TZ", "Legrand", "ubisys", "LUMI")
    assert all(any(maker.startswith(name) for maker in makers) for name in known)
    kinds = Counter(body["type"] for body in BODIES.values())
    assert len(kinds) > 24
    assert all(count > 1 for kind, count in kinds.items() if kind != "Hologram projector")
    assert len({body["uniqueid"].partition("-")[0] for body in BODIES.values()}) == len(BODIES)
