"""The literals, restated independently of the code that holds them, and their composition."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.safety import limits
from iontophoresis.safety.limits import NOT_NAMED, Caps, compose

MA = 1_000_000
COULOMB = 10**12
RESTATED = {
    # class: current mA, density mA/cm2, charge C, charge density C/cm2, on h, session h
    "load": (20, 10, 2000, None, 72, 96),
    "excised": (10, 4, 200, 90, 48, 96),
    "perfused": (5, 0.5, 20, 15, 8, 12),
}
CM2 = 100_000_000
EVERYTHING = Caps(*(10**18 for _ in Caps._fields))


@pytest.mark.parametrize("name", RESTATED)
def test_the_literals_are_those_of_the_page(name):
    current, density, charge, charge_density, on_h, session_h = RESTATED[name]
    found = limits.class_limits(name)
    assert found.current_na.absolute == current * MA
    assert found.density_na_per_cm2.absolute == density * MA
    assert found.charge_pc.absolute == charge * COULOMB
    expected = NOT_NAMED if charge_density is None else charge_density * COULOMB
    assert found.charge_density_pc_per_cm2.absolute == expected
    assert found.on_time_ms.absolute == on_h * 3_600_000
    assert found.session_time_ms.absolute == session_h * 3_600_000


def test_every_guardrail_names_its_unit_and_what_is_recommended():
    none = NOT_NAMED
    hour = 3_600_000
    restated = {
        "load": [
            (20 * MA, 20 * MA, "nA"), (10 * MA, 10 * MA, "nA/cm2"),
            (2000 * COULOMB, 2000 * COULOMB, "pC"), (none, none, "pC/cm2"),
            (72 * hour, 72 * hour, "ms"), (96 * hour, 96 * hour, "ms"),
        ],
        "excised": [
            (10 * MA, 10 * MA, "nA"), (4 * MA, MA // 2, "nA/cm2"),
            (200 * COULOMB, 48 * COULOMB // 10, "pC"), (90 * COULOMB, 18 * COULOMB // 10, "pC/cm2"),
            (48 * hour, hour, "ms"), (96 * hour, 96 * hour, "ms"),
        ],
        "perfused": [
            (5 * MA, 5 * MA, "nA"), (MA // 2, MA // 2, "nA/cm2"),
            (20 * COULOMB, 48 * COULOMB // 10, "pC"), (15 * COULOMB, 18 * COULOMB // 10, "pC/cm2"),
            (8 * hour, hour, "ms"), (12 * hour, 12 * hour, "ms"),
        ],
    }  # fmt: skip
    for name, rails in restated.items():
        found = [(rail.absolute, rail.recommended, rail.unit) for rail in limits.CLASSES[name][:6]]
        assert found == rails
    assert NOT_NAMED == -1
    assert sorted(limits.CLASSES) == sorted(restated)


def test_what_a_class_does_not_bound_is_not_named():
    load, excised, perfused = limits.LOAD, limits.EXCISED, limits.PERFUSED
    assert load[6:] == ((CM2 // 100, 200 * CM2), (-1, -1), 20 * MA, -1, 100_000, -1, -1)
    assert excised[8:] == (-1, 5 * MA, -1, 5_000, MA)
    assert perfused[8:] == (-1, MA // 20, -1, 5_000, MA)
    assert Caps() == (-1,) * 8
    guarded = limits.Guardrail(2, 2, "nA")
    assert guarded.recommended == guarded.absolute == 2
    with pytest.raises(ValueError, match="recommended -2"):
        limits.Guardrail(2, -2, "nA")


def test_a_guardrail_cannot_be_changed():
    rail = limits.Guardrail(2, 1, "nA")
    with pytest.raises(FrozenInstanceError):
        rail.absolute = 3
    assert not hasattr(rail, "__dict__")


def test_density_and_slew_are_of_the_smallest_area_rounded_down():
    found = compose(limits.EXCISED, 150_000_001, 35 * MA, Caps(), EVERYTHING, Caps())
    assert (found.density_na, found.slew_na_per_s) == (6_000_000, 7_500_000)
    assert found.charge_density_pc == 135_000_000_900_000
    found = compose(limits.LOAD, CM2, 60 * MA, Caps(), EVERYTHING, Caps())
    assert (found.slew_na_per_s, found.voltage_uv) == (20 * MA, 60 * MA)
    assert found.charge_density_pc == 10**18, "a load's charge density is the protocol's own"


def test_a_limit_named_zero_is_zero_whoever_names_it():
    zero = Caps(*(0 for _ in Caps._fields))
    for owners in ((zero, EVERYTHING, Caps()), (Caps(), zero, Caps()), (Caps(), EVERYTHING, zero)):
        assert set(compose(limits.LOAD, CM2, 35 * MA, *owners)) == {0}


def test_the_refusal_of_a_living_specimen_says_why_and_what_else():
    assert limits.LIVING_REFUSED == (
        "a living specimen is refused: a mains source-measure unit is rated for dry benches, "
        "its LO terminal may float at a hazardous voltage, and it is no medical device. Use "
        "'load', 'excised' or 'perfused' (ex-vivo tissue)"
    )
    with pytest.raises(KeyError):
        limits.class_limits("unknown")


def test_areas_slews_probes_and_windows_are_those_of_the_page():
    assert [limits.CLASSES[name].area_um2 for name in RESTATED] == [
        (CM2 // 100, 200 * CM2), (CM2 // 50, 100 * CM2), (CM2 // 10, 100 * CM2),
    ]  # fmt: skip
    assert limits.LOAD.slew_na_per_s == 20 * MA
    assert limits.EXCISED.slew_na_per_s_per_cm2 == 5 * MA
    assert limits.PERFUSED.slew_na_per_s_per_cm2 == MA // 20
    assert limits.EXCISED.load_ohm_cm2 == (200, 1_500_000)
    assert limits.PERFUSED.load_ohm_cm2 == (300, 500_000)
    assert limits.LOAD.probe_na == 100_000
    assert (limits.EXCISED.probe_na_per_cm2, limits.EXCISED.probe_uv) == (5_000, 1_000_000)
    assert (limits.VOLTAGE_OPEN_BENCH_UV, limits.VOLTAGE_GUARDED_UV) == (35 * MA, 60 * MA)


@pytest.mark.parametrize("name", ["excised", "perfused"])
def test_absolute_contains_recommended(name):
    found = limits.class_limits(name)
    for field in ("current_na", "density_na_per_cm2", "charge_pc", "charge_density_pc_per_cm2"):
        rail = getattr(found, field)
        assert 0 <= rail.recommended <= rail.absolute


def test_a_recommendation_above_the_absolute_limit_cannot_be_written():
    with pytest.raises(ValueError, match="recommended 3 is not within 2"):
        limits.Guardrail(2, 3, "nA")


def test_a_living_specimen_is_refused_by_name():
    with pytest.raises(limits.LivingSpecimenError, match="no medical device"):
        limits.class_limits("living")


def test_a_limit_the_protocol_does_not_name_is_zero():
    found = compose(limits.EXCISED, CM2, 35 * MA, Caps(), Caps(), Caps())
    assert set(found) == {0}


def test_bench_and_operator_tighten_and_their_silence_does_not():
    protocol = EVERYTHING._replace(current_na=3 * MA)
    area = 10 * CM2
    silent = compose(limits.EXCISED, area, 35 * MA, Caps(), protocol, Caps())
    assert silent.current_na == 3 * MA
    assert silent.density_na == 40 * MA
    assert silent.voltage_uv == 35 * MA
    bench = compose(limits.EXCISED, area, 35 * MA, Caps(current_na=2 * MA), protocol, Caps())
    assert bench.current_na == 2 * MA
    operator = compose(limits.EXCISED, area, 35 * MA, Caps(), protocol, Caps(current_na=MA))
    assert operator.current_na == MA


caps = st.builds(Caps, *(st.integers(-(10**6), 10**18) for _ in Caps._fields))


@pytest.mark.generated
@given(
    name=st.sampled_from(sorted(RESTATED)),
    area=st.integers(1, 200 * CM2),
    bench=caps,
    protocol=caps,
    operator=caps,
)
def test_no_owner_can_raise_a_literal(name, area, bench, protocol, operator):
    current, density, charge, charge_density, on_h, session_h = RESTATED[name]
    found = compose(limits.CLASSES[name], area, 35 * MA, bench, protocol, operator)
    assert 0 <= found.current_na <= current * MA
    assert 0 <= found.density_na <= density * MA * area / CM2
    assert 0 <= found.charge_pc <= charge * COULOMB
    assert 0 <= found.on_time_ms <= on_h * 3_600_000
    assert 0 <= found.session_time_ms <= session_h * 3_600_000
    assert 0 <= found.voltage_uv <= 35 * MA
    if charge_density is not None:
        assert 0 <= found.charge_density_pc <= charge_density * COULOMB * area / CM2
    for owner in (protocol, operator):
        if owner.current_na >= 0:
            assert found.current_na <= owner.current_na
