"""Ask the system for what keeps a process punctual: pages that stay in memory, and priority.

Both need a right that an ordinary account may not have. Nothing depends on them; what was granted
and what was not is said, so that it stands in the record.
"""

import ctypes
import os
import sys

MCL_CURRENT = 1
PRIORITY = 10
"""Low among real-time priorities: above every ordinary process, below the system's own threads."""


def lock_memory() -> str:
    """Keep the pages of this process in memory; say how that went."""
    if not sys.platform.startswith("linux"):
        return "memory is not locked on this system"
    if ctypes.CDLL(None, use_errno=True).mlockall(MCL_CURRENT) == 0:
        return "memory is locked"
    return f"memory is not locked: {os.strerror(ctypes.get_errno())}"


def raise_priority() -> str:
    """Run before ordinary processes; say how that went."""
    if not hasattr(os, "sched_setscheduler"):
        return "no real-time priority on this system"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError as error:
        return f"no real-time priority: {error.strerror}"
    return f"real-time priority {PRIORITY}"
