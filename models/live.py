"""An ensemble stepped on measured current while a session runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.assembly import assemble
from models.bounds import finite, known, positive, within
from models.donor import Formulation
from models.draws import Draws
from models.grid import BAND_ELEMENTS, graded
from models.skin import Skin
from models.solution import COMPARTMENTS
from models.stepping import GAMMA, Stepper, initial_state
from models.transport import Operator

FloatArray = NDArray[np.float64]
LIVE_STEP_S = 10.0


class LiveEnsemble:
    """Step an ensemble on measured current, while a session runs.

    Parameters
    ----------
    skin, formulation : Skin, Formulation
        As in `simulate`.
    draws, seed : int
        As in `simulate_ensemble`.
    """

    def __init__(
        self, skin: Skin, formulation: Formulation, *, draws: int = 64, seed: int = 1
    ) -> None:
        sample = Draws.sample(skin, formulation, draws=draws, seed=seed)
        self._parts = assemble(skin, formulation, sample)
        grid = graded(self._parts.stack.names, elements=BAND_ELEMENTS)
        self._operator = Operator(self._parts.stack, grid)
        self._stepper = Stepper(self._operator)
        self._state = initial_state(self._operator)
        self._conductance = self._parts.opening.rest_s_per_m2
        self._ions = self._parts.competition.start()
        self._time_s = 0.0

    @property
    def time_s(self) -> float:
        """Return the time stepped so far, s."""
        return self._time_s

    def advance(self, duration_s: float, current_density_a_per_m2: float) -> None:
        """Step all draws on a constant current density.

        Parameters
        ----------
        duration_s : float
            How long, s; stretches above 10 s are cut into equal steps.
        current_density_a_per_m2 : float
            Measured current density, A/m^2, positive out of the donor.

        Raises
        ------
        ModelInputError
            If the duration is not positive or the current not finite.
        """
        duration = positive("duration_s", duration_s)
        current = finite("current_density_a_per_m2", current_density_a_per_m2)
        count = max(int(np.ceil(duration / LIVE_STEP_S)), 1)
        for _ in range(count):
            self._step(duration / count, current)

    def amounts(self, layer: str) -> FloatArray:
        """Return the amount in a compartment, (n_draw,) in mol/m^2.

        Raises
        ------
        ModelInputError
            If the compartment is unknown.
        """
        known("layer", layer, COMPARTMENTS)
        names, s = self._parts.stack.names, self._state.s
        if layer == "donor":
            return self._parts.stack.donor_volume_m * s[:, 0]
        if layer == "cleared":
            return self._state.cleared
        if layer == "receptor":
            return self._state.received
        if layer not in names or self._time_s == 0.0:
            return np.zeros(len(s))
        amount: FloatArray = (self._operator.weights_m[names.index(layer)] * s).sum(axis=1)
        return amount

    def quantiles(self, layer: str, q: Sequence[float]) -> tuple[float, ...]:
        """Return quantiles over the draws of the amount in a compartment, mol/m^2."""
        checked = [within("q", value, 0.0, 1.0) for value in q]
        return tuple(float(v) for v in np.quantile(self.amounts(layer), checked))

    def _step(self, step_s: float, current: float) -> None:
        opening, competition = self._parts.opening, self._parts.competition
        path = opening.relax(
            self._conductance, current, current, step_s, np.array([GAMMA * step_s, step_s])
        )
        forward = current * (1.0 if competition.mean_charge > 0.0 else -1.0)
        ions = competition.advance(self._ions, forward * step_s)
        before, after = competition.mobility(self._ions), competition.mobility(ions)
        rest = opening.rest_s_per_m2
        forcing = (
            (current, path[:, 0] / rest, before + GAMMA * (after - before)),
            (current, path[:, 1] / rest, after),
        )
        # Measured current jumps from one call to the next.
        self._stepper.begin(self._state, (current, self._conductance / rest, before))
        self._state, _ = self._stepper.step(self._state, step_s, forcing, with_error=False)
        self._conductance, self._ions = path[:, 1], ions
        self._time_s += step_s
