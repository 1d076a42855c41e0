"""`validate`: the model against published experiments, misses included."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from models.validation import Report


@click.command(
    epilog="""\b
Examples:
  iontophoresis validate                        predict every published case, print the table
  iontophoresis validate --figure validation.svg  and draw it
  iontophoresis validate --inputs               also what had to be assumed of each case"""
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the log-ratios into a file ending in .png, .svg or .pdf.",
)
@click.option("--inputs", is_flag=True, help="Print sources, assumed inputs and notes as well.")
def validate(figure: Path | None, *, inputs: bool) -> None:
    """Predict published experiments with the defaults that ship, and score them.

    Nothing is fitted. Cases that chose a constant of the model are shown and not counted.
    """
    from iontophoresis.view.summary import wide_console
    from models.validation import validate as predict_all

    report = predict_all()
    console = wide_console()
    console.print(_table(report))
    for sentence in report.summary():
        click.echo(sentence)
    if inputs:
        _print_inputs(report)
    if figure is not None:
        from iontophoresis.view.style import save_figure
        from iontophoresis.view.validation_figure import validation_figure

        click.echo(save_figure(validation_figure(report), figure))


def _table(report: Report) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, title="Published experiments", title_justify="left")
    table.add_column("case", overflow="fold")
    for heading in ("measured", "predicted", "log10", "band"):
        table.add_column(heading, justify="right")
    for heading in ("verdict", "source"):
        table.add_column(heading)
    for each in report.outcomes:
        case = each.case
        verdict = "inside" if each.passed else "MISS"
        if case.use == "calibration":
            verdict = f"calibration, {verdict.lower()}"
        table.add_row(
            case.title,
            "order" if case.measured is None else f"{case.measured:.3g}",
            each.predicted_text,
            each.log10_text,
            "order" if case.measured is None else f"x/÷{case.band_factor:g}",
            Text(verdict, style="" if each.passed else "bold"),
            f"{case.source.author.split(',')[0]} {case.source.year or 'n.d.'}",
        )
    return table


def _print_inputs(report: Report) -> None:
    for each in report.outcomes:
        case = each.case
        click.echo(f"\n{case.title}: {case.quantity}, in {' + '.join(case.compartments)}")
        click.echo(f"  published: {case.spread}")
        click.echo(f"  source: {case.source}")
        click.echo(f"  assumed: {'; '.join(case.assumed)}")
        for line in (case.note, *each.extrapolated):
            if line:
                click.echo(f"  note: {line}")
