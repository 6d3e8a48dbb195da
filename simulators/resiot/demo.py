"""Traffic of the simulated network for the demo."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .world import GATEWAY_ROOF, NODES, go_time

if TYPE_CHECKING:
    from .lpp import Measurement
    from .network import Network


class Demo:
    """A network in which a node or a gateway sends at each step."""

    def __init__(self, network: Network) -> None:
        """Initialize for the nodes of `network`."""
        self._network = network

    def add_tags_and_commands(self) -> None:
        """Give the valve tags that can be written, and commands, which only REST lists."""
        valve = self._network.world["nodes"][NODES["valve"][0]]
        now = go_time(datetime.now(UTC))
        valve["description"] = {"Model": "LoRa valve", "Manufacturer": "Example"}
        valve["tags"] |= {
            "opening": {"value": "40", "at": now, "Writable": True},
            "frost_protection": {"value": "true", "at": now, "Writable": True},
            "label": {"value": "Garden", "at": now, "Writable": True},
        }
        valve["commands"] += [
            {"Name": "Close", "Tag": "close", "Inputs": []},
            {"Name": "Open", "Tag": "open", "Inputs": ["[num]minutes(10)Time until it closes"]},
        ]

    def step(self) -> None:
        """Let a node or gateway send."""
        network, rng = self._network, self._network.random
        with suppress(LookupError):
            kind = rng.choice((*NODES, "gateway", "gateway_roof", "join", "foreign"))
            match kind:
                case "gateway":
                    network.gateway_alive()
                case "gateway_roof":
                    network.gateway_alive(GATEWAY_ROOF)
                case "join":
                    if not rng.randrange(10):
                        network.join(rng.choice(list(NODES)))
                case "foreign":
                    network.foreign_uplink()
                case "meter" | "valve":
                    network.uplink(kind, rng.randbytes(12).hex())
                case _:
                    network.uplink_lpp(kind, self.measurements(kind))

    def measurements(self, kind: str) -> list[Measurement]:
        """Return typical measurements of a node."""
        rng = self._network.random
        temperature = (1, "temperature", round(rng.uniform(15, 28), 1))
        humidity = (2, "humidity", rng.randint(60, 160) / 2)
        match kind:
            case "office":
                return [temperature, humidity]
            case "greenhouse":
                barometer = (3, "barometer", round(rng.uniform(990, 1030), 1))
                return [temperature, humidity, barometer, (4, "illuminance", rng.randint(0, 40_000))]
            case "door":
                return [(1, "digital_in", rng.randrange(2)), (2, "acceleration", (0.0, round(rng.random(), 3), 1.0))]
            case "presence":
                return [(1, "presence", rng.randrange(2)), temperature]
            case "tank":
                return [(1, "analog_in", round(rng.uniform(0.1, 2.4), 2))]
        position = (round(45.4 + rng.uniform(-0.02, 0.02), 4), round(11.8 + rng.uniform(-0.02, 0.02), 4), 12.0)
        return [(1, "gps", position), (2, "analog_in", 3.61)]
