"""Name what can go wrong between the program and an instrument.

Every message is one line and says what to do next, because it is read by somebody who stands in
front of electrodes that may be live.
"""

from __future__ import annotations

__all__ = [
    "ConnectionClosedError",
    "InstrumentError",
    "InvalidReadingError",
    "NoSuchResourceError",
    "OffNotConfirmedError",
    "ResourceInUseError",
    "SettingRefusedError",
    "SilentInstrumentError",
    "WrongInstrumentError",
]


class InstrumentError(Exception):
    """Report any failure of an instrument, its wire or its address."""


class NoSuchResourceError(InstrumentError):
    """Report that nothing can be opened at a VISA address.

    Parameters
    ----------
    resource : str
        VISA resource name that was asked for.
    cause : str
        What the VISA library or the operating system said.
    """

    def __init__(self, resource: str, cause: str) -> None:
        super().__init__(
            f"{resource}: nothing can be opened there ({cause}); check power, cable and address",
        )
        self.resource = resource


class ResourceInUseError(InstrumentError):
    """Report that another process on this machine holds the instrument.

    Parameters
    ----------
    resource : str
        VISA resource name that was asked for.
    """

    def __init__(self, resource: str) -> None:
        super().__init__(
            f"{resource}: another session on this machine holds it; stop that session first",
        )
        self.resource = resource


class WrongInstrumentError(InstrumentError):
    """Report that an address answers, but not as the instrument that was asked for.

    Parameters
    ----------
    resource : str
        VISA resource name.
    found : str
        What the instrument said about itself.
    wanted : str
        What it should have said, and what to do.
    """

    def __init__(self, resource: str, *, found: str, wanted: str) -> None:
        super().__init__(f"{resource}: found {found!r}, wanted {wanted}")
        self.resource = resource
        self.found = found


class SilentInstrumentError(InstrumentError):
    """Report that no answer came within the time-out.

    Parameters
    ----------
    resource : str
        VISA resource name.
    message : str
        Question that stayed without an answer.
    timeout_ms : int
        How long the answer was waited for, ms.
    """

    def __init__(self, resource: str, message: str, timeout_ms: int) -> None:
        super().__init__(
            f"{resource}: no answer to {message!r} within {timeout_ms} ms; "
            "treat the output as on until it is confirmed off",
        )
        self.resource = resource


class ConnectionClosedError(InstrumentError):
    """Report that the instrument, or something on the way to it, closed the connection.

    Parameters
    ----------
    resource : str
        VISA resource name.
    cause : str
        How the end was noticed.
    """

    def __init__(self, resource: str, cause: str) -> None:
        super().__init__(
            f"{resource}: the connection is closed ({cause}); an instrument keeps sourcing without "
            "it, so reconnect to switch off or pull the leads",
        )
        self.resource = resource


class InvalidReadingError(InstrumentError):
    """Report an answer that is not a finite number in the expected form.

    Parameters
    ----------
    answer : str
        What the instrument sent.
    fault : str
        What is wrong with it.
    """

    def __init__(self, answer: str, fault: str) -> None:
        super().__init__(
            f"answer {answer[:120]!r} is not a reading: {fault}; do not act on it, switch off",
        )
        self.answer = answer


class SettingRefusedError(InstrumentError):
    """Report that the instrument kept another value than the one it was given.

    Parameters
    ----------
    setting : str
        Name of the setting, with its unit.
    asked : object
        Value that was sent.
    kept : object
        Value that was read back.
    detail : str
        What the instrument said about it, if anything.
    """

    def __init__(self, setting: str, *, asked: object, kept: object, detail: str = "") -> None:
        said = f" ({detail})" if detail else ""
        super().__init__(
            f"{setting}: asked for {asked}, the instrument keeps {kept}{said}; "
            "change the request or the instrument's own limit, then configure again",
        )
        self.setting = setting
        self.asked = asked
        self.kept = kept


class OffNotConfirmedError(InstrumentError):
    """Report that an output could not be shown to be off.

    Parameters
    ----------
    resource : str
        VISA resource name.
    attempts : int
        How often OFF was sent.
    last : str
        What came back the last time.
    """

    def __init__(self, resource: str, *, attempts: int, last: str) -> None:
        super().__init__(
            f"{resource}: output not confirmed off after {attempts} attempts ({last}); "
            "PULL THE LEADS or open the interlock now",
        )
        self.resource = resource
        self.attempts = attempts
