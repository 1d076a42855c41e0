"""Join source, wiring, load and ground truth, and bring them up to a moment when asked.

Nothing runs between two messages: the circuit catches up lazily, in steps of at most a millisecond
that end on the milliseconds of the recording.
"""

from __future__ import annotations

import random
from array import array
from dataclasses import replace

from instruments.emulation.load import Drive, Load, Wiring, seen_through, solve
from instruments.emulation.truth import FLAG_LIMITED, FLAG_OUTPUT, TruthRecorder

__all__ = ["Circuit"]

_OPEN_LEAD_OHM = 1e12
_CHATTER_MS = (5, 200)


class Circuit:
    """Hold everything outside the source's terminals.

    Parameters
    ----------
    load : Load
        What the leads go to.
    truth : TruthRecorder or None
        Receives a sample every millisecond.
    seed : int
        Seed of what happens by chance: a chattering contact.
    timed : bool
        Relays and the like take their time; False where measurements take none either.
    """

    def __init__(
        self,
        load: Load,
        truth: TruthRecorder | None,
        *,
        seed: int = 0,
        timed: bool = False,
    ) -> None:
        self.load = load
        self.wiring = Wiring()
        self.drive = Drive()
        self.programmed = 0.0
        self.output_on = False
        self._truth = truth
        self._now_us = 0
        self._chance = random.Random(f"contact {seed}")  # noqa: S311 - a bad contact is no secret
        self._chatter_next_us: int | None = None
        self._lead_open = False
        self._lead_ohm = self.wiring.series_ohm
        self._leak_siemens = 0.0
        self._swapped = False
        self._timed = timed
        self._disturbance = Drive()
        self._disturbed_until_us = 0

    @property
    def now_us(self) -> int:
        """Give the moment it has been brought to, us."""
        return self._now_us

    def catch_up(self, to_us: int) -> None:
        """Integrate up to a moment under the present drive.

        Parameters
        ----------
        to_us : int
            Moment, us; one in the past changes nothing.
        """
        if self._now_us < self._disturbed_until_us:
            self._through_chatter(min(to_us, self._disturbed_until_us))
        self._through_chatter(to_us)

    def _through_chatter(self, to_us: int) -> None:
        while self._chatter_next_us is not None and self._chatter_next_us <= to_us:
            moment = self._chatter_next_us
            self._integrate(moment)
            self.open_lead(open_=not self._lead_open)
            self._chatter_next_us = moment + 1000 * self._chance.randint(*_CHATTER_MS)
        self._integrate(to_us)

    def _integrate(self, to_us: int) -> None:
        if to_us <= self._now_us:
            return
        self._partial(min(to_us, -(-self._now_us // 1000) * 1000))
        if steps := (to_us - self._now_us) // 1000:
            self._steps(steps, 1000, recorded=True)
        self._partial(to_us)

    def _partial(self, to_us: int) -> None:
        if to_us > self._now_us:
            self._steps(1, to_us - self._now_us, recorded=to_us % 1000 == 0)

    def _steps(self, count: int, step_us: int, *, recorded: bool) -> None:
        current_a, voltage_v = array("d"), array("d")
        drive = self._acting()
        if self._swapped:
            drive = replace(drive, level=-drive.level)
        self.load.run(count, step_us * 1e-6, drive, self.wiring, current_a, voltage_v)
        self._now_us += count * step_us
        if recorded and self._truth is not None:
            limited = self.output_on and self.working_point()[2]
            self._truth.extend(
                current_a,
                voltage_v,
                level_a=self.programmed,
                flags=FLAG_OUTPUT * self.output_on + FLAG_LIMITED * limited,
            )

    def _acting(self) -> Drive:
        return self._disturbance if self._now_us < self._disturbed_until_us else self.drive

    def working_point(self) -> tuple[float, float, bool]:
        """Find current, voltage and limit of this moment.

        Returns
        -------
        current_a, voltage_v : float
            A out of HI, V between the terminals.
        limited : bool
            The source's limit holds.
        """
        emf, ohm = self.load.terminals()
        emf = -emf if self._swapped else emf
        return solve(self._acting(), *seen_through(self.wiring, emf, ohm))

    def cell_voltages(self) -> tuple[float, ...]:
        """Measure over each cell in series, as meters at the cells do.

        Returns
        -------
        tuple of float
            V, from HI to LO.
        """
        current, voltage, _ = self.working_point()
        current -= voltage * self.wiring.shunt_siemens
        return self.load.cell_voltages(-current if self._swapped else current)

    def disturb(self, drive: Drive, for_us: int) -> None:
        """Let the source do something else for a while: a spike, a relay that still moves.

        Parameters
        ----------
        drive : Drive
            What it does.
        for_us : int
            How long, us.
        """
        self._disturbance = drive
        self._disturbed_until_us = self._now_us + for_us

    def close_relay(self, took_s: float) -> None:
        """Stay open while a relay closes, where relays take time.

        Parameters
        ----------
        took_s : float
            How long, s.
        """
        if self._timed:
            self.disturb(Drive(), round(took_s * 1e6))

    def swap_leads(self, *, swapped: bool) -> None:
        """Exchange the leads at the load.

        Parameters
        ----------
        swapped : bool
            True for HI at the end where LO belongs; what is recorded is as the load sees it.
        """
        self._swapped = swapped

    def leak(self, siemens: float) -> None:
        """Give the current a way around the return lead: earth, or a bath that cells share.

        Parameters
        ----------
        siemens : float
            Its conductance, S; 0 takes it away.
        """
        self._leak_siemens = siemens
        self.open_lead(open_=self._lead_open)

    def open_lead(self, *, open_: bool) -> None:
        """Open or close the lead.

        Parameters
        ----------
        open_ : bool
            True opens it.
        """
        self._lead_open = open_
        ohm = _OPEN_LEAD_OHM if open_ else self._lead_ohm
        self.wiring.series_ohm = ohm / (1.0 + ohm * self._leak_siemens)

    def insert(self, ohm: float) -> None:
        """Put a shunt into the current's path for good.

        Parameters
        ----------
        ohm : float
            Its resistance, Ohm.
        """
        self._lead_ohm += ohm
        self.open_lead(open_=self._lead_open)

    def chatter(self, *, on: bool) -> None:
        """Let the lead open and close at random, every 5 to 200 ms, or stop that.

        Parameters
        ----------
        on : bool
            True starts it; False leaves the lead closed.
        """
        self._chatter_next_us = self._now_us if on else None
        if not on:
            self.open_lead(open_=False)

    def short(self, siemens: float) -> None:
        """Bridge the leads at the source.

        Parameters
        ----------
        siemens : float
            Conductance of the bridge, S; 0 takes it away.
        """
        self.wiring.shunt_siemens = siemens

    def flush(self) -> None:
        """Bring the recording into its file."""
        if self._truth is not None:
            self._truth.flush()

    def close(self) -> None:
        """Close the recording."""
        if self._truth is not None:
            self._truth.close()
