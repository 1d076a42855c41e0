"""Every way a protocol's content can be wrong, and the sentence that says so."""

from __future__ import annotations

import pytest

from iontophoresis import protocol
from iontophoresis.errors import InputError

MESOGLOW = protocol.load("mesoglow").source_text
BRIDGE = 'contact = "salt_bridge"'
A_CELL = 'channel "A", cell "cell-1"'


def edited(*changes: tuple[str, str]) -> bytes:
    text = MESOGLOW
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def problems(*changes: tuple[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        protocol.parse(edited(*changes), "f.toml")
    lines = str(caught.value).split("\n")
    assert lines == [str(problem) for problem in caught.value.problems]
    return lines


def only(*changes: tuple[str, str]) -> str:
    found = problems(*changes)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "area_cm2 = 5.0",
            "area_cm2 = 500.0",
            (
                f"f.toml: channel[0].cell[0].area_cm2 = 500.0 ({A_CELL}): "
                "must be at least 0.01 and at most 200 cm2; if this is in mm2, write 5 (cm2)"
            ),
        ),
        (
            "area_cm2 = 5.0",
            "area_mm2 = 500.0",
            (
                f"f.toml: channel[0].cell[0].area_mm2 = 500.0 ({A_CELL}): unknown key; "
                'this key is "area_cm2", in cm2 (here 5)'
            ),
        ),
        (
            "area_cm2 = 5.0",
            "area = 5.0",
            (
                f"f.toml: channel[0].cell[0].area = 5.0 ({A_CELL}): unknown key; "
                'this key is "area_cm2", in cm2'
            ),
        ),
        (
            "area_cm2 = 5.0",
            "aera_cm2 = 5.0",
            (
                f"f.toml: channel[0].cell[0].aera_cm2 = 5.0 ({A_CELL}): unknown key; "
                'did you mean "area_cm2"?'
            ),
        ),
        (
            "duration_s = 1140.0",
            "duration_min = 19",
            (
                'f.toml: channel[0].segment[1].duration_min = 19 (channel "A", segment 2, hold): '
                'unknown key; this key is "duration_s", in s (here 1140)'
            ),
        ),
        (
            "current_ma = 1.2",
            "current_ma = true",
            "f.toml: limits.current_ma = true: must be a number, not true or false; correct it",
        ),
        (
            "current_ma = 1.2",
            'current_ma = "1.2"',
            (
                'f.toml: limits.current_ma = "1.2": must be a number, not text in quotes; '
                "write it without quotes"
            ),
        ),
        (
            "current_ma = 1.2",
            "current_ma = nan",
            "f.toml: limits.current_ma = nan: must be a finite number; write the number you mean",
        ),
        (
            "current_ma = 1.2",
            "current_ma = inf",
            "f.toml: limits.current_ma = inf: must be a finite number; write the number you mean",
        ),
        (
            "current_ma = 1.2",
            "current_ma = 1200",
            (
                "f.toml: limits.current_ma = 1200: must be above 0 and at most 20 mA; "
                "if this is in uA, write 1.2 (mA)"
            ),
        ),
        (
            "current_ma = 1.2",
            "current_ma = 0",
            "f.toml: limits.current_ma = 0: must be above 0 and at most 20 mA; correct it",
        ),
        (
            "voltage_v = 35.0",
            "",
            (
                "f.toml: limits.voltage_v: is missing; add it: highest voltage of the source, in V; "
                "a limit that is not named counts as zero"
            ),
        ),
        (
            "vehicle_salts_mm = { sodium = 100.0 }",
            "",
            (
                'f.toml: channel[0].donor.vehicle_salts_mm (channel "A"): is missing; add it: every '
                "other ion in the donor, in mM: they compete for the current; write {} when there are "
                "none"
            ),
        ),
        (
            "{ sodium = 100.0 }",
            "{ sodium = -1.0 }",
            (
                'f.toml: channel[0].donor.vehicle_salts_mm.sodium = -1.0 (channel "A"): '
                "must be at least 0 mM; correct it"
            ),
        ),
        (
            'kind = "hold"',
            'kind = "hodl"',
            (
                'f.toml: channel[0].segment[1].kind = "hodl" (channel "A", segment 2, hodl): '
                'must be one of "ramp", "hold", "rest", "continuous", "pulses", "bipolar", "steps", '
                '"slow_deep", "scan"; did you mean "hold"?'
            ),
        ),
        (
            'kind = "hold"',
            "",
            (
                'f.toml: channel[0].segment[1].kind (channel "A", segment 2): is missing; '
                "add kind = ..., which says what this table is"
            ),
        ),
        (
            "to_ma = 0.0",
            "to_ma = 0.5",
            (
                'f.toml: channel[0].segment[2] = {...} (channel "A", segment 3, ramp): '
                "the profile ends at 0.5 mA, it must end at zero; "
                'end with { kind = "ramp", to_ma = 0.0, duration_s = ... }'
            ),
        ),
        (
            "to_ma = 1.0",
            "to_ma = 0.0000005",
            (
                'f.toml: channel[0].segment[0].to_ma = 5e-07 (channel "A", segment 1, ramp): '
                "is finer than 1 nA (0.000001 mA); round it"
            ),
        ),
        (
            "duration_s = 1140.0",
            "duration_s = 1140.001",
            (
                'f.toml: channel[0].segment[1].duration_s = 1140.001 (channel "A", segment 2, hold): '
                "is not a multiple of 0.01 s; round it"
            ),
        ),
        (
            "{ low = 0.5, high = 1000.0 }",
            "{ low = 5.0, high = 5.0 }",
            (
                "f.toml: limits.load_window_kohm_cm2.low = 5.0: must be below high = 5 kOhm·cm2; "
                "exchange or correct them"
            ),
        ),
        (
            'at = "profile_end" ',
            'at = "charge" ',
            "f.toml: stop.charge_ma_min: is missing; add it: charge to stop at, in mA·min",
        ),
        (
            'at = "profile_end" ',
            'at = "profile_end"\ncharge_ma_min = 3.0 ',
            "f.toml: stop.charge_ma_min = 3.0: unknown key; this table knows at",
        ),
        (
            'active_pole = "cathode"',
            'active_pole = "Kathode"',
            (
                'f.toml: channel[0].active_pole = "Kathode" (channel "A"): must be one of "anode", '
                '"cathode"; did you mean "cathode"?'
            ),
        ),
        (
            "duration_s = 1140.0",
            "duration_s = 0.00001",
            (
                'f.toml: channel[0].segment[1].duration_s = 1e-05 (channel "A", segment 2, hold): '
                "is not a multiple of 0.01 s; round it"
            ),
        ),
        (
            'lot = "write the batch here"',
            f'lot = "{"x" * 200}"',
            (
                f'f.toml: channel[0].donor.lot = "{"x" * 59}…" (channel "A"): '
                "must have at most 120 characters; shorten it"
            ),
        ),
        (
            "area_cm2 = 5.0",
            f"area_mm2 = 1{'0' * 400}",
            (
                f"f.toml: channel[0].cell[0].area_mm2 = 1{'0' * 58}… ({A_CELL}): unknown key; "
                'this key is "area_cm2", in cm2'
            ),
        ),
        (
            "schema = 1",
            "schema = 2",
            "f.toml: schema = 2: must be 1; correct it",
        ),
        (
            'id = "cell-1"',
            'id = "cell;1"',
            (
                'f.toml: channel[0].cell[0].id = "cell;1" (channel "A", cell "cell;1"): must be '
                'letters, digits, "_", "-" and ".", at most 40, beginning with a letter or digit; '
                "shorten it, and put the long form in notes"
            ),
        ),
        (
            'lot = "write the batch here"',
            'lot = "\\u001b[2J"',
            (
                'f.toml: channel[0].donor.lot = "\\x1b[2J" (channel "A"): holds control characters; '
                "use plain text"
            ),
        ),
        (
            'title = "Mesoglow: ascorbate into the dermis of excised skin"',
            'title = ""',
            'f.toml: title = "": must have at least 1 characters; write it out',
        ),
        (
            "stop_ramp_s = 10.0",
            "stop_ramp_s = 60",
            "f.toml: stop_ramp_s = 60: must be at least 0.5 and at most 30 s; correct it",
        ),
    ],
)
def test_one_mistake_is_one_line(old: str, new: str, line: str) -> None:
    assert only((old, new)) == line


