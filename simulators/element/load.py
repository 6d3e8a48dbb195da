"""Frames to test a client with: floods of valid readings, and malformed events."""

from typing import TYPE_CHECKING
from uuid import UUID

from ..base import Frame
from .world import identifier, iso

if TYPE_CHECKING:
    from .tenant import Tenant


def climate_reading(tenant: Tenant, index: int, *, change: bool) -> Frame:
    """Return a new reading of the climate device, or its newest reading again."""
    device = tenant.resolve("climate")
    if not change:
        newest = next(item for item in reversed(tenant.world["readings"]) if item["device_id"] == device)
        return [{"event": "reading_added", "body": newest}]
    now = iso(tenant.now())
    reading = {
        "id": str(UUID(int=tenant.random.getrandbits(128))),
        "device_id": device,
        "parser_id": identifier("parser"),
        "packet_id": None,
        "measured_at": now,
        "inserted_at": now,
        "location": None,
        "meta": None,
        "data": {"temperature": 15 + index % 100 / 10, "humidity": 50.0, "battery_voltage": 3.02},
    }
    tenant.world["readings"].append(reading)
    return [{"event": "reading_added", "body": reading}]


def malformed_events(tenant: Tenant) -> list[Frame]:
    """Return arrays with missing, null, wrong and unknown parts."""
    device = tenant.resolve("climate")
    body = {"id": identifier("garbage"), "device_id": device, "measured_at": iso(tenant.now())}
    return [
        "pong",
        [{"event": "reading_added"}],
        [{"event": "reading_added", "body": None}],
        [{"event": "reading_added", "body": {}}],
        [{"event": "reading_added", "body": {**body, "data": None}}],
        [{"event": "reading_added", "body": {**body, "data": [1, 2]}}],
        [{"event": "reading_added", "body": {**body, "data": {"": None}}}],
        [{"event": "reading_added", "body": {**body, "measured_at": "gestern", "data": {}}}],
        [{"event": "reading_added", "body": {**body, "device_id": 7, "data": {"a": 1}}}],
        [{"event": "reading_exploded", "body": body}],
        [{"event": None, "body": body}],
        [{"event": "packet_added", "body": {**body, "meta": [], "payload": 7, "packet_type": None}}],
        [{"event": "packet_added", "body": {**body, "meta": {"gateway_stats": [None, {"rssi": "x"}]}}}],
        {"event": "reading_added", "body": {**body, "data": "text"}},
        [[{"event": "reading_added"}], 7, None, "x"],
    ]
