"""Run an emulated bench in this process: ``python -m instruments.emulation``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from instruments.emulation.registry import MODELS
from instruments.emulation.server import BenchServer, LifeRules
from instruments.emulation.twin import Twin, TwinSettings

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m instruments.emulation",
        description="Run an emulated source-measure unit with an electrical load on loopback.",
    )
    parser.add_argument("--model", choices=tuple(MODELS), default="keithley-2450")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock", choices=("real", "lockstep"), default="real")
    parser.add_argument("--load", choices=("skin", "resistor"), default="skin")
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
    settings = TwinSettings(
        model=given.model,
        load=given.load,
        seed=given.seed,
        area_cm2=given.area_cm2,
        barrier_kohm_cm2=given.barrier_kohm_cm2,
        resistance_ohm=given.resistance_ohm,
        lockstep=given.clock == "lockstep",
        interlock_closed=given.interlock == "closed",
        serial=given.serial,
        truth_path=given.truth,
    )
    try:
        rules = LifeRules(stay=given.stay, linger_s=given.linger_s)
        asyncio.run(_serve(settings, rules, given.port))
    except (OSError, ValueError) as error:
        _say({"error": f"the emulated bench cannot start: {error}"})
        return 1
    return 0


async def _serve(settings: TwinSettings, rules: LifeRules, port: int) -> None:
    twin = Twin(settings)

    def ready(instrument_port: int, control_port: int) -> None:
        truth = None if settings.truth_path is None else str(settings.truth_path)
        _say(
            {
                "resource": f"TCPIP0::127.0.0.1::{instrument_port}::SOCKET",
                "port": instrument_port,
                "control_port": control_port,
                "truth_path": truth,
                "seed": settings.seed,
                "pid": os.getpid(),
            },
        )

    await BenchServer(twin, rules).serve(port, ready)


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
