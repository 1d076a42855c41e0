"""`emulate`: one emulated instrument, or a whole bench of them, for any VISA client."""

import signal
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
  iontophoresis emulate keithley-2450 --load resistor --resistance-ohm 10000
  iontophoresis emulate two_cells.toml        a bench of several instruments

A bench file for this command names loads and instruments:
\b
  schema = 1
  [load.left]
  kind = "skin"                     # skin, resistor, rc or series
  [load.right]
  kind = "resistor"
  resistance_ohm = 10000
  [[instrument]]
  name = "smu"
  model = "keithley-2450"
  port = 5025
  loads = ["left"]"""
)
@click.argument("what", metavar="MODEL|BENCH.toml")
@click.option("--port", type=click.IntRange(0, 65535), default=5025, show_default=True)
@click.option(
    "--load", type=click.Choice(["skin", "resistor", "rc"]), default="skin", show_default=True
)
@click.option("--area-cm2", type=click.FloatRange(0.01, 200), default=5.0, show_default=True)
@click.option(
    "--resistance-ohm", type=click.FloatRange(1, 1e9), default=10_000.0, show_default=True
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=20, show_default=True)
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    help="file, or a bench's folder, for the ground truth",
)
def emulate(
    what: str,
    port: int,
    load: str,
    area_cm2: float,
    resistance_ohm: float,
    seed: int,
    truth: Path | None,
) -> None:
    """Start an emulated instrument on a loopback port, or a bench of several; Ctrl-C ends it.

    It speaks the instrument's own language to any VISA client and keeps sourcing when one
    disconnects.
    """
    from instruments.emulation.description import one_instrument
    from instruments.emulation.launch import RunningBench, start_bench
    from instruments.emulation.registry import MODELS
    from iontophoresis.emulated import load_emulated_bench

    if what in MODELS:
        _refuse_taken(port)
        settings = one_instrument(
            what,
            port=port,
            load=load,
            area_cm2=area_cm2,
            resistance_ohm=resistance_ohm,
            seed=seed,
            truth_path=truth,
        )
    elif what.endswith(".toml"):
        settings = load_emulated_bench(Path(what), truth)
        for instrument in settings.instruments:
            _refuse_taken(instrument.port)
    else:
        known = ", ".join(MODELS)
        raise click.ClickException(f"no twin of {what!r}: give a .toml file or one of {known}")
    # A shell may start a job in the background with interrupts ignored; they end this command all the same.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    bench: RunningBench | None = None
    try:
        bench = start_bench(settings, stay=True)
        for instrument in settings.instruments:
            click.echo(
                f"emulated {instrument.model}: {bench.resources[instrument.name]}"
                f"   ({_described(instrument.name, instrument.loads)})"
            )
        click.echo(f"control port {bench.control_port}; Ctrl-C ends it")
        bench.process.wait()
    except KeyboardInterrupt:
        click.echo("ended")
    finally:
        if bench is not None:
            bench.stop()


def _described(name: str, loads: tuple[str, ...]) -> str:
    return f"{name} on {' and '.join(load or 'nothing' for load in loads)}" if loads else name
