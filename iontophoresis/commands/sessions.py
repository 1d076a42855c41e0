"""`sessions`: what has been recorded."""

from pathlib import Path

import click

DIRECTORY_HELP = "where session files are; default: ./sessions if it exists, else your data folder"


@click.command(
    epilog="""\b
Examples:
  iontophoresis sessions
  iontophoresis sessions --directory /data/iontophoresis"""
)
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def sessions(directory: Path | None) -> None:
    """List the sessions on disk: state, duration, charge, title.

    A session that was cut off (power, kill) is recovered as far as it was committed and shown so.
    """
    from iontophoresis.record.listing import list_sessions
    from iontophoresis.record.place import sessions_directory
    from iontophoresis.view.summary import render_sessions, wide_console

    place = sessions_directory(directory)
    entries = list(list_sessions(place))
    if not entries:
        click.echo(f"no sessions in {place}; `iontophoresis run mesoglow` records one")
        return
    console = wide_console()
    console.print(render_sessions(entries))
    console.print(f"in {place}", style="dim")