@pytest.mark.parametrize(
    "word",
    ["living", "Living", "human", "in_vivo", "in vivo", "InVivo", "patient", "VOLUNTEER", "person"],
)
def test_a_living_specimen_is_refused_by_name_with_the_reason(word: str) -> None:
    line = only(('specimen_class = "excised"', f'specimen_class = "{word}"'))
    assert f'channel[0].cell[0].specimen_class = "{word}" ({A_CELL})' in line
    assert "a living specimen is refused" in line
    assert "no medical device" in line
    assert "the model predicts perfused living tissue" in line


@pytest.mark.parametrize("word", ["ex vivo", "exised", "excised human skin", "cadaver"])
def test_a_dead_specimen_misspelt_is_no_living_one(word: str) -> None:
    line = only(('specimen_class = "excised"', f'specimen_class = "{word}"'))
    assert 'must be one of "load", "excised", "perfused"' in line
    assert "living" not in line


def test_all_errors_of_a_file_are_reported_in_its_order() -> None:
    lines = problems(
        ("perfused_prediction = false", "perfused_prediction = 0"),
        ("ph = 6.5", "ph = 65"),
        ("area_cm2 = 5.0", 'area_cm2 = "5"'),
        ("to_ma = 1.0", "to_ua = 1000.0"),
        ("slew_up_ma_per_s = 0.05", "slew_ma_per_s = 0.05"),
        ("[stop]", "[stopp]"),
    )
    keys = [line.split(": ")[1].split(" ")[0] for line in lines]
    assert keys == [
        "perfused_prediction",
        "channel[0].donor.ph",
        "channel[0].cell[0].area_cm2",
        "channel[0].segment[0].to_ua",
        "limits.slew_ma_per_s",
        "stopp",
    ]


