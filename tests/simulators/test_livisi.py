"""LIVISI hub, checked against docs/protocols/livisi.md."""

from typing import Any

import aiohttp
import pytest

from simulators import LivisiSimulator

BASIC = {"Authorization": "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="}


async def login(session: aiohttp.ClientSession, sim: LivisiSimulator, password: str | None = None) -> dict[str, Any]:
    grant = {"grant_type": "password", "username": "admin", "password": password or sim.password}
    async with session.post(f"{sim.url}/auth/token", json=grant, headers=BASIC) as response:
        data: dict[str, Any] = await response.json()
        return data


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_action_is_reported_as_event(session: aiohttp.ClientSession, version: Any) -> None:
    async with LivisiSimulator(version=version) as sim:
        token = (await login(session, sim))["access_token"]
        socket = await session.ws_connect(sim.ws_url, params={"token": token})
        if version == "v1":
            assert (await socket.receive_json())["type"] == "ControllerConnectivityChanged"
        await socket.send_str('{"hbeat":"ping"}')
        assert await socket.receive_json() == {"hbeat": "pong"}
        target = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
        action = {
            "id": "a" * 32,
            "type": "SetState",
            "namespace": "core.RWE",
            "target": target,
            "params": {"onState": {"type": "Constant", "value": True}},
        }
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{sim.url}/action", json=action, headers=headers) as response:
            assert (await response.json())["resultCode"] == "Success"
        event = await socket.receive_json()
        value = event["properties"]["onState"]
        assert (value["value"] if version == "v1" else value) is True
        assert event["source"] == target
        assert sim.value("coffee.SwitchActuator", "onState") is True


async def test_invalid_credentials_have_the_error_codes_of_the_hub(session: aiohttp.ClientSession) -> None:
    async with LivisiSimulator() as sim:
        async with session.get(f"{sim.url}/status") as response:
            assert (response.status, (await response.json())["errorcode"]) == (403, 2002)
        assert (await login(session, sim, "wrong"))["errorcode"] == 2009
        token = (await login(session, sim))["access_token"]
        sim.expire_tokens()
        async with session.get(f"{sim.url}/device", headers={"Authorization": f"Bearer {token}"}) as response:
            assert (response.status, (await response.json())["errorcode"]) == (401, 2007)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(sim.ws_url, params={"token": token})
        assert refused.value.status == 401
        assert (sim.logins, sim.refused_logins) == (2, 2)


async def test_classic_hub_compares_the_content_type_exactly(session: aiohttp.ClientSession) -> None:
    async with LivisiSimulator(version="v1") as sim:
        headers = {**BASIC, "Content-Type": "application/json; charset=utf-8"}
        async with session.post(f"{sim.url}/auth/token", data="{}", headers=headers) as response:
            assert response.status == 415
