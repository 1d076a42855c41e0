"""Say what every emulated instrument is to its bench, whatever language it speaks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from instruments.emulation.circuit import Circuit
from instruments.emulation.clock import Clock
from instruments.emulation.faults import Faults

__all__ = ["EmulatedInstrument", "Input", "Model", "PanelTouch", "Parts"]

Input = Callable[[], float]
"""What a meter's input sees at this moment, V."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelTouch:
    """Hold what somebody does at the front panel, or a second client on the bus.

    Parameters
    ----------
    channel : int
        Channel, from 1.
    level_na, range_na : int or None
        New level and fixed range of the current source, nA; None leaves it.
    output, autorange : bool or None
        Switched; None leaves it.
    """

    channel: int = 1
    level_na: int | None = None
    range_na: int | None = None
    output: bool | None = None
    autorange: bool | None = None


class EmulatedInstrument(Protocol):
    """Be an instrument: take messages, answer, and live on between them."""

    terminator: str
    """What ends every line it sends."""
    clear_byte: bytes
    """A byte that clears it wherever it stands in the input; empty if there is none."""

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Execute a line without its terminator; yield seconds to wait, return the answer."""

    def said(self) -> list[str]:
        """Take the lines it has to say by itself since the last call."""

    def report(self, code: int, detail: str = "") -> None:
        """Put an error into its queue."""

    def refresh(self) -> None:
        """Bring the terminals in line with settings and faults."""

    def power_on(self) -> None:
        """Start as after switching on."""

    def time_s(self) -> float:
        """Tell its own calendar time, UTC seconds."""

    def device_clear(self) -> None:
        """Do what a device clear on the bus does, whatever else runs."""

    def next_wake_us(self) -> int | None:
        """Tell when it next does something by itself, us of the bench's time; None for never."""

    def wake(self, now_us: int) -> None:
        """Do what was due at this moment; the circuits have been brought to it."""

    def touch_panel(self, touch: PanelTouch) -> None:
        """Do what somebody does at the front panel.

        Raises
        ------
        ScpiError
            If the instrument refuses that.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Hold what an emulated instrument is built around.

    Parameters
    ----------
    circuits : tuple of Circuit
        What hangs on its channels; empty for a meter.
    clock : Clock
        The bench's time.
    faults : Faults
        What is wrong at the moment.
    seed : int
        Seed of this unit's errors and noise.
    serial : str
        Its serial number.
    interlock_closed : bool
        Whether the interlock permits high voltages.
    inputs : tuple of callable
        What the inputs of a meter see, V, one per scanner channel; empty for a source.
    """

    circuits: tuple[Circuit, ...]
    clock: Clock
    faults: Faults
    seed: int
    serial: str
    interlock_closed: bool = True
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """Hold how an instrument of one model is made.

    Parameters
    ----------
    build : callable
        Makes one.
    channels : int
        Sources it has; 0 for a meter.
    serial : str
        Serial number it has if none is given.
    """

    build: Callable[[Parts], EmulatedInstrument]
    channels: int = 1
    serial: str = "EMULATED"
