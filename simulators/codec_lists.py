"""Copy of the two public lists of codecs, with codecs of its own."""

from http import HTTPStatus
from typing import Final, Self

from aiohttp import web

SCRIPT: Final = """
function decodeUplink(input) {
  return {data: {temperature: ((input.bytes[0] << 8) | input.bytes[1]) / 10, humidity: input.bytes[2]}};
}
"""
# With an encoder of downlinks, as the structure of The Things Network has it.
VALVE_SCRIPT: Final = """
function decodeUplink(input) {
  return {data: {open: input.bytes[0] === 1}};
}

function encodeDownlink(input) {
  if ("minutes" in input.data) return {bytes: [2, input.data.minutes], fPort: 3};
  return {bytes: [1, input.data.open ? 1 : 0], fPort: 2};
}
"""
# Files by path, as the lists name them.
FILES: Final[dict[str, str]] = {
    "/vendor/pushwire-sensors/index.yaml": "endDevices: [th-1, th-2, th-3, th-4, valve, relay]",
    "/vendor/pushwire-sensors/th-1.yaml": """
name: TH-1
firmwareVersions:
  - version: '1.0'
    profiles:
      EU863-870: {id: profile, codec: old-codec}
  - version: '2.0'
    profiles:
      US902-928: {id: profile}
      EU863-870: {id: profile, codec: th-1-codec}
""",
    "/vendor/pushwire-sensors/th-1-codec.yaml": "uplinkDecoder:\n  fileName: th-1.js\n",
    "/vendor/pushwire-sensors/th-1.js": SCRIPT,
    "/vendor/pushwire-sensors/th-2.yaml": "name: TH-2\nfirmwareVersions: []\n",
    "/vendor/pushwire-sensors/th-4.yaml": "firmwareVersions: [{profiles: {EU863-870: {codec: ../../secret}}}]",
    "/vendor/pushwire-sensors/valve.yaml": "firmwareVersions: [{profiles: {EU863-870: {codec: valve-codec}}}]",
    "/vendor/pushwire-sensors/valve-codec.yaml": """
uplinkDecoder:
  fileName: valve.js
  examples:
    - {description: Open, input: {fPort: 1, bytes: [1]}, output: {data: {open: true}}}
downlinkEncoder:
  fileName: valve.js
  examples:
    - description: Open the valve
      input:
        data:
          open: true
      output:
        bytes: [1, 1]
        fPort: 2
    - description: Report every ten minutes
      input:
        data:
          minutes: 10
      output:
        bytes: [2, 10]
        fPort: 3
    - description: open the valve
      input: {data: {open: true}}
    - {description: Without fields, input: {}}
    - {input: {data: {open: true}}}
    - 7
downlinkDecoder:
  fileName: valve.js
""",
    "/vendor/pushwire-sensors/valve.js": VALVE_SCRIPT,
    "/vendor/pushwire-sensors/relay.yaml": "firmwareVersions: [{profiles: {EU863-870: {codec: relay-codec}}}]",
    # Encoder and decoder may be two files.
    "/vendor/pushwire-sensors/relay-codec.yaml": """
uplinkDecoder: {fileName: th-1.js}
downlinkEncoder:
  fileName: relay.js
  examples:
    - description: Close the relay
      input: {data: {relay: closed}}
      output: {bytes: [17, 255], fPort: 85}
    - description: Bytes that are none
      input: {data: {relay: closed}}
      output: {bytes: [256], fPort: 85}
""",
    "/vendor/broken/index.yaml": "endDevices: [",
    "/vendor/empty/index.yaml": "endDevices: []",
    "/vendors/pushwire-sensors/vendor.toml": '[vendor]\nname = "Pushwire"\ndevices = ["th-1.toml", "th-2.toml"]\n',
    "/vendors/pushwire-sensors/devices/th-1.toml": (
        '[device]\nname = "TH-1"\n[[device.firmware]]\nversion = "1.0"\ncodec = "old.js"\n'
        '[[device.firmware]]\nversion = "2.0"\ncodec = "th-1.js"\n'
    ),
    "/vendors/pushwire-sensors/codecs/th-1.js": SCRIPT,
    "/vendors/pushwire-sensors/devices/th-2.toml": '[device]\nname = "TH-2"\n',
    "/vendors/broken/vendor.toml": "devices = [",
    "/large.js": "/" * 300_000,
    "/picture.js": "\udcff",
}


class CodecLists:
    """Server of the lists on loopback.

    Attributes:
        url: Address of both lists.
        requests: Paths of all requests.

    """

    def __init__(self, port: int = 0) -> None:
        """Initialize; port 0 stands for a free port."""
        self.url = ""
        self.requests: list[str] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        self._port = port

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        if request.path == "/busy.js":
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if (text := FILES.get(request.path)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(body=text.encode(errors="surrogateescape"), content_type="text/plain")
