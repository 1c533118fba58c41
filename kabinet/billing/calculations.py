"""Sums and formulas of bills: pure functions without Django."""
