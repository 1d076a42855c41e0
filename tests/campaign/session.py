"""Run one session of the campaign: a kind of fault, in a phase, on a source, with a seed."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from unittest import mock

import instruments.catalog
import instruments.visa
from instruments.emulation.description import one_instrument
from iontophoresis.control import guard as guard_module
from iontophoresis.control.guard import Guard
from iontophoresis.control.order import ChannelOrder, Order, ProbeOrder
from iontophoresis.control.pulse import Pulse
from iontophoresis.safety.kernel import ChannelConfig
from iontophoresis.safety.limits import EXCISED, VOLTAGE_OPEN_BENCH_UV, Caps, compose
from tests.campaign.actors import Board, Recorder
from tests.campaign.setting import (
    AFTER_MS,
    AREA_CM2,
    ARMED_WAIT_MS,
    CHARGE_LIMIT_PC,
    DENSITY_NA_PER_CM2,
    JITTERED,
    KNOTS,
    LIMIT_NA,
    PAUSE_AT_MS,
    PEAK_NA,
    PHASES,
    PROBE_NA,
    PROGRAM_PHASES,
    SLEW_NA_PER_S,
    SOURCES,
    TICK_MS,
    TIGHT,
    UA,
)
from tests.campaign.world import KilledError, VirtualClock, World, no_garbage_collection


@dataclass(frozen=True, slots=True)
class Case:
    """One session to run; no kind is its paired run without a fault."""

    source: str
    phase: str
    kind: Any = None
    seed: int = 0
    load: str = "resistor"
    barrier_kohm_cm2: float = 20.0
    knots: tuple[tuple[int, int], ...] = KNOTS
    tight: str = ""

    @property
    def peak_na(self):
        """Largest set-point of the profile."""
        return max(abs(level_na) for _, level_na in self.knots)


@dataclass(frozen=True, slots=True)
class Ran:
    """What is left of a session: the ground truth, when the fault came, and what was told."""

    case: Case
    truth: Any
    fault_ms: int | None
    armed_ms: int | None
    outcome: str
    text: str
    alarms: tuple[tuple[int, str], ...]
    rows: list[list[Any]]
    virtual_ms: int

    @property
    def digest(self):
        """Hash of the ground truth and of every row."""
        parts = [self.truth.current_a.tobytes(), self.truth.level_a.tobytes()]
        parts += [bytes(self.truth.output), repr(self.rows).encode()]
        return sha256(b"".join(parts)).hexdigest()


def order_of(case, resource):
    source = SOURCES[case.source]
    common_na = TIGHT["common_current_na"] if case.tight == "common_current_na" else LIMIT_NA
    tight = {} if case.tight in {"", "common_current_na"} else {case.tight: TIGHT[case.tight]}
    wide = dict(
        current_na=LIMIT_NA, density_na_per_cm2=DENSITY_NA_PER_CM2, charge_pc=CHARGE_LIMIT_PC,
        charge_density_pc_per_cm2=300_000_000_000, voltage_uv=source.compliance_uv,
        slew_na_per_s=SLEW_NA_PER_S, on_time_ms=120_000, session_time_ms=120_000,
    )  # fmt: skip
    caps = Caps(**(wide | tight))
    limits = compose(EXCISED, AREA_CM2 * 100_000_000, VOLTAGE_OPEN_BENCH_UV, Caps(), caps, Caps())
    judge = ChannelConfig(
        limits=limits, load_low_ohm=100, load_high_ohm=200_000, judge_load_na=PEAK_NA // 10,
        mismatch_na=0, off_na=10 * UA, voltage_limited_start_ms=5_000,
    )  # fmt: skip
    probe = ProbeOrder(
        current_na=PROBE_NA, compliance_uv=1_000_000, hold_ms=500, max_open_circuit_uv=500_000
    )
    channel = ChannelOrder(
        name="A", resource=resource, driver=case.source, serial=None, peak_na=case.peak_na,
        compliance_uv=source.compliance_uv, probe=probe, judge=judge,
        finish_charge_pc=None, specimen_class="excised",
        smallest_area_um2=AREA_CM2 * 100_000_000,
    )  # fmt: skip
    return Order(
        channels=(channel,), common_current_na=common_na, tick_ms=TICK_MS, stop_ramp_ms=1_000,
        require_interlock=True, protocol_sha256="p", bench_control_ports=(), recorder_port=1,
        recorder_token="r", session_token="s", door_token="d",
    )  # fmt: skip


class Stage:
    """A session about to run; a kind acts on it."""

    def __init__(self, case):
        chance = random.Random(f"{case.source} {case.phase} {case.kind} {case.seed}")
        self.case = case
        self.delay_ms = chance.randint(0, 2 * TICK_MS) if case.phase in JITTERED else 0
        settings = one_instrument(
            SOURCES[case.source].model, load=case.load, seed=case.seed,
            resistance_ohm=round(chance.uniform(5_000, 15_000)), area_cm2=float(AREA_CM2),
            barrier_kohm_cm2=case.barrier_kohm_cm2, lockstep=True, truth_path=None,
        )  # fmt: skip
        self.world = World(settings)
        self.recorder = Recorder(self.world)
        self.fault_ms = None
        by_time = SOURCES[case.source].program
        self.board = Board(self.world, self.recorder, case.knots, self._moments(), by_time=by_time)
        self.board.arms_after_ms = ARMED_WAIT_MS if case.phase == "armed" else 0

    def _moments(self):
        moment = PHASES[self.case.phase]
        if SOURCES[self.case.source].program:
            moment = PROGRAM_PHASES.get(self.case.phase, moment)
        if moment != "paused":
            return {moment: self._strike} if self.case.kind is not None else {}
        return {PAUSE_AT_MS: self._pause}

    def _pause(self):
        self.board.say("operator", k="pause")
        self.board.until_paused(self._when_paused)

    def _when_paused(self):
        if self.case.kind is not None:
            self._strike()

    def _strike(self):
        self.fault_ms = self.world.now_ms + self.delay_ms
        self.case.kind.strike(self)

    def fault(self, name, **arguments):
        """Let something go wrong on the bench, a moment from now."""
        for_ms = arguments.pop("for_ms", None)
        self.world.twin.plan_fault(name, arguments, after_ms=self.delay_ms, for_ms=for_ms)

    @contextlib.contextmanager
    def _in_place(self):
        """Have the guard open its sources here, on this clock."""
        with (
            mock.patch.object(instruments.catalog, "VisaLink", self.world.link),
            mock.patch.object(
                instruments.visa, "time", mock.Mock(monotonic=self.world.monotonic_s)
            ),
            mock.patch.object(guard_module, "RealClock", self._clock),
            mock.patch.object(guard_module, "gc", no_garbage_collection()),
        ):
            yield

    def _clock(self):
        return VirtualClock(self.world)

    def run(self):
        """Run the guard to its end, and the bench a little longer."""
        order = order_of(self.case, self.world.resource)
        with self._in_place():
            self.guard = Guard(order, self.recorder, self.board, Pulse())
            if self.case.phase == "opening" and self.case.kind is not None:
                self._strike()
            with contextlib.suppress(KilledError):
                self.guard.live()
        self.world.live_on((SOURCES[self.case.source].worst_case_off_ms or 2_000) + AFTER_MS)
        alarms = tuple(
            (at_ms, code) for at_ms, severity, code, _ in self.recorder.events
            if severity == "alarm" or code == "refused"
        )  # fmt: skip
        return Ran(
            self.case, self.world.truth, self.fault_ms, self.recorder.armed_ms,
            self.recorder.outcome, self.recorder.text, alarms, self.recorder.rows,
            self.world.now_ms,
        )  # fmt: skip


def run(case):
    """Run a case."""
    return Stage(case).run()
