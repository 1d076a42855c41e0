"""Every file that ships loads, plans within its limits, and says something sensible."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from iontophoresis import bench, protocol
from iontophoresis.errors import PlanRefusedError
from iontophoresis.plan import Plan, prepare
from iontophoresis.protocol.document import read_shipped, shipped_names
from iontophoresis.view.plan_page import plan_page


@pytest.fixture(scope="module", params=protocol.library())
def plan(request: pytest.FixtureRequest) -> Plan:
    return prepare(protocol.load(request.param), bench.load(), draws=20)


def test_the_library_holds_protocols_one_bench_and_a_course() -> None:
    others = {"emulated_bench", "mesoglow_course"}
    assert set(shipped_names()) == {*protocol.library(), *others}


def test_each_stays_well_within_every_limit(plan: Plan) -> None:
    for channel in plan.channels:
        assert all(0 < margin.used <= 1 for margin in channel.margins)
        assert channel.voltage.over_limit_p95_s == 0


def test_each_is_gentle(plan: Plan) -> None:
    for channel in plan.channels:
        assert all(cell.density_ma_per_cm2 <= 0.5 for cell in channel.cells)
        assert channel.waveform.charge_pc <= 80 * 60_000_000_000
        assert channel.limits.voltage_uv <= 35_000_000


def test_only_the_six_hours_go_beyond_the_human_relevant_range(plan: Plan) -> None:
    assert plan.human_relevant == (plan.protocol.origin != "franz_cell.toml")


def test_each_predicts_a_dose_with_a_band(plan: Plan) -> None:
    for prediction in plan.channels[0].cells[0].predictions:
        assert prediction.amounts
        for amount in prediction.amounts:
            assert amount.p05_ug_per_cm2 < amount.p95_ug_per_cm2


def test_each_says_what_evidence_stands_behind_it(plan: Plan) -> None:
    assert sum("Evidence that current delivers" in note.text for note in plan.notes) == 1


def test_nothing_precipitates_and_every_counter_ion_is_named(plan: Plan) -> None:
    for note in plan.notes:
        assert "it precipitates" not in note.text
        assert "The donor as written lacks" not in note.text


def test_full_thickness_skin_is_shown_with_and_without_blood(plan: Plan) -> None:
    for cell in plan.channels[0].cells:
        if cell.cell.preparation == "full_thickness":
            assert {prediction.perfused for prediction in cell.predictions} == {True, False}


@pytest.mark.parametrize(
    "name",
    ["phosphatidylcholine", "deoxycholate", "hyaluronic_acid", "botulinum_toxin", "liposomes"],
)
def test_what_does_not_migrate_is_refused_with_a_source(name: str) -> None:
    text = read_shipped("mesoglow").text.replace('"ascorbate"', f'"{name}"')
    with pytest.raises(PlanRefusedError, match=r"is refused: .*\((?s:.)*\d{4}"):
        prepare(protocol.parse(text.encode(), "refused.toml"), bench.load(), draws=2)


def test_little_caffeine_reaches_fat_and_less_with_blood() -> None:
    excised, living = (
        prepare(protocol.load("fat_layer"), bench.load(), draws=20).channels[0].cells[0].predictions
    )
    with_blood, without = living.amount("fat"), excised.amount("fat")
    assert with_blood is not None
    assert without is not None
    assert with_blood.p50_ug_per_cm2 < without.p50_ug_per_cm2 < 1.0


def test_the_comments_tell_the_truth_about_chloride(plan: Plan) -> None:
    if plan.protocol.origin == "franz_cell.toml":
        assert any("takes 36 umol of chloride from the donor, of 150" in n.text for n in plan.notes)
        assert "36 umol of the 150 umol" in plan.protocol.source_text
    if plan.protocol.origin == "fat_layer.toml":
        assert any("takes 30 umol of chloride from the donor, of 125" in n.text for n in plan.notes)
        assert "30 umol of the donor's 125 umol" in plan.protocol.source_text


@pytest.mark.parametrize("width", [80, 100])
def test_the_page_fits_the_terminal(plan: Plan, width: int) -> None:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(plan_page(plan))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    for word in ("Margins to the limits", "Predicted at the end", "voltage", plan.protocol.title):
        assert word in text
