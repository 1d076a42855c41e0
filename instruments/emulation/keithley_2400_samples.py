"""Keep what a Series 2400 has measured, and write it as the bus does.

Elements, their fixed order and the bits of the status word are those of 2400S-900-01, 18-49 to
18-53.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.smu_state import Measurement
from instruments.emulation.spoiling import Spoiler

__all__ = ["ELEMENTS", "Sample", "TraceBuffer", "status_word", "write_samples"]

ELEMENTS = ("VOLTage", "CURRent", "RESistance", "TIME", "STATus")
"""In the order they are sent in, whatever order they were asked for in."""
_NO_READING = 9.91e37
_SPOILT_AS = {"VOLT": "READ", "CURR": "SOUR"}
_REDUCED = ("VOLT", "CURR", "RES")
_ROLLOVER_S = 100_000.0
_FRONT, _COMPLIANCE, _PROTECTION, _RANGE_COMPLIANCE = 1 << 2, 1 << 3, 1 << 4, 1 << 16
_OVERFLOW, _SENSE_REMOTE = 1, 1 << 22
_MEASURED = {"VOLT": 1 << 11, "CURR": 1 << 12, "RES": 1 << 13}
_SOURCED = {"VOLT": 1 << 14, "CURR": 1 << 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Hold one reading array.

    Parameters
    ----------
    voltage_v, current_a, resistance_ohm : float
        9.91e37 for what is neither measured nor sourced.
    time_s : float
        Since the timer was reset.
    status : int
        Status word.
    """

    voltage_v: float
    current_a: float
    resistance_ohm: float
    time_s: float
    status: int

    @classmethod
    def of(
        cls,
        measured: Measurement,
        functions: Sequence[str],
        source: str,
        time_s: float,
        status: int,
    ) -> Sample:
        """Make one of a measurement, with what is measured before what is only sourced."""
        known = {"VOLT": measured.voltage_v, "CURR": measured.current_a}
        shown = dict.fromkeys(known, _NO_READING)
        shown[source] = measured.source
        shown |= {name: known[name] for name in known if name in functions}
        resistance_ohm = _NO_READING
        if "RES" in functions and measured.current_a:
            resistance_ohm = measured.voltage_v / measured.current_a
        return cls(
            voltage_v=shown["VOLT"],
            current_a=shown["CURR"],
            resistance_ohm=resistance_ohm,
            time_s=time_s % _ROLLOVER_S,
            status=status,
        )

    def element(self, name: str) -> float:
        """Give one element by its short form."""
        return {
            "VOLT": self.voltage_v,
            "CURR": self.current_a,
            "RES": self.resistance_ohm,
            "TIME": self.time_s,
            "STAT": float(self.status),
        }[name]


def status_word(
    measured: Measurement,
    functions: Sequence[str],
    source: str,
    held_by: str,
) -> int:
    """Compose a status word.

    Parameters
    ----------
    measured : Measurement
        What was measured.
    functions : sequence of str
        What is measured: VOLT, CURR, RES.
    source : str
        What is sourced.
    held_by : str
        What limits the voltage first: compliance, range or protection.

    Returns
    -------
    int
        24 bits.
    """
    word = _FRONT | _SOURCED[source] | sum(_MEASURED[name] for name in functions)
    if measured.limited:
        held = {"range": _RANGE_COMPLIANCE, "protection": _PROTECTION}
        word |= held.get(held_by, _COMPLIANCE)
    if max(abs(measured.voltage_v), abs(measured.current_a)) > 9e37:
        word |= _OVERFLOW
    return word | _SENSE_REMOTE * measured.four_wire


def write_samples(samples: Sequence[Sample], elements: Sequence[str], spoiler: Spoiler) -> str:
    """Write reading arrays.

    Parameters
    ----------
    samples : sequence of Sample
        In order.
    elements : sequence of str
        Short forms of what is sent.
    spoiler : Spoiler
        Lets active faults have their way.

    Returns
    -------
    str
        Joined with commas.

    Raises
    ------
    ScpiError
        -230 if there are none.
    """
    if not samples:
        raise ScpiError(-230, "no readings")
    names = [
        spelling for word in ELEMENTS if (spelling := word.rstrip("abcdefghijklmnopqrstuvwxyz"))
    ]
    chosen = [name for name in names if name in elements]
    return ",".join(
        spoiler.spoil(
            [f"{sample.element(name):+.6E}" for name in chosen],
            [_SPOILT_AS.get(name, name) for name in chosen],
        )
        for sample in samples
    )


class TraceBuffer:
    """Hold the buffer that TRACe speaks of."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.size = 100
        self.storing = False

    def store(self, sample: Sample) -> bool:
        """Append a sample while storing.

        Parameters
        ----------
        sample : Sample
            The newest.

        Returns
        -------
        bool
            True if that filled it.
        """
        if not self.storing:
            return False
        self.samples.append(sample)
        self.storing = len(self.samples) < self.size
        return not self.storing

    def reduce(self, figure: str) -> str:
        """Write one figure of CALCulate3, of voltage, current and resistance.

        Parameters
        ----------
        figure : str
            MEAN, SDEV, MAX, MIN or PKPK.

        Returns
        -------
        str
            Three numbers, 9.91e37 for what was not measured.

        Raises
        ------
        ScpiError
            -230 if there are no readings.
        """
        if not self.samples:
            raise ScpiError(-230, "no readings")
        columns = ([sample.element(name) for sample in self.samples] for name in _REDUCED)
        return ",".join(f"{_figure(figure, values):+.6E}" for values in columns)


def _figure(figure: str, values: Sequence[float]) -> float:
    if _NO_READING in values:
        return _NO_READING
    mean = math.fsum(values) / len(values)
    spread = math.fsum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
    return {
        "MEAN": mean,
        "SDEV": math.sqrt(spread),
        "MAX": max(values),
        "MIN": min(values),
        "PKPK": max(values) - min(values),
    }[figure]
