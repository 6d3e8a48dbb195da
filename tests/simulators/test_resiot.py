"""ResIOT server, checked against docs/protocols/resiot.md."""

import aiohttp
import pytest

from simulators import ResiotSimulator
from simulators.resiot import APP, encode_lpp


def test_cayenne_is_encoded_as_specified() -> None:
    # The two examples in the Cayenne LPP specification: temperatures, and a position.
    assert encode_lpp([(3, "temperature", 27.2), (5, "temperature", 25.5)]) == "03670110056700ff"
    assert encode_lpp([(1, "gps", (42.3519, -87.9094, 10.0))]) == "018806765ff2960a0003e8"


@pytest.mark.parametrize("spelling", ["DevEui", "DevEUI"])
async def test_confirmed_downlink_is_reported_to_its_end(session: aiohttp.ClientSession, spelling: str) -> None:
    async with ResiotSimulator() as sim:
        socket = await session.ws_connect(sim.socket_url)
        command = {
            "function": "TX",
            "Payload": "484921",
            "AppEui": APP,
            spelling: sim.resolve("valve"),
            "Port": 50,
            "Reference": "abcdefgh",
            "Confirm": True,
        }
        await socket.send_json(command)
        assert await socket.receive_json() == {"Result": "Success", "Details": "", "Reference": "abcdefgh"}
        frames = [await socket.receive_json() for _ in range(6)]
        assert [frame["CommType"].removeprefix("comm_") for frame in frames] == [
            "tx",
            "gwtx",
            "txinfo",
            "txsendack",
            "txsendconfirm",
            "txconfirm",
        ]
        assert {frame["Reference"] for frame in frames} == {"abcdefgh"}


@pytest.mark.parametrize(
    "wrong,details",
    [
        ({"Port": 224}, "Invalid Port"),
        ({"Port": "1"}, "Invalid Port"),
        ({"Payload": "HI!"}, "Payload is not hex encoded"),
        ({"DevEui": "ffffffffffffffff"}, "DevEui not found"),
        ({"function": "RX"}, "Invalid function"),
    ],
)
async def test_invalid_command_fails(session: aiohttp.ClientSession, wrong: dict[str, object], details: str) -> None:
    async with ResiotSimulator() as sim:
        socket = await session.ws_connect(sim.socket_url)
        command = {"function": "TX", "Payload": "00", "AppEui": APP, "DevEui": sim.resolve("valve"), "Port": 1}
        await socket.send_json(command | wrong)
        assert await socket.receive_json() == {"Result": "Fail", "Details": details, "Reference": ""}


async def test_wrong_address_is_refused(session: aiohttp.ClientSession) -> None:
    async with ResiotSimulator() as sim:
        for path, status in (("/ws/wrong", 401), ("/elsewhere", 404)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{sim.url}{path}")
            assert refused.value.status == status
