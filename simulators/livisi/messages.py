"""Messages and alerts of the hub (docs/protocols/livisi.md, 5)."""

import secrets

from ..base import Data
from .hub import Hub, last_part
from .world import timestamp


class Messages(Hub):
    """The hub's messages."""

    def create_message(self, kind: str, device: str | None = None, *, properties: Data | None = None) -> str:
        """Create a message, about a device if given, push the message, and return its id."""
        ident = secrets.token_hex(16)
        links, details = [], properties or {}
        if device is not None:
            device = self.resolve(device)
            entity = self.world["devices"][device]
            links = [f"/device/{device}"]
            location = self.world["locations"].get(last_part(entity.get("location") or ""), {})
            details = {
                "deviceName": entity["config"]["name"],
                "deviceSerial": entity["serialNumber"],
                "serialNumber": entity["serialNumber"],
                "deviceLocation": location.get("config", {}).get("name", ""),
                "locationName": "",
                **details,
            }
        message: Data = {
            "id": ident,
            "namespace": "core.RWE" if device is None else self.product_of(device),
            "class": "Alert" if self.generation == "v1" else "alert",
            "type": kind,
            "read": False,
            "timestamp": timestamp(),
            "devices": links,
            "capabilities": [],
            "properties": details,
        }
        self.world["messages"][ident] = message
        self.push_event("MessageCreated", self.hub_link, {}, data=message)
        return ident

    def read_message(self, ident: str, *, read: bool = True) -> None:
        """Mark a message as read, or as unread."""
        message = self.world["messages"][ident]
        message["read"] = read
        if self.generation == "v1":
            state = {"state": "Read" if read else "New"}
            self.push_event("MessageUpdated", f"/message/{ident}", state, data={"id": ident, "read": read})
        else:
            self.push_event("MessageUpdated", self.hub_link, data={**message, "state": True})

    def delete_message(self, ident: str) -> None:
        """Delete a message; the hub deletes an alert when its cause is gone."""
        del self.world["messages"][ident]
        if self.generation == "v1":
            self.push_event("MessageDeleted", f"/message/{ident}", data={"Id": ident})
        else:
            self.push_event("MessageDeleted", self.hub_link, data={"id": ident})

    def set_alert(self, kind: str, device: str, *, on: bool) -> None:
        """Create the alert of a device, or delete its alerts of this type."""
        link = f"/device/{device}"
        if on:
            self.create_message(kind, device)
            return
        for message in list(self.world["messages"].values()):
            if message["type"] == kind and link in message["devices"]:
                self.delete_message(message["id"])
