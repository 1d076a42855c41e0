"""The hazard register names what there is, and nothing else; what there is stands in it."""

import re
from pathlib import Path

from instruments.emulation.hazards import HAZARDS
from iontophoresis.safety.reactions import Reason
from tests.campaign.kinds import KINDS
from tests.campaign.register import REGISTER, render

ROOT = Path(__file__).parents[2]


def test_every_fault_of_the_bench_stands_in_it():
    named = {fault for hazard in REGISTER for fault in hazard.faults}
    assert named == set(HAZARDS)


def test_every_reason_of_the_kernel_stands_in_it():
    named = {reason for hazard in REGISTER for reason in hazard.reasons.split()}
    assert named == {reason.name for reason in Reason}


def test_every_kind_of_the_campaign_belongs_to_a_hazard():
    assert {kind.hazards for kind in KINDS} <= {hazard.id for hazard in REGISTER}


def test_every_test_it_names_exists():
    found = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {name for hazard in REGISTER for name in hazard.tests} <= found


def test_a_hazard_without_kind_or_test_says_so():
    covered = {kind.hazards for kind in KINDS}
    bare = {one.id for one in REGISTER if not one.tests and not one.residual}
    assert bare <= covered


def test_wall_time_is_recorded_and_never_used():
    places = [*(ROOT / "iontophoresis/control").glob("*.py")]
    places += (ROOT / "iontophoresis/safety").glob("*.py")
    naming = {path.name for path in places if "time.time" in path.read_text(encoding="utf-8")}
    assert naming <= {"journal.py", "sentinel.py"}


def test_ids_are_in_order_and_the_page_is_up_to_date():
    ids = [hazard.id for hazard in REGISTER]
    assert ids == sorted(set(ids))
    page = (ROOT / "reports" / "hazards.md").read_text(encoding="utf-8")
    assert page == render(), "run python -m tests.campaign.register"
