"""The bench file: what it must say, and how it refuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from iontophoresis import bench
from iontophoresis.errors import InputError

SHIPPED = bench.load().source_text
EMULATED = '[source.emulated]\nload = "skin"                      # or "resistor", with resistance_kohm\nseed = 20\n'
SOURCE = SHIPPED[SHIPPED.index("[[source]]") : SHIPPED.index("[limits]")]


def load_edited(folder: Path, *changes: tuple[str, str]) -> bench.Bench:
    text = SHIPPED
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "b.toml"
    path.write_text(text, encoding="utf-8")
    return bench.load(path)


def only(folder: Path, *changes: tuple[str, str]) -> str:
    with pytest.raises(InputError) as caught:
        load_edited(folder, *changes)
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value).removeprefix(f"{folder / 'b.toml'}: ")


def test_the_bench_that_ships_is_emulated_enclosed_and_at_most_35_v() -> None:
    shipped = bench.load()
    assert shipped.is_emulated
    assert shipped.allowed_classes == ("load", "excised")
    assert (shipped.enclosure, shipped.limits.voltage_v) == ("enclosed", 35.0)
    assert shipped.origin == "emulated_bench.toml"
    assert bench.load("emulated_bench") == shipped


def test_a_real_bench_is_read(tmp_path: Path) -> None:
    real = load_edited(tmp_path, (EMULATED, 'resource = "TCPIP0::192.0.2.10::inst0::INSTR"\n'))
    assert not real.is_emulated
    assert real.source[0].resource == "TCPIP0::192.0.2.10::inst0::INSTR"
    assert real.source[0].calibrated_on == dt.date(2026, 1, 1)


def test_a_bench_that_names_no_class_allows_none(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, ('allowed_classes = ["load", "excised"]', ""))
    assert loaded.allowed_classes == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            '["load", "excised"]',
            '["load", "living"]',
            'allowed_classes[1] = "living": a living specimen is refused',
        ),
        (
            '["load", "excised"]',
            '["load", "exised"]',
            (
                'allowed_classes[1] = "exised": must be one of "load", "excised", "perfused"; '
                'did you mean "excised"?'
            ),
        ),
        (
            "signed_on = 2026-01-01",
            'signed_on = "2026-01-01"',
            (
                'signed_on = "2026-01-01": must be a date such as 2026-01-31, without quotes, '
                "not text in quotes; correct it"
            ),
        ),
        (
            'signed_by = "nobody: this bench is emulated"',
            "",
            "signed_by: is missing; add it: who is responsible for this bench",
        ),
        (
            "calibration_due = 2099-12-31",
            "calibration_due = 2020-12-31",
            (
                'source[0].calibration_due = 2020-12-31 (source "smu-1"): '
                "is before calibrated_on = 2026-01-01; exchange or correct the dates"
            ),
        ),
        (
            EMULATED,
            "",
            'source[0].resource (source "smu-1"): is missing; give it, or [source.emulated]',
        ),
        (
            EMULATED,
            'resource = "TCPIP0::192.0.2.10::5025::SOCKET"\n' + EMULATED,
            (
                'source[0].resource = "TCPIP0::192.0.2.10::5025::SOCKET" (source "smu-1"): '
                "a source is real or emulated, not both; keep resource or [source.emulated]"
            ),
        ),
        (
            EMULATED,
            'resource = "TCPIP0::192.0.2.10::inst0::INSTR;:OUTP ON"\n',
            (
                'source[0].resource = "TCPIP0::192.0.2.10::inst0::INSTR;:OUTP ON" '
                '(source "smu-1"): is not a VISA address; write it like'
            ),
        ),
        (
            'load = "skin" ',
            'load = "resistor" ',
            (
                'source[0].emulated.resistance_kohm (source "smu-1"): is missing, and the load is a '
                "resistor; give its value in kOhm"
            ),
        ),
        (
            "seed = 20",
            "seed = 20\nresistance_kohm = 10.0",
            (
                'source[0].emulated.resistance_kohm = 10.0 (source "smu-1"): the load is skin; '
                "remove it"
            ),
        ),
        (
            "seed = 20",
            "seed = -1",
            (
                'source[0].emulated.seed = -1 (source "smu-1"): must be at least 0 and at most '
                "2147483647; correct it"
            ),
        ),
        (
            'driver = "keithley-2450-tsp"',
            'driver = "keithley-2450-tsp"\ntick_ms = 5',
            (
                'source[0].tick_ms = 5 (source "smu-1"): must be at least 20 and at most 200 ms; '
                "correct it"
            ),
        ),
        (
            "voltage_v = 35.0",
            "voltage_mv = 35000",
            'limits.voltage_mv = 35000: unknown key; this key is "voltage_v", in V (here 35)',
        ),
        (
            'enclosure = "enclosed"',
            'enclosure = "closed"',
            (
                'enclosure = "closed": must be one of "open", "enclosed", "guarded"; '
                'did you mean "enclosed"?'
            ),
        ),
        (SOURCE, "source = []\n", "source = [...]: is empty, at least one is needed"),
    ],
)
def test_one_mistake_is_one_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    changes = [(old, new)]
    if old == SOURCE:  # an empty list must stand before the first table
        changes = [(SOURCE, ""), ("schema = 1\n", "schema = 1\n" + new)]
    assert only(tmp_path, *changes).startswith(line)


def test_instruments_have_their_own_names_and_addresses(tmp_path: Path) -> None:
    real = SOURCE.replace(EMULATED, 'resource = "USB0::1::2::3::INSTR"\n')
    with pytest.raises(InputError) as caught:
        load_edited(tmp_path, (SOURCE, real + real))
    text = str(caught.value)
    assert 'source[1].id = "smu-1" (source "smu-1"): is used twice' in text
    assert 'source[1].resource = "USB0::1::2::3::INSTR" (source "smu-1"): is used twice' in text


def test_a_missing_bench_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        bench.load(tmp_path / "none.toml")


METER = """[[meter]]
id = "amps"
driver = "keysight-34461a"
serial = "1"
calibrated_on = 2026-01-01
calibration_due = 2099-12-31
source = "smu-1"
reads = "current"
shunt_ohm = 100.0
emulated = true
"""


def test_a_meter_stands_beside_a_source(tmp_path: Path) -> None:
    loaded = load_edited(tmp_path, (SOURCE, SOURCE + METER))
    (meter,) = loaded.meters_of(loaded.source[0])
    assert (meter.reads, meter.shunt_ohm) == ("current", 100.0)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('source = "smu-1"\n', "", "meter[0].source"),
        ('source = "smu-1"', 'source = "smu-2"', "is no source of this bench; name one of smu-1"),
        ("shunt_ohm = 100.0\n", "", "meter[0].shunt_ohm"),
        ('reads = "current"', 'reads = "voltage"', "belongs to a meter that reads a current"),
        ("emulated = true\n", "", "meter[0].resource"),
        ("emulated = true", 'resource = "GPIB0::7::INSTR"\nemulated = true', "not both"),
    ],
)
def test_a_meter_that_does_not_fit_is_refused(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    assert old in METER
    assert line in only(tmp_path, (SOURCE, SOURCE + METER.replace(old, new)))


def test_two_meters_of_the_same_kind_are_one_too_many(tmp_path: Path) -> None:
    second = METER.replace('id = "amps"', 'id = "more"')
    assert "reads its current already" in only(tmp_path, (SOURCE, SOURCE + METER + second))


def test_a_serial_line_has_an_address_too(tmp_path: Path) -> None:
    address = 'resource = "ASRL/dev/ttyUSB0::INSTR"\n'
    assert load_edited(tmp_path, (EMULATED, address)).source[0].resource is not None
