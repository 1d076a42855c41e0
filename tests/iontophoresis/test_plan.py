"""A plan is composed, judged as the kernel will judge it, predicted - or refused with every reason."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis import bench, protocol
from iontophoresis import plan as plans
from iontophoresis.errors import PlanRefusedError
from iontophoresis.plan import Plan
from iontophoresis.plan.margins import SLOWEST_TICK_MS, charge_with_stop_pc
from iontophoresis.profile import Waveform
from iontophoresis.safety.kernel import Config, ramp_reserve_ms

MESOGLOW = protocol.load("mesoglow").source_text
BENCH_TEXT = bench.load().source_text
BENCH = bench.load()
LOAD = ('specimen_class = "excised"', 'specimen_class = "load"')
EMULATED = BENCH_TEXT[BENCH_TEXT.rindex("[source.emulated]") : BENCH_TEXT.index("[limits]")]


def prepare(wanted: protocol.Protocol, where: bench.Bench, *, today: dt.date | None = None) -> Plan:
    return plans.prepare(wanted, where, today=today, draws=20)


def meso(*changes: tuple[str, str]) -> protocol.Protocol:
    text = MESOGLOW
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return protocol.parse(text.encode(), "f.toml")


def bench_with(folder: Path, *changes: tuple[str, str]) -> bench.Bench:
    text = BENCH_TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "b.toml"
    path.write_text(text, encoding="utf-8")
    return bench.load(path)


def reasons(wanted: protocol.Protocol, where: bench.Bench = BENCH) -> list[str]:
    with pytest.raises(PlanRefusedError) as caught:
        prepare(wanted, where)
    return str(caught.value).split("\n")


@pytest.fixture(scope="module")
def mesoglow() -> Plan:
    return prepare(protocol.load("mesoglow"), BENCH)


def test_the_plan_holds_the_exact_figures(mesoglow: Plan) -> None:
    channel = mesoglow.channels[0]
    assert mesoglow.duration_ms == 1_200_000
    assert channel.waveform.charge_pc == 1_170_000_000_000
    assert channel.cells[0].density_ma_per_cm2 == pytest.approx(0.2)
    assert channel.cells[0].charge_density_c_per_cm2 == pytest.approx(1.17 / 5)
    assert channel.limits.current_na == 1_200_000
    assert channel.limits.density_na == 1_250_000
    assert channel.limits.voltage_uv == 35_000_000
    assert mesoglow.common_current_na == 1_200_000
    assert channel.finish_charge_pc is None
    assert mesoglow.human_relevant


def test_the_probe_is_the_smallest_of_its_bounds(mesoglow: Plan) -> None:
    channel = mesoglow.channels[0]
    assert channel.probe_current_na == 25_000  # 5 uA/cm2 on 5 cm2, below 10 % of 1 mA
    assert channel.probe_voltage_uv == 1_000_000
    small = prepare(meso(("to_ma = 1.0", "to_ma = 0.1"), LOAD), BENCH).channels[0]
    assert small.probe_current_na == 10_000  # 10 % of the peak
    assert small.probe_voltage_uv == 35_000_000


def test_the_load_window_is_that_of_the_whole_channel(mesoglow: Plan) -> None:
    channel = mesoglow.channels[0]
    assert (channel.load_low_ohm, channel.load_high_ohm) == (100, 200_000)


def test_a_class_narrows_the_load_window_and_a_bench_too(tmp_path: Path) -> None:
    wide = meso(("{ low = 0.5, high = 1000.0 }", "{ low = 0.01, high = 90000.0 }"))
    channel = prepare(wide, BENCH).channels[0]
    assert (channel.load_low_ohm, channel.load_high_ohm) == (40, 300_000)
    window = "[limits]\nload_window_kohm_cm2 = { low = 10.0, high = 100.0 }\n"
    channel = prepare(wide, bench_with(tmp_path, ("[limits]", window))).channels[0]
    assert (channel.load_low_ohm, channel.load_high_ohm) == (2_000, 20_000)


def test_the_drug_is_predicted_with_a_band_with_and_without_blood(mesoglow: Plan) -> None:
    cell = mesoglow.channels[0].cells[0]
    assert [p.perfused for p in cell.predictions] == [False, True]
    excised, living = cell.predictions
    for prediction in cell.predictions:
        for amount in prediction.amounts:
            assert 0 < amount.p05_ug_per_cm2 <= amount.p50_ug_per_cm2 <= amount.p95_ug_per_cm2
    dermis, fat = excised.amount("dermis"), excised.amount("fat")
    assert dermis is not None
    assert fat is not None
    assert fat.p50_ug_per_cm2 < dermis.p50_ug_per_cm2
    assert excised.amount("cleared") is None
    cleared, living_dermis = living.amount("cleared"), living.amount("dermis")
    assert cleared is not None
    assert living_dermis is not None
    assert living_dermis.p50_ug_per_cm2 < dermis.p50_ug_per_cm2
    assert cell.shown(perfused=False) is excised
    held_ug_per_cm2 = 0.1 * 176.12 / 1000 * 2 * 1e6 / 5  # 100 mM, 176.12 g/mol, 2 mL, 5 cm2
    share = 100 * dermis.p50_ug_per_cm2 / held_ug_per_cm2
    assert dermis.percent_of_donor == pytest.approx(share, rel=1e-3)


def test_the_same_file_gives_the_same_figures(mesoglow: Plan) -> None:
    again = prepare(protocol.load("mesoglow"), BENCH)
    assert again.channels[0].cells[0].predictions[0].amounts == (
        mesoglow.channels[0].cells[0].predictions[0].amounts
    )
    assert again.channels[0].voltage == mesoglow.channels[0].voltage


def test_the_voltage_is_a_range_below_that_of_the_baseline(mesoglow: Plan) -> None:
    voltage = mesoglow.channels[0].voltage
    low, median, high = voltage.peak_v
    assert 0 < low < median < high < 12.0  # 1 mA through the unopened 12 kOhm
    assert voltage.over_limit_p95_s == 0
    used = next(m for m in mesoglow.channels[0].margins if m.name == "voltage")
    assert used.planned == pytest.approx(high, rel=1e-4)
    assert used.limit == 35.0


def test_a_load_obeys_ohms_law_and_has_no_dose() -> None:
    channel = prepare(meso(LOAD), BENCH).channels[0]
    assert channel.voltage.peak_v == pytest.approx((12.0, 12.0, 12.0))
    assert channel.cells[0].predictions == ()
    assert channel.cells[0].formulation is None


def test_margins_name_the_owner_of_the_limit(tmp_path: Path) -> None:
    lower = bench_with(tmp_path, ("[limits]", "[limits]\ncurrent_ma = 1.1"))
    generous = ("charge_ma_min = 22.0", "charge_ma_min = 9000.0")
    margins = prepare(meso(generous), lower).channels[0].margins
    owner = {margin.name: margin.set_by for margin in margins}
    assert owner["current"] == "bench"
    assert owner["charge"] == "class"
    assert owner["density"] == "protocol"
    assert not any(margin.exceeded for margin in margins)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            ("current_ma = 1.2", "current_ma = 0.5"),
            (
                'f.toml: limits.current_ma = 0.5 (channel "A", segment 1 (ramp to 1 mA)): '
                "the profile needs 1 mA, the protocol allows 0.5; "
                "lower the current, or raise the limit"
            ),
        ),
        (
            ("density_ma_per_cm2 = 0.25", "density_ma_per_cm2 = 0.15"),
            (
                'f.toml: limits.density_ma_per_cm2 = 0.15 (channel "A", segment 1 (ramp to 1 mA)): '
                "the profile needs 0.2 mA/cm2, the protocol allows 0.15; "
                "lower the current, or use a larger area, or raise the limit"
            ),
        ),
        (
            ("charge_ma_min = 22.0", "charge_ma_min = 19.4"),
            (
                'f.toml: limits.charge_ma_min = 19.4 (channel "A"): the profile needs 19.51 mA·min '
                "with the charge of a stop, the protocol allows 19.4; "
                "shorten the profile, or lower the current, or raise the limit"
            ),
        ),
        (
            ("charge_density_c_per_cm2 = 0.3", "charge_density_c_per_cm2 = 0.2"),
            (
                'f.toml: limits.charge_density_c_per_cm2 = 0.2 (channel "A"): the profile needs '
                "0.2341 C/cm2 with the charge of a stop, the protocol allows 0.2; "
                "shorten the profile, or use a larger area, or raise the limit"
            ),
        ),
        (
            ("slew_up_ma_per_s = 0.05", "slew_up_ma_per_s = 0.02"),
            (
                'f.toml: limits.slew_up_ma_per_s = 0.02 (channel "A", segment 1 (ramp to 1 mA)): '
                "the profile needs 0.03333 mA/s, the protocol allows 0.02; "
                "make the ramp longer, or raise the limit"
            ),
        ),
        (
            ("current_on_time_min = 25.0", "current_on_time_min = 19"),
            (
                'f.toml: limits.current_on_time_min = 19 (channel "A"): the profile needs 20 min, '
                "the protocol allows 19; shorten the profile, or raise the limit"
            ),
        ),
        (
            ("session_time_min = 40.0", "session_time_min = 10"),
            (
                'f.toml: limits.session_time_min = 10 (channel "A"): the profile needs 20 min, '
                "the protocol allows 10; shorten the profile, or raise the limit"
            ),
        ),
        (
            ("baseline_resistance_kohm_cm2 = 60.0", "baseline_resistance_kohm_cm2 = 0.3"),
            (
                'f.toml: channel[0].cell[0].baseline_resistance_kohm_cm2 = 0.3 (channel "A", cell '
                '"cell-1"): lies outside the load window, 0.5 to 1000 kOhm·cm2; '
                "correct it, or limits.load_window_kohm_cm2"
            ),
        ),
        (
            ("area_cm2 = 5.0", "area_cm2 = 150.0"),
            (
                'f.toml: channel[0].cell[0].area_cm2 = 150 (channel "A", cell "cell-1"): '
                'class "excised" allows 0.02 to 100 cm2; use another cell'
            ),
        ),
        (
            ('at = "profile_end" ', 'at = "charge"\ncharge_ma_min = 20.0'),
            (
                'f.toml: stop.charge_ma_min = 20 (channel "A"): is never reached, the profile carries '
                "19.5 mA·min; lower it, or lengthen the profile"
            ),
        ),
        (
            ('active_pole = "cathode"', 'active_pole = "anode"'),
            (
                'f.toml: channel[0].active_pole = "anode" (channel "A"): ascorbate at pH 6.5 has a '
                "mean charge of -1, so it is driven into the skin from the cathode; "
                'write active_pole = "cathode" and exchange the leads'
            ),
        ),
    ],
)
def test_one_excess_is_one_line(change: tuple[str, str], line: str) -> None:
    assert reasons(meso(change)) == [line]


def test_a_neutral_compound_belongs_under_the_anode() -> None:
    neutral = meso(
        ('compound = "ascorbate"', 'compound = "caffeine"'),
        ("{ sodium = 100.0 }", "{ sodium = 20.0, chloride = 20.0 }"),
    )
    assert "caffeine at pH 6.5 has no charge, no pole repels it" in reasons(neutral)[0]
    assert "electro-osmosis carries it in from the anode" in reasons(neutral)[0]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (('compound = "ascorbate"', 'compound = "unobtainium"'), ["donor", "unobtainium"]),
        (
            ('compound = "ascorbate"', 'compound = "botulinum_toxin"'),
            ["channel[0].donor", "botulinum_toxin", "refused"],
        ),
        (("{ sodium = 100.0 }", "{ sodum = 100.0 }"), ["channel[0].donor", "sodum"]),
        (('site = "abdomen"', 'site = "elbow"'), ["channel[0].cell[0]", "human_elbow"]),
        (
            ('preparation = "full_thickness"', 'preparation = "fried"'),
            ["channel[0].cell[0]", "fried"],
        ),
    ],
)
def test_what_the_model_refuses_is_passed_on(change: tuple[str, str], parts: list[str]) -> None:
    line = reasons(meso(change))[0]
    assert all(part in line for part in ["f.toml", 'channel "A"', *parts]), line


def test_a_layer_that_the_preparation_lacks_is_refused() -> None:
    cell = 'preparation = "dermatomed"\nlayers_um = { fat = 3000.0 }'
    line = reasons(meso(('preparation = "full_thickness"', cell)))[0]
    assert "channel[0].cell[0]" in line
    assert "fat" in line


def test_measured_layers_are_used(mesoglow: Plan) -> None:
    thin = 'preparation = "full_thickness"\nlayers_um = { dermis = 700.0 }'
    plan = prepare(meso(('preparation = "full_thickness"', thin)), BENCH)
    for prediction in plan.channels[0].cells[0].predictions:
        assert prediction.skin.layers[2].thickness_m == pytest.approx(700e-6)
    assert mesoglow.channels[0].cells[0].predictions[0].skin.layers[2].thickness_m != 700e-6


def test_every_reason_is_given_at_once() -> None:
    lines = reasons(
        meso(
            ("current_ma = 1.2", "current_ma = 0.5"),
            ("session_time_min = 40.0", "session_time_min = 10"),
            ('active_pole = "cathode"', 'active_pole = "anode"'),
            ('site = "abdomen"', 'site = "elbow"'),
        )
    )
    keys = [line.split(": ")[1].split(" ")[0] for line in lines]
    assert keys == [
        "limits.current_ma",
        "limits.session_time_min",
        "channel[0].active_pole",
        "channel[0].cell[0]",
    ]


def test_more_than_half_a_ma_per_cm2_needs_a_written_reason() -> None:
    dense = (
        ("area_cm2 = 5.0", "area_cm2 = 1.0"),
        ("density_ma_per_cm2 = 0.25", "density_ma_per_cm2 = 1.2"),
        ("charge_density_c_per_cm2 = 0.3", "charge_density_c_per_cm2 = 2.0"),
    )
    line = reasons(meso(*dense))[0]
    assert "limits.density_ma_per_cm2 = 1.2: above 0.5 mA/cm2 a written reason is needed" in line
    assert "add limits.above_human_relevant_reason" in line
    why = 'above_human_relevant_reason = "isolated membrane, no tissue at risk"\nvoltage_v = 35.0'
    plan = prepare(meso(*dense, ("voltage_v = 35.0", why)), BENCH)
    assert not plan.human_relevant
    assert "Beyond the human-relevant range: 1 mA/cm2" in plan.notes[0].text


def test_a_load_needs_no_reason_and_is_never_called_human_relevant_or_not() -> None:
    dense = (
        ("area_cm2 = 5.0", "area_cm2 = 0.5"),
        ("density_ma_per_cm2 = 0.25", "density_ma_per_cm2 = 3.0"),
    )
    charge = ("charge_density_c_per_cm2 = 0.3", "charge_density_c_per_cm2 = 5.0")
    low = ("baseline_resistance_kohm_cm2 = 60.0", "baseline_resistance_kohm_cm2 = 5.0")
    assert prepare(meso(*dense, charge, low, LOAD), BENCH).human_relevant


def test_a_class_the_bench_does_not_allow_is_refused(tmp_path: Path) -> None:
    loads_only = bench_with(tmp_path, ('["load", "excised"]', '["load"]'))
    line = reasons(meso(), loads_only)[0]
    assert 'channel[0].cell[0].specimen_class = "excised"' in line
    assert "is not allowed on this bench" in line
    assert "allows: load" in line
    nothing = bench_with(tmp_path, ('allowed_classes = ["load", "excised"]', ""))
    assert "allows: none" in reasons(meso(), nothing)[0]


def test_perfused_tissue_is_not_driven_by_the_shipped_bench() -> None:
    line = reasons(meso(('specimen_class = "excised"', 'specimen_class = "perfused"')))[0]
    assert "is not allowed on this bench" in line


def test_a_driver_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    other = bench_with(tmp_path, ('driver = "keithley-2450-tsp"', 'driver = "keithley-9999"'))
    assert (
        'source[0].driver = "keithley-9999": no such driver; there are: '
        in (reasons(meso(), other)[0])
    )


def two_channels(*changes: tuple[str, str]) -> protocol.Protocol:
    channel = "[[channel]]" + MESOGLOW.split("[[channel]]")[1].split("[limits]")[0]
    second = channel.replace('name = "A"', 'name = "B"')
    return meso(("[limits]", second + "[limits]\ntotal_current_ma = 1.5"), *changes)


def test_channels_need_sources_and_share_a_cap(tmp_path: Path) -> None:
    lines = reasons(two_channels())
    assert "2 channels need as many sources, emulated_bench.toml has 1" in lines[0]
    assert "limits.total_current_ma: the channels together need 2 mA, allowed are 1.5" in lines[1]
    source = "[[source]]" + BENCH_TEXT.split("[[source]]")[1].split("[limits]")[0]
    other = source.replace("smu-1", "smu-2").replace('serial = "', 'serial = "2')
    pair = bench_with(tmp_path, ("[limits]", other + "[limits]"))
    plan = prepare(two_channels(("total_current_ma = 1.5", "total_current_ma = 2.0")), pair)
    assert [channel.source.id for channel in plan.channels] == ["smu-1", "smu-2"]
    assert plan.common_current_na == 2_000_000


def test_a_bench_may_cap_the_sum_of_one_channel_too(tmp_path: Path) -> None:
    capped = bench_with(tmp_path, ("[limits]", "[limits]\ntotal_current_ma = 0.8"))
    line = reasons(meso(), capped)
    assert line == [
        (
            "f.toml: limits.total_current_ma: the channels together need 1 mA, allowed are 0.8; "
            "lower one of them, or let them follow one another"
        )
    ]


def test_cells_in_series_add_voltage_and_are_judged_on_the_smallest() -> None:
    cell = MESOGLOW[MESOGLOW.index("[[channel.cell]]") : MESOGLOW.index("[[channel.segment]]")]
    second = cell.replace('"cell-1"', '"cell-2"').replace("area_cm2 = 5.0", "area_cm2 = 4.0")
    third = cell.replace('"cell-1"', '"cell-3"')
    first = "[[channel.segment]]"
    plan = prepare(meso((first, second + third + first), ("0.3\n", "0.4\n")), BENCH)
    channel = plan.channels[0]
    assert channel.limits.density_na == 1_000_000
    assert channel.load_low_ohm == 325
    assert channel.voltage.peak_v[1] > 2.5 * 5
    one, two, three = channel.cells
    assert one.predictions is three.predictions
    assert two.density_ma_per_cm2 == pytest.approx(0.25)


def test_a_voltage_limit_that_would_hold_too_long_is_refused() -> None:
    line = reasons(meso(("voltage_v = 35.0", "voltage_v = 2.0")))
    assert len(line) == 1
    assert 'limits.voltage_v = 2 (channel "A"): the median course needs up to' in line[0]
    assert "allowed are 120 s; lower the current" in line[0]


def test_a_voltage_limited_start_within_what_is_declared_is_normal_work() -> None:
    plan = prepare(meso(("voltage_v = 35.0", "voltage_v = 5.0")), BENCH)
    assert any("The start may be limited by 5 V" in note.text for note in plan.notes)


def test_more_than_35_v_needs_a_guarded_bench(tmp_path: Path) -> None:
    high = meso(("voltage_v = 35.0", "voltage_v = 60.0"))
    assert prepare(high, BENCH).channels[0].limits.voltage_uv == 35_000_000
    text = ("voltage_v = 35.0 ", "voltage_v = 60.0 ")
    enclosed = bench_with(tmp_path, text)
    assert prepare(high, enclosed).channels[0].limits.voltage_uv == 35_000_000
    guarded = bench_with(
        tmp_path,
        text,
        ('"enclosed"', '"guarded"'),
        ('interlock = "none"', 'interlock = "read_back"'),
    )
    assert prepare(high, guarded).channels[0].limits.voltage_uv == 60_000_000


def test_a_stop_at_a_charge_is_carried_over_exactly() -> None:
    plan = prepare(meso(('at = "profile_end" ', 'at = "charge"\ncharge_ma_min = 12.5')), BENCH)
    assert plan.channels[0].finish_charge_pc == 750_000_000_000


def test_an_amount_that_is_not_expected_is_noted() -> None:
    stop = 'at = "predicted_amount"\nlayer = "dermis"\namount_ug_per_cm2 = 500.0'
    notes = prepare(meso(('at = "profile_end" ', stop)), BENCH).notes
    assert any("500 ug/cm2 in the dermis is not expected" in note.text for note in notes)


def test_a_calibration_that_is_overdue_is_noted(tmp_path: Path) -> None:
    real = bench_with(
        tmp_path,
        (EMULATED, 'resource = "USB0::1::2::3::INSTR"\n'),
        ("calibration_due = 2099-12-31", "calibration_due = 2026-02-01"),
    )
    late = prepare(meso(), real, today=dt.date(2026, 2, 2))
    assert any("calibration of smu-1 was due on 2026-02-01" in note.text for note in late.notes)
    for day in (dt.date(2026, 2, 1), None):
        notes = prepare(meso(LOAD), real, today=day).notes
        assert not any("calibration" in note.text for note in notes)


def test_competition_and_electrodes_are_put_in_numbers(mesoglow: Plan) -> None:
    texts = [note.text for note in mesoglow.notes]
    assert "The silver chloride cathode adds 6.1 mM of chloride to the donor." in texts
    assert any(
        text.startswith("Competing with ascorbate for the current: chloride") for text in texts
    )
    salty = meso(("{ sodium = 100.0 }", "{ sodium = 250.0, chloride = 150.0 }"))
    worse = next(n for n in prepare(salty, BENCH).notes if "Competing" in n.text)
    assert worse.severity == "warning"
    at_start = int(worse.text.split("conductance is ")[1].split(" %")[0])
    assert at_start > 100


def test_an_anode_short_of_chloride_is_warned_of() -> None:
    short = meso(
        ('compound = "ascorbate"', 'compound = "lidocaine"'),
        ("concentration_mm = 100.0", "concentration_mm = 4.0"),
        ("{ sodium = 100.0 }", "{ chloride = 4.0 }"),
        ('active_pole = "cathode"', 'active_pole = "anode"'),
    )
    notes = prepare(short, BENCH).notes
    assert any(
        note.severity == "warning" and "takes 12 umol of chloride from the donor, of 8" in note.text
        for note in notes
    )


def brute_force(wave: Waveform, stop_ramp_ms: int) -> float:
    config = Config(
        channels=(), common_current_na=0, tick_ms=SLOWEST_TICK_MS, stop_ramp_ms=stop_ramp_ms
    )
    reserve_ms = ramp_reserve_ms(config) + SLOWEST_TICK_MS
    return max(
        float(wave.charge_at(t)) + wave.current_at(t) * reserve_ms
        for t in range(0, wave.duration_ms + 1, 10)
    )


@given(
    st.lists(st.integers(1, 20), min_size=2, max_size=5),
    st.lists(st.integers(0, 10**6), min_size=4, max_size=4),
    st.integers(500, 30_000),
)
def test_the_charge_of_a_stop_is_held_in_reserve(
    spans: list[int], levels: list[int], stop_ramp_ms: int
) -> None:
    knots = [(0, 0)]
    for span, level in zip(spans, [*levels[: len(spans) - 1], 0], strict=True):
        knots.append((knots[-1][0] + span * 100, level))
    wave = Waveform(knots=tuple(knots))
    held = charge_with_stop_pc(wave, stop_ramp_ms, SLOWEST_TICK_MS)
    at_most = brute_force(wave, stop_ramp_ms)
    steepest = max(abs(b[1] - a[1]) for a, b in pairwise(knots))
    assert at_most <= held + 1
    assert held <= at_most + steepest * 10 + 1e7
