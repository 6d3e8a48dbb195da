"""Order of uplinks: late ones, repeated ones, and servers whose clock is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest

from simulators import ResiotSimulator
from simulators.resiot import APP, GATEWAY, GATEWAY_ROOF
from tests.common import run_pending_updates, wait_for_state, wait_until

NODE = "0732227a557d8601"
UPLINK = f"event.{NODE}_uplink"

pytestmark = pytest.mark.usefixtures("all_enabled")


def rx(
    sent_at: datetime | None,
    counter: int | None = None,
    payload: str = "",
    gateway: str = GATEWAY,
    *,
    kind: str = "comm_rx",
    rssi: str = "-80",
    **tags: object,
) -> dict[str, Any]:
    """Return an uplink with node tags."""
    extra = {"duplicate": "false", "rssi": rssi} | ({} if counter is None else {"seqno": str(counter)})
    return {
        "CommType": kind,
        "AppEui": APP,
        "DevEui": NODE,
        "Port": "2",
        "GatewayEUIs": [gateway],
        "Payload": payload,
        "Extra": extra,
        "DT": "0001-01-01T00:00:00Z" if sent_at is None else sent_at.isoformat(),
        "nodetags": {name: {"Value": value} for name, value in tags.items()},
    }


@pytest.fixture
def uplinks(hass: HomeAssistant) -> list[str]:
    """Return the payloads of all uplink events."""
    fired: list[str] = []

    @callback
    def note(event: Any) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == UPLINK and new is not None and new.attributes.get("event_type") == "uplink":
            fired.append(new.attributes["payload"])

    hass.bus.async_listen("state_changed", note)
    return fired


async def settle(hass: HomeAssistant, entry: ConfigEntry[Any], sim: ResiotSimulator) -> None:
    """Wait until all frames have been applied."""
    seen = entry.runtime_data.frame_log.seen
    sim.push({"CommType": "comm_last"})
    await wait_until(hass, lambda: "comm_last" in entry.runtime_data.frame_log.unknown)
    del entry.runtime_data.frame_log.unknown["comm_last"]
    assert entry.runtime_data.frame_log.seen > seen
    await run_pending_updates(hass)


@pytest.mark.parametrize("late", [timedelta(minutes=3), timedelta(minutes=30), timedelta(hours=2), timedelta(days=9)])
async def test_a_late_uplink(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    uplinks: list[str],
    late: timedelta,
) -> None:
    now = dt_util.utcnow()
    sim.push(rx(now, 11, "aa", temperature=20.5))
    await wait_for_state(hass, f"sensor.{NODE}_temperature", "20.5")
    sim.push(rx(now - late, 10, "bb", temperature=10.5, batteryLevel=77))
    await wait_for_state(hass, f"sensor.{NODE}_battery", "77")
    await settle(hass, entry, sim)
    assert hass.states.is_state(f"sensor.{NODE}_temperature", "20.5")
    assert hass.states.is_state(f"sensor.{NODE}_payload", "aa")
    assert uplinks == ["aa"]
    sim.push(rx(now, 12, "cc", temperature=20.6, batteryLevel=76))
    await wait_for_state(hass, f"sensor.{NODE}_battery", "76")
    assert uplinks == ["aa", "cc"]


async def test_an_uplink_that_is_a_little_late_is_an_event(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str]
) -> None:
    now = dt_util.utcnow()
    sim.push(rx(now, 11, "aa", temperature=20.5))
    sim.push(rx(now - timedelta(seconds=60), 10, "bb", temperature=10.5))
    await settle(hass, entry, sim)
    assert hass.states.is_state(f"sensor.{NODE}_temperature", "20.5")
    assert uplinks == ["aa", "bb"]


async def test_an_uplink_heard_by_two_gateways(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str]
) -> None:
    now = dt_util.utcnow()
    sim.push(rx(now, 11, "aa", rssi="-90"))
    sim.push(rx(now, 11, "aa", GATEWAY_ROOF, rssi="-70"))
    sim.push(rx(now, 11, "aa", "218000AC0000a061", rssi="-99"))
    await wait_for_state(hass, f"sensor.{NODE}_gateways", "3")
    await settle(hass, entry, sim)
    assert uplinks == ["aa"]
    assert hass.states.is_state(f"sensor.{NODE}_rssi", "-70.0")
    assert hass.states.is_state(f"sensor.{NODE}_lost_frames", "0")
    # The copy of an earlier uplink does not change the shown reception.
    sim.push(rx(now, 12, "bb", rssi="-95"))
    sim.push(rx(now, 11, "aa", "218000AC0000a062", rssi="-60"))
    await settle(hass, entry, sim)
    assert uplinks == ["aa", "bb"]
    assert hass.states.is_state(f"sensor.{NODE}_rssi", "-95.0")


@pytest.mark.parametrize(
    "extra",
    [
        {"duplicate": "false", "seqno": "11"},
        {"seqno": 11},
        [{"fieldname": "duplicate", "fieldvalue": "false"}, {"fieldname": "seqno", "fieldvalue": "11"}],
    ],
    ids=["marked as no duplicate", "not marked", "as an array"],
)
@pytest.mark.parametrize("seconds", [0, 100])
async def test_one_frame_twice(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    uplinks: list[str],
    freezer: FrozenDateTimeFactory,
    extra: Any,
    seconds: int,
) -> None:
    sim.push(rx(dt_util.utcnow(), 11, "aa") | {"Extra": extra})
    await settle(hass, entry, sim)
    freezer.tick(seconds)
    sim.push(rx(dt_util.utcnow(), 11, "aa", GATEWAY_ROOF) | {"Extra": extra})
    await settle(hass, entry, sim)
    assert uplinks == ["aa"]


async def test_equal_payloads_are_different_uplinks(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str]
) -> None:
    now = dt_util.utcnow()
    for counter in (11, 12, None, None):
        sim.push(rx(now, counter, "aa"))
    await settle(hass, entry, sim)
    assert uplinks == ["aa"] * 4


@pytest.mark.parametrize(
    "counters", [[0, 1, 2, "join", 0, 1, 2], [5, 6, 7, 0, 1, 5, 6, 7]], ids=["with a join", "without a join"]
)
async def test_a_counter_that_begins_again_loses_no_uplink(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str], counters: list[Any]
) -> None:
    now = dt_util.utcnow()
    for counter in counters:
        sim.push(rx(now, kind="comm_join") if counter == "join" else rx(now, counter, "aa"))
    await settle(hass, entry, sim)
    assert len(uplinks) == sum(counter != "join" for counter in counters)


async def test_a_counter_that_begins_again_a_minute_later(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    uplinks: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    for counter in (0, 1, 0, 1, 0, 1, 2):
        sim.push(rx(dt_util.utcnow(), counter, "aa"))
        await settle(hass, entry, sim)
        freezer.tick(40)
    assert len(uplinks) == 7


@pytest.mark.parametrize("off", [timedelta(hours=-3), timedelta(minutes=-20), timedelta(hours=5)])
async def test_a_server_with_another_time(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    uplinks: list[str],
    off: timedelta,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = dt_util.utcnow().replace(microsecond=0)
    alive = {"CommType": "comm_gwalive", "GatewayEUIs": [GATEWAY], "DT": (now + off).isoformat()}
    for _ in range(3):
        sim.push(alive)
    sim.push(rx(now + off, 11, "aa", temperature=20.5))
    sim.push(rx(now + off - timedelta(hours=1), 10, "bb", temperature=10.5))
    await settle(hass, entry, sim)
    assert uplinks == ["aa"]
    assert hass.states.is_state(f"sensor.{NODE}_temperature", "20.5")
    heard = dt_util.parse_datetime(hass.states.get(f"sensor.{NODE}_last_uplink").state)
    assert heard is not None
    assert abs(heard - now) < timedelta(seconds=5)
    await hass.config_entries.async_reload(entry.entry_id)
    sim.push(rx(now + off, 12, "cc", temperature=21.5))
    await settle(hass, entry, sim)
    assert uplinks[-1] == "cc"
    assert caplog.text.count("the clock of the server is off") == 1


async def test_a_server_without_a_time(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str]
) -> None:
    sim.push(rx(None, 11, "aa", temperature=20.5))
    sim.push(rx(None, 12, "bb", temperature=21.5))
    await settle(hass, entry, sim)
    assert uplinks == ["aa", "bb"]
    assert hass.states.is_state(f"sensor.{NODE}_temperature", "21.5")


async def test_a_clock_that_is_set_back(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    uplinks: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    sim.push(rx(dt_util.utcnow(), 10, "aa"))
    for counter in range(11, 18):
        sim.push(rx(dt_util.utcnow() - timedelta(hours=1), counter, f"{counter}"))
        await settle(hass, entry, sim)
        freezer.tick(60)
    # An hour late by the old clock; then five in a row show the new one.
    assert uplinks == ["aa", "15", "16", "17"]
    # The clock is set right again.
    sim.push(rx(dt_util.utcnow(), 18, "bb"))
    sim.push(rx(dt_util.utcnow() - timedelta(hours=1), 19, "cc"))
    await settle(hass, entry, sim)
    assert uplinks[-1] == "bb"


async def test_a_burst_of_held_uplinks_is_no_clock(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], uplinks: list[str]
) -> None:
    now = datetime.now(UTC)
    sim.push(rx(now, 20, "aa", temperature=20.5))
    for counter in range(10, 18):
        sim.push(rx(now - timedelta(hours=1, seconds=-counter), counter, f"{counter}", temperature=counter))
    await settle(hass, entry, sim)
    assert uplinks == ["aa"]
    assert hass.states.is_state(f"sensor.{NODE}_temperature", "20.5")
