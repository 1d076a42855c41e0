"""List the instruments that can be emulated, by the name of their driver."""

from __future__ import annotations

from instruments.emulation import keithley_2450, keithley_2450_tsp, keysight_n6700, yokogawa_gs200
from instruments.emulation.device import Model

__all__ = ["MODELS"]

MODELS: dict[str, Model] = {
    "keithley-2450": Model(keithley_2450.build, channels=1, serial="EMU02450"),
    "keysight-n6700": Model(keysight_n6700.build, channels=2, serial="EMUN6700"),
    "yokogawa-gs200": Model(yokogawa_gs200.build, channels=1, serial="EMUGS200"),
    "keithley-2450-tsp": Model(keithley_2450_tsp.build, channels=1, serial="EMU02450"),
}
"""How each is made."""
