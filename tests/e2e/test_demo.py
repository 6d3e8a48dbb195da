"""What a person sees who starts the demo, on the newest Home Assistant.

The tests run in the order they are written in: the last ones stop what the first ones use.
"""

import asyncio
from collections import Counter
import contextlib
from pathlib import Path
import re
import signal
import sys
from typing import TYPE_CHECKING

import aiohttp

from scripts.dashboard import URL_PATH
from scripts.hass_process import ROOT, STOP_TIMEOUT, VENDORS, Client, free_ports, settled

if TYPE_CHECKING:
    from .conftest import Home

ENTITIES = 60
CHANGES = 20

_NO_VALUE = {"unknown", "unavailable"}
_COMPLAINT = re.compile(r"(WARNING|ERROR|CRITICAL) .*pushwire")
# Home Assistant blames the entity that it was writing when the machine stood still for a moment.
_STANDSTILL = re.compile(r"Updating state for .* took [\d.]+ seconds")


async def test_each_vendor_has_a_loaded_entry(home: Home) -> None:
    await settled(home.client, limit=120)
    entries = await home.client.entries()
    assert [entry["state"] for entry in entries] == ["loaded"] * len(VENDORS), entries


async def test_entities_appear_and_change(home: Home) -> None:
    changes = await home.client.subscribe("state_changed")
    entities = await settled(home.client, limit=120)
    assert len(entities) >= ENTITIES, Counter(entity["entity_id"].partition(".")[0] for entity in entities)

    titles = {entry["entry_id"]: entry["title"] for entry in await home.client.entries()}
    owners = {entity["entity_id"]: titles[entity["config_entry_id"]] for entity in entities}
    assert len(set(owners.values())) == len(VENDORS), Counter(owners.values())

    changed: set[str] = set()
    vendors: set[str] = set()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while len(changed) < CHANGES or len(vendors) < len(VENDORS):
                data = (await changes.get())["data"]
                old, new = data["old_state"], data["new_state"]
                if data["entity_id"] not in owners or old is None or new is None:
                    continue
                # Coming to life is not yet a change that a vendor pushed.
                if old["state"] != new["state"] and not _NO_VALUE & {old["state"], new["state"]}:
                    changed.add(data["entity_id"])
                    vendors.add(owners[data["entity_id"]])
    assert len(changed) >= CHANGES, sorted(changed)
    assert vendors == set(owners.values())


async def test_home_assistant_stops_cleanly_with_a_clean_log(home: Home) -> None:
    await home.client.close()
    await home.hass.stop()
    assert home.hass.exit_code == 0

    # Home Assistant logs this warning for every custom integration.
    lines = [line for line in home.hass.log_lines() if "[homeassistant.loader]" not in line]
    complaints = [line for line in lines if _COMPLAINT.search(line) and not _STANDSTILL.search(line)]
    assert not complaints, "\n".join(complaints)
    # Home Assistant's own voice assistant fails where there is no compiler; only what passes through our code counts.
    assert not any(line.lstrip().startswith("File") and "custom_components/pushwire" in line for line in lines)


async def test_the_demo_command_shows_a_dashboard_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port, sim_port = free_ports(), free_ports(16)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.demo_home",
        "--port", str(port), "--sim-port", str(sim_port), "--config", str(tmp_path / "config"),
        cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = process.stdout
    assert output is not None
    address = f"http://127.0.0.1:{port}/{URL_PATH}".encode()
    said = b""
    try:
        async with asyncio.timeout(120):
            while address not in said:
                line = await output.readline()
                assert line, said.decode()
                said += line

        async with aiohttp.ClientSession() as session:
            client = Client(session, f"http://127.0.0.1:{port}")
            await client.connect()
            config = await client.call("lovelace/config", url_path=URL_PATH)
            enabled = {entity["entity_id"] for entity in await client.entities()}
            await client.close()
        assert len(config["views"]) == 1 + len(VENDORS)
        cards = [card for view in config["views"] for section in view["sections"] for card in section["cards"]]
        tiles = {card["entity"] for card in cards if card["type"] == "tile"}
        assert tiles <= enabled
        assert len(tiles) >= ENTITIES

        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(output.read(), 2 * STOP_TIMEOUT)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert _processes_below(tmp_path) == []


def _processes_below(folder: Path) -> list[str]:
    """Return the command lines of running processes which name the folder, where the system tells."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in found if str(folder) in command]