def test_a_rest_under_current_and_a_hold_without_are_refused() -> None:
    lines = problems(('kind = "hold"', 'kind = "rest"'))
    assert "a rest has no current, but the segment before it ends at 1 mA" in lines[0]
    rest = '[[channel.segment]]\nkind = "hold"\nduration_s = 5\n\n[limits]'
    assert 'there is no current to hold here; write kind = "rest"' in only(("[limits]", rest))


def test_a_ramp_that_changes_nothing_is_refused() -> None:
    line = only(('kind = "hold"\n', 'kind = "ramp"\nto_ma = 1.0\n'))
    assert 'the current is 1 mA already; write kind = "hold"' in line


@pytest.mark.parametrize("key", ["bridge_salt", "bridge_concentration_mm"])
def test_a_salt_bridge_needs_its_salt(key: str) -> None:
    lines = problems(('contact = "direct"', BRIDGE))
    assert any(f"channel[0].electrode.{key}" in line and "is missing" in line for line in lines)


def test_a_direct_contact_has_no_bridge() -> None:
    line = only(('contact = "direct"', 'contact = "direct"\nbridge_salt = "NaCl"'))
    assert 'bridge_salt = "NaCl" (channel "A"): contact is "direct", which has no bridge' in line


def test_a_salt_bridge_is_read() -> None:
    bridged = BRIDGE + '\nbridge_salt = "NaCl"\nbridge_concentration_mm = 150'
    loaded = protocol.parse(edited(('contact = "direct"', bridged)), "f.toml")
    assert loaded.channel[0].electrode.bridge_concentration_mm == 150.0


@pytest.mark.parametrize("key", ["species", "site", "preparation"])
def test_tissue_must_be_described(key: str) -> None:
    line = next(line for line in MESOGLOW.splitlines() if line.startswith(key))
    assert f'{key} ({A_CELL}): is missing, and the specimen is "excised"' in only((line, ""))


def second_cell(**keys: str) -> str:
    lines = {"id": '"cell-2"', "area_cm2": "3", "specimen_class": '"excised"'} | keys
    rest = 'species = "human"\nsite = "abdomen"\npreparation = "full_thickness"\n'
    rest += "baseline_resistance_kohm_cm2 = 50\n"
    body = "\n".join(f"{key} = {value}" for key, value in lines.items())
    return f"[[channel.cell]]\n{body}\n{rest}\n[[channel.segment]]"


