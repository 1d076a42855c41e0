"""See in the resistance of one cell that it dries, loosens or breaks down.

Skin falls several-fold when current begins and recovers when it falls again; neither is a fault. So
a resistance is judged only above a tenth of the peak and 30 s after a change of the profile: against
the lowest since then or, where current had been higher, against what the contact probe found.
"""

from collections import deque
from collections.abc import Sequence

from iontophoresis.control.bus import Seen
from iontophoresis.control.journal import Journal
from iontophoresis.control.order import ChannelOrder

STEADY_PARTS = 20
SETTLED_MS = 30_000
GAP_MS = 5_000
"""A longer rest lets skin recover: what follows is judged anew."""
BUCKET_MS = 200
BUCKETS_KEPT = 8
BUCKETS_SHOWN = 2
RISE_PERCENT = 130
RISE_MS = 5_000
STEP_PERCENT = 120
FALL_PERCENT = 67

DRYING = "drying"
DELAMINATION = "delamination"
BREAKDOWN = "breakdown"
WORDS = {
    DRYING: "has risen by more than 30 % for 5 s: an electrode may be drying",
    DELAMINATION: "has risen at once by more than 20 %: an electrode may be coming off",
    BREAKDOWN: "has fallen at once by more than a third: the skin may have broken down",
}

SEVERITIES = {"load": "info", "excised": "warning", "perfused": "alarm"}
ENDING_CLASS = "perfused"


class Trend:
    """Follow one resistance; integers in ms, nA, uV and Ohm.

    Parameters
    ----------
    judge_na : int
        Least current under which a resistance is worth judging, nA.
    """

    def __init__(self, judge_na: int) -> None:
        self._judge_na = max(1, judge_na)
        self.rest_ohm = 0
        self._steady_na = 0
        self._since_ms = self._seen_ms = 0
        self._fell = False
        self._forget()

    def _restart(self, now_ms: int) -> None:
        self._since_ms = self._seen_ms = now_ms
        self._forget()

    def _forget(self) -> None:
        self._sum_ohm = self._count = self._bucket_ms = self._lowest_ohm = 0
        self._risen_ms: int | None = None
        self._means_ohm: deque[int] = deque(maxlen=BUCKETS_KEPT)
        self._told: set[str] = set()

    def see(self, now_ms: int, wanted_na: int, current_na: int, voltage_uv: int) -> str:
        """Take one reading.

        Parameters
        ----------
        wanted_na : int
            The profile's current, nA; a program's ramps to zero and back are none of it.

        Returns
        -------
        str
            `DRYING`, `DELAMINATION` or `BREAKDOWN`, each once in every steady stretch; else empty.
        """
        if abs(wanted_na - self._steady_na) > abs(self._steady_na) // STEADY_PARTS:
            self._fell = abs(wanted_na) < abs(self._steady_na) or wanted_na * self._steady_na < 0
            self._steady_na = wanted_na
            self._restart(now_ms)
        off_profile = abs(current_na - wanted_na) > abs(wanted_na) // STEADY_PARTS
        if off_profile or abs(current_na) < self._judge_na:
            return ""
        if now_ms - self._seen_ms > GAP_MS:
            self._restart(now_ms)
        self._seen_ms = now_ms
        if now_ms - self._since_ms < SETTLED_MS:
            return ""
        self._sum_ohm += abs(voltage_uv) * 1000 // abs(current_na)
        self._count += 1
        if now_ms - self._bucket_ms < BUCKET_MS:
            return ""
        mean_ohm, self._bucket_ms = self._sum_ohm // self._count, now_ms
        self._sum_ohm = self._count = 0
        return self._judge(now_ms, mean_ohm)

    def _judge(self, now_ms: int, ohm: int) -> str:
        self._means_ohm.append(ohm)
        self._lowest_ohm = min(self._lowest_ohm or ohm, ohm)
        floor_ohm = max(self._lowest_ohm, self.rest_ohm) if self._fell else self._lowest_ohm
        if 100 * ohm <= RISE_PERCENT * floor_ohm:
            self._risen_ms = None
        elif self._risen_ms is None:
            self._risen_ms = now_ms
        # Two means at either end, so that one wild reading is no step.
        means_ohm = list(self._means_ohm)
        before, shown = means_ohm[:BUCKETS_SHOWN], means_ohm[-BUCKETS_SHOWN:]
        found = ""
        if 100 * min(shown) > STEP_PERCENT * max(before):
            found = DELAMINATION
        elif 100 * max(shown) < FALL_PERCENT * min(before):
            found = BREAKDOWN
        elif self._risen_ms is not None and now_ms - self._risen_ms >= RISE_MS:
            found = DRYING
        if found in self._told:
            return ""
        self._told.add(found)
        return found


class Trends:
    """Follow the resistance of every channel; `ends` once a class ends for what one showed."""

    def __init__(self, channels: Sequence[ChannelOrder]) -> None:
        self._channels = channels
        self._trends = [Trend(channel.judge.judge_load_na) for channel in channels]
        self.ends = False

    def rest(self, index: int, ohm: int) -> None:
        """Note the resistance that the contact probe found, Ohm."""
        self._trends[index].rest_ohm = ohm

    def see(
        self, t_ms: int, wanted_na: Sequence[int], seen: Sequence[Seen], journal: Journal
    ) -> None:
        """Take the readings of one tick or point, and tell of what they show."""
        for channel, trend, wanted, one in zip(
            self._channels, self._trends, wanted_na, seen, strict=True
        ):
            read = one.reading
            if not read.valid or one.blind:
                continue
            found = trend.see(t_ms, wanted, read.current_na, read.voltage_uv)
            if found:
                name = f"channel {channel.name}"
                ends = tell(journal, t_ms, name, channel.specimen_class, found)
                self.ends = self.ends or ends


def tell(journal: Journal, t_ms: int, name: str, specimen_class: str, found: str) -> bool:
    """Record what a resistance shows; return whether the specimen's class ends for it.

    A load's is kept, excised tissue's annotated, and for perfused tissue the current ramps down.
    """
    text = f"{name}: its resistance {WORDS[found]}"
    journal.event(t_ms, SEVERITIES[specimen_class], found, text)
    return specimen_class == ENDING_CLASS
