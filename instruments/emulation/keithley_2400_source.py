"""Lead SOURce, SENSe and OUTPut headers of a Series 2400 to its inside.

Forms and defaults are those of 2400S-900-01, section 18; errors those of its appendix B.
"""

from __future__ import annotations

import math
from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings

__all__ = ["SourceSide"]

_UNIT = {"CURR": "A", "VOLT": "V"}
_OTHER = {"CURR": "VOLT", "VOLT": "CURR"}
_SPELLING = {"CURR": "CURRent", "VOLT": "VOLTage"}
_OFF_STATES = ("NORMal", "HIMPedance", "ZERO", "GUARd")
_NONE, _ASKED = (0, 0), (0, 1)
_LONGEST_LIST = (1, 100)
_MOST_POINTS = 2500
_SMALLEST_SHARE = 1e-3


class SourceSide:
    """Hold the settings that act on the terminals.

    Parameters
    ----------
    smu : SourceMeter
        What they act on.
    lists : dict of str to list of float
        Source lists, CURR and VOLT.
    protections_v : tuple of float
        Levels of the over-voltage protection; the last protects nothing.
    """

    def __init__(
        self, smu: SourceMeter, lists: dict[str, list[float]], protections_v: tuple[float, ...]
    ) -> None:
        self._smu = smu
        self._lists = lists
        self._protections_v = protections_v
        self.protection_v = protections_v[-1]
        self.enable_line = False

    def reset(self) -> None:
        """Put every setting back, output off."""
        self._smu.reset()
        self.protection_v = self._protections_v[-1]
        for levels in self._lists.values():
            levels.clear()

    def permitted(self) -> bool:
        """Tell whether the output enable line lets the output be on."""
        return self._smu.interlock_closed or not self.enable_line

    def refresh(self) -> None:
        """Bring the terminals in line: what holds the voltage is the lowest of three limits."""
        state = self._smu.state
        if state.output and not self.permitted():
            self._smu.set_output(on=False)
        state.protection_v = self._ceiling_v()
        self._smu.refresh()

    def _ceiling_v(self) -> float:
        sensed = self._smu.state.quantities["VOLT"]
        range_v = math.inf if sensed.sense_auto else 1.05 * sensed.sense_range
        highest = self._protections_v[-1]
        return min(range_v, math.inf if self.protection_v == highest else self.protection_v)

    def held_by(self) -> str:
        """Tell what limits the voltage first.

        Returns
        -------
        str
            compliance, range or protection.
        """
        limit_v, ceiling_v = self._smu.state.quantities["CURR"].limit, self._ceiling_v()
        if limit_v <= ceiling_v:
            return "compliance"
        return "protection" if ceiling_v == self.protection_v else "range"

    def commands(self) -> dict[str, Command]:
        """Build the commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        smu = self._smu
        line = Command(query=lambda _: str(int(smu.interlock_closed)))
        enable = Command(order=self._set_enable_line, query=lambda _: str(int(self.enable_line)))
        table = {
            ":OUTPut[1][:STATe]": Command(
                order=self._switch, query=lambda _: str(int(smu.reported_output()))
            ),
            ":OUTPut[1]:SMODe": Command(
                order=self._off_state, query=lambda _: smu.state.quantities["CURR"].off_state
            ),
            ":SOURce[1]:FUNCtion[:MODE]": Command(
                order=self._function, query=lambda _: smu.state.source
            ),
            ":SOURce[1]:CLEar[:IMMediate]": Command(order=self._clear, orders=_NONE),
            ":SOURce[1]:VOLTage:PROTection[:LEVel]": Command(
                order=self._protect, query=lambda _: f"{self.protection_v:.6E}", queries=_ASKED
            ),
            ":SOURce[1]:VOLTage:PROTection[:LEVel]:TRIPped": Command(
                query=lambda _: str(int(smu.limited() and self.held_by() == "protection"))
            ),
            ":SYSTem:RSENse": Command(
                order=self._four_wire,
                query=lambda _: str(int(smu.state.quantities["VOLT"].four_wire)),
            ),
        }
        for node in ("ENABle", "INTerlock"):
            table[f":OUTPut[1]:{node}[:STATe]"] = enable
            table[f":OUTPut[1]:{node}:TRIPped"] = line
        for name in _SPELLING:
            table |= self._quantity(name)
        return table

    def _quantity(self, name: str) -> dict[str, Command]:
        source = f":SOURce[1]:{_SPELLING[name]}"
        sense = f"[:SENSe[1]]:{_SPELLING[name]}[:DC]"
        limit = f"{sense}:PROTection[:LEVel]"
        values = f":SOURce[1]:LIST:{_SPELLING[name]}"
        setting = partial(self._setting, name)
        return {
            f"{source}[:LEVel][:IMMediate][:AMPLitude]": Command(
                order=partial(self._level, name), query=setting("level"), queries=_ASKED
            ),
            f"{source}:RANGe": Command(
                order=partial(self._source_range, name),
                query=setting("source_range"),
                queries=_ASKED,
            ),
            f"{source}:RANGe:AUTO": self._flag(name, "source_auto"),
            f"{sense}:RANGe[:UPPer]": Command(
                order=partial(self._sense_range, name), query=setting("sense_range"), queries=_ASKED
            ),
            f"{sense}:RANGe:AUTO": self._flag(name, "sense_auto"),
            f"{sense}:NPLCycles": Command(
                order=self._integration, query=setting("nplc"), queries=_ASKED
            ),
            limit: Command(
                order=partial(self._limit, _OTHER[name]),
                query=partial(self._setting, _OTHER[name])("limit"),
                queries=_ASKED,
            ),
            f"{limit}:TRIPped": Command(query=partial(self._tripped, _OTHER[name])),
            values: Command(
                order=partial(self._list, name),
                query=lambda _: ",".join(f"{value:+.6E}" for value in self._lists[name]),
                orders=_LONGEST_LIST,
            ),
            f"{values}:APPend": Command(order=partial(self._append, name), orders=_LONGEST_LIST),
            f"{values}:POINts": Command(query=lambda _: str(len(self._lists[name]))),
        }

    def _settings(self, name: str) -> QuantitySettings:
        return self._smu.state.quantities[name]

    def _setting(self, name: str, key: str) -> partial[str]:
        return partial(self._ask, name, key)

    def _ask(self, name: str, key: str, _: Parameters) -> str:
        if key == "sense_range" and name == self._smu.state.source:
            # What is sourced is measured on the range it is sourced on.
            key = "source_range"
        return f"{getattr(self._settings(name), key):.6E}"

    def _flag(self, name: str, key: str) -> Command:
        def order(parameters: Parameters) -> float:
            setattr(self._settings(name), key, parameters[0].boolean())
            return 0.0

        return Command(order=order, query=lambda _: str(int(getattr(self._settings(name), key))))

    def _number(self, name: str, parameters: Parameters) -> float:
        largest = self._smu.specification.largest(name)
        return within(parameters[0], -largest, largest, default=0.0, unit=_UNIT[name])

    def _level(self, name: str, parameters: Parameters) -> float:
        self._smu.set_level(name, self._number(name, parameters))
        return self._smu.specification.settling_s

    def _source_range(self, name: str, parameters: Parameters) -> float:
        self._smu.set_source_range(name, self._number(name, parameters))
        return self._smu.specification.settling_s

    def _sense_range(self, name: str, parameters: Parameters) -> float:
        value = self._number(name, parameters)
        specification = self._smu.specification
        limit = self._settings(_OTHER[name]).limit
        sourced = self._smu.state.source == name
        compliance_range = specification.smallest_range(name, limit / 1.05).full_scale
        if not sourced and specification.smallest_range(name, value).full_scale > compliance_range:
            raise ScpiError(824)
        self._smu.set_sense_range(name, value)
        return specification.settling_s

    def _integration(self, parameters: Parameters) -> float:
        nplc = within(parameters[0], 0.01, 10.0, default=1.0)
        for name in _SPELLING:
            self._settings(name).nplc = nplc
        return 0.0

    def _limit(self, name: str, parameters: Parameters) -> float:
        other = _OTHER[name]
        top = self._smu.specification.limits[name][1]
        default = 21.0 if name == "CURR" else 1.05e-4
        value = abs(within(parameters[0], -top, top, default=default, unit=_UNIT[other]))
        sensed = self._settings(other)
        if not sensed.sense_auto and value < _SMALLEST_SHARE * sensed.sense_range:
            raise ScpiError(822)
        # The protection clamps beside the compliance and never makes it refuse a value.
        self._smu.state.protection_v = math.inf
        self._smu.set_limit(name, value)
        return 0.0

    def _tripped(self, name: str, _: Parameters) -> str:
        return str(int(self._smu.state.source == name and self._smu.limited()))

    def _protect(self, parameters: Parameters) -> float:
        levels = self._protections_v
        words = {"NONE": levels[-1]}
        word = parameters[0].text.upper()
        value = words[word] if word in words else abs(self._number("VOLT", parameters))
        # A value between two levels takes the lower one, one above the last but one frees it.
        lower = [level for level in levels[:-1] if level <= value]
        self.protection_v = levels[-1] if value > levels[-2] else (lower or [levels[0]])[-1]
        return 0.0

    def _list(self, name: str, parameters: Parameters) -> float:
        self._lists[name][:] = [self._number(name, (one,)) for one in parameters]
        return 0.0

    def _append(self, name: str, parameters: Parameters) -> float:
        more = [self._number(name, (one,)) for one in parameters]
        if len(self._lists[name]) + len(more) > _MOST_POINTS:
            raise ScpiError(-223, f"{_MOST_POINTS} points at most")
        self._lists[name] += more
        return 0.0

    def _set_enable_line(self, parameters: Parameters) -> float:
        self.enable_line = parameters[0].boolean()
        return 0.0

    def _switch(self, parameters: Parameters) -> float:
        on = parameters[0].boolean()
        if on and not self.permitted():
            raise ScpiError(802)
        self._smu.set_output(on=on)
        return self._smu.specification.relay_s

    def _clear(self, _: Parameters) -> float:
        self._smu.set_output(on=False)
        return self._smu.specification.relay_s

    def _off_state(self, parameters: Parameters) -> float:
        word = parameters[0].choice(*_OFF_STATES)
        for name in _SPELLING:
            self._settings(name).off_state = word
        return 0.0

    def _function(self, parameters: Parameters) -> float:
        word = parameters[0].choice("CURRent", "VOLTage")
        if word != self._smu.state.source:
            self._smu.set_output(on=False)
            self._smu.state.source = word
        return 0.0

    def _four_wire(self, parameters: Parameters) -> float:
        for name in _SPELLING:
            self._settings(name).four_wire = parameters[0].boolean()
        return 0.0
