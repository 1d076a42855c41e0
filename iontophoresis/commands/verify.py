"""`verify`: whether a session file still says what was written."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Examples:
  iontophoresis verify last
  iontophoresis verify monday.sqlite --head 8483a33b58ca5d5c..."""
)
@click.argument("session")
@click.option("--head", help="head that was kept elsewhere: the chain must pass through it")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def verify(session: str, head: str | None, directory: Path | None) -> None:
    """Check the hash chain of a session file; a broken one ends with status 1.

    SESSION is a file, a session's name or a unique part of it, or `last`.
    """
    from iontophoresis.record.database import open_database
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.verify import CAN_DETECT, CANNOT_DETECT, check_chain

    path = find_session(session, sessions_directory(directory))
    with open_database(path) as (connection, live):
        verdict = check_chain(connection, kept_head=head, must_be_closed=not live)
    click.echo(f"{path}: {verdict.rows} rows, head {verdict.head}")
    if not verdict.holds:
        for problem in verdict.problems:
            click.echo(f"  {problem}", err=True)
        raise SystemExit(1)
    click.echo(f"the chain holds: no {CAN_DETECT}")
    if head is None:
        click.echo(f"not detected this way: {CANNOT_DETECT}")
