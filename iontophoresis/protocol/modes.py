"""Delivery modes: one table of a protocol file that stands for a whole course of current.

A mode begins and ends at zero current. It is expanded into legs (a duration in ms, the current at
its end in nA), so that its charge is exact. Pulses are as wide as a few control ticks at least; what
is faster (kHz pulsing against polarization) belongs to instruments that make it themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from iontophoresis.protocol.pieces import LONGEST_SEGMENT_S
from iontophoresis.protocol.sections import Section, at_most
from iontophoresis.units import PC_PER_MA_MIN, ms_from_s, na_from_ma

FEWEST_TICKS = 3
FASTEST_TICK_MS = 20
MOST_REPEATS = 1000
MOST_STEPS = 100
TOO_FAST = (
    "pulses of kHz belong to instruments that make them themselves and are not imitated here; "
    "the mean current alone drives the flux"
)

Leg = tuple[int, int]
Time = Annotated[float, Field(gt=0, le=LONGEST_SEGMENT_S)]
Wait = Annotated[float, Field(ge=0, le=LONGEST_SEGMENT_S)]
Current = Annotated[float, Field(gt=0, le=20)]
Repeats = Annotated[int, Field(ge=1, le=MOST_REPEATS)]


class Continuous(Section):
    """One current for a time, behind a ramp up and before a ramp down."""

    kind: Literal["continuous"]
    current_ma: Current = Field(description="current of the plateau, in mA")
    plateau_s: Time = Field(description="how long the plateau lasts, in s")
    ramp_s: Time = Field(description="length of each of the two ramps, in s")


class Pulses(Section):
    """A train of equal pulses of one polarity, with no current between them."""

    kind: Literal["pulses"]
    current_ma: Current = Field(description="current of a pulse, in mA")
    edge_s: Time = Field(description="length of each edge of a pulse, in s")
    plateau_s: Time = Field(description="how long a pulse stays at its current, in s")
    pause_s: Wait = Field(description="time without current after each pulse, in s")
    count: Repeats = Field(description="number of pulses")


class Bipolar(Section):
    """A train of pulses, each followed by one of the other polarity."""

    kind: Literal["bipolar"]
    forward_ma: Current = Field(description="current in the direction of delivery, in mA")
    reverse_ma: Current = Field(description="current against it, as a magnitude, in mA")
    edge_s: Time = Field(description="length of each edge, in s")
    forward_s: Time = Field(description="how long the forward plateau lasts, in s")
    reverse_s: Time = Field(description="how long the reverse plateau lasts, in s")
    pause_s: Wait = Field(description="time without current after each pair, in s")
    count: Repeats = Field(description="number of pairs")


class Steps(Section):
    """A series of current doses with waits, as laser-Doppler laboratories use."""

    kind: Literal["steps"]
    currents_ma: Annotated[tuple[Current, ...], Field(strict=False), at_most(MOST_STEPS)] = Field(
        min_length=1, description="the current of each dose in order, in mA"
    )
    edge_s: Time = Field(description="length of each edge, in s")
    plateau_s: Time = Field(description="how long each dose stays at its current, in s")
    wait_s: Wait = Field(description="time without current after each dose, in s")


class SlowDeep(Section):
    """A charge at low current, then time without current, in which what is in the skin sinks on."""

    kind: Literal["slow_deep"]
    charge_ma_min: float = Field(
        gt=0, le=33_000, description="charge of the whole segment, in mA·min"
    )
    current_ma: Current = Field(description="current of the plateau, in mA")
    ramp_s: Time = Field(description="length of each of the two ramps, in s")
    wait_s: Wait = Field(description="time without current afterwards, in s")


class Scan(Section):
    """One channel's turns among several, round by round: the others rest meanwhile."""

    kind: Literal["scan"]
    current_ma: Current = Field(description="current of a turn, in mA")
    edge_s: Time = Field(description="length of each edge of a turn, in s")
    plateau_s: Time = Field(description="how long a turn stays at its current, in s")
    turn: int = Field(ge=1, le=8, description="whose turn it is: 1 is the first")
    turns: int = Field(ge=2, le=8, description="number of turns in a round")
    rounds: Repeats = Field(description="number of rounds")


Mode = Continuous | Pulses | Bipolar | Steps | SlowDeep | Scan


