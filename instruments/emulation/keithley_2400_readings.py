"""Lead FETCh, TRACe, FORMat and the choice of functions of a Series 2400 to its samples.

Forms are those of 2400S-900-01, section 18.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from instruments.emulation.device import Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters
from instruments.emulation.keithley_2400_samples import (
    ELEMENTS,
    Sample,
    TraceBuffer,
    status_word,
    write_samples,
)
from instruments.emulation.smu import SourceMeter
from instruments.emulation.spoiling import Spoiler

__all__ = ["Readings"]

_NONE = (0, 0)
_WORDS = {"VOLT": '"VOLT:DC"', "CURR": '"CURR:DC"', "RES": '"RES"'}
_SPELLINGS = {"VOLTAGE": "VOLT", "CURRENT": "CURR", "RESISTANCE": "RES"}
_FIGURES = ("MEAN", "SDEViation", "MAXimum", "MINimum", "PKPK")
_MOST_POINTS = 2500


class Readings:
    """Hold what is measured and how it is written.

    Parameters
    ----------
    smu : SourceMeter
        What measures.
    parts : Parts
        Clock and faults.
    held_by : callable
        Tells what limits the voltage first.
    """

    def __init__(self, smu: SourceMeter, parts: Parts, held_by: Callable[[], str]) -> None:
        self._smu = smu
        self._clock = parts.clock
        self._held_by = held_by
        self._spoiler = Spoiler(parts.faults, lambda value: f"{value:+.6E}")
        self._zero_us = 0
        self.reset()

    def reset(self) -> None:
        """Put every setting back, and forget all samples."""
        self.functions = ["CURR"]
        self._concurrent = True
        self._elements = ["VOLT", "CURR", "RES", "TIME", "STAT"]
        self._figure = "MEAN"
        self._samples: list[Sample] = []
        self._trace = TraceBuffer()

    def restart_timer(self) -> None:
        """Let the timestamp start at zero."""
        self._zero_us = self._clock.now_us()

    def begin(self) -> None:
        """Forget the samples of the last initiation."""
        self._samples = []

    def take(self) -> bool:
        """Measure now.

        Returns
        -------
        bool
            True if that filled the buffer.
        """
        measured = self._smu.measure()
        source = self._smu.state.source
        status = status_word(measured, self.functions, source, self._held_by())
        time_s = (measured.time_us - self._zero_us) * 1e-6
        level = self._smu.state.quantities[source].level
        sample = Sample.of(replace(measured, source=level), self.functions, source, time_s, status)
        self._samples.append(sample)
        return self._trace.store(sample)

    def fetch(self) -> str:
        """Write the samples of the last initiation."""
        return write_samples(self._samples, self._elements, self._spoiler)

    def commands(self) -> dict[str, Command]:
        """Build the commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        function = "[:SENSe[1]]:FUNCtion"
        return {
            ":FETCh": Command(query=lambda _: self.fetch()),
            "[:SENSe[1]]:DATA[:LATest]": Command(
                query=lambda _: write_samples(self._samples[-1:], self._elements, self._spoiler)
            ),
            f"{function}[:ON]": Command(order=self._on, query=self._ask_on, orders=(1, 3)),
            f"{function}[:ON]:ALL": Command(order=self._all, orders=_NONE),
            f"{function}:OFF": Command(order=self._off, orders=(1, 3)),
            f"{function}:OFF:ALL": Command(order=self._off_all, orders=_NONE),
            f"{function}:CONCurrent": Command(
                order=self._set_concurrent, query=lambda _: str(int(self._concurrent))
            ),
            ":FORMat:ELEMents[:SENSe[1]]": Command(
                order=self._choose, query=lambda _: ",".join(self._elements), orders=(1, 5)
            ),
            ":SYSTem:TIME": Command(query=lambda _: f"{self._time_s():.3f}"),
            ":SYSTem:TIME:RESet": Command(order=self._restart, orders=_NONE),
            ":TRACe:POINts": Command(order=self._size, query=lambda _: str(self._trace.size)),
            ":TRACe:POINts:ACTual": Command(query=lambda _: str(len(self._trace.samples))),
            ":TRACe:FEED": Command(order=self._feed, query=lambda _: "SENS"),
            ":TRACe:FEED:CONTrol": Command(
                order=self._control, query=lambda _: "NEXT" if self._trace.storing else "NEV"
            ),
            ":TRACe:CLEar": Command(order=self._empty, orders=_NONE),
            ":TRACe:DATA": Command(
                query=lambda _: write_samples(self._trace.samples, self._elements, self._spoiler)
            ),
            ":CALCulate3:FORMat": Command(order=self._reduce, query=lambda _: self._figure),
            ":CALCulate3:DATA": Command(query=lambda _: self._trace.reduce(self._figure)),
        }

    def _time_s(self) -> float:
        return (self._clock.now_us() - self._zero_us) * 1e-6

    def _restart(self, _: Parameters) -> float:
        self.restart_timer()
        return 0.0

    def _on(self, parameters: Parameters) -> float:
        names = [_function(parameter.string()) for parameter in parameters]
        if not self._concurrent and len(names) > 1:
            raise ScpiError(-221, "one function at a time while they are not concurrent")
        before = self.functions if self._concurrent else []
        self.functions = [name for name in _WORDS if name in before or name in names]
        return 0.0

    def _ask_on(self, _: Parameters) -> str:
        return ",".join(_WORDS[name] for name in self.functions)

    def _all(self, _: Parameters) -> float:
        self.functions = list(_WORDS)
        return 0.0

    def _off(self, parameters: Parameters) -> float:
        names = {_function(parameter.string()) for parameter in parameters}
        self.functions = [name for name in self.functions if name not in names]
        return 0.0

    def _off_all(self, _: Parameters) -> float:
        self.functions = []
        return 0.0

    def _set_concurrent(self, parameters: Parameters) -> float:
        self._concurrent = parameters[0].boolean()
        if not self._concurrent:
            # Leaving concurrent measurement selects voltage (18-36).
            self.functions = ["VOLT"]
        return 0.0

    def _choose(self, parameters: Parameters) -> float:
        chosen = {parameter.choice(*ELEMENTS) for parameter in parameters}
        order = ("VOLT", "CURR", "RES", "TIME", "STAT")
        self._elements = [name for name in order if name in chosen]
        return 0.0

    def _size(self, parameters: Parameters) -> float:
        size = parameters[0].integer()
        if not 1 <= size <= _MOST_POINTS:
            raise ScpiError(-222, parameters[0].text)
        if self._trace.storing:
            raise ScpiError(-221, "the buffer is storing")
        self._trace.size = size
        return 0.0

    def _feed(self, parameters: Parameters) -> float:
        parameters[0].choice("SENSe", "SENSe1")
        return 0.0

    def _control(self, parameters: Parameters) -> float:
        self._trace.storing = parameters[0].choice("NEXT", "NEVer") == "NEXT"
        if self._trace.storing:
            self._trace.samples.clear()
        return 0.0

    def _empty(self, _: Parameters) -> float:
        self._trace.samples.clear()
        return 0.0

    def _reduce(self, parameters: Parameters) -> float:
        self._figure = parameters[0].choice(*_FIGURES)
        return 0.0


def _function(text: str) -> str:
    word = text.upper().removesuffix(":DC")
    name = _SPELLINGS.get(word, word)
    if name not in _WORDS:
        raise ScpiError(-224, text)
    return name
