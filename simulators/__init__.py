"""Four simulated vendors, shared by the demo, the tests and the benchmarks.

They are written from docs/protocols/ and never import the integration.
"""

from .base import Data, Frame, RecordedRequest, Refusal, Simulator, Socket
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
    "RecordedRequest",
    "Refusal",
    "ResiotSimulator",
    "Simulator",
    "Socket",
]
