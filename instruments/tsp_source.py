"""Hold a lease on board an instrument that runs scripts, and speak to it past that lease.

The instrument gets a handful of Lua functions. Every message of the driver calls one of them: it does
what is asked, prints the answer and then waits for a trigger for as long as the lease lasts. The next
message begins with ``*TRG``, which ends that wait, and goes out in the same write. When no message
comes the wait times out, the function switches the outputs off and remembers that it did; a lapsed
lease takes no level until the source is configured anew.

Still to be seen on hardware: that a write of two lines arrives whole - on LAN and USB it is one packet,
on GPIB and RS-232 a host that dies between the two leaves the output on without a lease; whether an
attribute that refuses its value ends the line; how long `trigger.wait` overshoots; that `print` does
not wait for a reader. A trigger of a second client ends the wait as ours does: the connection is ours
alone.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from importlib import resources

from instruments.errors import InvalidReadingError, SettingRefusedError
from instruments.replies import parse_decimal, parse_flag, split_fields
from instruments.scpi_source import ScpiSource

__all__ = ["LEASE_MS", "WORST_CASE_OFF_S", "TspSource", "program_lines"]

LEASE_MS = 1000
"""Silence after which the outputs go off, ms."""
WORST_CASE_OFF_S = 1.6
"""Lease, the longest measurement before it and the relay, s."""
_LEASE_FILE = "tsp_lease.lua"
_NAMES = ("ion_say", "ion_wait", "ion_is", "ion_expire", "ion_begin", "ion_tick", "ion_lease")
_LONGEST_QUEUE = 64
_NO_ERROR = 0


def program_lines(name: str) -> tuple[str, ...]:
    """Read a program that goes on board.

    Parameters
    ----------
    name : str
        File beside this module.

    Returns
    -------
    tuple of str
        Its paragraphs, each as one line; every line is compiled by itself.
    """
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return tuple(
        " ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()
    )


class TspSource(ScpiSource):
    """Hold one output of one instrument that runs the lease."""

    @abstractmethod
    def _program(self) -> tuple[str, ...]:
        """List the lines of the model's own part of the on-board program."""

    @abstractmethod
    def _clear_errors(self) -> str:
        """Give the statement that empties the error queue."""

    @abstractmethod
    def _next_error(self) -> str:
        """Give the expression for the oldest entry of the error queue: code and text."""

    def _order(self, message: str) -> None:
        """Have a statement executed, and refuse to go on if it fails."""
        self._do(self._clear_errors() if message == "*CLS" else message)

    def _do(self, statements: str) -> None:
        self._ask(f'function() {statements} return "done" end')

    def _ask(self, call: str) -> str:
        """Call something on board under the lease.

        Parameters
        ----------
        call : str
            Function and its arguments, in Lua.

        Returns
        -------
        str
            What it returned.

        Raises
        ------
        SettingRefusedError
            If it failed on board.
        InstrumentError
            As of the link.
        """
        tag = self._link.next_tag()
        answer = self._link.exchange(f'*TRG\nion_say("{tag};", {call})', f"{tag};")
        flag, _, text = answer.partition(";")
        if not parse_flag(flag):
            raise SettingRefusedError("on-board program", asked=call[:60], kept=text[:120])
        return text

    def _ask_plainly(self, statements: str, answer: str, *, first: str = "") -> str:
        """Ask without the on-board program, whatever runs there.

        Parameters
        ----------
        statements : str
            What to do.
        answer : str
            Expression for the answer, a string.
        first : str
            Message that goes before, such as ``abort``.

        Returns
        -------
        str
            The answer.
        """
        tag = self._link.next_tag()
        order = f'*TRG\n{statements} print("{tag};" .. {answer})'
        return self._link.exchange(f"{first}\n{order}" if first else order, f"{tag};")

    def _install(self) -> None:
        """Have this very program on board, and read back that it is.

        A program that is there already is left alone: another channel's lease may hang on it.

        Raises
        ------
        SettingRefusedError
            If it cannot be installed.
        """
        lines = (*program_lines(_LEASE_FILE), *self._program())
        version = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        if self._installed() == version:
            return
        self._link.write("*TRG")
        self._link.write(" ".join(f"{name} = nil" for name in ("ion_version", *_NAMES)))
        for line in (f"ion_lease = {LEASE_MS / 1000}", *lines):
            self._link.write(line)
        complete = " and ".join(_NAMES)
        self._link.write(f'if {complete} then ion_version = "{version}" end')
        if (found := self._installed()) != version:
            complaints = "; ".join(self.drain_errors()) if found != "nil" else ""
            raise SettingRefusedError(
                "on-board program", asked=version, kept=found, detail=complaints
            )

    def _installed(self) -> str:
        tag = self._link.next_tag()
        return self._link.exchange(
            f'*TRG\nif ion_say then ion_say("{tag};", function() return ion_version end) '
            f'else print("{tag};1;nil") end',
            f"{tag};1;",
        )

    def read_output_on(self) -> bool:
        """Ask whether the output is on.

        Returns
        -------
        bool
            True while the output is on.
        """
        return parse_flag(self._ask_past(self._output()))

    @abstractmethod
    def _output(self) -> str:
        """Give the expression for the output: 1 or 0."""

    def _ask_past(self, expression: str) -> str:
        """Ask something with or without the program on board, never letting a lease lapse."""
        tag = self._link.next_tag()
        question = f"function() return {expression} end"
        return self._link.exchange(
            f'*TRG\nif ion_say then ion_say("{tag};", {question}) '
            f'else print("{tag};1;" .. ({question})()) end',
            f"{tag};1;",
        )

    def drain_errors(self) -> tuple[str, ...]:
        """Read the error queue until it is empty.

        Returns
        -------
        tuple of str
            Entries, oldest first, at most 64.

        Raises
        ------
        InvalidReadingError
            If an entry has no code.
        """
        entries: list[str] = []
        while len(entries) < _LONGEST_QUEUE:
            code, _, text = self._ask_past(self._next_error()).partition(",")
            number = parse_decimal(code)
            if number == _NO_ERROR:
                break
            entries.append(f"{number:f},{text}")
        return tuple(entries)

    @staticmethod
    def _fields(answer: str, count: int) -> tuple[str, ...]:
        """Split an answer; a lapsed lease answers in words."""
        if answer == "lapsed":
            raise SettingRefusedError("output", asked="on", kept="off", detail="the lease lapsed")
        fields = split_fields(answer, count)
        if "" in fields:
            raise InvalidReadingError(answer, "an empty field")
        return fields
