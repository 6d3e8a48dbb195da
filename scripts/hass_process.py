"""Home Assistant and the simulated vendors as real processes, and a client that uses Home Assistant as a person would.

The demo and the end-to-end tests stand on this. Nothing here knows how the integration is made: entries are created by
its public config flow, and everything else is read over Home Assistant's own API.
"""

import asyncio
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, Self
import uuid

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
DOMAIN = "pushwire"
VENDORS = ("livisi", "deconz", "element", "resiot")

START_TIMEOUT = 180
STOP_TIMEOUT = 60
CALL_TIMEOUT = 30
RESTART_EXIT_CODE = 100

type Json = dict[str, Any]

_CONFIGURATION = """\
# Written again at every start of the demo.
homeassistant:
  name: Pushwire
  latitude: 51.45
  longitude: 7.01
  elevation: 80
  unit_system: metric
  time_zone: Europe/Berlin
  country: DE
  currency: EUR
  language: $language
  auth_providers:
    - type: trusted_networks
      trusted_networks:
        - 127.0.0.1/32
        - ::1/128
      allow_bypass_login: true

api:
config:
diagnostics:
frontend:
history:
logbook:
recorder:
repairs:
search:
system_health:
websocket_api:

automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml

logger:
  default: warning
  logs:
    custom_components.pushwire: info
    # These two report missing libraries, which only cameras need.
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
"""


class ProcessError(Exception):
    """A process did not start, or Home Assistant refused a request; the text explains what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulator:
    """One simulated vendor, and the input of its config flow."""

    vendor: str
    version: str
    url: str
    ws_url: str
    steps: Mapping[str, Json]

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Return the simulator that a line of JSON announces."""
        data: Json = json.loads(line)
        steps: dict[str, Json] = {data["vendor"]: data["user_input"]}
        for step in data["steps"]:
            steps[step["step_id"]] = step["data"]
        return cls(
            vendor=data["vendor"],
            version=str(data.get("version", "")),
            url=data["url"],
            ws_url=data.get("ws_url", ""),
            steps=steps,
        )


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on a port of the loopback interface."""
    with socket.socket() as probe:
        # With this option, which servers set as well, a port with closing connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int = 1) -> int:
    """Return the first of `count` consecutive free ports."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            first: int = probe.getsockname()[1]
        if first + count < 2**16 and all(map(port_is_free, range(first, first + count))):
            return first


async def _stop(process: asyncio.subprocess.Process) -> int:
    """End a process and its children; return its exit code, negative if it had to be killed."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return await process.wait()


def _tail(log: Path, lines: int = 15) -> str:
    """Return the end of a log for an error text."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@contextlib.asynccontextmanager
