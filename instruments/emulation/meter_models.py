"""Hold what the emulated meters are: identities, ranges, accuracies, and what they store.

Accuracies are one year's of the data sheets of the 2182A, 34461A and DMM6500, rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.settings import Setting, number, switch, whole, word

__all__ = ["DMM6500", "KEITHLEY_2182A", "KEYSIGHT_34461A", "MeterModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterModel:
    """Hold one model.

    Parameters
    ----------
    identity : str
        Answer to ``*IDN?`` with {serial} in it.
    ranges_v : tuple of tuple of float
        Ranges of each input, V.
    voltage : str
        Header pattern of the voltage function; {input} stands for the number of an input.
    nplc : str
        Header pattern of the integration time.
    gain, offset_v, step_v : float
        Accuracy of reading, and offset and resolution on the 10 V range.
    relay_s : float
        What connecting another input takes.
    settings : Mapping of str to Setting
        What it stores and gives back.
    """

    identity: str
    ranges_v: tuple[tuple[float, ...], ...]
    voltage: str
    nplc: str
    gain: float
    offset_v: float
    step_v: float
    relay_s: float
    settings: Mapping[str, Setting]


_TRUEVOLT = "[:SENSe[1]]:VOLTage[:DC]"
_NANOVOLT = "[:SENSe[1]]:VOLTage[:DC]:CHANnel{input}"
_TRUEVOLT_NPLC = f"{_TRUEVOLT}:NPLCycles"
_NANOVOLT_NPLC = "[:SENSe[1]]:VOLTage[:DC]:NPLCycles"
_TRIGGER = {
    ":TRIGger[:SEQuence[1]]:SOURce": word("IMMediate"),
    ":TRIGger[:SEQuence[1]]:COUNt": whole(1, 1, 1),
    ":SAMPle:COUNt": whole(1, 1, 1),
}
_BENCH_RANGES_V = (0.1, 1.0, 10.0, 100.0, 1000.0)
KEITHLEY_2182A = MeterModel(
    identity="KEITHLEY INSTRUMENTS INC.,MODEL 2182A,{serial},C05  /A02",
    ranges_v=((0.01, 0.1, 1.0, 10.0, 100.0), (0.1, 1.0, 10.0)),
    voltage=_NANOVOLT,
    nplc=_NANOVOLT_NPLC,
    gain=5e-5,
    offset_v=2e-5,
    step_v=1e-7,
    relay_s=0.02,
    settings=_TRIGGER
    | {
        _NANOVOLT_NPLC: number(0.01, 60.0, 5.0),
        ":INITiate:CONTinuous": switch(default=False),
        ":UNIT:VOLTage[:DC]": word("V"),
        "[:SENSe[1]]:FUNCtion[:ON]": Setting(
            "VOLT:DC", lambda one: _dc(one.string()), "'{}'".format
        ),
    },
)
KEYSIGHT_34461A = MeterModel(
    identity="Keysight Technologies,34461A,{serial},A.02.14-02.40-02.14-00.49-01-01",
    ranges_v=(_BENCH_RANGES_V,),
    voltage=_TRUEVOLT,
    nplc=_TRUEVOLT_NPLC,
    gain=3.5e-5,
    offset_v=5e-5,
    step_v=1e-6,
    relay_s=0.0,
    settings=_TRIGGER
    | {
        _TRUEVOLT_NPLC: number(0.02, 100.0, 10.0),
        f"{_TRUEVOLT}:IMPedance:AUTO": switch(default=False),
    },
)
DMM6500 = MeterModel(
    identity="KEITHLEY INSTRUMENTS,MODEL DMM6500,{serial},1.7.12b",
    ranges_v=(_BENCH_RANGES_V,) * 10,
    voltage=_TRUEVOLT,
    nplc=_TRUEVOLT_NPLC,
    gain=3.5e-5,
    offset_v=5e-5,
    step_v=1e-6,
    relay_s=0.005,
    settings={
        _TRUEVOLT_NPLC: number(0.0005, 15.0, 1.0),
        "[:SENSe[1]]:COUNt": whole(1, 1, 1),
        "[:SENSe[1]]:FUNCtion[:ON]": Setting(
            "VOLT:DC", lambda one: _dc(one.string()), '"{}"'.format
        ),
        ":FORMat[:DATA]": word("ASCii"),
        ":FORMat:ASCii:PRECision": whole(0, 16, 0),
    },
)


def _dc(text: str) -> str:
    if text.upper() not in {"VOLT", "VOLT:DC", "VOLTAGE", "VOLTAGE:DC"}:
        raise ScpiError(-224, text)
    return "VOLT:DC"
