"""CPU time of a new value, as a ratio to a bare Home Assistant entity of the same platform in the same run.

The bare entity receives the same frames with aiohttp, parses them with orjson, sets the attributes that Home
Assistant's platform reads, so that its state holds the same as Pushwire's, and writes its state. The two take turns in
one Home Assistant, so that both have as many other entities beside them, each with a gateway of its own; a ratio is
the median of those of all turns.

Usage: python -m benchmarks.platforms [--frames N] [--turns N] [--platform NAME ...] [--json]
"""

from abc import abstractmethod
import argparse
import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
import logging
from typing import Any, Final, override

import aiohttp
from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.components.cover import CoverDeviceClass, CoverEntity, CoverEntityFeature
from homeassistant.components.light import ColorMode, LightEntity, LightEntityFeature
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.entity import Entity
from homeassistant.util.color import color_temperature_mired_to_kelvin
import orjson
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from .frames import cost_of_a_state, flood_cost, fresh_home, pushed
from .processes import alternate, answer_turns, ratio, start

RESOURCES: Final = 200
LIMIT: Final = 1.3

type Receiver = Callable[
    [HomeAssistant, aiohttp.ClientSession, dict[str, Any]], AbstractAsyncContextManager[Callable[[], int]]
]
"""Receiver of a gateway's frames, from its addresses; it returns the function that counts them."""


