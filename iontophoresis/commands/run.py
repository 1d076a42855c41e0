"""`run`: the main job, from a protocol file to the session file and its figure."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from iontophoresis.plan import Plan
from iontophoresis.session import Result, Stops


@click.command(
    epilog="""\b
Examples:
  iontophoresis run mesoglow                    emulated bench, virtual time
  iontophoresis run mesoglow --pace real        the same, watched in real time
  iontophoresis run mine.toml --bench bench.toml --source TCPIP0::192.0.2.10::inst0::INSTR

Ctrl-C ramps down and finishes the record; a second Ctrl-C is zero at once. The on-screen stop is not
an emergency stop: a mushroom button in the interlock line is."""
)
@click.argument("protocol")
@click.option("--bench", help="bench file; by default the emulated bench that ships")
@click.option("--source", help="VISA resource of the first source, with --bench")
@click.option(
    "--pace",
    type=click.Choice(["auto", "real", "lockstep"]),
    default="auto",
    show_default=True,
    help="lockstep is virtual time, for the emulated bench only",
)
@click.option("--directory", type=click.Path(path_type=Path), help="where the session file goes")
@click.option("--operator", help="who runs it, for the record; by default the account's name")
@click.option("--transcript", is_flag=True, help="keep every VISA message in the session file")
@click.option("--figure/--no-figure", default=True, show_default=True, help="draw it at the end")
def run(
    protocol: str,
    bench: str | None,
    source: str | None,
    pace: str,
    directory: Path | None,
    operator: str | None,
    transcript: bool,
    figure: bool,
) -> int:
    """Run PROTOCOL, a file or the name of one that ships, on a bench."""
    from iontophoresis import launch
    from iontophoresis.view.live import Screen
    from iontophoresis.view.summary import wide_console

    console = wide_console()
    with console.status("predicting the dose and composing the limits"):
        plan = launch.prepare_plan(protocol, bench=bench, source=source)
    stops = Stops()
    accelerated = plan.bench.is_emulated and pace != "real"
    screen = Screen(console, plan.protocol.title, _banners(plan), accelerated=accelerated)
    with screen, _signals(stops):
        result = launch.run(
            plan, pace=pace, directory=directory, watcher=screen, arm=_armer(plan, console),
            moved=_mover(plan), stops=stops, operator=operator, transcript=transcript,
        )  # fmt: skip
    return _conclude(console, result, figure=figure)


def _banners(plan: Plan) -> tuple[str, ...]:
    emulated = (
        ("EMULATED BENCH: nothing here is measured on skin",) if plan.bench.is_emulated else ()
    )
    return emulated + tuple(note.text for note in plan.notes if note.severity == "warning")


def _armer(plan: Plan, console: Console) -> Callable[[list[dict[str, Any]]], bool]:
    """Ask before a real source is armed; the emulated bench needs no question."""

    def arm(contacts: list[dict[str, Any]]) -> bool:
        for found in contacts:
            ohm, idle_v = found["resistance_ohm"], found["open_circuit_uv"] / 1e6
            console.print(
                f"channel {found['channel']}: contact found, {ohm / 1000:.3g} kOhm, "
                f"{idle_v:+.3f} V at rest"
            )
        if plan.bench.is_emulated:
            return True
        from iontophoresis.view.plan_page import print_plan

        print_plan(console, plan)
        try:
            return click.confirm("No living specimen is connected, and the plan is right. Arm?")
        except click.Abort:
            return False

    return arm


def _mover(plan: Plan) -> Callable[[], bool]:
    """Ask, after the proof on a resistor, for the leads to be moved."""

    def moved() -> bool:
        if plan.bench.is_emulated:
            return True
        try:
            return click.confirm("The source switched itself off. Are the leads on the cells now?")
        except click.Abort:
            return False

    return moved


@contextmanager
def _signals(stops: Stops) -> Iterator[None]:
    """Turn Ctrl-C, a polite kill and a closed terminal into a stop."""
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    for name in names:
        signal.signal(getattr(signal, name), lambda *_: stops.ask())
    if "SIGHUP" in names:
        signal.signal(signal.SIGHUP, lambda *_: _hang_up(stops))
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _hang_up(stops: Stops) -> None:
    """Go on without the terminal that was closed: what is written to it would be an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    stops.ask()


def _conclude(console: Console, result: Result, *, figure: bool) -> int:
    from iontophoresis.record.reader import open_session
    from iontophoresis.view.summary import render_summary

    session = open_session(result.path)
    if not len(session.ticks):
        console.print(f"session  {result.path}", soft_wrap=True)
        click.echo(f"{result.outcome}: {result.text}", err=True)
        return 1
    with console.status("drawing the figure"):
        console.print(render_summary(session))
        if figure:
            from iontophoresis.view.figures import save_figure, session_figure

            path = result.path.with_suffix(".png")
            save_figure(session_figure([session]), path)
            console.print(f"figure   {path}", soft_wrap=True)
    console.print(f"session  {result.path}", soft_wrap=True)
    return 0 if result.outcome in {"done", "stopped"} else 1
