"""`plot`: the figure of one session, or of several laid over each other."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Examples:
  iontophoresis plot last
  iontophoresis plot last --output figure.pdf --output figure.svg
  iontophoresis plot monday.sqlite tuesday.sqlite --output both.png"""
)
@click.argument("session", nargs=-1, required=True)
@click.option(
    "--output",
    "outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="file ending in .png, .svg or .pdf, may be repeated; default: a PNG beside the session",
)
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def plot(session: tuple[str, ...], outputs: tuple[Path, ...], directory: Path | None) -> None:
    """Draw current, voltage, resistance, charge, amounts per layer and a depth profile.

    SESSION is a file, a session's name or a unique part of it, or `last`; several are overlaid.
    """
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.view.figures import save_figure, session_figure

    place = sessions_directory(directory)
    read = [open_session(find_session(name, place)) for name in session]
    figure = session_figure(read)
    for path in outputs or (read[0].path.with_suffix(".png"),):
        click.echo(save_figure(figure, path))
    for damaged in (one for one in read if one.problems):
        click.echo(f"{damaged.path}: the chain is broken: {damaged.problems[0]}", err=True)
