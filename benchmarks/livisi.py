"""Cost of a LIVISI hub with 200 devices and 600 capabilities, and an hour beside Home Assistant's own integration.

The cost of a written state is a ratio to that of bare Home Assistant entities of the same platforms, which receive
the same events with aiohttp and parse them with orjson. In the hour, whose time is simulated, both integrations are
connected to a hub of their own with the same changes. The results are the requests after the set-up, the states
written, and the time from a change to its state.

Usage: python -m benchmarks.livisi [--frames N] [--turns N] [--platform NAME ...] [--json]
"""

import argparse
import asyncio
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
import gc
import logging
from statistics import median
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final, override
from unittest.mock import patch

import aiohttp
from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.components.climate import ClimateEntity, ClimateEntityFeature, HVACMode
from homeassistant.components.light import ColorMode, LightEntity
from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import entity_registry as er
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN
from simulators import LivisiSimulator

from .beside_core import resident, set_up
from .frames import count_writes, fresh_home, pushed
from .platforms import BareEntity, compare, measure, print_ratios, shown_by

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

DEVICES: Final = 200
UNIQUE_ID: Final = "livisi:914120000000"
# Seconds.
HOUR: Final = 3600
STEP: Final = 5
# Longest time that a change may take to be shown without more of the simulated time.
PATIENCE: Final = 0.25


class _Climate(BareEntity, ClimateEntity):
    """Thermostat."""

    _attr_current_humidity = 50
    _attr_current_temperature = 20.0
    _attr_hvac_mode = HVACMode.AUTO
    _attr_hvac_modes = [HVACMode.HEAT, HVACMode.AUTO]
    _attr_max_temp = 30.0
    _attr_min_temp = 6.0
    _attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE
    _attr_target_temperature_step = 0.5
    _attr_temperature_unit = UnitOfTemperature.CELSIUS

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_target_temperature = values["pointTemperature"]


class _Sensor(BareEntity, SensorEntity):
    """Position of a valve."""

    _attr_native_unit_of_measurement = "%"
    _attr_state_class = SensorStateClass.MEASUREMENT

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_native_value = values["valvePosition"]


class _BinarySensor(BareEntity, BinarySensorEntity):
    """Window."""

    _attr_device_class = BinarySensorDeviceClass.WINDOW

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_is_on = values["isOpen"]


class _Light(BareEntity, LightEntity):
    """Dimmer."""

    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_is_on = values["dimLevel"] > 0
        self._attr_brightness = round(values["dimLevel"] * 2.55)


# Entity class, type of the capabilities and their first value of each platform.
PLATFORMS: Final[dict[str, tuple[Callable[[], BareEntity], str, dict[str, Any]]]] = {
    "binary_sensor": (_BinarySensor, "WindowDoorSensor", {"isOpen": False}),
    "climate": (_Climate, "ThermostatActuator", {"pointTemperature": 21.0}),
    "light": (_Light, "DimmerActuator", {"dimLevel": 60}),
    "sensor": (_Sensor, "ValveActuator", {"valvePosition": 35}),
}


async def access_token(session: aiohttp.ClientSession, addresses: dict[str, Any]) -> str:
    """Return an access token of the simulated hub."""
    login = {"username": "admin", "password": addresses["user_input"]["password"], "grant_type": "password"}
    # The client that every app of the vendor uses.
    headers = {"Authorization": "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="}
    async with session.post(f"{addresses['url']}/auth/token", json=login, headers=headers) as response:
        response.raise_for_status()
        return str((await response.json())["access_token"])


@asynccontextmanager
async def bare(
    hass: HomeAssistant, session: aiohttp.ClientSession, addresses: dict[str, Any], platform: str
) -> AsyncGenerator[Callable[[], int]]:
    """Receive with bare entities of a platform."""
    create, kind, first = PLATFORMS[platform]
    token = await access_token(session, addresses)
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(f"{addresses['url']}/capability", headers=headers) as response:
        capabilities = await response.json()
    by_source: dict[str, BareEntity] = {}
    for capability in capabilities:
        if capability.get("type") == kind:
            by_source[f"/capability/{capability['id']}"] = entity = create()
            entity.update(first)
    url = str(URL(addresses["ws_url"]).with_query(token=token))
    async with shown_by(hass, session, url, by_source, platform=platform, fields=("source", "properties")) as count:
        yield count


class Clock:
    """Clock of the event loop, which can be moved ahead, so that timers come earlier."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Initialize with the real time."""
        self.ahead = 0.0
        self._time = loop.time
        loop.time = self.time  # type: ignore[method-assign]

    def time(self) -> float:
        """Return the time of the event loop in seconds."""
        return self._time() + self.ahead


@dataclass(slots=True)
class Hour:
    """An hour with one integration.

    Attributes:
        setup: CPU seconds of the set-up.
        setup_requests: Requests of the set-up.
        entities: Entities in the registry, including disabled ones.
        memory: Resident bytes that the set-up added.
        requests: Requests of the hour.
        written: States written in the hour.
        shown: Milliseconds from a change to its state, for each change that was shown at once.
        missed: Changes that were not shown within the step of the simulated time in which they happened.

    """

    setup: float = 0.0
    setup_requests: int = 0
    entities: int = 0
    memory: int = 0
    requests: int = 0
    written: int = 0
    shown: list[float] = field(default_factory=list)
    missed: int = 0


