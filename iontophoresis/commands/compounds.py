"""`compounds`: what the model knows of each substance, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

PHYSIOLOGICAL_PH = 7.4


def _a_number(context: click.Context, option: click.Parameter, value: float) -> float:
    """Refuse NaN, which no range does."""
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        raise click.BadParameter("nan is no pH; give 0 to 14", context, option)
    return value


@click.command(
    epilog="""\b
Examples:
  iontophoresis compounds               every active at pH 7.4
  iontophoresis compounds --ph 5.5      the same at the pH of a donor
  iontophoresis compounds lidocaine     every number of one, with its source
  iontophoresis compounds --refused     what is not modelled, and why"""
)
@click.argument("name", required=False)
@click.option(
    "--ph",
    type=click.FloatRange(0.0, 14.0),
    default=PHYSIOLOGICAL_PH,
    callback=_a_number,
    show_default=True,
    help="pH of the donor.",
)
@click.option("--ions", "of_vehicle", is_flag=True, help="The ions a vehicle may hold instead.")
@click.option("--refused", is_flag=True, help="The refused substances, with reasons.")
def compounds(name: str | None, ph: float, *, of_vehicle: bool, refused: bool) -> None:
    """List the compounds, or print every number of the one called NAME.

    A number is read in the source named, derived by a correlation, or assumed.
    """
    from iontophoresis.view.summary import wide_console

    if name is not None and (of_vehicle or refused):
        raise click.UsageError("give NAME, --ions or --refused, not two of them")
    console = wide_console()
    page = _page(name, ph, console.width, of_vehicle=of_vehicle, refused=refused)
    console.print(page, soft_wrap=False)
    if name is None and not refused:
        click.echo("\nEvery number and its source: iontophoresis compounds NAME")


def _page(
    name: str | None, ph: float, width: int, *, of_vehicle: bool, refused: bool
) -> RenderableType:
    from iontophoresis.view import compound_tables as tables
    from models.compounds import compounds as actives
    from models.compounds import ions, load_compound, mixtures, refused_compounds

    reasons = refused_compounds()
    if refused:
        return tables.render_refused(list(reasons.items()))
    if name is None:
        names = ions() if of_vehicle else actives()
        return tables.render_overview([load_compound(each) for each in names], ph, width)
    if name in reasons:
        return tables.render_refused([(name, reasons[name])])
    if name in mixtures():
        return tables.render_mixture(name, mixtures()[name])
    _check_known(name)
    return tables.render_compound(load_compound(name), ph)


def _check_known(name: str) -> None:
    from difflib import get_close_matches

    from iontophoresis.errors import InputError, Problem, printable
    from models.compounds import compounds as actives
    from models.compounds import ions, mixtures, refused_compounds, validation_compounds

    names = [*actives(), *ions(), *validation_compounds(), *mixtures(), *refused_compounds()]
    if name in names:
        return
    close = get_close_matches(name.lower(), names, n=3)
    likely = f"did you mean {' or '.join(close)}? " if close else ""
    raise InputError(
        [
            Problem(
                origin="compounds",
                key="NAME",
                value=printable(name),
                reason="no compound of this name",
                advice=f"{likely}`iontophoresis compounds` lists all",
            )
        ]
    )
