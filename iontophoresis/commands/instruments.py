"""`instruments`: what VISA sees, which driver fits it, and what is missing."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Examples:
  iontophoresis instruments                       what VISA lists; no instrument is asked anything
  iontophoresis instruments --identify            ask each address what it is
  iontophoresis instruments TCPIP0::192.0.2.10::5025::SOCKET
  iontophoresis instruments --table               every driver and what it declares (Markdown)"""
)
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@click.option("--identify", "ask", is_flag=True, help="Send *IDN? to every address VISA lists.")
@click.option("--backend", default="", help="PyVISA's name of a VISA library, for example @py.")
@click.option("--table", is_flag=True, help="Print what every driver declares, and ask nothing.")
def instruments(addresses: tuple[str, ...], backend: str, *, ask: bool, table: bool) -> None:
    """List instruments, the driver that fits each, and its fail-safe tier.

    An ADDRESS that VISA does not list by itself, such as a raw socket, is asked for its name.
    """
    from instruments.survey import Found, identify, survey_backends
    from iontophoresis.view import instrument_tables as tables
    from iontophoresis.view.summary import wide_console

    if table:
        click.echo(tables.drivers_markdown())
        return
    found = [identify(address, backend=backend) for address in addresses]
    if not addresses:
        backends = survey_backends()
        listed = sorted({address for one in backends for address in one.resources})
        for line in tables.backend_lines(backends):
            click.echo(line)
        _say_what_is_missing()
        found = [
            identify(address, backend=backend)
            if ask
            else Found(resource=address, trouble="not asked; --identify asks for its name")
            for address in listed
        ]
    if found:
        wide_console().print(tables.render_found(found))
    else:
        click.echo("VISA lists no instrument. A raw socket is never listed: give its address.")


def _say_what_is_missing() -> None:
    from instruments.bus_access import forbidden_devices
    from instruments.survey import interfaces
    from iontophoresis.view.instrument_tables import interface_lines

    for line in (*interface_lines(interfaces()), *forbidden_devices()):
        click.echo(line)
