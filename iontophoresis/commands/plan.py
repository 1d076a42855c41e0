"""`plan`: from a goal to a protocol, or to why it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from iontophoresis.goal import Goal
    from iontophoresis.goal.answer import PlannedDose

INFEASIBLE = 2
_Done = TypeVar("_Done")


@click.command(
    epilog="""\b
Examples:
  iontophoresis plan mesoglow -o my_protocol.toml
  iontophoresis plan my_goal.toml --figure trade_off.svg
  iontophoresis plan fat_layer          infeasible, with the most that is reachable"""
)
@click.argument("goal")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="protocol file to write; its prediction goes beside it as NAME.prediction.json",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path, dir_okay=False),
    help="draw the plan, and charge against amount with its limits: .png, .svg or .pdf",
)
def plan(goal: str, output: Path | None, figure: Path | None) -> int:
    """Plan the current that brings a dose to where it is wanted, inside every limit.

    GOAL is a TOML file, or the name of one that ships, such as mesoglow or fat_layer. A goal out of
    reach is answered with the most that is reachable and what stands in the way, and status 2; the
    protocol written is then the one that comes closest. Limits are never exceeded to come closer.
    """
    from iontophoresis import goal as goals
    from iontophoresis.goal.answer import plan_goal
    from iontophoresis.goal.sentences import sentences
    from iontophoresis.view.style import save_figure
    from iontophoresis.view.trade_off_figure import trade_off_figure
    from models.planning.trade_off import trade_off

    wanted = goals.load(goal)
    answer = _working(wanted, lambda tell: plan_goal(wanted, tell))
    for line in sentences(answer):
        click.echo(line)
    if output is not None:
        _write(answer, output)
    if figure is not None:
        bought = _working(wanted, lambda tell: trade_off(answer.drawn_case, tell))
        click.echo(save_figure(trade_off_figure(answer, bought), figure))
    return 0 if answer.feasible else INFEASIBLE


def _working(goal: Goal, work: Callable[[Callable[[str], None]], _Done]) -> _Done:
    """Work with a line of progress on the error stream; what the model refuses names the file."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from iontophoresis.errors import InputError, Problem
    from models import ModelInputError

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("reading the goal")
        try:
            return work(lambda words: shown.update(task, description=words))
        except ModelInputError as error:
            raise InputError([Problem(origin=goal.origin, reason=str(error))]) from error


def _write(answer: PlannedDose, output: Path) -> None:
    from iontophoresis import protocol as protocols
    from iontophoresis.goal.prediction_file import prediction_text
    from iontophoresis.goal.protocol_file import protocol_text

    text = protocol_text(answer)
    protocols.parse(text.encode(), str(output))
    output.write_text(text, encoding="utf-8")
    beside = output.with_suffix(".prediction.json")
    beside.write_text(prediction_text(answer), encoding="utf-8")
    click.echo(f"Wrote {output} and {beside}. Look at it with: iontophoresis check {output}")
