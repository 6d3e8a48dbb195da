"""HTTP server of a simulator: one port, or two where the WebSocket has a port of its own."""

from abc import ABC, abstractmethod
import asyncio
import ssl

from aiohttp import web

from .sockets import abort

_MAX_PORT_ATTEMPTS = 50


class Server(ABC):
    """Listening ports, and the connections accepted on them."""

    separate_socket = False

    def __init__(self, host: str, port: int, ws_port: int | None) -> None:
        """Initialize; port 0 stands for a free port, `ws_port` None for the port after `port`."""
        self.host = host
        self.port = port
        self.ws_port = port if ws_port is None else ws_port
        self.requested_ws_port = ws_port
        self.tls: ssl.SSLContext | None = None
        self._transports: dict[asyncio.Transport, int] = {}
        self._runner: web.AppRunner | None = None

    @property
    def keepalive_seconds(self) -> float:
        """Seconds after which the server closes an idle HTTP keep-alive connection."""
        return 75.0

    @abstractmethod
    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle a request."""

    async def listen(self) -> None:
        """Open the ports; `port` and `ws_port` are set to the ports in use."""
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self.serve)
        self._runner = web.AppRunner(
            app,
            handler_cancellation=True,
            keepalive_timeout=self.keepalive_seconds,
            shutdown_timeout=1,
            access_log=None,
        )
        await self._runner.setup()
        for _ in range(_MAX_PORT_ATTEMPTS):
            site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True, ssl_context=self.tls)
            await site.start()
            port = int(self._runner.addresses[0][1])
            if not self.separate_socket:
                self.port = self.ws_port = port
                return
            try:
                await self._listen_for_sockets(port)
            except OSError:
                if self.port:
                    raise
                await site.stop()
            else:
                self.port = port
                return
        raise OSError

    async def _listen_for_sockets(self, port: int) -> None:
        if self._runner is None:
            raise OSError
        ws_port = port + 1 if self.requested_ws_port is None else self.requested_ws_port
        if self.ws_port and self.ws_port != self.port:
            ws_port = self.ws_port
        await web.TCPSite(self._runner, self.host, ws_port, reuse_address=True, ssl_context=self.tls).start()
        self.ws_port = int(self._runner.addresses[1][1])

    async def refuse_connections(self) -> None:
        """Refuse new connections, and keep those that exist."""
        if self._runner is not None:
            for site in list(self._runner.sites):
                await site.stop()

    async def accept_connections(self) -> None:
        """Accept connections again, at the same ports."""
        if self._runner is not None:
            for port in dict.fromkeys((self.port, self.ws_port)):
                await web.TCPSite(self._runner, self.host, port, reuse_address=True, ssl_context=self.tls).start()

    async def close(self) -> None:
        """Close the ports and reset every connection."""
        for transport in list(self._transports):
            abort(transport)
        self._transports.clear()
        if self._runner is not None:
            await self._stop_accepting(self._runner)
            await self._runner.cleanup()
            self._runner = None

    async def _stop_accepting(self, runner: web.AppRunner) -> None:
        """Stop accepting connections, and let accepted connections reach their handler.

        A server that is closed in the event-loop iteration in which it accepts a connection loses that connection.
        """
        loop = asyncio.get_running_loop()
        for site in runner.sites:
            if isinstance(server := site._server, asyncio.Server):  # noqa: SLF001 (aiohttp has no other way to it)
                for listener in server.sockets:
                    loop.remove_reader(listener.fileno())
        await asyncio.sleep(0)

    def count_request(self, transport: asyncio.Transport) -> None:
        """Count a request of a connection, and forget closed connections."""
        self._transports = {t: n for t, n in self._transports.items() if not t.is_closing()}
        self._transports[transport] = self._transports.get(transport, 0) + 1

    def request_count(self, transport: asyncio.Transport) -> int:
        """Return how many requests a connection has carried."""
        return self._transports.get(transport, 0)
