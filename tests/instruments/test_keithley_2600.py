from __future__ import annotations

from typing import Any, ClassVar

import pytest

from instruments.catalog import open_source, open_sources
from instruments.errors import SettingRefusedError, WrongInstrumentError
from tests.instruments.contract import SourceContract


class TestKeithley2600(SourceContract):
    model = "keithley-2600"
    serial: ClassVar[str] = "EMU2602B"

    def test_reads_the_interlock(self, bench: Any) -> None:
        assert bench.source.read_interlock_closed() is None

    def test_sends_one_message_per_tick(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        messages: list[tuple[str, str]] = []
        source = open_source(
            twin.resource, transcript=lambda way, text: messages.append((way, text))
        )
        configure(source)
        source.switch_on()
        del messages[:]
        source.apply_and_read(123_450)
        source.close()
        assert [way for way, _ in messages] == [">", "<"]
        trigger, tick = messages[0][1].split("\n")
        assert trigger == "*TRG"
        assert tick.endswith("ion_tick, smua, 1.234500000E-4)")

    def test_never_measures_on_a_range_of_its_own_choice(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        sent: list[str] = []
        source = open_source(twin.resource, transcript=lambda _, text: sent.append(text))
        configure(source)
        source.switch_on()
        source.make_safe()
        source.close()
        assert "smua.source.autorangei = 0" in "\n".join(sent)
        assert not [text for text in sent if "autorangei = 1" in text or "reset()" in text]


def configure(source: Any) -> None:
    declared = source.capabilities
    source.configure(
        declared.smallest_settings(peak_current_na=1_000_000, compliance_uv=20_000_000)
    )


@pytest.fixture
def pair(start: Any) -> Any:
    """Give both channels of a 2602B, on at zero, and the twin's control."""
    from instruments.emulation.control import BenchControl  # noqa: PLC0415 - one fixture needs it

    twin = start("keithley-2600", clock="lockstep", load="resistor")
    control = BenchControl(twin.control_port)
    sources = open_sources(twin.resource, channels=(1, 2))
    for source in sources:
        configure(source)
    for source in sources:
        source.switch_on()
    yield (*sources, control)
    sources[0].close()
    control.close()


def test_two_channels_are_led_side_by_side(pair: Any) -> None:
    first, second, control = pair
    for tick in range(1, 30):
        control.advance(50 * tick)
        assert first.apply_and_read(200_000).current_na == pytest.approx(200_000, rel=5e-3)
        assert second.apply_and_read(-300_000).current_na == pytest.approx(-300_000, rel=5e-3)
    assert first.read_settings() == second.read_settings()


def test_one_channel_goes_off_while_the_other_stays_on_under_its_lease(pair: Any) -> None:
    first, second, control = pair
    second.apply_and_read(100_000)
    first.make_safe()
    assert first.read_output_on() is False
    assert second.read_output_on() is True
    control.advance(800)
    assert second.apply_and_read(100_000).output_on
    with pytest.raises(SettingRefusedError, match="lapsed"):
        first.apply_and_read(0)


def test_configuring_one_channel_does_not_end_the_other(pair: Any) -> None:
    first, second, control = pair
    second.apply_and_read(100_000)
    configure(first)
    control.advance(900)
    assert second.read_output_on() is True


def test_the_lease_ends_both_channels(pair: Any) -> None:
    first, second, control = pair
    first.apply_and_read(100_000)
    control.advance(1_601)
    assert first.read_output_on() is False
    assert second.read_output_on() is False


def test_a_single_channel_model_has_no_second_one(start: Any) -> None:
    twin = start("keithley-2601", clock="lockstep")
    with pytest.raises(WrongInstrumentError, match="channel 2"):
        open_sources(twin.resource, channels=(2,))
    source = open_source(twin.resource)
    configure(source)
    assert source.capabilities.channels == 1
    source.close()
