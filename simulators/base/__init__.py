"""Parts shared by the four simulators: server, sockets, faults, request log, admin API.

A simulator is one aiohttp server with one or two ports. The vendors' packages answer REST and
sockets; everything a test may do to a connection is here.
"""

from .data import Data, Frame, parse
from .garbage import GARBAGE
from .refusals import Refusal
from .requests import RecordedRequest, is_upgrade, reply
from .simulator import Simulator
from .sockets import Socket, abort

__all__ = [
    "GARBAGE",
    "Data",
    "Frame",
    "RecordedRequest",
    "Refusal",
    "Simulator",
    "Socket",
    "abort",
    "is_upgrade",
    "parse",
    "reply",
]
