"""`report`: everything about one or several sessions on one page, as HTML and PDF."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Examples:
  iontophoresis report last
  iontophoresis report monday.sqlite tuesday.sqlite --output both"""
)
@click.argument("session", nargs=-1, required=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="name of the two files without an ending; default: beside the first session",
)
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def report(session: tuple[str, ...], output: Path | None, directory: Path | None) -> None:
    """Write one self-contained HTML page and a PDF about SESSION, or several.

    Plan against measured, the electrical output, dose with bands, limits, alarms, the formulation
    check, instruments and versions, a methods paragraph and the source of every parameter.
    """
    from iontophoresis.record.place import find_session, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.report import report as compose
    from iontophoresis.report import write_html, write_pdf

    place = sessions_directory(directory)
    read = [open_session(find_session(name, place)) for name in session]
    stem = output or read[0].path.with_name(f"{read[0].path.stem}_report")
    composed = compose(read)
    click.echo(write_html(composed, stem.with_name(f"{stem.name}.html")))
    click.echo(write_pdf(composed, stem.with_name(f"{stem.name}.pdf")))
