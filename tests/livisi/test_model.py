"""Model of the hub, without a hub and without Home Assistant."""

from typing import Any

import pytest

from custom_components.pushwire.vendors.livisi.api.frames import ZERO_ID, Event
from custom_components.pushwire.vendors.livisi.api.model import (
    Changes,
    HubModel,
    Order,
    Resource,
    Sequence,
    Snapshot,
    Topology,
)
from custom_components.pushwire.wire.snapshot import PendingSnapshot
from simulators.livisi.world import build

AT = "2026-11-20T18:00:00Z"


def topology(**lists: list[dict[str, Any]]) -> Topology:
    """Return a topology; by default that of a hub with one plug."""
    return Topology(
        devices=lists.get(
            "devices", [{"id": "hub", "type": "SHCA", "product": "core.RWE"}, {"id": "plug", "type": "PSS"}]
        ),
        capabilities=lists.get("capabilities", [{"id": "cap", "type": "SwitchActuator", "device": "/device/plug"}]),
        locations=lists.get("locations", []),
    )


def snapshot(**parts: Any) -> Snapshot:
    """Return a snapshot; by default with a plug that is off."""
    off = {"id": "cap", "state": {"onState": {"value": False, "lastChanged": AT}}}
    return Snapshot(
        status=parts.get("status", {"configVersion": 7}),
        topology=parts.get("topology", topology()),
        device_states=parts.get("device_states", []),
        capability_states=parts.get("capability_states", [off]),
        messages=parts.get("messages", []),
        pending=parts.get("pending", PendingSnapshot()),
        requested=parts.get("requested", {}),
    )


@pytest.fixture
def model() -> HubModel:
    """Return the model of a hub with one plug."""
    model = HubModel("914")
    model.apply_snapshot(snapshot())
    model.discard_snapshot_times()
    return model


def changed(source: str, at: str = "", **properties: Any) -> Event:
    """Return a StateChanged event."""
    return Event(type="StateChanged", body={"timestamp": at}, source=source, properties=properties)


def apply(model: HubModel, event: Event) -> Changes | set[str]:
    """Apply a StateChanged event of a known resource."""
    resource = model.find(event)
    assert resource is not None
    return model.apply_state(resource, event)


def test_only_differences_are_changes(model: HubModel) -> None:
    assert apply(model, changed("/capability/cap", onState=False)) == set()
    assert apply(model, changed("/capability/cap", onState=True)) == {"onState"}
    assert apply(model, changed("/capability/cap", onState=True)) == set()


def test_a_new_property_updates_the_device(model: HubModel) -> None:
    assert apply(model, changed("/device/plug", isReachable=True)) == Changes(
        items={"plug": {"isReachable"}}, devices={"plug"}
    )
    assert apply(model, changed("/device/plug", isReachable=False)) == Changes(items={"plug": {"isReachable"}})


def test_a_device_that_comes_back_is_reachable(model: HubModel) -> None:
    apply(model, changed("/device/plug", isReachable=False))
    assert not model.is_reachable("plug")
    model.apply_snapshot(snapshot(topology=Topology(devices=[], capabilities=[], locations=None)))
    model.apply_snapshot(snapshot())
    assert model.is_reachable("plug")


def test_an_unknown_value_does_not_replace_the_last_one(model: HubModel) -> None:
    model.apply_snapshot(snapshot(capability_states=[{"id": "cap", "state": None}]))
    apply(model, changed("/capability/cap", onState=None))
    assert model.capabilities["cap"].state == {"onState": False}
    assert apply(model, changed("/capability/cap", odd=None)) == Changes(items={"cap": {"odd"}}, devices={"plug"})


def test_the_zero_id_is_the_hub(model: HubModel) -> None:
    assert apply(model, changed(f"/device/{ZERO_ID}", cpuUsage=4)) == Changes(
        items={"hub": {"cpuUsage"}}, devices={"hub"}
    )
    assert model.hub_id == "hub"


