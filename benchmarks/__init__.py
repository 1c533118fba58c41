"""Figures that the design promises, as ratios measured in one run on one machine (see README.md here)."""
