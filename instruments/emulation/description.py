"""Say what an emulated bench is made of, in plain values that fit into JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from instruments.emulation.load_settings import LoadSettings, read_load, refuse_unknown
from instruments.emulation.registry import MODELS

__all__ = ["BenchSettings", "InstrumentSettings", "Tap", "one_instrument"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """Hold what one input of a meter is connected to.

    Parameters
    ----------
    load : str
        Name of the load.
    cell : int
        Cell of a series, from 1; 0 for the whole circuit as the source sees it.
    shunt_ohm : float
        Resistor in the current's path over which the meter measures, Ohm; 0 if it measures the
        voltage of the load.
    """

    load: str
    cell: int = 0
    shunt_ohm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSettings:
    """Hold one instrument.

    Parameters
    ----------
    name : str
        What it is called on this bench.
    model : str
        One of `instruments.emulation.registry.MODELS`.
    loads : tuple of str
        Names of the loads on its channels; an empty name leaves a channel open.
    taps : tuple of Tap
        What the inputs of a meter are connected to.
    serial : str
        Its serial number; empty for the model's own.
    seed : int
        Seed of this unit's errors and noise.
    port : int
        Where it listens; 0 takes a free one.
    serial_line : bool
        It is reached over a serial line instead.
    interlock_closed : bool
        Whether the interlock permits high voltages.
    """

    name: str
    model: str
    loads: tuple[str, ...] = ()
    taps: tuple[Tap, ...] = ()
    serial: str = ""
    seed: int = 0
    port: int = 0
    serial_line: bool = False
    interlock_closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """Hold a whole bench.

    Parameters
    ----------
    loads : Mapping of str to LoadSettings
        By name.
    instruments : tuple of InstrumentSettings
        At least one.
    lockstep : bool
        Time moves only when told.
    truth_paths : Mapping of str to str
        File of the ground truth by load; a load without one is not recorded.
    """

    loads: Mapping[str, LoadSettings]
    instruments: tuple[InstrumentSettings, ...]
    lockstep: bool = False
    truth_paths: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Write it as plain values.

        Returns
        -------
        dict
            Fit for JSON; `from_plain` reads it.
        """
        return asdict(self)

    @classmethod
    def from_plain(cls, given: Mapping[str, Any]) -> BenchSettings:
        """Read it from plain values.

        Parameters
        ----------
        given : Mapping
            As `plain` gives it; what has a default may be left out.

        Returns
        -------
        BenchSettings
            Checked.

        Raises
        ------
        ValueError
            If a name is unknown, taken twice or missing.
        """
        refuse_unknown(cls, given, "the bench")
        bench = cls(
            loads={name: read_load(name, load) for name, load in given.get("loads", {}).items()},
            instruments=tuple(_instrument(each) for each in given.get("instruments", ())),
            lockstep=bool(given.get("lockstep", False)),
            truth_paths=dict(given.get("truth_paths", {})),
        )
        bench.check()
        return bench

    def check(self) -> None:
        """Refuse what does not fit together.

        Raises
        ------
        ValueError
            If a name is unknown, taken twice or missing.
        """
        if not self.instruments:
            raise ValueError("a bench has at least one instrument")
        names = [instrument.name for instrument in self.instruments]
        driven = [load for instrument in self.instruments for load in instrument.loads if load]
        for kind, listed in (("instrument", names), ("load of a source", driven)):
            if twice := sorted({name for name in listed if listed.count(name) > 1}):
                raise ValueError(f"{kind} {twice[0]!r} is there twice")
        for instrument in self.instruments:
            self._check_instrument(instrument)
        if unknown := set(self.truth_paths) - set(self.loads):
            raise ValueError(f"no load named {min(unknown)!r} to record")

    def _check_instrument(self, instrument: InstrumentSettings) -> None:
        if instrument.model not in MODELS:
            raise ValueError(f"no twin of {instrument.model!r}; there are {', '.join(MODELS)}")
        channels = MODELS[instrument.model].channels
        if len(instrument.loads) > channels:
            raise ValueError(f"{instrument.name}: {instrument.model} has {channels} channels")
        if not channels and not instrument.taps:
            raise ValueError(f"{instrument.name}: a meter is connected to at least one load")
        for load in (*filter(None, instrument.loads), *(tap.load for tap in instrument.taps)):
            if load not in self.loads:
                known = ", ".join(self.loads) or "none"
                raise ValueError(f"{instrument.name}: no load named {load!r}; there are {known}")


def _instrument(given: Mapping[str, Any]) -> InstrumentSettings:
    refuse_unknown(InstrumentSettings, given, "an instrument")
    taps = tuple(Tap(**tap) for tap in given.get("taps", ()))
    return InstrumentSettings(**{**given, "loads": tuple(given.get("loads", ())), "taps": taps})


def one_instrument(
    model: str = "keithley-2450",
    *,
    load: str = "skin",
    seed: int = 0,
    area_cm2: float = 5.0,
    barrier_kohm_cm2: float = 60.0,
    resistance_ohm: float = 10_000.0,
    lockstep: bool = False,
    interlock_closed: bool = True,
    serial: str = "",
    port: int = 0,
    truth_path: Path | None = None,
) -> BenchSettings:
    """Describe a bench of one source with a load of the same kind on every channel.

    Parameters
    ----------
    model, serial, port, interlock_closed
        As of `InstrumentSettings`.
    load, area_cm2, barrier_kohm_cm2, resistance_ohm
        As of `LoadSettings`.
    seed : int
        Seed of the unit and of the first load; that of the next is one more.
    lockstep : bool
        Time moves only when told.
    truth_path : Path or None
        Ground truth of the first channel; the second's has ``.2`` before its suffix.

    Returns
    -------
    BenchSettings
        Not checked yet.
    """
    channels = MODELS[model].channels if model in MODELS else 1
    names = tuple(f"load-{channel}" for channel in range(1, max(1, channels) + 1))
    paths = (
        {} if truth_path is None else dict(zip(names, _paths(truth_path, len(names)), strict=True))
    )
    return BenchSettings(
        loads={
            name: LoadSettings(
                kind=load,
                seed=seed + at,
                area_cm2=area_cm2,
                barrier_kohm_cm2=barrier_kohm_cm2,
                resistance_ohm=resistance_ohm,
            )
            for at, name in enumerate(names)
        },
        instruments=(
            InstrumentSettings(
                name=model,
                model=model,
                loads=names[:channels],
                taps=() if channels else (Tap(load="load-1"),),
                serial=serial,
                seed=seed,
                port=port,
                interlock_closed=interlock_closed,
            ),
        ),
        lockstep=lockstep,
        truth_paths=paths,
    )


def _paths(first: Path, count: int) -> list[str]:
    more = [str(first.with_suffix(f".{at}{first.suffix}")) for at in range(2, count + 1)]
    return [str(first), *more]
