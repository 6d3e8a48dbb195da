"""Storage files of every version of the format, and files of other shapes.

The fixtures are storage files as Home Assistant wrote them. A fixture is never changed: a
new version of the format gets a new fixture and a new test.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
import logging
from pathlib import Path
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan.api.model import CayennePort, Radio, ValueDescription
from custom_components.pushwire.lorawan.coordinator import LorawanCoordinator
from custom_components.pushwire.vendors.element import ELEMENT
from custom_components.pushwire.vendors.element.api.model import Cursor
from custom_components.pushwire.vendors.element.coordinator import ElementCoordinator
from custom_components.pushwire.vendors.resiot import RESIOT
from custom_components.pushwire.vendors.resiot.api.model import Gateway
from custom_components.pushwire.vendors.resiot.coordinator import ResiotCoordinator
from tests.common import stored_data

FIXTURES = Path(__file__).parent / "fixtures"
CLIMATE = "b677f2a5-3190-5e68-adac-18820cf09dd8"
WATER = "33b4e0f7-2a47-598f-be72-9955175877e0"
OFFICE = "0732227a557d8601"
PRESENCE = "0732227a557d8604"
METER = "0732227a557d8679"
VALVE = "0732227a557d8608"
TEMPERATURE = ValueDescription(device_class="temperature", unit="°C", state_class="measurement", precision=1)
DROPPED = "the stored data has another format and is not used"


def read_fixture(name: str) -> dict[str, Any]:
    """Return the content of a storage file."""
    content: dict[str, Any] = orjson.loads((FIXTURES / f"{name}.json").read_bytes())
    return content


def make_element(hass: HomeAssistant) -> ElementCoordinator:
    """Return a coordinator of ELEMENT that is not started."""
    data = {
        "vendor": "element",
        "host": "http://127.0.0.1",
        "api_key": "key",
        "scope": "device",
        "ids": [CLIMATE, WATER],
        "sources": ["readings", "packets"],
    }
    entry = MockConfigEntry(domain=DOMAIN, unique_id="element:x", data=data)
    return ElementCoordinator(hass, entry, ELEMENT.builders)


def make_resiot(hass: HomeAssistant) -> ResiotCoordinator:
    """Return a coordinator of ResIOT that is not started."""
    data = {"vendor": "resiot", "url": "ws://127.0.0.1/ws", "verify_ssl": True}
    entry = MockConfigEntry(domain=DOMAIN, unique_id="resiot:x", data=data)
    return ResiotCoordinator(hass, entry, RESIOT.builders)


MAKE: dict[str, Callable[[HomeAssistant], LorawanCoordinator]] = {"element": make_element, "resiot": make_resiot}


async def restore(
    hass: HomeAssistant, hass_storage: dict[str, Any], coordinator: LorawanCoordinator, stored: dict[str, Any]
) -> None:
    """Restore a coordinator from the content of a storage file."""
    hass_storage[f"{DOMAIN}.{coordinator.entry.entry_id}"] = stored
    await coordinator._async_restore()


async def test_version_1_of_element(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    element = make_element(hass)
    await restore(hass, hass_storage, element, read_fixture("stored_v1_element"))
    assert list(element.devices) == [CLIMATE, WATER]
    climate, water = element.devices[CLIMATE], element.devices[WATER]
    assert (climate.name, climate.area, climate.dev_eui) == ("Klima Büro", "Gebäude", "04b6480450000005")
    assert (climate.manufacturer, climate.model, climate.serial_number) == ("Simulated", "Climate", "SN-climate")
    assert (climate.dev_eui_raw, climate.app_eui, climate.cayenne) == (None, None, {})
    assert climate.last_uplink == 1795729554.798029
    assert climate.payload == "c6a1b5c6b0c14926"
    assert climate.radio == Radio(
        rssi=-69.0,
        snr=7.3,
        spreading_factor=7,
        frequency=868.3,
        bandwidth=125.0,
        port=2,
        frame_counter=54,
        gateway="0000024B0B03173D",
        gateway_count=1,
    )
    assert list(climate.intervals) == [900.4136998653412, 900.0, 900.0]
    assert climate.intervals.maxlen == 9
    assert (climate.server_interval, climate.interval) == (900.0, 900.0)
    assert {key: value.value for key, value in climate.values.items()} == {
        "temperature": 23.5,
        "humidity": 40,
        "battery_voltage": 3.02,
        "door": False,
    }
    temperature = climate.values["temperature"]
    assert (temperature.measured_at, temperature.inserted_at) == (1795729554.798029, 1795729554.938029)
    assert temperature.description == TEMPERATURE
    assert climate.values["door"].description == ValueDescription(platform="binary_sensor", device_class="door")
    assert water.values["register_value"].value == 412.392
    assert water.values["register_value"].description.state_class == "total_increasing"
    assert water.values["meter_id"].description == ValueDescription(diagnostic=True, enabled=False)
    assert element._cursors == {
        f"readings {CLIMATE}": Cursor(
            "2026-11-26T21:45:54.938029Z", 1795729554.938029, ["fff9bab9-b22d-568a-aff9-782a0f1b6e5a"]
        ),
        f"packets {CLIMATE}": Cursor(
            "2026-11-26T21:45:54.938029Z", 1795729554.938029, ["dfeca3df-4506-5671-a446-08027c412f91"]
        ),
        f"readings {WATER}": Cursor("2026-11-26T20:15:54.794548Z", 1795724154.7945483, []),
        f"packets {WATER}": Cursor("2026-11-26T20:15:54.835904Z", 1795724154.8359044, []),
    }
    # The items at the cursor are repeated by the replay.
    assert not element._recent_ids["readings"].add("fff9bab9-b22d-568a-aff9-782a0f1b6e5a")
    assert not element._recent_ids["packets"].add("dfeca3df-4506-5671-a446-08027c412f91")


async def test_version_1_of_resiot(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    resiot = make_resiot(hass)
    await restore(hass, hass_storage, resiot, read_fixture("stored_v1_resiot"))
    assert list(resiot.devices) == [OFFICE, PRESENCE, METER, VALVE]
    office, presence, meter, valve = resiot.devices.values()
    assert (office.name, office.dev_eui, office.dev_eui_raw, office.app_eui) == (
        OFFICE.upper(),
        OFFICE,
        OFFICE,
        "006c3b194374ac7f",
    )
    assert (office.last_uplink, office.payload) == (1790856600.0, "016700eb026850")
    assert (office.radio.rssi, office.radio.snr, office.radio.frequency) == (-80.0, 7.5, 867.3)
    assert (office.radio.gateway, office.radio.gateway_count) == ("218000ac0000a05f", 1)
    assert list(office.intervals) == [300.0, 300.0]
    assert office.cayenne == {"2": CayennePort(is_certain=True)}
    assert (office.values["temperature_1"].value, office.values["humidity_2"].value) == (23.5, 40.0)
    assert office.values["temperature_1"].description == TEMPERATURE
    assert presence.values["presence_1"].value is True
    assert meter.cayenne == {}
    assert (meter.values["battery_voltage"].value, meter.values["note"].value) == (3.61, "ok")
    assert (valve.last_uplink, valve.payload, valve.radio, valve.values) == (None, None, Radio(), {})
    assert resiot.gateways == {
        "218000ac0000a05f": Gateway(
            eui="218000ac0000a05f",
            name="218000AC0000A05F",
            last_alive=1790856900.0,
            last_keep_alive=1790856600.0,
            intervals=[300.0, 300.0],
            online=True,
        ),
        "218000ac0000a060": Gateway(
            eui="218000ac0000a060",
            name="218000AC0000A060",
            last_alive=1790856900.0,
            online=True,
        ),
    }


@pytest.mark.parametrize("vendor", ["element", "resiot"])
async def test_the_current_version_is_complete(hass: HomeAssistant, vendor: str) -> None:
    coordinator = MAKE[vendor](hass)
    data = read_fixture(f"stored_v1_{vendor}")["data"]
    coordinator.restore(data)
    assert {"version": 1, **stored_data(coordinator)} == data


@pytest.mark.parametrize(
    "data",
    [
        {},
        # The format before version 1, which followed the names of the attributes.
        {
            "devices": [
                {
                    "device_id": "x",
                    "name": "x",
                    "dev_eui": None,
                    "radio": {"rssi": -80.0},
                    "values": {"a": {"value": 1, "measured_at": 1.0, "meaning": {}, "inserted_at": 0.0}},
                    "facts": {"spelled": "X"},
                    "intervals": [60.0],
                }
            ],
            "cursors": {f"readings {CLIMATE}": {"after": "2026-10-01T10:00:00Z", "at": 1.0, "ids": []}},
            "gateways": [{"eui": "aa", "name": "AA", "last_call": None, "intervals": [], "online": True}],
        },
        {"version": 2, "devices": [{"id": "x", "label": "x", "reception": {}, "readings": {}}]},
        {"version": "1"},
        {"version": None},
        [],
        "text",
    ],
)
@pytest.mark.parametrize("vendor", ["element", "resiot"])
async def test_another_version_is_dropped(
    hass: HomeAssistant, hass_storage: dict[str, Any], vendor: str, data: Any, caplog: pytest.LogCaptureFixture
) -> None:
    coordinator = MAKE[vendor](hass)
    empty = stored_data(coordinator)
    await restore(hass, hass_storage, coordinator, {"version": 1, "minor_version": 1, "key": "x", "data": data})
    assert stored_data(coordinator) == empty
    assert [record.levelname for record in caplog.records if DROPPED in record.message] == ["WARNING"]


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value below JSON data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from paths(value, (*path, key))


@pytest.mark.parametrize("odd", [None, True, 7, -1.5, "x", "", [], ["x"], [[]], {}, {"x": 1}], ids=repr)
@pytest.mark.parametrize("vendor", ["element", "resiot"])
async def test_another_shape_of_any_value_is_harmless(hass: HomeAssistant, vendor: str, odd: Any) -> None:
    coordinator = MAKE[vendor](hass)
    data = read_fixture(f"stored_v1_{vendor}")["data"]
    for path in paths(data):
        changed: Any = deepcopy(data)
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = odd
        coordinator.devices.clear()
        coordinator.restore(changed)
        orjson.dumps(stored_data(coordinator))
        for device_id in coordinator.device_ids():
            assert coordinator.device_description(device_id) is not None
            for platform in (Platform.SENSOR, Platform.BINARY_SENSOR, Platform.EVENT):
                for entity in coordinator.builders[platform](coordinator, device_id):
                    entity._update_attrs()
                    assert not isinstance(getattr(entity, "native_value", None), dict | list)


async def test_only_the_items_of_another_shape_are_dropped(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    resiot = make_resiot(hass)
    caplog.set_level(logging.DEBUG, "custom_components.pushwire")
    data = read_fixture("stored_v1_resiot")["data"]
    data["devices"][0]["readings"] = [1]
    data["devices"][2]["readings"]["note"]["time"] = None
    data["gateways"][0] = {"eui": "aa"}
    resiot.restore(data)
    assert list(resiot.devices) == [PRESENCE, VALVE]
    assert list(resiot.gateways) == ["218000ac0000a060"]
    lines = [record.message for record in caplog.records if "of another shape are dropped" in record.message]
    assert [line.partition(": ")[2] for line in lines] == [
        "2 stored items of another shape are dropped",
        "1 stored items of another shape are dropped",
    ]
