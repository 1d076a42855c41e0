"""`compare`: one active by needle, by patch without current, and by the current of a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from iontophoresis.plan.routes import Route


@click.command(
    epilog="""\b
Examples:
  iontophoresis compare mesoglow --perfused
  iontophoresis compare mine.toml --hours 8 --output needles.pdf"""
)
@click.argument("protocol")
@click.option("--perfused/--excised", default=True, show_default=True, help="with or without blood")
@click.option("--hours", type=click.FloatRange(0.5, 72.0), default=4.0, show_default=True)
@click.option(
    "--output",
    "outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="figure ending in .png, .svg or .pdf, may be repeated",
)
def compare(protocol: str, hours: float, outputs: tuple[Path, ...], *, perfused: bool) -> None:
    """Predict amounts by layer for needles, a passive patch and the current of PROTOCOL.

    The needle holds the donor's own solution. Injected amounts are far larger: look at where each
    leads over time, and at how long it stays.
    """
    from iontophoresis.errors import InputError, Problem
    from iontophoresis.launch import prepare_plan
    from iontophoresis.plan.routes import compare_routes
    from iontophoresis.view.summary import wide_console

    plan = prepare_plan(protocol)
    cell = plan.channels[0].cells[0]
    try:
        routes = compare_routes(cell, perfused=perfused, hours=hours)
    except ValueError as error:
        raise InputError([Problem(origin=protocol, reason=str(error))]) from error
    wide_console().print(_table(routes))
    click.echo("Prediction; needles with the nominal tissue, spread evenly over their pattern.")
    if outputs:
        from iontophoresis.view.routes_figure import routes_figure
        from iontophoresis.view.style import save_figure

        name = cell.formulation.active.title if cell.formulation else protocol
        flow = "perfused living tissue" if perfused else "excised, no blood flow"
        flags = f"prediction, nothing measured  ·  {flow}  ·  bands 5-95 %, needles nominal"
        figure = routes_figure(routes, title=f"By needle and by current: {name}", flags=flags)
        for path in outputs:
            click.echo(save_figure(figure, path))


def _table(routes: Sequence[Route]) -> Table:
    from rich.table import Table

    end_h = routes[0].time_s[-1] / 3600.0
    table = Table(
        box=None, pad_edge=False, title_justify="left",
        title=f"Amount after {end_h:g} h, ug/cm2: median (5 - 95 %)",
    )  # fmt: skip
    shown = [
        layer
        for layer in routes[0].amount_ug_per_cm2
        if any(route.amount_ug_per_cm2[layer][1, -1] >= 0.01 for route in routes)
    ]
    table.add_column("route")
    for layer in shown:
        table.add_column(layer.replace("_", " "), justify="right")
    table.add_column("how")
    for route in routes:
        ends = [route.amount_ug_per_cm2[layer][:, -1] for layer in shown]
        cells = [
            f"{middle:.3g}" + (f" ({low:.2g} - {high:.2g})" if high > low else "")
            for low, middle, high in ends
        ]
        table.add_row(route.name, *cells, route.how)
    return table
