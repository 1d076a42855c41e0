"""Keep status and errors as Keithley's instruments of the first SCPI generation do.

Register sets, summary bits and the two ways to the error queue are those that 2400S-900-01, section
15, and 622x-901-01, section 11, have in common.
"""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ErrorEntry
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument
from instruments.emulation.registers import RegisterSet

__all__ = ["KeithleyStatus"]

_NONE = (0, 0)
_MEASURED_BIT, _QUESTIONABLE_BIT, _OPERATION_BIT, _MASTER_BIT = 1, 8, 128, 64


class KeithleyStatus(ScpiInstrument):
    """Hold the status of one instrument.

    Parameters
    ----------
    identity : str
        Answer to ``*IDN?``.
    measurement, operation : callable
        Give the present conditions.
    """

    def __init__(
        self, identity: str, measurement: Callable[[], int], operation: Callable[[], int]
    ) -> None:
        super().__init__(identity)
        self.measurement = RegisterSet(measurement)
        self._sets = {
            _MEASURED_BIT: self.measurement,
            _OPERATION_BIT: RegisterSet(operation),
            _QUESTIONABLE_BIT: RegisterSet(lambda: 0),
        }
        status = self.status
        next_error = Command(query=lambda _: _entry(status.next_error()))
        clear_errors = Command(order=self._clear_errors, orders=_NONE)
        table = {
            ":SYSTem:ERRor[:NEXT]": next_error,
            ":STATus:QUEue[:NEXT]": next_error,
            ":STATus:QUEue:CLEar": clear_errors,
            ":SYSTem:CLEar": clear_errors,
            ":SYSTem:ERRor:COUNt": Command(query=lambda _: str(status.count_errors())),
            ":SYSTem:ERRor:CODE[:NEXT]": Command(query=lambda _: str(status.next_error().code)),
            ":STATus:PRESet": Command(order=self._preset_status, orders=_NONE),
            ":SYSTem:PRESet": Command(order=self._reset, orders=_NONE),
            ":SYSTem:VERSion": Command(query=lambda _: "1996.0"),
            ":SYSTem:BEEPer[:IMMediate]": Command(order=self.numbers_only, orders=(2, 2)),
            "*TRG": Command(order=lambda _: 0.0, orders=_NONE),
        }
        for name, bit in (
            ("MEASurement", _MEASURED_BIT),
            ("OPERation", _OPERATION_BIT),
            ("QUEStionable", _QUESTIONABLE_BIT),
        ):
            table |= self._sets[bit].commands(f":STATus:{name}")
        for pattern, command in table.items():
            self._tree.add(pattern, command)

    def numbers_only(self, parameters: Parameters) -> float:
        """Take numbers and do nothing with them."""
        for parameter in parameters:
            parameter.number()
        return 0.0

    def _status_byte(self, parameters: Parameters) -> str:
        byte = int(super()._status_byte(parameters)) & ~_MASTER_BIT
        for bit, registers in self._sets.items():
            byte |= bit * registers.summary()
        return str(byte | _MASTER_BIT * bool(byte & self.status.request_enable))

    def _clear(self, parameters: Parameters) -> float:
        for registers in self._sets.values():
            registers.clear()
        return super()._clear(parameters)

    def _preset_status(self, _: Parameters) -> float:
        for registers in self._sets.values():
            registers.preset()
        return 0.0

    def _clear_errors(self, _: Parameters) -> float:
        while self.status.count_errors():
            self.status.next_error()
        return 0.0


def _entry(entry: ErrorEntry) -> str:
    return f'{entry.code:+d},"{entry.text}"' if entry.code else '0,"No error"'
