"""What the shared core promises for every vendor, shown on a small vendor of the test's own."""

from collections.abc import Callable, Iterable
from functools import partial
import logging
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.coordinator import Device, PushCoordinator, store_of
from custom_components.pushwire.core.entity import PushEntity
from custom_components.pushwire.wire.events import ButtonEdge, Edge
from custom_components.pushwire.wire.stream import Frame


class SmallSensor(PushEntity["SmallCoordinator"], SensorEntity):
    """Shows what a device last said."""

    @override
    def refresh(self) -> None:
        self._attr_native_value = self.coordinator.said.get(self.resource)


def build(coordinator: SmallCoordinator, device_id: str) -> Iterable[PushEntity[Any]]:
    """Build a device's one sensor."""
    if device_id != coordinator.hub_id:
        yield SmallSensor(coordinator, device_id, device_id, "said", properties=frozenset({"said"}))


class SmallCoordinator(PushCoordinator):
    """A vendor whose frames are ``device=word``."""

    vendor = "small"
    builders = MappingProxyType({Platform.SENSOR: build, Platform.BINARY_SENSOR: lambda *_: ()})

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start without devices."""
        super().__init__(hass, entry)
        self.said: dict[str, str] = {}
        self.remembered: dict[str, Any] | None = None

    @property
    @override
    def hub_id(self) -> str:
        return "hub"

    @override
    def device_ids(self) -> Iterable[str]:
        return ["hub", *self.said]

    @override
    def describe(self, device_id: str) -> Device | None:
        return Device(device_id=device_id, name=device_id.title(), via=None if device_id == "hub" else "hub")

    @override
    def apply_frame(self, frame: Frame) -> None:
        name, _, word = (frame.decode() if isinstance(frame, bytes) else frame).partition("=")
        if not word:
            raise ValueError(name)
        new = name not in self.said
        self.said[name] = word
        if new:
            self.update_device(name)
        self.notify(name, {"said"})

    @override
    def memory(self) -> dict[str, Any]:
        return {"said": self.said}

    @override
    def recall(self, memory: dict[str, Any]) -> None:
        super().recall(memory)
        self.remembered = memory


@pytest.fixture
def coordinator(hass: HomeAssistant) -> SmallCoordinator:
    """Give a coordinator that has nothing to connect to."""
    entry = MockConfigEntry(domain=DOMAIN, title="Small", unique_id="small:1")
    entry.add_to_hass(hass)
    return SmallCoordinator(hass, entry)


def counter() -> tuple[list[int], Callable[[], None]]:
    """Return a function to listen with, and how often it was called."""
    calls: list[int] = []
    return calls, lambda: calls.append(1)


def test_only_those_concerned_are_told(coordinator: SmallCoordinator) -> None:
    wanted, on_wanted = counter()
    other_property, on_other_property = counter()
    other_resource, on_other_resource = counter()
    anything, on_anything = counter()
    coordinator.listen("a", on_wanted, frozenset({"x"}))
    coordinator.listen("a", on_other_property, frozenset({"y"}))
    coordinator.listen("b", on_other_resource)
    leave = coordinator.listen("a", on_anything)
    coordinator.notify("a", {"x", "z"})
    assert (wanted, other_property, other_resource, anything) == ([1], [], [], [1])
    coordinator.notify("a")
    assert (len(wanted), len(other_property), len(anything)) == (2, 1, 2)
    leave()
    coordinator.notify("a", {"x"})
    assert len(anything) == 2


def test_a_batch_tells_once_and_then_fires_its_edges(coordinator: SmallCoordinator) -> None:
    order: list[str] = []
    coordinator.listen("a", lambda: order.append("told"), frozenset({"x", "y"}))
    coordinator.listen_edges("a", lambda edge: order.append(edge.kind))
    with coordinator.batch():
        coordinator.notify("a", {"x"})
        coordinator.emit(Edge(resource="a", kind="pressed"))
        with coordinator.batch():
            coordinator.notify("a", {"y"})
        coordinator.notify("a")
        coordinator.notify("a", {"x"})
        assert order == []
    assert order == ["told", "pressed"]


@pytest.fixture
def told(coordinator: SmallCoordinator) -> list[str]:
    """Listen to two resources, and return what was told of them in its order."""
    order: list[str] = []
    for resource in ("a", "b"):
        coordinator.listen(resource, partial(order.append, resource), frozenset({"x"}))
        coordinator.listen_edges(resource, lambda edge: order.append(edge.kind))
    return order


async def test_what_is_deferred_is_told_at_the_next_turn(
    hass: HomeAssistant, coordinator: SmallCoordinator, told: list[str]
) -> None:
    coordinator.defer("b", {"x"})
    coordinator.defer("a", {"x"})
    coordinator.defer("c", {"x"})
    assert told == []
    await hass.async_block_till_done()
    assert told == ["b", "a"]


def test_nothing_overtakes_what_is_deferred(coordinator: SmallCoordinator, told: list[str]) -> None:
    coordinator.defer("a", {"x"})
    coordinator.emit(Edge(resource="b", kind="pressed"))
    assert told == ["a", "pressed"]
    coordinator.defer("b", {"x"})
    coordinator.notify("a", {"x"})
    assert told[2:] == ["b", "a"]
    coordinator.defer("a", {"x"})
    with coordinator.batch():
        coordinator.defer("b", {"x"})
        assert told[4:] == ["a"]
    assert told[4:] == ["a", "b"]


def test_a_resource_is_settled_before_it_changes_again(coordinator: SmallCoordinator, told: list[str]) -> None:
    coordinator.defer("a", {"x"})
    coordinator.settle("b")
    assert told == []
    coordinator.settle("a")
    assert told == ["a"]


async def test_what_cannot_be_shown_costs_its_neighbours_nothing(
    hass: HomeAssistant, coordinator: SmallCoordinator, told: list[str]
) -> None:
    def fail() -> None:
        raise RuntimeError

    coordinator.listen("c", fail)
    coordinator.defer("c", {"x"})
    coordinator.defer("a", {"x"})
    await hass.async_block_till_done()
    assert told == ["a"]
    assert coordinator.ledger.failures == {"RuntimeError": 1}


async def test_what_is_deferred_is_told_before_the_end(
    hass: HomeAssistant, coordinator: SmallCoordinator, told: list[str]
) -> None:
    await coordinator.async_start()
    coordinator.defer("a", {"x"})
    await coordinator.async_stop()
    assert told == ["a"]
    await hass.async_block_till_done()
    assert told == ["a"]


def test_an_edge_waits_for_its_entity_but_not_for_long(
    hass: HomeAssistant, coordinator: SmallCoordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator.emit(Edge(resource="a", kind="early"))
    heard: list[str] = []
    coordinator.listen_edges("a", lambda edge: heard.append(edge.kind))
    assert heard == ["early"]
    coordinator.emit(Edge(resource="b", kind="old"))
    now = hass.loop.time()
    monkeypatch.setattr(hass.loop, "time", lambda: now + 60)
    coordinator.listen_edges("b", lambda edge: heard.append(edge.kind))
    assert heard == ["early"]


def test_a_press_without_a_device_is_no_fault(coordinator: SmallCoordinator) -> None:
    coordinator.emit(ButtonEdge(resource="a", kind="press_end", device_id="nobody", subtype="button_1"))


def test_a_faulty_frame_costs_its_neighbours_nothing(
    coordinator: SmallCoordinator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    frames: list[Frame] = ["a=1", "broken", b"broken", "b=2"]
    for frame in frames:
        coordinator.ledger.take(coordinator.apply_frame, frame)
    assert coordinator.said == {"a": "1", "b": "2"}
    assert coordinator.ledger.failures == {"ValueError": 2}
    assert len([record for record in caplog.records if "could not be handled" in record.message]) == 1


async def test_devices_come_are_renamed_and_go(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    added: list[PushEntity[Any]] = []
    coordinator.add_platform(Platform.SENSOR, added.extend)  # type: ignore[arg-type]
    coordinator.apply_frame("lamp=on")
    coordinator.update_device("lamp")
    assert [entity.unique_id for entity in added] == ["lamp-said"]
    registry = dr.async_get(hass)
    devices = {
        device.name: device for device in dr.async_entries_for_config_entry(registry, coordinator.entry.entry_id)
    }
    assert devices["Lamp"].via_device_id == devices["Hub"].id
    del coordinator.said["lamp"]
    coordinator.sync_devices()
    names = [device.name for device in dr.async_entries_for_config_entry(registry, coordinator.entry.entry_id)]
    assert names == ["Hub"]
    # A device that comes back gets its entities again.
    coordinator.apply_frame("lamp=off")
    assert len(added) == 2
    coordinator.remove_device("lamp")
    coordinator.remove_device("never there")
    await coordinator.async_stop()


async def test_a_person_may_remove_only_what_is_gone(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    coordinator.apply_frame("lamp=on")
    registry = dr.async_get(hass)
    entry_id = coordinator.entry.entry_id
    lamp = registry.async_get_device_by_identifier((DOMAIN, "lamp"), entry_id)
    hub = registry.async_get_device_by_identifier((DOMAIN, "hub"), entry_id)
    stranger = registry.async_get_or_create(config_entry_id=entry_id, identifiers={("other", "x")})
    assert lamp is not None
    assert hub is not None
    assert not coordinator.may_remove(lamp)
    assert not coordinator.may_remove(hub)
    assert not coordinator.may_remove(stranger)
    del coordinator.said["lamp"]
    assert coordinator.may_remove(lamp)
    await coordinator.async_stop()


async def test_memory_outlives_a_restart(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    assert coordinator.remembered is None
    coordinator.apply_frame("lamp=on")
    await coordinator.async_stop()
    # Nothing is written after the end.
    coordinator.remember()
    again = SmallCoordinator(hass, coordinator.entry)
    await again.async_start()
    assert again.remembered == {"said": {"lamp": "on"}}
    await again.async_stop()
    await store_of(hass, coordinator.entry.entry_id).async_remove()


async def test_diagnostics_of_a_small_vendor(coordinator: SmallCoordinator) -> None:
    coordinator.ledger.take(coordinator.apply_frame, '{"a": 1}=x')
    coordinator.ledger.take(coordinator.apply_frame, "x" * 10_000 + "=y")
    told = coordinator.diagnostics()
    assert told["frames"]["seen"] == 2
    assert [frame["frame"] for frame in told["frames"]["frames"]] == [
        "10 bytes that are not JSON",
        "4096 bytes that are not JSON",
    ]
    assert told["model"] is None
    assert coordinator.dump_device("x") is None
    assert coordinator.button_triggers("x") == []


def test_an_entry_is_not_loaded_by_looking(coordinator: SmallCoordinator) -> None:
    assert coordinator.entry.state is ConfigEntryState.NOT_LOADED
