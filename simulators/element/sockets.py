"""Sockets: what they subscribe to, their replay and their idle timeout (docs/protocols/element.md, 3)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from ..base import is_upgrade
from .access import Key, Scope, Source
from .checks import ApiError, moment
from .world import iso

if TYPE_CHECKING:
    from aiohttp import web

    from ..base import Socket
    from .tenant import Tenant

PRELOADS = {
    "packets": frozenset({"device", "device.fields", "device.interfaces"}),
    "readings": frozenset({"device", "device.fields", "device.interfaces", "packet", "packet.interface"}),
}

_REPLAY_BATCH = 3


class Sockets:
    """The sockets of a tenant."""

    def __init__(self, tenant: Tenant, idle_timeout: float) -> None:
        """Initialize; a socket without a message for `idle_timeout` seconds is closed."""
        self._tenant = tenant
        self._idle_timeout = idle_timeout

    def scope(self, request: web.Request, key: Key, parts: list[str]) -> Scope:
        """Return the scope of a handshake; `parts` is its path without the last part."""
        match parts:
            case ["readings" | "packets"]:
                kind = ident = None
                if key.groups is not None or key.role not in ("admin", "read_only"):
                    raise ApiError(HTTPStatus.FORBIDDEN)
            case ["devices" | "tags" | "streams" as kind, name, "readings" | "packets"]:
                ident = self._tenant.find(kind, name)
                self._tenant.permit(key, kind, ident)
            case _:
                raise ApiError(HTTPStatus.NOT_FOUND)
        if not is_upgrade(request):
            raise ApiError(HTTPStatus.BAD_REQUEST)
        source: Source = "packets" if parts[-1] == "packets" else "readings"
        preload = frozenset(filter(None, request.query.get("preload", "").split(",")))
        if not preload <= PRELOADS[source]:
            raise ApiError(HTTPStatus.BAD_REQUEST)
        after = request.query.get("after")
        return Scope(key, source, kind, ident, preload, None if after is None else moment(after))

    def replay(self, socket: Socket) -> None:
        """Push what a socket has missed, oldest first."""
        scope: Scope = socket.scope
        if scope.after is None:
            return
        since = iso(scope.after)
        items = [
            item
            for item in self._tenant.world[scope.source]
            if item["inserted_at"] >= since and self._tenant.in_scope(scope, item["device_id"])
        ]
        items.sort(key=lambda item: item["inserted_at"])
        for at in range(0, len(items), _REPLAY_BATCH):
            batch = [self._tenant.event(scope, item) for item in items[at : at + _REPLAY_BATCH]]
            self._tenant.push_to([socket], batch)

    def restart_timer(self, socket: Socket) -> None:
        """Restart the idle timeout of a socket."""
        self.stop_timer(socket)
        socket.scope.timer = self._tenant.call_later(
            self._idle_timeout, lambda: self._tenant.create_task(socket.close())
        )

    def stop_timer(self, socket: Socket) -> None:
        """Stop the idle timeout of a socket."""
        scope: Scope = socket.scope
        if scope.timer is not None:
            scope.timer.cancel()
