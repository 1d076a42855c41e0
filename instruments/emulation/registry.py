"""List the instruments that can be emulated, by the name of their driver."""

from __future__ import annotations

from instruments.emulation import keithley_2450
from instruments.emulation.device import Model

__all__ = ["MODELS"]

MODELS: dict[str, Model] = {
    "keithley-2450": Model(keithley_2450.build, channels=1, serial="EMU02450"),
}
"""How each is made."""
