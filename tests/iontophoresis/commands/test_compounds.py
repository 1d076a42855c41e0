"""`iontophoresis compounds`: every number with its source, legible at 80 columns."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from iontophoresis.commands.compounds import compounds
from iontophoresis.errors import InputError
from models.compounds import compounds as actives
from models.compounds import ions, load_compound


def run(*arguments: str) -> Result:
    return CliRunner().invoke(compounds, list(arguments))


def rows(output: str) -> dict[str, list[str]]:
    lines = [line.split() for line in output.splitlines() if line]
    return {cells[0]: cells[1:] for cells in lines if cells[0] in {*actives(), *ions()}}


def test_every_active_has_a_line() -> None:
    result = run()
    assert result.exit_code == 0
    table = rows(result.output)
    assert set(table) == set(actives())
    assert table["ascorbate"][:3] == ["176", "-1.00", "cathode"]
    assert table["caffeine"][1:3] == ["0", "anode"]
    assert "flow" in table["caffeine"]
    assert "fentanyl" not in result.output


def test_charge_and_pole_follow_the_ph() -> None:
    neutral, basic = rows(run("--ph", "7").output), rows(run("--ph", "9.5").output)
    assert neutral["theophylline"][1:3] == ["-0.02", "anode"]
    assert basic["theophylline"][1:3] == ["-0.84", "cathode"]
    assert rows(run("--ph", "2.9").output)["carnitine"][1:3] == ["+0.89", "anode"]


def test_ions_of_a_vehicle() -> None:
    table = rows(run("--ions").output)
    assert set(table) == set(ions())
    assert table["citrate"][1] == "-2.91"


def test_one_compound_shows_every_number_with_source_and_basis() -> None:
    result = run("lidocaine")
    assert result.exit_code == 0
    for name, quantity in load_compound("lidocaine").quantities():
        line = next(line for line in result.output.splitlines() if line.startswith(name))
        assert quantity.source in line
        assert quantity.basis in line
        assert f"{quantity.value:g}" in line
        assert f"[{quantity.source}]" in result.output
    assert "0.173 (0.058-0.52)" in result.output


def test_electro_osmosis_is_said() -> None:
    output = run("dexpanthenol").output
    assert "anode, by electro-osmosis" in output
    assert "share of the current" not in output


def test_refused_are_listed_with_reason_and_reference() -> None:
    output = run("--refused").output
    for name in ("phosphatidylcholine", "deoxycholate", "hyaluronic_acid", "botulinum_toxin"):
        assert name in output
    assert "they do not migrate as ions" in output
    assert "Eur J Pharm Sci 106:294" in output


def test_a_refused_name_tells_why() -> None:
    result = run("liposomes")
    assert result.exit_code == 0
    assert "model the drug that is free" in result.output


def test_a_mixture_tells_its_parts() -> None:
    assert "2 theophylline and 1 ethylenediammonium" in run("aminophylline").output


def test_a_validation_compound_is_no_preset() -> None:
    assert "no preset" in run("fentanyl").output


def test_a_misspelt_name_is_helped() -> None:
    result = run("Lidocain")
    assert isinstance(result.exception, InputError)
    assert "did you mean lidocaine" in str(result.exception)


@pytest.mark.parametrize(
    "arguments", [("--ph", "15"), ("--ph", "nan"), ("lidocaine", "--refused"), ("a", "b")]
)
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
