"""Answer as a Keithley 2450 does in its SCPI command set.

Forms follow the Model 2450 reference manual, 2450-901-01 Rev. B (2013). Where it leaves open what
happens - a measurement with the output off, a range below the present level - the twin refuses with
-221, so that it never confirms a guess. Trigger models, sweeps and TSP are not here, so what stops a
trigger model finds none, nor are the operation and questionable registers that STATus:PRESet clears.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from instruments.emulation.buffers import ReadingBuffers, Record, format_number
from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ErrorEntry, ScpiError
from instruments.emulation.instrument import Command, Parameters, ScpiInstrument, Timed
from instruments.emulation.keithley_2450_specification import KEITHLEY_2450
from instruments.emulation.saved_setups import setup_commands
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_commands import output_commands, quantity_commands
from instruments.emulation.spoiling import Spoiler

__all__ = ["Keithley2450", "build"]

_NONE = (0, 0)
_BUFFER = (0, 15)
_IDLE = Command(order=lambda _: 0.0, orders=_NONE)
_SENSE_WORDS = {"CURR": "CURR:DC", "VOLT": "VOLT:DC", "RES": "RES"}
_SENSE_SPELLINGS = {
    "CURR": "CURR",
    "CURRENT": "CURR",
    "VOLT": "VOLT",
    "VOLTAGE": "VOLT",
    "RES": "RES",
    "RESISTANCE": "RES",
}


class Keithley2450(ScpiInstrument):
    """Hold one emulated 2450.

    Parameters
    ----------
    parts : Parts
        What it is built around.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(f"KEITHLEY INSTRUMENTS,MODEL 2450,{parts.serial},1.7.12b")
        self.smu = smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            KEITHLEY_2450,
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._clock = parts.clock
        self._buffers = ReadingBuffers(parts.clock.wall_s())
        self._spoiler = Spoiler(parts.faults, self._number)
        self._terminals = "FRON"
        for table in (
            output_commands(smu, self.status),
            quantity_commands("CURR", smu, self._number),
            quantity_commands("VOLT", smu, self._number),
            self._reading_commands(),
            self._system_commands(),
        ):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    def reset(self) -> None:
        """Put every setting back, with the output off."""
        self.smu.reset()
        self._buffers.reset()
        self._terminals = "FRON"

    def refresh(self) -> None:
        """Bring the terminals in line with the settings."""
        self.smu.refresh()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._clock.wall_s() + self._clock.now_us() * 1e-6

    def _number(self, value: float) -> str:
        return format_number(value, self._buffers.digits)

    def _reading_commands(self) -> dict[str, Command]:
        buffers = self._buffers
        table = {
            ":READ": Command(measure=self._read, queries=_BUFFER),
            ":MEASure": Command(measure=self._read, queries=_BUFFER),
            ":FETCh": Command(query=self._fetch, queries=_BUFFER),
            ":TRACe:DATA": Command(query=self._trace, queries=(2, 17)),
            ":TRACe:CLEar": Command(order=self._clear_buffer, orders=(0, 1)),
            ":TRACe:ACTual": Command(
                query=lambda p: str(buffers.count(_name(p))),
                queries=(0, 1),
            ),
            ":TRACe:MAKE": Command(order=self._make_buffer, orders=(2, 3)),
            ":TRACe:DELete": Command(order=self._delete_buffer),
            "[:SENSe[1]]:FUNCtion[:ON]": Command(order=self._sense, query=self._ask_sense),
            ":FORMat:ASCii:PRECision": Command(
                order=self._precision,
                query=lambda _: str(buffers.digits),
            ),
            ":FORMat[:DATA]": Command(order=self._format, query=lambda _: "ASC"),
        }
        for spelling in ("CURRent[:DC]", "VOLTage[:DC]", "RESistance"):
            measure = partial(self._measure, spelling.upper()[:3])
            table[f":MEASure:{spelling}"] = Command(measure=measure, queries=_BUFFER)
        return table

    def _system_commands(self) -> dict[str, Command]:
        status = self.status
        next_error = Command(query=lambda _: self._entry(status.next_error()))
        return {
            "*LANG": Command(order=self._language, query=lambda _: "SCPI"),
            **setup_commands(self.smu),
            "*TRG": _IDLE,
            ":ABORt": _IDLE,
            ":STATus:PRESet": _IDLE,
            ":SYSTem:ERRor[:NEXT]": next_error,
            ":SYSTem:EVENtlog:NEXT": next_error,
            ":SYSTem:ERRor:CODE[:NEXT]": Command(query=lambda _: str(status.next_error().code)),
            ":SYSTem:ERRor:COUNt": Command(query=lambda _: str(status.count_errors())),
            ":SYSTem:CLEar": Command(order=self._clear_errors, orders=_NONE),
            ":SYSTem:VERSion": Command(query=lambda _: "1999.0"),
            ":SYSTem:BEEPer[:IMMediate]": Command(order=self._beep, orders=(2, 2)),
            ":ROUTe:TERMinals": Command(order=self._route, query=lambda _: self._terminals),
        }

    def _read(self, parameters: Parameters) -> Timed:
        name, elements = self._addressed(parameters)
        if not self.smu.state.output:
            raise ScpiError(-221, "measurement with the output off")
        yield self.smu.aperture_s()
        state = self.smu.state
        record = Record(measurement=self.smu.measure(), sense=state.sense, source=state.source)
        self._buffers.store(name, record)
        fields = [self._buffers.write(name, record, (element,)) for element in elements]
        return self._spoiler.spoil(fields, elements)

    def _measure(self, function: str, parameters: Parameters) -> Timed:
        """Do what MEASure does: choose the function for good, then read."""
        self.smu.state.sense = {"CUR": "CURR", "VOL": "VOLT", "RES": "RES"}[function]
        return (yield from self._read(parameters))

    def _addressed(self, parameters: Parameters) -> tuple[str, tuple[str, ...]]:
        name = _name(parameters)
        elements = self._buffers.read_elements(parameters[1:])
        self._buffers.count(name)
        return name, elements

    def _fetch(self, parameters: Parameters) -> str:
        name, elements = self._addressed(parameters)
        return self._buffers.write(name, self._buffers.last(name), elements)

    def _trace(self, parameters: Parameters) -> str:
        first, last = (item.integer() for item in parameters[:2])
        name, elements = self._addressed(parameters[2:])
        records = self._buffers.slice(name, first, last)
        return ",".join(self._buffers.write(name, record, elements) for record in records)

    def _clear_buffer(self, parameters: Parameters) -> float:
        self._buffers.clear(_name(parameters))
        return 0.0

    def _make_buffer(self, parameters: Parameters) -> float:
        self._buffers.make(parameters[0].string(), parameters[1].integer())
        return 0.0

    def _delete_buffer(self, parameters: Parameters) -> float:
        self._buffers.delete(parameters[0].string())
        return 0.0

    def _sense(self, parameters: Parameters) -> float:
        word = parameters[0].string().upper().removesuffix(":DC")
        if word not in _SENSE_SPELLINGS:
            raise ScpiError(-224, word)
        self.smu.state.sense = _SENSE_SPELLINGS[word]
        return 0.0

    def _ask_sense(self, _: Parameters) -> str:
        return f'"{_SENSE_WORDS[self.smu.state.sense]}"'

    def _precision(self, parameters: Parameters) -> float:
        digits = parameters[0].integer()
        if not 0 <= digits <= 16:
            raise ScpiError(-222, str(digits))
        self._buffers.digits = digits
        return 0.0

    def _format(self, parameters: Parameters) -> float:
        parameters[0].choice("ASCii")
        return 0.0

    def _language(self, parameters: Parameters) -> float:
        if parameters[0].choice("SCPI", "TSP", "SCPI2400") != "SCPI":
            raise ScpiError(-221, "this twin speaks SCPI only")
        return 0.0

    def _clear_errors(self, _: Parameters) -> float:
        while self.status.count_errors():
            self.status.next_error()
        return 0.0

    def _beep(self, parameters: Parameters) -> float:
        for parameter in parameters:
            parameter.number()
        return 0.0

    def _route(self, parameters: Parameters) -> float:
        word = parameters[0].choice("FRONt", "REAR")
        if word != self._terminals:
            self.smu.set_output(on=False)
            self._terminals = word
        return 0.0

    def _entry(self, entry: ErrorEntry) -> str:
        if entry.code == 0:
            return '0,"No error;0;0 0"'
        moment = datetime.fromtimestamp(entry.time_s, tz=UTC)
        return f'{entry.code},"{entry.text};1;{moment:%Y/%m/%d %H:%M:%S}.{moment:%f}"'


def _name(parameters: Parameters) -> str:
    return parameters[0].string() if parameters else "defbuffer1"


def build(parts: Parts) -> Keithley2450:
    """Make a 2450.

    Parameters
    ----------
    parts : Parts
        What it is built around.

    Returns
    -------
    Keithley2450
        Just switched on.
    """
    return Keithley2450(parts)
