"""Run an emulated bench in this process: ``python -m instruments.emulation``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from instruments.emulation.bench import Bench
from instruments.emulation.description import BenchSettings, one_instrument
from instruments.emulation.load_settings import LOADS
from instruments.emulation.registry import MODELS
from instruments.emulation.server import BenchServer, LifeRules

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m instruments.emulation",
        description="Run emulated instruments around an electrical load on loopback.",
    )
    parser.add_argument("--bench", help="a whole bench in a JSON file; - reads standard input")
    parser.add_argument("--model", choices=tuple(MODELS), default="keithley-2450")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock", choices=("real", "lockstep"), default="real")
    parser.add_argument("--load", choices=LOADS[:3], default="skin")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--area-cm2", type=float, default=5.0)
    parser.add_argument("--barrier-kohm-cm2", type=float, default=60.0)
    parser.add_argument("--resistance-ohm", type=float, default=10_000.0)
    parser.add_argument("--interlock", choices=("closed", "open"), default="closed")
    parser.add_argument("--serial", default="", help="empty for the model's own")
    parser.add_argument("--truth", type=Path, help="file for the ground truth")
    parser.add_argument("--stay", action="store_true", help="live until ended")
    parser.add_argument("--linger-s", type=float, default=60.0)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one bench until it ends.

    One JSON line on standard output tells its ports, or what hinders it.

    Parameters
    ----------
    arguments : sequence of str or None
        Command line; None takes the process's own.

    Returns
    -------
    int
        0, or 1 if it could not start.
    """
    given = _parser().parse_args(arguments)
    try:
        settings = _settings(given)
        rules = LifeRules(stay=given.stay, linger_s=given.linger_s)
        asyncio.run(_serve(settings, rules))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        _say({"error": f"the emulated bench cannot start: {error}"})
        return 1
    return 0


def _settings(given: argparse.Namespace) -> BenchSettings:
    if given.bench is not None:
        text = sys.stdin.read() if given.bench == "-" else Path(given.bench).read_text("utf-8")
        return BenchSettings.from_plain(json.loads(text))
    return one_instrument(
        given.model,
        load=given.load,
        seed=given.seed,
        area_cm2=given.area_cm2,
        barrier_kohm_cm2=given.barrier_kohm_cm2,
        resistance_ohm=given.resistance_ohm,
        lockstep=given.clock == "lockstep",
        interlock_closed=given.interlock == "closed",
        serial=given.serial,
        port=given.port,
        truth_path=given.truth,
    )


async def _serve(settings: BenchSettings, rules: LifeRules) -> None:
    bench = Bench(settings)

    def ready(resources: Mapping[str, str], control_port: int) -> None:
        first = next(iter(resources.values()))
        _say(
            {
                "resource": first,
                "port": int(first.split("::")[2]) if first.startswith("TCPIP") else None,
                "control_port": control_port,
                "instruments": dict(resources),
                "truth_paths": dict(settings.truth_paths),
                "pid": os.getpid(),
            },
        )

    ports = {one.name: None if one.serial_line else one.port for one in settings.instruments}
    await BenchServer(bench, rules).serve(ports, ready)


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
