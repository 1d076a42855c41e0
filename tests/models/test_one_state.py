"""One state opens the skin: conductance, pore area, electro-osmosis and passive release move together."""

from __future__ import annotations

import numpy as np
import pytest

import models
from models.assembly import assemble
from models.draws import Draws
from models.forcing import tabulate
from models.grid import graded
from models.reference import reference_grid
from models.reference_ions import ion_stack
from models.reference_operator import IonicSystem
from models.transport import Operator

TIMES = np.array([0.0, 300.0, 1800.0, 3600.0, 12000.0])
COURSE = models.Profile(
    time_s=(0.0, 30.0, 1800.0, 1801.0, 12000.0), current_density_a_per_m2=(0.0, 3.0, 3.0, 0.0, 0.0)
)


@pytest.fixture
def donor() -> models.Formulation:
    return models.Formulation(
        compound="dexpanthenol",
        concentration_mol_per_m3=100.0,
        ph=7.4,
        salts_mol_per_m3={"sodium": 150.0, "chloride": 150.0},
        volume_m3_per_m2=1e-2,
    )


def test_everything_rises_and_recovers_with_the_conductance(donor) -> None:
    skin = models.Skin.load(preparation="heat_separated")
    parts = assemble(skin, donor, Draws.nominal())
    forcing = tabulate(COURSE, parts.opening, parts.competition, TIMES[-1])
    opening = np.array([float(forcing.at(t)[1][0]) for t in TIMES])
    resistance = models.expected_resistance(skin, COURSE, TIMES) - skin.deep_resistance_ohm_m2
    conductance = resistance[0] / resistance
    assert opening == pytest.approx(conductance, rel=1e-3)
    assert 1.0 == opening[0] < opening[1] < opening[2] > opening[3] > opening[4] > 1.0

    operator = Operator(parts.stack, graded(parts.stack.names))
    pore = operator.pore_m_per_s[0, 0]
    system = IonicSystem(ion_stack(skin, donor), reference_grid(parts.stack.names, 0.3))
    here = system.local(system.rest())
    for w in opening:
        ahead, _ = operator.links(0.0, np.array([w]), np.zeros(1))
        passive = ahead[0, 0] - operator.other_m_per_s[0, 0]
        assert passive == pytest.approx(w * pore, rel=1e-12)
        flows = system.fluxes(here, 0.0, float(w))
        assert flows.forward[0, 0] == pytest.approx(w * system.pore[0, 0], rel=1e-9)


def test_electro_osmosis_per_voltage_rises_with_the_pore_area(donor) -> None:
    """Flow follows current: at one voltage, opened skin passes more of both in proportion."""
    skin = models.Skin.load(preparation="heat_separated")
    system = IonicSystem(
        ion_stack(skin, donor), reference_grid(("stratum_corneum", "epidermis"), 0.3)
    )
    bath = np.tile(np.append(system.stack.bath_mol_per_m3[:-1], 0.0), (system.n_node, 1))
    bath[0, 0] = bath[1, 0] = 1.0
    for w in (1.0, 4.0):
        current = 0.05 * w
        here = system.local(bath)
        still = system.fluxes(here, 0.0, w).flux[0, 0]
        carried = system.fluxes(here, current, w).flux[0, 0] - still
        assert carried == pytest.approx(current * system.stack.osmotic_m3_per_c[0], rel=1e-2)


def test_both_models_release_more_while_the_skin_is_open(donor) -> None:
    skin = models.Skin.load(preparation="heat_separated")
    rest = models.Profile(time_s=(0.0, 12000.0), current_density_a_per_m2=(0.0, 0.0))
    against = models.Profile(
        time_s=COURSE.time_s,
        current_density_a_per_m2=[-i for i in COURSE.current_density_a_per_m2],
    )

    def hour(model, profile, start: float) -> float:
        found = model(skin, donor, profile, at_s=[start, start + 1800.0])
        return float(np.diff(found.amount_mol_per_m2["receptor"])[0])

    for model in (models.simulate, models.simulate_reference):
        closed = hour(model, rest, 9000.0)
        opened, healing = hour(model, against, 3000.0), hour(model, against, 10000.0)
        assert opened > 1.5 * closed
        assert closed < healing < opened
