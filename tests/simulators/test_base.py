"""Faults that all simulators share, and the command that runs the simulators."""

import asyncio
import json
from pathlib import Path
import signal
import sys

import aiohttp
import pytest

from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator

SIMULATORS = [LivisiSimulator, DeconzSimulator, ElementSimulator, ResiotSimulator]


async def connect(session: aiohttp.ClientSession, sim: Simulator) -> aiohttp.ClientWebSocketResponse:
    url = sim.ws_url
    if isinstance(sim, LivisiSimulator):
        token = sim.hand_out_token()
        return await session.ws_connect(url, params={"token": token}, max_msg_size=0)
    if isinstance(sim, ElementSimulator):
        url = f"{sim.url}/api/v1/readings/socket?auth={sim.api_key}"
    return await session.ws_connect(url, max_msg_size=0)


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_drop_resets_the_connection(session: aiohttp.ClientSession, kind: type[Simulator]) -> None:
    async with kind() as sim:
        socket = await connect(session, sim)
        await sim.wait_socket()
        await sim.drop()
        message = await socket.receive()
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)
        assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        assert sim.open_sockets == 0


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_silence_leaves_pings_unanswered(session: aiohttp.ClientSession, kind: type[Simulator]) -> None:
    async with kind() as sim:
        socket = await connect(session, sim)
        await sim.wait_socket()
        sim.silence()
        sim.flood(3)
        await socket.ping()
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)
        assert sim.open_sockets == 1


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_refusal_applies_to_the_handshake(session: aiohttp.ClientSession, kind: type[Simulator]) -> None:
    async with kind() as sim:
        sim.refuse(503, times=1, retry_after=7)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await connect(session, sim)
        assert refused.value.status == 503
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "7"
        await (await connect(session, sim)).close()


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_restart_keeps_the_ports(session: aiohttp.ClientSession, kind: type[Simulator]) -> None:
    async with kind() as sim:
        ports = sim.port, sim.ws_port
        socket = await connect(session, sim)
        await sim.restart()
        assert (await socket.receive()).type is not aiohttp.WSMsgType.TEXT
        assert (sim.port, sim.ws_port) == ports
        await connect(session, sim)
        await sim.wait_socket()


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_every_push_is_sent(session: aiohttp.ClientSession, kind: type[Simulator]) -> None:
    async with kind(seed=7) as sim:
        socket = await connect(session, sim)
        await sim.wait_socket()
        sim.garbage()
        for _ in range(200):
            sim.step()
        sim.push("the end")
        kinds = set()
        while (message := await socket.receive()).data != "the end":
            kinds.add(message.type)
        assert kinds == {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}


async def test_admin_api_changes_and_returns_the_world(session: aiohttp.ClientSession) -> None:
    async with DeconzSimulator() as sim:
        command = {"method": "set_light", "args": {"key": "hall", "bri": 7}}
        async with session.post(f"{sim.url}/_sim/call", json=command) as response:
            assert response.status == 200
        async with session.get(f"{sim.url}/_sim/world") as response:
            world = await response.json()
        assert world["lights"][sim.resolve("lights", "hall")]["state"]["bri"] == 7
        assert sim.requests == []


async def test_live_world_changes_automatically(session: aiohttp.ClientSession) -> None:
    async with ResiotSimulator(live=True, pace=0.01) as sim:
        socket = await connect(session, sim)
        assert "DT" in await socket.receive_json(timeout=5)


async def test_command_runs_all_four_until_a_signal() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    lines = [json.loads(await process.stdout.readline()) for _ in range(4)]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert [line["vendor"] for line in lines] == ["livisi", "deconz", "element", "resiot"]
    assert all(line["user_input"] for line in lines)
