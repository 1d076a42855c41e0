"""`python -m tests.mutation [stride [start]]`: does some test fail for every mutant?

With a stride only every so-many-th mutant is tried, and no report is written.
"""

import ast
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis.stateful
import pytest

from tests.mutation.justified import JUSTIFIED
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "iontophoresis" / "safety"
TESTS = {
    "arithmetic": ["arithmetic"],
    "limits": ["limits"],
    "reactions": ["reactions"],
    "judgement": ["boundaries", "kernel"],
    "kernel": ["boundaries", "kernel"],
    "signals": ["boundaries", "kernel"],
}
# No plugins and no configuration file: each of some thousand processes starts in no time.
OPTIONS = ["-x", "-q", "-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib", "--assert=plain",
           "-p", "no:cacheprovider", "-m", "not generated", "-W", "ignore"]  # fmt: skip
PATIENCE_S = 120
REPORT = ROOT / "reports" / "mutation.md"


class Outcome(NamedTuple):
    """What became of one mutant."""

    module: str
    mutant: Mutant
    killed: bool

    @property
    def name(self) -> str:
        """Where and what, as in the table of justified survivors."""
        return f"{self.module}: {self.mutant.change}"


class Exchanged(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import one module from a changed tree instead of from its file."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:  # noqa: ARG002
        """Find the one module."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._path))

    def exec_module(self, module: Any) -> None:
        """Run the changed tree."""
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)  # noqa: S102


def killed(module: str, tree: ast.Module) -> bool:
    """Run the tests on a mutant in a process of its own; a hang counts as killed."""
    pid = os.fork()
    if pid == 0:
        _try(module, tree)
    return os.waitpid(pid, 0)[1] != 0


def _try(module: str, tree: ast.Module) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE_S)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        path = FOLDER / f"{module}.py"
        sys.meta_path.insert(0, Exchanged(f"iontophoresis.safety.{module}", path, tree))
        tests = (f"tests/iontophoresis/safety/test_{name}.py" for name in TESTS[module])
        status = pytest.main([*OPTIONS, *tests])
        os._exit(int(status != 0))
    except BaseException:  # noqa: BLE001 - whatever breaks, the mutant was noticed
        os._exit(1)


def outcomes(sources: dict[str, str], stride: int, start: int, jobs: int) -> Iterator[Outcome]:
    """Yield what became of every mutant of the modules."""
    work = [(name, one) for name, source in sources.items() for one in mutants(source)]
    work = work[start::stride]
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda item: killed(item[0], item[1].tree), work)
        for (module, mutant), dead in zip(work, found, strict=True):
            yield Outcome(module, mutant, dead)


def main(chosen: list[str]) -> int:
    """Print and write what survived; the exit status is 1 if anything did without a reason."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    stride, start = (*(int(number) for number in chosen), *(1, 0)[len(chosen) :])
    modules = sorted(TESTS)
    sources = {module: (FOLDER / f"{module}.py").read_text(encoding="utf-8") for module in modules}
    if not any(killed(module, ast.parse(source)) for module, source in sources.items()):
        done = []
        for outcome in outcomes(sources, stride, start, jobs=2):
            done.append(outcome)
            if not outcome.killed:
                sys.stdout.write(
                    f"{len(done)}: survived  {outcome.name} (line {outcome.mutant.line})\n"
                )
                sys.stdout.flush()
        return _report(done, write=stride == 1)
    sys.stdout.write("the tests fail without any mutant\n")
    return 1


def _report(done: list[Outcome], *, write: bool) -> int:
    alive = [one for one in done if not one.killed]
    unjustified = [one for one in alive if one.name not in JUSTIFIED]
    said = (
        f"Written by `make mutation` on {datetime.now(UTC).date()}. {len(done)} mutants, "
        f"{len(done) - len(alive)} killed, {len(alive)} survived, {len(unjustified)} of them "
        "without a reason why nothing can tell them from the original."
    )
    lines = ["# Mutants of the safety kernel", "", said, ""]
    lines += ["| survivor | why it is no defect |", "|---|---|"]
    lines += [f"| `{one.name}` | {JUSTIFIED.get(one.name, 'NONE')} |" for one in alive]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if write:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
    return 1 if unjustified else 0


if __name__ == "__main__":
    assert hypothesis.stateful
    raise SystemExit(main(sys.argv[1:]))
