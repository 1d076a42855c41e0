"""`check`: the whole plan of a protocol, before anything is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from iontophoresis.plan import Plan


def show_plan(protocol: str, bench: str | None = None, *, console: Console | None = None) -> Plan:
    """Prepare the plan of a protocol on a bench and print it.

    Parameters
    ----------
    protocol : str
        Path, or the name of a protocol that ships.
    bench : str, optional
        Path of a bench file; by default the emulated bench that ships.
    console : rich.console.Console, optional
        Where to print; by default standard output.

    Returns
    -------
    Plan
        What was printed.

    Raises
    ------
    InputError
        When a file is refused, or the plan is; with every reason.
    """
    import datetime as dt

    from rich.console import Console

    from iontophoresis import bench as benches
    from iontophoresis import protocol as protocols
    from iontophoresis.fail_safe import with_fail_safe
    from iontophoresis.plan import prepare
    from iontophoresis.view.plan_page import print_plan

    today = dt.datetime.now(tz=dt.UTC).date()
    plan = with_fail_safe(prepare(protocols.load(protocol), benches.load(bench), today=today))
    print_plan(console or Console(), plan)
    return plan


@click.command(epilog="Example: iontophoresis check mesoglow")
@click.argument("protocol")
@click.option("--bench", metavar="FILE", help="Bench file; by default the emulated bench.")
def check(protocol: str, bench: str | None) -> None:
    """Print the whole plan of PROTOCOL before anything is connected.

    PROTOCOL is a TOML file, or the name of one that ships, such as mesoglow, fat_layer or franz_cell
    (a name that is none lists them all). Current, density, charge, the voltage expected, the predicted amount per layer, and the margin to every
    limit are shown; a plan that goes beyond a limit is refused with every reason.
    """
    plan = show_plan(protocol, bench)
    limited = any(margin.used > 1 for channel in plan.channels for margin in channel.margins)
    start = " The start may be voltage-limited." if limited else ""
    stand = f" --bench {bench}" if bench else ""
    click.echo(f"\nWithin every limit.{start} Run it with: iontophoresis run {protocol}{stand}")
