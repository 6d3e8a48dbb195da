"""Home of the hub: what its devices can report, and changes to its rooms and devices."""

from typing import Any

from ..base import Data
from .hub import last_part, stamped
from .messages import Messages
from .world import identifier, timestamp

COUNTER_SIZE = 256
"""Button counters are one byte: 255 is followed by 0."""

_V1_ENTITIES = (
    "devices",
    "capabilities",
    "locations",
    "interactions",
    "homes",
    "homeSetups",
    "members",
    "deleted",
)
"""Keys that a v1 hub always sends with a change of the configuration."""


class Home(Messages):
    """The devices and rooms of the hub."""

    def capabilities_of(self, device: str) -> list[str]:
        """Return the ids of a device's capabilities."""
        links: list[str] = self.world["devices"][device].get("capabilities") or []
        return [last_part(link) for link in links]

    def is_reachable(self, capability: str) -> bool:
        """Return whether the device of a capability is reachable by radio."""
        device = last_part(self.world["capabilities"][self.resolve(capability)]["device"])
        state = self.world["device_states"].get(device, {})
        return state.get("isReachable", {}).get("value") is not False

    def set_room(self, key: str, temperature: float) -> None:
        """Set the target temperature of a room in °C; its thermostats follow."""
        ident = self.resolve(key)
        self.set_state(ident, **{self.setpoint: temperature})
        members = self.world["capabilities"][ident]["config"].get("underlyingCapabilityIds", "")
        for member in filter(None, members.split(",")):
            self.set_state(member, pointTemperature=temperature)

    def press(self, key: str, index: int, *, long: bool = False) -> None:
        """Press button `index` (from 0): ButtonPressed, then StateChanged for the same press."""
        ident = self.resolve(key)
        counter = (self.value(ident, "lastKeyPressCounter") + 1) % COUNTER_SIZE
        kind = "LongPress" if long else "ShortPress"
        properties: Data = {"index": index, "type": kind, "keyPressCounter": counter}
        if self.generation == "v1":
            properties |= {"lastPressedButtonIndex": index, "eventType": kind}
        self.push_event("ButtonPressed", f"/capability/{ident}", properties, namespace=self.product_of(ident))
        self.set_state(ident, lastPressedButtonIndex=index, lastKeyPressCounter=counter)

    def detect_motion(self, key: str, *, luminance: int | None = None) -> None:
        """Detect motion; the end of a motion has no event."""
        ident = self.resolve(key)
        count = self.value(ident, "motionDetectedCount") + 1
        state: Data = {"motionDetectedCount": count}
        self.world["capability_states"][ident]["motionDetectedCount"] = stamped(count)
        if luminance is not None:
            state["luminance"] = luminance
        self.push_event("MotionDetected", f"/capability/{ident}", state, namespace=self.product_of(ident))

    def set_reachable(self, key: str, reachable: bool) -> None:  # noqa: FBT001
        """Make a device reachable or unreachable, with the alert that belongs to it."""
        ident = self.resolve(key)
        self.set_state(ident, isReachable=reachable)
        self.set_alert("DeviceUnreachable", ident, on=not reachable)

    def set_battery_low(self, key: str, low: bool = True) -> None:  # noqa: FBT001, FBT002
        """Set a battery to low, or replace it; v1 reports this by message only."""
        ident = self.resolve(key)
        if self.generation == "v2":
            self.set_state(ident, isBatteryLow=low)
        self.set_alert("DeviceLowBattery", ident, on=low)

    def set_smoke(self, key: str = "smoke", on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Start or end a smoke alarm, with the alert that belongs to it."""
        ident = self.resolve(key)
        self.set_state(self.resolve(f"{key}.SmokeDetectorSensor"), isSmokeAlarm=on)
        self.set_alert("SmokeDetected", ident, on=on)

    def set_discovery(self, active: bool = True) -> None:  # noqa: FBT001, FBT002
        """Start or end pairing; the start announces the devices in `world["found"]`."""
        self.set_state(self.resolve("hub"), discoveryActive=active)
        self.push_event("DeviceDiscoveryStatusChanged", self.hub_link, {"active": active, "product": "core.RWE"})
        if active:
            for ident in list(self.world["found"]):
                self.announce_device(ident)

    def announce_device(self, ident: str) -> None:
        """Announce a device of `world["found"]`."""
        self.push_event("DeviceFound", self.hub_link, {}, data=self.world["found"][ident])

    def accept_device(self, ident: str, entity: Data | None = None) -> None:
        """Include a found device, with the entity that a client has posted."""
        device = {**self.world["found"].pop(ident), **(entity or {})}
        device["config"] = {**device["config"], "timeOfAcceptance": timestamp()}
        capabilities = []
        for link in device["capabilities"]:
            capability = {
                "id": last_part(link),
                "type": "BooleanStateActuator",
                "device": f"/device/{ident}",
                "config": {"name": "BooleanStateActuator", "activityLogActive": True},
                "tags": {},
            }
            capabilities.append((capability, {"value": False}))
        self.add_device(device, capabilities)

    def add_device(self, device: Data, capabilities: list[tuple[Data, Data]]) -> None:
        """Include `device` with its capabilities and their states, which are plain values."""
        ident = device["id"]
        self.world["devices"][ident] = device
        self.world["device_states"][ident] = {
            "isReachable": stamped(value=True),
            "deviceInclusionState": stamped("Included"),
        }
        for capability, state in capabilities:
            self.world["capabilities"][capability["id"]] = capability
            self.world["capability_states"][capability["id"]] = {name: stamped(value) for name, value in state.items()}
        self.change_configuration(devices=[device], capabilities=[item for item, _ in capabilities])

    def add_switch(self, key: str, name: str = "Neue Steckdose", room: str = "kitchen") -> str:
        """Include a plug switch under the readable key `key`, and return its device id."""
        ident, capability = identifier(key), identifier(f"{key}.SwitchActuator")
        self.world["ids"] |= {key: ident, f"{key}.SwitchActuator": capability}
        device = {
            **self.world["devices"][self.resolve("coffee")],
            "id": ident,
            "serialNumber": f"91429{len(self.world['devices']):07}",
            "location": f"/location/{self.resolve(room)}",
            "capabilities": [f"/capability/{capability}"],
        }
        device["config"] = {**device["config"], "name": name}
        item = {
            **self.world["capabilities"][self.resolve("coffee.SwitchActuator")],
            "id": capability,
            "device": f"/device/{ident}",
        }
        self.add_device(device, [(item, {"onState": False})])
        return ident

    def remove_device(self, key: str) -> None:
        """Remove a device with its capabilities."""
        ident = self.resolve(key)
        capabilities = self.capabilities_of(ident)
        del self.world["devices"][ident]
        self.world["device_states"].pop(ident, None)
        for capability in capabilities:
            del self.world["capabilities"][capability]
            self.world["capability_states"].pop(capability, None)
        links = [f"/device/{ident}", *(f"/capability/{capability}" for capability in capabilities)]
        self.change_configuration(deleted=links)

    def rename_device(self, key: str, name: str, *, room: str | None = None) -> None:
        """Rename a device and, with `room`, move it to another room."""
        device = self.world["devices"][self.resolve(key)]
        device["config"] = {**device["config"], "name": name}
        if room is not None:
            device["location"] = f"/location/{self.resolve(room)}"
        self.change_configuration(devices=[device])

    def rename_room(self, key: str, name: str) -> None:
        """Rename a room."""
        location = self.world["locations"][self.resolve(key)]
        location["config"] = {**location["config"], "name": name}
        self.change_configuration(locations=[location])

    def change_configuration(self, **entities: list[Any]) -> None:
        """Increase the version of the configuration, and push the changed entities."""
        status = self.world["status"]
        version = int(status["configVersion"]) + 1
        shown: str | int = str(version) if self.generation == "v1" else version
        status["configVersion"] = shown
        self.world["device_states"][self.resolve("hub")]["configVersion"] = stamped(shown)
        data: Data = {"configVersion": version}
        if self.generation == "v2":
            # v2 lists what changed; a removal is visible only in the version and the topology.
            data |= {name: items for name, items in entities.items() if name != "deleted"}
            self.push_event("ConfigurationChanged", self.hub_link, data=data)
            return
        data |= {name: entities.get(name, []) for name in _V1_ENTITIES}
        self.push_event(
            "ConfigurationChanged",
            "/desc/device/SHC.RWE/1.0",
            {"configurationVersion": version},
            data=data,
        )
