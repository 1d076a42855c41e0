"""Emulated instruments: real servers on loopback with a skin-like load behind them."""
