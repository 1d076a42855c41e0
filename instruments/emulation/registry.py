"""List the instruments that can be emulated, by the name of their driver."""

from __future__ import annotations

from functools import partial

from instruments.emulation import (
    howland_pump,
    keithley_2400,
    keithley_2450,
    keithley_2450_tsp,
    keithley_2600,
    keithley_6221,
    keysight_b2900,
    keysight_n6700,
    meters,
    yokogawa_gs200,
)
from instruments.emulation.device import Model

__all__ = ["MODELS"]

MODELS: dict[str, Model] = {
    "keithley-2400": Model(partial(keithley_2400.build, "2400"), serial="EMU02400"),
    "keithley-2401": Model(partial(keithley_2400.build, "2401"), serial="EMU02401"),
    "keithley-2410": Model(partial(keithley_2400.build, "2410"), serial="EMU02410"),
    "howland-pump": Model(howland_pump.build, channels=1, serial="EMUPUMP"),
    "keithley-2450": Model(keithley_2450.build, channels=1, serial="EMU02450"),
    "keithley-2182a": Model(meters.build_2182a, channels=0, serial="EMU02182"),
    "keithley-dmm6500": Model(meters.build_dmm6500, channels=0, serial="EMU06500"),
    "keithley-6220": Model(partial(keithley_6221.build, "6220"), serial="EMU06220"),
    "keithley-6221": Model(partial(keithley_6221.build, "6221"), serial="EMU06221"),
    "keysight-34461a": Model(meters.build_34461a, channels=0, serial="EMU34461"),
    "keysight-b2900": Model(keysight_b2900.build, channels=2, serial="EMUB2902"),
    "keysight-n6700": Model(keysight_n6700.build, channels=2, serial="EMUN6700"),
    "yokogawa-gs200": Model(yokogawa_gs200.build, channels=1, serial="EMUGS200"),
    "keithley-2600": Model(partial(keithley_2600.build, "2602B"), channels=2, serial="EMU2602B"),
    "keithley-2601": Model(partial(keithley_2600.build, "2601B"), serial="EMU2601B"),
    "keithley-2450-tsp": Model(keithley_2450_tsp.build, channels=1, serial="EMU02450"),
}
"""How each is made."""
