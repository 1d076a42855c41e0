"""`calibrate`: fit the skin of an experiment to its receptor samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from models.calibration import Calibration
    from models.compounds import Compound


@click.command(
    epilog="""\b
Columns of the CSV, one row a sample:
  cell, time_min, current_ma, area_cm2, receptor_ml, sample_ml, drug_um
  and, with a neutral marker in the donor, marker_um
  current_ma is what flowed since the sample before; below the detection limit write <limit

\b
Examples:
  iontophoresis calibrate samples.csv --protocol franz_cell
  iontophoresis calibrate samples.csv --protocol mine.toml --marker-mm 10 --figure fit.png
  iontophoresis calibrate --twins 100      how often 90 % intervals hold a known truth"""
)
@click.argument("data", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--protocol", help="Protocol of the experiment, a file or a shipped name: its donor.")
@click.option(
    "--marker-mm",
    type=click.FloatRange(min=0.0),
    default=0.0,
    help="Concentration of the neutral marker in the donor, mM.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw samples, fit and shares into a file ending in .png, .svg or .pdf.",
)
@click.option("--twins", type=click.IntRange(min=1), help="Test the intervals on this many twins.")
def calibrate(
    data: Path | None,
    protocol: str | None,
    marker_mm: float,
    figure: Path | None,
    twins: int | None,
) -> None:
    """Fit transport number, electro-osmotic flow and permeability to DATA.

    Prints 90 % intervals, what share each mechanism has, and what the data cannot tell.
    """
    if twins is not None:
        if data is not None:
            raise click.UsageError("give DATA or --twins, not both")
        _print_coverage(twins)
        return
    if data is None or protocol is None:
        raise click.UsageError("give DATA and --protocol; --help shows the columns")
    fitted, compound = _fit(data, protocol, marker_mm)
    _print_fit(fitted, compound)
    if figure is not None:
        from iontophoresis.view.calibration_figure import calibration_figure
        from iontophoresis.view.style import save_figure

        click.echo(save_figure(calibration_figure(fitted, title=data.name), figure))


def _fit(data: Path, protocol: str, marker_mm: float) -> tuple[Calibration, Compound]:
    from iontophoresis.protocol import load
    from models.calibration import calibrate as fit
    from models.calibration_data import read_cells
    from models.compounds import load_compound
    from models.errors import ModelInputError

    donor = load(protocol).channel[0].donor
    if donor is None:
        _refuse(protocol, "channel[0].donor", "the protocol drives a load and has no donor")
    try:
        compound = load_compound(donor.compound)
        fitted = fit(
            read_cells(data),
            drug_mm=donor.concentration_mm,
            mean_charge=compound.mean_charge(donor.ph),
            marker_mm=marker_mm,
        )
    except ModelInputError as error:
        _refuse("calibrate", "", str(error))
    return fitted, compound


def _refuse(origin: str, key: str, reason: str) -> NoReturn:
    from iontophoresis.errors import InputError, Problem

    raise InputError([Problem(origin=origin, key=key, reason=reason)])


def _print_fit(fitted: Calibration, compound: Compound) -> None:
    from rich.table import Table

    from iontophoresis.view.summary import wide_console

    table = Table(box=None, pad_edge=False, title=compound.title, title_justify="left")
    table.add_column("fitted")
    for heading in ("value", "90 % from", "to"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for each in fitted.estimates:
        ends = ["-" if end is None else f"{end:.3g}" for end in (each.low, each.high)]
        table.add_row(each.name, f"{each.value:.3g}", *ends, each.verdict)
    wide_console().print(table)
    for name in ("lag_h", "spread_cells", "spread_assay"):
        click.echo(f"{name} {fitted.values[name]:.3g}")
    for density in _densities(fitted):
        moved, carried, leaked = (100.0 * share for share in fitted.shares(density))
        click.echo(
            f"At {density:.3g} mA/cm2: electromigration {moved:.0f} %, "
            f"electro-osmosis {carried:.0f} %, passive {leaked:.0f} %."
        )
    for note in fitted.notes:
        click.echo(note)


def _densities(fitted: Calibration) -> list[float]:
    applied = {float(i) for cell in fitted.cells for i in cell.current_ma_per_cm2 if i > 0.0}
    return sorted(applied)


def _print_coverage(twins: int) -> None:
    from models.calibration_twins import coverage

    found = coverage(range(1, twins + 1))
    for name, held in found.held.items():
        click.echo(f"{name}: {held} of {found.twins} intervals of 90 % held the truth")
