"""Survivors that no test can kill, each with the reason."""

JUSTIFIED: dict[str, str] = {}
