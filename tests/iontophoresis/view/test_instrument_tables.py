from __future__ import annotations

import pytest

from instruments.drivers import DRIVERS
from iontophoresis.view.instrument_tables import drivers_markdown, open_question


@pytest.mark.parametrize("driver", list(DRIVERS))
def test_every_driver_says_what_hardware_must_show(driver: str) -> None:
    assert open_question(driver) != "nothing is listed."


def test_the_table_says_what_the_drivers_declare() -> None:
    rows = {
        line.split("`")[1]: [cell.strip() for cell in line.replace("\\|", "/").split("|")[1:-1]]
        for line in drivers_markdown().splitlines()
        if line.startswith("| `")
    }
    assert list(rows) == list(DRIVERS)
    for name, driver in DRIVERS.items():
        declared = driver.usual or driver.declares
        worst_s = declared.worst_case_off_s
        assert rows[name][2] == declared.tier.value
        assert rows[name][3] == ("never" if worst_s is None else f"{worst_s:g} s")
        assert len(rows[name]) == 9
