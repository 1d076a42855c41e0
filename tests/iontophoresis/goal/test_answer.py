import json

import pytest

from iontophoresis import bench as benches
from iontophoresis import protocol as protocols
from iontophoresis.goal.prediction_file import prediction_text
from iontophoresis.goal.protocol_file import protocol_text
from iontophoresis.goal.sentences import sentences
from iontophoresis.plan import prepare
from iontophoresis.profile import waveform

UM2_PER_CM2 = 1e8


@pytest.mark.parametrize("name", ["mesoglow_answer", "fat_answer"])
def test_planned_protocol_is_accepted_on_the_bench_inside_every_limit(name, request):
    answer = request.getfixturevalue(name)
    protocol = protocols.parse(protocol_text(answer).encode(), "planned.toml")
    plan = prepare(protocol, benches.load(None), draws=4)
    assert plan.human_relevant
    assert all(m.used <= 1.0 for channel in plan.channels for m in channel.margins)


def test_protocol_carries_the_planned_charge_and_no_more(mesoglow_answer):
    protocol = protocols.parse(protocol_text(mesoglow_answer).encode(), "planned.toml")
    wave = waveform(protocol.channel[0])
    planned_pc = mesoglow_answer.charge_ma_min * 6e10
    assert wave.charge_pc <= planned_pc + 1.0
    assert wave.charge_pc == pytest.approx(planned_pc, rel=1e-5)
    assert wave.duration_ms == round(mesoglow_answer.refined.plan.goal_s * 1000)


def test_dose_of_the_protocol_is_the_dose_of_the_plan(mesoglow_answer):
    protocol = protocols.parse(protocol_text(mesoglow_answer).encode(), "planned.toml")
    channel = prepare(protocol, benches.load(None), draws=4).channels[0]
    predicted = channel.cells[0].predictions[0].band.nominal.amount_mol_per_m2["dermis"][-1]
    full = mesoglow_answer.refined.verification.full_mol_per_m2
    assert predicted == pytest.approx(full, rel=1e-2)


def test_impossible_goal_is_answered_with_the_most_there_is(fat_answer):
    assert not fat_answer.feasible
    said = " ".join(sentences(fat_answer))
    assert said.startswith("Infeasible: the most inside the limits by 120 min is")
    assert "fat of perfused living tissue" in said
    assert "What binds: charge" in said
    assert 0.0 < fat_answer.expected_ug_per_cm2 < 0.05 * fat_answer.wanted_ug_per_cm2
    assert max(fat_answer.refined.verification.used.values()) <= 1.0 + 1e-9


def test_prediction_stands_beside_with_its_gap(fat_answer):
    said = json.loads(prediction_text(fat_answer))
    assert said["feasible"] is False
    assert said["perfused"] is True
    assert said["dose_ug_per_cm2"]["reference_model"] > 0.0
    fat = said["band_at_goal_time_ug_per_cm2"]["fat"]
    assert fat["p05"] < fat["p50"] < fat["p95"]
    assert said["binding_limits"][0] == "charge"