def test_a_hub_that_does_not_list_itself() -> None:
    model = HubModel("914")
    model.apply_snapshot(snapshot(topology=topology(devices=[{"id": "plug", "type": "PSS"}])))
    assert model.devices.keys() == {"plug", "914"}
    assert apply(model, changed(f"/device/{ZERO_ID}", cpuUsage=4)) == Changes(
        items={"914": {"cpuUsage"}}, devices={"914"}
    )


def test_unknown_sources(model: HubModel) -> None:
    assert model.find(changed("/capability/other", onState=True)) is None
    assert model.find(changed("/device/other", isReachable=True)) is None
    assert model.find(changed("/product/core", x=1)) is None
    assert model.find(changed("", x=1)) is None


@pytest.mark.parametrize(
    "at,value",
    [
        ("2026-11-20T17:59:59.9999999Z", False),
        ("2026-11-20T18:00:00.0000001Z", True),
        ("", True),
    ],
)
def test_held_events_that_are_older_than_the_snapshot(at: str, value: bool) -> None:  # noqa: FBT001
    model = HubModel("914")
    model.apply_snapshot(snapshot())
    apply(model, changed("/capability/cap", at, onState=True))
    assert model.capabilities["cap"].state == {"onState": value}


def test_the_clock_of_the_hub_matters_only_during_a_snapshot(model: HubModel) -> None:
    apply(model, changed("/capability/cap", "2000-01-01T00:00:00Z", onState=True))
    assert model.capabilities["cap"].state == {"onState": True}


@pytest.mark.parametrize(
    "at,value",
    [
        ("2026-11-20T17:59:59.9999999Z", False),
        (AT, True),
        ("2026-11-20T18:00:00.0000001Z", True),
        ("", True),
    ],
)
def test_the_newer_of_event_and_snapshot_wins(model: HubModel, at: str, value: bool) -> None:  # noqa: FBT001
    with model.pending_snapshots.read() as pending:
        apply(model, changed("/capability/cap", at, onState=True))
        assert model.capabilities["cap"].state == {"onState": True}
    model.apply_snapshot(snapshot(pending=pending))
    assert model.capabilities["cap"].state == {"onState": value}
    # The same snapshot, read after the event, holds the current state.
    model.apply_snapshot(snapshot())
    assert model.capabilities["cap"].state == {"onState": False}


def test_a_snapshot_leaves_out_only_what_changed_since_its_request(model: HubModel) -> None:
    states = [{"id": "cap", "state": {"onState": False, "power": 5}}]
    with model.pending_snapshots.read() as pending:
        apply(model, changed("/capability/cap", onState=True, power=1))
        requested = {"capability_states": pending.mark()}
        apply(model, changed("/capability/cap", power=2))
    model.apply_snapshot(snapshot(capability_states=states, pending=pending, requested=requested))
    assert model.capabilities["cap"].state == {"onState": False, "power": 2}


def test_a_topology_leaves_out_a_newer_configuration(model: HubModel) -> None:
    old = topology()
    with model.pending_snapshots.read() as pending:
        model.apply_configuration([{"id": "plug", "config": {"name": "Neu"}}])
        requested = {"topology": pending.mark()}
    model.apply_snapshot(snapshot(topology=old, pending=pending))
    assert model.devices["plug"].name == "Neu"
    # A topology requested after the change holds it, and whatever came later.
    model.apply_snapshot(snapshot(topology=old, pending=pending, requested=requested))
    assert model.devices["plug"].name == "PSS"


def test_a_list_of_messages_leaves_out_newer_messages(model: HubModel) -> None:
    listed = [{"id": "deleted", "type": "x"}, {"id": "read", "type": "x", "read": False}, {"id": "other", "type": "x"}]
    model.apply_snapshot(snapshot(messages=listed))
    with model.pending_snapshots.read() as pending:
        model.remove_message("deleted")
        model.put_message("read", {"read": True})
        model.put_message("new", {"type": "y"})
    model.apply_snapshot(snapshot(messages=listed, pending=pending))
    assert model.messages.keys() == {"read", "other", "new"}
    assert model.messages["read"]["read"] is True
    model.apply_snapshot(snapshot(messages=listed))
    assert model.messages.keys() == {"deleted", "read", "other"}


