"""Any sequence of operator, session and source events on two channels keeps what must hold."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from iontophoresis.safety import kernel
from iontophoresis.safety.kernel import ChannelConfig, ChannelReading, Config, Reading, Request
from iontophoresis.safety.limits import ChannelLimits
from iontophoresis.safety.reactions import Action, Phase

TICK_MS, STOP_RAMP_MS = 50, 1_000
LIMITS = ChannelLimits(
    1_000_000, 900_000, 600_000_000, 500_000_000, 35_000_000, 4_000_000, 60_000, 90_000
)
CELL = ChannelConfig(LIMITS, 0, 10**9, 50_000, 2_000, 5_000, 500)
CONFIG = Config((CELL, CELL), 1_200_000, TICK_MS, STOP_RAMP_MS)
ENDED = {Phase.DONE, Phase.TRIPPED}
levels = st.one_of(st.integers(0, 220_000), st.integers(-(10**7), 10**7))


class Session(RuleBasedStateMachine):
    """A session whose source obeys, lies or is gone, and whose operator does anything."""

    def __init__(self) -> None:
        super().__init__()
        self.state = kernel.initial(2, 0)
        self.previous = self.state
        self.decision = kernel.Decision((0, 0), Action.NONE, 0)
        self.was_running = self.resumed = False
        self.excess_pc = [0, 0]
        self.ended = False

    @initialize(probe_pc=st.integers(0, 10**6))
    def begin(self, probe_pc: int) -> None:
        armed = kernel.arm(kernel.check(self.state, "p"), "p")
        self.state = self.previous = kernel.book(kernel.start(armed, 0), (probe_pc, probe_pc))

    def tick(self, targets, seen=None, dt_ms=TICK_MS, finish=(), **asked) -> None:
        kind = dict(pause=False, stop=False, zero=False, starved=False)
        request = Request(targets, **(kind | asked), session_silent_ms=0, recorder_silent_ms=0,
                          finish=finish)  # fmt: skip
        levels_na = [channel.applied_na for channel in self.state.channels]
        measured = levels_na if seen is None else seen
        cells = tuple(ChannelReading(True, True, 0, one, False, True) for one in measured)
        reading = Reading(self.state.now_ms + dt_ms, 0, True, True, True, cells)
        self.previous, self.resumed = self.state, False
        for index, (level, one) in enumerate(zip(levels_na, measured, strict=True)):
            late_pc = self.state.channels[index].measured_na * max(0, dt_ms - TICK_MS)
            self.excess_pc[index] += late_pc + max(0, abs(one) - abs(level)) * TICK_MS
        self.state, self.decision = kernel.step(CONFIG, self.state, request, reading)

    def near(self, rises):
        pairs = zip(self.state.channels, rises, strict=True)
        return tuple(channel.applied_na + rise for channel, rise in pairs)

    @rule(rises=st.tuples(levels, levels), dt_ms=st.integers(1, 200), repeat=st.integers(1, 8))
    def ask(self, rises, dt_ms, repeat) -> None:
        for _ in range(repeat):
            self.tick(self.near(rises), dt_ms=dt_ms)

    @rule(rises=st.tuples(levels, levels), seen=st.tuples(levels, levels))
    def the_source_lies(self, rises, seen) -> None:
        self.tick(self.near(rises), seen=seen)

    @rule(rises=st.tuples(levels, levels), word=st.sampled_from(["pause", "stop", "starved"]))
    def the_operator_or_the_feed(self, rises, word) -> None:
        self.tick(self.near(rises), **{word: True})

    @rule(finish=st.tuples(st.booleans(), st.booleans()))
    def a_goal_is_reached(self, finish) -> None:
        self.tick(self.near((0, 0)), finish=finish)

    @rule(ticks=st.integers(1, 30))
    def time_passes(self, ticks) -> None:
        for _ in range(ticks):
            self.tick(self.near((0, 0)))

    @rule()
    def resume(self) -> None:
        if self.state.phase == Phase.PAUSED:
            self.state = kernel.resume(self.state, self.state.now_ms)
            self.previous, self.resumed = self.state, True

    @invariant()
    def every_limit_holds(self) -> None:
        sizes = [abs(channel.applied_na) for channel in self.state.channels]
        assert max(sizes) <= 900_000
        assert sum(sizes) <= 1_200_000

    @invariant()
    def charge_stays_inside_but_for_what_the_source_did(self) -> None:
        for channel, excess_pc in zip(self.state.channels, self.excess_pc, strict=True):
            assert channel.charge_pc <= 500_000_000 + excess_pc

    @invariant()
    def current_rises_no_faster_than_allowed(self) -> None:
        for before, after in zip(self.previous.channels, self.state.channels, strict=True):
            assert abs(after.applied_na) <= abs(before.applied_na) + 200_001

    @invariant()
    def ended_is_zero_for_good(self) -> None:
        self.ended = self.ended or self.state.phase in ENDED
        if self.ended:
            assert self.state.phase in ENDED
            assert self.decision.targets_na == (0, 0)

    @invariant()
    def only_a_running_session_runs_on(self) -> None:
        if self.state.phase == Phase.RUNNING:
            assert self.previous.phase == Phase.RUNNING


Session.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestSession = pytest.mark.generated(Session.TestCase)
