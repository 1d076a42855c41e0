from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iontophoresis.cli import cli
from iontophoresis.errors import IontophoresisError

Record = Callable[..., Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", ["plot", "sessions", "export", "verify", "summary", "simulate"])
def test_help_has_examples(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"iontophoresis {name}" in result.output


def test_sessions_lists_states(record: Record) -> None:
    path = record("done")
    record("tripped")
    output = run("sessions", "--directory", path.parent).output
    assert "done" in output
    assert "tripped" in output
    assert str(path.parent) in output


def test_an_empty_directory_says_what_to_do(tmp_path: Path) -> None:
    assert "iontophoresis run" in run("sessions", "--directory", tmp_path).output


def test_summary_of_the_last(record: Record) -> None:
    directory = record("stopped").parent
    result = run("summary", "last", "--directory", directory)
    assert result.exit_code == 0
    assert "stopped: the end" in result.output


def test_plot_draws_beside_the_session_or_where_asked(record: Record, tmp_path: Path) -> None:
    path = record("done")
    assert run("plot", path).output.strip() == str(path.with_suffix(".png"))
    assert path.with_suffix(".png").stat().st_size > 10_000
    outputs = [tmp_path / "a.svg", tmp_path / "b.pdf"]
    result = run("plot", path, record("cut"), "--output", outputs[0], "--output", outputs[1])
    assert result.exit_code == 0
    assert all(output.exists() for output in outputs)


def test_export_refuses_to_write_over(record: Record, tmp_path: Path) -> None:
    path = record("done")
    assert len(run("export", path, "--to", tmp_path / "csv").output.splitlines()) == 4
    again = run("export", path, "--to", tmp_path / "csv")
    assert isinstance(again.exception, IontophoresisError)
    assert run("export", path, "--to", tmp_path / "csv", "--force").exit_code == 0


def test_verify_tells_the_head_and_finds_a_change(record: Record) -> None:
    path = record("done")
    good = run("verify", path)
    assert good.exit_code == 0
    assert "the chain holds" in good.output
    assert "not detected" in good.output
    head = good.output.split("head ")[1].split()[0]
    assert run("verify", path, "--head", head).exit_code == 0
    assert run("verify", path, "--head", "00" * 32).exit_code == 1
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE tick SET voltage_uv = 1 WHERE tick = 40")
    connection.close()
    bad = run("verify", path)
    assert bad.exit_code == 1
    assert "does not say what was written" in bad.output


def test_simulate_draws_and_tells_the_amounts(tmp_path: Path) -> None:
    output = tmp_path / "prediction.svg"
    result = run("simulate", "mesoglow", "--output", output)
    assert result.exit_code == 0
    assert "perfused living tissue" in result.output
    assert "dermis" in result.output
    assert output.exists()
