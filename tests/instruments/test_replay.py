"""A kept transcript stands in for the instrument, for the driver that made it and no other."""

import pytest

from instruments.catalog import open_source
from instruments.replay import TranscriptDiffersError, replay_sources
from instruments.source import SilentInstrumentError

DRIVER = "keithley-2450"
LEVELS_NA = (0, 100_000, -250_000)


def drive(source, levels_na=LEVELS_NA):
    declared = source.capabilities
    source.configure(
        declared.smallest_settings(peak_current_na=1_000_000, compliance_uv=20_000_000)
    )
    source.switch_on()
    readings = [source.apply_and_read(level) for level in levels_na]
    return readings, source.make_safe()


@pytest.fixture
def kept(start):
    lines = []
    source = open_source(
        start(DRIVER, clock="lockstep", load="resistor").resource,
        driver=DRIVER,
        transcript=lambda way, text: lines.append((way, text)),
    )
    answers = drive(source)
    source.close()
    return lines, answers


def test_a_driver_reads_from_a_transcript_what_it_read_from_the_instrument(kept):
    lines, answers = kept
    (source,) = replay_sources(lines, driver=DRIVER)
    assert source.identity.serial == "EMU02450"
    assert drive(source) == answers
    source.close()


def test_another_call_than_the_kept_one_is_told(kept):
    lines, _ = kept
    (source,) = replay_sources(lines, driver=DRIVER)
    with pytest.raises(TranscriptDiffersError, match="SOUR:CURR"):
        drive(source, (0, 200_000))
    source.close()


def test_a_question_without_an_answer_stays_without_one(kept):
    lines, _ = kept
    last = max(index for index, (way, _) in enumerate(lines) if way == "<")
    (source,) = replay_sources(lines[:last], driver=DRIVER)
    with pytest.raises(Exception, match="not confirmed off") as caught:
        drive(source)
    assert not isinstance(caught.value, SilentInstrumentError)
    source.close()
