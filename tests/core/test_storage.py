"""Writes of an entry with many objects, while they change."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core import turns
from custom_components.pushwire.core.background import Background
from custom_components.pushwire.core.storage import SAVE_DELAY, EntryStorage
from custom_components.pushwire.wire.frame_log import FrameLog

KEY = f"{DOMAIN}.an_entry"


class Meter:
    """Object that is stored."""

    def __init__(self, home: Home, number: int) -> None:
        """Initialize with a reading of zero."""
        self.home = home
        self.number = number
        self.reading = 0

    def to_stored(self) -> dict[str, Any]:
        """Return the number and the reading; the home notes what is read when."""
        self.home.read.append((self.home.turn, self.number))
        return {"number": self.number, "reading": self.reading}


class Home:
    """Meters, and the storage that they are kept in."""

    def __init__(self, hass: HomeAssistant, *, meters: int) -> None:
        """Initialize without a change."""
        self.hass = hass
        self.turn = 0
        self.read: list[tuple[int, int]] = []
        self.meters = {number: Meter(self, number) for number in range(meters)}
        self.cursor = 0
        entry = MockConfigEntry(domain=DOMAIN)
        entry.add_to_hass(hass)
        background = Background(hass, entry, FrameLog("home"), lambda: None)
        self.storage = EntryStorage(hass, "an_entry", background, data=self.data, lists=self.lists)
        self.background = background

    def data(self) -> dict[str, Any]:
        """Return the position."""
        return {"cursor": self.cursor}

    def lists(self) -> Mapping[str, Any]:
        """Return the meters."""
        return {"meters": self.meters.values()}

    def report(self, reading: int) -> None:
        """Report a reading of all meters."""
        self.cursor = reading
        for meter in self.meters.values():
            meter.reading = reading
        self.storage.schedule()

    def next_turn(self) -> None:
        """Count the turns of the event loop, and report another reading in the third one of a save."""
        if self.read and self.turn < 5:
            self.turn += 1
            if self.turn == 3:
                self.report(2)
        if self.turn < 5:
            self.hass.loop.call_soon(self.next_turn)


@pytest.fixture
def home(hass: HomeAssistant, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home whose save lets others run after each meter, and changes meanwhile."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    home = Home(hass, meters=10)
    home.report(1)
    hass.loop.call_soon(home.next_turn)
    return home


async def save(hass: HomeAssistant) -> None:
    """Let the time of the next save pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY + 1))
    await hass.async_block_till_done()


async def test_others_run_during_a_save(hass: HomeAssistant, hass_storage: dict[str, Any], home: Home) -> None:
    await save(hass)
    assert [number for _, number in home.read] == list(range(10))
    assert len({turn for turn, _ in home.read}) > 4
    # The position is the earlier one, so that nothing is missed after a crash.
    stored = hass_storage[KEY]["data"]
    assert stored["cursor"] == 1
    assert {meter["reading"] for meter in stored["meters"]} == {1, 2}
    assert [meter["number"] for meter in stored["meters"]] == list(range(10))


@pytest.mark.parametrize("end", ["Home Assistant", "entry", "next save"])
async def test_a_change_during_a_save_is_saved_later(
    hass: HomeAssistant, hass_storage: dict[str, Any], home: Home, end: str
) -> None:
    await save(hass)
    if end == "Home Assistant":
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
    elif end == "entry":
        home.background.stop()
        await home.storage.async_finish()
    else:
        await save(hass)
    assert hass_storage[KEY]["data"] == {
        "cursor": 2,
        "meters": [{"number": number, "reading": 2} for number in range(10)],
    }


async def test_the_end_of_an_entry_waits_for_a_save(
    hass: HomeAssistant, hass_storage: dict[str, Any], home: Home
) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY + 1))
    assert 0 < len(home.read) < 10
    home.background.stop()
    await home.storage.async_finish()
    assert hass_storage[KEY]["data"]["cursor"] == 2
    # Each meter was read once by the save, and once for its change in the meantime.
    assert [number for _, number in home.read] == [*range(10), *range(10)]
    del hass_storage[KEY]
    await home.storage.async_finish()
    assert KEY not in hass_storage
