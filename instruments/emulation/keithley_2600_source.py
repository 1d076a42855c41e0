"""Lead the ``source`` attributes of a 2600B to the unit behind a channel.

Names and numbers are those of 2600BS-901-01 Rev. F (2021), section 9.
"""

from __future__ import annotations

from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.keithley_2600_unit import ChannelUnit
from instruments.emulation.tsp_readings import ReadingFaults
from instruments.emulation.tsp_tree import Attribute, Function, Space, number, switch

__all__ = ["source_space"]

_OFF_STATES = ("NORM", "ZERO", "HIMP")
_SOURCES = ("CURR", "VOLT")
_KEPT = ("delay", "settling", "sink", "highc", "lowrangei", "lowrangev")
_MOST = {"off_limit_a": 1.0, "off_limit_v": 40.4}


def source_space(unit: ChannelUnit, faults: ReadingFaults) -> Space:
    """Build the table ``smua.source``.

    Parameters
    ----------
    unit : ChannelUnit
        What it acts on.
    faults : ReadingFaults
        What may hide a limit.

    Returns
    -------
    Space
        Attributes.
    """
    return _Source(unit, faults).space()


class _Source:
    """Hold the attributes of one source."""

    def __init__(self, unit: ChannelUnit, faults: ReadingFaults) -> None:
        self._unit = unit
        self._faults = faults

    def space(self) -> Space:
        unit = self._unit
        takes = unit.specification
        table: dict[str, Attribute | Function | Space] = {
            "func": switch(
                ("DCAMPS", "DCVOLTS"),
                lambda: _SOURCES.index(unit.state.source),
                self._choose,
                named=False,
                takes_s=takes.settling_s,
            ),
            "output": switch(
                ("OFF", "ON"),
                lambda: int(unit.reported_output()),
                self._switch,
                named=False,
                takes_s=takes.relay_s,
            ),
            "offmode": switch(
                ("NORMAL", "ZERO", "HIGH_Z"),
                lambda: _OFF_STATES.index(unit.quantity(unit.state.source).off_state),
                self._choose_off_state,
                named=False,
            ),
            "offfunc": switch(
                ("DCAMPS", "DCVOLTS"),
                lambda: int(not unit.off_current),
                lambda position: setattr(unit, "off_current", position == 0),
                named=False,
            ),
            "offlimiti": number(lambda: unit.off_limit_a, partial(self._off_limit, "off_limit_a")),
            "offlimitv": number(lambda: unit.off_limit_v, partial(self._off_limit, "off_limit_v")),
            "compliance": Attribute(self._compliance),
        }
        table |= self._levels("i", "v", "CURR") | self._levels("v", "i", "VOLT")
        return table | unit.kept("source", _KEPT)

    def _levels(self, own: str, other: str, name: str) -> dict[str, Attribute]:
        """Give level, range and limit of one function; the limit is of the other quantity."""
        unit = self._unit
        takes_s = unit.specification.settling_s
        return {
            f"level{own}": number(
                lambda: unit.quantity(name).level, partial(unit.set_level, name), takes_s
            ),
            f"range{own}": number(
                lambda: unit.quantity(name).source_range,
                partial(unit.set_source_range, name),
                takes_s,
            ),
            f"autorange{own}": unit.flag(name, "source_auto"),
            f"limit{other}": number(
                lambda: unit.quantity(name).limit, partial(unit.set_limit, name)
            ),
        }

    def _compliance(self) -> bool:
        limited = self._unit.limited() and not self._faults.hide_limit()
        self._unit.note(limited=limited)
        return limited

    def _switch(self, position: int) -> None:
        self._unit.set_output(on=bool(position))

    def _choose(self, position: int) -> None:
        self._unit.state.source = _SOURCES[position]

    def _choose_off_state(self, position: int) -> None:
        for quantity in self._unit.state.quantities.values():
            quantity.off_state = _OFF_STATES[position]

    def _off_limit(self, name: str, value: float) -> None:
        if not 0.0 < value <= _MOST[name]:
            raise ScpiError(-222, f"{value:g}")
        setattr(self._unit, name, value)
