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
from instruments.emulation.keithley_6221_sweep import SWEEP_SETTINGS, ListSweep
from instruments.emulation.keithley_status import KeithleyStatus
from instruments.emulation.scpi import Unit
from instruments.emulation.settings import Setting, Settings, number, switch, whole, word
from instruments.emulation.smu import SourceMeter

__all__ = ["Keithley6221", "build"]

_NONE, _ASKED = (0, 0), (0, 1)
_INTERLOCK, _COMPLIANCE = 1 << 1, 1 << 3
_WAVE = ":SOURce[1]:WAVE"
_BREAKS = ("SWE:ABOR", "SWEEP:ABOR", "SWE:ABORT", "SWEEP:ABORT")
_PLAIN: dict[str, Setting] = {
    **SWEEP_SETTINGS,
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
        self._sweep = ListSweep(self.smu, self._plain, parts.clock.now_us, self.refresh)
        for table in (
            self._plain.commands(),
            self._source_commands(),
            self._sweep.commands(),
            self._wave_commands(),
        ):
            for pattern, command in table.items():
                self._tree.add(pattern, command)
        self.reset()

    # ------------------------------------------------------------------ being an instrument

    def reset(self) -> None:
        """Put every setting back, output off, nothing armed."""
        self._sweep.reset()
        self._plain.reset()
        self.smu.reset()

    def refresh(self) -> None:
        """Bring the terminals in line; an open interlock switches the output off."""
        if self.smu.state.output and not self.smu.interlock_closed:
            self.smu.set_output(on=False)
        self.smu.refresh()

    def device_clear(self) -> None:
        """Break a sweep off; the output stays as it is."""
        self._sweep.halt()

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel."""
        self.smu.touch_panel(touch)

    def time_s(self) -> float:
        """Tell the calendar time, UTC seconds."""
        return self._clock.wall_s() + self._clock.now_us() * 1e-6

    def next_wake_us(self) -> int | None:
        """Tell when the running sweep goes on."""
        return self._sweep.due_us()

    def wake(self, now_us: int) -> None:
        """Go on with the sweep."""
        self._sweep.go_on(now_us)

    def _execute(self, command: Command, unit: Unit) -> Generator[float, None, str | None]:
        header = unit.header.upper().lstrip(":").removeprefix("SOURCE:").removeprefix("SOUR:")
        if not (header.startswith(("*", "STAT", "SYST:ERR", "ABOR")) or header in _BREAKS):
            initiates = header.startswith("INIT")
            if self._sweep.running or (self._sweep.armed and not unit.query and not initiates):
                raise ScpiError(413, unit.header)
        return (yield from super()._execute(command, unit))

    def _wave_commands(self) -> dict[str, Command]:
        return {
            f"{_WAVE}:ARM": Command(order=self._no_waves, orders=_NONE),
            f"{_WAVE}:INITiate": Command(order=self._no_waves, orders=_NONE),
            f"{_WAVE}:ABORt": Command(order=self._sweep.abort, orders=_NONE),
            f"{_WAVE}:ARBitrary:DATA": Command(order=self.numbers_only, orders=(1, 100)),
            f"{_WAVE}:ARBitrary:COPY": Command(order=self.numbers_only),
        }

    def _no_waves(self, _: Parameters) -> float:
        raise ScpiError(-221, "this twin plays no waveforms")

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
        return self._sweep.condition()


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
