"""From a goal to a session on the emulated bench, as a user does it."""

import json
import re
import subprocess
import sys
from importlib import resources

import numpy as np
import pytest

from iontophoresis import protocol as protocols
from iontophoresis.plan.tissue import donor_formulation, tissue
from iontophoresis.record.reader import open_session
from models import Profile, simulate

GOALS = resources.files("iontophoresis") / "library" / "goals"
STATED_GAP = 0.02
"""Between planned and measured current: what a bench's own errors and rounding to nA leave."""


def iontophoresis(*arguments, expect=0):
    done = subprocess.run(
        [sys.executable, "-m", "iontophoresis", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


def quick(name, layer):
    """Return a shipped goal as one of three minutes, in a layer that fills that soon."""
    text = (GOALS / f"{name}.toml").read_text()
    text = re.sub(r'layer = "\w+"', f'layer = "{layer}"', text)
    text = re.sub(
        r"(amount_ug_per_cm2|concentration_mm) = [0-9.]+ +#", r"\1 = 10000.0  #", text, count=1
    )
    return re.sub(r"by_min = [0-9.]+", "by_min = 3.0", text)


def dose_of_measured(session, planned, layer):
    """Return the model's amount under the current that was measured."""
    channel, ticks = planned.channel[0], session.ticks.of_channel(0)
    time_s, current_ma = ticks.time_s, ticks.current_ma
    flows = np.flatnonzero(np.abs(current_ma) > 0.01)
    start = time_s[flows[0]]
    keep = (time_s >= start) & np.isfinite(current_ma)
    keep &= np.concatenate(([True], np.diff(time_s) > 0.0))
    sign = 1.0 if channel.active_pole == "anode" else -1.0
    density = sign * current_ma[keep] * 10.0 / channel.cell[0].area_cm2
    profile = Profile(time_s=time_s[keep] - start, current_density_a_per_m2=density)
    skin = tissue(
        channel.cell[0], preparation="full_thickness", perfused=planned.perfused_prediction
    )
    donor = donor_formulation(channel.donor, channel.electrode, channel.cell[0])
    found = simulate(skin, donor, profile, at_s=[180.0], engine="compiled")
    mass = donor.active.molar_mass_g_per_mol
    return float(found.amount_mol_per_m2[layer][-1]) * mass * 100.0


@pytest.mark.real_time
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("name", "layer"), [("mesoglow", "epidermis"), ("fat_layer", "stratum_corneum")]
)
def test_delivered_charge_and_dose_are_the_planned_ones(name, layer, tmp_path):
    goal, planned = tmp_path / "goal.toml", tmp_path / "planned.toml"
    goal.write_text(quick(name, layer), encoding="utf-8")
    assert "Infeasible" in iontophoresis("plan", goal, "-o", planned, expect=2)
    iontophoresis("run", planned, "--no-figure", "--directory", tmp_path / "sessions")
    (path,) = (tmp_path / "sessions").glob("*.sqlite")
    session = open_session(path)
    assert session.closing.outcome == "done"
    said = json.loads((tmp_path / "planned.prediction.json").read_text())
    delivered = float(session.ticks.of_channel(0).charge_ma_min[-1])
    assert delivered == pytest.approx(said["charge_ma_min"], rel=STATED_GAP)
    dose = dose_of_measured(session, protocols.load(planned), layer)
    expected = said["dose_ug_per_cm2"]["fast_model_full_grid"]
    assert dose == pytest.approx(expected, rel=2.0 * STATED_GAP)
