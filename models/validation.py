"""How the model does on published experiments, with frozen defaults and nothing fitted.

Every case is predicted from its published inputs and scored by the log-ratio to what was measured.
Cases that chose a constant of the model are shown and not counted. ``python -m models.validation``
prints the report.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.constants import FARADAY_C_PER_MOL
from models.donor import Formulation
from models.errors import ModelInputError
from models.profile import Profile
from models.simulation import simulate
from models.skin import Skin
from models.validation_cases import Arm, Case, cases, own_compounds

MEDIAN_AIM = 0.3
"""Stated aim for the median |log10 ratio| of absolute fluxes: a factor of two."""

SHOWN = 1e-6
"""Smaller shares of the largest arm are printed as below it."""

_EDGE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what became of one case.

    Parameters
    ----------
    case : Case
        The experiment.
    predicted : tuple of float
        One number for an absolute flux or a ratio; one per arm, over the largest, for an ordering.
    log10_ratio : float
        Predicted over measured; for an ordering, the narrowest step between neighbors.
    passed : bool
        Whether it lies in the case's band, or the order is right by the margin.
    extrapolated : tuple of str
        How the prediction goes beyond the model's validity.
    """

    case: Case
    predicted: tuple[float, ...]
    log10_ratio: float
    passed: bool
    extrapolated: tuple[str, ...]

    @property
    def predicted_text(self) -> str:
        """Return the prediction in three digits; arms of an ordering are parted by " : "."""
        return " : ".join("<1e-6" if x < SHOWN else f"{x:.3g}" for x in self.predicted)

    @property
    def log10_text(self) -> str:
        """Return the log-ratio with its sign; beyond six decades only that."""
        decades = math.log10(1.0 / SHOWN)
        if abs(self.log10_ratio) > decades:
            return f"{'>' if self.log10_ratio > 0.0 else '<-'}{decades:.0f}"
        return f"{self.log10_ratio:+.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold every outcome, and the score over those that count.

    Parameters
    ----------
    outcomes : tuple of Outcome
        In the order of the file.
    """

    outcomes: tuple[Outcome, ...]

    def counted(self, *kinds: str) -> tuple[Outcome, ...]:
        """Return the outcomes of kinds of cases, without those used for calibration."""
        return tuple(
            each
            for each in self.outcomes
            if each.case.use == "validation" and each.case.kind in kinds
        )

    @property
    def misses(self) -> tuple[Outcome, ...]:
        """Return the counted outcomes outside their band."""
        return tuple(
            each for each in self.counted("absolute", "ratio", "ordering") if not each.passed
        )

    @property
    def median_abs_log10(self) -> float:
        """Return the median |log10 ratio| of the counted absolute fluxes."""
        return float(np.median([abs(each.log10_ratio) for each in self.counted("absolute")]))

    @property
    def meets_aim(self) -> bool:
        """Return whether absolute fluxes meet `MEDIAN_AIM` and every ratio and ordering passes."""
        others = self.counted("ratio", "ordering")
        return self.median_abs_log10 < MEDIAN_AIM and all(each.passed for each in others)

    def summary(self) -> tuple[str, ...]:
        """Return the score in sentences."""
        lines = []
        for kind, words in (
            ("absolute", "absolute fluxes inside their bands"),
            ("ratio", "ratios inside their bands"),
            ("ordering", "orderings right"),
        ):
            group = self.counted(kind)
            lines.append(f"{sum(each.passed for each in group)} of {len(group)} {words}.")
        median = self.median_abs_log10
        verdict = "met" if median < MEDIAN_AIM else "missed"
        lines.append(
            f"Median |log10 ratio| of absolute fluxes {median:.2f}; aim below {MEDIAN_AIM}: {verdict}."
        )
        overall = "met" if self.meets_aim else "missed"
        lines.append(f"The whole aim, this and every ratio and ordering: {overall}.")
        shown = len(self.outcomes) - len(self.counted("absolute", "ratio", "ordering"))
        lines.append(f"{shown} cases chose constants of the model: shown, not counted.")
        return tuple(lines)


def validate(selected: Sequence[Case] | None = None) -> Report:
    """Predict published experiments with the defaults that ship.

    Parameters
    ----------
    selected : sequence of Case, optional
        By default all of `models.validation_cases.cases`.

    Returns
    -------
    Report
    """
    chosen = cases() if selected is None else selected
    return Report(outcomes=tuple(score(case) for case in chosen))


def score(case: Case) -> Outcome:
    """Predict one experiment and hold it against its measured number."""
    reference = {arm.name: _predict(case, arm) for arm in case.references}
    runs = [_predict(case, arm) for arm in case.arms]
    values = [
        value / reference[arm.relative_to][0] if arm.relative_to else value
        for arm, (value, _) in zip(case.arms, runs, strict=True)
    ]
    notes = tuple(dict.fromkeys(line for _, lines in runs for line in lines))
    if case.measured is None:
        steps = [_log10(a) - _log10(b) for a, b in itertools.pairwise(values)]
        predicted = tuple(value / max(values) for value in values)
        ratio = min(steps)
        passed = ratio >= math.log10(case.band_factor)
    else:
        predicted = (values[0] / values[1] if case.kind == "ratio" else values[0],)
        ratio = _log10(predicted[0] / case.measured)
        passed = abs(ratio) <= math.log10(case.band_factor)
    return Outcome(
        case=case, predicted=predicted, log10_ratio=ratio, passed=passed, extrapolated=notes
    )


def _log10(value: float) -> float:
    return math.log10(value) if value > 0.0 else -math.inf


def _predict(case: Case, arm: Arm) -> tuple[float, tuple[str, ...]]:
    """Return an arm's quantity, and how its prediction is extrapolated."""
    skin = Skin.load(
        site=arm.site,
        preparation=arm.preparation,
        perfused=arm.perfused,
        inner_ph=arm.inner_ph,
    )
    donor = Formulation(
        compound=own_compounds().get(arm.compound, arm.compound),
        concentration_mol_per_m3=arm.concentration_mm,
        ph=arm.ph,
        salts_mol_per_m3=arm.salts_mm,
        volume_m3_per_m2=arm.donor_ml_per_cm2 * 1e-2,
    )
    window_s = 3600.0 * np.asarray(arm.window_h)
    solution = simulate(skin, donor, course(arm), at_s=window_s)
    held = sum(
        solution.delivered_mol_per_m2 if name == "delivered" else solution.amount_mol_per_m2[name]
        for name in case.compartments
    )
    gained = float(np.diff(np.asarray(held))[0])
    return _in_unit(case.quantity, gained, arm, donor), solution.extrapolated


