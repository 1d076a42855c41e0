from __future__ import annotations

import sys
from pathlib import Path

import pytest

from iontophoresis.doctor import environment
from iontophoresis.doctor.environment import check_environment
from iontophoresis.doctor.findings import Verdict
from iontophoresis.doctor.packages import (
    StrangePackageError,
    refuse_strange_packages,
    strange_packages,
)


@pytest.fixture
def shadowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [one for one in sys.modules if one == "models" or one.startswith("models.")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_our_packages_are_our_own() -> None:
    assert strange_packages() == {}
    refuse_strange_packages()


def test_another_package_of_the_name_is_refused(shadowed: Path) -> None:
    with pytest.raises(StrangePackageError, match="models is imported from") as caught:
        refuse_strange_packages()
    assert str(shadowed) in str(caught.value)


def test_a_distribution_that_shares_a_folder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"instruments": ["iontophoresis", "InstrumentKit"]}
    monkeypatch.setattr(environment.importlib.metadata, "packages_distributions", lambda: owners)
    (failed,) = [one for one in check_environment() if one.verdict is Verdict.FAILED]
    assert failed.check == "package instruments"
    assert "InstrumentKit" in failed.measured


def test_versions_are_told() -> None:
    told = {one.check: one for one in check_environment()}
    assert "pyvisa-py" in told["libraries"].measured
    assert told["libraries"].verdict is Verdict.PASSED
