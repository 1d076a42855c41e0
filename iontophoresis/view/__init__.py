"""Figures and summaries of sessions and predictions."""
