"""`summary`: one session in a dozen lines."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Examples:
  iontophoresis summary last
  iontophoresis summary 2026-11-22T18-50-12_mesoglow.sqlite"""
)
@click.argument("session")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def summary(session: str, directory: Path | None) -> None:
    """Print planned against delivered charge, dose, margins, trips, and how a session ended.

    SESSION is a file, a session's name or a unique part of it, or `last`.
    """
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.view.summary import render_summary, wide_console

    path = find_session(session, sessions_directory(directory))
    wide_console().print(render_summary(open_session(path)))
