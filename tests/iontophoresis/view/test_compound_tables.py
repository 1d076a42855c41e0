from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from iontophoresis.view.compound_tables import (
    render_compound,
    render_mixture,
    render_overview,
    render_refused,
)
from models.compounds import compounds as actives
from models.compounds import load_compound, mixtures, refused_compounds


def drawn(page: RenderableType, width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width, highlight=False).print(page)
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 110])
def test_tables_fit_the_terminal_uncut(width: int) -> None:
    everything = [load_compound(name) for name in actives()]
    text = drawn(render_overview(everything, 7.4, width), width)
    text += "".join(drawn(render_compound(compound, 7.4), width) for compound in everything)
    assert "\u2026" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_a_wide_terminal_shows_band_and_confirmation() -> None:
    line = drawn(render_overview([load_compound("lidocaine")], 6.0, 110), 110)
    assert "0.056-0.5" in line
    assert "5 of 6" in line
    narrow = drawn(render_overview([load_compound("lidocaine")], 6.0, 80), 80)
    assert "0.168 \u00d73" in narrow
    assert "0.056-0.5" not in narrow


def test_what_does_not_fit_the_pore_is_said_to() -> None:
    assert "too large" in drawn(render_overview([load_compound("calcitonin")], 6.0, 110), 110)


def test_tiny_solubilities_are_not_rounded_to_zero() -> None:
    assert "<0.001" in drawn(render_overview([load_compound("tretinoin")], 7.4, 80), 80)


def test_refusals_and_mixtures_are_indented_prose() -> None:
    text = drawn(render_refused(list(refused_compounds().items())), 80)
    assert "[read: abstract]" in text
    lines = [line for line in text.splitlines() if line.strip()]
    assert {line.strip() for line in lines if not line.startswith(" ")} == set(refused_compounds())
    for name, parts in mixtures().items():
        assert all(part in drawn(render_mixture(name, parts), 200) for part in parts)
