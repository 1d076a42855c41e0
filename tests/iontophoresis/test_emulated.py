"""The file of an emulated bench, and the command that starts it."""

import signal
import subprocess
import sys

import pytest

from instruments.emulation.description import BenchSettings
from instruments.visa import VisaLink
from iontophoresis.emulated import load_emulated_bench
from iontophoresis.errors import InputError

TEXT = """
schema = 1
[load.left]
kind = "skin"
area_cm2 = 2.0
electrodes = { forward_c = 0.5 }
[load.chain]
kind = "series"
cells = [{ seed = 1 }, { kind = "resistor", resistance_ohm = 1000.0 }]
[[instrument]]
name = "smu-1"
model = "keithley-2450"
serial = "ONE"
loads = ["left"]
[[instrument]]
name = "smu-2"
model = "keithley-2450"
serial = "TWO"
loads = ["chain"]
"""


@pytest.fixture
def write(tmp_path):
    def write_one(*edits):
        text = TEXT
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "bench.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_one


def test_a_file_becomes_a_bench(write, tmp_path):
    settings = load_emulated_bench(write(), tmp_path)
    assert isinstance(settings, BenchSettings)
    assert settings.loads["left"].electrodes["forward_c"] == 0.5
    assert [cell.kind for cell in settings.loads["chain"].cells] == ["skin", "resistor"]
    assert settings.truth_paths["chain"] == str(tmp_path / "chain.bin")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('model = "keithley-2450"\nserial = "ONE"', 'model = "acme"', "no twin of 'acme'"),
        ('loads = ["left"]', 'loads = ["rihgt"]', "no load named 'rihgt'"),
        ('loads = ["left"]', 'loads = ["chain"]', "'chain' is there twice"),
        ("area_cm2 = 2.0", "area_cm2 = -2.0", "area_cm2 = -2.0"),
        ("area_cm2 = 2.0", "area_mm2 = 2.0", "area_mm2"),
        ('kind = "series"', 'kind = "skin"', "cells belong to a series"),
        ("schema = 1", "schema = 2", "schema = 2"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(write, old, new, said):
    with pytest.raises(InputError) as caught:
        load_emulated_bench(write((old, new)))
    assert said in str(caught.value)


@pytest.mark.real_time
def test_the_command_starts_every_instrument_on_a_port_of_its_own(write, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "iontophoresis", "emulate", str(write()), "--truth", str(tmp_path)],
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        resources = [process.stdout.readline().split()[2] for _ in range(2)]
        for resource, serial in zip(resources, ("ONE", "TWO"), strict=True):
            link = VisaLink(resource)
            assert link.query("*IDN?").split(",")[2] == serial
            link.close()
    finally:
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        process.wait(10)
        process.stdout.close()
    assert "ended" in said
    assert (tmp_path / "left.bin").exists()


def test_another_word_names_the_models(write):
    done = subprocess.run(
        [sys.executable, "-m", "iontophoresis", "emulate", "toaster"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "keithley-2450" in done.stderr
