"""Rules of readings: pure functions without Django."""