class BareEntity(Entity):
    """Smallest possible entity of a platform."""

    _attr_should_poll = False

    @abstractmethod
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes from the values of a frame."""


class _Sensor(BareEntity, SensorEntity):
    """Temperature."""

    _attr_native_unit_of_measurement = "°C"
    _attr_device_class = SensorDeviceClass.TEMPERATURE
    _attr_state_class = SensorStateClass.MEASUREMENT

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_native_value = values["temperature"] / 100


class _BinarySensor(BareEntity, BinarySensorEntity):
    """Opening."""

    _attr_device_class = BinarySensorDeviceClass.OPENING

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_is_on = values["open"]


class _Light(BareEntity, LightEntity):
    """Color light."""

    _attr_supported_color_modes = {ColorMode.COLOR_TEMP, ColorMode.XY}
    _attr_supported_features = LightEntityFeature.TRANSITION | LightEntityFeature.FLASH | LightEntityFeature.EFFECT
    _attr_effect_list = ["off", "colorloop"]
    _attr_min_color_temp_kelvin = 2000
    _attr_max_color_temp_kelvin = 6535

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_is_on = values["on"]
        self._attr_brightness = values["bri"]
        self._attr_color_mode = ColorMode.COLOR_TEMP if values["colormode"] == "ct" else ColorMode.XY
        self._attr_color_temp_kelvin = color_temperature_mired_to_kelvin(values["ct"])
        self._attr_xy_color = (values["xy"][0], values["xy"][1])
        self._attr_effect = "off" if values["effect"] == "none" else values["effect"]


class _Cover(BareEntity, CoverEntity):
    """Cover with a position."""

    _attr_device_class = CoverDeviceClass.BLIND
    _attr_supported_features = CoverEntityFeature(255)
    _attr_current_cover_position = 0

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        position, before = 100 - values["lift"], self._attr_current_cover_position
        self._attr_current_cover_position = position
        self._attr_current_cover_tilt_position = 100 - values.get("tilt", 0)
        self._attr_is_closed = not values["open"]
        self._attr_is_opening = position > before
        self._attr_is_closing = position < before


# Entity class, collection and type of the resources of each platform.
PLATFORMS: Final[dict[str, tuple[Callable[[], BareEntity], str, str]]] = {
    "sensor": (_Sensor, "sensors", "ZHATemperature"),
    "binary_sensor": (_BinarySensor, "sensors", "ZHAOpenClose"),
    "light": (_Light, "lights", "Extended color light"),
    "cover": (_Cover, "lights", "Window covering device"),
}


@asynccontextmanager
async def bare(
    hass: HomeAssistant, session: aiohttp.ClientSession, addresses: dict[str, Any], platform: str
) -> AsyncGenerator[Callable[[], int]]:
    """Receive with bare entities of a platform."""
    create, collection, kind = PLATFORMS[platform]
    async with session.get(f"{addresses['url']}/api/{addresses['user_input']['api_key']}") as response:
        full = await response.json()
    by_id: dict[str, BareEntity] = {}
    for number, resource in full[collection].items():
        if resource["type"] == kind:
            by_id[number] = entity = create()
            entity.update(resource["state"])
    async with shown_by(hass, session, addresses["ws_url"], by_id, platform=platform, fields=("id", "state")) as count:
        yield count


@asynccontextmanager
async def shown_by(
    hass: HomeAssistant,
    session: aiohttp.ClientSession,
    url: str,
    entities: Mapping[str, BareEntity],
    *,
    platform: str,
    fields: tuple[str, str],
) -> AsyncGenerator[Callable[[], int]]:
    """Show the frames of a socket with bare entities; return the function that counts the frames.

    Args:
        hass: Home Assistant.
        session: Session for the socket.
        url: URL of the socket.
        entities: Entities by the ID in the frames.
        platform: Platform of the entities.
        fields: Names of the ID and of the values in a frame.

    """
    received = 0
    connected = asyncio.Event()
    for identifier, entity in entities.items():
        entity._attr_name = entity._attr_unique_id = f"Bare {identifier}"  # noqa: SLF001
    await MockEntityPlatform(hass, domain=platform).async_add_entities(list(entities.values()))
    name, values = fields

    async def loop() -> None:
        nonlocal received
        async with session.ws_connect(url) as socket:
            connected.set()
            async for message in socket:
                frame = orjson.loads(message.data)
                entity = entities[frame[name]]
                entity.update(frame[values])
                entity.async_write_ha_state()
                received += 1

    task = hass.async_create_background_task(loop(), "bare entities")
    await connected.wait()
    yield lambda: received
    task.cancel()


async def measure(
    platform: str, addresses: Sequence[dict[str, Any]], frames: int, *, pushwire: Receiver, entity: Receiver
) -> None:
    """Receive with both, and measure the CPU seconds of this process per written state, turn by turn."""
    body = {"method": "flood_platform", "args": {"platform": platform, "count": frames}}
    async with fresh_home() as hass, aiohttp.ClientSession() as session, AsyncExitStack() as stack:
        await async_process_ha_core_config(hass, {})
        costs = {}
        receivers = {"pushwire": pushwire, "entity": entity}
        for (who, receiver), gateway in zip(receivers.items(), addresses, strict=True):
            count = await stack.enter_async_context(receiver(hass, session, gateway))
            flood = partial(flood_cost, hass, session, f"{gateway['url']}/_sim/call", body, count=count, frames=frames)
            costs[who] = await cost_of_a_state(hass, flood, frames)
        await answer_turns(**costs)
        await stack.aclose()
        await hass.async_stop(force=True)


def compare(
    module: str, gateway: list[str], platforms: Iterable[str], options: argparse.Namespace
) -> dict[str, dict[str, list[float]]]:
    """Return the costs of a bare entity and of Pushwire for each platform, measured alternately."""
    costs = {}
    for platform in platforms:
        with ExitStack() as stack:
            command = (module, "--frames", str(options.frames), "--case", platform)
            costs[platform] = alternate([start(stack, gateway, *command, gateways=2)], options.turns)
    return costs


def print_ratios(costs: Mapping[str, Mapping[str, list[float]]]) -> None:
    """Print the costs and the ratio of each platform."""
    for platform, sides in costs.items():
        entity, ours = sides["entity"], sides["pushwire"]
        print(f"{platform:15} {min(entity) * 1e6:6.1f} µs {min(ours) * 1e6:6.1f} µs {ratio(ours, entity, LIMIT)}")


def main() -> None:
    """Measure all platforms and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--platform", choices=PLATFORMS, nargs="*", default=PLATFORMS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--addresses", type=orjson.loads, action="append", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None:
        logging.disable(logging.WARNING)
        entity = partial(bare, platform=options.case)
        asyncio.run(measure(options.case, options.addresses, options.frames, pushwire=pushed, entity=entity))
        return
    costs = compare("benchmarks.platforms", [str(RESOURCES), "--platforms"], options.platform, options)
    if options.json:
        print(orjson.dumps(costs).decode())
        return
    print_ratios(costs)


if __name__ == "__main__":
    main()
