"""A guard, a recorder and an emulated source as real processes, with faults on demand."""

import select
import time
from dataclasses import dataclass, replace

import pytest

from instruments.emulation.control import BenchControl
from instruments.emulation.description import BenchSettings, InstrumentSettings
from instruments.emulation.launch import start_bench, start_twin
from instruments.emulation.load_settings import LoadSettings
from instruments.emulation.truth import read_truth
from iontophoresis import processes
from iontophoresis.control import link
from iontophoresis.control.order import ChannelOrder, Order, ProbeOrder
from iontophoresis.control.sentinel import Unit, Watch
from iontophoresis.feeder import Feeder
from iontophoresis.profile import Waveform
from iontophoresis.record.reader import open_session
from iontophoresis.safety.kernel import ChannelConfig
from iontophoresis.safety.limits import EXCISED, VOLTAGE_OPEN_BENCH_UV, Caps, compose

UA = 1_000
MA_MIN_PC = 60_000_000_000
AREA_UM2 = 500_000_000
TICK_MS = 50
CAPS = Caps(
    current_na=1_200 * UA,
    density_na_per_cm2=250 * UA,
    charge_pc=3 * MA_MIN_PC,
    charge_density_pc_per_cm2=300_000_000_000,
    voltage_uv=35_000_000,
    slew_na_per_s=1_000 * UA,
    on_time_ms=200_000,
    session_time_ms=300_000,
)
WAVEFORM = Waveform(knots=((0, 0), (1_000, 500 * UA), (21_000, 500 * UA), (22_000, 0)))


def channel_order(twin, **changes):
    limits = compose(EXCISED, AREA_UM2, VOLTAGE_OPEN_BENCH_UV, Caps(), CAPS, Caps())
    judge = ChannelConfig(
        limits=limits, load_low_ohm=100, load_high_ohm=200_000, judge_load_na=50 * UA,
        mismatch_na=0, off_na=10 * UA, voltage_limited_start_ms=5_000,
    )  # fmt: skip
    probe = ProbeOrder(
        current_na=25 * UA, compliance_uv=1_000_000, hold_ms=500, max_open_circuit_uv=500_000
    )
    fields = dict(
        name="A", resource=twin.resource, driver="keithley-2450", serial=None, peak_na=500 * UA,
        compliance_uv=35_000_000, probe=probe, judge=judge, finish_charge_pc=None,
        specimen_class="excised", smallest_area_um2=AREA_UM2,
    )  # fmt: skip
    return ChannelOrder(**(fields | changes))


@dataclass(frozen=True)
class Place:
    """Where a source is reached."""

    resource: str


Nowhere = Place("TCPIP0::127.0.0.1::1::SOCKET")


@pytest.fixture
def order():
    return Order(
        channels=(channel_order(Nowhere),), common_current_na=1_200 * UA, tick_ms=TICK_MS,
        stop_ramp_ms=1_000, require_interlock=False, protocol_sha256="p", bench_control_ports=(),
        recorder_port=1, recorder_token="r", session_token="s", door_token="d",
    )  # fmt: skip


