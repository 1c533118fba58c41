"""A stand-in for T-Bank internet acquiring, API v2: no money moves here. Run `python -m sandbox.tbank --help`."""
