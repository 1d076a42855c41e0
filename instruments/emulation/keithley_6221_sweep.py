"""Sweep a list of currents, each with its delay and compliance, as a 6220 or 6221 does.

Forms are those of 622x-901-01, section 4. What is armed is swept once it is initiated; it stays armed
until it is broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.settings import Setting, Settings, switch, whole, word
from instruments.emulation.smu import SourceMeter

__all__ = ["SWEEP_SETTINGS", "ListSweep"]

_NONE, _LIST = (0, 0), (1, 100)
_MOST_POINTS = 65_535
_DONE, _ABORTED, _SWEEPING, _IDLE = 1 << 1, 1 << 2, 1 << 3, 1 << 10
_LISTS = {"CURRent": (-0.105, 0.105), "DELay": (1e-3, 999_999.999), "COMPliance": (0.1, 105.0)}
_SWEEP = ":SOURce[1]:SWEep"
SWEEP_SETTINGS: dict[str, Setting] = {
    f"{_SWEEP}:SPACing": word("LINear", "LOGarithmic", "LIST"),
    f"{_SWEEP}:RANGing": word("BEST", "AUTO", "FIXed"),
    f"{_SWEEP}:COUNt": whole(1, 9999, 1),
    f"{_SWEEP}:CABort": switch(default=False),
    f"{_SWEEP}:POINts": whole(1, _MOST_POINTS, 11),
}
"""Settings of sweeps, by header pattern."""


class ListSweep:
    """Hold the lists and the sweep that runs through them.

    Parameters
    ----------
    smu : SourceMeter
        What sources.
    settings : Settings
        Those of SWEEP_SETTINGS.
    now_us : callable
        Tells the bench's time, us.
    refresh : callable
        Brings the terminals in line.
    """

    def __init__(
        self,
        smu: SourceMeter,
        settings: Settings,
        now_us: Callable[[], int],
        refresh: Callable[[], None],
    ) -> None:
        self._smu = smu
        self._settings = settings
        self._now_us = now_us
        self._refresh = refresh
        self._lists: dict[str, list[float]] = {}
        self._playing: Generator[float, None, None] | None = None
        self._due_us = 0.0
        self._outcome = 0
        self.armed = False

    @property
    def running(self) -> bool:
        """Tell whether it is under way."""
        return self._playing is not None

    def reset(self) -> None:
        """Arm nothing, and put the lists back."""
        self._playing, self.armed, self._outcome = None, False, 0
        self._lists = {"CURR": [0.0], "DEL": [1.0], "COMP": [10.0]}

    def halt(self) -> None:
        """Stop without disarming; the output stays as it is."""
        self._playing = None

    def condition(self) -> int:
        """Give the bits of the operation register."""
        return self._outcome | (_SWEEPING if self.running else _IDLE)

    def due_us(self) -> int | None:
        """Tell when it goes on, us of the bench's time; None for never."""
        return round(self._due_us) if self.running else None

    def go_on(self, now_us: int) -> None:
        """Take the next point, if it is due.

        Parameters
        ----------
        now_us : int
            The bench's time, us.
        """
        if self._playing is None or now_us < round(self._due_us):
            return
        try:
            self._due_us += 1e6 * next(self._playing)
        except StopIteration:
            self._playing, self._outcome = None, self._outcome or _DONE
        self._refresh()

    def commands(self) -> dict[str, Command]:
        """Build the commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        table = {
            f"{_SWEEP}:ARM": Command(
                order=self._arm, orders=_NONE, query=lambda _: str(int(self.armed))
            ),
            f"{_SWEEP}:ABORt": Command(order=self.abort, orders=_NONE),
            ":INITiate[:IMMediate]": Command(order=self._initiate, orders=_NONE),
            ":ABORt": Command(order=self.abort, orders=_NONE),
        }
        for spelling in _LISTS:
            header = f":SOURce[1]:LIST:{spelling}"
            name = "".join(letter for letter in spelling if letter.isupper())
            values = partial(self._values, spelling)
            table[header] = Command(
                order=partial(self._set_list, name, values),
                query=partial(self._ask_list, name),
                orders=_LIST,
            )
            table[f"{header}:APPend"] = Command(
                order=partial(self._append, name, values), orders=_LIST
            )
            table[f"{header}:POINts"] = Command(query=partial(self._count_list, name))
        return table

    def _values(self, spelling: str, parameters: Parameters) -> list[float]:
        low, high = _LISTS[spelling]
        return [within(one, low, high) for one in parameters]

    def _set_list(self, name: str, values: partial[list[float]], parameters: Parameters) -> float:
        self._lists[name] = values(parameters)
        return 0.0

    def _append(self, name: str, values: partial[list[float]], parameters: Parameters) -> float:
        more = values(parameters)
        if len(self._lists[name]) + len(more) > _MOST_POINTS:
            raise ScpiError(-223, f"{_MOST_POINTS} points at most")
        self._lists[name] += more
        return 0.0

    def _ask_list(self, name: str, _: Parameters) -> str:
        return ",".join(f"{value:+.6E}" for value in self._lists[name])

    def _count_list(self, name: str, _: Parameters) -> str:
        return str(len(self._lists[name]))

    def _arm(self, _: Parameters) -> float:
        """Arm a list; whether that switches the output on is left to whoever arms."""
        lists = self._lists
        if self._settings.word(f"{_SWEEP}:SPACing") != "LIST":
            raise ScpiError(-221, "this twin sweeps lists only")
        if len({len(values) for values in lists.values()}) > 1:
            raise ScpiError(-221, "lists of different lengths")
        quantity = self._smu.state.quantities["CURR"]
        highest = max(map(abs, lists["CURR"]))
        if self._settings.word(f"{_SWEEP}:RANGing") != "FIX":
            row = self._smu.specification.smallest_range("CURR", highest)
            quantity.source_range = row.full_scale
        elif highest > self._smu.specification.overrange * quantity.source_range:
            raise ScpiError(-221, f"a level is beyond the range {quantity.source_range:g}")
        self.armed, self._outcome = True, 0
        return 0.0

    def _initiate(self, _: Parameters) -> float:
        if not self.armed:
            raise ScpiError(-221, "nothing is armed")
        self._outcome = 0
        self._playing = self._sweep()
        self._due_us = self._now_us() + 1e6 * next(self._playing)
        return 0.0

    def _sweep(self) -> Generator[float, None, None]:
        quantity = self._smu.state.quantities["CURR"]
        lists = self._lists
        for _ in range(round(self._settings.number(f"{_SWEEP}:COUNt"))):
            for level, delay_s, limit in zip(
                lists["CURR"], lists["DEL"], lists["COMP"], strict=True
            ):
                quantity.level, quantity.limit = level, limit
                self._refresh()
                yield self._smu.lasting_s(delay_s)
                if self._settings.number(f"{_SWEEP}:CABort") and self._smu.limited():
                    self._outcome = _ABORTED
                    return

    def abort(self, _: Parameters) -> float:
        """Break it off and disarm; the output stays as it is."""
        if self._playing is not None:
            self._outcome = _ABORTED
        self._playing, self.armed = None, False
        return 0.0
