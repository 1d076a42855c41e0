"""Play the program memory of an emulated GS200: levels, reached by slopes, held for an interval.

Forms are those that the drivers of PyMeasure and QCoDeS use on hardware. A program that is not
repeated ends holding its last level, with the output on: it is no fail-safe.
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.smu import SourceMeter

__all__ = ["ProgramMemory"]

_LONGEST = 10_000
_SLOPE_STEP_US = 10_000
_END_OF_STEP, _END_OF_PROGRAM = 1 << 6, 1 << 7
_NONE = (0, 0)


class ProgramMemory:
    """Hold one program and where it stands.

    Parameters
    ----------
    smu : SourceMeter
        What it sets.
    now_us : callable
        Tells the bench's time, us.
    note : callable
        Takes the bits of the extended event register that occur.
    """

    def __init__(
        self, smu: SourceMeter, now_us: Callable[[], int], note: Callable[[int], None]
    ) -> None:
        self._smu = smu
        self._now_us = now_us
        self._note = note
        self._levels: list[float] = []
        self._interval_s = 1.0
        self._slope_s = 0.0
        self._repeat = False
        self._trigger = "NORM"
        self._step = 0
        self._began_us = 0
        self._from = 0.0
        self.editing = False
        self.next_us: int | None = None

    @property
    def running(self) -> bool:
        """Tell whether it plays."""
        return self.next_us is not None

    def table(self) -> dict[str, Command]:
        """Give its commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        return {
            ":PROGram:EDIT:STARt": Command(order=self._begin_edit, orders=_NONE),
            ":PROGram:EDIT:END": Command(order=self._end_edit, orders=_NONE),
            ":PROGram:INTerval": Command(
                order=self._set_interval, query=lambda _: f"{self._interval_s:+.6E}"
            ),
            ":PROGram:SLOPe": Command(
                order=self._set_slope, query=lambda _: f"{self._slope_s:+.6E}"
            ),
            ":PROGram:REPeat": Command(
                order=self._set_repeat, query=lambda _: str(int(self._repeat))
            ),
            ":PROGram:COUNt": Command(query=lambda _: str(len(self._levels))),
            ":PROGram:TRIGger": Command(order=self._set_trigger, query=lambda _: self._trigger),
            ":PROGram:RUN": Command(order=self._run, orders=_NONE),
        }

    def add(self, level: float) -> None:
        """Add a step to the program that is being edited.

        Parameters
        ----------
        level : float
            A or V.

        Raises
        ------
        ScpiError
            -223 when the memory is full.
        """
        if len(self._levels) >= _LONGEST:
            raise ScpiError(-223, "program memory is full")
        self._levels.append(level)

    def stop(self) -> None:
        """Stop where it is."""
        self.next_us = None
        self.editing = False

    def go_on(self, now_us: int) -> None:
        """Do what is due.

        Parameters
        ----------
        now_us : int
            Moment, us.
        """
        name = self._smu.state.source
        target = self._levels[self._step]
        slope_us = round(self._slope_s * 1e6)
        interval_us = max(slope_us, round(self._interval_s * 1e6))
        passed_us = now_us - self._began_us
        share = 1.0 if passed_us >= slope_us else passed_us / slope_us
        self._smu.set_level(name, self._from + share * (target - self._from))
        if passed_us < slope_us:
            self.next_us = min(now_us + _SLOPE_STEP_US, self._began_us + slope_us)
        elif passed_us < interval_us:
            self.next_us = self._began_us + interval_us
        else:
            self._end_step(now_us)

    def _end_step(self, now_us: int) -> None:
        self._note(_END_OF_STEP)
        last = self._step + 1 == len(self._levels)
        if last and not self._repeat:
            self._note(_END_OF_PROGRAM)
            self.next_us = None
            return
        self._begin_step(0 if last else self._step + 1, now_us)

    def _begin_step(self, step: int, now_us: int) -> None:
        self._step, self._began_us = step, now_us
        self._from = self._smu.state.quantities[self._smu.state.source].level
        self.next_us = now_us + (_SLOPE_STEP_US if self._slope_s else 0)

    def _begin_edit(self, _: Parameters) -> float:
        self._idle()
        self._levels = []
        self.editing = True
        return 0.0

    def _end_edit(self, _: Parameters) -> float:
        self.editing = False
        return 0.0

    def _idle(self) -> None:
        if self.running:
            raise ScpiError(-221, "a program runs")

    def _set_interval(self, parameters: Parameters) -> float:
        self._idle()
        self._interval_s = within(parameters[0], 0.1, 3_600.0)
        return 0.0

    def _set_slope(self, parameters: Parameters) -> float:
        self._idle()
        self._slope_s = within(parameters[0], 0.0, 3_600.0)
        return 0.0

    def _set_repeat(self, parameters: Parameters) -> float:
        self._idle()
        self._repeat = parameters[0].boolean()
        return 0.0

    def _set_trigger(self, parameters: Parameters) -> float:
        if parameters[0].choice("NORMal", "MEND") != "NORM":
            raise ScpiError(-221, "this twin goes on by the clock only")
        return 0.0

    def _run(self, _: Parameters) -> float:
        self._idle()
        if self.editing or not self._levels:
            raise ScpiError(-221, "no program to run")
        if not self._smu.state.output:
            raise ScpiError(-221, "the output is off")
        name = self._smu.state.source
        full_scale = self._smu.state.quantities[name].source_range
        largest = self._smu.specification.overrange * full_scale
        if any(abs(level) > largest for level in self._levels):
            raise ScpiError(-221, "a step is beyond the range")
        self._begin_step(0, self._now_us())
        return 0.0
