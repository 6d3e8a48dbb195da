"""Scopes of an entry: the one of its set-up, and those of its subentries."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from .api.scopes import Scope, SocketId, sockets_of
from .const import CONF_IDS, CONF_SCOPE, CONF_SOURCES

SUBENTRY_TYPE: Final = "scope"


def own_sockets(data: Any) -> list[SocketId]:
    """Return the sockets of the data of an entry or a subentry."""
    return sockets_of(data[CONF_SCOPE], data.get(CONF_IDS) or [], data[CONF_SOURCES])


def title_of(entry: ConfigEntry[Any], scope: Scope) -> str:
    """Return the title of the subentry of a scope; of the scope of the set-up, its ID or the name of the mandate."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE):
        if any(socket.scope == scope for socket in own_sockets(subentry.data)):
            return subentry.title
    return scope.identifier or entry.title


def further_sockets(entry: ConfigEntry[Any], without: str | None = None) -> Iterator[SocketId]:
    """Yield the sockets of the subentries of an entry, except for one of them."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE):
        if subentry.subentry_id != without:
            yield from own_sockets(subentry.data)
