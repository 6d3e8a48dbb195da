"""Behavior of the shared coordinator, with a small vendor of the test's own."""

from collections.abc import Iterable
from functools import partial
import logging
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.coordinator import PushCoordinator
from custom_components.pushwire.core.devices import DeviceDescription
from custom_components.pushwire.core.entity import PushEntity
from custom_components.pushwire.core.storage import STORE_VERSION, store_of
from custom_components.pushwire.wire.events import ButtonPress
from custom_components.pushwire.wire.stream import Frame


class SmallSensor(PushEntity["SmallCoordinator"], SensorEntity):
    """Sensor of the last word of a device."""

    @override
    def _update_attrs(self) -> None:
        self._attr_native_value = self.coordinator.said.get(self.resource)


def build(coordinator: SmallCoordinator, device_id: str) -> Iterable[PushEntity[Any]]:
    """Build a device's one sensor."""
    if device_id != coordinator.hub_id:
        yield SmallSensor(coordinator, device_id, device_id, "said", properties=frozenset({"said"}))


class SmallCoordinator(PushCoordinator):
    """Coordinator of a vendor whose frames are ``device=word``."""

    vendor = "small"

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start without devices."""
        super().__init__(hass, entry, {Platform.SENSOR: build, Platform.BINARY_SENSOR: lambda *_: ()})
        self.said: dict[str, str] = {}
        self.restored: dict[str, Any] | None = None

    @property
    @override
    def hub_id(self) -> str:
        return "hub"

    @override
    def device_ids(self) -> Iterable[str]:
        return ["hub", *self.said]

    @override
    def device_description(self, device_id: str) -> DeviceDescription | None:
        return DeviceDescription(device_id=device_id, name=device_id.title(), via=None if device_id == "hub" else "hub")

    @override
    def apply_frame(self, frame: Frame) -> None:
        name, _, word = (frame.decode() if isinstance(frame, bytes) else frame).partition("=")
        if not word:
            raise ValueError(name)
        new = name not in self.said
        self.said[name] = word
        if new:
            self.device_manager.update(name)
        self.dispatcher.notify(name, {"said"})
        self.schedule_save()

    @override
    async def async_check_credentials(self) -> None:
        """Accept any credentials."""

    @override
    def data_to_store(self) -> dict[str, Any]:
        return {"said": self.said}

    @override
    def restore(self, data: dict[str, Any]) -> None:
        super().restore(data)
        self.restored = data


@pytest.fixture
def coordinator(hass: HomeAssistant) -> SmallCoordinator:
    """Give a coordinator that has nothing to connect to."""
    entry = MockConfigEntry(domain=DOMAIN, title="Small", unique_id="small:1")
    entry.add_to_hass(hass)
    return SmallCoordinator(hass, entry)


async def test_pending_notifications_are_delivered_before_the_end(
    hass: HomeAssistant, coordinator: SmallCoordinator
) -> None:
    delivered: list[str] = []
    coordinator.dispatcher.subscribe("a", partial(delivered.append, "a"))
    await coordinator.async_start()
    coordinator.dispatcher.notify_soon("a", {"x"})
    await coordinator.async_stop()
    assert delivered == ["a"]
    await hass.async_block_till_done()
    assert delivered == ["a"]


def test_a_press_without_a_device_is_no_fault(coordinator: SmallCoordinator) -> None:
    coordinator.dispatcher.fire_event(
        ButtonPress(resource="a", kind="press_end", device_id="unknown", subtype="button_1")
    )


def test_a_faulty_frame_does_not_affect_the_others(
    coordinator: SmallCoordinator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    frames: list[Frame] = ["a=1", "broken", b"broken", "b=2"]
    for frame in frames:
        coordinator.frame_log.handle(coordinator.apply_frame, frame)
    assert coordinator.said == {"a": "1", "b": "2"}
    assert coordinator.frame_log.failures == {"ValueError in SmallCoordinator.apply_frame": 2}
    (record,) = (record for record in caplog.records if "unexpected ValueError" in record.message)
    assert record.levelno == logging.ERROR
    assert "in apply_frame" in record.message
    # The exception's text is part of a frame.
    assert "broken" not in record.message


def test_a_snapshot_that_cannot_be_understood_is_logged_once(
    coordinator: SmallCoordinator, caplog: pytest.LogCaptureFixture
) -> None:
    for text in ("one", "two"):
        try:
            coordinator.apply_frame(text)
        except ValueError as err:
            coordinator.frame_log.count_snapshot_failure(err)
    assert coordinator.frame_log.failures == {"snapshot ValueError in SmallCoordinator.apply_frame": 2}
    (record,) = (record for record in caplog.records if "could not be understood" in record.message)
    assert record.levelno == logging.WARNING
    assert "Traceback" not in record.message
    assert record.exc_info is None


async def test_devices_come_are_renamed_and_go(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    added: list[PushEntity[Any]] = []
    coordinator.add_platform(Platform.SENSOR, added.extend)  # type: ignore[arg-type]
    coordinator.apply_frame("light=on")
    coordinator.device_manager.update("light")
    assert [entity.unique_id for entity in added] == ["1/light-said"]
    registry = dr.async_get(hass)
    devices = {
        device.name: device for device in dr.async_entries_for_config_entry(registry, coordinator.entry.entry_id)
    }
    assert devices["Light"].via_device_id == devices["Hub"].id
    del coordinator.said["light"]
    coordinator.device_manager.sync()
    names = [device.name for device in dr.async_entries_for_config_entry(registry, coordinator.entry.entry_id)]
    assert names == ["Hub"]
    # A device that comes back gets its entities again.
    coordinator.apply_frame("light=off")
    assert len(added) == 2
    coordinator.device_manager.remove("light")
    coordinator.device_manager.remove("never there")
    await coordinator.async_stop()


async def test_a_removed_entity_may_be_added_again(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    added: list[PushEntity[Any]] = []
    coordinator.add_platform(Platform.SENSOR, added.extend)  # type: ignore[arg-type]
    coordinator.apply_frame("light=on")
    manager, registry = coordinator.device_manager, er.async_get(hass)
    entity = registry.async_get_or_create(Platform.SENSOR, DOMAIN, "1/light-said", config_entry=coordinator.entry)
    assert manager.resource_of(entity) == "light"
    manager.remove_entity(entity)
    assert manager.resource_of(entity) == ""
    assert not manager.has_entity(Platform.SENSOR, "1/light-said")
    manager.update("light")
    assert [entity.unique_id for entity in added] == ["1/light-said"] * 2
    assert manager.has_entity(Platform.SENSOR, "1/light-said")
    await coordinator.async_stop()


async def test_a_person_may_remove_only_what_is_gone(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    coordinator.apply_frame("light=on")
    registry = dr.async_get(hass)
    entry_id = coordinator.entry.entry_id
    light = registry.async_get_device_by_identifier((DOMAIN, "light"), entry_id)
    hub = registry.async_get_device_by_identifier((DOMAIN, "hub"), entry_id)
    stranger = registry.async_get_or_create(config_entry_id=entry_id, identifiers={("other", "x")})
    assert light is not None
    assert hub is not None
    assert not coordinator.can_remove_device(light)
    assert not coordinator.can_remove_device(hub)
    assert not coordinator.can_remove_device(stranger)
    del coordinator.said["light"]
    assert coordinator.can_remove_device(light)
    await coordinator.async_stop()


async def test_looking_at_whether_a_device_can_be_removed_changes_nothing(
    hass: HomeAssistant, coordinator: SmallCoordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator.device_manager, "_list_is_complete", lambda: False)
    await coordinator.async_start()
    added: list[PushEntity[Any]] = []
    coordinator.add_platform(Platform.SENSOR, added.extend)  # type: ignore[arg-type]
    coordinator.apply_frame("light=on")
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "light"), coordinator.entry.entry_id)
    assert device is not None
    assert coordinator.can_remove_device(device)
    assert coordinator.device_manager.is_registered("light")
    coordinator.forget_device("light")
    assert not coordinator.device_manager.is_registered("light")
    await coordinator.async_stop()


async def test_memory_outlives_a_restart(hass: HomeAssistant, coordinator: SmallCoordinator) -> None:
    await coordinator.async_start()
    assert coordinator.restored is None
    coordinator.apply_frame("light=on")
    await coordinator.async_stop()
    # Nothing is written after the end.
    coordinator.schedule_save()
    again = SmallCoordinator(hass, coordinator.entry)
    await again.async_start()
    assert again.restored is not None
    assert (again.restored["version"], again.restored["said"]) == (1, {"light": "on"})
    await again.async_stop()
    await store_of(hass, coordinator.entry.entry_id).async_remove()


@pytest.mark.parametrize(
    "data", [{"said": {"light": "on"}}, {"version": 0, "said": {}}, {"version": "1"}, [], "text", 5]
)
async def test_stored_data_of_another_version_is_dropped(
    hass: HomeAssistant, coordinator: SmallCoordinator, data: Any, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{coordinator.entry.entry_id}"
    hass_storage[key] = {"version": STORE_VERSION, "minor_version": 1, "key": key, "data": data}
    await coordinator.async_start()
    assert coordinator.restored is None
    coordinator.apply_frame("light=on")
    await coordinator.async_stop()
    assert hass_storage[key]["data"]["version"] == 1
    assert hass_storage[key]["data"]["said"] == {"light": "on"}


@pytest.mark.parametrize("version", [STORE_VERSION - 1, STORE_VERSION + 1])
async def test_a_file_of_another_version_does_not_stop_the_entry(
    hass: HomeAssistant, coordinator: SmallCoordinator, version: int, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{coordinator.entry.entry_id}"
    hass_storage[key] = {"version": version, "minor_version": 1, "key": key, "data": {"version": 1}}
    await coordinator.async_start()
    assert coordinator.restored is None
    await coordinator.async_stop()


async def test_stored_data_that_cannot_be_restored_is_logged_and_dropped(
    hass: HomeAssistant, coordinator: SmallCoordinator, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{DOMAIN}.{coordinator.entry.entry_id}"
    hass_storage[key] = {"version": STORE_VERSION, "minor_version": 1, "key": key, "data": {"version": 1}}

    def fail(_data: dict[str, Any]) -> None:
        raise KeyError("odd")

    monkeypatch.setattr(coordinator, "restore", fail)
    await coordinator.async_start()
    assert sum(coordinator.frame_log.failures.values()) == 1
    await coordinator.async_stop()


async def test_writes_to_disk_are_rare(
    hass: HomeAssistant, coordinator: SmallCoordinator, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    key = f"{DOMAIN}.{coordinator.entry.entry_id}"
    await coordinator.async_start()
    written = []
    for second in range(0, 600, 10):
        coordinator.apply_frame(f"light={second}")
        freezer.tick(10)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        if hass_storage.pop(key, None) is not None:
            written.append(second + 10)
    assert written == [300, 600]
    coordinator.apply_frame("light=on")
    await coordinator.async_stop()
    written_last = hass_storage[key]
    assert written_last["data"]["said"] == {"light": "on"}
    # Without a change, nothing is written.
    again = SmallCoordinator(hass, coordinator.entry)
    await again.async_start()
    await again.async_stop()
    assert hass_storage[key] is written_last


async def test_diagnostics_of_a_small_vendor(coordinator: SmallCoordinator) -> None:
    coordinator.frame_log.handle(coordinator.apply_frame, '{"a": 1}=x')
    coordinator.frame_log.handle(coordinator.apply_frame, "x" * 10_000 + "=y")
    diagnostics = coordinator.diagnostics()
    assert diagnostics["frames"]["seen"] == 2
    assert [frame["frame"] for frame in diagnostics["frames"]["frames"]] == [
        "10 bytes that are not JSON",
        "4096 bytes that are not JSON",
    ]
    assert diagnostics["model"] is None
    assert coordinator.device_diagnostics_data("x") is None
    assert coordinator.button_triggers("x") == []


def test_an_entry_is_not_loaded_by_looking(coordinator: SmallCoordinator) -> None:
    assert coordinator.entry.state is ConfigEntryState.NOT_LOADED
