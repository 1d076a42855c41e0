"""Say what ends the current when nobody asks any more: a lease, a finite program, or nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from instruments.source import (
    ConnectionClosedError,
    FailSafeTier,
    ProgramSource,
    Reading,
    SettingRefusedError,
)

POINT_MS = 50
STAIRS_NA = (100_000, 200_000, -50_000, 0, 300_000, 100_000)
LEVEL_NA = 300_000


def after_worst_case(bench: Any) -> dict[str, Any]:
    """Leave the instrument alone for its declared worst case and look at the ground truth."""
    now_ms: int = bench.control.state()["now_ms"]
    worst_case_off_s = bench.source.capabilities.worst_case_off_s
    bench.control.advance(now_ms + round(worst_case_off_s * 1000) + 1)
    state: dict[str, Any] = bench.control.state()
    return state


def play(bench: Any, source: ProgramSource, points: int) -> list[Reading]:
    """Let a program play to its end and return what could be read."""
    readings: list[Reading] = []
    began_ms = bench.control.state()["now_ms"]
    for point in range(1, 4 * points):
        bench.control.advance(began_ms + point * POINT_MS)
        report = source.read_program()
        readings += report.readings
        if report.running is False:
            return readings
    pytest.fail("the program never ended")


class FailSafeContract:
    """Hold a source to what it declares; what it does not declare is skipped."""

    offset_na: ClassVar[int] = 250

    @pytest.fixture
    def leased(self, on: Any) -> Any:
        if on.source.capabilities.tier is not FailSafeTier.LEASE:
            pytest.skip("it has no lease")
        return on

    @pytest.fixture
    def player(self, configured: Any) -> Any:
        if not isinstance(configured.source, ProgramSource):
            pytest.skip("it plays no programs")
        return configured

    def test_declares_what_ends_the_current(self, bench: Any) -> None:
        declared = bench.source.capabilities
        worst_case_s = declared.worst_case_off_s
        assert (declared.lease_ms is not None) == (declared.tier is FailSafeTier.LEASE)
        assert (declared.program_points_max > 0) == isinstance(bench.source, ProgramSource)
        assert (declared.tier is FailSafeTier.NONE) == (worst_case_s is None)
        if worst_case_s is not None:
            assert declared.longest_unreadable_s <= worst_case_s
        if declared.lease_ms is not None:
            assert declared.tick_ms < declared.lease_ms <= worst_case_s * 1000

    def test_keeps_sourcing_when_the_program_goes(self, on: Any) -> None:
        if on.source.capabilities.tier is FailSafeTier.LEASE:
            pytest.skip("its lease ends it")
        on.source.apply_and_read(LEVEL_NA)
        on.source.close()
        assert on.control.advance(10_000) == 10_000
        assert on.control.state()["current_na"] == pytest.approx(
            LEVEL_NA, rel=1e-3, abs=self.offset_na
        )

    # ------------------------------------------------------------------ tier A

    def test_the_lease_ends_the_current(self, leased: Any) -> None:
        leased.source.apply_and_read(LEVEL_NA)
        assert after_worst_case(leased)["output_on"] is False
        assert leased.source.read_output_on() is False

    @pytest.mark.parametrize("fault", ["ignored_lease", "stretched_lease"])
    def test_a_lease_that_fails_shows(self, leased: Any, fault: str) -> None:
        leased.control.fault(fault)
        leased.source.apply_and_read(LEVEL_NA)
        assert after_worst_case(leased)["output_on"] is True
        assert leased.source.make_safe().output_on is False

    @pytest.mark.parametrize("fault", ["ignored_lease", "stretched_lease"])
    def test_a_program_that_does_not_end_shows(self, player: Any, fault: str) -> None:
        player.control.fault(fault)
        player.source.load_program((LEVEL_NA,) * 10, POINT_MS)
        player.source.start_program()
        assert after_worst_case(player)["output_on"] is True
        player.source.abort_program()
        assert player.source.make_safe().output_on is False
        assert player.control.state()["output_on"] is False

    @pytest.mark.parametrize("cut", ["close_connection", "reset_connection"])
    def test_the_lease_ends_the_current_of_a_cut_wire(self, leased: Any, cut: str) -> None:
        leased.source.apply_and_read(LEVEL_NA)
        leased.control.fault(cut)
        with pytest.raises(ConnectionClosedError):
            leased.source.apply_and_read(LEVEL_NA)
        assert after_worst_case(leased)["output_on"] is False

    def test_ticks_renew_the_lease(self, leased: Any) -> None:
        declared = leased.source.capabilities
        for tick in range(1, 3 * declared.lease_ms // declared.tick_ms):
            leased.control.advance(tick * declared.tick_ms)
            assert leased.source.apply_and_read(LEVEL_NA).output_on
            if tick % 5 == 0:
                leased.source.read_settings()
                assert leased.source.read_output_on() is True
                assert leased.source.drain_errors() == ()
        assert leased.control.state()["current_na"] == pytest.approx(
            LEVEL_NA, rel=1e-3, abs=self.offset_na
        )

    def test_a_lapsed_lease_takes_no_level(self, leased: Any) -> None:
        leased.source.apply_and_read(LEVEL_NA)
        after_worst_case(leased)
        try:
            seen = leased.source.apply_and_read(LEVEL_NA)
        except SettingRefusedError:
            pass
        else:
            assert seen.output_on is False
        assert leased.control.state()["current_na"] == 0

    def test_a_lapsed_lease_can_be_begun_anew(self, leased: Any) -> None:
        after_worst_case(leased)
        leased.source.make_safe()
        leased.source.configure(leased.source.read_settings())
        leased.source.switch_on()
        assert leased.source.apply_and_read(LEVEL_NA).output_on

    # ------------------------------------------------------------------ tier B

    def test_plays_every_point_and_ends_by_itself(self, player: Any) -> None:
        source = player.source
        source.load_program(STAIRS_NA, POINT_MS)
        assert player.control.state()["output_on"] is False
        source.start_program()
        readings = play(player, source, len(STAIRS_NA))
        assert player.control.state()["output_on"] is False
        assert source.read_output_on() is False
        assert source.drain_errors() == ()
        if source.capabilities.measures_current:
            played_na = [reading.current_na for reading in readings]
            assert played_na == pytest.approx(list(STAIRS_NA), rel=5e-3, abs=600 + self.offset_na)

    def test_a_program_ends_with_the_wire_cut(self, player: Any) -> None:
        # A tenth is left for what a point takes beyond its stated time.
        points = round(player.source.capabilities.worst_case_off_s * 900) // POINT_MS - 1
        points = min(points, player.source.capabilities.program_points_max)
        player.source.load_program((LEVEL_NA,) * points, POINT_MS)
        player.source.start_program()
        player.control.fault("close_connection")
        assert after_worst_case(player)["output_on"] is False

    def test_a_program_can_be_played_again(self, player: Any) -> None:
        for _ in range(2):
            player.source.load_program(STAIRS_NA, POINT_MS)
            player.source.start_program()
            play(player, player.source, len(STAIRS_NA))

    def test_an_abort_ends_a_program(self, player: Any) -> None:
        player.source.load_program((LEVEL_NA,) * 10, POINT_MS)
        player.source.start_program()
        player.control.advance(player.control.state()["now_ms"] + 2 * POINT_MS)
        player.source.abort_program()
        assert player.source.make_safe().output_on is False
        assert player.control.state()["output_on"] is False
        assert player.source.read_program().running is False

    def test_makes_safe_while_a_program_plays(self, player: Any) -> None:
        player.source.load_program((LEVEL_NA,) * 10, POINT_MS)
        player.source.start_program()
        player.control.advance(player.control.state()["now_ms"] + POINT_MS)
        assert player.source.make_safe().output_on is False
        assert player.control.state()["output_on"] is False

    def test_takes_no_level_while_a_program_plays(self, player: Any) -> None:
        player.source.load_program((LEVEL_NA,) * 4, POINT_MS)
        player.source.start_program()
        with pytest.raises(SettingRefusedError):
            player.source.apply_and_read(2 * LEVEL_NA)
        with pytest.raises(SettingRefusedError):
            player.source.load_program(STAIRS_NA, POINT_MS)
        assert player.control.state()["level"] == pytest.approx(LEVEL_NA * 1e-9, abs=1e-12)

    def test_refuses_a_program_out_of_bounds(self, player: Any) -> None:
        most = player.source.capabilities.program_points_max
        range_na = player.source.read_settings().current_range_na
        for levels_na in ((), (range_na + 1,), (0,) * (most + 1)):
            with pytest.raises(SettingRefusedError):
                player.source.load_program(levels_na, POINT_MS)
        with pytest.raises(SettingRefusedError):
            player.source.load_program(STAIRS_NA, 0)
        with pytest.raises(SettingRefusedError):
            player.source.start_program()
        assert player.control.state()["output_on"] is False
