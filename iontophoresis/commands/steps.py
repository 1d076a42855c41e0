"""`steps`: a protocol as a table for a laboratory's own iontophoresis unit."""

from pathlib import Path

import click


@click.command(epilog="Example: iontophoresis steps mesoglow --output mesoglow_steps.csv")
@click.argument("protocol")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="CSV file; default: printed"
)
def steps(protocol: str, output: Path | None) -> None:
    """Write every straight piece of PROTOCOL's current as a row: times, currents, charge.

    PROTOCOL is a file, or the name of one that ships. Whoever sets another unit by the table judges
    the limits of that unit and of its use; nothing here does.
    """
    from iontophoresis import protocol as protocols
    from iontophoresis.step_table import step_table

    table = step_table(protocols.load(protocol))
    if output is None:
        click.echo(table, nl=False)
        return
    output.write_text(table, encoding="utf-8", newline="")
    click.echo(output)
