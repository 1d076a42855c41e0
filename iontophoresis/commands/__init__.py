"""Subcommands of the command line, one module each, imported only when called."""
