"""ELEMENT platform, checked against docs/protocols/element.md."""

import json

import aiohttp
import pytest

from simulators import ElementSimulator


async def test_replay_precedes_live_events(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator() as sim:
        missed = [sim.uplink("climate", {"temperature": float(value)})[1] for value in range(5)]
        query = {"auth": sim.api_key, "after": missed[1]["inserted_at"], "preload": "device,packet"}
        socket = await session.ws_connect(f"{sim.url}/api/v1/tags/building/readings/socket", params=query)
        await sim.wait_socket()
        sim.uplink("climate", {"temperature": 9.0})
        sim.uplink("tracker")
        await socket.send_str("ping")
        events = []
        while (text := await socket.receive_str()) != "pong":
            events += json.loads(text)
        assert [event["body"]["data"]["temperature"] for event in events] == [1, 2, 3, 4, 9]
        assert "interfaces" not in events[0]["body"]["device"]
        assert events[0]["body"]["packet"]["id"] == events[0]["body"]["packet_id"]


async def test_limited_key_cannot_open_a_mandate_socket(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(groups=["city"], role="read_only") as sim:
        base, query = f"{sim.url}/api/v1", {"auth": sim.api_key}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{base}/readings/socket", params=query)
        assert refused.value.status == 403
        frame = {"opts": {"port": 1, "payload": "00"}}
        async with session.post(f"{base}/devices/soil/actions/send_down_frame", json=frame, params=query) as response:
            assert response.status == 403
        sim.refuse_key()
        async with session.get(f"{base}/devices", params=query) as response:
            assert response.status == 401


async def test_socket_without_pings_is_closed(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(idle_timeout=0.1) as sim:
        url = f"{sim.url}/api/v1/packets/socket?auth={sim.api_key}"
        socket = await session.ws_connect(url)
        assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_pages_and_rate_limit(session: aiohttp.ClientSession) -> None:
    async with ElementSimulator(rate=4) as sim:
        url, query = f"{sim.url}/api/v1/devices", {"auth": sim.api_key, "limit": "5"}
        found: list[str] = []
        while True:
            async with session.get(url, params=query) as response:
                page = await response.json()
            found += [device["id"] for device in page["body"]]
            if (after := page.get("retrieve_after_id")) is None:
                break
            query["retrieve_after"] = after
        assert sorted(found) == sorted(sim.world["devices"])
        for status in (200, 429):
            async with session.get(url, params=query) as response:
                assert response.status == status
        assert response.headers["x-ratelimit-remaining"] == "0"
