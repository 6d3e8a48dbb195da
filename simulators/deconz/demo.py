"""Changes in the simulated network for the demo."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .gateway import Gateway

_ON_PROBABILITY = 0.7
_DARK_BELOW = 12_000


class Demo:
    """A network in which something changes at each step."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize for the network of `gateway`."""
        self._gateway = gateway

    def step(self) -> None:
        """Change one thing at random."""
        gateway, rng = self._gateway, self._gateway.random
        choices: list[tuple[int, Callable[[], object]]] = [
            (5, self._change_light),
            (3, self._move_blind),
            (2, lambda: gateway.set_light("fan", speed=(speed := rng.randint(0, 6)), on=speed > 0)),
            (8, self._change_climate),
            (4, self._change_power),
            (4, self._change_motion),
            (3, lambda: self._flip("window", "open")),
            (2, lambda: self._flip("water", "water")),
            (2, lambda: self._flip("vibration", "vibration")),
            (3, lambda: gateway.press("dimmer_switch", rng.choice((1000, 1002, 2002, 3002, 4002)))),
            (2, lambda: gateway.press("cube", rng.choice((1006, 2000, 7007)), gesture=rng.randint(1, 8))),
            (2, lambda: gateway.rotate(rotation=rng.choice((-75, 75, 150)))),
            (3, lambda: gateway.set_sensor_state("air", pm2_5=rng.randint(1, 60), airqualityppb=rng.randint(50, 900))),
            (3, lambda: gateway.set_sensor_state("co2", measured_value=float(rng.randint(420, 1500)))),
            (6, lambda: gateway.report_lastseen("lights", rng.choice(list(gateway.world["lights"])))),
            (1, lambda: gateway.recall_by_remote("living", rng.choice(("1", "2")))),
        ]
        _, action = rng.choices(choices, [weight for weight, _ in choices])[0]
        try:
            action()
        except LookupError:
            # A test has deleted this resource.
            return

    def _flip(self, key: str, name: str) -> None:
        self._gateway.set_sensor_state(key, **{name: not self._gateway.sensor(key)["state"][name]})

    def _change_light(self) -> None:
        rng = self._gateway.random
        key = rng.choice(("ceiling", "desk", "hall", "cellar", "plug", "plug_out", "strip"))
        state = self._gateway.light(key)["state"]
        new: dict[str, object] = {"on": rng.random() < _ON_PROBABILITY}
        if "bri" in state:
            new["bri"] = rng.randint(1, 254)
        if "ct" in state:
            new |= {"ct": rng.randint(160, 480), "colormode": "ct"}
        elif "xy" in state:
            new |= {"xy": [round(rng.uniform(0.2, 0.6), 4), round(rng.uniform(0.2, 0.6), 4)], "colormode": "xy"}
        self._gateway.set_light(key, **new)

    def _move_blind(self) -> None:
        rid = self._gateway.resolve("lights", "blind")
        self._gateway.light_control.apply(rid, {"lift": self._gateway.random.randrange(0, 101, 10)})

    def _change_climate(self) -> None:
        rng = self._gateway.random
        key = rng.choice(("temperature", "motion_temperature", "thermostat"))
        now = self._gateway.sensor(key)["state"]["temperature"]
        self._gateway.set_sensor_state(key, temperature=min(2600, max(1500, now + rng.randint(-30, 30))))
        self._gateway.set_sensor_state("humidity", humidity=rng.randint(3500, 7000))
        self._gateway.set_sensor_state("pressure", pressure=rng.randint(990, 1030))

    def _change_power(self) -> None:
        rng = self._gateway.random
        watts = rng.randint(20, 160)
        self._gateway.set_sensor_state("power", power=watts, current=round(watts / 0.231))
        total = self._gateway.sensor("consumption")["state"]["consumption"]
        self._gateway.set_sensor_state("consumption", consumption=total + rng.randint(1, 5))

    def _change_motion(self) -> None:
        self._flip("motion", "presence")
        level = self._gateway.random.randint(5000, 30000)
        lux = round(10 ** ((level - 1) / 10000))
        self._gateway.set_sensor_state("motion_light", lightlevel=level, lux=lux, dark=level < _DARK_BELOW)