def mode_legs(mode: Mode) -> Iterator[Leg]:
    """Expand a mode from zero current to zero current.

    Parameters
    ----------
    mode : Mode
        Without contradictions.

    Yields
    ------
    tuple of (int, int)
        Duration in ms, and the current at its end in nA; negative against the delivery.
    """
    if isinstance(mode, Continuous):
        yield from _pulse(mode.current_ma, mode.ramp_s, ms_from_s(mode.plateau_s), 0)
    elif isinstance(mode, SlowDeep):
        plateau_ms = slow_plateau_ms(mode) or 0
        yield from _pulse(mode.current_ma, mode.ramp_s, plateau_ms, ms_from_s(mode.wait_s))
    elif isinstance(mode, Pulses):
        plateau_ms, pause_ms = ms_from_s(mode.plateau_s), ms_from_s(mode.pause_s)
        for _ in range(mode.count):
            yield from _pulse(mode.current_ma, mode.edge_s, plateau_ms, pause_ms)
    elif isinstance(mode, Steps):
        plateau_ms, wait_ms = ms_from_s(mode.plateau_s), ms_from_s(mode.wait_s)
        for current_ma in mode.currents_ma:
            yield from _pulse(current_ma, mode.edge_s, plateau_ms, wait_ms)
    elif isinstance(mode, Bipolar):
        for _ in range(mode.count):
            yield from _pulse(mode.forward_ma, mode.edge_s, ms_from_s(mode.forward_s), 0)
            reverse_ms, pause_ms = ms_from_s(mode.reverse_s), ms_from_s(mode.pause_s)
            yield from _pulse(-mode.reverse_ma, mode.edge_s, reverse_ms, pause_ms)
    else:
        yield from _scan(mode)


def _scan(mode: Scan) -> Iterator[Leg]:
    plateau_ms = ms_from_s(mode.plateau_s)
    turn_ms = 2 * ms_from_s(mode.edge_s) + plateau_ms
    if mode.turn > 1:
        yield (mode.turn - 1) * turn_ms, 0
    for number in range(mode.rounds):
        last = number == mode.rounds - 1
        others = mode.turns - (mode.turn if last else 1)
        yield from _pulse(mode.current_ma, mode.edge_s, plateau_ms, others * turn_ms)


def _pulse(current_ma: float, edge_s: float, plateau_ms: int, wait_ms: int) -> Iterator[Leg]:
    current_na, edge_ms = na_from_ma(current_ma), ms_from_s(edge_s)
    yield edge_ms, current_na
    yield plateau_ms, current_na
    yield edge_ms, 0
    if wait_ms:
        yield wait_ms, 0


def slow_plateau_ms(mode: SlowDeep) -> int | None:
    """Compute how long the plateau lasts that carries what the ramps do not; None if it has no place.

    Parameters
    ----------
    mode : SlowDeep
        Charge, current and ramps.

    Returns
    -------
    int or None
        Whole ms; None where the charge needs no plateau, or none of whole ms.
    """
    charge_pc = round(mode.charge_ma_min * PC_PER_MA_MIN)
    current_na = na_from_ma(mode.current_ma)
    left_pc = charge_pc - current_na * ms_from_s(mode.ramp_s)
    whole, rest = divmod(left_pc, current_na)
    return whole if whole > 0 and rest == 0 else None


def mode_widths_s(mode: Mode) -> dict[str, float]:
    """Return what a control tick must resolve in a mode, by key: plateaus, edges and pauses, in s."""
    keys = ("plateau_s", "forward_s", "reverse_s", "edge_s", "pause_s", "ramp_s", "wait_s")
    found = {key: float(getattr(mode, key)) for key in keys if hasattr(mode, key)}
    return {key: value for key, value in found.items() if value > 0}


def mode_currents_ma(mode: Mode) -> dict[str, tuple[float, ...]]:
    """Return the currents a mode names, by key, in mA."""
    if isinstance(mode, Steps):
        return {"currents_ma": mode.currents_ma}
    keys = ("current_ma", "forward_ma", "reverse_ma")
    return {key: (float(getattr(mode, key)),) for key in keys if hasattr(mode, key)}


def describe_mode(mode: Mode) -> str:
    """Say in words what a mode does."""
    if isinstance(mode, Continuous):
        return f"{mode.current_ma:g} mA for {mode.plateau_s:g} s behind ramps of {mode.ramp_s:g} s"
    if isinstance(mode, SlowDeep):
        return f"{mode.charge_ma_min:g} mA·min at {mode.current_ma:g} mA, then {mode.wait_s:g} s of rest"
    if isinstance(mode, Pulses):
        each = f"{mode.current_ma:g} mA for {mode.plateau_s:g} s"
        return f"{mode.count} pulses of {each}, {mode.pause_s:g} s apart"
    if isinstance(mode, Steps):
        doses = ", ".join(f"{current:g}" for current in mode.currents_ma)
        return f"doses of {doses} mA for {mode.plateau_s:g} s, {mode.wait_s:g} s apart"
    if isinstance(mode, Scan):
        return (
            f"turn {mode.turn} of {mode.turns} in {mode.rounds} rounds, {mode.current_ma:g} mA for "
            f"{mode.plateau_s:g} s"
        )
    return (
        f"{mode.count} pairs of +{mode.forward_ma:g} mA for {mode.forward_s:g} s and "
        f"-{mode.reverse_ma:g} mA for {mode.reverse_s:g} s"
    )
