"""Names of the options of LIVISI entries."""

from typing import Final

CONF_AS_LIGHT: Final = "as_light"
CONF_AS_SWITCH: Final = "as_switch"
CONF_ESTIMATED_LUX: Final = "estimated_lux"
CONF_INVERTED: Final = "inverted_shutters"
CONF_MOTION_HOLD: Final = "motion_hold"
CONF_THERMOSTATS: Final = "thermostat_climates"
