"""Writes of the money path; each module is one thing that can happen."""
