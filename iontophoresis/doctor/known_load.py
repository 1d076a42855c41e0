"""Test a source on a resistor of known value: every range, the compliance, the off state.

Never more than 10 mA and 20 V. What is compared is what was set, what the source measures, and what
Ohm's law makes of the two with the resistor's value; the bounds are those of the data sheet and the
resistor's tolerance together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from instruments.data_sheets import DataSheet
from instruments.errors import InstrumentError
from instruments.source import CurrentSource, Reading, SourceSettings
from iontophoresis.control.clock import Clock
from iontophoresis.doctor.findings import Finding, judged, untested
from iontophoresis.units import MS_PER_S, NA_PER_MA, UV_PER_V

LARGEST_NA = 10 * NA_PER_MA
LARGEST_UV = 20 * UV_PER_V
LARGEST_PART = 0.8
READINGS = 4
LEAST_PART = 20
"""A range of which less than a twentieth can be used is not tested."""
COMPLIANCES_UV = (5 * UV_PER_V, 2 * UV_PER_V, 1 * UV_PER_V)
COMPLIANCE_SLACK = 1.02
UV_PER_NA_OHM = 1e-3
METER_GAIN, METER_OFFSET_UV = 5e-4, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLoad:
    """A source with a resistor on its terminals.

    Attributes
    ----------
    source : CurrentSource
        Connected.
    resistance_ohm, tolerance_percent : float
        Of the resistor.
    sheet : DataSheet or None
        How far the source may be off; None if that is not known.
    clock : Clock
        In which it is waited.
    wait : callable
        What passes the time, s.
    """

    source: CurrentSource
    resistance_ohm: float
    tolerance_percent: float
    sheet: DataSheet | None
    clock: Clock
    wait: Callable[[float], None]

    @property
    def compliance_uv(self) -> int:
        """Return the voltage limit of the test, uV."""
        return min(LARGEST_UV, self.source.capabilities.max_compliance_uv)

    @property
    def largest_na(self) -> int:
        """Return the largest current of the test, nA."""
        return min(LARGEST_NA, self.current_na(LARGEST_PART * self.compliance_uv))

    def current_na(self, voltage_uv: float) -> int:
        """Return the current at which a voltage stands over the resistor, nA."""
        return int(voltage_uv / (self.resistance_ohm * UV_PER_NA_OHM))

    def voltage_uv(self, current_na: float) -> float:
        """Return the voltage over the resistor, uV."""
        return current_na * self.resistance_ohm * UV_PER_NA_OHM

    def pass_ms(self, wait_ms: int) -> None:
        """Let time pass."""
        self.clock.wait_until(self.clock.now_ms() + wait_ms, self.wait)

    def settings(self, range_na: int, compliance_uv: int) -> SourceSettings:
        """Return the smallest settings that hold a current and a compliance."""
        declared = self.source.capabilities
        return declared.smallest_settings(peak_current_na=range_na, compliance_uv=compliance_uv)


def safely(check: str, load: KnownLoad, test: Callable[[], Finding]) -> Finding:
    """Do one test, leave the source safe, and turn what it refuses into a finding."""
    try:
        try:
            return test()
        finally:
            load.source.make_safe()
    except InstrumentError as error:
        return judged(check, holds=False, measured=str(error))


def check_ranges(load: KnownLoad) -> Iterator[Finding]:
    """Yield what was found on every fixed current range."""
    declared = load.source.capabilities
    for range_na in declared.current_ranges_na:
        check = f"range {_current(range_na)}"
        level_na = min(range_na * 9 // 10, load.largest_na)
        if not (declared.measures_voltage or declared.measures_current):
            yield untested(check, "the source measures nothing; give --voltmeter")
        elif level_na < range_na // LEAST_PART:
            most_ohm = LARGEST_PART * load.compliance_uv / (range_na / LEAST_PART) / UV_PER_NA_OHM
            yield untested(
                check,
                "beyond 10 mA"
                if range_na > LARGEST_NA * LEAST_PART
                else f"needs a resistor of at most {most_ohm:.3g} Ohm",
            )
        else:
            yield safely(check, load, partial(_range, load, range_na, level_na))


def _range(load: KnownLoad, range_na: int, level_na: int) -> Finding:
    settings = load.source.configure(load.settings(range_na, load.compliance_uv))
    load.source.switch_on()
    levels_na = (0, level_na, -level_na)
    errors = [_errors(load, level) for level in levels_na]
    check = f"range {_current(range_na)} at 0, ±{_current(level_na)}"
    if load.sheet is None:
        return untested(check, f"{_columns(errors)}: no data sheet was read to hold it against")
    bounds = [_bounds(load, load.sheet, settings, level) for level in levels_na]
    holds = all(
        error is None or abs(error) <= allowed
        for found, asked in zip(errors, bounds, strict=True)
        for error, allowed in zip(found, asked, strict=True)
    )
    return judged(check, holds=holds, measured=_columns(errors), bound=_columns(bounds))


def _columns(pairs: Sequence[tuple[float | None, float | None]]) -> str:
    """Write currents and then voltages, each in one line."""
    lines = []
    for unit, column in zip(("nA", "uV"), zip(*pairs, strict=True), strict=True):
        if None not in column:
            lines.append(", ".join(f"{value:+.0f}" for value in column) + f" {unit}")
    return "; ".join(lines)


def _errors(load: KnownLoad, level_na: int) -> tuple[float | None, float | None]:
    """Return how far measured current and voltage lie from what was set."""
    declared = load.source.capabilities
    readings = _read(load, level_na)[1:]
    current = sum(one.current_na for one in readings) / len(readings) - level_na
    voltage = sum(one.voltage_uv for one in readings) / len(readings) - load.voltage_uv(level_na)
    return (
        current if declared.measures_current else None,
        voltage if declared.measures_voltage else None,
    )


def _read(load: KnownLoad, level_na: int) -> list[Reading]:
    readings = []
    for _ in range(READINGS):
        readings.append(load.source.apply_and_read(level_na))
        load.pass_ms(load.source.capabilities.tick_ms)
    return readings


def _bounds(
    load: KnownLoad, sheet: DataSheet, settings: SourceSettings, level_na: int
) -> tuple[float, float]:
    set_na = sheet.set_bound_na(settings.current_range_na, level_na)
    read_na = sheet.read_bound_na(settings.current_range_na, level_na)
    expected_uv = load.voltage_uv(level_na)
    read_uv = sheet.read_bound_uv(settings.voltage_range_uv, expected_uv)
    meter_uv = METER_GAIN * abs(expected_uv) + METER_OFFSET_UV
    resistor_uv = abs(expected_uv) * load.tolerance_percent / 100
    return set_na + read_na, load.voltage_uv(set_na) + max(read_uv, meter_uv) + resistor_uv


def check_compliance(load: KnownLoad) -> Finding:
    """Ask for twice the current that the compliance allows; the source must stay below it and say so."""
    check = "compliance"
    declared = load.source.capabilities
    largest_na = min(LARGEST_NA, declared.current_ranges_na[-1])
    for compliance_uv in COMPLIANCES_UV:
        level_na = load.current_na(2 * compliance_uv)
        if level_na <= largest_na and compliance_uv >= declared.min_compliance_uv:
            return safely(check, load, partial(_limited, load, compliance_uv, level_na))
    most_ohm = 2 * COMPLIANCES_UV[-1] / largest_na / UV_PER_NA_OHM
    return untested(check, f"needs a resistor of at least {most_ohm:.3g} Ohm")


def _limited(load: KnownLoad, compliance_uv: int, level_na: int) -> Finding:
    load.source.configure(load.settings(level_na, compliance_uv))
    load.source.switch_on()
    last = _read(load, level_na)[-1]
    measures = load.source.capabilities.measures_voltage
    below = not measures or abs(last.voltage_uv) <= compliance_uv * COMPLIANCE_SLACK
    voltage = f" at {last.voltage_uv / UV_PER_V:.3f} V" if measures else ""
    said = "the limit is flagged" if last.limited else "the limit is NOT flagged"
    return judged(
        "compliance",
        holds=last.limited and below,
        measured=f"{said}{voltage}, asked for {_current(level_na)}",
        bound=f"{compliance_uv / UV_PER_V:g} V",
    )


def check_off(load: KnownLoad) -> Finding:
    """Switch off from a current and see what the terminals are then."""
    return safely("off state", load, partial(_off, load))


def _off(load: KnownLoad) -> Finding:
    level_na = min(load.largest_na, load.source.capabilities.current_ranges_na[-1])
    settings = load.source.configure(load.settings(level_na, load.compliance_uv))
    load.source.switch_on()
    load.source.apply_and_read(level_na)
    report = load.source.make_safe()
    return judged(
        "off state",
        holds=not report.output_on and report.level_na == 0 and not load.source.read_output_on(),
        measured=f"{report.off_state.value}, level {report.level_na} nA, "
        f"{report.attempts} attempt(s)",
        bound=f"{settings.off_state.value}, output off",
    )


def _current(current_na: int) -> str:
    return (
        f"{current_na / NA_PER_MA:.4g} mA"
        if current_na >= NA_PER_MA
        else f"{current_na / MS_PER_S:.4g} µA"
    )
