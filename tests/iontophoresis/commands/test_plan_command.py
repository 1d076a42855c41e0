from importlib import resources

from iontophoresis.cli import main

GOALS = resources.files("iontophoresis") / "library" / "goals"


def test_refusal_names_file_key_and_bound(tmp_path, capsys):
    goal = tmp_path / "mine.toml"
    text = (GOALS / "mesoglow.toml").read_text()
    goal.write_text(text.replace("by_min = 20.0", "by_min = 9000.0"))
    assert main(["plan", str(goal)]) == 1
    assert "mine.toml: goal.by_min = 9000.0: must be above 0 and at most 2880 min" in (
        capsys.readouterr().err
    )


def test_compound_the_model_does_not_know_is_one_line(tmp_path, capsys):
    goal = tmp_path / "mine.toml"
    goal.write_text((GOALS / "mesoglow.toml").read_text().replace('"ascorbate"', '"unobtainium"'))
    assert main(["plan", str(goal)]) == 1
    said = capsys.readouterr().err.strip()
    assert "mine.toml" in said
    assert "unobtainium" in said


def test_most_amount_is_planned_and_written(tmp_path, capsys):
    goal, planned = tmp_path / "mine.toml", tmp_path / "planned.toml"
    text = (GOALS / "mesoglow.toml").read_text()
    goal.write_text(
        text.replace("least_charge", "most_amount").replace("amount_ug_per_cm2 = 10.0", "")
    )
    assert main(["plan", str(goal), "-o", str(planned)]) == 0
    assert "The most inside the limits" in capsys.readouterr().out
    assert main(["check", str(planned)]) == 0
    assert (tmp_path / "planned.prediction.json").exists()
