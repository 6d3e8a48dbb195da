"""Demo: Home Assistant with four simulated vendors, their entries and a dashboard, until it is stopped."""

import argparse
import asyncio
import json
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING

from scripts import dashboard
from scripts.hass_process import (
    LOOPBACK,
    RESTART_EXIT_CODE,
    ROOT,
    Client,
    Hass,
    ProcessError,
    Simulator,
    add_entries,
    port_is_free,
    running_simulators,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK = "simulators.port"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--bare", action="store_true", help="set up no entries: try the set-up dialogues yourself")
    parser.add_argument("--port", type=int, default=8123, help="port of Home Assistant (%(default)s)")
    parser.add_argument("--sim-port", type=int, default=18080, help="first port of the simulators (%(default)s)")
    parser.add_argument("--config", type=Path, default=ROOT / ".demo", help="Home Assistant's config folder (.demo)")
    parser.add_argument("--language", default="en", help="language of the entities, such as de or it (%(default)s)")
    return parser.parse_args(arguments)


def _say(text: str = "") -> None:
    print(text, flush=True)


def _describe(simulators: Sequence[Simulator]) -> None:
    _say("The simulated vendors; Settings → Devices & services → Add integration → Pushwire:")
    for simulator in simulators:
        _say(f"\n  {simulator.vendor} {simulator.version}".rstrip() + f"  {simulator.url}")
        for step, fields in simulator.steps.items():
            for name, value in fields.items():
                _say(f"    {step}: {name} = {value if isinstance(value, str) else json.dumps(value)}")
        if simulator.vendor == "deconz":
            call = json.dumps({"method": "unlock", "args": {}})
            _say("    Without an API key, unlock the gateway as Phoscon does, then continue within a minute:")
            _say(f"    curl -d '{call}' {simulator.url}/_sim/call")
    _say()


async def _forget_other_addresses(client: Client, mark: Path, sim_port: int) -> None:
    """Remove entries of an earlier start for simulators on other ports, which would never connect."""
    if mark.exists() and mark.read_text(encoding="utf-8").strip() != str(sim_port):
        for entry in await client.entries():
            await client.request("DELETE", f"/api/config/config_entries/entry/{entry['entry_id']}")
    mark.write_text(f"{sim_port}\n", encoding="utf-8")


async def _furnish(client: Client, simulators: Sequence[Simulator], mark: Path, sim_port: int) -> None:
    await _forget_other_addresses(client, mark, sim_port)
    for entry in await add_entries(client, simulators):
        _say(f"Added {entry['title']}")
    entities = await settled(client)
    await dashboard.save(client, await dashboard.build(client, entities))
    _say(f"{len(entities)} entities are live.")


async def _live(options: argparse.Namespace) -> None:
    for port, option in ((options.port, "--port"), (options.sim_port, "--sim-port")):
        if not port_is_free(port):
            msg = f"Port {port} is in use. Stop what uses it, or choose another one: scripts/demo {option} {port + 100}"
            raise ProcessError(msg)
    config: Path = options.config.resolve()
    config.mkdir(parents=True, exist_ok=True)
    hass = Hass(config, options.port, options.language)
    async with running_simulators(options.sim_port, config / "simulators.log") as simulators:
        _say("Home Assistant is starting …")
        async with hass.run():
            async with hass.client() as client:
                if options.bare:
                    _describe(simulators)
                else:
                    await _furnish(client, simulators, config / _MARK, options.sim_port)
            path = "" if options.bare else f"/{dashboard.URL_PATH}"
            _say(f"\nOpen http://{LOOPBACK}:{options.port}{path}\nStop with Ctrl-C. The log is {hass.log}.")
            # A restart from the user interface ends the process with a special exit code.
            while (code := await hass.wait()) == RESTART_EXIT_CODE:
                await hass.start()
            msg = f"Home Assistant stopped by itself with exit code {code}; see {hass.log}"
            raise ProcessError(msg)


async def _until_stopped(options: argparse.Namespace) -> int:
    live = asyncio.create_task(_live(options))
    stopped = False

    def stop() -> None:
        # A second signal must not interrupt the orderly end that the first one started.
        nonlocal stopped
        if not stopped:
            stopped = True
            live.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        await live
    except asyncio.CancelledError:
        _say("Stopped.")
    except ProcessError as err:
        print(f"demo: {err}", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo until a signal comes; return the exit code."""
    return asyncio.run(_until_stopped(_arguments(arguments)))


if __name__ == "__main__":
    sys.exit(main())
