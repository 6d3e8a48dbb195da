"""Permissions of the actions: who may do what, and odd input."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.auth.models import User
from homeassistant.auth.permissions import PolicyPermissions
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator, ResiotSimulator
from tests.common import set_up

GROUP, SCENE, LIGHT = "light.wohnzimmer", "scene.wohnzimmer_kino", "light.wohnzimmer_decke"

# Valid input of each action; a new action must be added here.
ACTIONS: dict[str, dict[str, Any]] = {
    "accept_device": {"device_id": "", "found_id": "1"},
    "backfill": {"device_id": "", "start": "2026-10-01 00:00:00"},
    "create_scene": {"entity_id": GROUP, "name": "Neu"},
    "delete_message": {"device_id": "", "message_id": "1"},
    "delete_scene": {"entity_id": SCENE},
    "export_meanings": {"config_entry_id": "x"},
    "get_schedule": {"entity_id": "climate.thermostat"},
    "import_meanings": {"config_entry_id": "x", "meanings": []},
    "mark_message_read": {"device_id": "", "message_id": "1"},
    "perform_action": {"device_id": "", "action": "SetState"},
    "run_node_command": {"device_id": "", "command": "reset"},
    "send_downlink": {"device_id": "", "payload": "00", "port": 1},
    "set_gradient": {"entity_id": LIGHT, "points": [[0.1, 0.2], [0.3, 0.4]]},
    "set_scene_light": {"entity_id": SCENE, "light": LIGHT},
    "set_schedule": {
        "entity_id": "climate.thermostat",
        "schedule": [{"days": ["mon"], "times": [{"time": "07:00", "temperature": 20}]}],
    },
    "touchlink_identify": {"device_id": "", "address": "0x0017880100123456"},
    "touchlink_reset": {"device_id": "", "address": "0x0017880100123456"},
    "touchlink_scan": {"device_id": ""},
    "turn_on_with_timer": {"entity_id": LIGHT, "duration": "00:00:05"},
    "write": {"entity_id": LIGHT, "data": {"on": True}},
}
RESPONDING = {"export_meanings", "get_schedule", "touchlink_scan"}


async def call(hass: HomeAssistant, action: str, data: dict[str, Any], user_id: str | None) -> None:
    """Call an action as a user."""
    await hass.services.async_call(
        DOMAIN,
        action,
        data,
        blocking=True,
        context=Context(user_id=user_id),
        return_response=action in RESPONDING,
    )


@pytest.fixture
async def entry(hass: HomeAssistant) -> Any:
    """Set up a gateway and a LoRaWAN account."""
    async with DeconzSimulator() as sim, ResiotSimulator() as resiot:
        entry = await set_up(hass, sim)
        lorawan = await set_up(hass, resiot)
        for entity_id in (GROUP, SCENE, LIGHT):
            assert er.async_get(hass).async_get(entity_id) is not None, entity_id
        yield entry
        await hass.config_entries.async_unload(lorawan.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the registry ID of an entity's device."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


async def test_a_read_only_user_may_use_no_action(
    hass: HomeAssistant, entry: ConfigEntry[Any], hass_read_only_user: MockUser
) -> None:
    assert hass.services.async_services_for_domain(DOMAIN).keys() == ACTIONS.keys()
    climate = next(iter(hass.states.async_entity_ids("climate")))
    for action, data in ACTIONS.items():
        given = dict(data)
        if "device_id" in given:
            given["device_id"] = device_of(hass, LIGHT)
        if given.get("entity_id") == "climate.thermostat":
            given["entity_id"] = climate
        with pytest.raises(Unauthorized):
            await call(hass, action, given, hass_read_only_user.id)


async def test_an_unknown_user_may_use_no_action_on_a_device(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    with pytest.raises(UnknownUser):
        await call(hass, "send_downlink", {"device_id": device_of(hass, LIGHT), "payload": "00", "port": 1}, "x" * 32)


async def test_a_downlink_requires_control_of_every_entity_of_the_device(
    hass: HomeAssistant, entry: ConfigEntry[Any], hass_read_only_user: MockUser, hass_admin_user: MockUser
) -> None:
    device_id = device_of(hass, LIGHT)
    data = {"device_id": device_id, "payload": "00", "port": 1}
    user: User = hass_read_only_user
    entities = er.async_entries_for_device(er.async_get(hass), device_id, include_disabled_entities=True)
    assert len(entities) > 1
    policy = {"entities": {"entity_ids": {entity.entity_id: {"control": True} for entity in entities[1:]}}}
    user.__dict__["permissions"] = PolicyPermissions(policy, None)  # type: ignore[arg-type]
    with pytest.raises(Unauthorized):
        await call(hass, "send_downlink", data, user.id)
    policy["entities"]["entity_ids"][entities[0].entity_id] = {"control": True}
    user.__dict__["permissions"] = PolicyPermissions(policy, None)  # type: ignore[arg-type]
    # The check is passed; a light does not take downlinks.
    for user_id in (user.id, hass_admin_user.id, None):
        with pytest.raises(HomeAssistantError) as raised:
            await call(hass, "send_downlink", data, user_id)
        assert raised.value.translation_key == "downlink_unknown_device"


async def test_a_downlink_to_a_device_without_entities_is_for_administrators(
    hass: HomeAssistant, entry: ConfigEntry[Any], hass_read_only_user: MockUser, hass_admin_user: MockUser
) -> None:
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "without entities")}
    )
    data = {"device_id": device.id, "payload": "00", "port": 1}
    with pytest.raises(Unauthorized):
        await call(hass, "send_downlink", data, hass_read_only_user.id)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_downlink", data, hass_admin_user.id)
    assert raised.value.translation_key == "downlink_unknown_device"


async def test_writing_odd_data_is_a_clear_error(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    values: list[Any] = [{1: 2}, {}, [], "x"]
    for data in values:
        with pytest.raises(vol.Invalid):
            await call(hass, "write", {"entity_id": LIGHT, "data": data}, None)
    for odd in ({"self": 1}, {"config": 1}):
        with pytest.raises(HomeAssistantError) as raised:
            await call(hass, "write", {"entity_id": "switch.phoscon_gw_permit_join", "data": odd}, None)
        assert raised.value.translation_key == "not_supported"


def test_the_read_only_group_is_the_one_that_is_meant(hass_read_only_user: MockUser) -> None:
    assert [group.id for group in hass_read_only_user.groups] == [GROUP_ID_READ_ONLY]
