"""Connection of an entry to Home Assistant's own LoRaWAN integration, through the library that the integration uses."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from lorawan_connection import (
    AddedEvent,
    Connection,
    ConnectionUnavailable,
    Device,
    DeviceCollection,
    DeviceEvent,
    Downlink,
    DownlinkError,
    EventType,
    GatewayReception,
    JoinEvent,
    UplinkEvent,
)
import pytest

from custom_components.pushwire.lorawan.api.downlink import Downlink as OwnDownlink, DownlinkTimeout
from custom_components.pushwire.lorawan.api.gateways import Reception
from custom_components.pushwire.lorawan.api.identity import Identity, proposed_brand, read_model
from custom_components.pushwire.lorawan.api.model import LorawanDevice
from custom_components.pushwire.lorawan.api.uplink import Uplink
from custom_components.pushwire.lorawan.connection import COLLECTION_TIME, LorawanConnection
from custom_components.pushwire.wire.errors import NotConnected

EUI = "2cf7f1c0443000a1"
OTHER_EUI = "2cf7f1c0443000a2"
# Temperature and humidity of a SenseCAP S2101, as Seeed's user guide shows them.
PAYLOAD = "010110B068000001021088F400008CFF"
S2101 = Identity(brand=744, model="fc455aa2-01cf-492b-9359-a5d8c9a0e1b3")
AT = 1_764_270_000.0


class Sensor(Device):
    """Model of a manufacturer's library, which keeps what it gets."""

    identifiers = {"chirpstack": (744, S2101.model)}

    def handle_event(self, event: DeviceEvent) -> None:
        """Keep an event."""
        seen.setdefault(self.descriptor.dev_eui, []).append(event)


seen: dict[str, list[DeviceEvent]] = {}


class Platform:
    """What stands behind a connection: timers, the network server and the outcomes of downlinks."""

    def __init__(self) -> None:
        """Initialize a server that accepts everything."""
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.sent: list[tuple[str, OwnDownlink]] = []
        self.settle: dict[str, Callable[[bool], None]] = {}
        self.answer: Callable[[OwnDownlink], None] = lambda _: None

    def connection(self, **identities: Identity) -> LorawanConnection:
        """Return a connection of an entry."""
        return LorawanConnection(
            "entry", "resiot", identities, call_later=self.call_later, send=self.send, follow=self.follow
        )

    def call_later(self, delay: float, action: Callable[[], None]) -> Callable[[], None]:
        """Keep a timer."""
        timer = (delay, action)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer)

    def end_timers(self) -> None:
        """Let the time of all timers pass."""
        timers, self.timers = self.timers, []
        for _, action in timers:
            action()

    async def send(self, device_id: str, downlink: OwnDownlink) -> None:
        """Take a downlink."""
        self.sent.append((device_id, downlink))
        self.answer(downlink)

    def follow(self, device_id: str, reference: str, settle: Callable[[bool], None]) -> Callable[[], None]:
        """Keep the way to an outcome."""
        assert device_id == "a"
        self.settle[reference] = settle
        return lambda: self.settle.pop(reference, None) and None


@pytest.fixture
def platform() -> Platform:
    """Return a platform."""
    seen.clear()
    return Platform()


def device(device_id: str = "a", dev_eui: str | None = EUI, name: str = "Cellar") -> LorawanDevice:
    """Return an end device."""
    return LorawanDevice(device_id=device_id, name=name, dev_eui=dev_eui)


def uplink(key: int = 7, *, payload: str | None = PAYLOAD, port: int | None = 2, gateway: str = "gw1") -> Uplink:
    """Return an uplink that one gateway has received."""
    return Uplink(key=key, payload=payload, port=port, at=AT, receptions=(Reception(gateway, -90.0, 7.5),))


async def listen(connection: LorawanConnection) -> list[DeviceEvent]:
    """Return all events of a connection from now on."""
    events: list[DeviceEvent] = []
    await connection.async_subscribe(listener=events.append)
    return events


async def collect(connection: Connection) -> DeviceCollection[Sensor]:
    """Return the models of a manufacturer's library."""
    collection = DeviceCollection(connection, [Sensor])
    await collection.async_setup()
    return collection


# Devices


