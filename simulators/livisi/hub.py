"""Hub: its generation and identity, its entities and values, and its events."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..base import Data, Simulator
from .world import ZERO_ID, build, timestamp

if TYPE_CHECKING:
    import asyncio

type Version = Literal["v1", "v2"]


def stamped(value: object) -> Data:
    """Return a property value with the time of its last change."""
    return {"value": value, "lastChanged": timestamp()}


def last_part(link: str) -> str:
    """Return the id in a link such as "/device/<id>"."""
    return link.rpartition("/")[2]


class Hub(Simulator):
    """The hub; methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "livisi"

    def __init__(self, *, version: Version, nested_status: bool, device_states_broken: bool, **options: Any) -> None:
        """Initialize; the options are those of `LivisiSimulator`."""
        super().__init__(**options)
        self.generation: Version = version
        self.separate_socket = version == "v2"
        self.nested_status = nested_status
        self.device_states_broken = device_states_broken
        self.terms_accepted = True
        self.starting = False
        self.action_result: str | None = None
        self.sequence = 690
        self.world = build(version)
        # Name of a room's target temperature; a hub of either generation may have the other one.
        self.setpoint = "pointTemperature" if version == "v1" else "setpointTemperature"

    @property
    def keepalive_seconds(self) -> float:
        """Seconds after which an idle HTTP keep-alive connection is closed (docs/protocols/livisi.md, 1.1)."""
        return 5.0 if self.generation == "v1" else 75.0

    @property
    def version(self) -> str:
        """Generation of the hub, `v1` or `v2`."""
        return self.generation

    @property
    def serial_number(self) -> str:
        """Serial number of the hub."""
        return str(self.world["status"]["serialNumber"])

    @property
    def hub_link(self) -> str:
        """Source of the hub's own events: the zero id on v2."""
        return f"/device/{self.resolve('hub') if self.generation == 'v1' else ZERO_ID}"

    def resolve(self, key: str) -> str:
        """Return the id for a readable key such as "coffee.SwitchActuator", or the id itself."""
        return str(self.world["ids"].get(key, key))

    def value(self, key: str, name: str) -> Any:
        """Return the value of a property of a capability or device, or None if it has no value."""
        ident = self.resolve(key)
        state = self.world["capability_states"].get(ident)
        if state is None:
            state = self.world["device_states"].get(ident, {})
        return state.get(name, {}).get("value")

    def product_of(self, key: str) -> str:
        """Return the product of a device, or of a capability's device: the namespace of its events."""
        ident = self.resolve(key)
        if (capability := self.world["capabilities"].get(ident)) is not None:
            ident = last_part(capability["device"])
        return str(self.world["devices"][ident]["product"])

    def push_event(
        self,
        kind: str,
        source: str | None,
        properties: Data | None = None,
        *,
        data: object = None,
        sequence: int | None = None,
        namespace: str = "core.RWE",
    ) -> None:
        """Push an event; without `sequence`, the event has the next number of the hub's counter."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        hub_type = "SHC" if self.generation == "v1" else "SHCA"
        frame: Data = {
            "sequenceNumber": sequence,
            "type": kind,
            "desc": f"/desc/device/{hub_type}.RWE/1.0/event/{kind}",
            "namespace": namespace,
            "timestamp": timestamp(),
        }
        if source is not None:
            frame["source"] = source
        if properties is not None:
            frame["properties"] = properties
        if data is not None:
            frame["data"] = data
        self.push(frame)

    def set_state(self, key: str, /, **properties: object) -> None:
        """Change the state of a capability or device, and push StateChanged with these properties."""
        ident = self.resolve(key)
        kind = "capability" if ident in self.world["capabilities"] else "device"
        if kind == "device" and ident not in self.world["devices"]:
            raise LookupError(key)
        state = {name: stamped(value) for name, value in properties.items()}
        self.world[f"{kind}_states"].setdefault(ident, {}).update(state)
        is_hub = kind == "device" and ident == self.resolve("hub")
        source = self.hub_link if is_hub else f"/{kind}/{ident}"
        shown = state if self.generation == "v1" else properties
        self.push_event("StateChanged", source, shown, namespace="core.RWE" if is_hub else self.product_of(key))

    def skip_sequence(self, count: int = 1) -> None:
        """Count events that never reach a socket."""
        self.sequence += count

    async def reboot(self, *, starting: bool = False) -> None:
        """Reset all sockets and the event counter; `starting` answers 1008 until `finish_start`."""
        self.starting = starting
        self.sequence = 0
        self.world["device_states"][self.resolve("hub")]["lastReboot"] = stamped(timestamp())
        await self.drop()

    def finish_start(self) -> None:
        """End the phase in which REST answers 1008."""
        self.starting = False

    def set_hub_load(self, cpu: float, memory: float, disk: float = 57.358) -> None:
        """Change the load of the hub in percent: pushed by v2, only readable on v1."""
        hub = self.resolve("hub")
        if self.generation == "v2":
            self.set_state(hub, cpuUsage=cpu, memoryUsage=memory, diskUsage=disk)
            return
        self.world["device_states"][hub] |= {
            "CPULoad": stamped(round(cpu)),
            "memoryLoad": stamped(round(memory)),
            "diskUsage": stamped(round(disk)),
        }


def cancel(timers: dict[str, asyncio.TimerHandle], ident: str) -> None:
    """Cancel and remove the timer of an entity, if it has one."""
    if (handle := timers.pop(ident, None)) is not None:
        handle.cancel()
