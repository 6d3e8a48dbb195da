"""Four simulated vendors, used by the demo, the tests and the benchmarks alike."""

from .base import Data, Frame, Recorded, Refusal, Simulator, Socket
from .deconz import DeconzSimulator
from .livisi import LivisiSimulator

__all__ = [
    "Data",
    "DeconzSimulator",
    "Frame",
    "LivisiSimulator",
    "Recorded",
    "Refusal",
    "Simulator",
    "Socket",
]
