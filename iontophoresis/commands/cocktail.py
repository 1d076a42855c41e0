"""`cocktail`: which actives of a mixture go together, under which pole, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from iontophoresis.plan.cocktail import CocktailStep


@click.command(
    epilog="Example: iontophoresis cocktail ascorbate=100 thiamine=50 nicotinamide=200 --ph 6.5"
)
@click.argument("parts", nargs=-1, required=True, metavar="COMPOUND=MM...")
@click.option("--ph", type=click.FloatRange(1.0, 13.0), required=True, help="pH of the donors.")
def cocktail(parts: tuple[str, ...], ph: float) -> None:
    """Split a mixture into sequential steps, each with its pole.

    Each part is a compound and its concentration in mM. Opposite charges cannot go together; what
    the model expects later steps to leave of earlier ones is shown for both orders of the poles.
    """
    from iontophoresis.errors import InputError, Problem
    from iontophoresis.plan.cocktail import split_cocktail
    from models import ModelInputError

    amounts = dict(_part(text) for text in parts)
    try:
        steps = split_cocktail(amounts, ph)
    except ModelInputError as error:
        raise InputError([Problem(origin="cocktail", reason=str(error))]) from error
    for line in _lines(steps, ph):
        click.echo(line)


def _part(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    try:
        return name, float(amount)
    except ValueError as error:
        raise click.UsageError(
            f'"{text}": write a compound and its concentration in mM, as in ascorbate=100'
        ) from error


def _lines(steps: tuple[CocktailStep, ...], ph: float) -> list[str]:
    lines = []
    for number, step in enumerate(steps, 1):
        lines.append(
            f"step {number}: {step.compound} {step.concentration_mm:g} mM, donor under the {step.pole} "
            f"(mean charge {step.mean_charge:+.2f} at pH {ph:g})"
        )
        if step.kept != 1.0 or step.kept_otherwise != 1.0:
            lines.append(
                f"        later steps leave {100 * step.kept:.0f} % of it below the stratum corneum; "
                f"in the other order of the poles {100 * step.kept_otherwise:.0f} %"
            )
    if len({step.pole for step in steps}) > 1:
        lines.append(
            "Opposite charges cannot go together: change the donor and exchange the leads between "
            "the poles. Anodal steps come first, as the one published comparison found; the shares "
            "are the model's, at 0.2 mA/cm2 for 10 min a step, without blood flow."
        )
    return lines
