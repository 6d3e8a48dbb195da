"""Names of the values of LoRaWAN devices."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan.api.model import LorawanDevice, ValueDescription
from custom_components.pushwire.lorawan.api.names import humanize, name_of
from custom_components.pushwire.lorawan.entity import _DEVICE_NAMES
from custom_components.pushwire.wire.text import MAX_NAME_LENGTH
from simulators import ElementSimulator, ResiotSimulator
from tests.common import set_up, wait_until
from tests.core.test_package import LANGUAGES, TEXTS
from tests.element.conftest import wait_primed


@pytest.mark.parametrize(
    "key,unit,name",
    [
        ("air_temperature", "°C", "Air temperature"),
        ("details.battery.voltage", "V", "Details battery voltage"),
        ("co2", "ppm", "CO2"),
        ("temperature_1", "°C", "Temperature 1"),
        # The unit is part of the state.
        ("flow_°C", "°C", "Flow"),
        ("energy_kWh", "kWh", "Energy"),
        ("energy_kWh", "MWh", "Energy kWh"),
        ("remaining_days", "d", "Remaining"),
        ("zaehlerstand_m_3", "m³", "Zaehlerstand"),
        ("kWh", "kWh", "KWh"),
        ("line_l", "L", "Line l"),
        # OBIS codes.
        ("1-0:1.8.0", "kWh", "1-0:1.8.0"),
        ("1_8_0", "kWh", "1.8.0"),
        # Keys of a wM-Bus bridge.
        ("0_0_0_energy_current_value_kWh", "kWh", "Energy"),
        ("3_0_0_energy_current_value_kWh", "kWh", "Energy (3-0-0)"),
        ("0_1_0_volume_maximum_value_m³", "m³", "Volume maximum value (0-1-0)"),
        ("0_0_0_datetime_current_value_", None, "Datetime"),
    ],
)
def test_names_of_keys(key: str, unit: str | None, name: str) -> None:
    assert humanize(key, unit) == name


def test_names_of_a_device_are_short_and_different() -> None:
    device = LorawanDevice(device_id="x", name="x")
    keys = ["temp", "Temp", "_temp", *(f"a_key_that_goes_on_{'and_on_' * 9}{end}" for end in ("low", "high")), "_"]
    device.set_values({key: (1, ValueDescription()) for key in keys}, 1.0)
    names = [name_of(device.values, key) for key in keys]
    assert names[:3] == ["Temp", "Temp (2)", "Temp (3)"]
    assert all(0 < len(name) <= MAX_NAME_LENGTH for name in names)
    assert len({name.casefold() for name in names}) == len(keys)
    # Later values do not change the names of earlier ones.
    device.set_values({"TEMP": (1, ValueDescription())}, 2.0)
    assert [name_of(device.values, key) for key in keys] == names


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_different(language: str) -> None:
    texts = TEXTS[language]
    words = [text for key, text in texts.items() if key.startswith("entity.sensor.measured.state.")]
    names = [texts[f"entity.{key}.name"] for key in _DEVICE_NAMES]
    assert len({text.casefold() for text in (*words, *names)}) == len(words) + len(names)


async def test_usual_words_are_translated(hass: HomeAssistant) -> None:
    hass.config.language = "de"
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        sim.uplink_lpp("office", sim.typical_measurements("office"))
        await wait_until(hass, lambda: any("temperatur" in state.entity_id for state in hass.states.async_all()))
        await hass.async_block_till_done()
        names = {entity.original_name for entity in er.async_get(hass).entities.values()}
        assert {"Temperatur 1", "Luftfeuchtigkeit 2"} <= names
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_value_that_has_the_name_of_an_entity_of_the_device(hass: HomeAssistant) -> None:
    hass.config.language = "de"
    async with ElementSimulator(rate=5000) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        names = {entity.original_name for entity in er.async_get(hass).entities.values() if "rssi" in entity.unique_id}
        assert names == {"RSSI", "RSSI (Nutzdaten)"}
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_account_links_to_its_platform(hass: HomeAssistant) -> None:
    async with ElementSimulator(rate=5000) as element, ResiotSimulator() as resiot:
        for sim in (element, resiot):
            entry = await set_up(hass, sim)
            device = dr.async_get(hass).async_get_device_by_identifier(
                (DOMAIN, entry.runtime_data.hub_id), entry.entry_id
            )
            assert device is not None
            expected = f"http://127.0.0.1:{sim.port}" if sim is element else None
            assert device.configuration_url == expected
            if sim is resiot:
                data = {**entry.data, "rest_url": f"http://name:secret@127.0.0.1:{sim.port}/api", "rest_token": "x"}
                hass.config_entries.async_update_entry(entry, data=data)
                await hass.config_entries.async_reload(entry.entry_id)
                reloaded = dr.async_get(hass).async_get(device.id)
                assert reloaded is not None
                assert reloaded.configuration_url == f"http://127.0.0.1:{sim.port}"
            await hass.config_entries.async_unload(entry.entry_id)
