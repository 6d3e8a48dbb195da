"""The four vendors' systems, each small and with what the matrix has to know of it."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from http import HTTPStatus
from typing import Any, ClassVar

from aiohttp import web
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from simulators.base import is_upgrade, reply
from simulators.deconz.world import BRIDGE_ID
from simulators.element.world import DEVICES as ELEMENT_DEVICES
from simulators.livisi.errors import INVALID_CREDENTIALS, error_body
from simulators.livisi.world import DEVICES as LIVISI_DEVICES
from tests.common import wait_until
from tests.element.conftest import wait_primed


class System(ABC):
    """Simulated system of one vendor.

    Attributes:
        title: Name of the vendor in the report.
        entity_id: Sensor that shows the value of ``change``.
        minutes: Minutes before refused credentials are checked again.
        client_module: Module of the vendor's REST client.
        has_snapshot: Whether the state is read by REST.

    """

    title: ClassVar[str]
    entity_id: ClassVar[str]
    minutes: ClassVar[int] = 2
    client_module: ClassVar[str] = "client"

    sim: Any

    @property
    def vendor(self) -> str:
        """ID of the vendor."""
        return str(self.sim.vendor)

    @abstractmethod
    def change(self, value: float) -> None:
        """Change a temperature."""

    @abstractmethod
    def secrets(self) -> frozenset[str]:
        """Return the credentials of the entry."""

    def repeat(self, value: float) -> None:
        """Send the temperature again, if the system keeps no history."""
        del value

    @abstractmethod
    def reads_state(self, request: web.Request) -> bool:
        """Return whether a request reads the state."""

    def error(self, _request: web.Request, status: int) -> web.Response:
        """Return the vendor's error for a status."""
        return reply(self.sim.error_body(status), status)

    @contextmanager
    def another(self) -> Generator[None]:
        """Put another system of the vendor at the address."""
        before = deepcopy(self.sim.world)
        self.replace()
        yield
        value = self.sim.world
        value.clear()
        value.update(before)

    @abstractmethod
    def replace(self) -> None:
        """Replace the system by another one."""

    async def settle(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Wait until everything has been read."""
        del hass, entry


class Livisi(System):
    """Hub of the second generation with a thermostat, a plug and a remote."""

    title = "LIVISI"
    entity_id = "sensor.bad_heizkorper_bad_temperature"
    minutes = 15

    def __init__(self) -> None:
        """Initialize the small home."""
        self.sim = LivisiSimulator()
        for key in (device[0] for device in LIVISI_DEVICES):
            if key not in ("bath_radiator", "coffee", "remote"):
                self.sim.remove_device(key)

    def change(self, value: float) -> None:
        """Change the temperature of the radiator."""
        self.sim.set_state("bath_radiator.TemperatureSensor", temperature=value)

    def secrets(self) -> frozenset[str]:
        """Return the password."""
        return frozenset({self.sim.password})

    def reads_state(self, request: web.Request) -> bool:
        """Return whether a request is anything but a login."""
        return not is_upgrade(request) and request.path != "/auth/token"

    def error(self, request: web.Request, status: int) -> web.Response:
        """Return the hub's error; a login is refused as with a wrong password."""
        if status == HTTPStatus.UNAUTHORIZED and request.path == "/auth/token":
            return reply(error_body(INVALID_CREDENTIALS), status)
        return super().error(request, status)

    def replace(self) -> None:
        """Give the hub another serial number."""
        self.sim.world["status"]["serialNumber"] = "914119999999"


class Deconz(System):
    """Gateway with a light, two sensors and a remote."""

    title = "deCONZ"
    entity_id = "sensor.klima_bad_temperature"

    def __init__(self) -> None:
        """Initialize the small network."""
        self.sim = DeconzSimulator()
        world = self.sim.world
        for kind, keys in (("sensors", ("temperature", "window", "dimmer_switch")), ("lights", ("ceiling",))):
            kept = [self.sim.resolve(kind, key) for key in keys]
            world[kind] = {rid: world[kind][rid] for rid in kept}
        # A well-formed frame of a known light is the gateway's word, whatever its values are.
        self.sim.garbage_frames = list
        world["groups"].clear()
        world["alarmsystems"].clear()

    def change(self, value: float) -> None:
        """Change the temperature of the sensor."""
        self.sim.set_sensor_state("temperature", temperature=round(value * 100))

    def secrets(self) -> frozenset[str]:
        """Return the API key."""
        return frozenset({self.sim.api_key})

    def reads_state(self, request: web.Request) -> bool:
        """Return whether a request reads the full state."""
        return not is_upgrade(request) and request.path.count("/") == 2

    def replace(self) -> None:
        """Give the gateway another ID and another network."""
        self.sim.bridge_id = "00212EFFFF999999"
        self.sim.world["sensors"].clear()

    @contextmanager
    def another(self) -> Generator[None]:
        """Put another gateway at the address."""
        with super().another():
            yield
        self.sim.bridge_id = BRIDGE_ID


class Element(System):
    """Platform with two devices."""

    title = "ELEMENT IoT"
    entity_id = "sensor.gebaude_klima_buro_temperature"

    def __init__(self) -> None:
        """Initialize the small mandate."""
        self.sim = ElementSimulator(rate=100_000)
        for key in (device[0] for device in ELEMENT_DEVICES):
            if key not in ("climate", "contact"):
                self.sim.delete(key)

    def change(self, value: float) -> None:
        """Let the device in the office send a temperature."""
        self.sim.uplink("climate", {"temperature": value})

    def secrets(self) -> frozenset[str]:
        """Return the API key."""
        return frozenset({self.sim.api_key})

    def reads_state(self, request: web.Request) -> bool:
        """Return whether a request reads the inventory or newest values."""
        return not is_upgrade(request)

    def replace(self) -> None:
        """Show the devices of another mandate."""
        self.sim.delete("climate")
        self.sim.add_device("fresh", "Frisch")

    async def settle(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Wait until the newest values have been read."""
        await wait_primed(hass, entry)


class Resiot(System):
    """Server with REST, and one node that has sent."""

    title = "ResIOT"
    client_module = "rest"
    entity_id = "sensor.0732227a557d8601_temperature_1"

    def __init__(self) -> None:
        """Initialize the server."""
        self.sim = ResiotSimulator(rest=True)
        # The IDs of the entities are the same whether or not REST has named the nodes before.
        for node in self.sim.world["nodes"].values():
            node["name"] = node["deveui"].upper()
        # A well-formed uplink of a known node decides how its port is decoded from then on.
        self.sim.garbage_frames = list

    def change(self, value: float) -> None:
        """Let the node send a temperature."""
        self.sim.uplink_lpp("office", [(1, "temperature", value)])

    def repeat(self, value: float) -> None:
        """Let the node send the temperature again: the server keeps no history."""
        self.change(value)

    def secrets(self) -> frozenset[str]:
        """Return both tokens."""
        return frozenset({self.sim.token, self.sim.rest_token})

    def reads_state(self, request: web.Request) -> bool:
        """Return whether a request reads the gateways."""
        return not is_upgrade(request)

    def replace(self) -> None:
        """Do nothing, since the address names the account."""

    async def settle(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Wait until the nodes have been read."""
        await wait_until(hass, lambda: not entry.runtime_data.inventory.is_reading)


SYSTEMS: dict[str, type[System]] = {"livisi": Livisi, "deconz": Deconz, "element": Element, "resiot": Resiot}

__all__ = ["SYSTEMS", "Simulator", "System"]
