"""The page says what, where, how much, and how near to which limit; without color and in ASCII."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from iontophoresis import bench, protocol
from iontophoresis.plan import Plan, prepare
from iontophoresis.view.plan_page import plan_page, print_plan

MESOGLOW = protocol.load("mesoglow").source_text


def page(plan: Plan, *, blocks: bool = True) -> str:
    console = Console(width=100, file=io.StringIO(), color_system=None)
    console.print(plan_page(plan, blocks=blocks))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def planned(*changes: tuple[str, str]) -> Plan:
    text = MESOGLOW
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return prepare(protocol.parse(text.encode(), "f.toml"), bench.load(), draws=20)


@pytest.fixture(scope="module")
def mesoglow() -> Plan:
    return planned()


@pytest.mark.parametrize(
    "line",
    [
        "cell-1: 5 cm2, human abdomen, full thickness, excised, 60 kOhm·cm2 before",
        "ascorbate 100 mM, pH 6.5, 2 mL with sodium 100 mM; under the cathode",
        "to 1 mA in 30 s, hold 19 min, to 0 mA in 30 s",
        "1 mA = 0.2 mA/cm2",
        "19.5 mA·min = 1.17 C = 0.234 C/cm2",
        "20 min, current on for 20 min",
        "when the profile ends",
        "smu-1, keithley-2450-tsp (emulated); range of at least 1 mA, compliance 35 V",
        "probe 25 uA, 1 V at most",
        "living, perfused",
        "(prediction only)",
        "(no blood flow)",
        "- Emulated bench: no instrument is connected.",
        "! Competing with ascorbate",
    ],
)
def test_what_an_operator_looks_for_is_there(mesoglow: Plan, line: str) -> None:
    assert line in page(mesoglow)


def test_the_figures_are_those_of_the_plan(mesoglow: Plan) -> None:
    text = page(mesoglow)
    dermis = mesoglow.channels[0].cells[0].predictions[0].amount("dermis")
    assert dermis is not None
    row = next(line for line in text.splitlines() if line.strip().startswith("dermis"))
    assert f"{dermis.p50_ug_per_cm2:.2g} (" in row
    density = next(line for line in text.splitlines() if line.strip().startswith("density"))
    assert "0.2" in density
    assert "0.25 mA/cm2" in density
    assert "80 %" in density


def test_the_prediction_the_protocol_shows_stands_first(mesoglow: Plan) -> None:
    def order(text: str) -> list[str]:
        row = next(line for line in text.splitlines() if "blood flow" in line)
        return sorted(["no blood flow", "prediction only"], key=row.index)

    assert order(page(mesoglow)) == ["no blood flow", "prediction only"]
    living = planned(("perfused_prediction = false", "perfused_prediction = true"))
    assert order(page(living)) == ["prediction only", "no blood flow"]


def test_plain_characters_suffice(mesoglow: Plan) -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="cp1252", write_through=True) as stream:
        print_plan(Console(width=80, file=stream, color_system=None), mesoglow)
        text = raw.getvalue().decode("cp1252")
    assert "###########... " in text
    assert "█" not in text


def test_a_load_has_no_dose_and_one_voltage() -> None:
    donor = MESOGLOW.split("[channel.donor]")[1].split("[[channel.cell]]")[0]
    load = ('specimen_class = "excised"', 'specimen_class = "load"')
    text = page(planned(("[channel.donor]" + donor, ""), load))
    assert "none, under the cathode (Ag/AgCl, direct)" in text
    assert "Predicted at the end" not in text
    assert "up to 12 V expected\n" in text.replace(" " * 2, "").replace(" \n", "\n")


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        ('at = "charge"\ncharge_ma_min = 12.0', "at 12 mA·min measured, or when the profile ends"),
        (
            'at = "predicted_amount"\nlayer = "stratum_corneum"\namount_ug_per_cm2 = 3.0',
            "at 3 ug/cm2 predicted in the stratum corneum, or at the end",
        ),
    ],
)
def test_the_stop_condition_is_in_words(stop: str, words: str) -> None:
    assert words in page(planned(('at = "profile_end" ', stop)))


def test_bridge_and_rest_are_in_words() -> None:
    bridge = 'contact = "salt_bridge"\nbridge_salt = "KCl"\nbridge_concentration_mm = 150.0'
    rest = '[[channel.segment]]\nkind = "rest"\nduration_s = 7200.0\n\n[limits]'
    time = ("session_time_min = 40.0", "session_time_min = 200.0")
    plan = planned(('contact = "direct"', bridge), ("[limits]", rest), time)
    text = " ".join(page(plan).split())
    assert "(Ag/AgCl, 150 mM KCl bridge)" in text
    assert "to 0 mA in 30 s, rest 2 h" in text


def test_a_long_profile_is_cut_on_the_page_only() -> None:
    pulse = (
        '[[channel.segment]]\nkind = "rest"\nduration_s = 10.0\n'
        '[[channel.segment]]\nkind = "ramp"\nto_ma = 0.1\nduration_s = 10.0\n'
        '[[channel.segment]]\nkind = "ramp"\nto_ma = 0.0\nduration_s = 10.0\n'
    )
    text = " ".join(page(planned(("[limits]", pulse * 3 + "[limits]"))).split())
    assert "and 4 more segments" in text
