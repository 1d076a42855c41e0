from dataclasses import replace

import numpy as np
import pytest

from iontophoresis import goal as goals
from iontophoresis.goal.answer import plan_goal
from iontophoresis.view.style import save_figure
from iontophoresis.view.trade_off_figure import trade_off_figure
from models.planning.trade_off import trade_off


@pytest.fixture(scope="module")
def answer():
    return plan_goal(goals.load("fat_layer"), most_rounds=1)


@pytest.fixture(scope="module")
def bought(answer):
    draws = answer.drawn_case.draws
    few = type(draws)(factor={k: x[:12] for k, x in draws.factor.items()}, n_draw=12)
    return trade_off(replace(answer.drawn_case, draws=few, intervals=20))


def test_more_charge_buys_more_and_ever_less_of_it(bought):
    assert np.all(np.diff(bought.charge_c_per_m2) > 0.0)
    assert np.all(np.diff(bought.dose_mol_per_m2) > 0.0)
    per_charge = np.diff(bought.dose_mol_per_m2) / np.diff(bought.charge_c_per_m2)
    assert per_charge[-1] < per_charge[0]
    assert 0.0 < bought.passive_mol_per_m2 < bought.dose_mol_per_m2[0]
    assert bought.drawn_mol_per_m2.shape == (12, bought.charge_c_per_m2.size)


def test_figure_says_what_is_out_of_reach_and_draws_the_limits(answer, bought, tmp_path):
    figure = trade_off_figure(answer, bought)
    left, right = figure.axes
    words = [text.get_text() for axes in (left, right) for text in axes.texts]
    assert "density 0.5" in words
    assert any(word.strip() == "charge" for word in words)
    assert "chloride or silver of the donor" in right.get_xlabel()
    title = figure.get_suptitle()
    assert "infeasible: the most there is" in title
    assert "predicted only" in title
    assert save_figure(figure, tmp_path / "plan.svg").read_text().startswith("<?xml")
