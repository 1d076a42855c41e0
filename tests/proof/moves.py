"""The moves of a session, tried from every phase: they are too few for a proof to add anything."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.proof.symbols import Sources

ALLOWED = {
    "check": ("DISARMED", "CHECKED"),
    "arm": ("CHECKED", "ARMED"),
    "start": ("ARMED", "RUNNING"),
    "resume": ("PAUSED", "RUNNING"),
}


def moves(modules: Sources) -> dict[str, Callable[[Any], Any]]:
    """Return every move, ready to be made from a state whose permit is `p`."""
    kernel = modules.kernel
    return {
        "check": lambda state: kernel.check(state, "p"),
        "arm": lambda state: kernel.arm(state, "p"),
        "start": lambda state: kernel.start(state, 0),
        "resume": lambda state: kernel.resume(state, 0),
    }


def wrong_moves(modules: Sources) -> Iterator[str]:
    """Yield every move that goes where it must not, or does not go where it must."""
    phases = modules.reactions.Phase
    for name, move in moves(modules).items():
        before, then = ALLOWED[name]
        for phase in phases:
            state = modules.kernel.initial(1, 0)._replace(phase=phase, permit="p")
            try:
                reached = move(state).phase
            except ValueError:
                reached = None
            expected = phases[then] if phase == phases[before] else None
            if reached != expected:
                yield f"{name} from {phase.name}"
