"""`course`: several sessions on one or several sites, added up, refused, or drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from iontophoresis.course import Ledger


@click.command(
    epilog="""\b
Examples:
  iontophoresis course mesoglow_course
  iontophoresis course mine.toml --done monday.sqlite --output course.pdf"""
)
@click.argument("course")
@click.option(
    "--done", multiple=True, help="session that was run, the first first; may be repeated"
)
@click.option(
    "--output",
    "outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="figure ending in .png, .svg or .pdf, may be repeated",
)
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help="of sessions")
def course(
    course: str, done: tuple[str, ...], outputs: tuple[Path, ...], directory: Path | None
) -> None:
    """Add up COURSE, a file or the name of one that ships: charge of every site, skin, amounts.

    Measured charge of the sessions named by --done takes the place of what was planned. What would
    take a site beyond the course's limit is refused.
    """
    from iontophoresis.course import Measured, ledger, load
    from iontophoresis.launch import prepare_plan
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.view.summary import wide_console

    asked = load(course)
    names = dict.fromkeys(session.protocol for session in asked.session)
    plans = {name: prepare_plan(name) for name in names}
    if len(done) > len(asked.session):
        raise click.UsageError(
            f"{len(done)} sessions are done, the course has {len(asked.session)}"
        )
    measured = []
    for name in done:
        read = open_session(find_session(name, sessions_directory(directory)))
        charge = float(read.ticks.of_channel(0).charge_ma_min[-1]) if len(read.ticks) else 0.0
        measured.append(Measured(name=read.path.stem, charge_ma_min=charge))
    found = ledger(asked, [plans[session.protocol] for session in asked.session], measured)
    wide_console().print(_table(found))
    click.echo("Amounts carried over from one session to the next are left out.")
    if outputs:
        from iontophoresis.view.course_figure import course_figure
        from iontophoresis.view.style import save_figure

        figure = course_figure(found)
        for path in outputs:
            click.echo(save_figure(figure, path))


def _table(found: Ledger) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, title=found.course.title, title_justify="left")
    for heading in ("session", "day", "site", "protocol", "charge", "site so far", "skin before"):
        table.add_column(heading, justify="left" if heading in {"site", "protocol"} else "right")
    limit = found.course.limits.charge_density_c_per_cm2
    for entry in found.entries:
        table.add_row(
            str(entry.number),
            f"{entry.start_h / 24:.3g}",
            entry.site,
            entry.measured or f"{entry.protocol} (planned)",
            f"{entry.charge_c_per_cm2:.3g} C/cm2",
            f"{entry.site_c_per_cm2:.3g} of {limit:g}",
            f"{100 * entry.resistance_before:.0f} % of its resistance",
        )
    return table
