"""`adopt`: a session file from the log of another iontophoresis unit."""

from pathlib import Path

import click

from iontophoresis.commands.sessions import DIRECTORY_HELP


@click.command(
    epilog="""\b
Columns of the CSV: time_s (or time_ms, time_min), current_ma (or current_ua, current_a) and, if
logged, voltage_v (or voltage_mv); current is positive in the direction of delivery.

\b
Example:
  iontophoresis adopt unit.csv --protocol mine.toml --unit "Phoresor, inventory 12"
  iontophoresis summary last"""
)
@click.argument("log", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--protocol", required=True, help="what was under the electrode: donor, area, site")
@click.option("--unit", required=True, help="which unit it was, for the record")
@click.option("--specimen", help="what the current went through; default: the protocol's class")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help=DIRECTORY_HELP)
def adopt(
    log: Path, protocol: str, unit: str, specimen: str | None, directory: Path | None
) -> None:
    """Make a session of LOG, with charge, resistance and dose with its band."""
    from datetime import datetime

    from iontophoresis.adopting import adopt_log
    from iontophoresis.errors import InputError, Problem
    from iontophoresis.launch import prepare_plan
    from iontophoresis.record.place import new_session_path, sessions_directory
    from iontophoresis.record.reader import open_session
    from iontophoresis.unit_log import read_unit_log
    from iontophoresis.view.summary import render_summary, wide_console

    read, plan = read_unit_log(log), prepare_plan(protocol)
    if len(plan.channels) != 1:
        reason = f"has {len(plan.channels)} channels, a log has one"
        raise InputError([Problem(origin=protocol, key="channel", reason=reason)])
    started = datetime.now().astimezone()
    path = new_session_path(sessions_directory(directory), log.stem, started)
    described = specimen or plan.channels[0].channel.specimen_class
    adopt_log(plan, read, path, unit=unit, specimen=described)
    wide_console().print(render_summary(open_session(path)))
