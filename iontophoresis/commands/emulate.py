"""`emulate`: one emulated instrument, alone, for any VISA client."""

import socket
from pathlib import Path

import click


def _refuse_taken(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        message = f"port {port} is taken or not allowed; choose another with --port"
        raise click.ClickException(message) from error


@click.command(
    epilog="""\b
Examples:
  iontophoresis emulate keithley-2450 --port 5025
  iontophoresis emulate keithley-2450 --load resistor --resistance-ohm 10000"""
)
@click.argument("model", type=click.Choice(["keithley-2450"]))
@click.option("--port", type=click.IntRange(0, 65535), default=5025, show_default=True)
@click.option("--load", type=click.Choice(["skin", "resistor"]), default="skin", show_default=True)
@click.option("--area-cm2", type=click.FloatRange(0.01, 200), default=5.0, show_default=True)
@click.option(
    "--resistance-ohm", type=click.FloatRange(1, 1e9), default=10_000.0, show_default=True
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=20, show_default=True)
@click.option("--truth", type=click.Path(path_type=Path), help="write the ground truth here")
def emulate(
    model: str,
    port: int,
    load: str,
    area_cm2: float,
    resistance_ohm: float,
    seed: int,
    truth: Path | None,
) -> None:
    """Start an emulated instrument on a loopback port; Ctrl-C ends it.

    It speaks the instrument's SCPI to any VISA client and keeps sourcing when one disconnects.
    """
    from instruments.emulation.launch import start_twin

    _refuse_taken(port)
    twin = start_twin(
        model,
        port=port,
        load=load,
        area_cm2=area_cm2,
        resistance_ohm=resistance_ohm,
        seed=seed,
        truth_path=truth,
        stay=True,
    )
    click.echo(
        f"emulated {model}: {twin.resource}   (load {load}, seed {twin.seed}; Ctrl-C ends it)"
    )
    try:
        twin.process.wait()
    except KeyboardInterrupt:
        click.echo("ended")
    finally:
        twin.stop()
