"""The live estimate: charge exactly, amounts per layer with the band of the parameter ensemble.

The model is stepped on *measured* current. Voltage and resistance say nothing about which ion
carries the current, so they do not narrow the band.
"""

import models
from iontophoresis.ordering import shown_prediction
from iontophoresis.plan import Plan, PlannedCell, Prediction
from iontophoresis.units import A_PER_M2_PER_MA_PER_CM2, NA_PER_MA, ug_per_cm2_from_mol_per_m2
from iontophoresis.watching import Band
from models import Formulation

STEP_MS = 1_000
DRAWS = 64
SEED = 1
QUANTILES = (0.05, 0.5, 0.95)


class LiveDose:
    """Estimate what has arrived in one cell of a channel, per area."""

    def __init__(self, cell: PlannedCell, prediction: Prediction, formulation: Formulation) -> None:
        self._molar_mass_g_per_mol = formulation.active.molar_mass_g_per_mol
        sign = -1.0 if formulation.active_pole == "cathode" else 1.0
        self._na_to_a_per_m2 = sign * A_PER_M2_PER_MA_PER_CM2 / (NA_PER_MA * cell.cell.area_cm2)
        self._ensemble = models.LiveEnsemble(prediction.skin, formulation, draws=DRAWS, seed=SEED)
        self._waiting_na_ms = 0
        self._since_ms: int | None = None
        self._last_ms = 0
        self._measured_na = 0

    def add(self, t_ms: int, current_na: int) -> bool:
        """Book a measured current, which has flowed until the next one comes.

        Parameters
        ----------
        t_ms : int
            Session time of the reading.
        current_na : int
            Measured current.

        Returns
        -------
        bool
            True when the estimate was stepped.
        """
        if self._since_ms is None:
            self._since_ms = self._last_ms = t_ms
        self._waiting_na_ms += self._measured_na * (t_ms - self._last_ms)
        self._last_ms, self._measured_na = t_ms, current_na
        if t_ms - self._since_ms < STEP_MS:
            return False
        self._step(t_ms)
        return True

    def finish(self) -> None:
        """Step what still waits."""
        if self._since_ms is not None and self._last_ms > self._since_ms:
            self._step(self._last_ms)

    def _step(self, t_ms: int) -> None:
        start_ms = self._since_ms or 0
        mean_na = self._waiting_na_ms / (t_ms - start_ms)
        self._ensemble.advance((t_ms - start_ms) / 1000, mean_na * self._na_to_a_per_m2)
        self._since_ms, self._waiting_na_ms = t_ms, 0

    def quantiles_mol_per_m2(self, layer: str) -> tuple[float, ...]:
        """Return the 5, 50 and 95 % points of the amount in a layer, mol/m2."""
        return self._ensemble.quantiles(layer, QUANTILES)

    def band(self, layer: str) -> Band:
        """Return the amount in a layer, ug/cm2."""
        low, median, high = (
            ug_per_cm2_from_mol_per_m2(amount, self._molar_mass_g_per_mol)
            for amount in self.quantiles_mol_per_m2(layer)
        )
        return Band(low_ug_per_cm2=low, median_ug_per_cm2=median, high_ug_per_cm2=high)


def live_dose(plan: Plan, index: int) -> LiveDose | None:
    """Begin an estimate for the first cell of a channel; None where there is no donor."""
    channel = plan.channels[index]
    cell, shown = channel.cells[0], shown_prediction(plan, channel)
    if shown is None or cell.formulation is None:
        return None
    return LiveDose(cell, shown, cell.formulation)
