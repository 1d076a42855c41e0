"""The fault campaign in short form: what must be safe is, and each run repeats bit by bit."""

import pytest

from iontophoresis.safety.reactions import Reason
from tests.campaign import detectors
from tests.campaign.kinds import KINDS
from tests.campaign.matrix import BY_NAME, faulted, paired, run_one
from tests.campaign.session import Case, run
from tests.campaign.setting import SOURCES

SAMPLE = [
    ("lead off", "plateau", "keithley-2450-tsp"),
    ("short circuit", "ramp up", "keysight-n6700"),
    ("voltage limit holds", "plateau", "keithley-2600"),
    ("source is off by 10 %", "plateau", "keithley-2450-tsp"),
    ("reading NAN", "ramp up", "howland-pump"),
    ("reboot", "plateau", "keithley-2450"),
    ("lease not armed", "opening", "keysight-n6700"),
    ("wrong instrument", "opening", "keithley-2400"),
    ("no answer", "plateau", "keithley-2600"),
    ("answer one too late", "ramp up", "keithley-2450-tsp"),
    ("connection reset", "pulse edge", "keysight-n6700"),
    ("every process killed", "plateau", "keysight-n6700"),
    ("every process killed", "plateau", "keysight-b2900"),
    ("frozen for 3 s", "plateau", "keithley-2450-tsp"),
    ("session process gone", "paused", "keithley-2450-tsp"),
    ("recorder fails", "plateau", "keithley-2600"),
    ("operator stops at once", "ramp up", "keithley-2400"),
    ("polarity turned at full current", "plateau", "keithley-2450-tsp"),
    ("profile beyond charge_pc", "opening", "keithley-2450-tsp"),
]
BLINDED = (Reason.LOAD_OPEN, Reason.CHARGE, Reason.OVERRUN)


@pytest.mark.parametrize(("kind", "phase", "source"), SAMPLE)
def test_a_fault_ends_within_its_bound_on_the_ground_truth(kind, phase, source):
    assert run_one((kind, phase, source, 0))[8] == ()


@pytest.mark.parametrize("source", SOURCES)
def test_a_session_without_a_fault_does_not_trip(source):
    row = run_one(("", "plateau", source, 3))
    assert (row[8], row[9]) == ((), "done")


def test_the_same_seed_gives_the_same_ground_truth_and_rows_bit_by_bit():
    case = Case("keithley-2450-tsp", "plateau", BY_NAME["flipped bits, every third"], seed=5)
    assert run(case).digest == run(case).digest
    other = Case("keithley-2450-tsp", "plateau", BY_NAME["flipped bits, every third"], seed=6)
    assert run(other).digest != run(case).digest


@pytest.mark.parametrize("reason", BLINDED)
def test_a_detector_switched_off_is_seen_by_the_campaign(reason):
    before, after = detectors.blind_spot(reason)
    assert before == ()
    assert after != ()


def test_every_reason_of_the_kernel_has_its_kind_or_says_why_not():
    assert set(detectors.SEEN_BY) | set(detectors.NOT_REACHED) == set(Reason)
    for kind, phase, _ in detectors.SEEN_BY.values():
        assert phase in BY_NAME[kind].phases


def test_a_probe_that_is_stopped_ends_the_session_in_words():
    assert run_one(("operator stops", "probe", "keithley-2450-tsp", 0))[9] == "refused"


def test_the_campaign_is_as_wide_as_it_says():
    assert len(KINDS) >= 70
    assert len({key[2] for key in faulted(1)}) == len(SOURCES) >= 4
    assert len(faulted(2)) == 2 * len(faulted(1))
    assert len(paired(3)) == 3 * 2 * len(SOURCES)
