from __future__ import annotations

from pathlib import Path

import pytest

from models.compiled_cache import SOURCES, drop_stale


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for folder in (tmp_path, tmp_path / "planning"):
        kept = folder / "__pycache__"
        kept.mkdir(parents=True)
        (folder / "compiled_inner.py").write_text("A = 1\n")
        (kept / "compiled.run-1.py311.nbi").write_bytes(b"index")
        (kept / "compiled.run-1.py311.1.nbc").write_bytes(b"code")
        (kept / "compiled.cpython-311.pyc").write_bytes(b"python")
    (tmp_path / "grid.py").write_text("B = 1\n")
    return tmp_path


def kernels(package: Path) -> int:
    return len(list(package.rglob("*.nb?")))


@pytest.mark.parametrize("changed", ["compiled_inner.py", "planning/compiled_inner.py"])
def test_kernels_go_when_an_inner_source_changes(package: Path, changed: str) -> None:
    assert drop_stale(package)
    assert kernels(package) == 0
    (package / "__pycache__" / "compiled.run-1.py311.nbi").write_bytes(b"index")
    assert not drop_stale(package)
    assert kernels(package) == 1
    (package / changed).write_text("A = 2\n")
    assert drop_stale(package)
    assert kernels(package) == 0
    assert len(list(package.rglob("*.pyc"))) == 2


def test_kernels_stay_when_another_module_changes(package: Path) -> None:
    drop_stale(package)
    (package / "__pycache__" / "compiled.run-1.py311.nbi").write_bytes(b"index")
    (package / "grid.py").write_text("B = 2\n")
    assert not drop_stale(package)
    assert kernels(package) == 1


def test_sources_name_every_module_whose_constants_are_compiled_in() -> None:
    package = Path(__file__).parents[2] / "models"
    listed = {path for pattern in SOURCES for path in package.glob(pattern)}
    for source in package.glob("**/compiled*.py"):
        for line in source.read_text(encoding="utf-8").splitlines():
            if line.startswith("from models."):
                module, names = line.removeprefix("from models.").split(" import ")
                constants = [name.strip(" (,") for name in names.split(",")]
                if any(name.isupper() for name in constants):
                    assert package / f"{module.replace('.', '/')}.py" in listed, line
