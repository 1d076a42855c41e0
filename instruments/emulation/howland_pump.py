"""Answer as a home-built current pump does that keeps `howland_pump_dialect.md`.

The promises of that page are kept here independently of the driver: frames, the lease, refusals.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.howland_pump_specification import HOWLAND_PUMP
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings
from instruments.emulation.spoiling import Spoiler

__all__ = ["HowlandPump", "build", "checksum"]

_RANGES_NA = {1_000_000: 40, 10_000_000: 400}
_LIMITS_UV, _LEASES_MS, _AVERAGES_US = (1_000_000, 36_000_000), (100, 10_000), (400, 200_000)
_FRAME = re.compile(r"(([1-9]\d{0,2});(.*))#([0-9A-F]{4})", re.ASCII)
_LIMITED, _OUTPUT, _LAPSED, _OPEN = 1, 2, 4, 8
_NONE = (0, 0)


class HowlandPump(ScpiInstrument):
    """Hold one emulated pump.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(f"SELF-MADE,HOWLAND PUMP,{parts.serial},1.0")
        self.smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            HOWLAND_PUMP,
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._clock = parts.clock
        self._spoiler = Spoiler(parts.faults, lambda value: f"{value:.0f}")
        self._lease_ms = 0
        self._renewed_us = 0
        self._lapsed = False
        for pattern, command in self._table().items():
            self._tree.add(pattern, command)
        self.reset()

    def reset(self) -> None:
        """Start anew: relay open, level zero, no lease."""
        self.smu.reset()
        self._lease_ms, self._lapsed = 0, False

    def refresh(self) -> None:
        """Bring the terminals in line; an open interlock opens the relay."""
        if not self.smu.interlock_closed and self.smu.state.output:
            self._end()
        self.smu.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at its knobs."""
        if touch.autorange is not None:
            raise ScpiError(-221, "it has no autorange")
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the time since its start, s."""
        return self._clock.now_us() * 1e-6

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Execute one framed line, or tell who it is."""
        if message.strip() == "*IDN?":
            return (yield from super().run(message))
        frame = _FRAME.fullmatch(message.strip())
        if frame is None or checksum(frame.group(1)) != frame.group(4) or int(frame.group(2)) > 255:
            self.report(-101, "no frame, or a wrong sum")
            return None
        self._renewed_us = self._clock.now_us()
        answers = yield from super().run(frame.group(3))
        body = f"{frame.group(2)};{answers or ''}"
        return f"{body}#{checksum(body)}"

    def next_wake_us(self) -> int | None:
        """Tell when the lease lapses."""
        if not self.smu.state.output or self._lapsed:
            return None
        return self._renewed_us + round(self.smu.lasting_s(self._lease_ms * 1e-3) * 1e6)

    def wake(self, now_us: int) -> None:  # noqa: ARG002 - the moment is the one it asked for
        """Let the lease lapse."""
        self._lapsed = True
        self._end()
        self.refresh()

    def _end(self) -> None:
        self.smu.set_level("CURR", 0.0)
        self.smu.set_output(on=False)

    def _table(self) -> dict[str, Command]:
        lowest, highest = _LIMITS_UV
        bounds = f"{lowest},{highest},{_LEASES_MS[0]},{_LEASES_MS[1]}"
        ranges = ",".join(f"{full},{step}" for full, step in _RANGES_NA.items())
        return {
            ":CAPability": Command(query=lambda _: bounds),
            ":CAPability:RANGes": Command(query=lambda _: ranges),
            ":CALibration": Command(query=lambda _: '"2026-05-04"'),
            ":RANGe": Command(order=self._range, query=lambda _: self._nano("source_range")),
            ":CURRent": Command(order=self._level, query=lambda _: self._nano("level")),
            ":VLIMit": Command(
                order=self._limit, query=lambda _: f"{self._current.limit * 1e6:.0f}"
            ),
            ":AVERage": Command(
                order=self._average, query=lambda _: f"{self._current.nplc * 20_000:.0f}"
            ),
            ":LEASe": Command(order=self._lease, query=lambda _: str(self._lease_ms)),
            ":OUTPut": Command(
                order=self._switch, query=lambda _: str(int(self.smu.reported_output()))
            ),
            ":READ": Command(measure=self._read),
            ":INTerlock": Command(query=lambda _: str(int(self.smu.interlock_closed))),
            ":SAFE": Command(order=self._safe, orders=_NONE),
            ":SYSTem:ERRor": Command(query=lambda _: self._error()),
        }

    @property
    def _current(self) -> QuantitySettings:
        return self.smu.state.quantities["CURR"]

    def _nano(self, key: str) -> str:
        return f"{getattr(self._current, key) * 1e9:.0f}"

    def _range(self, parameters: Parameters) -> float:
        full_scale_na = parameters[0].integer()
        if full_scale_na not in _RANGES_NA:
            raise ScpiError(-222, parameters[0].text)
        if self.smu.state.output:
            raise ScpiError(-221, "the output is on")
        self.smu.set_source_range("CURR", full_scale_na * 1e-9)
        return 0.0

    def _level(self, parameters: Parameters) -> float:
        level_na = parameters[0].integer()
        if level_na and not self.smu.state.output:
            raise ScpiError(-221, "the output is off")
        self.smu.set_level("CURR", level_na * 1e-9)
        return HOWLAND_PUMP.settling_s

    def _limit(self, parameters: Parameters) -> float:
        self.smu.set_limit("CURR", _whole(parameters, _LIMITS_UV) * 1e-6)
        return 0.0

    def _average(self, parameters: Parameters) -> float:
        for quantity in self.smu.state.quantities.values():
            quantity.nplc = _whole(parameters, _AVERAGES_US) / 20_000
        return 0.0

    def _lease(self, parameters: Parameters) -> float:
        self._lease_ms = _whole(parameters, _LEASES_MS)
        return 0.0

    def _switch(self, parameters: Parameters) -> float:
        if not parameters[0].boolean():
            self.smu.set_output(on=False)
            return HOWLAND_PUMP.relay_s
        if not self._lease_ms or self._current.level or not self.smu.interlock_closed:
            raise ScpiError(-221, "no lease, a level, or an open interlock")
        self._lapsed = False
        self.smu.set_output(on=True)
        return HOWLAND_PUMP.relay_s

    def _safe(self, _: Parameters) -> float:
        self._end()
        return HOWLAND_PUMP.relay_s

    def _read(self, _: Parameters) -> Timed:
        yield self._current.nplc * HOWLAND_PUMP.line_period_s
        seen = self.smu.measure()
        status = _LIMITED * seen.limited + _OUTPUT * seen.output_on + _LAPSED * self._lapsed
        status += _OPEN * (not self.smu.interlock_closed)
        fields = (
            f"{seen.voltage_v * 1e6:.0f}",
            f"{seen.current_a * 1e9:.0f}",
            str(status),
            str(seen.time_us // 1000),
        )
        return self._spoiler.spoil(fields, ("READ", "SOUR", "STAT", "TIME"))

    def _error(self) -> str:
        entry = self.status.next_error()
        return f'{entry.code},"{entry.text}"'


def checksum(text: str) -> str:
    """Compute CRC-16/CCITT-FALSE.

    Parameters
    ----------
    text : str
        ASCII.

    Returns
    -------
    str
        Four hexadecimal digits.
    """
    register = 0xFFFF
    for byte in text.encode("latin-1", "replace"):
        register ^= byte << 8
        for _ in range(8):
            register = register << 1 ^ (0x1021 if register & 0x8000 else 0)
        register &= 0xFFFF
    return f"{register:04X}"


def build(parts: Parts) -> HowlandPump:
    """Make one.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    HowlandPump
        As after switching on.
    """
    return HowlandPump(parts)


def _whole(parameters: Parameters, bounds: tuple[int, int]) -> int:
    value = parameters[0].integer()
    if not bounds[0] <= value <= bounds[1]:
        raise ScpiError(-222, parameters[0].text)
    return value
