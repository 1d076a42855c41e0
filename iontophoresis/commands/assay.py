"""`assay`: correct the dose of a session by what a laboratory found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP

if TYPE_CHECKING:
    from rich.table import Table

    from iontophoresis.assays import Corrected, Found


@click.command(
    epilog="""\b
Examples:
  iontophoresis assay last --result receptor=2.4
  iontophoresis assay last --result stratum_corneum=5.1 --result donor=6900@20 --sd-percent 5"""
)
@click.argument("session")
@click.option(
    "--result",
    "results",
    multiple=True,
    required=True,
    metavar="WHERE=UG_PER_CM2[@MIN]",
    help="receptor, donor (what is left there), stratum_corneum (tape strips), epidermis, dermis or "
    "fat, in ug per cm2 of skin; at minutes from the first row, else at the end; may be repeated",
)
@click.option(
    "--sd-percent",
    type=click.FloatRange(min=0.1, max=200.0),
    default=10.0,
    show_default=True,
    help="standard deviation of the assay",
)
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def assay(
    session: str, results: tuple[str, ...], sd_percent: float, directory: Path | None
) -> None:
    """Correct the amounts of SESSION by assays, finished or still running.

    Voltage and impedance do not tell which ion carries the current, so only assays narrow the band.
    """
    from iontophoresis.assays import correct
    from iontophoresis.errors import InputError, Problem
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.view.summary import wide_console
    from models import ModelInputError

    read = open_session(find_session(session, sessions_directory(directory)))
    try:
        corrected = correct(read, [_found(text, sd_percent) for text in results])
    except ModelInputError as error:
        raise InputError([Problem(origin="assay", reason=str(error))]) from error
    wide_console().print(_table(corrected))
    click.echo(
        f"{corrected.effective_draws:.0f} draws still count; tissue as driven, "
        f"{'perfused' if corrected.perfused else 'not perfused'}."
    )
    if corrected.effective_draws < 10:
        click.echo(
            "So few draws agree that the corrected band is coarse: the model hardly expected this.",
            err=True,
        )


def _found(text: str, sd_percent: float) -> Found:
    from iontophoresis.assays import Found

    where, _, rest = text.partition("=")
    amount, _, minutes = rest.partition("@")
    try:
        return Found(
            compartment=where,
            at_min=float(minutes) if minutes else None,
            amount_ug_per_cm2=float(amount),
            sd_percent=sd_percent,
        )
    except ValueError as error:
        raise click.UsageError(f'"{text}": write it as receptor=2.4 or receptor=2.4@20') from error


def _table(corrected: Corrected) -> Table:
    from rich.table import Table

    table = Table(
        box=None, pad_edge=False, title="Amount at the end, ug/cm2: median (5 - 95 %)",
        title_justify="left",
    )  # fmt: skip
    table.add_column("")
    table.add_column("by the model", justify="right")
    table.add_column("with the assays", justify="right")
    for row in corrected.layers:
        cells = [
            f"{mid:.3g} ({low:.2g} - {high:.2g})" for low, mid, high in (row.before, row.after)
        ]
        table.add_row(row.layer.replace("_", " "), *cells)
    return table
