"""REST routes for requests with a valid access token (docs/protocols/livisi.md, 2)."""

import secrets
from typing import TYPE_CHECKING

from ..base import Data, reply
from .actions import Actions
from .checks import json_object
from .errors import (
    ENTITY_EXISTS,
    ENTITY_NOT_FOUND,
    INVALID_ARGUMENT,
    INVALID_CONTENT,
    NOTHING_CHANGED,
    UNSUPPORTED_REQUEST,
    ApiError,
)

if TYPE_CHECKING:
    from aiohttp import web

    from .home import Home


class RestApi:
    """The REST API of a hub."""

    def __init__(self, home: Home) -> None:
        """Initialize the API for the entities of `home`."""
        self._home = home
        self._actions = Actions(home)

    def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:  # noqa: PLR0911
        """Answer a request."""
        home = self._home
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case "GET", ["status"]:
                status = dict(home.world["status"])
                return reply({"gateway": status} if home.nested_status else status)
            case "POST", ["action"]:
                return self._actions.handle(request, body)
            case _, ["device" | "capability" | "location" | "message" | "interaction", *_]:
                return self._entities(request.method, parts, body)
            case "GET", ["home", *_] | ["product", *_] | ["relationship"] | ["user"] | ["data", *_]:
                return reply([])
            case "GET", ["usb_storage"] if home.generation == "v2":
                return reply({"external_storage": False})
            case "GET", ["unmount"] if home.generation == "v2":
                return reply({})
            case "GET", ["reboot"] if home.generation == "v1":
                home.call_later(0.05, lambda: home.create_task(home.reboot()))
                return reply({})
        raise ApiError(UNSUPPORTED_REQUEST)

    def _entities(self, method: str, parts: list[str], body: bytes) -> web.StreamResponse:  # noqa: C901, PLR0911
        home = self._home
        kind = parts[0]
        entities: dict[str, Data] = home.world[_table(kind)]
        match method, parts[1:]:
            case "GET", []:
                return reply(list(entities.values()))
            case "GET", ["states"] if kind in {"device", "capability"}:
                return self._all_states(kind)
            case "GET", [ident] if ident in entities:
                return reply(entities[ident])
            case "GET", [ident, "state"] if ident in entities:
                state = home.world[f"{kind}_states"].get(ident, {})
                if kind == "device" and home.generation == "v1":
                    return reply({"id": ident, "state": state})
                return reply(state)
            case "GET", [ident, "capabilities"] if ident in entities:
                return reply([home.world["capabilities"][c] for c in home.capabilities_of(ident)])
            case "GET", [ident, "capability", "state"] if ident in entities:
                return reply([self._with_state("capability", c) for c in home.capabilities_of(ident)])
            case "POST", [] if kind in {"device", "location", "interaction"}:
                return self._create(kind, json_object(body))
            case "PUT", [ident] if ident in entities:
                return self._put(kind, ident, json_object(body))
            case "DELETE", [ident] if ident in entities and kind != "capability":
                return self._delete(kind, ident)
            case "GET" | "PUT" | "DELETE", [_, *_]:
                raise ApiError(ENTITY_NOT_FOUND)
        raise ApiError(UNSUPPORTED_REQUEST)

    def _all_states(self, kind: str) -> web.Response:
        if kind == "device" and self._home.device_states_broken:
            raise ApiError(INVALID_ARGUMENT)
        return reply([self._with_state(kind, ident) for ident in self._home.world[_table(kind)]])

    def _with_state(self, kind: str, ident: str) -> Data:
        state = self._home.world[f"{kind}_states"].get(ident)
        return {"id": ident} if state is None else {"id": ident, "state": state}

    def _create(self, kind: str, entity: Data) -> web.Response:
        world = self._home.world
        if kind == "device":
            ident = entity.get("id")
            if ident in world["devices"]:
                raise ApiError(ENTITY_EXISTS)
            if ident not in world["found"]:
                raise ApiError(ENTITY_NOT_FOUND)
            if not isinstance(entity.get("config"), dict) or "type" not in entity:
                raise ApiError(INVALID_CONTENT)
            self._home.accept_device(str(ident), entity)
            return reply(world["devices"][ident])
        ident = str(entity.get("id") or secrets.token_hex(16))
        if not isinstance(entity.get("config" if kind == "location" else "rules"), dict | list):
            raise ApiError(INVALID_CONTENT)
        entity["id"] = ident
        world[_table(kind)][ident] = entity
        self._home.change_configuration(**{_table(kind): [entity]})
        return reply(entity)

    def _put(self, kind: str, ident: str, entity: Data) -> web.Response:
        entities = self._home.world[_table(kind)]
        current = entities[ident]
        if kind == "message":
            if not isinstance(entity.get("read"), bool):
                raise ApiError(INVALID_CONTENT)
            self._home.read_message(ident, read=entity["read"])
            return reply(current)
        if entity == current:
            raise ApiError(NOTHING_CHANGED)
        # The hub replaces the entity: a property that is left out would be lost.
        if not current.keys() <= entity.keys() or entity["id"] != ident:
            raise ApiError(INVALID_CONTENT)
        entities[ident] = entity
        self._home.change_configuration(**{_table(kind): [entity]})
        return reply(entity)

    def _delete(self, kind: str, ident: str) -> web.Response:
        if kind == "message":
            self._home.delete_message(ident)
        elif kind == "device":
            self._home.remove_device(ident)
        else:
            del self._home.world[_table(kind)][ident]
            self._home.change_configuration(deleted=[f"/{kind}/{ident}"])
        return reply({})


def _table(kind: str) -> str:
    """Return the key of the world that holds entities of a kind."""
    return "capabilities" if kind == "capability" else f"{kind}s"
