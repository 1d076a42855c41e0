"""Delivery modes: the charge each one carries, worked out by hand, and what each refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest

from iontophoresis import bench, protocol
from iontophoresis.errors import InputError, PlanRefusedError
from iontophoresis.plan import prepare
from iontophoresis.plan.averaging import dose_profile
from iontophoresis.plan.tissue import current_density, formulation, tissue
from iontophoresis.profile import waveform
from iontophoresis.protocol.document import read_shipped
from iontophoresis.record.reader import open_session
from models import simulate

LAYERS = ("stratum_corneum", "epidermis", "dermis")
MESOGLOW = read_shipped("mesoglow").text
PC_PER_MA_S = 10**9
PULSES = {"kind": '"pulses"', "current_ma": 1.0, "edge_s": 0.5, "plateau_s": 2.0, "pause_s": 1.5, "count": 4}  # fmt: skip
BIPOLAR = {"kind": '"bipolar"', "forward_ma": 1.0, "reverse_ma": 0.5, "edge_s": 0.5, "forward_s": 3.0, "reverse_s": 1.0, "pause_s": 0.0, "count": 3}  # fmt: skip
SCAN = {"kind": '"scan"', "current_ma": 1.0, "edge_s": 1.0, "plateau_s": 4.0, "turn": 1, "turns": 3, "rounds": 2}  # fmt: skip
SLOW = {"kind": '"slow_deep"', "charge_ma_min": 3.0, "current_ma": 0.2, "ramp_s": 30.0, "wait_s": 600.0}  # fmt: skip
STEPS = {"kind": '"steps"', "currents_ma": [0.01, 0.02, 0.05], "edge_s": 1.0, "plateau_s": 9.0, "wait_s": 60.0}  # fmt: skip
CONTINUOUS = {"kind": '"continuous"', "current_ma": 0.5, "plateau_s": 60.0, "ramp_s": 20.0}


def mesoglow_with(mode: dict[str, object], *, slew_ma_per_s: float = 5.0, **changes: object) -> str:
    """Return the shipped protocol with one mode in the place of its segments."""
    table = "\n".join(f"{key} = {value}" for key, value in {**mode, **changes}.items())
    head, rest = MESOGLOW.split("[[channel.segment]]", 1)
    limits = rest[rest.index("[limits]") :]
    limits = re.sub(r"slew_up_ma_per_s = [0-9.]+", f"slew_up_ma_per_s = {slew_ma_per_s}", limits)
    limits = re.sub(r"session_time_min = [0-9.]+", "session_time_min = 60.0", limits)
    return f"{head}[[channel.segment]]\n{table}\n\n{limits}"


def loaded(mode: dict[str, object], **changes: object) -> protocol.Protocol:
    return protocol.parse(mesoglow_with(mode, **changes).encode(), "mode.toml")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "gross_ma_s", "net_ma_s", "duration_s"),
    [
        (CONTINUOUS, 0.5 * 80, 0.5 * 80, 100),
        (PULSES, 4 * 2.5, 4 * 2.5, 4 * 4.5),
        (BIPOLAR, 3 * (3.5 + 0.75), 3 * (3.5 - 0.75), 3 * 6.0),
        (STEPS, 0.08 * 10, 0.08 * 10, 3 * 71),
        (SLOW, 3 * 60, 3 * 60, 900 + 30 + 600),
        (SCAN, 2 * 5, 2 * 5, 2 * 3 * 6),
    ],
)
def test_charge_and_length(
    mode: dict[str, object], gross_ma_s: float, net_ma_s: float, duration_s: float
) -> None:
    wave = waveform(loaded(mode).channel[0])
    assert wave.charge_pc == round(gross_ma_s * PC_PER_MA_S)
    assert wave.net_charge_pc == round(net_ma_s * PC_PER_MA_S)
    assert wave.duration_ms == duration_s * 1000


def test_turns_of_a_scan_never_overlap() -> None:
    waves = [waveform(loaded(SCAN, turn=turn).channel[0]) for turn in (1, 2, 3)]
    assert len({wave.duration_ms for wave in waves}) == 1
    for time_ms in range(0, waves[0].duration_ms, 50):
        assert sum(wave.current_at(time_ms) > 0 for wave in waves) <= 1


@pytest.mark.parametrize(
    ("mode", "change", "reason"),
    [
        (PULSES, {"plateau_s": 0.02}, "pulses of kHz belong to instruments"),
        (PULSES, {"plateau_s": 0.0005}, "not a multiple of 0.01 s"),
        (PULSES, {"count": 0}, "count"),
        (PULSES, {"current_ma": 0.0000005}, "finer than 1 nA"),
        (BIPOLAR, {"reverse_ma": -0.5}, "reverse_ma"),
        (SCAN, {"turn": 4}, "there are 3 turns"),
        (SLOW, {"charge_ma_min": 0.1}, "leaves no plateau"),
        (STEPS, {"currents_ma": []}, "currents_ma"),
        (CONTINUOUS, {"frequency_hz": 1000.0}, "frequency_hz"),
        (PULSES, {"count": 1000, "kind": '"pulses"', "pause_s": 0.5}, ""),
    ],
)
def test_what_a_mode_refuses(
    mode: dict[str, object], change: dict[str, object], reason: str
) -> None:
    if not reason:
        assert len(waveform(loaded(mode, **change).channel[0]).knots) == 4001
        return
    with pytest.raises(InputError, match=re.escape(reason)):
        loaded(mode, **change)


def test_a_mode_begins_without_current() -> None:
    text = mesoglow_with(CONTINUOUS).replace(
        "[[channel.segment]]",
        '[[channel.segment]]\nkind = "ramp"\nto_ma = 0.1\nduration_s = 5.0\n\n[[channel.segment]]',
    )
    with pytest.raises(InputError, match="begins without current"):
        protocol.parse(text.encode(), "mode.toml")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"plateau_s": 0.1}, "narrower than 3 ticks of 50 ms"),
        ({"plateau_s": 2.02}, "no whole number of ticks of 50 ms"),
        ({"edge_s": 0.1}, "the profile needs 10 mA/s"),
        ({"current_ma": 1.3}, "segment 1 \\(pulses\\)"),
    ],
)
def test_what_the_bench_refuses(change: dict[str, object], reason: str) -> None:
    with pytest.raises(PlanRefusedError, match=reason):
        prepare(loaded(PULSES, **change), bench.load(), draws=2)


def test_a_fast_train_is_predicted_on_its_mean_current() -> None:
    """Twelve pulses, pulse by pulse and averaged, bring the same amount into the tissue."""
    channel = loaded(PULSES, count=12, pause_s=3.5, plateau_s=4.0).channel[0]
    cell, donor = channel.cell[0], formulation(channel, channel.cell[0])
    assert donor is not None
    exact = current_density(channel, cell, waveform(channel))
    mean = dose_profile(channel, cell)
    assert len(mean.time_s) == 4
    assert mean.charge_at(np.array([1e9])) == pytest.approx(exact.charge_at(np.array([1e9])))
    skin = tissue(cell, preparation="full_thickness", perfused=False)
    inside = [
        sum(simulate(skin, donor, one).amount_mol_per_m2[layer][-1] for layer in LAYERS)
        for one in (exact, mean)
    ]
    assert inside[1] == pytest.approx(inside[0], rel=0.03)


@pytest.mark.real_time
def test_a_bipolar_session_turns_the_current_and_counts_both_ways(tmp_path, user_session) -> None:
    path = tmp_path / "bipolar.toml"
    path.write_text(mesoglow_with(BIPOLAR), encoding="utf-8")
    session = user_session(protocol=path)
    text = session.finish()
    read = open_session(session.path)
    current_ma = read.ticks.current_ma
    assert "done" in text
    assert current_ma.max() == pytest.approx(1.0, abs=0.02)
    assert current_ma.min() == pytest.approx(-0.5, abs=0.02)
    charge_ma_s = read.ticks.charge_ma_min[-1] * 60
    assert charge_ma_s == pytest.approx(3 * 4.25, rel=0.02)