def test_topology() -> None:
    model = HubModel("914")
    devices: list[dict[str, Any]] = [
        {"id": "hub", "type": "SHC", "product": "core.RWE"},
        {"id": "plug", "type": "PSS", "location": "/location/bath", "capabilities": ["/capability/listed"]},
        {"name": "without an id"},
    ]
    capabilities = [
        {"id": "listed"},
        {"id": "owned", "device": "plug"},
        {"id": "stray", "device": "/device/gone"},
        {"id": "calendar", "device": f"/device/{ZERO_ID}"},
        {"type": "NoId"},
    ]
    locations: list[dict[str, Any]] = [{"id": "bath", "config": {"name": "Bad"}}, {"id": "odd", "config": None}]
    changes = model.apply_snapshot(
        snapshot(topology=topology(devices=devices, capabilities=capabilities, locations=locations))
    )
    assert changes.devices == {"hub", "plug"}
    assert [item.id for item in model.capabilities_of("plug")] == ["listed", "owned"]
    assert [item.id for item in model.capabilities_of("hub")] == ["calendar"]
    assert model.room_of("plug") == "Bad"
    assert model.room_of("hub") is None

    changes = model.apply_snapshot(snapshot(topology=topology(devices=devices[:1], capabilities=[])))
    assert changes.rebuilt == {"listed", "owned", "calendar"}
    assert model.devices.keys() == {"hub"}


@pytest.mark.parametrize(
    "state,kind",
    [({"dimLevel": 1}, "DimmerActuator"), ({"onState": True}, "SwitchActuator"), ({"noiseLevel": 3}, ""), ({}, "")],
)
def test_a_capability_without_a_type(state: dict[str, Any], kind: str) -> None:
    assert Resource("cap", "plug", {}, state).type == kind


def test_odd_entities() -> None:
    odd = Resource("x", "x", {"config": 7, "tags": None, "type": ["PSS"]})
    assert (odd.name, odd.category, odd.type, odd.product) == ("", "", "", "")


def test_a_changed_configuration_is_applied(model: HubModel) -> None:
    body = {"id": "plug", "config": {"name": "Neu"}, "tags": {"typeCategory": "TCLightId"}}
    changes = model.apply_configuration([None, {"id": "other"}, body])
    assert (changes.devices, changes.rebuilt) == ({"plug"}, {"cap"})
    assert model.devices["plug"].name == "Neu"
    assert model.devices["plug"].type == "PSS"
    assert model.apply_configuration([body]) == Changes()


def test_rooms_and_their_thermostats() -> None:
    world = build("v2")
    ids = world["ids"]
    model = HubModel("914")
    states = [{"id": ident, "state": state} for ident, state in world["capability_states"].items()]
    complete = Topology(
        devices=list(world["devices"].values()),
        capabilities=list(world["capabilities"].values()),
        locations=list(world["locations"].values()),
    )
    model.apply_snapshot(snapshot(topology=complete, capability_states=states))
    room = model.capabilities[ids["living_climate.RoomSetpoint"]]
    wall = ids["living_wall.ThermostatActuator"]
    assert wall in [item.id for item in model.thermostats_of(room)]
    sensors = {name: model.room_sensor(room, name) for name in ("temperature", "humidity")}
    assert {name: sensor and sensor.state[name] for name, sensor in sensors.items()} == {
        "temperature": 21.1,
        "humidity": 46.5,
    }
    assert model.is_in_room(model.capabilities[wall])
    changes = apply(model, changed(f"/capability/{wall}", operationMode="Manu"))
    assert changes == Changes(items={wall: {"operationMode"}, room.id: {"operationMode"}})
    plug = model.capabilities[ids["coffee.SwitchActuator"]]
    assert model.room_sensor(plug, "temperature") is None
    assert model.diagnostics_data()["devices"].keys() == world["devices"].keys()


