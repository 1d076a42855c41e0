"""Lead a Series 2400 through its source-delay-measure cycles.

Rules are those of the trigger model, 2400S-900-01 section 11, and of auto output-off, 18-72: an
initiation switches the output on at the first cycle, and with TCOunt off when the trigger count has
expired. A break (ABORt) leaves the output as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.settings import Setting, Settings, number, switch, whole, word
from instruments.emulation.smu import SourceMeter

__all__ = ["TRIGGER_SETTINGS", "Cycles"]

_ARM = ":ARM[:SEQuence[1]][:LAYer[1]]"
_TRIGGER = ":TRIGger[:SEQuence[1]]"
_SOURCE = ":SOURce[1]"
_MOST_CYCLES = 2500
_AUTO_DELAY_S = 0.001
_ENDS = ("STARt", "STOP")
_FUNCTIONS = ("CURRent", "VOLTage")
TRIGGER_SETTINGS: dict[str, Setting] = {
    f"{_ARM}:COUNt": whole(1, _MOST_CYCLES, 1),
    f"{_ARM}:SOURce": word("IMMediate", "TIMer", "TLINk", "MANual", "BUS"),
    f"{_ARM}:TIMer": number(0.001, 99_999.99, 0.1),
    f"{_ARM}:OUTPut": word("NONE", "TENTer", "TEXit"),
    f"{_ARM}:DIRection": word("ACCeptor", "SOURce"),
    f"{_ARM}:ILINe": whole(1, 4, 1),
    f"{_ARM}:OLINe": whole(1, 4, 2),
    f"{_TRIGGER}:COUNt": whole(1, _MOST_CYCLES, 1),
    f"{_TRIGGER}:SOURce": word("IMMediate", "TLINk"),
    f"{_TRIGGER}:DELay": number(0.0, 999.9999, 0.0),
    f"{_TRIGGER}:OUTPut": word("NONE", "SOURce", "DELay", "SENSe"),
    f"{_TRIGGER}:DIRection": word("ACCeptor", "SOURce"),
    f"{_TRIGGER}:ILINe": whole(1, 4, 1),
    f"{_TRIGGER}:OLINe": whole(1, 4, 2),
    f"{_SOURCE}:DELay": number(0.0, 9999.999, 0.0),
    f"{_SOURCE}:DELay:AUTO": switch(default=True),
    f"{_SOURCE}:CLEar:AUTO": switch(default=False),
    f"{_SOURCE}:CLEar:AUTO:MODE": word("ALWays", "TCOunt"),
    f"{_SOURCE}:SWEep:SPACing": word("LINear"),
    f"{_SOURCE}:SWEep:POINts": whole(2, _MOST_CYCLES, _MOST_CYCLES),
    f"{_SOURCE}:SWEep:RANGing": word("FIXed"),
    f"{_SOURCE}:SWEep:DIRection": word("UP", "DOWN"),
    ":SYSTem:AZERo[:STATe]": Setting(
        True,
        lambda parameter: parameter.text.upper() != "ONCE" and parameter.boolean(),
        lambda value: str(int(value)),
    ),
    **{f"{_SOURCE}:{name}:MODE": word("FIXed", "LIST", "SWEep") for name in _FUNCTIONS},
    **{
        f"{_SOURCE}:{name}:{end}": number(-1100.0, 1100.0, 0.0)
        for name in _FUNCTIONS
        for end in _ENDS
    },
}
"""Settings of the trigger model and of sweeps, by header pattern."""


class Cycles:
    """Do source-delay-measure cycles as the settings say.

    Parameters
    ----------
    smu : SourceMeter
        What sources and measures.
    settings : Settings
        Those of TRIGGER_SETTINGS.
    functions : callable
        Gives how many functions are measured in a cycle.
    measured : callable
        Called at the end of every measurement.
    permitted : callable
        Tells whether the output enable line lets the output come on.
    """

    def __init__(
        self,
        smu: SourceMeter,
        settings: Settings,
        functions: Callable[[], int],
        measured: Callable[[], None],
        permitted: Callable[[], bool],
    ) -> None:
        self._smu = smu
        self._settings = settings
        self._functions = functions
        self._measured = measured
        self._permitted = permitted
        self.lists: dict[str, list[float]] = {"CURR": [], "VOLT": []}

    def count(self) -> int:
        """Tell how many cycles an initiation does.

        Returns
        -------
        int
            Arm count times trigger count.
        """
        arms = self._settings.number(f"{_ARM}:COUNt")
        return round(arms * self._settings.number(f"{_TRIGGER}:COUNt"))

    def aperture_s(self) -> float:
        """Tell how long the measurement of one cycle takes.

        Returns
        -------
        float
            Three conversions a function with autozero, else one, and overhead, s.
        """
        smu = self._smu
        conversions = 3 if self._settings.number(":SYSTem:AZERo[:STATe]") else 1
        nplc = smu.state.quantities["VOLT"].nplc * smu.specification.line_period_s
        return conversions * max(1, self._functions()) * nplc + smu.specification.overhead_s

    def levels(self) -> list[float]:
        """List the levels of the sourced function, cycle by cycle.

        Returns
        -------
        list of float
            A or V.

        Raises
        ------
        ScpiError
            -221 for more cycles than there is room for, an empty list, a level beyond the fixed
            range, or a trigger source that nobody serves here.
        """
        name = self._smu.state.source
        quantity = self._smu.state.quantities[name]
        spelling = next(one for one in _FUNCTIONS if one.startswith(name))
        count = self.count()
        if count > _MOST_CYCLES:
            raise ScpiError(-221, f"{count} cycles, {_MOST_CYCLES} at most")
        if {self._settings.word(f"{one}:SOURce") for one in (_ARM, _TRIGGER)} - {"IMM"}:
            raise ScpiError(-221, "nobody triggers this bench")
        mode = self._settings.word(f"{_SOURCE}:{spelling}:MODE")
        if mode == "FIX":
            return [quantity.level] * count
        points = self.lists[name] if mode == "LIST" else self._staircase(spelling)
        if not points:
            raise ScpiError(-221, "the source list is empty")
        if max(map(abs, points)) > self._smu.specification.overrange * quantity.source_range:
            raise ScpiError(-221, f"a level is beyond the range {quantity.source_range:g}")
        return [points[index % len(points)] for index in range(count)]

    def _staircase(self, spelling: str) -> list[float]:
        start, stop = (self._settings.number(f"{_SOURCE}:{spelling}:{end}") for end in _ENDS)
        steps = round(self._settings.number(f"{_SOURCE}:SWEep:POINts")) - 1
        points = [start + (stop - start) * index / steps for index in range(steps + 1)]
        return points if self._settings.word(f"{_SOURCE}:SWEep:DIRection") == "UP" else points[::-1]

    def begin(self) -> Generator[float, None, None]:
        """Leave the idle state.

        Returns
        -------
        generator
            Does the cycles; yields the seconds until it wants to be resumed.

        Raises
        ------
        ScpiError
            803 if the output is off and auto output-off is not on; as `levels`.
        """
        if not self._smu.state.output and not self._settings.number(f"{_SOURCE}:CLEar:AUTO"):
            raise ScpiError(803)
        return self._cycles(self.levels())

    def _cycles(self, levels: list[float]) -> Generator[float, None, None]:
        settings = self._settings
        clears = bool(settings.number(f"{_SOURCE}:CLEar:AUTO"))
        always = clears and settings.word(f"{_SOURCE}:CLEar:AUTO:MODE") == "ALW"
        for level in levels:
            if delay_s := settings.number(f"{_TRIGGER}:DELay"):
                yield delay_s
            self._source(level, switch_on=clears)
            yield self._smu.lasting_s(self._source_delay_s() + self.aperture_s())
            self._measured()
            if always:
                self._smu.set_output(on=False)
        if clears:
            self._smu.set_output(on=False)

    def _source(self, level: float, *, switch_on: bool) -> None:
        if switch_on and self._permitted():
            self._smu.set_output(on=True)
        quantity = self._smu.state.quantities[self._smu.state.source]
        quantity.level = level
        self._smu.refresh()

    def _source_delay_s(self) -> float:
        if self._settings.number(f"{_SOURCE}:DELay:AUTO"):
            return _AUTO_DELAY_S
        return self._settings.number(f"{_SOURCE}:DELay")