def _in_unit(quantity: str, gained_mol_per_m2: float, arm: Arm, donor: Formulation) -> float:
    """Return what was gained in a window, in the unit of a quantity."""
    seconds = 3600.0 * (arm.window_h[1] - arm.window_h[0])
    if quantity == "amount_nmol_per_cm2":
        return gained_mol_per_m2 * 1e5
    if quantity == "flux_nmol_per_cm2_h":
        return gained_mol_per_m2 * 1e5 * 3600.0 / seconds
    if quantity == "flow_ul_per_cm2_h":
        # mol/m2 over mol/m3 is m, and 1 m of donor is 1e5 uL/cm2.
        return gained_mol_per_m2 / arm.concentration_mm * 1e5 * 3600.0 / seconds
    if quantity == "transport_number":
        carried = abs(donor.mean_charge) * FARADAY_C_PER_MOL * gained_mol_per_m2 / seconds
        return carried / abs(10.0 * arm.current_ma_per_cm2)
    raise ModelInputError(f"quantity {quantity!r} has no unit")


def course(arm: Arm) -> Profile:
    """Return an arm's current against time: one stretch or pulses, with edges of a second."""
    density = 10.0 * arm.current_ma_per_cm2
    until = 3600.0 * arm.until_h
    if arm.every_min > 0.0:
        starts = np.arange(0.0, until - 1e-6, 60.0 * arm.every_min)
        stretches = [(start, start + 60.0 * arm.pulse_min) for start in starts]
    else:
        stretches = [(3600.0 * arm.from_h, until)]
    times, currents = [0.0], [0.0]
    for start, end in stretches:
        if start > times[-1]:
            times.append(start)
            currents.append(0.0)
        times += [start + _EDGE_S, end - _EDGE_S, end]
        currents += [density, density, 0.0]
    return Profile(time_s=times, current_density_a_per_m2=currents)


def report_lines(report: Report) -> list[str]:
    """Return the report as plain text, one case a line."""
    lines = [f"{'case':52} {'measured':>9} {'predicted':>18} {'log10':>6}  verdict"]
    for each in report.outcomes:
        measured = "order" if each.case.measured is None else f"{each.case.measured:.3g}"
        verdict = "inside" if each.passed else "MISS"
        verdict += "" if each.case.use == "validation" else " (calibration)"
        lines.append(
            f"{each.case.title:52} {measured:>9} {each.predicted_text:>18} "
            f"{each.log10_text:>6}  {verdict}"
        )
    return [*lines, "", *report.summary()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report_lines(validate())) + "\n")
