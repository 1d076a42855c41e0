"""Bench controller for iontophoresis: protocol file, guarded current, session file, figures."""

from importlib.metadata import version

__version__ = version("iontophoresis")
