"""Tell someone who is not at the screen: a command of the bench, or a page on this computer.

A session does not wait for either, and nothing safe depends on them. Both are named in the bench
file, by the person responsible for the bench; a protocol cannot name one.
"""

import json
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from iontophoresis.protocol.sections import Section, ShortText, advise, at_most

TOLD_WITHIN_S = 10.0
MOST_WORDS = 16
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A page on this computer is never fetched through a proxy, which would be another computer."""


def _on_this_computer(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
        near = parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        reason = "is not a page on this computer"
        raise advise(reason, 'write it like "http://127.0.0.1:8080/alarm"')
    return address


class AlarmSettings(Section):
    """Whom an alarm is told to besides the screen and the record."""

    command: Annotated[tuple[ShortText, ...], Field(strict=False), at_most(MOST_WORDS)] = Field(
        default=(),
        description="a program and its arguments; the alarm's words are added as the last",
    )
    webhook: Annotated[str, Field(max_length=200), AfterValidator(_on_this_computer)] | None = (
        Field(default=None, description="an http address on this computer that is sent every alarm")
    )


class Alarms:
    """Tell every alarm of one session, each once, without waiting.

    Parameters
    ----------
    settings : AlarmSettings
        From the bench file.
    session : str
        Name of the session, for whoever is told.
    failed : callable
        Called with a sentence when nobody could be told; from another thread.
    """

    def __init__(
        self, settings: AlarmSettings, session: str, failed: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._session = session
        self._failed = failed
        self._threads: list[threading.Thread] = []

    def tell(self, code: str, text: str) -> None:
        """Tell one alarm."""
        for tell in (self._run, self._send):
            thread = threading.Thread(target=tell, args=(code, text), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self) -> None:
        """Give what is still being told its time."""
        for thread in self._threads:
            thread.join(TOLD_WITHIN_S)

    def _run(self, code: str, text: str) -> None:
        if not self._settings.command:
            return
        command = [*self._settings.command, f"{self._session}: {code}: {text}"]
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=TOLD_WITHIN_S, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            self._failed(f"alarms.command of the bench file failed: {error}")

    def _send(self, code: str, text: str) -> None:
        if self._settings.webhook is None:
            return
        body = json.dumps({"session": self._session, "code": code, "text": text}).encode()
        request = urllib.request.Request(  # noqa: S310 - the bench file allows http to loopback only
            self._settings.webhook, data=body, headers={"Content-Type": "application/json"}
        )
        try:
            NO_PROXY.open(request, timeout=TOLD_WITHIN_S).close()
        except (OSError, urllib.error.URLError) as error:
            self._failed(f"alarms.webhook of the bench file failed: {error}")


@contextmanager
def telling(
    settings: AlarmSettings, session: str, failed: Callable[[str], None]
) -> Iterator[Alarms]:
    """Tell the alarms of one session; at its end, give the last of them time."""
    alarms = Alarms(settings, session, failed)
    try:
        yield alarms
    finally:
        alarms.wait()
