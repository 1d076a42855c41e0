"""`stop`, `pause` and `resume` from a second terminal: straight to the guard."""

import select
import time

import click

ANSWER_WITHIN_S = 2.0
NEEDS = {"pause": ("RUNNING",), "resume": ("PAUSED",)}


def _send(kind: str, session: str | None) -> None:
    from iontophoresis.control.link import connect
    from iontophoresis.running import find

    found = find(session)
    link = connect(found.port, "operator", found.token)
    link.send({"k": kind})
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < deadline and not link.closed:
        select.select([link.fileno()], [], [], 0.1)
        for message in link.receive():
            if message.get("k") == "state":
                _report(found.name, kind, str(message["state"]))
                return
    click.echo(f"{found.name}: {kind} sent, not confirmed; look at the source", err=True)
    raise SystemExit(1)


def _report(name: str, kind: str, state: str) -> None:
    if kind in NEEDS and state not in NEEDS[kind]:
        click.echo(f"{name}: nothing to {kind}, the session is {state}", err=True)
        raise SystemExit(1)
    click.echo(f"{name}: {kind} sent; the session was {state}")


@click.command(epilog="Example: iontophoresis stop")
@click.argument("session", required=False)
def stop(session: str | None) -> None:
    """Ramp a running session down and finish its record; called twice, zero at once.

    SESSION is needed only when several run.
    """
    _send("stop", session)


@click.command(epilog="Example: iontophoresis pause")
@click.argument("session", required=False)
def pause(session: str | None) -> None:
    """Bring a running session to zero current; nothing resumes by itself."""
    _send("pause", session)


@click.command(epilog="Example: iontophoresis resume")
@click.argument("session", required=False)
def resume(session: str | None) -> None:
    """Resume a paused session: contact check, new ramp, and only the charge that remains."""
    _send("resume", session)
