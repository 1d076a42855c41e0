"""`doctor`: whether this computer, and a source on a resistor, are fit for a session."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from instruments.source import CurrentSource
    from iontophoresis.doctor.findings import Finding


@click.command(
    epilog="""\b
Examples:
  iontophoresis doctor                            this computer alone
  iontophoresis doctor --source TCPIP0::192.0.2.10::5025::SOCKET --resistor 10000
  iontophoresis doctor --source GPIB0::12::INSTR --resistor 4700 --tolerance 1

The source drives up to 10 mA and 20 V into the resistor: nothing else may be connected."""
)
@click.option("--source", "resource", help="VISA address of a source with a resistor on it.")
@click.option("--resistor", type=click.FloatRange(10, 1e7), help="Its value in Ohm.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0.001, 20),
    default=0.1,
    show_default=True,
    help="Of the resistor, in per cent.",
)
@click.option("--driver", help="Driver it must have; else the one that fits.")
@click.option("--channel", type=click.IntRange(1, 4), default=1, show_default=True)
@click.option("--voltmeter", help="VISA address of a meter across the resistor.")
@click.option("--backend", default="", help="PyVISA's name of a VISA library, for example @py.")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
@click.pass_context
def doctor(
    context: click.Context,
    resource: str | None,
    resistor: float | None,
    tolerance: float,
    driver: str | None,
    channel: int,
    voltmeter: str | None,
    backend: str,
    directory: Path | None,
) -> None:
    """Check this computer and, on a resistor, a source: accuracy, compliance, fail-safe, off state.

    The self-test is written as a session file, dated, with every finding.
    """
    from iontophoresis.doctor.certificate import passed, write_certificate
    from iontophoresis.doctor.environment import check_environment

    if (resource is None) != (resistor is None):
        raise click.UsageError("give --source and --resistor together")
    findings = _shown("This computer", check_environment())
    if resource is not None and resistor is not None:
        from iontophoresis.control.clock import RealClock
        from iontophoresis.doctor.self_test import self_test
        from iontophoresis.record.place import sessions_directory

        with ExitStack() as stack:
            source = _open(stack, resource, driver, channel, voltmeter, backend)
            tests = self_test(
                source, resistance_ohm=resistor, tolerance_percent=tolerance, clock=RealClock()
            )
            tested = _shown(f"{source.identity.model} {source.identity.serial}", tests)
        path = write_certificate(
            sessions_directory(directory), source, tested, resistance_ohm=resistor
        )
        click.echo(f"written to {path}")
        findings += tested
    if not passed(findings):
        click.echo("not fit for a session: see what failed above", err=True)
        context.exit(1)


def _open(
    stack: ExitStack,
    resource: str,
    driver: str | None,
    channel: int,
    voltmeter: str | None,
    backend: str,
) -> CurrentSource:
    from instruments.catalog import open_source
    from instruments.meter import CompanionMeters
    from instruments.meter_catalog import open_meter

    meters = None
    if voltmeter is not None:
        meter = open_meter(voltmeter, backend=backend)
        stack.callback(meter.close)
        meters = CompanionMeters(voltage=meter)
    source = open_source(resource, driver=driver, channel=channel, backend=backend, meters=meters)
    stack.callback(source.close)
    return source


def _shown(title: str, findings: Iterable[Finding]) -> list[Finding]:
    """Print a table once all is found; a test takes a while, so each check is told as it ends."""
    from rich.table import Table

    from iontophoresis.doctor.findings import Verdict
    from iontophoresis.view.summary import wide_console

    styles = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.NOT_TESTED: "yellow"}
    console = wide_console()
    found = []
    with console.status(title) as status:
        for finding in findings:
            found.append(finding)
            status.update(f"{title}: {finding.check}")
    table = Table("check", "verdict", "found", "asked", title=title, title_justify="left")
    for one in found:
        style = styles[one.verdict]
        table.add_row(one.check, f"[{style}]{one.verdict.value}[/]", one.measured, one.bound)
    console.print(table)
    return found
