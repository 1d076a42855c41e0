"""Read the data elements of SCPI program messages: numbers, booleans, words, strings.

Forms are those of IEEE 488.2 chapter 7.7 and SCPI-1999 volume 1 chapter 7.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from instruments.emulation.ieee4882 import ScpiError

__all__ = ["QUOTED", "Parameter"]

QUOTED = r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'"
"""Pattern of a quoted string."""
_STRING = re.compile(QUOTED)
_NUMBER = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*[eE]\s*[+-]?\d{1,5})?)\s*([A-Za-z]*)",
    re.ASCII,
)
_NONDECIMAL = re.compile(r"#(?:[hH]([0-9A-Fa-f]+)|[qQ]([0-7]+)|[bB]([01]+))", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_SUFFIXES = {"": 1.0, "K": 1e3, "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12}
_WORDS = {"INF": math.inf, "NINF": -math.inf, "INFINITY": math.inf, "NAN": math.nan}
_LONGEST = 255


@dataclass(frozen=True)
class Parameter:
    """Hold one program data element as it was written.

    Parameters
    ----------
    text : str
        Without surrounding blanks, never empty.
    """

    text: str

    def number(self, unit: str = "") -> float:
        """Read it as a number in any form, with a multiplier and unit if there is one.

        Parameters
        ----------
        unit : str
            Unit that may follow: A, V, S, OHM; empty if none may.

        Returns
        -------
        float
            In that unit; may be infinite.

        Raises
        ------
        ScpiError
            -104 if it is something else, -131 or -138 for its suffix, -120 if absurdly long.
        """
        if (special := _WORDS.get(self.text.upper())) is not None:
            return special
        if (coded := _NONDECIMAL.fullmatch(self.text)) is not None:
            for digits, base in zip(coded.groups(), (16, 8, 2), strict=True):
                if digits is not None:
                    return float(int(digits[:_LONGEST], base) if len(digits) < 64 else math.inf)
        match = _NUMBER.fullmatch(self.text)
        if match is None:
            raise ScpiError(-104, self.text)
        digits, suffix = match.groups()
        if len(digits) > _LONGEST:
            raise ScpiError(-120, "too many digits")
        return float("".join(digits.split())) * (_multiplier(suffix, unit) if suffix else 1.0)

    def integer(self) -> int:
        """Read it as a number and round it.

        Returns
        -------
        int
            Nearest integer.

        Raises
        ------
        ScpiError
            As `number`; -222 if it is not finite.
        """
        value = self.number()
        if not math.isfinite(value):
            raise ScpiError(-222, self.text)
        return round(value)

    def boolean(self) -> bool:
        """Read it as ON, OFF or a number that is rounded.

        Returns
        -------
        bool
            True for ON and for anything but 0.

        Raises
        ------
        ScpiError
            As `integer`; -224 for another word.
        """
        word = self.text.upper()
        if word in {"ON", "OFF"}:
            return word == "ON"
        if _NAME.fullmatch(self.text):
            raise ScpiError(-224, self.text)
        return bool(self.integer())

    def choice(self, *spellings: str) -> str:
        """Read it as one of several words, in short or long form.

        Parameters
        ----------
        *spellings : str
            Words with their short form in capitals: ``HIMPedance``.

        Returns
        -------
        str
            Short form, in capitals.

        Raises
        ------
        ScpiError
            -104 if it is no word, -224 if it is another.
        """
        if not _NAME.fullmatch(self.text):
            raise ScpiError(-104, self.text)
        word = self.text.upper()
        for spelling in spellings:
            short = _short_form(spelling)
            if word in (short, spelling.upper()):
                return short
        raise ScpiError(-224, self.text)

    def string(self) -> str:
        """Read it as a quoted string.

        Returns
        -------
        str
            Between the quotation marks.

        Raises
        ------
        ScpiError
            -104 if it is not quoted.
        """
        if not _STRING.fullmatch(self.text):
            raise ScpiError(-104, self.text)
        mark = self.text[0]
        return self.text[1:-1].replace(mark * 2, mark)


@lru_cache(maxsize=256)
def _short_form(spelling: str) -> str:
    return spelling.rstrip("abcdefghijklmnopqrstuvwxyz")


def _multiplier(suffix: str, unit: str) -> float:
    if not unit:
        raise ScpiError(-138, suffix)
    upper = suffix.upper()
    if not upper.endswith(unit) or upper[: -len(unit)] not in _SUFFIXES:
        raise ScpiError(-131, suffix)
    return _SUFFIXES[upper[: -len(unit)]]
