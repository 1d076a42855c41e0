"""`export`: a session as CSV files."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Examples:
  iontophoresis export last
  iontophoresis export monday.sqlite --to results --force"""
)
@click.argument("session")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="directory for the files; default: the current one",
)
@click.option("--force", is_flag=True, help="write over files that exist")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def export(session: str, target: Path, directory: Path | None, *, force: bool) -> None:
    """Write ticks, events, estimates and header as CSV, with the unit in every column name.

    SESSION is a file, a session's name or a unique part of it, or `last`.
    """
    from iontophoresis.record.export import export_csv
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session

    read = open_session(find_session(session, sessions_directory(directory)))
    for path in export_csv(read, target, force=force):
        click.echo(path)
    if read.problems:
        click.echo(f"{read.path}: the chain is broken: {read.problems[0]}", err=True)
