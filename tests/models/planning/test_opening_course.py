import numpy as np
import pytest

from models.impedance import Opening, conductance
from models.planning.opening_course import OpeningLaw
from models.profile import Profile
from models.skin import Skin

KNOT_S = np.linspace(0.0, 1200.0, 13)
CURRENT = np.array([0.0, 5.0, 5.0, 0.5, 0.5, 3.0, 1.0, 0.0, 0.0, 4.0, 4.0, 2.0, 0.0])
AT_S = np.linspace(0.0, 1200.0, 97)


@pytest.fixture
def law():
    return OpeningLaw.of(Opening.of(Skin.load()), 0)


def test_course_is_that_of_the_skin_model(law):
    profile = Profile(time_s=tuple(KNOT_S), current_density_a_per_m2=tuple(CURRENT))
    expected = conductance(Opening.of(Skin.load()), profile, AT_S)[0]
    found = law.course(KNOT_S, CURRENT, AT_S).conductance_s_per_m2
    assert found == pytest.approx(expected, rel=1e-12)


def test_slopes_are_those_of_small_changes(law):
    course = law.course(KNOT_S, CURRENT, AT_S)
    slope, step = course.slope(np.arange(AT_S.size)), 1e-5
    for k in (1, 2, 5, 10, 11):
        up, down = CURRENT.copy(), CURRENT.copy()
        up[k], down[k] = up[k] + step, down[k] - step
        high = law.course(KNOT_S, up, AT_S).conductance_s_per_m2
        low = law.course(KNOT_S, down, AT_S).conductance_s_per_m2
        difference = (high - low) / (2.0 * step)
        assert slope[:, k] == pytest.approx(difference, abs=1e-6 * np.abs(slope).max())


def test_pulling_back_sums_the_same_slopes(law):
    course = law.course(KNOT_S, CURRENT, AT_S)
    weight = np.random.default_rng(3).standard_normal(AT_S.size)
    assert course.pull_back(weight) == pytest.approx(weight @ course.slope(np.arange(AT_S.size)))
