"""Answer as a Keithley 6220 or 6221 current source does.

Forms follow the Model 6220/6221 reference manual, 622x-901-01. While a sweep is armed every setting
is error 413, and while one runs only common commands, status and a break are taken. Where the manual
was not at hand the twin takes the less helpful course: arming switches nothing on, a sweep that has
ended stays armed with the output on at its last level, and a break leaves the output as it is.
Waveforms are stored and never played; delta modes are not here.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from instruments.emulation.device import PanelTouch, Parts
from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.keithley_6221_specification import KEITHLEY_6221
from instruments.emulation.keithley_status import KeithleyStatus
from instruments.emulation.scpi import Unit
from instruments.emulation.settings import Setting, Settings, number, switch, whole, word
from instruments.emulation.smu import SourceMeter

__all__ = ["Keithley6221", "build"]

_NONE, _ASKED, _LIST = (0, 0), (0, 1), (1, 100)
_MOST_POINTS = 65_535
_INTERLOCK, _COMPLIANCE = 1 << 1, 1 << 3
_DONE, _ABORTED, _SWEEPING, _IDLE = 1 << 1, 1 << 2, 1 << 3, 1 << 10
_LISTS = {"CURRent": (-0.105, 0.105), "DELay": (1e-3, 999_999.999), "COMPliance": (0.1, 105.0)}
_SWEEP, _WAVE = ":SOURce[1]:SWEep", ":SOURce[1]:WAVE"
_BREAKS = ("SWE:ABOR", "SWEEP:ABOR", "SWE:ABORT", "SWEEP:ABORT")
_PLAIN: dict[str, Setting] = {
    f"{_SWEEP}:SPACing": word("LINear", "LOGarithmic", "LIST"),
    f"{_SWEEP}:RANGing": word("BEST", "AUTO", "FIXed"),
    f"{_SWEEP}:COUNt": whole(1, 9999, 1),
    f"{_SWEEP}:CABort": switch(default=False),
    f"{_SWEEP}:POINts": whole(1, _MOST_POINTS, 11),
    ":SOURce[1]:DELay": number(1e-3, 999_999.999, 1.0),
    ":SOURce[1]:CURRent:FILTer[:STATe]": switch(default=False),
    ":SOURce[1]:CURRent:STARt": number(-0.105, 0.105, 0.0),
    ":SOURce[1]:CURRent:STOP": number(-0.105, 0.105, 0.0),
    ":SOURce[1]:CURRent:STEP": number(1e-13, 0.105, 1e-3),
    ":OUTPut:LTEarth": switch(default=False),
    ":OUTPut:ISHield": word("OLOW", "GUARd"),
    ":OUTPut:RESPonse": word("FAST", "SLOW"),
    ":DISPlay:ENABle": switch(default=True),
    f"{_WAVE}:FUNCtion": word("SINusoid", "SQUare", "RAMP", "ARB0", "ARB1", "ARB2", "ARB3", "ARB4"),
    f"{_WAVE}:FREQuency": number(1e-3, 1e5, 1e3),
    f"{_WAVE}:AMPLitude": number(2e-12, 0.105, 1e-3),
    f"{_WAVE}:OFFSet": number(-0.105, 0.105, 0.0),
    f"{_WAVE}:DCYCle": number(0.0, 100.0, 50.0),
    f"{_WAVE}:DURation:TIME": number(1e-7, 999_999.999, 999_999.999),
    f"{_WAVE}:DURation:CYCLes": number(1e-3, 99_999_999_900.0, 1.0),
    f"{_WAVE}:RANGing": word("BEST", "FIXed"),
    f"{_WAVE}:PMARk:STATe": switch(default=False),
    f"{_WAVE}:PMARk[:LEVel]": number(-180.0, 180.0, 0.0),
    f"{_WAVE}:PMARk:OLINe": whole(1, 6, 3),
    ":ARM[:SEQuence[1]][:LAYer[1]]:SOURce": word(
        "IMMediate", "TIMer", "BUS", "TLINk", "BSTest", "PSTest", "NSTest", "MANual"
    ),
    ":ARM[:SEQuence[1]][:LAYer[1]]:TIMer": number(1e-3, 99_999.99, 0.1),
    ":ARM[:SEQuence[1]][:LAYer[1]]:ILINe": whole(1, 6, 1),
    ":TRIGger[:SEQuence[1]]:SOURce": word("IMMediate", "TLINk"),
    ":TRIGger[:SEQuence[1]]:OUTPut": word("NONE", "SOURce", "DELay"),
    ":TRIGger[:SEQuence[1]]:ILINe": whole(1, 6, 1),
    ":TRIGger[:SEQuence[1]]:OLINe": whole(1, 6, 2),
}


class Keithley6221(KeithleyStatus):
    """Hold one emulated 6220 or 6221.

    Parameters
    ----------
    model : str
        6220 or 6221.
    parts : Parts
        What it is built around.
    """

    def __init__(self, model: str, parts: Parts) -> None:
        super().__init__(
            f"KEITHLEY INSTRUMENTS INC.,MODEL {model},{parts.serial},D04  /700x",
            self._measurement_condition,
            self._operation_condition,
        )
        self.smu = SourceMeter(
            parts.circuits[0],
            parts.faults.on(1),
            KEITHLEY_6221,
            seed=parts.seed,
            interlock_closed=parts.interlock_closed,
        )
        self._clock = parts.clock
        self._plain = Settings(_PLAIN)
        self._lists: dict[str, list[float]] = {}
        self._armed = False
        self._playing: Generator[float, None, None] | None = None
        self._due_us = 0.0
        self._outcome = 0
        for table in (
            self._plain.commands(),
            self._source_commands(),
            self._sweep_commands(),
        ):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    # ------------------------------------------------------------------ being an instrument

    def reset(self) -> None:
        """Put every setting back, output off, nothing armed."""
        self._playing, self._armed, self._outcome = None, False, 0
        self._plain.reset()
        self.smu.reset()
        self._lists = {"CURR": [0.0], "DEL": [1.0], "COMP": [10.0]}

    def refresh(self) -> None:
        """Bring the terminals in line; an open interlock switches the output off."""
        if self.smu.state.output and not self.smu.interlock_closed:
            self.smu.set_output(on=False)
        self.smu.refresh()

    def device_clear(self) -> None:
        """Break a sweep off; the output stays as it is."""
        self._playing = None

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._clock.wall_s() + self._clock.now_us() * 1e-6

    def next_wake_us(self) -> int | None:
        """Tell when the running sweep goes on."""
        return None if self._playing is None else round(self._due_us)

    def wake(self, now_us: int) -> None:
        """Go on with the sweep."""
        if self._playing is None or now_us < round(self._due_us):
            return
        try:
            self._due_us += 1e6 * next(self._playing)
        except StopIteration:
            self._playing, self._outcome = None, _DONE
        self.refresh()

    def _execute(self, command: Command, unit: Unit) -> Generator[float, None, str | None]:
        header = unit.header.upper().lstrip(":").removeprefix("SOURCE:").removeprefix("SOUR:")
        if not (header.startswith(("*", "STAT", "SYST:ERR", "ABOR")) or header in _BREAKS):
            initiates = header.startswith("INIT") and self._playing is None
            if self._playing is not None or (self._armed and not unit.query and not initiates):
                raise ScpiError(413, unit.header)
        return (yield from super()._execute(command, unit))

    # ------------------------------------------------------------------ sweeps

    def _sweep_commands(self) -> dict[str, Command]:
        table = {
            f"{_SWEEP}:ARM": Command(
                order=self._arm, orders=_NONE, query=lambda _: str(int(self._armed))
            ),
            f"{_SWEEP}:ABORt": Command(order=self._abort, orders=_NONE),
            ":INITiate[:IMMediate]": Command(order=self._initiate, orders=_NONE),
            ":ABORt": Command(order=self._abort, orders=_NONE),
            f"{_WAVE}:ARM": Command(order=self._no_waves, orders=_NONE),
            f"{_WAVE}:INITiate": Command(order=self._no_waves, orders=_NONE),
            f"{_WAVE}:ABORt": Command(order=self._abort, orders=_NONE),
            f"{_WAVE}:ARBitrary:DATA": Command(order=self.numbers_only, orders=_LIST),
            f"{_WAVE}:ARBitrary:COPY": Command(order=self.numbers_only),
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

    def _no_waves(self, _: Parameters) -> float:
        raise ScpiError(-221, "this twin plays no waveforms")

    def _arm(self, _: Parameters) -> float:
        """Arm a list; whether that switches the output on is left to whoever arms."""
        lists = self._lists
        if self._plain.word(f"{_SWEEP}:SPACing") != "LIST":
            raise ScpiError(-221, "this twin sweeps lists only")
        if len({len(values) for values in lists.values()}) > 1:
            raise ScpiError(-221, "lists of different lengths")
        quantity = self.smu.state.quantities["CURR"]
        highest = max(map(abs, lists["CURR"]))
        if self._plain.word(f"{_SWEEP}:RANGing") != "FIX":
            row = self.smu.specification.smallest_range("CURR", highest)
            quantity.source_range = row.full_scale
        elif highest > self.smu.specification.overrange * quantity.source_range:
            raise ScpiError(-221, f"a level is beyond the range {quantity.source_range:g}")
        self._armed, self._outcome = True, 0
        return 0.0

    def _initiate(self, _: Parameters) -> float:
        if not self._armed:
            raise ScpiError(-221, "nothing is armed")
        self._outcome = 0
        self._playing = self._sweep()
        self._due_us = self._clock.now_us() + 1e6 * next(self._playing)
        return 0.0

    def _sweep(self) -> Generator[float, None, None]:
        quantity = self.smu.state.quantities["CURR"]
        lists = self._lists
        for _ in range(round(self._plain.number(f"{_SWEEP}:COUNt"))):
            for level, delay_s, limit in zip(
                lists["CURR"], lists["DEL"], lists["COMP"], strict=True
            ):
                quantity.level, quantity.limit = level, limit
                self.refresh()
                yield delay_s
                if self._plain.number(f"{_SWEEP}:CABort") and self.smu.limited():
                    self._outcome = _ABORTED
                    return

    def _abort(self, _: Parameters) -> float:
        if self._playing is not None:
            self._outcome = _ABORTED
        self._playing, self._armed = None, False
        return 0.0

    # ------------------------------------------------------------------ source and output

    def _source_commands(self) -> dict[str, Command]:
        smu = self.smu
        current = ":SOURce[1]:CURRent"
        return {
            ":OUTPut[1][:STATe]": Command(
                order=self._switch, query=lambda _: str(int(smu.reported_output()))
            ),
            ":OUTPut[1]:INTerlock:TRIPped": Command(query=lambda _: str(int(smu.interlock_closed))),
            ":SOURce[1]:CLEar[:IMMediate]": Command(order=self._clear_source, orders=_NONE),
            f"{current}[:LEVel][:IMMediate][:AMPLitude]": Command(
                order=self._level, query=partial(self._ask, "level"), queries=_ASKED
            ),
            f"{current}:RANGe": Command(
                order=self._range, query=partial(self._ask, "source_range"), queries=_ASKED
            ),
            f"{current}:RANGe:AUTO": Command(
                order=self._set_auto,
                query=lambda _: str(int(smu.state.quantities["CURR"].source_auto)),
            ),
            f"{current}:COMPliance": Command(
                order=self._compliance, query=partial(self._ask, "limit"), queries=_ASKED
            ),
        }

    def _ask(self, key: str, _: Parameters) -> str:
        return f"{getattr(self.smu.state.quantities['CURR'], key):.6E}"

    def _switch(self, parameters: Parameters) -> float:
        on = parameters[0].boolean()
        if on and not self.smu.interlock_closed:
            raise ScpiError(802)
        self.smu.set_output(on=on)
        return KEITHLEY_6221.relay_s

    def _clear_source(self, _: Parameters) -> float:
        self.smu.set_level("CURR", 0.0)
        self.smu.set_output(on=False)
        return KEITHLEY_6221.relay_s

    def _level(self, parameters: Parameters) -> float:
        value = within(parameters[0], -0.105, 0.105, default=0.0, unit="A")
        self.smu.set_level("CURR", value)
        return KEITHLEY_6221.settling_s

    def _range(self, parameters: Parameters) -> float:
        value = within(parameters[0], -0.105, 0.105, default=0.1, unit="A")
        self.smu.set_source_range("CURR", value)
        return KEITHLEY_6221.settling_s

    def _set_auto(self, parameters: Parameters) -> float:
        self.smu.state.quantities["CURR"].source_auto = parameters[0].boolean()
        return 0.0

    def _compliance(self, parameters: Parameters) -> float:
        value = within(parameters[0], 0.1, 105.0, default=10.0, unit="V")
        self.smu.set_limit("CURR", value)
        return 0.0

    def _measurement_condition(self) -> int:
        condition = _INTERLOCK if self.smu.interlock_closed else 0
        return condition | (_COMPLIANCE if self.smu.limited() else 0)

    def _operation_condition(self) -> int:
        return self._outcome | (_IDLE if self._playing is None else _SWEEPING)


def build(model: str, parts: Parts) -> Keithley6221:
    """Make one.

    Parameters
    ----------
    model : str
        6220 or 6221.
    parts : Parts
        What it is built around.

    Returns
    -------
    Keithley6221
        Just switched on.
    """
    return Keithley6221(model, parts)
