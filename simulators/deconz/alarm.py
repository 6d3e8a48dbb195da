"""Alarm systems: arming, countdowns and their settings (docs/protocols/deconz.md, 4.8)."""

from typing import TYPE_CHECKING

from ..base import Data, reply
from .checks import between
from .errors import (
    INVALID_VALUE,
    MISSING_PARAMETER,
    PARAMETER_NOT_AVAILABLE,
    RESOURCE_NOT_AVAILABLE,
    error,
    error_response,
    results_response,
)

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

    from .gateway import Gateway

_MIN_CODE_LENGTH = 4
_MAX_CODE_LENGTH = 16


class AlarmSystems:
    """The alarm systems of a gateway, with one countdown at a time."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize for the alarm systems of `gateway`."""
        self._gateway = gateway
        self._countdown: asyncio.TimerHandle | None = None
        self._code = "1234"

    def trigger(self, aid: str) -> None:
        """Trip an armed alarm system: entry delay, then alarm."""
        system = self._gateway.world["alarmsystems"][aid]
        delay = system["config"].get(f"{system['state']['armstate']}_entry_delay", 0)
        self._count_down(aid, "entry_delay", delay, "in_alarm")

    def write(self, aid: str, rest: list[str], payload: Data) -> web.Response:
        """Handle a PUT request below an alarm system."""
        address = f"/alarmsystems/{aid}/" + "/".join(rest)
        match rest:
            case ["arm_away" | "arm_stay" | "arm_night" | "disarm" as action]:
                return self._put_arm(aid, action, payload, address)
            case ["config"]:
                return self._put_config(aid, payload, address)
            case ["device", uniqueid]:
                devices = self._gateway.world["alarmsystems"][aid]["devices"]
                devices[uniqueid] = {"armmask": payload.get("armmask", "none")}
                return reply([{"success": {address: uniqueid}}])
        return error_response(RESOURCE_NOT_AVAILABLE, address)

    def _put_arm(self, aid: str, action: str, payload: Data, address: str) -> web.Response:
        code = payload.get("code0")
        if code is None:
            return error_response(MISSING_PARAMETER, address)
        if code != self._code:
            return error_response(INVALID_VALUE, address, name="code0", value="****")
        self._arm(aid, action)
        return reply([{"success": {f"/alarmsystems/{aid}/{action}": action.replace("arm_", "armed_")}}])

    def _put_config(self, aid: str, payload: Data, address: str) -> web.Response:
        config = self._gateway.world["alarmsystems"][aid]["config"]
        results: list[Data] = []
        for name, value in payload.items():
            where = f"{address}/{name}"
            if name == "code0" and isinstance(value, str) and _MIN_CODE_LENGTH <= len(value) <= _MAX_CODE_LENGTH:
                self._code = value
                results.append({"success": {where: "****"}})
            elif name not in config:
                results.append(error(PARAMETER_NOT_AVAILABLE, where, name=name))
            elif not name.endswith(("delay", "duration")) or not between(0, 255)(value):
                results.append(error(INVALID_VALUE, where, name=name, value=value))
            else:
                config[name] = value
                results.append({"success": {where: value}})
        if any("success" in result for result in results):
            self._gateway.announce("alarmsystems", aid, "config", dict(config))
        return results_response(results)

    def _arm(self, aid: str, action: str) -> None:
        mode = "disarmed" if action == "disarm" else action.replace("arm_", "armed_")
        config = self._gateway.world["alarmsystems"][aid]["config"]
        config["armmode"] = mode
        self._count_down(aid, "exit_delay", config[f"{mode}_exit_delay"], mode)

    def _count_down(self, aid: str, during: str, seconds: int, after: str) -> None:
        if self._countdown is not None:
            self._countdown.cancel()
            self._countdown = None
        gateway = self._gateway
        new = {"armstate": during if seconds else after, "seconds_remaining": seconds}
        gateway.world["alarmsystems"][aid]["state"].update(new)
        gateway.announce("alarmsystems", aid, "state", new)
        if "keypad" in gateway.world["ids"]["sensors"]:
            gateway.set_sensor_state("keypad", panel=new["armstate"], seconds_remaining=seconds)
        if seconds:
            self._countdown = gateway.call_after_ticks(1, lambda: self._count_down(aid, during, seconds - 1, after))
