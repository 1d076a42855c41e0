"""Keep readings in named buffers and write the elements of a reading as text."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Parameters
from instruments.emulation.smu_state import Measurement

__all__ = ["ReadingBuffers", "Record", "format_number"]

_ELEMENTS = (
    "DATE",
    "FRACtional",
    "READing",
    "RELative",
    "SEConds",
    "SOURce",
    "SOURSTATus",
    "SOURUNIT",
    "STATus",
    "TIME",
    "TSTamp",
    "UNIT",
)
_UNITS = {"CURR": "Amp DC", "VOLT": "Volt DC", "RES": "Ohm"}
_MOST_ELEMENTS = 14
_MOST_BUFFERS = 20
_MOST_READINGS = 1_000_000
_DEFAULT_READINGS = 100_000
_LIMIT, _SENSE, _OUTPUT = 32, 64, 128
_QUESTIONABLE_BIT, _TERMINAL_BIT = 1, 8
_MOMENTS = {"DATE": "%m/%d/%Y", "TIME": "%H:%M:%S.%f", "TST": "%m/%d/%Y %H:%M:%S.%f"}
_LARGEST = 9e37


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hold one stored reading.

    Parameters
    ----------
    measurement : Measurement
        What was measured.
    sense, source : str
        CURR, VOLT or RES; CURR or VOLT.
    """

    measurement: Measurement
    sense: str
    source: str

    def reading(self) -> float:
        """Give the reading of the selected function, A, V or Ohm."""
        measured = self.measurement
        if self.sense == "RES":
            if measured.current_a == 0.0 or abs(measured.voltage_v) > _LARGEST:
                return 9.91e37
            return measured.voltage_v / measured.current_a
        return measured.current_a if self.sense == "CURR" else measured.voltage_v


def format_number(value: float, digits: int) -> str:
    """Write a number as the instrument does.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        Significant digits; 0 stands for seven.

    Returns
    -------
    str
        NR3 form.
    """
    if not math.isfinite(value):
        return "9.900000E+37"
    return f"{value:.{(digits or 7) - 1}E}"


class ReadingBuffers:
    """Hold the buffers of one instrument.

    Parameters
    ----------
    wall_s : int
        UTC seconds at time zero.
    """

    def __init__(self, wall_s: int) -> None:
        self._wall_s = wall_s
        self.digits = 0
        self._buffers: dict[str, deque[Record]] = {}
        self._zero_us: dict[str, int] = {}
        self.reset()

    def reset(self) -> None:
        """Leave two empty default buffers."""
        self.digits = 0
        self._buffers = {
            name: deque(maxlen=_DEFAULT_READINGS) for name in ("defbuffer1", "defbuffer2")
        }
        self._zero_us.clear()

    def make(self, name: str, size: int) -> None:
        """Make a buffer.

        Parameters
        ----------
        name : str
            Not taken yet.
        size : int
            Readings it holds, 10 to 1 000 000.

        Raises
        ------
        ScpiError
            -222 for the size or too many, -224 for the name.
        """
        if name in self._buffers or not name.isidentifier():
            raise ScpiError(-224, name)
        if not 10 <= size <= _MOST_READINGS or len(self._buffers) >= _MOST_BUFFERS:
            raise ScpiError(-222, f"{size}")
        self._buffers[name] = deque(maxlen=size)

    def delete(self, name: str) -> None:
        """Delete a buffer that was made.

        Parameters
        ----------
        name : str
            Not a default buffer.

        Raises
        ------
        ScpiError
            -224 if there is none or it is a default one.
        """
        if name.startswith("defbuffer"):
            raise ScpiError(-224, name)
        self._find(name)
        del self._buffers[name]

    def clear(self, name: str) -> None:
        """Empty a buffer.

        Parameters
        ----------
        name : str
            Its name.
        """
        self._find(name).clear()
        self._zero_us.pop(name, None)

    def count(self, name: str) -> int:
        """Count its readings.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        int
            Readings it holds.
        """
        return len(self._find(name))

    def store(self, name: str, record: Record) -> None:
        """Append a reading, dropping the oldest when full.

        Parameters
        ----------
        name : str
            Buffer.
        record : Record
            What to keep.
        """
        buffer = self._find(name)
        self._zero_us.setdefault(name, record.measurement.time_us)
        buffer.append(record)

    def last(self, name: str) -> Record:
        """Give the newest reading.

        Parameters
        ----------
        name : str
            Buffer.

        Returns
        -------
        Record
            The newest.

        Raises
        ------
        ScpiError
            -230 if there is none.
        """
        buffer = self._find(name)
        if not buffer:
            raise ScpiError(-230, f"{name} is empty")
        return buffer[-1]

    def slice(self, name: str, first: int, last: int) -> list[Record]:
        """Give several readings.

        Parameters
        ----------
        name : str
            Buffer.
        first, last : int
            Indices from 1, both included.

        Returns
        -------
        list of Record
            In order.

        Raises
        ------
        ScpiError
            -222 if they are not there.
        """
        buffer = self._find(name)
        if not 1 <= first <= last <= len(buffer):
            raise ScpiError(-222, f"{first} to {last} of {len(buffer)}")
        return [buffer[index] for index in range(first - 1, last)]

    def _find(self, name: str) -> deque[Record]:
        if name not in self._buffers:
            raise ScpiError(-224, f"no buffer {name}")
        return self._buffers[name]

    def read_elements(self, parameters: Parameters) -> tuple[str, ...]:
        """Read a list of element names.

        Parameters
        ----------
        parameters : Parameters
            As written; none stands for READing.

        Returns
        -------
        tuple of str
            Short forms.

        Raises
        ------
        ScpiError
            -224 for another name, -108 for more than 14.
        """
        if len(parameters) > _MOST_ELEMENTS:
            raise ScpiError(-108, "at most 14 elements")
        return tuple(item.choice(*_ELEMENTS) for item in parameters) or ("READ",)

    def write(self, name: str, record: Record, elements: tuple[str, ...]) -> str:
        """Write elements of one reading.

        Parameters
        ----------
        name : str
            Buffer it lies in, which the relative time refers to.
        record : Record
            The reading.
        elements : tuple of str
            Short forms.

        Returns
        -------
        str
            Joined with commas.
        """
        return ",".join(self._element(name, record, element) for element in elements)

    def _element(self, name: str, record: Record, element: str) -> str:
        measured = record.measurement
        match element:
            case "READ":
                text = format_number(record.reading(), self.digits)
            case "SOUR":
                text = format_number(measured.source, self.digits)
            case "SEC":
                text = str(self._wall_s + measured.time_us // 1_000_000)
            case "FRAC":
                text = format_number(measured.time_us % 1_000_000 * 1e-6, self.digits)
            case "SOURSTAT":
                text = str(_source_status(measured))
            case "STAT":
                text = str(_TERMINAL_BIT + _QUESTIONABLE_BIT * (abs(record.reading()) > _LARGEST))
            case "UNIT" | "SOURUNIT":
                text = _UNITS[record.sense if element == "UNIT" else record.source]
            case "REL":
                elapsed_us = measured.time_us - self._zero_us.get(name, 0)
                text = format_number(elapsed_us * 1e-6, self.digits or 9)
            case _:
                moment = datetime.fromtimestamp(self._wall_s + measured.time_us * 1e-6, tz=UTC)
                text = moment.strftime(_MOMENTS[element])
        return text


def _source_status(measured: Measurement) -> int:
    return _LIMIT * measured.limited + _SENSE * measured.four_wire + _OUTPUT * measured.output_on
