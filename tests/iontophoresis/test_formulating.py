"""The donor in sentences: numbers worked out by hand, and a cocktail split by its charges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iontophoresis import bench, protocol
from iontophoresis.cli import main
from iontophoresis.plan import PlannedCell, prepare
from iontophoresis.plan.cocktail import split_cocktail
from iontophoresis.plan.formulating import formulation_notes
from models import Electrode, Formulation, ModelInputError


@pytest.fixture(scope="module")
def cell() -> PlannedCell:
    return prepare(protocol.load("mesoglow"), bench.load(), draws=2).channels[0].cells[0]


def sentences(cell: PlannedCell, donor: Formulation, charge_c: float = 1.17) -> dict[str, str]:
    return {note.text: note.severity for note in formulation_notes(cell, donor, charge_c)}


def test_mesoglow_says_its_charge_its_pole_and_that_it_dissolves(cell: PlannedCell) -> None:
    assert cell.formulation is not None
    found = sentences(cell, cell.formulation)
    # pKa 4.2 at pH 6.5: 1 / (1 + 10^2.3) = 0.5 % uncharged; 100 mM of 176.12 g/mol are 17.6 g/L.
    assert any("charge of -1.00 (0.499 % without" in text for text in found)
    assert any("under the cathode" in text for text in found)
    assert found["17.6 g/L of ascorbate dissolves: about 333 g/L do at pH 6.5."] == "info"


def test_a_base_above_its_pka_precipitates(cell: PlannedCell) -> None:
    donor = Formulation(
        compound="lidocaine", concentration_mol_per_m3=75.0, ph=8.5,
        salts_mol_per_m3={"chloride": 15.1}, volume_m3_per_m2=4e-3,
    )  # fmt: skip
    # f0 = 1/(1 + 10^(7.9-8.5)) = 0.799; 4.1 g/L / 0.799 = 5.13 g/L against 17.6 g/L held.
    text = (
        "17.6 g/L of lidocaine is more than the 5.13 g/L that dissolve at pH 8.5: it precipitates."
    )
    assert sentences(cell, donor)[text] == "warning"


def test_platinum_without_a_buffer_moves_the_ph_by_the_charge(cell: PlannedCell) -> None:
    assert cell.formulation is not None
    donor = replace(cell.formulation, electrode=Electrode(material="platinum"))
    (text,) = [t for t in sentences(cell, donor, 19.5 * 0.06) if "splits water" in t]
    # 1.17 C are 12.1 umol of electrons, half as many of hydrogen: 6.06 umol at 305 K are 0.15 mL.
    assert "0.15 mL of hydrogen" in text
    assert sentences(cell, donor, 1.17)[text] == "warning"


def test_silver_leaves_the_ph_alone(cell: PlannedCell) -> None:
    assert cell.formulation is not None
    assert not any("splits water" in text for text in sentences(cell, cell.formulation))


def test_anodal_steps_come_first_and_each_active_alone() -> None:
    steps = split_cocktail({"ascorbate": 100.0, "thiamine": 50.0, "nicotinamide": 200.0}, 6.5)
    assert [step.compound for step in steps] == ["thiamine", "nicotinamide", "ascorbate"]
    assert [step.pole for step in steps] == ["anode", "anode", "cathode"]
    assert steps[-1].kept == 1.0
    assert steps[-1].kept_otherwise < 1.0


def test_one_pole_undoes_nothing() -> None:
    steps = split_cocktail({"caffeine": 50.0, "lidocaine": 50.0}, 6.0)
    assert {step.kept for step in steps} == {1.0}


@pytest.mark.parametrize("parts", [{}, {"hyaluronic_acid": 1.0}, {"unobtainium": 1.0}])
def test_what_a_cocktail_refuses(parts: dict[str, float]) -> None:
    with pytest.raises(ModelInputError):
        split_cocktail(parts, 6.5)


def test_the_command_prints_steps_and_refuses_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cocktail", "ascorbate=100", "thiamine=50", "--ph", "6.5"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("step 1: thiamine 50 mM, donor under the anode")
    assert "Opposite charges cannot go together" in printed
    assert main(["cocktail", "botulinum_toxin=1", "--ph", "7"]) == 1
    assert "protein" in capsys.readouterr().err
    assert main(["cocktail", "ascorbate", "--ph", "7"]) == 2
