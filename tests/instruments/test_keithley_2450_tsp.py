from __future__ import annotations

import socket
from typing import Any

import pytest

from instruments.catalog import open_source
from instruments.errors import SettingRefusedError, WrongInstrumentError
from instruments.source import SourceSettings
from tests.instruments.contract import SourceContract

SETTINGS = SourceSettings(
    current_range_na=1_000_000,
    compliance_uv=20_000_000,
    voltage_range_uv=20_000_000,
    protection_uv=40_000_000,
)


class TestKeithley2450Tsp(SourceContract):
    model = "keithley-2450-tsp"

    def test_sends_one_message_per_tick(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep", load="resistor")
        messages: list[tuple[str, str]] = []
        source = open_source(
            twin.resource, transcript=lambda way, text: messages.append((way, text))
        )
        source.configure(SETTINGS)
        source.switch_on()
        del messages[:]
        source.apply_and_read(123_450)
        source.close()
        assert [way for way, _ in messages] == [">", "<"]
        trigger, tick = messages[0][1].split("\n")
        assert trigger == "*TRG"
        assert tick.endswith("ion_tick, 1.234500000E-4)")

    def test_nothing_it_sends_turns_an_autorange_on_or_resets(self, start: Any) -> None:
        twin = start(self.model, clock="lockstep")
        sent: list[str] = []
        source = open_source(twin.resource, transcript=lambda _, text: sent.append(text))
        source.configure(SETTINGS)
        source.switch_on()
        source.make_safe()
        source.close()
        assert not [text for text in sent if "autorange = smu.ON" in text or "reset()" in text]

    def test_reports_a_voltage_held_down_by_the_interlock(self, start_bench: Any) -> None:
        bench = start_bench(model=self.model, clock="lockstep", load="resistor", interlock="open")
        wide = SourceSettings(
            current_range_na=1_000_000,
            compliance_uv=35_000_000,
            voltage_range_uv=200_000_000,
            protection_uv=40_000_000,
        )
        bench.source.configure(wide)
        bench.source.switch_on()
        assert bench.source.read_interlock_closed() is False
        assert [entry[:4] for entry in bench.source.drain_errors()] == ["5074"]

    def test_a_program_of_another_version_is_replaced(self, configured: Any) -> None:
        configured.source._ask('function() ion_version = "an older one" return "" end')
        assert configured.source.configure(SETTINGS) == SETTINGS
        configured.source.switch_on()
        assert configured.source.apply_and_read(1_000).output_on

    def test_what_fails_on_board_is_told_and_keeps_the_lease(self, leased: Any) -> None:
        with pytest.raises(SettingRefusedError, match="nonsense"):
            leased.source._ask("function() return smu.nonsense end")
        assert leased.source.read_output_on() is True
        leased.control.advance(2_000)
        assert leased.control.state()["output_on"] is False

    def test_a_new_program_takes_over_while_the_lease_of_a_dead_one_waits(
        self, leased: Any
    ) -> None:
        leased.source.apply_and_read(300_000)
        leased.source.close()
        taker = open_source(leased.source.resource, driver=self.model)
        assert taker.make_safe().attempts == 1
        assert leased.control.state()["output_on"] is False
        taker.close()

    def test_makes_safe_past_a_script_that_is_not_ours(self, on: Any) -> None:
        on.source.apply_and_read(300_000)
        with socket.create_connection(("127.0.0.1", on.twin.port)) as stranger:
            stranger.sendall(b"*TRG\nprint('mine') while true do delay(60) end\n")
            assert stranger.recv(5) == b"mine\n"
            report = on.source.make_safe()
        assert report.attempts == 2
        assert on.control.state()["output_on"] is False


def test_a_2450_that_speaks_scpi_is_not_driven_in_tsp(start: Any) -> None:
    twin = start("keithley-2450", clock="lockstep")
    with pytest.raises(WrongInstrumentError, match="command set SCPI"):
        open_source(twin.resource, driver="keithley-2450-tsp")


@pytest.mark.real_time
def test_the_lease_ends_the_current_in_real_time(start_bench: Any) -> None:
    bench = start_bench(model="keithley-2450-tsp", clock="real", load="resistor")
    bench.source.configure(SETTINGS)
    bench.source.switch_on()
    assert bench.source.apply_and_read(300_000).output_on
    declared_s = bench.source.capabilities.worst_case_off_s
    began_ms = bench.control.now()
    while bench.control.state()["output_on"]:
        assert bench.control.now() < began_ms + 10_000
    assert bench.control.now() - began_ms > 900
    assert declared_s < 2.0
    with pytest.raises(SettingRefusedError, match="lapsed"):
        bench.source.apply_and_read(300_000)
