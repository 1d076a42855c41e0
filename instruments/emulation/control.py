"""Tell an emulated bench what time it is, what goes wrong, and when to end."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any, Self

__all__ = ["BenchControl", "BenchControlError"]


class BenchControlError(Exception):
    """Report that a bench refused an order or is gone."""


class BenchControl:
    """Talk to the control port of an emulated bench.

    Parameters
    ----------
    port : int
        Its control port on this machine.
    timeout_s : float
        How long one order may take, s.

    Raises
    ------
    BenchControlError
        If nothing listens there.
    """

    def __init__(self, port: int, *, timeout_s: float = 10.0) -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        except OSError as error:
            raise BenchControlError(f"no bench at control port {port}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def _order(self, **order: Any) -> dict[str, Any]:
        try:
            self._socket.sendall(json.dumps(order).encode() + b"\n")
            line = self._answers.readline()
        except OSError as error:
            raise BenchControlError(f"the bench does not answer: {error}") from error
        if not line:
            raise BenchControlError("the bench has closed its control port; it has ended")
        answer = dict(json.loads(line))
        if not answer.pop("ok"):
            raise BenchControlError(str(answer["error"]))
        return answer

    def advance(self, to_ms: int) -> int:
        """Move a lockstep bench on in time.

        Parameters
        ----------
        to_ms : int
            New time, ms.

        Returns
        -------
        int
            The bench's time, ms.

        Raises
        ------
        BenchControlError
            If it runs in real time, or the time lies in the past.
        """
        return int(self._order(do="advance", to_ms=to_ms)["now_ms"])

    def now(self) -> int:
        """Ask for the bench's time.

        Returns
        -------
        int
            Since its start, ms.
        """
        return int(self._order(do="now")["now_ms"])

    def fault(
        self,
        name: str,
        *,
        after_ms: int = 0,
        for_ms: int | None = None,
        instrument: str | None = None,
        **arguments: Any,
    ) -> None:
        """Let something go wrong.

        Parameters
        ----------
        name : str
            One of `instruments.emulation.faults.FAULTS`.
        after_ms : int
            Delay, ms of the bench's time.
        for_ms : int or None
            Duration, ms; None until it is cleared.
        instrument : str or None
            Which one of the bench; None for the first.
        **arguments
            Arguments of that fault.

        Raises
        ------
        BenchControlError
            If there is no such fault or argument.
        """
        self._order(
            do="fault",
            name=name,
            args=arguments,
            after_ms=after_ms,
            for_ms=for_ms,
            instrument=instrument,
        )

    def clear_fault(self, name: str | None = None, *, instrument: str | None = None) -> None:
        """End a fault, or all.

        Parameters
        ----------
        name : str or None
            Its name; None for all.
        instrument : str or None
            Which one of the bench; None for the first.
        """
        self._order(do="clear_fault", name=name, instrument=instrument)

    def state(self, instrument: str | None = None) -> dict[str, Any]:
        """Ask how things truly are.

        Parameters
        ----------
        instrument : str or None
            Which one of the bench; None for the first.

        Returns
        -------
        dict
            ``now_ms``, ``current_na``, ``voltage_uv``, ``level``, ``output_on``, ``limited``,
            the same of every channel in ``channels``, ``faults``, the instrument's ``port``, the
            ``ports`` of all of them, and ``cells_uv``: the voltages over the cells of every load.
        """
        return self._order(do="state", instrument=instrument)

    def flush(self) -> None:
        """Have the ground truth brought into its file."""
        self._order(do="flush")

    def shutdown(self) -> None:
        """Have the bench end now, with its ground truth complete."""
        self._order(do="shutdown")
        self._answers.readline()

    def close(self) -> None:
        """Close the connection; the bench goes on."""
        self._answers.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
