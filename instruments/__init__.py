"""Drivers for bench current sources over VISA, and an emulated bench that speaks their dialects."""
