from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from iontophoresis.record.session import Session
from iontophoresis.view.depth import session_depth


def test_the_model_is_run_on_the_measured_current(
    session: Callable[..., Session], header: Callable[..., dict[str, Any]], mesoglow_toml: str
) -> None:
    told = header(protocol_toml=mesoglow_toml, protocol_name="mesoglow")
    full = session_depth(session("done", header=told), 0)
    short = session_depth(session("cut", header=told), 0)
    assert full is not None
    assert short is not None
    assert full.at_s == 300.0
    names = [name for name, _ in full.layers_um]
    assert names == ["stratum_corneum", "epidermis", "dermis", "fat"]
    carried = [np.trapezoid(p.band.middle, p.band.at) for p in (short, full)]
    assert carried[1] > 1.5 * carried[0] > 0


def test_without_a_protocol_or_ticks_there_is_none(
    session: Callable[..., Session], header: Callable[..., dict[str, Any]], mesoglow_toml: str
) -> None:
    assert session_depth(session("done"), 0) is None
    assert session_depth(session("empty", header=header(protocol_toml=mesoglow_toml)), 0) is None
    garbage = header(protocol_toml="schema = 1")
    assert session_depth(session("done", name="garbage", header=garbage), 0) is None