# Platform, and key, property and values of a change that both integrations show. Entities are found by the state.
CHANGES: Final = (
    ("switch", "coffee.SwitchActuator", "onState", (True, False)),
    ("binary_sensor", "bath_window.WindowDoorSensor", "isOpen", (True, False)),
    ("binary_sensor", "front_door.WindowDoorSensor", "isOpen", (True, False)),
    ("climate", "bath_climate.RoomTemperature", "temperature", (19.5, 20.5)),
    ("climate", "bath_climate.RoomSetpoint", "setpointTemperature", (18.0, 22.0)),
)


def entry_for(who: str, simulator: LivisiSimulator) -> MockConfigEntry:
    """Return the config entry of an integration for the simulated hub."""
    if who == "core":
        return MockConfigEntry(domain="livisi", data={"host": simulator.host, "password": simulator.password})
    return MockConfigEntry(domain=DOMAIN, data={CONF_VENDOR: "livisi", **simulator.user_input}, unique_id=UNIQUE_ID)


async def measure_hour(who: str) -> Hour:
    """Return the results of one integration."""
    hour = Hour()
    clock = Clock(asyncio.get_running_loop())
    async with LivisiSimulator() as simulator, fresh_home() as hass:
        simulator.add_devices(DEVICES)
        # Core's integration cannot be set up with a hub that has a capability without a type.
        capabilities = simulator.world["capabilities"]
        for identifier in [item for item, capability in capabilities.items() if "type" not in capability]:
            del capabilities[identifier]
        await async_process_ha_core_config(hass, {})
        entry = entry_for(who, simulator)
        entry.add_to_hass(hass)
        hass.data.pop("custom_components", None)
        gc.collect()
        before = resident()
        with (
            # Core's integration knows one port for requests, and one for each kind of hub.
            patch("livisi.aiolivisi.CLASSIC_PORT", simulator.port),
            patch("livisi.websocket.AVATAR_PORT", simulator.ws_port),
            patch("homeassistant.components.livisi.coordinator.AVATAR_PORT", simulator.ws_port),
        ):
            hour.setup = await set_up(hass, entry)
            await simulator.wait(lambda: simulator.open_sockets > 0, 10)
            hour.setup_requests = len(simulator.requests)
            gc.collect()
            hour.memory = resident() - before
            hour.entities = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
            simulator.requests.clear()
            written, _ = count_writes(hass)
            for number in range(HOUR // STEP):
                clock.ahead += STEP
                # The responses to pings arrive before the next step.
                await asyncio.sleep(0.02)
                await hass.async_block_till_done()
                platform, key, name, values = CHANGES[number % len(CHANGES)]
                value = values[number // len(CHANGES) % len(values)]
                await _change(hass, simulator, hour, platform, (key, name, value))
            hour.requests = sum(request.path != "/events" for request in simulator.requests)
            hour.written = len(written)
            await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)
    return hour


async def _change(
    hass: HomeAssistant, simulator: LivisiSimulator, hour: Hour, platform: str, change: tuple[str, str, Any]
) -> None:
    """Change a value of the hub, and wait until a state of the platform changes."""
    key, name, value = change
    if simulator.value(key, name) == value:
        return
    changed = asyncio.Event()
    cancel = hass.bus.async_listen(
        "state_changed",
        callback(lambda _event: changed.set()),
        event_filter=callback(lambda data: data["entity_id"].startswith(f"{platform}.")),
    )
    began = asyncio.get_running_loop().time()
    simulator.set_state(key, **{name: value})
    try:
        async with asyncio.timeout(PATIENCE):
            await changed.wait()
    except TimeoutError:
        hour.missed += 1
    else:
        hour.shown.append((asyncio.get_running_loop().time() - began) * 1000)
    finally:
        cancel()


def run_hour(who: str) -> Hour:
    """Return the results of one integration in a new process."""
    command = [sys.executable, "-m", "benchmarks.livisi", "--hour", who]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 (our own module)
    return Hour(**orjson.loads(done.stdout))


def main() -> None:
    """Measure the cost and the hour, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--platform", choices=PLATFORMS, nargs="*", default=PLATFORMS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--hour", help=argparse.SUPPRESS)
    parser.add_argument("--addresses", type=orjson.loads, action="append", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None or options.hour is not None:
        logging.disable(logging.CRITICAL)
        if options.hour is not None:
            print(orjson.dumps(asdict(asyncio.run(measure_hour(options.hour)))).decode())
        else:
            receivers = {
                "pushwire": partial(pushed, unique_id=UNIQUE_ID),
                "entity": partial(bare, platform=options.case),
            }
            asyncio.run(measure(options.case, options.addresses, options.frames, **receivers))
        return
    costs = compare("benchmarks.livisi", [str(DEVICES), "--livisi"], options.platform, options)
    hours = {who: run_hour(who) for who in ("core", "pushwire")}
    if options.json:
        print(orjson.dumps({"costs": costs, "hours": {who: asdict(hour) for who, hour in hours.items()}}).decode())
        return
    print_ratios(costs)
    for who, hour in hours.items():
        each = hour.memory / max(hour.entities, 1) / 1024
        delay = f"{median(hour.shown):.1f} ms" if hour.shown else "never"
        print(
            f"{who:9} set-up {hour.setup:5.2f} s with {hour.setup_requests} requests, {hour.entities} entities, "
            f"{each:.1f} KiB each; in an hour {hour.requests} requests, {hour.written} states written, "
            f"a change shown after {delay}, {hour.missed} changes missed"
        )


if __name__ == "__main__":
    main()
