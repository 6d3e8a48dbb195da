"""Changes in the simulated home for the demo."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .home import Home


class Demo:
    """A home in which something changes at each step."""

    def __init__(self, home: Home) -> None:
        """Initialize for the devices of `home`."""
        self._home = home

    def step(self) -> None:
        """Change one thing at random."""
        home, rng = self._home, self._home.random
        choices: list[tuple[int, Callable[[], None]]] = [
            (8, self._change_temperature),
            (4, self._change_power),
            (3, lambda: self._flip("coffee.SwitchActuator", "onState")),
            (3, lambda: self._flip("spots.SwitchActuator", "onState")),
            (3, lambda: self._flip("fountain.SwitchActuator", "onState")),
            (3, lambda: home.set_state("ceiling.DimmerActuator", dimLevel=rng.randint(0, 100))),
            (2, lambda: home.set_state("bedside.DimmerActuator", dimLevel=rng.choice((0, 30)))),
            (3, lambda: home.set_state("shutter.RollerShutterActuator", shutterLevel=rng.randrange(0, 101, 10))),
            (3, lambda: self._flip("bath_window.WindowDoorSensor", "isOpen")),
            (3, lambda: self._flip("front_door.WindowDoorSensor", "isOpen")),
            (4, lambda: home.detect_motion("hall_motion.MotionDetectionSensor")),
            (3, lambda: home.detect_motion("terrace_motion.MotionDetectionSensor")),
            (3, lambda: home.set_state("hall_motion.LuminanceSensor", luminance=rng.randint(5, 90))),
            (3, lambda: home.press("remote.PushButtonSensor", rng.randrange(8), long=not rng.randrange(5))),
            (2, lambda: home.press("spots.PushButtonSensor", rng.randrange(2))),
            (2, lambda: home.set_state("floor_heating.ValveActuator", valvePosition=rng.randint(0, 100))),
            (3, lambda: home.set_state("station.CarbonDioxideSensor", carbonDioxideLevel=rng.randint(420, 1400))),
            (4, lambda: home.set_hub_load(rng.uniform(1, 30), rng.uniform(40, 60))),
        ]
        weights = [weight for weight, _ in choices]
        _, action = rng.choices(choices, weights)[0]
        with suppress(LookupError):
            action()

    def _flip(self, key: str, name: str) -> None:
        self._home.set_state(key, **{name: not self._home.value(key, name)})

    def _change_temperature(self) -> None:
        home, rng = self._home, self._home.random
        key, room = rng.choice(
            (
                ("bath_radiator", "bath_climate"),
                ("living_radiator", "living_climate"),
                ("living_wall", "living_climate"),
            )
        )
        temperature = round(home.value(f"{key}.TemperatureSensor", "temperature"), 1)
        drift = rng.choice((-0.2, -0.1, 0.1, 0.2))
        temperature = round(min(25, max(16, temperature + drift)), 1)
        home.set_state(f"{key}.TemperatureSensor", temperature=temperature)
        home.set_state(f"{room}.RoomTemperature", temperature=temperature)
        humidity = float(rng.randint(35, 70))
        home.set_state(f"{key}.HumiditySensor", humidity=humidity)
        home.set_state(f"{room}.RoomHumidity", humidity=humidity)

    def _change_power(self) -> None:
        home, rng = self._home, self._home.random
        key = "meter.EnergyConsumptionSensor"
        total = round(home.value(key, "absoluteEnergyConsumption") + 0.01, 2)
        day = round(home.value(key, "energyConsumptionDayKWh") + 0.01, 2)
        home.set_state(key, absoluteEnergyConsumption=total, energyConsumptionDayKWh=day)
        home.set_state("meter.PowerConsumptionSensor", powerConsumptionWatt=rng.randint(120, 2400))
        home.set_state("solar.TwoWayMeterPowerConsumptionSensor", powerInWatt=rng.randint(-900, 600))
