"""Do to leads and specimen what a fault says, and undo it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from instruments.emulation.circuit import Circuit

__all__ = ["mend_circuit", "spoil_circuit"]


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


def _scale(circuit: Circuit, name: str, arguments: Mapping[str, Any], power: float) -> None:
    match name:
        case "resistance_step":
            circuit.load.scale(resistance=float(arguments["factor"]) ** power)
        case "delamination":
            factor = float(arguments["factor"]) ** power
            circuit.load.scale(resistance=factor, capacitance=1.0 / factor)
        case "exhausted_electrode":
            circuit.load.scale(polarization=float(arguments["factor"]) ** power)
