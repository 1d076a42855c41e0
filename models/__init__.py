"""Numeric models of transdermal iontophoresis."""
