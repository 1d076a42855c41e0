"""Give scripts one channel of a 2600B: constants, buffers, source and measurement.

Names and numbers are those of the Series 2600B reference manual, 2600BS-901-01 Rev. F (2021), section 9.
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.keithley_2600_measure import measure_space
from instruments.emulation.keithley_2600_source import source_space
from instruments.emulation.keithley_2600_unit import ChannelUnit
from instruments.emulation.tsp_buffers import Buffers
from instruments.emulation.tsp_readings import ReadingFaults
from instruments.emulation.tsp_tree import Function, Space, constant, switch

__all__ = ["channel_space"]

_CONSTANTS = {
    "OUTPUT_DCAMPS": 0,
    "OUTPUT_DCVOLTS": 1,
    "OUTPUT_OFF": 0,
    "OUTPUT_ON": 1,
    "OUTPUT_NORMAL": 0,
    "OUTPUT_ZERO": 1,
    "OUTPUT_HIGH_Z": 2,
    "SENSE_LOCAL": 0,
    "SENSE_REMOTE": 1,
    "AUTORANGE_OFF": 0,
    "AUTORANGE_ON": 1,
    "AUTOZERO_OFF": 0,
    "AUTOZERO_ONCE": 1,
    "AUTOZERO_AUTO": 2,
    "DISABLE": 0,
    "ENABLE": 1,
}
_BUFFER_READINGS = 60_000


def channel_space(
    name: str,
    unit: ChannelUnit,
    faults: ReadingFaults,
    buffers: Buffers,
    make_buffer: Callable[..., object],
) -> Space:
    """Build the table ``smua`` or ``smub``.

    Parameters
    ----------
    name : str
        What it is called.
    unit : ChannelUnit
        What it acts on.
    faults : ReadingFaults
        What is wrong with its readings.
    buffers : Buffers
        Reading buffers of the instrument.
    make_buffer : callable
        Makes a reading buffer of a size.

    Returns
    -------
    Space
        Constants, attributes and functions.
    """

    def set_four_wire(position: int) -> None:
        for quantity in unit.state.quantities.values():
            quantity.four_wire = bool(position)

    own = {
        one: buffers.make(f"{name}.{one}", _BUFFER_READINGS, appending=False).space()
        for one in ("nvbuffer1", "nvbuffer2")
    }
    return {
        **{word: constant(float(value)) for word, value in _CONSTANTS.items()},
        **own,
        "source": source_space(unit, faults),
        "measure": measure_space(unit, faults, buffers),
        "sense": switch(
            ("SENSE_LOCAL", "SENSE_REMOTE"),
            lambda: int(unit.quantity("VOLT").four_wire),
            set_four_wire,
            named=False,
        ),
        "reset": Function(unit.reset),
        "makebuffer": Function(make_buffer),
    }
