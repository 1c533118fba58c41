"""Sums of payments as pure functions, by what they answer; plain Python without Django."""
