"""Collect the lines of a script between ``loadscript`` and ``endscript``."""

from __future__ import annotations

import re

__all__ = ["ScriptLoading"]

_LOAD = re.compile(r"(loadscript|loadandrunscript)\b\s*(\w*)\s*")


class ScriptLoading:
    """Hold a script while it arrives line by line."""

    def __init__(self) -> None:
        self._lines: list[str] | None = None
        self._name = ""
        self._run = False
        self._is_complete = False

    def takes(self, message: str) -> bool:
        """Take a message if it belongs to a script.

        Parameters
        ----------
        message : str
            One line.

        Returns
        -------
        bool
            True if it begins, continues or ends a script; such a line is not executed by itself.
        """
        if self._lines is None:
            begin = _LOAD.fullmatch(message)
            if begin is None:
                return False
            self._lines, self._name = [], begin[2]
            self._run = begin[1] == "loadandrunscript"
        elif message == "endscript":
            self._is_complete = True
        else:
            self._lines.append(message)
        return True

    def complete(self) -> tuple[str, str, bool] | None:
        """Give the script that has just ended.

        Returns
        -------
        tuple or None
            Name, text and whether to run it at once; None while it is still arriving.
        """
        if not self._is_complete or self._lines is None:
            return None
        source, self._lines, self._is_complete = "\n".join(self._lines), None, False
        return self._name, source, self._run
