"""deCONZ gateway, checked against docs/protocols/deconz.md."""

from typing import TYPE_CHECKING

import pytest

from simulators import DeconzSimulator

if TYPE_CHECKING:
    import aiohttp


@pytest.mark.parametrize("notify_all", [True, False])
async def test_put_returns_results_and_pushes_changes(session: aiohttp.ClientSession, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        base = f"{sim.url}/api/{sim.api_key}"
        async with session.get(f"{base}/config") as response:
            port = (await response.json())["websocketport"]
        socket = await session.ws_connect(f"ws://127.0.0.1:{port}")
        async with session.put(f"{base}/lights/3/state", json={"bri": 20, "xy": [0, 0]}) as response:
            answers = await response.json()
        assert [next(iter(answer)) for answer in answers] == ["success", "error"]
        event = await socket.receive_json()
        assert event["state"] == (sim.light("hall")["state"] if notify_all else {"bri": 20})


async def test_second_identical_press_has_no_buttonevent(session: aiohttp.ClientSession) -> None:
    async with DeconzSimulator(notify_all=False, shared_port=True) as sim:
        socket = await session.ws_connect(sim.ws_url)
        await sim.wait_socket()
        sim.press("dimmer_switch", 2002)
        sim.press("dimmer_switch", 2002)
        first, second = [(await socket.receive_json())["state"] for _ in range(2)]
        assert first["buttonevent"] == 2002
        assert second.keys() == {"lastupdated"}
        assert second["lastupdated"] > first["lastupdated"]


async def test_key_requires_an_unlocked_gateway_and_can_be_revoked(session: aiohttp.ClientSession) -> None:
    async with DeconzSimulator(link=True) as sim:
        async with session.post(f"{sim.url}/api", json={"devicetype": "test"}) as response:
            assert response.status == 403
            assert (await response.json())[0]["error"]["type"] == 101
        sim.unlock()
        async with session.post(f"{sim.url}/api", json={"devicetype": "test"}) as response:
            key = (await response.json())[0]["success"]["username"]
        sim.revoke_key(key)
        async with session.get(f"{sim.url}/api/{key}/config") as response:
            assert response.status == 200
            assert "whitelist" not in await response.json()
        async with session.get(f"{sim.url}/api/{key}") as response:
            assert response.status == 403


async def test_unreachable_light_is_an_error_with_status_200(session: aiohttp.ClientSession) -> None:
    async with DeconzSimulator() as sim:
        sim.set_reachable("lights", "hall", reachable=False)
        url = f"{sim.url}/api/{sim.api_key}/lights/3/state"
        async with session.put(url, json={"on": True}) as response:
            assert response.status == 200
            assert (await response.json())[0]["error"]["type"] == 202
