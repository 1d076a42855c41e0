"""How a kind of fault is brought about: on the bench, in a process, by what somebody says."""

from __future__ import annotations

from tests.campaign.setting import SOURCES


def bench(*faults, **arguments):
    """Let faults of the bench begin; arguments go to the last."""

    def strike(stage):
        for name in faults[:-1]:
            stage.fault(name)
        stage.fault(faults[-1], **arguments)

    return strike


def says(**message):
    """Have the operator say something."""
    return lambda stage: stage.board.say("operator", **message)


def pause_and_leave(stage):
    """Pause, and stop for good half a second after zero."""
    stage.board.say("operator", k="pause")
    stage.board.until_paused(lambda: stage.board.say("operator", k="stop"))


def session_says(**message):
    return lambda stage: stage.board.say("session", **message)


def knots(*levels_na, every_ms=50):
    """Have the session process append set-points that the plan never held."""

    def strike(stage):
        loop = stage.guard._loop
        loop.feed._knots = type(loop.feed._knots)(
            [(loop.feed.position_ms, loop.feed.ahead(loop.feed.position_ms))]
        )
        at_ms = loop.feed.position_ms
        rows = [[at_ms + every_ms * (i + 1), na] for i, na in enumerate(levels_na)]
        stage.board.say("session", k="knots", knots=[*rows, [at_ms + 9_000, levels_na[-1]]])
        loop.end_ms = at_ms + 9_000

    return strike


def another_range(stage):
    """Choose the next range but one at the front panel."""
    stage.fault("range_change_spike")
    stage.fault("front_panel", range_na=10 * SOURCES[stage.case.source].full_scale_na)


def by_the_profile(stage):
    """Do nothing more: the profile itself is what goes wrong."""
    del stage


def kill(stage):
    stage.world.alive = False


def freeze(for_ms):
    return lambda stage: stage.world.advance(for_ms)


def sleep(for_ms):
    """Let the computer sleep: the bench goes on, and a clock that counts through tells of it."""

    def strike(stage):
        stage.world.advance(for_ms)
        stage.world.slept_ms += for_ms

    return strike


def silent_session(stage):
    stage.board.beats = False


def lost_session(stage):
    stage.board.session.closed = True


def stalled_recorder(stage):
    stage.recorder.stalled_ms = stage.world.now_ms


def broken_recorder(stage):
    stage.recorder.broken = True


def starved(stage):
    loop = stage.guard._loop
    here = loop.feed.position_ms
    loop.feed._knots = type(loop.feed._knots)([(here, loop.feed.ahead(here))])


def spoilt_token(stage):
    stage.board.say("session", k="arm", protocol_sha256="p", end_ms=5_000, token="wrong")


def armed_twice(stage):
    stage.board.say(
        "session", k="arm", protocol_sha256="p", end_ms=5_000, token=stage.board._checked[1]
    )
