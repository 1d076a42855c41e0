"""Time one control tick - set a current, read what flows - through this and other people's drivers.

``make bench-instruments``. One emulated 2450 serves every row, in a process of its own whose time
stands still, so that nothing but the way there and back is timed. The plain socket sends the very
message the driver sends, with Nagle's algorithm off. Others' drivers set a level and read a voltage,
as their own examples do; that is less than the driver's one message asks for. This driver and the
socket take turns, and the median shown is that of the quietest turn, because a busy machine would
else compare two moods of its own. Ratios within one run mean something; times alone do not. Paced means that each tick waits for its turn, as a session's do.
"""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable
from statistics import median

from pymeasure.instruments.keithley import Keithley2450 as PyMeasure2450
from qcodes.instrument_drivers.Keithley import Keithley2450 as QCoDeS2450

from instruments.catalog import open_source
from instruments.emulation.launch import RunningTwin, start_twin
from instruments.source import CurrentSource

TURNS, TICKS, WARM, PEER_TICKS = 40, 50, 5, 50
PACED_TICKS, PACE_S, PATIENCE_MS = 10, 0.02, 5_000
LEVELS_NA = (400_000, 500_000)

Tick = Callable[[int], object]


def back_to_back(tick: Tick, ticks: int) -> list[float]:
    """Return what each tick took, s, rising."""
    return _timed(tick, ticks, pace_s=0.0)


def paced(tick: Tick) -> list[float]:
    """Return what each tick took, s, rising, with a pause before each."""
    return _timed(tick, PACED_TICKS, pace_s=PACE_S)


def _timed(tick: Tick, ticks: int, *, pace_s: float) -> list[float]:
    for at in range(min(WARM, ticks // 10)):
        tick(LEVELS_NA[at % 2])
    gc.collect()
    took = []
    for at in range(ticks):
        if pace_s:
            time.sleep(pace_s)
        began = time.perf_counter()
        tick(LEVELS_NA[at % 2])
        took.append(time.perf_counter() - began)
    return sorted(took)


def plain_socket(twin: RunningTwin, message: str) -> tuple[Tick, Callable[[], None]]:
    """Return a tick over a socket, and what closes it; {level} in the message is the level in A."""
    line = socket.create_connection(("127.0.0.1", twin.port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    before, after = message.split("{level}")

    def tick(level_na: int) -> bytes:
        line.sendall(f"{before}{level_na}E-9{after}\n".encode("ascii"))
        answer = b""
        while not answer.endswith(b"\n"):
            answer += line.recv(4096)
        return answer

    return tick, line.close


def message_of(source: CurrentSource, kept: list[tuple[str, str]]) -> str:
    """Return what a driver sends in one tick, with {level} in the place of the level."""
    kept.clear()
    source.apply_and_read(LEVELS_NA[0])
    (sent,) = [text for way, text in kept if way == ">"]
    head, rest = sent.split(":SOUR:CURR ", 1)
    return f"{head}:SOUR:CURR {{level}};{rest.split(';', 1)[1]}"


def switched_on(twin: RunningTwin, kept: list[tuple[str, str]] | None = None) -> CurrentSource:
    """Return the twin's driver with the output on; `kept` receives its messages."""
    keep = None if kept is None else lambda way, text: kept.append((way, text))
    source = open_source(twin.resource, timeout_ms=PATIENCE_MS, transcript=keep)
    settings = source.capabilities.smallest_settings(
        peak_current_na=1_000_000, compliance_uv=20_000_000
    )
    source.configure(settings)
    source.switch_on()
    return source


def measure(twin: RunningTwin) -> dict[str, list[list[float]]]:
    """Return the times of every way, turn by turn."""
    kept: list[tuple[str, str]] = []
    source = switched_on(twin, kept)
    message = message_of(source, kept)
    source.close()
    source = switched_on(twin)
    tick, close = plain_socket(twin, message)
    ways = {"plain socket": tick, "this driver": source.apply_and_read}
    turns = range(TURNS)
    rows = {name: [] for pair in ways for name in (pair, f"{pair}, paced")}
    for name, way in [one for _ in turns for one in ways.items()]:
        rows[name].append(back_to_back(way, TICKS))
        rows[f"{name}, paced"].append(paced(way))
    close()
    source.close()
    ends = {"read_termination": "\n", "write_termination": "\n"}
    other = PyMeasure2450(twin.resource, visa_library="@py", timeout=PATIENCE_MS, **ends)
    rows["PyMeasure"] = [back_to_back(lambda na: _pymeasure(other, na), PEER_TICKS) for _ in "12"]
    other.adapter.close()
    third = QCoDeS2450("unit", twin.resource, visalib="@py")
    third.sense_function("voltage")
    rows["QCoDeS"] = [back_to_back(lambda na: _qcodes(third, na), PEER_TICKS) for _ in "12"]
    third.close()
    return rows


def _pymeasure(unit: PyMeasure2450, level_na: int) -> object:
    unit.source_current = level_na * 1e-9
    return unit.voltage


def _qcodes(unit: QCoDeS2450, level_na: int) -> object:
    unit.source.current(level_na * 1e-9)
    return unit.sense.voltage()


def main() -> None:
    twin = start_twin("keithley-2450", clock="lockstep", load="resistor", stay=True)
    try:
        rows = measure(twin)
    finally:
        twin.stop()
    quietest = {name: min(median(turn) for turn in turns) for name, turns in rows.items()}
    ours = quietest["this driver"]
    print(
        f"{'set and read, 2450':22} {'median ms':>10} {'p99 ms':>8} {'/ socket':>9} {'/ ours':>8}"
    )
    for name, turns in rows.items():
        beside = quietest["plain socket, paced" if "paced" in name else "plain socket"]
        took = sorted(tick for turn in turns for tick in turn)
        p99_ms = took[len(took) * 99 // 100] * 1e3
        print(
            f"{name:22} {quietest[name] * 1e3:10.3f} {p99_ms:8.3f} "
            f"{quietest[name] / beside:9.2f} {quietest[name] / ours:8.1f}"
        )


if __name__ == "__main__":
    main()