@pytest.mark.parametrize(
    "links",
    [
        {"devices": ["/device/plug"]},
        {"devices": [], "capabilities": ["/capability/cap", "/capability/other"]},
        {"devices": None, "capabilities": None, "properties": {"deviceSerial": "123", "serialNumber": ""}},
    ],
)
def test_alerts_of_a_device(links: dict[str, Any]) -> None:
    model = HubModel("914")
    devices = [{"id": "hub", "type": "SHC", "product": "core.RWE"}, {"id": "plug", "serialNumber": "123"}]
    model.apply_snapshot(snapshot(topology=topology(devices=devices)))
    _, changes = model.put_message("m", {"type": "DeviceLowBattery", **links})
    assert changes.items == {"hub": {"messages"}, "plug": {"alert DeviceLowBattery"}}
    assert model.has_alert("plug", "DeviceLowBattery")
    assert model.unread_count == 1
    message, changes = model.put_message("m", {"read": True})
    assert message["type"] == "DeviceLowBattery"
    assert (model.unread_count, changes.items) == (0, {"hub": {"messages"}})
    assert model.put_message("m", {"read": True})[1] == Changes()
    _, changes = model.remove_message("m")
    assert changes.items["plug"] == {"alert DeviceLowBattery"}
    assert not model.has_alert("plug", "DeviceLowBattery")


def test_messages_without_a_device(model: HubModel) -> None:
    model.put_message("m", {"type": "DeviceLowBattery", "properties": {"deviceSerial": ""}})
    model.put_message("n", {"type": "DeviceLowBattery", "devices": ["/device/other"], "properties": None})
    model.put_message("o", {"type": "DeviceLowBattery", "devices": []})
    assert model.remove_message("unknown") == ({"id": "unknown"}, Changes())
    assert not any(model.has_alert(device_id, "DeviceLowBattery") for device_id in model.devices)


def test_reachability(model: HubModel) -> None:
    assert model.is_reachable("plug")
    model.put_message("m", {"type": "DeviceUnreachable", "devices": ["/device/plug"]})
    assert not model.is_reachable("plug")
    for is_reachable in (True, False):
        report = changed("/device/plug", isReachable=is_reachable)
        apply(model, report)
        assert model.is_reachable("plug") is is_reachable
    assert model.is_reachable("unknown")


@pytest.mark.parametrize(
    "kind,config,last,count",
    [
        ("BRC8", {}, None, 8),
        ("WSC2", {}, None, 2),
        ("BRC8", {"pushButtons": 4}, None, 4),
        ("WSC2", {"pushButtons": "many"}, 3, 4),
        ("WSC2", {}, 1000, 32),
    ],
)
def test_number_of_buttons(kind: str, config: dict[str, Any], last: int | None, count: int) -> None:
    model = HubModel("914")
    capability = {"id": "cap", "type": "PushButtonSensor", "device": "/device/sender", "config": config}
    model.apply_snapshot(
        snapshot(
            topology=topology(devices=[{"id": "sender", "type": kind}], capabilities=[capability]),
            capability_states=[{"id": "cap", "state": {"lastPressedButtonIndex": {"value": last}}}],
        )
    )
    assert model.button_count(model.capabilities["cap"]) == count


def test_order_of_sequence_numbers() -> None:
    sequence = Sequence()
    steps = [
        (None, None),
        (690, None),
        (690, None),
        (691, None),
        (None, None),
        (693, Order.GAP),
        (694, None),
        (1, Order.RESTART),
        (2, None),
    ]
    for count, order in steps:
        assert sequence.check(count) is order, count
    sequence.reset()
    assert sequence.check(4711) is None
