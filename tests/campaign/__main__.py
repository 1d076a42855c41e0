"""`python -m tests.campaign`: run every case, print the figures, write the dated report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from multiprocessing import Pool
from pathlib import Path

from tests.campaign.figure import draw
from tests.campaign.matrix import faulted, paired, run_one
from tests.campaign.report import render
from tests.campaign.setting import SOURCES

REPORTS = Path(__file__).parents[2] / "reports"
PAIRED_PER_SEED = 4


def main():
    """Run the campaign; the status is 0 whatever it finds: a miss is published, not hidden."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sources", default=",".join(SOURCES))
    parser.add_argument("--reports", type=Path, default=REPORTS)
    given = parser.parse_args()
    sources = tuple(given.sources.split(","))
    keys = faulted(given.seeds, sources) + paired(PAIRED_PER_SEED * given.seeds, sources)
    began_s = time.monotonic()
    rows = []
    with Pool(given.jobs) as pool:
        for row in pool.imap(run_one, keys, chunksize=8):
            rows.append(row)
            if len(rows) % 100 == 0:
                sys.stderr.write(f"\r{len(rows)} of {len(keys)}")
    seconds = time.monotonic() - began_s
    date = datetime.now(UTC).date().isoformat()
    text = render(rows, date=date, seconds=seconds, jobs=given.jobs, seeds=given.seeds)
    (given.reports / "campaign.md").write_text(text, encoding="utf-8")
    draw(rows, given.reports / "campaign.svg")
    print(text.partition("## By kind")[0])


if __name__ == "__main__":
    main()
