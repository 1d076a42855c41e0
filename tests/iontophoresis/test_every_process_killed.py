"""When every process is gone, the source's own lease ends the current."""

import os
import time

import numpy as np
import psutil
import pytest

from instruments.keithley_2450_tsp import CAPABILITIES

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system"),
]
# An emulated bench ends half a second after its output went off, and a busy computer adds to that.
ENDS_WITHIN_S = CAPABILITIES.worst_case_off_s + 3.0


def test_killing_every_process_at_once_ends_at_zero(user_session):
    session = user_session()
    session.wait_for_current()
    family = psutil.Process(session.process.pid).children(recursive=True)
    benches = [one for one in family if "instruments.emulation" in one.cmdline()]
    others = [one for one in family if one not in benches]
    assert len(benches) == 1
    assert len(others) >= 3
    # Stopped first, so that none sees another one die and does something about it.
    for one in others:
        one.suspend()
    killed_s = time.monotonic()
    for one in (*others, session.process):
        one.kill()
    session.process.wait()
    psutil.wait_procs(benches, timeout=ENDS_WITHIN_S)
    assert time.monotonic() - killed_s < ENDS_WITHIN_S
    truth = session.truth()
    assert not truth["output_on"][-1]
    assert truth["current_a"][-1] == 0.0
    # Nothing ramped it down: it was whole until the lease ran out.
    on = np.abs(truth["current_a"][truth["output_on"] > 0])
    assert on[-100:].min() > 0.5 * on.max()