async def test_devices_without_an_identity_are_listed_only(platform: Platform) -> None:
    connection = platform.connection()
    connection.update_device(device())
    events = await listen(connection)
    assert connection.stack_type == "resiot"
    (event,) = events
    assert isinstance(event, AddedEvent)
    found = event.descriptor
    assert (found.network_id, found.stack, found.dev_eui, found.name) == ("entry", "resiot", EUI, "Cellar")
    assert (found.brand_id, found.model_id) == (None, "")
    assert not (await collect(connection)).devices


async def test_one_identity_makes_the_stack_that_of_its_catalog(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    connection.update_device(device())
    connection.update_device(device("b", OTHER_EUI))
    assert connection.stack_type == "chirpstack"
    events = await listen(connection)
    assert [event.descriptor.brand_id for event in events if event.descriptor] == [744, None]
    assert list((await collect(connection)).devices) == [EUI]


async def test_details_of_the_platform_are_in_the_list(platform: Platform) -> None:
    connection = platform.connection()
    known = device()
    known.app_eui, known.parser, known.parser_name, known.manufacturer = "70b3", "p1", "Climate", "Seeed"
    connection.update_device(known)
    (event,) = await listen(connection)
    found = event.descriptor
    assert found is not None
    assert (found.application_id, found.profile_id, found.model, found.manufacturer) == (
        "70b3",
        "p1",
        "Climate",
        "Seeed",
    )


@pytest.mark.parametrize("dev_eui", [None, "", "1111", "2cf7f1c0443000a", "2cf7f1c0443000a12", "2cf7f1c0443000ag"])
async def test_only_16_hex_digits_are_an_eui(platform: Platform, dev_eui: str | None) -> None:
    connection = platform.connection(a=S2101)
    connection.update_device(device(dev_eui=dev_eui))
    connection.note_uplink(device(dev_eui=dev_eui), uplink())
    connection.note_join(device(dev_eui=dev_eui), "26011bda", AT)
    events = await listen(connection)
    platform.end_timers()
    assert not events


async def test_devices_come_change_and_go(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    events = await listen(connection)
    collection = await collect(connection)
    connection.update_device(device())
    connection.update_device(device())
    connection.update_device(device(name="Attic"))
    assert [event.type for event in events] == [EventType.ADDED, EventType.UPDATED]
    assert collection.devices[EUI].descriptor.name == "Attic"
    # The address of a device has been corrected.
    connection.update_device(device(dev_eui=OTHER_EUI.upper()))
    assert [event.type for event in events[2:]] == [EventType.REMOVED, EventType.ADDED]
    assert list(collection.devices) == [OTHER_EUI]
    connection.remove_device("a")
    connection.remove_device("a")
    assert events[-1].type is EventType.REMOVED
    assert len(events) == 5
    assert not collection.devices


async def test_devices_that_the_entry_has_lost_are_removed(platform: Platform) -> None:
    connection = platform.connection()
    connection.update_device(device())
    connection.update_device(device("b", OTHER_EUI))
    events = await listen(connection)
    connection.keep_devices({"b": None})
    assert [(event.type, event.dev_eui) for event in events[2:]] == [(EventType.REMOVED, EUI)]


async def test_of_two_devices_with_one_eui_the_first_is_listed(platform: Platform) -> None:
    connection = platform.connection()
    events = await listen(connection)
    connection.update_device(device())
    connection.update_device(device("b", name="Twin"))
    connection.remove_device("b")
    assert [event.type for event in events] == [EventType.ADDED]


async def test_a_subscriber_can_leave_in_the_middle(platform: Platform) -> None:
    connection = platform.connection()
    connection.update_device(device())
    connection.update_device(device("b", OTHER_EUI))
    events: list[DeviceEvent] = []
    unsubscribe = await connection.async_subscribe(listener=events.append)
    others = await listen(connection)
    unsubscribe()
    unsubscribe()
    connection.remove_device("a")
    assert [len(events), len(others)] == [2, 3]


async def test_an_event_in_which_one_subscriber_ends_another(platform: Platform) -> None:
    connection = platform.connection()
    connection.update_device(device())
    later: list[DeviceEvent] = []
    stop: list[Callable[[], None]] = []

    def end(event: DeviceEvent) -> None:
        if event.type is EventType.REMOVED:
            stop[0]()

    await connection.async_subscribe(listener=end)
    stop.append(await connection.async_subscribe(listener=later.append))
    connection.remove_device("a")
    assert [event.type for event in later] == [EventType.ADDED]


# Uplinks


async def test_an_uplink_has_the_receptions_of_all_gateways(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    await collect(connection)
    connection.note_uplink(device(), uplink(gateway="gw1"))
    connection.add_receptions("a", 7, (Reception("gw2", -101.0, -2.0), Reception("gw1", -80.0, 1.0)))
    connection.add_receptions("a", 8, (Reception("gw3", -50.0, 9.0),))
    assert [delay for delay, _ in platform.timers] == [COLLECTION_TIME]
    platform.end_timers()
    event = seen[EUI][-1]
    assert isinstance(event, UplinkEvent)
    assert event.data == bytes.fromhex(PAYLOAD)
    assert event.f_port == 2
    assert event.received_at == datetime.fromtimestamp(AT, UTC)
    assert event.receptions == (GatewayReception("gw1", -90.0, 7.5), GatewayReception("gw2", -101.0, -2.0))
    # The next report of a gateway comes too late for the event, and is no uplink.
    connection.add_receptions("a", 7, (Reception("gw4", -60.0, 9.0),))
    assert not platform.timers
    assert [event.type for event in seen[EUI]] == [EventType.ADDED, EventType.UPLINK]


async def test_a_signal_that_is_known_later_counts(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    await collect(connection)
    first = Uplink(key=7, payload=PAYLOAD, port=2, at=AT, receptions=(Reception("gw1", None),))
    connection.note_uplink(device(), first)
    connection.note_uplink(device(), uplink(gateway="gw1"))
    platform.end_timers()
    (event,) = [event for event in seen[EUI] if isinstance(event, UplinkEvent)]
    assert event.receptions == (GatewayReception("gw1", -90.0, 7.5),)


@pytest.mark.parametrize(
    "payload,port", [(None, 2), ("", 2), (PAYLOAD, None), (PAYLOAD, 0), (PAYLOAD, 224), ("no hex", 2), ("abc", 2)]
)
async def test_an_uplink_that_nothing_could_decode_is_not_delivered(
    platform: Platform, payload: str | None, port: int | None
) -> None:
    connection = platform.connection(a=S2101)
    await collect(connection)
    connection.note_uplink(device(), uplink(payload=payload, port=port))
    platform.end_timers()
    assert [event.type for event in seen[EUI]] == [EventType.ADDED]


async def test_an_uplink_of_a_device_that_has_left_is_not_delivered(platform: Platform) -> None:
    connection = platform.connection()
    events = await listen(connection)
    connection.note_uplink(device(), uplink())
    connection.remove_device("a")
    platform.end_timers()
    assert [event.type for event in events] == [EventType.ADDED, EventType.REMOVED]


async def test_the_address_of_a_new_device_may_follow_its_first_uplink(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    await collect(connection)
    connection.note_uplink(device(dev_eui=None), uplink())
    connection.update_device(device())
    platform.end_timers()
    assert [event.type for event in seen[EUI]] == [EventType.ADDED, EventType.UPLINK]


@pytest.mark.parametrize("address,expected", [("26011BDA", "26011bda"), (None, None), ("00000000", None), ("26", None)])
async def test_a_join_needs_a_real_address(platform: Platform, address: str | None, expected: str | None) -> None:
    connection = platform.connection()
    events = await listen(connection)
    connection.note_join(device(), address, AT)
    joins = [event for event in events if isinstance(event, JoinEvent)]
    assert [join.dev_addr for join in joins] == ([] if expected is None else [expected])


# Downlinks


async def test_a_confirmed_downlink_ends_with_its_outcome(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    sensor = await add_sensor(connection)
    for outcome in (True, False):
        task = start(sensor.async_send_downlink(data=b"%%", f_port=50))
        await turn()
        (reference,) = platform.settle
        device_id, sent = platform.sent[-1]
        assert (device_id, sent.payload, sent.port, sent.confirmed) == ("a", b"%%", 50, True)
        assert sent.reference == reference
        assert not task.done()
        platform.settle[reference](outcome)
        await turn()
        assert task.done()
        assert (task.exception() is None) is outcome
        assert not platform.settle
    assert len(platform.sent) == 2


async def test_a_downlink_without_confirmation_is_not_followed(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    await (await add_sensor(connection)).async_send_downlink(data=b"%%", f_port=50, wait_for_ack=False)
    assert len(platform.sent) == 1
    assert not platform.settle


async def test_an_outcome_may_precede_the_answer(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    sensor = await add_sensor(connection)
    platform.answer = lambda downlink: platform.settle[downlink.reference](True)
    await sensor.async_send_downlink(data=b"%%", f_port=50)
    assert not platform.settle


@pytest.mark.parametrize("error", [DownlinkTimeout(), NotConnected(), RuntimeError()])
async def test_a_downlink_that_was_not_accepted_is_sent_once_and_has_no_outcome(
    platform: Platform, error: Exception
) -> None:
    connection = platform.connection(a=S2101)
    sensor = await add_sensor(connection)
    events = await listen(connection)

    def refuse(downlink: OwnDownlink) -> None:
        platform.settle[downlink.reference](False)
        raise error

    platform.answer = refuse
    with pytest.raises(RuntimeError if isinstance(error, RuntimeError) else DownlinkError):
        await sensor.async_send_downlink(data=b"%%", f_port=50)
    assert len(platform.sent) == 1
    assert not platform.settle
    assert [event.type for event in events] == [EventType.ADDED]


@pytest.mark.parametrize("expires", [timedelta(minutes=5), timedelta(minutes=-5)])
async def test_a_downlink_with_an_expiry_is_refused(platform: Platform, expires: timedelta) -> None:
    sensor = await add_sensor(platform.connection(a=S2101))
    with pytest.raises(DownlinkError):
        await sensor.async_send_downlink(data=b"%%", f_port=50, expires_at=datetime.now(UTC) + expires)
    assert not platform.sent


async def test_a_downlink_that_cannot_be_sent_is_refused(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    sensor = await add_sensor(connection)
    with pytest.raises(DownlinkError, match="243"):
        await sensor.async_send_downlink(data=bytes(243), f_port=50)
    with pytest.raises(DownlinkError):
        await connection.async_send_downlink(Downlink(OTHER_EUI, 50, b"%%"))
    assert not platform.sent
    assert not platform.settle
    assert await connection.async_send_downlink(Downlink("2C:F7:F1:C0:44:30:00:A1", 50, b"%%"))


# Loss


async def test_a_loss_delivers_what_was_received_and_ends_all_waiting(platform: Platform) -> None:
    connection = platform.connection(a=S2101)
    sensor = await add_sensor(connection)
    lost: list[str] = []
    connection.on_disconnect(lambda: lost.append("core"))
    task = start(sensor.async_send_downlink(data=b"%%", f_port=50))
    await turn()
    connection.note_uplink(device(), uplink())
    connection.disconnect()
    connection.disconnect()
    assert lost == ["core"]
    assert seen[EUI][-1].type is EventType.UPLINK
    await turn()
    assert isinstance(task.exception(), DownlinkError)
    assert not platform.settle
    assert not platform.timers
    with pytest.raises(ConnectionUnavailable):
        await connection.async_subscribe(listener=print)
    with pytest.raises(ConnectionUnavailable):
        connection.on_disconnect(print)
    with pytest.raises(DownlinkError):
        await connection.async_send_downlink(Downlink(EUI, 50, b"%%"))
    # The models stay for the next connection, and get nothing of this one.
    count = len(seen[EUI])
    connection.remove_device("a")
    assert len(seen[EUI]) == count
    assert not sensor.closed


# Identities


def test_an_eui_proposes_a_brand_alone() -> None:
    assert proposed_brand(EUI.upper()) == 744
    assert proposed_brand("24e124136b502217") == 601
    assert proposed_brand("a84041bdb1825f18") == 676
    assert proposed_brand("0732227a557d8608") is None
    assert proposed_brand(None) is None


def test_a_model_is_an_id_of_the_catalog() -> None:
    assert read_model(f" {S2101.model.upper()} ") == S2101.model
    assert read_model(S2101.model.replace("-", "")) == S2101.model
    assert read_model("S2101") is None


async def add_sensor(connection: LorawanConnection) -> Sensor:
    """Return the model of a device."""
    connection.update_device(device())
    return (await collect(connection)).devices[EUI]


def start(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Return a task that has been started."""
    return asyncio.get_running_loop().create_task(coroutine)


async def turn() -> None:
    """Let all tasks run that are ready."""
    for _ in range(5):
        await asyncio.sleep(0)
