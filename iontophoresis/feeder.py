"""Send the guard its set-points a little ahead, and begin again after a pause.

Only a short horizon is ever sent, so that a decision taken here (a predicted amount is reached)
takes effect at once; a source that plays programs asks for one as long as they are. After a pause the profile goes on from the charge that was delivered, behind
a new ramp; time is never replayed.
"""

from itertools import pairwise

from iontophoresis.profile import Waveform

HORIZON_MS = 2_000
MS_PER_S = 1_000
SEARCH_ROUNDS = 40

Knot = tuple[int, int]


class Feeder:
    """Hand out the knots of every channel's profile, up to the horizon."""

    def __init__(self, waveforms: tuple[Waveform, ...]) -> None:
        self._lines = tuple(waveform.knots for waveform in waveforms)
        self._sent_ms = 0
        self.offset_ms = 0
        self.horizon_ms = HORIZON_MS

    @property
    def end_ms(self) -> int:
        """Position at which every channel's profile has ended."""
        return self.offset_ms + max(line[-1][0] for line in self._lines)

    def next_knots(self, position_ms: int) -> list[list[int]]:
        """Return knots to send now: none while the guard has enough ahead of it."""
        ahead_ms = self._sent_ms - position_ms
        if ahead_ms >= self.horizon_ms // 2 or self._sent_ms >= self.end_ms:
            return []
        until_ms = min(position_ms + self.horizon_ms, self.end_ms)
        corners = {t + self.offset_ms for line in self._lines for t, _ in line}
        times = sorted(t for t in corners if self._sent_ms < t < until_ms)
        self._sent_ms = until_ms
        return [self._knot(t) for t in [*times, until_ms]]

    def resume(self, remaining: tuple[tuple[Knot, ...], ...], position_ms: int) -> None:
        """Go on with new lines from `position_ms`."""
        self._lines = remaining
        self.offset_ms = self._sent_ms = position_ms

    def _knot(self, t_ms: int) -> list[int]:
        return [t_ms, *(current_at(line, t_ms - self.offset_ms) for line in self._lines)]


def current_at(line: tuple[Knot, ...], t_ms: int) -> int:
    """Return the current of a piecewise-linear line, nA; zero after its end."""
    for (t0, a), (t1, b) in pairwise(line):
        if t0 <= t_ms < t1:
            sign = -1 if a + b < 0 else 1
            return sign * (sign * a + sign * (b - a) * (t_ms - t0) // (t1 - t0))
    return line[-1][1]


def remaining_line(waveform: Waveform, delivered_pc: int, slew_na_per_s: int) -> tuple[Knot, ...]:
    """Return what is left of a profile after `delivered_pc`, behind a ramp from zero.

    The ramp's own charge replaces the same charge of the profile, so that the whole session ends
    at the planned charge.

    Raises
    ------
    ValueError
        If more was delivered than the profile carries.
    """
    start_ms = waveform.time_at_charge(delivered_pc)
    low, high = start_ms, waveform.duration_ms
    for _ in range(SEARCH_ROUNDS):
        middle = (low + high) // 2
        joined_na = abs(waveform.current_at(middle))
        ramp_pc = _ramp_ms(joined_na, slew_na_per_s) * joined_na
        skipped_pc = waveform.charge_at(middle) - delivered_pc
        low, high = (middle, high) if 2 * skipped_pc < ramp_pc else (low, middle)
        if high - low <= 1:
            break
    joins_ms, current_na = high, waveform.current_at(high)
    ramp_ms = _ramp_ms(current_na, slew_na_per_s)
    later = tuple((t - joins_ms + ramp_ms, i) for t, i in waveform.knots if t > joins_ms)
    line = ((0, 0), (ramp_ms, current_na), *later) if current_na else ((0, 0), *later)
    return line if len(line) > 1 else ((0, 0), (1, 0))


def _ramp_ms(current_na: int, slew_na_per_s: int) -> int:
    return -(-abs(current_na) * MS_PER_S // slew_na_per_s)
