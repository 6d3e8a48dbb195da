"""Configuration of the gateway, and registration of API keys."""

import asyncio
import secrets
from typing import TYPE_CHECKING

from ..base import Data, parse, reply
from .checks import GATEWAY_CHECKS
from .errors import (
    INVALID_JSON,
    INVALID_VALUE,
    LINK_BUTTON_NOT_PRESSED,
    MISSING_PARAMETER,
    PARAMETER_NOT_AVAILABLE,
    error,
    error_response,
    results_response,
)
from .gateway import Gateway, utc_now
from .world import MAC

if TYPE_CHECKING:
    from aiohttp import web

_MAX_NAME_LENGTH = 40
_MIN_KEY_LENGTH = 10


class GatewayConfig:
    """Routes below /config, and POST /api."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize the routes of `gateway`."""
        self._gateway = gateway

    def register_key(self, body: bytes) -> web.Response:
        """Answer a request for an API key (docs/protocols/deconz.md, 1.4)."""
        gateway = self._gateway
        gateway.logins += 1
        data = parse(body)
        if not isinstance(data, dict):
            return error_response(INVALID_JSON, "/")
        name, requested = data.get("devicetype"), data.get("username")
        if name is None:
            return error_response(MISSING_PARAMETER, "/")
        if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME_LENGTH:
            return error_response(INVALID_VALUE, "/devicetype", name="devicetype", value=name)
        if requested is not None and (not isinstance(requested, str) or len(requested) < _MIN_KEY_LENGTH):
            return error_response(INVALID_VALUE, "/username", name="username", value=requested)
        if not gateway.unlocked:
            gateway.refused_logins += 1
            return error_response(LINK_BUTTON_NOT_PRESSED, "")
        existing = [key for key, entry in gateway.keys.items() if entry["name"] == name]
        key = requested or (existing[0] if existing else secrets.token_hex(5).upper())
        gateway.keys[key] = {"name": name, "created": utc_now()}
        return reply([{"success": {"username": key}}])

    def basics(self) -> Data:
        """Return the configuration that is readable without an API key."""
        return {
            "apiversion": "1.16.0",
            "bridgeid": "0000000000000000" if self._gateway.radio_not_ready else self._gateway.bridge_id,
            "datastoreversion": "93",
            "devicename": "ConBee II",
            "factorynew": False,
            "mac": MAC,
            "modelid": "deCONZ",
            "name": self._gateway.world["config"]["name"],
            "replacesbridgeid": None,
            "starterkitid": "",
            "swversion": self._gateway.version,
        }

    def full(self, request: web.Request) -> Data:
        """Return the configuration; the Accept header of `request` may ask for more."""
        gateway = self._gateway
        stored = gateway.world["config"]
        has_tls = gateway.tls is not None and not gateway.behind_tls_proxy
        config = {
            **self.basics(),
            "UTC": utc_now()[:19],
            "localtime": utc_now()[:19],
            "fwversion": "0x00000000" if gateway.radio_not_ready else "0x26780700",
            "ipaddress": gateway.host,
            "panid": 21345,
            "port": gateway.port,
            "rfconnected": stored["rfconnected"],
            "timezone": stored["timezone"],
            "websocketnotifyall": stored["websocketnotifyall"],
            "websocketport": gateway.advertised_ws_port or gateway.ws_port,
            **({"websocketport_wss": gateway.ws_port} if has_tls else {}),
            "whitelist": {
                key: {"create date": entry["created"], "last use date": utc_now()[:19], "name": entry["name"]}
                for key, entry in gateway.keys.items()
            },
            "zigbeechannel": stored["zigbeechannel"],
            "networkopenduration": stored["networkopenduration"],
            "lightlastseeninterval": stored["lightlastseeninterval"],
        }
        if "vnd.ddel" in request.headers.get("Accept", ""):
            config |= {
                "permitjoin": gateway.permit_join,
                "permitjoinfull": 0,
                "otauactive": stored["otauactive"],
                "otaustate": "idle",
                "groupdelay": stored["groupdelay"],
                "discovery": stored["discovery"],
                "fwneedupdate": False,
                "updatechannel": "stable",
            }
        return config

    def put(self, payload: Data) -> web.Response:
        """Change settings of the gateway."""
        if not payload:
            return error_response(MISSING_PARAMETER, "/config")
        gateway = self._gateway
        results: list[Data] = []
        for name, value in payload.items():
            if (check := GATEWAY_CHECKS.get(name)) is None:
                results.append(error(PARAMETER_NOT_AVAILABLE, f"/config/{name}", name=name))
            elif not check(value):
                results.append(error(INVALID_VALUE, f"/config/{name}", name=name, value=value))
            else:
                if name == "permitjoin":
                    gateway.permit_until = asyncio.get_running_loop().time() + value
                elif name == "unlock":
                    gateway.unlocked = value > 0
                else:
                    gateway.world["config"][name] = value
                results.append({"success": {f"/config/{name}": value}})
        return results_response(results)

    def description(self) -> str:
        """Return the UPnP description of the gateway."""
        return (
            '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
            f"<friendlyName>Phoscon-GW ({self._gateway.host})</friendlyName>"
            "<manufacturer>Royal Philips Electronics</manufacturer>"
            "<manufacturerURL>http://www.dresden-elektronik.de</manufacturerURL>"
            f"<modelName>Philips hue bridge 2012</modelName><serialNumber>{self._gateway.bridge_id}</serialNumber>"
            "</device></root>"
        )
