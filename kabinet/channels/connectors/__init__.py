"""Ways out: one folder each, behind the Protocol in ``base``; ``registry`` knows which is in use."""
