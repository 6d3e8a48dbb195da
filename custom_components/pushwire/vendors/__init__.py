"""The four vendors: the one place of the shared core that names them."""

from collections.abc import Mapping
from typing import Final

from ..core.vendor import Vendor
from .deconz import DECONZ
from .deconz.config_flow import DeconzSteps
from .element import ELEMENT
from .element.config_flow import ElementSteps
from .livisi import LIVISI
from .livisi.config_flow import LivisiSteps
from .resiot import RESIOT
from .resiot.config_flow import ResiotSteps

VENDORS: Final[Mapping[str, Vendor]] = {vendor.name: vendor for vendor in (LIVISI, DECONZ, ELEMENT, RESIOT)}


class VendorSteps(LivisiSteps, DeconzSteps, ElementSteps, ResiotSteps):
    """The set-up steps of all vendors."""
