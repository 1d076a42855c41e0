"""What ends the current if the computer dies, as the plan says it before anything is connected."""

import pytest

from instruments.drivers import DRIVERS
from iontophoresis import bench, protocol
from iontophoresis.errors import InputError, PlanRefusedError
from iontophoresis.fail_safe import with_fail_safe
from iontophoresis.launch import prepare_plan
from iontophoresis.plan import prepare
from iontophoresis.protocol.document import read_shipped

FASTER = ("slew_up_ma_per_s = 0.05", "slew_up_ma_per_s = 1.0")
LONGER = ("current_on_time_min = 25.0", "current_on_time_min = 35.0")


def plan(tmp_path, driver, *changes):
    stand = tmp_path / "bench.toml"
    text = read_shipped("emulated_bench").text.replace("keithley-2450-tsp", driver)
    stand.write_text(text, encoding="utf-8")
    wanted = tmp_path / "protocol.toml"
    text = read_shipped("mesoglow").text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    wanted.write_text(text, encoding="utf-8")
    return with_fail_safe(prepare(protocol.load(wanted), bench.load(stand), draws=2))


def notes(made):
    return " ".join(note.text for note in made.notes if note.text.startswith("Tier"))


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        ("keithley-2450-tsp", ("Tier A", "within 1.6 s", "proved at the start")),
        ("keithley-2450", ("Tier C", "stay with it")),
        ("keithley-2600", ("Tier A", "within 1.6 s")),
        ("howland-pump", ("Tier A", "within 0.6 s")),
    ],
)
def test_a_plan_says_what_ends_the_current(tmp_path, driver, words):
    said = notes(plan(tmp_path, driver))
    assert all(word in said for word in words)


def test_every_driver_says_what_ends_its_current():
    assert all(driver.declares.driver == name for name, driver in DRIVERS.items())


@pytest.mark.parametrize(
    ("driver", "complaint"),
    [
        ("keysight-n6700", r"voltage_v = 35.*keysight-n6700 limits its voltage to .* to 20 V only"),
        ("yokogawa-gs200", r"voltage_v = 35.*1 to 30 V only"),
        ("yokogawa-gs200", r"meter.*measures no current and no meter beside it does.*shunt_ohm"),
        ("keithley-6221", r"meter.*measures no current"),
    ],
)
def test_a_source_that_cannot_do_what_is_asked_is_refused_before_it_is_opened(
    tmp_path, driver, complaint
):
    with pytest.raises(PlanRefusedError, match=complaint):
        plan(tmp_path, driver)


def test_a_tick_shorter_than_the_driver_needs_is_refused(tmp_path):
    with pytest.raises(PlanRefusedError, match=r"tick_ms = 20.*needs 150 ms"):
        plan(tmp_path, 'yokogawa-gs200"\ntick_ms = 20 #')


def test_programs_that_lose_no_charge_take_longer(tmp_path):
    said = notes(plan(tmp_path, "keithley-2400", FASTER, LONGER))
    assert "within 10 s" in said
    assert "no charge is lost, and the session lasts 14 % longer" in said


def test_a_slew_that_programs_cannot_follow_is_refused_with_one_that_they_can(tmp_path):
    with pytest.raises(PlanRefusedError, match=r"slew_up_ma_per_s = 0.05.*at least 0.34 mA/s"):
        plan(tmp_path, "keithley-2400")


def test_the_time_that_gaps_add_counts_against_the_limits(tmp_path):
    tight = ("current_on_time_min = 25.0", "current_on_time_min = 21.0")
    with pytest.raises(PlanRefusedError, match="current_on_time_min = 21"):
        plan(tmp_path, "keithley-2400", FASTER, tight)


@pytest.mark.parametrize("source", ["file:///etc/passwd", "TCPIP0::a b", "", "192.0.2.10"])
def test_a_source_that_is_no_visa_address_is_refused(tmp_path, source):
    stand = tmp_path / "bench.toml"
    stand.write_text(read_shipped("emulated_bench").text, encoding="utf-8")
    with pytest.raises(InputError, match="not a VISA address"):
        prepare_plan("mesoglow", bench=stand, source=source)