async def running_simulators(port: int, log: Path) -> AsyncGenerator[list[Simulator]]:
    """Run the simulators from `port` upwards; their standard error goes to `log`."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulators", "--port", str(port),
            cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
    reader = process.stdout
    if reader is None:
        msg = "The simulators have no output"
        raise ProcessError(msg)
    found: list[Simulator] = []

    async def announced() -> None:
        while not set(VENDORS) <= {simulator.vendor for simulator in found}:
            if not (line := await reader.readline()):
                break
            if line.startswith(b"{"):
                found.append(Simulator.from_line(line))

    async def drained() -> None:
        # A full pipe would stop the simulators.
        while await reader.readline():
            pass

    drain: asyncio.Task[None] | None = None
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(announced(), CALL_TIMEOUT)
        if missing := set(VENDORS) - {simulator.vendor for simulator in found}:
            msg = f"The simulators did not start ({', '.join(sorted(missing))} missing). {log} ends with:\n{_tail(log)}"
            raise ProcessError(msg)
        drain = asyncio.create_task(drained())
        yield found
    finally:
        await _stop(process)
        if drain is not None:
            drain.cancel()
            await asyncio.gather(drain, return_exceptions=True)


class Client:
    """Home Assistant's REST and WebSocket API, authorized as the demo's user.

    Args:
        session: carries every request; closing it is up to the caller.
        url: where Home Assistant answers, without a trailing slash.

    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Initialize; `connect` opens the connection."""
        self.url = url
        self._session = session
        self._token = ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, asyncio.Queue[Json]] = {}

    async def connect(self) -> None:
        """Log in as a browser on this machine does, and open the WebSocket."""
        self._token = await self._log_in()
        self._socket = await self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        if (answer := await self._socket.receive_json())["type"] != "auth_ok":
            msg = f"Home Assistant refused the token: {answer}"
            raise ProcessError(msg)
        self._reader = asyncio.create_task(self._read(self._socket))

    async def close(self) -> None:
        """Close the WebSocket."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _log_in(self) -> str:
        client_id = f"{self.url}/"
        flow: Json = {"client_id": client_id, "handler": ["trusted_networks", None], "redirect_uri": client_id}
        async with self._session.post(f"{self.url}/auth/login_flow", json=flow) as response:
            step = await response.json()
        if step.get("type") != "create_entry":
            msg = f"Home Assistant did not log its only user in: {step}"
            raise ProcessError(msg)
        grant = {"grant_type": "authorization_code", "code": step["result"], "client_id": client_id}
        async with self._session.post(f"{self.url}/auth/token", data=grant) as response:
            token: str = (await response.json())["access_token"]
        return token

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in websocket:
                batch = json.loads(message.data)
                for item in batch if isinstance(batch, list) else [batch]:
                    self._take(item)
        finally:
            for answer in self._answers.values():
                answer.cancel()

    def _take(self, item: Json) -> None:
        if item["type"] == "event":
            self._events[item["id"]].put_nowait(item["event"])
        elif (answer := self._answers.pop(item["id"], None)) is None or answer.done():
            return
        elif item["success"]:
            answer.set_result(item["result"])
        else:
            answer.set_exception(ProcessError(f"{item['error']['code']}: {item['error']['message']}"))

    async def call(self, command: str, /, **arguments: Any) -> Any:
        """Send one WebSocket command and return its result.

        Raises:
            ProcessError: Home Assistant answered with an error.
            TimeoutError: it did not answer.

        """
        if self._socket is None:
            msg = "Not connected"
            raise ProcessError(msg)
        self._last_id += 1
        number = self._last_id
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        # Events may arrive together with the result of their subscription.
        self._events[number] = asyncio.Queue()
        await self._socket.send_json({"id": number, "type": command, **arguments})
        return await asyncio.wait_for(answer, CALL_TIMEOUT)

    async def subscribe(self, event_type: str) -> asyncio.Queue[Json]:
        """Return a queue that receives every further event of a type."""
        await self.call("subscribe_events", event_type=event_type)
        return self._events[self._last_id]

    async def request(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send one REST request and return its JSON.

        Raises:
            ProcessError: the answer has an error status.

        """
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, f"{self.url}{path}", json=body, headers=headers) as response:
            if not response.ok:
                msg = f"{method} {path} answered {response.status}: {await response.text()}"
                raise ProcessError(msg)
            return await response.json()

    async def entries(self) -> list[Json]:
        """Return Pushwire's config entries as the frontend sees them."""
        entries: list[Json] = await self.call("config_entries/get", domain=DOMAIN)
        return entries

    async def entities(self) -> list[Json]:
        """Return the registry entries of Pushwire's entities that are neither disabled nor hidden."""
        rows: list[Json] = await self.call("config/entity_registry/list")
        return [row for row in rows if row["platform"] == DOMAIN and not row["disabled_by"] and not row["hidden_by"]]

    async def add_entry(self, simulator: Simulator) -> Json | None:
        """Go through the config flow for one simulated vendor.

        Returns:
            The new entry, or None when this gateway or account has one already.

        Raises:
            ProcessError: the flow asked for something unknown, showed an error or was aborted.

        """
        path = "/api/config/config_entries/flow"
        result: Json = await self.request("POST", path, {"handler": DOMAIN})
        seen: set[str] = set()
        while (kind := result["type"]) in {"menu", "form"}:
            step = result["step_id"]
            if step in seen:
                msg = f"{simulator.vendor}: step {step!r} came back with {result.get('errors')}"
                raise ProcessError(msg)
            seen.add(step)
            if kind == "menu":
                answer: Json = {"next_step_id": simulator.vendor}
            elif (answer := simulator.steps.get(step, {})) == {} and result["data_schema"]:
                msg = f"{simulator.vendor}: nothing is known to type into step {step!r}"
                raise ProcessError(msg)
            result = await self.request("POST", f"{path}/{result['flow_id']}", answer)
        if kind == "create_entry":
            entry: Json = result["result"]
            return entry
        if result.get("reason") == "already_configured":
            return None
        msg = f"{simulator.vendor}: the set-up ended with {kind}: {result.get('reason', result)}"
        raise ProcessError(msg)


class Hass:
    """One Home Assistant with a config folder of its own, on the loopback interface.

    Args:
        config: the config folder; made when it is missing.
        port: where the frontend and the API answer.

    """

    def __init__(self, config: Path, port: int, language: str = "en") -> None:
        """Initialize; `run` starts the process."""
        self.config = config
        self.port = port
        self.language = language
        self.url = f"http://{LOOPBACK}:{port}"
        self.log = config / "hass.log"
        self.exit_code: int | None = None
        self._process: asyncio.subprocess.Process | None = None

    def prepare(self) -> None:
        """Write the configuration, one user and the port, so that no onboarding is needed."""
        storage = self.config / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        (self.config / "configuration.yaml").write_text(
            _CONFIGURATION.replace("$language", self.language), encoding="utf-8"
        )
        for name, empty in {"automations": "[]", "scripts": "{}", "scenes": "[]"}.items():
            path = self.config / f"{name}.yaml"
            if not path.exists():
                path.write_text(f"{empty}\n", encoding="utf-8")

        components = self.config / "custom_components"
        if components.is_symlink():
            components.unlink()
        if not components.exists():
            components.symlink_to(ROOT / "custom_components", target_is_directory=True)
        # Home Assistant finds blueprints in real folders only.
        if (blueprints := ROOT / "blueprints").is_dir():
            shutil.copytree(blueprints, self.config / "blueprints", dirs_exist_ok=True)

        user: Json = {
            "id": uuid.uuid4().hex,
            "group_ids": ["system-admin"],
            "is_owner": True,
            "is_active": True,
            "name": "Demo",
            "system_generated": False,
            "local_only": False,
        }
        groups = [{"id": group, "name": group} for group in ("system-admin", "system-users", "system-read-only")]
        auth: Json = {"users": [user], "groups": groups, "credentials": [], "refresh_tokens": []}
        done: Json = {"done": ["user", "core_config", "analytics", "integration"]}
        self._store("auth", 1, auth, keep=True)
        self._store("onboarding", 4, done, keep=True)
        # A port in YAML would be on trial and fall back to the default after five minutes.
        self._store("http", 1, {"server_host": [LOOPBACK], "server_port": self.port}, keep=False)

    def _store(self, key: str, version: int, data: Json, *, keep: bool) -> None:
        path = self.config / ".storage" / key
        if keep and path.exists():
            return
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")

    async def start(self) -> None:
        """Start the process and return once it answers.

        Raises:
            ProcessError: it ended, or did not answer in time.

        """
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.exit_code = None
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "homeassistant", "--config", str(self.config), "--skip-pip", "--log-no-color",
                cwd=self.config, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_TIMEOUT):
                while not await self._answers():
                    if self._process.returncode is not None:
                        msg = f"Home Assistant stopped while starting. {self.log} ends with:\n{_tail(self.log)}"
                        raise ProcessError(msg)
                    await asyncio.sleep(0.25)
        except TimeoutError:
            msg = f"Home Assistant did not answer within {START_TIMEOUT} s. {self.log} ends with:\n{_tail(self.log)}"
            raise ProcessError(msg) from None

    async def _answers(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/auth/providers") as response:
                return response.ok
        except aiohttp.ClientError:
            return False

    async def wait(self) -> int:
        """Wait until the process ends by itself, and return its exit code."""
        if self._process is None:
            msg = "Home Assistant was not started"
            raise ProcessError(msg)
        return await self._process.wait()

    async def stop(self) -> None:
        """Stop the process as a service manager would, and keep its exit code."""
        if self._process is not None:
            self.exit_code = await _stop(self._process)
            self._process = None

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncGenerator[Self]:
        """Prepare and start the process, and stop it at the end."""
        self.prepare()
        try:
            await self.start()
            yield self
        finally:
            await self.stop()

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncGenerator[Client]:
        """Return a client once Home Assistant has started completely."""
        async with aiohttp.ClientSession() as session:
            client = Client(session, self.url)
            try:
                await client.connect()
                async with asyncio.timeout(START_TIMEOUT):
                    while (await client.call("get_config"))["state"] != "RUNNING":
                        await asyncio.sleep(0.25)
                yield client
            finally:
                await client.close()

    def log_lines(self) -> Sequence[str]:
        """Return the lines of Home Assistant's log."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()


async def add_entries(client: Client, simulators: Iterable[Simulator]) -> list[Json]:
    """Create an entry for each simulator whose vendor is not set up yet; return the new ones."""
    created = []
    done: set[str] = set()
    for simulator in simulators:
        if simulator.vendor in done:
            continue
        done.add(simulator.vendor)
        if (entry := await client.add_entry(simulator)) is not None:
            created.append(entry)
    return created


async def settled(client: Client, quiet: float = 1.5, limit: float = 60) -> list[Json]:
    """Return Pushwire's enabled entities once every entry is loaded and none has come for `quiet` seconds.

    Raises:
        ProcessError: an entry is not loaded within `limit` seconds.

    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit
    entities = await client.entities()
    since = loop.time()
    while True:
        await asyncio.sleep(0.25)
        now = await client.entities()
        if len(now) != len(entities):
            entities, since = now, loop.time()
        waiting = [entry for entry in await client.entries() if entry["state"] != "loaded"]
        if not waiting and loop.time() - since >= quiet:
            return now
        if loop.time() > deadline:
            if not waiting:
                return now
            states = ", ".join(f"{entry['title']}: {entry['state']} ({entry['reason']})" for entry in waiting)
            msg = f"Not loaded after {limit:.0f} s: {states}"
            raise ProcessError(msg)
