"""Do to leads and specimen what a fault says, and undo it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from instruments.emulation.circuit import Circuit
from instruments.emulation.load import Load
from instruments.emulation.loads import Series

__all__ = ["mend_circuit", "part_of", "spoil_circuit"]


def spoil_circuit(circuit: Circuit, name: str, arguments: Mapping[str, Any]) -> None:
    """Let a fault begin at one circuit.

    Parameters
    ----------
    circuit : Circuit
        Where.
    name : str
        Name of a fault; one that is not of leads or specimen changes nothing.
    arguments : Mapping
        All of its arguments.
    """
    match name:
        case "open_lead":
            circuit.open_lead(open_=True)
        case "chatter":
            circuit.chatter(on=True)
        case "short":
            circuit.short(1.0 / float(arguments["ohm"]))
        case "earth_leak":
            circuit.leak(1.0 / float(arguments["ohm"]))
        case "swapped_leads":
            circuit.swap_leads(swapped=True)
        case _:
            _scale(circuit, name, arguments, 1.0)


def mend_circuit(circuit: Circuit, name: str, arguments: Mapping[str, Any]) -> None:
    """Let a fault end at one circuit.

    Parameters
    ----------
    circuit, name, arguments
        As of `spoil_circuit`.
    """
    match name:
        case "open_lead":
            circuit.open_lead(open_=False)
        case "chatter":
            circuit.chatter(on=False)
        case "short":
            circuit.short(0.0)
        case "earth_leak":
            circuit.leak(0.0)
        case "swapped_leads":
            circuit.swap_leads(swapped=False)
        case _:
            _scale(circuit, name, arguments, -1.0)


def part_of(circuit: Circuit, cell: int) -> Load:
    """Give the load of a circuit, or one of its cells in series.

    Parameters
    ----------
    circuit : Circuit
        Where.
    cell : int
        Number, from 1 at HI; 0 is the whole load.

    Raises
    ------
    ValueError
        If there is no such cell.
    """
    load = circuit.load
    cells = load.cells() if isinstance(load, Series) else (load,)
    if not 0 <= cell <= len(cells):
        raise ValueError(f"no cell {cell}; there are {len(cells)} in series")
    return cells[cell - 1] if cell else load


def _scale(circuit: Circuit, name: str, arguments: Mapping[str, Any], power: float) -> None:
    if name not in {"resistance_step", "delamination", "exhausted_electrode"}:
        return
    load = part_of(circuit, int(arguments["cell"]))
    factor = float(arguments["factor"]) ** power
    match name:
        case "resistance_step":
            load.scale(resistance=factor)
        case "delamination":
            load.scale(resistance=factor, capacitance=1.0 / factor)
        case _:
            load.scale(polarization=factor)