def test_cells_in_series_are_judged_on_the_smallest() -> None:
    loaded = protocol.parse(edited(("[[channel.segment]]", second_cell())), "f.toml")
    assert loaded.channel[0].smallest_area_cm2 == 3.0


def test_cells_in_series_are_of_one_class_and_have_their_own_names() -> None:
    lines = problems(("[[channel.segment]]", second_cell(specimen_class='"load"', id='"cell-1"')))
    assert len(lines) == 2
    assert "channel[0].cell" in lines[0]
    assert "cells in series must be of one specimen class; use two channels" in lines[0]
    assert 'cell[1].id = "cell-1"' in lines[1]
    assert "is used twice; give each its own" in lines[1]


def test_a_channel_needs_a_cell_and_a_profile() -> None:
    head, tail = MESOGLOW.split("[[channel.cell]]")
    text = head + "[limits]" + tail.split("[limits]")[1]
    text = text.replace("[channel.donor]", "cell = []\nsegment = []\n[channel.donor]", 1)
    text = text.replace('name = "A"', 'name = "A"\ncell = []\nsegment = []', 1).replace(
        "cell = []\nsegment = []\n[channel.donor]", "[channel.donor]"
    )
    with pytest.raises(InputError) as caught:
        protocol.parse(text.encode(), "f.toml")
    lines = str(caught.value).split("\n")
    assert ["cell" in lines[0], "segment" in lines[1]] == [True, True]
    assert all("is empty, at least one is needed" in line for line in lines)


def test_tissue_needs_a_donor_and_a_load_does_not() -> None:
    donor = MESOGLOW.split("[channel.donor]")[1].split("[[channel.cell]]")[0]
    without = ("[channel.donor]" + donor, "")
    assert "channel[0].donor" in only(without)
    assert 'is missing, and the specimen is "excised"; add [channel.donor]' in only(without)
    as_load = ('specimen_class = "excised"', 'specimen_class = "load"')
    assert protocol.parse(edited(without, as_load), "f.toml").channel[0].donor is None


def test_two_channels_need_names_of_their_own_and_a_common_cap() -> None:
    channel = "[[channel]]" + MESOGLOW.split("[[channel]]")[1].split("[limits]")[0]
    lines = problems(("[limits]", channel + "\n[limits]"))
    assert 'channel[1].name = "A"' in lines[0]
    assert "limits.total_current_ma: is missing, and there are 2 channels" in lines[1]
    assert "a limit that is not named counts as zero" in lines[1]


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("limits = 3", "limits = 3: must be a table, not a number"),
        ("channel = 3", "channel = 3: must be a list, not a number"),
        ("channel = [3]", "channel[0] = 3: must be a table, not a number"),
        ("stop = 3", "stop = 3: must be a table, not a number"),
        ('stop = { at = "never" }', 'stop.at = "never": must be one of "profile_end", "charge"'),
        ("title = 2026-01-01", "title = 2026-01-01: must be text in quotes, not a date"),
        ("notes = 1" + "0" * 900, "notes = 1000000"),
        ("stop_ramp_s = 1" + "0" * 900, "must be a number"),
    ],
)
def test_wrong_shapes_are_named(toml: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        protocol.parse(toml.encode(), "f.toml")
    assert any(reason in line for line in str(caught.value).split("\n")), str(caught.value)


def test_too_many_channels_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        protocol.parse(("[[channel]]\n" * 9).encode(), "f.toml")
    line = "f.toml: channel = [...]: has 9 entries, at most 8 are allowed; shorten it"
    assert line in str(caught.value).split("\n")


def test_a_flood_of_errors_is_cut_on_the_screen_and_kept_for_the_caller() -> None:
    text = MESOGLOW + "".join(f"unknown_{n} = 1\n" for n in range(200))
    with pytest.raises(InputError) as caught:
        protocol.parse(text.encode(), "f.toml")
    lines = str(caught.value).split("\n")
    assert len(caught.value.problems) == 200
    assert lines[100:] == ["and 100 more problems"]