class GuardRun:
    """One guarded session fed by the test itself."""

    def __init__(
        self, folder, *, model="keithley-2450", clock="lockstep", twin_options=None,
        order_changes=None, outputs=None, **channel_changes,
    ):  # fmt: skip
        self.folder = folder
        self.path = folder / "session.sqlite"
        self.truth_path = folder / "truth.bin"
        self.twin, places = self._start_bench(model, clock, outputs, twin_options or {})
        self.bench = BenchControl(self.twin.control_port)
        self.recorder = processes.start(
            "iontophoresis.record.recorder", {"path": str(self.path), "token": "r"}
        )
        order = Order(
            channels=tuple(
                channel_order(place, **({"driver": model} | channel_changes | changes))
                for place, changes in places
            ),
            common_current_na=1_200 * UA,
            tick_ms=TICK_MS,
            stop_ramp_ms=1_000,
            require_interlock=False,
            protocol_sha256="p",
            bench_control_ports=(self.twin.control_port,) if clock == "lockstep" else (),
            recorder_port=self.recorder.port,
            recorder_token="r",
            session_token="s",
            door_token="d",
        )
        order = replace(order, **(order_changes or {}))
        self.sentinel = self._start_sentinel(order) if clock == "real" else None
        if self.sentinel is not None:
            order = replace(order, sentinel_port=self.sentinel.port, sentinel_token="w")
        self.guard = processes.start("iontophoresis.control.guard", order.to_json())
        self.record = link.connect(self.recorder.port, "session", "r")
        self.line = link.connect(self.guard.port, "session", "s")
        self.messages = []
        self.rows = []
        self.doors = []
        self.feeds = True
        self.position_ms = 0

    def _start_sentinel(self, order):
        units = {channel.resource: channel.driver for channel in order.channels}
        watch = Watch(
            units=tuple(
                Unit(
                    resource=resource,
                    driver=driver,
                    channels=tuple(
                        c.source_channel for c in order.channels if c.resource == resource
                    ),
                )
                for resource, driver in units.items()
            ),
            token="w", report=str(self.folder / "session.sentinel.json"), patience_s=5.0,
        )  # fmt: skip
        return processes.start("iontophoresis.control.sentinel", watch.to_json())

    def _start_bench(self, model, clock, outputs, options):
        """Start one instrument, or several outputs (instrument, channel) with a resistor each."""
        if outputs is None:
            options = dict(load="resistor", resistance_ohm=10_000.0, seed=3, linger_s=5.0) | options
            twin = start_twin(model, clock=clock, truth_path=self.truth_path, **options)
            return twin, [(twin, {})]
        loads = [f"{unit}-{channel}" for unit, channel in outputs]
        self.truth_paths = {load: self.folder / f"{load}.bin" for load in loads}
        self.truth_path = self.truth_paths[loads[0]]
        units = {
            unit: tuple(f"{name}-{channel}" for name, channel in outputs if name == unit)
            for unit, _ in outputs
        }
        bench = start_bench(
            BenchSettings(
                loads={
                    load: LoadSettings(kind="resistor", resistance_ohm=10_000.0 + 2_000 * index)
                    for index, load in enumerate(loads)
                },
                instruments=tuple(
                    InstrumentSettings(name=unit, model=model, loads=names)
                    for unit, names in units.items()
                ),
                lockstep=clock == "lockstep",
                truth_paths={load: str(path) for load, path in self.truth_paths.items()},
            ),
            linger_s=5.0,
        )
        places = [
            (Place(bench.resources[unit]), {"name": load, "source_channel": channel})
            for load, (unit, channel) in zip(loads, outputs, strict=True)
        ]
        return bench, places

    def run(self, at=None, waveform=WAVEFORM, arm=None, silent_after_ms=None):
        """Feed the guard to the end; `at` maps a session time in ms to an action."""
        waves = waveform if isinstance(waveform, tuple) else (waveform,)
        feeder = Feeder(waves)
        waiting = sorted((at or {}).items())
        armed = False
        deadline = time.monotonic() + 60
        while not self.line.closed and time.monotonic() < deadline:
            select.select([self.line.fileno()], [], [], 0.02)
            for message in self.line.receive():
                self.messages.append(message)
                if message["k"] == "checked":
                    asked = dict(k="arm", protocol_sha256="p", end_ms=feeder.end_ms)
                    self.line.send(asked | {"token": message["token"]} | (arm or {}))
                    armed = True
                elif message["k"] == "horizon":
                    feeder.horizon_ms = max(feeder.horizon_ms, message["ms"])
                elif message["k"] == "position":
                    self.position_ms = message["ms"]
                elif message["k"] == "tick":
                    self.rows.append(message["row"])
            while waiting and self.rows and self.rows[-1][1] >= waiting[0][0]:
                waiting.pop(0)[1](self)
            quiet = silent_after_ms is not None and self.position_ms >= silent_after_ms
            if armed and not quiet:
                knots = feeder.next_knots(self.position_ms) if self.feeds else []
                self.line.send({"k": "knots", "knots": knots} if knots else {"k": "beat"})
        return self.close()

    def close(self):
        """Let every process end by itself and read what they left."""
        self.line.close()
        for door in self.doors:
            door.close()
        self.guard.wait(20)
        self.record.close()
        assert self.recorder.wait(20) == 0
        if self.sentinel is not None:
            self.sentinel.wait(20)
        self.bench.close()
        self.twin.process.wait(20)
        self.truth = read_truth(self.truth_path)
        self.session = open_session(self.path)
        return self.session

    @property
    def ended(self):
        return next(m for m in self.messages if m["k"] == "ended")

    def operator(self):
        self.doors.append(link.connect(self.guard.port, "operator", "d"))
        return self.doors[-1]


@pytest.fixture
def guard_run(tmp_path):
    runs = []

    def start(**options):
        folder = tmp_path / f"run{len(runs)}"
        folder.mkdir()
        runs.append(GuardRun(folder, **options))
        return runs[-1]

    yield start
    for run in runs:
        ours = [child for child in (run.guard, run.recorder, run.sentinel) if child is not None]
        for process in (*(child.process for child in ours), run.twin.process):
            if process.poll() is None:
                process.kill()
                process.wait()
        for child in ours:
            for pipe in (child.process.stdout, child.process.stderr):
                if pipe is not None:
                    pipe.close()
