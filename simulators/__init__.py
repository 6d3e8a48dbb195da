"""Four simulated vendors, used by the demo, the tests and the benchmarks alike."""

from .base import Data, Frame, Recorded, Refusal, Simulator, Socket
from .deconz import DeconzSimulator
from .element import ElementSimulator
from .livisi import LivisiSimulator
from .resiot import ResiotSimulator

__all__ = [
    "Data",
    "DeconzSimulator",
    "ElementSimulator",
    "Frame",
    "LivisiSimulator",
    "Recorded",
    "Refusal",
    "ResiotSimulator",
    "Simulator",
    "Socket",
]
