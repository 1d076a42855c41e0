"""The report on published experiments: complete entries, an honest score, misses that stay."""

from __future__ import annotations

import dataclasses
import math

import pytest

from models.errors import ModelInputError
from models.validation import Report, course, report_lines, score, validate
from models.validation_cases import Case, _arm, _band, _check_arms, cases


@pytest.fixture(scope="module")
def report() -> Report:
    return validate()


def case(key: str) -> Case:
    return next(each for each in cases() if each.key == key)


def test_every_case_names_source_inputs_and_what_was_assumed() -> None:
    assert len({each.key for each in cases()}) == len(cases()) >= 20
    for each in cases():
        assert each.source.read in {"full", "excerpt", "abstract", "secondary"}
        assert each.source.author
        assert each.spread
        assert each.assumed
        assert (each.measured is None) == (each.kind == "ordering")


def test_cases_that_chose_a_constant_are_not_counted(report: Report) -> None:
    chose = {each.key for each in cases() if each.use == "calibration"}
    assert {"fentanyl_dose", "sodium_limit", "small_cations", "mannitol_pig_reversal"} == chose
    counted = {each.case.key for each in report.counted("absolute", "ratio", "ordering")}
    assert not counted & chose
    assert len(counted) + len(chose) == len(cases())


def test_absolute_fluxes_meet_the_stated_aim(report: Report) -> None:
    assert report.median_abs_log10 < 0.3


def test_no_case_is_missed_that_was_met_before(report: Report) -> None:
    """What the first frozen defaults missed; leaving this list is progress, joining it is not."""
    assert {each.case.key for each in report.misses} <= {
        "glycine_mouse",
        "dexamethasone_phosphate_fourfold",
        "apomorphine_salt",
        "apomorphine_acid",
        "mannitol_passive_after",
        "glycine_passive_after",
        "caffeine_poles",
    }
    text = "\n".join(report_lines(report))
    assert text.count("MISS") == len(report.misses)
    assert ("every ratio and ordering: met" in text) == report.meets_aim


def test_a_wrong_measurement_would_be_a_miss() -> None:
    right = case("mannitol_mouse")
    assert right.measured is not None
    assert score(right).passed
    wrong = dataclasses.replace(right, measured=10.0 * right.measured)
    assert not score(wrong).passed
    assert score(wrong).log10_ratio == pytest.approx(score(right).log10_ratio - 1.0)


def test_a_reversed_order_would_be_a_miss() -> None:
    right = case("mannitol_reversal")
    reversed_arms = dataclasses.replace(right, arms=right.arms[::-1])
    assert score(right).passed
    assert not score(reversed_arms).passed
    assert score(reversed_arms).log10_ratio == pytest.approx(-score(right).log10_ratio)


def test_ratio_is_of_the_first_arm_over_the_second() -> None:
    right = case("fentanyl_current")
    turned = dataclasses.replace(right, arms=right.arms[::-1], measured=1.0)
    assert score(turned).predicted[0] == pytest.approx(1.0 / score(right).predicted[0])


def test_pulses_pass_their_charge() -> None:
    arm = case("fentanyl_first_hour").arms[0]
    profile = course(arm)
    # 22 pulses of 600 s at 0.63 A/m2, with edges of 1 s either side.
    assert profile.unsigned_charge_c_per_m2 == pytest.approx(22 * 599 * 0.63, rel=1e-6)


def test_transport_number_is_charge_carried_by_the_drug() -> None:
    """Counted in the donor, sodium's share lies a little above what migration alone gives."""
    donor_side = dataclasses.replace(case("sodium_limit"), compartments=("delivered",))
    assert 0.6 < score(donor_side).predicted[0] < 0.7


@pytest.mark.parametrize(
    ("kind", "count"), [("absolute", 2), ("ratio", 1), ("ratio", 3), ("ordering", 1)]
)
def test_arms_that_do_not_fit_the_kind_are_refused(kind: str, count: int) -> None:
    with pytest.raises(ModelInputError, match=f"{count} arms"):
        _check_arms("here", kind, count)


def test_bad_entries_are_refused() -> None:
    with pytest.raises(ModelInputError, match="must be above 1"):
        _band("here", 1.0)
    with pytest.raises(ModelInputError, match="unknown keys"):
        _arm("here", {"window_h": [0.0, 1.0], "curent": 1.0})
    with pytest.raises(ModelInputError, match="no window_h"):
        _arm("here", {})


def test_nothing_vanishes_from_the_table(report: Report) -> None:
    assert all(math.isfinite(each.log10_ratio) for each in report.outcomes)
    lines = report_lines(report)
    assert all(any(each.case.title in line for line in lines) for each in report.outcomes)
