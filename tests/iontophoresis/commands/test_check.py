"""`iontophoresis check`: the page and exit status 0, or one line per reason and exit status 1."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from iontophoresis import protocol
from iontophoresis.commands.check import check
from iontophoresis.errors import InputError, PlanRefusedError


def test_a_shipped_protocol_is_shown() -> None:
    result = CliRunner().invoke(check, ["mesoglow"])
    assert result.exit_code == 0
    assert "Mesoglow: ascorbate into the dermis of excised skin" in result.output
    assert result.output.endswith("Within every limit. Run it with: iontophoresis run mesoglow\n")


def test_a_refused_plan_prints_no_page(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    text = protocol.load("mesoglow").source_text
    path.write_text(text.replace("current_ma = 1.2", "current_ma = 0.2"), encoding="utf-8")
    result = CliRunner().invoke(check, [str(path)])
    assert result.output == ""
    assert isinstance(result.exception, PlanRefusedError)
    assert "the protocol allows 0.2" in str(result.exception)


@pytest.mark.parametrize("arguments", [["nothing"], ["mesoglow", "--bench", "nothing.toml"]])
def test_a_missing_file_is_an_input_error(arguments: list[str]) -> None:
    result = CliRunner().invoke(check, arguments)
    assert isinstance(result.exception, InputError)
