"""The file of an emulated bench: which instruments stand around which loads, for any VISA client.

It is no bench file: nothing may be driven because of it, and no session reads it. ::

    schema = 1
    [load.left]
    kind = "skin"
    area_cm2 = 5.0
    [load.chain]
    kind = "series"
    cells = [{ seed = 1 }, { seed = 2 }, { kind = "resistor", resistance_ohm = 1000 }]
    [[instrument]]
    name = "smu"
    model = "keithley-2450"
    port = 5025
    loads = ["left"]
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from instruments.emulation.description import BenchSettings
from iontophoresis.protocol.complaints import validate
from iontophoresis.protocol.document import read_document, refuse
from iontophoresis.protocol.sections import Name, SchemaVersion, Section, ShortText, at_most

MOST_INSTRUMENTS = 16
MOST_CELLS = 32
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="seed of what is drawn at random")]


class EmulatedElectrodes(Section):
    """A pair of silver/silver chloride electrodes in series with a cell."""

    transfer_ohm: float = Field(default=50.0, gt=0, le=1e6)
    forward_c: float = Field(default=10.0, gt=0, le=1e6, description="budget of charge, in C")
    backward_c: float = Field(default=10.0, gt=0, le=1e6, description="the other way, in C")
    climb_v: float = Field(default=1.6, ge=0, le=10, description="rise once it is used up, in V")
    polarization_v: float = Field(default=0.02, ge=0, le=10)
    knee_a: float = Field(default=1e-4, gt=0, le=1)
    settling_s: float = Field(default=5.0, gt=0, le=1e5)


class EmulatedCell(Section):
    """One cell of a series."""

    kind: Literal["skin", "resistor", "rc"] = Field(default="skin")
    seed: Seed = 0
    area_cm2: float = Field(default=5.0, gt=0, le=200)
    barrier_kohm_cm2: float = Field(default=60.0, gt=0, le=1e5)
    resistance_ohm: float = Field(default=10_000.0, gt=0, le=1e12)
    series_ohm: float = Field(default=1_000.0, ge=0, le=1e12)
    capacitance_f: float = Field(default=1e-7, gt=0, le=1)
    electrodes: EmulatedElectrodes | None = None


class EmulatedBenchLoad(EmulatedCell):
    """A load: one cell, or several in series."""

    kind: Literal["skin", "resistor", "rc", "series"] = Field(default="skin")  # type: ignore[assignment]
    cells: Annotated[tuple[EmulatedCell, ...], Field(strict=False), at_most(MOST_CELLS)] = ()


class EmulatedTap(Section):
    """What one input of a meter is connected to."""

    load: Name
    cell: int = Field(default=0, ge=0, le=MOST_CELLS, description="of a series; 0 for the whole")
    shunt_ohm: float = Field(default=0.0, ge=0, le=1e6, description="reads the current over it")


class EmulatedBenchInstrument(Section):
    """One instrument, on a port of its own."""

    name: Name
    model: Name
    loads: Annotated[tuple[Name, ...], Field(strict=False), at_most(4)] = ()
    taps: Annotated[tuple[EmulatedTap, ...], Field(strict=False), at_most(MOST_CELLS)] = ()
    serial: ShortText = ""
    seed: Seed = 0
    port: int = Field(default=0, ge=0, le=65535, description="0 takes a free one")
    serial_line: bool = Field(default=False, description="over a serial line instead")
    interlock_closed: bool = True


class EmulatedBenchContent(Section):
    """A whole file."""

    schema_version: SchemaVersion = Field(alias="schema")
    notes: ShortText = ""
    load: dict[Name, EmulatedBenchLoad] = Field(description="[load.NAME] tables")
    instrument: Annotated[
        tuple[EmulatedBenchInstrument, ...], Field(strict=False), at_most(MOST_INSTRUMENTS)
    ] = Field(description="[[instrument]] tables")


def load_emulated_bench(path: Path, truth_folder: Path | None = None) -> BenchSettings:
    """Read the file of an emulated bench.

    Parameters
    ----------
    path : Path
        A TOML file.
    truth_folder : Path or None
        Where the ground truth of every load goes; None records nothing.

    Returns
    -------
    BenchSettings
        Checked, in real time.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    content = validate(EmulatedBenchContent, read_document(path))
    loads = {name: load.model_dump() for name, load in content.load.items()}
    for load in loads.values():
        load["cells"] = [cell for cell in load["cells"] if cell]
    plain = {
        "loads": loads,
        "instruments": [instrument.model_dump() for instrument in content.instrument],
        "truth_paths": {name: str(truth_folder / f"{name}.bin") for name in loads}
        if truth_folder is not None
        else {},
    }
    try:
        return BenchSettings.from_plain(plain)
    except ValueError as error:
        raise refuse(str(path), str(error), "correct the name or leave it out") from None
