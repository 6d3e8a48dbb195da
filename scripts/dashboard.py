"""Dashboard of the demo, built from the registries."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from scripts.hass_process import Client, Json, ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

URL_PATH = "pushwire-demo"

_OVERVIEW_TILES = 8
# A slider of more steps cannot be set precisely.
_WIDEST_SLIDER = 1000
_NOTHING = ("unavailable", "unknown")

# Also the order of a device's entities: the ones that a person uses most are first.
_FEATURES: dict[str, list[Json]] = {
    "alarm_control_panel": [{"type": "alarm-modes"}],
    "climate": [{"type": "target-temperature"}],
    "light": [{"type": "light-brightness"}],
    "cover": [{"type": "cover-open-close"}],
    "lock": [{"type": "lock-commands"}],
    "fan": [{"type": "fan-speed"}],
    "switch": [],
    "siren": [],
    "number": [{"type": "numeric-input", "style": "slider"}],
    "select": [{"type": "select-options"}],
    "scene": [],
    "button": [],
    "event": [],
    "binary_sensor": [],
    "sensor": [],
    "device_tracker": [],
    "update": [],
}
_RANK = {domain: rank for rank, domain in enumerate(_FEATURES)}


def _domain(entity: Json) -> str:
    domain: str = entity["entity_id"].partition(".")[0]
    return domain


def _order(entity: Json) -> tuple[bool, int, str]:
    return (entity["entity_category"] is not None, _RANK.get(_domain(entity), len(_RANK)), entity["entity_id"])


def _tile(entity: Json, states: dict[str, Json]) -> Json:
    tile: Json = {"type": "tile", "entity": entity["entity_id"]}
    attributes = states.get(entity["entity_id"], {}).get("attributes", {})
    is_wide = attributes.get("max", 0) - attributes.get("min", 0) > _WIDEST_SLIDER
    if (features := _FEATURES.get(_domain(entity))) and not is_wide:
        tile["features"] = features
    return tile


def _heading(text: str, **more: Any) -> Json:
    return {"type": "heading", "heading": text, **more}


def _section(heading: Json, tiles: Iterable[Json]) -> Json:
    return {"type": "grid", "cards": [heading, *tiles]}


def _tile_below_device(entity: Json, states: dict[str, Json]) -> Json:
    # The heading already names the device.
    tile = _tile(entity, states)
    return {**tile, "name": {"type": "entity"}} if entity["original_name"] else tile


def _tile_in_overview(entity: Json, states: dict[str, Json]) -> Json:
    # The name of the device would leave no room for that of the entity.
    tile = _tile_below_device(entity, states)
    return {**tile, "state_content": ["state", "device_name"]} if entity["original_name"] else tile


def _device_sections(entities: Sequence[Json], devices: dict[str, Json], states: dict[str, Json]) -> list[Json]:
    def device_order(entity: Json) -> tuple[bool, str, str]:
        device = devices.get(entity["device_id"] or "", {})
        return (device.get("via_device_id") is not None, device.get("name") or "", entity["device_id"] or "")

    sections = []
    for (_, name, _), group in groupby(sorted(entities, key=device_order), device_order):
        tiles = [_tile_below_device(entity, states) for entity in sorted(group, key=_order)]
        sections.append(_section(_heading(name or "More"), tiles))
    return sections


def _overview(views: Sequence[tuple[Json, Json, Sequence[Json]]], states: dict[str, Json]) -> Json:
    sections = []
    for entry, view, entities in views:
        shown: list[Json] = []
        # One entity of each kind is more informative than ten lights.
        kinds: set[tuple[str, str | None]] = set()
        for entity in sorted(entities, key=_order):
            state = states.get(entity["entity_id"], {})
            attributes = state.get("attributes", {})
            kind = (_domain(entity), attributes.get("device_class") or attributes.get("unit_of_measurement"))
            if kind not in kinds and entity["entity_category"] is None and state.get("state") not in _NOTHING:
                kinds.add(kind)
                shown.append(entity)
        navigation = {"action": "navigate", "navigation_path": f"/{URL_PATH}/{view['path']}"}
        sections.append(
            _section(
                _heading(entry["title"], tap_action=navigation),
                [_tile_in_overview(entity, states) for entity in shown[:_OVERVIEW_TILES]],
            )
        )
    return {"type": "sections", "title": "Overview", "path": "overview", "icon": "mdi:home", "sections": sections}


async def build(client: Client, entities: Sequence[Json]) -> Json:
    """Return the dashboard: an overview, and a view for each entry with its devices."""
    devices = {device["id"]: device for device in await client.call("config/device_registry/list")}
    states = {state["entity_id"]: state for state in await client.call("get_states")}
    views = []
    for number, entry in enumerate(await client.entries()):
        own = [entity for entity in entities if entity["config_entry_id"] == entry["entry_id"]]
        view: Json = {
            "type": "sections",
            "title": entry["title"],
            "path": f"entry-{number}",
            "max_columns": 4,
            "sections": _device_sections(own, devices, states),
        }
        views.append((entry, view, own))
    return {"views": [_overview(views, states), *(view for _, view, _ in views)]}


async def save(client: Client, config: Json) -> None:
    """Save the dashboard, replacing that of an earlier start."""
    known = await client.call("lovelace/dashboards/list")
    if not any(dashboard["url_path"] == URL_PATH for dashboard in known):
        await client.call(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title="Pushwire",
            icon="mdi:broadcast",
            mode="storage",
            show_in_sidebar=True,
        )
    try:
        await client.call("lovelace/config/save", url_path=URL_PATH, config=config)
    except ProcessError as err:
        msg = f"The dashboard could not be saved: {err}"
        raise ProcessError(msg) from err
