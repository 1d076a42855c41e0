"""Who stands around the guard in World 1: recorder, session process and operator."""

from __future__ import annotations

from types import SimpleNamespace

from iontophoresis.safety.reactions import Action, Phase

LONG_MS = 1 << 30
STRIKE_AFTER_MS = 500
RESUME_AFTER_MS = 3_000
RISE_MS = 600
PLATEAU_NA = 500_000


class Recorder:
    """Stands for the journal: keeps rows, and stalls or fails when it is told to."""

    fault = ""

    def __init__(self, world):
        self._world = world
        self.rows, self.events, self.shown, self.headers = [], [], [], {}
        self.outcome = self.text = ""
        self.armed_ms = None
        self.stalled_ms = None
        self.broken = False
        self.session = None

    @property
    def unsafe_rows(self):
        return int(self.broken or self.stalled_ms is not None)

    @property
    def silent_ms(self):
        if self.broken:
            return LONG_MS
        return 0 if self.stalled_ms is None else self._world.now_ms - self.stalled_ms

    def write(self, message):
        if message["k"] == "tick":
            # What is behind is the computer's own time, which no run repeats.
            self.rows.append(message["row"][:-2])
        elif message["k"] == "header":
            self.headers[message["key"]] = message["value"]

    def show(self, message):
        self.shown.append((self._world.now_ms, message))

    def event(self, _t_ms, severity, code, text, **_data):
        if code == "armed":
            self.armed_ms = self._world.now_ms
        self.events.append((self._world.now_ms, severity, code, text))

    def close(self, outcome, text):
        self.outcome, self.text = outcome, text

    def pump(self):
        pass


class Board:
    """Stands for the switchboard: a session process that feeds, and an operator with a script.

    `moments` maps a name to what is done once: `checked`, `identity`, `proved`, or a profile
    position in ms that has been reached.
    """

    def __init__(self, world, recorder, knots, moments, *, by_time=False):
        self._world = world
        self._recorder = recorder
        self._knots = [list(knot) for knot in knots]
        self._moments = dict(moments)
        self._by_time = by_time
        self._heard_ms = world.now_ms
        self._waiting = []
        self._seen = 0
        self._position_ms = -1
        self._on_pause = None
        self._paused = None
        self.session = SimpleNamespace(closed=False)
        self.beats = True
        self.feeds = True
        self.arms_after_ms = 0
        self._checked = None
        self._armed = False

    @property
    def session_silent_ms(self):
        return LONG_MS if self.session.closed else self._world.now_ms - self._heard_ms

    def say(self, role, **message):
        """Have a message wait for the guard."""
        self._waiting.append((role, message))

    def until_paused(self, action):
        """Do something half a second after the pause has come to zero, and resume later."""
        self._on_pause = action

    def serve(self, timeout_s):
        self._look()
        if not self._waiting and timeout_s:
            self._world.advance(round(timeout_s * 1000))
            self._look()
        if self.beats and not self.session.closed:
            self._heard_ms = self._world.now_ms
        heard, self._waiting = self._waiting, []
        return heard

    def answer_operators(self, message):
        pass

    def _look(self):
        """Do what a session process does about what it was shown, and what the script says."""
        for at_ms, message in self._recorder.shown[self._seen :]:
            if message["k"] == "checked":
                self._checked = at_ms, message["token"]
            elif message["k"] == "position":
                self._position_ms = message["ms"]
        self._seen = len(self._recorder.shown)
        for name in ("identity", "fail_safe_proof"):
            if name in self._recorder.headers:
                self._do(name)
        if self._checked is not None:
            self._do("checked")
            if not self._armed and self._world.now_ms >= self._checked[0] + self.arms_after_ms:
                self._arm()
        self._look_at_pause()
        for moment in [one for one in self._moments if isinstance(one, int)]:
            if self._reached(moment):
                self._do(moment)

    def _look_at_pause(self):
        rows, now_ms = self._recorder.rows, self._world.now_ms
        if self._on_pause is None or not rows or rows[-1][3] != "PAUSED":
            return
        if self._paused is None:
            self._paused = now_ms, False
        began_ms, struck = self._paused
        if not struck and now_ms >= began_ms + STRIKE_AFTER_MS:
            self._paused = began_ms, True
            self._on_pause()
        elif struck and now_ms >= began_ms + RESUME_AFTER_MS:
            self._on_pause = None
            at, end = self._position_ms, self._knots[-1][0]
            self.say("session", k="resume", position_ms=at, end_ms=end + RISE_MS)
            later = [[t + RISE_MS, na] for t, na in self._knots if t > at]
            self.say("session", k="knots", knots=[[at + RISE_MS, PLATEAU_NA], *later])

    def _reached(self, moment_ms):
        """Tell whether a place in the profile is reached; a program is not read while it plays."""
        if self._by_time and self._recorder.armed_ms is not None:
            return self._world.now_ms - self._recorder.armed_ms >= moment_ms
        return self._position_ms >= moment_ms

    def _arm(self):
        self._armed = True
        end_ms = self._knots[-1][0]
        token = self._checked[1]
        self.say("session", k="arm", protocol_sha256="p", end_ms=end_ms, token=token)
        if self.feeds:
            self.say("session", k="knots", knots=self._knots)

    def _do(self, moment):
        action = self._moments.pop(moment, None)
        if action is not None:
            action()


def decided(rows):
    """Return (phase, action, reasons) of every row."""
    return [(Phase[row[3]], Action[row[9].upper()], row[10]) for row in rows]
