"""Names of values and of the account."""

import json
import os
from pathlib import Path
from random import Random
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan.api.inference import infer, is_valid_key
from custom_components.pushwire.lorawan.api.model import LorawanDevice, ValueDescription
from custom_components.pushwire.lorawan.api.names import name_of_display
from custom_components.pushwire.lorawan.api.shapes import read_values
from custom_components.pushwire.lorawan.entity_names import DEVICE_NAMES, EntityNames
from custom_components.pushwire.wire.text import MAX_NAME_LENGTH
from simulators import ElementSimulator, ResiotSimulator
from simulators.element.world import VALUES
from tests.common import set_up, wait_until
from tests.core.test_package import LANGUAGES, TEXTS
from tests.element.conftest import wait_primed

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "names.md"
REWRITE = "PUSHWIRE_WRITE_NAMES"


def names_of(hass: HomeAssistant, language: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of values, each on a device of its own."""
    texts = {f"component.{DOMAIN}.{key}": text for key, text in TEXTS[language].items()}
    names = EntityNames(hass, texts)
    return [names.name_of(device_of([row]), row["key"]) for row in rows]


def device_of(rows: list[dict[str, Any]]) -> LorawanDevice:
    """Return a device that has sent the values of rows."""
    device = LorawanDevice(device_id="x", name="x")
    for row in rows:
        description = infer(row["key"], row["value"], unit=row.get("unit"), context=row.get("context", ()))
        device.set_values({row["key"]: (row["value"], description)}, 1.0)
    return device


def all_rows() -> list[dict[str, Any]]:
    """Return the labeled keys, and the keys of the simulated devices."""
    rows: list[dict[str, Any]] = json.loads((Path(__file__).parent / "keys.json").read_text())
    rows += json.loads((Path(__file__).parent / "names.json").read_text())
    random = Random(1)
    for values in VALUES.values():
        readings = values(random, {})
        for reading in readings if isinstance(readings, list) else [readings]:
            rows += [
                {"key": key, "value": item.value, "unit": item.unit}
                for key, item in read_values(reading, 0.0).values.items()
                if item.value is not None and is_valid_key(key)
            ]
    return rows


@pytest.fixture
async def languages(hass: HomeAssistant) -> list[str]:
    """Return the languages, after Home Assistant's own names have been loaded."""
    for language in ("en", "de", "it"):
        await async_get_translations(hass, language, "entity_component", {"sensor", "binary_sensor"})
    return ["en", "de", "it"]


async def test_the_list_of_names(hass: HomeAssistant, languages: list[str]) -> None:
    rows = {(row["key"], row.get("unit"), str(row["value"])): row for row in all_rows()}
    unique = [row for _, row in sorted(rows.items(), key=lambda item: (str(item[0]).casefold(), str(item[0])))]
    columns = []
    for language in languages:
        hass.config.language = language
        columns.append(names_of(hass, language, unique))
    lines = {
        f"| `{row['key'].replace('|', '/')}` | {' | '.join(names)} |"
        for row, *names in zip(unique, *columns, strict=True)
    }
    head = "# Names of values\n\nNames of the keys of real parsers and of the simulated devices.\n\n"
    table = f"| Key | {' | '.join(languages)} |\n|{'---|' * (len(languages) + 1)}\n"
    text = f"{head}{table}{'\n'.join(sorted(lines, key=lambda line: (line.casefold(), line)))}\n"
    if os.environ.get(REWRITE):
        LIST.write_text(text)
    assert LIST.read_text() == text, f"set {REWRITE}=1 to write the list again"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_rules_of_names(hass: HomeAssistant, languages: list[str], language: str) -> None:
    assert language in languages
    hass.config.language = language
    rows = all_rows()
    for row, name in zip(rows, names_of(hass, language, rows), strict=True):
        assert 0 < len(name) <= MAX_NAME_LENGTH, row["key"]
        assert "_" not in name, row["key"]
        assert not name.lower().endswith(("current value", " kwh", " m³", " °c", " mv", " %", " wh")), row["key"]
        assert re.search(r"\d+[ .]\d+[ .]\d+", name) is None, row["key"]
        assert re.search(r"[a-z][A-Z]{2,}|[a-z]{2,}[A-Z]", name) is None or name.startswith("pH"), row["key"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_two_names_of_a_device_are_alike(hass: HomeAssistant, languages: list[str], language: str) -> None:
    assert language in languages
    hass.config.language = language
    names = EntityNames(hass, {f"component.{DOMAIN}.{key}": text for key, text in TEXTS[language].items()})
    # All keys on one device are more than any device has.
    device = device_of(all_rows())
    found = [names.name_of(device, key) for key in device.values]
    assert len({name.casefold() for name in found}) == len(found)


@pytest.mark.parametrize(
    "key,value,unit,name",
    [
        ("air_temperature", 1, "°C", "Air temperature"),
        ("temperature_1", 1, "C", "Temperature 1"),
        ("co2", 612, "ppm", "Carbon dioxide"),
        ("0_0_0_flow_temperature_current_value_°C", 51.5, None, "Flow temperature"),
        ("volume_last_month", 51.5, "m³", "Volume last month"),
        ("1-0:1.8.1", 51.5, "kWh", "Energy import tariff 1"),
        ("1-0:2.8.0", 51.5, "kWh", "Energy export"),
        ("1-0:32.7.0", 229, "V", "Voltage phase 1"),
        ("1-0:1.8.0*02", 229, "kWh", "Energy import stored value 3"),
        ("6-0:1.0.0", 51.5, "kWh", "Heat energy"),
        ("7-0:3.0.0", 51.5, "m³", "Gas"),
        ("8-0:1.0.0", 51.5, "m³", "Water"),
        ("9-0:1.0.0", 51.5, "m³", "Hot water"),
        ("3_0_1_energy_maximum_value_kWh", 51.5, None, "Energy maximum tariff 1 stored value 3"),
        ("20_0_0_energy_Wh", 51.5, None, "Energy stored value 20"),
        ("0_1_0_volume_m³", 51.5, None, "Volume channel 1"),
        ("data.Temperature 4097", 20, "°C", "Temperature"),
        ("TempC_SHT", 20, None, "Temperature SHT"),
        ("humidity_max", 20, None, "Humidity maximum"),
        ("PM2_5", 20, None, "PM2.5"),
        ("sensor_m_3", 20, None, "Sensor"),
        ("kWh", 20, None, "Energy"),
        ("_", 20, None, "Value"),
        (
            "a_box.within_another_box.current_over_range_alarm_of_the_input",
            True,
            None,
            "Current over range alarm of the input",
        ),
    ],
)
async def test_names_of_keys(
    hass: HomeAssistant, languages: list[str], key: str, value: Any, unit: str | None, name: str
) -> None:
    assert languages
    assert names_of(hass, "en", [{"key": key, "value": value, "unit": unit}]) == [name]


async def test_names_of_a_device_are_short_and_different(hass: HomeAssistant) -> None:
    device = LorawanDevice(device_id="x", name="x")
    keys = ["temp", "Temp", "_temp", *(f"a_key_that_goes_on_{'and_on_' * 9}{end}" for end in ("low", "high")), "_"]
    device.set_values({key: (1, ValueDescription()) for key in keys}, 1.0)
    entity_names = EntityNames(hass, {})
    names = [entity_names.name_of(device, key) for key in keys]
    assert names[:3] == ["Temperature", "Temperature (2)", "Temperature (3)"]
    assert all(0 < len(name) <= MAX_NAME_LENGTH for name in names)
    assert len({name.casefold() for name in names}) == len(keys)
    # Later values do not change the names of earlier ones.
    device.set_values({"TEMP": (1, ValueDescription())}, 2.0)
    assert [entity_names.name_of(device, key) for key in keys] == names


@pytest.mark.parametrize(
    "display,name",
    [("Drehzahl der Pumpe", "Drehzahl der Pumpe"), ("A+", None), ("Wert kWh", None), ("wert_1", None), (None, None)],
)
def test_names_that_a_parser_declares(display: str | None, name: str | None) -> None:
    assert name_of_display(display) == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_different(language: str) -> None:
    texts = TEXTS[language]
    words = [text for key, text in texts.items() if key.startswith("entity.sensor.measured.state.")]
    names = [texts[f"entity.{key}.name"] for key in DEVICE_NAMES]
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
        assert names == {"Bester RSSI", "RSSI", "RSSI (Nutzdaten)"}
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
